/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_BASE_DATABASE_PRIVATE_H
#define SBK_BASE_DATABASE_PRIVATE_H

#include "base/database.h"

struct sbk_statement {
    struct sbk_database *database;
    struct sbk_statement *next; /* in the database's list */
    sqlite3_stmt *compiled;
    int bind_failed; /* SQLite's code of the first bind that failed */
    bool busy;       /* between begin and end */
};

struct sbk_database {
    sqlite3 *handle;
    char *path;
    struct sbk_statement *statements;
};

/* Ends every statement and gives the list up. */
void sbk_statements_free(struct sbk_database *database);

/* The error for SQLite's (extended) code with its words. Returns the result. */
sbk_result sbk_fail_sqlite(struct sbk_error *error, const char *path, int code, const char *words);

#endif
