/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 9, the newest intention wins: whichever of the city's deliveries arrive, in whatever order and however often,
 * the card that took the newest one is in the same state.
 *
 * Broken variant: in applet/entitlement/cmd_deliver_mandate.c, check_mandate, refuse only an equal number ("==" for
 * "<="): an old mandate overtakes. Another: in change.c refuse (6A80) a purse whose inherited grant the card does not hold: a
 * card that took, or missed, a mandate before refuses the newest.
 */
#include "tests/applet/entitlement/world.h"

#include <string.h>

static struct world w;

#define DELIVERIES 5
static struct sbk_mandate mandates[3];

/*
 * Three mandates, 2 to 4, of a growing family; from 3 on the money goes on as grant 301 that inherits from 101. A stop
 * for mandates up to 2 and a PIN reset come by other ways.
 */
static void write_mandates(void) {
    mandates[0] = w.mandate;
    mandates[0].number = 2;
    mandates[0].purses[0].amount = 15000;
    mandates[1] = mandates[0];
    mandates[1].number = 3;
    mandates[1].purses[1].grant = 301;
    mandates[1].purses[1].inherits = 101;
    mandates[1].purses[1].amount = 350000;
    mandates[2] = mandates[1];
    mandates[2].number = 4;
    mandates[2].purses[2].grant = 302;
    mandates[2].purses[2].amount = 2500;
}

static uint16_t deliver(int which) {
    if (which == 3)
        return deliver_notice(&w, SBK_NOTICE_STOP, 2);
    if (which == 4)
        return deliver_notice(&w, SBK_NOTICE_PIN_RESET, 1);
    w.mandate = mandates[which];
    return deliver_mandate(&w);
}

static void begin(void) {
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 2000), SBK_SW_OK);
    assert_int_equal(debit(&w, MONEY, 450000), SBK_SW_OK);
    assert_int_equal(debit(&w, OIL, 100), SBK_SW_OK);
    write_mandates();
}

static void check_newest(bool notices) {
    struct status status = read_status(&w);

    assert_int_equal(status.mandate, 4);
    assert_int_equal(status.state, SBK_STATE_ACTIVE);
    assert_int_equal(status.spent[RICE].grant, 100);
    assert_int_equal(status.spent[RICE].spent, 2000);
    assert_int_equal(status.spent[MONEY].grant, 301);
    assert_int_equal(status.spent[MONEY].spent, 0);
    assert_int_equal(status.spent[MONEY].credit, 150000);
    assert_int_equal(status.spent[OIL].grant, 302);
    assert_int_equal(status.spent[OIL].spent, 0);
    assert_int_equal(status.spent[SOAP].grant, 105);
    if (notices) {
        assert_int_equal(status.stopped, 2);
        assert_int_equal(status.epoch, 1);
    }
}

/* All 120 orders of the five deliveries, each sent twice. */
static void in_every_order(void **state) {
    (void)state;
    for (int order = 0; order < 120; order++) {
        int left[DELIVERIES] = {0, 1, 2, 3, 4};
        int rest = order;

        begin();
        for (int n = DELIVERIES; n > 0; n--) {
            int pick = rest % n;
            uint16_t status = deliver(left[pick]);

            assert_true(status == SBK_SW_OK || status == SBK_SW_OLD_NUMBER);
            assert_int_equal(deliver(left[pick]), SBK_SW_OLD_NUMBER);
            rest /= n;
            left[pick] = left[n - 1];
        }
        check_newest(true);
        assert_int_equal(debit(&w, RICE, 13001), SBK_SW_BALANCE);
        assert_int_equal(debit(&w, RICE, 13000), SBK_SW_OK);
    }
}

/* Any of the older ones may be lost. */
static void whatever_is_lost(void **state) {
    (void)state;
    for (int lost = 0; lost < 4; lost++) {
        begin();
        for (int which = 0; which < 3; which++)
            if (which == 2 || !(lost >> which & 1))
                assert_int_equal(deliver(which), SBK_SW_OK);
        check_newest(false);
    }
}

/* A stop ends with a mandate above it, not with the mandates that it names. */
static void a_stop_yields_to_a_newer_mandate_only(void **state) {
    (void)state;
    begin();
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 3), SBK_SW_OK);
    assert_int_equal(deliver(0), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_STOPPED);
    assert_int_equal(deliver(1), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_STOPPED);
    assert_int_equal(deliver(2), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 2), SBK_SW_OLD_NUMBER);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_every_order),
        cmocka_unit_test(whatever_is_lost),
        cmocka_unit_test(a_stop_yields_to_a_newer_mandate_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
