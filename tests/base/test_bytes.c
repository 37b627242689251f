/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/base/base_test.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/secret.h"
#include "schema/reason.h"

static void error_keeps_result_reason_and_text(void **state) {
    (void)state;
    struct sbk_error error = {SBK_OK, NULL, ""};
    assert_int_equal(sbk_fail(&error, SBK_REFUSED, SBK_REASON_BALANCE, "card %d: %s", 7, "too little"), SBK_REFUSED);
    assert_int_equal(error.result, SBK_REFUSED);
    assert_string_equal(error.reason, SBK_REASON_BALANCE);
    assert_string_equal(error.text, "card 7: too little");
    assert_int_equal(sbk_fail_in(&error, SBK_TAMPERED, "batch %s", "b1"), SBK_TAMPERED);
    assert_string_equal(error.text, "batch b1: card 7: too little");
    assert_string_equal(error.reason, SBK_REASON_BALANCE);
    assert_int_equal(sbk_fail(NULL, SBK_USAGE, SBK_REASON_USAGE, "x"), SBK_USAGE);
    assert_int_equal(sbk_fail_in(NULL, SBK_USAGE, "x"), SBK_USAGE);
}

static void error_may_quote_itself(void **state) {
    (void)state;
    struct sbk_error error = {SBK_OK, NULL, ""};
    (void)sbk_fail(&error, SBK_USAGE, SBK_REASON_USAGE, "inner");
    (void)sbk_fail(&error, SBK_USAGE, SBK_REASON_USAGE, "outer (%s)", error.text);
    assert_string_equal(error.text, "outer (inner)");
}

static void error_is_cut_between_characters(void **state) {
    (void)state;
    struct sbk_error error = {SBK_OK, NULL, ""};
    /* Two-byte characters, once with each alignment to the end of the room. */
    for (size_t shift = 0; shift < 4; shift++) {
        char text[700] = "";
        memset(text, 'x', shift);
        for (size_t i = 0; i < 300; i++) {
            memcpy(text + shift + 2 * i, "\xC3\xA9", 3);
        }
        (void)sbk_fail(&error, SBK_USAGE, SBK_REASON_USAGE, "%s", text);
        const size_t length = strlen(error.text);
        assert_true(length >= sizeof error.text - 4 && length < sizeof error.text);
        assert_int_equal((length - shift) % 2, 0);
        assert_memory_equal(error.text, text, length);
    }
}

static void buffer_grows_and_keeps_order(void **state) {
    (void)state;
    struct sbk_buffer buffer = SBK_BUFFER_EMPTY;
    assert_int_equal(sbk_buffer_append(&buffer, NULL, 0, NULL), SBK_OK);
    assert_int_equal(sbk_buffer_append_u8(&buffer, 0x01, NULL), SBK_OK);
    assert_int_equal(sbk_buffer_append_u16(&buffer, 0x0203, NULL), SBK_OK);
    assert_int_equal(sbk_buffer_append_u32(&buffer, 0x04050607, NULL), SBK_OK);
    assert_int_equal(sbk_buffer_append_u64(&buffer, 0x08090A0B0C0D0E0F, NULL), SBK_OK);
    assert_int_equal(buffer.size, 15);
    for (size_t i = 0; i < buffer.size; i++) {
        assert_int_equal(buffer.data[i], i + 1);
    }
    sbk_buffer_reset(&buffer);
    for (unsigned i = 0; i < 5000; i++) {
        assert_int_equal(sbk_buffer_append_u16(&buffer, (uint16_t)i, NULL), SBK_OK);
    }
    assert_int_equal(buffer.size, 10000);
    for (unsigned i = 0; i < 5000; i++) {
        assert_int_equal(buffer.data[2 * i] << 8 | buffer.data[2 * i + 1], i);
    }
    sbk_buffer_free(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.capacity, 0);
    sbk_buffer_free(&buffer);
}

static void buffer_gives_text(void **state) {
    (void)state;
    struct sbk_buffer buffer = SBK_BUFFER_EMPTY;
    struct sbk_error error = {SBK_OK, NULL, ""};
    const char *text = NULL;
    assert_int_equal(sbk_buffer_text(&buffer, &text, NULL), SBK_OK);
    assert_string_equal(text, "");
    assert_int_equal(sbk_buffer_append_text(&buffer, "beras", NULL), SBK_OK);
    assert_int_equal(sbk_buffer_append_format(&buffer, NULL, "=%d%s", 5, "kg"), SBK_OK);
    assert_int_equal(buffer.size, 9);
    assert_int_equal(sbk_buffer_text(&buffer, &text, NULL), SBK_OK);
    assert_string_equal(text, "beras=5kg");
    assert_int_equal(sbk_buffer_append_u8(&buffer, 0, NULL), SBK_OK);
    assert_int_equal(sbk_buffer_text(&buffer, &text, &error), SBK_USAGE);
    assert_string_equal(error.reason, SBK_REASON_FORMAT);
    sbk_buffer_free(&buffer);
}

static void buffer_refuses_absurd_sizes(void **state) {
    (void)state;
    struct sbk_buffer buffer = SBK_BUFFER_EMPTY;
    struct sbk_error error = {SBK_OK, NULL, ""};
    assert_int_equal(sbk_buffer_append_u8(&buffer, 9, NULL), SBK_OK);
    assert_int_equal(sbk_buffer_reserve(&buffer, SIZE_MAX, &error), SBK_ENVIRONMENT);
    assert_string_equal(error.reason, SBK_REASON_MEMORY);
    assert_int_equal(buffer.size, 1);
    assert_int_equal(buffer.data[0], 9);
    sbk_buffer_free(&buffer);
}

static void buffer_reset_leaves_no_bytes(void **state) {
    (void)state;
    struct sbk_buffer buffer = SBK_BUFFER_EMPTY;
    assert_int_equal(sbk_buffer_append_text(&buffer, "nama kepala keluarga", NULL), SBK_OK);
    sbk_buffer_reset(&buffer);
    assert_int_equal(buffer.size, 0);
    for (size_t i = 0; i < buffer.capacity; i++) {
        assert_int_equal(buffer.data[i], 0);
    }
    sbk_buffer_free(&buffer);
}

static void hex_goes_both_ways(void **state) {
    (void)state;
    uint8_t bytes[256];
    uint8_t back[256];
    char text[SBK_HEX_ROOM(256)];
    size_t size = 0;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    sbk_hex_encode(bytes, sizeof bytes, text);
    assert_int_equal(strlen(text), 512);
    assert_memory_equal(text, "000102030405060708090a0b", 24);
    assert_true(sbk_hex_decode(text, back, sizeof back, &size));
    assert_int_equal(size, 256);
    assert_memory_equal(bytes, back, 256);
    assert_true(sbk_hex_decode("AbCd", back, 2, &size));
    assert_int_equal(back[0], 0xAB);
    assert_int_equal(back[1], 0xCD);
    assert_true(sbk_hex_decode("", back, 0, &size));
    assert_int_equal(size, 0);
}

static void hex_refuses_the_rest(void **state) {
    (void)state;
    static const char *const wrong[] = {"a", "abc", "0g", "g0", "0x00", "00 11", " 00", "00\n", "aabbcc", "-1"};
    uint8_t bytes[2] = {7, 7};
    size_t size = 99;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(sbk_hex_decode(wrong[i], bytes, sizeof bytes, &size));
    }
    assert_int_equal(bytes[0], 7);
    assert_int_equal(size, 99);
}

static void secrets_compare_and_end_with_zero(void **state) {
    (void)state;
    struct sbk_secret one = SBK_SECRET_EMPTY;
    struct sbk_secret other = SBK_SECRET_EMPTY;
    assert_true(sbk_secret_equal(&one, &other));
    assert_int_equal(sbk_secret_copy(&one, "rahasia", 7, NULL), SBK_OK);
    assert_string_equal((const char *)one.data, "rahasia");
    assert_false(sbk_secret_equal(&one, &other));
    assert_int_equal(sbk_secret_copy(&other, "rahasib", 7, NULL), SBK_OK);
    assert_false(sbk_secret_equal(&one, &other));
    other.data[6] = 'a';
    assert_true(sbk_secret_equal(&one, &other));
    other.size = 6;
    assert_false(sbk_secret_equal(&one, &other));
    sbk_secret_free(&one);
    sbk_secret_free(&other);
    assert_null(one.data);
    sbk_secret_free(&one);
}

static void secrets_of_a_whole_page_keep_their_end(void **state) {
    (void)state;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct sbk_secret secret = SBK_SECRET_EMPTY;
    assert_int_equal(sbk_secret_new(&secret, page, NULL), SBK_OK);
    memset(secret.data, 1, page);
    assert_int_equal(secret.data[page], 0);
    sbk_secret_free(&secret);
    assert_int_equal(sbk_secret_new(&secret, 0, NULL), SBK_ENVIRONMENT);
    assert_int_equal(sbk_secret_new(&secret, 65537, NULL), SBK_ENVIRONMENT);
    assert_null(secret.data);
}

static void random_fills_everything(void **state) {
    (void)state;
    uint8_t seen[64] = {0};
    for (int round = 0; round < 32; round++) {
        uint8_t bytes[64] = {0};
        assert_int_equal(sbk_random(bytes, sizeof bytes, NULL), SBK_OK);
        for (size_t i = 0; i < sizeof bytes; i++) {
            seen[i] |= bytes[i];
        }
    }
    for (size_t i = 0; i < sizeof seen; i++) {
        assert_int_not_equal(seen[i], 0);
    }
    assert_int_equal(sbk_random(NULL, 0, NULL), SBK_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_keeps_result_reason_and_text),
        cmocka_unit_test(error_may_quote_itself),
        cmocka_unit_test(error_is_cut_between_characters),
        cmocka_unit_test(buffer_grows_and_keeps_order),
        cmocka_unit_test(buffer_gives_text),
        cmocka_unit_test(buffer_refuses_absurd_sizes),
        cmocka_unit_test(buffer_reset_leaves_no_bytes),
        cmocka_unit_test(hex_goes_both_ways),
        cmocka_unit_test(hex_refuses_the_rest),
        cmocka_unit_test(secrets_compare_and_end_with_zero),
        cmocka_unit_test(secrets_of_a_whole_page_keep_their_end),
        cmocka_unit_test(random_fills_everything),
    };
    return cmocka_run_group_tests_name("base/bytes", tests, NULL, NULL);
}
