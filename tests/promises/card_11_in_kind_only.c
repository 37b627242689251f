/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 11, in kind only, on the card's side: no command but DEBIT and VOID changes what is spent, none gives money
 * back, and a terminal without the programme, the outlet or an open window gets nothing.
 *
 * Broken variant: in applet/entitlement/cmd_debit.c, check_purse, leave out the comparison of programmes. Another: in
 * context.c, sbk_call_open, take the claimed time's day for the floor: a clock lie opens December early.
 */
#include "tests/applet/entitlement/world.h"

#include <string.h>

static struct world w;

/* Every instruction byte, with data of several sizes, by every role: only the eight commands of B.2 are there. */
static void no_other_command(void **state) {
    static const uint8_t known[] = {0x10, 0x12, 0x20, 0x22, 0x24, 0x26, 0x30, 0x32};
    static const uint8_t data[300] = {1};

    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, MONEY, 1000), SBK_SW_OK);
    for (unsigned ins = 0; ins < 256; ins++)
        for (int role = 0; role < 3; role++)
            for (size_t size = 0; size <= 300; size += 20) {
                uint16_t status;

                (role == 0 ? become_store : role == 1 ? become_registrar : become_auditor)(&w);
                status = send(&w, (uint8_t)ins, data, size);
                if (!memchr(known, (int)ins, sizeof(known)))
                    assert_int_equal(status, SBK_SW_INS);
                else if (ins != SBK_INS_READ_STATUS)
                    assert_int_not_equal(status, SBK_SW_OK);
            }
    assert_int_equal(read_status(&w).spent[MONEY].spent, 1000);
    assert_int_equal(read_status(&w).counter, 1);
}

/* Programme by programme: a store draws on what its certificate names and on nothing else. */
static void no_other_programme(void **state) {
    static const uint8_t slots[] = {RICE, MONEY, SOAP};

    (void)state;
    world_active(&w);
    w.terminal.effective = day(2026, 12, 1);
    w.terminal.expiry = day(2026, 12, 31);
    w.time = at(2026, 12, 1);
    for (unsigned mask = 0; mask < 8; mask++)
        for (unsigned i = 0; i < 3; i++) {
            w.terminal.rights.programmes = ~(uint32_t)7 | mask;
            assert_int_equal(debit(&w, slots[i], 1), mask >> i & 1 ? SBK_SW_OK : SBK_SW_PROGRAMME);
        }
}

static void no_other_outlet(void **state) {
    (void)state;
    world_active(&w);
    w.mandate.number = 2;
    memcpy(w.mandate.outlet, "W7\0\0\0\0\0\0", SBK_OUTLET_SIZE);
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OUTLET);
    w.terminal.rights.outlet[1] = '7';
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
}

/*
 * Every day of the quarter, as floor and as claimed date: a window opens by the certificate's date alone and closes by
 * the claim too.
 */
static void no_closed_window_and_none_not_yet_open(void **state) {
    (void)state;
    world_active(&w);
    for (uint16_t floor = day(2026, 11, 1); floor <= day(2027, 2, 2); floor++) {
        for (uint16_t claimed = floor; claimed < floor + 40; claimed += 3) {
            uint16_t soap = SBK_SW_OK, money = SBK_SW_OK;

            w.terminal.effective = floor;
            w.terminal.expiry = (uint16_t)(floor + 60);
            w.time = claimed * 86400u;
            if (claimed > day(2026, 12, 31))
                money = SBK_SW_WINDOW_CLOSED;
            if (floor < day(2026, 12, 1))
                soap = SBK_SW_WINDOW_NOT_OPEN;
            else if (claimed > day(2027, 1, 31))
                soap = SBK_SW_WINDOW_CLOSED;
            /* An amount that no balance allows is asked for, so that nothing is ever used up. */
            assert_int_equal(debit(&w, MONEY, 999999), money == SBK_SW_OK ? SBK_SW_BALANCE : money);
            assert_int_equal(debit(&w, SOAP, 5), soap == SBK_SW_OK ? SBK_SW_BALANCE : soap);
        }
    }
    /* A lie about the date is not remembered. */
    become_store(&w);
    w.time = at(2026, 11, 5);
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_OK);
    w.time = at(2026, 11, 30);
    assert_int_equal(debit(&w, OIL, 1), SBK_SW_WINDOW_CLOSED);
    w.time = at(2026, 11, 5);
    assert_int_equal(debit(&w, OIL, 1), SBK_SW_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_other_command),
        cmocka_unit_test(no_other_programme),
        cmocka_unit_test(no_other_outlet),
        cmocka_unit_test(no_closed_window_and_none_not_yet_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
