/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CITY_H
#define SBK_KEYS_CITY_H

#include "base/buffer.h"
#include "base/error.h"
#include "keys/store.h"
#include "keys/trust.h"

/*
 * The public side of the city's store: what `sembako-keys init` made, read without any pass phrase and verified from
 * the root down. Whoever issues something (stations, batches, card certificates) takes from here what goes with it.
 *
 * Files besides envelopes and certificates: root-G.anchor (struct sbk_anchor, 97 bytes), office-ca-G.binding (C9 by the
 * root) and anchor.cms, the file that `sembako-keys export` hands out, signed by the city.
 */
struct sbk_city {
    struct sbk_anchor anchor;
    struct sbk_buffer binding;   /* C9 */
    struct sbk_buffer office_ca; /* X.509, DER */
    struct sbk_buffer city;      /* X.509, DER */
    struct sbk_buffer station_ca;
    struct sbk_buffer card_ca;
    struct sbk_buffer grant_signer;
    struct sbk_buffer list_signer;
    struct sbk_trust *trust; /* the root and the four above */
};

/* Loads and verifies the newest of everything; dates are not judged. *city is filled for sbk_city_free. Errors:
 * SBK_ENVIRONMENT, "not-found" (not a city's store, or init was interrupted); SBK_TAMPERED. */
SBK_CHECK_RESULT sbk_result sbk_city_load(
    const struct sbk_store *store, struct sbk_city *city, struct sbk_error *error);
void sbk_city_free(struct sbk_city *city);

/* A buffer's bytes, lent. */
struct sbk_bytes sbk_bytes_of(const struct sbk_buffer *buffer);

#endif
