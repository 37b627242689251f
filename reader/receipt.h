/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_RECEIPT_H
#define SBK_READER_RECEIPT_H

#include "reader/basket.h"

/* Receipts: signed by the card, checked by anyone, printed for the family. */

/* Checks a receipt's signature by the signing key (33 bytes) of the card's certificate. SBK_TAMPERED. */
SBK_CHECK_RESULT sbk_result sbk_receipt_verify(
    const struct sbk_receipt *receipt, const uint8_t signing_key[SBK_COMPRESSED_SIZE], struct sbk_error *error);

/* The same by the key as a point: for many receipts of a card, since decompressing costs a third of a verification. */
SBK_CHECK_RESULT sbk_result sbk_receipt_verify_point(
    const struct sbk_receipt *receipt, const uint8_t signing_point[SBK_POINT_SIZE], struct sbk_error *error);

/* What the printed receipt says beside the bill. */
struct sbk_receipt_header {
    const char *store;    /* outlet id */
    const char *terminal; /* terminal id */
    uint32_t transaction;
    uint32_t time; /* UTC seconds; printed in WITA */
    uint32_t counter;
    uint8_t alias[SBK_ALIAS_SIZE];
    bool copy;       /* marked as a copy */
    uint32_t voided; /* the sale that this voids; 0: a sale */
};
#define SBK_RECEIPT_COLUMNS 40
/* Appends the receipt as text of 40 columns, in the language in force. */
SBK_CHECK_RESULT sbk_result sbk_receipt_print(const struct sbk_receipt_header *header, const struct sbk_bill *bill,
    struct sbk_buffer *text, struct sbk_error *error);

#endif
