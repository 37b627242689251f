/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "applet/host/internal.h"

/* Management of the security domain: only in a bureau's SCP03 channel, only while the card is blank. */

/* INSTALL [for personalization]: names who gets STORE DATA from now on. */
static uint16_t install(struct sbk_card *card, struct sbk_exchange *exchange) {
    const uint8_t *data = exchange->data;
    uint8_t index;
    uint8_t done = 0x00;
    if (exchange->p1 != 0x20 || exchange->p2 != 0x00)
        return SBK_SW_P1P2;
    if (exchange->size < 6 || data[0] != 0 || data[1] != 0 || exchange->size != 6u + data[2] ||
        memcmp(data + 3 + data[2], "\x00\x00\x00", 3) != 0)
        return SBK_SW_DATA;
    if (!sbk_domain_find(card, data + 3, data[2], SIZE_MAX, &index))
        return SBK_SW_REFERENCE;
    card->personalized = index;
    sbk_exchange_value(exchange, &done, 1);
    return SBK_SW_OK;
}

/* The domain's own STORE DATA: DF24, the hash of the next root's key. */
static uint16_t store_next_root(struct sbk_card *card, struct sbk_exchange *exchange) {
    struct sbk_reader reader = sbk_reader_of(exchange->data, exchange->size);
    struct sbk_tlv tlv;
    const uint8_t set = 1;
    if (sbk_tlv_expect(&reader, SBK_TAG_NEXT_ROOT, &tlv) != SBK_FORMAT_OK || tlv.size != SBK_HASH_SIZE ||
        sbk_read_end(&reader) != SBK_FORMAT_OK)
        return SBK_SW_DATA;
    if (sbk_trust_root_generation(card) == 0)
        return SBK_SW_CONDITIONS;
    sbk_memory_begin(&card->memory);
    sbk_memory_write(&card->memory, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_NEXT_SET, &set, 1);
    sbk_memory_write(&card->memory, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_NEXT, tlv.value, SBK_HASH_SIZE);
    return sbk_memory_commit(&card->memory) ? SBK_SW_OK : SBK_SW_MEMORY;
}

static uint16_t store_data(struct sbk_card *card, struct sbk_exchange *exchange) {
    const struct sbk_applet_entry *entry = sbk_card_applet(card, card->personalized);
    if (entry == NULL)
        return store_next_root(card, exchange);
    if (entry->applet->store_data == NULL)
        return SBK_SW_FUNCTION;
    exchange->state = entry->state;
    return entry->applet->store_data(card, exchange);
}

/* A key pair's public part, compressed; false if there is none. */
static bool put_pair(struct sbk_card *card, uint8_t kid, uint8_t out[SBK_COMPRESSED_SIZE]) {
    uint8_t point[SBK_POINT_SIZE];
    if (!sbk_card_public_key(card, kid, point))
        return false;
    out[0] = (uint8_t)(0x02 | (point[SBK_POINT_SIZE - 1] & 1));
    memcpy(out + 1, point, 32);
    return true;
}

/* What the card says about itself when it is closed; false where something is missing. */
static bool fill_statement(struct sbk_card *card, struct sbk_closing *statement) {
    uint8_t head[SBK_IMAGE_ROOTS_NEXT + SBK_HASH_SIZE];
    uint8_t point[SBK_POINT_SIZE];
    for (uint8_t i = 0; i < card->applet_count; i++) {
        const struct sbk_applet_entry *entry = &card->applets[i];
        if (entry->applet->closing != NULL && !entry->applet->closing(card, entry->state, statement))
            return false;
    }
    if (!put_pair(card, SBK_KID_AGREEMENT, statement->agreement_key) ||
        !put_pair(card, SBK_KID_SIGNING, statement->signing_key) ||
        !sbk_memory_read(&card->memory, SBK_IMAGE_ROOTS, head, sizeof head) || head[SBK_IMAGE_ROOTS_NEXT_SET] != 1 ||
        !sbk_trust_root(card, head[SBK_IMAGE_ROOTS_GENERATION], 0, point))
        return false;
    statement->root_generation = head[SBK_IMAGE_ROOTS_GENERATION];
    sbk_hash_point(point, statement->root_hash);
    memcpy(statement->next_root_hash, head + SBK_IMAGE_ROOTS_NEXT, SBK_HASH_SIZE);
    sbk_card_serial(card, statement->serial);
    return true;
}

static uint16_t make_statement(struct sbk_card *card) {
    struct sbk_closing statement;
    uint8_t bytes[SBK_STATEMENT_SIZE] = {SBK_RECORD_STATEMENT, SBK_RECORD_VERSION};
    uint8_t hash[SBK_HASH_SIZE];
    /* Every member is an array of bytes, in the record's order: the struct is the record between head and signature. */
    _Static_assert(sizeof statement == SBK_STATEMENT_SIZE - 2 - SBK_SIGNATURE_SIZE, "the statement has no padding");
    if (!fill_statement(card, &statement))
        return SBK_SW_CONDITIONS;
    memcpy(bytes + 2, &statement, sizeof statement);
    sbk_sha256(bytes, SBK_STATEMENT_SIZE - SBK_SIGNATURE_SIZE, hash);
    if (!sbk_card_sign(card, hash, bytes + SBK_STATEMENT_SIZE - SBK_SIGNATURE_SIZE) ||
        !sbk_memory_stage(&card->memory, SBK_IMAGE_STATEMENT, bytes, sizeof bytes))
        return SBK_SW_MEMORY;
    return SBK_SW_OK;
}

/* SET STATUS to SECURED closes the card: statement made, transport keys gone, for ever. */
static uint16_t set_status(struct sbk_card *card, struct sbk_exchange *exchange) {
    const uint8_t secured = SBK_LIFE_SECURED;
    if (exchange->p1 != 0x80 || exchange->p2 != SBK_LIFE_SECURED)
        return SBK_SW_P1P2;
    uint16_t status = make_statement(card);
    if (status != SBK_SW_OK)
        return status;
    /* The journal may still hold the page with the keys from an earlier transaction. */
    if (!sbk_memory_scrub(&card->memory))
        return SBK_SW_MEMORY;
    sbk_memory_begin(&card->memory);
    sbk_memory_erase(&card->memory, SBK_IMAGE_LIFE, 1);
    sbk_memory_write(&card->memory, SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_STATE, &secured, 1);
    if (!sbk_memory_commit(&card->memory))
        return SBK_SW_MEMORY;
    card->closing = true;
    return SBK_SW_OK;
}

uint16_t sbk_manage(struct sbk_card *card, struct sbk_exchange *exchange) {
    if (exchange->session != SBK_SESSION_SCP03 || (exchange->level & SBK_LEVEL_C_DEC) == 0)
        return SBK_SW_SECURITY;
    if (sbk_card_closed(card))
        return SBK_SW_CONDITIONS;
    switch (exchange->ins) {
    case SBK_INS_PUT_KEY:
        return sbk_keys_put(card, exchange);
    case SBK_INS_GENERATE_KEY:
        return sbk_keys_generate(card, exchange);
    case SBK_INS_DELETE:
        return sbk_keys_delete(card, exchange);
    case SBK_INS_INSTALL:
        return install(card, exchange);
    case SBK_INS_STORE_DATA:
        return store_data(card, exchange);
    default:
        return set_status(card, exchange);
    }
}
