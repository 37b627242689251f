/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/hostile_card.h"

#include <stdlib.h>
#include <string.h>

#include "applet/host/crypto.h"
#include "schema/basket.h"
#include "tests/faults/rig.h"

static struct rig starts[HOSTILE_STATES], rig;
static bool prepared;

static void good(uint16_t status) {
    if (status != SBK_SW_OK)
        abort();
}

static void make_redeemed(struct rig *card) {
    rig_active(card);
    good(rig_station(card, STORE_OTHER));
    good(rig_debit(card, (const struct ask[]){{0, 5000}, {1, 18000}}, 2, SBK_WHO_HOLDER, RIG_HOLDER));
}

/* What the vendor of chips has, and the keys that it gives to a chip. */
static const uint8_t master[16] = "vendor's master";

static void make_blank(struct rig *card) {
    uint8_t input[1 + SBK_SERIAL_SIZE];

    rig_blank(card);
    memcpy(input + 1, card->f.memory.image + SBK_IMAGE_HEADER + SBK_IMAGE_HEADER_SERIAL, SBK_SERIAL_SIZE);
    for (uint8_t i = 0; i < 3; i++) {
        input[0] = (uint8_t)(i + 1);
        sbk_cmac(master, input, sizeof(input), card->f.keys + 16 * i);
    }
    memcpy(card->f.memory.image + SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KEYS, card->f.keys, sizeof(card->f.keys));
}

static void prepare(void) {
    make_blank(&starts[HOSTILE_BLANK]);
    rig_active(&starts[HOSTILE_ACTIVE]);
    make_redeemed(&starts[HOSTILE_REDEEMED]);
    make_redeemed(&starts[HOSTILE_STOPPED]);
    good(rig_notice(&starts[HOSTILE_STOPPED], SBK_NOTICE_STOP, 1));
    make_redeemed(&starts[HOSTILE_ENDED]);
    issuer_mandate()->number = 2;
    issuer_mandate()->status = SBK_MANDATE_CLOSED;
    issuer_mandate()->purse_count = 0;
    good(rig_mandate(&starts[HOSTILE_ENDED]));
    rig_closed(&starts[HOSTILE_CLOSED]);
    story_pause(true);
    prepared = true;
}

void hostile_begin(unsigned state) {
    if (!prepared)
        prepare();
    rig_copy(&rig, &starts[state % HOSTILE_STATES]);
    hostile_tap();
}

void hostile_tap(void) {
    if (!rig_power_on(&rig, 0, TEAR_DONE))
        abort();
}

/* ---- answers ---- */

static bool is_authentic(uint16_t status) {
    return status == SBK_SW_OK || status >> 8 == 0x62 || status >> 8 == 0x63;
}

static size_t open_answer(struct sbk_messaging *channel, uint8_t *data, size_t size) {
    uint8_t iv[16] = {0x80};
    struct sbk_port_aes aes;

    size -= SBK_MAC_SIZE;
    if (size == 0)
        return 0;
    for (size_t i = 0; i < 4; i++)
        iv[12 + i] = (uint8_t)(channel->counter >> (24 - 8 * i));
    sbk_port_aes_begin(&aes, channel->enc);
    sbk_port_aes_encrypt_block(&aes, iv, iv);
    sbk_port_aes_end(&aes);
    sbk_port_aes_cbc_decrypt(channel->enc, iv, data, size);
    size = sbk_unpad(data, size);
    return size == SIZE_MAX ? 0 : size;
}

size_t hostile_answer(
    const uint8_t *command, size_t size, uint8_t *response, size_t room, hostile_edit edit, void *context) {
    uint8_t data[HOSTILE_ROOM + SBK_MESSAGING_OVERHEAD];
    size_t answered = sbk_card_process(&rig.f.card, command, size, data, SBK_RESPONSE_MAX) - 2;
    uint16_t status = (uint16_t)(data[answered] << 8 | data[answered + 1]);
    struct sbk_messaging channel = rig.f.card.messaging;
    bool inside = size > 0 && (command[0] & 0x04) != 0 && is_authentic(status) && answered >= SBK_MAC_SIZE &&
                  channel.level == SBK_LEVEL_FULL;

    if (inside)
        answered = open_answer(&channel, data, answered);
    edit(context, inside, data, &answered, &status);
    if (inside && is_authentic(status))
        sbk_messaging_wrap(&channel, data, &answered, status);
    if (answered > room - 2)
        answered = room - 2;
    memcpy(response, data, answered);
    response[answered] = (uint8_t)(status >> 8);
    response[answered + 1] = (uint8_t)status;
    return answered + 2;
}

void hostile_sign(uint8_t *entry, uint8_t *signature) {
    uint8_t body[SBK_ENTRY_SIZE] = {SBK_RECORD_ENTRY, SBK_RECORD_VERSION};
    uint8_t hash[SBK_HASH_SIZE];

    memcpy(body + 2, issuer_identity()->alias, SBK_ALIAS_SIZE);
    memcpy(body + SBK_ENTRY_HEAD, entry, SBK_ENTRY_SIZE - SBK_ENTRY_HEAD);
    sbk_sha256(body, sizeof(body), hash);
    if (!sbk_port_p256_sign(rig.f.memory.image + SBK_IMAGE_SIGNING + SBK_IMAGE_PAIR_PRIVATE, hash, signature))
        abort();
}

/* ---- papers ---- */

static size_t write_list(uint8_t *out) {
    static const struct sbk_item items[] = {{"beras", "Beras", SBK_UNIT_GRAM, 1, 14000},
        {"minyak", "Minyak goreng", SBK_UNIT_MILLILITRE, 2, 17000}, {"telur", "Telur", SBK_UNIT_PIECE, 4, 2500}};
    struct sbk_items_header header = {.number = 1, .issued = issuer_day(2026, 10, 1), .count = 3};
    size_t size = issue_signer(SBK_ROLE_LIST_SIGNER, out);
    size_t written = 0;

    if (sbk_items_write(&header, items, out + size, HOSTILE_ROOM - size, &written) != SBK_FORMAT_OK)
        abort();
    return size + issue_signed(SBK_ROLE_LIST_SIGNER, out + size, written);
}

static uint8_t log_key_hash[SBK_LOG_KEY_HASH_SIZE];

void hostile_log_key(const uint8_t *hash) {
    memcpy(log_key_hash, hash, sizeof(log_key_hash));
}

/* The store's leaf, for its log key. */
static size_t write_leaf(uint8_t *out) {
    const struct shown *store = issuer_terminal(STORE);
    struct sbk_certificate certificate;
    uint8_t body[SBK_CERTIFICATE_MAX], hash[SBK_HASH_SIZE], scalar[32], signature[SBK_SIGNATURE_SIZE];
    size_t size = 0;

    if (sbk_certificate_parse(store->leaf, store->size, &certificate) != SBK_FORMAT_OK)
        abort();
    memcpy(certificate.rights.log_key_hash, log_key_hash, sizeof(log_key_hash));
    if (sbk_certificate_write_signed(&certificate, body, sizeof(body), &size) != SBK_FORMAT_OK)
        abort();
    sbk_sha256(body, size, hash);
    scalar_of(KEY_STATION_CA, scalar);
    if (!sbk_port_p256_sign(scalar, hash, signature) ||
        sbk_certificate_assemble(body, size, signature, out, SBK_CERTIFICATE_MAX, &size) != SBK_FORMAT_OK)
        abort();
    return size;
}

size_t hostile_paper(enum hostile_paper paper, uint8_t out[HOSTILE_ROOM]) {
    const struct shown *store = issuer_terminal(STORE);

    if (!prepared)
        prepare();
    switch (paper) {
    case HOSTILE_ROOT:
        point_of(KEY_ROOT, out);
        return SBK_POINT_SIZE;
    case HOSTILE_STATION_CA:
        return make_ca(out, 1, 1, KEY_ROOT, issuer_day(2027, 12, 31));
    case HOSTILE_CARD_CA:
        return issue_signer(SBK_ROLE_CARD_CA, out);
    case HOSTILE_GRANT_SIGNER:
        return issue_signer(SBK_ROLE_GRANT_SIGNER, out);
    case HOSTILE_LIST_SIGNER:
        return issue_signer(SBK_ROLE_LIST_SIGNER, out);
    case HOSTILE_LEAF:
        return write_leaf(out);
    case HOSTILE_KEY:
        scalar_of(store->key, out);
        point_of(store->key, out + 32);
        return 32 + SBK_POINT_SIZE;
    case HOSTILE_NEXT_ROOT:
        point_of(KEY_NEXT_ROOT, out + SBK_HASH_SIZE);
        sbk_hash_point(out + SBK_HASH_SIZE, out);
        return SBK_HASH_SIZE;
    case HOSTILE_ALIAS:
        memcpy(out, issuer_identity()->alias, SBK_ALIAS_SIZE);
        return SBK_ALIAS_SIZE;
    case HOSTILE_IDENTITY:
        return issue_identity(out);
    case HOSTILE_MANDATE:
        return issue_mandate(out);
    case HOSTILE_MASTER:
        memcpy(out, master, sizeof(master));
        return sizeof(master);
    default:
        return write_list(out);
    }
}

uint32_t hostile_time(void) {
    return issuer_terminal(STORE)->time;
}
