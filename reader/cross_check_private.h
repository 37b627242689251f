/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_CROSS_CHECK_PRIVATE_H
#define SBK_READER_CROSS_CHECK_PRIVATE_H

#include "base/hex.h"
#include "reader/cross_check.h"
#include "reader/station_private.h"

/* A receipt as one log holds it. */
struct cross_receipt {
    struct sbk_entry entry;
    uint8_t hash[SBK_HASH_SIZE];
    size_t log; /* index */
    bool own;   /* as the answer to an intent of this log */
};

/* An intent and what its log says became of it. */
struct cross_intent {
    size_t log;
    uint32_t transaction;
    uint8_t alias[SBK_ALIAS_SIZE];
    uint32_t counter; /* expected */
    bool has_receipt;
    uint8_t resolved; /* enum sbk_log_resolution, 0: nothing was said */
};

struct cross_log {
    struct sbk_station *station;
    struct sbk_log_report report;
    size_t intents; /* of all up to this log's first */
};

struct sbk_cross_check {
    const struct sbk_cross_watch *watch;
    struct cross_log *logs;
    size_t log_count;
    struct cross_receipt *receipts;
    size_t receipt_count;
    size_t receipt_room;
    struct cross_intent *intents;
    size_t intent_count;
    size_t intent_room;
    bool out_of_memory;
    struct sbk_cross_report report;
    sbk_result severity; /* of what was found so far */
    const char *reason;  /* of the first of that severity */
};

/* Which card, entry and log a finding is about; zero: none. */
struct cross_place {
    const uint8_t *alias;
    uint32_t counter;
    const struct cross_log *log;
};
__attribute__((format(printf, 5, 6))) void cross_found(struct sbk_cross_check *check, sbk_result severity,
    const char *reason, struct cross_place place, const char *format, ...);

/* The id of the station of a receipt's log. */
const char *cross_station(const struct sbk_cross_check *check, const struct cross_receipt *receipt);

/* The chains of all cards; receipts are sorted by alias, counter, hash and log (cross_cards.c). */
void cross_check_cards(struct sbk_cross_check *check);

/* Stations that the newest hotlist among the logs revokes, with their receipts; these are sorted (cross_revoked.c). */
void cross_check_revoked(struct sbk_cross_check *check);

#endif
