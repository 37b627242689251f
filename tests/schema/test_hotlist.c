/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/attempts.h"

#include <string.h>

#define TRY(parse, sample, attempts) try_changes(parse, sample, attempts, sizeof attempts / sizeof attempts[0])

/* Offsets in the samples: three cards, two terminals, two issuers; and in the change: two, one, one, one, one. */
#define CARD(n) (SBK_HOTLIST_HEAD + (n)*SBK_HOTLIST_CARD_SIZE)
#define TERMINAL(n) (CARD(3) + (n)*SBK_TERMINAL_SIZE)
#define ISSUER(n) (TERMINAL(2) + (n)*SBK_HOTLIST_ISSUER_SIZE)
#define REMOVED (CARD(2))
#define CHANGED_TERMINAL (REMOVED + SBK_ALIAS_SIZE)
#define RESTORED (CHANGED_TERMINAL + SBK_TERMINAL_SIZE)

static void test_whole(void **state) {
    (void)state;
    struct sample_bytes bytes = *hotlist_bytes(SAMPLE_HOTLIST_WHOLE);
    assert_int_equal(bytes.size, ISSUER(2) + SBK_SIGNATURE_SIZE);
    try_lengths(roundtrip_hotlist, &bytes);
    static const struct attempt attempts[] = {
        AT("another record", 0, "\xC7", SBK_FORMAT_UNKNOWN),
        AT("version 2", 1, "\2", SBK_FORMAT_UNKNOWN),
        AT("number 0", 2, "\0\0\0\0", SBK_FORMAT_VALUE),
        AT("greatest number", 2, "\xFF\xFF\xFF\xFF", SBK_FORMAT_OK),
        AT("a base: then a signature is missing", 6, "\0\0\0\1", SBK_FORMAT_TRUNCATED),
        AT("a base that is its number", 6, "\0\0\0\4", SBK_FORMAT_VALUE),
        AT("any day", 10, "\xFF\xFF", SBK_FORMAT_OK),
        AT("any moment", 12, "\xFF\xFF\xFF\xFF", SBK_FORMAT_OK),
        AT("warns after 0 days", 16, "\0", SBK_FORMAT_VALUE),
        AT("warns on the day it stops", 16, "\x1E", SBK_FORMAT_OK),
        AT("warns after it stops", 16, "\x1F", SBK_FORMAT_VALUE),
        AT("more cards than fit", 18, "\0\2\0\1", SBK_FORMAT_VALUE),
        AT("more cards than there are", 18, "\0\0\0\xFF", SBK_FORMAT_TRUNCATED),
        AT("very many cards", 18, "\xFF\xFF\xFF\xFF", SBK_FORMAT_VALUE),
        AT("a card fewer", 18, "\0\0\0\2", SBK_FORMAT_TRAILING),
        AT("removes", 22, "\0\0\0\1", SBK_FORMAT_VALUE),
        AT("more terminals than fit", 26, "\x10\1", SBK_FORMAT_VALUE),
        AT("restores", 28, "\0\1", SBK_FORMAT_VALUE),
        AT("more issuers than fit", 30, "\x21", SBK_FORMAT_VALUE),
        AT("a card twice", CARD(1), "card-001", SBK_FORMAT_DUPLICATE),
        AT("a card out of order", CARD(1), "card-000", SBK_FORMAT_VALUE),
        AT("mandate 0", CARD(1) + 8, "\0\0\0\0", SBK_FORMAT_VALUE),
        AT("greatest mandate", CARD(1) + 8, "\xFF\xFF\xFF\xFF", SBK_FORMAT_OK),
        AT("a terminal twice", TERMINAL(1), "st-0001", SBK_FORMAT_DUPLICATE),
        AT("a terminal out of order", TERMINAL(1), "st-0000", SBK_FORMAT_VALUE),
        AT("no terminal's id", TERMINAL(1), "st 0007", SBK_FORMAT_VALUE),
        AT("a root", ISSUER(0), "\1", SBK_FORMAT_VALUE),
        AT("the office CA", ISSUER(1), "\6", SBK_FORMAT_VALUE),
        AT("generation 0", ISSUER(0) + 1, "\0", SBK_FORMAT_VALUE),
        AT("generation 128", ISSUER(0) + 1, "\x80", SBK_FORMAT_VALUE),
        AT("an issuer twice", ISSUER(1), "\3\1", SBK_FORMAT_DUPLICATE),
        AT("an issuer out of order", ISSUER(1), "\2\1", SBK_FORMAT_VALUE),
    };
    TRY(roundtrip_hotlist, &bytes, attempts);
}

static void test_change(void **state) {
    (void)state;
    struct sample_bytes bytes = *hotlist_bytes(SAMPLE_HOTLIST_CHANGE);
    try_lengths(roundtrip_hotlist, &bytes);
    static const struct attempt attempts[] = {
        AT("base 0: then it removes nothing", 6, "\0\0\0\0", SBK_FORMAT_VALUE),
        AT("another base", 6, "\0\0\0\5", SBK_FORMAT_OK),
        AT("added and removed", REMOVED, "card-003", SBK_FORMAT_DUPLICATE),
        AT("removed another", REMOVED, "card-009", SBK_FORMAT_OK),
        AT("revoked and restored", RESTORED, "st-0004", SBK_FORMAT_DUPLICATE),
        AT("no terminal's id", RESTORED, "st/0007", SBK_FORMAT_VALUE),
        AT("cards and removed together too many", 18, "\0\2\0\0", SBK_FORMAT_VALUE),
    };
    TRY(roundtrip_hotlist, &bytes, attempts);
}

static enum sbk_format apply(const struct sbk_hotlist *whole, const struct sbk_hotlist *change,
    struct sample_bytes *out, struct sbk_hotlist *result) {
    enum sbk_format format = sbk_hotlist_apply(whole, change, out->data, sizeof out->data, &out->size);
    return format == SBK_FORMAT_OK ? sbk_hotlist_parse(out->data, out->size, result) : format;
}

static void test_apply(void **state) {
    (void)state;
    struct sample_bytes both = *hotlist_bytes(SAMPLE_HOTLIST_BOTH);
    assert_int_equal(roundtrip_hotlist(both.data, both.size), SBK_FORMAT_OK);
    struct sbk_hotlist whole = sample_hotlist();
    struct sbk_hotlist change = sample_hotlist_change();
    struct sample_bytes out;
    struct sbk_hotlist result = {0};
    assert_int_equal(apply(&whole, &change, &out, &result), SBK_FORMAT_OK);
    assert_int_equal(result.number, 6);
    assert_int_equal(result.base, 0);
    assert_int_equal(result.issued, change.issued);
    assert_int_equal(result.made, change.made);
    assert_int_equal(result.warn, 7);
    assert_int_equal(result.card_count, 3);
    assert_memory_equal(result.cards, "card-001\0\0\0\2card-002\0\0\0\1card-003\0\0\0\2", 3 * SBK_HOTLIST_CARD_SIZE);
    assert_int_equal(result.terminal_count, 2);
    assert_memory_equal(result.terminals, "st-0001\0\0\0\0\0st-0004\0\0\0\0\0", 2 * SBK_TERMINAL_SIZE);
    assert_int_equal(result.issuer_count, 1);
    assert_memory_equal(out.data + out.size - SBK_SIGNATURE_SIZE, change.whole_signature, SBK_SIGNATURE_SIZE);
    /* One byte less does not do. */
    assert_int_equal(sbk_hotlist_apply(&whole, &change, out.data, out.size - 1, &out.size), SBK_FORMAT_ROOM);
}

static void test_apply_refused(void **state) {
    (void)state;
    struct sbk_hotlist whole = sample_hotlist();
    struct sbk_hotlist change = sample_hotlist_change();
    struct sample_bytes out;
    struct sbk_hotlist result;
    change.base = 5;
    assert_int_equal(apply(&whole, &change, &out, &result), SBK_FORMAT_VALUE);
    change = sample_hotlist_change();
    assert_int_equal(apply(&change, &change, &out, &result), SBK_FORMAT_VALUE);
    assert_int_equal(apply(&whole, &whole, &out, &result), SBK_FORMAT_VALUE);
    change.removed = (const uint8_t *)"card-009";
    assert_int_equal(apply(&whole, &change, &out, &result), SBK_FORMAT_MISSING);
    change.removed = (const uint8_t *)"card-000";
    assert_int_equal(apply(&whole, &change, &out, &result), SBK_FORMAT_MISSING);
    change = sample_hotlist_change();
    change.cards = (const uint8_t *)"card-002\0\0\0\1card-003\0\0\0\1"; /* as it is there */
    assert_int_equal(apply(&whole, &change, &out, &result), SBK_FORMAT_DUPLICATE);
    change = sample_hotlist_change();
    change.terminals = (const uint8_t *)"st-0001\0\0\0\0\0";
    assert_int_equal(apply(&whole, &change, &out, &result), SBK_FORMAT_DUPLICATE);
    change = sample_hotlist_change();
    change.restored = (const uint8_t *)"st-0009\0\0\0\0\0";
    assert_int_equal(apply(&whole, &change, &out, &result), SBK_FORMAT_MISSING);
}

static void test_look_up(void **state) {
    (void)state;
    const struct sbk_hotlist list = sample_hotlist();
    const struct sbk_hotlist none = {.number = 1};
    assert_true(sbk_hotlist_has_card(&list, (const uint8_t *)"card-001", 1));
    assert_true(sbk_hotlist_has_card(&list, (const uint8_t *)"card-001", 2));
    assert_false(sbk_hotlist_has_card(&list, (const uint8_t *)"card-001", 3)); /* a newer mandate ends the entry */
    assert_true(sbk_hotlist_has_card(&list, (const uint8_t *)"card-005", 65536));
    assert_false(sbk_hotlist_has_card(&list, (const uint8_t *)"card-000", 1));
    assert_false(sbk_hotlist_has_card(&list, (const uint8_t *)"card-004", 1));
    assert_false(sbk_hotlist_has_card(&list, (const uint8_t *)"card-006", 1));
    assert_true(sbk_hotlist_has_terminal(&list, (const uint8_t *)"st-0007\0\0\0\0\0"));
    assert_false(sbk_hotlist_has_terminal(&list, (const uint8_t *)"st-0008\0\0\0\0\0"));
    assert_true(sbk_hotlist_has_issuer(&list, SBK_ROLE_LIST_SIGNER, 2));
    assert_false(sbk_hotlist_has_issuer(&list, SBK_ROLE_LIST_SIGNER, 1));
    assert_false(sbk_hotlist_has_card(&none, (const uint8_t *)"card-001", 1));
}

/* Every second number of 256,000 as alias: 128,000 entries, each found in at most 17 looks, each gap seen in as many. */
#define MANY 128000u
static void test_looks(void **state) {
    (void)state;
    static uint8_t table[MANY * SBK_HOTLIST_CARD_SIZE];
    struct sbk_writer writer = sbk_writer_of(table, sizeof table);
    unsigned most = 0;
    for (uint32_t i = 0; i < MANY; i++) {
        sbk_write_u32(&writer, 0);
        sbk_write_u32(&writer, 2 * i + 1);
        sbk_write_u32(&writer, 1);
    }
    assert_false(writer.failed);
    for (uint32_t i = 0; i <= 2 * MANY; i++) {
        const uint8_t alias[SBK_ALIAS_SIZE] = {
            0, 0, 0, 0, (uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
        unsigned steps = 0;
        const uint8_t *entry = sbk_hotlist_find(table, MANY, SBK_HOTLIST_CARD_SIZE, alias, sizeof alias, &steps);
        assert_true((entry != NULL) == (i % 2 == 1));
        assert_true(entry == NULL || entry == table + (size_t)(i / 2) * SBK_HOTLIST_CARD_SIZE);
        most = steps > most ? steps : most;
    }
    assert_int_equal(most, 17);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_change),
        cmocka_unit_test(test_apply),
        cmocka_unit_test(test_apply_refused),
        cmocka_unit_test(test_look_up),
        cmocka_unit_test(test_looks),
    };
    return cmocka_run_group_tests_name("hotlist", tests, NULL, NULL);
}
