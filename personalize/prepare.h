/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_PREPARE_H
#define SBK_PERSONALIZE_PREPARE_H

#include "base/database.h"
#include "base/error.h"
#include "keys/city.h"
#include "keys/store.h"
#include "personalize/ledger.h"
#include "personalize/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes a batch: an alias and a card number for each chosen household, identity record and mandate signed by the grant
 * signer, all of it with the transport master in one file, signed by the city and encrypted to the bureau.
 *
 * File and database agree whatever happens. The database first says "preparing" with the file's hash, then the file is
 * written, then the database says "prepared". sbk_prepare_recover, run first, looks whether an interrupted batch's file
 * is there: then that batch is prepared, else its rows are dropped, and no card of it exists.
 */
struct sbk_prepare {
    struct sbk_database *ledger;
    const struct sbk_city *city;
    struct sbk_key *grant_signer;
    struct sbk_key *city_key;
    struct sbk_key *transport;
    struct sbk_bytes recipient; /* the bureau's X.509 certificate, verified by the caller */
    uint32_t now;
    const char *out; /* must not exist */
    const struct sbk_roll *roll;
    const struct sbk_programme_file *programmes;
    const struct sbk_plan *plan;
    uint8_t roll_hash[SBK_HASH_SIZE];
    uint8_t programmes_hash[SBK_HASH_SIZE];
    void (*progress)(void *context, size_t done, size_t total); /* may be NULL */
    void *progress_context;
};

/* Finishes or drops a batch that was interrupted; *finished tells whether batch is one that is now prepared. */
SBK_CHECK_RESULT sbk_result sbk_prepare_recover(
    struct sbk_database *ledger, struct sbk_ledger_batch *batch, bool *finished, struct sbk_error *error);

/* Makes the batch of the plan's chosen households (1..SBK_BUNDLE_CARDS_MAX). Errors leave nothing behind, or what
 * sbk_prepare_recover settles. */
SBK_CHECK_RESULT sbk_result sbk_prepare_batch(
    const struct sbk_prepare *prepare, struct sbk_batch_info *info, struct sbk_error *error);

#endif
