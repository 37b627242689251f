/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "reader/receipt.h"

#include <stdio.h>
#include <string.h>

#define LINE_ROOM 256

/* Columns that UTF-8 text takes: continuation bytes take none. Item names are of the Latin script. */
static size_t columns(const char *text) {
    size_t count = 0;
    for (; *text != 0; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

/* Left and right on one line; on two where they do not fit side by side. */
static sbk_result pair(struct sbk_buffer *out, const char *left, const char *right, struct sbk_error *error) {
    size_t used = columns(left) + columns(right);
    if (right[0] == 0)
        return sbk_buffer_append_format(out, error, "%s\n", left);
    if (used + 1 <= SBK_RECEIPT_COLUMNS)
        return sbk_buffer_append_format(out, error, "%s%*s%s\n", left, (int)(SBK_RECEIPT_COLUMNS - used), "", right);
    int indent = columns(right) < SBK_RECEIPT_COLUMNS ? (int)(SBK_RECEIPT_COLUMNS - columns(right)) : 0;
    return sbk_buffer_append_format(out, error, "%s\n%*s%s\n", left, indent, "", right);
}

static sbk_result centred(struct sbk_buffer *out, const char *text, struct sbk_error *error) {
    size_t used = columns(text);
    int indent = used < SBK_RECEIPT_COLUMNS ? (int)(SBK_RECEIPT_COLUMNS - used) / 2 : 0;
    return sbk_buffer_append_format(out, error, "%*s%s\n", indent, "", text);
}

static sbk_result rule(struct sbk_buffer *out, struct sbk_error *error) {
    return sbk_buffer_append_text(out, "----------------------------------------\n", error);
}

static sbk_result print_header(
    const struct sbk_receipt_header *header, struct sbk_buffer *out, struct sbk_error *error) {
    char left[LINE_ROOM];
    char right[LINE_ROOM];
    char time[SBK_TIME_ROOM];
    char alias[SBK_HEX_ROOM(SBK_ALIAS_SIZE)];
    sbk_time_format_plain(header->time, time);
    sbk_hex_encode(header->alias, sizeof header->alias, alias);
    sbk_result result = centred(out, "SEMBAKO", error);
    if (result == SBK_OK && header->copy)
        result = centred(out, _("*** COPY ***"), error);
    (void)snprintf(left, sizeof left, _("*** VOID of No. %u ***"), (unsigned)header->voided);
    if (result == SBK_OK && header->voided != 0)
        result = centred(out, left, error);
    (void)snprintf(left, sizeof left, _("Store %s"), header->store);
    (void)snprintf(right, sizeof right, _("Station %s"), header->terminal);
    if (result == SBK_OK)
        result = pair(out, left, right, error);
    (void)snprintf(left, sizeof left, "%s WITA", time);
    (void)snprintf(right, sizeof right, _("No. %u"), (unsigned)header->transaction);
    if (result == SBK_OK)
        result = pair(out, left, right, error);
    (void)snprintf(left, sizeof left, _("Card %s"), alias);
    (void)snprintf(right, sizeof right, _("Entry %u"), (unsigned)header->counter);
    if (result == SBK_OK)
        result = pair(out, left, right, error);
    return result;
}

static const char *per_unit(uint8_t unit) {
    if (unit == SBK_UNIT_GRAM)
        return "/kg";
    return unit == SBK_UNIT_MILLILITRE ? "/l" : _("/pc");
}

static sbk_result print_line(
    const struct sbk_bill *bill, const struct sbk_bill_line *line, struct sbk_buffer *out, struct sbk_error *error) {
    char left[LINE_ROOM];
    char right[SBK_AMOUNT_ROOM];
    char quantity[SBK_AMOUNT_ROOM];
    char price[SBK_AMOUNT_ROOM];
    unsigned programme = bill->purses[line->purse].purse.programme;
    sbk_amount_text(line->unit, line->line.quantity, quantity);
    sbk_amount_text(SBK_UNIT_RUPIAH, line->line.price, price);
    sbk_amount_text(SBK_UNIT_RUPIAH, line->line.sum, right);
    (void)snprintf(left, sizeof left, _("Programme %u"), programme);
    sbk_result result = pair(out, line->name, programme != 0 ? left : "", error);
    (void)snprintf(left, sizeof left, "  %s x %s%s", quantity, price, per_unit(line->unit));
    return result == SBK_OK ? pair(out, left, right, error) : result;
}

static sbk_result print_purse(
    const struct sbk_bill *bill, size_t index, bool voided, struct sbk_buffer *out, struct sbk_error *error) {
    const struct sbk_bill_purse *purse = &bill->purses[index];
    char left[LINE_ROOM];
    char right[LINE_ROOM];
    char goods[SBK_GOODS_ROOM];
    char day[SBK_DAY_ROOM];
    const char *const names[] = {_("before"), voided ? _("given back") : _("used"), _("left")};
    const uint32_t amounts[] = {purse->before, purse->amount, purse->after};
    if (purse->purse.programme == 0)
        return SBK_OK; /* the mandate changed since: no balance can be told */
    sbk_day_format(purse->window_end, day);
    sbk_bill_goods_text(bill, index, goods);
    (void)snprintf(left, sizeof left, _("Programme %u, %s"), purse->purse.programme, goods);
    (void)snprintf(right, sizeof right, _("until %s"), day);
    sbk_result result = pair(out, left, right, error);
    for (size_t i = 0; i < 3 && result == SBK_OK; i++) {
        char amount[SBK_AMOUNT_ROOM];
        sbk_amount_text(purse->purse.unit, amounts[i], amount);
        (void)snprintf(left, sizeof left, "  %s", names[i]);
        result = pair(out, left, amount, error);
    }
    return result;
}

sbk_result sbk_receipt_print(const struct sbk_receipt_header *header, const struct sbk_bill *bill,
    struct sbk_buffer *text, struct sbk_error *error) {
    char total[SBK_AMOUNT_ROOM];
    sbk_amount_text(SBK_UNIT_RUPIAH, bill->total, total);
    sbk_result result = print_header(header, text, error);
    if (result == SBK_OK)
        result = rule(text, error);
    for (size_t i = 0; i < bill->line_count && result == SBK_OK; i++)
        result = print_line(bill, &bill->lines[i], text, error);
    if (result == SBK_OK)
        result = rule(text, error);
    if (result == SBK_OK)
        result = pair(text, _("Worth"), total, error);
    for (size_t i = 0; i < bill->purse_count && result == SBK_OK; i++)
        result = print_purse(bill, i, header->voided != 0, text, error);
    return result == SBK_OK ? rule(text, error) : result;
}
