/* SPDX-License-Identifier: Apache-2.0 */
#include "base/database.h"

#include "base/buffer.h"
#include "base/database_private.h"
#include "base/file.h"
#include "base/file_private.h"
#include "base/i18n.h"
#include "schema/reason.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MILLISECONDS 5000

sbk_result sbk_fail_sqlite(struct sbk_error *error, const char *path, int code, const char *words) {
    sbk_result result = SBK_ENVIRONMENT;
    const char *reason = SBK_REASON_DATABASE;
    const char *advice = N_("nothing was changed; if it stays so, restore the folder from a copy");
    switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        reason = SBK_REASON_BUSY;
        advice = N_("another program is using it; wait until it ends and try again");
        break;
    case SQLITE_FULL:
        reason = SBK_REASON_DISK;
        advice = N_("nothing was changed; free some space and try again");
        break;
    case SQLITE_IOERR:
        reason = SBK_REASON_DISK;
        advice = N_("check the disk and its free space, then try again");
        break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
        reason = SBK_REASON_PERMISSIONS;
        advice = N_("check that the file and its folder can be written by you");
        break;
    case SQLITE_NOMEM:
        reason = SBK_REASON_MEMORY;
        advice = N_("nothing was changed; close other programs and try again");
        break;
    case SQLITE_INTERRUPT:
        reason = SBK_REASON_INTERRUPTED;
        advice = N_("nothing was changed");
        break;
    case SQLITE_CONSTRAINT:
        result = SBK_REFUSED;
        if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
            reason = SBK_REASON_EXISTS;
        }
        advice = N_("nothing was changed");
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        result = SBK_TAMPERED;
        advice = N_("the file is damaged or is not what its name says; keep it and restore a copy");
        break;
    default:
        break;
    }
    return sbk_fail(error, result, reason, _("%s: %s (SQLite %d); %s"), path, words, code, _(advice));
}

sbk_result sbk_database_fail(struct sbk_database *database, struct sbk_error *error) {
    return sbk_fail_sqlite(
        error, database->path, sqlite3_extended_errcode(database->handle), sqlite3_errmsg(database->handle));
}

sbk_result sbk_database_run(struct sbk_database *database, const char *sql, struct sbk_error *error) {
    if (sqlite3_exec(database->handle, sql, NULL, NULL, NULL) != SQLITE_OK) {
        return sbk_database_fail(database, error);
    }
    return SBK_OK;
}

/* The one value of a PRAGMA or SELECT as a number. */
static sbk_result ask_number(struct sbk_database *database, const char *sql, int64_t *number, struct sbk_error *error) {
    sqlite3_stmt *statement = NULL;
    sbk_result result = SBK_OK;
    if (sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        result = sbk_database_fail(database, error);
    } else {
        *number = sqlite3_column_int64(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    return result;
}

/* Turns the write-ahead log on; a file system that cannot do it would weaken every promise quietly. */
static sbk_result use_log(struct sbk_database *database, struct sbk_error *error) {
    sqlite3_stmt *statement = NULL;
    sbk_result result = SBK_OK;
    if (sqlite3_prepare_v2(database->handle, "PRAGMA journal_mode = WAL", -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        result = sbk_database_fail(database, error);
    } else {
        const unsigned char *mode = sqlite3_column_text(statement, 0);
        if (mode == NULL || strcmp((const char *)mode, "wal") != 0) {
            result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_DATABASE,
                _("%s: this file system cannot hold a write-ahead log; use a local disk"), database->path);
        }
    }
    (void)sqlite3_finalize(statement);
    return result;
}

static sbk_result configure(struct sbk_database *database, struct sbk_error *error) {
    sqlite3 *handle = database->handle;
    (void)sqlite3_extended_result_codes(handle, 1);
    (void)sqlite3_busy_timeout(handle, BUSY_MILLISECONDS);
    if (sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
        sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) != SQLITE_OK ||
        sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL) != SQLITE_OK ||
        sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL) != SQLITE_OK) {
        return sbk_database_fail(database, error);
    }
    return sbk_database_run(database, "PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON", error);
}

/* Reads the version; refuses a file that is not ours or is newer than we are. Version 0 is a file without content. */
static sbk_result check_owner(
    struct sbk_database *database, const struct sbk_database_plan *plan, int64_t *version, struct sbk_error *error) {
    int64_t application = 0;
    int64_t objects = 0;
    sbk_result result = ask_number(database, "PRAGMA user_version", version, error);
    if (result == SBK_OK) {
        result = ask_number(database, "PRAGMA application_id", &application, error);
    }
    if (result == SBK_OK) {
        result = ask_number(database, "SELECT count(*) FROM sqlite_schema", &objects, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    const bool blank = *version == 0 && application == 0 && objects == 0;
    if (!blank && (*version <= 0 || (uint32_t)application != plan->application_id)) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_DATABASE,
            _("%s: is a database of something else; check the folder"), database->path);
    }
    if ((uint64_t)*version > plan->migration_count) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_DATABASE,
            _("%s: was written by a newer Sembako (version %lld, this program knows %zu); use the newer program"),
            database->path, (long long)*version, plan->migration_count);
    }
    return SBK_OK;
}

/* Inside the transaction: what other programs may have migrated meanwhile, then every step that is still missing. */
static sbk_result migrate_steps(
    struct sbk_database *database, const struct sbk_database_plan *plan, struct sbk_error *error) {
    int64_t version = 0;
    sbk_result result = check_owner(database, plan, &version, error);
    for (size_t step = (size_t)version; result == SBK_OK && step < plan->migration_count; step++) {
        result = sbk_database_run(database, plan->migrations[step], error);
    }
    if (result != SBK_OK) {
        return result;
    }
    char sql[96];
    (void)snprintf(sql, sizeof sql, "PRAGMA application_id = %ld; PRAGMA user_version = %zu",
        (long)(int32_t)plan->application_id, plan->migration_count);
    result = sbk_database_run(database, sql, error);
    int64_t orphans = 0;
    if (result == SBK_OK) {
        result = ask_number(database, "SELECT count(*) FROM pragma_foreign_key_check", &orphans, error);
    }
    if (result == SBK_OK && orphans != 0) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_DATABASE,
            _("%s: %lld rows refer to nothing after the update; it was undone, keep the file and report this"),
            database->path, (long long)orphans);
    }
    return result;
}

static sbk_result migrate(
    struct sbk_database *database, const struct sbk_database_plan *plan, struct sbk_error *error) {
    int64_t version = 0;
    sbk_result result = check_owner(database, plan, &version, error);
    if (result == SBK_OK) {
        result = use_log(database, error);
    }
    /* A step may rebuild a table that others refer to; the check at the end stands in for the keys. */
    if (result == SBK_OK && (size_t)version < plan->migration_count) {
        result = sbk_database_run(database, "PRAGMA foreign_keys = OFF", error);
        if (result == SBK_OK) {
            result = sbk_database_begin(database, error);
        }
        if (result == SBK_OK) {
            result = migrate_steps(database, plan, error);
            if (result == SBK_OK) {
                result = sbk_database_commit(database, error);
            } else {
                sbk_database_rollback(database);
            }
        }
    }
    return result;
}

static sbk_result check_read_only(
    struct sbk_database *database, const struct sbk_database_plan *plan, struct sbk_error *error) {
    int64_t version = 0;
    const sbk_result result = check_owner(database, plan, &version, error);
    if (result == SBK_OK && (uint64_t)version < plan->migration_count) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_DATABASE,
            _("%s: was written by an older Sembako (version %lld); run the program that owns it once to update it"),
            database->path, (long long)version);
    }
    return result;
}

/* Makes the file with its mode before SQLite would with the umask's, and makes its name durable. */
static sbk_result make_file(const char *path, struct sbk_error *error) {
    const int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return errno == EEXIST ? SBK_OK : sbk_fail_system(error, errno, path, _("cannot be made"));
    }
    (void)close(descriptor);
    char *parent = sbk_path_parent(path);
    if (parent == NULL) {
        return sbk_fail_system(error, ENOMEM, path, _("cannot be made"));
    }
    const sbk_result result = sbk_directory_sync(parent, error);
    free(parent);
    return result;
}

/* Whether a file to be read lies where nothing can be written (a copy on a stick, an auditor's medium) and has no log
 * beside it: then it is complete in itself, and SQLite, which would want to make its shared memory file there, must be
 * told that nobody changes it. */
static bool immutable(const char *path) {
    bool alone = false;
    const size_t room = strlen(path) + sizeof "-wal";
    char *parent = sbk_path_parent(path);
    char *log = malloc(room);
    if (parent != NULL && log != NULL) {
        struct stat status;
        (void)snprintf(log, room, "%s-wal", path);
        alone = faccessat(AT_FDCWD, parent, W_OK, AT_EACCESS) != 0 && (stat(log, &status) != 0 || status.st_size == 0);
    }
    free(parent);
    free(log);
    return alone;
}

/* "file:PATH?immutable=1" with what a URI reserves escaped. */
static sbk_result immutable_uri(const char *path, struct sbk_buffer *buffer, struct sbk_error *error) {
    sbk_result result = sbk_buffer_append_text(buffer, "file:", error);
    for (const char *at = path; result == SBK_OK && *at != '\0'; at++) {
        result = strchr("%?#", *at) != NULL
                     ? sbk_buffer_append_format(buffer, error, "%%%02X", (unsigned)(unsigned char)*at)
                     : sbk_buffer_append(buffer, at, 1, error);
    }
    return result == SBK_OK ? sbk_buffer_append_text(buffer, "?immutable=1", error) : result;
}

static sbk_result open_file(
    struct sbk_database *database, const char *vfs, enum sbk_database_mode mode, struct sbk_error *error) {
    const char *path = database->path;
    sbk_result result = SBK_OK;
    if (mode == SBK_DATABASE_CREATE) {
        result = make_file(path, error);
    } else if (!sbk_file_exists(path)) {
        result = sbk_fail_system(error, ENOENT, path, _("cannot be opened"));
    }
    if (result != SBK_OK) {
        return result;
    }
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= mode == SBK_DATABASE_READ_ONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    struct sbk_buffer uri = SBK_BUFFER_EMPTY;
    const char *name = path;
    if (mode == SBK_DATABASE_READ_ONLY && immutable(path)) {
        flags |= SQLITE_OPEN_URI;
        result = immutable_uri(path, &uri, error);
        result = result == SBK_OK ? sbk_buffer_text(&uri, &name, error) : result;
        if (result != SBK_OK) {
            sbk_buffer_free(&uri);
            return result;
        }
    }
    const int code = sqlite3_open_v2(name, &database->handle, flags, vfs);
    sbk_buffer_free(&uri);
    if (code != SQLITE_OK) {
        const char *words = database->handle == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(database->handle);
        return sbk_fail_sqlite(error, path, code, words);
    }
    return SBK_OK;
}

sbk_result sbk_database_open(struct sbk_database **database, const char *path, const struct sbk_database_plan *plan,
    enum sbk_database_mode mode, struct sbk_error *error) {
    struct sbk_database *opened = calloc(1, sizeof *opened);
    char *copy = strdup(path);
    if (opened == NULL || copy == NULL) {
        free(opened);
        free(copy);
        return sbk_fail_system(error, ENOMEM, path, _("cannot be opened"));
    }
    opened->path = copy;
    sbk_result result = open_file(opened, plan->vfs, mode, error);
    if (result == SBK_OK) {
        result = configure(opened, error);
    }
    if (result == SBK_OK) {
        result = mode == SBK_DATABASE_READ_ONLY ? check_read_only(opened, plan, error) : migrate(opened, plan, error);
    }
    if (result == SBK_OK) {
        result = sbk_database_run(opened, "PRAGMA foreign_keys = ON", error);
    }
    if (result == SBK_OK) {
        *database = opened;
    } else {
        sbk_database_close(&opened);
    }
    return result;
}

void sbk_database_close(struct sbk_database **database) {
    struct sbk_database *closing = *database;
    if (closing == NULL) {
        return;
    }
    sbk_statements_free(closing);
    (void)sqlite3_close_v2(closing->handle);
    free(closing->path);
    free(closing);
    *database = NULL;
}

sbk_result sbk_database_begin(struct sbk_database *database, struct sbk_error *error) {
    return sbk_database_run(database, "BEGIN IMMEDIATE", error);
}

sbk_result sbk_database_commit(struct sbk_database *database, struct sbk_error *error) {
    const sbk_result result = sbk_database_run(database, "COMMIT", error);
    if (result != SBK_OK) {
        sbk_database_rollback(database);
    }
    return result;
}

void sbk_database_rollback(struct sbk_database *database) {
    /* SQLite may have rolled back by itself after a full disk or an I/O error. */
    if (sqlite3_get_autocommit(database->handle) == 0) {
        (void)sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
    }
}

int64_t sbk_database_last_row(const struct sbk_database *database) {
    return sqlite3_last_insert_rowid(database->handle);
}

int64_t sbk_database_changes(const struct sbk_database *database) {
    return sqlite3_changes64(database->handle);
}

sqlite3 *sbk_database_handle(struct sbk_database *database) {
    return database->handle;
}
