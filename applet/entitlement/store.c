/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/store.h"

#include <string.h>

static void read_bytes(struct sbk_card *card, uint32_t offset, uint8_t *out, size_t size) {
    /* A failure zeroes out and marks the memory broken, which the command table asks for at the end. */
    (void)sbk_memory_read(sbk_card_memory(card), offset, out, size);
}

static void write_bytes(struct sbk_card *card, uint32_t offset, const uint8_t *data, size_t size) {
    /* The transaction keeps the failure and refuses to commit. */
    (void)sbk_memory_write(sbk_card_memory(card), offset, data, size);
}

void sbk_store_read_head(struct sbk_card *card, struct sbk_head *head) {
    uint8_t page[SBK_PAGE_SIZE];

    read_bytes(card, SBK_AREA_HEAD, page, sizeof(page));
    struct sbk_reader reader = sbk_reader_of(page, sizeof(page));
    head->state = sbk_read_u8(&reader);
    head->identity = sbk_read_u8(&reader);
    head->mandate = sbk_read_u8(&reader);
    head->floor = sbk_read_u16(&reader);
    head->counter = sbk_read_u32(&reader);
    head->stopped = sbk_read_u32(&reader);
    head->epoch = sbk_read_u32(&reader);
    head->done = sbk_read_u32(&reader);
    head->certificate = sbk_read_u8(&reader) & 1;
    memcpy(head->last, page + SBK_HEAD_LAST, SBK_HASH_SIZE);
}

void sbk_store_write_head(struct sbk_card *card, const struct sbk_head *head) {
    uint8_t page[SBK_PAGE_SIZE] = {0};
    struct sbk_writer writer = sbk_writer_of(page, sizeof(page));

    sbk_write_u8(&writer, head->state);
    sbk_write_u8(&writer, head->identity);
    sbk_write_u8(&writer, head->mandate);
    sbk_write_u16(&writer, head->floor);
    sbk_write_u32(&writer, head->counter);
    sbk_write_u32(&writer, head->stopped);
    sbk_write_u32(&writer, head->epoch);
    sbk_write_u32(&writer, head->done);
    sbk_write_u8(&writer, head->certificate);
    memcpy(page + SBK_HEAD_LAST, head->last, SBK_HASH_SIZE);
    write_bytes(card, SBK_AREA_HEAD, page, sizeof(page));
}

void sbk_store_alias(struct sbk_card *card, uint8_t alias[SBK_ALIAS_SIZE]) {
    read_bytes(card, SBK_AREA_ALIAS, alias, SBK_ALIAS_SIZE);
}

uint32_t sbk_store_certificate(uint8_t slot) {
    return SBK_AREA_CERTIFICATE + (uint32_t)slot * SBK_CERTIFICATE_STRIDE;
}

uint8_t sbk_store_other(uint8_t slot) {
    return slot == 1 ? 2 : 1;
}

uint32_t sbk_store_slot(uint32_t area, uint8_t slot) {
    return area + (uint32_t)(slot - 1) * SBK_SLOT_SIZE;
}

void sbk_store_mandate_head(struct sbk_card *card, const struct sbk_head *head, struct sbk_mandate_head *mandate) {
    uint32_t offset = sbk_store_slot(SBK_AREA_MANDATE, head->mandate);
    uint8_t raw[4];

    memset(mandate, 0, sizeof(*mandate));
    if (head->mandate == 0)
        return;
    read_bytes(card, offset + SBK_MANDATE_AT_NUMBER, raw, sizeof(raw));
    struct sbk_reader reader = sbk_reader_of(raw, sizeof(raw));
    mandate->number = sbk_read_u32(&reader);
    read_bytes(card, offset + SBK_MANDATE_AT_STATUS, (uint8_t *)&mandate->as, sizeof(mandate->as));
}

enum sbk_card_state sbk_store_state(
    struct sbk_card *card, const struct sbk_head *head, const struct sbk_mandate_head *mandate) {
    if (!sbk_card_closed(card))
        return SBK_STATE_BLANK;
    if (head->state == SBK_STATE_ENDED)
        return SBK_STATE_ENDED;
    if (head->state != SBK_STATE_ACTIVE)
        return SBK_STATE_CLOSED;
    if (mandate->as.status != SBK_MANDATE_ACTIVE || head->stopped >= mandate->number)
        return SBK_STATE_STOPPED;
    return SBK_STATE_ACTIVE;
}

bool sbk_store_purse(struct sbk_card *card, const struct sbk_head *head, uint8_t slot, struct sbk_purse *purse) {
    struct sbk_stored record = sbk_store_mandate(card, head);
    uint8_t raw[SBK_PURSE_SIZE];

    for (uint32_t at = SBK_MANDATE_AT_PURSES; at + SBK_PURSE_SIZE + SBK_SIGNATURE_SIZE <= record.size;
         at += SBK_PURSE_SIZE) {
        read_bytes(card, record.offset + at, raw, sizeof(raw));
        if (raw[0] != slot)
            continue;
        struct sbk_reader reader = sbk_reader_of(raw, sizeof(raw));
        sbk_purse_read(&reader, purse);
        /* What other code counts by must be in range even where the image was not written by this card. */
        return purse->grant != 0 && (uint8_t)(purse->unit - 1) < SBK_UNITS && (uint8_t)(purse->programme - 1) < 32;
    }
    return false;
}

void sbk_store_read_spent(struct sbk_card *card, uint8_t slot, struct sbk_spent *spent) {
    uint8_t raw[SBK_PURSE_STORED];

    read_bytes(card, SBK_AREA_PURSES + (uint32_t)slot * SBK_PURSE_STRIDE, raw, sizeof(raw));
    struct sbk_reader reader = sbk_reader_of(raw, sizeof(raw));
    spent->grant = sbk_read_u16(&reader);
    spent->window = sbk_read_u8(&reader);
    spent->spent = sbk_read_u24(&reader);
    spent->credit = sbk_read_u24(&reader);
}

void sbk_store_write_spent(struct sbk_card *card, uint8_t slot, const struct sbk_spent *spent) {
    uint8_t raw[SBK_PURSE_STORED] = {0};
    struct sbk_writer writer = sbk_writer_of(raw, sizeof(raw));

    sbk_write_u16(&writer, spent->grant);
    sbk_write_u8(&writer, spent->window);
    sbk_write_u24(&writer, spent->spent);
    sbk_write_u24(&writer, spent->credit);
    write_bytes(card, SBK_AREA_PURSES + (uint32_t)slot * SBK_PURSE_STRIDE, raw, sizeof(raw));
}

/* Everything before the name. */
static void read_identity(const uint8_t raw[SBK_IDENTITY_AT_NAME], struct sbk_identity_head *identity) {
    struct sbk_reader reader =
        sbk_reader_of(raw + SBK_IDENTITY_AT_KELURAHAN, SBK_IDENTITY_AT_NAME - SBK_IDENTITY_AT_KELURAHAN);

    identity->number = (uint16_t)(raw[SBK_IDENTITY_AT_NUMBER] << 8 | raw[SBK_IDENTITY_AT_NUMBER + 1]);
    sbk_read_bytes(&reader, identity->kelurahan, SBK_KELURAHAN_SIZE);
    identity->valid_from = sbk_read_u16(&reader);
    identity->valid_until = sbk_read_u16(&reader);
    identity->name_size = sbk_read_u8(&reader);
}

bool sbk_store_identity_read(const uint8_t *record, size_t size, struct sbk_identity_head *identity) {
    read_identity(record, identity);
    if (record[0] != SBK_RECORD_IDENTITY || record[1] != SBK_RECORD_VERSION || identity->number == 0 ||
        identity->valid_until < identity->valid_from || identity->name_size == 0 || identity->name_size > SBK_NAME_MAX)
        return false;
    identity->alternate_size = record[SBK_IDENTITY_AT_NAME + identity->name_size];
    return identity->alternate_size <= SBK_NAME_MAX &&
           size == SBK_IDENTITY_AT_NAME + 1u + identity->name_size + identity->alternate_size + SBK_SIGNATURE_SIZE;
}

void sbk_store_identity_head(struct sbk_card *card, const struct sbk_head *head, struct sbk_identity_head *identity) {
    uint8_t raw[SBK_IDENTITY_AT_NAME];
    uint32_t offset;

    memset(identity, 0, sizeof(*identity));
    if (head->identity == 0)
        return;
    offset = sbk_store_slot(SBK_AREA_IDENTITY, head->identity);
    read_bytes(card, offset, raw, sizeof(raw));
    read_identity(raw, identity);
    read_bytes(card, offset + SBK_IDENTITY_AT_NAME + identity->name_size, &identity->alternate_size, 1);
}

struct sbk_stored sbk_store_identity(struct sbk_card *card, const struct sbk_head *head) {
    struct sbk_identity_head identity;
    struct sbk_stored stored = {0, 0};

    if (head->identity == 0)
        return stored;
    sbk_store_identity_head(card, head, &identity);
    stored.offset = sbk_store_slot(SBK_AREA_IDENTITY, head->identity);
    stored.size =
        (uint16_t)(SBK_IDENTITY_AT_NAME + identity.name_size + 1 + identity.alternate_size + SBK_SIGNATURE_SIZE);
    return stored;
}

struct sbk_stored sbk_store_mandate(struct sbk_card *card, const struct sbk_head *head) {
    struct sbk_stored stored = {0, 0};
    uint8_t count;

    if (head->mandate == 0)
        return stored;
    stored.offset = sbk_store_slot(SBK_AREA_MANDATE, head->mandate);
    read_bytes(card, stored.offset + SBK_MANDATE_AT_PURSES - 1, &count, 1);
    stored.size = (uint16_t)(SBK_MANDATE_AT_PURSES + count * SBK_PURSE_SIZE + SBK_SIGNATURE_SIZE);
    return stored;
}

static void hash_stored(struct sbk_card *card, struct sbk_port_sha256 *hash, struct sbk_stored stored) {
    uint8_t chunk[SBK_PAGE_SIZE];

    while (stored.size > 0) {
        uint16_t size = stored.size < sizeof(chunk) ? stored.size : (uint16_t)sizeof(chunk);

        read_bytes(card, stored.offset, chunk, size);
        sbk_port_sha256_update(hash, chunk, size);
        stored.offset += size;
        stored.size = (uint16_t)(stored.size - size);
    }
}

void sbk_store_hash(
    struct sbk_card *card, struct sbk_stored first, struct sbk_stored second, uint8_t hash[SBK_HASH_SIZE]) {
    struct sbk_port_sha256 state;

    sbk_port_sha256_init(&state);
    hash_stored(card, &state, first);
    hash_stored(card, &state, second);
    sbk_port_sha256_final(&state, hash);
}
