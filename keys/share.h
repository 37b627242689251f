/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_SHARE_H
#define SBK_KEYS_SHARE_H

#include "base/buffer.h"
#include "keys/quorum.h"
#include "keys/sealing.h"
#include "keys/store.h"

/*
 * The file of one officer's share of a key's quorum:
 *
 *   magic (8) "SBK SHR\n", version u8 (01), role u8, generation u8, M u8, N u8, number u8 (1..N), set (8),
 *   fingerprint of the key (32), made u16 (day), name size u8 and name (UTF-8),
 *   derivation u8 (01 scrypt), log2 N u8, r u8, p u8, salt (16), nonce (12),
 *   cipher size u8 (32), cipher text, tag (16), checksum (8)
 *
 * The cipher is that of an envelope (keys/envelope.h) under the officer's own pass phrase. The checksum is the beginning
 * of SHA-256 over all before it: it tells a damaged file from a wrong pass phrase. Against those who alter a file and
 * its checksum too, the tag stands.
 */
#define SBK_SHARE_MAX 256
#define SBK_SHARE_FILE_MAX 4096 /* what is read, so that another kind of file is told as one */
#define SBK_SHARE_CHECKSUM 8

struct sbk_share {
    uint8_t role; /* enum sbk_key_role */
    uint8_t generation;
    uint8_t needed;
    uint8_t officers;
    uint8_t number;
    uint8_t set[SBK_QUORUM_SET_SIZE];
    uint8_t fingerprint[SBK_HASH_SIZE]; /* of the key's public part */
    uint16_t made;
    char name[SBK_OFFICER_ROOM];
    struct sbk_stretching stretching;
    uint8_t nonce[SBK_SEAL_NONCE];
    struct sbk_sealed sealed; /* lent */
    bool intact;              /* the checksum holds */
};

/* Reads all but the secret. Lends from data. */
enum sbk_format sbk_share_parse(const uint8_t *data, size_t size, struct sbk_share *share);

/* Seals the share's secret (32 bytes) under the officer's pass phrase; salt, nonce and what follows are made here.
 * Appends the file to out. */
SBK_CHECK_RESULT sbk_result sbk_share_seal(const struct sbk_share *share, const struct sbk_secret *plain,
    const struct sbk_secret *passphrase, struct sbk_buffer *out, struct sbk_error *error);

/* Opens it; plain is the caller's, for sbk_secret_free. SBK_REFUSED, "passphrase-wrong", if it does not open. */
SBK_CHECK_RESULT sbk_result sbk_share_open(const struct sbk_share *share, const struct sbk_secret *passphrase,
    struct sbk_secret *plain, struct sbk_error *error);

/* Reads a share's file into file, from which *share lends. Errors name the file: SBK_ENVIRONMENT; SBK_TAMPERED for one
 * that is no share, or damaged. */
SBK_CHECK_RESULT sbk_result sbk_share_read(
    const char *path, struct sbk_buffer *file, struct sbk_share *share, struct sbk_error *error);

/* The fingerprint that a share of this key has: SHA-256 of the point (sbk_point_hash). */
SBK_CHECK_RESULT sbk_result sbk_share_fingerprint(
    const struct sbk_key_info *info, uint8_t fingerprint[SBK_HASH_SIZE], struct sbk_error *error);

/* "root-1.0123456789ABCDEF.2.share": key, set and number, so that the files of two sets never meet. */
#define SBK_SHARE_NAME_ROOM 64
void sbk_share_file_name(const struct sbk_share *share, char name[SBK_SHARE_NAME_ROOM]);

/* A set's identifier or check value as people compare it: four groups of four hexadecimal digits. */
#define SBK_SET_TEXT_ROOM 20
void sbk_set_text(const uint8_t set[SBK_QUORUM_SET_SIZE], char text[SBK_SET_TEXT_ROOM]);

#endif
