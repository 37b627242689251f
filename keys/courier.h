/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_COURIER_H
#define SBK_KEYS_COURIER_H

#include "keys/cards.h"
#include "keys/city.h"

/*
 * Packing what goes to the stores on a stick: one CMS file, signed by the city, with what every certified card waits
 * for and what the stations themselves get. The same file serves every store; a store takes what is for it and its
 * cards, and what it has already does no harm.
 */
struct sbk_courier_parts {
    struct sbk_bytes item_list;        /* a file of 'list sign', or empty */
    struct sbk_bytes hotlist;          /* a file of 'hotlist', or empty */
    const struct sbk_parcel *stations; /* certificates of 'station issue' */
    size_t station_count;
};

/* Packs everything that is due, signs it and enters it in the books; the caller writes file. counts is filled. Errors:
 * SBK_REFUSED "nothing-pending" if there would be nothing in it. */
SBK_CHECK_RESULT sbk_result sbk_courier_pack(struct sbk_database *database, const struct sbk_city *city,
    struct sbk_key *city_key, const struct sbk_courier_parts *parts, uint32_t now, struct sbk_courier *counts,
    struct sbk_buffer *file, struct sbk_error *error);

#endif
