/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/install.h"
#include "keys/note.h"
#include "reader/station_trust.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t station_roles[] = {SBK_KEY_AGREEMENT, SBK_KEY_LOG, SBK_KEY_STATION};
enum { AGREEMENT, LOG, IDENTITY, KEYS };

/* Envelopes of an enrolment that never came to its end: without a database there is no station that they belong to. */
static sbk_result clear_leftovers(const char *folder, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < KEYS && result == SBK_OK; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s-%d.key", sbk_key_role_word(station_roles[i]), SBK_STATION_FIRST);
        char *path = sbk_path_join(folder, name);
        if (path == NULL)
            return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
        result = sbk_file_remove(path, error);
        free(path);
    }
    return result;
}

static sbk_result set_tokens(struct sbk_store *store, const char *const *words, struct sbk_error *error) {
    static const char *const roles[] = {"agreement", "log", "station", NULL};
    struct sbk_tokens tokens = {.count = 0};
    for (; words != NULL && words[tokens.count] != NULL; tokens.count++) {
        if (tokens.count == SBK_TOKENS_MAX)
            return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("more than %d tokens"), SBK_TOKENS_MAX);
        tokens.words[tokens.count] = words[tokens.count];
    }
    const sbk_result result = sbk_tokens_check(&tokens, roles, error);
    return result == SBK_OK ? sbk_store_set_tokens(store, &tokens, error) : result;
}

static sbk_result make_keys(const struct sbk_station *station, const char *const *tokens,
    const struct sbk_secret *passphrase, struct sbk_key *keys[KEYS], struct sbk_error *error) {
    struct sbk_store *store = NULL;
    bool made = false;
    char *folder = sbk_path_join(station->path, SBK_STATION_KEYS);
    if (folder == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    sbk_result result = sbk_directory_make(folder, &made, error);
    if (result == SBK_OK && !made)
        result = clear_leftovers(folder, error);
    if (result == SBK_OK)
        result = sbk_store_create(&store, folder, false, error);
    if (result == SBK_OK)
        result = set_tokens(store, tokens, error);
    for (size_t i = 0; i < KEYS && result == SBK_OK; i++)
        result = sbk_key_generate(
            store, station_roles[i], SBK_STATION_FIRST, sbk_clock_today(station->clock), passphrase, &keys[i], error);
    sbk_store_close(&store);
    free(folder);
    return result;
}

static sbk_result open_keys(const struct sbk_station *station, const struct sbk_secret *passphrase,
    struct sbk_key *keys[KEYS], struct sbk_error *error) {
    struct sbk_store *store = NULL;
    sbk_result result = sbk_station_store(station, &store, error);
    for (size_t i = 0; i < KEYS && result == SBK_OK; i++)
        result = sbk_key_open(store, station_roles[i], station->generation, passphrase, &keys[i], error);
    sbk_store_close(&store);
    return result;
}

static sbk_result insert_station(struct sbk_station *station, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        "INSERT INTO station (id, terminal, next_transaction, last_time) VALUES (1, ?1, 1, ?2)", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_blob(statement, 1, station->terminal, sizeof station->terminal);
    sbk_statement_bind_int(statement, 2, station->last_time);
    result = sbk_statement_run(&statement, error);
    return result == SBK_OK ? sbk_log_add_key(station, SBK_STATION_FIRST, station->log_verifier, 0, error) : result;
}

/* The rows and the log's first entry, in one transaction. */
static sbk_result write_station(struct sbk_station *station, struct sbk_error *error) {
    struct sbk_log_field fields[] = {{station->terminal, sizeof station->terminal},
        {(const uint8_t *)station->log_verifier, strlen(station->log_verifier)}};
    station->last_time = sbk_clock_time(station->clock);
    sbk_result result = sbk_station_begin(station, error);
    if (result != SBK_OK)
        return result;
    result = insert_station(station, error);
    if (result == SBK_OK)
        result = sbk_log_append(station, SBK_LOG_OPENED, fields, 2, NULL, error);
    if (result == SBK_OK)
        result = sbk_station_commit(station, error);
    if (result != SBK_OK)
        sbk_station_rollback(station);
    return result;
}

static sbk_result make_request(const struct sbk_station *station, struct sbk_key *keys[KEYS],
    struct sbk_buffer *request, struct sbk_error *error) {
    return sbk_station_request_make(keys[AGREEMENT], sbk_key_info(keys[LOG]), keys[IDENTITY], NULL, station->terminal,
        sbk_clock_time(station->clock), request, error);
}

/* What enrolling began and could not end. The error is the one that stopped it; a file that stays says so by itself at
 * the next attempt. */
static bool remove_database(const struct sbk_station *station) {
    static const char *const names[] = {SBK_STATION_DATABASE, SBK_STATION_DATABASE "-wal", SBK_STATION_DATABASE "-shm"};
    struct sbk_error ignored;
    bool unlinked = true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = sbk_path_join(station->path, names[i]);
        if (path != NULL && sbk_file_remove(path, &ignored) != SBK_OK)
            unlinked = false;
        free(path);
    }
    return unlinked;
}

static sbk_result make_station(struct sbk_station *station, const struct sbk_station_options *options,
    const struct sbk_secret *passphrase, struct sbk_key *keys[KEYS], struct sbk_buffer *request,
    struct sbk_error *error) {
    sbk_result result = make_keys(station, options->tokens, passphrase, keys, error);
    if (result == SBK_OK)
        result = sbk_note_verifier_text(sbk_key_info(keys[LOG]), station->terminal, station->log_verifier, error);
    if (result == SBK_OK)
        result = make_request(station, keys, request, error);
    if (result != SBK_OK)
        return result;
    result = sbk_station_database(station, options, SBK_DATABASE_CREATE, error);
    if (result == SBK_OK)
        result = write_station(station, error);
    if (result == SBK_OK)
        result = sbk_station_load(station, error);
    if (result != SBK_OK) {
        sbk_database_close(&station->database);
        if (!remove_database(station))
            result = sbk_fail_in(error, result, _("%s cannot be removed"), SBK_STATION_DATABASE);
    }
    return result;
}

/* A station that is there makes its request again, for a renewal or because the file was lost. */
static sbk_result ask_again(struct sbk_station *station, const struct sbk_station_options *options,
    const struct sbk_secret *passphrase, struct sbk_key *keys[KEYS], struct sbk_buffer *request,
    struct sbk_error *error) {
    uint8_t wanted[SBK_TERMINAL_SIZE];
    memcpy(wanted, station->terminal, sizeof wanted);
    sbk_result result = sbk_station_database(station, options, SBK_DATABASE_OPEN, error);
    if (result == SBK_OK)
        result = sbk_station_load(station, error);
    if (result == SBK_OK && memcmp(wanted, station->terminal, sizeof wanted) != 0)
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_EXISTS,
            _("%s: this is station \"%s\" already; choose another folder"), station->path, station->id);
    if (result == SBK_OK)
        result = open_keys(station, passphrase, keys, error);
    if (result == SBK_OK)
        result = make_request(station, keys, request, error);
    return result;
}

static sbk_result enrol_locked(struct sbk_station *station, const struct sbk_station_options *options,
    const struct sbk_secret *passphrase, struct sbk_buffer *request, struct sbk_error *error) {
    struct sbk_key *keys[KEYS] = {NULL};
    char *path = sbk_path_join(station->path, SBK_STATION_DATABASE);
    if (path == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    sbk_result result = sbk_file_exists(path) ? ask_again(station, options, passphrase, keys, request, error)
                                              : make_station(station, options, passphrase, keys, request, error);
    for (size_t i = 0; i < KEYS; i++)
        sbk_key_close(&keys[i]);
    free(path);
    return result;
}

sbk_result sbk_station_enrol(struct sbk_station **station, const struct sbk_station_options *options, const char *id,
    const struct sbk_secret *passphrase, struct sbk_buffer *request, struct sbk_error *error) {
    struct sbk_station *made = NULL;
    uint8_t terminal[SBK_TERMINAL_SIZE];
    if (sbk_id_write(id, terminal, sizeof terminal) != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE,
            _("\"%s\" is not a station's id: 1 to 12 characters of A-Z a-z 0-9 . _ -"), id);
    sbk_result result = sbk_station_allocate(&made, options, error);
    if (result != SBK_OK)
        return result;
    memcpy(made->terminal, terminal, sizeof terminal);
    sbk_id_text(terminal, sizeof terminal, made->id);
    result = sbk_directory_make(options->path, NULL, error);
    if (result == SBK_OK)
        result = sbk_lock_take(&made->lock, options->path, error);
    if (result == SBK_OK)
        result = enrol_locked(made, options, passphrase, request, error);
    if (result == SBK_OK)
        *station = made;
    else
        sbk_station_close(&made);
    return result;
}
