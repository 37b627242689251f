/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/parcels.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <string.h>

/* Column refused: how often, and in the low 16 bits the last status word. */
#define TRIED_AGAIN "(refused >> 16) < 3 "

const char *sbk_parcel_word(uint8_t kind) {
    static const char *const words[] = {NULL, "certificate", "mandate", "stop", "pin-reset", "identity"};
    return kind <= SBK_PARCEL_KINDS ? words[kind] : NULL;
}

sbk_result sbk_parcel_keep(
    struct sbk_station *station, const struct sbk_waiting *parcel, bool *kept, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        "INSERT INTO parcel (alias, kind, number, record, issuer) VALUES (?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT (alias, kind) DO UPDATE SET number = excluded.number, record = excluded.record, "
        "issuer = excluded.issuer, refused = 0 "
        "WHERE excluded.number > parcel.number OR (excluded.number = parcel.number AND (parcel.refused <> 0 "
        "OR parcel.kind = 5))",
        &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_blob(statement, 1, parcel->alias, sizeof parcel->alias);
    sbk_statement_bind_int(statement, 2, parcel->kind);
    sbk_statement_bind_int(statement, 3, parcel->number);
    sbk_statement_bind_blob(statement, 4, parcel->record, parcel->size);
    sbk_statement_bind_blob(statement, 5, parcel->issuer, parcel->issuer_size);
    result = sbk_statement_run(&statement, error);
    *kept = result == SBK_OK && sbk_database_changes(station->database) > 0;
    return result;
}

static sbk_result read_row(struct sbk_statement *statement, struct sbk_waiting *parcel, struct sbk_error *error) {
    const uint8_t *record = sbk_statement_blob(statement, 2, &parcel->size);
    const uint8_t *issuer = sbk_statement_blob(statement, 3, &parcel->issuer_size);
    parcel->kind = (uint8_t)sbk_statement_int(statement, 0);
    parcel->number = (uint32_t)sbk_statement_int(statement, 1);
    if (record == NULL || parcel->size > sizeof parcel->record || parcel->issuer_size > sizeof parcel->issuer ||
        (issuer == NULL && parcel->kind != SBK_PARCEL_IDENTITY))
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_DATABASE, _("a record for a card is not valid"));
    memcpy(parcel->record, record, parcel->size);
    if (issuer != NULL)
        memcpy(parcel->issuer, issuer, parcel->issuer_size);
    return SBK_OK;
}

sbk_result sbk_parcel_next(struct sbk_station *station, const uint8_t alias[SBK_ALIAS_SIZE], uint8_t after,
    struct sbk_waiting *parcel, bool *found, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        "SELECT kind, number, record, issuer FROM parcel WHERE alias = ?1 AND kind > ?2 AND " TRIED_AGAIN
        "ORDER BY kind LIMIT 1",
        &statement, error);
    if (result != SBK_OK)
        return result;
    memcpy(parcel->alias, alias, sizeof parcel->alias);
    sbk_statement_bind_blob(statement, 1, alias, SBK_ALIAS_SIZE);
    sbk_statement_bind_int(statement, 2, after);
    result = sbk_statement_step(statement, found, error);
    if (result == SBK_OK && *found)
        result = read_row(statement, parcel, error);
    sbk_statement_end(&statement);
    return result == SBK_OK ? result : sbk_fail_in(error, result, "%s", station->path);
}

sbk_result sbk_parcel_done(
    struct sbk_station *station, const struct sbk_waiting *parcel, uint16_t status, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        status == 0 ? "DELETE FROM parcel WHERE alias = ?1 AND kind = ?2 AND number = ?3 AND ?4 = 0"
                    : "UPDATE parcel SET refused = ((refused >> 16) + 1) << 16 | ?4 "
                      "WHERE alias = ?1 AND kind = ?2 AND number = ?3",
        &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_blob(statement, 1, parcel->alias, sizeof parcel->alias);
    sbk_statement_bind_int(statement, 2, parcel->kind);
    sbk_statement_bind_int(statement, 3, parcel->number);
    sbk_statement_bind_int(statement, 4, status);
    return sbk_statement_run(&statement, error);
}

sbk_result sbk_parcels_waiting(struct sbk_station *station, size_t *count, uint32_t *courier, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result = sbk_statement_begin(station->database,
        "SELECT (SELECT count(*) FROM parcel WHERE " TRIED_AGAIN "), (SELECT coalesce(max(number), 0) FROM courier)",
        &statement, error);
    *count = 0;
    *courier = 0;
    if (result == SBK_OK)
        result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && row) {
        *count = (size_t)sbk_statement_int(statement, 0);
        *courier = (uint32_t)sbk_statement_int(statement, 1);
    }
    sbk_statement_end(&statement);
    return result;
}
