/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_HOTLISTS_H
#define SBK_KEYS_HOTLISTS_H

#include "base/buffer.h"
#include "base/database.h"
#include "keys/store.h"
#include "schema/hotlist.h"

/*
 * Making hotlists out of the office's books: keys.db (stations, CAs and signers, the lists before) and city.db (cards).
 * A card stands on the list if its newest mandate blocks or closes it, or if a stop notice reaches that mandate. Private
 * to the program. Errors are those of base/database.h and those named.
 */

/* What the officers said. restore: takes it back. SBK_REFUSED "not-found" (no such station; nothing to take back),
 * "exists-already" (said before). */
SBK_CHECK_RESULT sbk_result hotlists_revoke(
    struct sbk_database *keys, const char *terminal, bool restore, uint32_t now, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result hotlists_distrust(
    struct sbk_database *keys, uint8_t role, uint8_t generation, bool restore, uint32_t now, struct sbk_error *error);
/* SBK_REFUSED "station-revoked" for a station that is. */
SBK_CHECK_RESULT sbk_result hotlists_check_station(
    struct sbk_database *keys, const char *terminal, struct sbk_error *error);

/* Calls back with every CA and signer that is distrusted. */
typedef sbk_result (*hotlists_name)(void *context, uint8_t role, uint8_t generation, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result hotlists_each_distrusted(
    struct sbk_database *keys, hotlists_name each, void *context, struct sbk_error *error);

/* Whether a new list should be made: officers said something since the newest (or without one), or stations would soon
 * warn that it is old. */
enum hotlists_due { HOTLISTS_NOT_DUE, HOTLISTS_NEWS, HOTLISTS_OLD };
SBK_CHECK_RESULT sbk_result hotlists_look_due(
    struct sbk_database *keys, uint16_t today, enum hotlists_due *due, struct sbk_error *error);

/* For status: the newest list (0: none), stations revoked, CAs and signers distrusted. */
struct hotlists_counts {
    int64_t newest;
    int64_t revoked;
    int64_t distrusted;
};
SBK_CHECK_RESULT sbk_result hotlists_count(
    struct sbk_database *keys, struct hotlists_counts *counts, struct sbk_error *error);

struct hotlists_order {
    uint16_t today;
    uint32_t now;
    uint8_t warn;
    uint8_t stop;
    bool has_change;
    uint32_t since;               /* the list that the change is made of; 0: the newest before */
    struct sbk_bytes certificate; /* of the list signer */
};
struct hotlists_made {
    struct sbk_hotlist whole; /* its counts and dates; tables are not lent */
    uint32_t since;           /* of the change */
    uint32_t added;           /* cards, by the change */
    uint32_t removed;
    struct sbk_buffer file;   /* the whole list */
    struct sbk_buffer change; /* empty if none was asked for */
};
/* Makes, signs and enters the next list, inside the caller's transaction on keys; the caller writes the files before it
 * commits. cards NULL: the city has no cards yet. made is the caller's, for hotlists_free, on failure, too. Errors:
 * SBK_REFUSED "not-found" (no list since), "rule-forbids" (more entries than a list or a change holds, or the list signer
 * is distrusted itself). */
SBK_CHECK_RESULT sbk_result hotlists_make(struct sbk_database *keys, struct sbk_database *cards,
    struct sbk_key *list_signer, const struct hotlists_order *order, struct hotlists_made *made,
    struct sbk_error *error);
void hotlists_free(struct hotlists_made *made);

#endif
