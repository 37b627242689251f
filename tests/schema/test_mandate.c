/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/attempts.h"

#include <string.h>

/* Where the first purse's fields lie: tag, version, alias, number, issued, status, flags, outlet, count come before. */
enum {
    NUMBER_AT = 10,
    STATUS_AT = 16,
    FLAGS_AT = 17,
    OUTLET_AT = 18,
    COUNT_AT = 26,
    PURSE_AT = 27,
    PURSE_SIZE = 17,
    SLOT = 0,
    GRANT = 1,
    PROGRAMME = 3,
    UNIT = 4,
    GOODS = 5,
    AMOUNT = 6,
    PERIOD = 11,
    COUNT = 12,
    CARRY = 13,
    PRIORITY = 14,
    INHERITS = 15,
};
#define FIRST(field) (PURSE_AT + (field))
#define SECOND(field) (PURSE_AT + PURSE_SIZE + (field))
#define THIRD(field) (PURSE_AT + 2 * PURSE_SIZE + (field))

static enum sbk_format written(const struct sbk_mandate *mandate) {
    uint8_t out[SBK_MANDATE_MAX];
    size_t size = 0;
    return sbk_mandate_write(mandate, out, sizeof out, &size);
}

static void test_lengths_and_layout(void **state) {
    (void)state;
    struct sbk_mandate mandate = sample_mandate();
    struct sample_bytes bytes = *mandate_bytes(&mandate);
    assert_int_equal(bytes.size, 27 + 3 * 17 + 64);
    try_lengths(roundtrip_mandate, &bytes);
    static const uint8_t purse[] = {
        0x04, 0x00, 0x69, 0x03, 0x04, 0x00, 0x04, 0x93, 0xE0, 0x51, 0x00, 0x02, 0x03, 0x01, 0x0E, 0x00, 0x58};
    uint8_t expected[sizeof purse];
    memcpy(expected, purse, sizeof purse);
    expected[9] = (uint8_t)(DAY(2026, 10, 1) >> 8);
    expected[10] = (uint8_t)DAY(2026, 10, 1);
    assert_memory_equal(bytes.data + PURSE_AT + 2 * PURSE_SIZE, expected, sizeof expected);
    struct sbk_mandate parsed;
    assert_int_equal(sbk_mandate_parse(bytes.data, bytes.size, &parsed), SBK_FORMAT_OK);
    assert_memory_equal(&parsed.purses[2], &mandate.purses[2], sizeof parsed.purses[2]);
}

static void test_every_purse_count(void **state) {
    (void)state;
    for (uint8_t count = 0; count <= SBK_PURSES_MAX; count++) {
        struct sbk_mandate mandate = sample_mandate();
        mandate.purse_count = count;
        mandate.status = count == 0 ? SBK_MANDATE_CLOSED : SBK_MANDATE_BLOCKED;
        for (uint8_t i = 0; i < count; i++) {
            mandate.purses[i] = sample_purse(i);
        }
        const struct sample_bytes *bytes = mandate_bytes(&mandate);
        assert_int_equal(bytes->size, 91u + 17u * count);
        assert_int_equal(parse_exact(roundtrip_mandate, bytes->data, bytes->size), SBK_FORMAT_OK);
    }
    struct sbk_mandate mandate = sample_mandate();
    mandate.purse_count = 0;
    assert_int_equal(written(&mandate), SBK_FORMAT_VALUE);
    mandate.status = SBK_MANDATE_BLOCKED;
    assert_int_equal(written(&mandate), SBK_FORMAT_VALUE);
    mandate = sample_mandate();
    mandate.purse_count = SBK_PURSES_MAX + 1;
    assert_int_equal(written(&mandate), SBK_FORMAT_VALUE);
}

static void test_head_values(void **state) {
    (void)state;
    static const struct attempt attempts[] = {
        AT("another record", 0, "\xC1", SBK_FORMAT_UNKNOWN),
        AT("version 2", 1, "\x02", SBK_FORMAT_UNKNOWN),
        AT("alias", 2, "\0\0\0\0\0\0\0\0", SBK_FORMAT_OK),
        AT("number 0", NUMBER_AT, "\0\0\0\0", SBK_FORMAT_VALUE),
        AT("largest number", NUMBER_AT, "\xFF\xFF\xFF\xFF", SBK_FORMAT_OK),
        AT("status 0", STATUS_AT, "\x00", SBK_FORMAT_VALUE),
        AT("blocked", STATUS_AT, "\x02", SBK_FORMAT_OK),
        AT("closed, with purses", STATUS_AT, "\x03", SBK_FORMAT_OK),
        AT("status 4", STATUS_AT, "\x04", SBK_FORMAT_VALUE),
        AT("no flags", FLAGS_AT, "\x00", SBK_FORMAT_OK),
        AT("all flags", FLAGS_AT, "\x83", SBK_FORMAT_OK),
        AT("reserved flag 04", FLAGS_AT, "\x07", SBK_FORMAT_VALUE),
        AT("reserved flag 40", FLAGS_AT, "\x40", SBK_FORMAT_VALUE),
        AT("outlet", OUTLET_AT, "TOKO-07", SBK_FORMAT_OK),
        AT("outlet begins with padding", OUTLET_AT + 1, "T", SBK_FORMAT_VALUE),
        AT("outlet with a space", OUTLET_AT, "T 7", SBK_FORMAT_VALUE),
        AT("no purses, active", COUNT_AT, "\x00", SBK_FORMAT_TRAILING),
        AT("one purse less", COUNT_AT, "\x02", SBK_FORMAT_TRAILING),
        AT("one purse more", COUNT_AT, "\x04", SBK_FORMAT_TRUNCATED),
        AT("nine purses", COUNT_AT, "\x09", SBK_FORMAT_VALUE),
    };
    struct sbk_mandate mandate = sample_mandate();
    struct sample_bytes bytes = *mandate_bytes(&mandate);
    try_changes(roundtrip_mandate, &bytes, attempts, sizeof attempts / sizeof attempts[0]);
}

static void test_purse_values(void **state) {
    (void)state;
    static const struct attempt attempts[] = {
        AT("slots equal", SECOND(SLOT), "\x00", SBK_FORMAT_VALUE),
        AT("slots descend", FIRST(SLOT), "\x03", SBK_FORMAT_VALUE),
        AT("slots equal to the third", SECOND(SLOT), "\x04", SBK_FORMAT_VALUE),
        AT("slot 7", THIRD(SLOT), "\x07", SBK_FORMAT_OK),
        AT("slot 8", THIRD(SLOT), "\x08", SBK_FORMAT_VALUE),
        AT("grant 0", FIRST(GRANT), "\x00\x00", SBK_FORMAT_VALUE),
        AT("grant of another purse", THIRD(GRANT), "\x00\x65", SBK_FORMAT_VALUE),
        AT("grant 65535", FIRST(GRANT), "\xFF\xFF", SBK_FORMAT_OK),
        AT("programme 0", FIRST(PROGRAMME), "\x00", SBK_FORMAT_VALUE),
        AT("programme 32", FIRST(PROGRAMME), "\x20", SBK_FORMAT_OK),
        AT("programme 33", FIRST(PROGRAMME), "\x21", SBK_FORMAT_VALUE),
        AT("unit 0", FIRST(UNIT), "\x00", SBK_FORMAT_VALUE),
        AT("pieces", FIRST(UNIT), "\x03", SBK_FORMAT_OK),
        AT("unit 5", FIRST(UNIT), "\x05", SBK_FORMAT_VALUE),
        AT("any goods in grams", FIRST(GOODS), "\x00", SBK_FORMAT_VALUE),
        AT("a class in rupiah", THIRD(GOODS), "\x07", SBK_FORMAT_OK),
        AT("amount 0", FIRST(AMOUNT), "\x00\x00\x00", SBK_FORMAT_VALUE),
        AT("amount times windows just in", FIRST(AMOUNT), "\x55\x55\x55", SBK_FORMAT_OK),
        AT("amount times windows just out", FIRST(AMOUNT), "\x55\x55\x56", SBK_FORMAT_VALUE),
        AT("period 0", FIRST(PERIOD), "\x00", SBK_FORMAT_VALUE),
        AT("once", FIRST(PERIOD), "\x01", SBK_FORMAT_OK),
        AT("week", FIRST(PERIOD), "\x03", SBK_FORMAT_OK),
        AT("period 4", FIRST(PERIOD), "\x04", SBK_FORMAT_VALUE),
        AT("no windows", FIRST(COUNT), "\x00", SBK_FORMAT_VALUE),
        AT("60 windows", FIRST(COUNT), "\x3C", SBK_FORMAT_OK),
        AT("61 windows", FIRST(COUNT), "\x3D", SBK_FORMAT_VALUE),
        AT("carried", FIRST(CARRY), "\x01", SBK_FORMAT_OK),
        AT("carry 2", FIRST(CARRY), "\x02", SBK_FORMAT_VALUE),
        AT("priority of another purse", SECOND(PRIORITY), "\x0E", SBK_FORMAT_VALUE),
        AT("priority 255", SECOND(PRIORITY), "\xFF", SBK_FORMAT_OK),
        AT("inherits without carry", FIRST(INHERITS), "\x00\x4D", SBK_FORMAT_VALUE),
        AT("inherits what another inherits", SECOND(INHERITS), "\x00\x58", SBK_FORMAT_VALUE),
        AT("inherits another ended grant", SECOND(INHERITS), "\x00\x59", SBK_FORMAT_OK),
        AT("inherits from itself", SECOND(INHERITS), "\x00\x67", SBK_FORMAT_VALUE),
        AT("inherits from a grant that goes on", SECOND(INHERITS), "\x00\x65", SBK_FORMAT_VALUE),
        AT("inherits from a later grant that goes on", SECOND(INHERITS), "\x00\x69", SBK_FORMAT_VALUE),
        AT("inherits nothing", THIRD(INHERITS), "\x00\x00", SBK_FORMAT_OK),
    };
    struct sbk_mandate mandate = sample_mandate();
    struct sample_bytes bytes = *mandate_bytes(&mandate);
    try_changes(roundtrip_mandate, &bytes, attempts, sizeof attempts / sizeof attempts[0]);
}

static void test_amount_of_once_counts_one_window(void **state) {
    (void)state;
    struct sbk_mandate mandate = sample_mandate();
    mandate.purses[2].period = SBK_PERIOD_ONCE;
    mandate.purses[2].count = 12;
    mandate.purses[2].amount = SBK_AMOUNT_MAX;
    assert_int_equal(written(&mandate), SBK_FORMAT_OK);
    mandate.purses[2].amount = SBK_AMOUNT_MAX + 1;
    assert_int_equal(written(&mandate), SBK_FORMAT_VALUE);
    mandate.purses[2].amount = UINT32_MAX;
    assert_int_equal(written(&mandate), SBK_FORMAT_VALUE);
    mandate.purses[2].period = SBK_PERIOD_MONTH;
    mandate.purses[2].amount = 0x80000000; /* times 12 would wrap to zero */
    assert_int_equal(written(&mandate), SBK_FORMAT_VALUE);
    mandate.purses[2].amount = SBK_AMOUNT_MAX;
    assert_int_equal(written(&mandate), SBK_FORMAT_VALUE);
    mandate.purses[2].amount = SBK_AMOUNT_MAX / 12;
    assert_int_equal(written(&mandate), SBK_FORMAT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths_and_layout),
        cmocka_unit_test(test_every_purse_count),
        cmocka_unit_test(test_head_values),
        cmocka_unit_test(test_purse_values),
        cmocka_unit_test(test_amount_of_once_counts_one_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
