/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/reader/log_world.h"

#include "keys/crypto.h"
#include "keys/note.h"
#include "reader/station_trust.h"
#include "tests/keys/fixture.h"

#include <openssl/ec.h>
#include <stdlib.h>
#include <string.h>

#define GENERATION 1
#define MANDATE_NUMBER 7

static void put_u32(uint8_t out[4], uint32_t value) {
    struct sbk_writer writer = sbk_writer_of(out, 4);
    sbk_write_u32(&writer, value);
}

/* ---- keys and certificates ---- */

static EVP_PKEY *new_key(void) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_non_null(key);
    return key;
}

static void sign_bytes(EVP_PKEY *key, const void *data, size_t size, uint8_t signature[SBK_SIGNATURE_SIZE]) {
    uint8_t der[SBK_ECDSA_DER_MAX];
    size_t der_size = sizeof der;
    EVP_MD_CTX *signing = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(signing, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(signing, der, &der_size, data, size), 1);
    CHECK_OK(sbk_signature_from_der(der, der_size, signature, E));
    EVP_MD_CTX_free(signing);
}

static size_t certify(EVP_PKEY *issuer, struct sbk_certificate *fields, uint8_t out[SBK_CERTIFICATE_MAX]) {
    uint8_t bytes[SBK_CERTIFICATE_MAX];
    size_t signed_size = 0;
    size_t size = 0;
    fields->issuer_generation = GENERATION;
    fields->effective = (uint16_t)(fixture_today() - 10);
    fields->expiry = (uint16_t)(fixture_today() + 100);
    assert_int_equal(sbk_certificate_write_signed(fields, bytes, sizeof bytes, &signed_size), SBK_FORMAT_OK);
    sign_bytes(issuer, bytes, signed_size, fields->signature);
    assert_int_equal(sbk_certificate_assemble(bytes, signed_size, fields->signature, out, SBK_CERTIFICATE_MAX, &size),
        SBK_FORMAT_OK);
    return size;
}

static void certify_issuer(struct log_world *world, size_t index, uint8_t role, const EVP_PKEY *key) {
    struct sbk_certificate fields = {.role = role, .issuer_role = SBK_ROLE_ROOT, .generation = GENERATION};
    CHECK_OK(sbk_pkey_point(key, fields.key, E));
    world->issuer_sizes[index] = certify(world->root, &fields, world->issuers[index]);
}

void log_world_open(struct log_world *world) {
    memset(world, 0, sizeof *world);
    world->folder = fixture_folder();
    world->root = new_key();
    world->station_ca = new_key();
    world->card_ca = new_key();
    world->grant_signer = new_key();
    certify_issuer(world, 0, SBK_ROLE_STATION_CA, world->station_ca);
    certify_issuer(world, 1, SBK_ROLE_CARD_CA, world->card_ca);
    certify_issuer(world, 2, SBK_ROLE_GRANT_SIGNER, world->grant_signer);
}

void log_world_close(struct log_world *world) {
    EVP_PKEY_free(world->root);
    EVP_PKEY_free(world->station_ca);
    EVP_PKEY_free(world->card_ca);
    EVP_PKEY_free(world->grant_signer);
    fixture_remove(world->folder);
}

/* ---- stations ---- */

static void insert(struct sbk_station *station, const char *sql, const void *one, size_t one_size, const void *other,
    size_t other_size) {
    struct sbk_statement *statement = NULL;
    CHECK_OK(sbk_statement_begin(station->database, sql, &statement, E));
    sbk_statement_bind_blob(statement, 1, one, one_size);
    if (other != NULL)
        sbk_statement_bind_blob(statement, 2, other, other_size);
    CHECK_OK(sbk_statement_run(&statement, E));
}

size_t log_world_certify(const struct log_world *world, const struct sbk_station *station, const char *log_verifier,
    uint8_t leaf[SBK_CERTIFICATE_MAX]) {
    struct sbk_certificate fields = {.role = SBK_ROLE_STORE, .issuer_role = SBK_ROLE_STATION_CA};
    struct sbk_note_verifier verifier;
    memcpy(fields.terminal, station->terminal, sizeof fields.terminal);
    memcpy(fields.rights.outlet, "EW-1", 4);
    memcpy(fields.rights.kelurahan, "\x64\x72\x01\x10\x01", SBK_KELURAHAN_SIZE);
    fields.rights.programmes = SBK_PROGRAMMES_ALL;
    CHECK_OK(sbk_note_verifier_parse(log_verifier, strlen(log_verifier), &verifier, E));
    CHECK_OK(sbk_note_key_hash(&verifier, fields.rights.log_key_hash, E));
    CHECK_OK(sbk_pkey_point(world->station_ca, fields.key, E));
    return certify(world->station_ca, &fields, leaf);
}

/* Inside a transaction: the leaf is in use; where its entry stands. */
static uint32_t use_leaf(struct sbk_station *station, const uint8_t *leaf, size_t size) {
    struct sbk_log_field field = {leaf, size};
    uint32_t position = 0;
    insert(station, "INSERT INTO installed (leaf, office_ca, x509, city, installed) VALUES (?1, ?2, ?2, ?2, 0)", leaf,
        size, "x", 1);
    CHECK_OK(sbk_log_append(station, SBK_LOG_CERTIFICATE, &field, 1, &position, E));
    return position;
}

static void install(struct log_world *world, struct sbk_station *station) {
    static const uint8_t next_hash[SBK_HASH_SIZE] = {1};
    uint8_t root[SBK_POINT_SIZE];
    uint8_t leaf[SBK_CERTIFICATE_MAX];
    CHECK_OK(sbk_pkey_point(world->root, root, E));
    size_t size = log_world_certify(world, station, station->log_verifier, leaf);
    CHECK_OK(sbk_station_begin(station, E));
    insert(station, "INSERT INTO anchor (generation, key, next_hash, until, pinned) VALUES (1, ?1, ?2, 65535, 0)", root,
        sizeof root, next_hash, sizeof next_hash);
    for (size_t i = 0; i < 3; i++)
        insert(station, "INSERT INTO issuer (certificate) VALUES (?1)", world->issuers[i], world->issuer_sizes[i], NULL,
            0);
    (void)use_leaf(station, leaf, size);
    CHECK_OK(sbk_station_commit(station, E));
    CHECK_OK(sbk_station_load_trust(station, E));
}

void log_world_rekey(struct log_world *world, struct sbk_station *station) {
    struct sbk_buffer request = SBK_BUFFER_EMPTY;
    struct sbk_store *store = NULL;
    struct sbk_key_info info;
    char verifier[SBK_LOG_VERIFIER_ROOM];
    uint8_t leaf[SBK_CERTIFICATE_MAX];
    uint8_t next = (uint8_t)(station->generation + 1);
    CHECK_OK(sbk_station_rekey(station, fixture_passphrase(), &request, E));
    CHECK_OK(sbk_station_store(station, &store, E));
    CHECK_OK(sbk_store_info(store, SBK_KEY_LOG, next, &info, E));
    CHECK_OK(sbk_note_verifier_text(&info, station->terminal, verifier, E));
    size_t size = log_world_certify(world, station, verifier, leaf);
    CHECK_OK(sbk_station_begin(station, E));
    CHECK_OK(sbk_station_last_checkpoint(station, E));
    CHECK_OK(sbk_log_add_key(station, next, verifier, use_leaf(station, leaf, size) + 1, E));
    CHECK_OK(sbk_station_commit(station, E));
    CHECK_OK(sbk_log_load_key(station, E));
    sbk_key_close(&station->agreement);
    sbk_key_close(&station->log_key);
    CHECK_OK(sbk_station_load_trust(station, E));
    CHECK_OK(sbk_station_unlock(station, fixture_passphrase(), E));
    sbk_store_close(&store);
    sbk_buffer_free(&request);
}

struct sbk_station *log_world_station(struct log_world *world, const char *id) {
    struct sbk_station *station = NULL;
    struct sbk_buffer request = SBK_BUFFER_EMPTY;
    char *path = fixture_path(world->folder, id);
    struct sbk_station_options options = {.path = path, .clock = fixture_clock()};
    CHECK_OK(sbk_station_enrol(&station, &options, id, fixture_passphrase(), &request, E));
    CHECK_OK(sbk_station_unlock(station, fixture_passphrase(), E));
    install(world, station);
    sbk_buffer_free(&request);
    free(path);
    return station;
}

/* ---- cards ---- */

void log_card_make(struct log_world *world, struct log_card *card, uint8_t number) {
    struct sbk_certificate fields = {.role = SBK_ROLE_CARD, .issuer_role = SBK_ROLE_CARD_CA};
    struct sbk_mandate mandate = {.number = MANDATE_NUMBER,
        .issued = (uint16_t)(fixture_today() - 5),
        .status = SBK_MANDATE_ACTIVE,
        .purse_count = 1,
        .purses = {{.grant = 1,
            .programme = 1,
            .unit = SBK_UNIT_GRAM,
            .goods = 1,
            .amount = 1000,
            .first = (uint16_t)(fixture_today() - 5),
            .period = SBK_PERIOD_ONCE,
            .count = 1}}};
    uint8_t point[SBK_POINT_SIZE];
    memset(card, 0, sizeof *card);
    memset(card->alias, number, sizeof card->alias);
    card->key = new_key();
    card->mandate = MANDATE_NUMBER;
    CHECK_OK(sbk_pkey_point(card->key, point, E));
    CHECK_OK(sbk_point_compress(point, card->signing_key, E));
    memcpy(fields.alias, card->alias, sizeof fields.alias);
    memcpy(fields.key, point, sizeof fields.key);
    memcpy(fields.signing_key, card->signing_key, sizeof fields.signing_key);
    card->known.certificate_size = certify(world->card_ca, &fields, card->known.certificate);
    memcpy(mandate.alias, card->alias, sizeof mandate.alias);
    assert_int_equal(
        sbk_mandate_write(&mandate, card->known.mandate, sizeof card->known.mandate, &card->known.mandate_size),
        SBK_FORMAT_OK);
    sign_bytes(world->grant_signer, card->known.mandate, card->known.mandate_size,
        card->known.mandate + card->known.mandate_size);
    card->known.mandate_size += SBK_SIGNATURE_SIZE;
}

void log_card_free(struct log_card *card) {
    EVP_PKEY_free(card->key);
}

void log_sign(const struct log_card *card, struct sbk_receipt *receipt) {
    uint8_t signature[SBK_SIGNATURE_SIZE];
    uint8_t body[SBK_ENTRY_SIZE];
    assert_int_equal(sbk_entry_write(&receipt->entry, body), SBK_FORMAT_OK);
    sign_bytes(card->key, body, sizeof body, signature);
    CHECK_OK(sbk_receipt_of(receipt, body, signature, E));
}

/* ---- what a tap writes ---- */

static const uint8_t kinds[] = {0, SBK_ENTRY_DEBIT, SBK_ENTRY_VOID, SBK_ENTRY_MANDATE, SBK_ENTRY_ACTIVATION};

static struct sbk_log_field content_of(const struct log_card *card, const struct log_order *order) {
    static uint8_t basket[8] = {SBK_RECORD_BASKET, 1};
    if (order->operation == SBK_OPERATION_VOID)
        return (struct sbk_log_field){order->voided->body, SBK_ENTRY_SIZE};
    if (order->operation == SBK_OPERATION_MANDATE)
        return (struct sbk_log_field){card->known.mandate, card->known.mandate_size};
    if (order->operation == SBK_OPERATION_ACTIVATE)
        return (struct sbk_log_field){card->known.certificate, card->known.certificate_size};
    return (struct sbk_log_field){basket, sizeof basket};
}

void log_intend(
    struct sbk_station *station, struct log_card *card, const struct log_order *order, struct log_intent *intent) {
    struct sbk_log_field content = content_of(card, order);
    struct sbk_log_head head;
    struct sbk_transaction transaction = {.counter = card->next, .time = sbk_station_time(station)};
    uint8_t numbers[3][4];
    uint8_t who = SBK_WHO_HOLDER;
    uint32_t position = 0;
    CHECK_OK(sbk_sha256(content.data, content.size, intent->digest, E));
    CHECK_OK(sbk_sale_reserve(station, 0, order->operation, "", &transaction.number, E));
    memcpy(transaction.alias, card->alias, sizeof transaction.alias);
    put_u32(numbers[0], transaction.number);
    put_u32(numbers[1], card->next);
    put_u32(numbers[2], card->mandate);
    struct sbk_log_field fields[] = {{&order->operation, 1}, {numbers[0], 4}, {card->alias, SBK_ALIAS_SIZE},
        {numbers[1], 4}, {numbers[2], 4}, {&who, 1}, content};
    CHECK_OK(sbk_station_begin(station, E));
    CHECK_OK(sbk_log_append(station, SBK_LOG_INTENT, fields, 7, &position, E));
    CHECK_OK(sbk_sale_intend(station, &transaction, position, E));
    CHECK_OK(sbk_log_head_of(station, &head, E));
    CHECK_OK(sbk_station_commit(station, E));
    intent->transaction = transaction.number;
    intent->log_size = head.size;
    memcpy(intent->log_root, head.root, sizeof intent->log_root);
}

void log_answer(struct sbk_station *station, struct log_card *card, const struct log_order *order,
    const struct log_intent *intent, struct sbk_receipt *receipt) {
    struct sbk_entry entry = {.counter = card->next,
        .kind = kinds[order->operation],
        .who = SBK_WHO_HOLDER,
        .mandate = card->mandate,
        .transaction = intent->transaction,
        .time = sbk_station_time(station),
        .log_size = intent->log_size,
        .floor = (uint16_t)(fixture_today() - 5)};
    memcpy(entry.alias, card->alias, sizeof entry.alias);
    memcpy(entry.previous, card->previous, sizeof entry.previous);
    memcpy(entry.terminal, station->terminal, sizeof entry.terminal);
    memcpy(entry.log_root, intent->log_root, sizeof entry.log_root);
    memcpy(entry.digest, intent->digest, sizeof entry.digest);
    if (order->operation == SBK_OPERATION_DEBIT || order->operation == SBK_OPERATION_VOID) {
        uint32_t *spent = &card->spent[order->grant - 1];
        *spent = order->operation == SBK_OPERATION_DEBIT ? *spent + order->amount : *spent - order->amount;
        entry.debits[0] = (struct sbk_entry_debit){.grant = order->grant, .amount = order->amount, .spent = *spent};
    } else {
        entry.who = SBK_WHO_NONE;
    }
    if (order->final != 0)
        entry.finals[0] = (struct sbk_entry_final){order->final, card->spent[order->final - 1]};
    receipt->entry = entry;
    log_sign(card, receipt);
    card->next++;
    memcpy(card->previous, receipt->hash, sizeof card->previous);
}

static void remember(struct sbk_station *station, const struct log_card *card, const struct sbk_receipt *receipt) {
    struct sbk_known_card known = card->known;
    known.has_entry = true;
    known.counter = receipt->entry.counter;
    memcpy(known.entry_hash, receipt->hash, sizeof known.entry_hash);
    CHECK_OK(sbk_card_keep(station, card->alias, &known, E));
}

void log_settle(struct sbk_station *station, struct log_card *card, const struct sbk_receipt *receipt) {
    uint32_t position = 0;
    CHECK_OK(sbk_station_begin(station, E));
    CHECK_OK(sbk_log_append_receipt(station, SBK_LOG_RECEIPT, receipt, card->signing_key, &position, E));
    CHECK_OK(sbk_sale_close(station, receipt->entry.transaction, SBK_SALE_SETTLED, &position, E));
    remember(station, card, receipt);
    CHECK_OK(sbk_station_commit(station, E));
}

void log_carry(struct sbk_station *station, struct log_card *card, const struct sbk_receipt *receipt) {
    CHECK_OK(sbk_station_begin(station, E));
    CHECK_OK(sbk_log_append_receipt(station, SBK_LOG_CARRIED, receipt, card->signing_key, NULL, E));
    remember(station, card, receipt);
    CHECK_OK(sbk_station_commit(station, E));
}

struct sbk_receipt log_trade(struct sbk_station *station, struct log_card *card, const struct log_order *order) {
    struct log_intent intent;
    struct sbk_receipt receipt;
    log_intend(station, card, order, &intent);
    log_answer(station, card, order, &intent, &receipt);
    log_settle(station, card, &receipt);
    return receipt;
}

void log_append(struct sbk_station *station, uint8_t kind, const struct sbk_log_field *fields, size_t count) {
    CHECK_OK(sbk_station_begin(station, E));
    CHECK_OK(sbk_log_append(station, kind, fields, count, NULL, E));
    CHECK_OK(sbk_station_commit(station, E));
}

void log_resolve(struct sbk_station *station, uint32_t transaction, uint8_t how, uint8_t outcome) {
    uint8_t number[4];
    uint8_t seen[4] = {0};
    put_u32(number, transaction);
    struct sbk_log_field fields[] = {{number, 4}, {&how, 1}, {seen, 4}};
    CHECK_OK(sbk_station_begin(station, E));
    CHECK_OK(sbk_log_append(station, SBK_LOG_RESOLVED, fields, 3, NULL, E));
    CHECK_OK(sbk_sale_close(station, transaction, outcome, NULL, E));
    CHECK_OK(sbk_station_commit(station, E));
}
