/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ceremony.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "schema/check.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

/* Reading a script: line by line, every one in its place. */

struct reading {
    struct ceremony_plan *plan;
    const char *at;
    const char *end;
    size_t line;               /* number of the line that was read last */
    bool broken;               /* what stands there is not text, or a line too long, or the last has no end */
    struct ceremony_text next; /* the line ahead */
    bool more;                 /* there is one */
};

/* Reads the line ahead. */
static void advance(struct reading *reading) {
    reading->line++;
    reading->more = reading->at < reading->end;
    if (!reading->more) {
        return;
    }
    const char *newline = memchr(reading->at, '\n', (size_t)(reading->end - reading->at));
    if (newline == NULL || newline - reading->at > CEREMONY_LINE_MAX ||
        !sbk_check_text((const uint8_t *)reading->at, (size_t)(newline - reading->at))) {
        reading->broken = true;
        reading->more = false;
        return;
    }
    reading->next = (struct ceremony_text){reading->at, (size_t)(newline - reading->at)};
    reading->at = newline + 1;
}

static bool begins(const struct reading *reading, const char *with) {
    const size_t size = strlen(with);
    return reading->more && reading->next.size >= size && memcmp(reading->next.data, with, size) == 0;
}

/* A line that is exactly this. */
static bool take(struct reading *reading, const char *line) {
    if (!begins(reading, line) || reading->next.size != strlen(line)) {
        return false;
    }
    advance(reading);
    return true;
}

/* A line that begins and ends so, with something between; what is between. */
static bool take_between(struct reading *reading, const char *before, const char *after, struct ceremony_text *text) {
    const size_t head = strlen(before);
    const size_t tail = strlen(after);
    const struct ceremony_text line = reading->next;
    if (!begins(reading, before) || line.size <= head + tail ||
        memcmp(line.data + line.size - tail, after, tail) != 0) {
        return false;
    }
    *text = (struct ceremony_text){line.data + head, line.size - head - tail};
    advance(reading);
    return text->data[0] != ' ' && text->data[text->size - 1] != ' ';
}

/* A line of prose: it begins with nothing that Markdown takes for something else. */
static bool is_prose(const struct reading *reading) {
    return reading->more && reading->next.size > 0 && strchr("#|>-*` \\<_[+=~", reading->next.data[0]) == NULL &&
           reading->next.data[reading->next.size - 1] != ' ';
}

static bool take_paragraphs(
    struct reading *reading, struct ceremony_text paragraphs[CEREMONY_PARAGRAPHS_MAX], size_t *count) {
    *count = 0;
    while (is_prose(reading)) {
        if (*count == CEREMONY_PARAGRAPHS_MAX) {
            return false;
        }
        paragraphs[(*count)++] = reading->next;
        advance(reading);
        if (!take(reading, "")) {
            return false;
        }
    }
    return true;
}

/* ---- the details ---- */

/* " TEXT |" of a row of a table, taken from its front. */
static bool take_cell(struct ceremony_text *row, struct ceremony_text *cell) {
    const char *bar = row->size > 0 ? memchr(row->data, '|', row->size) : NULL;
    const size_t size = bar == NULL ? 0 : (size_t)(bar - row->data);
    if (size < 3 || row->data[0] != ' ' || row->data[size - 1] != ' ') {
        return false;
    }
    *cell = (struct ceremony_text){row->data + 1, size - 2};
    row->data += size + 1;
    row->size -= size + 1;
    return cell->data[0] != ' ' && cell->data[cell->size - 1] != ' ';
}

/* Fields come in order: *field is the first that may still come. */
static bool take_field(struct reading *reading, size_t *field) {
    struct ceremony_plan *plan = reading->plan;
    struct ceremony_text row = {reading->next.data + 1, reading->next.size - 1};
    struct ceremony_text label;
    struct ceremony_text value;
    struct ceremony_text code;
    if (!take_cell(&row, &label) || !take_cell(&row, &value) || !take_cell(&row, &code) || row.size > 0 ||
        value.size > CEREMONY_VALUE_MAX || code.size < 3 || code.data[0] != '`' || code.data[code.size - 1] != '`') {
        return false;
    }
    while (*field < CEREMONY_FIELDS &&
           (strlen(ceremony_field_word((enum ceremony_field) * field)) != code.size - 2 ||
               memcmp(ceremony_field_word((enum ceremony_field) * field), code.data + 1, code.size - 2) != 0)) {
        (*field)++;
    }
    if (*field == CEREMONY_FIELDS) {
        return false;
    }
    memcpy(plan->details.values[*field], value.data, value.size);
    plan->labels[*field] = label;
    (*field)++;
    advance(reading);
    return true;
}

static bool take_details(struct reading *reading) {
    size_t field = 0;
    bool first = true;
    while (begins(reading, "|")) {
        if (!take_field(reading, &field) || (first && !take(reading, "|---|---|---|"))) {
            return false;
        }
        first = false;
    }
    return !first && take(reading, "");
}

/* ---- the steps ---- */

/* "MC, KO1": people of the details, in their order, each once. */
static bool parse_who(const struct ceremony_plan *plan, struct ceremony_step *step) {
    struct ceremony_text rest = step->who_text;
    size_t first = 0;
    while (rest.size > 0) {
        const char *comma = memchr(rest.data, ',', rest.size);
        const size_t size = comma == NULL ? rest.size : (size_t)(comma - rest.data);
        size_t person = 0;
        if (!ceremony_person_of((struct ceremony_text){rest.data, size}, &person) || person < first ||
            plan->details.values[CEREMONY_MASTER + person][0] == 0) {
            return false;
        }
        step->who = (uint16_t)(step->who | 1u << person);
        first = person + 1;
        if (comma == NULL) {
            return true;
        }
        if (rest.size < size + 2 || rest.data[size + 1] != ' ') {
            return false;
        }
        rest.data += size + 2;
        rest.size -= size + 2;
    }
    return false;
}

/* The boxes follow from who. */
static bool take_boxes(struct reading *reading, const struct ceremony_step *step) {
    char lines[CEREMONY_BOX_LINES][CEREMONY_BOX_ROOM];
    ceremony_boxes(step->who, lines);
    return take(reading, lines[0]) && take(reading, lines[1]) && take(reading, lines[2]) && take(reading, "");
}

static bool take_commands(struct reading *reading, struct ceremony_step *step) {
    if (!begins(reading, "    ")) {
        return true;
    }
    while (begins(reading, "    ")) {
        if (step->command_count == CEREMONY_COMMANDS_MAX ||
            !take_between(reading, "    ", "", &step->commands[step->command_count++])) {
            return false;
        }
    }
    return take(reading, "");
}

static bool take_checks(struct reading *reading, struct ceremony_step *step) {
    struct ceremony_text words;
    if (!begins(reading, "- ")) {
        return true;
    }
    while (begins(reading, "- ")) {
        if (step->check_count == CEREMONY_CHECKS_MAX || !take_between(reading, "- `", "`", &words) ||
            !ceremony_check_parse(words, &step->checks[step->check_count++])) {
            return false;
        }
    }
    return take(reading, "");
}

static bool take_step(struct reading *reading) {
    struct ceremony_plan *plan = reading->plan;
    struct ceremony_step *step = &plan->steps[plan->step_count];
    char head[8] = "## ";
    if (plan->step_count == CEREMONY_STEPS_MAX) {
        return false;
    }
    const size_t number = plan->step_count + 1;
    size_t length = strlen(head);
    if (number >= 10) {
        head[length++] = (char)('0' + number / 10);
    }
    head[length++] = (char)('0' + number % 10);
    head[length++] = '.';
    head[length] = ' ';
    plan->step_count++;
    if (!take_between(reading, head, "", &step->title) || !take(reading, "") ||
        !take_between(reading, "**", "**", &step->who_text) || !take(reading, "") || !parse_who(plan, step) ||
        !take_paragraphs(reading, step->paragraphs, &step->paragraph_count) || step->paragraph_count == 0 ||
        !take_commands(reading, step)) {
        return false;
    }
    if (begins(reading, "> ") && (!take_between(reading, "> ", "", &step->see) || !take(reading, ""))) {
        return false;
    }
    return take_checks(reading, step) && take_boxes(reading, step);
}

/* ---- the whole ---- */

static sbk_result take_hash(struct reading *reading, struct sbk_error *error) {
    struct ceremony_plan *plan = reading->plan;
    char text[SBK_FINGERPRINT_ROOM];
    struct ceremony_text given;
    const size_t hashed = reading->more ? (size_t)(reading->next.data - (const char *)plan->text.data) : 0;
    sbk_result result = sbk_sha256(plan->text.data, hashed, plan->hash, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_fingerprint_text(plan->hash, text);
    if (!take_between(reading, "`", "`", &given) || reading->more || reading->broken) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, "%s", _("the plan does not end with its hash"));
    }
    if (given.size != strlen(text) || memcmp(given.data, text, given.size) != 0) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE, "%s",
            _("the plan was altered: it is not the one whose hash stands at its end"));
    }
    return SBK_OK;
}

static bool take_all(struct reading *reading) {
    struct ceremony_plan *plan = reading->plan;
    if (!take_between(reading, "# ", "", &plan->title) || !take(reading, "") ||
        !take_paragraphs(reading, plan->paragraphs, &plan->paragraph_count) || !take_details(reading)) {
        return false;
    }
    if (ceremony_details_check(&plan->details, NULL) != SBK_OK ||
        !ceremony_kind_of(plan->details.values[CEREMONY_KIND], &plan->kind)) {
        return false;
    }
    while (begins(reading, "#")) {
        if (!take_step(reading)) {
            return false;
        }
    }
    if (plan->step_count == 0 || !take(reading, "---") || !take(reading, "") || !is_prose(reading)) {
        return false;
    }
    plan->closing = reading->next;
    advance(reading);
    return take(reading, "");
}

static sbk_result read_all(struct ceremony_plan *plan, struct sbk_error *error) {
    struct reading reading = {
        .plan = plan, .at = (const char *)plan->text.data, .end = (const char *)plan->text.data + plan->text.size};
    advance(&reading);
    if (!take_all(&reading) || reading.broken) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT,
            _("line %zu is not what stands there in a plan: make the plan anew with 'ceremony plan'"), reading.line);
    }
    return take_hash(&reading, error);
}

sbk_result ceremony_plan_read(const void *text, size_t size, struct ceremony_plan **plan, struct sbk_error *error) {
    struct ceremony_plan *new_plan = calloc(1, sizeof *new_plan);
    if (new_plan == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    sbk_result result = SBK_OK;
    if (size == 0 || size > CEREMONY_PLAN_MAX) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, "%s", _("empty, or too large for a plan"));
    }
    if (result == SBK_OK) {
        result = sbk_buffer_append(&new_plan->text, text, size, error);
    }
    if (result == SBK_OK) {
        result = read_all(new_plan, error);
    }
    if (result != SBK_OK) {
        ceremony_plan_free(&new_plan);
        return result;
    }
    *plan = new_plan;
    return SBK_OK;
}

void ceremony_plan_free(struct ceremony_plan **plan) {
    if (*plan != NULL) {
        sbk_buffer_free(&(*plan)->text);
        free(*plan);
        *plan = NULL;
    }
}
