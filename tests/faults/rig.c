/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applet/host/crypto.h"

#define STORY_MAX (1u << 17)

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
    static uint8_t ca[SBK_CERTIFICATE_MAX];
    static size_t ca_size;
    const struct shown *shown = issuer_terminal(who);
    uint16_t status = send_hex(&rig->f, "00A4040009F053454D42414B4F0100");

    if (ca_size == 0)
        ca_size = make_ca(ca, 1, 1, KEY_ROOT, issuer_day(2027, 12, 31));
    rig->clerk.who = who;
    if (status == SBK_SW_OK)
        status = show_ca(&rig->f, 1, ca, ca_size);
    if (status == SBK_SW_OK)
        status = show_leaf(&rig->f, SBK_KID_ROOT, 1, shown->leaf, shown->size);
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
    uint8_t data[72] = {1, 0xB0, 0x41, 0x04};

    point_of(KEY_ROOT, data + 4);
    memcpy(data + 68, "\xF0\x01\x00\x00", 4);
    return rig_send(rig, SBK_INS_PUT_KEY, 0x00, SBK_KID_ROOT, data, sizeof(data));
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
    uint8_t data[SBK_CARD_BUFFER];
    uint8_t point[SBK_POINT_SIZE];

    assert_int_equal(rig_bureau(rig), SBK_SW_OK);
    assert_int_equal(rig_put_root(rig), SBK_SW_OK);
    assert_int_equal(
        rig_send(rig, SBK_INS_GENERATE_KEY, 0, SBK_KID_AGREEMENT, (const uint8_t *)"\1\xF0\1", 4), SBK_SW_OK);
    assert_int_equal(
        rig_send(rig, SBK_INS_GENERATE_KEY, 0, SBK_KID_SIGNING, (const uint8_t *)"\1\xF0\1", 4), SBK_SW_OK);
    point_of(KEY_NEXT_ROOT, point);
    sbk_hash_point(point, data);
    assert_int_equal(rig_store(rig, SBK_TAG_NEXT_ROOT, data, SBK_HASH_SIZE), SBK_SW_OK);
    assert_int_equal(rig_bureau_for_applet(rig), SBK_SW_OK);
    assert_int_equal(rig_store(rig, SBK_TAG_ALIAS, issuer_identity()->alias, SBK_ALIAS_SIZE), SBK_SW_OK);
    assert_int_equal(rig_store(rig, SBK_TAG_IDENTITY, data, issue_identity(data)), SBK_SW_OK);
    assert_int_equal(rig_store(rig, SBK_TAG_MANDATE, data, issue_mandate(data)), SBK_SW_OK);
    issuer_card(rig->f.memory.image + SBK_IMAGE_AGREEMENT + SBK_IMAGE_PAIR_PUBLIC,
        rig->f.memory.image + SBK_IMAGE_SIGNING + SBK_IMAGE_PAIR_PUBLIC);
}

void rig_encoded(struct rig *rig) {
    rig_blank(rig);
    rig_encode(rig);
}

void rig_close(struct rig *rig) {
    assert_int_equal(rig_send(rig, SBK_INS_SET_STATUS, 0x80, SBK_LIFE_SECURED, NULL, 0), SBK_SW_OK);
}

void rig_closed(struct rig *rig) {
    rig_encoded(rig);
    rig_close(rig);
}

void rig_active(struct rig *rig) {
    rig_closed(rig);
    assert_int_equal(rig_station(rig, REGISTRAR), SBK_SW_OK);
    assert_int_equal(rig_activate(rig, RIG_HOLDER, RIG_ALTERNATE), SBK_SW_OK);
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
