/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_PEOPLE_H
#define SBK_KEYS_PEOPLE_H

#include "keys/mandates.h"
#include "keys/people_file.h"

/*
 * The next identity record of a card: what the register says of its people, changed, under the next number (specification
 * C.2). It travels encrypted to the registrars of its kelurahan. If an alternate came or went, the card's next mandate
 * says so, made with it.
 */

/* Signs both and writes them down, within the caller's transaction; change may be NULL: the same again. *mandate: one was
 * made. Errors: SBK_REFUSED with what the rules forbid, "not-found" where the register knows nobody behind the card. */
SBK_CHECK_RESULT sbk_result sbk_identity_release(struct sbk_database *database, struct sbk_key *grant_signer,
    const struct sbk_city_card *card, const struct person_change *change, uint16_t day, bool *mandate,
    struct sbk_error *error);

#endif
