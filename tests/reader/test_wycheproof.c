/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ec.h>

#include "keys/backend.h"
#include "keys/crypto.h"
#include "reader/receipt.h"
#include "tests/harness/wycheproof.h"

/*
 * Wycheproof's vectors through the host's crypto: what verifies certificates, records and receipts, what agrees on
 * session keys, what computes MACs.
 */

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
    if (wycheproof_bytes(test, "key", key) != 16)
        return WYCHEPROOF_NOT_OURS;
    assert_int_equal(sbk_aes_cmac(key, message, size, mac, NULL), SBK_OK);
    return answer_of(tag_size == 16 && memcmp(mac, tag, tag_size) == 0);
}

static void test_aes_cmac(void **state) {
    (void)state;
    wycheproof_run("aes_cmac_test.json", ask_aes_cmac, 100);
}

/* A key of a store whose scalar is that of the case, without leading zeros; its public part does not matter here. */
static void *key_of_case(const json_t *test) {
    static uint8_t raw[WYCHEPROOF_MAX];
    struct sbk_key_info info = {.algorithm = SBK_ALGORITHM_P256};
    struct sbk_secret plain = SBK_SECRET_EMPTY;
    void *state = NULL;
    const size_t size = wycheproof_bytes(test, "private", raw);
    EVP_PKEY *any = EVP_EC_gen("P-256");
    assert_int_equal(sbk_pkey_point(any, info.public_part, NULL), SBK_OK);
    EVP_PKEY_free(any);
    info.public_size = SBK_POINT_SIZE;
    assert_int_equal(sbk_secret_copy(&plain, raw, size, NULL), SBK_OK);
    assert_int_equal(sbk_software_open(&info, &plain, &state, NULL), SBK_OK);
    sbk_secret_free(&plain);
    return state;
}

static enum wycheproof_answer ask_ecdh(const json_t *group, const json_t *test) {
    static uint8_t public_key[WYCHEPROOF_MAX];
    static uint8_t shared[WYCHEPROOF_MAX];
    uint8_t point[SBK_POINT_SIZE];
    uint8_t x[SBK_HASH_SIZE];
    (void)group;
    const size_t size = wycheproof_bytes(test, "public", public_key);
    /* Points come as 04 X Y, or compressed out of certificates; parsers refuse every other form. */
    bool agreed = false;
    if (size == 1 + SBK_POINT_SIZE && public_key[0] == 0x04) {
        memcpy(point, public_key + 1, SBK_POINT_SIZE);
        agreed = true;
    } else if (size == SBK_COMPRESSED_SIZE) {
        agreed = sbk_point_decompress(public_key, point, NULL) == SBK_OK;
    }
    if (agreed) {
        void *key = key_of_case(test);
        agreed = sbk_software_backend.agree(key, point, x, NULL) == SBK_OK;
        sbk_software_backend.close(key);
    }
    if (agreed)
        assert_int_equal(wycheproof_bytes(test, "shared", shared), SBK_HASH_SIZE);
    return answer_of(agreed && memcmp(x, shared, SBK_HASH_SIZE) == 0);
}

static void test_ecdh(void **state) {
    (void)state;
    wycheproof_run("ecdh_secp256r1_ecpoint_test.json", ask_ecdh, 355);
}

/* One signature in every way in which the host may meet it; all must say the same. */
static bool verifies(const uint8_t point[SBK_POINT_SIZE], const uint8_t *message, size_t size,
    const uint8_t signature[SBK_SIGNATURE_SIZE]) {
    static uint8_t record[WYCHEPROOF_MAX + SBK_SIGNATURE_SIZE];
    uint8_t compressed[SBK_COMPRESSED_SIZE];
    struct sbk_receipt receipt = {.entry = {.counter = 1}};
    struct sbk_verifier *verifier = NULL;
    const sbk_result result = sbk_verify_bytes(point, message, size, signature, NULL);
    assert_true(result == SBK_OK || result == SBK_TAMPERED);

    assert_int_equal(sbk_sha256(message, size, receipt.hash, NULL), SBK_OK);
    memcpy(receipt.signature, signature, SBK_SIGNATURE_SIZE);
    assert_int_equal(sbk_verifier_new(&verifier, point, NULL), SBK_OK);
    assert_int_equal(sbk_verifier_check(verifier, receipt.hash, signature, NULL), result);
    sbk_verifier_free(&verifier);

    assert_int_equal(sbk_receipt_verify_point(&receipt, point, NULL), result);
    assert_int_equal(sbk_point_compress(point, compressed, NULL), SBK_OK);
    assert_int_equal(sbk_receipt_verify(&receipt, compressed, NULL), result);

    memcpy(record, message, size);
    memcpy(record + size, signature, SBK_SIGNATURE_SIZE);
    /* An empty record is refused by its size. */
    assert_int_equal(
        sbk_verify_record(point, record, size + SBK_SIGNATURE_SIZE, NULL), size > 0 ? result : SBK_TAMPERED);
    return result == SBK_OK;
}

static enum wycheproof_answer ask_ecdsa(const json_t *group, const json_t *test) {
    static uint8_t message[WYCHEPROOF_MAX];
    static uint8_t signature[WYCHEPROOF_MAX];
    static uint8_t point[WYCHEPROOF_MAX];
    assert_int_equal(wycheproof_bytes(json_object_get(group, "publicKey"), "uncompressed", point), 1 + SBK_POINT_SIZE);
    const size_t size = wycheproof_bytes(test, "msg", message);
    /* Parsers take 64 bytes and refuse everything else. */
    const bool whole = wycheproof_bytes(test, "sig", signature) == SBK_SIGNATURE_SIZE;
    return answer_of(whole && verifies(point + 1, message, size, signature));
}

static void test_ecdsa(void **state) {
    (void)state;
    wycheproof_run("ecdsa_secp256r1_sha256_p1363_test.json", ask_ecdsa, 262);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aes_cmac),
        cmocka_unit_test(test_ecdh),
        cmocka_unit_test(test_ecdsa),
    };
    return cmocka_run_group_tests_name("wycheproof", tests, NULL, NULL);
}
