/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_SALE_H
#define SBK_READER_SALE_H

#include "reader/basket.h"
#include "reader/courier.h"

/*
 * A sale, from the basket to "hand over the goods", exactly once (design: promises 2 and 4).
 *
 *     sbk_sale_new      the number is durable                                        NEW
 *     sbk_sale_read     earlier open intents settled; a card priced and split        PRICED
 *     sbk_sale_confirm  the holder agreed, the PIN is there                          CONFIRMED
 *     sbk_sale_charge   intent durable, debit sent, receipt verified and durable     DONE: hand over the goods
 *
 * A card lost in sbk_sale_charge: SBK_UNSETTLED, state OPEN. With the card back: a new session and sbk_sale_resume. If
 * it never comes back, the intent stays open in the station's log and is settled at that card's next tap, whatever
 * program runs then. Before the intent a sale may be cancelled; after it only the card tells. The library never asks,
 * prints or waits.
 */
struct sbk_sale;

enum sbk_sale_state {
    SBK_SALE_STATE_NEW = 0,
    SBK_SALE_STATE_PRICED,
    SBK_SALE_STATE_CONFIRMED,
    SBK_SALE_STATE_OPEN,      /* tap the card again */
    SBK_SALE_STATE_DONE,      /* hand over the goods */
    SBK_SALE_STATE_NOTHING,   /* nothing was charged: refused, or the card never saw it */
    SBK_SALE_STATE_CANCELLED, /* nothing was charged */
};

/* Steps inside sbk_sale_charge, told to an observer as each is passed. */
enum sbk_sale_step {
    SBK_STEP_INTENT_DURABLE,
    SBK_STEP_DEBIT_ANSWERED,
    SBK_STEP_RECEIPT_VERIFIED,
    SBK_STEP_RECEIPT_DURABLE,
};

struct sbk_sale_options {
    const char *const *words; /* the basket; copied */
    size_t word_count;
    uint32_t transaction; /* 0: the next number. Another: that one; if it is settled already with the same words, the
                             debit is sent again and gives the same receipt */
    void (*step)(void *context, enum sbk_sale_step step); /* may be NULL */
    void *context;
};

/* Begins a sale and makes its number durable. Errors: those of sbk_basket_read; SBK_REFUSED "transaction-conflict"
 * where the number was used for other words. The caller frees *sale. */
SBK_CHECK_RESULT sbk_result sbk_sale_new(struct sbk_sale **sale, struct sbk_station *station,
    const struct sbk_sale_options *options, struct sbk_error *error);
void sbk_sale_free(struct sbk_sale **sale);

/*
 * Reads the card: settles what is open on it, then prices and splits the basket. Refusals are logged. If what was
 * settled is an earlier sale of the very same words, that is this sale: its receipt came, the state is DONE and nothing
 * more is charged.
 */
SBK_CHECK_RESULT sbk_result sbk_sale_read(struct sbk_sale *sale, struct sbk_session *session, struct sbk_error *error);

/* Whether sbk_sale_confirm needs a PIN. */
bool sbk_sale_needs_pin(const struct sbk_sale *sale);

/* The holder agreed. who: SBK_WHO_HOLDER or SBK_WHO_ALTERNATE; pin NULL where none is asked. SBK_REFUSED
 * "person-not-allowed" if the mandate does not let the alternate redeem, or the PIN is missing. */
SBK_CHECK_RESULT sbk_result sbk_sale_confirm(
    struct sbk_sale *sale, uint8_t who, const struct sbk_pin *pin, struct sbk_error *error);

/*
 * Charges. SBK_OK: hand over the goods. SBK_REFUSED: the card said no and showed, authenticated, that nothing was
 * charged. SBK_UNSETTLED: not known; tap the card again. SBK_ENVIRONMENT before the intent was durable: nothing was
 * charged. SBK_TAMPERED: the card's receipt does not hold; its transaction stays open.
 */
SBK_CHECK_RESULT sbk_result sbk_sale_charge(
    struct sbk_sale *sale, struct sbk_session *session, struct sbk_error *error);

/* After SBK_UNSETTLED, with a new session: finds out, and sends the same debit again if the card never saw it. */
SBK_CHECK_RESULT sbk_result sbk_sale_resume(
    struct sbk_sale *sale, struct sbk_session *session, struct sbk_error *error);

/* Gives up before the intent; SBK_REFUSED "open-intent" after it. */
SBK_CHECK_RESULT sbk_result sbk_sale_cancel(struct sbk_sale *sale, struct sbk_error *error);

enum sbk_sale_state sbk_sale_state_of(const struct sbk_sale *sale);
uint32_t sbk_sale_transaction(const struct sbk_sale *sale);
/* Whether the receipt is an earlier one, not a new debit. */
bool sbk_sale_repeated(const struct sbk_sale *sale);
/* From PRICED on; owned by the sale. */
const struct sbk_bill *sbk_sale_bill(const struct sbk_sale *sale);
/* When DONE; owned by the sale. */
const struct sbk_receipt *sbk_sale_receipt(const struct sbk_sale *sale);
/* What sbk_sale_read gave the card of what the city sent; owned by the sale. */
const struct sbk_delivered *sbk_sale_delivered(const struct sbk_sale *sale, size_t *count);
/* What sbk_sale_read settled; owned by the sale. */
const struct sbk_settled *sbk_sale_settled(const struct sbk_sale *sale, size_t *count);

#endif
