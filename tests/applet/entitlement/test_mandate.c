/* SPDX-License-Identifier: Apache-2.0 */
/* DELIVER MANDATE (B.10) and what is left of a grant that ends (D.2). */
#include "tests/applet/entitlement/world.h"

#include <string.h>

#include "applet/host/crypto.h"

static struct world w;
static uint8_t data[SBK_CARD_BUFFER];

static void next_mandate(void) {
    w.mandate.number++;
    w.mandate.issued = day(2026, 11, 3);
}

static uint16_t deliver_bytes(size_t size) {
    return send_entry(&w, SBK_INS_DELIVER_MANDATE, data, size);
}

static void acknowledges_with_an_entry(void **state) {
    uint8_t record[SBK_MANDATE_MAX];
    uint8_t hash[SBK_HASH_SIZE];

    (void)state;
    world_active(&w);
    next_mandate();
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(w.last.kind, SBK_ENTRY_MANDATE);
    assert_int_equal(w.last.mandate, 2);
    assert_int_equal(w.last.counter, 1);
    for (int i = 0; i < SBK_PURSES_MAX; i++)
        assert_int_equal(w.last.finals[i].grant, 0);
    memcpy(hash, w.last.digest, SBK_HASH_SIZE);
    assert_int_equal(get_data(&w, SBK_TAG_MANDATE), SBK_SW_OK);
    memcpy(record, w.answer, w.answer_size);
    sbk_sha256(record, w.answer_size, w.body);
    assert_memory_equal(w.body, hash, SBK_HASH_SIZE);
    assert_int_equal(read_status(&w).mandate, 2);
}

static void largest_mandate_fits(void **state) {
    (void)state;
    world_active(&w);
    next_mandate();
    w.mandate.purse_count = 8;
    for (uint8_t i = 0; i < 8; i++) {
        w.mandate.purses[i] = w.mandate.purses[0];
        w.mandate.purses[i].slot = i;
        w.mandate.purses[i].grant = (uint16_t)(200 + i);
        w.mandate.purses[i].priority = i;
    }
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(debit(&w, 7, 10000), SBK_SW_OK);
    assert_int_equal(get_data(&w, SBK_TAG_MANDATE), SBK_SW_OK);
    assert_int_equal(w.answer_size, SBK_MANDATE_MAX);
}

static void only_a_higher_number(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(deliver_mandate(&w), SBK_SW_OLD_NUMBER);
    w.mandate.number = 5;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    w.mandate.number = 4;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OLD_NUMBER);
    w.mandate.number = 5;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OLD_NUMBER);
    w.mandate.number = 0xFFFFFFFF;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
}

static void signatures(void **state) {
    size_t size;

    (void)state;
    world_active(&w);
    next_mandate();
    size = write_delivery(&w, data);
    for (size_t i = 80 + 179; i < size; i += 3) { /* the record and its signature, bytes of both */
        data[i] ^= 0x10;
        assert_int_equal(deliver_bytes(size), SBK_SW_SIGNATURE);
        data[i] ^= 0x10;
    }
    data[80 + 178] ^= 1; /* the certificate's signature */
    assert_int_equal(deliver_bytes(size), SBK_SW_SIGNATURE);
    data[80 + 178] ^= 1;
    data[80] ^= 1; /* no 7F21 */
    assert_int_equal(deliver_bytes(size), SBK_SW_DATA);
    data[80] ^= 1;
    assert_int_equal(read_status(&w).mandate, 1);
    assert_int_equal(deliver_bytes(size), SBK_SW_OK);
}

static void only_the_grant_signer(void **state) {
    size_t size;

    (void)state;
    world_active(&w);
    next_mandate();
    size = write_context(&w, data);
    size += write_signer(&w, SBK_ROLE_LIST_SIGNER, &w.list, data + size);
    size += write_mandate(&w, &w.list, data + size);
    assert_int_equal(deliver_bytes(size), SBK_SW_SIGNATURE);
    /* A grant signer's certificate that another key than the root's signed. */
    struct key root = w.root;

    w.root = w.list;
    assert_int_equal(deliver_mandate(&w), SBK_SW_SIGNATURE);
    w.root = root;
    /* Expired at the floor. */
    w.terminal.effective = day(2028, 1, 1);
    w.terminal.expiry = day(2028, 1, 31);
    w.time = at(2028, 1, 5);
    assert_int_equal(deliver_mandate(&w), SBK_SW_SIGNATURE);
    assert_int_equal(read_status(&w).mandate, 1);
}

static void only_this_card(void **state) {
    (void)state;
    world_active(&w);
    next_mandate();
    w.mandate.alias[0] ^= 1;
    assert_int_equal(deliver_mandate(&w), SBK_SW_WRONG_CARD);
}

static void signed_but_malformed(void **state) {
    size_t size;

    (void)state;
    world_active(&w);
    next_mandate();
    size = write_delivery(&w, data);
    data[80 + 179 + 27] = 9; /* slot 9 */
    sign_record(&w.grant, data + 80 + 179, size - 80 - 179 - SBK_SIGNATURE_SIZE);
    assert_int_equal(deliver_bytes(size), SBK_SW_DATA);
    assert_int_equal(deliver_bytes(size - 1), SBK_SW_LENGTH);
    assert_int_equal(deliver_bytes(80 + 179 + 90), SBK_SW_LENGTH);
}

static void kept_grants_move_with_what_was_spent(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 4000), SBK_SW_OK);
    assert_int_equal(debit(&w, MONEY, 450000), SBK_SW_OK);
    next_mandate();
    /* Rice moves to slot 6, money to slot 0, oil and soap end. */
    w.mandate.purse_count = 2;
    struct sbk_purse rice = w.mandate.purses[0];

    w.mandate.purses[0] = w.mandate.purses[1];
    w.mandate.purses[0].slot = 0;
    w.mandate.purses[1] = rice;
    w.mandate.purses[1].slot = 6;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(w.last.finals[0].grant, 0);
    assert_int_equal(w.last.finals[OIL].grant, 102);
    assert_int_equal(w.last.finals[OIL].spent, 0);
    assert_int_equal(w.last.finals[SOAP].grant, 105);
    struct status status = read_status(&w);

    assert_int_equal(status.spent[0].grant, 101);
    assert_int_equal(status.spent[0].spent, 450000);
    assert_int_equal(status.spent[1].grant, 0);
    assert_int_equal(status.spent[6].grant, 100);
    assert_int_equal(status.spent[6].spent, 4000);
    assert_int_equal(status.spent[6].window, 1);
    assert_int_equal(debit(&w, 6, 6001), SBK_SW_BALANCE);
    assert_int_equal(debit(&w, 6, 6000), SBK_SW_OK);
    assert_int_equal(debit(&w, 0, 150001), SBK_SW_BALANCE);
}

static void a_new_grant_starts_at_zero_and_the_old_ends(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 4000), SBK_SW_OK);
    next_mandate();
    w.mandate.purses[0].grant = 300;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(w.last.finals[RICE].grant, 100);
    assert_int_equal(w.last.finals[RICE].spent, 4000);
    assert_int_equal(debit(&w, RICE, 10000), SBK_SW_OK);
    /* The grant ended for ever: named again, it starts at zero like any other. */
    next_mandate();
    w.mandate.purses[0].grant = 100;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(w.last.finals[RICE].grant, 300);
    assert_int_equal(w.last.finals[RICE].spent, 10000);
    assert_int_equal(read_status(&w).spent[RICE].spent, 0);
}

/* Money's grant 101 ends; grant 301 in slot 3 inherits. */
static void heir_of_money(void) {
    w.mandate.number++;
    w.mandate.issued = day(2026, 11, 3);
    w.mandate.purses[1].grant = 301;
    w.mandate.purses[1].inherits = 101;
}

static void the_rest_is_inherited(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, MONEY, 450000), SBK_SW_OK);
    heir_of_money();
    w.mandate.purses[1].amount = 100000;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(w.last.finals[MONEY].grant, 101);
    assert_int_equal(w.last.finals[MONEY].spent, 450000);
    assert_int_equal(read_status(&w).spent[MONEY].credit, 150000);
    assert_int_equal(debit(&w, MONEY, 350001), SBK_SW_BALANCE);
    assert_int_equal(debit(&w, MONEY, 350000), SBK_SW_OK);
    /* The next mandate says the same intention; the card inherited already, and keeps its credit. */
    w.mandate.number++;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(read_status(&w).spent[MONEY].credit, 150000);
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_BALANCE);
}

static void a_card_that_missed_a_mandate_inherits_later(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, MONEY, 450000), SBK_SW_OK);
    heir_of_money();
    w.mandate.number = 9;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(read_status(&w).spent[MONEY].credit, 150000);
}

static void a_closed_window_leaves_no_rest(void **state) {
    (void)state;
    world_active(&w);
    w.terminal.effective = day(2027, 1, 4);
    w.terminal.expiry = day(2027, 1, 31);
    w.time = at(2027, 1, 5);
    heir_of_money();
    w.mandate.purses[1].first = day(2027, 1, 1);
    w.mandate.issued = day(2027, 1, 2);
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(read_status(&w).spent[MONEY].credit, 0);
    assert_int_equal(debit(&w, MONEY, 300001), SBK_SW_BALANCE);
    /* The issue day closes too, even where the floor does not know yet. */
    world_active(&w);
    heir_of_money();
    w.mandate.issued = day(2027, 1, 2);
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(read_status(&w).spent[MONEY].credit, 0);
}

static void what_is_not_held_leaves_nothing_and_is_no_error(void **state) {
    (void)state;
    world_active(&w);
    heir_of_money();
    w.mandate.purses[1].inherits = 999; /* not held */
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(w.last.finals[MONEY].grant, 101);
    assert_int_equal(read_status(&w).spent[MONEY].credit, 0);
    next_mandate();
    w.mandate.purses[1].grant = 302;
    w.mandate.purses[1].inherits = 100; /* ends, but in grams */
    w.mandate.purses[0].grant = 300;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(read_status(&w).spent[MONEY].credit, 0);
}

/* Mandate 2 lets 301 inherit 101, mandate 3 lets 302 inherit 301; this card missed mandate 2. */
static void a_missed_link_of_a_chain_does_not_shut_the_card(void **state) {
    static const uint8_t statuses[] = {SBK_MANDATE_ACTIVE, SBK_MANDATE_BLOCKED, SBK_MANDATE_CLOSED};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        world_active(&w);
        w.mandate.number = 3;
        w.mandate.status = statuses[i];
        w.mandate.purses[1].grant = 302;
        w.mandate.purses[1].inherits = 301;
        assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
        assert_int_equal(w.last.finals[MONEY].grant, 101);
        assert_int_equal(read_status(&w).mandate, 3);
        assert_int_equal(read_status(&w).spent[MONEY].credit, 0);
    }
}

static void credit_stops_at_what_the_card_can_count(void **state) {
    (void)state;
    world_active(&w);
    next_mandate();
    w.mandate.purses[1].grant = 301;
    w.mandate.purses[1].amount = SBK_AMOUNT_MAX / 3;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    for (uint16_t grant = 302; grant < 306; grant++) {
        next_mandate();
        w.mandate.purses[1].inherits = w.mandate.purses[1].grant;
        w.mandate.purses[1].grant = grant;
        assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    }
    assert_int_equal(read_status(&w).spent[MONEY].credit, SBK_AMOUNT_MAX);
    assert_int_equal(debit(&w, MONEY, SBK_AMOUNT_MAX), SBK_SW_OK);
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_BALANCE);
}

static void stopped_and_ended(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 3), SBK_SW_OK);
    assert_int_equal(read_status(&w).state, SBK_STATE_STOPPED);
    w.mandate.number = 3;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(read_status(&w).state, SBK_STATE_STOPPED);
    w.mandate.number = 4;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(read_status(&w).state, SBK_STATE_ACTIVE);
    w.mandate.number = 5;
    w.mandate.status = SBK_MANDATE_BLOCKED;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(read_status(&w).state, SBK_STATE_STOPPED);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_STOPPED);
    w.mandate.number = 6;
    w.mandate.status = SBK_MANDATE_ACTIVE;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
    w.mandate.number = 7;
    w.mandate.status = SBK_MANDATE_CLOSED;
    w.mandate.purse_count = 0;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(w.last.finals[RICE].grant, 100);
    assert_int_equal(w.last.finals[RICE].spent, 1);
    assert_int_equal(w.last.finals[MONEY].grant, 101);
    assert_int_equal(read_status(&w).state, SBK_STATE_ENDED);
    w.mandate.number = 8;
    w.mandate.status = SBK_MANDATE_ACTIVE;
    w.mandate.purse_count = 4;
    assert_int_equal(deliver_mandate(&w), SBK_SW_ENDED);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 9), SBK_SW_ENDED);
    world_close(&w);
    w.mandate.number = 2;
    assert_int_equal(deliver_mandate(&w), SBK_SW_NOT_ACTIVE);
}

static void floor_rises_and_only_a_mandate_lowers_it(void **state) {
    (void)state;
    world_active(&w);
    /* A wrong certificate of next year: every window of this year closes for good. */
    w.terminal.effective = day(2027, 3, 1);
    w.terminal.expiry = day(2027, 3, 31);
    w.time = at(2027, 3, 1);
    assert_int_equal(read_status(&w).floor, day(2027, 3, 1));
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_WINDOW_CLOSED);
    become_store(&w);
    w.time = at(2026, 11, 5);
    assert_int_equal(read_status(&w).floor, day(2026, 11, 1)); /* no commit, nothing stored */
    w.terminal.effective = day(2027, 3, 1);
    w.terminal.expiry = day(2027, 3, 31);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_PIN_RESET, 1), SBK_SW_OK);
    become_store(&w);
    assert_int_equal(read_status(&w).floor, day(2027, 3, 1));
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_WINDOW_CLOSED);
    next_mandate();
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_WINDOW_CLOSED);
    next_mandate();
    w.mandate.flags |= SBK_MANDATE_SET_FLOOR;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(read_status(&w).floor, day(2026, 11, 3));
    assert_int_equal(sbk_entitlement_applet.floor(&w.card, &w.ram), day(2026, 11, 3));
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledges_with_an_entry),
        cmocka_unit_test(largest_mandate_fits),
        cmocka_unit_test(only_a_higher_number),
        cmocka_unit_test(signatures),
        cmocka_unit_test(only_the_grant_signer),
        cmocka_unit_test(only_this_card),
        cmocka_unit_test(signed_but_malformed),
        cmocka_unit_test(kept_grants_move_with_what_was_spent),
        cmocka_unit_test(a_new_grant_starts_at_zero_and_the_old_ends),
        cmocka_unit_test(the_rest_is_inherited),
        cmocka_unit_test(a_card_that_missed_a_mandate_inherits_later),
        cmocka_unit_test(a_closed_window_leaves_no_rest),
        cmocka_unit_test(what_is_not_held_leaves_nothing_and_is_no_error),
        cmocka_unit_test(a_missed_link_of_a_chain_does_not_shut_the_card),
        cmocka_unit_test(credit_stops_at_what_the_card_can_count),
        cmocka_unit_test(stopped_and_ended),
        cmocka_unit_test(floor_rises_and_only_a_mandate_lowers_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
