/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 1, conservation, as far as the card alone keeps it: what was spent rises with debits and falls only by a
 * void, every change has a signed entry with the new cumulative amount, the balance never falls below zero.
 *
 * Broken variant: in applet/entitlement/cmd_debit.c, check_amount, compare "item->amount > balance + 1": the walk takes
 * more than the mandate allows. Another: in cmd_void.c, check_void, leave out voided_already: a void counts twice.
 */
#include "tests/applet/entitlement/world.h"

#include <string.h>

static struct world w;

/* The same arithmetic done the plain way, from receipts alone. */
struct ledger {
    uint32_t spent[SBK_PURSES_MAX]; /* in the window or grant that the last entry names */
    uint8_t window[SBK_PURSES_MAX];
    uint8_t voided[200][SBK_HASH_SIZE];
    size_t voids;
};

static bool carried(uint8_t slot) {
    return slot == MONEY;
}

/* Recomputes every cumulative amount; false where the entries do not explain it: one is missing. */
static bool explain(struct ledger *ledger, const struct sbk_entry *entry) {
    if (entry->kind == SBK_ENTRY_VOID) {
        for (size_t i = 0; i < ledger->voids; i++)
            if (memcmp(ledger->voided[i], entry->digest, SBK_HASH_SIZE) == 0)
                return false; /* one debit, taken back twice */
        assert_true(ledger->voids < 200);
        memcpy(ledger->voided[ledger->voids++], entry->digest, SBK_HASH_SIZE);
    }
    for (int i = 0; i < SBK_DEBITS_MAX && entry->debits[i].grant; i++) {
        const struct sbk_entry_debit *one = &entry->debits[i];

        if (!carried(one->slot) && one->window != ledger->window[one->slot])
            ledger->spent[one->slot] = 0;
        ledger->window[one->slot] = one->window;
        if (entry->kind == SBK_ENTRY_DEBIT)
            ledger->spent[one->slot] += one->amount;
        else
            ledger->spent[one->slot] -= one->amount;
        if (ledger->spent[one->slot] != one->spent)
            return false;
    }
    return true;
}

static uint32_t state_of_walk = 1;

static uint32_t draw(uint32_t below) {
    state_of_walk = state_of_walk * 1664525u + 1013904223u;
    return (state_of_walk >> 8) % below;
}

#define STEPS 400
static struct sbk_entry entries[STEPS];

/* Days go by from 1 November to 30 December; debits of all sizes, voids of what was bought. */
static size_t walk(void) {
    static const uint32_t most[] = {[RICE] = 7000, [MONEY] = 200000, [OIL] = 1500, [3] = 1, [4] = 1, [SOAP] = 3};
    size_t made = 0;
    uint32_t kept_from = 0;

    for (int step = 0; step < STEPS; step++) {
        uint16_t today = (uint16_t)(day(2026, 11, 1) + step * 60 / STEPS);
        uint8_t slot = (uint8_t)(draw(8));
        uint16_t status;

        w.terminal.effective = today;
        w.terminal.expiry = (uint16_t)(today + 10);
        w.time = today * 86400u + draw(20000);
        if (draw(4) == 0 && w.counter > kept_from)
            status = void_entry(&w, w.counter - 1 - draw(w.counter < 5 ? w.counter : 5));
        else
            status = debit(&w, slot < 6 ? slot : RICE, 1 + draw(slot < 6 ? most[slot] : 1000));
        if (status == SBK_SW_OK)
            entries[made++] = w.last;
        struct status now = read_status(&w);

        assert_true(now.spent[RICE].spent <= 10000);
        assert_true(now.spent[MONEY].spent <= 900000);
        assert_true(now.spent[OIL].spent <= 2000);
        assert_true(now.spent[SOAP].spent <= 4);
    }
    return made;
}

static void every_change_has_an_entry_that_says_its_sum(void **state) {
    static struct ledger ledger;
    struct status status;
    size_t made;
    unsigned voids = 0;

    (void)state;
    world_active(&w);
    made = walk();
    assert_true(made > 100);
    for (size_t i = 0; i < made; i++) {
        assert_true(explain(&ledger, &entries[i]));
        voids += entries[i].kind == SBK_ENTRY_VOID;
    }
    assert_true(voids > 10);
    status = read_status(&w);
    for (uint8_t slot = 0; slot < SBK_PURSES_MAX; slot++)
        assert_int_equal(status.spent[slot].spent, ledger.spent[slot]);
}

/* Leaving out one debit or void leaves an amount that the rest cannot explain, unless nothing of its window follows. */
static void a_missing_receipt_shows_as_an_amount(void **state) {
    unsigned noticed = 0;
    size_t made;

    (void)state;
    world_active(&w);
    made = walk();
    for (size_t missing = 0; missing < made; missing++) {
        static struct ledger ledger;
        bool followed = false, good = true;

        memset(&ledger, 0, sizeof(ledger));
        for (size_t i = 0; i < made; i++) {
            if (i == missing)
                continue;
            good = good && explain(&ledger, &entries[i]);
            if (i > missing && entries[i].debits[0].slot == entries[missing].debits[0].slot &&
                (carried(entries[i].debits[0].slot) ||
                    entries[i].debits[0].window == entries[missing].debits[0].window))
                followed = true;
        }
        assert_true(good == !followed);
        noticed += !good;
    }
    assert_true(noticed > made / 2);
}

/* D.1: a grant of October to December first tapped in November holds two months; what carries over, and what does not.
 */
static void balances_by_the_calendar(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, MONEY, 600001), SBK_SW_BALANCE);
    assert_int_equal(debit(&w, MONEY, 550000), SBK_SW_OK);
    assert_int_equal(w.last.debits[0].window, 1);
    assert_int_equal(debit(&w, RICE, 10001), SBK_SW_BALANCE); /* October's rice is gone */
    assert_int_equal(debit(&w, RICE, 3000), SBK_SW_OK);
    w.terminal.effective = day(2026, 12, 1);
    w.terminal.expiry = day(2027, 1, 31);
    w.time = at(2026, 12, 31);
    assert_int_equal(debit(&w, MONEY, 350001), SBK_SW_BALANCE);
    assert_int_equal(debit(&w, MONEY, 350000), SBK_SW_OK);
    assert_int_equal(w.last.debits[0].spent, 900000);
    assert_int_equal(debit(&w, RICE, 10001), SBK_SW_BALANCE);
    assert_int_equal(debit(&w, RICE, 10000), SBK_SW_OK); /* from zero again */
    assert_int_equal(w.last.debits[0].spent, 10000);
    assert_int_equal(w.last.debits[0].window, 2);
    assert_int_equal(debit(&w, SOAP, 4), SBK_SW_OK);
    w.time = at(2027, 1, 1);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_WINDOW_CLOSED);
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_WINDOW_CLOSED);
    assert_int_equal(debit(&w, SOAP, 1), SBK_SW_BALANCE); /* one window over two months */
}

/* A wrong certificate opened December early and rice was taken in it; the city lowers the floor: no December twice. */
static void a_lowered_floor_doubles_nothing(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 4000), SBK_SW_OK);
    w.terminal.effective = day(2026, 12, 10);
    w.terminal.expiry = day(2026, 12, 31);
    w.time = at(2026, 12, 10);
    assert_int_equal(debit(&w, RICE, 10000), SBK_SW_OK);
    assert_int_equal(w.last.debits[0].window, 2);
    become_store(&w);
    w.time = at(2026, 11, 6);
    w.mandate.number = 2;
    w.mandate.issued = day(2026, 11, 6);
    w.mandate.flags |= SBK_MANDATE_SET_FLOOR;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(read_status(&w).floor, day(2026, 11, 6));
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_BALANCE);
    w.terminal.effective = day(2026, 12, 1);
    w.terminal.expiry = day(2026, 12, 31);
    w.time = at(2026, 12, 2);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_BALANCE);
    assert_int_equal(read_status(&w).spent[RICE].spent, 10000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_has_an_entry_that_says_its_sum),
        cmocka_unit_test(a_missing_receipt_shows_as_an_amount),
        cmocka_unit_test(balances_by_the_calendar),
        cmocka_unit_test(a_lowered_floor_doubles_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
