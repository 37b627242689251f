/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/numbers.h"

/*
 * NIK: six digits of the district of first registration, DDMMYY of the birth (DD plus 40 for women), a serial number
 * from 0001. There is no check digit, the number is for life, and it follows neither a move nor a corrected birth date:
 * so only what cannot be a NIK is an error, and what disagrees with the record is a warning.
 */
#define NIK_DIGITS 16
#define WOMEN 40

static unsigned number_at(const char *text, size_t count) {
    unsigned number = 0;
    for (size_t i = 0; i < count; i++) {
        number = number * 10 + (unsigned)(text[i] - '0');
    }
    return number;
}

/* Whether some year has this day. The NIK's year lacks its century and may be a clerk's slip: 29 February is a day. */
static bool day_exists(unsigned day, unsigned month) {
    struct sbk_civil civil = {.year = 2000, .month = (uint8_t)month, .day = (uint8_t)day};
    uint16_t days = 0;
    return sbk_date_from_civil(civil, &days) == SBK_FORMAT_OK;
}

enum sbk_nik_error sbk_nik_parse(const char *text, struct sbk_nik *nik) {
    size_t size = 0;
    bool digits = true;
    while (size <= NIK_DIGITS && text[size] != '\0') {
        digits = digits && text[size] >= '0' && text[size] <= '9';
        size++;
    }
    if (size != NIK_DIGITS) {
        return SBK_NIK_LENGTH;
    }
    if (!digits) {
        return SBK_NIK_DIGIT;
    }
    unsigned day = number_at(text + 6, 2);
    unsigned month = number_at(text + 8, 2);
    bool female = day > WOMEN;
    day -= female ? WOMEN : 0u;
    if (!day_exists(day, month)) {
        return SBK_NIK_DATE;
    }
    unsigned serial = number_at(text + 12, 4);
    if (serial == 0) {
        return SBK_NIK_SERIAL;
    }
    nik->day = (uint8_t)day;
    nik->month = (uint8_t)month;
    nik->year = (uint8_t)number_at(text + 10, 2);
    nik->female = female;
    nik->serial = (uint16_t)serial;
    for (size_t i = 0; i < 6; i++) {
        nik->region[i] = text[i];
    }
    nik->region[6] = '\0';
    return SBK_NIK_OK;
}

const char *sbk_nik_error_text(enum sbk_nik_error error) {
    switch (error) {
    case SBK_NIK_OK:
        return "valid";
    case SBK_NIK_LENGTH:
        return "NIK does not have 16 digits";
    case SBK_NIK_DIGIT:
        return "NIK has a character that is not a digit";
    case SBK_NIK_DATE:
        return "NIK holds an impossible day or month of birth";
    case SBK_NIK_SERIAL:
        return "NIK has the serial number 0000";
    }
    return "NIK is malformed";
}

unsigned sbk_nik_warnings(const struct sbk_nik *nik, const struct sbk_civil *birth, char sex) {
    unsigned warnings = 0;
    if (sbk_region_find(nik->region) == NULL) {
        warnings |= SBK_NIK_WARN_REGION;
    }
    if (birth != NULL && (birth->day != nik->day || birth->month != nik->month || birth->year % 100 != nik->year)) {
        warnings |= SBK_NIK_WARN_BIRTHDAY;
    }
    if ((sex == 'L' && nik->female) || (sex == 'P' && !nik->female)) {
        warnings |= SBK_NIK_WARN_SEX;
    }
    return warnings;
}
