/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_SEEN_H
#define SBK_PERSONALIZE_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which texts of 16 digits were seen, and with what index: an open-addressing table, so that a roll of 128,000 rows is
 * read in one pass. Numbers of people may be chosen to collide; the hash is keyed at random. All zero is empty.
 */
struct sbk_seen {
    struct sbk_seen_slot *slots;
    size_t count;
    size_t capacity; /* a power of two */
    uint64_t key;
};

/* Looks a text of exactly 16 digits up. */
bool sbk_seen_find(const struct sbk_seen *seen, const char *digits, size_t *index);
/* Adds one that is not there yet; false: out of memory. */
bool sbk_seen_add(struct sbk_seen *seen, const char *digits, size_t index);
/* Cleanses and releases. */
void sbk_seen_free(struct sbk_seen *seen);

#endif
