/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/applet/constant_time/secrets.h"
#include "tests/faults/rig.h"

/*
 * Whole sessions on a card whose secrets valgrind watches (test_constant_time.py runs this under it). Power-on stays
 * out: recovery compares journal pages with their CRC, and whether a cut happened is no secret.
 */
#define OK SBK_SW_OK
#define DEBIT_PIN_AT (80 + 32 + 1 + 1 + 4 + 1) /* one purse: context, digest, who, count, purse, size */
#define ACTIVATE_PINS_AT 80

static unsigned before;

static void begin_story(void) {
    no_secret_in_next_command();
    before = leaks_counted();
    assert_int_not_equal(before, (unsigned)-1);
}

static void end_story(void) {
    assert_int_equal(leaks_counted() - before, 0);
}

/* The transport keys of a new chip, and the PIN pages and private keys of any (they stay marked where they move). */
static void blank(struct rig *rig) {
    rig_blank(rig);
    make_secret(rig->f.memory.image + SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KEYS, 48);
}

static void pins_are_secret(size_t offset) {
    secret_in_next_command(offset + 1, SBK_PIN_MAX);
    secret_in_next_command(offset + 2 + SBK_PIN_MAX, SBK_PIN_MAX);
}

static void closed(struct rig *rig) {
    blank(rig);
    rig_encode(rig);
    rig_close(rig);
}

static void active(struct rig *rig) {
    closed(rig);
    assert_int_equal(rig_station(rig, REGISTRAR), OK);
    pins_are_secret(ACTIVATE_PINS_AT);
    assert_int_equal(rig_activate(rig, RIG_HOLDER, RIG_ALTERNATE), OK);
}

static uint16_t debit(struct rig *rig, uint8_t who, const char *pin) {
    const struct ask ask = {0, 400};
    secret_in_next_command(DEBIT_PIN_AT, strlen(pin));
    return rig_debit(rig, &ask, 1, who, pin);
}

/* ---- the stories ---- */

static void test_encoding_and_closing(void **state) {
    static struct rig rig;
    (void)state;
    begin_story();
    closed(&rig);
    end_story();
}

static void test_wrong_host_cryptogram(void **state) {
    static struct rig rig;
    (void)state;
    begin_story();
    blank(&rig);
    rig.f.keys[16] ^= 1;
    assert_int_equal(rig_bureau(&rig), SBK_SW_CRYPTOGRAM);
    rig.f.keys[16] ^= 1;
    assert_int_equal(rig_bureau(&rig), OK);
    end_story();
}

static void test_new_transport_keys(void **state) {
    static const uint8_t iv[16];
    static struct rig rig;
    uint8_t data[1 + 3 * 22] = {0x31};
    (void)state;
    begin_story();
    blank(&rig);
    assert_int_equal(rig_bureau(&rig), OK);
    for (size_t i = 0; i < 3; i++) {
        uint8_t *at = data + 1 + 22 * i;
        struct sbk_port_aes aes;
        memcpy(at, "\x88\x10", 2);
        memcpy(at + 2, rig.transport + 16 * i, 16);
        sbk_port_aes_cbc_encrypt(rig.f.keys + 32, iv, at + 2, 16);
        memset(at + 19, 1, 3);
        uint8_t block[16];
        memset(block, 1, sizeof block);
        sbk_port_aes_begin(&aes, rig.transport + 16 * i);
        sbk_port_aes_encrypt_block(&aes, block, block);
        sbk_port_aes_end(&aes);
        at[18] = 3;
        memcpy(at + 19, block, 3);
    }
    data[1 + 19] ^= 1; /* a wrong check value first */
    assert_int_equal(rig_send(&rig, SBK_INS_PUT_KEY, 0x00, 0x81, data, sizeof data), SBK_SW_DATA);
    data[1 + 19] ^= 1;
    assert_int_equal(rig_send(&rig, SBK_INS_PUT_KEY, 0x00, 0x81, data, sizeof data), OK);
    end_story();
}

static void test_activation_and_debits(void **state) {
    static struct rig rig;
    (void)state;
    begin_story();
    active(&rig);
    assert_int_equal(rig_station(&rig, STORE), OK);
    assert_int_equal(debit(&rig, SBK_WHO_HOLDER, RIG_HOLDER), OK);
    assert_int_equal(debit(&rig, SBK_WHO_ALTERNATE, RIG_ALTERNATE), OK);
    assert_int_equal(rig_void(&rig, 2), OK);
    end_story();
}

static void test_wrong_pins_until_blocked(void **state) {
    static struct rig rig;
    static const char *const wrong[] = {"935790", "135791", "13579", "99999999", "135780"};
    (void)state;
    begin_story();
    active(&rig);
    assert_int_equal(rig_station(&rig, STORE), OK);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(debit(&rig, SBK_WHO_HOLDER, wrong[i]), SBK_SW_PIN_WRONG | (4 - i));
    assert_int_equal(debit(&rig, SBK_WHO_HOLDER, RIG_HOLDER), SBK_SW_BLOCKED);
    no_secret_in_next_command();
    end_story();
}

static void test_pin_that_is_none(void **state) {
    static struct rig rig;
    (void)state;
    begin_story();
    active(&rig);
    assert_int_equal(rig_station(&rig, STORE), OK);
    assert_int_equal(debit(&rig, SBK_WHO_HOLDER, "12c456"), SBK_SW_DATA);
    end_story();
}

static void test_pin_reset(void **state) {
    static struct rig rig;
    (void)state;
    begin_story();
    active(&rig);
    assert_int_equal(rig_station(&rig, STORE), OK);
    assert_int_equal(rig_notice(&rig, SBK_NOTICE_PIN_RESET, 1), OK);
    assert_int_equal(rig_station(&rig, REGISTRAR), OK);
    pins_are_secret(0);
    assert_int_equal(rig_set_pin(&rig, "0000", "11112222"), OK);
    assert_int_equal(rig_station(&rig, STORE), OK);
    assert_int_equal(debit(&rig, SBK_WHO_HOLDER, "0000"), OK);
    end_story();
}

static void test_wrong_mac(void **state) {
    static struct rig rig;
    (void)state;
    begin_story();
    active(&rig);
    assert_int_equal(rig_station(&rig, STORE), OK);
    rig.f.end.mac[7] ^= 0x10;
    assert_int_equal(rig_send(&rig, SBK_INS_READ_STATUS, 0, 0, NULL, 0), SBK_SW_SECURITY);
    end_story();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encoding_and_closing),
        cmocka_unit_test(test_wrong_host_cryptogram),
        cmocka_unit_test(test_new_transport_keys),
        cmocka_unit_test(test_activation_and_debits),
        cmocka_unit_test(test_wrong_pins_until_blocked),
        cmocka_unit_test(test_pin_that_is_none),
        cmocka_unit_test(test_pin_reset),
        cmocka_unit_test(test_wrong_mac),
    };
    watch_begin();
    int failed = cmocka_run_group_tests_name("constant time", tests, NULL, NULL);
    watch_end();
    return failed;
}
