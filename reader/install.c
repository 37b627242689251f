/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/install.h"
#include "base/i18n.h"
#include "keys/crypto.h"
#include "keys/note.h"
#include "reader/roots.h"
#include "reader/station_trust.h"
#include "schema/reason.h"

#include <string.h>

/* A file that holds. */
struct opened {
    struct sbk_buffer content;
    struct sbk_station_certificate parsed; /* lends from content */
    struct sbk_roots roots;
    uint8_t generation; /* of the keys that it is for */
    char log_verifier[SBK_NOTE_VERIFIER_ROOM];
};

sbk_result sbk_station_keep_issuer(
    struct sbk_station *station, const struct sbk_bytes *certificate, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(
        station->database, "INSERT OR IGNORE INTO issuer (certificate) VALUES (?1)", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_blob(statement, 1, certificate->data, certificate->size);
    return sbk_statement_run(&statement, error);
}

static sbk_result keep_installed(
    struct sbk_station *station, const struct sbk_station_certificate *parsed, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        "INSERT INTO installed (leaf, office_ca, x509, city, installed) VALUES (?1, ?2, ?3, ?4, ?5)", &statement,
        error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_blob(statement, 1, parsed->leaf.data, parsed->leaf.size);
    sbk_statement_bind_blob(statement, 2, parsed->office_ca.data, parsed->office_ca.size);
    sbk_statement_bind_blob(statement, 3, parsed->x509.data, parsed->x509.size);
    sbk_statement_bind_blob(statement, 4, parsed->city.data, parsed->city.size);
    sbk_statement_bind_int(statement, 5, sbk_clock_time(station->clock));
    return sbk_statement_run(&statement, error);
}

sbk_result sbk_station_reinstall(
    struct sbk_station *station, const struct sbk_bytes *office_ca, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    struct sbk_log_field field = {station->leaf, station->leaf_size};
    sbk_result result = sbk_statement_begin(station->database,
        "INSERT INTO installed (leaf, office_ca, x509, city, installed) "
        "SELECT leaf, ?1, x509, city, ?2 FROM installed ORDER BY number DESC LIMIT 1",
        &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_blob(statement, 1, office_ca->data, office_ca->size);
    sbk_statement_bind_int(statement, 2, sbk_clock_time(station->clock));
    result = sbk_statement_run(&statement, error);
    return result == SBK_OK ? sbk_log_append(station, SBK_LOG_CERTIFICATE, &field, 1, NULL, error) : result;
}

static sbk_result keep_all(
    struct sbk_station *station, const struct opened *opened, uint32_t *position, struct sbk_error *error) {
    const struct sbk_station_certificate *parsed = &opened->parsed;
    const struct sbk_bytes *issuer = NULL;
    struct sbk_log_field field = {parsed->leaf.data, parsed->leaf.size};
    sbk_result result = sbk_station_keep_roots(station, &opened->roots, parsed->links, parsed->link_count, error);
    for (size_t i = 0; result == SBK_OK && (issuer = sbk_station_certificate_issuer(parsed, i)) != NULL; i++)
        result = sbk_station_keep_issuer(station, issuer, error);
    if (result == SBK_OK)
        result = sbk_station_keep_office(station, &parsed->binding, &parsed->office_ca, error);
    if (result == SBK_OK)
        result = keep_installed(station, parsed, error);
    return result == SBK_OK ? sbk_log_append(station, SBK_LOG_CERTIFICATE, &field, 1, position, error) : result;
}

static sbk_result open_for(struct sbk_station *station, uint8_t generation, const uint8_t *data, size_t size,
    struct opened *opened, struct sbk_error *error) {
    static const uint8_t roles[] = {SBK_KEY_AGREEMENT, SBK_KEY_LOG, SBK_KEY_STATION};
    struct sbk_store *store = NULL;
    struct sbk_key_info infos[sizeof roles];
    sbk_result result = sbk_station_store(station, &store, error);
    for (size_t i = 0; i < sizeof roles && result == SBK_OK; i++)
        result = sbk_store_info(store, roles[i], generation, &infos[i], error);
    sbk_store_close(&store);
    if (result == SBK_OK)
        result = sbk_note_verifier_text(&infos[1], station->terminal, opened->log_verifier, error);
    if (result != SBK_OK)
        return result;
    struct sbk_station_keys keys = {.agreement = &infos[0], .log_key = &infos[1], .station = &infos[2]};
    memcpy(keys.terminal, station->terminal, sizeof keys.terminal);
    opened->generation = generation;
    sbk_buffer_reset(&opened->content);
    return sbk_station_certificate_open(data, size, &keys, station->trust, sbk_clock_today(station->clock),
        &opened->content, &opened->parsed, &opened->roots, NULL, error);
}

/* For the keys in use, or else for those that wait for this certificate. */
static sbk_result open_file(
    struct sbk_station *station, const uint8_t *data, size_t size, struct opened *opened, struct sbk_error *error) {
    struct sbk_station_key_state state;
    struct sbk_error cause;
    sbk_result result = sbk_station_key_state(station, &state, error);
    if (result != SBK_OK)
        return result;
    result = open_for(station, station->generation, data, size, opened, &cause);
    if (result == SBK_REFUSED && strcmp(cause.reason, SBK_REASON_CERTIFICATE) == 0 && state.pending)
        result = open_for(station, (uint8_t)(station->generation + 1), data, size, opened, &cause);
    if (result != SBK_OK && error != NULL)
        *error = cause;
    return result;
}

static sbk_result describe(
    struct sbk_station *station, uint8_t before, struct sbk_installed *installed, struct sbk_error *error) {
    const struct sbk_anchor *anchor = sbk_trust_anchor(station->trust);
    sbk_result result = sbk_point_hash(anchor->key, installed->fingerprint, error);
    installed->root_generation = anchor->generation;
    installed->pinned_now = before == 0;
    installed->followed_from = before != 0 && before < anchor->generation ? before : 0;
    installed->rights = station->certificate.rights;
    installed->role = station->certificate.role;
    installed->effective = station->certificate.effective;
    installed->expiry = station->certificate.expiry;
    return result;
}

/* In one transaction: all of it, and, where the file is for the keys that waited, the change of keys. */
static sbk_result keep_file(struct sbk_station *station, const struct opened *opened, struct sbk_error *error) {
    bool other = opened->generation != station->generation;
    uint32_t position = 0;
    sbk_result result = sbk_station_begin(station, error);
    if (result != SBK_OK)
        return result;
    if (other)
        result = sbk_station_last_checkpoint(station, error);
    if (result == SBK_OK)
        result = keep_all(station, opened, &position, error);
    if (result == SBK_OK && other)
        result = sbk_log_add_key(station, opened->generation, opened->log_verifier, position + 1, error);
    if (result == SBK_OK)
        result = sbk_station_commit(station, error);
    if (result != SBK_OK)
        sbk_station_rollback(station);
    return result;
}

/* The keys that were in use open nothing any more; those in use now are still closed. */
static sbk_result change_keys(struct sbk_station *station, struct sbk_error *error) {
    sbk_result result = sbk_log_load_key(station, error);
    if (result == SBK_OK)
        (void)sbk_station_sweep(station, NULL);
    sbk_key_close(&station->agreement);
    sbk_key_close(&station->log_key);
    sbk_key_close(&station->x509_key);
    return result;
}

sbk_result sbk_station_install(struct sbk_station *station, const uint8_t *data, size_t size,
    struct sbk_installed *installed, struct sbk_error *error) {
    struct opened opened = {.content = SBK_BUFFER_EMPTY};
    const struct sbk_anchor *anchor = sbk_trust_anchor(station->trust);
    uint8_t before = anchor != NULL ? anchor->generation : 0;
    sbk_result result = open_file(station, data, size, &opened, error);
    installed->other_keys = opened.generation != station->generation;
    if (result == SBK_OK)
        result = keep_file(station, &opened, error);
    if (result == SBK_OK && installed->other_keys)
        result = change_keys(station, error);
    if (result == SBK_OK)
        result = sbk_station_load_trust(station, error);
    if (result == SBK_OK)
        result = describe(station, before, installed, error);
    sbk_buffer_free(&opened.content);
    return result;
}
