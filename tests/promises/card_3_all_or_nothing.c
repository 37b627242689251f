/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 3, all or nothing: a cut at any page write of a debit over three purses, and a second cut at any page write
 * of the recovery, leave every purse, the counter and the chain before the debit or after it.
 *
 * Broken variant: in applet/entitlement/spending.c, sbk_spending_commit, begin the transaction anew before the last
 * purse is written (call sbk_memory_commit and sbk_memory_begin between): some cut leaves a purse changed without its
 * entry. Another: in context.c, sbk_entry_begin, leave the floor of the head as it was: it is not stored with the debit.
 */
#include "tests/applet/entitlement/world.h"

#include <string.h>

static struct world start, torn, w;

static void from(const struct world *world) {
    w = *world;
    w.port.context = &w;
    w.entry.state = &w.ram;
    w.card.port = &w.port;
    w.card.applets = &w.entry;
}

static uint16_t command(void) {
    struct ask asks[] = {{RICE, 400}, {SOAP, 1}, {MONEY, 5000}};

    return debit_many(&w, asks, 3);
}

/* The floor in memory: a session with an old certificate shows it. */
static uint16_t stored_floor(void) {
    uint16_t effective = w.terminal.effective;
    uint16_t floor;

    w.terminal.effective = day(2026, 10, 1);
    floor = read_status(&w).floor;
    w.terminal.effective = effective;
    return floor;
}

static void check(unsigned seen[2]) {
    struct status status = read_status(&w);
    bool after = status.counter == 2;
    uint8_t counter[4] = {0, 0, 0, 1};

    assert_true(after || status.counter == 1);
    assert_int_equal(status.spent[RICE].spent, after ? 400 : 7);
    assert_int_equal(status.spent[RICE].window, after ? 2 : 1);
    assert_int_equal(status.spent[SOAP].spent, after ? 1 : 0);
    assert_int_equal(status.spent[MONEY].spent, after ? 5000 : 0);
    assert_int_equal(status.floor, day(2026, 12, 1));
    assert_int_equal(stored_floor(), after ? day(2026, 12, 1) : day(2026, 11, 1));
    assert_true(status.tries[0] == 5 || (!after && status.tries[0] == 4));
    assert_int_equal(send(&w, SBK_INS_READ_RECEIPT, counter, 4), SBK_SW_OK);
    /* And the card goes on: the debit (again) gives entry 2. */
    assert_int_equal(command(), SBK_SW_OK);
    assert_int_equal(w.last.counter, 2);
    assert_int_equal(read_status(&w).spent[MONEY].spent, 5000);
    seen[after]++;
}

static void two_cuts(void **state) {
    unsigned seen[2] = {0, 0};
    uint32_t writes;

    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 7), SBK_SW_OK);
    w.terminal.effective = day(2026, 12, 1);
    w.terminal.expiry = day(2026, 12, 31);
    w.time = at(2026, 12, 3);
    start = w;
    from(&start);
    writes = w.card.memory.page_writes;
    assert_int_equal(command(), SBK_SW_OK);
    writes = w.card.memory.page_writes - writes;
    for (uint32_t first = 0; first < writes; first++)
        for (int kind = 0; kind < 4; kind++) {
            from(&start);
            w.tear = (struct tear){.left = (long)first, .kind = kind};
            assert_int_equal(command(), SBK_SW_MEMORY);
            torn = w;
            for (long second = 0;; second++) {
                from(&torn);
                w.tear = (struct tear){.left = second, .kind = (kind + (int)second) % 4};
                sbk_card_power_on(&w.card);
                if (!w.tear.happened)
                    break; /* the recovery ended before the second cut */
                world_power_on(&w);
                check(seen);
            }
            from(&torn);
            world_power_on(&w);
            check(seen);
        }
    assert_true(seen[0] > 50);
    assert_true(seen[1] > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_cuts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
