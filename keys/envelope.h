/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_ENVELOPE_H
#define SBK_KEYS_ENVELOPE_H

#include "base/buffer.h"
#include "keys/store.h"

/*
 * The file that holds one key of the file store:
 *
 *   magic (8) "SBK KEY\n", version u8 (01), algorithm u8, role u8, generation u8, created u16 (day),
 *   derivation u8 (01 scrypt), log2 N u8, r u8, p u8, salt (16), nonce (12),
 *   public size u8, public part, cipher size u8, cipher text, tag (16)
 *
 * The cipher is AES-256-GCM under scrypt(pass phrase, salt, N, r, p) (RFC 7914), and everything before the cipher text
 * is its additional data: a header that was changed does not open. The header is readable by anyone who may read the
 * file.
 */
#define SBK_ENVELOPE_MAX 256
#define SBK_ENVELOPE_SALT 16
#define SBK_ENVELOPE_NONCE 12
#define SBK_ENVELOPE_TAG 16

/* The cost of one try: 32 MiB and about a tenth of a second. What a file may ask for is bounded, so that a forged
 * header cannot ask for all the memory there is. */
#define SBK_SCRYPT_LOG2_N 15
#define SBK_SCRYPT_LOG2_N_LOW 14
#define SBK_SCRYPT_LOG2_N_HIGH 18
#define SBK_SCRYPT_R 8
#define SBK_SCRYPT_P 1

/* Size of the public part of a key; 0: unknown algorithm. */
size_t sbk_key_public_size(uint8_t algorithm);

struct sbk_envelope {
    struct sbk_key_info info;
    uint8_t log2_n;
    uint8_t salt[SBK_ENVELOPE_SALT];
    uint8_t nonce[SBK_ENVELOPE_NONCE];
    struct sbk_bytes header; /* lent: the additional data */
    struct sbk_bytes cipher; /* lent */
    const uint8_t *tag;      /* lent */
};

/* Reads the readable part. Lends from data. */
enum sbk_format sbk_envelope_parse(const uint8_t *data, size_t size, struct sbk_envelope *envelope);

/* Encrypts a key's private bytes; appends the envelope to out. */
SBK_CHECK_RESULT sbk_result sbk_envelope_seal(const struct sbk_key_info *info, const struct sbk_secret *plain,
    const struct sbk_secret *passphrase, struct sbk_buffer *out, struct sbk_error *error);

/* Decrypts; plain is the caller's, for sbk_secret_free. SBK_REFUSED, "passphrase-wrong", if it does not open: a wrong
 * pass phrase and an altered file cannot be told apart. */
SBK_CHECK_RESULT sbk_result sbk_envelope_open(const struct sbk_envelope *envelope, const struct sbk_secret *passphrase,
    struct sbk_secret *plain, struct sbk_error *error);

#endif
