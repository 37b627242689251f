/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "applet/host/internal.h"

/* Root links: how a card follows the issuer's root without being recalled. */

static uint16_t check_link(struct sbk_card *card, const struct sbk_exchange *exchange, struct sbk_link *link) {
    uint8_t head[SBK_IMAGE_ROOTS_NEXT + SBK_HASH_SIZE];
    uint8_t hash[SBK_HASH_SIZE];
    if (sbk_link_parse(exchange->data, exchange->size, link) != SBK_FORMAT_OK)
        return SBK_SW_DATA;
    if (!sbk_memory_read(&card->memory, SBK_IMAGE_ROOTS, head, sizeof head))
        return SBK_SW_MEMORY;
    uint8_t generation = head[SBK_IMAGE_ROOTS_GENERATION];
    if (link->generation <= generation)
        return SBK_SW_OLD_NUMBER;
    if (link->generation != generation + 1)
        return SBK_SW_REFERENCE;
    sbk_hash_point(link->key, hash);
    if (head[SBK_IMAGE_ROOTS_NEXT_SET] != 1 || !sbk_equal(hash, head + SBK_IMAGE_ROOTS_NEXT, SBK_HASH_SIZE))
        return SBK_SW_SIGNATURE;
    if (!sbk_trust_signature(card, link->key, exchange->data, SBK_LINK_SIZE - SBK_SIGNATURE_SIZE,
            exchange->data + SBK_LINK_SIZE - SBK_SIGNATURE_SIZE))
        return SBK_SW_SIGNATURE;
    return SBK_SW_OK;
}

/* Three pages of roots and the head of the trust cache, which falls with them. */
static bool commit_link(struct sbk_card *card, const struct sbk_link *link) {
    uint8_t head[SBK_IMAGE_ROOTS_NEXT + SBK_HASH_SIZE] = {0};
    uint8_t old[SBK_POINT_SIZE];
    struct sbk_memory *memory = &card->memory;
    if (!sbk_memory_read(memory, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_CURRENT_KEY, old, sizeof old))
        return false;
    head[SBK_IMAGE_ROOTS_GENERATION] = link->generation;
    if (link->old_until != 0) {
        head[SBK_IMAGE_ROOTS_PREVIOUS] = (uint8_t)(link->generation - 1);
        head[SBK_IMAGE_ROOTS_UNTIL] = (uint8_t)(link->old_until >> 8);
        head[SBK_IMAGE_ROOTS_UNTIL + 1] = (uint8_t)link->old_until;
    }
    head[SBK_IMAGE_ROOTS_NEXT_SET] = 1;
    memcpy(head + SBK_IMAGE_ROOTS_NEXT, link->next_hash, SBK_HASH_SIZE);
    sbk_memory_begin(memory);
    sbk_memory_write(memory, SBK_IMAGE_ROOTS, head, sizeof head);
    sbk_memory_write(memory, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_CURRENT_KEY, link->key, SBK_POINT_SIZE);
    if (link->old_until == 0)
        memset(old, 0, sizeof old);
    sbk_memory_write(memory, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_PREVIOUS_KEY, old, SBK_POINT_SIZE);
    sbk_memory_erase(memory, SBK_IMAGE_CACHE, 1);
    return sbk_memory_commit(memory);
}

uint16_t sbk_trust_link(struct sbk_card *card, struct sbk_exchange *exchange) {
    struct sbk_link link;
    /* Before any channel: inside one it would pull the ground from under the session's own certificates. */
    if (exchange->session != SBK_SESSION_NONE || !sbk_card_closed(card))
        return SBK_SW_CONDITIONS;
    if (exchange->p1 != 0 || exchange->p2 != 0)
        return SBK_SW_P1P2;
    if (exchange->size != SBK_LINK_SIZE)
        return SBK_SW_LENGTH;
    uint16_t status = check_link(card, exchange, &link);
    if (status != SBK_SW_OK)
        return status;
    memset(&card->chain, 0, sizeof card->chain);
    return commit_link(card, &link) ? SBK_SW_OK : SBK_SW_MEMORY;
}
