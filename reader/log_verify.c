/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/log_verify.h"

#include "base/i18n.h"
#include "reader/checkpoint.h"
#include "reader/station_trust.h"
#include "schema/reason.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static unsigned rank(const char *reason) {
    static const char *const gravity[] = {SBK_REASON_CARD_FORKED, SBK_REASON_LOG_ALTERED, SBK_REASON_LOG_ROLLED_BACK};
    unsigned i = 0;
    while (reason != NULL && i < sizeof gravity / sizeof gravity[0] && strcmp(reason, gravity[i]) != 0)
        i++;
    return reason == NULL ? 0 : i + 1;
}

static void tell(struct sbk_verification *verification, uint32_t position, const char *reason, const char *format,
    va_list arguments) __attribute__((format(printf, 4, 0)));

static void tell(struct sbk_verification *verification, uint32_t position, const char *reason, const char *format,
    va_list arguments) {
    char text[512];
    (void)vsnprintf(text, sizeof text, format, arguments);
    verification->report->findings++;
    if (rank(reason) > rank(verification->report->reason))
        verification->report->reason = reason;
    if (verification->watch != NULL && verification->watch->finding != NULL)
        verification->watch->finding(verification->watch->context, position, reason, text);
}

void sbk_log_found(struct sbk_verification *verification, uint32_t position, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell(verification, position, SBK_REASON_LOG_ALTERED, format, arguments);
    va_end(arguments);
}

void sbk_log_found_rollback(struct sbk_verification *verification, uint32_t position, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell(verification, position, SBK_REASON_LOG_ROLLED_BACK, format, arguments);
    va_end(arguments);
}

void sbk_log_found_fork(struct sbk_verification *verification, uint32_t position, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell(verification, position, SBK_REASON_CARD_FORKED, format, arguments);
    va_end(arguments);
}

/* ---- the tree ---- */

/* The nodes recomputed from the entries must stand with them as they are. */
static sbk_result append_leaf(struct sbk_verification *verification, uint32_t position, const uint8_t *data,
    size_t size, struct sbk_statement *row, struct sbk_error *error) {
    struct sbk_nodes nodes = {0};
    size_t kept_size = 0;
    sbk_result result = sbk_tree_append(&verification->tree, data, size, sbk_nodes_take, &nodes, error);
    const uint8_t *kept = sbk_statement_blob(row, 2, &kept_size);
    if (result == SBK_OK &&
        (kept == NULL || kept_size != nodes.count * SBK_HASH_SIZE || memcmp(kept, nodes.hashes, kept_size) != 0))
        sbk_log_found(verification, position, _("the nodes of the log's tree are not what its entries give"));
    return result;
}

sbk_result sbk_log_count(struct sbk_station *station, const char *sql, uint32_t *count, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result = sbk_statement_begin(station->database, sql, &statement, error);
    if (result != SBK_OK)
        return result;
    result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && row)
        *count = (uint32_t)sbk_statement_int(statement, 0);
    sbk_statement_end(&statement);
    return result;
}

/* ---- checkpoints ---- */

/* Signed heads in the order of their size, judged and compared as the recomputed tree reaches them: only then is it known
 * which key was the log's. */
struct heads {
    struct sbk_statement *statement;
    bool row;
    uint32_t size; /* of the next one, as it stands beside its note */
};

sbk_result sbk_log_go_on(sbk_result result, const struct sbk_error *cause, struct sbk_error *error) {
    if (result != SBK_ENVIRONMENT)
        return SBK_OK;
    if (error != NULL)
        *error = *cause;
    return result;
}

static sbk_result next_head(struct heads *heads, struct sbk_error *error) {
    sbk_result result = sbk_statement_step(heads->statement, &heads->row, error);
    if (result == SBK_OK && heads->row)
        heads->size = (uint32_t)sbk_statement_int(heads->statement, 0);
    return result;
}

/* The head of the checkpoint at hand, if it is signed with the key that is the log's at this size; *usable tells. */
static sbk_result read_head(struct sbk_verification *verification, const struct heads *heads, struct sbk_log_head *head,
    bool *usable, struct sbk_error *error) {
    struct sbk_error cause;
    char name[SBK_NOTE_NAME_ROOM];
    size_t size = 0;
    const char *note = sbk_statement_text(heads->statement, 1);
    *usable = verification->has_verifier && note != NULL;
    if (*usable) {
        sbk_result holds = sbk_note_verify(&verification->verifier, note, strlen(note), &size, &cause);
        sbk_result result = sbk_log_go_on(holds, &cause, error);
        if (result != SBK_OK)
            return result;
        *usable = holds == SBK_OK;
    }
    sbk_note_name(verification->station->terminal, name);
    if (*usable)
        *usable = sbk_checkpoint_parse(note, size, name, head) && head->size == heads->size;
    if (!*usable)
        sbk_log_found(verification, UINT32_MAX,
            _("the checkpoint over %" PRIu32 " entries is not signed by this log's "
              "key"),
            heads->size);
    return SBK_OK;
}

static sbk_result compare_head(
    struct sbk_verification *verification, const struct heads *heads, struct sbk_error *error) {
    struct sbk_log_head head = {0};
    uint8_t root[SBK_HASH_SIZE];
    bool usable = false;
    sbk_result result = read_head(verification, heads, &head, &usable, error);
    if (result != SBK_OK || !usable)
        return result;
    result = sbk_tree_root(&verification->tree, root, error);
    if (result == SBK_OK && memcmp(root, head.root, sizeof root) != 0)
        sbk_log_found_rollback(verification, heads->size > 0 ? heads->size - 1 : UINT32_MAX,
            _("the log is not the one that its checkpoint over %" PRIu32 " entries signed"), heads->size);
    else
        verification->report->checkpoints++;
    return result;
}

/* Compares every checkpoint of the size that the tree has now. */
static sbk_result compare_heads(struct sbk_verification *verification, struct heads *heads, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    while (result == SBK_OK && heads->row && heads->size <= verification->tree.size) {
        result = compare_head(verification, heads, error);
        if (result == SBK_OK)
            result = next_head(heads, error);
    }
    return result;
}

/* The same for the heads that were kept elsewhere, in any order. */
static sbk_result compare_kept(struct sbk_verification *verification, struct sbk_error *error) {
    const struct sbk_log_watch *watch = verification->watch;
    for (size_t i = 0; watch != NULL && i < watch->head_count; i++) {
        uint8_t root[SBK_HASH_SIZE];
        if (watch->heads[i].size != verification->tree.size)
            continue;
        sbk_result result = sbk_tree_root(&verification->tree, root, error);
        if (result != SBK_OK)
            return result;
        if (memcmp(root, watch->heads[i].root, sizeof root) == 0)
            verification->report->kept++;
        else
            sbk_log_found_rollback(verification, UINT32_MAX,
                _("the first %" PRIu32
                  " entries are not those of the checkpoint that was kept: the log was rolled back "
                  "and went on, or was altered"),
                watch->heads[i].size);
    }
    return SBK_OK;
}

static void find_longer(struct sbk_verification *verification) {
    const struct sbk_log_watch *watch = verification->watch;
    for (size_t i = 0; watch != NULL && i < watch->head_count; i++)
        if (watch->heads[i].size > verification->tree.size)
            sbk_log_found_rollback(verification, UINT32_MAX,
                _("the checkpoint that was kept signed %" PRIu32 " entries, the log has %" PRIu32
                  ": it was rolled back"),
                watch->heads[i].size, verification->tree.size);
}

/* ---- entries ---- */

static sbk_result check_one(struct sbk_verification *verification, struct sbk_statement *row, struct sbk_error *error) {
    struct sbk_log_entry entry;
    uint32_t position = (uint32_t)sbk_statement_int(row, 0);
    size_t size = 0;
    const uint8_t *data = sbk_statement_blob(row, 1, &size);
    if (position != verification->tree.size)
        sbk_log_found(verification, position, _("entries are missing before this one"));
    if (size > SBK_LOG_ENTRY_MAX) {
        sbk_log_found(verification, position, _("the entry is too long"));
        return SBK_OK;
    }
    sbk_result result = append_leaf(verification, position, data, size, row, error);
    if (result != SBK_OK)
        return result;
    enum sbk_format format = sbk_log_parse(data, size, &entry);
    if (format != SBK_FORMAT_OK) {
        sbk_log_found(verification, position, _("the entry is not in its one form: %s"), _(sbk_format_text(format)));
        return SBK_OK;
    }
    return sbk_log_check_entry(verification, position, &entry, error);
}

static void show_progress(const struct sbk_verification *verification, size_t total) {
    if (verification->watch != NULL && verification->watch->progress != NULL)
        verification->watch->progress(verification->watch->context, verification->tree.size, total);
}

static sbk_result check_entries(
    struct sbk_verification *verification, struct heads *heads, size_t total, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = true;
    sbk_result result = sbk_statement_begin(verification->station->database,
        "SELECT position, data, nodes FROM log_entry ORDER BY position", &statement, error);
    while (result == SBK_OK) {
        result = sbk_statement_step(statement, &row, error);
        if (result != SBK_OK || !row)
            break;
        result = check_one(verification, statement, error);
        if (result == SBK_OK)
            result = compare_heads(verification, heads, error);
        if (result == SBK_OK)
            result = compare_kept(verification, error);
        show_progress(verification, total);
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_log_next_key(
    struct sbk_verification *verification, uint32_t since, bool *found, struct sbk_error *error) {
    struct sbk_error cause;
    struct sbk_note_verifier parsed;
    char key[SBK_LOG_VERIFIER_ROOM];
    uint32_t kept = 0;
    sbk_result result =
        sbk_log_key_of(verification->station, (uint8_t)(verification->generation + 1), found, key, &kept, &cause);
    if (result == SBK_OK && *found)
        result = sbk_note_verifier_parse(key, strlen(key), &parsed, &cause);
    *found = result == SBK_OK && *found && kept == since;
    if (*found) {
        memcpy(verification->key, key, sizeof key);
        verification->verifier = parsed;
        verification->has_verifier = true;
        verification->generation++;
    }
    return sbk_log_go_on(result, &cause, error);
}

/* Every key that is kept was told of by an entry, and the last one is the one in use. */
static sbk_result check_keys(struct sbk_verification *verification, struct sbk_error *error) {
    const struct sbk_station *station = verification->station;
    uint32_t count = 0;
    sbk_result result = sbk_log_count(verification->station, "SELECT count(*) FROM log_key", &count, error);
    if (result == SBK_OK &&
        (count != verification->generation || strcmp(station->log_verifier, verification->key) != 0))
        sbk_log_found(verification, UINT32_MAX, _("the log's keys are not those that its certificates name"));
    return result;
}

static sbk_result verify(struct sbk_verification *verification, struct sbk_error *error) {
    struct sbk_station *station = verification->station;
    struct heads heads = {0};
    uint32_t total = 0;
    bool found = false;
    sbk_result result = sbk_log_next_key(verification, 0, &found, error);
    if (result == SBK_OK && !found)
        sbk_log_found(verification, UINT32_MAX, _("the log's key is not valid"));
    if (result == SBK_OK)
        result = sbk_log_count(station, "SELECT count(*) FROM log_entry", &total, error);
    if (result == SBK_OK)
        result = sbk_statement_begin(
            station->database, "SELECT size, note FROM checkpoint ORDER BY size", &heads.statement, error);
    if (result == SBK_OK)
        result = next_head(&heads, error);
    if (result == SBK_OK)
        result = compare_heads(verification, &heads, error);
    if (result == SBK_OK)
        result = compare_kept(verification, error);
    if (result == SBK_OK)
        result = check_entries(verification, &heads, total, error);
    if (result == SBK_OK)
        find_longer(verification);
    if (result == SBK_OK && heads.row)
        sbk_log_found_rollback(verification, UINT32_MAX,
            _("a checkpoint signed %" PRIu32 " entries, the log has %" PRIu32), heads.size, verification->tree.size);
    sbk_statement_end(&heads.statement);
    if (result == SBK_OK)
        result = check_keys(verification, error);
    return result == SBK_OK ? sbk_log_check_beside(verification, error) : result;
}

sbk_result sbk_log_verify(struct sbk_station *station, const struct sbk_log_watch *watch, struct sbk_log_report *report,
    struct sbk_error *error) {
    struct sbk_verification verification = {.station = station, .watch = watch, .report = report};
    memset(report, 0, sizeof *report);
    sbk_result result = sbk_station_past_trust(station, &verification.trust, error);
    if (result == SBK_OK)
        result = verify(&verification, error);
    if (result == SBK_OK)
        result = sbk_tree_root(&verification.tree, report->head.root, error);
    report->head.size = verification.tree.size;
    sbk_index_free(&verification.index);
    sbk_trust_free(&verification.trust);
    if (result == SBK_OK && report->findings > 0)
        result = sbk_fail(error, SBK_TAMPERED, report->reason,
            P_("%s: %" PRIu32 " thing in the log does not hold; keep the folder as it is and tell the city",
                "%s: %" PRIu32 " things in the log do not hold; keep the folder as it is and tell the city",
                report->findings),
            station->path, report->findings);
    return result;
}
