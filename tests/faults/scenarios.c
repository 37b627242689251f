/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/apdu.h"
#include "tests/faults/enumerate.h"

/* Every command of a terminal that changes a card, in every state in which it does something else. */

#define RICE 0
#define MONEY 1
#define OIL 2
#define SOAP 5
#define OK SBK_SW_OK

static void must(uint16_t status) {
    assert_int_equal(status, SBK_SW_OK);
}

static uint16_t at_store(struct rig *rig) {
    return rig_station(rig, STORE);
}

static uint16_t at_late_store(struct rig *rig) {
    return rig_station(rig, STORE_LATE);
}

static uint16_t at_third_store(struct rig *rig) {
    return rig_station(rig, STORE_THIRD);
}

static uint16_t at_registrar(struct rig *rig) {
    return rig_station(rig, REGISTRAR);
}

/* ---- activation and PINs ---- */

static uint16_t activate_both(struct rig *rig) {
    return rig_activate(rig, RIG_HOLDER, RIG_ALTERNATE);
}

static uint16_t activate_holder(struct rig *rig) {
    return rig_activate(rig, RIG_HOLDER, "");
}

static uint16_t activate_alone(struct rig *rig) {
    return rig_activate(rig, "", "");
}

static void closed_without_pin(struct rig *rig) {
    rig_blank(rig);
    issuer_mandate()->flags = 0;
    rig_encode(rig);
    rig_close(rig);
}

static void active_with_holder(struct rig *rig) {
    rig_closed(rig);
    must(at_registrar(rig));
    must(activate_holder(rig));
}

static void reset_waits(struct rig *rig) {
    rig_active(rig);
    must(at_store(rig));
    must(rig_notice(rig, SBK_NOTICE_PIN_RESET, 1));
}

static uint16_t set_both(struct rig *rig) {
    return rig_set_pin(rig, "0000", "11112222");
}

static uint16_t set_holder(struct rig *rig) {
    return rig_set_pin(rig, "98765", "");
}

static uint16_t set_alternate_pin(struct rig *rig) {
    return rig_set_pin(rig, "", "97531");
}

/* ---- debits ---- */

static uint16_t debit_one(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{RICE, 400}}, 1, SBK_WHO_HOLDER, RIG_HOLDER);
}

static uint16_t debit_alternate(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{MONEY, 400}}, 1, SBK_WHO_ALTERNATE, RIG_ALTERNATE);
}

static uint16_t debit_two(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{RICE, 5000}, {MONEY, 18000}}, 2, SBK_WHO_HOLDER, RIG_HOLDER);
}

static uint16_t debit_three(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{RICE, 400}, {SOAP, 1}, {MONEY, 5000}}, 3, SBK_WHO_HOLDER, RIG_HOLDER);
}

static uint16_t debit_four(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{SOAP, 2}, {OIL, 250}, {MONEY, 700000}, {RICE, 10000}}, 4,
        SBK_WHO_HOLDER, RIG_HOLDER);
}

static uint16_t debit_without_pin(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{RICE, 9}, {MONEY, 8}}, 2, SBK_WHO_NONE, "");
}

static uint16_t wrong_pin(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{RICE, 400}}, 1, SBK_WHO_HOLDER, "000000");
}

static uint16_t wrong_alternate(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{RICE, 400}}, 1, SBK_WHO_ALTERNATE, "000000");
}

static void without_pin(struct rig *rig) {
    rig_active(rig);
    issuer_mandate()->number = 2;
    issuer_mandate()->flags = 0;
    must(at_store(rig));
    must(rig_mandate(rig));
}

static void redeemed(struct rig *rig) {
    rig_active(rig);
    must(at_store(rig));
    must(debit_two(rig));
}

static void ring_round(struct rig *rig) {
    redeemed(rig);
    for (int i = 0; i < 18; i++)
        must(rig_debit(rig, (const struct ask[]){{MONEY, 1}}, 1, SBK_WHO_HOLDER, RIG_HOLDER));
}

static void after_wrong_pin(struct rig *rig) {
    rig_active(rig);
    must(at_store(rig));
    assert_int_equal(wrong_pin(rig), SBK_SW_PIN_WRONG | 4);
    assert_int_equal(wrong_pin(rig), SBK_SW_PIN_WRONG | 3);
}

static void before_last_pin(struct rig *rig) {
    after_wrong_pin(rig);
    assert_int_equal(wrong_pin(rig), SBK_SW_PIN_WRONG | 2);
    assert_int_equal(wrong_pin(rig), SBK_SW_PIN_WRONG | 1);
}

/* Four leaves are cached: the next one takes the oldest's place. */
static void cache_full(struct rig *rig) {
    rig_active(rig);
    for (int i = 0; i < 3; i++) {
        must(rig_station(rig, (enum terminal)(STORE + i)));
        must(rig_debit(rig, (const struct ask[]){{MONEY, 1}}, 1, SBK_WHO_HOLDER, RIG_HOLDER));
    }
}

static uint16_t void_first(struct rig *rig) {
    return rig_void(rig, 1);
}

static void redeemed_late(struct rig *rig) {
    rig_active(rig);
    must(at_late_store(rig));
    must(debit_four(rig));
}

/* ---- deliveries ---- */

static void new_mandate(struct rig *rig) {
    redeemed(rig);
    issuer_mandate()->number = 2;
    issuer_mandate()->issued = issuer_day(2026, 11, 2);
}

static void moved_mandate(struct rig *rig) {
    struct sbk_mandate *mandate = issuer_mandate();
    struct sbk_purse rice;

    new_mandate(rig);
    rice = mandate->purses[0];
    mandate->purses[0] = mandate->purses[1];
    mandate->purses[1] = mandate->purses[2];
    mandate->purses[2] = rice;
    mandate->purses[2].slot = 4;
}

static void ending_mandate(struct rig *rig) {
    new_mandate(rig);
    issuer_mandate()->purse_count = 1;
}

static void inheriting_mandate(struct rig *rig) {
    new_mandate(rig);
    issuer_mandate()->purses[1].grant = 301;
    issuer_mandate()->purses[1].inherits = 101;
}

static void floor_mandate(struct rig *rig) {
    new_mandate(rig);
    issuer_mandate()->issued = issuer_day(2026, 10, 26);
    issuer_mandate()->flags |= SBK_MANDATE_SET_FLOOR;
}

static void blocking_mandate(struct rig *rig) {
    new_mandate(rig);
    issuer_mandate()->status = SBK_MANDATE_BLOCKED;
}

static void closing_mandate(struct rig *rig) {
    new_mandate(rig);
    issuer_mandate()->status = SBK_MANDATE_CLOSED;
    issuer_mandate()->purse_count = 0;
}

static void mandate_after_stop(struct rig *rig) {
    new_mandate(rig);
    must(rig_notice(rig, SBK_NOTICE_STOP, 1));
}

static uint16_t stop(struct rig *rig) {
    return rig_notice(rig, SBK_NOTICE_STOP, 1);
}

static uint16_t reset_pin(struct rig *rig) {
    return rig_notice(rig, SBK_NOTICE_PIN_RESET, 1);
}

static void same_alternate(struct rig *rig) {
    rig_active(rig);
    issuer_identity()->number = 2;
}

static void other_alternate(struct rig *rig) {
    rig_active(rig);
    issuer_identity()->number = 2;
    issuer_alternate("WATI");
}

static uint16_t renew_first(struct rig *rig) {
    return rig_renew(rig, issuer_day(2026, 10, 20));
}

static uint16_t renew_again(struct rig *rig) {
    return rig_renew(rig, issuer_day(2026, 10, 21));
}

static void renewed(struct rig *rig) {
    redeemed(rig);
    must(renew_first(rig));
}

#define HOLDER (1 << LOGICAL_HOLDER)
#define ALTERNATE (1 << LOGICAL_ALTERNATE)

const struct scenario terminal_scenarios[] = {
    {.name = "activate_both",
        .prepare = rig_closed,
        .open = at_registrar,
        .command = activate_both,
        .status = OK,
        .entry = true,
        .fresh_pins = true},
    {.name = "activate_holder",
        .prepare = rig_closed,
        .open = at_registrar,
        .command = activate_holder,
        .status = OK,
        .entry = true,
        .fresh_pins = true},
    {.name = "activate_without_pin",
        .prepare = closed_without_pin,
        .open = at_registrar,
        .command = activate_alone,
        .status = OK,
        .entry = true},
    {.name = "set_both_pins",
        .prepare = reset_waits,
        .open = at_registrar,
        .command = set_both,
        .status = OK,
        .repeated = SBK_SW_NOTHING_PENDING,
        .fresh_pins = true,
        .pins = {"0000", "11112222"}},
    {.name = "set_holder_pin",
        .prepare = reset_waits,
        .open = at_registrar,
        .command = set_holder,
        .status = OK,
        .repeated = SBK_SW_NOTHING_PENDING,
        .fresh_pins = true,
        .pins = {"98765", RIG_ALTERNATE}},
    {.name = "set_first_alternate_pin",
        .prepare = active_with_holder,
        .open = at_registrar,
        .command = set_alternate_pin,
        .status = OK,
        .repeated = SBK_SW_NOTHING_PENDING,
        .fresh_pins = true,
        .pins = {RIG_HOLDER, "97531"}},
    {.name = "debit_one",
        .prepare = rig_active,
        .open = at_store,
        .command = debit_one,
        .status = OK,
        .falls = HOLDER,
        .entry = true},
    {.name = "debit_alternate",
        .prepare = redeemed,
        .open = at_store,
        .command = debit_alternate,
        .status = OK,
        .falls = ALTERNATE,
        .entry = true},
    {.name = "debit_two_ring_round",
        .prepare = ring_round,
        .open = at_store,
        .command = debit_two,
        .status = OK,
        .falls = HOLDER,
        .entry = true},
    {.name = "debit_three_new_window",
        .prepare = redeemed,
        .open = at_late_store,
        .command = debit_three,
        .status = OK,
        .falls = HOLDER,
        .entry = true},
    {.name = "debit_four",
        .prepare = rig_active,
        .open = at_late_store,
        .command = debit_four,
        .status = OK,
        .falls = HOLDER,
        .entry = true},
    {.name = "debit_without_pin",
        .prepare = without_pin,
        .open = at_store,
        .command = debit_without_pin,
        .status = OK,
        .entry = true},
    {.name = "debit_after_wrong_pin",
        .prepare = after_wrong_pin,
        .open = at_store,
        .command = debit_one,
        .status = OK,
        .falls = HOLDER,
        .entry = true},
    {.name = "debit_at_last_try",
        .prepare = before_last_pin,
        .open = at_store,
        .command = debit_one,
        .status = OK,
        .falls = HOLDER,
        .entry = true},
    {.name = "wrong_pin",
        .prepare = redeemed,
        .open = at_store,
        .command = wrong_pin,
        .status = SBK_SW_PIN_WRONG | 4,
        .falls = HOLDER},
    {.name = "wrong_alternate_pin",
        .prepare = redeemed,
        .open = at_late_store,
        .command = wrong_alternate,
        .status = SBK_SW_PIN_WRONG | 4,
        .falls = ALTERNATE},
    {.name = "wrong_pin_at_last_try",
        .prepare = before_last_pin,
        .open = at_store,
        .command = wrong_pin,
        .status = SBK_SW_PIN_WRONG,
        .falls = HOLDER},
    {.name = "cache_leaf_replaced",
        .prepare = cache_full,
        .open = at_third_store,
        .command = debit_one,
        .status = OK,
        .falls = HOLDER,
        .entry = true},
    {.name = "void_two_purses",
        .prepare = redeemed,
        .open = at_store,
        .command = void_first,
        .status = OK,
        .entry = true},
    {.name = "void_four_purses",
        .prepare = redeemed_late,
        .open = at_late_store,
        .command = void_first,
        .status = OK,
        .entry = true},
    {.name = "mandate_kept",
        .prepare = new_mandate,
        .open = at_store,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "mandate_moved",
        .prepare = moved_mandate,
        .open = at_registrar,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "mandate_ended",
        .prepare = ending_mandate,
        .open = at_store,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "mandate_inherited",
        .prepare = inheriting_mandate,
        .open = at_late_store,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "mandate_sets_floor",
        .prepare = floor_mandate,
        .open = at_store,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "mandate_blocks",
        .prepare = blocking_mandate,
        .open = at_store,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "mandate_closes",
        .prepare = closing_mandate,
        .open = at_store,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "mandate_ends_stop",
        .prepare = mandate_after_stop,
        .open = at_store,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "renewal",
        .prepare = redeemed,
        .open = at_store,
        .command = renew_first,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
    {.name = "renewal_again",
        .prepare = renewed,
        .open = at_registrar,
        .command = renew_again,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
    {.name = "notice_stops",
        .prepare = redeemed,
        .open = at_store,
        .command = stop,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
    {.name = "notice_resets_pin",
        .prepare = redeemed,
        .open = at_late_store,
        .command = reset_pin,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
    {.name = "identity_same_alternate",
        .prepare = same_alternate,
        .open = at_store,
        .command = rig_identity,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
    {.name = "identity_other_alternate",
        .prepare = other_alternate,
        .open = at_registrar,
        .command = rig_identity,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
};
const size_t terminal_scenario_count = sizeof(terminal_scenarios) / sizeof(terminal_scenarios[0]);
