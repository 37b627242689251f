/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "applet/host/crypto.h"
#include "hex.h"

/* Known answers for whichever crypto this program is linked with. */

static void test_sha256(void **state) {
    (void)state;
    uint8_t out[32];
    struct sbk_port_sha256 hash;
    sbk_sha256((const uint8_t *)"abc", 3, out);
    hex_expect("abc", out, 32, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
    sbk_sha256(NULL, 0, out);
    hex_expect("empty", out, 32, "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855");
    sbk_port_sha256_init(&hash);
    sbk_port_sha256_update(&hash, (const uint8_t *)"a", 1);
    sbk_port_sha256_update(&hash, (const uint8_t *)"bc", 2);
    sbk_port_sha256_final(&hash, out);
    hex_expect("pieces", out, 32, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
}

/* RFC 4493 section 4. */
static void test_cmac(void **state) {
    (void)state;
    static const char *const message = "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51"
                                       "30C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710";
    static const struct {
        size_t size;
        const char *mac;
    } answers[] = {{0, "BB1D6929E95937287FA37D129B756746"}, {16, "070A16B46B4D4144F79BDD9DD04A287C"},
        {40, "DFA66747DE9AE63030CA32611497C827"}, {64, "51F0BEBF7E3B9D92FC49741779363CFE"}};
    uint8_t key[16];
    uint8_t data[64];
    uint8_t mac[16];
    hex_bytes("2B7E151628AED2A6ABF7158809CF4F3C", key, sizeof key);
    hex_bytes(message, data, sizeof data);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        sbk_cmac(key, data, answers[i].size, mac);
        hex_expect("whole", mac, 16, answers[i].mac);
        for (size_t split = 0; split <= answers[i].size; split++) {
            struct sbk_cmac cmac;
            sbk_cmac_init(&cmac, key);
            sbk_cmac_update(&cmac, data, split);
            sbk_cmac_update(&cmac, data + split, answers[i].size - split);
            sbk_cmac_final(&cmac, mac);
            hex_expect("split", mac, 16, answers[i].mac);
        }
    }
}

static void test_cbc(void **state) {
    (void)state;
    uint8_t key[16];
    uint8_t iv[16];
    uint8_t data[32];
    hex_bytes("2B7E151628AED2A6ABF7158809CF4F3C", key, sizeof key);
    hex_bytes("000102030405060708090A0B0C0D0E0F", iv, sizeof iv);
    hex_bytes("6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51", data, sizeof data);
    sbk_port_aes_cbc_encrypt(key, iv, data, sizeof data);
    hex_expect("encrypted", data, 32, "7649ABAC8119B246CEE98E9B12E9197D5086CB9B507219EE95DB113A917678B2");
    sbk_port_aes_cbc_decrypt(key, iv, data, sizeof data);
    hex_expect("decrypted", data, 32, "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51");
}

static void test_padding(void **state) {
    (void)state;
    uint8_t data[48];
    for (size_t size = 0; size <= 32; size++) {
        memset(data, 0x80, sizeof data);
        size_t padded = sbk_pad(data, size);
        assert_int_equal(padded % 16, 0);
        assert_true(padded > size && padded <= size + 16);
        assert_int_equal(sbk_unpad(data, padded), size);
    }
    memset(data, 0, sizeof data);
    assert_true(sbk_unpad(data, 32) == SIZE_MAX);
    data[8] = 0x80; /* more than a block of padding */
    assert_true(sbk_unpad(data, 32) == SIZE_MAX);
    assert_true(sbk_unpad(data, 0) == SIZE_MAX);
}

/* First line of the SCP03 derivation vectors, 256 bits out of a 128-bit key. */
static void test_scp03_derivation(void **state) {
    (void)state;
    uint8_t key[16] = {0};
    uint8_t context[16] = {0};
    uint8_t out[32];
    sbk_scp03_derive(key, 0x01, context, out, 32);
    hex_expect("derived", out, 32, "329C873894717F6D545C755D175AE7ECDAB085DE2592FC3B9218A7FD77005E31");
}

static void test_agreement(void **state) {
    (void)state;
    static const char *const secret = "7D7DC5F71EB29DDAF80D6214632EEAE03D9058AF1FB6D22ED80BADB62BC1A534";
    uint8_t scalar[32];
    uint8_t point[64];
    uint8_t own[64];
    uint8_t x[32];
    hex_bytes(secret, scalar, sizeof scalar);
    /* NIST CAVS ECC CDH P-256, count 0 */
    hex_bytes("700C48F77F56584C5CC632CA65640DB91B6BACCE3A4DF6B42CE7CC838833D287"
              "DB71E509E3FD9B060DDB20BA5C51DCC5948D46FBF640DFE0441782CAB85FA4AC",
        point, sizeof point);
    assert_true(sbk_port_p256_public(scalar, own));
    hex_expect("public", own, 64,
        "EAD218590119E8876B29146FF89CA61770C4EDBBF97D38CE385ED281D8A6B230"
        "28AF61281FD35E2FA7002523ACC85A429CB06EE6648325389F59EDFCE1405141");
    assert_true(sbk_port_p256_agree(scalar, point, x));
    hex_expect("shared", x, 32, "46FC62106420FF012E54A434FBDD2D25CCC5852060561E68040DD7778997BD7B");
    point[63] ^= 1;
    assert_false(sbk_port_p256_agree(scalar, point, x));
    memset(point, 0, sizeof point);
    assert_false(sbk_port_p256_agree(scalar, point, x));
}

static void test_scalar_range(void **state) {
    (void)state;
    uint8_t scalar[32] = {0};
    uint8_t point[64];
    uint8_t hash[32] = {1};
    uint8_t signature[64];
    assert_false(sbk_port_p256_public(scalar, point));
    assert_false(sbk_port_p256_sign(scalar, hash, signature));
    hex_bytes("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", scalar, sizeof scalar);
    assert_false(sbk_port_p256_public(scalar, point));
    scalar[31]--;
    assert_true(sbk_port_p256_public(scalar, point));
    memset(scalar, 0xFF, sizeof scalar);
    assert_false(sbk_port_p256_public(scalar, point));
    assert_false(sbk_port_p256_sign(scalar, hash, signature));
}

static void test_signature(void **state) {
    (void)state;
    uint8_t scalar[32] = {[31] = 5};
    uint8_t point[64];
    uint8_t hash[32];
    uint8_t signature[64];
    sbk_sha256((const uint8_t *)"sembako", 7, hash);
    assert_true(sbk_port_p256_public(scalar, point));
    assert_true(sbk_port_p256_sign(scalar, hash, signature));
    assert_true(sbk_port_p256_verify(point, hash, signature));
    for (size_t i = 0; i < sizeof signature; i++) {
        signature[i] ^= 0x10;
        assert_false(sbk_port_p256_verify(point, hash, signature));
        signature[i] ^= 0x10;
    }
    hash[0] ^= 1;
    assert_false(sbk_port_p256_verify(point, hash, signature));
    hash[0] ^= 1;
    memset(signature, 0, sizeof signature);
    assert_false(sbk_port_p256_verify(point, hash, signature));
    point[0] ^= 1;
    assert_false(sbk_port_p256_verify(point, hash, signature));
}

/* The GlobalPlatform certificate of GPPN's test (secure-channel.md 6.8): its signature by the CA's point. */
static void test_published_certificate(void **state) {
    (void)state;
    uint8_t point[64];
    uint8_t body[256];
    uint8_t hash[32];
    uint8_t signature[64];
    hex_bytes("7E0D5C818E2B34C61247E0C58F27411C0BA782DC395B818FC5AE1F1BD9382D4B"
              "DB4CB2D43397650436F9C2D63668F3550877B7968370F321B07639E408AAA48D",
        point, sizeof point);
    size_t size = hex_bytes("9304010203044208A0000001510000005F2008A000000151535041950200805F2504202601015F24042036"
                            "12317F4946B04104951CEEA4AA1DAFEEE5CB52527C8362BF8639BAFB34DDF9D02FE242DC8D53AFB86EB97"
                            "7F00753A58A2592466EF5DFAD091BA4689D5FD6735CD6884FC39DBB7FEDF00100",
        body, sizeof body);
    hex_bytes("392E53D1FC0715DE9769BF7D758A3188DAF80459D5342246751394E7E67A0B8D"
              "1511A0BA96AF384E96E23FDC93B538F9E3B3B6F021100A4CE141EDD467A949B6",
        signature, sizeof signature);
    sbk_sha256(body, size, hash);
    assert_true(sbk_port_p256_verify(point, hash, signature));
}

static void test_equal(void **state) {
    (void)state;
    assert_true(sbk_equal((const uint8_t *)"abc", (const uint8_t *)"abc", 3));
    assert_false(sbk_equal((const uint8_t *)"abc", (const uint8_t *)"abd", 3));
    assert_false(sbk_equal((const uint8_t *)"\x01", (const uint8_t *)"\x81", 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_cmac),
        cmocka_unit_test(test_cbc),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_scp03_derivation),
        cmocka_unit_test(test_agreement),
        cmocka_unit_test(test_scalar_range),
        cmocka_unit_test(test_signature),
        cmocka_unit_test(test_published_certificate),
        cmocka_unit_test(test_equal),
    };
    return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
