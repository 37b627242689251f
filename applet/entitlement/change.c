/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/change.h"

static const struct sbk_purse *purse_of_grant(const struct sbk_mandate *mandate, uint16_t grant) {
    for (size_t i = 0; i < mandate->purse_count; i++)
        if (mandate->purses[i].grant == grant)
            return &mandate->purses[i];
    return NULL;
}

/* D.2: what is left of a grant that ends, by the mandate still in force. */
static uint32_t rest_of(
    const struct sbk_call *call, const struct sbk_purse *purse, const struct sbk_spent *spent, uint16_t issued) {
    uint16_t date = issued > call->floor ? issued : call->floor;
    uint8_t window;
    uint32_t balance;

    return sbk_purse_balance(purse, spent, call->floor, date, &window, &balance) == SBK_WINDOW_OPEN ? balance : 0;
}

/*
 * Gives the heir, a purse of the new mandate, the rest of the grant that it names; the parser saw to it that this is
 * none of the mandate's own. A grant that the card does not hold is no error where the heir's is there already: it
 * inherited when an earlier mandate came, and the same intention must fit cards that took that mandate and cards that
 * missed it.
 */
static uint16_t inherit(const struct sbk_call *call, const struct sbk_mandate *mandate, const struct sbk_purse *heir,
    struct sbk_change *change) {
    struct sbk_spent spent;
    struct sbk_purse purse;
    bool held = false;
    uint32_t rest;

    for (uint8_t slot = 0; slot < SBK_PURSES_MAX; slot++) {
        sbk_store_read_spent(call->card, slot, &spent);
        if (spent.grant == heir->grant)
            held = true;
        if (spent.grant != heir->inherits)
            continue;
        if (!sbk_store_purse(call->card, &call->head, slot, &purse) || purse.unit != heir->unit)
            return SBK_SW_DATA;
        rest = rest_of(call, &purse, &spent, mandate->issued);
        if (rest > SBK_AMOUNT_MAX - change->after[heir->slot].credit)
            rest = SBK_AMOUNT_MAX - change->after[heir->slot].credit;
        change->after[heir->slot].credit += rest;
        return SBK_SW_OK;
    }
    return held ? SBK_SW_OK : SBK_SW_DATA;
}

uint16_t sbk_change_plan(const struct sbk_call *call, const uint8_t *record, size_t size, struct sbk_change *change) {
    struct sbk_mandate mandate;
    struct sbk_spent spent;
    uint16_t status = SBK_SW_OK;

    if (sbk_mandate_parse(record, size, &mandate) != SBK_FORMAT_OK)
        return SBK_SW_DATA;
    change->number = mandate.number;
    change->issued = mandate.issued;
    change->status = mandate.status;
    change->flags = mandate.flags;
    for (size_t i = 0; i < mandate.purse_count; i++)
        change->after[mandate.purses[i].slot].grant = mandate.purses[i].grant;
    for (uint8_t slot = 0; slot < SBK_PURSES_MAX; slot++) {
        const struct sbk_purse *kept;

        sbk_store_read_spent(call->card, slot, &spent);
        if (spent.grant == 0)
            continue;
        kept = purse_of_grant(&mandate, spent.grant);
        if (kept) {
            change->after[kept->slot] = spent;
        } else {
            change->finals[slot].grant = spent.grant;
            change->finals[slot].spent = spent.spent;
        }
    }
    for (size_t i = 0; i < mandate.purse_count && status == SBK_SW_OK; i++)
        if (mandate.purses[i].inherits != 0)
            status = inherit(call, &mandate, &mandate.purses[i], change);
    return status;
}
