/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_WINDOW_H
#define SBK_SCHEMA_WINDOW_H

#include "schema/date.h"
#include "schema/records.h"

/*
 * Arithmetic of purses, the same on the card, at the station and in settlement.
 *
 * Windows. once: one window, from first to the last day of the calendar month count-1 months later. month: window 0
 * from first to the end of its calendar month, window k the k-th calendar month after it. week: window k is the seven
 * days from first + 7k. A window is open if its first day is not after the floor; it is over if its last day is before
 * the session date, which is the later of the floor and the terminal's claimed date.
 */
enum sbk_window_state { SBK_WINDOW_OPEN, SBK_WINDOW_NOT_OPEN, SBK_WINDOW_CLOSED };

/* First and last day of window index (< number of windows of the purse; an index past the end gives the last). */
void sbk_window_days(const struct sbk_purse *purse, uint8_t index, uint16_t *first, uint16_t *last);
/* Number of windows: 1 for once, else count. */
uint8_t sbk_window_count(const struct sbk_purse *purse);

/*
 * The newest window open by floor, and what the purse allows in it: amount (no carry), or amount times windows opened
 * so far (carry within the grant), without credit. CLOSED: no carry, and that window is over by date; or carry, and the
 * grant's last window is over. window and allowed are written when OPEN.
 */
enum sbk_window_state sbk_purse_allowed(
    const struct sbk_purse *purse, uint16_t floor, uint16_t date, uint8_t *window, uint32_t *allowed);

/* What a card stores of a purse. */
struct sbk_spent {
    uint16_t grant;  /* 0: slot unused */
    uint8_t window;  /* of the last debit */
    uint32_t spent;  /* in that window (no carry; nothing is left in windows before it) or in the grant (carry) */
    uint32_t credit; /* inherited from a grant that ended; carry within the grant only */
};

/* Balance of a purse: allowed + credit - spent, never below zero; same states. spent->grant must be purse->grant. */
enum sbk_window_state sbk_purse_balance(const struct sbk_purse *purse, const struct sbk_spent *spent, uint16_t floor,
    uint16_t date, uint8_t *window, uint32_t *balance);

#endif
