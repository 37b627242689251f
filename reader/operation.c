/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/operation.h"

#include "base/i18n.h"
#include "reader/reason.h"
#include "reader/receipt.h"

#include <string.h>

static void tell(const struct sbk_operation *operation, enum sbk_sale_step step) {
    if (operation->step != NULL)
        operation->step(operation->step_context, step);
}

static bool has_entries(const struct sbk_session *session) {
    return (session->view.status.flags & SBK_STATUS_ENTRIES) != 0;
}

/* ---- the intent ---- */

static void put_u32(uint8_t out[4], uint32_t value) {
    struct sbk_writer writer = sbk_writer_of(out, 4);
    sbk_write_u32(&writer, value);
}

static sbk_result append_intent(
    const struct sbk_operation *operation, struct sbk_session *session, uint32_t *position, struct sbk_error *error) {
    uint8_t transaction[4];
    uint8_t counter[4];
    uint8_t mandate[4];
    put_u32(transaction, operation->transaction);
    put_u32(counter, operation->context.counter);
    put_u32(mandate, operation->mandate);
    struct sbk_log_field fields[] = {{&operation->kind, 1}, {transaction, 4}, {session->view.fci.alias, SBK_ALIAS_SIZE},
        {counter, 4}, {mandate, 4}, {&operation->who, 1}, {operation->content, operation->content_size}};
    return sbk_log_append(session->station, SBK_LOG_INTENT, fields, sizeof fields / sizeof fields[0], position, error);
}

/* Inside one transaction: the intent, the transaction's state and what is known of the card. */
static sbk_result write_intent(struct sbk_operation *operation, struct sbk_session *session, struct sbk_error *error) {
    struct sbk_station *station = session->station;
    struct sbk_transaction transaction = {
        .number = operation->transaction, .counter = operation->context.counter, .time = operation->context.time};
    struct sbk_log_head head;
    uint32_t position = 0;
    memcpy(transaction.alias, session->view.fci.alias, SBK_ALIAS_SIZE);
    sbk_result result = append_intent(operation, session, &position, error);
    if (result == SBK_OK)
        result = sbk_sale_intend(station, &transaction, position, error);
    if (result == SBK_OK)
        result = sbk_session_keep(session, error);
    if (result == SBK_OK)
        result = sbk_log_head_of(station, &head, error);
    if (result == SBK_OK) {
        operation->context.log_size = head.size;
        memcpy(operation->context.log_root, head.root, SBK_HASH_SIZE);
    }
    return result;
}

sbk_result sbk_operation_begin(struct sbk_operation *operation, struct sbk_session *session, struct sbk_error *error) {
    struct sbk_station *station = session->station;
    struct sbk_context *context = &operation->context;
    const struct sbk_known_card *known = &session->known;
    uint32_t counter = session->view.status.counter;
    if (has_entries(session) && counter == UINT32_MAX)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ENDED, _("the card's counter is used up"));
    if (has_entries(session) && (!known->has_entry || known->counter != counter))
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("the card's newest receipt is not in the log yet"));
    context->counter = has_entries(session) ? counter + 1 : 0;
    context->transaction = operation->transaction;
    operation->mandate = operation->becomes != 0 ? operation->becomes : session->view.status.mandate;
    operation->floor = session->view.status.floor;
    context->time = sbk_station_time(station);
    memset(context->previous, 0, sizeof context->previous);
    if (has_entries(session))
        memcpy(context->previous, known->entry_hash, sizeof context->previous);
    sbk_result result = sbk_station_begin(station, error);
    if (result != SBK_OK)
        return result;
    result = write_intent(operation, session, error);
    if (result == SBK_OK)
        result = sbk_station_commit(station, error);
    if (result != SBK_OK) {
        sbk_station_rollback(station);
        return result;
    }
    session->changed = false;
    tell(operation, SBK_STEP_INTENT_DURABLE);
    return SBK_OK;
}

/* ---- the answer ---- */

/* Whether the entry says what was asked for and nothing else. */
static bool says_what_was_asked(
    const struct sbk_operation *operation, const struct sbk_session *session, const struct sbk_entry *entry) {
    const struct sbk_context *context = &operation->context;
    bool same = entry->counter == context->counter && entry->kind == operation->entry_kind &&
                entry->who == operation->who && entry->mandate == operation->mandate &&
                entry->transaction == context->transaction && entry->time == context->time &&
                entry->log_size == context->log_size && entry->floor == operation->floor &&
                entry->floor >= session->station->certificate.effective &&
                memcmp(entry->previous, context->previous, SBK_HASH_SIZE) == 0 &&
                memcmp(entry->terminal, session->station->terminal, SBK_TERMINAL_SIZE) == 0 &&
                memcmp(entry->log_root, context->log_root, SBK_HASH_SIZE) == 0 &&
                memcmp(entry->digest, operation->digest, SBK_HASH_SIZE) == 0;
    for (size_t i = 0; same && i < SBK_DEBITS_MAX; i++) {
        const struct sbk_entry_debit *said = &entry->debits[i];
        const struct sbk_entry_debit *asked = &operation->expected[i];
        same = said->slot == asked->slot && said->grant == asked->grant && said->window == asked->window &&
               said->amount == asked->amount && said->spent == asked->spent;
    }
    return same;
}

static sbk_result check_answer(
    const struct sbk_operation *operation, const struct sbk_session *session, struct sbk_error *error) {
    sbk_result result = sbk_receipt_verify(&operation->receipt, session->view.certificate.signing_key, error);
    if (result == SBK_OK && !says_what_was_asked(operation, session, &operation->receipt.entry))
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE,
            _("the card's receipt for transaction %u says something else than was asked; hand nothing over; if "
              "the next tap says so again, keep the card aside and tell the city"),
            (unsigned)operation->transaction);
    return result;
}

static sbk_result write_receipt(struct sbk_operation *operation, struct sbk_session *session, struct sbk_error *error) {
    struct sbk_station *station = session->station;
    struct sbk_known_card known = session->known;
    uint32_t position = 0;
    sbk_result result = sbk_station_begin(station, error);
    if (result != SBK_OK)
        return result;
    result = sbk_log_append_receipt(
        station, SBK_LOG_RECEIPT, &operation->receipt, session->view.certificate.signing_key, &position, error);
    sbk_session_took(session, &operation->receipt);
    if (result == SBK_OK)
        result = sbk_sale_close(station, operation->transaction, SBK_SALE_SETTLED, &position, error);
    if (result == SBK_OK)
        result = sbk_session_keep(session, error);
    if (result == SBK_OK)
        result = sbk_station_commit(station, error);
    if (result != SBK_OK) {
        sbk_station_rollback(station);
        session->known = known;
    } else {
        session->changed = false;
    }
    return result;
}

static sbk_result unsettled(
    const struct sbk_operation *operation, const struct sbk_error *cause, struct sbk_error *error) {
    if (operation->kind == SBK_OPERATION_VOID)
        return sbk_fail(error, SBK_UNSETTLED, SBK_REASON_UNSETTLED,
            _("transaction %u, a void, is not settled: %s. Leave the goods where they are; tap the same card again"),
            (unsigned)operation->transaction, cause->text);
    return sbk_fail(error, SBK_UNSETTLED, SBK_REASON_UNSETTLED,
        _("transaction %u is not settled: %s. Hand nothing over yet; tap the same card again"),
        (unsigned)operation->transaction, cause->text);
}

static sbk_result take_receipt(struct sbk_operation *operation, struct sbk_session *session, struct sbk_error *error) {
    struct sbk_error cause;
    sbk_result result = check_answer(operation, session, &cause);
    if (result == SBK_TAMPERED && error != NULL)
        *error = cause;
    if (result == SBK_TAMPERED)
        return result;
    if (result != SBK_OK) /* it could not be verified: that says nothing of the card */
        return unsettled(operation, &cause, error);
    tell(operation, SBK_STEP_RECEIPT_VERIFIED);
    if (write_receipt(operation, session, &cause) != SBK_OK)
        return unsettled(operation, &cause, error);
    tell(operation, SBK_STEP_RECEIPT_DURABLE);
    return SBK_OK;
}

static sbk_result write_refusal(
    const struct sbk_operation *operation, struct sbk_session *session, uint16_t status, struct sbk_error *error) {
    struct sbk_station *station = session->station;
    const char *reason = sbk_reason_of(status);
    uint8_t transaction[4];
    uint8_t seen[4];
    uint8_t word[2] = {(uint8_t)(status >> 8), (uint8_t)status};
    uint8_t how = SBK_RESOLVED_REFUSED;
    put_u32(transaction, operation->transaction);
    put_u32(seen, session->view.status.counter);
    struct sbk_log_field refused[] = {{transaction, 4}, {session->view.fci.alias, SBK_ALIAS_SIZE}, {word, 2},
        {(const uint8_t *)reason, strlen(reason)}};
    struct sbk_log_field resolved[] = {{transaction, 4}, {&how, 1}, {seen, 4}};
    sbk_result result = sbk_station_begin(station, error);
    if (result != SBK_OK)
        return result;
    result = sbk_log_append(station, SBK_LOG_REFUSED, refused, 4, NULL, error);
    if (result == SBK_OK)
        result = sbk_log_append(station, SBK_LOG_RESOLVED, resolved, 3, NULL, error);
    if (result == SBK_OK)
        result = sbk_sale_close(station, operation->transaction, SBK_SALE_UNTOUCHED, NULL, error);
    if (result == SBK_OK)
        result = sbk_station_commit(station, error);
    if (result != SBK_OK)
        sbk_station_rollback(station);
    return result;
}

/* An error's status word proves nothing: only an authenticated counter that did not move shows that nothing happened.
 */
static sbk_result take_refusal(
    const struct sbk_operation *operation, struct sbk_session *session, uint16_t status, struct sbk_error *error) {
    struct sbk_error cause;
    if (sbk_session_refresh(session, &cause) != SBK_OK)
        return unsettled(operation, &cause, error);
    uint32_t next = has_entries(session) ? session->view.status.counter + 1 : 0;
    if (next != operation->context.counter) {
        (void)sbk_fail(&cause, SBK_UNSETTLED, SBK_REASON_UNSETTLED, _("the card refused (status %04X) but moved on"),
            (unsigned)status);
        return unsettled(operation, &cause, error);
    }
    if (write_refusal(operation, session, status, &cause) != SBK_OK)
        return unsettled(operation, &cause, error);
    return sbk_apdu_refused(
        error, status, operation->kind == SBK_OPERATION_DEBIT ? _("nothing was charged") : _("nothing was changed"));
}

sbk_result sbk_operation_send(struct sbk_operation *operation, struct sbk_session *session, struct sbk_error *error) {
    struct sbk_error cause;
    uint16_t status = 0;
    if (operation->send(operation, session, &status, &operation->receipt, &cause) != SBK_OK)
        return unsettled(operation, &cause, error);
    tell(operation, SBK_STEP_DEBIT_ANSWERED);
    return status == SBK_SW_OK ? take_receipt(operation, session, error)
                               : take_refusal(operation, session, status, error);
}

sbk_result sbk_operation_explain_previous(struct sbk_session *session, struct sbk_error *error) {
    struct sbk_receipt receipt;
    bool found = false;
    struct sbk_error cause;
    sbk_result result = sbk_session_receipt(session, session->view.status.counter, &receipt, &found, &cause);
    if (result == SBK_TAMPERED && error != NULL)
        *error = cause;
    return result == SBK_TAMPERED ? result : SBK_REFUSED;
}

sbk_result sbk_operation_load_receipt(
    struct sbk_station *station, uint32_t position, struct sbk_receipt *receipt, struct sbk_error *error) {
    struct sbk_buffer data = SBK_BUFFER_EMPTY;
    struct sbk_log_entry entry;
    sbk_result result = sbk_log_entry_at(station, position, &data, &entry, error);
    if (result == SBK_OK && entry.kind != SBK_LOG_RECEIPT)
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_LOG_ALTERED,
            _("%s: log entry %u is not the receipt that it should be"), station->path, (unsigned)position);
    if (result == SBK_OK)
        result = sbk_receipt_of(receipt, entry.fields[0].data, entry.fields[1].data, error);
    sbk_buffer_free(&data);
    return result;
}
