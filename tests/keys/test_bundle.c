/* SPDX-License-Identifier: Apache-2.0 */
/* Contents of the CMS files: what the parsers take, and what not. */
#include "tests/keys/bundle_samples.h"
#include "tests/schema/attempts.h"

#include "schema/oid.h"

#include <string.h>

/* OK as it is; not OK cut at any length, nor with a byte after the end. Cut between two objects, one is missing. */
static void try_all_lengths(roundtrip parse, const struct sample_bytes *sample) {
    struct sample_bytes longer = *sample;
    assert_int_equal(parse_exact(parse, longer.data, longer.size), SBK_FORMAT_OK);
    for (size_t size = 0; size < longer.size; size++) {
        assert_int_not_equal(parse_exact(parse, longer.data, size), SBK_FORMAT_OK);
    }
    longer.data[longer.size] = 0;
    assert_int_not_equal(parse_exact(parse, longer.data, longer.size + 1), SBK_FORMAT_OK);
}

/* Kinds whose end is open for links. */
static bool ends_in_links(int kind) {
    return kind == SBK_BUNDLE_STATION_CERTIFICATE || kind == SBK_BUNDLE_ANCHOR || kind == SBK_BUNDLE_OFFICE_CERTIFICATE;
}

static void test_lengths(void **state) {
    (void)state;
    for (int kind = 1; kind <= SBK_BUNDLE_KINDS; kind++) {
        if (!ends_in_links(kind)) {
            try_all_lengths(roundtrip_bundle, bundle_bytes((enum sbk_bundle_kind)kind));
        }
    }
    try_all_lengths(roundtrip_bundle, plain_request_bytes());
    try_all_lengths(roundtrip_office_binding, office_binding_bytes());
}

#define LINK (4 + SBK_LINK_SIZE) /* tag and length in two bytes each */
#define CERTIFICATE 0x7F21

/* They may end after their fixed objects or after a whole link, and nowhere else. */
static void test_ends_in_links(void **state) {
    static const struct {
        enum sbk_bundle_kind kind;
        size_t links;
    } samples[] = {{SBK_BUNDLE_STATION_CERTIFICATE, 2}, {SBK_BUNDLE_ANCHOR, 1}, {SBK_BUNDLE_OFFICE_CERTIFICATE, 2}};
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const struct sample_bytes *whole = bundle_bytes(samples[i].kind);
        size_t good = 0;
        for (size_t cut = 0; cut <= whole->size; cut++) {
            if (parse_exact(roundtrip_bundle, whole->data, cut) == SBK_FORMAT_OK) {
                assert_int_equal((whole->size - cut) % LINK, 0);
                assert_in_range((whole->size - cut) / LINK, 0, samples[i].links);
                good++;
            }
        }
        assert_int_equal(good, samples[i].links + 1);
    }
}

static void test_no_more_than_eight_links(void **state) {
    static struct sample_bytes many;
    (void)state;
    for (int kind = 1; kind <= SBK_BUNDLE_KINDS; kind++) {
        if (!ends_in_links(kind)) {
            continue;
        }
        many = *bundle_bytes((enum sbk_bundle_kind)kind);
        for (int i = kind == SBK_BUNDLE_ANCHOR ? 2 : 3; i <= SBK_BUNDLE_LINKS_MAX; i++) {
            memcpy(many.data + many.size, many.data + many.size - LINK, LINK);
            many.size += LINK;
        }
        assert_int_equal(parse_exact(roundtrip_bundle, many.data, many.size), SBK_FORMAT_OK);
        memcpy(many.data + many.size, many.data + many.size - LINK, LINK);
        assert_int_equal(parse_exact(roundtrip_bundle, many.data, many.size + LINK), SBK_FORMAT_TRAILING);
    }
}

/* Where the further CAs and signers of a station certificate stand. */
static void find_more(const struct sample_bytes *whole, struct sbk_station_certificate *parsed, size_t *at) {
    assert_int_equal(sbk_station_certificate_parse(whole->data, whole->size, parsed), SBK_FORMAT_OK);
    assert_int_equal(parsed->more_count, 2);
    *at = (size_t)(parsed->more[0].data - whole->data);
}

struct long_bytes {
    uint8_t data[SBK_BUNDLE_SMALL_MAX];
    size_t size;
};

/* The sample with an object put in some more times. */
static struct long_bytes *with(const struct sample_bytes *whole, size_t at, const struct sbk_bytes *object, int times) {
    static struct long_bytes bytes;
    memcpy(bytes.data, whole->data, at);
    bytes.size = at;
    for (int i = 0; i < times; i++) {
        memcpy(bytes.data + bytes.size, object->data, object->size);
        bytes.size += object->size;
    }
    memcpy(bytes.data + bytes.size, whole->data + at, whole->size - at);
    bytes.size += whole->size - at;
    return &bytes;
}

static void test_further_issuers(void **state) {
    static struct sample_bytes copy;
    static struct sample_bytes without;
    struct sbk_station_certificate parsed;
    size_t at = 0;
    (void)state;
    copy = *bundle_bytes(SBK_BUNDLE_STATION_CERTIFICATE);
    find_more(&copy, &parsed, &at);
    /* none is fine, sixteen are, seventeen are not */
    without = copy;
    const size_t both = parsed.more[0].size + parsed.more[1].size;
    memmove(without.data + at, copy.data + at + both, copy.size - at - both);
    assert_int_equal(parse_exact(roundtrip_bundle, without.data, copy.size - both), SBK_FORMAT_OK);
    const struct long_bytes *made = with(&copy, at, &parsed.more[1], SBK_STATION_ISSUERS_MAX - 2);
    assert_int_equal(parse_exact(roundtrip_bundle, made->data, made->size), SBK_FORMAT_OK);
    made = with(&copy, at, &parsed.more[1], SBK_STATION_ISSUERS_MAX - 1);
    assert_int_equal(parse_exact(roundtrip_bundle, made->data, made->size), SBK_FORMAT_MISSING);
    /* a terminal's is none of them */
    made = with(&copy, at, &parsed.leaf, 1);
    assert_int_equal(parse_exact(roundtrip_bundle, made->data, made->size), SBK_FORMAT_VALUE);
}

/* Offsets in the header, the same for every kind: DF41 06 kind version made. */
static void test_header(void **state) {
    static const struct attempt attempts[] = {
        AT("another tag", 1, "\x42", SBK_FORMAT_MISSING),
        AT("a longer header", 2, "\x07", SBK_FORMAT_LENGTH),
        AT("no kind", 3, "\x00", SBK_FORMAT_UNKNOWN),
        AT("a kind of the future", 3, "\x0A", SBK_FORMAT_UNKNOWN),
        AT("a version of the future", 4, "\x02", SBK_FORMAT_UNKNOWN),
    };
    (void)state;
    for (int kind = 1; kind <= SBK_BUNDLE_KINDS; kind++) {
        try_changes(
            roundtrip_bundle, bundle_bytes((enum sbk_bundle_kind)kind), attempts, sizeof attempts / sizeof attempts[0]);
    }
}

/* A file of one kind does not pass for another: each kind's number in each kind's content. */
static void test_kinds_do_not_pass_for_each_other(void **state) {
    static struct sample_bytes bytes;
    (void)state;
    for (int kind = 1; kind <= SBK_BUNDLE_KINDS; kind++) {
        for (uint8_t other = 1; other <= SBK_BUNDLE_KINDS; other++) {
            bytes = *bundle_bytes((enum sbk_bundle_kind)kind);
            bytes.data[3] = other;
            assert_true((parse_exact(roundtrip_bundle, bytes.data, bytes.size) == SBK_FORMAT_OK) == (kind == other));
        }
    }
    /* the number counts by itself, not only what follows it */
    struct sbk_anchor_bundle anchor;
    struct sbk_reader cards;
    struct sbk_report report;
    bytes = *bundle_bytes(SBK_BUNDLE_ANCHOR);
    bytes.data[3] = SBK_BUNDLE_OFFICE_CERTIFICATE;
    assert_int_equal(sbk_anchor_bundle_parse(bytes.data, bytes.size, &anchor), SBK_FORMAT_UNKNOWN);
    bytes = *bundle_bytes(SBK_BUNDLE_REPORT);
    bytes.data[3] = SBK_BUNDLE_BATCH;
    assert_int_equal(sbk_report_parse(bytes.data, bytes.size, &report, &cards), SBK_FORMAT_UNKNOWN);
}

/* Every object of every kind left out, given twice, and exchanged with the next. */
static void test_objects_have_their_places(void **state) {
    static struct sample_bytes changed;
    (void)state;
    for (int kind = 1; kind <= SBK_BUNDLE_KINDS; kind++) {
        const struct sample_bytes *whole = bundle_bytes((enum sbk_bundle_kind)kind);
        struct sbk_reader reader = sbk_reader_of(whole->data, whole->size);
        struct sbk_tlv tlv;
        size_t certificates = 0;
        while (reader.left > 0) {
            const size_t from = whole->size - reader.left;
            assert_int_equal(sbk_tlv_next(&reader, &tlv), SBK_FORMAT_OK);
            const size_t size = whole->size - reader.left - from;
            /* Links and further CAs and signers stand as often as there are; so a second list signer is one of them. */
            const bool link = tlv.tag == SBK_TAG_LINK && ends_in_links(kind);
            certificates += tlv.tag == CERTIFICATE && kind == SBK_BUNDLE_STATION_CERTIFICATE;
            const bool more = tlv.tag == CERTIFICATE && certificates > 5;
            const bool list_signer = tlv.tag == CERTIFICATE && certificates == 5;
            changed = *whole;
            memmove(changed.data + from, changed.data + from + size, whole->size - from - size);
            changed.size = whole->size - size;
            assert_true((link || more) == (parse_exact(roundtrip_bundle, changed.data, changed.size) == SBK_FORMAT_OK));
            changed = *whole;
            memmove(changed.data + from + size, changed.data + from, whole->size - from);
            changed.size = whole->size + size;
            assert_true((link || more || list_signer) ==
                        (parse_exact(roundtrip_bundle, changed.data, changed.size) == SBK_FORMAT_OK));
        }
    }
}

/* Cards are counted, numbered and named consistently. */
static void test_batch(void **state) {
    const struct sample_bytes *whole = bundle_bytes(SBK_BUNDLE_BATCH);
    const size_t count = 9 + 3 + SBK_BATCH_ID_SIZE + 4 + 3; /* last byte of the count */
    const struct attempt attempts[] = {
        AT("one card too few", count, "\x03", SBK_FORMAT_MISSING),
        AT("one card too many", count, "\x01", SBK_FORMAT_TRAILING),
        AT("no card", count, "\x00", SBK_FORMAT_VALUE),
        AT("more cards than allowed", count - 2, "\x01", SBK_FORMAT_VALUE),
        AT("batch number 0", count - 4, "\x00", SBK_FORMAT_VALUE),
    };
    static struct sample_bytes changed;
    (void)state;
    try_changes(roundtrip_bundle, whole, attempts, sizeof attempts / sizeof attempts[0]);
    /* the second card's sequence, alias and records: each must be what the others say */
    struct sbk_batch batch;
    struct sbk_reader reader;
    struct sbk_batch_card card;
    changed = *whole;
    assert_int_equal(sbk_batch_parse(changed.data, changed.size, &batch, &reader), SBK_FORMAT_OK);
    assert_int_equal(sbk_batch_next(&reader, &card), SBK_FORMAT_OK);
    const size_t second = changed.size - reader.left;
    assert_int_equal(sbk_batch_next(&reader, &card), SBK_FORMAT_OK);
    assert_int_equal(sbk_batch_next(&reader, &card), SBK_FORMAT_MISSING);
    const size_t sequence = second + 1 + 3 + 3 + 3;
    assert_int_equal(changed.data[sequence], 2);
    changed.data[sequence] = 1;
    assert_int_equal(parse_exact(roundtrip_bundle, changed.data, changed.size), SBK_FORMAT_VALUE);
    changed.data[sequence] = 2;
    changed.data[sequence + 4] ^= 1; /* alias */
    assert_int_equal(parse_exact(roundtrip_bundle, changed.data, changed.size), SBK_FORMAT_VALUE);
    changed.data[sequence + 4] ^= 1;
    changed.data[(size_t)(card.mandate.data - changed.data) + 2] ^= 1;
    assert_int_equal(parse_exact(roundtrip_bundle, changed.data, changed.size), SBK_FORMAT_VALUE);
}

/* In the sample: 1 made; 2 spoiled, spoiled, made. */
static void test_report(void **state) {
    static struct sample_bytes changed;
    struct sbk_report report;
    struct sbk_reader reader;
    struct sbk_report_card card;
    size_t at[4];
    (void)state;
    changed = *bundle_bytes(SBK_BUNDLE_REPORT);
    assert_int_equal(sbk_report_parse(changed.data, changed.size, &report, &reader), SBK_FORMAT_OK);
    for (size_t i = 0; i < 4; i++) {
        const size_t head = i == 0 || i == 3 ? 4 : 2;      /* E2 with a length of three bytes, or of one */
        at[i] = changed.size - reader.left + head + 3 + 3; /* last byte of the sequence */
        assert_int_equal(sbk_report_next(&reader, &card), SBK_FORMAT_OK);
        assert_int_equal(changed.data[at[i]], i == 0 ? 1 : 2);
    }
    assert_int_equal(sbk_report_next(&reader, &card), SBK_FORMAT_MISSING);
    changed.data[at[1]] = 1; /* spoiled after it was made */
    assert_int_equal(parse_exact(roundtrip_bundle, changed.data, changed.size), SBK_FORMAT_DUPLICATE);
    changed.data[at[1]] = 3; /* falls after it */
    assert_int_equal(parse_exact(roundtrip_bundle, changed.data, changed.size), SBK_FORMAT_VALUE);
    changed.data[at[1]] = 2;
    changed.data[at[3]] = 1; /* falls */
    assert_int_equal(parse_exact(roundtrip_bundle, changed.data, changed.size), SBK_FORMAT_VALUE);
    changed.data[at[3]] = 3; /* then 2 was never made, which is no error of the format */
    assert_int_equal(parse_exact(roundtrip_bundle, changed.data, changed.size), SBK_FORMAT_OK);
    changed.data[at[3]] = 2;
    changed.data[at[0] + 1 + 3 + SBK_ALIAS_SIZE + 3] = 3; /* outcome */
    assert_int_equal(parse_exact(roundtrip_bundle, changed.data, changed.size), SBK_FORMAT_VALUE);
}

/* Counts, the order of parcels, and whose each is. */
static void test_courier(void **state) {
    const struct sample_bytes *whole = bundle_bytes(SBK_BUNDLE_COURIER);
    const size_t counts = 9 + 3; /* DF41 with its six bytes, DF56 and its length */
    const struct attempt attempts[] = {
        AT("courier number 0", counts + 3, "\x00", SBK_FORMAT_VALUE),
        AT("more links than there are", counts + 4, "\x02", SBK_FORMAT_MISSING),
        AT("more links than allowed", counts + 4, "\x09", SBK_FORMAT_VALUE),
        AT("more signers than allowed", counts + 5, "\x11", SBK_FORMAT_VALUE),
        AT("two item lists", counts + 6, "\x02", SBK_FORMAT_VALUE),
        AT("no item list", counts + 6, "\x00", SBK_FORMAT_MISSING),
        AT("more pieces of a hotlist than allowed", counts + 7, "\x41", SBK_FORMAT_VALUE),
        AT("a short piece that is not the last", counts + 7, "\x02", SBK_FORMAT_LENGTH),
        AT("two stations", counts + 9, "\x02", SBK_FORMAT_VALUE),
        AT("more stations than allowed", counts + 8, "\x04", SBK_FORMAT_VALUE),
        AT("one card too few", counts + 13, "\x05", SBK_FORMAT_MISSING),
        AT("one card too many", counts + 13, "\x03", SBK_FORMAT_TRAILING),
        AT("more cards than allowed", counts + 11, "\x01", SBK_FORMAT_VALUE),
    };
    static struct sample_bytes changed;
    static struct sbk_courier head;
    struct sbk_reader parcels;
    struct sbk_parcel parcel;
    (void)state;
    try_changes(roundtrip_bundle, whole, attempts, sizeof attempts / sizeof attempts[0]);
    changed = *whole;
    assert_int_equal(sbk_courier_parse(changed.data, changed.size, &head, &parcels), SBK_FORMAT_OK);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(sbk_courier_next(&parcels, &parcel), SBK_FORMAT_OK);
        const size_t content = (size_t)(parcel.content.data - changed.data);
        if (i == 0) {
            assert_true(parcel.for_station);
            changed.data[content - 16] = '/'; /* no identifier */
            assert_int_not_equal(parse_exact(roundtrip_bundle, changed.data, changed.size), SBK_FORMAT_OK);
        } else if (parcel.sealed) {
            assert_int_equal(parcel.number, 2);
            changed.data[content - 4] = 0; /* no number */
            assert_int_equal(parse_exact(roundtrip_bundle, changed.data, changed.size), SBK_FORMAT_VALUE);
            changed = *whole;
            changed.data[content - 2] = 0x5A; /* names in clear never travel */
            assert_int_not_equal(parse_exact(roundtrip_bundle, changed.data, changed.size), SBK_FORMAT_OK);
        } else {
            changed.data[content - 6] ^= 1; /* another card's */
            assert_int_not_equal(parse_exact(roundtrip_bundle, changed.data, changed.size), SBK_FORMAT_OK);
            changed = *whole;
            changed.data[content] = SBK_RECORD_LINK; /* no record for one card */
            assert_int_not_equal(parse_exact(roundtrip_bundle, changed.data, changed.size), SBK_FORMAT_OK);
        }
        changed = *whole;
    }
    assert_int_equal(sbk_courier_next(&parcels, &parcel), SBK_FORMAT_MISSING);
}

static void test_content_types(void **state) {
    (void)state;
    assert_int_equal(sbk_oid_content_count, SBK_BUNDLE_KINDS + 1);
    for (size_t kind = 1; kind < sbk_oid_content_count; kind++) {
        char end[4] = {'.', (char)('0' + kind), 0};
        const char *oid = sbk_oid_contents[kind].oid;
        assert_int_equal(strncmp(oid, SBK_OID_CONTENT, strlen(SBK_OID_CONTENT)), 0);
        assert_string_equal(oid + strlen(SBK_OID_CONTENT), end);
        assert_true(sbk_oid_contents[kind].name[0] != 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_ends_in_links),
        cmocka_unit_test(test_no_more_than_eight_links),
        cmocka_unit_test(test_further_issuers),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_kinds_do_not_pass_for_each_other),
        cmocka_unit_test(test_objects_have_their_places),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_courier),
        cmocka_unit_test(test_content_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
