/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_HOST_CRYPTO_H
#define SBK_HOST_CRYPTO_H

#include "applet/port/crypto.h"
#include "schema/apdu.h"

/* What the environment builds from the port's primitives. */

void sbk_sha256(const uint8_t *data, size_t size, uint8_t out[SBK_HASH_SIZE]);

/* SHA-256 of 04||X||Y: how roots are named. */
void sbk_hash_point(const uint8_t point[SBK_POINT_SIZE], uint8_t out[SBK_HASH_SIZE]);

/* True if equal; time depends on size only. */
bool sbk_equal(const uint8_t *a, const uint8_t *b, size_t size);

/* AES-CMAC (NIST SP 800-38B) over data given in pieces. Every begun one must be finished. */
struct sbk_cmac {
    struct sbk_port_aes aes;
    uint8_t state[16];
    uint8_t block[16];
    uint8_t used; /* bytes in block */
};
void sbk_cmac_init(struct sbk_cmac *cmac, const uint8_t key[16]);
void sbk_cmac_update(struct sbk_cmac *cmac, const uint8_t *data, size_t size);
void sbk_cmac_final(struct sbk_cmac *cmac, uint8_t out[16]);
void sbk_cmac(const uint8_t key[16], const uint8_t *data, size_t size, uint8_t out[16]);

/* 80-pad: appends 80 and zeros to the next multiple of 16; data must have room for 16 bytes more. Returns the size. */
size_t sbk_pad(uint8_t *data, size_t size);
/* Size without padding, or SIZE_MAX if there is none. */
size_t sbk_unpad(const uint8_t *data, size_t size);

/* SCP03 derivation (GlobalPlatform Amendment D 4.1.5), at most 32 bytes out; context is 16 bytes. */
void sbk_scp03_derive(const uint8_t key[16], uint8_t constant, const uint8_t context[16], uint8_t *out, size_t size);

/* X9.63 with SHA-256 for SCP11 (Amendment F 3.1.2): 80 bytes: receipt key, S-ENC, S-MAC, S-RMAC, S-DEK. */
void sbk_scp11_derive(const uint8_t shared[64], uint8_t usage, uint8_t out[80]);

#endif
