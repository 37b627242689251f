/* SPDX-License-Identifier: Apache-2.0 */
/* VOID (B.9). */
#include "tests/applet/entitlement/world.h"

#include <string.h>

#include "applet/host/crypto.h"

static struct world w;

static void takes_back_a_whole_debit(void **state) {
    struct ask asks[] = {{MONEY, 125000}, {RICE, 5000}};
    uint8_t hash[SBK_HASH_SIZE];

    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 1000), SBK_SW_OK);
    assert_int_equal(debit_many(&w, asks, 2), SBK_SW_OK);
    sbk_sha256(w.body, SBK_ENTRY_SIZE, hash);
    assert_int_equal(debit(&w, RICE, 200), SBK_SW_OK);
    assert_int_equal(void_entry(&w, 2), SBK_SW_OK);
    assert_int_equal(w.last.counter, 4);
    assert_int_equal(w.last.kind, SBK_ENTRY_VOID);
    assert_int_equal(w.last.who, SBK_WHO_NONE);
    assert_memory_equal(w.last.digest, hash, SBK_HASH_SIZE);
    assert_int_equal(w.last.debits[0].slot, MONEY);
    assert_int_equal(w.last.debits[0].grant, 101);
    assert_int_equal(w.last.debits[0].window, 1);
    assert_int_equal(w.last.debits[0].amount, 125000);
    assert_int_equal(w.last.debits[0].spent, 0);
    assert_int_equal(w.last.debits[1].amount, 5000);
    assert_int_equal(w.last.debits[1].spent, 1200);
    assert_int_equal(w.last.debits[2].grant, 0);
    assert_int_equal(read_status(&w).spent[RICE].spent, 1200);
    assert_int_equal(read_status(&w).spent[MONEY].spent, 0);
    assert_int_equal(debit(&w, RICE, 8800), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_BALANCE);
}

static void only_once(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 1000), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 1000), SBK_SW_OK);
    assert_int_equal(void_entry(&w, 1), SBK_SW_OK);
    assert_int_equal(void_entry(&w, 1), SBK_SW_VOIDED);
    assert_int_equal(void_entry(&w, 2), SBK_SW_OK);
    assert_int_equal(void_entry(&w, 2), SBK_SW_VOIDED);
    assert_int_equal(void_entry(&w, 3), SBK_SW_NOT_OWN); /* a void is no debit */
    assert_int_equal(void_entry(&w, 0), SBK_SW_NOT_OWN); /* nor is the activation */
    assert_int_equal(read_status(&w).spent[RICE].spent, 0);
}

static void only_entries_of_the_ring(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(void_entry(&w, 1), SBK_SW_TOO_OLD);
    assert_int_equal(void_entry(&w, 0xFFFFFFFF), SBK_SW_TOO_OLD);
    for (int i = 0; i < 17; i++)
        assert_int_equal(debit(&w, RICE, 10), SBK_SW_OK);
    assert_int_equal(void_entry(&w, 1), SBK_SW_TOO_OLD);
    assert_int_equal(void_entry(&w, 2), SBK_SW_OK);
}

static void only_own(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 1000), SBK_SW_OK);
    memcpy(w.terminal.id, "WARUNG-2", 8);
    assert_int_equal(void_entry(&w, 1), SBK_SW_NOT_OWN);
    become_store(&w);
    w.mandate.number = 2;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(void_entry(&w, 1), SBK_SW_NOT_OWN); /* another mandate is in force */
    assert_int_equal(debit(&w, RICE, 1000), SBK_SW_OK);
    assert_int_equal(void_entry(&w, 3), SBK_SW_OK);
    assert_int_equal(read_status(&w).spent[RICE].spent, 1000);
}

static void only_in_its_window(void **state) {
    (void)state;
    world_active(&w);
    w.terminal.expiry = day(2026, 12, 31);
    assert_int_equal(debit(&w, RICE, 1000), SBK_SW_OK);
    assert_int_equal(debit(&w, OIL, 300), SBK_SW_OK);
    assert_int_equal(debit(&w, MONEY, 1000), SBK_SW_OK);
    w.time = at(2026, 11, 8); /* the oil's week is over by the claimed date */
    assert_int_equal(void_entry(&w, 2), SBK_SW_NOT_OWN);
    assert_int_equal(void_entry(&w, 1), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 1000), SBK_SW_OK);
    /* December has opened, and rice was taken in it: November's debit stays. */
    w.terminal.effective = day(2026, 12, 1);
    w.time = at(2026, 12, 3);
    assert_int_equal(void_entry(&w, 5), SBK_SW_NOT_OWN);
    assert_int_equal(debit(&w, RICE, 70), SBK_SW_OK);
    assert_int_equal(void_entry(&w, 5), SBK_SW_NOT_OWN);
    /* The money's grant goes on, but the window that its debit names is not the newest any more. */
    assert_int_equal(void_entry(&w, 3), SBK_SW_NOT_OWN);
    assert_int_equal(void_entry(&w, 6), SBK_SW_OK);
    assert_int_equal(read_status(&w).spent[RICE].spent, 0);
    assert_int_equal(read_status(&w).spent[RICE].window, 2);
}

static void not_when_stopped(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 1000), SBK_SW_OK);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 7), SBK_SW_OK);
    assert_int_equal(void_entry(&w, 1), SBK_SW_STOPPED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_back_a_whole_debit),
        cmocka_unit_test(only_once),
        cmocka_unit_test(only_entries_of_the_ring),
        cmocka_unit_test(only_own),
        cmocka_unit_test(only_in_its_window),
        cmocka_unit_test(not_when_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
