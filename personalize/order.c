/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/order.h"
#include "base/i18n.h"
#include "base/random.h"
#include "keys/issuing.h"
#include "personalize/ledger.h"
#include "schema/reason.h"

#include <string.h>

#define ATTEMPTS 16
#define NUMBERS UINT64_C(100000000000) /* eleven digits before the check digit */

/* Evenly spread eleven digits. */
static sbk_result random_number(uint8_t number[6], struct sbk_error *error) {
    const uint64_t limit = UINT64_MAX - UINT64_MAX % NUMBERS;
    uint64_t value = limit;

    while (value >= limit) {
        const sbk_result result = sbk_random(&value, sizeof(value), error);
        if (result != SBK_OK) {
            return result;
        }
    }
    return sbk_card_number_make(value % NUMBERS, number) == SBK_FORMAT_OK
               ? SBK_OK
               : sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, _("a card number cannot be made"));
}

/* Zeros stand for a blank card, so no card has them as alias. */
static bool all_zero(const uint8_t *data, size_t size) {
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++) {
        sum |= data[i];
    }
    return sum == 0;
}

static sbk_result name_card(struct sbk_database *ledger, struct sbk_order *order, struct sbk_error *error) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        bool taken = true;
        sbk_result result = sbk_random(order->alias, sizeof(order->alias), error);
        if (result == SBK_OK) {
            result = random_number(order->number, error);
        }
        if (result == SBK_OK) {
            result = sbk_ledger_taken(ledger, order->alias, order->number, &taken, error);
        }
        if (result != SBK_OK || (!taken && !all_zero(order->alias, sizeof(order->alias)))) {
            return result;
        }
    }
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CRYPTO,
        _("no free card number was found; the random generator or the city's database is broken"));
}

static sbk_result make_identity(const struct sbk_order_rules *rules, struct sbk_order *order, struct sbk_error *error) {
    const struct sbk_household *household = order->household;
    struct sbk_identity identity = {.number = SBK_FIRST_NUMBER,
        .valid_from = rules->today,
        .valid_until = rules->programmes->valid_until,
        .name_size = (uint8_t)strlen(household->name),
        /* Nobody's name on a card for nothing. */
        .alternate_size = (uint8_t)(rules->programmes->alternate ? strlen(household->alternate) : 0)};

    memcpy(identity.alias, order->alias, sizeof(identity.alias));
    memcpy(identity.card_number, order->number, sizeof(identity.card_number));
    memcpy(identity.kelurahan, household->kelurahan, sizeof(identity.kelurahan));
    memcpy(identity.name, household->name, identity.name_size);
    memcpy(identity.alternate, household->alternate, identity.alternate_size);
    const enum sbk_format format =
        sbk_identity_write(&identity, order->identity, sizeof(order->identity), &order->identity_size);
    sbk_cleanse(&identity, sizeof(identity));
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, _("line %zu: no identity record can be made: %s"),
            household->line, _(sbk_format_text(format)));
    }
    return sbk_sign_record(rules->grant_signer, order->identity, sizeof(order->identity), &order->identity_size, error);
}

static sbk_result make_mandate(const struct sbk_order_rules *rules, struct sbk_order *order, struct sbk_error *error) {
    struct sbk_mandate mandate = {.number = SBK_FIRST_NUMBER, .issued = rules->today};

    memcpy(mandate.alias, order->alias, sizeof(mandate.alias));
    if (sbk_programme_apply(rules->programmes, order->household, &mandate) != SBK_ELIGIBLE) {
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_ROLL, _("line %zu: the household is not eligible"), order->household->line);
    }
    const enum sbk_format format =
        sbk_mandate_write(&mandate, order->mandate, sizeof(order->mandate), &order->mandate_size);
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, _("line %zu: no mandate can be made: %s"),
            order->household->line, _(sbk_format_text(format)));
    }
    return sbk_sign_record(rules->grant_signer, order->mandate, sizeof(order->mandate), &order->mandate_size, error);
}

sbk_result sbk_order_make(const struct sbk_order_rules *rules, struct sbk_database *ledger,
    const struct sbk_household *household, struct sbk_order *order, struct sbk_error *error) {
    order->household = household;
    sbk_result result = name_card(ledger, order, error);

    if (result == SBK_OK) {
        result = make_identity(rules, order, error);
    }
    return result == SBK_OK ? make_mandate(rules, order, error) : result;
}
