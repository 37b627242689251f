/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/date.h"

#define FIRST_YEAR 1970u
#define LAST_YEAR 2149u

/*
 * By walking over years and months, at most 180 and 11 steps: a chip without division needs a third of the code of the
 * closed formula.
 */
static bool leap(uint32_t year) {
    return year % 4 == 0 && year != 2100; /* the only exception between the first and the last year */
}

static uint32_t days_of_year(uint32_t year) {
    return leap(year) ? 366 : 365;
}

static uint32_t days_of_month(uint32_t year, uint32_t month) {
    if (month == 2)
        return leap(year) ? 29 : 28;
    return 30 + ((month ^ (month >> 3)) & 1); /* the long ones are odd to July, even from August on */
}

struct sbk_civil sbk_date_to_civil(uint16_t days) {
    uint32_t left = days;
    uint32_t year = FIRST_YEAR;
    uint32_t month = 1;
    while (left >= days_of_year(year))
        left -= days_of_year(year++);
    while (left >= days_of_month(year, month))
        left -= days_of_month(year, month++);
    struct sbk_civil civil = {.year = (uint16_t)year, .month = (uint8_t)month, .day = (uint8_t)(left + 1)};
    return civil;
}

enum sbk_format sbk_date_from_civil(struct sbk_civil civil, uint16_t *days) {
    if (civil.year < FIRST_YEAR || civil.year > LAST_YEAR || civil.month < 1 || civil.month > 12 || civil.day < 1 ||
        civil.day > days_of_month(civil.year, civil.month)) {
        return SBK_FORMAT_VALUE;
    }
    uint32_t counted = civil.day - 1u;
    for (uint32_t month = 1; month < civil.month; month++)
        counted += days_of_month(civil.year, month);
    for (uint32_t year = FIRST_YEAR; year < civil.year; year++)
        counted += days_of_year(year);
    if (counted > UINT16_MAX) {
        return SBK_FORMAT_VALUE;
    }
    *days = (uint16_t)counted;
    return SBK_FORMAT_OK;
}

static bool two_digits(uint8_t bcd, uint8_t *value) {
    *value = (uint8_t)((bcd >> 4) * 10 + (bcd & 0x0F));
    return (bcd >> 4) <= 9 && (bcd & 0x0F) <= 9;
}

static uint8_t two_digits_bcd(unsigned value) {
    return (uint8_t)(((value / 10) << 4) | (value % 10));
}

enum sbk_format sbk_date_from_bcd(const uint8_t bcd[4], uint16_t *days) {
    uint8_t century = 0;
    uint8_t year = 0;
    struct sbk_civil civil = {0, 0, 0};
    if (!two_digits(bcd[0], &century) || !two_digits(bcd[1], &year) || !two_digits(bcd[2], &civil.month) ||
        !two_digits(bcd[3], &civil.day)) {
        return SBK_FORMAT_VALUE;
    }
    civil.year = (uint16_t)(century * 100 + year);
    return sbk_date_from_civil(civil, days);
}

void sbk_date_to_bcd(uint16_t days, uint8_t bcd[4]) {
    struct sbk_civil civil = sbk_date_to_civil(days);
    bcd[0] = two_digits_bcd(civil.year / 100u);
    bcd[1] = two_digits_bcd(civil.year % 100u);
    bcd[2] = two_digits_bcd(civil.month);
    bcd[3] = two_digits_bcd(civil.day);
}

uint16_t sbk_date_of_time(uint32_t utc_seconds) {
    /* Not utc_seconds + 8 hours: that overflows in the last hours of the 32 bits. */
    uint32_t days = utc_seconds / 86400;
    if (utc_seconds % 86400 >= 86400 - SBK_WITA_SECONDS) {
        days++;
    }
    return (uint16_t)days;
}
