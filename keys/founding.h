/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_FOUNDING_H
#define SBK_KEYS_FOUNDING_H

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "keys/store.h"

/* Making a city's store: every key, each in its envelope or on its token, and what certifies it. */

/* The keys in the order in which they are made; the words are those of --passphrase-file ROLE=FILE. */
enum sbk_founded {
    SBK_FOUNDED_ROOT,
    SBK_FOUNDED_NEXT_ROOT,
    SBK_FOUNDED_STATION_CA,
    SBK_FOUNDED_CARD_CA,
    SBK_FOUNDED_GRANT_SIGNER,
    SBK_FOUNDED_LIST_SIGNER,
    SBK_FOUNDED_OFFICE_CA,
    SBK_FOUNDED_CITY,
};
#define SBK_FOUNDED_COUNT 8
/* The folder in the store where the officers' shares are laid, to be carried away. */
#define SBK_SHARES_FOLDER "shares"
/* "root", "next-root", "station-ca", ... */
const char *sbk_founded_word(enum sbk_founded which);

/*
 * Makes the store DIR with first generations of everything, the next root in DIR/next-root. All of it is made in
 * DIR.part and put in place in one step, so that DIR is whole or not there; what an interrupted run left in DIR.part is
 * taken away by the next. DIR may be an empty folder. tokens says which keys are made on tokens, by the words above; their
 * PINs stand in passphrases. DIR keeps it for keys made later. After a failure the keys on tokens are taken away again.
 * deals, if not NULL, has the quorums of keys, by the words above (NULL: none); their shares go to DIR/shares, whatever
 * folder they name, and their sets and check values are filled.
 * progress, if not NULL, is called before each key. Errors: SBK_REFUSED, "exists-already"; SBK_ENVIRONMENT; those of the
 * tokens.
 */
SBK_CHECK_RESULT sbk_result sbk_city_found(const char *path, const struct sbk_secret passphrases[SBK_FOUNDED_COUNT],
    const struct sbk_tokens *tokens, struct sbk_deal *const deals[SBK_FOUNDED_COUNT], const struct sbk_clock *clock,
    void (*progress)(void *context, size_t done, size_t total), void *context, struct sbk_error *error);

#endif
