/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/log.h"

#include "base/i18n.h"
#include "keys/note.h"
#include "reader/station_private.h"
#include "schema/reason.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define AHEAD_SECONDS (30u * 86400u) /* a station that slept longer notes it */

sbk_result sbk_station_begin(struct sbk_station *station, struct sbk_error *error) {
    sbk_result result = sbk_database_begin(station->database, error);
    if (result == SBK_OK)
        station->before = station->tree;
    return result;
}

sbk_result sbk_station_commit(struct sbk_station *station, struct sbk_error *error) {
    sbk_result result = sbk_database_commit(station->database, error);
    if (result != SBK_OK)
        station->tree = station->before;
    return result;
}

void sbk_station_rollback(struct sbk_station *station) {
    sbk_database_rollback(station->database);
    station->tree = station->before;
    station->clock_noted = false; /* the note may have gone with it; once more does no harm */
}

static sbk_result keep_entry(struct sbk_station *station, uint32_t position, const uint8_t *data, size_t size,
    const struct sbk_nodes *nodes, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(
        station->database, "INSERT INTO log_entry (position, data, nodes) VALUES (?1, ?2, ?3)", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, position);
    sbk_statement_bind_blob(statement, 2, data, size);
    sbk_statement_bind_blob(statement, 3, nodes->hashes, nodes->count * SBK_HASH_SIZE);
    return sbk_statement_run(&statement, error);
}

static sbk_result append(struct sbk_station *station, uint32_t time, uint8_t kind, const struct sbk_log_field *fields,
    size_t count, uint32_t *position, struct sbk_error *error) {
    struct sbk_log_entry entry = {.kind = kind, .time = time, .count = count};
    uint8_t data[SBK_LOG_ENTRY_MAX];
    size_t size = 0;
    if (count > SBK_LOG_FIELDS_MAX)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, _("a log entry has too many fields"));
    for (size_t i = 0; i < count; i++)
        entry.fields[i] = fields[i];
    enum sbk_format format = sbk_log_write(&entry, data, sizeof data, &size);
    if (format != SBK_FORMAT_OK)
        return sbk_fail(
            error, SBK_USAGE, SBK_REASON_FORMAT, _("a log entry of kind %u: %s"), kind, _(sbk_format_text(format)));
    uint32_t at = station->tree.size;
    struct sbk_nodes nodes = {0};
    sbk_result result = sbk_tree_append(&station->tree, data, size, sbk_nodes_take, &nodes, error);
    if (result == SBK_OK)
        result = keep_entry(station, at, data, size, &nodes, error);
    if (result == SBK_OK && position != NULL)
        *position = at;
    return result;
}

static void put_u32(uint8_t out[4], uint32_t value) {
    struct sbk_writer writer = sbk_writer_of(out, 4);
    sbk_write_u32(&writer, value);
}

static enum sbk_station_clock clock_at(const struct sbk_station *station, uint32_t now) {
    if (station->clock_set)
        return SBK_CLOCK_SET;
    if (now < station->last_time)
        return SBK_CLOCK_BACK;
    return station->tree.size > 0 && now - station->last_time > AHEAD_SECONDS ? SBK_CLOCK_AHEAD : SBK_CLOCK_STEADY;
}

enum sbk_station_clock sbk_station_clock(const struct sbk_station *station, uint32_t *newest) {
    *newest = station->last_time;
    return clock_at(station, sbk_clock_time(station->clock));
}

/* Says in the log that SEMBAKO_DATE is set, or that the clock went back or far ahead since the newest entry. */
static sbk_result note_clock(struct sbk_station *station, uint32_t now, struct sbk_error *error) {
    uint8_t cause = (uint8_t)clock_at(station, now);
    bool first = !station->clock_noted;
    station->clock_noted = true;
    if (cause == SBK_CLOCK_STEADY || (cause == SBK_CLOCK_SET && !first))
        return SBK_OK;
    uint8_t before[4];
    uint8_t after[4];
    put_u32(before, station->last_time);
    put_u32(after, now);
    struct sbk_log_field fields[] = {{&cause, 1}, {before, 4}, {after, 4}};
    return append(station, now, SBK_LOG_CLOCK, fields, 3, NULL, error);
}

static sbk_result keep_time(struct sbk_station *station, uint32_t now, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    if (now == station->last_time)
        return SBK_OK;
    sbk_result result = sbk_statement_begin(station->database, "UPDATE station SET last_time = ?1", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, now);
    result = sbk_statement_run(&statement, error);
    if (result == SBK_OK)
        station->last_time = now;
    return result;
}

sbk_result sbk_log_note_clock(struct sbk_station *station, struct sbk_error *error) {
    uint32_t now = sbk_clock_time(station->clock);
    sbk_result result = note_clock(station, now, error);
    return result == SBK_OK ? keep_time(station, now, error) : result;
}

sbk_result sbk_log_append(struct sbk_station *station, uint8_t kind, const struct sbk_log_field *fields, size_t count,
    uint32_t *position, struct sbk_error *error) {
    uint32_t now = sbk_clock_time(station->clock);
    bool opening = station->tree.size == 0; /* a log begins with its opening, whatever the clock is */
    sbk_result result = opening ? SBK_OK : note_clock(station, now, error);
    if (result == SBK_OK)
        result = append(station, now, kind, fields, count, position, error);
    if (result == SBK_OK && opening)
        result = note_clock(station, now, error);
    if (result == SBK_OK)
        result = keep_time(station, now, error);
    return result;
}

sbk_result sbk_log_append_receipt(struct sbk_station *station, uint8_t kind, const struct sbk_receipt *receipt,
    const uint8_t signing_key[SBK_COMPRESSED_SIZE], uint32_t *position, struct sbk_error *error) {
    struct sbk_log_field fields[] = {
        {receipt->body, SBK_ENTRY_SIZE}, {receipt->signature, SBK_SIGNATURE_SIZE}, {signing_key, SBK_COMPRESSED_SIZE}};
    return sbk_log_append(station, kind, fields, 3, position, error);
}

void sbk_log_refusal(
    struct sbk_station *station, uint32_t transaction, const uint8_t *alias, uint16_t status, const char *reason) {
    uint8_t number[4];
    uint8_t word[2] = {(uint8_t)(status >> 8), (uint8_t)status};
    struct sbk_error ignored;
    put_u32(number, transaction);
    struct sbk_log_field fields[] = {
        {number, 4}, {alias, alias != NULL ? SBK_ALIAS_SIZE : 0}, {word, 2}, {(const uint8_t *)reason, strlen(reason)}};
    /* The refusal itself is what the caller must hear of; a log that cannot be written shows at the next sale. */
    if (sbk_station_begin(station, &ignored) != SBK_OK)
        return;
    if (sbk_log_append(station, SBK_LOG_REFUSED, fields, 4, NULL, &ignored) != SBK_OK)
        sbk_station_rollback(station);
    else if (sbk_station_commit(station, &ignored) != SBK_OK)
        sbk_station_rollback(station);
}

sbk_result sbk_log_node(
    void *context, unsigned level, uint32_t position, uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error) {
    struct sbk_station *station = context;
    struct sbk_statement *statement = NULL;
    const uint8_t *nodes = NULL;
    size_t size = 0;
    bool row = false;
    sbk_result result =
        sbk_statement_begin(station->database, "SELECT nodes FROM log_entry WHERE position = ?1", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, (((int64_t)position + 1) << level) - 1);
    result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && row)
        nodes = sbk_statement_blob(statement, 0, &size);
    if (result == SBK_OK && (nodes == NULL || size < ((size_t)level + 1) * SBK_HASH_SIZE))
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_LOG_ALTERED,
            _("%s: the log's tree lacks a node; keep the folder and run 'sembako-reader log verify'"), station->path);
    if (result == SBK_OK)
        memcpy(hash, nodes + (size_t)level * SBK_HASH_SIZE, SBK_HASH_SIZE);
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_log_load(struct sbk_station *station, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result = sbk_statement_begin(
        station->database, "SELECT coalesce(max(position) + 1, 0) FROM log_entry", &statement, error);
    if (result != SBK_OK)
        return result;
    result = sbk_statement_step(statement, &row, error);
    memset(&station->tree, 0, sizeof station->tree);
    if (result == SBK_OK && row)
        station->tree.size = (uint32_t)sbk_statement_int(statement, 0);
    sbk_statement_end(&statement);
    for (unsigned level = 0; level < SBK_TREE_LEVELS && result == SBK_OK; level++)
        if (station->tree.size >> level & 1)
            result = sbk_log_node(station, level, (station->tree.size >> level) - 1, station->tree.peaks[level], error);
    station->before = station->tree;
    return result;
}

sbk_result sbk_log_head_of(struct sbk_station *station, struct sbk_log_head *head, struct sbk_error *error) {
    sbk_result result = sbk_tree_root(&station->tree, head->root, error);
    if (result == SBK_OK)
        head->size = station->tree.size;
    return result;
}

static sbk_result parse_entry(const struct sbk_station *station, uint32_t position, const uint8_t *data, size_t size,
    struct sbk_log_entry *entry, struct sbk_error *error) {
    enum sbk_format format = sbk_log_parse(data, size, entry);
    if (format != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_LOG_ALTERED, _("%s: log entry %" PRIu32 ": %s"), station->path,
            position, _(sbk_format_text(format)));
    return SBK_OK;
}

sbk_result sbk_log_entry_at(struct sbk_station *station, uint32_t position, struct sbk_buffer *data,
    struct sbk_log_entry *entry, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result =
        sbk_statement_begin(station->database, "SELECT data FROM log_entry WHERE position = ?1", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, position);
    result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && !row)
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_LOG_ALTERED, _("%s: log entry %" PRIu32 " is missing"),
            station->path, position);
    if (result == SBK_OK) {
        size_t size = 0;
        const uint8_t *bytes = sbk_statement_blob(statement, 0, &size);
        sbk_buffer_reset(data);
        result = sbk_buffer_append(data, bytes, size, error);
    }
    sbk_statement_end(&statement);
    return result == SBK_OK ? parse_entry(station, position, data->data, data->size, entry, error) : result;
}

sbk_result sbk_log_walk(
    struct sbk_station *station, uint32_t first, sbk_log_visit visit, void *context, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = true;
    sbk_result result = sbk_statement_begin(station->database,
        "SELECT position, data FROM log_entry WHERE position >= ?1 ORDER BY position", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, first);
    while (result == SBK_OK) {
        result = sbk_statement_step(statement, &row, error);
        if (result != SBK_OK || !row)
            break;
        struct sbk_log_entry entry;
        uint32_t position = (uint32_t)sbk_statement_int(statement, 0);
        size_t size = 0;
        const uint8_t *data = sbk_statement_blob(statement, 1, &size);
        result = parse_entry(station, position, data, size, &entry, error);
        if (result == SBK_OK)
            result = visit(context, position, &entry, data, size, error);
    }
    sbk_statement_end(&statement);
    return result;
}

const char *sbk_log_kind_word(uint8_t kind) {
    static const char *const words[] = {"unknown", "opened", "intent", "receipt", "carried", "refused", "delivered",
        "handed-over", "clock", "certificate", "operator", "resolved", "list", "hotlist"};
    return kind < sizeof words / sizeof words[0] ? words[kind] : words[0];
}
