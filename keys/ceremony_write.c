/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ceremony_script.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Writing a script: what all kinds have in common. */

#define LINE_ROOM (CEREMONY_LINE_MAX + 1)

static void put(struct script *script, const char *text) {
    if (script->result == SBK_OK) {
        script->result = sbk_buffer_append_text(script->out, text, script->error);
    }
}

/* BEFORE text AFTER; the text must fit a line of a plan. */
__attribute__((format(printf, 4, 0))) static void put_list(
    struct script *script, const char *before, const char *after, const char *format, va_list arguments) {
    char line[LINE_ROOM];
    const int size = vsnprintf(line, sizeof line, format, arguments);
    if (script->result == SBK_OK && (size < 0 || (size_t)size + strlen(before) + strlen(after) > CEREMONY_LINE_MAX)) {
        script->result = sbk_fail(
            script->error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, "%s", _("a line of the plan would be too long"));
    }
    put(script, before);
    put(script, line);
    put(script, after);
}

/* An empty line behind commands or checks. */
static void close_block(struct script *script, enum script_block next) {
    if (script->block != SCRIPT_NOTHING && script->block != next) {
        put(script, "\n");
    }
    script->block = next;
}

void script_end(struct script *script) {
    char lines[CEREMONY_BOX_LINES][CEREMONY_BOX_ROOM];
    close_block(script, SCRIPT_NOTHING);
    if (script->steps == 0) {
        return;
    }
    ceremony_boxes(script->who, lines);
    for (size_t i = 0; i < CEREMONY_BOX_LINES; i++) {
        put(script, lines[i]);
        put(script, "\n");
    }
    put(script, "\n");
}

void script_step(struct script *script, uint16_t who, const char *title) {
    char number[24];
    bool first = true;
    script_end(script);
    script->steps++;
    script->who = who;
    (void)snprintf(number, sizeof number, "## %u. ", script->steps);
    put(script, number);
    put(script, title);
    put(script, "\n\n**");
    for (size_t person = 0; person < CEREMONY_PEOPLE; person++) {
        if ((who & 1u << person) != 0) {
            put(script, first ? "" : ", ");
            put(script, ceremony_person_word(person));
            first = false;
        }
    }
    put(script, "**\n\n");
}

void script_say(struct script *script, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    close_block(script, SCRIPT_NOTHING);
    put_list(script, "", "\n\n", format, arguments);
    va_end(arguments);
}

void script_run(struct script *script, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    close_block(script, SCRIPT_COMMANDS);
    put_list(script, "    ", "\n", format, arguments);
    va_end(arguments);
}

void script_see(struct script *script, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    close_block(script, SCRIPT_NOTHING);
    put_list(script, "> ", "\n\n", format, arguments);
    va_end(arguments);
}

void script_check(struct script *script, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    close_block(script, SCRIPT_CHECKS);
    put_list(script, "- `", "`\n", format, arguments);
    va_end(arguments);
}

const char *script_value(const struct script *script, enum ceremony_field field) {
    return script->details->values[field];
}

bool script_has(const struct script *script, enum ceremony_field field) {
    return script_value(script, field)[0] != 0;
}

static uint16_t people(size_t first, unsigned count) {
    return (uint16_t)(((1u << count) - 1) << (first - CEREMONY_MASTER));
}

uint16_t script_officers(const struct script *script) {
    return people(CEREMONY_OFFICER, ceremony_officers(script->details));
}

uint16_t script_witnesses(const struct script *script) {
    return people(CEREMONY_WITNESS, ceremony_witnesses(script->details));
}

uint16_t script_everybody(const struct script *script) {
    return (uint16_t)(SCRIPT_MASTER | script_officers(script) | script_witnesses(script));
}

/* ---- title and details ---- */

static const char *title_of(enum ceremony_kind kind) {
    switch (kind) {
    case CEREMONY_FIRST_ROOT:
        return _("Key ceremony: the first root and its successor");
    case CEREMONY_SUCCESSION:
        return _("Key ceremony: the next root takes over");
    case CEREMONY_INTERMEDIATE:
        return _("Key ceremony: a new key for a CA or signer");
    case CEREMONY_TRANSPORT:
        return _("Key ceremony: the card vendor's transport key");
    case CEREMONY_SHARES:
        return _("Key ceremony: new shares for the key officers");
    case CEREMONY_COMPROMISE:
        return _("Key ceremony: a key, share or station in other people's hands");
    }
    return "";
}

static void put_label(size_t field, char *label, size_t room) {
    static const char *const labels[CEREMONY_MASTER] = {
        [CEREMONY_KIND] = N_("Kind"),
        [CEREMONY_ROLE] = N_("Of what"),
        [CEREMONY_GENERATION] = N_("Generation"),
        [CEREMONY_DATE] = N_("Date"),
        [CEREMONY_PLACE] = N_("Place"),
        [CEREMONY_STORE] = N_("Key store"),
        [CEREMONY_ROOT] = N_("Folder of the root that signs"),
        [CEREMONY_NEXT] = N_("Folder of the root for later"),
        [CEREMONY_FILES] = N_("Folder of the files"),
        [CEREMONY_FROM] = N_("First day"),
        [CEREMONY_UNTIL] = N_("Last day"),
        [CEREMONY_OLD_UNTIL] = N_("Last day of the root before"),
        [CEREMONY_QUORUM] = N_("Quorum"),
        [CEREMONY_TERMINAL] = N_("Station"),
        [CEREMONY_AIR_GAP] = N_("Air gap"),
        [CEREMONY_QR] = N_("QR codes"),
        [CEREMONY_SIGNER] = N_("The transcript is signed by"),
        [CEREMONY_LANGUAGE] = N_("Language"),
        [CEREMONY_VERSION] = N_("Host programs"),
    };
    if (field < CEREMONY_MASTER) {
        (void)snprintf(label, room, "%s", _(labels[field]));
    } else {
        const char *what = field == CEREMONY_MASTER   ? _("Master of ceremony")
                           : field < CEREMONY_WITNESS ? _("Key officer")
                                                      : _("Witness");
        (void)snprintf(label, room, "%s %s", what, ceremony_person_word(field - CEREMONY_MASTER));
    }
}

static void put_details(struct script *script) {
    bool first = true;
    for (size_t i = 0; i < CEREMONY_FIELDS; i++) {
        char label[96];
        char row[sizeof label + CEREMONY_VALUE_MAX + 40];
        if (script->details->values[i][0] == 0) {
            continue;
        }
        put_label(i, label, sizeof label);
        (void)snprintf(row, sizeof row, "| %s | %s | `%s` |\n%s", label, script->details->values[i],
            ceremony_field_word((enum ceremony_field)i), first ? "|---|---|---|\n" : "");
        put(script, row);
        first = false;
    }
    put(script, "\n");
}

/* ---- how every ceremony begins and ends ---- */

static void put_rules(struct script *script) {
    script_say(script, "%s",
        _("Nobody is alone with a key. Steps are done in their order, each by those named, who put their initials and "
          "the "
          "time to it; none is left out. Commands are typed as they stand here. What goes wrong is written down, never "
          "smoothed over."));
    script_say(script, "%s",
        _("The master of ceremony keeps the record with 'sembako-keys ceremony run' in a terminal of its "
          "own; commands are typed in another one on the same machine."));
}

static void gather(struct script *script) {
    script_step(script, script_everybody(script), _("Gather and compare the script"));
    script_say(script, "%s",
        _("Everybody named above is here, and nobody else. The door is shut; phones and cameras lie outside, but for "
          "the "
          "witness's. The machine has no network: no cable, no radio. Compare the hash of the plan on your paper with "
          "the "
          "one on the screen."));
    script_see(script, _("All of the hash is the same, and 'sembako-keys --version' says %s."),
        script_value(script, CEREMONY_VERSION));
    script_check(script, "plan");
}

static void take_leave(struct script *script) {
    script_step(script, script_everybody(script), _("Close the ceremony"));
    script_say(script, "%s",
        _("The witness reads aloud what was written down beside the steps. Papers, bags and media are where this "
          "script "
          "says. Everybody signs the paper. The record then ends in a transcript, signed by the key named above; its "
          "copy "
          "goes to the witness."));
}

static void put_steps(struct script *script, enum ceremony_kind kind) {
    static void (*const scripts[CEREMONY_KINDS])(struct script *) = {
        script_first_root, script_succession, script_intermediate, script_transport, script_shares, script_compromise};
    gather(script);
    scripts[kind](script);
    take_leave(script);
    script_end(script);
}

static void put_hash(struct script *script, size_t from) {
    uint8_t hash[SBK_HASH_SIZE];
    char text[SBK_FINGERPRINT_ROOM];
    put(script, "---\n\n");
    put(script, _("The hash of the plan, SHA-256 of everything above the next line:"));
    put(script, "\n\n");
    if (script->result == SBK_OK) {
        script->result = sbk_sha256(script->out->data + from, script->out->size - from, hash, script->error);
    }
    if (script->result == SBK_OK) {
        sbk_fingerprint_text(hash, text);
        put(script, "`");
        put(script, text);
        put(script, "`\n");
    }
}

sbk_result ceremony_write(const struct ceremony_details *details, struct sbk_buffer *out, struct sbk_error *error) {
    struct script script = {.details = details, .out = out, .error = error, .result = SBK_OK};
    const size_t from = out->size;
    enum ceremony_kind kind = CEREMONY_FIRST_ROOT;
    sbk_result result = ceremony_details_check(details, error);
    if (result != SBK_OK) {
        return result;
    }
    (void)ceremony_kind_of(details->values[CEREMONY_KIND], &kind);
    put(&script, "# ");
    put(&script, title_of(kind));
    put(&script, "\n\n");
    put_rules(&script);
    put_details(&script);
    put_steps(&script, kind);
    put_hash(&script, from);
    return script.result;
}
