/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_CLOSING_H
#define SBK_PERSONALIZE_CLOSING_H

#include "base/error.h"
#include "schema/bundle.h"

#include <stddef.h>
#include <stdint.h>

/* The judgement of a card's closing statement (C6), the same at the bureau when the card is made and in the city when
 * the report arrives. Hashes are required, the rest is compared where it is known (not NULL). */
struct sbk_closing_expected {
    uint8_t alias[SBK_ALIAS_SIZE];
    uint8_t root_generation;
    uint8_t root_hash[SBK_HASH_SIZE];
    uint8_t next_root_hash[SBK_HASH_SIZE];
    uint8_t records_hash[SBK_HASH_SIZE];
    const uint8_t *serial;    /* SBK_SERIAL_SIZE */
    const uint8_t *agreement; /* points, SBK_POINT_SIZE */
    const uint8_t *signing;
};

/* What a card of a batch must say; the three pointers become NULL. */
SBK_CHECK_RESULT sbk_result sbk_closing_expect(const struct sbk_batch *batch, const struct sbk_batch_card *card,
    struct sbk_closing_expected *expected, struct sbk_error *error);

/* Judges a statement: form, signature by the key that it names, every expected value. parsed may be NULL. Errors:
 * SBK_TAMPERED with "format-invalid", "signature-invalid" or "wrong-card"; the text names what differs. */
SBK_CHECK_RESULT sbk_result sbk_closing_judge(const struct sbk_closing_expected *expected, const uint8_t *data,
    size_t size, struct sbk_closing *parsed, struct sbk_error *error);

/* SHA-256 of identity record and mandate with their signatures. */
SBK_CHECK_RESULT sbk_result sbk_records_hash(const struct sbk_bytes *identity, const struct sbk_bytes *mandate,
    uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error);

#endif
