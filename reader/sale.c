/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/sale.h"

#include "base/i18n.h"
#include "base/secret.h"
#include "reader/bill.h"
#include "reader/operation.h"
#include "reader/reason.h"
#include "reader/sale_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- beginning ---- */

static sbk_result conflict(const struct sbk_sale *sale, uint32_t number, struct sbk_error *error) {
    sbk_log_refusal(sale->station, number, NULL, 0, SBK_REASON_CONFLICT);
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_CONFLICT,
        _("transaction %u was used for another basket; nothing was charged, leave --transaction out for a new sale"),
        (unsigned)number);
}

/* The number that the caller names: new, unused, to be settled, or settled and to be repeated. */
static sbk_result take_number(struct sbk_sale *sale, uint32_t wanted, struct sbk_error *error) {
    struct sbk_sale_row row;
    bool found = false;
    sbk_result result = sbk_sale_look(sale->station, wanted, sale->words, &found, &row, error);
    if (result != SBK_OK)
        return result;
    if (!found)
        return sbk_sale_reserve(sale->station, wanted, SBK_OPERATION_DEBIT, sale->words, &sale->transaction, error);
    if (!row.same_words || row.transaction.operation != SBK_OPERATION_DEBIT)
        return conflict(sale, wanted, error);
    sale->transaction = wanted;
    sale->named = true;
    if (row.transaction.outcome != SBK_SALE_SETTLED || !row.has_receipt)
        return SBK_OK;
    sale->repeat = true;
    sale->intent = row.intent;
    return sbk_operation_load_receipt(sale->station, row.receipt, &sale->receipt, error);
}

static sbk_result begin(struct sbk_sale *sale, const struct sbk_sale_options *options, struct sbk_error *error) {
    sbk_result result = sbk_station_check(sale->station, SBK_ROLE_BIT(SBK_ROLE_STORE), error);
    if (result == SBK_OK)
        result = sbk_station_list(sale->station, &sale->list, error);
    if (result == SBK_OK)
        result =
            sbk_basket_read(sale->list, options->words, options->word_count, sale->wishes, &sale->wish_count, error);
    if (result == SBK_OK)
        result = sbk_basket_words(sale->wishes, sale->wish_count, &sale->words_buffer, &sale->words, error);
    if (result != SBK_OK)
        return result;
    if (options->transaction != 0)
        return take_number(sale, options->transaction, error);
    return sbk_sale_reserve(sale->station, 0, SBK_OPERATION_DEBIT, sale->words, &sale->transaction, error);
}

sbk_result sbk_sale_new(struct sbk_sale **sale, struct sbk_station *station, const struct sbk_sale_options *options,
    struct sbk_error *error) {
    struct sbk_error cause = {.reason = SBK_REASON_MEMORY};
    struct sbk_sale *made = calloc(1, sizeof *made);
    if (made == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    made->station = station;
    made->step = options->step;
    made->step_context = options->context;
    sbk_result result = begin(made, options, &cause);
    if (result == SBK_OK) {
        *sale = made;
        return SBK_OK;
    }
    if (result == SBK_REFUSED && strcmp(cause.reason, SBK_REASON_CONFLICT) != 0)
        sbk_log_refusal(station, 0, NULL, 0, cause.reason);
    if (error != NULL)
        *error = cause;
    sbk_sale_free(&made);
    return result;
}

void sbk_sale_free(struct sbk_sale **sale) {
    if (*sale == NULL)
        return;
    sbk_buffer_free(&(*sale)->words_buffer);
    sbk_cleanse(&(*sale)->pin, sizeof(*sale)->pin);
    free(*sale);
    *sale = NULL;
}

/* ---- reading the card ---- */

static sbk_result load_settled(
    struct sbk_sale *sale, struct sbk_session *session, uint32_t number, bool *same, struct sbk_error *error) {
    struct sbk_sale_row row;
    bool found = false;
    sbk_result result = sbk_sale_look(sale->station, number, sale->words, &found, &row, error);
    *same = result == SBK_OK && found && row.same_words && row.has_receipt &&
            row.transaction.operation == SBK_OPERATION_DEBIT;
    if (result != SBK_OK || !*same)
        return result;
    sale->intent = row.intent;
    result = sbk_operation_load_receipt(sale->station, row.receipt, &sale->receipt, error);
    return result == SBK_OK ? sbk_bill_of_receipt(session, sale->intent, &sale->receipt, &sale->bill, error) : result;
}

/* An earlier sale of the same words whose receipt came with this tap is this sale: the clerk tapped again. */
static sbk_result adopt(struct sbk_sale *sale, struct sbk_session *session, struct sbk_error *error) {
    for (size_t i = 0; i < sale->settled_count; i++) {
        bool same = false;
        if (sale->settled[i].outcome != SBK_SALE_SETTLED)
            continue;
        sbk_result result = load_settled(sale, session, sale->settled[i].transaction, &same, error);
        if (result != SBK_OK)
            return result;
        if (!same)
            continue;
        sale->transaction = sale->settled[i].transaction;
        sale->was_there = true;
        sale->state = SBK_SALE_STATE_DONE;
        return SBK_OK;
    }
    return SBK_OK;
}

/* A number that the caller named and that this tap did not settle must not be given another intent. */
static sbk_result check_number(
    const struct sbk_sale *sale, const struct sbk_session *session, struct sbk_error *error) {
    struct sbk_sale_row row;
    bool found = false;
    if (!sale->named)
        return SBK_OK;
    sbk_result result = sbk_sale_look(sale->station, sale->transaction, sale->words, &found, &row, error);
    if (result != SBK_OK || !found ||
        (row.transaction.outcome != SBK_SALE_OPEN && row.transaction.outcome != SBK_SALE_DOUBT))
        return result;
    if (memcmp(row.transaction.alias, session->view.fci.alias, SBK_ALIAS_SIZE) != 0)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_WRONG_CARD,
            _("transaction %u is not settled and was another card's; tap that one"), (unsigned)sale->transaction);
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_OPEN_INTENT,
        _("transaction %u stays in doubt: the card no longer keeps its receipt; settlement decides"),
        (unsigned)sale->transaction);
}

static sbk_result check_card(const struct sbk_sale *sale, const struct sbk_card_view *view, struct sbk_error *error) {
    static const uint8_t any[SBK_OUTLET_SIZE];
    static const char *const reasons[] = {
        SBK_REASON_NOT_ACTIVE, SBK_REASON_NOT_ACTIVE, NULL, SBK_REASON_STOPPED, SBK_REASON_ENDED};
    const char *reason = reasons[view->status.state];
    const uint8_t *outlet = view->mandate.outlet;
    if (reason == NULL && memcmp(outlet, any, sizeof any) != 0 &&
        memcmp(outlet, sale->station->certificate.rights.outlet, sizeof any) != 0)
        reason = SBK_REASON_OUTLET;
    if (reason == NULL && view->mandate.status != SBK_MANDATE_ACTIVE)
        reason = SBK_REASON_STOPPED;
    return reason == NULL ? SBK_OK : sbk_fail(error, SBK_REFUSED, reason, "%s", sbk_reason_sentence(reason));
}

static sbk_result price(struct sbk_sale *sale, const struct sbk_session *session, struct sbk_error *error) {
    struct sbk_purse_view purses[SBK_PURSES_MAX];
    size_t count = 0;
    sbk_result result = sbk_session_may_serve(session, error);
    if (result == SBK_OK)
        result = check_card(sale, &session->view, error);
    if (result != SBK_OK)
        return result;
    sbk_session_purses(session, purses, &count);
    return sbk_basket_split(sale->wishes, sale->wish_count, sale->list->header.number,
        &sale->station->certificate.rights, purses, count, &sale->bill, error);
}

static sbk_result read_repeat(struct sbk_sale *sale, struct sbk_session *session, struct sbk_error *error) {
    if (memcmp(sale->receipt.entry.alias, session->view.fci.alias, SBK_ALIAS_SIZE) != 0)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_WRONG_CARD, _("transaction %u was another card's; tap that one"),
            (unsigned)sale->transaction);
    uint32_t voided = 0;
    sbk_result result = sbk_sale_void_of(sale->station, sale->transaction, &voided, error);
    if (result == SBK_OK && voided != 0)
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_VOIDED,
            _("transaction %u was voided by transaction %u: hand nothing over"), (unsigned)sale->transaction,
            (unsigned)voided);
    if (result != SBK_OK)
        return result;
    return sbk_bill_of_receipt(session, sale->intent, &sale->receipt, &sale->bill, error);
}

static sbk_result read_card(struct sbk_sale *sale, struct sbk_session *session, struct sbk_error *error) {
    sbk_result result = sbk_session_settle(session, sale->settled, &sale->settled_count, error);
    if (result == SBK_OK && sale->repeat)
        return read_repeat(sale, session, error);
    if (result == SBK_OK)
        result = adopt(sale, session, error);
    if (result != SBK_OK || sale->state == SBK_SALE_STATE_DONE)
        return result;
    result = check_number(sale, session, error);
    if (result == SBK_OK)
        result = sbk_session_deliver(session, sale->delivered, &sale->delivered_count, error);
    return result == SBK_OK ? price(sale, session, error) : result;
}

sbk_result sbk_sale_read(struct sbk_sale *sale, struct sbk_session *session, struct sbk_error *error) {
    struct sbk_error cause = {.reason = SBK_REASON_USAGE};
    if (sale->state != SBK_SALE_STATE_NEW && sale->state != SBK_SALE_STATE_PRICED &&
        sale->state != SBK_SALE_STATE_CONFIRMED)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("the sale is past that"));
    sbk_result result = read_card(sale, session, &cause);
    if (result == SBK_OK) {
        sale->needs_pin = !sale->repeat && (session->view.mandate.flags & SBK_MANDATE_PIN) != 0;
        sale->alternate = (session->view.mandate.flags & SBK_MANDATE_ALTERNATE) != 0;
        if (sale->state == SBK_SALE_STATE_NEW)
            sale->state = SBK_SALE_STATE_PRICED;
        return SBK_OK;
    }
    if (result == SBK_REFUSED || result == SBK_TAMPERED) {
        sbk_log_refusal(sale->station, sale->transaction, session->view.fci.alias, 0, cause.reason);
        sale->state = SBK_SALE_STATE_NOTHING;
    }
    if (error != NULL)
        *error = cause;
    return result;
}

sbk_result sbk_sale_confirm(struct sbk_sale *sale, uint8_t who, const struct sbk_pin *pin, struct sbk_error *error) {
    if (sale->state != SBK_SALE_STATE_PRICED)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("the sale is not priced yet, or past that"));
    if (who == SBK_WHO_ALTERNATE && !sale->alternate && !sale->repeat)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_WHO, _("this card does not let an alternate redeem"));
    if (sale->needs_pin && (pin == NULL || pin->size == 0))
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_WHO, _("this card asks for a PIN"));
    sale->who = sale->needs_pin ? who : SBK_WHO_NONE;
    memset(&sale->pin, 0, sizeof sale->pin);
    if (sale->needs_pin)
        sale->pin = *pin;
    sale->state = SBK_SALE_STATE_CONFIRMED;
    return SBK_OK;
}

sbk_result sbk_sale_cancel(struct sbk_sale *sale, struct sbk_error *error) {
    if (sale->state == SBK_SALE_STATE_OPEN || sale->state == SBK_SALE_STATE_DONE)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_OPEN_INTENT,
            _("transaction %u was sent to the card and cannot be given up here; tap the card again"),
            (unsigned)sale->transaction);
    sale->state = SBK_SALE_STATE_CANCELLED;
    return SBK_OK;
}

/* ---- what is known of it ---- */

bool sbk_sale_needs_pin(const struct sbk_sale *sale) {
    return sale->needs_pin;
}

enum sbk_sale_state sbk_sale_state_of(const struct sbk_sale *sale) {
    return sale->state;
}

uint32_t sbk_sale_transaction(const struct sbk_sale *sale) {
    return sale->transaction;
}

bool sbk_sale_repeated(const struct sbk_sale *sale) {
    return sale->repeat || sale->was_there;
}

const struct sbk_bill *sbk_sale_bill(const struct sbk_sale *sale) {
    return &sale->bill;
}

const struct sbk_receipt *sbk_sale_receipt(const struct sbk_sale *sale) {
    return &sale->receipt;
}

const struct sbk_delivered *sbk_sale_delivered(const struct sbk_sale *sale, size_t *count) {
    *count = sale->delivered_count;
    return sale->delivered;
}

const struct sbk_settled *sbk_sale_settled(const struct sbk_sale *sale, size_t *count) {
    *count = sale->settled_count;
    return sale->settled;
}
