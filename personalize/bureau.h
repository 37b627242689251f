/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_BUREAU_H
#define SBK_PERSONALIZE_BUREAU_H

#include "base/database.h"
#include "base/error.h"
#include "schema/bundle.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bureau's database, bureau.db in its folder (schema/sql/bureau-1.sql): one signed order, one chip. An order's
 * state is durable before the card is touched and before it is told to close, so that after a crash it is known which
 * card comes next and whether a card may be closed already. Whoever changes it holds the folder's lock.
 */
#define SBK_BUREAU_FILE "bureau.db"

enum sbk_work_state { SBK_WORK_PENDING, SBK_WORK_STARTED, SBK_WORK_CLOSING, SBK_WORK_DONE };

struct sbk_work {
    uint32_t sequence;
    uint8_t alias[SBK_ALIAS_SIZE];
    enum sbk_work_state state;
    uint8_t serial[SBK_SERIAL_SIZE];       /* unless pending */
    uint8_t statement[SBK_STATEMENT_SIZE]; /* when done */
};

SBK_CHECK_RESULT sbk_result sbk_bureau_open(
    struct sbk_database **database, const char *folder, struct sbk_error *error);

/* Takes a batch's orders in, once; the same batch again is fine. An alias that another batch has is SBK_REFUSED. */
SBK_CHECK_RESULT sbk_result sbk_bureau_take(struct sbk_database *database, const struct sbk_batch *batch,
    struct sbk_reader cards, uint32_t now, struct sbk_error *error);

/* The order that a new chip gets: the lowest that no chip has, or that one had which certainly is not closed (such an
 * order is started with that chip again if it comes back, see sbk_bureau_of_serial). */
SBK_CHECK_RESULT sbk_result sbk_bureau_next(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    struct sbk_work *work, bool *found, struct sbk_error *error);
/* The order that a chip has or had, in whatever batch; batch receives its id. */
SBK_CHECK_RESULT sbk_result sbk_bureau_of_serial(struct sbk_database *database, const uint8_t serial[SBK_SERIAL_SIZE],
    uint8_t batch[SBK_BATCH_ID_SIZE], struct sbk_work *work, bool *found, struct sbk_error *error);
/* The order of an alias. */
SBK_CHECK_RESULT sbk_result sbk_bureau_of_alias(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    const uint8_t alias[SBK_ALIAS_SIZE], struct sbk_work *work, bool *found, struct sbk_error *error);

/* Steps of an order; each is durable when it returns. Starting takes the order from another unclosed chip, which is
 * noted as spoiled. */
SBK_CHECK_RESULT sbk_result sbk_bureau_start(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    struct sbk_work *work, const uint8_t serial[SBK_SERIAL_SIZE], uint32_t now, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_bureau_closing(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    struct sbk_work *work, uint32_t now, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_bureau_done(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    struct sbk_work *work, const uint8_t statement[SBK_STATEMENT_SIZE], uint32_t now, struct sbk_error *error);
/* The chip failed before it could be closed: noted with its reason, the order is pending again. */
SBK_CHECK_RESULT sbk_result sbk_bureau_spoil(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    struct sbk_work *work, const char *reason, uint32_t now, struct sbk_error *error);

/* Where a batch stands. */
struct sbk_bureau_count {
    uint32_t pending; /* with those that are started */
    uint32_t closing;
    uint32_t done;
    uint32_t spoiled; /* chips */
};
SBK_CHECK_RESULT sbk_result sbk_bureau_count(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    struct sbk_bureau_count *count, struct sbk_error *error);

/* Goes through a batch in the order that a report has: by sequence, first the chips that were spoiled, then the one
 * that was made. Orders without any are left out. Lends until the callback returns. */
typedef sbk_result sbk_bureau_entry(void *context, const struct sbk_report_card *card, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_bureau_entries(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    sbk_bureau_entry *entry, void *context, struct sbk_error *error);

#endif
