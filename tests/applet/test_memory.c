/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "applet/host/memory.h"
#include "tearing.h"

#define AREA SBK_IMAGE_APPLET

static struct tearing tearing;
static struct sbk_memory memory;

static void start(void) {
    tearing_init(&tearing);
    memset(&memory, 0, sizeof memory);
    tearing_power_on(&tearing, 0, TEAR_DONE);
    assert_true(sbk_memory_power_on(&memory, &tearing.port));
}

static void test_commit_and_abort(void **state) {
    (void)state;
    uint8_t out[100];
    uint8_t data[100];
    start();
    memset(data, 0xA5, sizeof data);
    sbk_memory_begin(&memory);
    assert_true(sbk_memory_write(&memory, AREA + 30, data, sizeof data));
    assert_true(sbk_memory_read(&memory, AREA + 30, out, sizeof out));
    assert_memory_equal(out, data, sizeof data);
    assert_int_equal(tearing.image[AREA + 30], 0);
    assert_true(sbk_memory_commit(&memory));
    assert_memory_equal(tearing.image + AREA + 30, data, sizeof data);
    assert_int_equal(tearing.image[AREA + 29], 0);
    assert_int_equal(tearing.image[AREA + 130], 0);
    assert_int_equal(memory.transactions, 1);

    memset(data, 0x5A, sizeof data);
    sbk_memory_begin(&memory);
    assert_true(sbk_memory_write(&memory, AREA + 30, data, 1));
    sbk_memory_abort(&memory);
    assert_true(sbk_memory_read(&memory, AREA + 30, out, 1));
    assert_int_equal(out[0], 0xA5);
}

static void test_pages_are_written_once(void **state) {
    (void)state;
    uint8_t value = 7;
    start();
    uint32_t before = memory.page_writes;
    sbk_memory_begin(&memory);
    for (uint32_t i = 0; i < 3; i++)
        for (uint32_t byte = 0; byte < 10; byte++)
            sbk_memory_write(&memory, AREA + i * SBK_PAGE_SIZE + byte, &value, 1);
    assert_true(sbk_memory_commit(&memory));
    /* three images, guard and marker, three pages home, marker and guard idle */
    assert_int_equal(memory.page_writes - before, 3 + 2 + 3 + 2);
    sbk_memory_begin(&memory);
    assert_true(sbk_memory_commit(&memory));
    assert_int_equal(memory.transactions, 1);
}

static void test_interleaved_pages(void **state) {
    (void)state;
    start();
    sbk_memory_begin(&memory);
    for (uint8_t round = 0; round < 4; round++)
        for (uint32_t i = 0; i < SBK_MEMORY_PAGES_MAX; i++) {
            uint8_t value = (uint8_t)(round * 16 + i + 1);
            assert_true(sbk_memory_write(&memory, AREA + i * SBK_PAGE_SIZE + round, &value, 1));
        }
    assert_true(sbk_memory_commit(&memory));
    for (uint32_t round = 0; round < 4; round++)
        for (uint32_t i = 0; i < SBK_MEMORY_PAGES_MAX; i++)
            assert_int_equal(tearing.image[AREA + i * SBK_PAGE_SIZE + round], round * 16 + i + 1);
}

static void test_limits(void **state) {
    (void)state;
    uint8_t byte = 1;
    start();
    sbk_memory_begin(&memory);
    for (uint32_t i = 0; i < SBK_MEMORY_PAGES_MAX; i++)
        assert_true(sbk_memory_write(&memory, AREA + i * SBK_PAGE_SIZE, &byte, 1));
    assert_false(sbk_memory_write(&memory, AREA + SBK_MEMORY_PAGES_MAX * SBK_PAGE_SIZE, &byte, 1));
    assert_false(sbk_memory_commit(&memory));
    assert_int_equal(tearing.image[AREA], 0);
    assert_false(sbk_memory_write(&memory, AREA, &byte, 1));
    assert_false(sbk_memory_read(&memory, SBK_IMAGE_SIZE, &byte, 1));
    sbk_memory_begin(&memory);
    assert_false(sbk_memory_write(&memory, SBK_IMAGE_SIZE - 1, (const uint8_t *)"ab", 2));
    assert_false(sbk_memory_commit(&memory));
    sbk_memory_begin(&memory);
    assert_false(sbk_memory_stage(&memory, AREA, &byte, 1));
    assert_false(sbk_memory_scrub(&memory));
    sbk_memory_abort(&memory);
}

static void test_scrub_clears_images(void **state) {
    (void)state;
    uint8_t secret[16];
    start();
    memset(secret, 0xC3, sizeof secret);
    sbk_memory_begin(&memory);
    sbk_memory_write(&memory, AREA, secret, sizeof secret);
    assert_true(sbk_memory_commit(&memory));
    assert_true(sbk_memory_scrub(&memory));
    for (size_t i = SBK_IMAGE_JOURNAL; i < SBK_IMAGE_STATEMENT; i++)
        assert_int_not_equal(tearing.image[i], 0xC3);
}

static void fill(uint8_t *page, uint32_t index, uint8_t generation) {
    for (size_t i = 0; i < SBK_PAGE_SIZE; i++)
        page[i] = (uint8_t)(generation * 101 + index * 7 + i);
}

/* Sets up generation 1 in all pages, then lets one transaction over pages write generation 2 until it is cut. */
static void run_transaction(uint32_t pages, uint32_t cut_at, enum tear outcome) {
    uint8_t page[SBK_PAGE_SIZE];
    start();
    for (uint8_t generation = 1; generation <= 2; generation++) {
        if (generation == 2)
            tearing_power_on(&tearing, cut_at, outcome);
        sbk_memory_begin(&memory);
        for (uint32_t i = 0; i < pages; i++) {
            fill(page, i, generation);
            sbk_memory_write(&memory, AREA + 2 * i * SBK_PAGE_SIZE, page, SBK_PAGE_SIZE);
        }
        sbk_memory_commit(&memory);
    }
}

/* Which generation all pages hold; fails where they are mixed or anything else. */
static uint8_t generation_now(uint32_t pages) {
    uint8_t expected[SBK_PAGE_SIZE];
    uint8_t found[SBK_PAGE_SIZE];
    assert_true(sbk_memory_read(&memory, AREA, found, SBK_PAGE_SIZE));
    fill(expected, 0, 1);
    uint8_t generation = memcmp(found, expected, SBK_PAGE_SIZE) == 0 ? 1 : 2;
    for (uint32_t repeat = 0; repeat < 3; repeat++)
        for (uint32_t i = 0; i < pages; i++) {
            fill(expected, i, generation);
            assert_true(sbk_memory_read(&memory, AREA + 2 * i * SBK_PAGE_SIZE, found, SBK_PAGE_SIZE));
            assert_memory_equal(found, expected, SBK_PAGE_SIZE);
        }
    return generation;
}

/* After the last cut: whole, the same at every later power-on, and fit for the next transaction. */
static void check_settled(uint32_t pages) {
    uint8_t page[SBK_PAGE_SIZE];
    tearing_power_on(&tearing, 0, TEAR_DONE);
    assert_true(sbk_memory_power_on(&memory, &tearing.port));
    uint8_t generation = generation_now(pages);
    for (int i = 0; i < 3; i++) {
        tearing_power_on(&tearing, 0, TEAR_DONE);
        assert_true(sbk_memory_power_on(&memory, &tearing.port));
        assert_int_equal(generation_now(pages), generation);
    }
    sbk_memory_begin(&memory);
    for (uint32_t i = 0; i < pages; i++) {
        fill(page, i, 1);
        sbk_memory_write(&memory, AREA + 2 * i * SBK_PAGE_SIZE, page, SBK_PAGE_SIZE);
    }
    assert_true(sbk_memory_commit(&memory));
    tearing_power_on(&tearing, 0, TEAR_DONE);
    assert_true(sbk_memory_power_on(&memory, &tearing.port));
    assert_int_equal(generation_now(pages), 1);
}

/*
 * Every page write of a transaction is cut with every outcome, and every page write of the recovery again. A cut that
 * leaves the commit marker weak may be decided either way, but only once.
 */
static void every_cut(uint32_t pages) {
    uint32_t transaction_writes = 2 * pages + 4;
    uint32_t cases = 0;
    for (uint32_t first = 1; first <= transaction_writes; first++) {
        for (int outcome = 0; outcome < TEAR_OUTCOMES; outcome++) {
            run_transaction(pages, first, (enum tear)outcome);
            assert_true(tearing.cut);
            check_settled(pages);
            for (uint32_t second = 1;; second++) {
                bool reached = false;
                for (int again = 0; again < TEAR_OUTCOMES; again++) {
                    run_transaction(pages, first, (enum tear)outcome);
                    tearing_power_on(&tearing, second, (enum tear)again);
                    sbk_memory_power_on(&memory, &tearing.port);
                    reached = reached || tearing.cut;
                    if (!tearing.cut)
                        break;
                    check_settled(pages);
                    cases++;
                }
                if (!reached)
                    break;
            }
        }
    }
    assert_true(cases > 500);
    /* One write more than there are: no cut at all. */
    run_transaction(pages, transaction_writes + 1, TEAR_ERASED);
    assert_false(tearing.cut);
    assert_int_equal(generation_now(pages), 2);
}

static void test_every_cut_of_one_page(void **state) {
    (void)state;
    every_cut(1);
}

static void test_every_cut_of_three_pages(void **state) {
    (void)state;
    every_cut(3);
}

static void test_every_cut_of_seven_pages(void **state) {
    (void)state;
    every_cut(SBK_MEMORY_PAGES_MAX);
}

/* Images and guard commit nothing; once the marker is whole, everything is. */
static void test_point_of_commit(void **state) {
    (void)state;
    for (uint32_t cut = 1; cut <= 10; cut++) {
        run_transaction(3, cut, TEAR_DONE);
        tearing_power_on(&tearing, 0, TEAR_DONE);
        assert_true(sbk_memory_power_on(&memory, &tearing.port));
        assert_int_equal(generation_now(3), cut < 5 ? 1 : 2);
    }
}

static void test_broken_port_stops_everything(void **state) {
    (void)state;
    uint8_t byte = 1;
    start();
    tearing_power_on(&tearing, 1, TEAR_ERASED);
    assert_false(sbk_memory_stage(&memory, AREA, &byte, 1));
    assert_true(memory.broken);
    tearing.cut = false;
    assert_false(sbk_memory_read(&memory, AREA, &byte, 1));
    assert_false(sbk_memory_stage(&memory, AREA, &byte, 1));
}

static bool read_until_page(void *context, uint32_t offset, uint8_t *out, size_t size) {
    (void)context;
    memset(out, 0x5A, size);
    return offset / SBK_PAGE_SIZE < AREA / SBK_PAGE_SIZE + 2;
}

/* What could not be read is zero to its last byte, whatever the port left there and the caller had there. */
static void test_failed_reads_leave_zeros(void **state) {
    (void)state;
    uint8_t out[5 * SBK_PAGE_SIZE];
    start();
    struct sbk_port port = tearing.port;
    port.read = read_until_page;
    memory.port = &port;
    memset(out, 0xA5, sizeof out);
    assert_false(sbk_memory_read(&memory, AREA, out, 4 * SBK_PAGE_SIZE));
    assert_true(memory.broken);
    for (size_t i = 0; i < sizeof out; i++)
        assert_int_equal(out[i], i < 2 * SBK_PAGE_SIZE ? 0x5A : i < 4 * SBK_PAGE_SIZE ? 0 : 0xA5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commit_and_abort),
        cmocka_unit_test(test_pages_are_written_once),
        cmocka_unit_test(test_interleaved_pages),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_scrub_clears_images),
        cmocka_unit_test(test_every_cut_of_one_page),
        cmocka_unit_test(test_every_cut_of_three_pages),
        cmocka_unit_test(test_every_cut_of_seven_pages),
        cmocka_unit_test(test_point_of_commit),
        cmocka_unit_test(test_broken_port_stops_everything),
        cmocka_unit_test(test_failed_reads_leave_zeros),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
