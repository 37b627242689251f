/* SPDX-License-Identifier: Apache-2.0 */
/* Item lists, baskets, and the sums of their lines. */
#include "tests/schema/attempts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRY(parse, sample, attempts) try_changes(parse, sample, attempts, sizeof attempts / sizeof attempts[0])

static void test_items(void **state) {
    (void)state;
    struct sample_bytes bytes = *items_bytes();
    try_lengths(roundtrip_items, &bytes);
    assert_memory_equal(bytes.data, "\xC7\x01\x00\x00\x00\x11", 6);
    assert_memory_equal(bytes.data + 8,
        "\x00\x03\x05"
        "beras\x0A"
        "Beras SPHP\x01\x01\x00\x00\x34\xBC\x06",
        26);
    enum { CODE = 10, NAME = 16, UNIT = 27, GOODS = 28, CEILING = 29, SECOND = 33 };
    static const struct attempt attempts[] = {
        AT("another record", 0, "\xC8", SBK_FORMAT_UNKNOWN),
        AT("version 2", 1, "\x02", SBK_FORMAT_UNKNOWN),
        AT("number 0", 2, "\0\0\0\0", SBK_FORMAT_VALUE),
        AT("no items", 8, "\0\0", SBK_FORMAT_VALUE),
        AT("fewer items", 8, "\0\2", SBK_FORMAT_TRAILING),
        AT("201 items", 8, "\x00\xC9", SBK_FORMAT_VALUE),
        AT("65535 items", 8, "\xFF\xFF", SBK_FORMAT_VALUE),
        AT("no code", CODE, "\0", SBK_FORMAT_LENGTH),
        AT("code of 17", CODE, "\x11", SBK_FORMAT_LENGTH),
        AT("capital in a code", CODE + 1, "B", SBK_FORMAT_VALUE),
        AT("NUL in a code", CODE + 3, "\0", SBK_FORMAT_VALUE),
        AT("NUL at the end of a code", CODE + 5, "\0", SBK_FORMAT_VALUE),
        AT("@ in a code", CODE + 3, "@", SBK_FORMAT_VALUE),
        AT("no name", NAME, "\0", SBK_FORMAT_LENGTH),
        AT("name of 41", NAME, "\x29", SBK_FORMAT_LENGTH),
        AT("newline in a name", NAME + 1, "\n", SBK_FORMAT_VALUE),
        AT("name not UTF-8", NAME + 1, "\xFF", SBK_FORMAT_VALUE),
        AT("unit 0", UNIT, "\0", SBK_FORMAT_VALUE),
        AT("rupiah", UNIT, "\4", SBK_FORMAT_VALUE),
        AT("class any", GOODS, "\0", SBK_FORMAT_VALUE),
        AT("ceiling 0", CEILING, "\0\0\0\0", SBK_FORMAT_VALUE),
        AT("ceiling 10,000,000", CEILING, "\x00\x98\x96\x80", SBK_FORMAT_OK),
        AT("ceiling 10,000,001", CEILING, "\x00\x98\x96\x81", SBK_FORMAT_VALUE),
        AT("codes descend", CODE + 1, "n", SBK_FORMAT_VALUE),
    };
    TRY(roundtrip_items, &bytes, attempts);
    assert_memory_equal(bytes.data + SECOND, "\6minyak", 7);
}

static void test_items_order(void **state) {
    (void)state;
    struct sbk_item items[SAMPLE_ITEMS];
    struct sbk_items_header header = sample_items(items);
    uint8_t out[SBK_ITEMS_BYTES_MAX];
    size_t size = 0;
    memcpy(items[1].code, "beras\0", 7);
    assert_int_equal(sbk_items_write(&header, items, out, sizeof out, &size), SBK_FORMAT_DUPLICATE);
    memcpy(items[1].code, "beras-2", 8);
    assert_int_equal(sbk_items_write(&header, items, out, sizeof out, &size), SBK_FORMAT_OK);
    memcpy(items[1].code, "bera\0\0\0", 8);
    assert_int_equal(sbk_items_write(&header, items, out, sizeof out, &size), SBK_FORMAT_VALUE);
    sample_items(items);
    items[0].code[10] = 'x'; /* behind the NUL */
    assert_int_equal(sbk_items_write(&header, items, out, sizeof out, &size), SBK_FORMAT_VALUE);
    sample_items(items);
    memset(items[0].name, 'n', sizeof items[0].name); /* no NUL */
    assert_int_equal(sbk_items_write(&header, items, out, sizeof out, &size), SBK_FORMAT_VALUE);
}

static void test_largest_list(void **state) {
    (void)state;
    static struct sbk_item items[SBK_ITEMS_MAX];
    uint8_t *out = malloc(SBK_ITEMS_BYTES_MAX);
    assert_non_null(out);
    for (size_t i = 0; i < SBK_ITEMS_MAX; i++) {
        (void)snprintf(items[i].code, sizeof items[i].code, "item-number-%04zu", i);
        memset(items[i].name, 'n', SBK_ITEM_NAME_MAX);
        items[i].unit = SBK_UNIT_PIECE;
        items[i].goods = 1;
        items[i].ceiling = 1;
    }
    struct sbk_items_header header = {1, 20000, SBK_ITEMS_MAX};
    size_t size = 0;
    assert_int_equal(sbk_items_write(&header, items, out, SBK_ITEMS_BYTES_MAX, &size), SBK_FORMAT_OK);
    assert_int_equal(size + SBK_SIGNATURE_SIZE, SBK_ITEMS_BYTES_MAX);
    memset(out + size, 0x5A, SBK_SIGNATURE_SIZE);
    assert_int_equal(parse_exact(roundtrip_items, out, SBK_ITEMS_BYTES_MAX), SBK_FORMAT_OK);
    header.count = SBK_ITEMS_MAX + 1;
    assert_int_equal(sbk_items_write(&header, items, out, SBK_ITEMS_BYTES_MAX, &size), SBK_FORMAT_VALUE);
    free(out);
}

static void test_basket(void **state) {
    (void)state;
    struct sample_bytes bytes = *basket_bytes();
    try_lengths(roundtrip_basket, &bytes);
    assert_memory_equal(bytes.data,
        "\xC8\x01\x02\x05"
        "beras\x00\x13\x88\x00\x00\x32\xC8\x00\x00\xFD\xE8\x00\x00\x00\x11\x00\x05"
        "telur",
        31);
    enum { CODE = 3, QUANTITY = 9, PRICE = 12, SUM = 16, LIST = 20, SLOT = 24 };
    static const struct attempt attempts[] = {
        AT("another record", 0, "\xC7", SBK_FORMAT_UNKNOWN),
        AT("version 2", 1, "\x02", SBK_FORMAT_UNKNOWN),
        AT("no lines", 2, "\0", SBK_FORMAT_VALUE),
        AT("fewer lines", 2, "\1", SBK_FORMAT_TRAILING),
        AT("more lines", 2, "\3", SBK_FORMAT_TRUNCATED),
        AT("33 lines", 2, "\x21", SBK_FORMAT_VALUE),
        AT("no code", CODE, "\0", SBK_FORMAT_LENGTH),
        AT("code of 17", CODE, "\x11", SBK_FORMAT_LENGTH),
        AT("space in a code", CODE + 1, " ", SBK_FORMAT_VALUE),
        AT("quantity 0", QUANTITY, "\0\0\0", SBK_FORMAT_VALUE),
        AT("price 0", PRICE, "\0\0\0\0", SBK_FORMAT_VALUE),
        AT("list 0", LIST, "\0\0\0\0", SBK_FORMAT_VALUE),
        AT("slot 7", SLOT, "\7", SBK_FORMAT_OK),
        AT("slot 8", SLOT, "\x08", SBK_FORMAT_VALUE),
    };
    TRY(roundtrip_basket, &bytes, attempts);
    struct sbk_line lines[SBK_LINES_MAX + 1] = {0};
    uint8_t out[SBK_BASKET_BYTES_MAX];
    size_t size = 0;
    for (size_t i = 0; i < SBK_LINES_MAX; i++) {
        sample_basket(&lines[i]); /* the next overwrites its second line */
    }
    assert_int_equal(sbk_basket_write(lines, 0, out, sizeof out, &size), SBK_FORMAT_VALUE);
    assert_int_equal(sbk_basket_write(lines, SBK_LINES_MAX, out, sizeof out, &size), SBK_FORMAT_OK);
    assert_int_equal(sbk_basket_write(lines, SBK_LINES_MAX, out, size - 1, &size), SBK_FORMAT_ROOM);
    assert_int_equal(sbk_basket_write(lines, SBK_LINES_MAX + 1, out, sizeof out, &size), SBK_FORMAT_VALUE);
    lines[0].quantity = SBK_AMOUNT_MAX + 1;
    assert_int_equal(sbk_basket_write(lines, 1, out, sizeof out, &size), SBK_FORMAT_VALUE);
}

static void test_sums(void **state) {
    (void)state;
    assert_int_equal(sbk_line_sum(SBK_UNIT_GRAM, 5000, 13000), 65000);
    assert_int_equal(sbk_line_sum(SBK_UNIT_GRAM, 8750, 12700), 111125);
    assert_int_equal(sbk_line_sum(SBK_UNIT_GRAM, 333, 17500), 5827); /* 5827.5 rounded down */
    assert_int_equal(sbk_line_sum(SBK_UNIT_MILLILITRE, 2000, 15700), 31400);
    assert_int_equal(sbk_line_sum(SBK_UNIT_PIECE, 10, 2400), 24000);
    assert_int_equal(sbk_line_sum(SBK_UNIT_GRAM, 1, 1), 0);
    assert_int_equal(sbk_line_sum(SBK_UNIT_PIECE, 0xFFFFFF, 10000000), UINT32_MAX);
    assert_int_equal(sbk_line_sum(SBK_UNIT_PIECE, 65536, 65535), 4294901760u);
    assert_int_equal(sbk_line_sum(SBK_UNIT_PIECE, 65537, 65535), UINT32_MAX);
    assert_int_equal(sbk_line_sum(SBK_UNIT_GRAM, UINT32_MAX, 1000), UINT32_MAX);
    assert_int_equal(sbk_line_quantity(SBK_UNIT_GRAM, 5000, 0, 1), 5000);
    assert_int_equal(sbk_line_quantity(SBK_UNIT_PIECE, 10, 2400, 2399), 0);
    assert_int_equal(sbk_line_quantity(SBK_UNIT_PIECE, 10, 2400, 4800), 2);
}

/* What is split off for so many rupiah costs no more, and one gram more would, unless that is all that was wanted. */
static void test_split(void **state) {
    (void)state;
    static const uint8_t units[] = {SBK_UNIT_GRAM, SBK_UNIT_MILLILITRE, SBK_UNIT_PIECE};
    uint32_t seed = 20261124;
    for (size_t i = 0; i < 300000; i++) {
        uint32_t random[4];
        for (size_t j = 0; j < 4; j++) {
            seed ^= seed << 13;
            seed ^= seed >> 17;
            seed ^= seed << 5;
            random[j] = seed;
        }
        uint8_t unit = units[random[3] % 3];
        uint32_t wanted = random[0] % (i % 2 ? 100000 : 0x1000000);
        uint32_t price = 1 + random[1] % (i % 3 ? 20000 : 10000000);
        uint32_t rupiah = random[2] % (i % 5 ? 300001 : 0x1000000);
        uint32_t quantity = sbk_line_quantity(unit, wanted, price, rupiah);
        assert_true(quantity <= wanted);
        assert_true(sbk_line_sum(unit, quantity, price) <= rupiah);
        assert_true(quantity == wanted || sbk_line_sum(unit, quantity + 1, price) > rupiah);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_items_order),
        cmocka_unit_test(test_largest_list),
        cmocka_unit_test(test_basket),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
