/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/faults/courier_city.h"

#include "base/hex.h"
#include "keys/cms.h"
#include "keys/issuing.h"
#include "keys/requests.h"
#include "personalize/batch_file.h"
#include "personalize/chip.h"
#include "reader/activate.h"
#include "schema/numbers.h"
#include "schema/reason.h"
#include "tests/harness/tokens.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSPHRASE "correct horse"
#define KELURAHAN "6472011001"
#define DAYS 60

static int64_t city_now(void *context) {
    (void)context;
    return WORLD_NOW;
}
const struct sbk_clock city_clock = {city_now, NULL};

static void must(sbk_result result, const struct sbk_error *error) {
    if (result != SBK_OK) {
        fail_msg("%s: %s", error->reason, error->text);
    }
}

/* ---- the reader ---- */

static sbk_result transmit(void *context, const uint8_t *command, size_t size, uint8_t *response, size_t room,
    size_t *received, struct sbk_error *error) {
    struct city *city = context;
    const struct sbk_transport *rig = &city->rig.transport;
    city->apdus++;
    const bool going = city->pull_at != 0 && city->apdus >= city->pull_at;
    if (!going || (city->pull_after && city->apdus == city->pull_at)) {
        const sbk_result result = rig->transmit(rig->context, command, size, response, room, received, error);
        if (!going) {
            return result;
        }
    }
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_REMOVED, "the card was pulled");
}

void city_tap(struct city *city, struct city_card *card, unsigned pull_at, bool pull_after) {
    memcpy(rig_image(&city->rig), card->image, sizeof card->image);
    rig_tap(&city->rig);
    city->on_reader = card;
    city->apdus = 0;
    city->pull_at = pull_at;
    city->pull_after = pull_after;
}

void city_lift(struct city *city) {
    memcpy(city->on_reader->image, rig_image(&city->rig), sizeof city->on_reader->image);
    city->on_reader = NULL;
}

bool city_pulled(const struct city *city) {
    return city->pull_at != 0 && city->apdus >= city->pull_at;
}

/* ---- stations ---- */

static void open_station(struct city_station *station) {
    const struct sbk_station_options options = {.path = station->path, .clock = &city_clock};
    struct sbk_error error = {.reason = NULL};
    must(sbk_station_open(&station->station, &options, SBK_STATION_WORK, &error), &error);
}

void city_restart(struct city *city, struct city_station *station) {
    (void)city;
    /* The keys stay open: their pass phrase costs time on purpose. */
    station->station->agreement = NULL;
    station->station->log_key = NULL;
    station->station->x509_key = NULL;
    sbk_station_close(&station->station);
    open_station(station);
    station->station->agreement = station->agreement;
    station->station->log_key = station->log_key;
    station->station->x509_key = station->x509_key;
}

/* What `sembako-keys station issue` does. */
static void issue(struct city *city, const struct sbk_buffer *request, uint8_t role, struct sbk_buffer *file) {
    const struct sbk_city *store = &city->office.city;
    const uint16_t today = sbk_date_of_time(WORLD_NOW);
    struct sbk_buffer content = SBK_BUFFER_EMPTY, x509 = SBK_BUFFER_EMPTY;
    struct sbk_station_request parsed;
    struct sbk_office_info info;
    struct sbk_note_verifier log_key;
    struct sbk_error error = {.reason = NULL};
    uint8_t leaf[SBK_CERTIFICATE_MAX], bytes[SBK_BUNDLE_SMALL_MAX];
    size_t leaf_size = 0, size = 0;
    struct sbk_certificate fields = {.role = role,
        .effective = today,
        .expiry = (uint16_t)(today + DAYS),
        .rights = {
            .programmes = UINT32_MAX, .limits = {SBK_LIMIT_NONE, SBK_LIMIT_NONE, SBK_LIMIT_NONE, SBK_LIMIT_NONE}}};

    must(sbk_station_request_open(request->data, request->size, &content, &parsed, &info, &log_key, &error), &error);
    memcpy(fields.terminal, parsed.terminal, sizeof fields.terminal);
    memcpy(fields.key, parsed.agreement_key, sizeof fields.key);
    assert_int_equal(sbk_id_write("EW-001", fields.rights.outlet, SBK_OUTLET_SIZE), SBK_FORMAT_OK);
    assert_int_equal(sbk_kelurahan_write(KELURAHAN, fields.rights.kelurahan), SBK_FORMAT_OK);
    must(sbk_note_key_hash(&log_key, fields.rights.log_key_hash, &error), &error);
    must(sbk_issue_certificate(city->station_ca, &fields, leaf, &leaf_size, &error), &error);
    must(sbk_x509_issue(city->office_ca, store->office_ca.data, store->office_ca.size, info.key, SBK_OFFICE_STATION,
             info.name, today, (uint16_t)(today + DAYS), &x509, &error),
        &error);
    const struct sbk_station_certificate bundle = {.made = WORLD_NOW,
        .anchor = store->anchor,
        .binding = sbk_bytes_of(&store->binding),
        .office_ca = sbk_bytes_of(&store->office_ca),
        .leaf = {leaf, leaf_size},
        .station_ca = sbk_bytes_of(&store->station_ca),
        .card_ca = sbk_bytes_of(&store->card_ca),
        .grant_signer = sbk_bytes_of(&store->grant_signer),
        .list_signer = sbk_bytes_of(&store->list_signer),
        .x509 = sbk_bytes_of(&x509),
        .city = sbk_bytes_of(&store->city)};
    assert_int_equal(sbk_station_certificate_write(&bundle, bytes, sizeof bytes, &size), SBK_FORMAT_OK);
    must(sbk_cms_sign(city->office.city_key, store->city.data, store->city.size, SBK_BUNDLE_STATION_CERTIFICATE, bytes,
             size, WORLD_NOW, file, &error),
        &error);
    sbk_buffer_free(&content);
    sbk_buffer_free(&x509);
}

static void import_list(struct city *city, struct sbk_station *station) {
    static const struct sbk_item items[] = {{"beras", "Beras", SBK_UNIT_GRAM, 1, 13500},
        {"minyak", "Minyak goreng", SBK_UNIT_MILLILITRE, 2, 17500}, {"telur", "Telur ayam", SBK_UNIT_PIECE, 4, 2500}};
    const struct sbk_buffer *signer = &city->office.city.list_signer;
    struct sbk_items_header header = {.number = 1, .issued = sbk_date_of_time(WORLD_NOW), .count = 3};
    struct sbk_error error = {.reason = NULL};
    uint8_t file[SBK_CERTIFICATE_MAX + SBK_ITEMS_BYTES_MAX];
    uint8_t *record = file + signer->size;
    size_t size = 0;

    memcpy(file, signer->data, signer->size);
    assert_int_equal(sbk_items_write(&header, items, record, SBK_ITEMS_BYTES_MAX, &size), SBK_FORMAT_OK);
    must(sbk_sign_record(city->list_signer, record, SBK_ITEMS_BYTES_MAX, &size, &error), &error);
    must(sbk_station_import_list(station, file, signer->size + size, &header, &error), &error);
}

static void make_station(struct city *city, struct city_station *station, size_t number, uint8_t role) {
    struct sbk_station_options options = {.path = station->path, .clock = &city_clock};
    struct sbk_buffer request = SBK_BUFFER_EMPTY, file = SBK_BUFFER_EMPTY;
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_error error = {.reason = NULL};
    struct sbk_installed installed;
    char id[SBK_TERMINAL_SIZE + 1];

    (void)snprintf(id, sizeof id, "EW-%u", (unsigned)number % 1000);
    (void)snprintf(station->path, sizeof station->path, "%s/station-%zu", city->office.folder, number);
    must(sbk_secret_copy(&passphrase, PASSPHRASE, sizeof PASSPHRASE - 1, &error), &error);
    must(sbk_station_enrol(&station->station, &options, id, &passphrase, &request, &error), &error);
    issue(city, &request, role, &file);
    must(sbk_station_install(station->station, file.data, file.size, &installed, &error), &error);
    if (role == SBK_ROLE_STORE) {
        import_list(city, station->station);
    }
    must(sbk_station_unlock(station->station, &passphrase, &error), &error);
    station->agreement = station->station->agreement;
    station->log_key = station->station->log_key;
    station->x509_key = station->station->x509_key;
    sbk_secret_free(&passphrase);
    sbk_buffer_free(&request);
    sbk_buffer_free(&file);
}

/* ---- cards ---- */

/* Households of one kelurahan, so that one registrar may activate their cards. */
static void write_roll(size_t cards, struct sbk_buffer *text) {
    struct sbk_error error = {.reason = NULL};
    must(
        sbk_buffer_append_text(text, "household,nik,name,sex,born,kelurahan,size,registered,aided,alternate\n", &error),
        &error);
    for (size_t i = 1; i <= cards; i++) {
        must(sbk_buffer_append_format(text, &error,
                 "647201010180%04zu,647201010180%04zu,Keluarga %zu,L,1980-01-01,64.72.01.1001,4,yes,never,\n", i, i, i),
            &error);
    }
}

static void encode(
    struct city *city, const struct sbk_batch *batch, const struct sbk_batch_card *order, struct world_card *made) {
    struct sbk_transport *transport = &city->rig.transport;
    struct sbk_channel channel;
    struct sbk_transport_keys keys;
    struct sbk_chip_keys made_keys;
    struct sbk_error error = {.reason = NULL};
    uint8_t serial[SBK_SERIAL_SIZE];

    assert_int_equal(RAND_bytes(serial, sizeof serial), 1);
    must(sbk_transport_keys_of(batch->transport, serial, &keys, &error), &error);
    assert_true(rig_make(&city->rig, serial, (const uint8_t *)&keys));
    rig_tap(&city->rig);
    must(sbk_chip_open(transport, batch, &channel, serial, &error), &error);
    must(sbk_chip_write(&channel, batch, order, &made_keys, &error), &error);
    must(sbk_chip_close(&channel, &error), &error);
    sbk_channel_close(&channel);
    must(sbk_chip_statement(transport, batch, order, serial, &made_keys, made->bytes, &error), &error);
    made->entry = (struct sbk_report_card){.sequence = order->sequence,
        .outcome = SBK_OUTCOME_MADE,
        .has_serial = true,
        .statement = {made->bytes, sizeof made->bytes}};
    memcpy(made->entry.alias, order->alias, SBK_ALIAS_SIZE);
    memcpy(made->entry.serial, serial, SBK_SERIAL_SIZE);
}

/* Prepared, encoded, reported and certified; certificates receives the file. */
static void make_cards(struct city *city, struct sbk_buffer *certificates) {
    struct sbk_buffer roll = SBK_BUFFER_EMPTY, report = SBK_BUFFER_EMPTY;
    struct sbk_batch_file file;
    struct sbk_batch_info info;
    struct sbk_batch_card order;
    struct sbk_reconciled reconciled;
    struct sbk_error error = {.reason = NULL};
    struct world_card *made = calloc(city->card_count, sizeof *made);
    const struct world_card **entries = calloc(city->card_count, sizeof *entries);

    assert_true(made != NULL && entries != NULL);
    write_roll(city->card_count, &roll);
    must(world_prepare_roll(&city->office, "batch", &roll, city->card_count, &info, &error), &error);
    must(sbk_batch_file_open(
             &file, &city->office.office, city->office.bureau, world_path(&city->office, "batch"), WORLD_NOW, &error),
        &error);
    for (size_t i = 0; i < city->card_count; i++) {
        struct city_card *card = &city->cards[i];
        assert_int_equal(sbk_batch_next(&file.cards, &order), SBK_FORMAT_OK);
        encode(city, &file.batch, &order, &made[i]);
        entries[i] = &made[i];
        memcpy(card->image, rig_image(&city->rig), sizeof card->image);
        memcpy(card->alias, order.alias, sizeof card->alias);
        sbk_hex_encode(card->alias, sizeof card->alias, card->word);
        assert_int_equal(sbk_mandate_parse(order.mandate.data, order.mandate.size, &card->first), SBK_FORMAT_OK);
    }
    world_report(&city->office, &info, entries, city->card_count, &report);
    must(world_certify(&city->office, &report, &reconciled, certificates, &error), &error);
    sbk_reconciled_free(&reconciled);
    sbk_batch_file_close(&file);
    sbk_buffer_free(&roll);
    sbk_buffer_free(&report);
    free(made);
    free(entries);
}

static void activate_cards(struct city *city, const struct sbk_buffer *certificates) {
    struct sbk_station *registrar = city->stations[city->station_count - 1].station;
    struct sbk_buffer opened = SBK_BUFFER_EMPTY;
    struct sbk_error error = {.reason = NULL};

    must(sbk_certificates_open(registrar, certificates->data, certificates->size, &opened, &error), &error);
    for (size_t i = 0; i < city->card_count; i++) {
        struct sbk_activation activation = {.certificates = &opened, .holder = &city->pin};
        city_tap(city, &city->cards[i], 0, false);
        must(sbk_activate(registrar, &city->transport, &activation, &error), &error);
        city_lift(city);
    }
    sbk_buffer_free(&opened);
}

/* ---- the whole ---- */

void city_open(struct city *city, size_t cards, size_t stations) {
    struct sbk_buffer certificates = SBK_BUFFER_EMPTY;
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_error error = {.reason = NULL};

    assert_true(stations >= 2 && stations <= CITY_STATIONS_MAX);
    memset(city, 0, sizeof *city);
    city->card_count = cards;
    city->station_count = stations;
    city->cards = calloc(cards, sizeof *city->cards);
    assert_non_null(city->cards);
    city->transport = (struct sbk_transport){.transmit = transmit, .context = city};
    rig_open(&city->rig);
    must(sbk_pin_of(CITY_PIN, sizeof CITY_PIN - 1, &city->pin, &error), &error);
    world_open(&city->office);
    must(sbk_secret_copy(&passphrase, PASSPHRASE, sizeof PASSPHRASE - 1, &error), &error);
    must(sbk_key_open(city->office.store, SBK_KEY_LIST_SIGNER, 0, &passphrase, &city->list_signer, &error), &error);
    must(sbk_key_open(city->office.store, SBK_KEY_STATION_CA, 0, &passphrase, &city->station_ca, &error), &error);
    must(sbk_key_open(city->office.store, SBK_KEY_OFFICE_CA, 0, &passphrase, &city->office_ca, &error), &error);
    sbk_secret_free(&passphrase);
    for (size_t i = 0; i < stations; i++) {
        make_station(
            city, &city->stations[i], i + 1, i + 1 < stations ? (uint8_t)SBK_ROLE_STORE : (uint8_t)SBK_ROLE_REGISTRAR);
    }
    make_cards(city, &certificates);
    activate_cards(city, &certificates);
    sbk_buffer_free(&certificates);
}

void city_close(struct city *city) {
    for (size_t i = 0; i < city->station_count; i++) {
        sbk_station_close(&city->stations[i].station);
    }
    sbk_key_close(&city->list_signer);
    sbk_key_close(&city->station_ca);
    sbk_key_close(&city->office_ca);
    world_close(&city->office);
    rig_close(&city->rig);
    free(city->cards);
}
