/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_BASE_DATABASE_H
#define SBK_BASE_DATABASE_H

#include "base/error.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * SQLite as every role uses it: one file of mode 0600, write-ahead log, synchronous=FULL, foreign keys on, untrusted
 * schema, a busy wait of 5 seconds, versions by PRAGMA user_version. Errors name the file and SQLite's own words and
 * are SBK_ENVIRONMENT, except a damaged file, which is SBK_TAMPERED, and a violated constraint, which is SBK_REFUSED
 * (reason "exists-already" for a key that is there, "database" for the rest). One connection belongs to one thread.
 */
struct sbk_database;
struct sbk_statement;

/* What the file must look like. Element n of migrations brings version n to n+1; each is whole SQL text (STRICT tables,
 * no BEGIN or COMMIT). tools/embed-sql makes such an array of .sql files. */
struct sbk_database_plan {
    const char *const *migrations;
    size_t migration_count;
    uint32_t application_id; /* PRAGMA application_id: says whose file it is; another one's is refused */
    const char *vfs;         /* name of a registered VFS, NULL for the default; tests inject faults here */
};

enum sbk_database_mode {
    SBK_DATABASE_CREATE,   /* open, or make it if it is not there */
    SBK_DATABASE_OPEN,     /* must be there */
    SBK_DATABASE_READ_ONLY /* must be there and of the newest version; nothing is changed. Reads media that cannot be
                              written, too, where the last writer closed the file */
};

/* Opens the file and brings it to the newest version in one transaction. A newer version than the plan knows is refused
 * (SBK_ENVIRONMENT) and the file stays as it is. On success *database is the caller's, for sbk_database_close. */
SBK_CHECK_RESULT sbk_result sbk_database_open(struct sbk_database **database, const char *path,
    const struct sbk_database_plan *plan, enum sbk_database_mode mode, struct sbk_error *error);

/* Closes it (an open transaction is rolled back), sets the pointer to NULL; accepts NULL inside. */
void sbk_database_close(struct sbk_database **database);

/* BEGIN IMMEDIATE, COMMIT, ROLLBACK. After a failed commit the transaction is rolled back. Transactions do not nest. */
SBK_CHECK_RESULT sbk_result sbk_database_begin(struct sbk_database *database, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_database_commit(struct sbk_database *database, struct sbk_error *error);
void sbk_database_rollback(struct sbk_database *database);

/* Runs SQL without parameters or rows; constant text only. */
SBK_CHECK_RESULT sbk_result sbk_database_run(struct sbk_database *database, const char *sql, struct sbk_error *error);

/* The row number of the last INSERT, and how many rows the last statement changed. */
int64_t sbk_database_last_row(const struct sbk_database *database);
int64_t sbk_database_changes(const struct sbk_database *database);

/* For what is not covered here (backup, counting of statements in tests); owned by the database. */
sqlite3 *sbk_database_handle(struct sbk_database *database);

/* Turns SQLite's present error into ours, for users of the handle. Returns the result. */
sbk_result sbk_database_fail(struct sbk_database *database, struct sbk_error *error);

/*
 * Statements. One use reads:
 *
 *     result = sbk_statement_begin(database, "SELECT name FROM item WHERE code = ?1", &statement, error);
 *     if (result == SBK_OK) {
 *         sbk_statement_bind_text(statement, 1, code);
 *         result = sbk_statement_step(statement, &row, error);
 *         ... sbk_statement_text(statement, 0) ...
 *     }
 *     sbk_statement_end(&statement);
 *
 * Compiled statements are kept with the database under their text and used again, so write values as parameters, never
 * into the text. A failed bind is remembered and reported by the next step.
 */
SBK_CHECK_RESULT sbk_result sbk_statement_begin(
    struct sbk_database *database, const char *sql, struct sbk_statement **statement, struct sbk_error *error);

/* Parameters, numbered from 1. Text and blobs are borrowed until sbk_statement_end; NULL text or data binds NULL. */
void sbk_statement_bind_int(struct sbk_statement *statement, int index, int64_t value);
void sbk_statement_bind_text(struct sbk_statement *statement, int index, const char *text);
void sbk_statement_bind_blob(struct sbk_statement *statement, int index, const void *data, size_t size);
void sbk_statement_bind_null(struct sbk_statement *statement, int index);

/* The next row: *row tells whether there is one. */
SBK_CHECK_RESULT sbk_result sbk_statement_step(struct sbk_statement *statement, bool *row, struct sbk_error *error);

/* Runs a statement to its end, whatever rows it gives, then ends it: *statement becomes NULL, on failure too. */
SBK_CHECK_RESULT sbk_result sbk_statement_run(struct sbk_statement **statement, struct sbk_error *error);

/* Columns of the present row, numbered from 0; text and blob are valid until the next step or end. Text is NULL for
 * NULL; a blob's size is 0 for NULL. */
int64_t sbk_statement_int(struct sbk_statement *statement, int column);
const char *sbk_statement_text(struct sbk_statement *statement, int column);
const uint8_t *sbk_statement_blob(struct sbk_statement *statement, int column, size_t *size);
bool sbk_statement_is_null(struct sbk_statement *statement, int column);

/* A blob column that must have exactly this size, copied; otherwise SBK_TAMPERED naming the file. */
SBK_CHECK_RESULT sbk_result sbk_statement_copy(
    struct sbk_statement *statement, int column, void *data, size_t size, struct sbk_error *error);

/* Done with this use; sets the pointer to NULL; accepts NULL inside. */
void sbk_statement_end(struct sbk_statement **statement);

#endif
