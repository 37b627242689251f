/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 2, exactly once, on the card's side: whatever was torn and however often a debit is sent again, in whatever
 * session, it counts once and has one receipt; the same number with another content is a conflict.
 *
 * Broken variant: in applet/entitlement/context.c, sbk_context_find, compare the transaction only for the newest entry
 * ("back < 1"): a repeat after another terminal's debit is refused instead of answered.
 */
#include "tests/applet/entitlement/world.h"

#include <string.h>

static struct world start, w;

static void from_start(void) {
    w = start;
    w.port.context = &w;
    w.entry.state = &w.ram;
    w.card.port = &w.port;
    w.card.applets = &w.entry;
    world_power_on(&w);
}

static uint8_t data[200];
static size_t size;

static uint16_t again(void) {
    return send_entry(&w, SBK_INS_DEBIT, data, size);
}

/* A station that loses power as often as we like and sends the same bytes until an entry comes. */
static void whatever_is_torn(void **state) {
    uint8_t receipt[SBK_ENTRY_RESPONSE];

    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 100), SBK_SW_OK);
    start = w;
    size = write_debit(&w, &(struct ask){RICE, 250}, 1, SBK_WHO_HOLDER, HOLDER_PIN, 0xD1, data);
    for (long first = 0; first < 24; first++)
        for (long second = 0; second < 24; second += 5) {
            from_start();
            w.tear = (struct tear){.left = first, .kind = 2};
            again();
            world_power_on(&w);
            w.tear = (struct tear){.left = second, .kind = 3};
            again();
            world_power_on(&w);
            assert_int_equal(again(), SBK_SW_OK);
            memcpy(receipt, w.answer, sizeof(receipt));
            assert_int_equal(w.last.counter, 2);
            assert_int_equal(w.last.debits[0].spent, 350);
            for (int i = 0; i < 3; i++) {
                world_power_on(&w);
                assert_int_equal(again(), SBK_SW_OK);
                assert_memory_equal(w.answer, receipt, sizeof(receipt));
            }
            assert_int_equal(read_status(&w).spent[RICE].spent, 350);
            assert_int_equal(read_status(&w).counter, 2);
        }
}

/* The answer was lost and other stations came between: the first one still gets its receipt. */
static void whoever_came_between(void **state) {
    uint8_t receipt[SBK_ENTRY_RESPONSE];
    uint32_t transaction;

    (void)state;
    world_active(&w);
    size = write_debit(&w, &(struct ask){RICE, 250}, 1, SBK_WHO_HOLDER, HOLDER_PIN, 0xD1, data);
    assert_int_equal(again(), SBK_SW_OK);
    memcpy(receipt, w.answer, sizeof(receipt));
    for (int other = 0; other < 15; other++) {
        transaction = w.transaction;
        memcpy(w.terminal.id, "WARUNG-2", 8);
        w.transaction = 1; /* its own number, the same as ours */
        w.terminal.id[8] = (uint8_t)('A' + other);
        assert_int_equal(debit(&w, MONEY, 10), SBK_SW_OK);
        become_store(&w);
        w.transaction = transaction;
        assert_int_equal(again(), SBK_SW_OK);
        assert_memory_equal(w.answer, receipt, sizeof(receipt));
    }
    assert_int_equal(read_status(&w).spent[RICE].spent, 250);
}

static void another_content_is_a_conflict(void **state) {
    (void)state;
    world_active(&w);
    size = write_debit(&w, &(struct ask){RICE, 250}, 1, SBK_WHO_HOLDER, HOLDER_PIN, 0xD1, data);
    assert_int_equal(again(), SBK_SW_OK);
    for (size_t i = 80; i < 118; i++) { /* digest, and slot and amount */
        if (i >= 112 && i < 114)
            continue;
        for (unsigned bit = 0; bit < 8; bit++) {
            data[i] = (uint8_t)(data[i] ^ 1u << bit);
            assert_int_equal(again(), SBK_SW_CONFLICT);
            data[i] = (uint8_t)(data[i] ^ 1u << bit);
        }
    }
    assert_int_equal(read_status(&w).spent[RICE].spent, 250);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_torn),
        cmocka_unit_test(whoever_came_between),
        cmocka_unit_test(another_content_is_a_conflict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
