/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PORT_CRYPTO_H
#define SBK_PORT_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The primitives a chip's crypto library gives, bound at link time; crypto-openssl.c and crypto-bearssl.c fill them,
 * a chip's own library does in silicon. Nothing else of the card knows which one it is. All run in time that does not
 * depend on secrets. Points are X||Y (64 bytes), scalars and hashes 32 bytes, all big-endian. The card calls these only
 * through host/crypto.h, which counts.
 */

/* SHA-256. Opaque; every begun hash must be finished with sbk_port_sha256_final. */
struct sbk_port_sha256 {
    uint64_t opaque[16];
};
void sbk_port_sha256_init(struct sbk_port_sha256 *hash);
void sbk_port_sha256_update(struct sbk_port_sha256 *hash, const uint8_t *data, size_t size);
void sbk_port_sha256_final(struct sbk_port_sha256 *hash, uint8_t out[32]);

/* AES-128 with one key. Opaque; every begun key must be ended with sbk_port_aes_end, which wipes it. */
struct sbk_port_aes {
    uint64_t opaque[34];
};
void sbk_port_aes_begin(struct sbk_port_aes *aes, const uint8_t key[16]);
void sbk_port_aes_encrypt_block(struct sbk_port_aes *aes, const uint8_t in[16], uint8_t out[16]); /* in may be out */
void sbk_port_aes_end(struct sbk_port_aes *aes);
/* CBC in place over whole blocks; no padding. */
void sbk_port_aes_cbc_encrypt(const uint8_t key[16], const uint8_t iv[16], uint8_t *data, size_t size);
void sbk_port_aes_cbc_decrypt(const uint8_t key[16], const uint8_t iv[16], uint8_t *data, size_t size);

/* P-256. The public point of a scalar; false if the scalar is zero or not below the group's order. */
bool sbk_port_p256_public(const uint8_t scalar[32], uint8_t point[64]);
/* The X coordinate of scalar times point; false if the point is not on the curve or the result is infinity. */
bool sbk_port_p256_agree(const uint8_t scalar[32], const uint8_t point[64], uint8_t x[32]);
/* ECDSA over a SHA-256 hash; signature is r||s. False if the scalar is bad. */
bool sbk_port_p256_sign(const uint8_t scalar[32], const uint8_t hash[32], uint8_t signature[64]);
/* True only if the signature is good; false for every malformed input. */
bool sbk_port_p256_verify(const uint8_t point[64], const uint8_t hash[32], const uint8_t signature[64]);

/* Overwrites secrets with zeros by a call that the compiler keeps. */
void sbk_port_wipe(void *data, size_t size);

#endif
