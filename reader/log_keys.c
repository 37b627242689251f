/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "reader/station_private.h"
#include "schema/reason.h"

#include <string.h>

/* The log's keys, which follow one another as the station's do. */

static sbk_result take_verifier(const struct sbk_station *station, struct sbk_statement *statement, int column,
    char verifier[SBK_LOG_VERIFIER_ROOM], struct sbk_error *error) {
    const char *text = sbk_statement_text(statement, column);
    size_t size = text != NULL ? strlen(text) : 0;
    if (size == 0 || size >= SBK_LOG_VERIFIER_ROOM)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_DATABASE, _("%s: the log key is not valid"), station->path);
    memcpy(verifier, text, size + 1);
    return SBK_OK;
}

sbk_result sbk_log_load_key(struct sbk_station *station, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result = sbk_statement_begin(station->database,
        "SELECT generation, verifier FROM log_key ORDER BY generation DESC LIMIT 1", &statement, error);
    if (result != SBK_OK)
        return result;
    result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && !row)
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_DATABASE, _("%s: the log key is not valid"), station->path);
    if (result == SBK_OK)
        result = take_verifier(station, statement, 1, station->log_verifier, error);
    if (result == SBK_OK)
        station->generation = (uint8_t)sbk_statement_int(statement, 0);
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_log_add_key(
    struct sbk_station *station, uint8_t generation, const char *verifier, uint32_t since, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(
        station->database, "INSERT INTO log_key (generation, verifier, since) VALUES (?1, ?2, ?3)", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, generation);
    sbk_statement_bind_text(statement, 2, verifier);
    sbk_statement_bind_int(statement, 3, since);
    return sbk_statement_run(&statement, error);
}

sbk_result sbk_log_key_of(struct sbk_station *station, uint8_t generation, bool *found,
    char verifier[SBK_LOG_VERIFIER_ROOM], uint32_t *since, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(
        station->database, "SELECT verifier, since FROM log_key WHERE generation = ?1", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, generation);
    result = sbk_statement_step(statement, found, error);
    if (result == SBK_OK && *found) {
        *since = (uint32_t)sbk_statement_int(statement, 1);
        result = take_verifier(station, statement, 0, verifier, error);
    }
    sbk_statement_end(&statement);
    return result;
}

/* Whether a generation's key is the one for heads of this size. */
static sbk_result is_in_force(
    struct sbk_station *station, uint8_t generation, uint32_t since, uint32_t size, struct sbk_error *error) {
    char next[SBK_LOG_VERIFIER_ROOM];
    uint32_t until = UINT32_MAX;
    bool found = false;
    sbk_result result = sbk_log_key_of(station, (uint8_t)(generation + 1), &found, next, &until, error);
    if (result == SBK_OK && (size < since || (found && size >= until)))
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE,
            _("%s: the checkpoint over %u entries is signed with a key that was not the log's then"), station->path,
            (unsigned)size);
    return result;
}

sbk_result sbk_log_read_checkpoint(struct sbk_station *station, const char *note, size_t size,
    struct sbk_log_head *head, char verifier[SBK_LOG_VERIFIER_ROOM], struct sbk_error *error) {
    struct sbk_error cause;
    sbk_result result = SBK_TAMPERED;
    /* From the newest on; the last error is of the first key, or of the one that did sign. */
    for (uint8_t generation = station->generation; generation >= 1; generation--) {
        uint32_t since = 0;
        bool found = false;
        bool signs = false;
        result = sbk_log_key_of(station, generation, &found, verifier, &since, &cause);
        if (result == SBK_OK && !found)
            result =
                sbk_fail(&cause, SBK_TAMPERED, SBK_REASON_DATABASE, _("%s: the log key is not valid"), station->path);
        if (result == SBK_OK)
            result = sbk_checkpoint_read(verifier, note, size, head, &cause);
        signs = result == SBK_OK;
        if (signs)
            result = is_in_force(station, generation, since, head->size, &cause);
        if (signs || result != SBK_TAMPERED)
            break;
    }
    if (result != SBK_OK && error != NULL)
        *error = cause;
    return result;
}
