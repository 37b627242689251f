/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "hex.h"

/* Parsing, classes, chaining, GET RESPONSE, SELECT. */

static struct fixture f;

static void expect(const char *apdu, uint16_t status) {
    uint16_t found = send_hex(&f, apdu);
    if (found != status)
        fail_msg("%s: answered %04X, wanted %04X", apdu, found, status);
}

static void test_lengths(void **state) {
    (void)state;
    fixture_init(&f);
    expect("00", 0x6700);
    expect("00A404", 0x6700);
    expect("00A40400", 0x9000);
    expect("00A4040000", 0x9000);
    expect("00A40400 08 A000000151000000", 0x9000);
    expect("00A40400 08 A000000151000000 00", 0x9000);
    expect("00A40400 08 A0000001510000", 0x6700);
    expect("00A40400 08 A000000151000000 0000", 0x6700);
    expect("00A40400 000008 A000000151000000", 0x9000);
    expect("00A40400 000008 A000000151000000 0000", 0x9000);
    expect("00A40400 000008 A000000151000000 00", 0x6700);
    expect("00A40400 000000", 0x9000);
    expect("00A40400 0000", 0x6700);
    expect("00A40400 000009 A000000151000000", 0x6700);
    expect("00A40400 00000000", 0x6700);
}

static void test_classes(void **state) {
    (void)state;
    fixture_init(&f);
    expect("01A40400", 0x6881);
    expect("40A40400", 0x6881);
    expect("80CA00CF00", 0x9000);
    expect("20A40400", 0x6E00);
    expect("A0A40400", 0x6E00);
    expect("FFA40400", 0x6E00);
    expect("08A40400", 0x6882);
    expect("0CA40400", 0x6882);
    expect("80770000", 0x6D00);
    expect("84CA006600", 0x6982);
}

static void test_select(void **state) {
    (void)state;
    fixture_init(&f);
    expect("00A4040008A00000015100000000", 0x9000);
    hex_expect("FCI", f.reply, f.reply_size, "6F178408A000000151000000A50B730906072A864886FC6B01");
    expect("00A4040005A000000151", 0x9000);
    expect("00A4040004A0000001", 0x6A82);
    expect("00A4040008A000000151000001", 0x6A82);
    expect("00A4040009A00000015100000000", 0x6A82);
    expect("00A4040005F054455354", 0x9000);
    hex_expect("FCI", f.reply, f.reply_size, "6F00");
    expect("80100000", 0x9000);
    expect("00A4000002 3F00", 0x6A86);
    expect("00A4040405F054455354", 0x6A86);
    expect("00A4040C05F054455354", 0x9000);
    assert_int_equal(f.reply_size, 0);
    expect("80100000", 0x9000);
    expect("00A4040005A000000151", 0x9000);
    expect("80100000", 0x6D00);
}

static void test_iso_chaining(void **state) {
    (void)state;
    fixture_init(&f);
    expect("10A4040004A0000001", 0x9000);
    expect("00A4040004510000 00", 0x9000);
    assert_int_equal(f.reply_size, 25);
    /* another command in between: refused, and the chain is gone */
    expect("90CA00CF04A0000001", 0x9000);
    expect("80CA006600", 0x6883);
    expect("80CA006600", 0x9000);
    /* SELECT always starts anew */
    expect("90CA00CF04A0000001", 0x9000);
    expect("00A4040008A000000151000000", 0x9000);
    /* an empty block says nothing */
    expect("90CA00CF", 0x6700);
    /* too much */
    uint8_t block[260] = {0x90, 0x11, 0x00, 0x00, 0xFF};
    uint8_t response[258];
    assert_int_equal(sbk_card_process(&f.card, block, 260, response, sizeof response), 2);
    assert_int_equal(sbk_card_process(&f.card, block, 260, response, sizeof response), 2);
    assert_int_equal(response[0], 0x90);
    assert_int_equal(sbk_card_process(&f.card, block, 260, response, sizeof response), 2);
    assert_int_equal(response[0], 0x67);
}

/* P1 b8 chains PSO and PUT KEY, and nothing else; both bits at once are one chain. */
static void test_gp_chaining(void **state) {
    (void)state;
    uint8_t ca[256];
    size_t size;
    fixture_init(&f);
    close_card(&f);
    size = make_ca(ca, 1, 1, KEY_ROOT, DAY_UNTIL);
    uint8_t command[300] = {0x80, 0x2A, 0x81, 0x90, 100};
    uint8_t response[258];
    for (int both = 0; both < 2; both++) {
        command[0] = both ? 0x90 : 0x80;
        command[2] = 0x81;
        command[4] = 100;
        memcpy(command + 5, ca, 100);
        assert_int_equal(sbk_card_process(&f.card, command, 105, response, sizeof response), 2);
        assert_int_equal(response[0], 0x90);
        command[0] = 0x80;
        command[2] = 0x01;
        command[4] = (uint8_t)(size - 100);
        memcpy(command + 5, ca + 100, size - 100);
        assert_int_equal(sbk_card_process(&f.card, command, 5 + size - 100, response, sizeof response), 2);
        assert_int_equal(response[0], 0x90);
    }
    expect("80E2900004DF240000", 0x6982);
    expect("80CA00CF00", 0x9000);
}

static void test_get_response(void **state) {
    (void)state;
    uint8_t response[258];
    const uint8_t whole[5] = {0x80, 0x11, 0x01, 0x40, 0x00};
    const uint8_t some[5] = {0x80, 0x11, 0x01, 0x40, 0x10};
    fixture_init(&f);
    select_applet(&f);
    assert_int_equal(sbk_card_process(&f.card, whole, 5, response, sizeof response), 258);
    assert_int_equal(response[256], 0x61);
    assert_int_equal(response[257], 0x40);
    const uint8_t more[4] = {0x00, 0xC0, 0x00, 0x00};
    assert_int_equal(sbk_card_process(&f.card, more, 4, response, sizeof response), 0x42);
    assert_int_equal(response[0], 0x00);
    assert_int_equal(response[0x40], 0x90);
    expect("00C0000000", 0x6985);
    assert_int_equal(sbk_card_process(&f.card, some, 5, response, sizeof response), 18);
    assert_int_equal(response[16], 0x61);
    assert_int_equal(response[17], 0x00);
    /* another command throws the rest away */
    expect("80100000", 0x9000);
    expect("00C0000000", 0x6985);
    /* absent Le, and a room smaller than the answer */
    assert_int_equal(sbk_card_process(&f.card, whole, 4, response, 102), 102);
    assert_int_equal(response[100], 0x61);
    send_hex(&f, "8011014000");
    assert_int_equal(f.reply_size, 0x140);
    for (size_t i = 0; i < f.reply_size; i++)
        assert_int_equal(f.reply[i], (uint8_t)i);
    /* extended Le */
    uint8_t wide[600];
    const uint8_t extended[7] = {0x80, 0x11, 0x01, 0x40, 0x00, 0x00, 0x00};
    assert_int_equal(sbk_card_process(&f.card, extended, 7, wide, sizeof wide), 0x142);
}

static void test_response_may_lie_over_the_command(void **state) {
    (void)state;
    uint8_t io[300];
    fixture_init(&f);
    size_t size = hex_bytes("00A4040008A00000015100000000", io, sizeof io);
    size = sbk_card_process(&f.card, io, size, io, sizeof io);
    hex_expect("answer", io, size, "6F178408A000000151000000A50B730906072A864886FC6B019000");
}

static void test_foreign_image(void **state) {
    (void)state;
    fixture_init(&f);
    f.memory.image[9] = 2;
    sbk_card_power_on(&f.card);
    expect("00A4040000", 0x6581);
    f.memory.image[9] = 1;
    sbk_card_power_on(&f.card);
    expect("00A4040000", 0x9000);
}

static void test_broken_memory(void **state) {
    (void)state;
    fixture_init(&f);
    select_applet(&f);
    tearing_power_on(&f.memory, 3, TEAR_ERASED);
    expect("80120700", 0x6581);
    expect("00A4040000", 0x6581);
    tearing_power_on(&f.memory, 0, TEAR_DONE);
    sbk_card_power_on(&f.card);
    expect("00A4040000", 0x9000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_select),
        cmocka_unit_test(test_iso_chaining),
        cmocka_unit_test(test_gp_chaining),
        cmocka_unit_test(test_get_response),
        cmocka_unit_test(test_response_may_lie_over_the_command),
        cmocka_unit_test(test_foreign_image),
        cmocka_unit_test(test_broken_memory),
    };
    return cmocka_run_group_tests_name("apdu", tests, NULL, NULL);
}
