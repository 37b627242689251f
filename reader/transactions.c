/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/x509.h"
#include "reader/station_private.h"
#include "reader/void.h"
#include "schema/reason.h"

#include <inttypes.h>
#include <string.h>

static sbk_result next_number(struct sbk_station *station, int64_t *next, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result =
        sbk_statement_begin(station->database, "SELECT next_transaction FROM station", &statement, error);
    if (result != SBK_OK)
        return result;
    result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && row)
        *next = sbk_statement_int(statement, 0);
    sbk_statement_end(&statement);
    return result;
}

/* Raises the next number to above used; never lowers it. */
static sbk_result raise_next(struct sbk_station *station, uint32_t used, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(
        station->database, "UPDATE station SET next_transaction = ?1 WHERE next_transaction < ?1", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, (int64_t)used + 1);
    return sbk_statement_run(&statement, error);
}

static sbk_result insert_row(
    struct sbk_station *station, uint32_t number, uint8_t operation, const char *words, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        "INSERT INTO sale (number, operation, outcome, words, time) VALUES (?1, ?2, 0, ?3, ?4)", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, number);
    sbk_statement_bind_int(statement, 2, operation);
    sbk_statement_bind_text(statement, 3, words);
    sbk_statement_bind_int(statement, 4, sbk_clock_time(station->clock));
    return sbk_statement_run(&statement, error);
}

sbk_result sbk_sale_reserve(struct sbk_station *station, uint32_t wanted, uint8_t operation, const char *words,
    uint32_t *number, struct sbk_error *error) {
    int64_t next = wanted;
    sbk_result result = sbk_station_begin(station, error);
    if (result != SBK_OK)
        return result;
    if (wanted == 0)
        result = next_number(station, &next, error);
    if (result == SBK_OK && (next < 1 || next > UINT32_MAX))
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_DISK,
            _("%s: the station has used up its transaction numbers; enrol a new one"), station->path);
    if (result == SBK_OK)
        result = insert_row(station, (uint32_t)next, operation, words, error);
    if (result == SBK_OK)
        result = raise_next(station, (uint32_t)next, error);
    if (result == SBK_OK)
        result = sbk_station_commit(station, error);
    if (result != SBK_OK)
        sbk_station_rollback(station);
    else
        *number = (uint32_t)next;
    return result;
}

sbk_result sbk_sale_skip_past(struct sbk_station *station, uint32_t number, struct sbk_error *error) {
    return raise_next(station, number, error);
}

#define ROW_COLUMNS "number, operation, outcome, time, alias, counter, intent, receipt, words = ?2"

static sbk_result take_row(struct sbk_statement *statement, struct sbk_sale_row *row, struct sbk_error *error) {
    memset(row, 0, sizeof *row);
    row->transaction.number = (uint32_t)sbk_statement_int(statement, 0);
    row->transaction.operation = (uint8_t)sbk_statement_int(statement, 1);
    row->transaction.outcome = (uint8_t)sbk_statement_int(statement, 2);
    row->transaction.time = (uint32_t)sbk_statement_int(statement, 3);
    row->transaction.counter = (uint32_t)sbk_statement_int(statement, 5);
    row->has_intent = !sbk_statement_is_null(statement, 6);
    row->intent = (uint32_t)sbk_statement_int(statement, 6);
    row->has_receipt = !sbk_statement_is_null(statement, 7);
    row->receipt = (uint32_t)sbk_statement_int(statement, 7);
    row->same_words = sbk_statement_int(statement, 8) == 1;
    if (sbk_statement_is_null(statement, 4))
        return SBK_OK;
    return sbk_statement_copy(statement, 4, row->transaction.alias, SBK_ALIAS_SIZE, error);
}

sbk_result sbk_sale_look(struct sbk_station *station, uint32_t number, const char *words, bool *found,
    struct sbk_sale_row *row, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result =
        sbk_statement_begin(station->database, "SELECT " ROW_COLUMNS " FROM sale WHERE number = ?1", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, number);
    sbk_statement_bind_text(statement, 2, words);
    result = sbk_statement_step(statement, found, error);
    if (result == SBK_OK && *found)
        result = take_row(statement, row, error);
    sbk_statement_end(&statement);
    return result;
}

/* One row at a time; a result other than SBK_OK of the visit ends it. */
static sbk_result each_row(
    struct sbk_statement *statement, sbk_sale_visit visit, void *context, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    bool there = true;
    while (result == SBK_OK) {
        struct sbk_sale_row row;
        result = sbk_statement_step(statement, &there, error);
        if (result != SBK_OK || !there)
            break;
        result = take_row(statement, &row, error);
        if (result == SBK_OK)
            result = visit(context, &row, error);
    }
    return result;
}

struct room {
    struct sbk_sale_row *rows;
    size_t size;
    size_t count;
};

static sbk_result keep_row(void *context, const struct sbk_sale_row *row, struct sbk_error *error) {
    struct room *room = context;
    (void)error;
    if (room->count < room->size)
        room->rows[room->count++] = *row;
    return SBK_OK;
}

sbk_result sbk_sale_unsettled_on(struct sbk_station *station, const uint8_t alias[SBK_ALIAS_SIZE], uint32_t counter,
    struct sbk_sale_row *rows, size_t size, size_t *count, struct sbk_error *error) {
    struct room room = {.rows = rows, .size = size};
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        "SELECT " ROW_COLUMNS " FROM sale WHERE outcome IN (1, 5) AND alias = ?1 AND (outcome = 1 OR counter > ?3)"
        " ORDER BY outcome, number",
        &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_blob(statement, 1, alias, SBK_ALIAS_SIZE);
    sbk_statement_bind_text(statement, 2, "");
    sbk_statement_bind_int(statement, 3, (int64_t)counter - SBK_RING_SIZE);
    result = each_row(statement, keep_row, &room, error);
    sbk_statement_end(&statement);
    *count = room.count;
    return result;
}

sbk_result sbk_sale_each_unsettled(
    struct sbk_station *station, const char *words, sbk_sale_visit visit, void *context, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        "SELECT " ROW_COLUMNS " FROM sale WHERE outcome IN (1, 5) AND ?1 = 1 ORDER BY outcome, number", &statement,
        error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, 1);
    sbk_statement_bind_text(statement, 2, words);
    result = each_row(statement, visit, context, error);
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_sale_open_until(struct sbk_station *station, int64_t until, struct sbk_sale_row *rows, size_t size,
    size_t *count, struct sbk_error *error) {
    struct room room = {.rows = rows, .size = size};
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        "SELECT " ROW_COLUMNS " FROM sale INDEXED BY sale_unsettled WHERE outcome IN (1, 5)"
        " AND outcome = 1 AND time <= ?1 ORDER BY number",
        &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, until);
    sbk_statement_bind_text(statement, 2, "");
    result = each_row(statement, keep_row, &room, error);
    sbk_statement_end(&statement);
    *count = room.count;
    return result;
}

sbk_result sbk_sale_void_of(struct sbk_station *station, uint32_t of, uint32_t *number, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    char words[SBK_VOID_WORDS_ROOM];
    bool row = false;
    *number = 0;
    sbk_void_words(of, words);
    sbk_result result = sbk_statement_begin(station->database,
        "SELECT number FROM sale WHERE operation = ?1 AND outcome = 2 AND words = ?2", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, SBK_OPERATION_VOID);
    sbk_statement_bind_text(statement, 2, words);
    result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && row)
        *number = (uint32_t)sbk_statement_int(statement, 0);
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_sale_intend(
    struct sbk_station *station, const struct sbk_transaction *transaction, uint32_t intent, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        "UPDATE sale SET outcome = 1, time = ?2, alias = ?3, counter = ?4, intent = ?5 WHERE number = ?1", &statement,
        error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, transaction->number);
    sbk_statement_bind_int(statement, 2, transaction->time);
    sbk_statement_bind_blob(statement, 3, transaction->alias, SBK_ALIAS_SIZE);
    sbk_statement_bind_int(statement, 4, transaction->counter);
    sbk_statement_bind_int(statement, 5, intent);
    return sbk_statement_run(&statement, error);
}

sbk_result sbk_sale_close(
    struct sbk_station *station, uint32_t number, uint8_t outcome, const uint32_t *receipt, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(
        station->database, "UPDATE sale SET outcome = ?2, receipt = ?3 WHERE number = ?1", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, number);
    sbk_statement_bind_int(statement, 2, outcome);
    if (receipt != NULL)
        sbk_statement_bind_int(statement, 3, *receipt);
    else
        sbk_statement_bind_null(statement, 3);
    return sbk_statement_run(&statement, error);
}

static sbk_result take_x509(struct sbk_statement *statement, uint16_t *until, struct sbk_error *error) {
    struct sbk_office_info info;
    size_t size = 0;
    const uint8_t *der = sbk_statement_blob(statement, 6, &size);
    *until = 0;
    if (der == NULL)
        return SBK_OK;
    sbk_result result = sbk_x509_info(der, size, &info, error);
    if (result == SBK_OK)
        *until = info.until;
    return result;
}

sbk_result sbk_station_summary(
    struct sbk_station *station, struct sbk_station_summary *summary, struct sbk_error *error) {
    static const uint8_t clock = SBK_LOG_CLOCK; /* the second byte of such an entry */
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result = sbk_statement_begin(station->database,
        "SELECT next_transaction, (SELECT count(*) FROM sale WHERE outcome = 2),"
        " (SELECT count(*) FROM sale WHERE outcome IN (1, 5) AND outcome = 1),"
        " (SELECT count(*) FROM sale WHERE outcome IN (1, 5) AND outcome = 5),"
        " (SELECT count(*) FROM card), (SELECT count(*) FROM log_entry WHERE substr(data, 2, 1) = ?1),"
        " (SELECT x509 FROM installed ORDER BY number DESC LIMIT 1) FROM station",
        &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_blob(statement, 1, &clock, 1);
    result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && row) {
        summary->log_size = station->tree.size;
        summary->next_transaction = (uint32_t)sbk_statement_int(statement, 0);
        summary->settled = (uint32_t)sbk_statement_int(statement, 1);
        summary->open = (uint32_t)sbk_statement_int(statement, 2);
        summary->doubt = (uint32_t)sbk_statement_int(statement, 3);
        summary->cards = (uint32_t)sbk_statement_int(statement, 4);
        summary->clock_notes = (uint32_t)sbk_statement_int(statement, 5);
        result = take_x509(statement, &summary->x509_until, error);
    }
    sbk_statement_end(&statement);
    return result;
}
