/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/chain.h"

#include "applet/host/crypto.h"

#include <string.h>

bool sbk_chain_started(const struct sbk_head *head) {
    return head->state != 0;
}

uint32_t sbk_chain_next(const struct sbk_head *head) {
    return sbk_chain_started(head) ? head->counter + 1 : 0;
}

uint32_t sbk_chain_oldest(const struct sbk_head *head) {
    return head->counter < SBK_RING_SIZE ? 0 : head->counter - (SBK_RING_SIZE - 1);
}

bool sbk_chain_holds(const struct sbk_head *head, uint32_t counter) {
    return sbk_chain_started(head) && counter <= head->counter && counter >= sbk_chain_oldest(head);
}

static uint32_t place(uint32_t counter) {
    return SBK_AREA_RING + counter % SBK_RING_PLACES * SBK_RING_STRIDE;
}

void sbk_chain_read(struct sbk_card *card, uint32_t counter, uint32_t at, uint8_t *out, size_t size) {
    (void)sbk_memory_read(sbk_card_memory(card), place(counter) + at, out, size);
}

void sbk_chain_hash(struct sbk_card *card, const struct sbk_head *head, uint32_t counter, uint8_t hash[SBK_HASH_SIZE]) {
    if (counter == head->counter)
        memcpy(hash, head->last, SBK_HASH_SIZE);
    else
        sbk_chain_read(card, counter + 1, SBK_ENTRY_AT_PREVIOUS, hash, SBK_HASH_SIZE);
}

bool sbk_chain_begin(struct sbk_card *card, struct sbk_head *head, uint8_t *entry) {
    uint32_t counter = sbk_chain_next(head);
    uint8_t hash[SBK_HASH_SIZE];

    if (counter == UINT32_MAX)
        return false;
    sbk_sha256(entry, SBK_ENTRY_SIZE, hash);
    if (!sbk_card_sign(card, hash, entry + SBK_ENTRY_SIZE))
        return false;
    if (!sbk_memory_stage(sbk_card_memory(card), place(counter), entry, SBK_ENTRY_STORED))
        return false;
    head->counter = counter;
    memcpy(head->last, hash, SBK_HASH_SIZE);
    sbk_memory_begin(sbk_card_memory(card));
    return true;
}

bool sbk_chain_commit(struct sbk_card *card, const struct sbk_head *head) {
    sbk_store_write_head(card, head);
    return sbk_memory_commit(sbk_card_memory(card));
}
