/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_OPERATION_H
#define SBK_READER_OPERATION_H

#include "reader/sale.h"
#include "reader/session_private.h"

/*
 * What debits, voids and activations share: an entry in the card's chain, made exactly once.
 *
 *     begin: the intent, durable; the card's previous entry is in the log since sbk_session_settle
 *     send:  the command; its receipt verified and durable, or, refused, the counter seen untouched and that durable
 */
struct sbk_operation {
    uint8_t kind;       /* enum sbk_log_operation */
    uint8_t entry_kind; /* enum sbk_entry_kind that it makes */
    uint32_t transaction;
    uint8_t who;
    uint32_t becomes;       /* the mandate that the entry names, if it is to be another than before; 0: the same */
    const uint8_t *content; /* of the intent; its SHA-256 is the entry's digest */
    size_t content_size;
    uint8_t digest[SBK_HASH_SIZE];
    size_t debit_count;
    struct sbk_debit debits[SBK_DEBITS_MAX];
    struct sbk_entry_debit expected[SBK_DEBITS_MAX]; /* what the entry must say of them */

    /* Sends the command with the context. */
    sbk_result (*send)(const struct sbk_operation *operation, struct sbk_session *session, uint16_t *status,
        struct sbk_receipt *receipt, struct sbk_error *error);
    const void *argument;                                 /* for send */
    void (*step)(void *context, enum sbk_sale_step step); /* may be NULL */
    void *step_context;

    struct sbk_context context; /* filled by begin, with what the intent says the card stood at */
    uint32_t mandate;
    uint16_t floor;
    struct sbk_receipt receipt; /* filled by send */
};

/* After sbk_session_settle of this session. SBK_OK: the intent is durable. Any error: it is not, nothing was charged.
 */
SBK_CHECK_RESULT sbk_result sbk_operation_begin(
    struct sbk_operation *operation, struct sbk_session *session, struct sbk_error *error);

/* SBK_OK: the receipt is durable. SBK_REFUSED: nothing was charged. SBK_UNSETTLED: not known. SBK_TAMPERED: the card's
 * receipt does not hold. */
SBK_CHECK_RESULT sbk_result sbk_operation_send(
    struct sbk_operation *operation, struct sbk_session *session, struct sbk_error *error);

/* After a refusal for the previous hash, which the log has for that counter: two cards, or two pasts. SBK_TAMPERED with
 * the reason if the card shows it, else SBK_REFUSED and error as it is. */
SBK_CHECK_RESULT sbk_result sbk_operation_explain_previous(struct sbk_session *session, struct sbk_error *error);

/* The receipt at a position of the log. */
SBK_CHECK_RESULT sbk_result sbk_operation_load_receipt(
    struct sbk_station *station, uint32_t position, struct sbk_receipt *receipt, struct sbk_error *error);

#endif
