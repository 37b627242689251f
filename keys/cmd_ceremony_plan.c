/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/ceremony.h"

#include <stdio.h>
#include <string.h>

static sbk_result set(
    struct cli_call *call, struct ceremony_details *details, size_t field, const char *value, struct sbk_error *error) {
    const size_t length = strlen(value);
    if (length == 0 || length > CEREMONY_VALUE_MAX) {
        return cli_usage(call, error, _("%s: 1 to %d bytes can stand in a script"),
            ceremony_field_word((enum ceremony_field)field), CEREMONY_VALUE_MAX);
    }
    memcpy(details->values[field], value, length + 1);
    return SBK_OK;
}

static sbk_result set_people(struct cli_call *call, struct ceremony_details *details, const char *option,
    enum ceremony_field first, unsigned most, struct sbk_error *error) {
    const size_t count = cli_count(call, option);
    sbk_result result = SBK_OK;
    if (count > most) {
        return cli_usage(call, error, _("--%s may be given %u times"), option, most);
    }
    for (size_t i = 0; i < count && result == SBK_OK; i++) {
        result = set(call, details, first + i, cli_value_at(call, option, i), error);
    }
    return result;
}

/* The language that texts are in: the one that the catalogue says of itself; without a catalogue they are English. */
static const char *language_of_texts(void) {
    static const char header[] = "";
    return strstr(dgettext(SBK_TEXT_DOMAIN, header), "Language: id") != NULL ? "id" : "en";
}

/* What need not be said: today, files where one stands, the city's key signs, no time for a root in other people's hands. */
static sbk_result set_usual(struct cli_call *call, struct ceremony_details *details, struct sbk_error *error) {
    char day[SBK_DAY_ROOM];
    char(*values)[CEREMONY_VALUE_MAX + 1] = details->values;
    sbk_day_format(sbk_clock_today(call->clock), day);
    const struct {
        enum ceremony_field field;
        const char *value;
    } usual[] = {
        {CEREMONY_DATE, day},
        {CEREMONY_FILES, "."},
        {CEREMONY_SIGNER, "city"},
        {CEREMONY_LANGUAGE, language_of_texts()},
        {CEREMONY_VERSION, SBK_VERSION},
    };
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0] && result == SBK_OK; i++) {
        if (values[usual[i].field][0] == 0) {
            result = set(call, details, usual[i].field, usual[i].value, error);
        }
    }
    if (result == SBK_OK && strcmp(values[CEREMONY_KIND], "compromise") == 0 &&
        strcmp(values[CEREMONY_ROLE], "root") == 0 && values[CEREMONY_OLD_UNTIL][0] == 0) {
        result = set(call, details, CEREMONY_OLD_UNTIL, "0", error);
    }
    return result;
}

static sbk_result gather(struct cli_call *call, struct ceremony_details *details, struct sbk_error *error) {
    static const struct {
        const char *option;
        enum ceremony_field field;
    } values[] = {
        {"role", CEREMONY_ROLE},
        {"generation", CEREMONY_GENERATION},
        {"date", CEREMONY_DATE},
        {"place", CEREMONY_PLACE},
        {"store", CEREMONY_STORE},
        {"root", CEREMONY_ROOT},
        {"next", CEREMONY_NEXT},
        {"files", CEREMONY_FILES},
        {"from", CEREMONY_FROM},
        {"until", CEREMONY_UNTIL},
        {"old-until", CEREMONY_OLD_UNTIL},
        {"quorum", CEREMONY_QUORUM},
        {"terminal", CEREMONY_TERMINAL},
        {"sign", CEREMONY_SIGNER},
        {"master", CEREMONY_MASTER},
    };
    sbk_result result = set(call, details, CEREMONY_KIND, call->arguments[0], error);
    for (size_t i = 0; i < sizeof values / sizeof values[0] && result == SBK_OK; i++) {
        if (cli_given(call, values[i].option)) {
            result = set(call, details, values[i].field, cli_value(call, values[i].option), error);
        }
    }
    if (result == SBK_OK && cli_given(call, "air-gap")) {
        result = set(call, details, CEREMONY_AIR_GAP, "yes", error);
    }
    if (result == SBK_OK && cli_given(call, "qr")) {
        result = set(call, details, CEREMONY_QR, "yes", error);
    }
    if (result == SBK_OK) {
        result = set_people(call, details, "officer", CEREMONY_OFFICER, CEREMONY_OFFICERS_MAX, error);
    }
    if (result == SBK_OK) {
        result = set_people(call, details, "witness", CEREMONY_WITNESS, CEREMONY_WITNESSES_MAX, error);
    }
    return result == SBK_OK ? set_usual(call, details, error) : result;
}

static sbk_result print_to(const struct ceremony_plan *plan, const char *path, struct sbk_error *error) {
    struct sbk_buffer pages = SBK_BUFFER_EMPTY;
    sbk_result result = ceremony_print(plan, &pages, error);
    if (result == SBK_OK) {
        result = program_write(path, pages.data, pages.size, error);
    }
    sbk_buffer_free(&pages);
    return result;
}

static void report(struct cli_call *call, const struct ceremony_plan *plan) {
    char hash[SBK_FINGERPRINT_ROOM];
    sbk_fingerprint_text(plan->hash, hash);
    cli_say(call, _("The plan has %zu steps. Its hash:\n  %s\n"), plan->step_count, hash);
    cli_say(call, _("Print it for everybody who is named in it, and compare the hash when you meet.\n"));
    cli_field_text(call, "kind", ceremony_kind_word(plan->kind));
    cli_field_int(call, "steps", (int64_t)plan->step_count);
    cli_field_text(call, "hash", hash);
    cli_field_text(call, "file", cli_value(call, "out"));
}

sbk_result cmd_ceremony_plan(struct cli_call *call, struct sbk_error *error) {
    struct ceremony_details details = {.values = {{0}}};
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    struct ceremony_plan *plan = NULL;
    sbk_result result = gather(call, &details, error);
    if (result == SBK_OK) {
        result = ceremony_write(&details, &text, error);
    }
    if (result == SBK_OK) {
        result = ceremony_plan_read(text.data, text.size, &plan, error);
    }
    if (result == SBK_OK && cli_given(call, "pdf")) {
        result = print_to(plan, cli_value(call, "pdf"), error);
    }
    if (result == SBK_OK) {
        result = program_write(cli_value(call, "out"), text.data, text.size, error);
    }
    if (result == SBK_OK) {
        report(call, plan);
    }
    ceremony_plan_free(&plan);
    sbk_buffer_free(&text);
    return result;
}
