/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CEREMONY_COMPARE_H
#define SBK_KEYS_CEREMONY_COMPARE_H

#include "keys/ceremony_sign.h"
#include "keys/city.h"

/* A transcript beside a city's store, or beside the anchor that it hands out. Private to the program. */

/* What a value of the transcript is compared with. */
struct ceremony_beside {
    const struct sbk_store *store; /* NULL: only the anchor */
    const struct sbk_anchor *anchor;
    struct sbk_bytes office_cas[SBK_CITY_GENERATIONS_MAX]; /* trusted, DER */
    size_t office_ca_count;
};

enum ceremony_finding {
    CEREMONY_SAME,    /* it is what is there */
    CEREMONY_NOTHING, /* nothing is there to compare it with */
    CEREMONY_OTHER,   /* something else is there */
};

/* Compares one value. Errors: what cannot be read. */
SBK_CHECK_RESULT sbk_result ceremony_compare(const struct ceremony_beside *beside, const struct ceremony_check *check,
    const struct ceremony_value *value, enum ceremony_finding *finding, struct sbk_error *error);

/* Whether the signer is who it says: the city or its office CA under a trusted office CA on the last day of the ceremony, or
 * another key of the store. CEREMONY_OTHER: somebody else's. */
SBK_CHECK_RESULT sbk_result ceremony_judge_signer(const struct ceremony_beside *beside,
    const struct ceremony_transcript *transcript, enum ceremony_finding *finding, struct sbk_error *error);

#endif
