/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/rights.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAMME_MAX 32

static const struct {
    uint8_t role;
    const char *word;
} role_words[] = {
    {SBK_ROLE_ROOT, "root"},
    {SBK_ROLE_STATION_CA, "station-ca"},
    {SBK_ROLE_CARD_CA, "card-ca"},
    {SBK_ROLE_GRANT_SIGNER, "grant-signer"},
    {SBK_ROLE_LIST_SIGNER, "list-signer"},
    {SBK_ROLE_OFFICE_CA, "office-ca"},
    {SBK_ROLE_STORE, "store"},
    {SBK_ROLE_REGISTRAR, "registrar"},
    {SBK_ROLE_AUDITOR, "auditor"},
    {SBK_ROLE_CARD, "card"},
};

static const char *const unit_words[SBK_UNITS] = {"g", "ml", "pc", "rp"};

const char *rights_role_word(uint8_t role) {
    for (size_t i = 0; i < sizeof role_words / sizeof role_words[0]; i++) {
        if (role_words[i].role == role) {
            return role_words[i].word;
        }
    }
    return NULL;
}

sbk_result rights_role(const char *text, uint8_t *role, struct sbk_error *error) {
    for (uint8_t code = SBK_ROLE_STORE; code <= SBK_ROLE_AUDITOR; code++) {
        if (strcmp(text, rights_role_word(code)) == 0) {
            *role = code;
            return SBK_OK;
        }
    }
    return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("--role: '%.40s' is not store, registrar or auditor"), text);
}

/* A decimal number of at most nine digits at *text, which moves behind it; false if there is none. */
static bool take_number(const char **text, uint32_t *number) {
    const size_t digits = strspn(*text, "0123456789");
    if (digits < 1 || digits > 9) {
        return false;
    }
    *number = 0;
    for (size_t i = 0; i < digits; i++) {
        *number = *number * 10 + (uint32_t)((*text)[i] - '0');
    }
    *text += digits;
    return true;
}

sbk_result rights_programmes(const char *text, uint32_t *programmes, struct sbk_error *error) {
    const char *at = text;
    uint32_t set = 0;
    uint32_t number = 0;
    if (strcmp(text, "all") == 0) {
        *programmes = SBK_PROGRAMMES_ALL;
        return SBK_OK;
    }
    for (bool more = true; more; at += more ? 1 : 0) {
        if (!take_number(&at, &number) || number < 1 || number > PROGRAMME_MAX || (*at != ',' && *at != 0) ||
            (set & (1U << (number - 1))) != 0) {
            return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE,
                _("--programme: '%.60s' is not 'all' or a list of different numbers from 1 to 32 such as 1,3"), text);
        }
        set |= 1U << (number - 1);
        more = *at == ',';
    }
    *programmes = set;
    return SBK_OK;
}

void rights_programmes_text(uint32_t programmes, char text[RIGHTS_PROGRAMMES_ROOM]) {
    size_t used = 0;
    text[0] = 0;
    if (programmes == SBK_PROGRAMMES_ALL) {
        (void)snprintf(text, RIGHTS_PROGRAMMES_ROOM, "all");
        return;
    }
    for (unsigned number = 1; number <= PROGRAMME_MAX; number++) {
        if ((programmes & (1U << (number - 1))) != 0) {
            used += (size_t)snprintf(text + used, RIGHTS_PROGRAMMES_ROOM - used, "%s%u", used == 0 ? "" : ",", number);
        }
    }
}

const char *rights_unit_word(uint8_t unit) {
    return unit >= 1 && unit <= SBK_UNITS ? unit_words[unit - 1] : NULL;
}

uint8_t rights_unit_of(const char *word) {
    for (uint8_t unit = 1; unit <= SBK_UNITS; unit++) {
        if (strcmp(word, unit_words[unit - 1]) == 0) {
            return unit;
        }
    }
    return 0;
}

/* "UNIT=N" at *text, which moves behind it. */
static bool take_limit(const char **text, uint8_t *unit, uint32_t *amount) {
    char word[3] = "";
    const size_t size = strcspn(*text, "=");
    if (size < 1 || size >= sizeof word || (*text)[size] != '=') {
        return false;
    }
    memcpy(word, *text, size);
    *unit = rights_unit_of(word);
    *text += size + 1;
    return *unit != 0 && take_number(text, amount);
}

sbk_result rights_limits(const char *text, uint16_t limits[SBK_UNITS], struct sbk_error *error) {
    const char *at = text;
    uint16_t found[SBK_UNITS] = {SBK_LIMIT_NONE, SBK_LIMIT_NONE, SBK_LIMIT_NONE, SBK_LIMIT_NONE};
    bool given[SBK_UNITS] = {false};
    for (bool more = text[0] != 0; more; at += more ? 1 : 0) {
        uint8_t unit = 0;
        uint32_t amount = 0;
        if (!take_limit(&at, &unit, &amount) || given[unit - 1] || (*at != ',' && *at != 0)) {
            return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE,
                _("--limit: '%.60s' is not a list such as g=20000,ml=4000,pc=30,rp=300000"), text);
        }
        if (sbk_limit_encode(amount, &found[unit - 1]) != SBK_FORMAT_OK) {
            return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE,
                _("--limit: %u does not fit a certificate: write up to 4095, or such a number times 10, 100 and so on"),
                amount);
        }
        given[unit - 1] = true;
        more = *at == ',';
    }
    memcpy(limits, found, sizeof found);
    return SBK_OK;
}
