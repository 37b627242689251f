/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/log_verify.h"

#include "base/i18n.h"
#include "keys/crypto.h"

#include <inttypes.h>
#include <string.h>

sbk_result sbk_log_take_in(
    uint8_t hash[SBK_HASH_SIZE], uint32_t number, const uint8_t digest[SBK_HASH_SIZE], struct sbk_error *error) {
    uint8_t bytes[SBK_HASH_SIZE + 4 + SBK_HASH_SIZE];
    struct sbk_writer writer = sbk_writer_of(bytes, sizeof bytes);
    sbk_write_bytes(&writer, hash, SBK_HASH_SIZE);
    sbk_write_u32(&writer, number);
    sbk_write_bytes(&writer, digest, SBK_HASH_SIZE);
    return sbk_sha256(bytes, sizeof bytes, hash, error);
}

/* Calls for each row of a query; what the call returns but SBK_OK ends it. */
typedef sbk_result (*row_check)(
    struct sbk_verification *verification, struct sbk_statement *statement, void *context, struct sbk_error *error);
static sbk_result each_row(
    struct sbk_verification *verification, const char *sql, row_check check, void *context, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = true;
    sbk_result result = sbk_statement_begin(verification->station->database, sql, &statement, error);
    while (result == SBK_OK) {
        result = sbk_statement_step(statement, &row, error);
        if (result != SBK_OK || !row)
            break;
        result = check(verification, statement, context, error);
    }
    sbk_statement_end(&statement);
    return result;
}

static bool blob_is(struct sbk_statement *statement, int column, const void *data, size_t size) {
    size_t there = 0;
    const uint8_t *blob = sbk_statement_blob(statement, column, &there);
    return blob != NULL && there == size && memcmp(blob, data, size) == 0;
}

/* ---- transactions ---- */

static uint8_t outcome_of(const struct sbk_index_item *transaction) {
    if (transaction->receipt != UINT32_MAX)
        return SBK_SALE_SETTLED;
    switch (transaction->resolution) {
    case SBK_RESOLVED_UNTOUCHED:
    case SBK_RESOLVED_REFUSED:
        return SBK_SALE_UNTOUCHED;
    case SBK_RESOLVED_OTHER:
        return SBK_SALE_OTHER;
    case SBK_RESOLVED_DOUBT:
        return SBK_SALE_DOUBT;
    default:
        return SBK_SALE_OPEN;
    }
}

enum { NUMBER, OPERATION, OUTCOME, ALIAS, COUNTER, INTENT, RECEIPT };

static bool row_holds(struct sbk_statement *statement, const struct sbk_index_item *transaction) {
    if (sbk_statement_is_null(statement, INTENT))
        return transaction == NULL && sbk_statement_int(statement, OUTCOME) == SBK_SALE_RESERVED &&
               sbk_statement_is_null(statement, RECEIPT);
    if (transaction == NULL || sbk_statement_is_null(statement, COUNTER))
        return false;
    bool has_receipt = !sbk_statement_is_null(statement, RECEIPT);
    return sbk_statement_int(statement, INTENT) == transaction->other &&
           sbk_statement_int(statement, OPERATION) == transaction->operation &&
           sbk_statement_int(statement, OUTCOME) == outcome_of(transaction) &&
           sbk_statement_int(statement, COUNTER) == transaction->counter &&
           has_receipt == (transaction->receipt != UINT32_MAX) &&
           (!has_receipt || sbk_statement_int(statement, RECEIPT) == transaction->receipt) &&
           blob_is(statement, ALIAS, transaction->subject, sizeof transaction->subject);
}

/* context counts those that have an intent. */
static sbk_result check_sale(
    struct sbk_verification *verification, struct sbk_statement *statement, void *context, struct sbk_error *error) {
    uint32_t *intents = context;
    uint32_t number = (uint32_t)sbk_statement_int(statement, NUMBER);
    const struct sbk_index_item *transaction =
        sbk_index_find(&verification->index, SBK_INDEX_TRANSACTION, NULL, number);
    (void)error;
    *intents += !sbk_statement_is_null(statement, INTENT);
    if (!row_holds(statement, transaction))
        sbk_log_found(verification, transaction != NULL ? transaction->other : UINT32_MAX,
            _("transaction %" PRIu32 " is kept otherwise than the log's entries tell it"), number);
    return SBK_OK;
}

static sbk_result check_sales(struct sbk_verification *verification, struct sbk_error *error) {
    uint32_t intents = 0;
    sbk_result result = each_row(verification,
        "SELECT number, operation, outcome, alias, counter, intent, receipt FROM sale ORDER BY number", check_sale,
        &intents, error);
    if (result == SBK_OK && intents != verification->transactions)
        sbk_log_found(verification, UINT32_MAX,
            _("the log tells of %" PRIu32 " transactions, %" PRIu32 " are kept beside it"), verification->transactions,
            intents);
    return result;
}

/* ---- the station's row ---- */

static sbk_result check_station(
    struct sbk_verification *verification, struct sbk_statement *statement, void *context, struct sbk_error *error) {
    (void)context;
    (void)error;
    if (sbk_statement_int(statement, 0) <= verification->newest ||
        sbk_statement_int(statement, 0) <= sbk_statement_int(statement, 2))
        sbk_log_found(verification, UINT32_MAX, _("the next transaction number was used before"));
    if (sbk_statement_int(statement, 1) != verification->time)
        sbk_log_found(
            verification, UINT32_MAX, _("the time of the newest entry is kept otherwise than the log tells it"));
    return SBK_OK;
}

/* ---- certificates and lists ---- */

/* context: the hash of the rows so far. */
static sbk_result take_row(
    struct sbk_verification *verification, struct sbk_statement *statement, void *context, struct sbk_error *error) {
    uint8_t digest[SBK_HASH_SIZE];
    size_t size = 0;
    const uint8_t *data = sbk_statement_blob(statement, 1, &size);
    (void)verification;
    sbk_result result = sbk_sha256(data != NULL ? data : digest, data != NULL ? size : 0, digest, error);
    return result == SBK_OK ? sbk_log_take_in(context, (uint32_t)sbk_statement_int(statement, 0), digest, error)
                            : result;
}

/* context: becomes true if there is a hotlist. */
static sbk_result check_hotlist(
    struct sbk_verification *verification, struct sbk_statement *statement, void *context, struct sbk_error *error) {
    uint8_t digest[SBK_HASH_SIZE];
    size_t size = 0;
    const uint8_t *data = sbk_statement_blob(statement, 1, &size);
    bool *there = context;
    sbk_result result = sbk_sha256(data != NULL ? data : digest, data != NULL ? size : 0, digest, error);
    *there = true;
    if (result == SBK_OK && (sbk_statement_int(statement, 0) != verification->hotlist_number ||
                                memcmp(digest, verification->hotlist, sizeof digest) != 0))
        sbk_log_found(verification, UINT32_MAX, _("the hotlist is not the one that the log tells of"));
    return result;
}

static sbk_result check_taken_in(struct sbk_verification *verification, struct sbk_error *error) {
    uint8_t certificates[SBK_HASH_SIZE] = {0};
    uint8_t lists[SBK_HASH_SIZE] = {0};
    bool there = false;
    sbk_result result =
        each_row(verification, "SELECT 0, leaf FROM installed ORDER BY number", take_row, certificates, error);
    if (result == SBK_OK)
        result = each_row(verification, "SELECT number, file FROM list ORDER BY number", take_row, lists, error);
    if (result == SBK_OK)
        result = each_row(verification, "SELECT number, file FROM hotlist", check_hotlist, &there, error);
    if (result != SBK_OK)
        return result;
    if (!there && verification->hotlist_number != 0)
        sbk_log_found(verification, UINT32_MAX, _("the hotlist that the log tells of is gone"));
    if (memcmp(certificates, verification->certificates, sizeof certificates) != 0)
        sbk_log_found(verification, UINT32_MAX, _("the station's certificates are not those that its log tells of"));
    if (memcmp(lists, verification->lists, sizeof lists) != 0)
        sbk_log_found(verification, UINT32_MAX, _("the item lists are not those that the log tells of"));
    return SBK_OK;
}

/* ---- cards ---- */

static sbk_result check_certificate(struct sbk_verification *verification, const uint8_t *alias, const uint8_t *data,
    size_t size, struct sbk_error *error) {
    struct sbk_certificate parsed;
    struct sbk_error cause;
    sbk_result result = SBK_TAMPERED;
    if (data != NULL && sbk_certificate_parse(data, size, &parsed) == SBK_FORMAT_OK &&
        memcmp(parsed.alias, alias, SBK_ALIAS_SIZE) == 0)
        result = sbk_trust_verify_past(
            verification->trust, data, size, SBK_ROLE_BIT(SBK_ROLE_CARD), parsed.effective, &parsed, &cause);
    if (result != SBK_OK && result != SBK_ENVIRONMENT)
        sbk_log_found(verification, UINT32_MAX, _("the certificate kept of a card does not hold"));
    return sbk_log_go_on(result, &cause, error);
}

static sbk_result check_mandate(struct sbk_verification *verification, const uint8_t *alias, const uint8_t *data,
    size_t size, struct sbk_error *error) {
    struct sbk_mandate parsed;
    struct sbk_error cause;
    sbk_result result = SBK_TAMPERED;
    if (sbk_mandate_parse(data, size, &parsed) == SBK_FORMAT_OK && memcmp(parsed.alias, alias, SBK_ALIAS_SIZE) == 0)
        result = sbk_trust_verify_record_past(verification->trust, data, size, parsed.issued, &cause);
    if (result != SBK_OK && result != SBK_ENVIRONMENT)
        sbk_log_found(verification, UINT32_MAX, _("the mandate kept of a card does not hold"));
    return sbk_log_go_on(result, &cause, error);
}

/* The newest receipt that the station remembers of a card is the newest in its log. */
static void check_newest(struct sbk_verification *verification, const uint8_t *alias, struct sbk_statement *statement) {
    uint32_t counter = (uint32_t)sbk_statement_int(statement, 3);
    const struct sbk_index_item *item = sbk_index_find(&verification->index, SBK_INDEX_RECEIPT, alias, counter);
    const struct sbk_index_item *later =
        counter == UINT32_MAX ? NULL : sbk_index_find(&verification->index, SBK_INDEX_RECEIPT, alias, counter + 1);
    if (sbk_statement_is_null(statement, 3) != sbk_statement_is_null(statement, 4))
        sbk_log_found(verification, UINT32_MAX, _("the newest receipt of a card is kept by half"));
    else if (sbk_statement_is_null(statement, 3))
        item = NULL;
    else if (item == NULL || !blob_is(statement, 4, item->hash, sizeof item->hash))
        sbk_log_found(
            verification, UINT32_MAX, _("the newest receipt %u of a card is not in the log"), (unsigned)counter);
    else if (later != NULL && memcmp(later->second, item->hash, sizeof item->hash) == 0)
        sbk_log_found(verification, UINT32_MAX, _("the log holds a newer receipt of a card than the %u that is kept"),
            (unsigned)counter);
}

static sbk_result check_card(
    struct sbk_verification *verification, struct sbk_statement *statement, void *context, struct sbk_error *error) {
    uint8_t alias[SBK_ALIAS_SIZE];
    size_t size = 0;
    (void)context;
    sbk_result result = sbk_statement_copy(statement, 0, alias, sizeof alias, error);
    if (result != SBK_OK)
        return result;
    const uint8_t *data = sbk_statement_blob(statement, 1, &size);
    result = check_certificate(verification, alias, data, size, error);
    if (result != SBK_OK)
        return result;
    data = sbk_statement_blob(statement, 2, &size);
    if (data != NULL)
        result = check_mandate(verification, alias, data, size, error);
    if (result != SBK_OK)
        return result;
    check_newest(verification, alias, statement);
    return SBK_OK;
}

sbk_result sbk_log_check_beside(struct sbk_verification *verification, struct sbk_error *error) {
    sbk_result result = check_sales(verification, error);
    if (result == SBK_OK)
        result = each_row(verification,
            "SELECT next_transaction, last_time, (SELECT coalesce(max(number), 0) FROM sale) FROM station",
            check_station, NULL, error);
    if (result == SBK_OK)
        result = check_taken_in(verification, error);
    if (result == SBK_OK)
        result = each_row(
            verification, "SELECT alias, certificate, mandate, counter, entry_hash FROM card", check_card, NULL, error);
    return result;
}
