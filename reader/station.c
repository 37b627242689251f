/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/station.h"

#include "base/i18n.h"
#include "reader/station_private.h"
#include "reader/station_trust.h"
#include "schema/reason.h"
#include "station-sql.h"

#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID 0x53424B53u /* "SBKS" */

static struct sbk_database_plan plan_of(const struct sbk_station_options *options) {
    return (struct sbk_database_plan){.migrations = sbk_station_sql,
        .migration_count = sbk_station_sql_count,
        .application_id = APPLICATION_ID,
        .vfs = options->vfs};
}

sbk_result sbk_station_allocate(
    struct sbk_station **station, const struct sbk_station_options *options, struct sbk_error *error) {
    struct sbk_station *made = calloc(1, sizeof *made);
    if (made != NULL)
        made->path = strdup(options->path);
    if (made == NULL || made->path == NULL) {
        free(made);
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    made->lock = (struct sbk_lock)SBK_LOCK_NONE;
    made->clock = options->clock;
    made->clock_set = options->clock_set;
    *station = made;
    return SBK_OK;
}

sbk_result sbk_station_database(struct sbk_station *station, const struct sbk_station_options *options,
    enum sbk_database_mode mode, struct sbk_error *error) {
    struct sbk_database_plan plan = plan_of(options);
    bool alone = mode == SBK_DATABASE_READ_ONLY && sbk_file_is_regular(station->path);
    char *path = alone ? strdup(station->path) : sbk_path_join(station->path, SBK_STATION_DATABASE);
    if (path == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    sbk_result result = SBK_OK;
    if (mode != SBK_DATABASE_CREATE && !sbk_file_exists(path))
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NOT_ENROLLED,
            _("%s: there is no station here; make one with 'sembako-reader enrol'"), station->path);
    else
        result = sbk_database_open(&station->database, path, &plan, mode, error);
    free(path);
    return result;
}

static sbk_result load_row(struct sbk_station *station, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result =
        sbk_statement_begin(station->database, "SELECT terminal, last_time FROM station", &statement, error);
    if (result != SBK_OK)
        return result;
    result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && !row)
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NOT_ENROLLED,
            _("%s: the station is not enrolled; make it anew with 'sembako-reader enrol'"), station->path);
    if (result == SBK_OK)
        result = sbk_statement_copy(statement, 0, station->terminal, sizeof station->terminal, error);
    if (result == SBK_OK) {
        station->last_time = (uint32_t)sbk_statement_int(statement, 1);
        sbk_id_text(station->terminal, SBK_TERMINAL_SIZE, station->id);
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_station_load(struct sbk_station *station, struct sbk_error *error) {
    sbk_result result = load_row(station, error);
    if (result == SBK_OK)
        result = sbk_log_load_key(station, error);
    if (result == SBK_OK)
        result = sbk_station_load_trust(station, error);
    return result == SBK_OK ? sbk_log_load(station, error) : result;
}

sbk_result sbk_station_open(struct sbk_station **station, const struct sbk_station_options *options,
    enum sbk_station_access access, struct sbk_error *error) {
    struct sbk_station *made = NULL;
    sbk_result result = sbk_station_allocate(&made, options, error);
    if (result != SBK_OK)
        return result;
    if (access == SBK_STATION_WORK)
        result = sbk_lock_take(&made->lock, options->path, error);
    else if (!sbk_file_is_regular(options->path))
        result = sbk_directory_check(options->path, error);
    if (result == SBK_OK)
        result = sbk_station_database(
            made, options, access == SBK_STATION_WORK ? SBK_DATABASE_OPEN : SBK_DATABASE_READ_ONLY, error);
    if (result == SBK_OK)
        result = sbk_station_load(made, error);
    if (result == SBK_OK)
        *station = made;
    else
        sbk_station_close(&made);
    return result;
}

void sbk_station_close(struct sbk_station **station) {
    struct sbk_station *open = *station;
    if (open == NULL)
        return;
    sbk_key_close(&open->agreement);
    sbk_key_close(&open->log_key);
    sbk_key_close(&open->x509_key);
    sbk_trust_free(&open->trust);
    sbk_database_close(&open->database);
    sbk_lock_release(&open->lock);
    free(open->list);
    free(open->hotlist_file);
    free(open->path);
    free(open);
    *station = NULL;
}

sbk_result sbk_station_store(const struct sbk_station *station, struct sbk_store **store, struct sbk_error *error) {
    char *path = sbk_path_join(station->path, SBK_STATION_KEYS);
    if (path == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    sbk_result result = sbk_store_open(store, path, false, error);
    free(path);
    return result;
}

/* Only a registrar gets what is personal. */
static bool is_registrar(const struct sbk_station *station) {
    return station->has_leaf && station->certificate.role == SBK_ROLE_REGISTRAR;
}

sbk_result sbk_station_secret(
    const struct sbk_station *station, enum sbk_station_secret *secret, char token[33], struct sbk_error *error) {
    static const uint8_t opened[] = {SBK_KEY_AGREEMENT, SBK_KEY_LOG, SBK_KEY_STATION};
    struct sbk_store *store = NULL;
    enum sbk_station_secret needed = SBK_STATION_NOTHING;
    sbk_result result = sbk_station_store(station, &store, error);
    token[0] = 0;
    const size_t count = is_registrar(station) ? sizeof opened : sizeof opened - 1;
    for (size_t i = 0; i < count && result == SBK_OK; i++) {
        struct sbk_key_guard guard;
        result = sbk_store_guard(store, opened[i], station->generation, &guard, error);
        if (result == SBK_OK && guard.kind == SBK_GUARD_PASSPHRASE)
            needed = SBK_STATION_PASSPHRASE;
        if (result == SBK_OK && guard.kind == SBK_GUARD_PIN && needed == SBK_STATION_NOTHING) {
            needed = SBK_STATION_PIN;
            memcpy(token, guard.token, sizeof guard.token);
        }
    }
    sbk_store_close(&store);
    if (result == SBK_OK)
        *secret = needed;
    return result;
}

sbk_result sbk_station_unlock(
    struct sbk_station *station, const struct sbk_secret *passphrase, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    sbk_result result = sbk_station_store(station, &store, error);
    if (result == SBK_OK && station->agreement == NULL)
        result = sbk_key_open(store, SBK_KEY_AGREEMENT, station->generation, passphrase, &station->agreement, error);
    if (result == SBK_OK && station->log_key == NULL)
        result = sbk_key_open(store, SBK_KEY_LOG, station->generation, passphrase, &station->log_key, error);
    if (result == SBK_OK && station->x509_key == NULL && is_registrar(station))
        result = sbk_key_open(store, SBK_KEY_STATION, station->generation, passphrase, &station->x509_key, error);
    sbk_store_close(&store);
    if (result == SBK_OK && station->lock.descriptor >= 0)
        (void)sbk_station_sweep(station, passphrase);
    return result;
}

const struct sbk_certificate *sbk_station_certificate(const struct sbk_station *station) {
    return station->has_leaf ? &station->certificate : NULL;
}

const char *sbk_station_id(const struct sbk_station *station) {
    return station->id;
}

uint32_t sbk_station_time(const struct sbk_station *station) {
    return sbk_clock_time(station->clock);
}

uint16_t sbk_station_today(const struct sbk_station *station) {
    return sbk_clock_today(station->clock);
}

sbk_result sbk_station_check(const struct sbk_station *station, uint64_t roles, struct sbk_error *error) {
    char from[SBK_DAY_ROOM];
    char until[SBK_DAY_ROOM];
    struct sbk_certificate parsed;
    uint16_t today = sbk_clock_today(station->clock);
    if (!station->has_leaf)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_CERTIFICATE,
            _("%s: the station has no certificate; install the city's with 'sembako-reader install'"), station->path);
    sbk_day_format(station->certificate.effective, from);
    sbk_day_format(station->certificate.expiry, until);
    if (today < station->certificate.effective)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_TIME,
            _("the station's certificate is valid from %s only; check the date of this machine"), from);
    if (today > station->certificate.expiry)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_EXPIRED,
            _("the station's certificate expired after %s; ask the city for a new one"), until);
    if ((roles & SBK_ROLE_BIT(station->certificate.role)) == 0)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ROLE, _("this station is not certified for that"));
    return sbk_trust_verify(station->trust, station->leaf, station->leaf_size, roles, today, &parsed, error);
}
