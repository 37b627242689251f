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
struct sbk_registrar {
    uint8_t terminal[SBK_TERMINAL_SIZE];
    uint8_t kelurahan[SBK_KELURAHAN_SIZE];
    uint8_t x509[SBK_X509_MAX];
    size_t x509_size;
};

struct sbk_courier_parts {
    struct sbk_bytes item_list;        /* a file of 'list sign', or empty */
    struct sbk_bytes hotlist;          /* a file of 'hotlist', or empty */
    const struct sbk_parcel *stations; /* certificates of 'station issue' */
    size_t station_count;
    const struct sbk_registrar *registrars; /* what is personal is encrypted to those of the card's kelurahan */
    size_t registrar_count;
    size_t *unaddressed; /* out: identity records that no registrar can deliver; may be NULL */
};

/* Packs everything that is due, signs it and enters it in the books; the caller writes file. counts is filled. Errors:
 * SBK_REFUSED "nothing-pending" if there would be nothing in it. */
SBK_CHECK_RESULT sbk_result sbk_courier_pack(struct sbk_database *database, const struct sbk_city *city,
    struct sbk_key *city_key, const struct sbk_courier_parts *parts, uint32_t now, struct sbk_courier *counts,
    struct sbk_buffer *file, struct sbk_error *error);

#endif
