/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/base/base_test.h"

#include "base/database.h"
#include "schema/reason.h"

#include <sys/wait.h>

#define ID 0x53424B54

static const char *const migrations[] = {
    "CREATE TABLE item (code TEXT PRIMARY KEY, unit INTEGER NOT NULL CHECK (unit > 0), hash BLOB) STRICT;",
    "CREATE TABLE price (code TEXT NOT NULL REFERENCES item (code), rupiah INTEGER NOT NULL) STRICT;",
    "INSERT INTO item (code, unit) VALUES ('garam', 1);",
};
static const struct sbk_database_plan plan = {migrations, 3, ID, NULL};
static const struct sbk_database_plan first_plan = {migrations, 1, ID, NULL};
static struct sbk_error error;

static struct sbk_database *open_it(const struct sbk_database_plan *with, enum sbk_database_mode mode) {
    struct sbk_database *database = NULL;
    memset(&error, 0, sizeof error);
    const sbk_result result = sbk_database_open(&database, "db", with, mode, &error);
    if (result != SBK_OK) {
        print_error("%s\n", error.text);
    }
    assert_int_equal(result, SBK_OK);
    return database;
}

static void assert_closed(
    sbk_result expected, const struct sbk_database_plan *with, enum sbk_database_mode mode, const char *part) {
    struct sbk_database *database = NULL;
    memset(&error, 0, sizeof error);
    assert_int_equal(sbk_database_open(&database, "db", with, mode, &error), expected);
    assert_null(database);
    assert_non_null(strstr(error.text, part));
    assert_true(strncmp(error.text, "db: ", 4) == 0);
}

static int64_t number(struct sbk_database *database, const char *sql) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    assert_int_equal(sbk_statement_begin(database, sql, &statement, &error), SBK_OK);
    assert_int_equal(sbk_statement_step(statement, &row, &error), SBK_OK);
    assert_true(row);
    const int64_t value = sbk_statement_int(statement, 0);
    sbk_statement_end(&statement);
    return value;
}

static void is_made_as_it_must_be(void **state) {
    (void)state;
    const mode_t mask = umask(022);
    struct sbk_database *database = open_it(&plan, SBK_DATABASE_CREATE);
    (void)umask(mask);
    struct stat status;
    assert_int_equal(stat("db", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat("db-wal", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(number(database, "PRAGMA synchronous"), 2);
    assert_int_equal(number(database, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number(database, "PRAGMA trusted_schema"), 0);
    assert_int_equal(number(database, "PRAGMA user_version"), 3);
    assert_int_equal(number(database, "PRAGMA application_id"), ID);
    struct sbk_statement *statement = NULL;
    bool row = false;
    assert_int_equal(sbk_statement_begin(database, "PRAGMA journal_mode", &statement, &error), SBK_OK);
    assert_int_equal(sbk_statement_step(statement, &row, &error), SBK_OK);
    assert_string_equal(sbk_statement_text(statement, 0), "wal");
    sbk_statement_end(&statement);
    assert_int_equal(number(database, "SELECT count(*) FROM item"), 1);
    sbk_database_close(&database);
    sbk_database_close(&database);
    database = open_it(&plan, SBK_DATABASE_OPEN);
    assert_int_equal(number(database, "SELECT count(*) FROM item"), 1); /* migrations ran once */
    sbk_database_close(&database);
}

static void is_brought_forward(void **state) {
    (void)state;
    struct sbk_database *database = open_it(&first_plan, SBK_DATABASE_CREATE);
    assert_int_equal(sbk_database_run(database, "INSERT INTO item (code, unit) VALUES ('beras', 2)", &error), SBK_OK);
    sbk_database_close(&database);
    assert_closed(SBK_ENVIRONMENT, &plan, SBK_DATABASE_READ_ONLY, "older Sembako (version 1)");
    database = open_it(&plan, SBK_DATABASE_OPEN);
    assert_int_equal(number(database, "PRAGMA user_version"), 3);
    assert_int_equal(number(database, "SELECT count(*) FROM item"), 2);
    sbk_database_close(&database);
    assert_closed(SBK_ENVIRONMENT, &first_plan, SBK_DATABASE_OPEN, "newer Sembako (version 3, this program knows 1)");
    assert_closed(SBK_ENVIRONMENT, &first_plan, SBK_DATABASE_CREATE, "newer Sembako");
}

static void a_broken_migration_changes_nothing(void **state) {
    (void)state;
    static const char *const broken[] = {
        "CREATE TABLE item (code TEXT PRIMARY KEY, unit INTEGER NOT NULL CHECK (unit > 0), hash BLOB) STRICT;",
        "CREATE TABLE other (id INTEGER PRIMARY KEY) STRICT; INSERT INTO nowhere VALUES (1);"};
    static const struct sbk_database_plan bad = {broken, 2, ID, NULL};
    assert_closed(SBK_ENVIRONMENT, &bad, SBK_DATABASE_CREATE, "nowhere");
    struct sbk_database *database = open_it(&first_plan, SBK_DATABASE_CREATE);
    sbk_database_close(&database);
    assert_closed(SBK_ENVIRONMENT, &bad, SBK_DATABASE_OPEN, "nowhere");
    database = open_it(&first_plan, SBK_DATABASE_OPEN);
    assert_int_equal(number(database, "PRAGMA user_version"), 1);
    assert_int_equal(number(database, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"), 1);
    sbk_database_close(&database);
}

static void a_migration_may_not_orphan_rows(void **state) {
    (void)state;
    static const char *const orphaning[] = {
        "CREATE TABLE a (id INTEGER PRIMARY KEY) STRICT; CREATE TABLE b (a INTEGER REFERENCES a (id)) STRICT;"
        "INSERT INTO b VALUES (5);"};
    static const struct sbk_database_plan bad = {orphaning, 1, ID, NULL};
    assert_closed(SBK_ENVIRONMENT, &bad, SBK_DATABASE_CREATE, "refer to nothing");
}

static void other_files_are_left_alone(void **state) {
    (void)state;
    assert_closed(SBK_ENVIRONMENT, &plan, SBK_DATABASE_OPEN, "cannot be opened");
    assert_closed(SBK_ENVIRONMENT, &plan, SBK_DATABASE_READ_ONLY, "cannot be opened");
    assert_int_equal(entries("."), 0);
    put_file("db", "this is a letter to grandmother, not a database at all\n", 0600);
    assert_closed(SBK_TAMPERED, &plan, SBK_DATABASE_OPEN, "not a database");
    assert_closed(SBK_TAMPERED, &plan, SBK_DATABASE_CREATE, "not a database");
    assert_file("db", "this is a letter to grandmother, not a database at all\n");
    assert_int_equal(unlink("db"), 0);
    sqlite3 *foreign = NULL;
    assert_int_equal(sqlite3_open("db", &foreign), SQLITE_OK);
    assert_int_equal(sqlite3_exec(foreign, "CREATE TABLE theirs (x)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(foreign), SQLITE_OK);
    assert_closed(SBK_ENVIRONMENT, &plan, SBK_DATABASE_CREATE, "something else");
    static const struct sbk_database_plan other = {migrations, 3, ID + 1, NULL};
    assert_int_equal(unlink("db"), 0);
    struct sbk_database *database = open_it(&plan, SBK_DATABASE_CREATE);
    sbk_database_close(&database);
    assert_closed(SBK_ENVIRONMENT, &other, SBK_DATABASE_CREATE, "something else");
}

static void a_damaged_file_is_tampering(void **state) {
    (void)state;
    struct sbk_database *database = open_it(&plan, SBK_DATABASE_CREATE);
    sbk_database_close(&database);
    FILE *file = fopen("db", "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 100, SEEK_SET), 0);
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(fputc(0xFF, file), 0xFF);
    }
    assert_int_equal(fclose(file), 0);
    assert_closed(SBK_TAMPERED, &plan, SBK_DATABASE_OPEN, "damaged");
    assert_string_equal(error.reason, SBK_REASON_DATABASE);
}

static void read_only_changes_nothing(void **state) {
    (void)state;
    struct sbk_database *database = open_it(&plan, SBK_DATABASE_CREATE);
    sbk_database_close(&database);
    database = open_it(&plan, SBK_DATABASE_READ_ONLY);
    assert_int_equal(number(database, "SELECT count(*) FROM item"), 1);
    assert_int_equal(sbk_database_run(database, "DELETE FROM item", &error), SBK_ENVIRONMENT);
    assert_string_equal(error.reason, SBK_REASON_PERMISSIONS);
    sbk_database_close(&database);
}

static sbk_result insert(struct sbk_database *database, const char *code, int64_t unit) {
    struct sbk_statement *statement = NULL;
    const sbk_result result =
        sbk_statement_begin(database, "INSERT INTO item (code, unit) VALUES (?1, ?2)", &statement, &error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_text(statement, 1, code);
    sbk_statement_bind_int(statement, 2, unit);
    return sbk_statement_run(&statement, &error);
}

static void media_that_cannot_be_written_are_read(void **state) {
    (void)state;
    static const char folder[] = "odd ?#%41";
    static const char path[] = "odd ?#%41/db";
    struct sbk_database *database = NULL;
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(sbk_database_open(&database, path, &plan, SBK_DATABASE_CREATE, &error), SBK_OK);
    assert_int_equal(insert(database, "beras", 1), SBK_OK);
    sbk_database_close(&database);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    assert_int_equal(chmod(".", 0711), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* To root everything can be written. */
        if (geteuid() == 0 && setuid(65534) != 0) {
            _exit(99);
        }
        const sbk_result result = sbk_database_open(&database, path, &plan, SBK_DATABASE_READ_ONLY, &error);
        const bool read = result == SBK_OK && number(database, "SELECT count(*) FROM item") == 2;
        sbk_database_close(&database);
        _exit(read ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(unlink(path), 0);
}

static void constraints_refuse(void **state) {
    (void)state;
    struct sbk_database *database = open_it(&plan, SBK_DATABASE_CREATE);
    assert_int_equal(insert(database, "beras", 1), SBK_OK);
    assert_int_equal(sbk_database_changes(database), 1);
    assert_int_equal(insert(database, "beras", 1), SBK_REFUSED);
    assert_string_equal(error.reason, SBK_REASON_EXISTS);
    assert_int_equal(insert(database, "gula", 0), SBK_REFUSED);
    assert_string_equal(error.reason, SBK_REASON_DATABASE);
    assert_int_equal(
        sbk_database_run(database, "INSERT INTO price (code, rupiah) VALUES ('none', 5)", &error), SBK_REFUSED);
    assert_non_null(strstr(error.text, "FOREIGN KEY"));
    assert_int_equal(
        sbk_database_run(database, "INSERT INTO price (code, rupiah) VALUES ('beras', 'five')", &error), SBK_REFUSED);
    assert_int_equal(sbk_database_run(database, "SELEKT 1", &error), SBK_ENVIRONMENT);
    /* A quoted word that is no column is an error, not a string. */
    assert_int_equal(sbk_database_run(database, "SELECT \"no such column\"", &error), SBK_ENVIRONMENT);
    assert_int_equal(number(database, "SELECT count(*) FROM item"), 2);
    sbk_database_close(&database);
}

static void transactions_are_whole(void **state) {
    (void)state;
    struct sbk_database *database = open_it(&plan, SBK_DATABASE_CREATE);
    assert_int_equal(sbk_database_begin(database, &error), SBK_OK);
    assert_int_equal(sbk_database_begin(database, &error), SBK_ENVIRONMENT); /* they do not nest */
    assert_int_equal(insert(database, "beras", 1), SBK_OK);
    sbk_database_rollback(database);
    sbk_database_rollback(database);
    assert_int_equal(number(database, "SELECT count(*) FROM item"), 1);
    assert_int_equal(sbk_database_begin(database, &error), SBK_OK);
    assert_int_equal(insert(database, "beras", 1), SBK_OK);
    assert_int_equal(sbk_database_commit(database, &error), SBK_OK);
    assert_int_equal(sbk_database_begin(database, &error), SBK_OK);
    assert_int_equal(insert(database, "gula", 1), SBK_OK);
    sbk_database_close(&database); /* rolls back */
    database = open_it(&plan, SBK_DATABASE_OPEN);
    assert_int_equal(number(database, "SELECT count(*) FROM item"), 2);
    sbk_database_close(&database);
}

static void writers_wait_for_each_other(void **state) {
    (void)state;
    struct sbk_database *one = open_it(&plan, SBK_DATABASE_CREATE);
    struct sbk_database *other = open_it(&plan, SBK_DATABASE_OPEN);
    assert_int_equal(sqlite3_busy_timeout(sbk_database_handle(other), 20), SQLITE_OK);
    assert_int_equal(sbk_database_begin(one, &error), SBK_OK);
    assert_int_equal(sbk_database_begin(other, &error), SBK_ENVIRONMENT);
    assert_string_equal(error.reason, SBK_REASON_BUSY);
    assert_int_equal(sbk_database_commit(one, &error), SBK_OK);
    assert_int_equal(sbk_database_begin(other, &error), SBK_OK);
    sbk_database_rollback(other);
    sbk_database_close(&one);
    sbk_database_close(&other);
}

static int statements_of(struct sbk_database *database) {
    int count = 0;
    for (sqlite3_stmt *found = sqlite3_next_stmt(sbk_database_handle(database), NULL); found != NULL;
         found = sqlite3_next_stmt(sbk_database_handle(database), found)) {
        count++;
    }
    return count;
}

static void statements_are_used_again(void **state) {
    (void)state;
    struct sbk_database *database = open_it(&plan, SBK_DATABASE_CREATE);
    for (int64_t i = 0; i < 50; i++) {
        char code[16];
        (void)snprintf(code, sizeof code, "item-%d", (int)i);
        assert_int_equal(insert(database, code, i + 1), SBK_OK);
    }
    assert_int_equal(statements_of(database), 1);
    /* The same text twice at once: each use has its own. */
    static const char sql[] = "SELECT code FROM item WHERE unit = ?1";
    struct sbk_statement *outer = NULL;
    struct sbk_statement *inner = NULL;
    bool row = false;
    assert_int_equal(sbk_statement_begin(database, sql, &outer, &error), SBK_OK);
    sbk_statement_bind_int(outer, 1, 7);
    assert_int_equal(sbk_statement_step(outer, &row, &error), SBK_OK);
    assert_int_equal(sbk_statement_begin(database, sql, &inner, &error), SBK_OK);
    sbk_statement_bind_int(inner, 1, 8);
    assert_int_equal(sbk_statement_step(inner, &row, &error), SBK_OK);
    assert_string_equal(sbk_statement_text(outer, 0), "item-6");
    assert_string_equal(sbk_statement_text(inner, 0), "item-7");
    sbk_statement_end(&inner);
    sbk_statement_end(&inner);
    assert_int_equal(sbk_statement_step(outer, &row, &error), SBK_OK);
    assert_false(row);
    sbk_statement_end(&outer);
    /* Bindings do not outlive their use. */
    assert_int_equal(sbk_statement_begin(database, sql, &outer, &error), SBK_OK);
    assert_int_equal(sbk_statement_step(outer, &row, &error), SBK_OK);
    assert_false(row);
    sbk_statement_end(&outer);
    assert_int_equal(statements_of(database), 3);
    sbk_database_close(&database);
}

static void binds_that_fail_are_told(void **state) {
    (void)state;
    struct sbk_database *database = open_it(&plan, SBK_DATABASE_CREATE);
    struct sbk_statement *statement = NULL;
    assert_int_equal(
        sbk_statement_begin(database, "INSERT INTO item (code, unit) VALUES (?1, 1)", &statement, &error), SBK_OK);
    sbk_statement_bind_int(statement, 2, 5);
    sbk_statement_bind_text(statement, 1, "beras");
    assert_int_equal(sbk_statement_run(&statement, &error), SBK_ENVIRONMENT);
    assert_null(statement);
    assert_int_equal(number(database, "SELECT count(*) FROM item"), 1);
    sbk_database_close(&database);
}

static void columns_come_back(void **state) {
    (void)state;
    struct sbk_database *database = open_it(&plan, SBK_DATABASE_CREATE);
    struct sbk_statement *statement = NULL;
    static const uint8_t hash[4] = {1, 0, 2, 0xFF};
    uint8_t copy[4] = {9, 9, 9, 9};
    bool row = false;
    assert_int_equal(sbk_statement_begin(database,
                         "INSERT INTO item (code, unit, hash) VALUES (?1, ?2, ?3), ('empty', 1, ?4), ('null', 1, ?5)",
                         &statement, &error),
        SBK_OK);
    sbk_statement_bind_text(statement, 1, "beras");
    sbk_statement_bind_int(statement, 2, INT64_MAX);
    sbk_statement_bind_blob(statement, 3, hash, sizeof hash);
    sbk_statement_bind_blob(statement, 4, "", 0);
    sbk_statement_bind_blob(statement, 5, NULL, 0);
    assert_int_equal(sbk_statement_run(&statement, &error), SBK_OK);
    assert_int_equal(sbk_database_last_row(database) > 0, 1);
    assert_int_equal(sbk_statement_begin(database, "SELECT unit, hash FROM item WHERE code <> 'garam' ORDER BY rowid",
                         &statement, &error),
        SBK_OK);
    assert_int_equal(sbk_statement_step(statement, &row, &error), SBK_OK);
    assert_true(sbk_statement_int(statement, 0) == INT64_MAX);
    assert_int_equal(sbk_statement_copy(statement, 1, copy, sizeof copy, &error), SBK_OK);
    assert_memory_equal(copy, hash, sizeof hash);
    assert_int_equal(sbk_statement_copy(statement, 1, copy, 3, &error), SBK_TAMPERED);
    size_t size = 9;
    assert_int_equal(sbk_statement_step(statement, &row, &error), SBK_OK);
    (void)sbk_statement_blob(statement, 1, &size);
    assert_int_equal(size, 0);
    assert_false(sbk_statement_is_null(statement, 1));
    assert_int_equal(sbk_statement_step(statement, &row, &error), SBK_OK);
    assert_true(sbk_statement_is_null(statement, 1));
    assert_null(sbk_statement_blob(statement, 1, &size));
    assert_null(sbk_statement_text(statement, 1));
    assert_int_equal(sbk_statement_copy(statement, 1, copy, 0, &error), SBK_TAMPERED);
    sbk_statement_end(&statement);
    sbk_database_close(&database);
}

static void a_folder_that_cannot_be_written_is_named(void **state) {
    (void)state;
    struct sbk_database *database = NULL;
    memset(&error, 0, sizeof error);
    assert_int_equal(sbk_database_open(&database, "no/db", &plan, SBK_DATABASE_CREATE, &error), SBK_ENVIRONMENT);
    assert_string_equal(error.reason, SBK_REASON_NOT_FOUND);
    static const struct sbk_database_plan odd = {migrations, 3, ID, "no such vfs"};
    assert_int_equal(sbk_database_open(&database, "db", &odd, SBK_DATABASE_CREATE, &error), SBK_ENVIRONMENT);
    assert_null(database);
}

#define SCRATCH(test) cmocka_unit_test_setup_teardown(test, enter_scratch, leave_scratch)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH(is_made_as_it_must_be),
        SCRATCH(is_brought_forward),
        SCRATCH(a_broken_migration_changes_nothing),
        SCRATCH(a_migration_may_not_orphan_rows),
        SCRATCH(other_files_are_left_alone),
        SCRATCH(a_damaged_file_is_tampering),
        SCRATCH(read_only_changes_nothing),
        SCRATCH(media_that_cannot_be_written_are_read),
        SCRATCH(constraints_refuse),
        SCRATCH(transactions_are_whole),
        SCRATCH(writers_wait_for_each_other),
        SCRATCH(statements_are_used_again),
        SCRATCH(binds_that_fail_are_told),
        SCRATCH(columns_come_back),
        SCRATCH(a_folder_that_cannot_be_written_is_named),
    };
    return cmocka_run_group_tests_name("base/database", tests, NULL, NULL);
}
