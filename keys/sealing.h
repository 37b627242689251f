/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_SEALING_H
#define SBK_KEYS_SEALING_H

#include "base/error.h"
#include "base/secret.h"
#include "schema/bundle.h"
#include "schema/tlv.h"

/*
 * How secrets are sealed in files: AES-256-GCM, under scrypt of a pass phrase (RFC 7914) or under a random key, and
 * whatever stands before the cipher text in the file is its additional data. Private to keys/.
 */
#define SBK_SEAL_KEY 32
#define SBK_SEAL_SALT 16
#define SBK_SEAL_NONCE 12
#define SBK_SEAL_TAG 16
#define SBK_SEAL_PLAIN_MAX 64

/* The cost of one try: 32 MiB and about a tenth of a second. What a file may ask for is bounded, so that a forged
 * header cannot ask for all the memory there is. */
#define SBK_SCRYPT_LOG2_N 15
#define SBK_SCRYPT_LOG2_N_LOW 14
#define SBK_SCRYPT_LOG2_N_HIGH 18
#define SBK_SCRYPT_R 8
#define SBK_SCRYPT_P 1

/* The parameters of a derivation as they stand in files: log2 N u8, r u8, p u8, salt (16). */
struct sbk_stretching {
    uint8_t log2_n;
    uint8_t salt[SBK_SEAL_SALT];
};
enum sbk_format sbk_stretching_read(struct sbk_reader *reader, struct sbk_stretching *stretching);
void sbk_stretching_write(const struct sbk_stretching *stretching, struct sbk_writer *writer);
/* Our parameters with a new salt. */
SBK_CHECK_RESULT sbk_result sbk_stretching_new(struct sbk_stretching *stretching, struct sbk_error *error);

/* The key of a pass phrase; the caller's, for sbk_secret_free. */
SBK_CHECK_RESULT sbk_result sbk_stretch(const struct sbk_stretching *stretching, const struct sbk_secret *passphrase,
    struct sbk_secret *key, struct sbk_error *error);

/* Appends cipher text and tag of plain (1 to SBK_SEAL_PLAIN_MAX bytes) to what the writer holds, which is the additional
 * data. */
SBK_CHECK_RESULT sbk_result sbk_seal(const struct sbk_secret *key, const uint8_t nonce[SBK_SEAL_NONCE],
    const struct sbk_secret *plain, struct sbk_writer *writer, struct sbk_error *error);

/* What a sealed file holds, lent from it. */
struct sbk_sealed {
    struct sbk_bytes header; /* the additional data */
    struct sbk_bytes cipher;
    const uint8_t *tag; /* SBK_SEAL_TAG bytes */
};

/* Opens; *good tells whether the tag holds. plain is the caller's, for sbk_secret_free; it stays empty unless *good. */
SBK_CHECK_RESULT sbk_result sbk_unseal(const struct sbk_secret *key, const uint8_t nonce[SBK_SEAL_NONCE],
    const struct sbk_sealed *sealed, struct sbk_secret *plain, bool *good, struct sbk_error *error);

#endif
