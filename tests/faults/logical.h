/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FAULTS_LOGICAL_H
#define SBK_TESTS_FAULTS_LOGICAL_H

#include "tests/applet/tearing.h"

/*
 * What a card's image says, apart from what does not count: part E of the specification, read without the applet's code.
 * It is an image again, in which the journal, free pages, places outside the ring's 16 entries, inactive slots and bytes of
 * keys, PINs and cached certificates that are not set are zero; records in force stand in their first slot. So two cards
 * are in the same state if these are equal byte by byte.
 */
struct logical {
    uint8_t image[SBK_IMAGE_SIZE];
    bool weak; /* some page that counts reads differently each time */
};

void logical_read(struct tearing *memory, struct logical *logical);

/* Tries left: of the holder, the alternate, the transport keys. */
uint8_t *logical_tries(struct logical *logical, int which);
#define LOGICAL_HOLDER 0
#define LOGICAL_ALTERNATE 1
#define LOGICAL_CRYPTOGRAM 2
#define LOGICAL_TRIES 3

/* The trust cache's 256 bytes; the two PIN pages; a key pair's two pages. */
#define LOGICAL_CACHE SBK_IMAGE_CACHE
#define LOGICAL_CACHE_SIZE 256

/*
 * Why the state cannot be a card's: records that do not verify, a chain that does not hang together, amounts that the last
 * entries do not state, half a key. NULL: it can. pins: what is known of both PINs, or NULL.
 */
const char *logical_fault(const struct logical *logical, const char *const pins[2]);

uint32_t logical_counter(const struct logical *logical);

#endif
