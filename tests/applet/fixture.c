/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "applet/host/image.h"
#include "applet/host/trust.h"
#include "hex.h"

static const uint8_t test_aid[] = {0xF0, 'T', 'E', 'S', 'T'};

static uint16_t applet_select(struct sbk_card *card, struct sbk_exchange *exchange) {
    (void)card;
    if (exchange->room < 2)
        return SBK_SW_LENGTH;
    memcpy(exchange->response, "\x6F\x00", 2);
    exchange->response_size = 2;
    return 0x9000;
}

static uint16_t applet_process(struct sbk_card *card, struct sbk_exchange *exchange) {
    if (exchange->terminal != NULL)
        ((struct test_applet *)exchange->state)->proven++;
    switch (exchange->ins) {
    case 0x10:
        if (exchange->room < 3)
            return SBK_SW_LENGTH;
        exchange->response[0] = (uint8_t)exchange->session;
        exchange->response[1] = exchange->level;
        exchange->response[2] = exchange->terminal != NULL ? exchange->terminal->role : 0;
        exchange->response_size = 3;
        return 0x9000;
    case 0x11: {
        size_t size = (size_t)exchange->p1 << 8 | exchange->p2;
        sbk_card_release_data(card, exchange);
        if (size > exchange->room)
            return SBK_SW_LENGTH;
        for (size_t i = 0; i < size; i++)
            exchange->response[i] = (uint8_t)i;
        exchange->response_size = size;
        return 0x9000;
    }
    case 0x12:
        sbk_memory_begin(&card->memory);
        sbk_memory_write(&card->memory, SBK_IMAGE_APPLET, &exchange->p1, 1);
        return sbk_memory_commit(&card->memory) ? 0x9000 : 0x6581;
    default:
        return SBK_SW_INS;
    }
}

static uint16_t applet_store(struct sbk_card *card, struct sbk_exchange *exchange) {
    struct test_applet *applet = exchange->state;
    (void)card;
    if (exchange->size > sizeof applet->stored)
        return SBK_SW_LENGTH;
    memcpy(applet->stored, exchange->data, exchange->size);
    applet->stored_size = exchange->size;
    return 0x9000;
}

static uint16_t applet_data(struct sbk_card *card, uint16_t tag, struct sbk_exchange *exchange) {
    struct test_applet *applet = exchange->state;
    if (exchange->room < sizeof applet->stored)
        return SBK_SW_LENGTH;
    switch (tag) {
    case SBK_TAG_MANDATE:
        if (exchange->session != SBK_SESSION_SCP03)
            return SBK_SW_SECURITY;
        memcpy(exchange->response, applet->stored, applet->stored_size);
        exchange->response_size = applet->stored_size;
        return 0x9000;
    case SBK_TAG_STATEMENT:
        exchange->response_size = SBK_STATEMENT_SIZE;
        return sbk_card_statement(card, exchange->response) ? SBK_SW_OK : SBK_SW_REFERENCE;
    case SBK_TAG_CERTIFICATES:
        memset(exchange->response, 0x7F, 300);
        exchange->response_size = 300;
        return 0x9000;
    default:
        return SBK_SW_REFERENCE;
    }
}

static uint16_t applet_floor(struct sbk_card *card, void *state) {
    (void)card;
    return ((struct test_applet *)state)->floor;
}

static void applet_close(struct sbk_card *card, void *state) {
    (void)card;
    ((struct test_applet *)state)->closed++;
}

static bool applet_closing(struct sbk_card *card, void *state, struct sbk_closing *statement) {
    (void)card;
    memcpy(statement->alias, "ALIASxyz", 8);
    memset(statement->records_hash, 0x77, 32);
    return ((struct test_applet *)state)->records;
}

static const struct sbk_applet applet = {.aid = test_aid,
    .aid_size = sizeof test_aid,
    .usage = SBK_USAGE_FULL,
    .select = applet_select,
    .process = applet_process,
    .store_data = applet_store,
    .get_data = applet_data,
    .floor = applet_floor,
    .session_close = applet_close,
    .closing = applet_closing};

void fixture_init(struct fixture *fixture) {
    memset(fixture, 0, sizeof *fixture);
    tearing_init(&fixture->memory);
    tearing_power_on(&fixture->memory, 0, TEAR_DONE);
    for (size_t i = 0; i < sizeof fixture->keys; i++)
        fixture->keys[i] = (uint8_t)(0x47 + 73 * i);
    assert_true(sbk_card_manufacture(&fixture->memory.port, (const uint8_t *)"0123456789", fixture->keys));
    fixture->entries[0].applet = &applet;
    fixture->entries[0].state = &fixture->applet;
    sbk_card_init(&fixture->card, &fixture->memory.port, fixture->entries, 1);
    sbk_card_power_on(&fixture->card);
    assert_false(fixture->card.dead);
}

void scalar_of(uint8_t number, uint8_t scalar[32]) {
    memset(scalar, 0, 32);
    scalar[31] = number;
}

void point_of(uint8_t number, uint8_t point[64]) {
    uint8_t scalar[32];
    scalar_of(number, scalar);
    assert_true(sbk_port_p256_public(scalar, point));
}

/* One APDU; the response's data is added to reply. */
static uint16_t transmit(struct fixture *fixture, const uint8_t *command, size_t size) {
    uint8_t response[SBK_RESPONSE_MAX];
    size_t answered = sbk_card_process(&fixture->card, command, size, response, sizeof response);
    assert_in_range(answered, 2, sizeof response);
    memcpy(fixture->reply + fixture->reply_size, response, answered - 2);
    fixture->reply_size += answered - 2;
    return (uint16_t)(response[answered - 2] << 8 | response[answered - 1]);
}

static uint16_t transmit_whole(struct fixture *fixture, const uint8_t *command, size_t size) {
    fixture->reply_size = 0;
    uint16_t status = transmit(fixture, command, size);
    while ((status >> 8) == 0x61) {
        const uint8_t more[5] = {0x00, 0xC0, 0x00, 0x00, (uint8_t)status};
        status = transmit(fixture, more, sizeof more);
    }
    return status;
}

uint16_t send_hex(struct fixture *fixture, const char *apdu) {
    uint8_t bytes[1200];
    return transmit_whole(fixture, bytes, hex_bytes(apdu, bytes, sizeof bytes));
}

static uint16_t send_blocks(struct fixture *fixture, const uint8_t header[4], const uint8_t *data, size_t size) {
    uint8_t command[5 + 255 + 1];
    while (size > 255) {
        memcpy(command, header, 4);
        command[0] |= 0x10;
        command[4] = 255;
        memcpy(command + 5, data, 255);
        fixture->reply_size = 0;
        uint16_t status = transmit(fixture, command, 5 + 255);
        if (status != 0x9000)
            return status;
        data += 255;
        size -= 255;
    }
    size_t at = 4;
    memcpy(command, header, 4);
    if (size > 0) {
        command[at++] = (uint8_t)size;
        memcpy(command + at, data, size);
        at += size;
    }
    command[at++] = 0x00;
    return transmit_whole(fixture, command, at);
}

uint16_t send_clear(struct fixture *fixture, const char *header, const uint8_t *data, size_t size) {
    uint8_t bytes[4];
    assert_int_equal(hex_bytes(header, bytes, sizeof bytes), 4);
    return send_blocks(fixture, bytes, data, size);
}

static void iv_of(const struct sbk_messaging *end, uint8_t top, uint8_t iv[16]) {
    struct sbk_port_aes aes;
    memset(iv, 0, 16);
    iv[0] = top;
    iv[14] = (uint8_t)(end->counter >> 8);
    iv[15] = (uint8_t)end->counter;
    sbk_port_aes_begin(&aes, end->enc);
    sbk_port_aes_encrypt_block(&aes, iv, iv);
    sbk_port_aes_end(&aes);
}

/* Checks and removes the protection of reply. */
static void unwrap_reply(struct fixture *fixture, uint16_t status) {
    struct sbk_messaging *end = &fixture->end;
    uint8_t mac[16];
    uint8_t iv[16];
    if ((end->level & SBK_LEVEL_R_MAC) != 0) {
        const uint8_t words[2] = {(uint8_t)(status >> 8), (uint8_t)status};
        struct sbk_cmac cmac;
        assert_true(fixture->reply_size >= 8);
        fixture->reply_size -= 8;
        sbk_cmac_init(&cmac, end->rmac);
        sbk_cmac_update(&cmac, end->chaining, 16);
        sbk_cmac_update(&cmac, fixture->reply, fixture->reply_size);
        sbk_cmac_update(&cmac, words, 2);
        sbk_cmac_final(&cmac, mac);
        assert_memory_equal(mac, fixture->reply + fixture->reply_size, 8);
    }
    if ((end->level & SBK_LEVEL_R_ENC) != 0 && fixture->reply_size > 0) {
        assert_int_equal(fixture->reply_size % 16, 0);
        iv_of(end, 0x80, iv);
        sbk_port_aes_cbc_decrypt(end->enc, iv, fixture->reply, fixture->reply_size);
        fixture->reply_size = sbk_unpad(fixture->reply, fixture->reply_size);
        assert_true(fixture->reply_size != SIZE_MAX);
    }
}

uint16_t send_secure(struct fixture *fixture, const char *header, const uint8_t *data, size_t size) {
    struct sbk_messaging *end = &fixture->end;
    uint8_t bytes[4];
    uint8_t wrapped[600];
    struct sbk_cmac cmac;
    assert_int_equal(hex_bytes(header, bytes, sizeof bytes), 4);
    bytes[0] |= 0x04;
    if (size > 0)
        memcpy(wrapped, data, size);
    if ((end->level & SBK_LEVEL_C_DEC) != 0) {
        uint8_t iv[16];
        end->counter++;
        if (size > 0) {
            iv_of(end, 0x00, iv);
            size = sbk_pad(wrapped, size);
            sbk_port_aes_cbc_encrypt(end->enc, iv, wrapped, size);
        }
    }
    const uint8_t length[3] = {0, (uint8_t)((size + 8) >> 8), (uint8_t)(size + 8)};
    sbk_cmac_init(&cmac, end->mac);
    sbk_cmac_update(&cmac, end->chaining, 16);
    sbk_cmac_update(&cmac, bytes, 4);
    sbk_cmac_update(&cmac, size + 8 > 255 ? length : length + 2, size + 8 > 255 ? 3 : 1);
    sbk_cmac_update(&cmac, wrapped, size);
    sbk_cmac_final(&cmac, end->chaining);
    memcpy(wrapped + size, end->chaining, 8);
    uint16_t status = send_blocks(fixture, bytes, wrapped, size + 8);
    if (status == 0x9000 || (status >> 8) == 0x62 || (status >> 8) == 0x63)
        unwrap_reply(fixture, status);
    return status;
}

uint16_t send_secure_hex(struct fixture *fixture, const char *header, const char *data) {
    uint8_t bytes[600];
    return send_secure(fixture, header, bytes, hex_bytes(data, bytes, sizeof bytes));
}

uint16_t open_scp03(struct fixture *fixture, uint8_t level) {
    struct sbk_messaging *end = &fixture->end;
    uint8_t context[16];
    uint8_t command[21] = {0x84, 0x82, level, 0x00, 0x10};
    struct sbk_cmac cmac;
    memset(end, 0, sizeof *end);
    uint16_t status = send_hex(fixture, "8050000008010203040506070800");
    if (status != 0x9000)
        return status;
    assert_int_equal(fixture->reply_size, 29);
    hex_bytes("0102030405060708", context, 8);
    memcpy(context + 8, fixture->reply + 13, 8);
    sbk_scp03_derive(fixture->keys, 0x04, context, end->enc, 16);
    sbk_scp03_derive(fixture->keys + 16, 0x06, context, end->mac, 16);
    sbk_scp03_derive(fixture->keys + 16, 0x07, context, end->rmac, 16);
    sbk_scp03_derive(end->mac, 0x01, context, command + 5, 8);
    sbk_cmac_init(&cmac, end->mac);
    sbk_cmac_update(&cmac, end->chaining, 16);
    sbk_cmac_update(&cmac, command, 13);
    sbk_cmac_final(&cmac, end->chaining);
    memcpy(command + 13, end->chaining, 8);
    end->level = level;
    return transmit_whole(fixture, command, sizeof command);
}

void put_roots(struct fixture *fixture) {
    uint8_t root[72] = {1, 0xB0, 0x41, 0x04};
    uint8_t next[35] = {0xDF, 0x24, 0x20};
    uint8_t point[64];
    point_of(KEY_ROOT, root + 4);
    memcpy(root + 68, "\xF0\x01\x00\x00", 4);
    assert_int_equal(send_secure(fixture, "80D80010", root, sizeof root), 0x9000);
    assert_int_equal(fixture->reply_size, 1);
    point_of(KEY_NEXT_ROOT, point);
    sbk_hash_point(point, next + 3);
    assert_int_equal(send_secure(fixture, "80E29000", next, sizeof next), 0x9000);
}

void personalize(struct fixture *fixture) {
    assert_int_equal(send_hex(fixture, "00A4040008A00000015100000000"), 0x9000);
    assert_int_equal(open_scp03(fixture, 0x33), 0x9000);
    assert_int_equal(send_secure_hex(fixture, "80F10011", "01F00100"), 0x9000);
    assert_int_equal(fixture->reply_size, 67);
    assert_int_equal(send_secure_hex(fixture, "80F10031", "01F00100"), 0x9000);
    put_roots(fixture);
    fixture->applet.records = true;
}

void close_card(struct fixture *fixture) {
    personalize(fixture);
    assert_int_equal(send_secure_hex(fixture, "80F0800F", ""), 0x9000);
}

uint16_t select_applet(struct fixture *fixture) {
    return send_hex(fixture, "00A4040005F05445535400");
}

static size_t finish(struct sbk_certificate *certificate, uint8_t signer, uint8_t *out) {
    uint8_t body[256];
    uint8_t hash[32];
    uint8_t scalar[32];
    uint8_t signature[64];
    size_t size;
    memcpy(certificate->serial, "\x01\x02\x03", 3);
    assert_int_equal(sbk_certificate_write_signed(certificate, body, sizeof body, &size), SBK_FORMAT_OK);
    sbk_sha256(body, size, hash);
    scalar_of(signer, scalar);
    assert_true(sbk_port_p256_sign(scalar, hash, signature));
    assert_int_equal(sbk_certificate_assemble(body, size, signature, out, SBK_CERTIFICATE_MAX, &size), SBK_FORMAT_OK);
    return size;
}

size_t make_ca(uint8_t *out, uint8_t root_generation, uint8_t generation, uint8_t signer, uint16_t expiry) {
    struct sbk_certificate certificate = {.role = SBK_ROLE_STATION_CA,
        .issuer_role = SBK_ROLE_ROOT,
        .issuer_generation = root_generation,
        .generation = generation,
        .effective = DAY_FROM,
        .expiry = expiry};
    point_of(KEY_STATION_CA, certificate.key);
    return finish(&certificate, signer, out);
}

size_t make_leaf(uint8_t *out, uint8_t role, uint8_t ca_generation, uint8_t key, uint8_t signer, uint16_t effective) {
    struct sbk_certificate certificate = {.role = role,
        .issuer_role = SBK_ROLE_STATION_CA,
        .issuer_generation = ca_generation,
        .effective = effective,
        .expiry = DAY_UNTIL};
    memcpy(certificate.terminal, "toko-", 5);
    certificate.terminal[5] = (uint8_t)('A' + key);
    memcpy(certificate.rights.outlet, "toko", 4);
    hex_bytes("6472051001", certificate.rights.kelurahan, SBK_KELURAHAN_SIZE);
    certificate.rights.programmes = SBK_PROGRAMMES_ALL;
    memset(certificate.rights.log_key_hash, 0x42, sizeof certificate.rights.log_key_hash);
    point_of(key, certificate.key);
    return finish(&certificate, signer, out);
}

size_t make_link(uint8_t *out, uint8_t generation, uint8_t key, uint8_t next, uint16_t old_until) {
    struct sbk_link link = {.generation = generation, .old_until = old_until};
    uint8_t point[64];
    uint8_t hash[32];
    uint8_t scalar[32];
    size_t size;
    point_of(key, link.key);
    point_of(next, point);
    sbk_hash_point(point, link.next_hash);
    assert_int_equal(sbk_link_write(&link, out, SBK_LINK_SIZE, &size), SBK_FORMAT_OK);
    sbk_sha256(out, size, hash);
    scalar_of(key, scalar);
    assert_true(sbk_port_p256_sign(scalar, hash, out + size));
    return size + 64;
}

static uint16_t show(struct fixture *fixture, uint8_t p1, uint8_t p2, const uint8_t *data, size_t size) {
    const uint8_t header[4] = {0x80, 0x2A, p1, p2};
    return send_blocks(fixture, header, data, size);
}

uint16_t show_ca(struct fixture *fixture, uint8_t root_generation, const uint8_t *ca, size_t size) {
    return show(fixture, root_generation, 0x80 | SBK_KID_ROOT, ca, size);
}

uint16_t show_leaf(struct fixture *fixture, uint8_t kid, uint8_t kvn, const uint8_t *leaf, size_t size) {
    return show(fixture, kvn, kid, leaf, size);
}

/* Checks the key confirmation and sets up the terminal's end. key: number of the leaf's key. */
uint16_t mutual(struct fixture *fixture, uint8_t usage, uint8_t key) {
    struct sbk_messaging *end = &fixture->end;
    const uint8_t header[4] = {0x80, 0x82, 0x01, 0x11};
    uint8_t data[83];
    uint8_t scalar[32];
    uint8_t shared[64];
    uint8_t keys[80];
    uint8_t own[64];
    struct sbk_cmac cmac;
    hex_bytes("A60D90021101950100 8001888101105F494104", data, 19);
    data[8] = usage;
    point_of(99, data + 19);
    uint16_t status = send_blocks(fixture, header, data, sizeof data);
    if (status != 0x9000)
        return status;
    assert_int_equal(fixture->reply_size, 86);
    scalar_of(99, scalar);
    assert_true(sbk_port_p256_agree(scalar, fixture->reply + 4, shared));
    assert_true(sbk_card_public_key(&fixture->card, SBK_KID_AGREEMENT, own));
    scalar_of(key, scalar);
    assert_true(sbk_port_p256_agree(scalar, own, shared + 32));
    sbk_scp11_derive(shared, usage, keys);
    memset(end, 0, sizeof *end);
    sbk_cmac_init(&cmac, keys);
    sbk_cmac_update(&cmac, data, sizeof data);
    sbk_cmac_update(&cmac, fixture->reply, 68);
    sbk_cmac_final(&cmac, end->chaining);
    memcpy(end->enc, keys + 16, 16);
    memcpy(end->mac, keys + 32, 16);
    memcpy(end->rmac, keys + 48, 16);
    end->level = usage == SBK_USAGE_FULL ? SBK_LEVEL_FULL : 0x11;
    return memcmp(end->chaining, fixture->reply + 70, 16) == 0 ? status : 0x0001;
}

uint16_t open_scp11(
    struct fixture *fixture, const uint8_t *ca, size_t ca_size, const uint8_t *leaf, size_t leaf_size, uint8_t key) {
    uint16_t status = 0x9000;
    if (ca_size > 0)
        status = show_ca(fixture, sbk_trust_root_generation(&fixture->card), ca, ca_size);
    if (status == 0x9000)
        status = show_leaf(fixture, ca_size > 0 ? SBK_KID_ROOT : SBK_KID_STATION_CA, 1, leaf, leaf_size);
    return status == 0x9000 ? mutual(fixture, SBK_USAGE_FULL, key) : status;
}
