/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_RECONCILE_PRIVATE_H
#define SBK_PERSONALIZE_RECONCILE_PRIVATE_H

#include "personalize/chips.h"
#include "personalize/reconcile.h"

/* One report on its way through certify; everything within one transaction. */
struct sbk_reconciling {
    const struct sbk_certify *certify;
    struct sbk_reconciled *result;
    size_t capacity; /* of result->mismatches */
    int64_t report;  /* row */
};

/* Judges an entry of a card that was made. *ordered is its order if it matches; *matches tells whether it does, else
 * the mismatch is noted. */
SBK_CHECK_RESULT sbk_result sbk_reconcile_made(struct sbk_reconciling *reconciling, const struct sbk_report_card *entry,
    struct sbk_chip_made *chip, struct sbk_ordered *ordered, bool *matches, struct sbk_error *error);
/* Judges and notes an entry of a chip that was spoiled. */
SBK_CHECK_RESULT sbk_result sbk_reconcile_spoiled(
    struct sbk_reconciling *reconciling, const struct sbk_report_card *entry, struct sbk_error *error);

#endif
