/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

static sbk_result exchange(
    const struct line *lines, size_t count, const struct sbk_apdu *command, struct sbk_answer *answer) {
    struct script script = {lines, count, 0};
    struct sbk_transport transport = transport_of(&script);
    struct sbk_error error;
    sbk_result result = sbk_apdu_exchange(&transport, command, answer, &error);
    if (result == SBK_OK)
        assert_int_equal(script.at, count);
    return result;
}

static const struct sbk_apdu read_all = {.cla = 0x80, .ins = 0x10, .ne = 256};

static void test_get_response(void **state) {
    static const struct line lines[] = {{"8010000000", "aabb6103"}, {"00c0000003", "6c02"}, {"00c0000002", "ccdd9000"}};
    struct sbk_answer answer;
    (void)state;
    assert_int_equal(exchange(lines, COUNT(lines), &read_all, &answer), SBK_OK);
    assert_int_equal(answer.status, 0x9000);
    assert_bytes(answer.data, answer.size, "aabbccdd");
}

static void test_wrong_length_once(void **state) {
    static const struct line lines[] = {{"8010000000", "6c02"}, {"8010000002", "01029000"}};
    static const struct line twice[] = {{"8010000000", "6c02"}, {"8010000002", "6c03"}};
    struct sbk_answer answer;
    (void)state;
    assert_int_equal(exchange(lines, COUNT(lines), &read_all, &answer), SBK_OK);
    assert_bytes(answer.data, answer.size, "0102");
    assert_int_equal(exchange(twice, COUNT(twice), &read_all, &answer), SBK_OK);
    assert_int_equal(answer.status, 0x6c03); /* not asked a third time */
}

static void test_endless_response(void **state) {
    struct line lines[40];
    struct sbk_answer answer;
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        lines[i] = (struct line){NULL, "6101"};
    assert_int_equal(exchange(lines, COUNT(lines), &read_all, &answer), SBK_ENVIRONMENT);
}

static void test_chaining(void **state) {
    uint8_t data[300];
    char first[2 * 260 + 1];
    char last[2 * 51 + 2];
    struct sbk_apdu command = {.cla = 0x80, .ins = 0xE2, .p1 = 0x90, .data = data, .size = sizeof data, .ne = 256};
    struct sbk_answer answer;
    (void)state;
    memset(data, 0xAB, sizeof data);
    memcpy(first, "90e29000ff", 10);
    sbk_hex_encode(data, 255, first + 10);
    memcpy(last, "80e290002d", 10);
    sbk_hex_encode(data, 45, last + 10);
    memcpy(last + 100, "00", 3);
    const struct line lines[] = {{first, "9000"}, {last, "9000"}};
    assert_int_equal(exchange(lines, 2, &command, &answer), SBK_OK);
    assert_int_equal(answer.status, 0x9000);
    const struct line refused[] = {{first, "6883"}};
    assert_int_equal(exchange(refused, 1, &command, &answer), SBK_OK);
    assert_int_equal(answer.status, 0x6883);
}

static void test_bad_answers(void **state) {
    static const char *const answers[] = {"", "90", NULL};
    struct sbk_apdu two = {.cla = 0x80, .ins = 0x10, .ne = 2};
    struct sbk_answer answer;
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        const struct line lines[] = {{NULL, answers[i]}};
        assert_int_equal(exchange(lines, 1, &read_all, &answer), SBK_ENVIRONMENT);
    }
    const struct line longer[] = {{NULL, "0102039000"}};
    assert_int_equal(exchange(longer, 1, &two, &answer), SBK_ENVIRONMENT);
}

static void test_counts(void **state) {
    static const struct line lines[] = {{"8010000000", "aa6101"}, {"00c0000001", "bb9000"}};
    struct script script = {lines, 2, 0};
    struct sbk_transport transport = transport_of(&script);
    struct sbk_answer answer;
    struct sbk_error error;
    (void)state;
    assert_int_equal(sbk_apdu_exchange(&transport, &read_all, &answer, &error), SBK_OK);
    assert_int_equal(transport.apdus, 2);
    assert_int_equal(transport.bytes_sent, 10);
    assert_int_equal(transport.bytes_received, 6);
}

static void test_reasons(void **state) {
    struct sbk_error error;
    (void)state;
    assert_int_equal(sbk_apdu_refused(&error, 0x9407, "doing"), SBK_REFUSED);
    assert_string_equal(error.reason, SBK_REASON_BALANCE);
    assert_int_equal(sbk_apdu_refused(&error, 0x63C2, "doing"), SBK_REFUSED);
    assert_string_equal(error.reason, SBK_REASON_PIN_WRONG);
    assert_non_null(strstr(error.text, "2 tries"));
    assert_int_equal(sbk_apdu_refused(&error, 0x6F00, "doing"), SBK_REFUSED);
    assert_string_equal(error.reason, SBK_REASON_CARD_STATUS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get_response),
        cmocka_unit_test(test_wrong_length_once),
        cmocka_unit_test(test_endless_response),
        cmocka_unit_test(test_chaining),
        cmocka_unit_test(test_bad_answers),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
