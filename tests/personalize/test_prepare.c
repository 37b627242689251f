/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "keys/crypto.h"
#include "personalize/batch_file.h"
#include "personalize/sample.h"
#include "schema/reason.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static int open_all(void **state) {
    struct world *world = calloc(1, sizeof(*world));

    world_open(world);
    *state = world;
    return 0;
}

static int close_all(void **state) {
    world_close(*state);
    free(*state);
    return 0;
}

static int tear_down(void **state) {
    static const char *const files[] = {"batch", "batch-1", "batch-2", NULL};

    world_clear(*state, files);
    return 0;
}

static int64_t ask(struct world *world, const char *sql) {
    struct sbk_statement *row = NULL;
    bool there = false;

    assert_int_equal(sbk_statement_begin(world->ledger, sql, &row, NULL), SBK_OK);
    assert_int_equal(sbk_statement_step(row, &there, NULL), SBK_OK);
    assert_true(there);
    const int64_t number = sbk_statement_int(row, 0);
    sbk_statement_end(&row);
    return number;
}

static void test_what_the_bureau_gets(void **state) {
    struct world *world = *state;
    struct sbk_batch_info info;
    struct sbk_batch_file file;
    struct sbk_batch_card card;
    struct sbk_mandate mandate;
    struct sbk_identity identity;
    struct stat status;
    uint8_t zeros[SBK_ALIAS_SIZE] = {0};
    uint32_t count = 0;

    world_prepare(world, "batch", 5, &info);
    assert_int_equal(info.number, 1);
    assert_int_equal(info.count, 5);
    assert_int_equal(stat(world_path(world, "batch"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(
        sbk_batch_file_open(&file, &world->office, world->bureau, world_path(world, "batch"), WORLD_NOW, NULL), SBK_OK);
    assert_memory_equal(file.batch.transport, "0123456789abcdef", 16);
    assert_memory_equal(file.batch.anchor.key, world->city.anchor.key, SBK_POINT_SIZE);
    struct sbk_reader cards = file.cards;
    while (sbk_batch_next(&cards, &card) == SBK_FORMAT_OK) {
        count++;
        assert_memory_not_equal(card.alias, zeros, sizeof(zeros));
        assert_int_equal(sbk_trust_verify_record(world->city.trust, card.identity.data, card.identity.size,
                             sbk_date_of_time(WORLD_NOW), NULL),
            SBK_OK);
        assert_int_equal(sbk_trust_verify_record(world->city.trust, card.mandate.data, card.mandate.size,
                             sbk_date_of_time(WORLD_NOW), NULL),
            SBK_OK);
        assert_int_equal(sbk_identity_parse(card.identity.data, card.identity.size, &identity), SBK_FORMAT_OK);
        assert_int_equal(sbk_card_number_check(identity.card_number), SBK_FORMAT_OK);
        assert_int_equal(sbk_mandate_parse(card.mandate.data, card.mandate.size, &mandate), SBK_FORMAT_OK);
        assert_int_equal(mandate.purse_count, 5);
        assert_int_equal(mandate.issued, sbk_date_of_time(WORLD_NOW));
    }
    assert_int_equal(count, 5);
    sbk_batch_file_close(&file);
}

/* One card a household, across batches. */
static void test_next_batch(void **state) {
    struct world *world = *state;
    struct sbk_batch_info first, second;

    world_prepare(world, "batch-1", 5, &first);
    world_prepare(world, "batch-2", 5, &second);
    assert_int_equal(second.number, 2);
    assert_int_equal(ask(world, "SELECT count(*) FROM person"), 10);
    assert_int_equal(ask(world, "SELECT count(DISTINCT household) FROM person"), 10);
    assert_int_equal(ask(world, "SELECT count(DISTINCT alias) FROM card"), 10);
    assert_int_equal(ask(world, "SELECT count(DISTINCT number) FROM card"), 10);
    assert_int_equal(ask(world, "SELECT count(*) FROM batch WHERE state = 'prepared'"), 2);
}

/* The file cannot be written: no card remains in the database. */
static void test_no_file(void **state) {
    struct world *world = *state;
    struct sbk_batch_info info;
    struct sbk_error error = {.reason = NULL};

    assert_int_equal(world_try_prepare(world, "no-folder/batch", 3, &info, &error), SBK_ENVIRONMENT);
    assert_int_equal(ask(world, "SELECT count(*) FROM batch"), 0);
    assert_int_equal(sbk_file_write(world_path(world, "batch"), "x", 1, 0600, SBK_FILE_NEW, NULL), SBK_OK);
    assert_int_equal(world_try_prepare(world, "batch", 3, &info, &error), SBK_ENVIRONMENT);
    assert_int_equal(ask(world, "SELECT count(*) FROM batch"), 0);
    assert_int_equal(ask(world, "SELECT count(*) FROM card"), 0);
    assert_int_equal(ask(world, "SELECT count(*) FROM person"), 0);
}

/* Cut off after the database said "preparing": with the file there the batch counts, without it never was. */
static void test_recover(void **state) {
    struct world *world = *state;
    struct sbk_batch_info info;
    struct sbk_ledger_batch batch;
    bool finished = false;

    world_prepare(world, "batch", 3, &info);
    assert_int_equal(sbk_prepare_recover(world->ledger, &batch, &finished, NULL), SBK_OK);
    assert_false(finished);
    assert_int_equal(ask(world, "SELECT count(*) FROM card"), 3);

    assert_int_equal(sbk_database_run(world->ledger, "UPDATE batch SET state = 'preparing'", NULL), SBK_OK);
    assert_int_equal(sbk_prepare_recover(world->ledger, &batch, &finished, NULL), SBK_OK);
    assert_true(finished);
    assert_int_equal(batch.info.number, 1);
    assert_int_equal(ask(world, "SELECT count(*) FROM batch WHERE state = 'prepared'"), 1);

    assert_int_equal(sbk_database_run(world->ledger, "UPDATE batch SET state = 'preparing'", NULL), SBK_OK);
    assert_int_equal(remove(world_path(world, "batch")), 0);
    assert_int_equal(sbk_prepare_recover(world->ledger, &batch, &finished, NULL), SBK_OK);
    assert_false(finished);
    assert_int_equal(ask(world, "SELECT count(*) FROM batch"), 0);
    assert_int_equal(ask(world, "SELECT count(*) FROM card"), 0);
    assert_int_equal(ask(world, "SELECT count(*) FROM person"), 0);
    assert_int_equal(ask(world, "SELECT count(*) FROM mandate"), 0);
    /* another file in its place is not the batch */
    world_prepare(world, "batch", 3, &info);
    assert_int_equal(sbk_database_run(world->ledger, "UPDATE batch SET state = 'preparing'", NULL), SBK_OK);
    assert_int_equal(sbk_file_write(world_path(world, "batch"), "x", 1, 0600, SBK_FILE_REPLACE, NULL), SBK_OK);
    assert_int_equal(sbk_prepare_recover(world->ledger, &batch, &finished, NULL), SBK_OK);
    assert_false(finished);
    assert_int_equal(ask(world, "SELECT count(*) FROM batch"), 0);
}

/* A batch file with a bit flipped anywhere is refused; so is one under another root. */
static void test_altered_batch(void **state) {
    struct world *world = *state;
    struct sbk_batch_info info;
    struct sbk_batch_file file;
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    const char *path = world_path(world, "batch");
    char copy[192];

    world_prepare(world, "batch", 2, &info);
    snprintf(copy, sizeof(copy), "%s", path);
    assert_int_equal(sbk_file_read(copy, 1 << 20, &bytes, NULL), SBK_OK);
    for (size_t at = 0; at < bytes.size; at += bytes.size / 23) {
        bytes.data[at] ^= 0x04;
        assert_int_equal(sbk_file_write(copy, bytes.data, bytes.size, 0600, SBK_FILE_REPLACE, NULL), SBK_OK);
        const sbk_result result = sbk_batch_file_open(&file, &world->office, world->bureau, copy, WORLD_NOW, NULL);
        assert_true(result == SBK_TAMPERED || result == SBK_REFUSED);
        sbk_batch_file_close(&file);
        bytes.data[at] ^= 0x04;
    }
    assert_int_equal(sbk_file_write(copy, bytes.data, bytes.size, 0600, SBK_FILE_REPLACE, NULL), SBK_OK);
    struct sbk_trust *pinned = world->office.trust;
    struct sbk_anchor other = world->city.anchor;
    memcpy(other.key, sbk_key_info(world->card_ca)->public_part, SBK_POINT_SIZE);
    assert_int_equal(sbk_trust_new(&world->office.trust, NULL), SBK_OK);
    assert_int_equal(sbk_trust_add_anchor(world->office.trust, &other, SBK_NO_END, NULL), SBK_OK);
    assert_int_equal(sbk_batch_file_open(&file, &world->office, world->bureau, copy, WORLD_NOW, NULL), SBK_TAMPERED);
    sbk_batch_file_close(&file);
    sbk_trust_free(&world->office.trust);
    world->office.trust = pinned;
    assert_int_equal(sbk_batch_file_open(&file, &world->office, world->bureau, copy, WORLD_NOW, NULL), SBK_OK);
    sbk_batch_file_close(&file);
    sbk_buffer_free(&bytes);
}

#define CASE(test) cmocka_unit_test_teardown(test, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(test_what_the_bureau_gets),
        CASE(test_next_batch),
        CASE(test_no_file),
        CASE(test_recover),
        CASE(test_altered_batch),
    };
    return cmocka_run_group_tests_name("personalize/prepare", tests, open_all, close_all);
}
