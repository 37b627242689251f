/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "applet/host/applet.h"
#include "applet/host/messaging.h"
#include "hex.h"

/* Published sessions (secure-channel.md section 6) and our own vectors (tests/data/scp11.txt), seen from the card. */

static struct sbk_messaging messaging;

/* Takes a protected short APDU with data and expects it to open to plain. */
static void opens(const char *apdu, const char *plain) {
    uint8_t bytes[300];
    size_t size = hex_bytes(apdu, bytes, sizeof bytes);
    struct sbk_messaging_header header = {.long_length = false};
    memcpy(header.bytes, bytes, 4);
    assert_true(size >= 5u + bytes[4]);
    size = bytes[4];
    assert_true(sbk_messaging_unwrap(&messaging, &header, bytes + 5, &size));
    hex_expect("command", bytes + 5, size, plain);
}

/* Protects a response of 9000 and expects these bytes before the status word. */
static void answers(const char *plain, const char *protected) {
    uint8_t bytes[300];
    size_t size = hex_bytes(plain, bytes, sizeof bytes);
    sbk_messaging_wrap(&messaging, bytes, &size, 0x9000);
    hex_expect("response", bytes, size, protected);
}

/* Derives session keys; checks both cryptograms against the published ones. */
static void scp03(const char *enc, const char *mac, const char *host, const char *card, const char *card_cryptogram,
    const char *host_cryptogram) {
    uint8_t key_enc[16];
    uint8_t key_mac[16];
    uint8_t context[16];
    uint8_t out[8];
    memset(&messaging, 0, sizeof messaging);
    hex_bytes(enc, key_enc, sizeof key_enc);
    hex_bytes(mac, key_mac, sizeof key_mac);
    hex_bytes(host, context, 8);
    hex_bytes(card, context + 8, 8);
    sbk_scp03_derive(key_enc, 0x04, context, messaging.enc, 16);
    sbk_scp03_derive(key_mac, 0x06, context, messaging.mac, 16);
    sbk_scp03_derive(key_mac, 0x07, context, messaging.rmac, 16);
    sbk_scp03_derive(messaging.mac, 0x00, context, out, 8);
    hex_expect("card cryptogram", out, 8, card_cryptogram);
    sbk_scp03_derive(messaging.mac, 0x01, context, out, 8);
    hex_expect("host cryptogram", out, 8, host_cryptogram);
    messaging.level = SBK_LEVEL_C_MAC;
}

static void test_scp03_level_33(void **state) {
    (void)state;
    scp03("1D72CD9283FD55162722C6BEAA4DC187", "F4932BA02FFC3098D172790099D28382", "06F85B77251BF794",
        "9CE033FA78E6B10D", "DC2DBE8974C8B0DE", "B08D6CE26B6CB3CC");
    hex_expect("S-ENC", messaging.enc, 16, "45AA38361C2D05306C4203B11A743AD9");
    hex_expect("S-MAC", messaging.mac, 16, "30BA0D745A51F10D717A086C11EE1FA0");
    hex_expect("S-RMAC", messaging.rmac, 16, "B72AF42E308A2E2CAAB8983CA7228778");
    opens("8482330010B08D6CE26B6CB3CCB411CF0296EB7B1D", "B08D6CE26B6CB3CC");
    hex_expect("C-MAC", messaging.chaining, 16, "B411CF0296EB7B1D0E1069E0CA4EE0B6");
    messaging.level = SBK_LEVEL_FULL;
    opens("84F22000185230BA64388B4A40E0B4DA5CC1DF51C285E4020D99D5AED1", "4F00");
    answers("08A00000015141434C010010A0000002202003010101000000000006010010A0000002202003010101000000000011010005A000"
            "0002480100",
        "BD3292BFB1A23C4478E37292BA1EDF438770CE472FB7611FBDBD1C981A27FA4780A81A95D93C05F9C4C94839DED0363CFEA57CE2ECFB"
        "572B26F3474DAEEBBABC202942381F9755F5");
    opens("84F24000181819D47B42BBE6B9449BBC2BD43A090DAC1F2F0A52D9F34B", "4F00");
    answers(
        "0AA9A8A7A6A5A4A3A2A1A00F800AA0A1A2A3A4A5A6A7A8A9070009A00000015141434C00070010A0000002202003010301000000000011"
        "070007A00000024804000700",
        "BB82442BB5CC8C839620615D1F163D3DDBC9357D68EF4BAD997CFBB79A24C224A89488C44B25C3B23D489E4E58A309D438FDD6E453D0"
        "E07216541FB142B977A3A7D4C4048BBE2BA068F04A0A4A9C50BAD232F8CA8EA1F40E");
    /* The third published response is padded to two blocks by its maker; the command is good. */
    opens("84F280001809F07C3DF47956B1052951FA28211BA7BABC05C321D9B3BF", "4F00");
}

static void test_scp03_jcop4_mac_only(void **state) {
    (void)state;
    scp03("404142434445464748494A4B4C4D4E4F", "404142434445464748494A4B4C4D4E4F", "0102030405060708",
        "734ECDCA19E446A3", "0BC253BCE97DB991", "A5E66CD1A836E3A4");
    opens("8482010010A5E66CD1A836E3A47CD3B3F7B689AE8F", "A5E66CD1A836E3A4");
}

static void test_scp03_level_03(void **state) {
    (void)state;
    static const char *const wrapped[] = {"84F2200218705C4D16C7BAC5496AEE0ED9963222455472F3CFAC97BCCA00",
        "84F240021834AF0FEDDAE7C07308600587E1B1E6EC87811520D9A6AAAD00",
        "84F28002188D6CFE9EB359EACB9594D8EC161E45C10ED0138E34A10BF300",
        "84F21002183D98B6DE9CBF3905EAE4FAF5E141C58DAB7013D1076745C700"};
    static const char *const enc = "F995D0A069335C7DF42E590317FFEA6D";
    static const char *const mac = "58563362EC5A4541ABCD32B34B1EAE7D";
    scp03(enc, mac, "B2BDE1A2DC66BD56", "C40932A6FEFEAEB2", "E127185170F45FCA", "59D54D932423D29F");
    hex_expect("S-ENC", messaging.enc, 16, "9B841BB63D1087484FF7F16802017243");
    hex_expect("S-MAC", messaging.mac, 16, "8117FE5ADED74AC0DAABE9FB81DBDB67");
    hex_expect("S-RMAC", messaging.rmac, 16, "4521D75E4D6F60DBFB8AB4EE254EF6F1");
    opens("848203001059D54D932423D29F6313C970875F8C2F", "59D54D932423D29F");
    messaging.level = SBK_LEVEL_C_MAC | SBK_LEVEL_C_DEC;
    opens("84E400801829F06AEC3180B3EFE91FF662310B945DE0D5FE66AD67A5B6", "4F08A00100015141434C");

    scp03(enc, mac, "DA2390D378D94B0A", "A7EFE2BFDB3A27A6", "EAE3FF0EA0D17524", "953EEC5B4A81BF39");
    opens("8482030010953EEC5B4A81BF393ADC2ADFD638827A", "953EEC5B4A81BF39");
    messaging.level = SBK_LEVEL_C_MAC | SBK_LEVEL_C_DEC;
    for (size_t i = 0; i < sizeof wrapped / sizeof wrapped[0]; i++) {
        opens(wrapped[i], "4F00");
        answers("0102", "0102");
    }
}

static void test_single_values(void **state) {
    (void)state;
    uint8_t context[16];
    uint8_t out[8];
    memset(&messaging, 0, sizeof messaging);
    messaging.level = SBK_LEVEL_C_MAC | SBK_LEVEL_R_MAC;
    hex_bytes("404142434445464748494A4B4C4D4E4F", messaging.mac, 16);
    hex_bytes("CB85E66F9DD7C009CB85E66F9DD7C009", messaging.chaining, 16);
    opens("00FD00000806E58094D47D8908", "");
    hex_bytes("38C0C6E3D0B6AED40FBB420B51399081", messaging.rmac, 16);
    hex_bytes("53C2C04391250CCEC0213FF68C877EDA", messaging.chaining, 16);
    answers("5F67E9E059DF3C52809DC9F6DDFBEF3E", "5F67E9E059DF3C52809DC9F6DDFBEF3E4C45691B2C8CDDD8");
    hex_bytes("FC90AA67CDC5DABFD5051663045DFA23", messaging.mac, 16);
    hex_bytes("360CB43F4301B894CAAFA4DAC615236A", context, 16);
    sbk_scp03_derive(messaging.mac, 0x01, context, out, 8);
    hex_expect("host cryptogram", out, 8, "45330AB30BB1A079");
}

/* Key derivation, key confirmation and first command of the published SCP11a session. */
static void test_scp11a_published(void **state) {
    (void)state;
    uint8_t shared[64];
    uint8_t keys[80];
    uint8_t request[83];
    uint8_t reply[68];
    struct sbk_cmac cmac;
    hex_bytes("3FBA9CC3AAD3F57736E3C339F28F84FCCC9ECF78BDE33ACBE783A43C7FDEE71A"
              "7C7306E02B167A061DBD9EA1F0438C4C3895D375389ED2CED7C2A1115B46084C",
        shared, sizeof shared);
    sbk_scp11_derive(shared, SBK_USAGE_FULL, keys);
    hex_expect("keys", keys, 80,
        "72C54B9C68A196B6EDA4B0F9CF7733FE4C6B3E83965B676F0A52B42FCEB3B2D34CBBF2F343596805B47D8DFBEF766C43"
        "7922CCFB7DED0806B53D81EEA29A01D86D659C4AD557C2CE400EB38BF7FD1725");
    hex_bytes("A60D9002110195013C8001888101105F49410470B0BD7863E90E32DA5401188354D1F41999442FDFDCBA7472B7F1E5DBBF8A32"
              "F92D9D4F9D55C60D57D39BD6D7973306CEA55F7A86884096651A9CCAC8239C92",
        request, sizeof request);
    hex_bytes("5F49410492CAFD79D7E39EA433611E9AAD9742D85B3BD06F3D6055D7CDE28FC44D0AB556BC0F94D2100D87727FDFA2B49033C7"
              "8F07A30AA8D5A6A505E59F99FCDFB25266",
        reply, sizeof reply);
    memset(&messaging, 0, sizeof messaging);
    memcpy(messaging.enc, keys + 16, 16);
    memcpy(messaging.mac, keys + 32, 16);
    memcpy(messaging.rmac, keys + 48, 16);
    messaging.level = SBK_LEVEL_FULL;
    sbk_cmac_init(&cmac, keys);
    sbk_cmac_update(&cmac, request, sizeof request);
    sbk_cmac_update(&cmac, reply, sizeof reply);
    sbk_cmac_final(&cmac, messaging.chaining);
    hex_expect("key confirmation", messaging.chaining, 16, "0B63C42C2D5138936FF5894F10C1234F");
    opens("84F2200018E1EE3A92EF45551E8464A252F997230DC4E84F41BA692405", "4F00");
    answers("08A00000015141434C010010A0000002202003010101000000000006010010A0000002202003010101000000000011010005A000"
            "0002480100",
        "DC8D7D92F77BB20F4AEA2C2EB70A7D93C5F0EA0F27D193679C3D1C970BED8F73C394C63A201C8D367A9F0990146D1FF5CEC2E5F90F69"
        "56EF241D2CC899BA25B964FFFB799F4C4246");
}

static void test_empty_data_in_both_readings(void **state) {
    (void)state;
    for (int padded = 0; padded < 2; padded++) {
        uint8_t data[32];
        uint8_t mac[16];
        uint8_t iv[16] = {[15] = 1};
        struct sbk_messaging_header header = {.bytes = {0x84, 0xCA, 0x00, 0x66}};
        memset(&messaging, 0, sizeof messaging);
        memset(messaging.enc, 0x11, 16);
        memset(messaging.mac, 0x22, 16);
        messaging.level = SBK_LEVEL_FULL;
        size_t size = 0;
        if (padded) {
            struct sbk_port_aes aes;
            sbk_port_aes_begin(&aes, messaging.enc);
            sbk_port_aes_encrypt_block(&aes, iv, iv);
            sbk_port_aes_end(&aes);
            size = sbk_pad(data, 0);
            sbk_port_aes_cbc_encrypt(messaging.enc, iv, data, size);
        }
        struct sbk_cmac cmac;
        uint8_t length = (uint8_t)(size + 8);
        sbk_cmac_init(&cmac, messaging.mac);
        sbk_cmac_update(&cmac, messaging.chaining, 16);
        sbk_cmac_update(&cmac, header.bytes, 4);
        sbk_cmac_update(&cmac, &length, 1);
        sbk_cmac_update(&cmac, data, size);
        sbk_cmac_final(&cmac, mac);
        memcpy(data + size, mac, 8);
        size += 8;
        assert_true(sbk_messaging_unwrap(&messaging, &header, data, &size));
        assert_int_equal(size, 0);
        assert_int_equal(messaging.counter, 1);
    }
}

static void test_bad_macs(void **state) {
    (void)state;
    struct sbk_messaging_header header = {.bytes = {0x84, 0xF2, 0x20, 0x02}};
    uint8_t data[24];
    size_t size;
    for (size_t i = 0; i < 24; i++) {
        scp03("F995D0A069335C7DF42E590317FFEA6D", "58563362EC5A4541ABCD32B34B1EAE7D", "DA2390D378D94B0A",
            "A7EFE2BFDB3A27A6", "EAE3FF0EA0D17524", "953EEC5B4A81BF39");
        opens("8482030010953EEC5B4A81BF393ADC2ADFD638827A", "953EEC5B4A81BF39");
        messaging.level = SBK_LEVEL_C_MAC | SBK_LEVEL_C_DEC;
        size = hex_bytes("705C4D16C7BAC5496AEE0ED9963222455472F3CFAC97BCCA", data, sizeof data);
        data[i] ^= 0x01;
        assert_false(sbk_messaging_unwrap(&messaging, &header, data, &size));
    }
    size = 7;
    assert_false(sbk_messaging_unwrap(&messaging, &header, data, &size));
}

/* The line of tests/data/scp11.txt in the section that begins with title, found by its first words; the rest of it. */
static const char *own_vector(const char *title, const char *name) {
    static char line[1200];
    char path[512];
    bool inside = false;
    const char *source = getenv("SBK_SOURCE");
    snprintf(path, sizeof path, "%s/tests/data/scp11.txt", source != NULL ? source : ".");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "-- ", 3) == 0)
            inside = strncmp(line + 3, title, strlen(title)) == 0;
        else if (inside && strncmp(line, name, strlen(name)) == 0) {
            fclose(file);
            return line + strlen(name);
        }
    }
    fclose(file);
    fail_msg("no %s in %s", name, path);
    return NULL;
}

/* "plain X -> Y": copies X ("" for (none)) and Y. */
static void split(const char *text, char *plain, char *protected, size_t room) {
    const char *arrow = strstr(text, " -> ");
    const char *start = strstr(text, "plain ");
    if (arrow == NULL || start == NULL) {
        fail_msg("not a vector: %s", text);
        return;
    }
    start += strlen("plain ");
    size_t size = (size_t)(arrow - start);
    memcpy(plain, start, size);
    plain[size] = '\0';
    if (strcmp(plain, "(none)") == 0)
        plain[0] = '\0';
    (void)snprintf(protected, room, "%s", arrow + 4);
}

static void own_session(const char *title, uint8_t usage, uint8_t level) {
    char plain[600];
    char protected[600];
    uint8_t shared[64];
    uint8_t keys[80];
    hex_bytes(own_vector(title, "Z"), shared, sizeof shared);
    sbk_scp11_derive(shared, usage, keys);
    hex_expect("receipt key", keys, 16, own_vector(title, "receiptK"));
    memset(&messaging, 0, sizeof messaging);
    memcpy(messaging.enc, keys + 16, 16);
    memcpy(messaging.mac, keys + 32, 16);
    memcpy(messaging.rmac, keys + 48, 16);
    hex_expect("S-ENC", keys + 16, 16, own_vector(title, "S-ENC"));
    hex_expect("S-MAC", keys + 32, 16, own_vector(title, "S-MAC"));
    hex_expect("S-RMAC", keys + 48, 16, own_vector(title, "S-RMAC"));
    hex_expect("S-DEK", keys + 64, 16, own_vector(title, "S-DEK"));
    hex_bytes(own_vector(title, "receipt "), messaging.chaining, 16);
    messaging.level = level;
    static const char *const names[2][2] = {{"cmd1", "rsp1"}, {"cmd2", "rsp2"}};
    for (size_t i = 0; i < 2; i++) {
        split(own_vector(title, names[i][0]), plain, protected, sizeof protected);
        opens(protected, plain);
        split(own_vector(title, names[i][1]), plain, protected, sizeof protected);
        protected[strlen(protected) - 4] = '\0'; /* 9000 */
        answers(plain, protected);
    }
}

static void test_own_scp11_sessions(void **state) {
    (void)state;
    own_session("SCP11a key usage 3C", SBK_USAGE_FULL, SBK_LEVEL_FULL);
    own_session("SCP11b key usage 3C", SBK_USAGE_FULL, SBK_LEVEL_FULL);
    own_session("SCP11c key usage 3C", SBK_USAGE_FULL, SBK_LEVEL_FULL);
    own_session("SCP11a key usage 34", SBK_USAGE_MAC, SBK_LEVEL_C_MAC | SBK_LEVEL_R_MAC);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scp03_level_33),
        cmocka_unit_test(test_scp03_jcop4_mac_only),
        cmocka_unit_test(test_scp03_level_03),
        cmocka_unit_test(test_single_values),
        cmocka_unit_test(test_scp11a_published),
        cmocka_unit_test(test_empty_data_in_both_readings),
        cmocka_unit_test(test_bad_macs),
        cmocka_unit_test(test_own_scp11_sessions),
    };
    return cmocka_run_group_tests_name("messaging", tests, NULL, NULL);
}
