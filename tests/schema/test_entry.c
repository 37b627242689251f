/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/attempts.h"

#include <string.h>

enum {
    COUNTER_AT = 10,
    PREVIOUS_AT = 14,
    KIND_AT = 46,
    WHO_AT = 47,
    MANDATE_AT = 48,
    TERMINAL_AT = 52,
    TRANSACTION_AT = 64,
    TIME_AT = 68,
    LOG_SIZE_AT = 72,
    DETAIL_AT = 140,
    FLOOR_AT = 180,
    DEBIT_SIZE = 10,
    FINAL_SIZE = 5,
};
#define DEBIT_AT(index, offset) (DETAIL_AT + (index)*DEBIT_SIZE + (offset))
#define FINAL_AT(index, offset) (DETAIL_AT + (index)*FINAL_SIZE + (offset))
#define ZEROS_32 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void try_kind(enum sbk_entry_kind kind, const struct attempt *attempts, size_t count) {
    struct sbk_entry entry = sample_entry(kind);
    struct sample_bytes bytes = *entry_bytes(&entry);
    assert_int_equal(parse_exact(roundtrip_entry, bytes.data, bytes.size), SBK_FORMAT_OK);
    try_changes(roundtrip_entry, &bytes, attempts, count);
}
#define TRY(kind, attempts) try_kind(kind, attempts, sizeof attempts / sizeof attempts[0])

static void test_values_come_back(void **state) {
    (void)state;
    static const enum sbk_entry_kind kinds[] = {
        SBK_ENTRY_ACTIVATION, SBK_ENTRY_MANDATE, SBK_ENTRY_DEBIT, SBK_ENTRY_VOID};
    for (size_t i = 0; i < 4; i++) {
        struct sbk_entry entry = sample_entry(kinds[i]);
        struct sbk_entry parsed;
        assert_int_equal(sbk_entry_parse(entry_bytes(&entry)->data, &parsed), SBK_FORMAT_OK);
        assert_memory_equal(&parsed, &entry, sizeof entry);
    }
}

static void test_layout(void **state) {
    (void)state;
    struct sbk_entry entry = sample_entry(SBK_ENTRY_DEBIT);
    const uint8_t *data = entry_bytes(&entry)->data;
    assert_memory_equal(data, "\xC5\x01\xA1\xB2\xC3\xD4\xE5\xF6\x07\x18\x00\x00\x00\x07\x63", 15);
    assert_memory_equal(data + KIND_AT, "\x03\x01\x00\x00\x00\x04st-0007\0\0\0\0\0\x00\x00\x00\x0C", 22);
    assert_memory_equal(data + LOG_SIZE_AT, "\x00\x00\x00\x1F\x61", 5);
    assert_memory_equal(data + DETAIL_AT, "\x00\x00\x65\x01\x00\x13\x88\x00\x13\x88", 10);
    assert_memory_equal(data + DETAIL_AT + 10, "\x04\x00\x69\x01\x00\x75\x30\x01\x5F\x90", 10);
    assert_memory_equal(data + FLOOR_AT, "\x51\x06", 2);
    assert_int_equal(FLOOR_AT + 2, SBK_ENTRY_SIZE);
    entry = sample_entry(SBK_ENTRY_MANDATE);
    data = entry_bytes(&entry)->data;
    assert_memory_equal(data + FINAL_AT(4, 0), "\x00\x58\x03\xD0\x90", 5);
}

static void test_heads(void **state) {
    (void)state;
    static const struct attempt attempts[] = {
        AT("another record", 0, "\xC6", SBK_FORMAT_UNKNOWN),
        AT("version 0", 1, "\x00", SBK_FORMAT_UNKNOWN),
        AT("counter 0", COUNTER_AT, "\0\0\0\0", SBK_FORMAT_VALUE),
        AT("largest counter", COUNTER_AT, "\xFF\xFF\xFF\xFF", SBK_FORMAT_OK),
        AT("previous zero", PREVIOUS_AT, ZEROS_32, SBK_FORMAT_VALUE),
        AT("kind 0", KIND_AT, "\x00", SBK_FORMAT_VALUE),
        AT("kind 5", KIND_AT, "\x05", SBK_FORMAT_VALUE),
        AT("nobody", WHO_AT, "\x00", SBK_FORMAT_OK),
        AT("the alternate", WHO_AT, "\x02", SBK_FORMAT_OK),
        AT("who 3", WHO_AT, "\x03", SBK_FORMAT_VALUE),
        AT("mandate 0", MANDATE_AT, "\0\0\0\0", SBK_FORMAT_VALUE),
        AT("terminal empty", TERMINAL_AT, "\0\0\0\0\0\0\0", SBK_FORMAT_VALUE),
        AT("terminal goes on after padding", TERMINAL_AT + 11, "x", SBK_FORMAT_VALUE),
        AT("transaction 0", TRANSACTION_AT, "\0\0\0\0", SBK_FORMAT_VALUE),
        AT("any time", TIME_AT, "\xFF\xFF\xFF\xFF", SBK_FORMAT_OK),
        AT("any floor", FLOOR_AT, "\xFF\xFF", SBK_FORMAT_OK),
    };
    TRY(SBK_ENTRY_DEBIT, attempts);
    static const struct attempt activation[] = {
        AT("counter 1", COUNTER_AT, "\0\0\0\1", SBK_FORMAT_VALUE),
        AT("a previous hash", PREVIOUS_AT + 31, "\1", SBK_FORMAT_VALUE),
        AT("who", WHO_AT, "\x01", SBK_FORMAT_VALUE),
        AT("first byte of detail", DETAIL_AT, "\x01", SBK_FORMAT_VALUE),
        AT("last byte of detail", DETAIL_AT + 39, "\x01", SBK_FORMAT_VALUE),
        AT("a debit", DETAIL_AT, "\x00\x00\x65\x01\x00\x13\x88\x00\x13\x88", SBK_FORMAT_VALUE),
    };
    TRY(SBK_ENTRY_ACTIVATION, activation);
}

static void test_debits(void **state) {
    (void)state;
    static const struct attempt attempts[] = {
        AT("slot 8", DEBIT_AT(1, 0), "\x08", SBK_FORMAT_VALUE),
        AT("slot twice", DEBIT_AT(1, 0), "\x00", SBK_FORMAT_VALUE),
        AT("grant twice", DEBIT_AT(1, 1), "\x00\x65", SBK_FORMAT_VALUE),
        AT("window 59", DEBIT_AT(1, 3), "\x3B", SBK_FORMAT_OK),
        AT("window 60", DEBIT_AT(1, 3), "\x3C", SBK_FORMAT_VALUE),
        AT("amount 0", DEBIT_AT(1, 4), "\0\0\0", SBK_FORMAT_VALUE),
        AT("amount is all of spent", DEBIT_AT(1, 4), "\x01\x5F\x90", SBK_FORMAT_OK),
        AT("amount above spent", DEBIT_AT(1, 4), "\x01\x5F\x91", SBK_FORMAT_VALUE),
        AT("first unused", DEBIT_AT(0, 1), "\0\0", SBK_FORMAT_VALUE),
        AT("first all zero", DEBIT_AT(0, 0), "\0\0\0\0\0\0\0\0\0\0", SBK_FORMAT_VALUE),
        AT("no debits at all", DEBIT_AT(0, 0), "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", SBK_FORMAT_VALUE),
        AT("an unused one with a slot", DEBIT_AT(2, 0), "\x01", SBK_FORMAT_VALUE),
        AT("an unused one with a window", DEBIT_AT(2, 3), "\x01", SBK_FORMAT_VALUE),
        AT("an unused one with an amount", DEBIT_AT(3, 6), "\x01", SBK_FORMAT_VALUE),
        AT("an unused one with spent", DEBIT_AT(3, 9), "\x01", SBK_FORMAT_VALUE),
        AT("a fourth without a third", DEBIT_AT(3, 0), "\x07\x00\x6D\x00\x00\x00\x01\x00\x00\x01", SBK_FORMAT_VALUE),
        AT("a third", DEBIT_AT(2, 0), "\x07\x00\x6D\x00\x00\x00\x01\x00\x00\x01", SBK_FORMAT_OK),
    };
    TRY(SBK_ENTRY_DEBIT, attempts);
    static const struct attempt voided[] = {
        AT("nothing left spent", DEBIT_AT(1, 7), "\0\0\0", SBK_FORMAT_OK),
        AT("amount 0", DEBIT_AT(1, 4), "\0\0\0", SBK_FORMAT_VALUE),
        AT("slot twice", DEBIT_AT(1, 0), "\x00", SBK_FORMAT_VALUE),
    };
    TRY(SBK_ENTRY_VOID, voided);
}

static void test_finals(void **state) {
    (void)state;
    static const struct attempt attempts[] = {
        AT("who", WHO_AT, "\x01", SBK_FORMAT_VALUE),
        AT("nothing ended", FINAL_AT(4, 0), "\0\0\0\0\0", SBK_FORMAT_OK),
        AT("spent without grant", FINAL_AT(4, 0), "\0\0", SBK_FORMAT_VALUE),
        AT("spent without grant, last byte", FINAL_AT(7, 4), "\x01", SBK_FORMAT_VALUE),
        AT("grant unspent", FINAL_AT(0, 0), "\x00\x59", SBK_FORMAT_OK),
        AT("grant twice", FINAL_AT(7, 0), "\x00\x58", SBK_FORMAT_VALUE),
    };
    TRY(SBK_ENTRY_MANDATE, attempts);
}

static void test_writer_refuses(void **state) {
    (void)state;
    uint8_t out[SBK_ENTRY_SIZE];
    struct sbk_entry entry = sample_entry(SBK_ENTRY_DEBIT);
    entry.debits[1].spent = SBK_AMOUNT_MAX + 1;
    assert_int_equal(sbk_entry_write(&entry, out), SBK_FORMAT_VALUE);
    entry = sample_entry(SBK_ENTRY_DEBIT);
    entry.debits[1].amount = SBK_AMOUNT_MAX + 1;
    entry.debits[1].spent = SBK_AMOUNT_MAX;
    assert_int_equal(sbk_entry_write(&entry, out), SBK_FORMAT_VALUE);
    entry = sample_entry(SBK_ENTRY_DEBIT);
    entry.finals[0].grant = 7; /* would be lost in a debit */
    assert_int_equal(sbk_entry_write(&entry, out), SBK_FORMAT_VALUE);
    entry = sample_entry(SBK_ENTRY_MANDATE);
    entry.debits[0].slot = 1;
    assert_int_equal(sbk_entry_write(&entry, out), SBK_FORMAT_VALUE);
    entry = sample_entry(SBK_ENTRY_MANDATE);
    entry.finals[1].grant = 9;
    entry.finals[1].spent = SBK_AMOUNT_MAX + 1;
    assert_int_equal(sbk_entry_write(&entry, out), SBK_FORMAT_VALUE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_come_back),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_debits),
        cmocka_unit_test(test_finals),
        cmocka_unit_test(test_writer_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
