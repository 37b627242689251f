/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "reader/common.h"
#include "schema/log.h"

static void set_day(json_t *object, const char *name, uint16_t day) {
    char text[SBK_DAY_ROOM];
    sbk_day_format(day, text);
    (void)json_object_set_new(object, name, json_string(text));
}

const char *reader_unit_word(uint8_t unit) {
    static const char *const words[] = {"?", "g", "ml", "pc", "rp"};
    return words[unit <= SBK_UNITS ? unit : 0];
}

const char *reader_role_word(uint8_t role) {
    if (role == SBK_ROLE_STORE)
        return "store";
    if (role == SBK_ROLE_REGISTRAR)
        return "registrar";
    return role == SBK_ROLE_AUDITOR ? "auditor" : "?";
}

const char *reader_state_word(uint8_t state) {
    static const char *const words[] = {"blank", "closed", "active", "stopped", "ended"};
    return state <= SBK_STATE_ENDED ? words[state] : "?";
}

const char *reader_outcome_word(uint8_t outcome) {
    static const char *const words[] = {"reserved", "open", "settled", "untouched", "other", "doubt"};
    return outcome <= SBK_SALE_DOUBT ? words[outcome] : "?";
}

json_t *reader_purse_json(const struct sbk_purse_view *view) {
    static const char *const states[] = {"open", "not-open", "closed"};
    json_t *object = json_object();
    (void)json_object_set_new(object, "slot", json_integer(view->purse.slot));
    (void)json_object_set_new(object, "grant", json_integer(view->purse.grant));
    (void)json_object_set_new(object, "programme", json_integer(view->purse.programme));
    (void)json_object_set_new(object, "unit", json_string(reader_unit_word(view->purse.unit)));
    (void)json_object_set_new(object, "class", json_integer(view->purse.goods));
    (void)json_object_set_new(object, "state", json_string(states[view->state]));
    (void)json_object_set_new(object, "balance", json_integer(view->state == SBK_WINDOW_OPEN ? view->balance : 0));
    if (view->state == SBK_WINDOW_OPEN)
        set_day(object, "until", view->window_end);
    else
        set_day(object, "first", view->first_day);
    return object;
}

static json_t *line_json(const struct sbk_bill *bill, const struct sbk_bill_line *line) {
    json_t *object = json_object();
    (void)json_object_set_new(object, "item", json_string(line->line.code));
    (void)json_object_set_new(object, "name", json_string(line->name));
    (void)json_object_set_new(object, "quantity", json_integer(line->line.quantity));
    (void)json_object_set_new(object, "unit", json_string(reader_unit_word(line->unit)));
    (void)json_object_set_new(object, "price", json_integer(line->line.price));
    (void)json_object_set_new(object, "sum", json_integer(line->line.sum));
    (void)json_object_set_new(object, "slot", json_integer(line->line.slot));
    (void)json_object_set_new(object, "programme", json_integer(bill->purses[line->purse].purse.programme));
    return object;
}

static json_t *bill_purse_json(const struct sbk_bill_purse *purse) {
    json_t *object = json_object();
    (void)json_object_set_new(object, "slot", json_integer(purse->purse.slot));
    (void)json_object_set_new(object, "grant", json_integer(purse->purse.grant));
    (void)json_object_set_new(object, "programme", json_integer(purse->purse.programme));
    (void)json_object_set_new(object, "unit", json_string(reader_unit_word(purse->purse.unit)));
    (void)json_object_set_new(object, "amount", json_integer(purse->amount));
    if (purse->purse.programme != 0) {
        (void)json_object_set_new(object, "before", json_integer(purse->before));
        (void)json_object_set_new(object, "after", json_integer(purse->after));
        set_day(object, "until", purse->window_end);
    }
    return object;
}

json_t *reader_bill_json(const struct sbk_bill *bill) {
    json_t *object = json_object();
    json_t *lines = json_array();
    json_t *purses = json_array();
    for (size_t i = 0; i < bill->line_count; i++)
        (void)json_array_append_new(lines, line_json(bill, &bill->lines[i]));
    for (size_t i = 0; i < bill->purse_count; i++)
        (void)json_array_append_new(purses, bill_purse_json(&bill->purses[i]));
    (void)json_object_set_new(object, "list", json_integer(bill->list));
    (void)json_object_set_new(object, "lines", lines);
    (void)json_object_set_new(object, "purses", purses);
    (void)json_object_set_new(object, "total", json_integer((json_int_t)bill->total));
    return object;
}

json_t *reader_settled_json(const struct sbk_settled *settled, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *object = json_object();
        (void)json_object_set_new(object, "transaction", json_integer(settled[i].transaction));
        (void)json_object_set_new(object, "operation", json_string(reader_operation_word(settled[i].operation)));
        (void)json_object_set_new(object, "outcome", json_string(reader_outcome_word(settled[i].outcome)));
        (void)json_array_append_new(array, object);
    }
    return array;
}

void reader_say_lines(const struct cli_call *call, const struct sbk_bill *bill) {
    for (size_t i = 0; i < bill->line_count; i++) {
        char amount[SBK_AMOUNT_ROOM];
        sbk_amount_text(bill->lines[i].unit, bill->lines[i].line.quantity, amount);
        cli_say(call, "  %s %s (%s %u)\n", amount, bill->lines[i].name, _("programme"),
            bill->purses[bill->lines[i].purse].purse.programme);
    }
}

json_t *reader_delivered_json(const struct sbk_delivered *delivered, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(
            array, json_pack("{s:s, s:I, s:b}", "kind", sbk_parcel_word(delivered[i].kind), "number",
                       (json_int_t)delivered[i].number, "refused", (int)delivered[i].refused));
    return array;
}

void reader_say_delivered(struct cli_call *call, const struct sbk_delivered *delivered, size_t count) {
    static const char *const given[] = {NULL, N_("The card got a new certificate."),
        N_("The card got a new mandate of the city."), N_("The card was stopped by the city."),
        N_("The card may get a new PIN at the kelurahan office."), N_("The card got a new identity record.")};
    for (size_t i = 0; i < count; i++) {
        if (delivered[i].refused)
            cli_say(call, _("The card refused what the city sent (%s); that stands in the log.\n"),
                sbk_parcel_word(delivered[i].kind));
        else
            cli_say(call, "%s\n", _(given[delivered[i].kind]));
    }
}

void reader_say_settled(struct cli_call *call, const struct sbk_settled *settled, size_t count) {
    for (size_t i = 0; i < count; i++) {
        unsigned number = (unsigned)settled[i].transaction;
        if (settled[i].outcome == SBK_SALE_SETTLED && settled[i].operation == SBK_OPERATION_DEBIT)
            cli_say(
                call, _("Earlier transaction %u was charged: hand over its goods if they are still here.\n"), number);
        else if (settled[i].outcome == SBK_SALE_SETTLED && settled[i].operation == SBK_OPERATION_VOID)
            cli_say(call, _("Earlier transaction %u, a void, went through: take its goods back.\n"), number);
        else if (settled[i].outcome == SBK_SALE_SETTLED)
            cli_say(call, _("Earlier transaction %u went through.\n"), number);
        else if (settled[i].outcome == SBK_SALE_DOUBT)
            cli_say(call,
                _("Earlier transaction %u is in doubt: the card no longer keeps its receipt; settlement decides.\n"),
                number);
        else
            cli_say(call, _("Earlier transaction %u: nothing was charged.\n"), number);
    }
}
