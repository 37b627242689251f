/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/crypto.h"
#include "reader/basket.h"
#include "reader/reason.h"

#include <string.h>

/* What stood against a purse that would have paid, the more telling the higher. */
enum obstacle { NOTHING_FITS, OTHER_PROGRAMME, NOT_OPEN, CLOSED, EMPTY };

struct split {
    const struct sbk_terminal_rights *rights;
    const struct sbk_purse_view *views;
    size_t view_count;
    uint32_t left[SBK_PURSES_MAX];  /* of each view, as this basket uses it up */
    int bill_index[SBK_PURSES_MAX]; /* of each view in the bill, -1: not used */
    struct sbk_bill *bill;
};

static bool fits(const struct sbk_purse *purse, const struct sbk_item *item) {
    if (purse->goods != SBK_CLASS_ANY && purse->goods != item->goods)
        return false;
    return purse->unit == SBK_UNIT_RUPIAH || (purse->unit == item->unit && purse->goods != SBK_CLASS_ANY);
}

static bool allowed(const struct split *split, const struct sbk_purse *purse) {
    return (split->rights->programmes >> (purse->programme - 1) & 1) != 0;
}

static sbk_result refuse(struct sbk_error *error, const char *reason, const char *name) {
    return sbk_fail(error, SBK_REFUSED, reason, "%s: %s", name, sbk_reason_sentence(reason));
}

static sbk_result refuse_obstacle(struct sbk_error *error, enum obstacle obstacle, const char *name) {
    static const char *const reasons[] = {SBK_REASON_NO_PURSE, SBK_REASON_PROGRAMME, SBK_REASON_WINDOW_NOT_OPEN,
        SBK_REASON_WINDOW_CLOSED, SBK_REASON_BALANCE};
    return refuse(error, reasons[obstacle], name);
}

static sbk_result use_purse(struct split *split, size_t view, const char *name, struct sbk_error *error) {
    struct sbk_bill *bill = split->bill;
    if (split->bill_index[view] >= 0)
        return SBK_OK;
    if (bill->purse_count == SBK_DEBITS_MAX)
        return refuse(error, SBK_REASON_SPLIT, name);
    struct sbk_bill_purse *purse = &bill->purses[bill->purse_count];
    *purse = (struct sbk_bill_purse){.purse = split->views[view].purse,
        .before = split->views[view].balance,
        .after = split->views[view].balance,
        .window_end = split->views[view].window_end};
    split->bill_index[view] = (int)bill->purse_count++;
    return SBK_OK;
}

/* Lets one purse pay as much of the item as it can; *rest falls by that. */
static sbk_result pay(struct split *split, size_t view, const struct sbk_wish *wish, uint32_t list, uint32_t *rest,
    struct sbk_error *error) {
    const struct sbk_purse *purse = &split->views[view].purse;
    struct sbk_bill *bill = split->bill;
    bool by_price = purse->unit == SBK_UNIT_RUPIAH;
    uint32_t left = split->left[view];
    uint32_t quantity =
        by_price ? sbk_line_quantity(wish->item->unit, *rest, wish->price, left) : (*rest < left ? *rest : left);
    if (quantity == 0)
        return SBK_OK;
    if (bill->line_count == SBK_LINES_MAX)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_SPLIT,
            _("the basket needs more than %d lines; make two sales of it"), SBK_LINES_MAX);
    sbk_result result = use_purse(split, view, wish->item->name, error);
    if (result != SBK_OK)
        return result;
    uint32_t sum = sbk_line_sum(wish->item->unit, quantity, wish->price);
    uint32_t amount = by_price ? sum : quantity;
    struct sbk_bill_line *line = &bill->lines[bill->line_count++];
    memset(line, 0, sizeof *line);
    memcpy(line->line.code, wish->item->code, sizeof line->line.code);
    memcpy(line->name, wish->item->name, sizeof line->name);
    line->unit = wish->item->unit;
    line->purse = (uint8_t)split->bill_index[view];
    line->line.quantity = quantity;
    line->line.price = wish->price;
    line->line.sum = sum;
    line->line.list = list;
    line->line.slot = purse->slot;
    split->left[view] -= amount;
    bill->purses[line->purse].amount += amount;
    bill->purses[line->purse].after -= amount;
    bill->total += sum;
    *rest -= quantity;
    return SBK_OK;
}

static sbk_result split_wish(struct split *split, const struct sbk_wish *wish, uint32_t list, struct sbk_error *error) {
    enum obstacle worst = NOTHING_FITS;
    uint32_t rest = wish->quantity;
    for (size_t i = 0; i < split->view_count && rest > 0; i++) {
        const struct sbk_purse_view *view = &split->views[i];
        enum obstacle obstacle = EMPTY;
        if (!fits(&view->purse, wish->item))
            continue;
        if (!allowed(split, &view->purse))
            obstacle = OTHER_PROGRAMME;
        else if (view->state == SBK_WINDOW_NOT_OPEN)
            obstacle = NOT_OPEN;
        else if (view->state == SBK_WINDOW_CLOSED)
            obstacle = CLOSED;
        if (obstacle > worst)
            worst = obstacle;
        sbk_result result = obstacle == EMPTY ? pay(split, i, wish, list, &rest, error) : SBK_OK;
        if (result != SBK_OK)
            return result;
    }
    return rest == 0 ? SBK_OK : refuse_obstacle(error, worst, wish->item->name);
}

static sbk_result check_limits(const struct split *split, struct sbk_error *error) {
    uint64_t sums[SBK_UNITS] = {0};
    for (size_t i = 0; i < split->bill->purse_count; i++)
        sums[split->bill->purses[i].purse.unit - 1] += split->bill->purses[i].amount;
    for (size_t i = 0; i < SBK_UNITS; i++) {
        char text[SBK_AMOUNT_ROOM];
        uint32_t limit = sbk_limit_decode(split->rights->limits[i]);
        if (limit == UINT32_MAX || sums[i] <= limit)
            continue;
        sbk_amount_text((uint8_t)(i + 1), limit, text);
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_LIMIT,
            _("the basket is above this store's limit of %s for one "
              "sale"),
            text);
    }
    return SBK_OK;
}

static sbk_result finish(struct sbk_bill *bill, struct sbk_error *error) {
    struct sbk_line lines[SBK_LINES_MAX];
    for (size_t i = 0; i < bill->line_count; i++)
        lines[i] = bill->lines[i].line;
    enum sbk_format format =
        sbk_basket_write(lines, bill->line_count, bill->basket, sizeof bill->basket, &bill->basket_size);
    if (format != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_BASKET, _("the basket: %s"), _(sbk_format_text(format)));
    return sbk_sha256(bill->basket, bill->basket_size, bill->digest, error);
}

sbk_result sbk_basket_split(const struct sbk_wish *wishes, size_t wish_count, uint32_t list,
    const struct sbk_terminal_rights *rights, const struct sbk_purse_view *purses, size_t purse_count,
    struct sbk_bill *bill, struct sbk_error *error) {
    struct split split = {.rights = rights, .views = purses, .view_count = purse_count, .bill = bill};
    memset(bill, 0, sizeof *bill);
    bill->list = list;
    for (size_t i = 0; i < purse_count; i++) {
        split.left[i] = purses[i].state == SBK_WINDOW_OPEN ? purses[i].balance : 0;
        split.bill_index[i] = -1;
    }
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < wish_count && result == SBK_OK; i++)
        result = split_wish(&split, &wishes[i], list, error);
    if (result == SBK_OK)
        result = check_limits(&split, error);
    return result == SBK_OK ? finish(bill, error) : result;
}
