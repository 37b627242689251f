/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/applet/entitlement/world.h"

#include <string.h>

#include "applet/host/crypto.h"
#include "schema/numbers.h"

static const uint8_t alias[SBK_ALIAS_SIZE] = {0xA1, 0x1A, 0x50, 0x0B, 0x5E, 0x4D, 0x0C, 0x01};
static const uint8_t kelurahan[SBK_KELURAHAN_SIZE] = {0x64, 0x72, 0x05, 0x10, 0x01};

uint16_t day(unsigned year, unsigned month, unsigned date) {
    struct sbk_civil civil = {(uint16_t)year, (uint8_t)month, (uint8_t)date};
    uint16_t days = 0;

    assert_int_equal(sbk_date_from_civil(civil, &days), SBK_FORMAT_OK);
    return days;
}

uint32_t at(unsigned year, unsigned month, unsigned date) {
    return day(year, month, date) * 86400u + 9 * 3600 - SBK_WITA_SECONDS;
}

/* ---- the chip ---- */

static bool port_read(void *context, uint32_t offset, uint8_t *out, size_t size) {
    struct world *world = context;

    if (world->tear.happened || offset > SBK_IMAGE_SIZE || size > SBK_IMAGE_SIZE - offset)
        return false;
    memcpy(out, world->image + offset, size);
    return true;
}

static bool port_write(void *context, uint16_t page, const uint8_t bytes[SBK_PAGE_SIZE]) {
    struct world *world = context;
    uint8_t *home = world->image + (size_t)page * SBK_PAGE_SIZE;

    if (world->tear.happened)
        return false;
    if (world->tear.left != 0) {
        if (world->tear.left > 0)
            world->tear.left--;
        memcpy(home, bytes, SBK_PAGE_SIZE);
        return true;
    }
    world->tear.happened = true;
    if (world->tear.kind == 1)
        memcpy(home, bytes, SBK_PAGE_SIZE);
    else if (world->tear.kind == 2)
        memset(home, 0xFF, SBK_PAGE_SIZE);
    else if (world->tear.kind == 3)
        memcpy(home, bytes, SBK_PAGE_SIZE / 2);
    return false;
}

static bool port_random(void *context, uint8_t *out, size_t size) {
    struct world *world = context;

    for (size_t i = 0; i < size; i++) {
        world->random = world->random * 1664525u + 1013904223u;
        out[i] = (uint8_t)(world->random >> 24);
    }
    return !world->no_random;
}

void world_power_on(struct world *world) {
    world->tear = (struct tear){.left = -1};
    sbk_card_power_on(&world->card);
}

/* ---- the issuer ---- */

static void make_key(struct key *key, uint8_t seed) {
    memset(key->scalar, seed, sizeof(key->scalar));
    assert_true(sbk_port_p256_public(key->scalar, key->point));
}

size_t sign_record(const struct key *key, uint8_t *record, size_t size) {
    uint8_t hash[SBK_HASH_SIZE];

    sbk_sha256(record, size, hash);
    assert_true(sbk_port_p256_sign(key->scalar, hash, record + size));
    return size + SBK_SIGNATURE_SIZE;
}

size_t write_identity(const struct world *world, const struct key *key, uint8_t *out) {
    size_t size;

    assert_int_equal(sbk_identity_write(&world->identity, out, SBK_IDENTITY_MAX, &size), SBK_FORMAT_OK);
    return sign_record(key, out, size);
}

size_t write_mandate(const struct world *world, const struct key *key, uint8_t *out) {
    size_t size;

    assert_int_equal(sbk_mandate_write(&world->mandate, out, SBK_MANDATE_MAX, &size), SBK_FORMAT_OK);
    return sign_record(key, out, size);
}

size_t write_notice(const struct world *world, const struct key *key, uint8_t kind, uint32_t number, uint8_t *out) {
    struct sbk_notice notice = {.kind = kind, .number = number, .issued = day(2026, 11, 1)};
    size_t size;

    memcpy(notice.alias, world->identity.alias, SBK_ALIAS_SIZE);
    assert_int_equal(sbk_notice_write(&notice, out, SBK_NOTICE_SIZE, &size), SBK_FORMAT_OK);
    return sign_record(key, out, size);
}

static size_t write_certificate(const struct sbk_certificate *certificate, const struct key *issuer, uint8_t *out) {
    uint8_t body[SBK_CERTIFICATE_MAX + SBK_SIGNATURE_SIZE];
    size_t size;

    assert_int_equal(sbk_certificate_write_signed(certificate, body, SBK_CERTIFICATE_MAX, &size), SBK_FORMAT_OK);
    sign_record(issuer, body, size);
    assert_int_equal(sbk_certificate_assemble(body, size, body + size, out, SBK_CERTIFICATE_MAX, &size), SBK_FORMAT_OK);
    return size;
}

size_t write_signer(const struct world *world, enum sbk_role role, const struct key *key, uint8_t *out) {
    struct sbk_certificate certificate = {
        .serial = {0, 0, 1},
        .role = (uint8_t)role,
        .issuer_role = SBK_ROLE_ROOT,
        .issuer_generation = world->generation[SBK_ROLE_ROOT],
        .generation = world->generation[role],
        .effective = day(2026, 9, 1),
        .expiry = day(2027, 12, 31),
    };

    memcpy(certificate.key, key->point, SBK_POINT_SIZE);
    return write_certificate(&certificate, &world->root, out);
}

size_t write_card_certificate(const struct world *world, uint8_t *out) {
    struct sbk_certificate certificate = {
        .serial = {0, 1, 0},
        .role = SBK_ROLE_CARD,
        .issuer_role = SBK_ROLE_CARD_CA,
        .issuer_generation = world->generation[SBK_ROLE_CARD_CA],
        .effective = world->card_from,
        .expiry = day(2028, 12, 31),
    };

    memcpy(certificate.alias, world->identity.alias, SBK_ALIAS_SIZE);
    memcpy(certificate.key, world->agreement.point, SBK_POINT_SIZE);
    certificate.signing_key[0] = (uint8_t)(2 | (world->signing.point[63] & 1));
    memcpy(certificate.signing_key + 1, world->signing.point, 32);
    return write_certificate(&certificate, &world->card_ca, out);
}

/* ---- the terminals ---- */

static void become(struct world *world, enum sbk_role role, const char *id, const char *outlet) {
    memset(&world->terminal, 0, sizeof(world->terminal));
    world->terminal.role = (uint8_t)role;
    world->terminal.ca_generation = 1;
    assert_int_equal(sbk_id_write(id, world->terminal.id, SBK_TERMINAL_SIZE), SBK_FORMAT_OK);
    memcpy(world->terminal.rights.outlet, outlet, strlen(outlet));
    memcpy(world->terminal.rights.kelurahan, kelurahan, sizeof(kelurahan));
    world->terminal.effective = day(2026, 11, 1);
    world->terminal.expiry = day(2026, 11, 30);
    world->terminal.rights.programmes = SBK_PROGRAMMES_ALL;
    for (int i = 0; i < SBK_UNITS; i++)
        world->terminal.rights.limits[i] = SBK_LIMIT_NONE;
}

void become_store(struct world *world) {
    become(world, SBK_ROLE_STORE, "WARUNG-1", "W1");
}

void become_registrar(struct world *world) {
    become(world, SBK_ROLE_REGISTRAR, "KELURAHAN-1", "");
}

void become_auditor(struct world *world) {
    become(world, SBK_ROLE_AUDITOR, "AUDIT-1", "");
}

uint16_t send_raw(
    struct world *world, uint8_t cla, uint8_t ins, uint8_t p1, uint8_t p2, const uint8_t *data, size_t size) {
    struct sbk_card *card = &world->card;
    struct sbk_exchange exchange = {.state = &world->ram, .cla = cla, .ins = ins, .p1 = p1, .p2 = p2};
    uint16_t status;

    assert_true(size <= SBK_CARD_BUFFER - SBK_MAC_SIZE);
    memset(card->buffer, 0xEE, sizeof(card->buffer));
    if (size)
        memcpy(card->buffer, data, size);
    exchange.data = card->buffer;
    exchange.size = size;
    exchange.response = card->buffer + size;
    exchange.room =
        size < SBK_CARD_BUFFER - SBK_MESSAGING_OVERHEAD ? SBK_CARD_BUFFER - SBK_MESSAGING_OVERHEAD - size : 0;
    exchange.session = SBK_SESSION_SCP11A;
    exchange.level = SBK_LEVEL_FULL;
    exchange.terminal = &world->terminal;
    status = card->memory.broken ? SBK_SW_MEMORY : sbk_entitlement_applet.process(card, &exchange);
    assert_false(card->memory.open);
    world->answer_size = status == SBK_SW_OK ? exchange.response_size : 0;
    assert_true(world->answer_size <= exchange.room);
    memcpy(world->answer, exchange.response, world->answer_size);
    return status;
}

uint16_t send(struct world *world, uint8_t ins, const uint8_t *data, size_t size) {
    return send_raw(world, 0x80, ins, 0, 0, data, size);
}

uint16_t get_data(struct world *world, uint16_t tag) {
    struct sbk_exchange exchange = {.state = &world->ram,
        .ins = SBK_INS_GET_DATA,
        .response = world->card.buffer,
        .room = SBK_CARD_BUFFER - SBK_MESSAGING_OVERHEAD,
        .session = world->terminal.role ? SBK_SESSION_SCP11A : SBK_SESSION_NONE,
        .level = world->terminal.role ? SBK_LEVEL_FULL : 0,
        .terminal = world->terminal.role ? &world->terminal : NULL};
    uint16_t status = sbk_entitlement_applet.get_data(&world->card, tag, &exchange);

    world->answer_size = status == SBK_SW_OK ? exchange.response_size : 0;
    memcpy(world->answer, exchange.response, world->answer_size);
    return status;
}

size_t write_context(const struct world *world, uint8_t out[80]) {
    struct sbk_writer writer = sbk_writer_of(out, 80);
    uint8_t root[SBK_HASH_SIZE];

    memset(root, 0x77, sizeof(root));
    sbk_write_u32(&writer, world->counter);
    sbk_write_u32(&writer, world->transaction);
    sbk_write_u32(&writer, world->time);
    sbk_write_bytes(&writer, world->previous, SBK_HASH_SIZE);
    sbk_write_u32(&writer, world->transaction * 3);
    sbk_write_bytes(&writer, root, sizeof(root));
    return writer.used;
}

/* Every entry that comes back verifies; one that is new continues the chain. */
uint16_t send_entry(struct world *world, uint8_t ins, const uint8_t *data, size_t size) {
    uint16_t status = send(world, ins, data, size);
    uint8_t hash[SBK_HASH_SIZE];

    if (status != SBK_SW_OK)
        return status;
    assert_int_equal(world->answer_size, SBK_ENTRY_RESPONSE);
    world->body[0] = SBK_RECORD_ENTRY;
    world->body[1] = SBK_RECORD_VERSION;
    memcpy(world->body + 2, alias, SBK_ALIAS_SIZE);
    memcpy(world->body + SBK_ENTRY_HEAD, world->answer, SBK_ENTRY_SIZE - SBK_ENTRY_HEAD);
    assert_int_equal(sbk_entry_parse(world->body, &world->last), SBK_FORMAT_OK);
    sbk_sha256(world->body, SBK_ENTRY_SIZE, hash);
    assert_true(sbk_port_p256_verify(world->signing.point, hash, world->answer + SBK_ENTRY_SIZE - SBK_ENTRY_HEAD));
    if (world->last.counter == world->counter) {
        assert_memory_equal(world->last.previous, world->previous, SBK_HASH_SIZE);
        memcpy(world->previous, hash, SBK_HASH_SIZE);
        world->counter++;
        world->transaction++;
    }
    return status;
}

/* ---- commands ---- */

size_t write_debit(const struct world *world, const struct ask *asks, size_t count, uint8_t who, const char *pin,
    uint8_t digest, uint8_t out[200]) {
    struct sbk_writer writer = sbk_writer_of(out, 200);

    writer.used = write_context(world, out);
    memset(out + writer.used, digest, SBK_HASH_SIZE);
    writer.used += SBK_HASH_SIZE;
    sbk_write_u8(&writer, who);
    sbk_write_u8(&writer, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        sbk_write_u8(&writer, asks[i].slot);
        sbk_write_u24(&writer, asks[i].amount);
    }
    sbk_write_u8(&writer, (uint8_t)strlen(pin));
    sbk_write_bytes(&writer, (const uint8_t *)pin, strlen(pin));
    return writer.used;
}

uint16_t debit_as(struct world *world, uint8_t slot, uint32_t amount, uint8_t who, const char *pin) {
    struct ask one = {slot, amount};
    uint8_t data[200];

    return send_entry(world, SBK_INS_DEBIT, data, write_debit(world, &one, 1, who, pin, 0xD1, data));
}

uint16_t debit(struct world *world, uint8_t slot, uint32_t amount) {
    return debit_as(world, slot, amount, SBK_WHO_HOLDER, HOLDER_PIN);
}

uint16_t debit_many(struct world *world, const struct ask *asks, size_t count) {
    uint8_t data[200];

    return send_entry(
        world, SBK_INS_DEBIT, data, write_debit(world, asks, count, SBK_WHO_HOLDER, HOLDER_PIN, 0xD1, data));
}

uint16_t void_entry(struct world *world, uint32_t counter) {
    uint8_t data[84];
    struct sbk_writer writer = sbk_writer_of(data, sizeof(data));

    writer.used = write_context(world, data);
    sbk_write_u32(&writer, counter);
    return send_entry(world, SBK_INS_VOID, data, writer.used);
}

size_t write_delivery(const struct world *world, uint8_t *out) {
    size_t size = write_context(world, out);

    size += write_signer(world, SBK_ROLE_GRANT_SIGNER, &world->grant, out + size);
    return size + write_mandate(world, &world->grant, out + size);
}

uint16_t deliver_mandate(struct world *world) {
    uint8_t data[SBK_CARD_BUFFER];

    return send_entry(world, SBK_INS_DELIVER_MANDATE, data, write_delivery(world, data));
}

uint16_t deliver_identity(struct world *world) {
    uint8_t data[SBK_CARD_BUFFER];
    size_t size = write_signer(world, SBK_ROLE_GRANT_SIGNER, &world->grant, data);

    size += write_identity(world, &world->grant, data + size);
    return send(world, SBK_INS_DELIVER_RECORD, data, size);
}

uint16_t deliver_notice(struct world *world, uint8_t kind, uint32_t number) {
    uint8_t data[SBK_CARD_BUFFER];
    size_t size = write_signer(world, SBK_ROLE_LIST_SIGNER, &world->list, data);

    size += write_notice(world, &world->list, kind, number, data + size);
    return send(world, SBK_INS_DELIVER_RECORD, data, size);
}

uint16_t deliver_certificate(struct world *world) {
    uint8_t data[SBK_CARD_BUFFER];
    size_t size = write_signer(world, SBK_ROLE_CARD_CA, &world->card_ca, data);

    size += write_card_certificate(world, data + size);
    return send(world, SBK_INS_DELIVER_RECORD, data, size);
}

static size_t write_pin(const char *pin, uint8_t *out) {
    memset(out, 0, 9);
    out[0] = (uint8_t)strlen(pin);
    memcpy(out + 1, pin, strlen(pin));
    return 9;
}

size_t write_activation(const struct world *world, const char *holder, const char *alternate, uint8_t *out) {
    size_t size = write_context(world, out);

    size += write_pin(holder, out + size);
    size += write_pin(alternate, out + size);
    size += write_signer(world, SBK_ROLE_CARD_CA, &world->card_ca, out + size);
    return size + write_card_certificate(world, out + size);
}

uint16_t activate(struct world *world, const char *holder, const char *alternate) {
    uint8_t data[SBK_CARD_BUFFER];

    return send_entry(world, SBK_INS_ACTIVATE, data, write_activation(world, holder, alternate, data));
}

uint16_t set_pin(struct world *world, const char *holder, const char *alternate) {
    uint8_t data[18];

    write_pin(holder, data);
    write_pin(alternate, data + 9);
    return send(world, SBK_INS_SET_PIN, data, sizeof(data));
}

struct status read_status(struct world *world) {
    struct sbk_reader reader;
    struct status status;

    memset(&status, 0, sizeof(status));
    assert_int_equal(send(world, SBK_INS_READ_STATUS, NULL, 0), SBK_SW_OK);
    assert_int_equal(world->answer_size, 114);
    reader = sbk_reader_of(world->answer, world->answer_size);
    status.state = sbk_read_u8(&reader);
    status.flags = sbk_read_u8(&reader);
    status.counter = sbk_read_u32(&reader);
    status.mandate = sbk_read_u32(&reader);
    status.identity = sbk_read_u16(&reader);
    status.floor = sbk_read_u16(&reader);
    status.stopped = sbk_read_u32(&reader);
    status.epoch = sbk_read_u32(&reader);
    status.done = sbk_read_u32(&reader);
    status.tries[0] = sbk_read_u8(&reader);
    status.tries[1] = sbk_read_u8(&reader);
    status.root = sbk_read_u8(&reader);
    status.ca = sbk_read_u8(&reader);
    for (int i = 0; i < SBK_PURSES_MAX; i++) {
        status.spent[i].grant = sbk_read_u16(&reader);
        status.spent[i].window = sbk_read_u8(&reader);
        status.spent[i].spent = sbk_read_u24(&reader);
        status.spent[i].credit = sbk_read_u24(&reader);
    }
    sbk_read_bytes(&reader, status.hash, sizeof(status.hash));
    return status;
}

/* ---- the bureau ---- */

uint16_t store_object(struct world *world, uint16_t tag, const uint8_t *data, size_t size) {
    struct sbk_writer writer = sbk_writer_of(world->card.buffer, SBK_CARD_BUFFER);
    struct sbk_exchange exchange = {.state = &world->ram,
        .cla = 0x80,
        .ins = SBK_INS_STORE_DATA,
        .p1 = 0x90,
        .data = world->card.buffer,
        .session = SBK_SESSION_SCP03,
        .level = SBK_LEVEL_FULL};

    sbk_write_tlv(&writer, tag, data, size);
    assert_false(writer.failed);
    exchange.size = writer.used;
    exchange.response = world->card.buffer + writer.used;
    exchange.room = SBK_CARD_BUFFER - writer.used;
    return sbk_entitlement_applet.store_data(&world->card, &exchange);
}

uint16_t store_alias(struct world *world) {
    return store_object(world, SBK_TAG_ALIAS, world->identity.alias, SBK_ALIAS_SIZE);
}

uint16_t store_signer(struct world *world) {
    uint8_t data[SBK_CERTIFICATE_MAX];
    size_t size = write_signer(world, SBK_ROLE_GRANT_SIGNER, &world->grant, data);

    return store_object(world, SBK_TAG_SIGNER, data, size);
}

uint16_t store_identity(struct world *world) {
    uint8_t data[SBK_IDENTITY_MAX];
    size_t size = write_identity(world, &world->grant, data);

    return store_object(world, SBK_TAG_IDENTITY, data, size);
}

uint16_t store_mandate(struct world *world) {
    uint8_t data[SBK_MANDATE_MAX];
    size_t size = write_mandate(world, &world->grant, data);

    return store_object(world, SBK_TAG_MANDATE, data, size);
}

static void default_records(struct world *world) {
    static const struct sbk_purse purses[] = {
        {.slot = RICE,
            .grant = 100,
            .programme = 1,
            .unit = SBK_UNIT_GRAM,
            .goods = 1,
            .amount = 10000,
            .period = SBK_PERIOD_MONTH,
            .count = 3,
            .carry = SBK_CARRY_NONE,
            .priority = 0},
        {.slot = MONEY,
            .grant = 101,
            .programme = 2,
            .unit = SBK_UNIT_RUPIAH,
            .goods = SBK_CLASS_ANY,
            .amount = 300000,
            .period = SBK_PERIOD_MONTH,
            .count = 3,
            .carry = SBK_CARRY_GRANT,
            .priority = 1},
        {.slot = OIL,
            .grant = 102,
            .programme = 1,
            .unit = SBK_UNIT_MILLILITRE,
            .goods = 2,
            .amount = 2000,
            .period = SBK_PERIOD_WEEK,
            .count = 8,
            .carry = SBK_CARRY_NONE,
            .priority = 2},
        {.slot = SOAP,
            .grant = 105,
            .programme = 3,
            .unit = SBK_UNIT_PIECE,
            .goods = 3,
            .amount = 4,
            .period = SBK_PERIOD_ONCE,
            .count = 2,
            .carry = SBK_CARRY_NONE,
            .priority = 3},
    };
    struct sbk_identity *identity = &world->identity;
    struct sbk_mandate *mandate = &world->mandate;

    memcpy(identity->alias, alias, SBK_ALIAS_SIZE);
    identity->number = 1;
    assert_int_equal(sbk_card_number_make(12345678901u, identity->card_number), SBK_FORMAT_OK);
    memcpy(identity->kelurahan, kelurahan, sizeof(kelurahan));
    identity->valid_from = day(2026, 9, 1);
    identity->valid_until = day(2028, 12, 31);
    identity->name_size = 11;
    memcpy(identity->name, "SITI AMINAH", 11);
    identity->alternate_size = 4;
    memcpy(identity->alternate, "BUDI", 4);
    memcpy(mandate->alias, alias, SBK_ALIAS_SIZE);
    mandate->number = 1;
    mandate->issued = day(2026, 9, 25);
    mandate->status = SBK_MANDATE_ACTIVE;
    mandate->flags = SBK_MANDATE_PIN | SBK_MANDATE_ALTERNATE;
    mandate->purse_count = 4;
    memcpy(mandate->purses, purses, sizeof(purses));
    mandate->purses[0].first = day(2026, 10, 1);
    mandate->purses[1].first = day(2026, 10, 1);
    mandate->purses[2].first = day(2026, 11, 1);
    mandate->purses[3].first = day(2026, 12, 1);
}

void set_alternate(struct world *world, const char *name) {
    memset(world->identity.alternate, 0, SBK_NAME_MAX);
    world->identity.alternate_size = (uint8_t)strlen(name);
    memcpy(world->identity.alternate, name, strlen(name));
}

static void put_pair(struct world *world, uint32_t offset, const struct key *key) {
    world->image[offset + SBK_IMAGE_PAIR_KVN] = SBK_KVN_CARD;
    memcpy(world->image + offset + SBK_IMAGE_PAIR_PRIVATE, key->scalar, 32);
    memcpy(world->image + offset + SBK_IMAGE_PAIR_PUBLIC, key->point, SBK_POINT_SIZE);
}

void world_close(struct world *world) {
    static const uint8_t serial[SBK_SERIAL_SIZE] = "TEST-CARD";
    static const uint8_t transport[48] = {1};

    memset(world, 0, sizeof(*world));
    memset(world->generation, 1, sizeof(world->generation));
    world->tear.left = -1;
    world->port = (struct sbk_port){world, port_read, port_write, port_random};
    world->entry = (struct sbk_applet_entry){&sbk_entitlement_applet, &world->ram};
    make_key(&world->root, 0x11);
    make_key(&world->grant, 0x12);
    make_key(&world->list, 0x13);
    make_key(&world->card_ca, 0x14);
    make_key(&world->agreement, 0x15);
    make_key(&world->signing, 0x16);
    assert_true(sbk_card_manufacture(&world->port, serial, transport));
    world->image[SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_GENERATION] = 1;
    memcpy(world->image + SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_CURRENT_KEY, world->root.point, SBK_POINT_SIZE);
    put_pair(world, SBK_IMAGE_AGREEMENT, &world->agreement);
    put_pair(world, SBK_IMAGE_SIGNING, &world->signing);
    sbk_card_init(&world->card, &world->port, &world->entry, 1);
    sbk_card_power_on(&world->card);
    default_records(world);
    assert_int_equal(store_alias(world), SBK_SW_OK);
    assert_int_equal(store_signer(world), SBK_SW_OK);
    assert_int_equal(store_identity(world), SBK_SW_OK);
    assert_int_equal(store_mandate(world), SBK_SW_OK);
    memset(world->image + SBK_IMAGE_LIFE, 0, SBK_PAGE_SIZE);
    world->image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_STATE] = SBK_LIFE_SECURED;
    world->card_from = day(2026, 9, 20);
    world->transaction = 1;
    world->time = at(2026, 11, 5);
    become_store(world);
}

void world_active(struct world *world) {
    world_close(world);
    become_registrar(world);
    assert_int_equal(activate(world, HOLDER_PIN, ALTERNATE_PIN), SBK_SW_OK);
    become_store(world);
}
