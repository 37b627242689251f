/* SPDX-License-Identifier: Apache-2.0 */
/* The repeat rule of B.4, command by command. */
#include "tests/applet/entitlement/world.h"

#include <string.h>

static struct world w;
static uint8_t data[SBK_CARD_BUFFER];
static size_t size;
static uint8_t first[SBK_ENTRY_RESPONSE];

/* Sends data once for the entry, then again: the same bytes come back and nothing has changed. */
static void twice(uint8_t ins) {
    uint8_t image[SBK_IMAGE_SIZE];

    assert_int_equal(send_entry(&w, ins, data, size), SBK_SW_OK);
    memcpy(first, w.answer, sizeof(first));
    memcpy(image, w.image, sizeof(image));
    assert_int_equal(send_entry(&w, ins, data, size), SBK_SW_OK);
    assert_memory_equal(w.answer, first, sizeof(first));
    assert_memory_equal(w.image, image, sizeof(image));
}

/* One byte of the command changes: the answer, and an image as it was. */
static void with(uint8_t ins, size_t offset, uint16_t expected) {
    uint8_t image[SBK_IMAGE_SIZE];

    memcpy(image, w.image, sizeof(image));
    data[offset] ^= 0x01;
    assert_int_equal(send_entry(&w, ins, data, size), expected);
    data[offset] ^= 0x01;
    if (expected == SBK_SW_OK)
        assert_memory_equal(w.answer, first, sizeof(first));
    assert_memory_equal(w.image, image, sizeof(image));
}

static void of_a_debit(void **state) {
    struct ask asks[] = {{RICE, 400}, {MONEY, 7000}};

    (void)state;
    world_active(&w);
    size = write_debit(&w, asks, 2, SBK_WHO_HOLDER, HOLDER_PIN, 0xD1, data);
    twice(SBK_INS_DEBIT);
    /* Whatever time, previous hash, log head, person or PIN it carries. */
    with(SBK_INS_DEBIT, 8, SBK_SW_OK);
    with(SBK_INS_DEBIT, 12, SBK_SW_OK);
    with(SBK_INS_DEBIT, 47, SBK_SW_OK);
    with(SBK_INS_DEBIT, 48, SBK_SW_OK);
    with(SBK_INS_DEBIT, size - 1, SBK_SW_OK);
    /* Another counter, digest, slot or amount is another content. */
    with(SBK_INS_DEBIT, 3, SBK_SW_CONFLICT);
    with(SBK_INS_DEBIT, 80, SBK_SW_CONFLICT);
    with(SBK_INS_DEBIT, 111, SBK_SW_CONFLICT);
    with(SBK_INS_DEBIT, 117, SBK_SW_CONFLICT);
    with(SBK_INS_DEBIT, 121, SBK_SW_CONFLICT);
    w.counter--;
    w.transaction--;
    size = write_debit(&w, asks, 1, SBK_WHO_HOLDER, HOLDER_PIN, 0xD1, data);
    assert_int_equal(send_entry(&w, SBK_INS_DEBIT, data, size), SBK_SW_CONFLICT);
    w.counter++;
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_CONFLICT); /* the number was used */
    w.transaction++;
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
}

static void from_another_terminal_is_no_repeat(void **state) {
    (void)state;
    world_active(&w);
    size = write_debit(&w, &(struct ask){RICE, 400}, 1, SBK_WHO_HOLDER, HOLDER_PIN, 0xD1, data);
    twice(SBK_INS_DEBIT);
    memcpy(w.terminal.id, "WARUNG-2", 8);
    assert_int_equal(send_entry(&w, SBK_INS_DEBIT, data, size), SBK_SW_COUNTER);
    w.transaction--; /* its own transaction of the same number is its own */
    assert_int_equal(debit(&w, RICE, 400), SBK_SW_OK);
    /* A renewed certificate of the same terminal still finds it. */
    become_store(&w);
    w.terminal.leaf_hash[0] ^= 1;
    w.terminal.effective = day(2026, 12, 1);
    w.terminal.expiry = day(2026, 12, 31);
    assert_int_equal(send_entry(&w, SBK_INS_DEBIT, data, size), SBK_SW_OK);
    assert_memory_equal(w.answer, first, sizeof(first));
}

static void whatever_happened_since(void **state) {
    (void)state;
    world_active(&w);
    size = write_debit(&w, &(struct ask){RICE, 10000}, 1, SBK_WHO_HOLDER, HOLDER_PIN, 0xD1, data);
    twice(SBK_INS_DEBIT);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 1), SBK_SW_OK);
    assert_int_equal(send_entry(&w, SBK_INS_DEBIT, data, size), SBK_SW_OK);
    assert_memory_equal(w.answer, first, sizeof(first));
    w.mandate.number = 2;
    w.mandate.status = SBK_MANDATE_CLOSED;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    world_power_on(&w);
    assert_int_equal(send_entry(&w, SBK_INS_DEBIT, data, size), SBK_SW_OK);
    assert_memory_equal(w.answer, first, sizeof(first));
}

static void until_sixteen_entries_later(void **state) {
    (void)state;
    world_active(&w);
    size = write_debit(&w, &(struct ask){RICE, 100}, 1, SBK_WHO_HOLDER, HOLDER_PIN, 0xD1, data);
    twice(SBK_INS_DEBIT);
    for (int i = 0; i < 15; i++)
        assert_int_equal(debit(&w, MONEY, 1), SBK_SW_OK);
    assert_int_equal(send_entry(&w, SBK_INS_DEBIT, data, size), SBK_SW_OK);
    assert_memory_equal(w.answer, first, sizeof(first));
    assert_int_equal(debit(&w, MONEY, 1), SBK_SW_OK);
    assert_int_equal(send_entry(&w, SBK_INS_DEBIT, data, size), SBK_SW_TOO_OLD);
    assert_int_equal(read_status(&w).spent[RICE].spent, 100);
}

static void of_a_void(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 400), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 400), SBK_SW_OK);
    size = write_context(&w, data);
    memcpy(data + 80, "\0\0\0\1", 4);
    size += 4;
    twice(SBK_INS_VOID);
    with(SBK_INS_VOID, 8, SBK_SW_OK);
    with(SBK_INS_VOID, 12, SBK_SW_OK);
    with(SBK_INS_VOID, 3, SBK_SW_CONFLICT);
    with(SBK_INS_VOID, 83, SBK_SW_CONFLICT); /* entry 0 */
    data[83] = 2;
    assert_int_equal(send_entry(&w, SBK_INS_VOID, data, size), SBK_SW_CONFLICT);
    data[83] = 9;
    assert_int_equal(send_entry(&w, SBK_INS_VOID, data, size), SBK_SW_CONFLICT);
    data[83] = 1;
    for (int i = 0; i < 15; i++)
        assert_int_equal(debit(&w, MONEY, 1), SBK_SW_OK);
    /* The voided entry left the ring, its void is still there. */
    assert_int_equal(send_entry(&w, SBK_INS_VOID, data, size), SBK_SW_OK);
    assert_memory_equal(w.answer, first, sizeof(first));
    assert_int_equal(read_status(&w).spent[RICE].spent, 400);
    /* The same number does not pass for a debit, nor a debit's for a void. */
    w.transaction = w.last.transaction;
    assert_int_equal(debit(&w, RICE, 400), SBK_SW_CONFLICT);
}

static void of_a_mandate(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, MONEY, 450000), SBK_SW_OK);
    w.mandate.number = 2;
    w.mandate.purses[1].grant = 301;
    w.mandate.purses[1].inherits = 101;
    size = write_delivery(&w, data);
    twice(SBK_INS_DELIVER_MANDATE);
    with(SBK_INS_DELIVER_MANDATE, 8, SBK_SW_OK);
    with(SBK_INS_DELIVER_MANDATE, 100, SBK_SW_OK); /* the signer's certificate is not looked at again */
    with(SBK_INS_DELIVER_MANDATE, size - 1, SBK_SW_CONFLICT);
    assert_int_equal(read_status(&w).spent[MONEY].credit, 150000);
}

static void of_an_activation(void **state) {
    (void)state;
    world_close(&w);
    become_registrar(&w);
    size = write_activation(&w, HOLDER_PIN, ALTERNATE_PIN, data);
    twice(SBK_INS_ACTIVATE);
    with(SBK_INS_ACTIVATE, 8, SBK_SW_OK);
    with(SBK_INS_ACTIVATE, 81, SBK_SW_OK); /* another PIN: the first one stays */
    with(SBK_INS_ACTIVATE, size - 1, SBK_SW_CONFLICT);
    become_store(&w);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_debit),
        cmocka_unit_test(from_another_terminal_is_no_repeat),
        cmocka_unit_test(whatever_happened_since),
        cmocka_unit_test(until_sixteen_entries_later),
        cmocka_unit_test(of_a_void),
        cmocka_unit_test(of_a_mandate),
        cmocka_unit_test(of_an_activation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
