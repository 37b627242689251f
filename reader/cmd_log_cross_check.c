/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "reader/common.h"
#include "reader/cross_check.h"

struct cross {
    struct cli_call *call;
    struct cli_progress progress;
    json_t *findings;
    json_t *logs;
    json_t *cards;
};

static void alias_text(const uint8_t *alias, char text[SBK_HEX_ROOM(SBK_ALIAS_SIZE)]) {
    text[0] = 0;
    if (alias != NULL)
        sbk_hex_encode(alias, SBK_ALIAS_SIZE, text);
}

static void set_text(json_t *object, const char *name, const char *text) {
    (void)json_object_set_new(object, name, text != NULL && text[0] != 0 ? json_string(text) : json_null());
}

static void finding(void *context, const struct sbk_cross_finding *finding) {
    struct cross *cross = context;
    char alias[SBK_HEX_ROOM(SBK_ALIAS_SIZE)];
    json_t *object = json_object();
    alias_text(finding->alias, alias);
    cli_progress_end(&cross->progress);
    if (finding->alias != NULL)
        cli_say(cross->call, _("card %s: %s\n"), alias, finding->text);
    else
        cli_say(cross->call, "%s\n", finding->text);
    set_text(object, "severity", cli_result_word(finding->severity));
    set_text(object, "reason", finding->reason);
    set_text(object, "alias", alias);
    (void)json_object_set_new(object, "counter", finding->alias != NULL ? json_integer(finding->counter) : json_null());
    set_text(object, "station", finding->station);
    set_text(object, "text", finding->text);
    (void)json_array_append_new(cross->findings, object);
}

static void log_line(void *context, const struct sbk_cross_log *log) {
    struct cross *cross = context;
    json_t *object = json_object();
    cli_progress_end(&cross->progress);
    cli_say(cross->call, _("%s: %u entries, %u receipts, %u findings by itself (%s)\n"), log->station,
        (unsigned)log->report.head.size, (unsigned)log->report.receipts, (unsigned)log->report.findings, log->path);
    set_text(object, "path", log->path);
    set_text(object, "station", log->station);
    (void)json_object_set_new(object, "entries", json_integer(log->report.head.size));
    (void)json_object_set_new(object, "receipts", json_integer(log->report.receipts));
    (void)json_object_set_new(object, "findings", json_integer(log->report.findings));
    (void)json_array_append_new(cross->logs, object);
}

static void card_line(void *context, const struct sbk_cross_card *card) {
    struct cross *cross = context;
    char alias[SBK_HEX_ROOM(SBK_ALIAS_SIZE)];
    json_t *object = json_object();
    alias_text(card->alias, alias);
    cli_say(cross->call,
        card->forked        ? _("card %s: it forks; %u different entries up to number %u\n")
        : card->missing > 0 ? _("card %s: %u entries up to number %u, some are missing\n")
                            : _("card %s: %u entries, whole up to number %u\n"),
        alias, (unsigned)card->entries, (unsigned)card->newest);
    set_text(object, "alias", alias);
    (void)json_object_set_new(object, "entries", json_integer(card->entries));
    (void)json_object_set_new(object, "newest", json_integer(card->newest));
    (void)json_object_set_new(object, "missing", json_integer(card->missing));
    (void)json_object_set_new(object, "forked", json_boolean(card->forked));
    (void)json_array_append_new(cross->cards, object);
}

static void progress(void *context, size_t done, size_t total) {
    struct cross *cross = context;
    cli_progress_show(&cross->progress, done, total);
}

static sbk_result add_all(struct cross *cross, struct sbk_cross_check *check, struct sbk_error *error) {
    struct cli_call *call = cross->call;
    sbk_result result = SBK_OK;
    for (int i = 0; i < call->argument_count && result == SBK_OK; i++) {
        struct sbk_station *station = NULL;
        struct sbk_station_options options = {
            .path = call->arguments[i], .clock = call->clock, .clock_set = call->clock_set};
        result = sbk_station_open(&station, &options, SBK_STATION_READ, error);
        if (result != SBK_OK)
            break;
        cli_progress_begin(&cross->progress, call, call->arguments[i]);
        result = sbk_cross_check_add(check, station, error);
        cli_progress_end(&cross->progress);
    }
    return result;
}

sbk_result cmd_log_cross_check(struct cli_call *call, struct sbk_error *error) {
    struct cross cross = {.call = call, .findings = json_array(), .logs = json_array(), .cards = json_array()};
    const struct sbk_cross_watch watch = {
        .finding = finding, .log = log_line, .card = card_line, .progress = progress, .context = &cross};
    struct sbk_cross_check *check = NULL;
    struct sbk_cross_report report = {0};
    sbk_result result = sbk_cross_check_new(&check, &watch, error);
    if (result == SBK_OK)
        result = add_all(&cross, check, error);
    if (result == SBK_OK) {
        result = sbk_cross_check_finish(check, &report, error);
        cli_say(call,
            _("%u logs, %u cards, %u different receipts\nWhat a card did after its newest entry here has met none "
              "of these stations yet.\n"),
            (unsigned)report.logs, (unsigned)report.cards, (unsigned)report.receipts);
        cli_field_int(call, "receipts", report.receipts);
    }
    cli_field(call, "findings", cross.findings);
    cli_field(call, "logs", cross.logs);
    cli_field(call, "cards", cross.cards);
    sbk_cross_check_free(&check);
    return result;
}
