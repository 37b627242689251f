/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_PERSONALIZE_WORLD_H
#define SBK_TESTS_PERSONALIZE_WORLD_H

#include "base/database.h"
#include "keys/city.h"
#include "personalize/office.h"
#include "personalize/prepare.h"
#include "personalize/reconcile.h"

#include <openssl/evp.h>

/*
 * A city with its store, a bureau with its folder, both installed, in a temporary folder; everything real but the
 * cards, which are key pairs here (struct world_card). Functions fail the test.
 */
#define WORLD_NOW 1763265600u /* 2025-11-16, noon in WITA */

struct world {
    char folder[64];
    char store_path[96];
    char office_path[96];
    struct sbk_store *store;
    struct sbk_city city;
    struct sbk_key *grant_signer, *city_key, *transport, *card_ca;
    struct sbk_office office;
    struct sbk_key *bureau;
    struct sbk_database *ledger;
};

void world_open(struct world *world);
void world_close(struct world *world);
/* Forgets every batch, card and report and removes these files of FOLDER, so that cases can share a world. */
void world_clear(struct world *world, const char *const *names);
/* FOLDER/NAME in static storage. */
const char *world_path(const struct world *world, const char *name);

/* A batch of so many cards of a sample roll, in FOLDER/NAME; roll and plan live as long as the batch is made. */
void world_prepare(struct world *world, const char *name, size_t cards, struct sbk_batch_info *info);
/* The same, but the answer is given. */
sbk_result world_try_prepare(
    struct world *world, const char *name, size_t cards, struct sbk_batch_info *info, struct sbk_error *error);
/* The same from a roll of the caller's, all of whose first households are chosen. */
sbk_result world_prepare_roll(struct world *world, const char *name, const struct sbk_buffer *text, size_t cards,
    struct sbk_batch_info *info, struct sbk_error *error);

/* What a card that was made from an order says. The key pairs are made here. */
struct world_card {
    struct sbk_report_card entry; /* its statement lends from below */
    EVP_PKEY *signing;
    struct sbk_closing statement;
    uint8_t bytes[SBK_STATEMENT_SIZE];
};
void world_make_card(const struct sbk_batch *batch, const struct sbk_batch_card *order, struct world_card *card);
/* Signs the statement again after a test changed it. */
void world_sign_card(struct world_card *card);
void world_free_card(struct world_card *card);

/* A report with these entries, signed by a key with a certificate; the caller frees out. */
void world_report(struct world *world, const struct sbk_batch_info *info, const struct world_card *const *cards,
    size_t count, struct sbk_buffer *out);
/* certify on the report. */
sbk_result world_certify(struct world *world, const struct sbk_buffer *report, struct sbk_reconciled *reconciled,
    struct sbk_buffer *out, struct sbk_error *error);

#endif
