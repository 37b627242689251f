/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_CHIPS_H
#define SBK_PERSONALIZE_CHIPS_H

#include "base/database.h"
#include "base/error.h"
#include "schema/bundle.h"

#include <stdbool.h>
#include <stdint.h>

/* The part of the city's database about chips: what reports brought (tables report, chip, spoiled). */

/* The order of an alias. */
struct sbk_ordered {
    int64_t card; /* row */
    uint32_t sequence;
    uint16_t valid_until;
    uint8_t records_hash[SBK_HASH_SIZE];
    bool has_chip;
    uint8_t statement[SBK_STATEMENT_SIZE]; /* of its chip */
};
SBK_CHECK_RESULT sbk_result sbk_chips_order(struct sbk_database *ledger, uint32_t batch,
    const uint8_t alias[SBK_ALIAS_SIZE], struct sbk_ordered *ordered, bool *found, struct sbk_error *error);

/* Whether a chip of this serial is known; whether one of its two keys is, in either place. */
SBK_CHECK_RESULT sbk_result sbk_chips_has_serial(
    struct sbk_database *ledger, const uint8_t serial[SBK_SERIAL_SIZE], bool *known, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_chips_has_key(struct sbk_database *ledger, const uint8_t agreement[SBK_COMPRESSED_SIZE],
    const uint8_t signing[SBK_COMPRESSED_SIZE], bool *known, struct sbk_error *error);

/* Notes a report (the same one again is found) and gives its row. */
SBK_CHECK_RESULT sbk_result sbk_chips_add_report(struct sbk_database *ledger, const uint8_t hash[SBK_HASH_SIZE],
    uint32_t batch, const char *bureau, uint32_t made, uint32_t now, int64_t *report, struct sbk_error *error);
/* A chip that was made, out of its closing statement. */
struct sbk_chip_made {
    int64_t card; /* row of its order */
    int64_t report;
    uint8_t serial[SBK_SERIAL_SIZE];
    uint8_t agreement[SBK_COMPRESSED_SIZE];
    uint8_t signing[SBK_COMPRESSED_SIZE];
    struct sbk_bytes statement;
    struct sbk_bytes certificate;
};
SBK_CHECK_RESULT sbk_result sbk_chips_add(
    struct sbk_database *ledger, const struct sbk_chip_made *chip, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_chips_add_spoiled(struct sbk_database *ledger, uint32_t batch, int64_t report,
    const struct sbk_report_card *entry, struct sbk_error *error);
/* Whether the report noted a serial as waste. */
SBK_CHECK_RESULT sbk_result sbk_chips_is_spoiled(struct sbk_database *ledger, int64_t report,
    const uint8_t serial[SBK_SERIAL_SIZE], bool *spoiled, struct sbk_error *error);

/* Goes through the orders of a batch by sequence; certificate is empty where there is no chip yet. */
typedef sbk_result sbk_chips_row(
    void *context, uint32_t sequence, const struct sbk_bytes *certificate, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_chips_each(
    struct sbk_database *ledger, uint32_t batch, sbk_chips_row *row, void *context, struct sbk_error *error);

#endif
