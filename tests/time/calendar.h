/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_TIME_CALENDAR_H
#define SBK_TESTS_TIME_CALENDAR_H

#include <stdint.h>

/*
 * The judge's own calendar and windows, written from part D of the specification and from nothing in schema/: days are
 * counted from 1970-01-01 one by one.
 */
struct date {
    int year, month, day;
};
struct date date_of(long day);
long day_of(int year, int month, int day);
/* The day that a clock in Samarinda shows at this UTC second. */
long local_day(uint32_t seconds);
/* UTC second at which that day begins in Samarinda. */
uint32_t midnight(long day);

enum judged_period { ONCE, MONTHLY, WEEKLY };
struct judged_purse {
    enum judged_period period;
    int count;
    int carries; /* within the grant */
    long first;
    long amount;
};
#define WINDOWS_MAX 60
struct judged_window {
    long first, last;
};
/* All windows of a purse; returns how many. */
int windows_of(const struct judged_purse *purse, struct judged_window windows[WINDOWS_MAX]);

#endif
