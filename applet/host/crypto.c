/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/host/crypto.h"

#include <string.h>

void sbk_sha256(const uint8_t *data, size_t size, uint8_t out[SBK_HASH_SIZE]) {
    struct sbk_port_sha256 hash;
    sbk_port_sha256_init(&hash);
    sbk_port_sha256_update(&hash, data, size);
    sbk_port_sha256_final(&hash, out);
}

void sbk_hash_point(const uint8_t point[SBK_POINT_SIZE], uint8_t out[SBK_HASH_SIZE]) {
    static const uint8_t uncompressed = 0x04;
    struct sbk_port_sha256 hash;
    sbk_port_sha256_init(&hash);
    sbk_port_sha256_update(&hash, &uncompressed, 1);
    sbk_port_sha256_update(&hash, point, SBK_POINT_SIZE);
    sbk_port_sha256_final(&hash, out);
}

bool sbk_equal(const uint8_t *a, const uint8_t *b, size_t size) {
    uint8_t difference = 0;
    for (size_t i = 0; i < size; i++)
        difference = (uint8_t)(difference | (a[i] ^ b[i]));
    return difference == 0;
}

void sbk_cmac_init(struct sbk_cmac *cmac, const uint8_t key[16]) {
    sbk_port_aes_begin(&cmac->aes, key);
    memset(cmac->state, 0, sizeof cmac->state);
    cmac->used = 0;
}

static void mix_block(struct sbk_cmac *cmac) {
    for (size_t i = 0; i < 16; i++)
        cmac->state[i] ^= cmac->block[i];
    sbk_port_aes_encrypt_block(&cmac->aes, cmac->state, cmac->state);
}

void sbk_cmac_update(struct sbk_cmac *cmac, const uint8_t *data, size_t size) {
    while (size > 0) {
        /* A full block waits until more comes: the last one is treated differently. */
        if (cmac->used == 16) {
            mix_block(cmac);
            cmac->used = 0;
        }
        size_t part = 16u - cmac->used;
        if (part > size)
            part = size;
        memcpy(cmac->block + cmac->used, data, part);
        cmac->used = (uint8_t)(cmac->used + part);
        data += part;
        size -= part;
    }
}

/* Doubles in GF(2^128), without a branch on the key-dependent top bit. */
static void double_block(uint8_t block[16]) {
    uint8_t carry = (uint8_t)(0u - (block[0] >> 7));
    for (size_t i = 0; i < 15; i++)
        block[i] = (uint8_t)((block[i] << 1) | (block[i + 1] >> 7));
    block[15] = (uint8_t)((block[15] << 1) ^ (carry & 0x87));
}

void sbk_cmac_final(struct sbk_cmac *cmac, uint8_t out[16]) {
    uint8_t subkey[16] = {0};
    sbk_port_aes_encrypt_block(&cmac->aes, subkey, subkey);
    double_block(subkey);
    if (cmac->used < 16) {
        double_block(subkey);
        cmac->block[cmac->used] = 0x80;
        memset(cmac->block + cmac->used + 1, 0, 15u - cmac->used);
    }
    for (size_t i = 0; i < 16; i++)
        cmac->block[i] ^= subkey[i];
    mix_block(cmac);
    memcpy(out, cmac->state, 16);
    sbk_port_aes_end(&cmac->aes);
    sbk_port_wipe(subkey, sizeof subkey);
    sbk_port_wipe(cmac->state, sizeof cmac->state);
    sbk_port_wipe(cmac->block, sizeof cmac->block);
}

void sbk_cmac(const uint8_t key[16], const uint8_t *data, size_t size, uint8_t out[16]) {
    struct sbk_cmac cmac;
    sbk_cmac_init(&cmac, key);
    sbk_cmac_update(&cmac, data, size);
    sbk_cmac_final(&cmac, out);
}

size_t sbk_pad(uint8_t *data, size_t size) {
    data[size++] = 0x80;
    while (size % 16 != 0)
        data[size++] = 0;
    return size;
}

size_t sbk_unpad(const uint8_t *data, size_t size) {
    /* The padding lies in the last block: anything longer is not of ours. */
    for (size_t back = 1; back <= 16 && back <= size; back++) {
        if (data[size - back] == 0x80)
            return size - back;
        if (data[size - back] != 0)
            break;
    }
    return SIZE_MAX;
}

void sbk_scp03_derive(const uint8_t key[16], uint8_t constant, const uint8_t context[16], uint8_t *out, size_t size) {
    uint8_t input[32] = {0};
    uint8_t block[16];
    input[11] = constant;
    input[13] = (uint8_t)((size * 8) >> 8);
    input[14] = (uint8_t)(size * 8);
    memcpy(input + 16, context, 16);
    for (input[15] = 1; size > 0; input[15]++) {
        size_t part = size < 16 ? size : 16;
        sbk_cmac(key, input, sizeof input, block);
        memcpy(out, block, part);
        out += part;
        size -= part;
    }
    sbk_port_wipe(block, sizeof block);
}

void sbk_scp11_derive(const uint8_t shared[64], uint8_t usage, uint8_t out[80]) {
    uint8_t tail[7] = {0, 0, 0, 0, usage, 0x88, 0x10};
    uint8_t block[32];
    size_t made = 0;
    for (tail[3] = 1; made < 80; tail[3]++) {
        struct sbk_port_sha256 hash;
        sbk_port_sha256_init(&hash);
        sbk_port_sha256_update(&hash, shared, 64);
        sbk_port_sha256_update(&hash, tail, sizeof tail);
        sbk_port_sha256_final(&hash, block);
        size_t part = 80 - made < 32 ? 80 - made : 32;
        memcpy(out + made, block, part);
        made += part;
    }
    sbk_port_wipe(block, sizeof block);
}
