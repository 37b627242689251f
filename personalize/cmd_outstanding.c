/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "personalize/acknowledge.h"
#include "personalize/command.h"
#include "reader/courier.h"
#include "schema/numbers.h"

struct run {
    struct cli_call *call;
    struct sbk_store *store;
    struct sbk_database *cards;
    struct sbk_acknowledged counts;
    json_t *outstanding;
    json_t *undelivered;
};

static sbk_result take_log(struct run *run, const char *path, struct sbk_error *error) {
    const struct sbk_station_options options = {.path = path, .clock = run->call->clock};
    struct sbk_station *station = NULL;
    sbk_result result =
        cli_interrupted() ? cli_fail_interrupted(error) : sbk_station_open(&station, &options, SBK_STATION_READ, error);

    if (result == SBK_OK) {
        result = sbk_acknowledge_log(run->cards, station, &run->counts, error);
    }
    sbk_station_close(&station);
    return result;
}

/* All logs or none. */
static sbk_result take_logs(struct run *run, struct sbk_error *error) {
    sbk_result result = sbk_database_begin(run->cards, error);

    if (result != SBK_OK) {
        return result;
    }
    for (int i = 0; i < run->call->argument_count && result == SBK_OK; i++) {
        result = take_log(run, run->call->arguments[i], error);
    }
    if (result == SBK_OK) {
        return sbk_database_commit(run->cards, error);
    }
    sbk_database_rollback(run->cards);
    return result;
}

static sbk_result show(void *context, const struct sbk_outstanding *card, struct sbk_error *error) {
    static const char *const states[] = {"", N_("active"), N_("blocked"), N_("closed")};
    static const char *const words[] = {"", "active", "blocked", "closed"};
    struct run *run = context;
    char alias[SBK_HEX_ROOM(SBK_ALIAS_SIZE)];
    char number[SBK_CARD_NUMBER_TEXT];
    char day[SBK_DAY_ROOM];

    (void)error;
    sbk_hex_encode(card->alias, sizeof(card->alias), alias);
    sbk_card_number_text(card->number, number);
    sbk_day_format(card->mandate.issued, day);
    cli_say(run->call, _("%s  %s  mandate %u of %s (%s), the card has %u\n"), number, alias,
        (unsigned)card->mandate.number, day, _(states[card->mandate.status]), (unsigned)card->acknowledged);
    (void)json_array_append_new(
        run->outstanding, json_pack("{s:s, s:s, s:I, s:s, s:s, s:I}", "card", number, "alias", alias, "mandate",
                              (json_int_t)card->mandate.number, "issued", day, "status", words[card->mandate.status],
                              "has", (json_int_t)card->acknowledged));
    return SBK_OK;
}

static sbk_result show_record(void *context, const struct sbk_undelivered *record, struct sbk_error *error) {
    static const char *const names[] = {[SBK_PARCEL_STOP] = N_("stop"),
        [SBK_PARCEL_PIN_RESET] = N_("PIN reset"),
        [SBK_PARCEL_IDENTITY] = N_("identity record")};
    struct run *run = context;
    char alias[SBK_HEX_ROOM(SBK_ALIAS_SIZE)];
    char number[SBK_CARD_NUMBER_TEXT];

    (void)error;
    sbk_hex_encode(record->alias, sizeof(record->alias), alias);
    sbk_card_number_text(record->card, number);
    cli_say(run->call, _("%s  %s  %s %u\n"), number, alias, _(names[record->kind]), (unsigned)record->number);
    (void)json_array_append_new(
        run->undelivered, json_pack("{s:s, s:s, s:s, s:I}", "card", number, "alias", alias, "kind",
                              sbk_parcel_word(record->kind), "number", (json_int_t)record->number));
    return SBK_OK;
}

static sbk_result list_records(struct run *run, struct sbk_error *error) {
    run->undelivered = json_array();
    const sbk_result result = sbk_undelivered_each(run->cards, show_record, run, error);
    const size_t count = json_array_size(run->undelivered);
    cli_say(run->call,
        P_("%lu notice or identity record is not delivered, as far as the logs say.\n",
            "%lu notices and identity records are not delivered, as far as the logs say.\n", count),
        (unsigned long)count);
    cli_field_int(run->call, "delivered", (json_int_t)run->counts.delivered);
    cli_field(run->call, "undelivered", run->undelivered);
    return result;
}

static sbk_result list(struct run *run, struct sbk_error *error) {
    sbk_result result = SBK_OK;

    if (run->call->argument_count > 0) {
        cli_say(run->call, _("Acknowledgements: %lu new, %lu known, %lu that do not fit the register\n"),
            (unsigned long)run->counts.taken, (unsigned long)run->counts.known, (unsigned long)run->counts.foreign);
    }
    run->outstanding = json_array();
    result = sbk_outstanding_each(run->cards, show, run, error);
    const size_t count = json_array_size(run->outstanding);
    cli_say(run->call,
        P_("%lu card has not got its newest mandate.\n", "%lu cards have not got their newest mandate.\n", count),
        (unsigned long)count);
    cli_field_int(run->call, "taken", (int64_t)run->counts.taken);
    cli_field_int(run->call, "known", (int64_t)run->counts.known);
    cli_field_int(run->call, "foreign", (int64_t)run->counts.foreign);
    cli_field(run->call, "outstanding", run->outstanding);
    return result == SBK_OK ? list_records(run, error) : result;
}

sbk_result cmd_outstanding(struct cli_call *call, struct sbk_error *error) {
    struct run run = {.call = call};
    const char *path = cli_value(call, "store");
    sbk_result result = sbk_store_open(&run.store, path, true, error);

    if (result == SBK_OK) {
        result = sbk_cards_open(&run.cards, path, SBK_DATABASE_OPEN, error);
    }
    if (result == SBK_OK) {
        result = take_logs(&run, error);
    }
    if (result == SBK_OK) {
        result = list(&run, error);
    }
    sbk_database_close(&run.cards);
    sbk_store_close(&run.store);
    return result;
}
