/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/basket.h"

#include "base/i18n.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Digits in groups of three. */
static void group(uint64_t amount, char separator, char *text, size_t room) {
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%" PRIu64, amount);
    size_t used = 0;
    for (int i = 0; i < count && used + 2 < room; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            text[used++] = separator;
        text[used++] = digits[i];
    }
    text[used] = 0;
}

/* Thousandths as a decimal without trailing zeros. */
static void decimal(uint64_t amount, char point, const char *unit, char *text) {
    unsigned rest = (unsigned)(amount % 1000);
    char fraction[4];
    (void)snprintf(fraction, sizeof fraction, "%03u", rest);
    for (size_t end = 3; end > 0 && fraction[end - 1] == '0'; end--)
        fraction[end - 1] = 0;
    if (fraction[0] == 0)
        (void)snprintf(text, SBK_AMOUNT_ROOM, "%" PRIu64 " %s", amount / 1000, unit);
    else
        (void)snprintf(text, SBK_AMOUNT_ROOM, "%" PRIu64 "%c%s %s", amount / 1000, point, fraction, unit);
}

void sbk_amount_text(uint8_t unit, uint64_t amount, char *text) {
    /* TRANSLATORS: the thousands separator and the decimal point of numbers, two characters */
    const char *marks = _(",.");
    if (strlen(marks) != 2)
        marks = ",.";
    char digits[SBK_AMOUNT_ROOM - 4];
    switch (unit) {
    case SBK_UNIT_GRAM:
        decimal(amount, marks[1], "kg", text);
        break;
    case SBK_UNIT_MILLILITRE:
        decimal(amount, marks[1], "l", text);
        break;
    case SBK_UNIT_RUPIAH:
        group(amount, marks[0], digits, sizeof digits);
        (void)snprintf(text, SBK_AMOUNT_ROOM, "Rp%s", digits);
        break;
    default:
        (void)snprintf(text, SBK_AMOUNT_ROOM, "%" PRIu64 " %s", amount, _("pc"));
    }
}
