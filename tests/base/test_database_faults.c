/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/base/base_test.h"

#include "base/database.h"
#include "schema/reason.h"
#include "tests/base/fault_vfs.h"

/*
 * Making a database, migrating it and one transaction of two rows, with each changing call of the file system failing
 * in turn. Whatever happens: no leak, no crash, an error that says so; afterwards the file opens, and holds both rows
 * or none; both, if the commit said it was done.
 */
static const char *const migrations[] = {
    "CREATE TABLE pair (id INTEGER PRIMARY KEY, half TEXT NOT NULL) STRICT;",
    "ALTER TABLE pair ADD COLUMN note TEXT; CREATE INDEX pair_half ON pair (half);",
};
static const struct sbk_database_plan plan = {migrations, 2, 0x53424B54, NULL};
static const struct sbk_database_plan faulty = {migrations, 2, 0x53424B54, FAULT_VFS};

static sbk_result write_pair(struct sbk_database *database, struct sbk_error *error) {
    sbk_result result = sbk_database_begin(database, error);
    if (result != SBK_OK) {
        return result;
    }
    for (int64_t id = 1; result == SBK_OK && id <= 2; id++) {
        struct sbk_statement *statement = NULL;
        result = sbk_statement_begin(database, "INSERT INTO pair (id, half) VALUES (?1, ?2)", &statement, error);
        if (result == SBK_OK) {
            sbk_statement_bind_int(statement, 1, id);
            sbk_statement_bind_text(statement, 2, "half");
            result = sbk_statement_run(&statement, error);
        }
    }
    if (result == SBK_OK) {
        return sbk_database_commit(database, error);
    }
    sbk_database_rollback(database);
    return result;
}

static int64_t pairs(void) {
    struct sbk_error error = {SBK_OK, NULL, ""};
    struct sbk_database *database = NULL;
    const sbk_result opened = sbk_database_open(&database, "db", &plan, SBK_DATABASE_CREATE, &error);
    if (opened != SBK_OK) {
        print_error("%s\n", error.text);
    }
    assert_int_equal(opened, SBK_OK);
    struct sbk_statement *statement = NULL;
    bool row = false;
    assert_int_equal(sbk_statement_begin(database, "SELECT count(*) FROM pair", &statement, NULL), SBK_OK);
    assert_int_equal(sbk_statement_step(statement, &row, NULL), SBK_OK);
    const int64_t count = sbk_statement_int(statement, 0);
    sbk_statement_end(&statement);
    sbk_database_close(&database);
    return count;
}

static void clear(void) {
    (void)unlink("db");
    (void)unlink("db-wal");
    (void)unlink("db-shm");
}

/* Returns how many runs ended with an error. */
static int enumerate(int code, int lasting) {
    int failures = 0;
    for (int at = 1;; at++) {
        clear();
        struct sbk_error error = {SBK_OK, NULL, ""};
        struct sbk_database *database = NULL;
        fault_vfs_arm(at, code, lasting);
        sbk_result result = sbk_database_open(&database, "db", &faulty, SBK_DATABASE_CREATE, &error);
        if (result == SBK_OK) {
            result = write_pair(database, &error);
        } else {
            assert_null(database);
        }
        const int made = fault_vfs_calls();
        sbk_database_close(&database);
        fault_vfs_arm(0, SQLITE_OK, 0);
        const int64_t count = pairs();
        if (result == SBK_OK) {
            assert_int_equal(count, 2);
        } else {
            failures++;
            assert_int_equal(result, SBK_ENVIRONMENT);
            assert_true(strncmp(error.text, "db: ", 4) == 0);
            assert_true(count == 0 || count == 2);
        }
        if (made < at) {
            assert_int_equal(result, SBK_OK);
            return failures;
        }
    }
}

static void every_failing_write_is_survived(void **state) {
    (void)state;
    assert_true(enumerate(SQLITE_IOERR_WRITE, 0) > 5);
    assert_true(enumerate(SQLITE_IOERR_WRITE, 1) > 5);
}

static void every_failing_sync_is_survived(void **state) {
    (void)state;
    assert_true(enumerate(SQLITE_IOERR_FSYNC, 0) > 5);
}

static void every_full_disk_is_survived(void **state) {
    (void)state;
    assert_true(enumerate(SQLITE_FULL, 0) > 5);
    assert_true(enumerate(SQLITE_FULL, 1) > 5);
}

static void a_full_disk_is_named(void **state) {
    (void)state;
    struct sbk_error error = {SBK_OK, NULL, ""};
    struct sbk_database *database = NULL;
    assert_int_equal(sbk_database_open(&database, "db", &faulty, SBK_DATABASE_CREATE, &error), SBK_OK);
    fault_vfs_arm(1, SQLITE_FULL, 1);
    assert_int_equal(write_pair(database, &error), SBK_ENVIRONMENT);
    assert_string_equal(error.reason, SBK_REASON_DISK);
    assert_non_null(strstr(error.text, "free some space"));
    /* Space again: the same connection goes on. */
    fault_vfs_arm(0, SQLITE_OK, 0);
    assert_int_equal(write_pair(database, &error), SBK_OK);
    sbk_database_close(&database);
    assert_int_equal(pairs(), 2);
}

static void syncs_are_counted(void **state) {
    (void)state;
    /* One transaction in WAL with synchronous=FULL: frames and one sync; the file itself is not touched. */
    struct sbk_database *database = NULL;
    assert_int_equal(sbk_database_open(&database, "db", &faulty, SBK_DATABASE_CREATE, NULL), SBK_OK);
    fault_vfs_arm(0, SQLITE_OK, 0);
    assert_int_equal(write_pair(database, NULL), SBK_OK);
    assert_true(fault_vfs_calls() >= 2 && fault_vfs_calls() <= 8);
    sbk_database_close(&database);
}

static int begin_group(void **state) {
    (void)state;
    return fault_vfs_register() == SQLITE_OK ? 0 : -1;
}

#define SCRATCH(test) cmocka_unit_test_setup_teardown(test, enter_scratch, leave_scratch)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH(every_failing_write_is_survived),
        SCRATCH(every_failing_sync_is_survived),
        SCRATCH(every_full_disk_is_survived),
        SCRATCH(a_full_disk_is_named),
        SCRATCH(syncs_are_counted),
    };
    return cmocka_run_group_tests_name("base/database-faults", tests, begin_group, NULL);
}
