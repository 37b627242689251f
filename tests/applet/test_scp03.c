/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "applet/host/image.h"
#include "fixture.h"
#include "hex.h"

/* The bureau's channel and what may be done in it. */

static struct fixture f;

static void test_every_level(void **state) {
    (void)state;
    static const uint8_t levels[] = {0x01, 0x03, 0x11, 0x13, 0x33};
    fixture_init(&f);
    for (size_t i = 0; i < sizeof levels; i++) {
        assert_int_equal(open_scp03(&f, levels[i]), 0x9000);
        assert_int_equal(send_secure_hex(&f, "80F28002", "4F00"), 0x9000);
        hex_expect("status", f.reply, f.reply_size, "E3134F08A0000001510000009F700107C5039E0000");
        assert_int_equal(send_secure_hex(&f, "80CA00CF", ""), 0x9000);
        hex_expect("diversification", f.reply, f.reply_size, "CF0A30313233343536373839");
        assert_int_equal(send_secure_hex(&f, "80F24002", "4F00"), 0x9000);
        hex_expect("applets", f.reply, f.reply_size, "E3104F05F0544553549F700107C503000000");
    }
    assert_int_equal(open_scp03(&f, 0x00), 0x9000);
    assert_int_equal(send_hex(&f, "80F28002024F0000"), 0x9000);
    assert_int_equal(open_scp03(&f, 0x02), 0x6A86);
    assert_int_equal(open_scp03(&f, 0x30), 0x6A86);
}

static void test_initialize_update_refusals(void **state) {
    (void)state;
    fixture_init(&f);
    assert_int_equal(send_hex(&f, "80503100080102030405060708"), 0x6A88);
    assert_int_equal(send_hex(&f, "8050300110"), 0x6A86);
    assert_int_equal(send_hex(&f, "8050300010 01020304050607080102030405060708"), 0x6700);
    assert_int_equal(send_hex(&f, "8050300008 0102030405060708"), 0x9000);
    assert_int_equal(f.reply_size, 29);
    assert_int_equal(f.reply[10], 0x30);
    assert_int_equal(f.reply[11], 0x03);
    assert_int_equal(f.reply[12], 0x60);
    assert_int_equal(send_hex(&f, "8482330010 00000000000000000000000000000000"), 0x6300);
    assert_int_equal(send_hex(&f, "8482330010 00000000000000000000000000000000"), 0x6985);
}

static void test_key_blocks_after_ten_wrong_tries(void **state) {
    (void)state;
    fixture_init(&f);
    f.keys[20] ^= 1;
    for (int i = 0; i < 9; i++)
        assert_int_equal(open_scp03(&f, 0x33), 0x6300);
    f.keys[20] ^= 1;
    assert_int_equal(open_scp03(&f, 0x33), 0x9000);
    f.keys[20] ^= 1;
    for (int i = 0; i < 10; i++)
        assert_int_equal(open_scp03(&f, 0x33), 0x6300);
    assert_int_equal(open_scp03(&f, 0x33), 0x6983);
    f.keys[20] ^= 1;
    assert_int_equal(open_scp03(&f, 0x33), 0x6983);
}

/* The counter falls before the comparison: cutting the power cannot win a try. */
static void test_cut_saves_no_try(void **state) {
    (void)state;
    fixture_init(&f);
    f.keys[20] ^= 1;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(open_scp03(&f, 0x33), 0x6300);
        tearing_power_on(&f.memory, 0, TEAR_DONE);
        sbk_card_power_on(&f.card);
    }
    assert_int_equal(open_scp03(&f, 0x33), 0x6983);
    fixture_init(&f);
    for (uint32_t cut = 1; cut <= 6; cut++) {
        uint8_t before = f.memory.image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_TRIES];
        tearing_power_on(&f.memory, cut, TEAR_WEAK_NEW_FIRST);
        f.keys[20] ^= 1;
        assert_int_equal(open_scp03(&f, 0x33), 0x6581);
        f.keys[20] ^= 1;
        tearing_power_on(&f.memory, 0, TEAR_DONE);
        sbk_card_power_on(&f.card);
        uint8_t after = f.memory.image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_TRIES];
        assert_true(after == before || after == before - 1);
    }
    assert_int_equal(open_scp03(&f, 0x33), 0x9000);
}

/* A right cryptogram with a wrong MAC, a wrong length: refused, and the try is used up. */
static void test_external_authenticate_refusals(void **state) {
    (void)state;
    fixture_init(&f);
    assert_int_equal(send_hex(&f, "8050300008 0102030405060708"), 0x9000);
    assert_int_equal(send_hex(&f, "848233000F 000000000000000000000000000000"), 0x6700);
    uint8_t context[16];
    uint8_t command[21] = {0x84, 0x82, 0x33, 0x00, 0x10};
    uint8_t mac_key[16];
    assert_int_equal(send_hex(&f, "8050300008 0102030405060708"), 0x9000);
    hex_bytes("0102030405060708", context, 8);
    memcpy(context + 8, f.reply + 13, 8);
    sbk_scp03_derive(f.keys + 16, 0x06, context, mac_key, 16);
    sbk_scp03_derive(mac_key, 0x01, context, command + 5, 8);
    uint8_t response[258];
    assert_int_equal(sbk_card_process(&f.card, command, sizeof command, response, sizeof response), 2);
    assert_int_equal(response[0] << 8 | response[1], 0x6982);
    assert_int_equal(f.memory.image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_TRIES], SBK_LIFE_TRIES - 1);
    assert_int_equal(open_scp03(&f, 0x33), 0x9000);
    assert_int_equal(f.memory.image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_TRIES], SBK_LIFE_TRIES);
}

static void test_malformed_management(void **state) {
    (void)state;
    static const struct {
        const char *header;
        const char *data;
        uint16_t status;
    } cases[] = {
        {"80D80011", "01B120", 0x6A86}, /* a private key */
        {"80D80581", "30", 0x6A88},     /* replaces a version that is not there */
        {"80D80510", "01", 0x6A88},     /* the same for roots */
        {"80D80010", "01B041", 0x6A80}, /* too short */
        {"80E60C00", "000005F054455354000000", 0x6A86},
        {"80E62000", "000005F0544553540000", 0x6A80},
        {"80E62000", "000004F0544553000000", 0x6A88}, /* a beginning is not enough */
        {"80E29000", "DF2401FF", 0x6A80},
        {"80E29000", "", 0x6A80},
        {"80E40000", "", 0x6A80},
        {"80E40000", "D20101D00111", 0x6A80},
        {"80E40000", "D00100", 0x6A80},
        {"80F28000", "4F00", 0x6A86},
        {"80F28002", "4F01A0", 0x6A80},
        {"80F21002", "4F00", 0x6A88},
        {"80500000", "0102030405060708", 0x6985}, /* begins nothing inside a channel */
        {"802A0110", "7F2100", 0x6985},
        {"802E0000", "C401", 0x6985},
        {"80770000", "", 0x6D00},
    };
    fixture_init(&f);
    assert_int_equal(open_scp03(&f, 0x33), 0x9000);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint16_t found = send_secure_hex(&f, cases[i].header, cases[i].data);
        if (found != cases[i].status)
            fail_msg("%s %s: answered %04X, wanted %04X", cases[i].header, cases[i].data, found, cases[i].status);
    }
    assert_int_equal(send_secure_hex(&f, "80E62000", "000008A000000151000000000000"), 0x9000);
    /* SELECT inside a channel is heard, and ends it */
    assert_int_equal(open_scp03(&f, 0x03), 0x9000);
    assert_int_equal(send_secure_hex(&f, "00A40400", "F054455354"), 0x9000);
    assert_int_equal(send_secure_hex(&f, "80F28002", "4F00"), 0x6982);
}

static void test_bad_mac_ends_the_session(void **state) {
    (void)state;
    fixture_init(&f);
    assert_int_equal(open_scp03(&f, 0x33), 0x9000);
    assert_int_equal(send_secure_hex(&f, "80F28002", "4F00"), 0x9000);
    f.end.mac[0] ^= 1;
    assert_int_equal(send_secure_hex(&f, "80F28002", "4F00"), 0x6982);
    assert_int_equal(f.reply_size, 0);
    f.end.mac[0] ^= 1;
    assert_int_equal(send_secure_hex(&f, "80F28002", "4F00"), 0x6982);
    uint8_t zeros[16] = {0};
    assert_memory_equal(f.card.messaging.mac, zeros, 16);
}

static void test_clear_command_ends_the_session(void **state) {
    (void)state;
    fixture_init(&f);
    assert_int_equal(open_scp03(&f, 0x33), 0x9000);
    assert_int_equal(send_hex(&f, "80CA006600"), 0x6982);
    assert_int_equal(send_secure_hex(&f, "80F28002", "4F00"), 0x6982);
    assert_int_equal(open_scp03(&f, 0x33), 0x9000);
    assert_int_equal(send_hex(&f, "00A4040000"), 0x9000);
    assert_int_equal(send_secure_hex(&f, "80F28002", "4F00"), 0x6982);
}

static void test_a_command_cannot_be_played_again(void **state) {
    (void)state;
    fixture_init(&f);
    assert_int_equal(open_scp03(&f, 0x33), 0x9000);
    struct sbk_messaging before = f.end;
    assert_int_equal(send_secure_hex(&f, "80F28002", "4F00"), 0x9000);
    f.end = before;
    assert_int_equal(send_secure_hex(&f, "80F28002", "4F00"), 0x6982);
}

static void test_management_needs_its_channel(void **state) {
    (void)state;
    static const char *const headers[] = {"80D80081", "80F10011", "80E40000", "80E62000", "80E29000", "80F0800F"};
    fixture_init(&f);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        assert_int_equal(send_clear(&f, headers[i], NULL, 0), 0x6982);
        assert_int_equal(open_scp03(&f, 0x01), 0x9000);
        assert_int_equal(send_secure_hex(&f, headers[i], ""), 0x6982);
        assert_int_equal(open_scp03(&f, 0x11), 0x9000);
        assert_int_equal(send_secure_hex(&f, headers[i], ""), 0x6982);
    }
    assert_int_equal(send_hex(&f, "80F28002024F00"), 0x6982);
}

/* The card's own transport keys, in both forms in which peers send them. */
static void test_put_transport_keys(void **state) {
    (void)state;
    uint8_t data[1 + 3 * 23];
    uint8_t fresh[48];
    const uint8_t zero_iv[16] = {0};
    for (int form = 0; form < 2; form++) {
        size_t size = 1;
        fixture_init(&f);
        assert_int_equal(open_scp03(&f, 0x33), 0x9000);
        data[0] = 0x31;
        for (size_t i = 0; i < 3; i++) {
            uint8_t *key = fresh + 16 * i;
            memset(key, (int)(0xA0 + i), 16);
            data[size++] = 0x88;
            data[size++] = form ? 0x11 : 0x10;
            if (form)
                data[size++] = 0x10;
            memcpy(data + size, key, 16);
            sbk_port_aes_cbc_encrypt(f.keys + 32, zero_iv, data + size, 16);
            size += 16;
            uint8_t block[16];
            struct sbk_port_aes aes;
            memset(block, 1, 16);
            sbk_port_aes_begin(&aes, key);
            sbk_port_aes_encrypt_block(&aes, block, block);
            sbk_port_aes_end(&aes);
            data[size++] = 3;
            memcpy(data + size, block, 3);
            size += 3;
        }
        data[size - 1] ^= 1;
        assert_int_equal(send_secure(&f, "80D80081", data, size), 0x6A80);
        data[size - 1] ^= 1;
        assert_int_equal(send_secure(&f, "80D80081", data, size - 1), 0x6A80);
        assert_int_equal(send_secure(&f, "80D83281", data, size), 0x6A88);
        assert_int_equal(send_secure(&f, "80D83081", data, size), 0x9000);
        assert_int_equal(f.reply_size, 10);
        assert_int_equal(f.reply[0], 0x31);
        assert_int_equal(open_scp03(&f, 0x33), 0x6300);
        memcpy(f.keys, fresh, 48);
        assert_int_equal(open_scp03(&f, 0x33), 0x9000);
    }
}

/* 40..4F -> 504A77, 50..5F -> F2A8DF, 60..6F -> D7D0E4 */
static void test_key_check_values(void **state) {
    (void)state;
    uint8_t data[67] = {0x30};
    const uint8_t zero_iv[16] = {0};
    static const uint8_t kcv[3][3] = {{0x50, 0x4A, 0x77}, {0xF2, 0xA8, 0xDF}, {0xD7, 0xD0, 0xE4}};
    fixture_init(&f);
    assert_int_equal(open_scp03(&f, 0x33), 0x9000);
    for (size_t i = 0; i < 3; i++) {
        uint8_t *at = data + 1 + 22 * i;
        at[0] = 0x88;
        at[1] = 0x10;
        for (size_t k = 0; k < 16; k++)
            at[2 + k] = (uint8_t)(0x40 + 16 * i + k);
        sbk_port_aes_cbc_encrypt(f.keys + 32, zero_iv, at + 2, 16);
        at[18] = 3;
        memcpy(at + 19, kcv[i], 3);
    }
    assert_int_equal(send_secure(&f, "80D80081", data, sizeof data), 0x9000);
    hex_expect("answer", f.reply, f.reply_size, "30504A77F2A8DFD7D0E4");
}

static void test_root_and_pairs(void **state) {
    (void)state;
    uint8_t root[72] = {1, 0xB0, 0x41, 0x04};
    fixture_init(&f);
    assert_int_equal(open_scp03(&f, 0x33), 0x9000);
    assert_int_equal(send_secure_hex(&f, "80F10012", "01F00100"), 0x6A86);
    assert_int_equal(send_secure_hex(&f, "80F10111", "01F00100"), 0x6A88);
    assert_int_equal(send_secure_hex(&f, "80F10011", "02F00100"), 0x6A80);
    assert_int_equal(send_secure_hex(&f, "80F10011", "01F00100"), 0x9000);
    hex_expect("point", f.reply, 3, "B04104");
    assert_int_equal(send_secure_hex(&f, "80F10011", "01F00100"), 0x6A88);
    assert_int_equal(send_secure_hex(&f, "80F10111", "01F00100"), 0x9000);
    point_of(KEY_ROOT, root + 4);
    memcpy(root + 68, "\xF0\x01\x00\x00", 4);
    root[10] ^= 1;
    assert_int_equal(send_secure(&f, "80D80010", root, sizeof root), 0x6A80);
    root[10] ^= 1;
    assert_int_equal(send_secure_hex(&f, "80E29000",
                         "DF2420"
                         "0000000000000000000000000000000000000000000000000000000000000000"),
        0x6985);
    assert_int_equal(send_secure(&f, "80D80010", root, sizeof root), 0x9000);
    hex_expect("KVN", f.reply, f.reply_size, "01");
    assert_int_equal(send_secure_hex(&f, "00CA00E0", ""), 0x9000);
    hex_expect("key information", f.reply, f.reply_size,
        "C00401308810C00402308810C00403308810C0061001B040F000C0061101B120F000");
    assert_int_equal(send_secure_hex(&f, "80E40000", "D00110D20102"), 0x6A88);
    assert_int_equal(send_secure_hex(&f, "80E40000", "D00110D20101"), 0x9000);
    hex_expect("deleted", f.reply, f.reply_size, "00");
    assert_int_equal(send_secure_hex(&f, "80E40000", "D00111"), 0x9000);
    assert_int_equal(send_secure_hex(&f, "80E40000", "D00111"), 0x6A88);
    assert_int_equal(send_secure_hex(&f, "80E40000", "D00101"), 0x6A88);
    assert_int_equal(send_secure_hex(&f, "80E40000", "4F05F054455354"), 0x6985);
    assert_int_equal(send_secure_hex(&f, "80E40000", "D00111D00111"), 0x6A80);
    assert_int_equal(send_secure_hex(&f, "00CA00E0", ""), 0x9000);
    hex_expect("key information", f.reply, f.reply_size, "C00401308810C00402308810C00403308810");
}

static void test_long_store_data_and_read_back(void **state) {
    (void)state;
    uint8_t data[390];
    fixture_init(&f);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 3);
    assert_int_equal(open_scp03(&f, 0x33), 0x9000);
    assert_int_equal(send_secure_hex(&f, "80E62000", "000005F054455355000000"), 0x6A88);
    assert_int_equal(send_secure_hex(&f, "80E62000", "000005F05445535400000000"), 0x6A80);
    assert_int_equal(send_secure_hex(&f, "80E62000", "000005F054455354000000"), 0x9000);
    hex_expect("installed", f.reply, f.reply_size, "00");
    assert_int_equal(send_secure(&f, "80E29000", data, sizeof data), 0x9000);
    assert_int_equal(f.applet.stored_size, sizeof data);
    assert_memory_equal(f.applet.stored, data, sizeof data);
    assert_int_equal(send_secure_hex(&f, "80CADF22", ""), 0x9000);
    hex_expect("header", f.reply, 5, "DF22820186");
    assert_memory_equal(f.reply + 5, data, sizeof data);
    assert_int_equal(send_secure_hex(&f, "00CADF22", ""), 0x9000);
    assert_int_equal(f.reply_size, sizeof data);
    assert_int_equal(send_hex(&f, "00A4040000"), 0x9000);
    assert_int_equal(send_hex(&f, "00CADF2200"), 0x6982);
    assert_int_equal(send_hex(&f, "80CADF3000"), 0x6A88);
}

static void test_closing(void **state) {
    (void)state;
    struct sbk_closing statement;
    uint8_t hash[32];
    uint8_t point[64];
    uint8_t body[SBK_STATEMENT_SIZE];
    fixture_init(&f);
    personalize(&f);
    assert_int_equal(send_secure_hex(&f, "80F0807F", ""), 0x6A86);
    assert_int_equal(send_secure_hex(&f, "80F0400F", ""), 0x6A86);
    f.applet.records = false;
    assert_int_equal(send_secure_hex(&f, "80F0800F", ""), 0x6985);
    f.applet.records = true;
    assert_int_equal(send_secure_hex(&f, "80E40000", "D00131"), 0x9000);
    assert_int_equal(send_secure_hex(&f, "80F0800F", ""), 0x6985);
    assert_int_equal(send_secure_hex(&f, "80F10031", "01F00100"), 0x9000);
    assert_int_equal(send_secure_hex(&f, "80F0800F", ""), 0x9000);
    assert_true(sbk_card_closed(&f.card));
    /* No transport key is left anywhere in memory, nor any way in. */
    for (size_t i = 0; i + 16 <= SBK_IMAGE_SIZE; i++)
        for (size_t k = 0; k < 48; k += 16)
            assert_int_not_equal(memcmp(f.memory.image + i, f.keys + k, 16), 0);
    assert_int_equal(open_scp03(&f, 0x33), 0x6A88);
    assert_int_equal(send_hex(&f, "8050300008 0102030405060708"), 0x6A88);
    assert_int_equal(send_secure_hex(&f, "80F28002", "4F00"), 0x6982);
    assert_int_equal(send_hex(&f, "00CADF3000"), 0x9000);
    assert_int_equal(f.reply_size, SBK_STATEMENT_SIZE);
    memcpy(body, f.reply, sizeof body);
    assert_int_equal(sbk_closing_parse(body, sizeof body, &statement), SBK_FORMAT_OK);
    assert_memory_equal(statement.alias, "ALIASxyz", 8);
    assert_memory_equal(statement.serial, "0123456789", 10);
    assert_int_equal(statement.root_generation, 1);
    point_of(KEY_ROOT, point);
    sbk_hash_point(point, hash);
    assert_memory_equal(statement.root_hash, hash, 32);
    point_of(KEY_NEXT_ROOT, point);
    sbk_hash_point(point, hash);
    assert_memory_equal(statement.next_root_hash, hash, 32);
    assert_true(sbk_card_public_key(&f.card, SBK_KID_SIGNING, point));
    assert_memory_equal(statement.signing_key + 1, point, 32);
    assert_int_equal(statement.signing_key[0], 2 + (point[63] & 1));
    sbk_sha256(body, sizeof body - 64, hash);
    assert_true(sbk_port_p256_verify(point, hash, body + sizeof body - 64));
    assert_int_equal(send_hex(&f, "00CA006600"), 0x9000);
    hex_expect("recognition", f.reply, f.reply_size,
        "732F06072A864886FC6B01600C060A2A864886FC6B02020301630906072A864886FC6B03640B06092A864886FC6B041109");
}

/* Every write of closing is cut with every outcome: the card is blank with its keys, or closed without. */
static void test_every_cut_of_closing(void **state) {
    (void)state;
    static struct fixture start;
    bool done = false;
    int closed = 0;
    fixture_init(&f);
    personalize(&f);
    start = f;
    for (uint32_t cut = 1; !done; cut++)
        for (int outcome = 0; outcome < TEAR_OUTCOMES; outcome++) {
            f = start;
            f.memory.port.context = &f.memory;
            f.card.port = &f.memory.port;
            f.card.memory.port = &f.memory.port;
            f.entries[0].state = &f.applet;
            f.card.applets = f.entries;
            tearing_power_on(&f.memory, cut, (enum tear)outcome);
            send_secure_hex(&f, "80F0800F", "");
            done = !f.memory.cut;
            tearing_power_on(&f.memory, 0, TEAR_DONE);
            sbk_card_power_on(&f.card);
            if (sbk_card_closed(&f.card)) {
                uint8_t statement[SBK_STATEMENT_SIZE];
                assert_int_equal(open_scp03(&f, 0x33), 0x6A88);
                assert_true(sbk_card_statement(&f.card, statement));
                assert_int_equal(statement[0], SBK_RECORD_STATEMENT);
                closed++;
            } else {
                assert_int_equal(open_scp03(&f, 0x33), 0x9000);
                assert_int_equal(send_secure_hex(&f, "80F0800F", ""), 0x9000);
            }
        }
    assert_true(closed > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_level),
        cmocka_unit_test(test_initialize_update_refusals),
        cmocka_unit_test(test_key_blocks_after_ten_wrong_tries),
        cmocka_unit_test(test_cut_saves_no_try),
        cmocka_unit_test(test_external_authenticate_refusals),
        cmocka_unit_test(test_malformed_management),
        cmocka_unit_test(test_bad_mac_ends_the_session),
        cmocka_unit_test(test_clear_command_ends_the_session),
        cmocka_unit_test(test_a_command_cannot_be_played_again),
        cmocka_unit_test(test_management_needs_its_channel),
        cmocka_unit_test(test_put_transport_keys),
        cmocka_unit_test(test_key_check_values),
        cmocka_unit_test(test_root_and_pairs),
        cmocka_unit_test(test_long_store_data_and_read_back),
        cmocka_unit_test(test_closing),
        cmocka_unit_test(test_every_cut_of_closing),
    };
    return cmocka_run_group_tests_name("scp03", tests, NULL, NULL);
}
