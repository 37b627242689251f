/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "applet/host/internal.h"

/* Keys that the security domain holds: transport set, roots, the card's own pairs. */

#define KEY_TYPE_AES 0x88
#define KVN_MAX 0x7F

static bool pair_at(uint8_t kid, uint32_t *offset) {
    *offset = kid == SBK_KID_AGREEMENT ? SBK_IMAGE_AGREEMENT : SBK_IMAGE_SIGNING;
    return kid == SBK_KID_AGREEMENT || kid == SBK_KID_SIGNING;
}

static bool pair_version(struct sbk_card *card, uint8_t kid, uint32_t *offset, uint8_t *kvn) {
    return pair_at(kid, offset) && sbk_memory_read(&card->memory, *offset + SBK_IMAGE_PAIR_KVN, kvn, 1);
}

bool sbk_keys_private(struct sbk_card *card, uint8_t kid, uint8_t scalar[32]) {
    uint32_t offset;
    uint8_t kvn;
    return pair_version(card, kid, &offset, &kvn) && kvn != 0 &&
           sbk_memory_read(&card->memory, offset + SBK_IMAGE_PAIR_PRIVATE, scalar, 32);
}

bool sbk_card_public_key(struct sbk_card *card, uint8_t kid, uint8_t point[SBK_POINT_SIZE]) {
    uint32_t offset;
    uint8_t kvn;
    return pair_version(card, kid, &offset, &kvn) && kvn != 0 &&
           sbk_memory_read(&card->memory, offset + SBK_IMAGE_PAIR_PUBLIC, point, SBK_POINT_SIZE);
}

bool sbk_keys_make_pair(struct sbk_card *card, uint8_t scalar[32], uint8_t point[SBK_POINT_SIZE]) {
    /* One draw in 2^32 is out of range; a random source that fails twice running is broken. */
    card->counts.keygens++;
    for (int i = 0; i < 2; i++)
        if (sbk_card_random(card, scalar, 32) && sbk_port_p256_public(scalar, point))
            return true;
    return false;
}

/* The key check value of AES: first 3 bytes of the encryption of 01 * 16. */
static void check_value(const uint8_t key[16], uint8_t out[3]) {
    struct sbk_port_aes aes;
    uint8_t block[16];
    memset(block, 0x01, sizeof block);
    sbk_port_aes_begin(&aes, key);
    sbk_port_aes_encrypt_block(&aes, block, block);
    sbk_port_aes_end(&aes);
    memcpy(out, block, 3);
}

/*
 * KVN, then three times 88, length 10, key (or 88, length 11, clear length 10, key), 03, check value. Decrypts the keys;
 * answer becomes KVN and check values.
 */
static bool read_transport(
    const struct sbk_exchange *exchange, const uint8_t dek[16], uint8_t keys[48], uint8_t *answer) {
    static const uint8_t zero_iv[16] = {0};
    const uint8_t *at = exchange->data;
    size_t with_length = exchange->size == 1 + 3 * 23;
    if (exchange->size != 1 + 3 * 22 + 3 * with_length || at[0] == 0 || at[0] > KVN_MAX)
        return false;
    *answer++ = *at++;
    for (size_t i = 0; i < 3; i++, keys += 16, answer += 3) {
        bool shape = at[0] == KEY_TYPE_AES && at[1] == 16 + with_length && (with_length == 0 || at[2] == 16);
        at += 2 + with_length;
        memcpy(keys, at, 16);
        sbk_port_aes_cbc_decrypt(dek, zero_iv, keys, 16);
        check_value(keys, answer);
        if (!shape || at[16] != 3 || !sbk_equal(answer, at + 17, 3))
            return false;
        at += 20;
    }
    return true;
}

static uint16_t put_transport(struct sbk_card *card, struct sbk_exchange *exchange) {
    uint8_t head[2] = {0, SBK_LIFE_TRIES};
    uint8_t keys[48];
    uint8_t dek[16];
    uint8_t answer[10];
    uint16_t status = SBK_SW_DATA;
    sbk_memory_read(&card->memory, SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KVN, head, 1);
    if (exchange->p1 != 0 && exchange->p1 != head[0])
        return SBK_SW_REFERENCE;
    if (sbk_memory_read(&card->memory, SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KEYS + 32, dek, 16) &&
        read_transport(exchange, dek, keys, answer)) {
        head[0] = answer[0];
        sbk_memory_begin(&card->memory);
        sbk_memory_write(&card->memory, SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KVN, head, sizeof head);
        sbk_memory_write(&card->memory, SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KEYS, keys, sizeof keys);
        status = sbk_memory_commit(&card->memory) ? SBK_SW_OK : SBK_SW_MEMORY;
        sbk_exchange_value(exchange, answer, sizeof answer);
    }
    sbk_port_wipe(keys, sizeof keys);
    sbk_port_wipe(dek, sizeof dek);
    return status;
}

/* KVN, B0 41 04 X Y, F0 01 00, 00: a root takes the place of the one before; its successor's hash must be set anew. */
static uint16_t put_root(struct sbk_card *card, struct sbk_exchange *exchange) {
    static const uint8_t one[32] = {[31] = 1};
    uint8_t x[32];
    uint8_t head[SBK_IMAGE_ROOTS_NEXT + SBK_HASH_SIZE] = {0};
    const uint8_t *data = exchange->data;
    if (exchange->p1 != 0 && exchange->p1 != sbk_trust_root_generation(card))
        return SBK_SW_REFERENCE;
    if (exchange->size != 8 + SBK_POINT_SIZE || data[0] == 0 || data[0] > KVN_MAX ||
        memcmp(data + 1, "\xB0\x41\x04", 3) != 0 || memcmp(data + 4 + SBK_POINT_SIZE, "\xF0\x01\x00\x00", 4) != 0 ||
        !sbk_port_p256_agree(one, data + 4, x))
        return SBK_SW_DATA;
    head[SBK_IMAGE_ROOTS_GENERATION] = data[0];
    sbk_memory_begin(&card->memory);
    sbk_memory_write(&card->memory, SBK_IMAGE_ROOTS, head, sizeof head);
    sbk_memory_write(&card->memory, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_CURRENT_KEY, data + 4, SBK_POINT_SIZE);
    sbk_memory_erase(&card->memory, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_PREVIOUS_KEY, 1);
    sbk_memory_erase(&card->memory, SBK_IMAGE_CACHE, 1);
    if (!sbk_memory_commit(&card->memory))
        return SBK_SW_MEMORY;
    sbk_exchange_value(exchange, data, 1);
    return SBK_SW_OK;
}

uint16_t sbk_keys_put(struct sbk_card *card, struct sbk_exchange *exchange) {
    if (exchange->p2 == (0x80 | SBK_KID_SCP03_ENC))
        return put_transport(card, exchange);
    if (exchange->p2 == SBK_KID_ROOT)
        return put_root(card, exchange);
    return SBK_SW_P1P2; /* private keys are made on the card, never put there */
}

uint16_t sbk_keys_generate(struct sbk_card *card, struct sbk_exchange *exchange) {
    uint32_t offset;
    uint8_t kvn;
    uint8_t private_page[SBK_IMAGE_PAIR_PRIVATE + 32] = {[SBK_IMAGE_PAIR_KVN] = SBK_KVN_CARD};
    uint8_t out[3 + SBK_POINT_SIZE] = {0xB0, 0x41, 0x04};
    if (!pair_at(exchange->p2, &offset))
        return SBK_SW_P1P2;
    if (!pair_version(card, exchange->p2, &offset, &kvn) || exchange->p1 != kvn)
        return SBK_SW_REFERENCE;
    if (exchange->size != 4 || memcmp(exchange->data, "\x01\xF0\x01\x00", 4) != 0)
        return SBK_SW_DATA;
    bool good = sbk_keys_make_pair(card, private_page + SBK_IMAGE_PAIR_PRIVATE, out + 3);
    sbk_memory_begin(&card->memory);
    if (good) {
        sbk_memory_write(&card->memory, offset, private_page, sizeof private_page);
        sbk_memory_write(&card->memory, offset + SBK_IMAGE_PAIR_PUBLIC, out + 3, SBK_POINT_SIZE);
    }
    good = sbk_memory_commit(&card->memory) && good;
    sbk_port_wipe(private_page, sizeof private_page);
    sbk_exchange_value(exchange, out, sizeof out);
    return good ? SBK_SW_OK : SBK_SW_MEMORY;
}

/* Zeroes the two pages of each key that fits both references; 0 stands for any. False: none fits. */
static bool erase(struct sbk_card *card, uint8_t kid, uint8_t kvn) {
    static const struct {
        uint16_t offset;
        uint8_t kid;
    } keys[] = {{SBK_IMAGE_ROOTS, SBK_KID_ROOT}, {SBK_IMAGE_AGREEMENT, SBK_KID_AGREEMENT},
        {SBK_IMAGE_SIGNING, SBK_KID_SIGNING}};
    bool found = false;
    for (size_t i = 0; i < 3; i++) {
        uint8_t version = 0;
        sbk_memory_read(&card->memory, keys[i].offset, &version, 1);
        if (version == 0 || (kid != 0 && kid != keys[i].kid) || (kvn != 0 && kvn != version))
            continue;
        found = true;
        sbk_memory_erase(&card->memory, keys[i].offset, 2);
        if (i == 0)
            sbk_memory_erase(&card->memory, SBK_IMAGE_CACHE, 1);
    }
    return found;
}

/* D0 01 KID, D2 01 KVN, or both in this order; what is not there becomes 0. */
static bool read_reference(const struct sbk_exchange *exchange, uint8_t *kid, uint8_t *kvn) {
    const uint8_t *at = exchange->data;
    size_t left = exchange->size;
    *kid = 0;
    *kvn = 0;
    if (left >= 3 && at[0] == 0xD0 && at[1] == 1 && at[2] != 0) {
        *kid = at[2];
        at += 3;
        left -= 3;
    }
    if (left == 3 && at[0] == 0xD2 && at[1] == 1 && at[2] != 0) {
        *kvn = at[2];
        left = 0;
    }
    return left == 0 && exchange->size != 0;
}

uint16_t sbk_keys_delete(struct sbk_card *card, struct sbk_exchange *exchange) {
    uint8_t kid;
    uint8_t kvn;
    const uint8_t done = 0x00;
    if (exchange->size > 0 && exchange->data[0] == 0x4F)
        return SBK_SW_CONDITIONS; /* applications are in the chip's fixed code */
    if (!read_reference(exchange, &kid, &kvn))
        return SBK_SW_DATA;
    sbk_memory_begin(&card->memory);
    bool found = erase(card, kid, kvn);
    if (!sbk_memory_commit(&card->memory))
        return SBK_SW_MEMORY;
    if (!found)
        return SBK_SW_REFERENCE;
    sbk_exchange_value(exchange, &done, 1);
    return SBK_SW_OK;
}
