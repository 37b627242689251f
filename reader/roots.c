/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/roots.h"

#include "keys/cms.h"
#include "keys/crypto.h"

#include <string.h>

/* ---- keeping ---- */

bool sbk_station_roots_differ(const struct sbk_station *station, const struct sbk_roots *roots) {
    for (size_t i = 0; i < roots->count; i++) {
        uint16_t until = 0;
        if (sbk_trust_root(station->trust, roots->roots[i].anchor.generation, &until) == NULL ||
            roots->roots[i].until < until)
            return true;
    }
    return false;
}

/* A root's life is never lengthened. */
static sbk_result keep_root(struct sbk_station *station, const struct sbk_root *root, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        "INSERT INTO anchor (generation, key, next_hash, until, pinned) VALUES (?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT (generation) DO UPDATE SET until = excluded.until WHERE excluded.until < anchor.until",
        &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, root->anchor.generation);
    sbk_statement_bind_blob(statement, 2, root->anchor.key, sizeof root->anchor.key);
    sbk_statement_bind_blob(statement, 3, root->anchor.next_hash, sizeof root->anchor.next_hash);
    sbk_statement_bind_int(statement, 4, root->until);
    sbk_statement_bind_int(statement, 5, sbk_clock_time(station->clock));
    return sbk_statement_run(&statement, error);
}

/* Of two links of one step the stricter is given to cards; bytes 100 and 101 are the old root's last day. */
static sbk_result keep_link(struct sbk_station *station, const struct sbk_bytes *bytes, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        "INSERT INTO root_link (generation, record) VALUES (?1, ?2) ON CONFLICT (generation) DO UPDATE "
        "SET record = excluded.record WHERE substr(excluded.record, 100, 2) < substr(root_link.record, 100, 2)",
        &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, bytes->data[2]);
    sbk_statement_bind_blob(statement, 2, bytes->data, bytes->size);
    return sbk_statement_run(&statement, error);
}

sbk_result sbk_station_keep_roots(struct sbk_station *station, const struct sbk_roots *roots,
    const struct sbk_bytes *links, size_t count, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < roots->count && result == SBK_OK; i++)
        result = keep_root(station, &roots->roots[i], error);
    for (size_t i = 0; i < count && result == SBK_OK; i++)
        result = keep_link(station, &links[i], error);
    return result;
}

sbk_result sbk_station_keep_office(struct sbk_station *station, const struct sbk_bytes *binding,
    const struct sbk_bytes *office_ca, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(
        station->database, "INSERT OR IGNORE INTO office_ca (binding, certificate) VALUES (?1, ?2)", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_blob(statement, 1, binding->data, binding->size);
    sbk_statement_bind_blob(statement, 2, office_ca->data, office_ca->size);
    return sbk_statement_run(&statement, error);
}

/* ---- using ---- */

sbk_result sbk_station_link(struct sbk_station *station, uint8_t generation, uint8_t record[SBK_LINK_SIZE], bool *found,
    struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result =
        sbk_statement_begin(station->database, "SELECT record FROM root_link WHERE generation = ?1", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, generation);
    result = sbk_statement_step(statement, found, error);
    if (result == SBK_OK && *found)
        result = sbk_statement_copy(statement, 0, record, SBK_LINK_SIZE, error);
    sbk_statement_end(&statement);
    return result;
}

/* Whether the root that bound the office CA counts today. */
static bool bound_today(
    const struct sbk_station *station, const struct sbk_bytes *binding, const struct sbk_bytes *office_ca) {
    struct sbk_office_binding parsed;
    uint16_t until = 0;
    return sbk_office_binding_parse(binding->data, binding->size, &parsed) == SBK_FORMAT_OK &&
           sbk_trust_root(station->trust, parsed.root_generation, &until) != NULL &&
           sbk_station_today(station) <= until &&
           sbk_trust_verify_office(station->trust, binding, office_ca, NULL) == SBK_OK;
}

sbk_result sbk_station_verify_file(struct sbk_station *station, const uint8_t *data, size_t size,
    enum sbk_bundle_kind kind, struct sbk_buffer *content, struct sbk_error *error) {
    struct sbk_cms_expected expected = {.kind = kind,
        .signer = SBK_OFFICE_CITY,
        .office_ca = {station->office_ca, station->office_ca_size},
        .day = sbk_station_today(station)};
    struct sbk_statement *statement = NULL;
    struct sbk_error cause;
    bool row = true;
    /* The one of the certificate in use first: its error is the one to tell. */
    sbk_result result = sbk_cms_verify(data, size, &expected, content, NULL, error);
    if (result == SBK_OK || result == SBK_ENVIRONMENT)
        return result;
    sbk_result other = sbk_statement_begin(
        station->database, "SELECT binding, certificate FROM office_ca ORDER BY rowid DESC", &statement, &cause);
    while (other == SBK_OK && result != SBK_OK) {
        struct sbk_bytes binding;
        other = sbk_statement_step(statement, &row, &cause);
        if (other != SBK_OK || !row)
            break;
        binding.data = sbk_statement_blob(statement, 0, &binding.size);
        expected.office_ca.data = sbk_statement_blob(statement, 1, &expected.office_ca.size);
        if (bound_today(station, &binding, &expected.office_ca) &&
            sbk_cms_verify(data, size, &expected, content, NULL, &cause) == SBK_OK)
            result = SBK_OK;
    }
    sbk_statement_end(&statement);
    return other == SBK_OK ? result : sbk_fail(error, other, cause.reason, "%s", cause.text);
}

/* ---- showing ---- */

size_t sbk_station_roots(const struct sbk_station *station, struct sbk_root_view *roots, size_t size) {
    size_t count = 0;
    for (uint8_t generation = SBK_GENERATIONS; generation >= 1; generation--) {
        struct sbk_root_view view = {.generation = generation};
        const struct sbk_anchor *anchor = sbk_trust_root(station->trust, generation, &view.until);
        if (anchor == NULL || sbk_point_hash(anchor->key, view.fingerprint, NULL) != SBK_OK)
            continue;
        if (count < size)
            roots[count] = view;
        count++;
    }
    return count;
}

/* By role; of a role the newest first. */
static bool stands_before(const struct sbk_issuer_view *one, const struct sbk_issuer_view *other) {
    if (one->role != other->role)
        return one->role < other->role;
    if (one->generation != other->generation)
        return one->generation > other->generation;
    return one->root > other->root;
}

size_t sbk_station_issuers(const struct sbk_station *station, struct sbk_issuer_view *issuers, size_t size) {
    size_t count = 0;
    const struct sbk_certificate *issuer = NULL;
    for (size_t i = 0; (issuer = sbk_trust_issuer(station->trust, i)) != NULL; i++) {
        const struct sbk_issuer_view view = {
            issuer->role, issuer->generation, issuer->issuer_generation, issuer->effective, issuer->expiry};
        size_t place = count < size ? count : size;
        while (place > 0 && stands_before(&view, &issuers[place - 1])) {
            if (place < size)
                issuers[place] = issuers[place - 1];
            place--;
        }
        if (place < size)
            issuers[place] = view;
        count++;
    }
    return count;
}
