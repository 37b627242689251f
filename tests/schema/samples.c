/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/date.h"
#include "schema/numbers.h"

static const uint8_t alias[SBK_ALIAS_SIZE] = {0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6, 0x07, 0x18};

static struct sample_bytes whole;

/* A sample that cannot be made is a mistake of this file. */
static void made(enum sbk_format format) {
    if (format != SBK_FORMAT_OK) {
        fprintf(stderr, "sample not made: %s\n", sbk_format_text(format));
        abort();
    }
}

static const struct sample_bytes *with_signature(enum sbk_format format) {
    made(format);
    memset(whole.data + whole.size, 0x5A, SBK_SIGNATURE_SIZE);
    whole.size += SBK_SIGNATURE_SIZE;
    return &whole;
}

uint16_t sample_day(unsigned year, unsigned month, unsigned day) {
    struct sbk_civil civil = {(uint16_t)year, (uint8_t)month, (uint8_t)day};
    uint16_t days = 0;
    made(sbk_date_from_civil(civil, &days));
    return days;
}

static void sample_rights(struct sbk_terminal_rights *rights) {
    made(sbk_id_write("TOKO-07", rights->outlet, SBK_OUTLET_SIZE));
    made(sbk_kelurahan_write("64.72.05.1010", rights->kelurahan));
    rights->programmes = 0x00000005;
    made(sbk_limit_encode(25000, &rights->limits[SBK_UNIT_GRAM - 1]));
    made(sbk_limit_encode(4000, &rights->limits[SBK_UNIT_MILLILITRE - 1]));
    made(sbk_limit_encode(0, &rights->limits[SBK_UNIT_PIECE - 1]));
    rights->limits[SBK_UNIT_RUPIAH - 1] = SBK_LIMIT_NONE;
    memset(rights->log_key_hash, 0x77, SBK_LOG_KEY_HASH_SIZE);
}

struct sbk_certificate sample_certificate(enum sbk_role role) {
    struct sbk_certificate certificate;
    memset(&certificate, 0, sizeof certificate);
    certificate.role = (uint8_t)role;
    memcpy(certificate.serial, "\x00\x01\x2C", sizeof certificate.serial);
    certificate.issuer_generation = 1;
    certificate.effective = DAY(2026, 10, 1);
    certificate.expiry = DAY(2026, 12, 31);
    memset(certificate.key, 0x31, sizeof certificate.key);
    memset(certificate.signature, 0x5A, sizeof certificate.signature);
    switch (role) {
    case SBK_ROLE_STORE:
    case SBK_ROLE_REGISTRAR:
    case SBK_ROLE_AUDITOR:
        certificate.issuer_role = SBK_ROLE_STATION_CA;
        made(sbk_id_write("st-0007", certificate.terminal, SBK_TERMINAL_SIZE));
        sample_rights(&certificate.rights);
        break;
    case SBK_ROLE_CARD:
        certificate.issuer_role = SBK_ROLE_CARD_CA;
        memcpy(certificate.alias, alias, sizeof alias);
        memset(certificate.signing_key, 0x42, SBK_COMPRESSED_SIZE);
        certificate.signing_key[0] = 0x03;
        break;
    default:
        certificate.issuer_role = SBK_ROLE_ROOT;
        certificate.generation = 3;
        break;
    }
    return certificate;
}

struct sbk_identity sample_identity(void) {
    static const char name[] = "Siti Nurhaliza binti \xC5\x9E"
                               "amsul";
    static const char alternate[] = "Budi";
    struct sbk_identity identity;
    memset(&identity, 0, sizeof identity);
    memcpy(identity.alias, alias, sizeof alias);
    identity.number = 1;
    made(sbk_card_number_make(64720000017, identity.card_number));
    made(sbk_kelurahan_write("6472051010", identity.kelurahan));
    identity.valid_from = DAY(2026, 10, 1);
    identity.valid_until = DAY(2031, 9, 30);
    identity.name_size = sizeof name - 1;
    memcpy(identity.name, name, sizeof name - 1);
    identity.alternate_size = sizeof alternate - 1;
    memcpy(identity.alternate, alternate, sizeof alternate - 1);
    return identity;
}

struct sbk_purse sample_purse(uint8_t slot) {
    struct sbk_purse purse = {
        .slot = slot,
        .grant = (uint16_t)(101 + slot),
        .programme = 3,
        .unit = SBK_UNIT_RUPIAH,
        .goods = SBK_CLASS_ANY,
        .amount = 300000,
        .first = DAY(2026, 10, 1),
        .period = SBK_PERIOD_MONTH,
        .count = 3,
        .carry = SBK_CARRY_GRANT,
        .priority = (uint8_t)(10 + slot),
        .inherits = 0,
    };
    return purse;
}

struct sbk_mandate sample_mandate(void) {
    struct sbk_mandate mandate;
    memset(&mandate, 0, sizeof mandate);
    memcpy(mandate.alias, alias, sizeof alias);
    mandate.number = 4;
    mandate.issued = DAY(2026, 9, 28);
    mandate.status = SBK_MANDATE_ACTIVE;
    mandate.flags = SBK_MANDATE_PIN | SBK_MANDATE_ALTERNATE;
    mandate.purse_count = 3;
    for (uint8_t i = 0; i < 3; i++) {
        mandate.purses[i] = sample_purse((uint8_t)(2 * i));
    }
    mandate.purses[0].unit = SBK_UNIT_GRAM;
    mandate.purses[0].goods = 1;
    mandate.purses[0].amount = 10000;
    mandate.purses[0].carry = SBK_CARRY_NONE;
    mandate.purses[1].unit = SBK_UNIT_MILLILITRE;
    mandate.purses[1].goods = 2;
    mandate.purses[1].amount = 2000;
    mandate.purses[2].inherits = 88;
    return mandate;
}

struct sbk_notice sample_notice(void) {
    struct sbk_notice notice;
    memset(&notice, 0, sizeof notice);
    memcpy(notice.alias, alias, sizeof alias);
    notice.kind = SBK_NOTICE_STOP;
    notice.number = 4;
    notice.issued = DAY(2026, 11, 3);
    return notice;
}

struct sbk_link sample_link(void) {
    struct sbk_link link;
    memset(&link, 0, sizeof link);
    link.generation = 2;
    memset(link.key, 0x32, sizeof link.key);
    memset(link.next_hash, 0x33, sizeof link.next_hash);
    link.old_until = DAY(2027, 6, 30);
    return link;
}

struct sbk_entry sample_entry(enum sbk_entry_kind kind) {
    static const struct sbk_entry_debit debits[2] = {{0, 101, 1, 5000, 5000}, {4, 105, 1, 30000, 90000}};
    struct sbk_entry entry;
    memset(&entry, 0, sizeof entry);
    memcpy(entry.alias, alias, sizeof alias);
    entry.kind = (uint8_t)kind;
    entry.mandate = 4;
    made(sbk_id_write("st-0007", entry.terminal, SBK_TERMINAL_SIZE));
    entry.transaction = 12;
    entry.time = 1793000000;
    entry.log_size = 31;
    memset(entry.log_root, 0x61, SBK_HASH_SIZE);
    memset(entry.digest, 0x62, SBK_HASH_SIZE);
    entry.floor = 20742;
    if (kind != SBK_ENTRY_ACTIVATION) {
        entry.counter = 7;
        memset(entry.previous, 0x63, SBK_HASH_SIZE);
    }
    if (kind == SBK_ENTRY_DEBIT || kind == SBK_ENTRY_VOID) {
        entry.who = SBK_WHO_HOLDER;
        memcpy(entry.debits, debits, sizeof debits);
    }
    if (kind == SBK_ENTRY_MANDATE) {
        entry.finals[4].grant = 88;
        entry.finals[4].spent = 250000;
    }
    return entry;
}

struct sbk_closing sample_statement(void) {
    struct sbk_closing statement;
    memset(&statement, 0x44, sizeof statement);
    memcpy(statement.alias, alias, sizeof alias);
    statement.agreement_key[0] = 0x02;
    statement.signing_key[0] = 0x03;
    statement.root_generation = 1;
    return statement;
}

struct sbk_items_header sample_items(struct sbk_item items[SAMPLE_ITEMS]) {
    static const struct sbk_item sample[SAMPLE_ITEMS] = {
        {"beras", "Beras SPHP", SBK_UNIT_GRAM, 1, 13500},
        {"minyak", "MinyaKita", SBK_UNIT_MILLILITRE, 2, 15700},
        {"telur", "Telur ayam", SBK_UNIT_PIECE, 4, 2500},
    };
    struct sbk_items_header header = {.number = 17, .issued = DAY(2026, 10, 1), .count = SAMPLE_ITEMS};
    memcpy(items, sample, sizeof sample);
    return header;
}

void sample_basket(struct sbk_line lines[SAMPLE_LINES]) {
    static const struct sbk_line sample[SAMPLE_LINES] = {
        {"beras", 5000, 13000, 65000, 17, 0},
        {"telur", 10, 2400, 24000, 17, 4},
    };
    memcpy(lines, sample, sizeof sample);
}

const struct sample_bytes *certificate_bytes(const struct sbk_certificate *certificate) {
    uint8_t body[SBK_CERTIFICATE_MAX];
    size_t size = 0;
    made(sbk_certificate_write_signed(certificate, body, sizeof body, &size));
    made(sbk_certificate_assemble(body, size, certificate->signature, whole.data, sizeof whole.data, &whole.size));
    return &whole;
}

const struct sample_bytes *identity_bytes(const struct sbk_identity *identity) {
    return with_signature(sbk_identity_write(identity, whole.data, sizeof whole.data, &whole.size));
}

const struct sample_bytes *mandate_bytes(const struct sbk_mandate *mandate) {
    return with_signature(sbk_mandate_write(mandate, whole.data, sizeof whole.data, &whole.size));
}

const struct sample_bytes *notice_bytes(const struct sbk_notice *notice) {
    return with_signature(sbk_notice_write(notice, whole.data, sizeof whole.data, &whole.size));
}

const struct sample_bytes *link_bytes(const struct sbk_link *link) {
    return with_signature(sbk_link_write(link, whole.data, sizeof whole.data, &whole.size));
}

const struct sample_bytes *entry_bytes(const struct sbk_entry *entry) {
    made(sbk_entry_write(entry, whole.data));
    whole.size = SBK_ENTRY_SIZE;
    return &whole;
}

const struct sample_bytes *statement_bytes(const struct sbk_closing *statement) {
    return with_signature(sbk_closing_write(statement, whole.data, sizeof whole.data, &whole.size));
}

const struct sample_bytes *items_bytes(void) {
    struct sbk_item items[SAMPLE_ITEMS];
    struct sbk_items_header header = sample_items(items);
    return with_signature(sbk_items_write(&header, items, whole.data, sizeof whole.data, &whole.size));
}

const struct sample_bytes *basket_bytes(void) {
    struct sbk_line lines[SAMPLE_LINES];
    sample_basket(lines);
    made(sbk_basket_write(lines, SAMPLE_LINES, whole.data, sizeof whole.data, &whole.size));
    return &whole;
}

struct sbk_hotlist sample_hotlist(void) {
    return (struct sbk_hotlist){.number = 4,
        .issued = DAY(2026, 10, 1),
        .made = 1790000000,
        .warn = 14,
        .stop = 30,
        .cards = (const uint8_t *)"card-001\0\0\0\2card-003\0\0\0\1card-005\0\1\0\0",
        .card_count = 3,
        .terminals = (const uint8_t *)"st-0001\0\0\0\0\0st-0007\0\0\0\0\0",
        .terminal_count = 2,
        .issuers = (const uint8_t *)"\3\1\5\2",
        .issuer_count = 2};
}

/* Card 2 comes, card 3 gets another mandate, card 5 goes; terminal 4 comes, 7 goes. */
struct sbk_hotlist sample_hotlist_change(void) {
    static uint8_t signature[SBK_SIGNATURE_SIZE];
    memset(signature, 0x6B, sizeof signature);
    return (struct sbk_hotlist){.number = 6,
        .base = 4,
        .issued = DAY(2026, 10, 3),
        .made = 1790200000,
        .warn = 7,
        .stop = 7,
        .cards = (const uint8_t *)"card-002\0\0\0\1card-003\0\0\0\2",
        .card_count = 2,
        .removed = (const uint8_t *)"card-005",
        .removed_count = 1,
        .terminals = (const uint8_t *)"st-0004\0\0\0\0\0",
        .terminal_count = 1,
        .restored = (const uint8_t *)"st-0007\0\0\0\0\0",
        .restored_count = 1,
        .issuers = (const uint8_t *)"\3\1",
        .issuer_count = 1,
        .whole_signature = signature};
}

const struct sample_bytes *hotlist_bytes(enum sample_hotlist kind) {
    const struct sbk_hotlist list = kind == SAMPLE_HOTLIST_CHANGE ? sample_hotlist_change() : sample_hotlist();
    const struct sbk_hotlist change = sample_hotlist_change();
    size_t more = 0;
    (void)with_signature(sbk_hotlist_write(&list, whole.data, sizeof whole.data, &whole.size));
    if (kind != SAMPLE_HOTLIST_BOTH) {
        return &whole;
    }
    made(sbk_hotlist_write(&change, whole.data + whole.size, sizeof whole.data - whole.size, &more));
    whole.size += more;
    return with_signature(SBK_FORMAT_OK);
}

/* One field of a log entry: given as a hexadecimal-free literal with its size. */
#define FIELD(literal)                                                                                                 \
    { (const uint8_t *)(literal), sizeof(literal) - 1 }

#define ALIAS "\xA1\xB2\xC3\xD4\xE5\xF6\x07\x18"
#define NUMBER "\x00\x00\x00\x0C"

static uint8_t block[256]; /* stands for signatures, hashes and records in log entries */

static const struct sbk_log_entry log_samples[] = {
    {SBK_LOG_OPENED, 0, 2, {FIELD("st-0007\0\0\0\0\0"), FIELD("st-0007+1c2d3e4f+Aabc")}},
    {SBK_LOG_RECEIPT, 0, 3, {{block, SBK_ENTRY_SIZE}, {block, SBK_SIGNATURE_SIZE}, {block, SBK_COMPRESSED_SIZE}}},
    {SBK_LOG_CARRIED, 0, 3, {{block, SBK_ENTRY_SIZE}, {block, SBK_SIGNATURE_SIZE}, {block, SBK_COMPRESSED_SIZE}}},
    {SBK_LOG_REFUSED, 0, 4, {FIELD(NUMBER), FIELD(ALIAS), FIELD("\x94\x07"), FIELD("insufficient-balance")}},
    {SBK_LOG_DELIVERED, 0, 2, {FIELD(ALIAS), {block, SBK_HASH_SIZE}}},
    {SBK_LOG_HANDED_OVER, 0, 1, {FIELD(NUMBER)}},
    {SBK_LOG_CLOCK, 0, 3, {FIELD("\x02"), FIELD(NUMBER), FIELD(NUMBER)}},
    {SBK_LOG_CERTIFICATE, 0, 1, {{block, SBK_CERTIFICATE_MAX}}},
    {SBK_LOG_OPERATOR, 0, 2, {FIELD("\x01"), FIELD("kasir 1")}},
    {SBK_LOG_RESOLVED, 0, 3, {FIELD(NUMBER), FIELD("\x01"), FIELD(NUMBER)}},
    {SBK_LOG_LIST, 0, 2, {FIELD(NUMBER), {block, SBK_HASH_SIZE}}},
    {SBK_LOG_HOTLIST, 0, 2, {FIELD(NUMBER), {block, SBK_HASH_SIZE}}},
};

static const struct sample_bytes *log_written(const struct sbk_log_entry *sample) {
    struct sbk_log_entry entry = *sample;
    entry.time = 1793000000;
    made(sbk_log_write(&entry, whole.data, sizeof whole.data, &whole.size));
    return &whole;
}

const struct sample_bytes *intent_bytes(enum sbk_log_operation operation) {
    static const size_t sizes[] = {[SBK_OPERATION_DEBIT] = 0,
        [SBK_OPERATION_VOID] = SBK_ENTRY_SIZE,
        [SBK_OPERATION_MANDATE] = 108,
        [SBK_OPERATION_ACTIVATE] = 218};
    uint8_t number = (uint8_t)operation;
    uint8_t content[SBK_BASKET_BYTES_MAX];
    memset(content, 0x21, sizeof content);
    size_t size = sizes[operation];
    if (operation == SBK_OPERATION_DEBIT) {
        const struct sample_bytes *basket = basket_bytes();
        size = basket->size;
        memcpy(content, basket->data, size);
    }
    struct sbk_log_entry intent = {SBK_LOG_INTENT, 0, 7,
        {{&number, 1}, FIELD(NUMBER), FIELD(ALIAS), FIELD(NUMBER), FIELD(NUMBER), FIELD("\x01"), {content, size}}};
    return log_written(&intent);
}

const struct sample_bytes *log_bytes(uint8_t kind) {
    if (kind == SBK_LOG_INTENT) {
        return intent_bytes(SBK_OPERATION_DEBIT);
    }
    memset(block, 0x5B, sizeof block);
    for (size_t i = 0; i < sizeof log_samples / sizeof log_samples[0]; i++) {
        if (log_samples[i].kind == kind) {
            return log_written(&log_samples[i]);
        }
    }
    return NULL;
}
