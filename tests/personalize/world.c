/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"
#include "base/file.h"
#include "keys/cms.h"
#include "keys/crypto.h"
#include "keys/founding.h"
#include "keys/requests.h"
#include "keys/x509.h"
#include "personalize/closing.h"
#include "personalize/sample.h"
#include "tests/harness/tokens.h"

#include <openssl/ec.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int64_t world_now(void *context) {
    (void)context;
    return WORLD_NOW;
}

static void must(sbk_result result, const struct sbk_error *error) {
    if (result != SBK_OK) {
        fail_msg("%s: %s", error->reason, error->text);
    }
}

const char *world_path(const struct world *world, const char *name) {
    static char path[192];

    snprintf(path, sizeof(path), "%s/%s", world->folder, name);
    return path;
}

static void found_city(struct world *world, const struct sbk_secret *passphrase) {
    const struct sbk_clock clock = {world_now, NULL};
    const struct sbk_tokens tokens = harness_tokens();
    struct sbk_secret all[SBK_FOUNDED_COUNT], master = SBK_SECRET_EMPTY;
    struct sbk_error error = {.reason = NULL};

    for (size_t i = 0; i < SBK_FOUNDED_COUNT; i++) {
        all[i] = *passphrase;
    }
    must(sbk_city_found(world->store_path, all, &tokens, NULL, &clock, NULL, NULL, &error), &error);
    must(sbk_store_open(&world->store, world->store_path, true, &error), &error);
    must(sbk_secret_copy(&master, "0123456789abcdef", 16, &error), &error);
    must(sbk_key_import_transport(world->store, 1, sbk_date_of_time(WORLD_NOW), &master, passphrase, &error), &error);
    sbk_secret_free(&master);
    must(sbk_city_load(world->store, sbk_date_of_time(WORLD_NOW), &world->city, &error), &error);
    must(sbk_key_open(world->store, SBK_KEY_GRANT_SIGNER, 0, passphrase, &world->grant_signer, &error), &error);
    must(sbk_key_open(world->store, SBK_KEY_CITY, 0, passphrase, &world->city_key, &error), &error);
    must(sbk_key_open(world->store, SBK_KEY_TRANSPORT, 0, passphrase, &world->transport, &error), &error);
    must(sbk_key_open(world->store, SBK_KEY_CARD_CA, 0, passphrase, &world->card_ca, &error), &error);
    must(sbk_cards_open(&world->ledger, world->store_path, SBK_DATABASE_CREATE, &error), &error);
}

/* What `sembako-keys office issue` does. */
static void answer(struct world *world, const struct sbk_secret *passphrase, const struct sbk_buffer *request,
    struct sbk_buffer *out) {
    struct sbk_buffer content = SBK_BUFFER_EMPTY, x509 = SBK_BUFFER_EMPTY;
    struct sbk_office_request parsed;
    struct sbk_office_info info;
    struct sbk_key *office_ca = NULL;
    struct sbk_error error = {.reason = NULL};
    const struct sbk_city *city = &world->city;
    const uint16_t today = sbk_date_of_time(WORLD_NOW);
    uint8_t bytes[SBK_BUNDLE_SMALL_MAX];
    size_t size = 0;

    must(sbk_office_request_open(request->data, request->size, &content, &parsed, &info, &error), &error);
    must(sbk_key_open(world->store, SBK_KEY_OFFICE_CA, 0, passphrase, &office_ca, &error), &error);
    must(sbk_x509_issue(office_ca, city->office_ca.data, city->office_ca.size, info.key, SBK_OFFICE_BUREAU, info.name,
             today, (uint16_t)(today + 300), &x509, &error),
        &error);
    const struct sbk_office_certificate certificate = {.made = WORLD_NOW,
        .anchor = city->anchor,
        .binding = sbk_bytes_of(&city->binding),
        .office_ca = sbk_bytes_of(&city->office_ca),
        .x509 = sbk_bytes_of(&x509),
        .city = sbk_bytes_of(&city->city)};
    assert_int_equal(sbk_office_certificate_write(&certificate, bytes, sizeof(bytes), &size), SBK_FORMAT_OK);
    must(sbk_cms_sign(world->city_key, city->city.data, city->city.size, SBK_BUNDLE_OFFICE_CERTIFICATE, bytes, size,
             WORLD_NOW, out, &error),
        &error);
    sbk_key_close(&office_ca);
    sbk_buffer_free(&content);
    sbk_buffer_free(&x509);
}

void world_open(struct world *world) {
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    const struct sbk_tokens tokens = harness_tokens();
    struct sbk_buffer request = SBK_BUFFER_EMPTY, reply = SBK_BUFFER_EMPTY;
    struct sbk_error error = {.reason = NULL};
    uint8_t fingerprint[SBK_HASH_SIZE], wanted[SBK_HASH_SIZE];
    char name[64];
    bool first = false;

    memset(world, 0, sizeof(*world));
    (void)snprintf(world->folder, sizeof world->folder, "%s", "/tmp/sembako-personalize-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(world->store_path, sizeof(world->store_path), "%s/city", world->folder);
    snprintf(world->office_path, sizeof(world->office_path), "%s/bureau", world->folder);
    must(sbk_secret_copy(&passphrase, "correct horse", 13, &error), &error);
    found_city(world, &passphrase);

    must(sbk_office_enrol(world->office_path, "Percetakan Satu", &tokens, &passphrase, WORLD_NOW, &request, &error),
        &error);
    answer(world, &passphrase, &request, &reply);
    must(sbk_office_install(world->office_path, reply.data, reply.size, WORLD_NOW, fingerprint, name, &first, &error),
        &error);
    assert_true(first);
    assert_string_equal(name, "Percetakan Satu");
    must(sbk_point_hash(world->city.anchor.key, wanted, &error), &error);
    assert_memory_equal(fingerprint, wanted, sizeof(wanted));
    must(sbk_office_open(&world->office, world->office_path, WORLD_NOW, &error), &error);
    must(sbk_key_open(world->office.store, SBK_KEY_BUREAU, 0, &passphrase, &world->bureau, &error), &error);
    sbk_buffer_free(&request);
    sbk_buffer_free(&reply);
    sbk_secret_free(&passphrase);
}

void world_close(struct world *world) {
    char command[128];

    sbk_key_close(&world->bureau);
    sbk_office_close(&world->office);
    sbk_database_close(&world->ledger);
    sbk_key_close(&world->grant_signer);
    sbk_key_close(&world->city_key);
    sbk_key_close(&world->transport);
    sbk_key_close(&world->card_ca);
    sbk_city_free(&world->city);
    sbk_store_close(&world->store);
    snprintf(command, sizeof(command), "rm -rf %s", world->folder);
    assert_int_equal(system(command), 0);
}

void world_clear(struct world *world, const char *const *names) {
    assert_int_equal(sbk_database_run(world->ledger, "DELETE FROM chip", NULL), SBK_OK);
    assert_int_equal(sbk_database_run(world->ledger, "DELETE FROM spoiled", NULL), SBK_OK);
    assert_int_equal(sbk_database_run(world->ledger, "DELETE FROM report", NULL), SBK_OK);
    assert_int_equal(sbk_database_run(world->ledger, "DELETE FROM batch", NULL), SBK_OK);
    for (size_t i = 0; names[i] != NULL; i++) {
        assert_int_equal(sbk_file_remove(world_path(world, names[i]), NULL), SBK_OK);
    }
}

static void load_programmes(struct sbk_programme_file *file) {
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    struct sbk_error error = {.reason = NULL};
    char path[4096];

    snprintf(path, sizeof(path), "%s/data/programmes.yaml", getenv("SBK_SOURCE"));
    must(sbk_file_read(path, SBK_PROGRAMME_BYTES_MAX, &text, &error), &error);
    must(sbk_programme_parse(text.data, text.size, file, &error), &error);
    sbk_buffer_free(&text);
}

sbk_result world_prepare_roll(struct world *world, const char *name, const struct sbk_buffer *text, size_t cards,
    struct sbk_batch_info *info, struct sbk_error *error) {
    static struct sbk_programme_file programmes;
    struct sbk_roll roll;
    struct sbk_plan plan;

    load_programmes(&programmes);
    must(sbk_roll_parse(text->data, text->size, &roll, error), error);
    must(sbk_plan_make(&roll, &programmes, world->ledger, cards, &plan, error), error);
    assert_int_equal(plan.chosen, cards);
    const struct sbk_prepare prepare = {.ledger = world->ledger,
        .city = &world->city,
        .grant_signer = world->grant_signer,
        .city_key = world->city_key,
        .transport = world->transport,
        .recipient = world->office.certificate.x509,
        .now = WORLD_NOW,
        .out = world_path(world, name),
        .roll = &roll,
        .programmes = &programmes,
        .plan = &plan};
    const sbk_result result = sbk_prepare_batch(&prepare, info, error);
    sbk_plan_free(&plan);
    sbk_roll_free(&roll);
    return result;
}

sbk_result world_try_prepare(
    struct world *world, const char *name, size_t cards, struct sbk_batch_info *info, struct sbk_error *error) {
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    size_t counts[SBK_SAMPLE_KINDS];

    must(sbk_sample_roll(200, 1, &text, counts, error), error);
    const sbk_result result = world_prepare_roll(world, name, &text, cards, info, error);
    sbk_buffer_free(&text);
    return result;
}

void world_prepare(struct world *world, const char *name, size_t cards, struct sbk_batch_info *info) {
    struct sbk_error error = {.reason = NULL};

    must(world_try_prepare(world, name, cards, info, &error), &error);
}

void world_sign_card(struct world_card *card) {
    uint8_t der[SBK_ECDSA_DER_MAX];
    size_t size = 0, der_size = sizeof(der);
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    assert_int_equal(sbk_closing_write(&card->statement, card->bytes, sizeof(card->bytes), &size), SBK_FORMAT_OK);
    assert_int_equal(size + SBK_SIGNATURE_SIZE, SBK_STATEMENT_SIZE);
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, card->signing), 1);
    assert_int_equal(EVP_DigestSign(context, der, &der_size, card->bytes, size), 1);
    assert_int_equal(sbk_signature_from_der(der, der_size, card->bytes + size, NULL), SBK_OK);
    EVP_MD_CTX_free(context);
}

static void make_pair(EVP_PKEY **pair, uint8_t compressed[SBK_COMPRESSED_SIZE]) {
    uint8_t point[SBK_POINT_SIZE];

    *pair = EVP_EC_gen("P-256");
    assert_non_null(*pair);
    assert_int_equal(sbk_pkey_point(*pair, point, NULL), SBK_OK);
    assert_int_equal(sbk_point_compress(point, compressed, NULL), SBK_OK);
}

void world_make_card(const struct sbk_batch *batch, const struct sbk_batch_card *order, struct world_card *card) {
    static uint8_t chips;
    struct sbk_closing_expected expected;
    EVP_PKEY *agreement = NULL;

    memset(card, 0, sizeof(*card));
    assert_int_equal(sbk_closing_expect(batch, order, &expected, NULL), SBK_OK);
    make_pair(&agreement, card->statement.agreement_key);
    make_pair(&card->signing, card->statement.signing_key);
    EVP_PKEY_free(agreement);
    memcpy(card->statement.alias, order->alias, SBK_ALIAS_SIZE);
    card->statement.serial[0] = 0x77;
    card->statement.serial[9] = ++chips;
    card->statement.root_generation = expected.root_generation;
    memcpy(card->statement.root_hash, expected.root_hash, SBK_HASH_SIZE);
    memcpy(card->statement.next_root_hash, expected.next_root_hash, SBK_HASH_SIZE);
    memcpy(card->statement.records_hash, expected.records_hash, SBK_HASH_SIZE);
    world_sign_card(card);
    card->entry = (struct sbk_report_card){.sequence = order->sequence,
        .outcome = SBK_OUTCOME_MADE,
        .has_serial = true,
        .statement = {card->bytes, sizeof(card->bytes)}};
    memcpy(card->entry.alias, order->alias, SBK_ALIAS_SIZE);
    memcpy(card->entry.serial, card->statement.serial, SBK_SERIAL_SIZE);
}

void world_free_card(struct world_card *card) {
    EVP_PKEY_free(card->signing);
}

void world_report(struct world *world, const struct sbk_batch_info *info, const struct world_card *const *cards,
    size_t count, struct sbk_buffer *out) {
    const struct sbk_bytes *own = &world->office.certificate.x509;
    struct sbk_report report = {.made = WORLD_NOW, .info = *info};
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_error error = {.reason = NULL};
    uint8_t bytes[SBK_REPORT_CARD_MAX];
    size_t size = 0;

    report.info.count = (uint32_t)count;
    assert_int_equal(sbk_report_write_head(&report, bytes, sizeof(bytes), &size), SBK_FORMAT_OK);
    must(sbk_buffer_append(&content, bytes, size, &error), &error);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(sbk_report_write_card(&cards[i]->entry, bytes, sizeof(bytes), &size), SBK_FORMAT_OK);
        must(sbk_buffer_append(&content, bytes, size, &error), &error);
    }
    must(sbk_cms_sign(world->bureau, own->data, own->size, SBK_BUNDLE_REPORT, content.data, content.size, WORLD_NOW,
             out, &error),
        &error);
    sbk_buffer_free(&content);
}

sbk_result world_certify(struct world *world, const struct sbk_buffer *report, struct sbk_reconciled *reconciled,
    struct sbk_buffer *out, struct sbk_error *error) {
    const struct sbk_certify certify = {world->ledger, &world->city, world->card_ca, world->city_key, WORLD_NOW};

    return sbk_certify_report(&certify, report->data, report->size, reconciled, out, error);
}
