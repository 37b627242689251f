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
 * none of the mandate's own. A grant that the card does not hold, or not in this unit, leaves nothing: a card that
 * missed mandates must take the newest all the same.
 */
static void inherit(const struct sbk_call *call, uint16_t issued, const struct sbk_purse *heir, uint32_t *credit) {
    struct sbk_spent spent;
    struct sbk_purse purse;

    for (uint8_t slot = 0; slot < SBK_PURSES_MAX; slot++) {
        uint32_t rest;

        sbk_store_read_spent(call->card, slot, &spent);
        if (spent.grant != heir->inherits || !sbk_store_purse(call->card, &call->head, slot, &purse) ||
            purse.unit != heir->unit)
            continue;
        rest = rest_of(call, &purse, &spent, issued);
        *credit += rest > SBK_AMOUNT_MAX - *credit ? SBK_AMOUNT_MAX - *credit : rest;
    }
}

uint16_t sbk_change_plan(const struct sbk_call *call, const uint8_t *record, size_t size, struct sbk_change *change) {
    struct sbk_mandate mandate;
    struct sbk_spent spent;

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
    for (size_t i = 0; i < mandate.purse_count; i++)
        if (mandate.purses[i].inherits != 0)
            inherit(call, mandate.issued, &mandate.purses[i], &change->after[mandate.purses[i].slot].credit);
    return SBK_SW_OK;
}
