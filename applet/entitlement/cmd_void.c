/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/command.h"
#include "applet/entitlement/spending.h"

#include <string.h>

/*
 * The repeat's content is the hash of the voided entry. Once the ring has lost that entry only the kind is left to
 * compare; the entry given back names the hash.
 */
static bool same_void(struct sbk_call *call, uint32_t found, uint32_t voided) {
    uint8_t digest[SBK_HASH_SIZE];

    if (voided >= found)
        return false;
    if (sbk_chain_holds(&call->head, voided))
        sbk_chain_hash(call->card, &call->head, voided, digest);
    else
        sbk_chain_read(call->card, found, SBK_ENTRY_AT_DIGEST, digest, sizeof(digest));
    return sbk_context_same(call, found, SBK_ENTRY_VOID, digest);
}

/* One purse of the voided debit: its grant and window must be the purse's stored ones, and the window open. */
static bool item_stands(struct sbk_call *call, struct sbk_item *item) {
    struct sbk_spent debited = item->spent;
    struct sbk_purse purse;
    uint8_t window;
    uint32_t allowed;

    sbk_store_read_spent(call->card, item->slot, &item->spent);
    return sbk_store_purse(call->card, &call->head, item->slot, &purse) && item->spent.grant == debited.grant &&
           item->spent.window == debited.window &&
           sbk_purse_allowed(&purse, call->floor, call->date, &window, &allowed) == SBK_WINDOW_OPEN &&
           window == debited.window;
}

/* A debit of this terminal under the mandate in force, every purse of which stands. */
static bool is_own(struct sbk_call *call, uint32_t voided, struct sbk_spending *spending) {
    uint8_t raw[SBK_ENTRY_AT_TRANSACTION - SBK_ENTRY_AT_KIND];

    sbk_chain_read(call->card, voided, SBK_ENTRY_AT_KIND, raw, sizeof(raw));
    struct sbk_reader mandate = sbk_reader_of(raw + (SBK_ENTRY_AT_MANDATE - SBK_ENTRY_AT_KIND), 4);
    if (raw[0] != SBK_ENTRY_DEBIT || sbk_read_u32(&mandate) != call->mandate.number ||
        memcmp(raw + (SBK_ENTRY_AT_TERMINAL - SBK_ENTRY_AT_KIND), call->exchange->terminal->id, SBK_TERMINAL_SIZE) != 0)
        return false;
    sbk_spending_read(call, voided, spending);
    for (size_t i = 0; i < spending->count; i++)
        if (!item_stands(call, &spending->items[i]))
            return false;
    return true;
}

/* A void of the same entry in the ring; one that left the ring took the voided entry with it. */
static bool voided_already(struct sbk_call *call, uint32_t voided, const uint8_t digest[SBK_HASH_SIZE]) {
    uint8_t raw[SBK_HASH_SIZE];

    for (uint32_t counter = call->head.counter; counter > voided; counter--) {
        sbk_chain_read(call->card, counter, SBK_ENTRY_AT_DIGEST, raw, sizeof(raw));
        if (memcmp(raw, digest, SBK_HASH_SIZE) != 0)
            continue;
        sbk_chain_read(call->card, counter, SBK_ENTRY_AT_KIND, raw, 1);
        if (raw[0] == SBK_ENTRY_VOID)
            return true;
    }
    return false;
}

static uint16_t check_void(struct sbk_call *call, uint32_t voided, struct sbk_spending *spending) {
    if (!sbk_chain_holds(&call->head, voided))
        return SBK_SW_TOO_OLD;
    sbk_chain_hash(call->card, &call->head, voided, spending->digest);
    if (!is_own(call, voided, spending))
        return SBK_SW_NOT_OWN;
    if (voided_already(call, voided, spending->digest))
        return SBK_SW_VOIDED;
    for (size_t i = 0; i < spending->count; i++) {
        if (spending->items[i].spent.spent < spending->items[i].amount)
            return SBK_SW_NOT_OWN;
        spending->items[i].spent.spent -= spending->items[i].amount;
    }
    return SBK_SW_OK;
}

/* B.9 */
uint16_t sbk_cmd_void(struct sbk_call *call) {
    struct sbk_spending spending = {0};
    struct sbk_reader reader = sbk_reader_of(call->exchange->data + SBK_CONTEXT_SIZE, 4);
    uint32_t voided = sbk_read_u32(&reader);
    uint16_t status = sbk_context_read(call);
    uint32_t found;

    if (status != SBK_SW_OK)
        return status;
    if (sbk_context_find(call, &found))
        return same_void(call, found, voided) ? sbk_entry_answer(call, found) : SBK_SW_CONFLICT;
    status = sbk_context_judge(call, SBK_ENTRY_VOID);
    if (status == SBK_SW_OK)
        status = check_void(call, voided, &spending);
    return status == SBK_SW_OK ? sbk_spending_commit(call, SBK_ENTRY_VOID, &spending) : status;
}
