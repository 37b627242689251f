/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_DATE_H
#define SBK_SCHEMA_DATE_H

#include "schema/tlv.h"

/* Dates are days since 1970-01-01 (Gregorian), 16 bits: to 2149. Times are UTC seconds, 32 bits. Local time is WITA. */
#define SBK_WITA_SECONDS (8 * 3600)

struct sbk_civil {
    uint16_t year; /* 1970..2149 */
    uint8_t month; /* 1..12 */
    uint8_t day;   /* 1..31 */
};

enum sbk_format sbk_date_from_civil(struct sbk_civil civil, uint16_t *days); /* VALUE: no such day */
struct sbk_civil sbk_date_to_civil(uint16_t days);
enum sbk_format sbk_date_from_bcd(const uint8_t bcd[4], uint16_t *days); /* YYYYMMDD */
void sbk_date_to_bcd(uint16_t days, uint8_t bcd[4]);
uint16_t sbk_date_of_time(uint32_t utc_seconds); /* the WITA day of a moment */

#endif
