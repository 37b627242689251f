/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/command.h"

#include <string.h>

/* What a voided debit took of one purse, and the purse after the void. */
struct item {
    uint8_t slot;
    uint8_t window;
    uint32_t amount;
    struct sbk_spent spent;
};

struct voiding {
    uint32_t counter; /* of the voided entry */
    uint8_t count;
    struct item items[SBK_DEBITS_MAX];
    uint8_t digest[SBK_HASH_SIZE]; /* of the voided entry */
};

/*
 * The repeat's content is the hash of the voided entry. Once the ring has lost that entry only the kind is left to
 * compare; the entry given back names the hash.
 */
static bool same_void(struct sbk_call *call, uint32_t found, const struct voiding *voiding) {
    uint8_t digest[SBK_HASH_SIZE];

    if (voiding->counter >= found)
        return false;
    if (!sbk_chain_holds(&call->head, voiding->counter) ||
        !sbk_chain_hash(call->card, &call->head, voiding->counter, digest))
        sbk_chain_read(call->card, found, SBK_ENTRY_AT_DIGEST, digest, sizeof(digest));
    return sbk_context_same(call, found, SBK_ENTRY_VOID, digest);
}

/* One purse of the voided debit: its window must be the purse's stored one and open. */
static uint16_t check_item(struct sbk_call *call, struct sbk_reader *detail, struct item *item) {
    struct sbk_purse purse;
    uint16_t grant;
    uint8_t window;
    uint32_t allowed;

    item->slot = sbk_read_u8(detail);
    grant = sbk_read_u16(detail);
    item->window = sbk_read_u8(detail);
    item->amount = sbk_read_u24(detail);
    sbk_read_u24(detail);
    if (!sbk_store_purse(call->card, &call->head, item->slot, &purse) || purse.grant != grant)
        return SBK_SW_NOT_OWN;
    sbk_store_read_spent(call->card, item->slot, &item->spent);
    if (item->spent.grant != grant || item->spent.window != item->window)
        return SBK_SW_NOT_OWN;
    if (sbk_purse_allowed(&purse, call->floor, call->date, &window, &allowed) != SBK_WINDOW_OPEN ||
        window != item->window)
        return SBK_SW_NOT_OWN;
    return SBK_SW_OK;
}

static uint16_t check_voided(struct sbk_call *call, struct voiding *voiding) {
    uint8_t raw[SBK_ENTRY_AT_TRANSACTION - SBK_ENTRY_AT_KIND];
    uint8_t detail[SBK_ENTRY_DETAIL];
    struct sbk_reader reader;
    struct sbk_reader details = sbk_reader_of(detail, sizeof(detail));
    uint8_t kind;

    sbk_chain_read(call->card, voiding->counter, SBK_ENTRY_AT_KIND, raw, sizeof(raw));
    reader = sbk_reader_of(raw, sizeof(raw));
    sbk_chain_read(call->card, voiding->counter, SBK_ENTRY_AT_DETAIL, detail, sizeof(detail));
    kind = sbk_read_u8(&reader);
    sbk_read_u8(&reader);
    if (kind != SBK_ENTRY_DEBIT || sbk_read_u32(&reader) != call->mandate.number ||
        memcmp(raw + (SBK_ENTRY_AT_TERMINAL - SBK_ENTRY_AT_KIND), call->exchange->terminal->id, SBK_TERMINAL_SIZE) != 0)
        return SBK_SW_NOT_OWN;
    while (voiding->count < SBK_DEBITS_MAX && (detail[voiding->count * SBK_ENTRY_DEBIT_SIZE + 1] |
                                                  detail[voiding->count * SBK_ENTRY_DEBIT_SIZE + 2]) != 0) {
        uint16_t status = check_item(call, &details, &voiding->items[voiding->count]);

        if (status != SBK_SW_OK)
            return status;
        voiding->count++;
    }
    return SBK_SW_OK;
}

/* A void of the same entry in the ring; one that left the ring took the voided entry with it. */
static bool voided_already(struct sbk_call *call, const struct voiding *voiding) {
    for (uint32_t counter = call->head.counter; counter > voiding->counter; counter--) {
        uint8_t kind;
        uint8_t digest[SBK_HASH_SIZE];

        sbk_chain_read(call->card, counter, SBK_ENTRY_AT_KIND, &kind, 1);
        sbk_chain_read(call->card, counter, SBK_ENTRY_AT_DIGEST, digest, sizeof(digest));
        if (kind == SBK_ENTRY_VOID && memcmp(digest, voiding->digest, SBK_HASH_SIZE) == 0)
            return true;
    }
    return false;
}

static uint16_t check_void(struct sbk_call *call, struct voiding *voiding) {
    uint16_t status;

    if (!sbk_chain_holds(&call->head, voiding->counter) ||
        !sbk_chain_hash(call->card, &call->head, voiding->counter, voiding->digest))
        return SBK_SW_TOO_OLD;
    status = check_voided(call, voiding);
    if (status != SBK_SW_OK)
        return status;
    if (voided_already(call, voiding))
        return SBK_SW_VOIDED;
    for (uint8_t i = 0; i < voiding->count; i++) {
        if (voiding->items[i].spent.spent < voiding->items[i].amount)
            return SBK_SW_NOT_OWN;
        voiding->items[i].spent.spent -= voiding->items[i].amount;
    }
    return SBK_SW_OK;
}

static uint16_t commit_void(struct sbk_call *call, const struct voiding *voiding) {
    uint8_t *entry = sbk_entry_start(call, SBK_ENTRY_VOID, SBK_WHO_NONE, call->mandate.number, voiding->digest);
    struct sbk_writer writer = sbk_writer_of(entry + SBK_ENTRY_AT_DETAIL, SBK_ENTRY_DETAIL);
    uint16_t status;

    for (uint8_t i = 0; i < voiding->count; i++) {
        sbk_write_u8(&writer, voiding->items[i].slot);
        sbk_write_u16(&writer, voiding->items[i].spent.grant);
        sbk_write_u8(&writer, voiding->items[i].window);
        sbk_write_u24(&writer, voiding->items[i].amount);
        sbk_write_u24(&writer, voiding->items[i].spent.spent);
    }
    status = sbk_entry_begin(call, entry);
    if (status != SBK_SW_OK)
        return status;
    for (uint8_t i = 0; i < voiding->count; i++)
        sbk_store_write_spent(call->card, voiding->items[i].slot, &voiding->items[i].spent);
    return sbk_entry_finish(call, entry);
}

/* B.9 */
uint16_t sbk_cmd_void(struct sbk_call *call) {
    struct voiding voiding = {0};
    struct sbk_reader reader = sbk_reader_of(call->exchange->data + SBK_CONTEXT_SIZE, 4);
    uint16_t status = sbk_context_read(call);
    uint32_t found;

    voiding.counter = sbk_read_u32(&reader);
    if (status != SBK_SW_OK)
        return status;
    if (sbk_context_find(call, &found))
        return sbk_context_repeat(call, found, same_void(call, found, &voiding));
    status = sbk_context_judge(call, SBK_ENTRY_VOID);
    if (status == SBK_SW_OK)
        status = check_void(call, &voiding);
    return status == SBK_SW_OK ? commit_void(call, &voiding) : status;
}
