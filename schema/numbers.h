/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_NUMBERS_H
#define SBK_SCHEMA_NUMBERS_H

#include "schema/apdu.h"
#include "schema/date.h"

/* Card numbers: twelve digits, the last a Luhn check digit, printed 4-4-4. */
#define SBK_CARD_NUMBER_DIGITS 12
#define SBK_CARD_NUMBER_TEXT 15 /* "1234 5678 9012" and NUL */
enum sbk_format sbk_card_number_make(uint64_t serial_11_digits, uint8_t bcd[6]);
enum sbk_format sbk_card_number_check(const uint8_t bcd[6]);
enum sbk_format sbk_card_number_parse(const char *text, uint8_t bcd[6]); /* spaces and hyphens allowed between groups */
void sbk_card_number_text(const uint8_t bcd[6], char text[SBK_CARD_NUMBER_TEXT]);

/* NIK (domain facts in data/README): errors refuse a row, warnings are listed. */
enum sbk_nik_error { SBK_NIK_OK = 0, SBK_NIK_LENGTH, SBK_NIK_DIGIT, SBK_NIK_DATE, SBK_NIK_SERIAL };
#define SBK_NIK_WARN_REGION 0x01   /* the district is not in today's table of the city, or another city's */
#define SBK_NIK_WARN_BIRTHDAY 0x02 /* disagrees with the record's date of birth */
#define SBK_NIK_WARN_SEX 0x04      /* disagrees with the record's sex */
struct sbk_nik {
    uint8_t day, month, year; /* year: two digits, the century is not in it */
    bool female;
    uint16_t serial;
    char region[7]; /* six digits and NUL */
};
enum sbk_nik_error sbk_nik_parse(const char *text, struct sbk_nik *nik);
const char *sbk_nik_error_text(enum sbk_nik_error error);
/* birth 0: unknown; sex 'L' (male), 'P' (female) or 0: unknown. Returns SBK_NIK_WARN_ bits. */
unsigned sbk_nik_warnings(const struct sbk_nik *nik, const struct sbk_civil *birth, char sex);

/* Region codes of Samarinda (Kemendagri 64.72): ten digits for a kelurahan, six for a kecamatan. */
struct sbk_region {
    const char *code; /* "6472051001" or "647205", digits only */
    const char *name;
};
const struct sbk_region *sbk_region_find(const char *code); /* with or without dots; NULL if unknown */
size_t sbk_region_count(void);
const struct sbk_region *sbk_region_at(size_t index); /* in ascending order of code */
enum sbk_format sbk_kelurahan_write(
    const char *code, uint8_t bcd[SBK_KELURAHAN_SIZE]); /* VALUE: not a kelurahan of the table */
#define SBK_KELURAHAN_TEXT 14                           /* "64.72.05.1002" and NUL */
void sbk_kelurahan_text(const uint8_t bcd[SBK_KELURAHAN_SIZE], char text[SBK_KELURAHAN_TEXT]);

#endif
