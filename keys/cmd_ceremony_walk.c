/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ceremony_walk.h"

#include "base/hex.h"
#include "base/i18n.h"
#include "cli/secrets.h"
#include "cli/signals.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_ROOM (CEREMONY_NOTE_MAX + 1)
#define GROUPS_DIGITS 16 /* four groups */

struct walk {
    struct ceremony_file *file;
    const struct ceremony_plan *plan;
    const struct sbk_clock *clock;
    struct sbk_error *error;
    struct sbk_buffer ahead; /* what is shown with the next question */
};

/* ---- talking ---- */

__attribute__((format(printf, 2, 3))) static void say(struct walk *walk, const char *format, ...) {
    char text[CEREMONY_LINE_MAX + 100];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (sbk_buffer_append_text(&walk->ahead, text, NULL) != SBK_OK) {
        sbk_buffer_reset(&walk->ahead); /* a question that cannot be shown can still be answered */
    }
}

static void say_text(struct walk *walk, const char *before, struct ceremony_text text, const char *after) {
    say(walk, "%s%.*s%s", before, (int)text.size, text.data, after);
}

/* Asks what was said last; the answer without blanks at its ends. One that is too long, or not text, counts as "?". */
static sbk_result ask(struct walk *walk, char answer[ANSWER_ROOM]) {
    struct sbk_secret line = SBK_SECRET_EMPTY;
    const char *question = "";
    if (sbk_buffer_text(&walk->ahead, &question, NULL) != SBK_OK) {
        question = "";
    }
    const sbk_result result = cli_ask_line(question, &line, walk->error);
    sbk_buffer_reset(&walk->ahead);
    if (result != SBK_OK) {
        return result;
    }
    size_t size = line.size;
    size_t from = 0;
    while (size > 0 && (line.data[size - 1] == ' ' || line.data[size - 1] == '\r')) {
        size--;
    }
    while (from < size && line.data[from] == ' ') {
        from++;
    }
    size -= from;
    const bool good = size == 0 || ceremony_note_good((struct ceremony_text){(const char *)line.data + from, size});
    (void)snprintf(answer, ANSWER_ROOM, "%.*s", good ? (int)size : 1, good ? (const char *)line.data + from : "?");
    sbk_secret_free(&line);
    return SBK_OK;
}

static struct ceremony_text text_of(const char *text) {
    return (struct ceremony_text){text, strlen(text)};
}

static void show_step(struct walk *walk, size_t number) {
    const struct ceremony_step *step = &walk->plan->steps[number - 1];
    say(walk, "\n%zu/%zu  ", number, walk->plan->step_count);
    say_text(walk, "", step->title, "\n");
    say_text(walk, "", step->who_text, "\n\n");
    for (size_t i = 0; i < step->paragraph_count; i++) {
        say_text(walk, "", step->paragraphs[i], "\n\n");
    }
    for (size_t i = 0; i < step->command_count; i++) {
        say_text(walk, "    ", step->commands[i], i + 1 < step->command_count ? "\n" : "\n\n");
    }
    if (step->see.size > 0) {
        say_text(walk, "> ", step->see, "\n\n");
    }
}

/* ---- what is typed ---- */

/* Upper-case digits without the blanks between their groups; false if there is anything else. */
static bool digits_of(const char *typed, char digits[ANSWER_ROOM]) {
    size_t count = 0;
    for (; *typed != 0; typed++) {
        const char letter = *typed;
        if ((letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'F')) {
            digits[count++] = letter;
        } else if (letter >= 'a' && letter <= 'f') {
            digits[count++] = (char)(letter - 'a' + 'A');
        } else if (letter != ' ') {
            return false;
        }
    }
    digits[count] = 0;
    return true;
}

/* Whether what was typed is the beginning of these bytes, at least so many digits of it. */
static bool fits(const char *typed, const uint8_t *bytes, size_t size, size_t at_least) {
    char digits[ANSWER_ROOM];
    char all[SBK_HEX_ROOM(SBK_HASH_SIZE)];
    char real[ANSWER_ROOM];
    sbk_hex_encode(bytes, size, all);
    return digits_of(typed, digits) && digits_of(all, real) && strlen(digits) >= at_least &&
           strncmp(real, digits, strlen(digits)) == 0;
}

static void ask_for(struct walk *walk, const struct ceremony_check *check) {
    say_text(walk, "", check->words, "\n");
    switch (check->kind) {
    case CEREMONY_CHECK_PLAN:
        say(walk, "%s", _("The first four groups of the plan's hash, from the paper: "));
        break;
    case CEREMONY_CHECK_FINGERPRINT:
    case CEREMONY_CHECK_ROOT:
    case CEREMONY_CHECK_NEXT_ROOT:
        say(walk, "%s", _("The first four groups of its fingerprint, as you have it before you: "));
        break;
    case CEREMONY_CHECK_KCV:
        say(walk, "%s", _("The key check value in the vendor's letter, 6 digits: "));
        break;
    case CEREMONY_CHECK_MESSAGE:
        say(walk, "%s", _("The four groups of its check value, as the other machine shows it: "));
        break;
    default:
        say(walk, "%s", _("What is to be written down: "));
        break;
    }
}

/* Compares; what is right is shown in full, what is wrong is not shown, so that people look and do not copy. */
static bool compare(
    struct walk *walk, const struct ceremony_check *check, const char *typed, struct ceremony_value *value) {
    const bool hash = check->kind == CEREMONY_CHECK_PLAN || check->kind == CEREMONY_CHECK_MESSAGE;
    const uint8_t *bytes = hash ? value->hash : value->fingerprint;
    char text[SBK_FINGERPRINT_ROOM];
    if (check->kind == CEREMONY_CHECK_NOTE) {
        (void)snprintf(value->note, sizeof value->note, "%s", typed);
        return typed[0] != 0 && strcmp(typed, "?") != 0;
    }
    if (check->kind == CEREMONY_CHECK_KCV) {
        return fits(typed, value->kcv, sizeof value->kcv, 2 * sizeof value->kcv);
    }
    if (!fits(typed, bytes, SBK_HASH_SIZE, GROUPS_DIGITS)) {
        return false;
    }
    sbk_fingerprint_text(bytes, text);
    say(walk, "  %s\n", text);
    return true;
}

/* ---- steps ---- */

/* Finds out and asks for one check; its value goes to the line. *good is false, with words for the screen, if the step cannot
 * be closed. */
static sbk_result do_check(
    struct walk *walk, const struct ceremony_check *check, struct sbk_buffer *values, bool *good) {
    struct ceremony_value value;
    struct sbk_error why = {SBK_OK, NULL, ""};
    char text[CEREMONY_VALUE_TEXT_MAX + 1];
    char typed[ANSWER_ROOM];
    *good = ceremony_look(walk->plan, check, sbk_clock_today(walk->clock), &value, &why) == SBK_OK;
    if (!*good) {
        say_text(walk, "\n! ", check->words, ": ");
        say(walk, _("%s\nThe step cannot be closed.\n"), why.text);
        return SBK_OK;
    }
    if (ceremony_check_typed(check)) {
        ask_for(walk, check);
        const sbk_result result = ask(walk, typed);
        if (result != SBK_OK) {
            return result;
        }
        *good = compare(walk, check, typed, &value);
        if (!*good) {
            say_text(walk, "\n! ", check->words, ": ");
            say(walk, "%s\n",
                check->kind == CEREMONY_CHECK_NOTE ? _("write it down in one line, up to 200 bytes, without a bar")
                                                   : _("not what is found here; look again, and stop if it stays so"));
            return SBK_OK;
        }
    }
    ceremony_value_write(check, &value, text);
    return sbk_buffer_append_format(
        values, walk->error, " | %.*s = %s", (int)check->words.size, check->words.data, text);
}

/* Initials as given before, and nobody else's. */
static bool initials_fit(const struct walk *walk, size_t person, const char *given) {
    const struct ceremony_state *state = &walk->file->state;
    if (!ceremony_initials_good(text_of(given))) {
        return false;
    }
    for (size_t i = 0; i < CEREMONY_PEOPLE; i++) {
        const bool same = strcmp(state->initials[i], given) == 0;
        if ((i == person && state->initials[i][0] != 0 && !same) || (i != person && same)) {
            return false;
        }
    }
    return true;
}

static sbk_result ask_initials(struct walk *walk, size_t person, struct sbk_buffer *line) {
    char given[ANSWER_ROOM];
    for (;;) {
        say(walk, _("Initials of %s (%s): "), ceremony_person_word(person),
            walk->plan->details.values[CEREMONY_MASTER + person]);
        const sbk_result result = ask(walk, given);
        if (result != SBK_OK) {
            return result;
        }
        if (initials_fit(walk, person, given)) {
            return sbk_buffer_append_format(line, walk->error, " %s=%s", ceremony_person_word(person), given);
        }
        say(walk, "%s\n", _("One to four letters: the same at every step, and nobody else's."));
    }
}

static sbk_result add(struct walk *walk, struct sbk_buffer *line) {
    const char *text = NULL;
    const sbk_result result = sbk_buffer_text(line, &text, walk->error);
    return result == SBK_OK ? ceremony_file_add(walk->file, sbk_clock_time(walk->clock), text, walk->error) : result;
}

/* Two people of one step with the same initials are found here: the record refuses the line. */
static sbk_result add_step(struct walk *walk, struct sbk_buffer *line) {
    const sbk_result result = add(walk, line);
    if (result == SBK_TAMPERED) {
        say(walk, "\n! %s\n", _("Two people gave the same initials. Give them again."));
        return SBK_OK;
    }
    return result;
}

static sbk_result close_step(struct walk *walk, size_t number) {
    const struct ceremony_step *step = &walk->plan->steps[number - 1];
    struct sbk_buffer values = SBK_BUFFER_EMPTY;
    struct sbk_buffer line = SBK_BUFFER_EMPTY;
    bool good = true;
    sbk_result result = sbk_buffer_append_format(&line, walk->error, "step %zu", number);
    for (size_t i = 0; i < step->check_count && result == SBK_OK && good; i++) {
        result = do_check(walk, &step->checks[i], &values, &good);
    }
    for (size_t person = 0; person < CEREMONY_PEOPLE && result == SBK_OK && good; person++) {
        if ((step->who & 1u << person) != 0) {
            result = ask_initials(walk, person, &line);
        }
    }
    if (result == SBK_OK && good) {
        result = sbk_buffer_append(&line, values.data, values.size, walk->error);
    }
    if (result == SBK_OK && good) {
        result = add_step(walk, &line);
    }
    sbk_buffer_free(&values);
    sbk_buffer_free(&line);
    return result;
}

/* Writes down what went wrong: "exception" or "abort". *written is false if nothing was. */
static sbk_result remark(struct walk *walk, const char *word, const char *question, bool *written) {
    struct sbk_buffer line = SBK_BUFFER_EMPTY;
    char text[ANSWER_ROOM];
    say(walk, "%s ", question);
    sbk_result result = ask(walk, text);
    *written = result == SBK_OK && text[0] != 0 && strcmp(text, "?") != 0;
    if (!*written) {
        return result;
    }
    result = sbk_buffer_append_format(&line, walk->error, "%s %zu", word, walk->file->state.steps + 1);
    if (result == SBK_OK) {
        result = ask_initials(walk, 0, &line);
    }
    if (result == SBK_OK) {
        result = sbk_buffer_append_format(&line, walk->error, " | %s", text);
    }
    if (result == SBK_OK) {
        result = add(walk, &line);
    }
    sbk_buffer_free(&line);
    return result;
}

static sbk_result do_abort(struct walk *walk) {
    bool written = false;
    const sbk_result result =
        remark(walk, "abort", _("Why the ceremony ends here, for good (an empty line goes on):"), &written);
    return result == SBK_OK && written
               ? sbk_fail(walk->error, SBK_REFUSED, SBK_REASON_FORBIDDEN, "%s",
                     _("the ceremony was aborted; what was done until then stands in the record"))
               : result;
}

/* Shows a step and does what those present want. */
static sbk_result do_step(struct walk *walk, size_t number) {
    char answer[ANSWER_ROOM];
    bool written = false;
    show_step(walk, number);
    for (;;) {
        say(walk, "%s", _("Enter: it is done. n: note something. a: abort. q: stop here and go on later. "));
        sbk_result result = ask(walk, answer);
        if (result != SBK_OK) {
            return result;
        }
        if (answer[0] == 0) {
            result = close_step(walk, number);
        } else if (strcmp(answer, "n") == 0) {
            result = remark(walk, "exception", _("What happened:"), &written);
        } else if (strcmp(answer, "a") == 0) {
            result = do_abort(walk);
        } else if (strcmp(answer, "q") == 0) {
            return cli_fail_interrupted(walk->error);
        } else {
            say(walk, "%s\n", _("No step can be left out, and none be done before its time."));
        }
        if (result != SBK_OK || walk->file->state.steps == number) {
            return result;
        }
    }
}

sbk_result ceremony_resume(struct ceremony_file *file, uint32_t time, struct sbk_error *error) {
    char rest[32];
    (void)snprintf(rest, sizeof rest, "resume %zu", file->state.steps + 1);
    return ceremony_file_add(file, time, rest, error);
}

sbk_result ceremony_walk(struct ceremony_file *file, const struct sbk_clock *clock, struct sbk_error *error) {
    struct walk walk = {.file = file, .plan = file->plan, .clock = clock, .error = error};
    sbk_result result = SBK_OK;
    while (result == SBK_OK && file->state.steps < file->plan->step_count) {
        result = do_step(&walk, file->state.steps + 1);
    }
    sbk_buffer_free(&walk.ahead);
    return result;
}
