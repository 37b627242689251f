/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_ENVELOPE_H
#define SBK_KEYS_ENVELOPE_H

#include "base/buffer.h"
#include "keys/quorum.h"
#include "keys/sealing.h"
#include "keys/store.h"

/*
 * The file that holds one key of the file store:
 *
 *   magic (8) "SBK KEY\n", version u8 (01), algorithm u8, role u8, generation u8, created u16 (day),
 *   derivation u8: 01 scrypt, then log2 N u8, r u8, p u8, salt (16)
 *                  02 quorum, then what keys/quorum.h says
 *   nonce (12), public size u8, public part, cipher size u8, cipher text, tag (16)
 *
 * The cipher is AES-256-GCM under scrypt(pass phrase, salt, N, r, p) or under the secret that M officers' shares give, and
 * everything before the cipher text is its additional data: a header that was changed does not open. The header is
 * readable by anyone who may read the file.
 */
#define SBK_ENVELOPE_MAX 640
#define SBK_DERIVATION_SCRYPT 0x01
#define SBK_DERIVATION_QUORUM 0x02

/* Size of the public part of a key; 0: unknown algorithm. */
size_t sbk_key_public_size(uint8_t algorithm);

struct sbk_envelope {
    struct sbk_key_info info;
    uint8_t derivation;
    struct sbk_stretching stretching; /* scrypt */
    struct sbk_quorum quorum;         /* needed is 0 under scrypt */
    uint8_t nonce[SBK_SEAL_NONCE];
    struct sbk_sealed sealed; /* lent */
};

/* Reads the readable part. Lends from data. */
enum sbk_format sbk_envelope_parse(const uint8_t *data, size_t size, struct sbk_envelope *envelope);

/* Encrypts a key's private bytes as opener says: under the secret of its quorum (approval), else under its pass phrase.
 * Appends the envelope to out. */
SBK_CHECK_RESULT sbk_result sbk_envelope_seal(const struct sbk_key_info *info, const struct sbk_secret *plain,
    const struct sbk_opener *opener, const struct sbk_quorum *quorum, struct sbk_buffer *out, struct sbk_error *error);

/* Decrypts; plain is the caller's, for sbk_secret_free. SBK_REFUSED: "passphrase-wrong", if it does not open: a wrong
 * pass phrase and an altered file cannot be told apart; "quorum-missing", if it takes officers' shares and opener has no
 * approval. SBK_TAMPERED if the approval is not the one of the quorum, or is and does not open it. */
SBK_CHECK_RESULT sbk_result sbk_envelope_open(const struct sbk_envelope *envelope, const struct sbk_opener *opener,
    struct sbk_secret *plain, struct sbk_error *error);

#endif
