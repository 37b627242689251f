/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/station_trust.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <string.h>

static sbk_result add_anchors(struct sbk_station *station, struct sbk_trust *trust, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = true;
    sbk_result result = sbk_statement_begin(station->database,
        "SELECT generation, key, next_hash, until FROM anchor ORDER BY generation", &statement, error);
    if (result != SBK_OK)
        return result;
    while (result == SBK_OK) {
        struct sbk_anchor anchor = {0};
        result = sbk_statement_step(statement, &row, error);
        if (result != SBK_OK || !row)
            break;
        anchor.generation = (uint8_t)sbk_statement_int(statement, 0);
        result = sbk_statement_copy(statement, 1, anchor.key, sizeof anchor.key, error);
        if (result == SBK_OK)
            result = sbk_statement_copy(statement, 2, anchor.next_hash, sizeof anchor.next_hash, error);
        if (result == SBK_OK)
            result = sbk_trust_add_anchor(trust, &anchor, (uint16_t)sbk_statement_int(statement, 3), error);
    }
    sbk_statement_end(&statement);
    return result;
}

static sbk_result add_issuers(struct sbk_station *station, struct sbk_trust *trust, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = true;
    sbk_result result = sbk_statement_begin(station->database, "SELECT certificate FROM issuer", &statement, error);
    if (result != SBK_OK)
        return result;
    while (result == SBK_OK) {
        result = sbk_statement_step(statement, &row, error);
        if (result != SBK_OK || !row)
            break;
        size_t size = 0;
        const uint8_t *data = sbk_statement_blob(statement, 0, &size);
        result = sbk_trust_add_issuer(trust, data, size, error);
    }
    sbk_statement_end(&statement);
    return result;
}

/* The leaf is verified on its own first day, whatever became of its root: an expired one, or one that was cut off, still
 * opens the station, which then may not sell. */
static sbk_result take_leaf(struct sbk_station *station, const struct sbk_trust *trust, const uint8_t *data,
    size_t size, struct sbk_error *error) {
    struct sbk_certificate parsed;
    if (size > sizeof station->leaf || sbk_certificate_parse(data, size, &parsed) != SBK_FORMAT_OK ||
        memcmp(parsed.terminal, station->terminal, SBK_TERMINAL_SIZE) != 0)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE,
            _("%s: the station's certificate is not valid; install the city's file again"), station->path);
    sbk_result result = sbk_trust_verify_past(trust, data, size, SBK_ROLES_TERMINAL, parsed.effective, &parsed, error);
    if (result != SBK_OK)
        return result;
    memcpy(station->leaf, data, size);
    station->leaf_size = size;
    station->has_leaf = true;
    /* Parsed again from the copy, because the parser lends from the bytes it is given. */
    return sbk_certificate_parse(station->leaf, size, &station->certificate) == SBK_FORMAT_OK
               ? SBK_OK
               : sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, _("%s: certificate"), station->path);
}

static sbk_result load_leaf(struct sbk_station *station, const struct sbk_trust *trust, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    station->has_leaf = false;
    sbk_result result = sbk_statement_begin(
        station->database, "SELECT leaf, office_ca FROM installed ORDER BY number DESC LIMIT 1", &statement, error);
    if (result != SBK_OK)
        return result;
    result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && row) {
        size_t size = 0;
        const uint8_t *data = sbk_statement_blob(statement, 0, &size);
        result = take_leaf(station, trust, data, size, error);
        data = sbk_statement_blob(statement, 1, &size);
        if (result == SBK_OK && (size == 0 || size > sizeof station->office_ca))
            result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, _("%s: office certificate"), station->path);
        if (result == SBK_OK) {
            memcpy(station->office_ca, data, size);
            station->office_ca_size = size;
        }
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_station_past_trust(struct sbk_station *station, struct sbk_trust **trust, struct sbk_error *error) {
    struct sbk_trust *made = NULL;
    sbk_result result = sbk_trust_new(&made, error);
    if (result == SBK_OK)
        result = add_anchors(station, made, error);
    if (result == SBK_OK)
        result = add_issuers(station, made, error);
    if (result == SBK_OK)
        *trust = made;
    else
        sbk_trust_free(&made);
    return result;
}

sbk_result sbk_station_load_trust(struct sbk_station *station, struct sbk_error *error) {
    struct sbk_trust *trust = NULL;
    sbk_result result = sbk_station_past_trust(station, &trust, error);
    if (result == SBK_OK)
        result = load_leaf(station, trust, error);
    if (result != SBK_OK) {
        sbk_trust_free(&trust);
        return sbk_fail_in(error, result, "%s", station->path);
    }
    sbk_trust_free(&station->trust);
    station->trust = trust;
    return sbk_hotlist_load(station, error);
}
