/* SPDX-License-Identifier: Apache-2.0 */
#include "base/database.h"

#include "base/database_private.h"
#include "base/i18n.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

/* A compiled statement of this text that is not in use, or NULL. */
static struct sbk_statement *find_idle(struct sbk_database *database, const char *sql) {
    for (struct sbk_statement *known = database->statements; known != NULL; known = known->next) {
        const char *text = sqlite3_sql(known->compiled);
        if (!known->busy && text != NULL && strcmp(text, sql) == 0) {
            return known;
        }
    }
    return NULL;
}

static sbk_result compile(
    struct sbk_database *database, const char *sql, struct sbk_statement **statement, struct sbk_error *error) {
    struct sbk_statement *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    made->database = database;
    if (sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &made->compiled, NULL) != SQLITE_OK) {
        free(made);
        return sbk_database_fail(database, error);
    }
    made->next = database->statements;
    database->statements = made;
    *statement = made;
    return SBK_OK;
}

sbk_result sbk_statement_begin(
    struct sbk_database *database, const char *sql, struct sbk_statement **statement, struct sbk_error *error) {
    struct sbk_statement *found = find_idle(database, sql);
    const sbk_result result = found == NULL ? compile(database, sql, &found, error) : SBK_OK;
    if (found != NULL) {
        found->busy = true;
        found->bind_failed = SQLITE_OK;
        *statement = found;
    }
    return result;
}

static void note_bind(struct sbk_statement *statement, int code) {
    if (statement->bind_failed == SQLITE_OK) {
        statement->bind_failed = code;
    }
}

void sbk_statement_bind_int(struct sbk_statement *statement, int index, int64_t value) {
    note_bind(statement, sqlite3_bind_int64(statement->compiled, index, value));
}

void sbk_statement_bind_text(struct sbk_statement *statement, int index, const char *text) {
    note_bind(statement, sqlite3_bind_text(statement->compiled, index, text, -1, SQLITE_STATIC));
}

void sbk_statement_bind_blob(struct sbk_statement *statement, int index, const void *data, size_t size) {
    if (data == NULL) {
        sbk_statement_bind_null(statement, index);
    } else {
        note_bind(statement, sqlite3_bind_blob64(statement->compiled, index, data, size, SQLITE_STATIC));
    }
}

void sbk_statement_bind_null(struct sbk_statement *statement, int index) {
    note_bind(statement, sqlite3_bind_null(statement->compiled, index));
}

sbk_result sbk_statement_step(struct sbk_statement *statement, bool *row, struct sbk_error *error) {
    if (statement->bind_failed != SQLITE_OK) {
        return sbk_fail_sqlite(
            error, statement->database->path, statement->bind_failed, sqlite3_errstr(statement->bind_failed));
    }
    switch (sqlite3_step(statement->compiled)) {
    case SQLITE_ROW:
        *row = true;
        return SBK_OK;
    case SQLITE_DONE:
        *row = false;
        return SBK_OK;
    default:
        return sbk_database_fail(statement->database, error);
    }
}

sbk_result sbk_statement_run(struct sbk_statement **statement, struct sbk_error *error) {
    bool row = false;
    sbk_result result = SBK_OK;
    do {
        result = sbk_statement_step(*statement, &row, error);
    } while (result == SBK_OK && row);
    sbk_statement_end(statement);
    return result;
}

int64_t sbk_statement_int(struct sbk_statement *statement, int column) {
    return sqlite3_column_int64(statement->compiled, column);
}

const char *sbk_statement_text(struct sbk_statement *statement, int column) {
    return (const char *)sqlite3_column_text(statement->compiled, column);
}

const uint8_t *sbk_statement_blob(struct sbk_statement *statement, int column, size_t *size) {
    const uint8_t *data = sqlite3_column_blob(statement->compiled, column);
    *size = data == NULL ? 0 : (size_t)sqlite3_column_bytes(statement->compiled, column);
    return data;
}

bool sbk_statement_is_null(struct sbk_statement *statement, int column) {
    return sqlite3_column_type(statement->compiled, column) == SQLITE_NULL;
}

sbk_result sbk_statement_copy(
    struct sbk_statement *statement, int column, void *data, size_t size, struct sbk_error *error) {
    size_t found = 0;
    const uint8_t *bytes = sbk_statement_blob(statement, column, &found);
    if (bytes == NULL || found != size) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_DATABASE,
            _("%s: a value of %zu bytes has %zu; the file was altered or is damaged, keep it and restore a copy"),
            statement->database->path, size, found);
    }
    memcpy(data, bytes, size);
    return SBK_OK;
}

void sbk_statement_end(struct sbk_statement **statement) {
    struct sbk_statement *ending = *statement;
    if (ending != NULL) {
        (void)sqlite3_reset(ending->compiled);
        (void)sqlite3_clear_bindings(ending->compiled);
        ending->busy = false;
        *statement = NULL;
    }
}

void sbk_statements_free(struct sbk_database *database) {
    while (database->statements != NULL) {
        struct sbk_statement *next = database->statements->next;
        (void)sqlite3_finalize(database->statements->compiled);
        free(database->statements);
        database->statements = next;
    }
}
