/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/attempts.h"

#include <stdlib.h>
#include <string.h>

static const enum sbk_role roles[] = {SBK_ROLE_STATION_CA, SBK_ROLE_CARD_CA, SBK_ROLE_GRANT_SIGNER,
    SBK_ROLE_LIST_SIGNER, SBK_ROLE_STORE, SBK_ROLE_REGISTRAR, SBK_ROLE_AUDITOR, SBK_ROLE_CARD};
#define ROLES (sizeof roles / sizeof roles[0])

/* The fields of a certificate, so that tests can leave out, repeat, swap and replace them. */
#define FIELDS_MAX 12
enum { SERIAL, ISSUER, SUBJECT, USAGE, EFFECTIVE, EXPIRY, DISCRETIONARY, KEY, SIGNATURE };
struct parts {
    struct sbk_tlv fields[FIELDS_MAX];
    size_t count;
    struct sample_bytes kept; /* what the fields point into */
};

static void split(struct parts *parts, enum sbk_role role) {
    struct sbk_certificate certificate = sample_certificate(role);
    parts->kept = *certificate_bytes(&certificate);
    parts->count = 0;
    struct sbk_reader reader = sbk_reader_of(parts->kept.data, parts->kept.size);
    struct sbk_tlv whole;
    assert_int_equal(sbk_tlv_expect(&reader, 0x7F21, &whole), SBK_FORMAT_OK);
    reader = sbk_reader_of(whole.value, whole.size);
    while (reader.left > 0) {
        assert_int_equal(sbk_tlv_next(&reader, &parts->fields[parts->count++]), SBK_FORMAT_OK);
    }
    assert_int_equal(parts->count, SIGNATURE + 1);
}

static enum sbk_format parse_parts(const struct parts *parts) {
    uint8_t value[600];
    uint8_t whole[600];
    struct sbk_writer inner = sbk_writer_of(value, sizeof value);
    for (size_t i = 0; i < parts->count; i++) {
        sbk_write_tlv(&inner, parts->fields[i].tag, parts->fields[i].value, parts->fields[i].size);
    }
    struct sbk_writer writer = sbk_writer_of(whole, sizeof whole);
    sbk_write_tlv(&writer, 0x7F21, value, inner.used);
    assert_false(inner.failed || writer.failed);
    return parse_exact(roundtrip_certificate, whole, writer.used);
}

static enum sbk_format parse_replaced(enum sbk_role role, size_t field, const char *value, size_t size) {
    struct parts parts;
    split(&parts, role);
    parts.fields[field].value = (const uint8_t *)value;
    parts.fields[field].size = size;
    return parse_parts(&parts);
}
#define REPLACED(role, field, literal) parse_replaced(role, field, literal, sizeof(literal) - 1)

static void test_sizes_and_values(void **state) {
    (void)state;
    static const size_t sizes[ROLES] = {179, 179, 179, 179, 230, 230, 230, 218};
    for (size_t i = 0; i < ROLES; i++) {
        struct sbk_certificate made = sample_certificate(roles[i]);
        const struct sample_bytes *bytes = certificate_bytes(&made);
        assert_int_equal(bytes->size, sizes[i]);
        struct sbk_certificate parsed;
        assert_int_equal(sbk_certificate_parse(bytes->data, bytes->size, &parsed), SBK_FORMAT_OK);
        assert_int_equal(parsed.role, roles[i]);
        assert_int_equal(parsed.issuer_role, made.issuer_role);
        assert_int_equal(parsed.issuer_generation, 1);
        assert_int_equal(parsed.generation, made.generation);
        assert_int_equal(parsed.effective, made.effective);
        assert_int_equal(parsed.expiry, made.expiry);
        assert_memory_equal(parsed.serial, made.serial, sizeof made.serial);
        assert_memory_equal(parsed.terminal, made.terminal, sizeof made.terminal);
        assert_memory_equal(parsed.alias, made.alias, sizeof made.alias);
        assert_memory_equal(&parsed.rights, &made.rights, sizeof made.rights);
        assert_memory_equal(parsed.signing_key, made.signing_key, sizeof made.signing_key);
        assert_memory_equal(parsed.key, made.key, sizeof made.key);
        assert_memory_equal(parsed.signature, made.signature, sizeof made.signature);
        /* 7F21 81 L stands before the signed bytes, 5F37 40 and the signature behind. */
        assert_ptr_equal(parsed.signed_bytes, bytes->data + 4);
        assert_int_equal(parsed.signed_size, bytes->size - 4 - 67);
    }
}

static void test_lengths(void **state) {
    (void)state;
    for (size_t i = 0; i < ROLES; i++) {
        struct sbk_certificate certificate = sample_certificate(roles[i]);
        try_lengths(roundtrip_certificate, certificate_bytes(&certificate));
    }
}

static void test_every_field_is_needed_once_in_order(void **state) {
    (void)state;
    for (size_t role = 0; role < ROLES; role++) {
        for (size_t i = SERIAL; i <= SIGNATURE; i++) {
            struct parts parts;
            split(&parts, roles[role]);
            struct parts without = parts;
            memmove(&without.fields[i], &without.fields[i + 1], (SIGNATURE - i) * sizeof parts.fields[0]);
            without.count--;
            assert_int_equal(parse_parts(&without), SBK_FORMAT_MISSING);

            struct parts twice = parts;
            memmove(&twice.fields[i + 1], &twice.fields[i], (SIGNATURE + 1 - i) * sizeof parts.fields[0]);
            twice.count++;
            assert_int_equal(parse_parts(&twice), i == SIGNATURE ? SBK_FORMAT_TRAILING : SBK_FORMAT_DUPLICATE);

            if (i < SIGNATURE) {
                struct parts swapped = parts;
                swapped.fields[i] = parts.fields[i + 1];
                swapped.fields[i + 1] = parts.fields[i];
                assert_int_equal(parse_parts(&swapped), SBK_FORMAT_MISSING);
            }
        }
    }
}

/* The malformed certificates that a parser must refuse, by the list of the GlobalPlatformPro tests. */
static void test_malformed(void **state) {
    (void)state;
    static const uint8_t extra[] = {0x01};
    struct parts parts;
    split(&parts, SBK_ROLE_STORE);
    parts.fields[parts.count++] = (struct sbk_tlv){0x73, extra, 1}; /* a field after 5F37 */
    assert_int_equal(parse_parts(&parts), SBK_FORMAT_TRAILING);

    split(&parts, SBK_ROLE_STORE);
    parts.fields[DISCRETIONARY].tag = 0x73;
    assert_int_equal(parse_parts(&parts), SBK_FORMAT_UNKNOWN);

    split(&parts, SBK_ROLE_STORE); /* both 53 and 73 */
    memmove(&parts.fields[KEY + 1], &parts.fields[KEY], 2 * sizeof parts.fields[0]);
    parts.fields[KEY] = (struct sbk_tlv){0x73, extra, 1};
    parts.count++;
    assert_int_equal(parse_parts(&parts), SBK_FORMAT_UNKNOWN);

    split(&parts, SBK_ROLE_STORE); /* authorisations of SCP11c */
    memmove(&parts.fields[KEY + 1], &parts.fields[KEY], 2 * sizeof parts.fields[0]);
    parts.fields[KEY] = (struct sbk_tlv){0xBF20, extra, 0};
    parts.count++;
    assert_int_equal(parse_parts(&parts), SBK_FORMAT_UNKNOWN);

    static const struct {
        const char *bytes;
        size_t size;
    } usages[] = {{"", 0}, {"\x01", 1}, {"\x00\x00\x80", 3}, {"\x80", 1}, {"\x00\x82", 2}, {"\x82\x00", 2},
        {"\x00\x81", 2}, {"\x00", 1}, {"\x01\x80", 2}, {"\x80\x80", 2}};
    for (size_t i = 0; i < sizeof usages / sizeof usages[0]; i++) {
        assert_int_equal(parse_replaced(SBK_ROLE_STORE, USAGE, usages[i].bytes, usages[i].size), SBK_FORMAT_VALUE);
        assert_int_equal(parse_replaced(SBK_ROLE_STATION_CA, USAGE, usages[i].bytes, usages[i].size), SBK_FORMAT_VALUE);
    }
    assert_int_equal(REPLACED(SBK_ROLE_STORE, USAGE, "\x82"), SBK_FORMAT_VALUE);
    assert_int_equal(REPLACED(SBK_ROLE_CARD, USAGE, "\x82"), SBK_FORMAT_VALUE);
    assert_int_equal(REPLACED(SBK_ROLE_STATION_CA, USAGE, "\x00\x80"), SBK_FORMAT_VALUE);
}

static void test_widths(void **state) {
    (void)state;
    static const char filler[80] = {1};
    for (size_t role = 0; role < ROLES; role++) {
        for (size_t field = SERIAL; field <= SIGNATURE; field++) {
            struct parts parts;
            split(&parts, roles[role]);
            size_t width = parts.fields[field].size;
            assert_int_not_equal(parse_replaced(roles[role], field, filler, 0), SBK_FORMAT_OK);
            assert_int_not_equal(parse_replaced(roles[role], field, filler, width + 1), SBK_FORMAT_OK);
            /* the right bytes, one short and one more */
            uint8_t longer[80] = {0};
            memcpy(longer, parts.fields[field].value, width);
            assert_int_not_equal(parse_replaced(roles[role], field, (const char *)longer, width - 1), SBK_FORMAT_OK);
            assert_int_not_equal(parse_replaced(roles[role], field, (const char *)longer, width + 1), SBK_FORMAT_OK);
            assert_int_equal(parse_replaced(roles[role], field, (const char *)longer, width), SBK_FORMAT_OK);
        }
    }
}

static void test_roles_fit_issuers(void **state) {
    (void)state;
    for (size_t role = 0; role < ROLES; role++) {
        struct sbk_certificate sample = sample_certificate(roles[role]);
        for (unsigned issuer = 0; issuer <= 0xFF; issuer++) {
            const char value[2] = {(char)issuer, 1};
            enum sbk_format due = issuer == sample.issuer_role ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
            assert_int_equal(parse_replaced(roles[role], ISSUER, value, 2), due);
            const char generation[2] = {(char)sample.issuer_role, (char)issuer};
            due = issuer >= 1 && issuer <= 127 ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
            assert_int_equal(parse_replaced(roles[role], ISSUER, generation, 2), due);
        }
    }
    /* roles that no certificate has, and a subject that says another role or generation than tag 53 */
    for (unsigned role = 0; role <= 0xFF; role++) {
        bool known = (role >= 2 && role <= 5) || (role >= 0x11 && role <= 0x13) || role == 0x21;
        const char subject[2] = {(char)role, 3};
        enum sbk_format format = parse_replaced(SBK_ROLE_STATION_CA, DISCRETIONARY, subject, 2);
        assert_int_equal(format == SBK_FORMAT_OK, role == SBK_ROLE_STATION_CA);
        assert_true(known || format == SBK_FORMAT_VALUE);
    }
    assert_int_equal(REPLACED(SBK_ROLE_STATION_CA, SUBJECT, "\x02\x04"), SBK_FORMAT_VALUE);
    assert_int_equal(REPLACED(SBK_ROLE_STATION_CA, SUBJECT, "\x03\x03"), SBK_FORMAT_VALUE);
    assert_int_equal(REPLACED(SBK_ROLE_STATION_CA, DISCRETIONARY, "\x02\x00"), SBK_FORMAT_VALUE);
    /* a leaf's certificate with a CA's discretionary data, and the other way round */
    assert_int_not_equal(REPLACED(SBK_ROLE_STORE, DISCRETIONARY, "\x02\x01"), SBK_FORMAT_OK);
}

static void test_dates(void **state) {
    (void)state;
    static const char *const wrong[] = {"\x20\x26\x02\x29", "\x20\x26\x13\x01", "\x20\x26\x00\x01", "\x20\x26\x01\x00",
        "\x20\x26\x04\x31", "\x20\x2A\x01\x01", "\x19\x69\x12\x31", "\x21\x49\x06\x07", "\x99\x99\x12\x31",
        "\x07\xE8\x03\x13" /* binary, as some samples have it */};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(parse_replaced(SBK_ROLE_STORE, EFFECTIVE, wrong[i], 4), SBK_FORMAT_VALUE);
        assert_int_equal(parse_replaced(SBK_ROLE_STORE, EXPIRY, wrong[i], 4), SBK_FORMAT_VALUE);
    }
    assert_int_equal(REPLACED(SBK_ROLE_STORE, EXPIRY, "\x21\x49\x06\x06"), SBK_FORMAT_OK);
    assert_int_equal(REPLACED(SBK_ROLE_STORE, EXPIRY, "\x20\x26\x10\x01"), SBK_FORMAT_OK); /* one day */
    assert_int_equal(REPLACED(SBK_ROLE_STORE, EXPIRY, "\x20\x26\x09\x30"), SBK_FORMAT_VALUE);
}

static void test_key(void **state) {
    (void)state;
    uint8_t key[70] = {0xB0, 0x41, 0x04};
    memset(key + 3, 0x31, SBK_POINT_SIZE);
    memcpy(key + 67, "\xF0\x01\x00", 3);
    const size_t size = sizeof key;
    assert_int_equal(parse_replaced(SBK_ROLE_CARD, KEY, (const char *)key, size), SBK_FORMAT_OK);
    static const struct {
        size_t offset;
        uint8_t byte;
        enum sbk_format due;
    } changes[] = {{0, 0xB1, SBK_FORMAT_MISSING}, {1, 0x40, SBK_FORMAT_LENGTH}, {2, 0x02, SBK_FORMAT_VALUE},
        {2, 0x06, SBK_FORMAT_VALUE}, {67, 0xF1, SBK_FORMAT_MISSING}, {68, 0x00, SBK_FORMAT_TRAILING},
        {69, 0x01, SBK_FORMAT_VALUE}};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        uint8_t kept = key[changes[i].offset];
        key[changes[i].offset] = changes[i].byte;
        assert_int_equal(parse_replaced(SBK_ROLE_CARD, KEY, (const char *)key, size), changes[i].due);
        key[changes[i].offset] = kept;
    }
    /* a signing key that is no compressed point */
    uint8_t discretionary[34] = {SBK_ROLE_CARD, 0x04};
    assert_int_equal(parse_replaced(SBK_ROLE_CARD, DISCRETIONARY, (const char *)discretionary, 34), SBK_FORMAT_VALUE);
}

static void test_rights(void **state) {
    (void)state;
    /* Offsets in the whole certificate: 7F21 81 L (4), 93 (5), 42 (4), 5F20 (15), 95 (4), dates (14), 53 2A (2). */
    enum { SUBJECT_AT = 4 + 5 + 4 + 3, ROLE_AT = 48, OUTLET_AT, KELURAHAN_AT = 57, PROGRAMMES_AT = 62, LIMITS_AT = 66 };
    struct sbk_certificate store = sample_certificate(SBK_ROLE_STORE);
    struct sample_bytes bytes = *certificate_bytes(&store);
    assert_int_equal(bytes.data[ROLE_AT], SBK_ROLE_STORE);
    static const struct attempt attempts[] = {
        AT("terminal begins with padding", SUBJECT_AT, "\x00", SBK_FORMAT_VALUE),
        AT("terminal goes on after padding", SUBJECT_AT + 11, "x", SBK_FORMAT_VALUE),
        AT("terminal with a space", SUBJECT_AT + 2, " ", SBK_FORMAT_VALUE),
        AT("terminal not ASCII", SUBJECT_AT + 2, "\xE9", SBK_FORMAT_VALUE),
        AT("outlet with a slash", OUTLET_AT, "/", SBK_FORMAT_VALUE),
        AT("outlet goes on after padding", OUTLET_AT, "T\0T", SBK_FORMAT_VALUE),
        AT("store without outlet", OUTLET_AT, "\0\0\0\0\0\0\0\0", SBK_FORMAT_VALUE),
        AT("kelurahan not decimal", KELURAHAN_AT + 4, "\x1A", SBK_FORMAT_VALUE),
        AT("all programmes", PROGRAMMES_AT, "\xFF\xFF\xFF\xFF", SBK_FORMAT_OK),
        AT("limit exponent 7", LIMITS_AT, "\x00\x17", SBK_FORMAT_VALUE),
        AT("limit exponent 15", LIMITS_AT, "\xFF\xEF", SBK_FORMAT_VALUE),
        AT("zero with an exponent", LIMITS_AT + 4, "\x00\x03", SBK_FORMAT_VALUE),
        AT("largest limit", LIMITS_AT + 2, "\xFF\xF6", SBK_FORMAT_OK),
        AT("registrar", ROLE_AT, "\x12", SBK_FORMAT_OK),
    };
    try_changes(roundtrip_certificate, &bytes, attempts, sizeof attempts / sizeof attempts[0]);
    struct sbk_certificate auditor = sample_certificate(SBK_ROLE_AUDITOR);
    memset(auditor.rights.outlet, 0, sizeof auditor.rights.outlet);
    bytes = *certificate_bytes(&auditor);
    assert_int_equal(parse_exact(roundtrip_certificate, bytes.data, bytes.size), SBK_FORMAT_OK);
}

/* Well-formed elsewhere, but not of this system: GlobalPlatformPro's own sample. */
static void test_foreign_profile(void **state) {
    (void)state;
    static const char hex[] =
        "7F2181B99304010203044208A0000001510000005F2008A000000151535041950200805F2504202601015F2404203612317F4946B041"
        "04951CEEA4AA1DAFEEE5CB52527C8362BF8639BAFB34DDF9D02FE242DC8D53AFB86EB977F00753A58A2592466EF5DFAD091BA4689D5F"
        "D6735CD6884FC39DBB7FEDF001005F3740392E53D1FC0715DE9769BF7D758A3188DAF80459D5342246751394E7E67A0B8D1511A0BA96"
        "AF384E96E23FDC93B538F9E3B3B6F021100A4CE141EDD467A949B6";
    uint8_t bytes[sizeof hex / 2];
    for (size_t i = 0; i < sizeof bytes; i++) {
        const char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    size_t size = 0;
    assert_int_equal(sbk_certificate_size(bytes, sizeof bytes, &size), SBK_FORMAT_OK);
    assert_int_equal(size, sizeof bytes);
    assert_int_equal(parse_exact(roundtrip_certificate, bytes, sizeof bytes), SBK_FORMAT_MISSING); /* no tag 53 */
}

static void test_several_in_a_row(void **state) {
    (void)state;
    uint8_t row[2 * SBK_CERTIFICATE_MAX];
    struct sbk_certificate certificate = sample_certificate(SBK_ROLE_STATION_CA);
    const struct sample_bytes *bytes = certificate_bytes(&certificate);
    size_t first = bytes->size;
    memcpy(row, bytes->data, first);
    certificate = sample_certificate(SBK_ROLE_STORE);
    bytes = certificate_bytes(&certificate);
    memcpy(row + first, bytes->data, bytes->size);
    size_t size = 0;
    assert_int_equal(sbk_certificate_size(row, first + bytes->size, &size), SBK_FORMAT_OK);
    assert_int_equal(size, first);
    assert_int_equal(sbk_certificate_size(row + first, bytes->size, &size), SBK_FORMAT_OK);
    assert_int_equal(size, bytes->size);
    assert_int_equal(sbk_certificate_size(row, first - 1, &size), SBK_FORMAT_TRUNCATED);
    assert_int_equal(sbk_certificate_size(row + 4, first - 4, &size), SBK_FORMAT_UNKNOWN);
    uint8_t large[SBK_CERTIFICATE_MAX + 1] = {0x7F, 0x21, 0x81, SBK_CERTIFICATE_MAX + 1 - 4};
    assert_int_equal(sbk_certificate_size(large, sizeof large, &size), SBK_FORMAT_LENGTH);
}

static void test_writer_refuses(void **state) {
    (void)state;
    uint8_t out[SBK_CERTIFICATE_MAX];
    size_t size = 0;
    for (size_t i = 0; i < ROLES; i++) {
        struct sbk_certificate certificate = sample_certificate(roles[i]);
        certificate.issuer_role = certificate.issuer_role == 1 ? 2 : 1;
        assert_int_equal(sbk_certificate_write_signed(&certificate, out, sizeof out, &size), SBK_FORMAT_VALUE);
        certificate = sample_certificate(roles[i]);
        certificate.expiry = (uint16_t)(certificate.effective - 1);
        assert_int_equal(sbk_certificate_write_signed(&certificate, out, sizeof out, &size), SBK_FORMAT_VALUE);
        certificate = sample_certificate(roles[i]);
        for (size_t room = 0; room < certificate_bytes(&certificate)->size - 71; room++) {
            assert_int_equal(sbk_certificate_write_signed(&certificate, out, room, &size), SBK_FORMAT_ROOM);
        }
    }
    struct sbk_certificate root = sample_certificate(SBK_ROLE_ROOT);
    assert_int_equal(sbk_certificate_write_signed(&root, out, sizeof out, &size), SBK_FORMAT_VALUE);
    struct sbk_certificate office = sample_certificate(SBK_ROLE_OFFICE_CA);
    assert_int_equal(sbk_certificate_write_signed(&office, out, sizeof out, &size), SBK_FORMAT_VALUE);
    assert_int_equal(sbk_certificate_assemble(out, SBK_CERTIFICATE_MAX - 70, out, out, 10, &size), SBK_FORMAT_ROOM);
}

static void test_ids(void **state) {
    (void)state;
    uint8_t id[8];
    char text[9];
    assert_int_equal(sbk_id_write("a.B_9-", id, sizeof id), SBK_FORMAT_OK);
    assert_memory_equal(id, "a.B_9-\0\0", 8);
    sbk_id_text(id, sizeof id, text);
    assert_string_equal(text, "a.B_9-");
    assert_int_equal(sbk_id_write("12345678", id, sizeof id), SBK_FORMAT_OK);
    sbk_id_text(id, sizeof id, text);
    assert_string_equal(text, "12345678");
    assert_int_equal(sbk_id_write("123456789", id, sizeof id), SBK_FORMAT_LENGTH);
    assert_int_equal(sbk_id_write("", id, sizeof id), SBK_FORMAT_VALUE);
    assert_int_equal(sbk_id_write("a b", id, sizeof id), SBK_FORMAT_VALUE);
    assert_int_equal(sbk_id_write("a\n", id, sizeof id), SBK_FORMAT_VALUE);
    assert_memory_equal(id, "12345678", 8); /* nothing written by what failed */
    assert_int_equal(sbk_id_check((const uint8_t *)"\0\0\0\0\0\0\0\0", 8), SBK_FORMAT_VALUE);
}

static void test_limits(void **state) {
    (void)state;
    for (uint32_t mantissa = 0; mantissa <= 0xFFF; mantissa++) {
        uint32_t amount = mantissa;
        for (unsigned exponent = 0; exponent <= 6; exponent++) {
            uint16_t limit = 0;
            assert_int_equal(sbk_limit_encode(amount, &limit), SBK_FORMAT_OK);
            assert_int_equal(sbk_limit_decode(limit), amount);
            assert_int_equal(sbk_limit_decode((uint16_t)(mantissa << 4 | exponent)), amount);
            amount *= 10;
        }
    }
    static const uint32_t inexact[] = {4097, 40951, 409510 + 1, 123456, 4096000000u, UINT32_MAX - 1};
    for (size_t i = 0; i < sizeof inexact / sizeof inexact[0]; i++) {
        uint16_t limit = 0;
        assert_int_equal(sbk_limit_encode(inexact[i], &limit), SBK_FORMAT_VALUE);
    }
    uint16_t limit = 0;
    assert_int_equal(sbk_limit_encode(UINT32_MAX, &limit), SBK_FORMAT_OK);
    assert_int_equal(limit, SBK_LIMIT_NONE);
    assert_int_equal(sbk_limit_decode(SBK_LIMIT_NONE), UINT32_MAX);
    assert_int_equal(sbk_limit_decode(0x0017), 0); /* no such exponent: forbids */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_and_values),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_every_field_is_needed_once_in_order),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_roles_fit_issuers),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_foreign_profile),
        cmocka_unit_test(test_several_in_a_row),
        cmocka_unit_test(test_writer_refuses),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
