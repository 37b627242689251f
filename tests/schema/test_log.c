/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/attempts.h"

#include <string.h>

#define TRY(parse, sample, attempts) try_changes(parse, sample, attempts, sizeof attempts / sizeof attempts[0])

static void test_every_kind(void **state) {
    (void)state;
    for (unsigned kind = 0; kind <= 0xFF; kind++) {
        size_t count = sbk_log_field_count((uint8_t)kind);
        assert_int_equal(count != 0, kind >= SBK_LOG_OPENED && kind <= SBK_LOG_HOTLIST);
        assert_true(count <= SBK_LOG_FIELDS_MAX);
        if (count != 0) {
            try_lengths(roundtrip_log, log_bytes((uint8_t)kind));
        }
    }
    for (int operation = SBK_OPERATION_DEBIT; operation <= SBK_OPERATION_ACTIVATE; operation++) {
        try_lengths(roundtrip_log, intent_bytes((enum sbk_log_operation)operation));
    }
}

static void test_head(void **state) {
    (void)state;
    struct sample_bytes bytes = *log_bytes(SBK_LOG_HANDED_OVER);
    assert_memory_equal(bytes.data, "\x01\x07\x6A\xDF\x02\x40\x00\x04\x00\x00\x00\x0C", bytes.size);
    static const struct attempt attempts[] = {
        AT("version 0", 0, "\0", SBK_FORMAT_UNKNOWN),
        AT("version 2", 0, "\2", SBK_FORMAT_UNKNOWN),
        AT("kind 0", 1, "\0", SBK_FORMAT_UNKNOWN),
        AT("kind 14", 1, "\x0E", SBK_FORMAT_UNKNOWN),
        AT("kind 255", 1, "\xFF", SBK_FORMAT_UNKNOWN),
        AT("another kind", 1, "\x01", SBK_FORMAT_TRUNCATED),
        AT("any time", 2, "\xFF\xFF\xFF\xFF", SBK_FORMAT_OK),
        AT("field longer than the entry", 6, "\x00\x05", SBK_FORMAT_TRUNCATED),
        AT("field shorter than the entry", 6, "\x00\x03", SBK_FORMAT_TRAILING),
    };
    TRY(roundtrip_log, &bytes, attempts);
}

/* Every fixed field one byte shorter and longer, with the entry otherwise whole. */
static void test_field_sizes(void **state) {
    (void)state;
    for (uint8_t kind = SBK_LOG_OPENED; kind <= SBK_LOG_HOTLIST; kind++) {
        struct sample_bytes bytes = *log_bytes(kind);
        uint8_t out[SBK_LOG_ENTRY_MAX];
        size_t size = 0;
        struct sbk_log_entry entry;
        assert_int_equal(sbk_log_parse(bytes.data, bytes.size, &entry), SBK_FORMAT_OK);
        struct sbk_log_entry fewer = entry;
        fewer.count--;
        assert_int_equal(sbk_log_write(&fewer, out, sizeof out, &size), SBK_FORMAT_MISSING);
        struct sbk_log_entry more = entry;
        more.count++;
        assert_int_equal(sbk_log_write(&more, out, sizeof out, &size), SBK_FORMAT_TRAILING);
        for (size_t i = 0; i < entry.count; i++) {
            uint8_t field[5000] = {0};
            struct sbk_log_entry changed = entry;
            changed.fields[i].data = field;
            changed.fields[i].size = sizeof field;
            assert_int_equal(sbk_log_write(&changed, out, sizeof out, &size), SBK_FORMAT_LENGTH);
            bool variable = (kind == SBK_LOG_OPENED && i == 1) || (kind == SBK_LOG_INTENT && i == 6) ||
                            (kind == SBK_LOG_REFUSED && i == 3) || (kind == SBK_LOG_OPERATOR && i == 1) ||
                            (kind == SBK_LOG_CERTIFICATE && i == 0);
            changed.fields[i].size = variable ? 0 : entry.fields[i].size - 1;
            assert_int_equal(sbk_log_write(&changed, out, sizeof out, &size), SBK_FORMAT_LENGTH);
            changed.fields[i].size = entry.fields[i].size + 1;
            if (!variable) {
                assert_int_equal(sbk_log_write(&changed, out, sizeof out, &size), SBK_FORMAT_LENGTH);
            }
        }
        assert_int_equal(sbk_log_write(&entry, out, bytes.size - 1, &size), SBK_FORMAT_ROOM);
    }
}

static void test_values(void **state) {
    (void)state;
    struct sample_bytes bytes = *log_bytes(SBK_LOG_OPENED);
    static const struct attempt opened[] = {
        AT("terminal with a space", 8, " ", SBK_FORMAT_VALUE),
        AT("newline in the key", 6 + 14 + 2, "\n", SBK_FORMAT_VALUE),
    };
    TRY(roundtrip_log, &bytes, opened);
    bytes = *log_bytes(SBK_LOG_INTENT);
    static const struct attempt intent[] = {
        AT("operation 0", 8, "\0", SBK_FORMAT_VALUE),
        AT("operation 5", 8, "\5", SBK_FORMAT_VALUE),
        AT("a void with a basket", 8, "\2", SBK_FORMAT_LENGTH),
        AT("who 3", 8 + 1 + 6 + 10 + 6 + 6 + 2, "\3", SBK_FORMAT_VALUE),
        AT("nobody", 8 + 1 + 6 + 10 + 6 + 6 + 2, "\0", SBK_FORMAT_OK),
    };
    TRY(roundtrip_log, &bytes, intent);
    bytes = *log_bytes(SBK_LOG_CLOCK);
    static const struct attempt clock[] = {
        AT("cause 0", 8, "\0", SBK_FORMAT_VALUE), AT("cause 4", 8, "\4", SBK_FORMAT_VALUE)};
    TRY(roundtrip_log, &bytes, clock);
    bytes = *log_bytes(SBK_LOG_OPERATOR);
    static const struct attempt operator[] = {AT("what 0", 8, "\0", SBK_FORMAT_VALUE),
        AT("out", 8, "\2", SBK_FORMAT_OK), AT("what 3", 8, "\3", SBK_FORMAT_VALUE),
        AT("name not text", 11, "\xFF", SBK_FORMAT_VALUE)};
    TRY(roundtrip_log, &bytes, operator);
    bytes = *log_bytes(SBK_LOG_RESOLVED);
    static const struct attempt resolved[] = {AT("how 0", 14, "\0", SBK_FORMAT_VALUE),
        AT("doubt", 14, "\3", SBK_FORMAT_OK), AT("how 5", 14, "\5", SBK_FORMAT_VALUE)};
    TRY(roundtrip_log, &bytes, resolved);
}

/* Where a field has two sizes: a refusal without a card, a notice as the record delivered. */
static void test_either_size(void **state) {
    (void)state;
    static const struct {
        uint8_t kind;
        size_t field;
        size_t size;
        enum sbk_format due;
    } cases[] = {
        {SBK_LOG_REFUSED, 1, 0, SBK_FORMAT_OK},
        {SBK_LOG_REFUSED, 1, 8, SBK_FORMAT_OK},
        {SBK_LOG_REFUSED, 1, 4, SBK_FORMAT_LENGTH},
        {SBK_LOG_DELIVERED, 1, 32, SBK_FORMAT_OK},
        {SBK_LOG_DELIVERED, 1, 81, SBK_FORMAT_OK},
        {SBK_LOG_DELIVERED, 1, 33, SBK_FORMAT_LENGTH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const uint8_t zeros[81] = {0};
        struct sample_bytes bytes = *log_bytes(cases[i].kind);
        struct sbk_log_entry entry;
        uint8_t out[SBK_LOG_ENTRY_MAX];
        size_t size = 0;
        assert_int_equal(sbk_log_parse(bytes.data, bytes.size, &entry), SBK_FORMAT_OK);
        entry.fields[cases[i].field] = (struct sbk_log_field){zeros, cases[i].size};
        assert_int_equal(sbk_log_write(&entry, out, sizeof out, &size), cases[i].due);
        if (cases[i].due == SBK_FORMAT_OK) {
            assert_int_equal(parse_exact(roundtrip_log, out, size), SBK_FORMAT_OK);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_field_sizes),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_either_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
