/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_VOID_H
#define SBK_READER_VOID_H

#include "reader/sale.h"

/*
 * The void of a sale of this station: whole, once, while mandate and window are the sale's; itself exactly once, by a
 * transaction number of its own (specification B.9).
 *
 *     sbk_void_begin    the sale is one of this station's, the void's number is durable
 *     sbk_void_read     earlier open intents settled; the sale's card is there, its bill is shown
 *     sbk_void_run      intent durable, VOID sent, receipt verified and durable: take the goods back
 *
 * A card lost in sbk_void_run: SBK_UNSETTLED. All three again, with the same number or a new one and a new session,
 * find out and give the receipt or send the command; so does the card's next tap, whatever program runs then.
 */
struct sbk_void {
    uint32_t of;                                          /* transaction of the sale */
    uint32_t transaction;                                 /* of the void; 0 before sbk_void_begin: the next number */
    void (*step)(void *context, enum sbk_sale_step step); /* may be NULL */
    void *step_context;

    /* Filled by sbk_void_read; all zeros before sbk_void_begin. */
    struct sbk_settled settled[SBK_SETTLED_MAX];
    size_t settled_count;
    struct sbk_receipt sale;
    struct sbk_bill bill; /* the sale's; once done, of each purse before, amount and after the void */
    bool repeated;        /* the receipt is an earlier one, nothing changes now */
    bool done;            /* the receipt is durable */

    struct sbk_receipt receipt; /* of the void, when done; its digest is the hash of the sale's entry */
};

/* What stands for the void of a sale where a sale has its basket: "void 7". */
#define SBK_VOID_WORDS_ROOM 16
void sbk_void_words(uint32_t of, char words[SBK_VOID_WORDS_ROOM]);

/*
 * Takes the void's number and makes it durable. SBK_REFUSED: "not-found" (no such transaction, or it charged nothing),
 * "receipt-not-own" (another station's, or not a sale), "already-voided", "transaction-conflict" (the number was used
 * for something else); all in the log.
 */
SBK_CHECK_RESULT sbk_result sbk_void_begin(
    struct sbk_station *station, struct sbk_void *order, struct sbk_error *error);

/*
 * Reads the card. What was settled may be an earlier void of the same sale: that is this one, and it is done. Errors as
 * above, "wrong-card", and "open-intent" where sale or void stays in doubt.
 */
SBK_CHECK_RESULT sbk_result sbk_void_read(struct sbk_session *session, struct sbk_void *order, struct sbk_error *error);

/*
 * Voids, with the session of sbk_void_read. SBK_OK: take the goods back. SBK_REFUSED: the card said no and showed,
 * authenticated, that nothing was changed. SBK_UNSETTLED: not known; tap the card again. SBK_ENVIRONMENT before the
 * intent was durable: nothing was changed. SBK_TAMPERED: the card's receipt does not hold.
 */
SBK_CHECK_RESULT sbk_result sbk_void_run(struct sbk_session *session, struct sbk_void *order, struct sbk_error *error);

#endif
