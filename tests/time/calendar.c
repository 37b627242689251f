/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/time/calendar.h"

static int days_in(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

struct date date_of(long day) {
    struct date date = {1970, 1, 1};
    while (day >= days_in(date.year, date.month)) {
        day -= days_in(date.year, date.month);
        date.month++;
        if (date.month == 13) {
            date.month = 1;
            date.year++;
        }
    }
    date.day += (int)day;
    return date;
}

long day_of(int year, int month, int day) {
    long days = day - 1;
    for (int y = 1970; y < year; y++)
        for (int m = 1; m <= 12; m++)
            days += days_in(y, m);
    for (int m = 1; m < month; m++)
        days += days_in(year, m);
    return days;
}

long local_day(uint32_t seconds) {
    return ((long)seconds + 8L * 60 * 60) / (24L * 60 * 60);
}

uint32_t midnight(long day) {
    return (uint32_t)(day * 24 * 60 * 60 - 8L * 60 * 60);
}

/* The first day of the month so many months after that of the day. */
static long month_after(long day, int months) {
    struct date date = date_of(day);
    int index = date.year * 12 + date.month - 1 + months;
    return day_of(index / 12, index % 12 + 1, 1);
}

int windows_of(const struct judged_purse *purse, struct judged_window windows[WINDOWS_MAX]) {
    if (purse->period == ONCE) {
        windows[0].first = purse->first;
        windows[0].last = month_after(purse->first, purse->count) - 1;
        return 1;
    }
    for (int i = 0; i < purse->count; i++) {
        if (purse->period == WEEKLY) {
            windows[i].first = purse->first + 7L * i;
            windows[i].last = windows[i].first + 6;
        } else {
            windows[i].first = i == 0 ? purse->first : month_after(purse->first, i);
            windows[i].last = month_after(purse->first, i + 1) - 1;
        }
    }
    return purse->count;
}
