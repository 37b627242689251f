/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "base/secret.h"
#include "reader/bill.h"
#include "reader/operation.h"
#include "reader/reason.h"
#include "reader/sale_private.h"

#include <string.h>

static sbk_result send_debit(const struct sbk_operation *operation, struct sbk_session *session, uint16_t *status,
    struct sbk_receipt *receipt, struct sbk_error *error) {
    const struct sbk_sale *sale = operation->argument;
    struct sbk_debit_request request = {
        .context = operation->context, .who = operation->who, .count = operation->debit_count, .pin = sale->pin};
    memcpy(request.digest, operation->digest, sizeof request.digest);
    memcpy(request.debits, operation->debits, sizeof request.debits);
    sbk_result result =
        sbk_entitlement_debit(&session->channel, session->view.fci.alias, &request, status, receipt, error);
    sbk_cleanse(&request, sizeof request);
    return result;
}

static struct sbk_operation operation_of(const struct sbk_sale *sale, const struct sbk_session *session) {
    struct sbk_operation operation = {.kind = SBK_OPERATION_DEBIT,
        .entry_kind = SBK_ENTRY_DEBIT,
        .transaction = sale->transaction,
        .who = sale->who,
        .content = sale->bill.basket,
        .content_size = sale->bill.basket_size,
        .debit_count = sale->bill.purse_count,
        .send = send_debit,
        .argument = sale,
        .step = sale->step,
        .step_context = sale->step_context};
    memcpy(operation.digest, sale->bill.digest, sizeof operation.digest);
    for (size_t i = 0; i < sale->bill.purse_count; i++) {
        operation.debits[i] =
            (struct sbk_debit){.slot = sale->bill.purses[i].purse.slot, .amount = sale->bill.purses[i].amount};
        sbk_bill_expect(session, &sale->bill.purses[i], &operation.expected[i]);
    }
    return operation;
}

/* The debit as its receipt tells it, once more: the card answers with the same entry, and nothing changes. */
static struct sbk_debit_request request_of(const struct sbk_entry *entry) {
    struct sbk_debit_request request = {.context = {.counter = entry->counter,
                                            .transaction = entry->transaction,
                                            .time = entry->time,
                                            .log_size = entry->log_size},
        .who = entry->who};
    memcpy(request.context.previous, entry->previous, sizeof request.context.previous);
    memcpy(request.context.log_root, entry->log_root, sizeof request.context.log_root);
    memcpy(request.digest, entry->digest, sizeof request.digest);
    for (; request.count < SBK_DEBITS_MAX && entry->debits[request.count].grant != 0; request.count++)
        request.debits[request.count] = (struct sbk_debit){
            .slot = entry->debits[request.count].slot, .amount = entry->debits[request.count].amount};
    return request;
}

static sbk_result repeat(struct sbk_sale *sale, struct sbk_session *session, struct sbk_error *error) {
    struct sbk_debit_request request = request_of(&sale->receipt.entry);
    struct sbk_receipt receipt;
    uint16_t status = 0;
    sbk_result result =
        sbk_entitlement_debit(&session->channel, session->view.fci.alias, &request, &status, &receipt, error);
    if (result != SBK_OK)
        return result;
    if (status == SBK_SW_TOO_OLD) /* beyond the card's last 16; the log has it */
        return SBK_OK;
    if (status != SBK_SW_OK)
        return sbk_apdu_refused(error, status, _("repeating the transaction"));
    if (memcmp(receipt.body, sale->receipt.body, sizeof receipt.body) != 0 ||
        memcmp(receipt.signature, sale->receipt.signature, sizeof receipt.signature) != 0)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CHAIN,
            _("the card now gives another receipt for transaction %u than the log holds; keep the card aside and tell "
              "the city"),
            (unsigned)sale->transaction);
    return SBK_OK;
}

static sbk_result charge(struct sbk_sale *sale, struct sbk_session *session, struct sbk_error *error) {
    struct sbk_operation operation = operation_of(sale, session);
    struct sbk_error cause = {.reason = SBK_REASON_USAGE};
    sbk_result result = sbk_operation_begin(&operation, session, error);
    if (result != SBK_OK)
        return result;
    sale->state = SBK_SALE_STATE_OPEN;
    result = sbk_operation_send(&operation, session, &cause);
    if (error != NULL && result != SBK_OK)
        *error = cause;
    if (result == SBK_REFUSED) {
        sale->state = SBK_SALE_STATE_NOTHING;
        if (strcmp(cause.reason, SBK_REASON_PREVIOUS) == 0)
            result = sbk_operation_explain_previous(session, error);
    }
    if (result == SBK_OK) {
        sale->receipt = operation.receipt;
        sale->state = SBK_SALE_STATE_DONE;
    }
    return result;
}

sbk_result sbk_sale_charge(struct sbk_sale *sale, struct sbk_session *session, struct sbk_error *error) {
    if (sale->state == SBK_SALE_STATE_DONE)
        return SBK_OK;
    if (sale->state != SBK_SALE_STATE_CONFIRMED)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("the sale is not confirmed, or past that"));
    if (!sale->repeat)
        return charge(sale, session, error);
    sbk_result result = repeat(sale, session, error);
    sale->state = result == SBK_OK ? SBK_SALE_STATE_DONE : SBK_SALE_STATE_CONFIRMED;
    return result;
}

/* The intent was closed as untouched: a new intent of the same transaction, if the basket still splits the same way. */
static sbk_result charge_again(struct sbk_sale *sale, struct sbk_session *session, struct sbk_error *error) {
    uint8_t digest[SBK_HASH_SIZE];
    memcpy(digest, sale->bill.digest, sizeof digest);
    sale->state = SBK_SALE_STATE_CONFIRMED;
    sbk_result result = sbk_sale_read(sale, session, error);
    if (result != SBK_OK || sale->state == SBK_SALE_STATE_DONE)
        return result;
    if (memcmp(digest, sale->bill.digest, sizeof digest) != 0) {
        sale->state = SBK_SALE_STATE_PRICED; /* other balances than those that were agreed to */
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_COUNTER,
            _("nothing was charged, but the card was used elsewhere meanwhile: confirm the sale again"));
    }
    return charge(sale, session, error);
}

sbk_result sbk_sale_resume(struct sbk_sale *sale, struct sbk_session *session, struct sbk_error *error) {
    if (sale->state != SBK_SALE_STATE_OPEN)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("there is nothing to resume"));
    struct sbk_sale_row row;
    bool found = false;
    sbk_result result = sbk_session_settle(session, sale->settled, &sale->settled_count, error);
    if (result == SBK_OK)
        result = sbk_sale_look(sale->station, sale->transaction, sale->words, &found, &row, error);
    if (result != SBK_OK)
        return result;
    if (row.transaction.outcome == SBK_SALE_DOUBT)
        return sbk_fail(error, SBK_UNSETTLED, SBK_REASON_UNSETTLED,
            _("transaction %u stays in doubt: the card no longer keeps its receipt; settlement decides"),
            (unsigned)sale->transaction);
    if (row.transaction.outcome == SBK_SALE_OPEN)
        return sbk_fail(error, SBK_UNSETTLED, SBK_REASON_UNSETTLED,
            _("transaction %u is not settled: this is not its card. Tap the card of that sale"),
            (unsigned)sale->transaction);
    if (row.transaction.outcome != SBK_SALE_SETTLED)
        return charge_again(sale, session, error);
    result = sbk_operation_load_receipt(sale->station, row.receipt, &sale->receipt, error);
    if (result == SBK_OK)
        sale->state = SBK_SALE_STATE_DONE;
    return result;
}
