/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_LEDGER_H
#define SBK_PERSONALIZE_LEDGER_H

#include "base/database.h"
#include "base/error.h"
#include "keys/cards.h"
#include "personalize/programme.h"
#include "schema/bundle.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the bureau's side of the city does with its register of cards (keys/cards.h opens it): batches, cards, who they
 * are for, and what the bureau reported. Whoever changes it holds the store's lock. Errors are those of
 * base/database.h.
 */

/* Whether the household, or its NIK, has a card: SBK_ELIGIBLE, SBK_INELIGIBLE_HAS_CARD or SBK_INELIGIBLE_NIK_KNOWN. */
SBK_CHECK_RESULT sbk_result sbk_ledger_judge(struct sbk_database *database, const struct sbk_household *household,
    enum sbk_ineligible *verdict, struct sbk_error *error);

/* A batch as the ledger has it. */
#define SBK_LEDGER_PATH_MAX 4096
struct sbk_ledger_batch {
    struct sbk_batch_info info;
    uint32_t made;
    bool prepared; /* false: the file was perhaps not written */
    char path[SBK_LEDGER_PATH_MAX];
    uint8_t file_hash[SBK_HASH_SIZE];
    uint8_t roll_hash[SBK_HASH_SIZE];
    uint8_t programmes_hash[SBK_HASH_SIZE];
    uint8_t root_generation;
    uint8_t root_hash[SBK_HASH_SIZE];
    uint8_t next_root_hash[SBK_HASH_SIZE];
};

/* The batch that is still 'preparing', if there is one (there is one at most). */
SBK_CHECK_RESULT sbk_result sbk_ledger_pending(
    struct sbk_database *database, struct sbk_ledger_batch *batch, bool *found, struct sbk_error *error);
/* The batch of an id. Errors: SBK_TAMPERED "report-does-not-reconcile" if there is no prepared one. */
SBK_CHECK_RESULT sbk_result sbk_ledger_find(struct sbk_database *database, const uint8_t id[SBK_BATCH_ID_SIZE],
    struct sbk_ledger_batch *batch, struct sbk_error *error);
/* Marks a batch as prepared, or drops it with its cards and persons. */
SBK_CHECK_RESULT sbk_result sbk_ledger_settle(
    struct sbk_database *database, uint32_t number, bool prepared, struct sbk_error *error);

/* The number that the next batch gets. */
SBK_CHECK_RESULT sbk_result sbk_ledger_next_number(
    struct sbk_database *database, uint32_t *number, struct sbk_error *error);
/* Whether a card has this alias, or this number. */
SBK_CHECK_RESULT sbk_result sbk_ledger_taken(struct sbk_database *database, const uint8_t alias[SBK_ALIAS_SIZE],
    const uint8_t number[6], bool *taken, struct sbk_error *error);

/* Adds a batch as 'preparing', then its cards; within the caller's transaction. */
SBK_CHECK_RESULT sbk_result sbk_ledger_add_batch(struct sbk_database *database, const struct sbk_ledger_batch *batch,
    const struct sbk_bytes *recipient, struct sbk_error *error);
struct sbk_ledger_card {
    uint32_t sequence;
    uint8_t alias[SBK_ALIAS_SIZE];
    uint8_t number[6];
    struct sbk_bytes identity; /* records with signatures */
    struct sbk_bytes mandate;
    uint32_t mandate_number;
    uint16_t valid_until; /* last day of the identity record */
    const struct sbk_household *household;
};
SBK_CHECK_RESULT sbk_result sbk_ledger_add_card(
    struct sbk_database *database, uint32_t batch, const struct sbk_ledger_card *card, struct sbk_error *error);

#endif
