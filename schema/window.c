/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/window.h"

#define DAYS_OF_WEEK 7u

/* Days beyond the calendar's last (2149-06-06) stop there. */
static uint16_t saturate(uint32_t days) {
    return days > UINT16_MAX ? UINT16_MAX : (uint16_t)days;
}

/* First day of the month that is so many months after the one that holds day. */
static uint16_t month_start(uint16_t day, uint32_t months_after) {
    struct sbk_civil civil = sbk_date_to_civil(day);
    uint32_t months = civil.year * 12u + civil.month - 1u + months_after;
    struct sbk_civil first = {.year = (uint16_t)(months / 12), .month = (uint8_t)(months % 12 + 1), .day = 1};
    uint16_t days = UINT16_MAX;
    return sbk_date_from_civil(first, &days) == SBK_FORMAT_OK ? days : UINT16_MAX;
}

/* Last day of that month. */
static uint16_t month_end(uint16_t day, uint32_t months_after) {
    uint16_t next = month_start(day, months_after + 1);
    return next == UINT16_MAX ? UINT16_MAX : (uint16_t)(next - 1);
}

uint8_t sbk_window_count(const struct sbk_purse *purse) {
    return purse->period == SBK_PERIOD_ONCE ? 1 : purse->count;
}

void sbk_window_days(const struct sbk_purse *purse, uint8_t index, uint16_t *first, uint16_t *last) {
    uint8_t count = sbk_window_count(purse);
    if (index >= count) {
        index = (uint8_t)(count - 1);
    }
    switch (purse->period) {
    case SBK_PERIOD_WEEK:
        *first = saturate(purse->first + DAYS_OF_WEEK * index);
        *last = saturate(purse->first + DAYS_OF_WEEK * index + DAYS_OF_WEEK - 1);
        break;
    case SBK_PERIOD_MONTH:
        *first = index == 0 ? purse->first : month_start(purse->first, index);
        *last = month_end(purse->first, index);
        break;
    default: /* once: count is the months that its window lasts */
        *first = purse->first;
        *last = month_end(purse->first, purse->count - 1u);
        break;
    }
}

/* The newest window whose first day is not after floor; false if there is none. */
static bool newest_window(const struct sbk_purse *purse, uint16_t floor, uint8_t *window) {
    uint16_t first = 0;
    uint16_t last = 0;
    for (uint8_t left = sbk_window_count(purse); left > 0; left--) {
        sbk_window_days(purse, (uint8_t)(left - 1), &first, &last);
        if (first <= floor) {
            *window = (uint8_t)(left - 1);
            return true;
        }
    }
    return false;
}

enum sbk_window_state sbk_purse_allowed(
    const struct sbk_purse *purse, uint16_t floor, uint16_t date, uint8_t *window, uint32_t *allowed) {
    uint8_t newest = 0;
    if (!newest_window(purse, floor, &newest)) {
        return SBK_WINDOW_NOT_OPEN;
    }
    bool carried = purse->carry == SBK_CARRY_GRANT;
    uint16_t first = 0;
    uint16_t last = 0;
    sbk_window_days(purse, carried ? (uint8_t)(sbk_window_count(purse) - 1) : newest, &first, &last);
    /* A date before the floor cannot hold a window open that the floor has closed. */
    if (last < date || last < floor) {
        return SBK_WINDOW_CLOSED;
    }
    *window = newest;
    *allowed = carried ? purse->amount * (newest + 1u) : purse->amount;
    return SBK_WINDOW_OPEN;
}

enum sbk_window_state sbk_purse_balance(const struct sbk_purse *purse, const struct sbk_spent *spent, uint16_t floor,
    uint16_t date, uint8_t *window, uint32_t *balance) {
    uint32_t allowed = 0;
    enum sbk_window_state state = sbk_purse_allowed(purse, floor, date, window, &allowed);
    if (state != SBK_WINDOW_OPEN) {
        return state;
    }
    uint32_t used = spent->spent;
    if (purse->carry == SBK_CARRY_GRANT) {
        allowed = spent->credit > UINT32_MAX - allowed ? UINT32_MAX : allowed + spent->credit;
    } else if (spent->window < *window) {
        used = 0;
    } else if (spent->window > *window) {
        /* A mandate lowered the floor below a window that was already spent in: forgetting that would let it be spent
         * twice. */
        used = allowed;
    }
    *balance = allowed > used ? allowed - used : 0;
    return SBK_WINDOW_OPEN;
}
