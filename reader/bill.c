/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/bill.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

#define CONTENT_FIELD 6 /* of an intent */

void sbk_bill_expect(
    const struct sbk_session *session, const struct sbk_bill_purse *purse, struct sbk_entry_debit *expected) {
    const struct sbk_status *status = &session->view.status;
    const struct sbk_spent *spent = &status->spent[purse->purse.slot];
    uint16_t today = sbk_station_today(session->station);
    uint16_t date = today > status->floor ? today : status->floor;
    uint8_t window = 0;
    uint32_t allowed = 0;
    (void)sbk_purse_allowed(&purse->purse, status->floor, date, &window, &allowed);
    bool counts =
        spent->grant == purse->purse.grant && (purse->purse.carry == SBK_CARRY_GRANT || spent->window == window);
    *expected = (struct sbk_entry_debit){.slot = purse->purse.slot,
        .grant = purse->purse.grant,
        .window = window,
        .amount = purse->amount,
        .spent = (counts ? spent->spent : 0) + purse->amount};
}

static const struct sbk_purse *find_purse(const struct sbk_mandate *mandate, uint16_t grant) {
    for (size_t i = 0; i < mandate->purse_count; i++)
        if (mandate->purses[i].grant == grant)
            return &mandate->purses[i];
    return NULL;
}

/* The balance when the entry was made: by its own window and cumulative amount. */
static void fill_purse(
    const struct sbk_session *session, const struct sbk_entry_debit *debit, struct sbk_bill_purse *out) {
    const struct sbk_purse *purse = find_purse(&session->view.mandate, debit->grant);
    memset(out, 0, sizeof *out);
    out->amount = debit->amount;
    out->purse.slot = debit->slot;
    out->purse.grant = debit->grant;
    if (purse == NULL)
        return; /* programme 0: the mandate changed since, nothing can be said of balances */
    uint16_t first = 0;
    bool carry = purse->carry == SBK_CARRY_GRANT;
    uint8_t last = (uint8_t)(sbk_window_count(purse) - 1);
    uint64_t allowed = (uint64_t)purse->amount * (carry ? debit->window + 1u : 1u);
    if (session->view.status.spent[purse->slot].grant == debit->grant)
        allowed += session->view.status.spent[purse->slot].credit;
    out->purse = *purse;
    out->after = allowed > debit->spent ? (uint32_t)(allowed - debit->spent) : 0;
    out->before = out->after + debit->amount;
    sbk_window_days(purse, carry ? last : debit->window, &first, &out->window_end);
}

void sbk_bill_take_receipt(
    const struct sbk_session *session, const struct sbk_receipt *receipt, struct sbk_bill *bill) {
    bill->purse_count = 0;
    for (size_t i = 0; i < SBK_DEBITS_MAX && receipt->entry.debits[i].grant != 0; i++) {
        struct sbk_bill_purse *purse = &bill->purses[bill->purse_count++];
        fill_purse(session, &receipt->entry.debits[i], purse);
        if (receipt->entry.kind == SBK_ENTRY_VOID)
            purse->before = purse->after > purse->amount ? purse->after - purse->amount : 0;
    }
}

/* Names and units from the list that the lines name. */
static sbk_result fill_lines(struct sbk_station *station, const struct sbk_line *lines, size_t count,
    struct sbk_bill *bill, struct sbk_error *error) {
    bool found = false;
    struct sbk_list *list = calloc(1, sizeof *list);
    if (list == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    sbk_result result = sbk_station_list_at(station, lines[0].list, list, &found, error);
    for (size_t i = 0; i < count && result == SBK_OK; i++) {
        struct sbk_bill_line *line = &bill->lines[bill->line_count++];
        memset(line, 0, sizeof *line);
        line->line = lines[i];
        line->unit = SBK_UNIT_PIECE;
        memcpy(line->name, lines[i].code, sizeof lines[i].code);
        bill->total += lines[i].sum;
        for (size_t j = 0; found && j < list->header.count; j++)
            if (strcmp(list->items[j].code, lines[i].code) == 0) {
                memcpy(line->name, list->items[j].name, sizeof line->name);
                line->unit = list->items[j].unit;
            }
        for (size_t j = 0; j < bill->purse_count; j++)
            if (bill->purses[j].purse.slot == lines[i].slot)
                line->purse = (uint8_t)j;
    }
    free(list);
    return result;
}

sbk_result sbk_bill_of_intent(struct sbk_station *station, uint32_t position, const struct sbk_log_entry *intent,
    struct sbk_bill *bill, struct sbk_error *error) {
    const struct sbk_log_field *content = &intent->fields[CONTENT_FIELD];
    struct sbk_line lines[SBK_LINES_MAX];
    size_t count = 0;
    if (intent->kind != SBK_LOG_INTENT || content->size > sizeof bill->basket ||
        sbk_basket_parse(content->data, content->size, lines, &count) != SBK_FORMAT_OK || count == 0)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_LOG_ALTERED, _("%s: log entry %u is not a sale's intent"),
            station->path, (unsigned)position);
    bill->basket_size = content->size;
    memcpy(bill->basket, content->data, bill->basket_size);
    bill->list = lines[0].list;
    sbk_result result = sbk_sha256(bill->basket, bill->basket_size, bill->digest, error);
    return result == SBK_OK ? fill_lines(station, lines, count, bill, error) : result;
}

sbk_result sbk_bill_of_receipt(struct sbk_session *session, uint32_t intent, const struct sbk_receipt *receipt,
    struct sbk_bill *bill, struct sbk_error *error) {
    struct sbk_buffer data = SBK_BUFFER_EMPTY;
    struct sbk_log_entry entry;
    memset(bill, 0, sizeof *bill);
    sbk_bill_take_receipt(session, receipt, bill);
    sbk_result result = sbk_log_entry_at(session->station, intent, &data, &entry, error);
    if (result == SBK_OK)
        result = sbk_bill_of_intent(session->station, intent, &entry, bill, error);
    sbk_buffer_free(&data);
    return result;
}
