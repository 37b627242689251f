/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_RECOVERY_H
#define SBK_READER_RECOVERY_H

#include "reader/basket.h"

/*
 * Transactions whose outcome is not known: the station tells which they are when it starts, and gives up those whose
 * card stays away.
 *
 * An intent closes by its receipt, by an authenticated card that still stands before it, or by another receipt in its
 * place. It is in doubt, for settlement to decide, when a tap shows that its card no longer keeps that receipt, or when
 * its card has not come back within SBK_DOUBT_DAYS. A doubt of the second kind is not the end: when the card comes, its
 * tap resolves the transaction as if it were open.
 */
#define SBK_DOUBT_DAYS 7

/*
 * Once after opening a station for work: gives up the open transactions that are older than SBK_DOUBT_DAYS, by the
 * clock and by the newest entry of the log both, so that one start under a wrong clock gives up nothing. Each is logged;
 * *count tells how many. A station whose certificate is not valid on the clock's date gives up nothing.
 */
SBK_CHECK_RESULT sbk_result sbk_station_give_up(struct sbk_station *station, size_t *count, struct sbk_error *error);

/* What settlement needs of one; lent to the visit. */
struct sbk_unsettled {
    struct sbk_transaction transaction; /* outcome SBK_SALE_OPEN or SBK_SALE_DOUBT */
    uint32_t entry;                     /* of its intent in the log */
    uint32_t mandate;                   /* the card's number then */
    uint8_t who;
    const struct sbk_bill *bill; /* of a debit: its lines and total, no purses; NULL for other operations */
};
typedef sbk_result (*sbk_unsettled_visit)(
    void *context, const struct sbk_unsettled *unsettled, struct sbk_error *error);

/* Calls for every open transaction, oldest first, then for every one in doubt; a result other than SBK_OK ends it and
 * is returned. */
SBK_CHECK_RESULT sbk_result sbk_station_unsettled(
    struct sbk_station *station, sbk_unsettled_visit visit, void *context, struct sbk_error *error);

/*
 * Whether the card must be tapped again before it can be said that nothing happened: a transaction of this card is
 * open; or, where no card was seen (alias NULL), one of this operation (enum sbk_log_operation) and of these words, as
 * sbk_basket_words writes them ("" for an activation), so that what runs now may be its second try.
 */
SBK_CHECK_RESULT sbk_result sbk_station_waits(struct sbk_station *station, uint8_t operation, const char *words,
    const uint8_t *alias, bool *waits, struct sbk_error *error);

#endif
