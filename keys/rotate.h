/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_ROTATE_H
#define SBK_KEYS_ROTATE_H

#include "base/clock.h"
#include "keys/city.h"
#include "keys/root.h"

/*
 * A city's keys grow old: the next generation of each, and the next root. The store's side of it: what the root shall do
 * is written into a request, which stays in the store as pending until its answer is taken in; the root's side is
 * keys/root.h, here or behind an air gap. The caller holds the store's lock.
 *
 *     ROLE-GENERATION.request      pending; the key beside it has no certificate yet, and nothing uses it
 *     root-R.request               pending succession by root R
 */

/* The first and last day of what is certified. from: 0, today; until: 0, the role's usual life. */
struct sbk_term {
    uint16_t from;
    uint16_t until;
};

/*
 * The generation that the next rotation of a role makes: that of a key that waits for its certificate already
 * (*pending), else the one after the newest. Roles: CAs and signers, office CA, city. SBK_REFUSED at 127.
 */
SBK_CHECK_RESULT sbk_result sbk_rotate_next(
    const struct sbk_store *store, uint8_t role, uint8_t *generation, bool *pending, struct sbk_error *error);

/*
 * Makes the next key of a CA, signer or office CA, or takes the one that waits, and writes the request for it, which
 * replaces an earlier one. passphrase: what shall open the key, or opens the waiting one; deal: the quorum of officers
 * that a new one takes, NULL for none. An office CA certifies itself
 * and the city's key in use (its public part is enough); both wait until the root names it. request is filled. Errors:
 * SBK_REFUSED, a term that cannot be meant; those of the store.
 */
SBK_CHECK_RESULT sbk_result sbk_rotate_ask(struct sbk_store *store, uint8_t role, const struct sbk_term *term,
    const struct sbk_secret *passphrase, struct sbk_deal *deal, const struct sbk_clock *clock,
    struct sbk_root_request *request, struct sbk_error *error);

/* A CA or signer. */
struct sbk_key_name {
    uint8_t role;
    uint8_t generation;
};
/* Asks the next root to take over: everything under the root in force that has not ended is certified again as it is,
 * and the office CA named. */
struct sbk_succession {
    uint16_t old_until;                 /* the last day of the root in force, not before today; 0: it counts no more */
    const struct sbk_key_name *without; /* stolen ones, which end with the root in force */
    size_t without_count;
};
SBK_CHECK_RESULT sbk_result sbk_succession_ask(struct sbk_store *store, const struct sbk_succession *succession,
    const struct sbk_clock *clock, struct sbk_root_request *request, struct sbk_error *error);

/*
 * Takes an answer in: finds the request that it answers, verifies all of it against that and the root that was announced,
 * and puts it in force, whole or not at all. An answer that was taken in before does no harm. taken: the request.
 * Afterwards the exported anchor is to be made anew if sbk_rotate_exports says so. Errors: SBK_REFUSED, "not-found": no
 * such request waits; SBK_TAMPERED.
 */
SBK_CHECK_RESULT sbk_result sbk_rotate_accept(struct sbk_store *store, const struct sbk_root_answer *answer,
    struct sbk_root_request *taken, struct sbk_error *error);

/* Makes the next key of the city itself, certified by the office CA in use, and puts it in use. */
SBK_CHECK_RESULT sbk_result sbk_rotate_city(struct sbk_store *store, struct sbk_key *office_ca,
    const struct sbk_term *term, const struct sbk_secret *passphrase, const struct sbk_clock *clock,
    uint8_t *generation, struct sbk_error *error);

/* Whether a request changes what anchor.cms says: root or office CA. */
bool sbk_rotate_exports(const struct sbk_root_request *request);
/* Makes anchor.cms anew with the city's key in use. */
SBK_CHECK_RESULT sbk_result sbk_rotate_export(
    struct sbk_store *store, struct sbk_key *city_key, const struct sbk_clock *clock, struct sbk_error *error);

/* Requests that wait for their answers. */
struct sbk_pending {
    uint8_t role; /* of the key; root for a succession */
    uint8_t generation;
    struct sbk_root_request request;
};
#define SBK_PENDING_MAX 8
SBK_CHECK_RESULT sbk_result sbk_rotate_pending(
    const struct sbk_store *store, struct sbk_pending pending[SBK_PENDING_MAX], size_t *count, struct sbk_error *error);

#endif
