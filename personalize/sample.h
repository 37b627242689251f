/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_SAMPLE_H
#define SBK_PERSONALIZE_SAMPLE_H

#include "base/buffer.h"
#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A synthetic household roll for demonstrations and tests, the same for the same numbers on every machine: random
 * choices come from SplitMix64 started with the seed, nothing else.
 *
 * Its numbers are invented and say so: the serial (the last four digits) of every NIK and family card is 9000 to 9999.
 * Real serials count the registrations of one district for one birthday from 0001 and never come near.
 *
 * Of each hundred rows, in an order that the seed chooses: 55 good (of these 6 with a warning: 2 whose NIK disagrees
 * with the sex, 2 with the birthday, 2 from another city), 12 not in the register, 22 aided before, 3 dead, 3 delisted,
 * and 5 faulty, whose faults take turns. A last incomplete hundred holds the first rows of one.
 */
#define SBK_SAMPLE_HOUSEHOLDS_MAX 500000

enum sbk_sample_kind {
    SBK_SAMPLE_GOOD,
    SBK_SAMPLE_WARNING,
    SBK_SAMPLE_UNREGISTERED,
    SBK_SAMPLE_AIDED,
    SBK_SAMPLE_DEAD,
    SBK_SAMPLE_DELISTED,
    SBK_SAMPLE_FAULTY,
    SBK_SAMPLE_KINDS,
};
/* A stable word: "good", "warning", "not-registered"... Static storage. */
const char *sbk_sample_word(enum sbk_sample_kind kind);

/* Appends a roll of so many households (1..SBK_SAMPLE_HOUSEHOLDS_MAX) and counts its rows by kind. Errors: out of
 * memory. */
SBK_CHECK_RESULT sbk_result sbk_sample_roll(uint32_t households, uint64_t seed, struct sbk_buffer *out,
    size_t counts[SBK_SAMPLE_KINDS], struct sbk_error *error);

#endif
