/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_QUORUM_H
#define SBK_KEYS_QUORUM_H

#include "base/error.h"
#include "base/secret.h"
#include "schema/tlv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * M of N officers. A random secret of 32 bytes is split (libgfshare: Shamir's scheme over GF(256), byte by byte) so that
 * any M of N shares give it back and fewer say nothing of it. It seals a key's envelope, or stands for the officers'
 * approval of a key on a token. The splitting protects no integrity: each share is sealed in a file of its own
 * (keys/share.h), and a check value tells whether what a combination gives is the secret.
 *
 * What the key's file says of its quorum, no secret:
 *
 *   M u8, N u8 (2 <= M <= N <= 9), set (8, random), check value (8), then N names: size u8 (1..32) and UTF-8
 *
 * The check value is the beginning of HMAC-SHA-256(secret, "SBK QUORUM" || set). A new set of shares has a new secret, so
 * the old shares open nothing any more.
 */
#define SBK_QUORUM_NEEDED_MIN 2
#define SBK_QUORUM_OFFICERS_MAX 9
#define SBK_QUORUM_SET_SIZE 8
#define SBK_QUORUM_CHECK_SIZE 8
#define SBK_QUORUM_SECRET_SIZE 32
#define SBK_OFFICER_ROOM 33
#define SBK_QUORUM_BYTES_MAX                                                                                           \
    (2 + SBK_QUORUM_SET_SIZE + SBK_QUORUM_CHECK_SIZE + SBK_QUORUM_OFFICERS_MAX * SBK_OFFICER_ROOM)

struct sbk_quorum {
    uint8_t needed;   /* M; 0: no quorum */
    uint8_t officers; /* N */
    uint8_t set[SBK_QUORUM_SET_SIZE];
    uint8_t check[SBK_QUORUM_CHECK_SIZE];
    char names[SBK_QUORUM_OFFICERS_MAX][SBK_OFFICER_ROOM]; /* of the officers; share number 1 first */
};

enum sbk_format sbk_quorum_read(struct sbk_reader *reader, struct sbk_quorum *quorum);
void sbk_quorum_write(const struct sbk_quorum *quorum, struct sbk_writer *writer);

/* Whether M of N can be one. */
bool sbk_quorum_possible(unsigned needed, unsigned officers);
/* Whether a name can stand in a quorum: 1 to 32 bytes of UTF-8 without control characters; and reading and writing one,
 * its size in a byte before it. */
bool sbk_officer_name_good(const char *name);
enum sbk_format sbk_officer_name_read(struct sbk_reader *reader, char name[SBK_OFFICER_ROOM]);
void sbk_officer_name_write(const char *name, struct sbk_writer *writer);

/* Makes a new secret and fills set and check value; the rest stands in quorum. secret is the caller's, for
 * sbk_secret_free. Errors: SBK_ENVIRONMENT. */
SBK_CHECK_RESULT sbk_result sbk_quorum_new(
    struct sbk_quorum *quorum, struct sbk_secret *secret, struct sbk_error *error);

/* Whether this is the secret of the quorum. Errors, all "quorum-missing": SBK_REFUSED if secret is NULL; SBK_TAMPERED, with
 * what to do, if it is another. */
SBK_CHECK_RESULT sbk_result sbk_quorum_check(
    const struct sbk_quorum *quorum, const struct sbk_secret *secret, struct sbk_error *error);

/* Splits the secret into quorum->officers shares, numbered from 1; all empty before and, on failure, after. */
SBK_CHECK_RESULT sbk_result sbk_quorum_split(const struct sbk_quorum *quorum, const struct sbk_secret *secret,
    struct sbk_secret shares[SBK_QUORUM_OFFICERS_MAX], struct sbk_error *error);

/* Gives the secret back from count shares (at least quorum->needed) of different numbers, and checks it. */
SBK_CHECK_RESULT sbk_result sbk_quorum_combine(const struct sbk_quorum *quorum, const uint8_t *numbers,
    const struct sbk_secret *shares, size_t count, struct sbk_secret *secret, struct sbk_error *error);

#endif
