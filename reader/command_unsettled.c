/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "reader/common.h"
#include "schema/log.h"

#include <stdio.h>

#define LINES_MAX 8 /* before work; 'status' tells all */
#define ALIAS_ROOM SBK_HEX_ROOM(SBK_ALIAS_SIZE)

struct list {
    struct cli_call *call;
    bool doubt;    /* those in doubt as well, and all of them */
    unsigned told; /* lines */
    json_t *open;
    json_t *in_doubt;
};

const char *reader_operation_word(uint8_t operation) {
    static const char *const words[] = {"?", "debit", "void", "mandate", "activate"};
    return words[operation < sizeof words / sizeof words[0] ? operation : 0];
}

static json_t *unsettled_json(const struct sbk_unsettled *unsettled) {
    static const char *const people[] = {"none", "holder", "alternate"};
    const struct sbk_transaction *transaction = &unsettled->transaction;
    char time[SBK_TIME_ROOM];
    char alias[ALIAS_ROOM];
    json_t *object = json_object();
    sbk_time_format(transaction->time, time);
    sbk_hex_encode(transaction->alias, SBK_ALIAS_SIZE, alias);
    (void)json_object_set_new(object, "transaction", json_integer(transaction->number));
    (void)json_object_set_new(object, "operation", json_string(reader_operation_word(transaction->operation)));
    (void)json_object_set_new(object, "outcome", json_string(reader_outcome_word(transaction->outcome)));
    (void)json_object_set_new(object, "time", json_string(time));
    (void)json_object_set_new(object, "alias", json_string(alias));
    (void)json_object_set_new(object, "counter", json_integer(transaction->counter));
    (void)json_object_set_new(object, "mandate", json_integer(unsettled->mandate));
    (void)json_object_set_new(object, "who", json_string(people[unsettled->who <= 2 ? unsettled->who : 0]));
    (void)json_object_set_new(object, "entry", json_integer(unsettled->entry));
    if (unsettled->bill != NULL)
        (void)json_object_set_new(object, "bill", reader_bill_json(unsettled->bill));
    return object;
}

static void say_what(struct cli_call *call, const struct sbk_unsettled *unsettled) {
    if (unsettled->transaction.operation == SBK_OPERATION_ACTIVATE)
        cli_say(call, "  %s\n", _("activation"));
    else if (unsettled->transaction.operation == SBK_OPERATION_VOID)
        cli_say(call, "  %s\n", _("void"));
    for (size_t i = 0; unsettled->bill != NULL && i < unsettled->bill->line_count; i++) {
        const struct sbk_bill_line *line = &unsettled->bill->lines[i];
        char amount[SBK_AMOUNT_ROOM];
        sbk_amount_text(line->unit, line->line.quantity, amount);
        cli_say(call, "  %s %s\n", amount, line->name);
    }
}

static void say_one(struct cli_call *call, const struct sbk_unsettled *unsettled) {
    const struct sbk_transaction *transaction = &unsettled->transaction;
    char time[SBK_TIME_ROOM];
    char alias[ALIAS_ROOM];
    sbk_time_format_plain(transaction->time, time);
    sbk_hex_encode(transaction->alias, SBK_ALIAS_SIZE, alias);
    if (transaction->outcome == SBK_SALE_OPEN)
        cli_say(call, _("Not settled: transaction %u of %s WITA, card %s; tap that card again\n"),
            (unsigned)transaction->number, time, alias);
    else
        cli_say(call,
            _("In doubt: transaction %u of %s WITA, card %s, its entry %u, mandate %u, log entry %u; settlement "
              "decides, or the card if it comes back\n"),
            (unsigned)transaction->number, time, alias, (unsigned)transaction->counter, (unsigned)unsettled->mandate,
            (unsigned)unsettled->entry);
    say_what(call, unsettled);
}

static sbk_result visit(void *context, const struct sbk_unsettled *unsettled, struct sbk_error *error) {
    struct list *list = context;
    bool open = unsettled->transaction.outcome == SBK_SALE_OPEN;
    (void)error;
    if (!open && !list->doubt)
        return SBK_OK;
    if (list->told < LINES_MAX || list->doubt)
        say_one(list->call, unsettled);
    list->told++;
    (void)json_array_append_new(open ? list->open : list->in_doubt, unsettled_json(unsettled));
    return SBK_OK;
}

sbk_result reader_say_unsettled(
    struct cli_call *call, struct sbk_station *station, bool doubt, struct sbk_error *error) {
    struct list list = {.call = call, .doubt = doubt, .open = json_array(), .in_doubt = json_array()};
    sbk_result result = sbk_station_unsettled(station, visit, &list, error);
    if (!doubt && list.told > LINES_MAX)
        cli_say(call,
            P_("%u more is not settled; 'sembako-reader status' lists all\n",
                "%u more are not settled; 'sembako-reader status' lists all\n", list.told - LINES_MAX),
            list.told - LINES_MAX);
    cli_field(call, "open", list.open);
    if (doubt)
        cli_field(call, "doubt", list.in_doubt);
    else
        json_decref(list.in_doubt);
    return result;
}
