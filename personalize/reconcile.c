/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/reconcile.h"
#include "base/i18n.h"
#include "personalize/closing.h"
#include "personalize/reconcile_private.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sbk_result note(struct sbk_reconciling *reconciling, const struct sbk_report_card *entry, const char *reason,
    const char *text, struct sbk_error *error) {
    struct sbk_reconciled *result = reconciling->result;

    if (result->mismatch_count == reconciling->capacity) {
        const size_t capacity = reconciling->capacity == 0 ? 16 : reconciling->capacity * 2;
        struct sbk_mismatch *bigger = realloc(result->mismatches, capacity * sizeof(*bigger));
        if (bigger == NULL) {
            return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
        }
        result->mismatches = bigger;
        reconciling->capacity = capacity;
    }
    struct sbk_mismatch *mismatch = &result->mismatches[result->mismatch_count++];
    mismatch->sequence = entry->sequence;
    memcpy(mismatch->alias, entry->alias, sizeof(mismatch->alias));
    mismatch->reason = reason;
    (void)snprintf(mismatch->text, sizeof(mismatch->text), "%s", text);
    return SBK_OK;
}

/* The order that an entry names, or a mismatch. */
static sbk_result find_order(struct sbk_reconciling *reconciling, const struct sbk_report_card *entry,
    struct sbk_ordered *ordered, bool *found, struct sbk_error *error) {
    struct sbk_database *ledger = reconciling->certify->ledger;
    sbk_result result =
        sbk_chips_order(ledger, reconciling->result->batch.info.number, entry->alias, ordered, found, error);

    if (result == SBK_OK && (!*found || ordered->sequence != entry->sequence)) {
        *found = false;
        result =
            note(reconciling, entry, "foreign-order", _("no order of this batch has this alias and number"), error);
    }
    return result;
}

/* The statement against the order; what does not fit is a mismatch, not an error. */
static sbk_result judge_statement(struct sbk_reconciling *reconciling, const struct sbk_report_card *entry,
    const struct sbk_ordered *ordered, struct sbk_chip_made *chip, bool *holds, struct sbk_error *error) {
    const struct sbk_ledger_batch *batch = &reconciling->result->batch;
    struct sbk_closing_expected expected = {.root_generation = batch->root_generation, .serial = entry->serial};
    struct sbk_closing parsed;
    struct sbk_error why = {.reason = NULL};

    memcpy(expected.alias, entry->alias, sizeof(expected.alias));
    memcpy(expected.root_hash, batch->root_hash, sizeof(expected.root_hash));
    memcpy(expected.next_root_hash, batch->next_root_hash, sizeof(expected.next_root_hash));
    memcpy(expected.records_hash, ordered->records_hash, sizeof(expected.records_hash));
    const sbk_result result = sbk_closing_judge(&expected, entry->statement.data, entry->statement.size, &parsed, &why);
    *holds = result == SBK_OK;
    if (*holds) {
        chip->card = ordered->card;
        chip->report = reconciling->report;
        memcpy(chip->serial, parsed.serial, sizeof(chip->serial));
        memcpy(chip->agreement, parsed.agreement_key, sizeof(chip->agreement));
        memcpy(chip->signing, parsed.signing_key, sizeof(chip->signing));
        chip->statement = entry->statement;
        return SBK_OK;
    }
    if (result == SBK_ENVIRONMENT) { /* memory, not the statement */
        return sbk_fail(error, why.result, why.reason, "%s", why.text);
    }
    return note(reconciling, entry, "statement-invalid", why.text, error);
}

/* One chip, one order; one key, one chip. */
static sbk_result judge_once(struct sbk_reconciling *reconciling, const struct sbk_report_card *entry,
    const struct sbk_chip_made *chip, bool *once, struct sbk_error *error) {
    struct sbk_database *ledger = reconciling->certify->ledger;
    bool serial = false, key = false, spoiled = false;
    sbk_result result = sbk_chips_has_serial(ledger, chip->serial, &serial, error);

    if (result == SBK_OK) {
        result = sbk_chips_has_key(ledger, chip->agreement, chip->signing, &key, error);
    }
    if (result == SBK_OK) {
        result = sbk_chips_is_spoiled(ledger, reconciling->report, chip->serial, &spoiled, error);
    }
    key = key || memcmp(chip->agreement, chip->signing, sizeof(chip->signing)) == 0;
    *once = !serial && !key && !spoiled;
    if (result == SBK_OK && serial) {
        result = note(reconciling, entry, "serial-twice", _("another order has a chip of this serial number"), error);
    }
    if (result == SBK_OK && key) {
        result = note(reconciling, entry, "key-twice", _("another chip has one of these keys"), error);
    }
    if (result == SBK_OK && spoiled) {
        result = note(reconciling, entry, "serial-spoiled", _("the report calls the same chip waste"), error);
    }
    return result;
}

sbk_result sbk_reconcile_made(struct sbk_reconciling *reconciling, const struct sbk_report_card *entry,
    struct sbk_chip_made *chip, struct sbk_ordered *ordered, bool *matches, struct sbk_error *error) {
    sbk_result result = find_order(reconciling, entry, ordered, matches, error);

    if (result != SBK_OK || !*matches) {
        return result;
    }
    if (ordered->has_chip) {
        /* Reported before: the same card is fine, another one for the same order is not. */
        *matches = entry->statement.size == SBK_STATEMENT_SIZE &&
                   memcmp(ordered->statement, entry->statement.data, SBK_STATEMENT_SIZE) == 0;
        return *matches ? SBK_OK
                        : note(reconciling, entry, "order-twice", _("the order has another chip already"), error);
    }
    result = judge_statement(reconciling, entry, ordered, chip, matches, error);
    return result == SBK_OK && *matches ? judge_once(reconciling, entry, chip, matches, error) : result;
}

sbk_result sbk_reconcile_spoiled(
    struct sbk_reconciling *reconciling, const struct sbk_report_card *entry, struct sbk_error *error) {
    struct sbk_ordered ordered;
    bool found = false;
    sbk_result result = find_order(reconciling, entry, &ordered, &found, error);

    if (result != SBK_OK || !found) {
        return result;
    }
    reconciling->result->spoiled++;
    return sbk_chips_add_spoiled(
        reconciling->certify->ledger, reconciling->result->batch.info.number, reconciling->report, entry, error);
}

void sbk_reconciled_free(struct sbk_reconciled *reconciled) {
    free(reconciled->mismatches);
    free(reconciled->missing);
    memset(reconciled, 0, sizeof(*reconciled));
}
