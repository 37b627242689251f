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
    const struct sbk_log_watch *watch; /* may be NULL */
    struct sbk_log_report *report;
    struct sbk_tree tree; /* recomputed, up to the entry under way */
    uint32_t nodes;       /* of it */
    struct sbk_index index;
    struct sbk_note_verifier verifier;
    bool has_verifier;
};

/* Adds a finding "log-altered", "log-rolled-back" or "card-forked". */
__attribute__((format(printf, 3, 4))) void sbk_log_found(
    struct sbk_verification *verification, uint32_t position, const char *format, ...);
__attribute__((format(printf, 3, 4))) void sbk_log_found_rollback(
    struct sbk_verification *verification, uint32_t position, const char *format, ...);
__attribute__((format(printf, 3, 4))) void sbk_log_found_fork(
    struct sbk_verification *verification, uint32_t position, const char *format, ...);

/* What one entry says, beside its place in the tree (log_entries.c). */
SBK_CHECK_RESULT sbk_result sbk_log_check_entry(struct sbk_verification *verification, uint32_t position,
    const struct sbk_log_entry *entry, struct sbk_error *error);

#endif
