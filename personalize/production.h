/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_PRODUCTION_H
#define SBK_PERSONALIZE_PRODUCTION_H

#include "base/clock.h"
#include "base/database.h"
#include "base/error.h"
#include "personalize/bureau.h"
#include "reader/pcsc.h"
#include "schema/bundle.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The encoding line: one reader, cards one after the other, each the next order of the batch. Which chip has which
 * order is durable before the chip is touched (personalize/bureau.h), so that a run that was cut off goes on with
 * exactly the right card:
 *
 *   blank card     the order it was begun with, else the lowest order without a chip
 *   closed card    an order of this batch that waits for this chip: its statement is read and the order is done;
 *                  one that is done already: nothing to do; anything else is refused, and nothing is sent to it
 */
enum sbk_production_outcome {
    SBK_PRODUCTION_MADE,    /* closed, statement verified and kept */
    SBK_PRODUCTION_ALREADY, /* an order of this batch that was done before */
    SBK_PRODUCTION_REFUSED, /* not for us: closed, another kind of card, foreign; left as it was */
    SBK_PRODUCTION_FAILED,  /* begun and not finished */
};
/* A stable word: "made", "already", "refused", "failed". */
const char *sbk_production_word(enum sbk_production_outcome outcome);

struct sbk_production_event {
    enum sbk_production_outcome outcome;
    uint32_t sequence;                  /* 0: no order was touched */
    const struct sbk_batch_card *order; /* what the batch says of it, lent for the call; NULL: no order was touched */
    bool has_serial;
    uint8_t serial[SBK_SERIAL_SIZE];
    uint32_t apdus;                /* that the card took */
    const struct sbk_error *error; /* why, unless made or already */
};

struct sbk_production {
    struct sbk_database *database;
    const struct sbk_batch *batch;
    struct sbk_reader cards; /* at the batch's first card */
    struct sbk_pcsc *pcsc;   /* its reader chosen */
    const struct sbk_clock *clock;
    const struct sbk_cancel *cancel;
    uint32_t count;      /* cards to make in this run; 0: all that are left */
    unsigned timeout_ms; /* to wait for a card or for its removal; 0: for ever */
    void *context;
    /* After each card; then, unless NULL, feed moves it to the good or the bad side and brings the next one. */
    void (*event)(void *context, const struct sbk_production_event *event);
    sbk_result (*feed)(void *context, bool good, struct sbk_error *error);
};

struct sbk_production_sum {
    uint32_t made;
    uint32_t already;
    uint32_t refused;
    uint32_t failed;
};

/* Runs until enough cards are made, nothing is left to make, or something other than a card fails (reader, database,
 * feeder, cancel). sum is right in any case. */
SBK_CHECK_RESULT sbk_result sbk_production_run(
    const struct sbk_production *line, struct sbk_production_sum *sum, struct sbk_error *error);

#endif
