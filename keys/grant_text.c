/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/mandates.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "keys/rights.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_ROOM 32

static bool read_number(const char *text, uint32_t high, uint32_t *number) {
    char *end = NULL;
    if (text[0] < '0' || text[0] > '9' || strlen(text) > 9) {
        return false;
    }
    const unsigned long value = strtoul(text, &end, 10);
    *number = (uint32_t)value;
    return *end == 0 && value <= high;
}

static bool read_u8(const char *text, uint8_t high, uint8_t *out) {
    uint32_t number = 0;
    const bool good = read_number(text, high, &number);
    *out = (uint8_t)number;
    return good;
}

static bool read_u16(const char *text, uint16_t *out) {
    uint32_t number = 0;
    const bool good = read_number(text, UINT16_MAX, &number);
    *out = (uint16_t)number;
    return good;
}

static bool read_grant(const char *text, struct sbk_purse *purse) {
    return read_u16(text, &purse->grant) && purse->grant > 0;
}

static bool read_programme(const char *text, struct sbk_purse *purse) {
    return read_u8(text, 32, &purse->programme) && purse->programme > 0;
}

static bool read_unit(const char *text, struct sbk_purse *purse) {
    purse->unit = rights_unit_of(text);
    return purse->unit != 0;
}

static bool read_goods(const char *text, struct sbk_purse *purse) {
    purse->goods = SBK_CLASS_ANY;
    return strcmp(text, "any") == 0 || (read_u8(text, UINT8_MAX, &purse->goods) && purse->goods > 0);
}

static bool read_amount(const char *text, struct sbk_purse *purse) {
    return read_number(text, SBK_AMOUNT_MAX, &purse->amount) && purse->amount > 0;
}

static bool read_first(const char *text, struct sbk_purse *purse) {
    return sbk_day_parse(text, &purse->first);
}

static bool read_every(const char *text, struct sbk_purse *purse) {
    static const char *const words[] = {"once", "month", "week"};
    static const uint8_t periods[] = {SBK_PERIOD_ONCE, SBK_PERIOD_MONTH, SBK_PERIOD_WEEK};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i]) == 0) {
            purse->period = periods[i];
            return true;
        }
    }
    return false;
}

static bool read_count(const char *text, struct sbk_purse *purse) {
    return read_u8(text, 60, &purse->count) && purse->count > 0;
}

static bool read_carry(const char *text, struct sbk_purse *purse) {
    purse->carry = strcmp(text, "grant") == 0 ? SBK_CARRY_GRANT : SBK_CARRY_NONE;
    return purse->carry == SBK_CARRY_GRANT || strcmp(text, "none") == 0;
}

static bool read_priority(const char *text, struct sbk_purse *purse) {
    return read_u8(text, SBK_GRANT_ANY - 1, &purse->priority);
}

static bool read_slot(const char *text, struct sbk_purse *purse) {
    return read_u8(text, SBK_PURSES_MAX - 1, &purse->slot);
}

static bool read_inherits(const char *text, struct sbk_purse *purse) {
    return read_u16(text, &purse->inherits) && purse->inherits > 0;
}

#define NEEDED 8 /* the first so many */
static const struct {
    const char *name;
    bool (*read)(const char *text, struct sbk_purse *purse);
} words[] = {
    {"grant", read_grant},
    {"programme", read_programme},
    {"unit", read_unit},
    {"goods", read_goods},
    {"amount", read_amount},
    {"first", read_first},
    {"every", read_every},
    {"count", read_count},
    {"carry", read_carry},
    {"priority", read_priority},
    {"slot", read_slot},
    {"inherits", read_inherits},
};
#define WORDS (sizeof words / sizeof words[0])

static sbk_result bad(const char *what, const char *text, struct sbk_error *error) {
    return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE,
        _("--grant: '%.40s' in '%.200s' is not as in grant=12,programme=1,unit=g,goods=1,amount=10000,first=2026-01-01,"
          "every=month,count=3"),
        what, text);
}

/* "NAME=VALUE" of so many characters. */
static sbk_result read_pair(
    const char *text, const char *at, size_t size, unsigned *seen, struct sbk_purse *purse, struct sbk_error *error) {
    char pair[WORD_ROOM] = "";
    if (size >= sizeof pair) {
        return bad(at, text, error);
    }
    memcpy(pair, at, size);
    char *value = strchr(pair, '=');
    if (value == NULL) {
        return bad(pair, text, error);
    }
    *value++ = 0;
    for (size_t i = 0; i < WORDS; i++) {
        if (strcmp(pair, words[i].name) == 0) {
            if ((*seen & (1U << i)) != 0 || !words[i].read(value, purse)) {
                return bad(words[i].name, text, error);
            }
            *seen |= 1U << i;
            return SBK_OK;
        }
    }
    return bad(pair, text, error);
}

sbk_result sbk_grant_parse(const char *text, struct sbk_purse *purse, struct sbk_error *error) {
    struct sbk_purse read = {.slot = SBK_GRANT_ANY, .priority = SBK_GRANT_ANY, .carry = SBK_CARRY_NONE};
    unsigned seen = 0;
    const char *at = text;
    sbk_result result = SBK_OK;
    for (bool more = true; more && result == SBK_OK;) {
        const size_t size = strcspn(at, ",");
        result = read_pair(text, at, size, &seen, &read, error);
        more = at[size] == ',';
        at += size + 1;
    }
    for (size_t i = 0; i < NEEDED && result == SBK_OK; i++) {
        if ((seen & (1U << i)) == 0) {
            result = bad(words[i].name, text, error);
        }
    }
    if (result == SBK_OK) {
        *purse = read;
    }
    return result;
}
