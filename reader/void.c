/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/void.h"

#include "base/i18n.h"
#include "reader/bill.h"
#include "reader/operation.h"
#include "reader/reason.h"

#include <stdio.h>
#include <string.h>

void sbk_void_words(uint32_t of, char words[SBK_VOID_WORDS_ROOM]) {
    (void)snprintf(words, SBK_VOID_WORDS_ROOM, "void %u", (unsigned)of);
}

/* ---- the sale ---- */

struct search {
    uint32_t transaction;
    char terminal[SBK_TERMINAL_SIZE + 1]; /* empty: not found */
};

static sbk_result look_at_carried(void *context, uint32_t position, const struct sbk_log_entry *entry,
    const uint8_t *data, size_t size, struct sbk_error *error) {
    struct search *search = context;
    struct sbk_entry said;
    (void)position;
    (void)data;
    (void)size;
    (void)error;
    if (entry->kind == SBK_LOG_CARRIED && sbk_entry_parse(entry->fields[0].data, &said) == SBK_FORMAT_OK &&
        said.transaction == search->transaction)
        sbk_id_text(said.terminal, SBK_TERMINAL_SIZE, search->terminal);
    return SBK_OK;
}

/* No transaction of this station: perhaps another's, whose receipt a card carried here, or one that this folder forgot
 * when it was put back. */
static sbk_result unknown(struct sbk_station *station, uint32_t number, struct sbk_error *error) {
    struct search search = {.transaction = number};
    sbk_result result = sbk_log_walk(station, 0, look_at_carried, &search, error);
    if (result != SBK_OK)
        return result;
    if (search.terminal[0] != 0 && strcmp(search.terminal, station->id) != 0)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_OWN,
            _("nothing was changed: transaction %u is station %s's, and only that one can void it"), (unsigned)number,
            search.terminal);
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND,
        _("nothing was changed: this station's log has no sale %u; the number stands on the receipt"),
        (unsigned)number);
}

/* The sale's row, if it may be voided as far as the station knows; open ones may turn out so at the tap. */
static sbk_result look_sale(
    struct sbk_station *station, uint32_t number, struct sbk_sale_row *row, struct sbk_error *error) {
    bool found = false;
    sbk_result result = sbk_sale_look(station, number, "", &found, row, error);
    if (result != SBK_OK)
        return result;
    if (!found)
        return unknown(station, number, error);
    if (row->transaction.operation != SBK_OPERATION_DEBIT)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_OWN, _("nothing was changed: transaction %u is not a sale"),
            (unsigned)number);
    if (row->transaction.outcome == SBK_SALE_OPEN || row->transaction.outcome == SBK_SALE_SETTLED ||
        row->transaction.outcome == SBK_SALE_DOUBT)
        return SBK_OK;
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND,
        _("nothing was changed: transaction %u charged nothing, so there is nothing to void"), (unsigned)number);
}

/* ---- beginning ---- */

static sbk_result voided_already(const struct sbk_void *order, uint32_t earlier, struct sbk_error *error) {
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_VOIDED,
        _("nothing was changed: transaction %u was voided before, by transaction %u"), (unsigned)order->of,
        (unsigned)earlier);
}

/* The number that the caller names: unused, to be finished, or settled and to be repeated. */
static sbk_result take_number(
    struct sbk_station *station, struct sbk_void *order, bool *reserved, struct sbk_error *error) {
    char words[SBK_VOID_WORDS_ROOM];
    struct sbk_sale_row row;
    sbk_void_words(order->of, words);
    sbk_result result = sbk_sale_look(station, order->transaction, words, reserved, &row, error);
    if (result != SBK_OK || !*reserved)
        return result;
    if (!row.same_words || row.transaction.operation != SBK_OPERATION_VOID)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_CONFLICT,
            _("nothing was changed: transaction %u was used for something else; leave --transaction out"),
            (unsigned)order->transaction);
    order->repeated = row.transaction.outcome == SBK_SALE_SETTLED && row.has_receipt;
    return order->repeated ? sbk_operation_load_receipt(station, row.receipt, &order->receipt, error) : SBK_OK;
}

static sbk_result begin(struct sbk_station *station, struct sbk_void *order, struct sbk_error *error) {
    char words[SBK_VOID_WORDS_ROOM];
    struct sbk_sale_row sale;
    uint32_t earlier = 0;
    bool reserved = false;
    sbk_void_words(order->of, words);
    sbk_result result = sbk_station_check(station, SBK_ROLE_BIT(SBK_ROLE_STORE), error);
    if (result == SBK_OK)
        result = look_sale(station, order->of, &sale, error);
    if (result == SBK_OK && order->transaction != 0)
        result = take_number(station, order, &reserved, error);
    if (result == SBK_OK && !order->repeated)
        result = sbk_sale_void_of(station, order->of, &earlier, error);
    if (result == SBK_OK && earlier != 0)
        result = voided_already(order, earlier, error);
    if (result == SBK_OK && !reserved)
        result = sbk_sale_reserve(station, order->transaction, SBK_OPERATION_VOID, words, &order->transaction, error);
    return result;
}

sbk_result sbk_void_begin(struct sbk_station *station, struct sbk_void *order, struct sbk_error *error) {
    struct sbk_error cause = {.reason = SBK_REASON_USAGE};
    order->repeated = false;
    order->done = false;
    order->settled_count = 0;
    sbk_result result = begin(station, order, &cause);
    if (result == SBK_REFUSED)
        sbk_log_refusal(station, order->transaction, NULL, 0, cause.reason);
    if (result != SBK_OK && error != NULL)
        *error = cause;
    return result;
}

/* ---- reading the card ---- */

/* The same command once more: the card answers with the same entry, and nothing changes. */
static sbk_result repeat(struct sbk_session *session, const struct sbk_void *order, struct sbk_error *error) {
    const struct sbk_entry *entry = &order->receipt.entry;
    struct sbk_context context = {
        .counter = entry->counter, .transaction = entry->transaction, .time = entry->time, .log_size = entry->log_size};
    struct sbk_receipt receipt;
    uint16_t status = 0;
    memcpy(context.previous, entry->previous, sizeof context.previous);
    memcpy(context.log_root, entry->log_root, sizeof context.log_root);
    sbk_result result = sbk_entitlement_void(
        &session->channel, session->view.fci.alias, &context, order->sale.entry.counter, &status, &receipt, error);
    if (result != SBK_OK || status == SBK_SW_TOO_OLD) /* beyond the card's last 16; the log has it */
        return result;
    if (status != SBK_SW_OK)
        return sbk_apdu_refused(error, status, _("repeating the transaction"));
    if (memcmp(receipt.body, order->receipt.body, sizeof receipt.body) != 0 ||
        memcmp(receipt.signature, order->receipt.signature, sizeof receipt.signature) != 0)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CHAIN,
            _("the card now gives another receipt for transaction %u than the log holds; keep the card aside and tell "
              "the city"),
            (unsigned)order->transaction);
    return SBK_OK;
}

/* A void of the same sale that this tap settled is this void: the clerk tapped again. */
static sbk_result adopt(struct sbk_session *session, struct sbk_void *order, struct sbk_error *error) {
    struct sbk_sale_row row;
    uint32_t earlier = 0;
    bool found = false;
    sbk_result result = sbk_sale_void_of(session->station, order->of, &earlier, error);
    if (result != SBK_OK || earlier == 0)
        return result;
    result = sbk_sale_look(session->station, earlier, "", &found, &row, error);
    if (result == SBK_OK)
        result = sbk_operation_load_receipt(session->station, row.receipt, &order->receipt, error);
    if (result == SBK_OK) {
        order->transaction = earlier;
        order->repeated = true;
    }
    return result;
}

/* What this tap did not settle must not be given another intent. */
static sbk_result check_known(const struct sbk_sale_row *row, struct sbk_error *error) {
    if (row->transaction.outcome != SBK_SALE_OPEN && row->transaction.outcome != SBK_SALE_DOUBT)
        return SBK_OK;
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_OPEN_INTENT,
        _("nothing was changed: transaction %u stays in doubt: the card no longer keeps its receipt; settlement "
          "decides"),
        (unsigned)row->transaction.number);
}

static sbk_result check_alias(
    const struct sbk_session *session, const struct sbk_sale_row *row, struct sbk_error *error) {
    if (!row->has_intent || memcmp(row->transaction.alias, session->view.fci.alias, SBK_ALIAS_SIZE) == 0)
        return SBK_OK;
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_WRONG_CARD,
        _("nothing was changed: transaction %u was another card's; put that one on the reader"),
        (unsigned)row->transaction.number);
}

static sbk_result take_sale(
    struct sbk_session *session, struct sbk_void *order, uint32_t *intent, struct sbk_error *error) {
    struct sbk_sale_row row;
    bool found = false;
    sbk_result result = look_sale(session->station, order->of, &row, error);
    if (result == SBK_OK)
        result = check_alias(session, &row, error);
    if (result == SBK_OK)
        result = check_known(&row, error);
    if (result == SBK_OK)
        result = sbk_operation_load_receipt(session->station, row.receipt, &order->sale, error);
    *intent = row.intent;
    if (result == SBK_OK)
        result = sbk_sale_look(session->station, order->transaction, "", &found, &row, error);
    return result == SBK_OK && found ? check_known(&row, error) : result;
}

static sbk_result read_card(struct sbk_session *session, struct sbk_void *order, struct sbk_error *error) {
    bool again = order->repeated;
    uint32_t intent = 0;
    sbk_result result = sbk_session_settle(session, order->settled, &order->settled_count, error);
    if (result == SBK_OK)
        result = take_sale(session, order, &intent, error);
    if (result == SBK_OK)
        result = again ? repeat(session, order, error) : adopt(session, order, error);
    if (result == SBK_OK && !order->repeated)
        result = sbk_session_may_serve(session, error);
    if (result == SBK_OK)
        result =
            sbk_bill_of_receipt(session, intent, order->repeated ? &order->receipt : &order->sale, &order->bill, error);
    order->done = result == SBK_OK && order->repeated;
    return result;
}

sbk_result sbk_void_read(struct sbk_session *session, struct sbk_void *order, struct sbk_error *error) {
    struct sbk_error cause = {.reason = SBK_REASON_USAGE};
    if (order->transaction == 0 || order->done)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("the void is not begun yet, or past that"));
    sbk_result result = read_card(session, order, &cause);
    if (result == SBK_REFUSED || result == SBK_TAMPERED)
        sbk_log_refusal(session->station, order->transaction, session->view.fci.alias, 0, cause.reason);
    if (result != SBK_OK && error != NULL)
        *error = cause;
    return result;
}

/* ---- voiding ---- */

static sbk_result send_void(const struct sbk_operation *operation, struct sbk_session *session, uint16_t *status,
    struct sbk_receipt *receipt, struct sbk_error *error) {
    const struct sbk_void *order = operation->argument;
    return sbk_entitlement_void(&session->channel, session->view.fci.alias, &operation->context,
        order->sale.entry.counter, status, receipt, error);
}

/* The intent holds the sale's entry itself: its hash is what the void's entry names. */
static struct sbk_operation operation_of(const struct sbk_void *order, const struct sbk_session *session) {
    const struct sbk_entry *sale = &order->sale.entry;
    struct sbk_operation operation = {.kind = SBK_OPERATION_VOID,
        .entry_kind = SBK_ENTRY_VOID,
        .transaction = order->transaction,
        .who = SBK_WHO_NONE,
        .content = order->sale.body,
        .content_size = sizeof order->sale.body,
        .send = send_void,
        .argument = order,
        .step = order->step,
        .step_context = order->step_context};
    memcpy(operation.digest, order->sale.hash, sizeof operation.digest);
    for (size_t i = 0; i < SBK_DEBITS_MAX && sale->debits[i].grant != 0; i++) {
        uint32_t spent = session->view.status.spent[sale->debits[i].slot].spent;
        operation.expected[i] = sale->debits[i];
        operation.expected[i].spent = spent >= sale->debits[i].amount ? spent - sale->debits[i].amount : 0;
    }
    return operation;
}

/* The card has one word for several rules; which of them it was, the station can tell. */
static void explain(const struct sbk_session *session, const struct sbk_void *order, struct sbk_error *error) {
    if (strcmp(error->reason, SBK_REASON_CONFLICT) == 0)
        (void)sbk_fail(error, SBK_REFUSED, SBK_REASON_CONFLICT,
            _("nothing was changed: this folder is an older copy, which used number %u before; ask for the void again"),
            (unsigned)order->transaction);
    else if (strcmp(error->reason, SBK_REASON_NOT_OWN) != 0)
        return;
    else if (order->sale.entry.mandate != session->view.status.mandate)
        (void)sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_OWN,
            _("nothing was changed: the card has a newer mandate since transaction %u, which cannot be voided any "
              "more"),
            (unsigned)order->of);
    else
        (void)sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_OWN,
            _("nothing was changed: the period of transaction %u is over; it cannot be voided any more"),
            (unsigned)order->of);
}

static sbk_result run(struct sbk_session *session, struct sbk_void *order, struct sbk_error *error) {
    struct sbk_operation operation = operation_of(order, session);
    sbk_result result = sbk_operation_begin(&operation, session, error);
    if (result != SBK_OK)
        return result;
    result = sbk_operation_send(&operation, session, error);
    if (result == SBK_REFUSED && strcmp(error->reason, SBK_REASON_PREVIOUS) == 0)
        result = sbk_operation_explain_previous(session, error);
    else if (result == SBK_REFUSED)
        explain(session, order, error);
    if (result != SBK_OK)
        return result;
    order->receipt = operation.receipt;
    order->done = true;
    sbk_bill_take_receipt(session, &order->receipt, &order->bill);
    return SBK_OK;
}

sbk_result sbk_void_run(struct sbk_session *session, struct sbk_void *order, struct sbk_error *error) {
    struct sbk_error cause = {.reason = SBK_REASON_USAGE};
    if (order->done)
        return SBK_OK;
    if (order->bill.line_count == 0 || memcmp(order->sale.entry.alias, session->view.fci.alias, SBK_ALIAS_SIZE) != 0)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("the void's card is not read yet"));
    sbk_result result = run(session, order, &cause);
    if (result != SBK_OK && error != NULL)
        *error = cause;
    return result;
}
