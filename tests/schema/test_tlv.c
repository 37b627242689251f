/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/attempts.h"

#include <string.h>

struct bytes_case {
    const char *bytes;
    size_t size;
    enum sbk_format due;
};
#define CASE(literal, due)                                                                                             \
    { literal, sizeof(literal) - 1, due }

static void test_forms(void **state) {
    (void)state;
    static const struct bytes_case cases[] = {
        CASE("\x53\x01\xAA", SBK_FORMAT_OK),
        CASE("\x53\x00", SBK_FORMAT_OK),
        CASE("\x5F\x20\x02\x01\x02\x95\x01\x82", SBK_FORMAT_OK),
        CASE("\x7F\x21\x00", SBK_FORMAT_OK),
        CASE("\xFF\x33\x00", SBK_FORMAT_OK),
        /* tags: padding, three bytes, two bytes for what fits one */
        CASE("\x00\x00", SBK_FORMAT_UNKNOWN),
        CASE("\x5F\xA0\x20\x00", SBK_FORMAT_UNKNOWN),
        CASE("\x5F\x80\x20\x00", SBK_FORMAT_UNKNOWN),
        CASE("\x5F\x1E\x00", SBK_FORMAT_UNKNOWN),
        CASE("\x5F\x00\x00", SBK_FORMAT_UNKNOWN),
        /* lengths: indefinite, not the shortest, too many bytes */
        CASE("\x53\x80\x00\x00", SBK_FORMAT_LENGTH),
        CASE("\x53\x81\x01\xAA", SBK_FORMAT_LENGTH),
        CASE("\x53\x81\x00", SBK_FORMAT_LENGTH),
        CASE("\x53\x82\x00\x01\xAA", SBK_FORMAT_LENGTH),
        CASE("\x53\x82\x00\xFF\xAA", SBK_FORMAT_LENGTH),
        CASE("\x53\x83\x01\x00\x00", SBK_FORMAT_LENGTH),
        CASE("\x53\x84\x00\x00\x00\x01\xAA", SBK_FORMAT_LENGTH),
        CASE("\x53\xFF", SBK_FORMAT_LENGTH),
        /* ends */
        CASE("\x53", SBK_FORMAT_TRUNCATED),
        CASE("\x5F", SBK_FORMAT_TRUNCATED),
        CASE("\x5F\x20", SBK_FORMAT_TRUNCATED),
        CASE("\x53\x01", SBK_FORMAT_TRUNCATED),
        CASE("\x53\x02\xAA", SBK_FORMAT_TRUNCATED),
        CASE("\x53\x81", SBK_FORMAT_TRUNCATED),
        CASE("\x53\x82\x01", SBK_FORMAT_TRUNCATED),
        CASE("\x53\x82\xFF\xFF\xAA", SBK_FORMAT_TRUNCATED),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum sbk_format format = parse_exact(roundtrip_tlv, (const uint8_t *)cases[i].bytes, cases[i].size);
        if (format != cases[i].due) {
            fail_msg("case %zu: \"%s\"", i, sbk_format_text(format));
        }
    }
}

static void test_length_borders(void **state) {
    (void)state;
    static const struct {
        size_t size;
        size_t header;
    } borders[] = {{0, 2}, {0x7F, 2}, {0x80, 3}, {0xFF, 3}, {0x100, 4}, {0xFFFF, 4}};
    static uint8_t value[0xFFFF];
    static uint8_t out[4 + 0xFFFF];
    for (size_t i = 0; i < sizeof borders / sizeof borders[0]; i++) {
        struct sbk_writer writer = sbk_writer_of(out, borders[i].header + borders[i].size);
        sbk_write_tlv(&writer, 0x53, value, borders[i].size);
        assert_false(writer.failed);
        assert_int_equal(writer.used, borders[i].header + borders[i].size);
        assert_int_equal(parse_exact(roundtrip_tlv, out, writer.used), SBK_FORMAT_OK);
        writer = sbk_writer_of(out, borders[i].header + borders[i].size - 1);
        sbk_write_tlv(&writer, 0x53, value, borders[i].size);
        assert_true(writer.failed);
    }
    struct sbk_writer writer = sbk_writer_of(out, sizeof out);
    sbk_write_tlv_header(&writer, 0x53, 0x10000);
    assert_true(writer.failed);
}

static void test_expect(void **state) {
    (void)state;
    static const uint8_t bytes[] = {0x53, 0x01, 0xAA, 0x5F, 0x20, 0x00};
    struct sbk_reader reader = sbk_reader_of(bytes, sizeof bytes);
    struct sbk_tlv tlv;
    assert_int_equal(sbk_tlv_expect(&reader, 0x5F20, &tlv), SBK_FORMAT_MISSING);
    assert_int_equal(reader.left, sizeof bytes); /* it may be asked for another tag */
    assert_int_equal(sbk_tlv_expect(&reader, 0x53, &tlv), SBK_FORMAT_OK);
    assert_int_equal(tlv.size, 1);
    assert_ptr_equal(tlv.value, bytes + 2);
    assert_int_equal(sbk_tlv_expect(&reader, 0x5F20, &tlv), SBK_FORMAT_OK);
    assert_int_equal(tlv.tag, 0x5F20);
    assert_int_equal(sbk_tlv_expect(&reader, 0x5F20, &tlv), SBK_FORMAT_MISSING);
    assert_int_equal(sbk_read_end(&reader), SBK_FORMAT_OK);
}

static void test_reader_stays_failed(void **state) {
    (void)state;
    static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05};
    struct sbk_reader reader = sbk_reader_of(bytes, sizeof bytes);
    assert_int_equal(sbk_read_u16(&reader), 0x0102);
    assert_int_equal(sbk_read_end(&reader), SBK_FORMAT_TRAILING);
    assert_int_equal(sbk_read_u32(&reader), 0);
    assert_true(reader.failed);
    assert_int_equal(sbk_read_u8(&reader), 0); /* though a byte is left */
    uint8_t out[2] = {9, 9};
    sbk_read_bytes(&reader, out, sizeof out);
    assert_int_equal(out[0] | out[1], 0);
    assert_null(sbk_read_skip(&reader, 0));
    assert_int_equal(sbk_read_end(&reader), SBK_FORMAT_TRUNCATED);
    struct sbk_tlv tlv;
    assert_int_equal(sbk_tlv_next(&reader, &tlv), SBK_FORMAT_TRUNCATED);

    reader = sbk_reader_of(bytes, sizeof bytes);
    assert_int_equal(sbk_read_u24(&reader), 0x010203);
    assert_int_equal(sbk_read_u8(&reader), 4);
    assert_ptr_equal(sbk_read_skip(&reader, 1), bytes + 4);
    assert_int_equal(sbk_read_end(&reader), SBK_FORMAT_OK);
}

static void test_writer_stays_failed(void **state) {
    (void)state;
    uint8_t out[8] = {0};
    struct sbk_writer writer = sbk_writer_of(out, sizeof out);
    sbk_write_u32(&writer, 0x01020304);
    sbk_write_u24(&writer, 0x050607);
    sbk_write_u16(&writer, 0x0809);
    assert_true(writer.failed);
    sbk_write_u8(&writer, 8);
    assert_int_equal(writer.used, 7);
    assert_memory_equal(out, "\x01\x02\x03\x04\x05\x06\x07\x00", sizeof out);
    writer = sbk_writer_of(out, sizeof out);
    sbk_write_u24(&writer, 0x1000000);
    assert_true(writer.failed);
    assert_int_equal(writer.used, 0);
}

static void test_format_texts_differ(void **state) {
    (void)state;
    for (int i = SBK_FORMAT_OK; i <= SBK_FORMAT_ROOM; i++) {
        assert_true(strlen(sbk_format_text((enum sbk_format)i)) > 5);
        for (int j = SBK_FORMAT_OK; j < i; j++) {
            assert_string_not_equal(sbk_format_text((enum sbk_format)i), sbk_format_text((enum sbk_format)j));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_length_borders),
        cmocka_unit_test(test_expect),
        cmocka_unit_test(test_reader_stays_failed),
        cmocka_unit_test(test_writer_stays_failed),
        cmocka_unit_test(test_format_texts_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
