/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "applet/host/crypto.h"
#include "hex.h"

/* Wycheproof's vectors through the card's crypto. They are not part of the project: skipped where the folder is absent.
 */

#define DATA_MAX 8192

static json_t *load(const char *name) {
    char path[600];
    const char *source = getenv("SBK_SOURCE");
    snprintf(path, sizeof path, "%s/../shared/vectors/wycheproof/%s", source != NULL ? source : ".", name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        print_message("# %s is not here\n", path);
        skip();
    }
    json_t *root = json_loadf(file, 0, NULL);
    fclose(file);
    assert_non_null(root);
    return root;
}

static const char *text(const json_t *object, const char *key) {
    const char *value = json_string_value(json_object_get(object, key));
    assert_non_null(value);
    return value;
}

static size_t bytes(const json_t *object, const char *key, uint8_t *out) {
    return hex_bytes(text(object, key), out, DATA_MAX);
}

/* Judges one case: "acceptable" may go either way. Returns 1 if it counted. */
static int judge(const json_t *test, bool accepted) {
    const char *result = text(test, "result");
    if (strcmp(result, "acceptable") != 0 && accepted != (strcmp(result, "valid") == 0))
        fail_msg("case %d (%s): %s", (int)json_integer_value(json_object_get(test, "tcId")), text(test, "comment"),
            accepted ? "accepted" : "refused");
    return 1;
}

static void test_aes_cmac(void **state) {
    (void)state;
    static uint8_t message[DATA_MAX];
    static uint8_t key[DATA_MAX];
    static uint8_t tag[DATA_MAX];
    uint8_t mac[16];
    json_t *root = load("aes_cmac_test.json");
    json_t *group;
    json_t *test;
    size_t i;
    size_t k;
    int counted = 0;
    json_array_foreach(json_object_get(root, "testGroups"), i, group) {
        json_array_foreach(json_object_get(group, "tests"), k, test) {
            size_t size = bytes(test, "msg", message);
            size_t tag_size = bytes(test, "tag", tag);
            /* The card knows AES-128 only. */
            if (bytes(test, "key", key) != 16)
                continue;
            sbk_cmac(key, message, size, mac);
            counted += judge(test, tag_size <= 16 && tag_size > 0 && sbk_equal(mac, tag, tag_size));
        }
    }
    json_decref(root);
    print_message("# %d cases\n", counted);
    assert_true(counted > 50);
}

/* The scalar of a case as 32 bytes; longer ones carry leading zeros. */
static bool scalar_of_case(const json_t *test, uint8_t scalar[32]) {
    static uint8_t raw[DATA_MAX];
    size_t size = bytes(test, "private", raw);
    size_t skip_zeros = 0;
    while (size - skip_zeros > 32 && raw[skip_zeros] == 0)
        skip_zeros++;
    if (size - skip_zeros > 32)
        return false;
    memset(scalar, 0, 32);
    memcpy(scalar + 32 - (size - skip_zeros), raw + skip_zeros, size - skip_zeros);
    return true;
}

static void test_ecdh(void **state) {
    (void)state;
    static uint8_t point[DATA_MAX];
    static uint8_t shared[DATA_MAX];
    uint8_t scalar[32];
    uint8_t x[32];
    json_t *root = load("ecdh_secp256r1_ecpoint_test.json");
    json_t *group;
    json_t *test;
    size_t i;
    size_t k;
    int counted = 0;
    json_array_foreach(json_object_get(root, "testGroups"), i, group) {
        json_array_foreach(json_object_get(group, "tests"), k, test) {
            size_t size = bytes(test, "public", point);
            /* The card takes 04 X Y only; its callers refuse every other form by its size or first byte. */
            bool accepted = size == 65 && point[0] == 0x04 && scalar_of_case(test, scalar) &&
                            sbk_port_p256_agree(scalar, point + 1, x);
            if (size == 33)
                continue;
            if (accepted) {
                assert_int_equal(bytes(test, "shared", shared), 32);
                accepted = sbk_equal(x, shared, 32);
            }
            counted += judge(test, accepted);
        }
    }
    json_decref(root);
    print_message("# %d cases\n", counted);
    assert_true(counted > 150);
}

static void test_ecdsa(void **state) {
    (void)state;
    static uint8_t message[DATA_MAX];
    static uint8_t signature[DATA_MAX];
    static uint8_t point[DATA_MAX];
    uint8_t hash[32];
    json_t *root = load("ecdsa_secp256r1_sha256_p1363_test.json");
    json_t *group;
    json_t *test;
    size_t i;
    size_t k;
    int counted = 0;
    json_array_foreach(json_object_get(root, "testGroups"), i, group) {
        json_t *key = json_object_get(group, "publicKey");
        if (key == NULL)
            key = json_object_get(group, "key");
        assert_int_equal(bytes(key, "uncompressed", point), 65);
        json_array_foreach(json_object_get(group, "tests"), k, test) {
            size_t size = bytes(test, "msg", message);
            size_t signature_size = bytes(test, "sig", signature);
            sbk_sha256(message, size, hash);
            counted += judge(test, signature_size == 64 && sbk_port_p256_verify(point + 1, hash, signature));
        }
    }
    json_decref(root);
    print_message("# %d cases\n", counted);
    assert_true(counted > 150);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aes_cmac),
        cmocka_unit_test(test_ecdh),
        cmocka_unit_test(test_ecdsa),
    };
    return cmocka_run_group_tests_name("wycheproof", tests, NULL, NULL);
}
