/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_LOG_VERIFY_H
#define SBK_READER_LOG_VERIFY_H

#include "keys/note.h"
#include "reader/log_index.h"
#include "reader/station_private.h"

/* One verification under way. Checks add findings and go on; a result other than SBK_OK ends it (no memory, database).
 */
struct sbk_verification {
    struct sbk_station *station;
    struct sbk_trust *trust;           /* the station's, without what a hotlist distrusts: the log tells the past */
    const struct sbk_log_watch *watch; /* may be NULL */
    struct sbk_log_report *report;
    struct sbk_tree tree; /* recomputed, up to the entry under way */
    struct sbk_index index;
    char key[SBK_LOG_VERIFIER_ROOM];   /* the log's key for heads over the tree as it is */
    struct sbk_note_verifier verifier; /* the same, parsed */
    bool has_verifier;
    uint8_t generation;                  /* of that key */
    uint32_t transactions;               /* that have an intent */
    uint32_t newest;                     /* the highest number of them */
    uint32_t time;                       /* of the entry under way */
    uint8_t certificates[SBK_HASH_SIZE]; /* of the station, taken in so far */
    uint8_t lists[SBK_HASH_SIZE];        /* likewise */
    uint8_t hotlist[SBK_HASH_SIZE];      /* of the newest one's file */
    uint32_t hotlist_number;             /* 0: none yet */
    uint16_t effective;                  /* first day of the station's certificate then; 0: none yet */
};

/* Adds a finding "log-altered", "log-rolled-back" or "card-forked". */
__attribute__((format(printf, 3, 4))) void sbk_log_found(
    struct sbk_verification *verification, uint32_t position, const char *format, ...);
__attribute__((format(printf, 3, 4))) void sbk_log_found_rollback(
    struct sbk_verification *verification, uint32_t position, const char *format, ...);
__attribute__((format(printf, 3, 4))) void sbk_log_found_fork(
    struct sbk_verification *verification, uint32_t position, const char *format, ...);

/* One number of one row. */
SBK_CHECK_RESULT sbk_result sbk_log_count(
    struct sbk_station *station, const char *sql, uint32_t *count, struct sbk_error *error);

/* Whether what stands in the other tables is what the entries say (log_beside.c); after the last entry. */
SBK_CHECK_RESULT sbk_result sbk_log_check_beside(struct sbk_verification *verification, struct sbk_error *error);
/* hash = SHA-256 (hash || number || SHA-256 of data): what a row of entries took in, in their order. */
SBK_CHECK_RESULT sbk_result sbk_log_take_in(
    uint8_t hash[SBK_HASH_SIZE], uint32_t number, const uint8_t digest[SBK_HASH_SIZE], struct sbk_error *error);

/* What a check's failure means for the whole: one of the environment says nothing of the log, ends the verification and
 * is returned with its cause; after any other, SBK_OK: it goes on, with a finding. */
SBK_CHECK_RESULT sbk_result sbk_log_go_on(sbk_result result, const struct sbk_error *cause, struct sbk_error *error);

/* Takes the key of the next generation, if it is kept and is for heads over since entries and more: *found. */
SBK_CHECK_RESULT sbk_result sbk_log_next_key(
    struct sbk_verification *verification, uint32_t since, bool *found, struct sbk_error *error);

/* What one entry says, beside its place in the tree (log_entries.c). */
SBK_CHECK_RESULT sbk_result sbk_log_check_entry(struct sbk_verification *verification, uint32_t position,
    const struct sbk_log_entry *entry, struct sbk_error *error);

#endif
