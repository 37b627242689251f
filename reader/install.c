/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/install.h"
#include "base/i18n.h"
#include "keys/crypto.h"
#include "reader/station_trust.h"
#include "schema/reason.h"

#include <string.h>

#define NO_END 0xFFFF

static sbk_result keep_anchor(struct sbk_station *station, const struct sbk_anchor *anchor, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        "INSERT OR IGNORE INTO anchor (generation, key, next_hash, until, pinned) VALUES (?1, ?2, ?3, ?4, ?5)",
        &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, anchor->generation);
    sbk_statement_bind_blob(statement, 2, anchor->key, sizeof anchor->key);
    sbk_statement_bind_blob(statement, 3, anchor->next_hash, sizeof anchor->next_hash);
    sbk_statement_bind_int(statement, 4, NO_END);
    sbk_statement_bind_int(statement, 5, sbk_clock_time(station->clock));
    return sbk_statement_run(&statement, error);
}

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

static sbk_result keep_all(
    struct sbk_station *station, const struct sbk_station_certificate *parsed, struct sbk_error *error) {
    const struct sbk_bytes *issuers[] = {
        &parsed->station_ca, &parsed->card_ca, &parsed->grant_signer, &parsed->list_signer};
    struct sbk_log_field field = {parsed->leaf.data, parsed->leaf.size};
    sbk_result result = keep_anchor(station, &parsed->anchor, error);
    for (size_t i = 0; i < sizeof issuers / sizeof issuers[0] && result == SBK_OK; i++)
        result = sbk_station_keep_issuer(station, issuers[i], error);
    if (result == SBK_OK)
        result = keep_installed(station, parsed, error);
    return result == SBK_OK ? sbk_log_append(station, SBK_LOG_CERTIFICATE, &field, 1, NULL, error) : result;
}

static sbk_result open_file(struct sbk_station *station, const uint8_t *data, size_t size, struct sbk_buffer *content,
    struct sbk_station_certificate *parsed, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    struct sbk_key_info infos[3];
    sbk_result result = sbk_station_store(station, &store, error);
    if (result == SBK_OK)
        result = sbk_store_info(store, SBK_KEY_AGREEMENT, SBK_STATION_GENERATION, &infos[0], error);
    if (result == SBK_OK)
        result = sbk_store_info(store, SBK_KEY_LOG, SBK_STATION_GENERATION, &infos[1], error);
    if (result == SBK_OK)
        result = sbk_store_info(store, SBK_KEY_STATION, SBK_STATION_GENERATION, &infos[2], error);
    sbk_store_close(&store);
    if (result != SBK_OK)
        return result;
    struct sbk_station_keys keys = {.agreement = &infos[0], .log_key = &infos[1], .station = &infos[2]};
    memcpy(keys.terminal, station->terminal, sizeof keys.terminal);
    return sbk_station_certificate_open(data, size, &keys, sbk_trust_anchor(station->trust),
        sbk_clock_today(station->clock), content, parsed, NULL, error);
}

static sbk_result describe(struct sbk_station *station, const struct sbk_anchor *anchor, bool pinned_before,
    struct sbk_installed *installed, struct sbk_error *error) {
    sbk_result result = sbk_point_hash(anchor->key, installed->fingerprint, error);
    installed->root_generation = anchor->generation;
    installed->pinned_now = !pinned_before;
    installed->rights = station->certificate.rights;
    installed->role = station->certificate.role;
    installed->effective = station->certificate.effective;
    installed->expiry = station->certificate.expiry;
    return result;
}

sbk_result sbk_station_install(struct sbk_station *station, const uint8_t *data, size_t size,
    struct sbk_installed *installed, struct sbk_error *error) {
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_station_certificate parsed;
    const struct sbk_anchor *anchor = sbk_trust_anchor(station->trust);
    sbk_result result = open_file(station, data, size, &content, &parsed, error);
    bool before = result == SBK_OK && anchor != NULL && anchor->generation == parsed.anchor.generation;
    if (result == SBK_OK)
        result = sbk_station_begin(station, error);
    if (result == SBK_OK) {
        result = keep_all(station, &parsed, error);
        if (result == SBK_OK)
            result = sbk_station_commit(station, error);
        if (result != SBK_OK)
            sbk_station_rollback(station);
    }
    if (result == SBK_OK)
        result = sbk_station_load_trust(station, error);
    if (result == SBK_OK)
        result = describe(station, &parsed.anchor, before, installed, error);
    sbk_buffer_free(&content);
    return result;
}
