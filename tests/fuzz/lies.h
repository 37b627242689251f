/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FUZZ_LIES_H
#define SBK_TESTS_FUZZ_LIES_H

#include "reader/transport.h"
#include "schema/tlv.h"

/*
 * The way to the hostile card. What is done to each answer stands in a script: a byte for each exchange (LIES kinds) with
 * its arguments; where there is no more, the card is honest.
 */
enum lie {
    HONEST,
    STATUS,   /* status word u16 */
    CHANGE,   /* count u8; offset u16 and value u8 each */
    RESIGN,   /* the same, and the entry signed again */
    TRUNCATE, /* size u16 */
    EXTEND,   /* count u8, of value u8 */
    REPLACE,  /* size u8, bytes */
    REPLAY,   /* what the last answer was */
    GONE,     /* the card leaves before it answers, after it did what it was told */
    RESET,    /* it was away for a moment before */
    LIES
};

/* The script; callers read their own bytes from its beginning. */
extern struct sbk_reader lies;
void lies_begin(const uint8_t *data, size_t size);
/* The card lies on the reader anew. */
void lies_tap(void);
sbk_result lies_transmit(void *context, const uint8_t *command, size_t size, uint8_t *response, size_t room,
    size_t *received, struct sbk_error *error);

#endif
