/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "applet/host/crypto.h"
#include "tests/harness/wycheproof.h"

/* Wycheproof's vectors through the card's crypto, once for each back end. */

static enum wycheproof_answer answer_of(bool accepted) {
    return accepted ? WYCHEPROOF_ACCEPTED : WYCHEPROOF_REFUSED;
}

static enum wycheproof_answer ask_aes_cmac(const json_t *group, const json_t *test) {
    static uint8_t message[WYCHEPROOF_MAX];
    static uint8_t key[WYCHEPROOF_MAX];
    static uint8_t tag[WYCHEPROOF_MAX];
    uint8_t mac[16];
    (void)group;
    const size_t size = wycheproof_bytes(test, "msg", message);
    const size_t tag_size = wycheproof_bytes(test, "tag", tag);
    /* The card knows AES-128 only. */
    if (wycheproof_bytes(test, "key", key) != 16)
        return WYCHEPROOF_NOT_OURS;
    sbk_cmac(key, message, size, mac);
    return answer_of(tag_size <= 16 && tag_size > 0 && sbk_equal(mac, tag, tag_size));
}

static void test_aes_cmac(void **state) {
    (void)state;
    wycheproof_run("aes_cmac_test.json", ask_aes_cmac, 100);
}

/* The scalar of a case as 32 bytes; longer ones carry leading zeros. */
static bool scalar_of_case(const json_t *test, uint8_t scalar[32]) {
    static uint8_t raw[WYCHEPROOF_MAX];
    const size_t size = wycheproof_bytes(test, "private", raw);
    size_t skip_zeros = 0;
    while (size - skip_zeros > 32 && raw[skip_zeros] == 0)
        skip_zeros++;
    if (size - skip_zeros > 32)
        return false;
    memset(scalar, 0, 32);
    memcpy(scalar + 32 - (size - skip_zeros), raw + skip_zeros, size - skip_zeros);
    return true;
}

static enum wycheproof_answer ask_ecdh(const json_t *group, const json_t *test) {
    static uint8_t point[WYCHEPROOF_MAX];
    static uint8_t shared[WYCHEPROOF_MAX];
    uint8_t scalar[32];
    uint8_t x[32];
    (void)group;
    const size_t size = wycheproof_bytes(test, "public", point);
    /* The card takes 04 X Y only; its callers refuse every other form by its size or first byte. */
    if (size == 33)
        return WYCHEPROOF_NOT_OURS;
    const bool agreed =
        size == 65 && point[0] == 0x04 && scalar_of_case(test, scalar) && sbk_port_p256_agree(scalar, point + 1, x);
    if (agreed)
        assert_int_equal(wycheproof_bytes(test, "shared", shared), 32);
    return answer_of(agreed && sbk_equal(x, shared, 32));
}

static void test_ecdh(void **state) {
    (void)state;
    wycheproof_run("ecdh_secp256r1_ecpoint_test.json", ask_ecdh, 300);
}

static enum wycheproof_answer ask_ecdsa(const json_t *group, const json_t *test) {
    static uint8_t message[WYCHEPROOF_MAX];
    static uint8_t signature[WYCHEPROOF_MAX];
    static uint8_t point[WYCHEPROOF_MAX];
    uint8_t hash[32];
    assert_int_equal(wycheproof_bytes(json_object_get(group, "publicKey"), "uncompressed", point), 65);
    const size_t size = wycheproof_bytes(test, "msg", message);
    const size_t signature_size = wycheproof_bytes(test, "sig", signature);
    sbk_sha256(message, size, hash);
    return answer_of(signature_size == 64 && sbk_port_p256_verify(point + 1, hash, signature));
}

static void test_ecdsa(void **state) {
    (void)state;
    wycheproof_run("ecdsa_secp256r1_sha256_p1363_test.json", ask_ecdsa, 250);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aes_cmac),
        cmocka_unit_test(test_ecdh),
        cmocka_unit_test(test_ecdsa),
    };
    return cmocka_run_group_tests_name("wycheproof", tests, NULL, NULL);
}
