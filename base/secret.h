/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_BASE_SECRET_H
#define SBK_BASE_SECRET_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Memory for pass phrases, PINs and plain keys: whole pages of its own, kept out of core dumps, locked against swapping
 * where the system lets us (a small RLIMIT_MEMLOCK is no error, but sbk_secrets_unlocked tells), of fixed capacity so that it is never copied by
 * growing, cleansed when freed. All zero is a valid empty secret (SBK_SECRET_EMPTY).
 */
struct sbk_secret {
    uint8_t *data;   /* one byte more than capacity is mapped and kept 0: data is also a C string */
    size_t size;     /* bytes in use; the owner sets it */
    size_t capacity; /* bytes that may be used */
};

#define SBK_SECRET_EMPTY                                                                                               \
    { NULL, 0, 0 }

/* Maps room for capacity bytes (1 to 65536), all zero. Errors: SBK_ENVIRONMENT, out of memory. */
SBK_CHECK_RESULT sbk_result sbk_secret_new(struct sbk_secret *secret, size_t capacity, struct sbk_error *error);

/* The same with a copy of size bytes in it. */
SBK_CHECK_RESULT sbk_result sbk_secret_copy(
    struct sbk_secret *secret, const void *data, size_t size, struct sbk_error *error);

/* Whether both hold the same bytes, in a time that depends on the lengths only. */
bool sbk_secret_equal(const struct sbk_secret *one, const struct sbk_secret *other);

/* Cleanses and unmaps; the secret is empty afterwards. */
void sbk_secret_free(struct sbk_secret *secret);

/* Whether this process had to keep a secret in memory that may be swapped, since the system did not let us lock it;
 * programs say so. And telling it of other memory for secrets. */
bool sbk_secrets_unlocked(void);
void sbk_secrets_tell_unlocked(void);

/* Overwrites memory with a call the compiler keeps. */
void sbk_cleanse(void *data, size_t size);

#endif
