/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_RECONCILE_H
#define SBK_PERSONALIZE_RECONCILE_H

#include "base/database.h"
#include "base/error.h"
#include "keys/city.h"
#include "keys/cms.h"
#include "personalize/ledger.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The city's comparison of a bureau's report with what it ordered, and the card certificates that follow. One signed
 * order, one chip: every statement's alias is an order of this batch, none has two, no chip, key or serial stands twice
 * in whatever batch, and each card says that it holds the city's root, next root and exactly the records ordered. If
 * one entry fails, no card of the report gets a certificate.
 */
struct sbk_mismatch {
    uint32_t sequence;
    uint8_t alias[SBK_ALIAS_SIZE];
    const char *reason; /* a stable word: "foreign-order", "order-twice", "serial-twice", "serial-spoiled", "key-twice",
                           "statement-invalid" */
    char text[160];     /* for people, translated */
};

struct sbk_reconciled {
    struct sbk_ledger_batch batch;
    struct sbk_mismatch *mismatches;
    size_t mismatch_count;
    uint32_t made;     /* cards of the batch that have a chip now */
    uint32_t added;    /* of these, by this report */
    uint32_t spoiled;  /* chips reported as waste */
    uint32_t *missing; /* sequences of orders without a chip, ascending */
    size_t missing_count;
    char bureau[64];
};

struct sbk_certify {
    struct sbk_database *ledger;
    const struct sbk_city *city;
    struct sbk_key *card_ca;
    struct sbk_key *city_key;
    uint32_t now;
};

/* Takes the report of size bytes: verifies it, reconciles it, makes the certificates of new cards and writes everything
 * down in one transaction; then appends the CMS file with all certificates of the batch to out. The same report again
 * gives the same certificates. Errors: SBK_TAMPERED "report-does-not-reconcile", with the mismatches in reconciled and
 * nothing changed; those of sbk_cms_verify; SBK_REFUSED "not-found" if no card was made. Free reconciled in any case.
 */
SBK_CHECK_RESULT sbk_result sbk_certify_report(const struct sbk_certify *certify, const uint8_t *data, size_t size,
    struct sbk_reconciled *reconciled, struct sbk_buffer *out, struct sbk_error *error);
void sbk_reconciled_free(struct sbk_reconciled *reconciled);

#endif
