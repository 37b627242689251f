/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applet/host/crypto.h"

static char story[STORY_MAX];
static size_t story_used;
static bool story_paused;

void story_begin(void) {
    story_used = 0;
    story[0] = 0;
    story_paused = false;
}

void story_pause(bool paused) {
    story_paused = paused;
}

size_t story_size(void) {
    return story_used;
}

void story_return(const char *text, size_t size) {
    memcpy(story, text, size);
    story_used = size;
    story[size] = 0;
}

const char *story_text(void) {
    return story;
}

static void story_hex(const uint8_t *data, size_t size) {
    static const char digits[] = "0123456789ABCDEF";

    assert_true(story_used + 2 * size + 16 < STORY_MAX);
    story[story_used++] = ' ';
    for (size_t i = 0; i < size; i++) {
        story[story_used++] = digits[data[i] >> 4];
        story[story_used++] = digits[data[i] & 15];
    }
    if (size == 0)
        story[story_used++] = '-';
    story[story_used] = 0;
}

void story_line(
    uint16_t status, const char *kind, const uint8_t *head, size_t head_size, const uint8_t *data, size_t size) {
    const uint8_t word[2] = {(uint8_t)(status >> 8), (uint8_t)status};

    if (story_paused)
        return;
    assert_true(story_used + 64 < STORY_MAX);
    memcpy(story + story_used, kind, strlen(kind));
    story_used += strlen(kind);
    story_hex(head, head_size);
    story_hex(data, size);
    story_hex(word, 2);
    story[story_used++] = '\n';
    story[story_used] = 0;
}

void rig_copy(struct rig *to, const struct rig *from) {
    *to = *from;
    to->f.memory.port.context = &to->f.memory;
    to->f.card.port = &to->f.memory.port;
    to->f.card.memory.port = &to->f.memory.port;
    to->f.card.applets = to->f.entries;
    to->f.entries[0].state = &to->ram;
}

bool rig_power_on(struct rig *rig, uint32_t cut_at, enum tear outcome) {
    tearing_power_on(&rig->f.memory, cut_at, outcome);
    sbk_card_power_on(&rig->f.card);
    return !rig->f.memory.cut;
}

/* ---- sessions ---- */

uint16_t rig_bureau(struct rig *rig) {
    const uint8_t *kept = rig->f.memory.image + SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KEYS;
    uint16_t status = send_hex(&rig->f, "00A4040008A00000015100000000");
    uint8_t vendor[48];

    if (status != SBK_SW_OK)
        return status;
    /* The bureau has both sets and finds out which one the card took. */
    memcpy(vendor, rig->f.keys, sizeof(vendor));
    if (memcmp(kept, rig->transport, sizeof(vendor)) == 0)
        memcpy(rig->f.keys, rig->transport, sizeof(vendor));
    status = open_scp03(&rig->f, SBK_LEVEL_FULL);
    memcpy(rig->f.keys, vendor, sizeof(vendor));
    story_line(status, "BUREAU", NULL, 0, NULL, 0);
    return status;
}

uint16_t rig_bureau_for_applet(struct rig *rig) {
    static const uint8_t install[] = "\x00\x00\x09" SBK_AID_ENTITLEMENT "\x00\x00\x00";
    uint8_t signer[SBK_CERTIFICATE_MAX];
    uint16_t status = rig_bureau(rig);

    if (status == SBK_SW_OK)
        status = rig_send(rig, SBK_INS_INSTALL, 0x20, 0x00, install, sizeof(install) - 1);
    if (status == SBK_SW_OK && rig->f.memory.image[SBK_IMAGE_ROOTS] != 0)
        status = rig_store(rig, SBK_TAG_SIGNER, signer, issue_signer(SBK_ROLE_GRANT_SIGNER, signer));
    return status;
}

uint16_t rig_station(struct rig *rig, enum terminal who) {
    uint8_t ca[SBK_CERTIFICATE_MAX];
    const struct shown *shown = issuer_terminal(who);
    const uint8_t root = issuer_generation(SBK_ROLE_ROOT);
    const size_t ca_size = issue_station_ca(root, shown->ca, ca);
    uint16_t status = send_hex(&rig->f, "00A4040009F053454D42414B4F0100");

    rig->clerk.who = who;
    if (status == SBK_SW_OK)
        status = show_ca(&rig->f, root, ca, ca_size);
    if (status == SBK_SW_OK)
        status = show_leaf(&rig->f, SBK_KID_ROOT, root, shown->leaf, shown->size);
    if (status == SBK_SW_OK)
        status = mutual(&rig->f, SBK_USAGE_FULL, shown->key);
    story_line(status, "STATION", ca, ca_size, shown->leaf, shown->size);
    return status;
}

uint16_t rig_send(struct rig *rig, uint8_t ins, uint8_t p1, uint8_t p2, const uint8_t *data, size_t size) {
    const uint8_t head[3] = {ins, p1, p2};
    char header[9];
    uint16_t status;

    snprintf(header, sizeof(header), "80%02X%02X%02X", ins, p1, p2);
    status = send_secure(&rig->f, header, data, size);
    story_line(status, "SEND", head, 3, data, size);
    return status;
}

/* ---- the bureau ---- */

uint16_t rig_store(struct rig *rig, uint16_t tag, const uint8_t *value, size_t size) {
    uint8_t data[SBK_CARD_BUFFER];
    struct sbk_writer writer = sbk_writer_of(data, sizeof(data));

    sbk_write_tlv(&writer, tag, value, size);
    assert_false(writer.failed);
    return rig_send(rig, SBK_INS_STORE_DATA, 0x90, 0x00, data, writer.used);
}

uint16_t rig_put_root(struct rig *rig) {
    const uint8_t generation = issuer_generation(SBK_ROLE_ROOT);
    uint8_t data[72] = {generation, 0xB0, 0x41, 0x04};

    point_of(issuer_root_number(generation), data + 4);
    memcpy(data + 68, "\xF0\x01\x00\x00", 4);
    return rig_send(rig, SBK_INS_PUT_KEY, 0x00, SBK_KID_ROOT, data, sizeof(data));
}

static void wrap_key(const uint8_t dek[16], const uint8_t key[16], uint8_t *out) {
    static const uint8_t iv[16];
    struct sbk_port_aes aes;
    uint8_t block[16];

    out[0] = 0x88;
    out[1] = 16;
    memcpy(out + 2, key, 16);
    sbk_port_aes_cbc_encrypt(dek, iv, out + 2, 16);
    out[18] = 3;
    memset(block, 1, sizeof(block));
    sbk_port_aes_begin(&aes, key);
    sbk_port_aes_encrypt_block(&aes, block, block);
    sbk_port_aes_end(&aes);
    memcpy(out + 19, block, 3);
}

uint16_t rig_put_transport(struct rig *rig) {
    const uint8_t *dek = rig->f.memory.image + SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KEYS + 32;
    uint8_t data[1 + 3 * 22] = {0x31};

    for (size_t i = 0; i < 3; i++)
        wrap_key(dek, rig->transport + 16 * i, data + 1 + 22 * i);
    return rig_send(rig, SBK_INS_PUT_KEY, 0x00, 0x81, data, sizeof(data));
}

uint16_t rig_generate(struct rig *rig, uint8_t replaced, uint8_t kid) {
    return rig_send(rig, SBK_INS_GENERATE_KEY, replaced, kid, (const uint8_t *)"\1\xF0\1", 4);
}

uint8_t rig_next_root(void) {
    return issuer_root_number((uint8_t)(issuer_generation(SBK_ROLE_ROOT) + 1));
}

uint16_t rig_store_next_root(struct rig *rig, uint8_t number) {
    uint8_t point[SBK_POINT_SIZE];
    uint8_t hash[SBK_HASH_SIZE];

    point_of(number, point);
    sbk_hash_point(point, hash);
    return rig_store(rig, SBK_TAG_NEXT_ROOT, hash, sizeof(hash));
}

uint16_t rig_store_alias(struct rig *rig) {
    return rig_store(rig, SBK_TAG_ALIAS, issuer_identity()->alias, SBK_ALIAS_SIZE);
}

uint16_t rig_store_identity(struct rig *rig) {
    uint8_t data[SBK_IDENTITY_MAX];

    return rig_store(rig, SBK_TAG_IDENTITY, data, issue_identity(data));
}

uint16_t rig_store_mandate(struct rig *rig) {
    uint8_t data[SBK_MANDATE_MAX];

    return rig_store(rig, SBK_TAG_MANDATE, data, issue_mandate(data));
}

uint16_t rig_set_secured(struct rig *rig) {
    return rig_send(rig, SBK_INS_SET_STATUS, 0x80, SBK_LIFE_SECURED, NULL, 0);
}

void rig_know_card(const struct rig *rig) {
    issuer_card(rig->f.memory.image + SBK_IMAGE_AGREEMENT + SBK_IMAGE_PAIR_PUBLIC,
        rig->f.memory.image + SBK_IMAGE_SIGNING + SBK_IMAGE_PAIR_PUBLIC);
}

void rig_blank(struct rig *rig) {
    memset(rig, 0, sizeof(*rig));
    fixture_init(&rig->f);
    rig->f.entries[0].applet = &sbk_entitlement_applet;
    rig->f.entries[0].state = &rig->ram;
    sbk_card_init(&rig->f.card, &rig->f.memory.port, rig->f.entries, 1);
    assert_true(rig_power_on(rig, 0, TEAR_DONE));
    for (size_t i = 0; i < sizeof(rig->transport); i++)
        rig->transport[i] = (uint8_t)(0x91 + 29 * i);
    rig->clerk.transaction = 1;
    issuer_begin();
    story_begin();
}

void rig_encode(struct rig *rig) {
    assert_int_equal(rig_bureau(rig), SBK_SW_OK);
    assert_int_equal(rig_put_root(rig), SBK_SW_OK);
    assert_int_equal(rig_generate(rig, 0, SBK_KID_AGREEMENT), SBK_SW_OK);
    assert_int_equal(rig_generate(rig, 0, SBK_KID_SIGNING), SBK_SW_OK);
    assert_int_equal(rig_store_next_root(rig, rig_next_root()), SBK_SW_OK);
    assert_int_equal(rig_bureau_for_applet(rig), SBK_SW_OK);
    assert_int_equal(rig_store_alias(rig), SBK_SW_OK);
    assert_int_equal(rig_store_identity(rig), SBK_SW_OK);
    assert_int_equal(rig_store_mandate(rig), SBK_SW_OK);
    rig_know_card(rig);
}

void rig_encoded(struct rig *rig) {
    rig_blank(rig);
    rig_encode(rig);
}

void rig_close(struct rig *rig) {
    assert_int_equal(rig_set_secured(rig), SBK_SW_OK);
}

void rig_closed(struct rig *rig) {
    rig_encoded(rig);
    rig_close(rig);
}

void rig_activate_encoded(struct rig *rig) {
    rig_close(rig);
    assert_int_equal(rig_station(rig, REGISTRAR), SBK_SW_OK);
    assert_int_equal(rig_activate(rig, RIG_HOLDER, RIG_ALTERNATE), SBK_SW_OK);
}

void rig_active(struct rig *rig) {
    rig_encoded(rig);
    rig_activate_encoded(rig);
}

/* ---- root links ---- */

struct told rig_select(struct rig *rig) {
    static const uint8_t before[] = {0xC2, 0x02};
    const uint8_t *reply = rig->f.reply;

    assert_int_equal(send_hex(&rig->f, "00A4040009F053454D42414B4F0100"), SBK_SW_OK);
    assert_int_equal(rig->f.reply_size, 35);
    assert_memory_equal(reply + 28, before, sizeof(before));
    return (struct told){reply[30], reply[31]};
}

uint16_t rig_no_session(struct rig *rig) {
    return send_hex(&rig->f, "00A4040008A00000015100000000");
}

uint16_t rig_send_link(struct rig *rig, const uint8_t link[SBK_LINK_SIZE]) {
    const uint8_t head[1] = {SBK_INS_ROOT_LINK};
    uint16_t status = send_clear(&rig->f, "802E0000", link, SBK_LINK_SIZE);

    story_line(status, "CLEAR", head, 1, link, SBK_LINK_SIZE);
    return status;
}

uint16_t rig_link(struct rig *rig, uint8_t generation, uint16_t old_until) {
    uint8_t link[SBK_LINK_SIZE];

    make_link(
        link, generation, issuer_root_number(generation), issuer_root_number((uint8_t)(generation + 1)), old_until);
    return rig_send_link(rig, link);
}

/* ---- terminals ---- */

size_t rig_context(const struct rig *rig, uint8_t *out) {
    struct sbk_writer writer = sbk_writer_of(out, 80);

    sbk_write_u32(&writer, rig->clerk.counter);
    sbk_write_u32(&writer, rig->clerk.transaction);
    sbk_write_u32(&writer, issuer_terminal(rig->clerk.who)->time);
    sbk_write_bytes(&writer, rig->clerk.previous, SBK_HASH_SIZE);
    sbk_write_u32(&writer, rig->clerk.transaction * 3);
    memset(out + writer.used, 0x77, SBK_HASH_SIZE);
    return writer.used + SBK_HASH_SIZE;
}

uint16_t rig_entry(struct rig *rig, uint8_t ins, const uint8_t *data, size_t size) {
    uint16_t status = rig_send(rig, ins, 0, 0, data, size);
    uint8_t body[SBK_ENTRY_SIZE] = {SBK_RECORD_ENTRY, SBK_RECORD_VERSION};

    if (status != SBK_SW_OK)
        return status;
    assert_int_equal(rig->f.reply_size, SBK_ENTRY_RESPONSE);
    memcpy(body + 2, issuer_identity()->alias, SBK_ALIAS_SIZE);
    memcpy(body + SBK_ENTRY_HEAD, rig->f.reply, SBK_ENTRY_SIZE - SBK_ENTRY_HEAD);
    sbk_sha256(body, sizeof(body), rig->clerk.previous);
    rig->clerk.counter++;
    rig->clerk.transaction++;
    return status;
}

uint16_t rig_debit(struct rig *rig, const struct ask *asks, size_t count, uint8_t who, const char *pin) {
    uint8_t data[200];
    struct sbk_writer writer = sbk_writer_of(data, sizeof(data));

    writer.used = rig_context(rig, data);
    memset(data + writer.used, 0xD1, SBK_HASH_SIZE);
    writer.used += SBK_HASH_SIZE;
    sbk_write_u8(&writer, who);
    sbk_write_u8(&writer, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        sbk_write_u8(&writer, asks[i].slot);
        sbk_write_u24(&writer, asks[i].amount);
    }
    sbk_write_u8(&writer, (uint8_t)strlen(pin));
    sbk_write_bytes(&writer, (const uint8_t *)pin, strlen(pin));
    return rig_entry(rig, SBK_INS_DEBIT, data, writer.used);
}

uint16_t rig_void(struct rig *rig, uint32_t counter) {
    uint8_t data[84];
    struct sbk_writer writer = sbk_writer_of(data, sizeof(data));

    writer.used = rig_context(rig, data);
    sbk_write_u32(&writer, counter);
    return rig_entry(rig, SBK_INS_VOID, data, writer.used);
}

static size_t write_pins(const char *holder, const char *alternate, uint8_t *out) {
    memset(out, 0, 18);
    out[0] = (uint8_t)strlen(holder);
    memcpy(out + 1, holder, strlen(holder));
    out[9] = (uint8_t)strlen(alternate);
    memcpy(out + 10, alternate, strlen(alternate));
    return 18;
}

uint16_t rig_activate(struct rig *rig, const char *holder, const char *alternate) {
    uint8_t data[SBK_CARD_BUFFER];
    size_t size = rig_context(rig, data);

    size += write_pins(holder, alternate, data + size);
    size += issue_signer(SBK_ROLE_CARD_CA, data + size);
    size += issue_card_certificate(issuer_day(2026, 9, 20), data + size);
    return rig_entry(rig, SBK_INS_ACTIVATE, data, size);
}

uint16_t rig_set_pin(struct rig *rig, const char *holder, const char *alternate) {
    uint8_t data[18];

    return rig_send(rig, SBK_INS_SET_PIN, 0, 0, data, write_pins(holder, alternate, data));
}

uint16_t rig_mandate(struct rig *rig) {
    uint8_t data[SBK_CARD_BUFFER];
    size_t size = rig_context(rig, data);

    size += issue_signer(SBK_ROLE_GRANT_SIGNER, data + size);
    size += issue_mandate(data + size);
    return rig_entry(rig, SBK_INS_DELIVER_MANDATE, data, size);
}

uint16_t rig_identity(struct rig *rig) {
    uint8_t data[SBK_CARD_BUFFER];
    size_t size = issue_signer(SBK_ROLE_GRANT_SIGNER, data);

    size += issue_identity(data + size);
    return rig_send(rig, SBK_INS_DELIVER_RECORD, 0, 0, data, size);
}

uint16_t rig_notice(struct rig *rig, uint8_t kind, uint32_t number) {
    uint8_t data[SBK_CARD_BUFFER];
    size_t size = issue_signer(SBK_ROLE_LIST_SIGNER, data);

    size += issue_notice(kind, number, data + size);
    return rig_send(rig, SBK_INS_DELIVER_RECORD, 0, 0, data, size);
}

uint16_t rig_renew(struct rig *rig, uint16_t effective) {
    uint8_t data[SBK_CARD_BUFFER];
    size_t size = issue_signer(SBK_ROLE_CARD_CA, data);

    size += issue_card_certificate(effective, data + size);
    return rig_send(rig, SBK_INS_DELIVER_RECORD, 0, 0, data, size);
}

uint16_t rig_read_status(struct rig *rig) {
    return send_secure(&rig->f, "80100000", NULL, 0);
}
