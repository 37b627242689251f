/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/crypto.h"
#include "reader/hotlist_private.h"
#include "reader/reason.h"
#include "reader/station_trust.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define READ_STEP 32768

sbk_result sbk_hotlist_open(const struct sbk_station *station, const uint8_t *data, size_t size, bool kept,
    struct sbk_opened_hotlist *opened, struct sbk_error *error) {
    enum sbk_format format = sbk_certificate_size(data, size, &opened->head);
    if (format == SBK_FORMAT_OK)
        format = sbk_hotlist_parse(data + opened->head, size - opened->head, &opened->list);
    if (format != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT,
            _("this is not a signed hotlist (%s); 'sembako-keys hotlist' makes one"), _(sbk_format_text(format)));
    sbk_result result = (kept ? sbk_station_verify_kept : sbk_station_verify_new)(
        station, data, opened->head, size, opened->list.issued, &opened->signer, error);
    return result == SBK_OK ? result : sbk_fail_in(error, result, _("hotlist %" PRIu32), opened->list.number);
}

sbk_result sbk_hotlist_use(struct sbk_station *station, uint8_t *file, size_t size,
    const struct sbk_opened_hotlist *opened, struct sbk_error *error) {
    free(station->hotlist_file);
    station->hotlist_file = file;
    station->hotlist_size = size;
    station->hotlist = opened->list;
    station->hotlist_signer = opened->signer;
    station->hotlist_broken = false;
    return sbk_trust_distrust(station->trust, station->hotlist.issuers, station->hotlist.issuer_count, error);
}

/* ---- loading ---- */

static sbk_result read_blob(struct sbk_station *station, uint8_t **file, size_t *size, struct sbk_error *error) {
    sqlite3_blob *blob = NULL;
    uint8_t *made = NULL;
    sbk_result result = SBK_OK;
    sqlite3 *handle = sbk_database_handle(station->database);
    if (sqlite3_blob_open(handle, "main", "hotlist", "file", 1, 0, &blob) != SQLITE_OK)
        return sbk_database_fail(station->database, error);
    int bytes = sqlite3_blob_bytes(blob);
    made = malloc((size_t)bytes + 1);
    if (made == NULL)
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    for (int at = 0; at < bytes && result == SBK_OK; at += READ_STEP)
        if (sqlite3_blob_read(blob, made + at, bytes - at < READ_STEP ? bytes - at : READ_STEP, at) != SQLITE_OK)
            result = sbk_database_fail(station->database, error);
    (void)sqlite3_blob_close(blob);
    if (result == SBK_OK) {
        *file = made;
        *size = (size_t)bytes;
    } else {
        free(made);
    }
    return result;
}

/* Piece by piece through a small cache, so that the list stands in memory once. */
static sbk_result read_file(struct sbk_station *station, uint8_t **file, size_t *size, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    *file = NULL;
    sbk_result result =
        sbk_statement_begin(station->database, "SELECT number FROM hotlist WHERE id = 1", &statement, error);
    if (result == SBK_OK)
        result = sbk_statement_step(statement, &row, error);
    sbk_statement_end(&statement);
    if (result != SBK_OK || !row)
        return result;
    result = sbk_database_run(station->database, "PRAGMA cache_size = -64", error);
    if (result == SBK_OK)
        result = read_blob(station, file, size, error);
    if (result == SBK_OK)
        result = sbk_database_run(station->database, "PRAGMA cache_size = -2000", error);
    return result;
}

sbk_result sbk_hotlist_load(struct sbk_station *station, struct sbk_error *error) {
    struct sbk_opened_hotlist opened;
    struct sbk_error cause;
    uint8_t *file = NULL;
    size_t size = 0;
    if (station->hotlist_file != NULL) /* only the trust is new */
        return sbk_trust_distrust(station->trust, station->hotlist.issuers, station->hotlist.issuer_count, error);
    sbk_result result = read_file(station, &file, &size, error);
    if (result != SBK_OK || file == NULL) {
        free(file);
        return result;
    }
    result = sbk_hotlist_open(station, file, size, true, &opened, &cause);
    if (result == SBK_OK && opened.list.base == 0)
        return sbk_hotlist_use(station, file, size, &opened, error);
    free(file);
    if (result == SBK_ENVIRONMENT) {
        if (error != NULL)
            *error = cause;
        return result;
    }
    station->hotlist_broken = true;
    return SBK_OK;
}

/* ---- what it says ---- */

void sbk_station_hotlist(const struct sbk_station *station, struct sbk_hotlist_view *view) {
    const struct sbk_hotlist *list = &station->hotlist;
    uint16_t today = sbk_station_today(station);
    memset(view, 0, sizeof *view);
    if (station->hotlist_file == NULL) {
        view->state = station->hotlist_broken ? SBK_HOTLIST_BROKEN : SBK_HOTLIST_NONE;
        return;
    }
    view->number = list->number;
    view->issued = list->issued;
    view->age = today > list->issued ? (uint16_t)(today - list->issued) : 0;
    view->warn = list->warn;
    view->stop = list->stop;
    view->cards = list->card_count;
    view->stations = list->terminal_count;
    view->issuers = list->issuer_count;
    view->revoked = sbk_station_revoked(station, station->terminal);
    view->state = view->age > list->stop   ? SBK_HOTLIST_STALE
                  : view->age > list->warn ? SBK_HOTLIST_OLD
                                           : SBK_HOTLIST_FRESH;
}

bool sbk_station_revoked(const struct sbk_station *station, const uint8_t terminal[SBK_TERMINAL_SIZE]) {
    return station->hotlist_file != NULL && sbk_hotlist_has_terminal(&station->hotlist, terminal);
}

sbk_result sbk_hotlist_check(
    const struct sbk_station *station, const uint8_t alias[SBK_ALIAS_SIZE], uint32_t mandate, struct sbk_error *error) {
    struct sbk_hotlist_view view;
    sbk_station_hotlist(station, &view);
    if (view.state == SBK_HOTLIST_NONE)
        return SBK_OK;
    if (view.state == SBK_HOTLIST_BROKEN)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_DATABASE,
            _("%s: the hotlist that is kept does not hold; take in the city's newest whole hotlist"), station->path);
    if (view.revoked)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_REVOKED,
            _("hotlist %" PRIu32 " revokes this station: it sells nothing more; bring it to the city"), view.number);
    if (sbk_hotlist_has_card(&station->hotlist, alias, mandate))
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_HOTLISTED, "%s", sbk_reason_sentence(SBK_REASON_HOTLISTED));
    if (view.state == SBK_HOTLIST_STALE)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_HOTLIST_AGE,
            _("hotlist %" PRIu32 " is %u days old, more than the %u that it may be; take in the city's newest courier "
              "or hotlist"),
            view.number, view.age, view.stop);
    return SBK_OK;
}
