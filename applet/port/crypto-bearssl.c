/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/port/crypto.h"

#include <bearssl.h>
#include <string.h>

/*
 * The port's primitives by BearSSL: no allocation, constant time, the 15-bit arithmetic that a Cortex-M0's multiplier
 * needs. What a chip without a crypto library would run.
 */
_Static_assert(sizeof(br_sha256_context) <= sizeof(struct sbk_port_sha256), "room for the hash");
_Static_assert(sizeof(br_aes_ct_cbcenc_keys) <= sizeof(struct sbk_port_aes), "room for the key schedule");

static const br_ec_impl *const ec = &br_ec_p256_m15;
#define CURVE BR_EC_secp256r1

static br_sha256_context *hash_of(struct sbk_port_sha256 *hash) {
    return (br_sha256_context *)(void *)hash->opaque;
}

void sbk_port_sha256_init(struct sbk_port_sha256 *hash) {
    memset(hash, 0, sizeof *hash);
    br_sha256_init(hash_of(hash));
}

void sbk_port_sha256_update(struct sbk_port_sha256 *hash, const uint8_t *data, size_t size) {
    br_sha256_update(hash_of(hash), data, size);
}

void sbk_port_sha256_final(struct sbk_port_sha256 *hash, uint8_t out[32]) {
    br_sha256_out(hash_of(hash), out);
    sbk_port_wipe(hash, sizeof *hash);
}

void sbk_port_aes_begin(struct sbk_port_aes *aes, const uint8_t key[16]) {
    br_aes_ct_cbcenc_init((br_aes_ct_cbcenc_keys *)(void *)aes->opaque, key, 16);
}

/* CBC over one block with a zero IV is ECB. */
void sbk_port_aes_encrypt_block(struct sbk_port_aes *aes, const uint8_t in[16], uint8_t out[16]) {
    uint8_t iv[16] = {0};
    memmove(out, in, 16);
    br_aes_ct_cbcenc_run((br_aes_ct_cbcenc_keys *)(void *)aes->opaque, iv, out, 16);
}

void sbk_port_aes_end(struct sbk_port_aes *aes) {
    sbk_port_wipe(aes, sizeof *aes);
}

void sbk_port_aes_cbc_encrypt(const uint8_t key[16], const uint8_t iv[16], uint8_t *data, size_t size) {
    br_aes_ct_cbcenc_keys keys;
    uint8_t chain[16];
    memcpy(chain, iv, sizeof chain);
    br_aes_ct_cbcenc_init(&keys, key, 16);
    br_aes_ct_cbcenc_run(&keys, chain, data, size);
    sbk_port_wipe(&keys, sizeof keys);
}

void sbk_port_aes_cbc_decrypt(const uint8_t key[16], const uint8_t iv[16], uint8_t *data, size_t size) {
    br_aes_ct_cbcdec_keys keys;
    uint8_t chain[16];
    memcpy(chain, iv, sizeof chain);
    br_aes_ct_cbcdec_init(&keys, key, 16);
    br_aes_ct_cbcdec_run(&keys, chain, data, size);
    sbk_port_wipe(&keys, sizeof keys);
}

/* Above zero and below the group's order, without a branch on the scalar's bytes. */
static bool in_range(const uint8_t scalar[32]) {
    static const uint8_t order[32] = {0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25,
        0x51};
    uint32_t borrow = 0;
    uint32_t any = 0;
    for (size_t i = 32; i-- > 0;) {
        borrow = ((uint32_t)scalar[i] - order[i] - borrow) >> 31;
        any |= scalar[i];
    }
    return (borrow & ((0u - any) >> 31)) == 1;
}

bool sbk_port_p256_public(const uint8_t scalar[32], uint8_t point[64]) {
    uint8_t out[65];
    if (!in_range(scalar) || ec->mulgen(out, scalar, 32, CURVE) != sizeof out)
        return false;
    memcpy(point, out + 1, 64);
    return true;
}

bool sbk_port_p256_agree(const uint8_t scalar[32], const uint8_t point[64], uint8_t x[32]) {
    uint8_t bytes[65];
    bytes[0] = 0x04;
    memcpy(bytes + 1, point, 64);
    bool good = in_range(scalar) && ec->mul(bytes, sizeof bytes, scalar, 32, CURVE) == 1;
    if (good)
        memcpy(x, bytes + 1, 32);
    sbk_port_wipe(bytes, sizeof bytes);
    return good;
}

bool sbk_port_p256_sign(const uint8_t scalar[32], const uint8_t hash[32], uint8_t signature[64]) {
    uint8_t copy[32];
    memcpy(copy, scalar, sizeof copy);
    br_ec_private_key key = {.curve = CURVE, .x = copy, .xlen = sizeof copy};
    bool good = in_range(scalar) && br_ecdsa_i15_sign_raw(ec, &br_sha256_vtable, hash, &key, signature) == 64;
    sbk_port_wipe(copy, sizeof copy);
    return good;
}

bool sbk_port_p256_verify(const uint8_t point[64], const uint8_t hash[32], const uint8_t signature[64]) {
    uint8_t bytes[65];
    bytes[0] = 0x04;
    memcpy(bytes + 1, point, 64);
    br_ec_public_key key = {.curve = CURVE, .q = bytes, .qlen = sizeof bytes};
    return br_ecdsa_i15_vrfy_raw(ec, hash, 32, &key, signature, 64) == 1;
}

void sbk_port_wipe(void *data, size_t size) {
    volatile uint8_t *at = data;
    while (size-- > 0)
        *at++ = 0;
}
