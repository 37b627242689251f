/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/station.h"

#include "keys/backend.h"
#include "keys/note.h"
#include "reader/station_trust.h"
#include "tests/faults/crash_vfs.h"
#include "tests/fuzz/hostile_card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TERMINAL "WARUNG-1"

static struct sbk_key agreement_key, log_key;
static struct crash_disk *disk;
static char folder[128];

static int64_t now(void *context) {
    (void)context;
    return hostile_time();
}
static const struct sbk_clock station_clock = {now, NULL};
static const struct sbk_station_options options = {.path = folder, .clock = &station_clock, .vfs = CRASH_VFS};

static void must(sbk_result result, const struct sbk_error *error) {
    if (result == SBK_OK)
        return;
    fprintf(stderr, "the station cannot be made: %s\n", error->text);
    abort();
}

/* ---- keys that no envelope holds ---- */

static void make_keys(void) {
    struct sbk_error error = {0};
    struct sbk_secret plain = SBK_SECRET_EMPTY;
    uint8_t paper[HOSTILE_ROOM];

    hostile_paper(HOSTILE_KEY, paper);
    agreement_key.info = (struct sbk_key_info){
        .role = SBK_KEY_AGREEMENT, .generation = 1, .algorithm = SBK_ALGORITHM_P256, .public_size = SBK_POINT_SIZE};
    memcpy(agreement_key.info.public_part, paper + 32, SBK_POINT_SIZE);
    must(sbk_secret_copy(&plain, paper, 32, &error), &error);
    must(sbk_software_open(&agreement_key.info, &plain, &agreement_key.state, &error), &error);
    sbk_secret_free(&plain);
    log_key.info = (struct sbk_key_info){.role = SBK_KEY_LOG, .generation = 1, .algorithm = SBK_ALGORITHM_ED25519};
    must(sbk_software_generate(&log_key.info, &plain, &error), &error);
    must(sbk_software_open(&log_key.info, &plain, &log_key.state, &error), &error);
    sbk_secret_free(&plain);
    agreement_key.backend = log_key.backend = &sbk_software_backend;
    agreement_key.references = log_key.references = 1;
}

/* ---- the database as installing left it ---- */

static void insert(struct sbk_station *station, const char *sql, const uint8_t *data, size_t size, const char *text) {
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(sbk_database_handle(station->database), sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_bind_blob(statement, 1, data, (int)size, SQLITE_STATIC) != SQLITE_OK)
        abort();
    if (text != NULL && sqlite3_bind_text(statement, 2, text, -1, SQLITE_STATIC) != SQLITE_OK)
        abort();
    if (sqlite3_step(statement) != SQLITE_DONE || sqlite3_finalize(statement) != SQLITE_OK)
        abort();
}

static void insert_paper(struct sbk_station *station, const char *sql, enum hostile_paper paper) {
    uint8_t data[HOSTILE_ROOM];
    const size_t size = hostile_paper(paper, data);

    insert(station, sql, data, size, NULL);
}

static void fill(struct sbk_station *station) {
    static const char issuer[] = "INSERT INTO issuer (certificate) VALUES (?1)";
    struct sbk_log_field fields[] = {{station->terminal, sizeof station->terminal}, {NULL, 0}};
    struct sbk_items_header header;
    struct sbk_error error = {0};
    struct sbk_note_verifier verifier;
    uint8_t hash[SBK_LOG_KEY_HASH_SIZE];
    uint8_t list[HOSTILE_ROOM];
    size_t size = 0;

    must(sbk_note_verifier_text(&log_key.info, station->terminal, station->log_verifier, &error), &error);
    must(sbk_note_verifier_parse(station->log_verifier, strlen(station->log_verifier), &verifier, &error), &error);
    must(sbk_note_key_hash(&verifier, hash, &error), &error);
    hostile_log_key(hash);
    fields[1] = (struct sbk_log_field){(const uint8_t *)station->log_verifier, strlen(station->log_verifier)};
    insert(station, "INSERT INTO station VALUES (1, ?1, 1, 0)", station->terminal, sizeof station->terminal, NULL);
    must(sbk_log_add_key(station, SBK_STATION_FIRST, station->log_verifier, 0, &error), &error);
    insert_paper(station, "INSERT INTO anchor VALUES (1, ?1, zeroblob(32), 65535, 0)", HOSTILE_ROOT);
    insert_paper(station, issuer, HOSTILE_STATION_CA);
    insert_paper(station, issuer, HOSTILE_CARD_CA);
    insert_paper(station, issuer, HOSTILE_GRANT_SIGNER);
    insert_paper(station, issuer, HOSTILE_LIST_SIGNER);
    insert_paper(station, "INSERT INTO installed VALUES (1, ?1, x'00', x'00', x'00', 0)", HOSTILE_LEAF);
    must(sbk_station_load(station, &error), &error);
    must(sbk_station_begin(station, &error), &error);
    must(sbk_log_append(station, SBK_LOG_OPENED, fields, 2, NULL, &error), &error);
    fields[0] = (struct sbk_log_field){station->leaf, station->leaf_size};
    must(sbk_log_append(station, SBK_LOG_CERTIFICATE, fields, 1, NULL, &error), &error);
    must(sbk_station_commit(station, &error), &error);
    size = hostile_paper(HOSTILE_LIST, list);
    must(sbk_station_import_list(station, list, size, &header, &error), &error);
}

static void remove_folder(void) {
    char path[160];

    (void)snprintf(path, sizeof path, "%s/" SBK_STATION_DATABASE, folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/lock", folder);
    (void)unlink(path);
    (void)rmdir(folder);
}

static void make(void) {
    const char *temporary = getenv("TMPDIR");
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};

    (void)snprintf(folder, sizeof folder, "%s/sembako-fuzz-XXXXXX", temporary != NULL ? temporary : "/tmp");
    if (mkdtemp(folder) == NULL || atexit(remove_folder) != 0 || crash_vfs_register() != 0)
        abort();
    crash_disk_use(NULL);
    make_keys();
    must(sbk_station_allocate(&station, &options, &error), &error);
    memcpy(station->terminal, TERMINAL, sizeof TERMINAL - 1);
    must(sbk_station_database(station, &options, SBK_DATABASE_CREATE, &error), &error);
    fill(station);
    sbk_station_close(&station);
    disk = crash_disk_copy(crash_disk_now());
}

struct sbk_station *fuzz_station_open(void) {
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};

    if (disk == NULL)
        make();
    crash_disk_use(disk);
    must(sbk_station_open(&station, &options, SBK_STATION_WORK, &error), &error);
    station->agreement = &agreement_key;
    station->log_key = &log_key;
    return station;
}

void fuzz_station_close(struct sbk_station **station) {
    (*station)->agreement = NULL;
    (*station)->log_key = NULL;
    sbk_station_close(station);
}
