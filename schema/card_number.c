/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/check.h"
#include "schema/numbers.h"

#define SERIAL_MAX 99999999999u
#define GROUP 4

static uint8_t digit_at(const uint8_t bcd[6], size_t index) {
    return index % 2 == 0 ? bcd[index / 2] >> 4 : bcd[index / 2] & 0x0F;
}

static void set_digit(uint8_t bcd[6], size_t index, uint8_t digit) {
    if (index % 2 == 0) {
        bcd[index / 2] = (uint8_t)(digit << 4);
    } else {
        bcd[index / 2] = (uint8_t)(bcd[index / 2] | digit);
    }
}

/* Sum of ISO/IEC 7812-1 annex B over the twelve digits: a number with its right check digit gives a multiple of ten. */
static unsigned luhn_sum(const uint8_t bcd[6]) {
    unsigned sum = 0;
    for (size_t i = 0; i < SBK_CARD_NUMBER_DIGITS; i++) {
        unsigned digit = digit_at(bcd, i);
        if (i % 2 == 0) { /* every second one, counted from the check digit, is doubled */
            digit *= 2;
            digit = digit > 9 ? digit - 9 : digit;
        }
        sum += digit;
    }
    return sum;
}

enum sbk_format sbk_card_number_check(const uint8_t bcd[6]) {
    return sbk_check_bcd(bcd, 6) && luhn_sum(bcd) % 10 == 0 ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_card_number_make(uint64_t serial_11_digits, uint8_t bcd[6]) {
    if (serial_11_digits > SERIAL_MAX) {
        return SBK_FORMAT_VALUE;
    }
    uint8_t digits[SBK_CARD_NUMBER_DIGITS] = {0};
    for (size_t i = SBK_CARD_NUMBER_DIGITS - 1; i > 0; i--) {
        digits[i - 1] = (uint8_t)(serial_11_digits % 10);
        serial_11_digits /= 10;
    }
    for (size_t i = 0; i < SBK_CARD_NUMBER_DIGITS; i++) {
        set_digit(bcd, i, digits[i]);
    }
    set_digit(bcd, SBK_CARD_NUMBER_DIGITS - 1, (uint8_t)((10 - luhn_sum(bcd) % 10) % 10));
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_card_number_parse(const char *text, uint8_t bcd[6]) {
    uint8_t parsed[6] = {0};
    size_t count = 0;
    for (; *text != '\0'; text++) {
        if (*text >= '0' && *text <= '9') {
            if (count == SBK_CARD_NUMBER_DIGITS) {
                return SBK_FORMAT_LENGTH;
            }
            set_digit(parsed, count, (uint8_t)(*text - '0'));
            count++;
            continue;
        }
        /* One separator between two groups, and a digit after it. */
        if ((*text != ' ' && *text != '-') || (count != GROUP && count != 2 * GROUP) || text[1] < '0' ||
            text[1] > '9') {
            return SBK_FORMAT_VALUE;
        }
    }
    if (count != SBK_CARD_NUMBER_DIGITS) {
        return SBK_FORMAT_LENGTH;
    }
    enum sbk_format format = sbk_card_number_check(parsed);
    if (format == SBK_FORMAT_OK) {
        for (size_t i = 0; i < sizeof parsed; i++) {
            bcd[i] = parsed[i];
        }
    }
    return format;
}

void sbk_card_number_text(const uint8_t bcd[6], char text[SBK_CARD_NUMBER_TEXT]) {
    size_t at = 0;
    for (size_t i = 0; i < SBK_CARD_NUMBER_DIGITS; i++) {
        if (i == GROUP || i == 2 * GROUP) {
            text[at++] = ' ';
        }
        text[at++] = (char)('0' + digit_at(bcd, i));
    }
    text[at] = '\0';
}
