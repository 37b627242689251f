/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_ORDER_H
#define SBK_PERSONALIZE_ORDER_H

#include "base/database.h"
#include "base/error.h"
#include "keys/store.h"
#include "personalize/programme.h"

#include <stddef.h>
#include <stdint.h>

/* One card to be made: its two records, signed. */
#define SBK_FIRST_NUMBER 1 /* of a card's first identity record and mandate */

struct sbk_order {
    uint32_t sequence;
    uint8_t alias[SBK_ALIAS_SIZE];
    uint8_t number[6];
    uint8_t identity[SBK_IDENTITY_MAX];
    size_t identity_size;
    uint8_t mandate[SBK_MANDATE_MAX];
    size_t mandate_size;
    const struct sbk_household *household; /* borrowed */
};

struct sbk_order_rules {
    const struct sbk_programme_file *programmes;
    struct sbk_key *grant_signer;
    uint16_t today;
};

/* Makes an eligible household's order with a random alias and card number that the ledger does not know yet; two orders
 * of one batch collide with a chance of 2^-50 and the database would refuse them. Fills all but sequence. */
SBK_CHECK_RESULT sbk_result sbk_order_make(const struct sbk_order_rules *rules, struct sbk_database *ledger,
    const struct sbk_household *household, struct sbk_order *order, struct sbk_error *error);

#endif
