/* SPDX-License-Identifier: Apache-2.0 */
/* Identity record, notice, root link and closing statement; mandate and entry have programs of their own. */
#include "tests/schema/attempts.h"

#include <string.h>

#include "schema/numbers.h"

#define TRY(parse, sample, attempts) try_changes(parse, sample, attempts, sizeof attempts / sizeof attempts[0])

static void test_lengths(void **state) {
    (void)state;
    struct sbk_identity identity = sample_identity();
    try_lengths(roundtrip_identity, identity_bytes(&identity));
    struct sbk_notice notice = sample_notice();
    try_lengths(roundtrip_notice, notice_bytes(&notice));
    struct sbk_link link = sample_link();
    try_lengths(roundtrip_link, link_bytes(&link));
    struct sbk_closing statement = sample_statement();
    try_lengths(roundtrip_closing, statement_bytes(&statement));
}

static void test_sizes(void **state) {
    (void)state;
    struct sbk_notice notice = sample_notice();
    assert_int_equal(notice_bytes(&notice)->size, SBK_NOTICE_SIZE);
    struct sbk_link link = sample_link();
    assert_int_equal(link_bytes(&link)->size, SBK_LINK_SIZE);
    struct sbk_closing statement = sample_statement();
    assert_int_equal(statement_bytes(&statement)->size, SBK_STATEMENT_SIZE);
    struct sbk_identity identity = sample_identity();
    memset(identity.name, 'n', SBK_NAME_MAX);
    memset(identity.alternate, 'a', SBK_NAME_MAX);
    identity.name_size = identity.alternate_size = SBK_NAME_MAX;
    assert_int_equal(identity_bytes(&identity)->size, SBK_IDENTITY_MAX);
    memset(identity.name + 1, 0, SBK_NAME_MAX - 1);
    memset(identity.alternate, 0, SBK_NAME_MAX);
    identity.name_size = 1;
    identity.alternate_size = 0;
    assert_int_equal(identity_bytes(&identity)->size, 94);
}

/* The bytes of the specification, written by hand. */
static void test_identity_layout(void **state) {
    (void)state;
    struct sbk_identity identity = sample_identity();
    const struct sample_bytes *bytes = identity_bytes(&identity);
    static const uint8_t head[] = {0xC1, 0x01, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6, 0x07, 0x18, 0x00, 0x01};
    assert_memory_equal(bytes->data, head, sizeof head);
    assert_memory_equal(bytes->data + 18, "\x64\x72\x05\x10\x10", 5);
    assert_int_equal(bytes->data[23] << 8 | bytes->data[24], identity.valid_from);
    assert_int_equal(bytes->data[25] << 8 | bytes->data[26], identity.valid_until);
    assert_int_equal(bytes->data[27], identity.name_size);
    assert_memory_equal(bytes->data + 28, "Siti ", 5);
    assert_memory_equal(bytes->data + 28 + identity.name_size,
        "\x04"
        "Budi",
        5);
    assert_int_equal(bytes->size, 28 + identity.name_size + 5 + 64);
}

static void test_identity_values(void **state) {
    (void)state;
    static const struct attempt attempts[] = {
        AT("another record", 0, "\xC2", SBK_FORMAT_UNKNOWN),
        AT("another version", 1, "\x02", SBK_FORMAT_UNKNOWN),
        AT("alias", 2, "\xFF", SBK_FORMAT_OK),
        AT("number 0", 10, "\x00\x00", SBK_FORMAT_VALUE),
        AT("number 65535", 10, "\xFF\xFF", SBK_FORMAT_OK),
        AT("check digit", 12, "\x74", SBK_FORMAT_VALUE),
        AT("card number not decimal", 12, "\x6A", SBK_FORMAT_VALUE),
        AT("kelurahan not decimal", 22, "\x0F", SBK_FORMAT_VALUE),
        AT("ends before it begins", 25, "\x00\x00", SBK_FORMAT_VALUE),
        AT("no name", 27, "\x00", SBK_FORMAT_LENGTH),
        AT("name too long", 27, "\x3D", SBK_FORMAT_LENGTH),
        AT("name swallows the rest", 27, "\xFF", SBK_FORMAT_LENGTH),
        AT("newline", 32, "\n", SBK_FORMAT_VALUE),
        AT("NUL", 32, "\0", SBK_FORMAT_VALUE),
        AT("half a character", 32, "\xC5", SBK_FORMAT_VALUE),
    };
    struct sbk_identity identity = sample_identity();
    struct sample_bytes bytes = *identity_bytes(&identity);
    TRY(roundtrip_identity, &bytes, attempts);
    size_t alternate = 28u + identity.name_size;
    const struct attempt later[] = {
        AT("alternate too long", alternate, "\x3D", SBK_FORMAT_LENGTH),
        AT("no alternate, its name left over", alternate, "\x00", SBK_FORMAT_TRAILING),
        AT("escape in the alternate", alternate + 1, "\x1B", SBK_FORMAT_VALUE),
    };
    TRY(roundtrip_identity, &bytes, later);
}

static void test_names_are_text(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool allowed;
    } names[] = {
        {"A", true},
        {"Nur'aini", true},
        {"Šárka", true},
        {"王小明", true},
        {"\U0001F35A", true},
        {"\xEF\xBF\xBD", true},
        {"\xF4\x8F\xBF\xBF", true},
        {"\xC2\xA0", true},
        {"\t", false},
        {"a\x7F", false},
        {"\xC2\x80", false},
        {"\xC2\x9F", false}, /* controls */
        {"\xC0\xAF", false},
        {"\xC1\xBF", false},
        {"\xE0\x80\xAF", false},
        {"\xE0\x9F\xBF", false},
        {"\xF0\x8F\xBF\xBF", false}, /* not the shortest */
        {"\xED\xA0\x80", false},
        {"\xED\xBF\xBF", false}, /* surrogates */
        {"\xF4\x90\x80\x80", false},
        {"\xF5\x80\x80\x80", false},
        {"\xFF", false},
        {"\xFE", false},
        {"\x80", false},
        {"a\xBF", false},
        {"\xC3", false},
        {"\xE2\x82", false},
        {"\xF0\x9F\x8D", false},
        {"\xC3"
         "a",
            false},
        {"\xE2\x82"
         "a",
            false},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct sbk_identity identity = sample_identity();
        uint8_t out[SBK_IDENTITY_MAX];
        size_t size = 0;
        memset(identity.name, 0, sizeof identity.name);
        identity.name_size = (uint8_t)strlen(names[i].text);
        memcpy(identity.name, names[i].text, identity.name_size);
        enum sbk_format format = sbk_identity_write(&identity, out, sizeof out, &size);
        if ((format == SBK_FORMAT_OK) != names[i].allowed) {
            fail_msg("name %zu: %s", i, sbk_format_text(format));
        }
    }
}

static void test_identity_writer_refuses(void **state) {
    (void)state;
    uint8_t out[SBK_IDENTITY_MAX];
    size_t size = 0;
    struct sbk_identity identity = sample_identity();
    identity.name[identity.name_size] = 'x'; /* bytes behind the name would not come back */
    assert_int_equal(sbk_identity_write(&identity, out, sizeof out, &size), SBK_FORMAT_VALUE);
    identity = sample_identity();
    identity.name_size = SBK_NAME_MAX + 1;
    assert_int_equal(sbk_identity_write(&identity, out, sizeof out, &size), SBK_FORMAT_VALUE);
    identity = sample_identity();
    identity.alternate_size = 255;
    assert_int_equal(sbk_identity_write(&identity, out, sizeof out, &size), SBK_FORMAT_VALUE);
}

static void test_notice_values(void **state) {
    (void)state;
    static const struct attempt attempts[] = {
        AT("another record", 0, "\xC4", SBK_FORMAT_UNKNOWN),
        AT("version 0", 1, "\x00", SBK_FORMAT_UNKNOWN),
        AT("kind 0", 10, "\x00", SBK_FORMAT_VALUE),
        AT("PIN reset", 10, "\x02", SBK_FORMAT_OK),
        AT("kind 3", 10, "\x03", SBK_FORMAT_VALUE),
        AT("kind 81", 10, "\x81", SBK_FORMAT_VALUE),
        AT("number 0", 11, "\0\0\0\0", SBK_FORMAT_VALUE),
        AT("largest number", 11, "\xFF\xFF\xFF\xFF", SBK_FORMAT_OK),
    };
    struct sbk_notice notice = sample_notice();
    struct sample_bytes bytes = *notice_bytes(&notice);
    TRY(roundtrip_notice, &bytes, attempts);
    struct sbk_notice parsed;
    assert_int_equal(sbk_notice_parse(bytes.data, bytes.size, &parsed), SBK_FORMAT_OK);
    assert_int_equal(parsed.number, 4);
    assert_int_equal(parsed.issued, DAY(2026, 11, 3));
}

static void test_link_values(void **state) {
    (void)state;
    static const struct attempt attempts[] = {
        AT("another record", 0, "\xC3", SBK_FORMAT_UNKNOWN),
        AT("version 2", 1, "\x02", SBK_FORMAT_UNKNOWN),
        AT("generation 0", 2, "\x00", SBK_FORMAT_VALUE),
        AT("generation 1", 2, "\x01", SBK_FORMAT_VALUE),
        AT("generation 127", 2, "\x7F", SBK_FORMAT_OK),
        AT("generation 128", 2, "\x80", SBK_FORMAT_VALUE),
        AT("old root counts no more", 99, "\x00\x00", SBK_FORMAT_OK),
    };
    struct sbk_link link = sample_link();
    struct sample_bytes bytes = *link_bytes(&link);
    TRY(roundtrip_link, &bytes, attempts);
    struct sbk_link parsed;
    assert_int_equal(sbk_link_parse(bytes.data, bytes.size, &parsed), SBK_FORMAT_OK);
    assert_memory_equal(&parsed, &link, sizeof link);
}

static void test_statement_values(void **state) {
    (void)state;
    static const struct attempt attempts[] = {
        AT("another record", 0, "\xC5", SBK_FORMAT_UNKNOWN),
        AT("version 2", 1, "\x02", SBK_FORMAT_UNKNOWN),
        AT("agreement key in full", 20, "\x04", SBK_FORMAT_VALUE),
        AT("agreement key odd", 20, "\x03", SBK_FORMAT_OK),
        AT("signing key", 53, "\x00", SBK_FORMAT_VALUE),
        AT("root generation 0", 86, "\x00", SBK_FORMAT_VALUE),
        AT("root generation 128", 86, "\x80", SBK_FORMAT_VALUE),
    };
    struct sbk_closing statement = sample_statement();
    struct sample_bytes bytes = *statement_bytes(&statement);
    TRY(roundtrip_closing, &bytes, attempts);
    struct sbk_closing parsed;
    assert_int_equal(sbk_closing_parse(bytes.data, bytes.size, &parsed), SBK_FORMAT_OK);
    assert_memory_equal(&parsed, &statement, sizeof statement);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_identity_layout),
        cmocka_unit_test(test_identity_values),
        cmocka_unit_test(test_names_are_text),
        cmocka_unit_test(test_identity_writer_refuses),
        cmocka_unit_test(test_notice_values),
        cmocka_unit_test(test_link_values),
        cmocka_unit_test(test_statement_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
