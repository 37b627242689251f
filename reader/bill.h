/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_BILL_H
#define SBK_READER_BILL_H

#include "reader/sale.h"
#include "reader/session_private.h"

/* The bill of an earlier transaction, from the basket in its intent and the receipt: for a repeat or a sale that was
 * settled later. Balances are those after the receipt, as far as the mandate still has the purse. */
SBK_CHECK_RESULT sbk_result sbk_bill_of_receipt(struct sbk_session *session, uint32_t intent,
    const struct sbk_receipt *receipt, struct sbk_bill *bill, struct sbk_error *error);

/* The basket of a sale's intent, the log's entry at a position: its lines, with names and units from their list. bill:
 * its purses as the caller knows them, else zeros. */
SBK_CHECK_RESULT sbk_result sbk_bill_of_intent(struct sbk_station *station, uint32_t position,
    const struct sbk_log_entry *intent, struct sbk_bill *bill, struct sbk_error *error);

/* Its purses alone, as of that receipt: a debit or a void. */
void sbk_bill_take_receipt(const struct sbk_session *session, const struct sbk_receipt *receipt, struct sbk_bill *bill);

/* What the card will say of a purse that the bill draws on: window and spent after. */
void sbk_bill_expect(
    const struct sbk_session *session, const struct sbk_bill_purse *purse, struct sbk_entry_debit *expected);

#endif
