/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/date.h"

/*
 * Years are counted from March, so that a leap day is the last day of its year: the day of the year then follows from
 * the month by (153 m + 2) / 5, and no table is needed. Between 1968-03-01 and the end of 2149 every fourth year is a leap
 * year but 2100: days from its first of March on are counted as if it were one, too.
 */
#define DAYS_BEFORE_1970 671u  /* from 1968-03-01 to 1970-01-01 */
#define MARCH_2100 47541u      /* 2100-03-01 */
#define YEARS_BEFORE_2100 132u /* from 1968 */
#define DAYS_OF_FOUR_YEARS 1461u

static uint32_t days_from_civil(uint32_t year, uint32_t month, uint32_t day) {
    uint32_t since = year - 1968 - (month <= 2 ? 1 : 0);
    uint32_t month_from_march = month <= 2 ? month + 9 : month - 3;
    uint32_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    return since * 365 + since / 4 + day_of_year - DAYS_BEFORE_1970 - (since >= YEARS_BEFORE_2100 ? 1 : 0);
}

struct sbk_civil sbk_date_to_civil(uint16_t days) {
    uint32_t since = days + DAYS_BEFORE_1970 + (days >= MARCH_2100 ? 1 : 0);
    uint32_t day_of_cycle = since % DAYS_OF_FOUR_YEARS;
    uint32_t year_of_cycle = day_of_cycle == DAYS_OF_FOUR_YEARS - 1 ? 3 : day_of_cycle / 365;
    uint32_t day_of_year = day_of_cycle - 365 * year_of_cycle;
    uint32_t month_from_march = (5 * day_of_year + 2) / 153;
    uint32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    struct sbk_civil civil = {
        .year = (uint16_t)(1968 + since / DAYS_OF_FOUR_YEARS * 4 + year_of_cycle + (month <= 2 ? 1 : 0)),
        .month = (uint8_t)month,
        .day = (uint8_t)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
    };
    return civil;
}

enum sbk_format sbk_date_from_civil(struct sbk_civil civil, uint16_t *days) {
    if (civil.year < 1970 || civil.year > 2149 || civil.month < 1 || civil.month > 12 || civil.day < 1 ||
        civil.day > 31) {
        return SBK_FORMAT_VALUE;
    }
    uint32_t counted = days_from_civil(civil.year, civil.month, civil.day);
    if (counted > UINT16_MAX) {
        return SBK_FORMAT_VALUE;
    }
    /* A day that its month does not have counts into the next one, and never as the same day of it. */
    struct sbk_civil back = sbk_date_to_civil((uint16_t)counted);
    if (back.day != civil.day) {
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
