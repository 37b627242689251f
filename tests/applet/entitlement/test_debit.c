/* SPDX-License-Identifier: Apache-2.0 */
/* DEBIT: the context's order of judgement, the command's own checks, PINs (B.4, B.8). */
#include "tests/applet/entitlement/world.h"

#include <string.h>

static struct world w;

/* A debit of rice whose bytes a case spoils. */
static uint8_t data[200];
static size_t size;

static void write_one(uint8_t slot, uint32_t amount) {
    struct ask one = {slot, amount};

    size = write_debit(&w, &one, 1, SBK_WHO_HOLDER, HOLDER_PIN, 0xD1, data);
}

static uint16_t sent(void) {
    return send_entry(&w, SBK_INS_DEBIT, data, size);
}

static void entry_says_what_happened(void **state) {
    struct ask asks[] = {{MONEY, 125000}, {RICE, 5000}, {OIL, 750}};

    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 1000), SBK_SW_OK);
    assert_int_equal(debit_many(&w, asks, 3), SBK_SW_OK);
    assert_int_equal(w.last.counter, 2);
    assert_int_equal(w.last.kind, SBK_ENTRY_DEBIT);
    assert_int_equal(w.last.who, SBK_WHO_HOLDER);
    assert_int_equal(w.last.mandate, 1);
    assert_memory_equal(w.last.terminal, "WARUNG-1\0\0\0\0", SBK_TERMINAL_SIZE);
    assert_int_equal(w.last.transaction, w.transaction - 1);
    assert_int_equal(w.last.time, w.time);
    assert_int_equal(w.last.log_size, (w.transaction - 1) * 3);
    assert_int_equal(w.last.log_root[31], 0x77);
    assert_int_equal(w.last.digest[0], 0xD1);
    assert_int_equal(w.last.digest[31], 0xD1);
    assert_int_equal(w.last.debits[0].slot, MONEY);
    assert_int_equal(w.last.debits[0].grant, 101);
    assert_int_equal(w.last.debits[0].window, 1);
    assert_int_equal(w.last.debits[0].amount, 125000);
    assert_int_equal(w.last.debits[0].spent, 125000);
    assert_int_equal(w.last.debits[1].slot, RICE);
    assert_int_equal(w.last.debits[1].spent, 6000);
    assert_int_equal(w.last.debits[2].window, 0);
    assert_int_equal(w.last.debits[3].grant, 0);
    assert_int_equal(debit_as(&w, RICE, 10, SBK_WHO_ALTERNATE, ALTERNATE_PIN), SBK_SW_OK);
    assert_int_equal(w.last.who, SBK_WHO_ALTERNATE);
}

static void malformed(void **state) {
    struct ask asks[] = {{RICE, 1}, {MONEY, 1}, {OIL, 1}, {3, 1}, {4, 1}};
    static const char *const bad_pins[] = {"1", "123", "12a4", "12 4", "123456789", "\xB1\xB2\xB3\xB4"};

    (void)state;
    world_active(&w);
    size = write_debit(&w, asks, 0, SBK_WHO_HOLDER, HOLDER_PIN, 0xD1, data);
    assert_int_equal(sent(), SBK_SW_DATA);
    size = write_debit(&w, asks, 5, SBK_WHO_HOLDER, "1234", 0xD1, data);
    assert_int_equal(sent(), SBK_SW_DATA);
    asks[1].slot = RICE;
    size = write_debit(&w, asks, 2, SBK_WHO_HOLDER, HOLDER_PIN, 0xD1, data);
    assert_int_equal(sent(), SBK_SW_DATA);
    size = write_debit(&w, asks, 1, 3, HOLDER_PIN, 0xD1, data);
    assert_int_equal(sent(), SBK_SW_DATA);
    write_one(RICE, 0);
    assert_int_equal(sent(), SBK_SW_DATA);
    for (size_t i = 0; i < sizeof(bad_pins) / sizeof(bad_pins[0]); i++) {
        size = write_debit(&w, asks, 1, SBK_WHO_HOLDER, bad_pins[i], 0xD1, data);
        assert_int_equal(sent(), SBK_SW_DATA);
    }
    write_one(RICE, 1);
    memset(data + 4, 0, 4);
    assert_int_equal(sent(), SBK_SW_DATA); /* transaction 0 */
    write_one(RICE, 1);
    size++;
    assert_int_equal(sent(), SBK_SW_LENGTH);
    size -= 2;
    assert_int_equal(sent(), SBK_SW_LENGTH);
    size = 118;
    assert_int_equal(sent(), SBK_SW_LENGTH);
    size = 140;
    assert_int_equal(sent(), SBK_SW_LENGTH);
    assert_int_equal(read_status(&w).tries[0], 5);
    assert_int_equal(read_status(&w).counter, 0);
}

static void counter_and_previous(void **state) {
    (void)state;
    world_active(&w);
    for (int i = 0; i < 17; i++)
        assert_int_equal(debit(&w, MONEY, 1), SBK_SW_OK);
    assert_int_equal(w.counter, 18);
    w.counter = 19;
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_COUNTER);
    w.counter = 17;
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_COUNTER);
    w.counter = 2; /* the oldest of the sixteen */
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_COUNTER);
    w.counter = 1;
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_TOO_OLD);
    w.counter = 0xFFFFFFFF;
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_COUNTER);
    w.counter = 18;
    for (size_t i = 0; i < SBK_HASH_SIZE; i++) {
        w.previous[i] ^= 0x01;
        assert_int_equal(debit(&w, MONEY, 1), SBK_SW_PREVIOUS);
        w.previous[i] ^= 0x01;
    }
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_OK);
}

static void time_within_the_certificate(void **state) {
    (void)state;
    world_active(&w);
    w.time = at(2026, 10, 31);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_TIME);
    w.time = at(2026, 12, 1);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_TIME);
    /* Midnight in Samarinda is 16:00 UTC of the day before. */
    w.time = day(2026, 11, 1) * 86400u - SBK_WITA_SECONDS - 1;
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_TIME);
    w.time++;
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
    w.time = day(2026, 12, 1) * 86400u - SBK_WITA_SECONDS - 1;
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
    w.time++;
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_TIME);
}

static void states(void **state) {
    (void)state;
    world_close(&w);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_NOT_ACTIVE);
    world_active(&w);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 1), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_STOPPED);
    w.counter++; /* the counter is judged before the state */
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_COUNTER);
    w.counter--;
    w.time = 0; /* the state before the time */
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_STOPPED);
    world_active(&w);
    w.mandate.number = 2;
    w.mandate.status = SBK_MANDATE_CLOSED;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_ENDED);
}

static void card_validity(void **state) {
    (void)state;
    world_close(&w);
    w.identity.number = 2;
    w.identity.valid_from = day(2026, 11, 11);
    w.identity.valid_until = day(2026, 11, 12);
    become_registrar(&w);
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_OK);
    assert_int_equal(deliver_identity(&w), SBK_SW_OK);
    become_store(&w);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_CARD_EXPIRED);
    w.time = at(2026, 11, 11);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
    w.time = at(2026, 11, 12);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
    w.time = at(2026, 11, 13);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_CARD_EXPIRED);
}

static void purse_programme_outlet(void **state) {
    struct ask asks[] = {{RICE, 1}, {3, 1}};

    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, 3, 1), SBK_SW_PURSE);
    assert_int_equal(debit(&w, 8, 1), SBK_SW_PURSE);
    assert_int_equal(debit(&w, 255, 1), SBK_SW_PURSE);
    assert_int_equal(debit_many(&w, asks, 2), SBK_SW_PURSE);
    w.terminal.rights.programmes = 1u << 1; /* programme 2 alone */
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_PROGRAMME);
    assert_int_equal(debit_many(&w, asks, 2), SBK_SW_PROGRAMME);
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_OK);
    become_registrar(&w);
    w.mandate.number = 2;
    memcpy(w.mandate.outlet, "W1\0\0\0\0\0\0", SBK_OUTLET_SIZE);
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    become_store(&w);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
    w.terminal.rights.outlet[1] = '2';
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OUTLET);
    memset(w.terminal.rights.outlet, 0, SBK_OUTLET_SIZE);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OUTLET);
}

static void limits_count_the_command_per_unit(void **state) {
    struct ask asks[] = {{RICE, 3000}, {3, 3000}, {OIL, 500}};

    (void)state;
    world_close(&w);
    /* A second purse in grams, so that the sum counts. */
    w.mandate.purses[3] = w.mandate.purses[0];
    w.mandate.purses[3].slot = 3;
    w.mandate.purses[3].grant = 103;
    w.mandate.purses[3].priority = 3;
    w.mandate.number = 2;
    become_registrar(&w);
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_OK);
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    become_store(&w);
    assert_int_equal(sbk_limit_encode(5000, &w.terminal.rights.limits[SBK_UNIT_GRAM - 1]), SBK_FORMAT_OK);
    assert_int_equal(debit_many(&w, asks, 3), SBK_SW_LIMIT);
    asks[1].amount = 2001;
    assert_int_equal(debit_many(&w, asks, 3), SBK_SW_LIMIT);
    asks[1].amount = 2000;
    asks[2].amount = 10;
    assert_int_equal(debit_many(&w, asks, 3), SBK_SW_OK);
    assert_int_equal(debit_many(&w, asks, 3), SBK_SW_OK); /* per command, not per day */
    w.terminal.rights.limits[SBK_UNIT_MILLILITRE - 1] = 0;
    assert_int_equal(debit(&w, OIL, 1), SBK_SW_LIMIT);
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_OK);
}

static void never_below_zero(void **state) {
    struct ask asks[] = {{MONEY, 1}, {RICE, 10001}};

    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 10001), SBK_SW_BALANCE);
    assert_int_equal(debit(&w, RICE, 0xFFFFFF), SBK_SW_BALANCE);
    assert_int_equal(debit(&w, RICE, 9999), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 2), SBK_SW_BALANCE);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_BALANCE);
    asks[1].amount = 1;
    assert_int_equal(debit_many(&w, asks, 2), SBK_SW_BALANCE);
    assert_int_equal(read_status(&w).spent[MONEY].spent, 0); /* all or nothing */
    assert_int_equal(debit(&w, MONEY, 600001), SBK_SW_BALANCE);
    assert_int_equal(debit(&w, MONEY, 600000), SBK_SW_OK);
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_BALANCE);
}

static void person(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_NONE, NO_PIN), SBK_SW_WHO);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_NONE, HOLDER_PIN), SBK_SW_WHO);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_HOLDER, NO_PIN), SBK_SW_WHO);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_ALTERNATE, NO_PIN), SBK_SW_WHO);
    assert_int_equal(read_status(&w).tries[0], 5);
    w.mandate.number = 2;
    w.mandate.flags = SBK_MANDATE_PIN;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_ALTERNATE, ALTERNATE_PIN), SBK_SW_WHO);
    assert_int_equal(read_status(&w).tries[1], 5);
    w.mandate.number = 3;
    w.mandate.flags = SBK_MANDATE_ALTERNATE;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_HOLDER, HOLDER_PIN), SBK_SW_DATA);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_HOLDER, NO_PIN), SBK_SW_DATA);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_NONE, HOLDER_PIN), SBK_SW_DATA);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_NONE, NO_PIN), SBK_SW_OK);
    assert_int_equal(w.last.who, SBK_WHO_NONE);
    /* Without an alternate's PIN there is no alternate. */
    world_close(&w);
    become_registrar(&w);
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_OK);
    become_store(&w);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_ALTERNATE, ALTERNATE_PIN), SBK_SW_WHO);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_ALTERNATE, "0000"), SBK_SW_WHO);
}

static void pin_tries(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_HOLDER, "0000"), 0x63C4);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_HOLDER, "13579"), 0x63C3);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_HOLDER, "1357900"), 0x63C2);
    assert_int_equal(read_status(&w).tries[0], 2);
    assert_int_equal(read_status(&w).tries[1], 5);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
    assert_int_equal(read_status(&w).tries[0], 5);
    for (uint16_t left = 5; left-- > 0;)
        assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_HOLDER, "0000"), 0x63C0 | left);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_BLOCKED);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_HOLDER, "0000"), SBK_SW_BLOCKED);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_ALTERNATE, HOLDER_PIN), 0x63C4);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_ALTERNATE, ALTERNATE_PIN), SBK_SW_OK);
    world_power_on(&w);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_BLOCKED);
    assert_int_equal(read_status(&w).counter, 2);
}

/* The counter is lowered before the comparison: pulling the card at the answer does not give a try back. */
static void pin_counter_is_lowered_first(void **state) {
    uint32_t before;

    (void)state;
    world_active(&w);
    write_one(RICE, 1);
    before = w.card.memory.page_writes;
    /* Let the transaction of the try counter through, cut at the first write after it. */
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_HOLDER, "0000"), 0x63C4);
    w.tear.left = (long)(w.card.memory.page_writes - before);
    assert_int_equal(sent(), SBK_SW_MEMORY);
    world_power_on(&w);
    assert_int_equal(read_status(&w).tries[0], 3);
    assert_int_equal(read_status(&w).counter, 0);
}

/* The other checks come before the PIN: a hopeless debit costs no try. */
static void refusals_cost_no_try(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit_as(&w, RICE, 99999, SBK_WHO_HOLDER, "0000"), SBK_SW_BALANCE);
    assert_int_equal(debit_as(&w, SOAP, 1, SBK_WHO_HOLDER, "0000"), SBK_SW_WINDOW_NOT_OPEN);
    assert_int_equal(read_status(&w).tries[0], 5);
}

/* design.md section 7: one signature, one transaction beside the one that lowers the tries. */
static void budget(void **state) {
    struct ask asks[] = {{RICE, 1}, {MONEY, 1}, {OIL, 1}};
    uint32_t transactions, signs, verifies;

    (void)state;
    world_active(&w);
    transactions = w.card.memory.transactions;
    signs = w.card.counts.signs;
    verifies = w.card.counts.verifies;
    assert_int_equal(debit_many(&w, asks, 3), SBK_SW_OK);
    assert_int_equal(w.card.memory.transactions - transactions, 2);
    assert_int_equal(w.card.counts.signs - signs, 1);
    assert_int_equal(w.card.counts.verifies - verifies, 0);
    w.mandate.number = 2;
    w.mandate.flags = 0;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    transactions = w.card.memory.transactions;
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_NONE, NO_PIN), SBK_SW_OK);
    assert_int_equal(w.card.memory.transactions - transactions, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entry_says_what_happened),
        cmocka_unit_test(malformed),
        cmocka_unit_test(counter_and_previous),
        cmocka_unit_test(time_within_the_certificate),
        cmocka_unit_test(states),
        cmocka_unit_test(card_validity),
        cmocka_unit_test(purse_programme_outlet),
        cmocka_unit_test(limits_count_the_command_per_unit),
        cmocka_unit_test(never_below_zero),
        cmocka_unit_test(person),
        cmocka_unit_test(pin_tries),
        cmocka_unit_test(pin_counter_is_lowered_first),
        cmocka_unit_test(refusals_cost_no_try),
        cmocka_unit_test(budget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
