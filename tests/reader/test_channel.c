/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include "reader/scp03.h"
#include "reader/scp11_private.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

/* ---- SCP03: a published session, AES-128, S8, i=70, level 33 ---- */

static const struct line scp03_lines[] = {
    {"805030000806f85b77251bf79400", "a1a012430585513120853003709ce033fa78e6b10ddc2dbe8974c8b0de00082a9000"},
    {"8482330010b08d6ce26b6cb3ccb411cf0296eb7b1d", "9000"},
    {"84f22000185230ba64388b4a40e0b4da5cc1df51c285e4020d99d5aed1",
        "bd3292bfb1a23c4478e37292ba1edf438770ce472fb7611fbdbd1c981a27fa4780a81a95d93c05f9c4c94839ded0363cfea57ce2ecfb57"
        "2b"
        "26f3474daeebbabc202942381f9755f59000"},
    {"84f24000181819d47b42bbe6b9449bbc2bd43a090dac1f2f0a52d9f34b",
        "bb82442bb5cc8c839620615d1f163d3ddbc9357d68ef4bad997cfbb79a24c224a89488c44b25c3b23d489e4e58a309d438fdd6e453d0e0"
        "7216"
        "541fb142b977a3a7d4c4048bbe2bba068f04a0a4a9c50bad232f8ca8ea1f40e9000"},
};

static struct sbk_scp03_keys scp03_keys(void) {
    struct sbk_scp03_keys keys;
    bytes_of("1d72cd9283fd55162722c6beaa4dc187", keys.enc, 16);
    bytes_of("f4932ba02ffc3098d172790099d28382", keys.mac, 16);
    bytes_of("b4bdc610c3f6793708ff1132e2c5bf60", keys.dek, 16);
    return keys;
}

static const uint8_t scp03_challenge[] = {0x06, 0xF8, 0x5B, 0x77, 0x25, 0x1B, 0xF7, 0x94};

static void test_scp03(void **state) {
    struct script script = {scp03_lines, 3, 0};
    struct sbk_transport transport = transport_of(&script);
    struct sbk_scp03_keys keys = scp03_keys();
    struct sbk_scp03_offer offer;
    struct sbk_channel channel;
    struct sbk_answer answer;
    struct sbk_error error;
    const uint8_t search[] = {0x4F, 0x00};
    struct sbk_apdu command = {.cla = 0x80, .ins = 0xF2, .p1 = 0x20, .data = search, .size = 2, .ne = 256};
    (void)state;
    assert_int_equal(sbk_scp03_initialize(&transport, 0x30, scp03_challenge, &offer, &error), SBK_OK);
    assert_int_equal(offer.parameter, 0x70);
    assert_int_equal(sbk_scp03_authenticate(&transport, &offer, &keys, 0x33, &channel, &error), SBK_OK);
    assert_bytes(channel.enc, 16, "45aa38361c2d05306c4203b11a743ad9");
    assert_bytes(channel.mac, 16, "30ba0d745a51f10d717a086c11ee1fa0");
    assert_bytes(channel.rmac, 16, "b72af42e308a2e2caab8983ca7228778");
    assert_int_equal(sbk_channel_exchange(&channel, &command, &answer, &error), SBK_OK);
    assert_bytes(answer.data, answer.size,
        "08a00000015141434c010010a0000002202003010101000000000006010010a0000002202003010101000000000011010005a000000248"
        "0"
        "100");
    sbk_channel_close(&channel);
    assert_int_equal(sbk_channel_exchange(&channel, &command, &answer, &error), SBK_ENVIRONMENT);
}

static void test_scp03_wrong_key(void **state) {
    struct script script = {scp03_lines, 1, 0}; /* nothing may be sent after INITIALIZE UPDATE */
    struct sbk_transport transport = transport_of(&script);
    struct sbk_scp03_keys keys = scp03_keys();
    struct sbk_scp03_offer offer;
    struct sbk_channel channel;
    struct sbk_error error;
    (void)state;
    keys.mac[3] ^= 1;
    assert_int_equal(sbk_scp03_initialize(&transport, 0x30, scp03_challenge, &offer, &error), SBK_OK);
    assert_int_equal(sbk_scp03_authenticate(&transport, &offer, &keys, 0x33, &channel, &error), SBK_TAMPERED);
}

static void test_scp03_other_protocol(void **state) {
    static const char *const answers[] = {
        "a1a012430585513120853003719ce033fa78e6b10ddc2dbe8974c8b0de00082a9000", /* S16 */
        "a1a012430585513120853002709ce033fa78e6b10ddc2dbe8974c8b0de00082a9000", /* SCP02 */
        "a1a012430585513120853003609ce033fa78e6b10ddc2dbe8974c8b0de00082a9000", /* longer than i says */
        "a1a012430585513120853003709ce033fa78e6b10ddc2dbe8974c8b0de9000",       /* shorter */
        "a1a012430585513120853103709ce033fa78e6b10ddc2dbe8974c8b0de00082a9000", /* another key version */
        "9000",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        const struct line lines[] = {{NULL, answers[i]}};
        struct script script = {lines, 1, 0};
        struct sbk_transport transport = transport_of(&script);
        struct sbk_scp03_offer offer;
        struct sbk_error error;
        assert_int_equal(sbk_scp03_initialize(&transport, 0x30, scp03_challenge, &offer, &error), SBK_ENVIRONMENT);
        assert_string_equal(error.reason, SBK_REASON_CARD_ANSWER);
    }
}

static void test_response_mac(void **state) {
    struct line lines[3];
    char altered[512];
    struct sbk_scp03_keys keys = scp03_keys();
    const uint8_t search[] = {0x4F, 0x00};
    struct sbk_apdu command = {.cla = 0x80, .ins = 0xF2, .p1 = 0x20, .data = search, .size = 2, .ne = 256};
    (void)state;
    memcpy(altered, scp03_lines[2].answer, strlen(scp03_lines[2].answer) + 1);
    memcpy(lines, scp03_lines, sizeof lines);
    lines[2].answer = altered;
    /* every nibble of data, MAC and status word; an error's status word is bare and therefore no answer to believe */
    for (size_t i = 0; altered[i] != 0; i++) {
        struct script script = {lines, 3, 0};
        struct sbk_transport transport = transport_of(&script);
        struct sbk_scp03_offer offer;
        struct sbk_channel channel;
        struct sbk_answer answer;
        struct sbk_error error;
        char kept = altered[i];
        altered[i] = kept == '0' ? '1' : '0';
        assert_int_equal(sbk_scp03_initialize(&transport, 0x30, scp03_challenge, &offer, &error), SBK_OK);
        assert_int_equal(sbk_scp03_authenticate(&transport, &offer, &keys, 0x33, &channel, &error), SBK_OK);
        sbk_result result = sbk_channel_exchange(&channel, &command, &answer, &error);
        assert_true(result == SBK_TAMPERED || result == SBK_ENVIRONMENT ||
                    (result == SBK_OK && answer.status != 0x9000 && answer.size == 0));
        assert_true(result == SBK_OK || !channel.open);
        altered[i] = kept;
        sbk_channel_close(&channel);
    }
}

/* ---- SCP11a: tests/data/scp11.txt ---- */

static EVP_PKEY *key_of(const char *private_hex, const char *public_hex) {
    uint8_t d[32];
    uint8_t point[65];
    EVP_PKEY *key = NULL;
    bytes_of(private_hex, d, sizeof d);
    bytes_of(public_hex, point, sizeof point);
    BIGNUM *number = BN_bin2bn(d, sizeof d, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    assert_true(OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0));
    assert_true(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number));
    assert_true(OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point));
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params), 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    BN_free(number);
    return key;
}

#define CARD_POINT                                                                                                     \
    "04dd403d7a620cc65f6d4469c3e1ae5459abf06582ef36f8ed2dc2af98b6e674e36195d1d63e7f180d91b392db943937f5c380b8776c1d64" \
    "57cdb6f95c1c715683"

/* Z's second half: the static keys' agreement, as the vector gives it. */
static sbk_result agree(
    void *context, const uint8_t point[SBK_POINT_SIZE], uint8_t secret[32], struct sbk_error *error) {
    uint8_t expected[65];
    (void)context;
    (void)error;
    bytes_of(CARD_POINT, expected, sizeof expected);
    assert_memory_equal(point, expected + 1, SBK_POINT_SIZE);
    bytes_of("fc8d67c3bafc49e64fa7bd1073012fbca56e9db839256d2146b6be20eaecba40", secret, 32);
    return SBK_OK;
}

#define EPHEMERAL                                                                                                      \
    "046f6780941a4792357d49de448386712e79a257d02825715a5ce91efe8683aef9b41730176416b89e17fdea173aed6646ff0daef457e6a2" \
    "f93a26f96e44897a62"
#define CARD_EPHEMERAL                                                                                                 \
    "5f494104261498356abfecb1ee0daf3971412b1827ea7c4f5e88586fbbfe652637a3d4a685a4e2eab2c5a3146753f101187ef349050b18a1" \
    "df141c9cd2a12a8cc0309782"

static sbk_result open_scp11(struct script *script, struct sbk_transport *transport, uint8_t usage,
    struct sbk_channel *channel, struct sbk_error *error) {
    EVP_PKEY *ephemeral = key_of("dc4664e8927193e399ea87c22656679ff2d8645c04de50c045cd4feb7515fd02", EPHEMERAL);
    struct sbk_scp11_terminal terminal = {.agree = agree};
    uint8_t card[65];
    *transport = transport_of(script);
    bytes_of(CARD_POINT, card, sizeof card);
    sbk_result result =
        sbk_scp11_authenticate_with(transport, 3, &terminal, ephemeral, card + 1, usage, channel, error);
    EVP_PKEY_free(ephemeral);
    return result;
}

static void run_two_commands(struct sbk_channel *channel) {
    uint8_t data[20];
    struct sbk_apdu get = {.cla = 0x80, .ins = 0xCA, .p1 = 0x00, .p2 = 0xE0, .ne = 256};
    struct sbk_apdu store = {.cla = 0x80, .ins = 0xE2, .p1 = 0x90, .data = data, .size = sizeof data};
    struct sbk_answer answer;
    struct sbk_error error;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)i;
    assert_int_equal(sbk_channel_exchange(channel, &get, &answer, &error), SBK_OK);
    assert_bytes(answer.data, answer.size, "e006c00401ff8810");
    assert_int_equal(sbk_channel_exchange(channel, &store, &answer, &error), SBK_OK);
    assert_int_equal(answer.status, 0x9000);
    assert_int_equal(answer.size, 0);
}

static void test_scp11(void **state) {
    static const struct line full[] = {{"8082031153a60d9002110195013c8001888101105f4941" EPHEMERAL,
                                           CARD_EPHEMERAL "86101d53e5dc40533b1c2d34f4a2d179edcd9000"},
        {"84ca00e00849428e3f35b0990a", "680fe2bfb56e8f3ea75d919298f91fbda60d00e5c3d5e0229000"},
        {"84e2900028a5e2a74af4b03dd3e96d40453c20779a8e03103047386b8d4e874c604590125e3cca9477612d794d",
            "a429822ad0028ca39000"}};
    static const struct line mac[] = {{"8082031153a60d900211019501348001888101105f4941" EPHEMERAL,
                                          CARD_EPHEMERAL "861032d44125edde7acc71dbe182816f4cec9000"},
        {"84ca00e008e77e2ef957e77823", "e006c00401ff8810d1290ab94b9ba5319000"},
        {"84e290001c000102030405060708090a0b0c0d0e0f101112133784d82736000a17", "e576242d6286585e9000"}};
    struct script scripts[] = {{full, 3, 0}, {mac, 3, 0}};
    const uint8_t usages[] = {SBK_SCP11_USAGE_FULL, SBK_SCP11_USAGE_MAC};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct sbk_transport transport;
        struct sbk_channel channel;
        struct sbk_error error;
        assert_int_equal(open_scp11(&scripts[i], &transport, usages[i], &channel, &error), SBK_OK);
        run_two_commands(&channel);
        assert_int_equal(scripts[i].at, 3);
        sbk_channel_close(&channel);
    }
}

static void test_scp11_confirmation(void **state) {
    static const struct {
        const char *answer;
        sbk_result result;
    } cases[] = {
        {CARD_EPHEMERAL "86101d53e5dc40533b1c2d34f4a2d179edce9000", SBK_TAMPERED},
        {CARD_EPHEMERAL "860f1d53e5dc40533b1c2d34f4a2d179ed9000", SBK_ENVIRONMENT},
        {CARD_EPHEMERAL "86101d53e5dc40533b1c2d34f4a2d179edcd009000", SBK_ENVIRONMENT},
        {CARD_EPHEMERAL "9000", SBK_ENVIRONMENT},
        {"6a88", SBK_REFUSED},
        {"9000", SBK_ENVIRONMENT},
        /* a point that is not on the curve */
        {"5f494104261498356abfecb1ee0daf3971412b1827ea7c4f5e88586fbbfe652637a3d4a685a4e2eab2c5a3146753f101187ef349050b1"
         "8"
         "a1df141c9cd2a12a8cc030978386101d53e5dc40533b1c2d34f4a2d179edcd9000",
            SBK_TAMPERED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct line lines[] = {{NULL, cases[i].answer}};
        struct script script = {lines, 1, 0};
        struct sbk_transport transport;
        struct sbk_channel channel;
        struct sbk_error error;
        assert_int_equal(open_scp11(&script, &transport, SBK_SCP11_USAGE_FULL, &channel, &error), cases[i].result);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scp03),
        cmocka_unit_test(test_scp03_wrong_key),
        cmocka_unit_test(test_scp03_other_protocol),
        cmocka_unit_test(test_response_mac),
        cmocka_unit_test(test_scp11),
        cmocka_unit_test(test_scp11_confirmation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
