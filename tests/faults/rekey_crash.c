/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A station that dies while it changes its keys: before every change of its database and before and after every file that
 * is put in place or removed. What the database's disk holds then meets every fate of crash_vfs.h, the folder of keys is as
 * it was. Opened anew the station has its former keys or its next ones, all three, and a whole log; the change ends when it
 * is asked for again, and nothing of the former keys is left.
 *
 *     rekey_crash CITY PASSPHRASE        a folder made by test_rekey_crash.py; prints TAP
 *
 * Able to fail, tried: change_keys before keep_file in reader/install.c (keys gone that are in use); sbk_log_add_key in a
 * transaction of its own (a certificate for keys that the station does not use).
 */
#include "base/clock.h"
#include "keys/backend.h"
#include "reader/station_trust.h"
#include "tests/faults/crash_vfs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOTS_MAX 400
#define FILES_MAX 16
#define PATH_ROOM 512

enum { AGREEMENT, LOG, IDENTITY, KEYS };
static const uint8_t roles[] = {SBK_KEY_AGREEMENT, SBK_KEY_LOG, SBK_KEY_STATION};

/* The folder of keys, and the database's disk, at one moment. */
struct file {
    char name[64];
    struct sbk_buffer data;
};
struct shot {
    struct crash_disk *disk;
    struct file files[FILES_MAX];
    size_t count;
};

static const char *folder;
static struct sbk_process_clock clock_of_process;
static struct sbk_secret passphrase;
static struct sbk_key *keys[2][KEYS]; /* of both generations */
static struct shot shots[SHOTS_MAX];
static size_t shot_count;
static bool recording;
static unsigned points;
static unsigned failures;

static void must(sbk_result result, const struct sbk_error *error, const char *doing) {
    if (result != SBK_OK) {
        printf("Bail out! %s: %s\n", doing, error->text);
        exit(1);
    }
}

static bool check(bool holds, const char *promise, const char *detail) {
    if (!holds && failures++ < 20)
        printf("# at point %u: %s: %s\n", points, promise, detail);
    return holds;
}

static void path_of(char path[PATH_ROOM], const char *station, const char *inside) {
    (void)snprintf(path, PATH_ROOM, "%s/%s/%s", folder, station, inside);
}

/* ---- the folder of keys ---- */

static const char *station_name;

static void take_files(struct shot *shot) {
    char path[PATH_ROOM];
    struct sbk_error error = {0};
    path_of(path, station_name, SBK_STATION_KEYS);
    DIR *open = opendir(path);
    shot->count = 0;
    for (const struct dirent *entry = NULL; open != NULL && (entry = readdir(open)) != NULL;) {
        char name[PATH_ROOM + 300];
        if (entry->d_name[0] == '.' || shot->count == FILES_MAX)
            continue;
        struct file *file = &shot->files[shot->count++];
        (void)snprintf(file->name, sizeof file->name, "%.63s", entry->d_name);
        (void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        sbk_buffer_reset(&file->data);
        must(sbk_file_read(name, 8192, &file->data, &error), &error, name);
    }
    if (open != NULL)
        (void)closedir(open);
}

static void put_files(const struct shot *shot) {
    struct shot now = {.count = 0};
    char path[PATH_ROOM];
    struct sbk_error error = {0};
    take_files(&now);
    path_of(path, station_name, SBK_STATION_KEYS);
    for (size_t i = 0; i < now.count; i++) {
        char name[PATH_ROOM + 300];
        (void)snprintf(name, sizeof name, "%s/%s", path, now.files[i].name);
        must(sbk_file_remove(name, &error), &error, name);
        sbk_buffer_free(&now.files[i].data);
    }
    for (size_t i = 0; i < shot->count; i++) {
        char name[PATH_ROOM + 300];
        (void)snprintf(name, sizeof name, "%s/%s", path, shot->files[i].name);
        must(sbk_file_write(name, shot->files[i].data.data, shot->files[i].data.size, 0600, SBK_FILE_NEW, &error),
            &error, name);
    }
}

static bool has(const struct shot *shot, const char *name) {
    for (size_t i = 0; i < shot->count; i++)
        if (strcmp(shot->files[i].name, name) == 0)
            return true;
    return false;
}

static unsigned count_keys(unsigned generation) {
    struct shot now = {.count = 0};
    unsigned count = 0;
    take_files(&now);
    for (size_t i = 0; i < KEYS; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s-%u.key", sbk_key_role_word(roles[i]), generation);
        count += has(&now, name);
    }
    for (size_t i = 0; i < now.count; i++)
        sbk_buffer_free(&now.files[i].data);
    return count;
}

/* ---- every step ---- */

static void shoot(void *context, const char *what) {
    (void)context;
    (void)what;
    if (!recording || shot_count == SHOTS_MAX)
        return;
    recording = false; /* reading the folder is no step */
    struct shot *shot = &shots[shot_count++];
    shot->disk = crash_disk_copy(crash_disk_now());
    take_files(shot);
    recording = true;
}

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path) {
    shoot(NULL, "unlink");
    return __real_unlink(path);
}

int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to) {
    shoot(NULL, "link");
    return __real_link(from, to);
}

static void forget(void) {
    for (size_t i = 0; i < shot_count; i++) {
        crash_disk_free(&shots[i].disk);
        for (size_t j = 0; j < FILES_MAX; j++)
            sbk_buffer_free(&shots[i].files[j].data);
    }
    memset(shots, 0, sizeof shots);
    shot_count = 0;
}

/* ---- the station ---- */

static sbk_result open_station(struct sbk_station **station, struct sbk_error *error) {
    char path[PATH_ROOM];
    (void)snprintf(path, sizeof path, "%s/%s", folder, station_name);
    struct sbk_station_options options = {.path = path, .clock = &clock_of_process.clock, .vfs = CRASH_VFS};
    return sbk_station_open(station, &options, SBK_STATION_WORK, error);
}

/* As unlocking does, without the time that scrypt takes. */
static void give_keys(struct sbk_station *station) {
    size_t set = (size_t)station->generation - 1;
    station->agreement = sbk_key_hold(keys[set][AGREEMENT]);
    station->log_key = sbk_key_hold(keys[set][LOG]);
    check(sbk_station_sweep(station, &passphrase) == 0, "former keys are destroyed", "some stay");
}

static struct sbk_buffer certificate;

static void check_whole(struct sbk_station *station, const char *when) {
    struct sbk_log_report report;
    struct sbk_error error = {0};
    size_t set = (size_t)station->generation - 1;
    check(count_keys(station->generation) == KEYS, when, "keys in use are missing");
    check(memcmp(station->certificate.key, sbk_key_info(keys[set][AGREEMENT])->public_part, SBK_POINT_SIZE) == 0, when,
        "the certificate in use is for other keys");
    check(sbk_log_verify(station, NULL, &report, &error) == SBK_OK, when, error.text);
}

/* What a restart finds, and that the change comes to its end; *changed: it had happened. */
static void recover(bool *changed) {
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};
    struct sbk_installed installed;
    points++;
    if (!check(open_station(&station, &error) == SBK_OK, "the station opens", error.text))
        return;
    *changed = station->generation == 2;
    check_whole(station, "after the restart");
    give_keys(station);
    if (station->generation == 1) {
        check(sbk_station_install(station, certificate.data, certificate.size, &installed, &error) == SBK_OK,
            "the certificate is installed again", error.text);
        give_keys(station);
    }
    check(station->generation == 2 && count_keys(2) == KEYS, "the next keys are in use", "they are not");
    check(count_keys(1) == 0, "the former keys are destroyed", "they are not");
    check(sbk_log_checkpoint(station, &error) == SBK_OK, "the next key signs", error.text);
    check_whole(station, "at the end");
    sbk_station_close(&station);
}

static void try_fate(const struct shot *shot, enum crash_fate fate, size_t n, bool seen[2]) {
    struct crash_disk *disk = crash_disk_copy(shot->disk);
    bool changed = false;
    crash_disk_cut(disk, fate, n);
    crash_disk_use(disk);
    crash_disk_free(&disk);
    put_files(shot);
    recover(&changed);
    seen[changed] = true;
}

static void report(unsigned number, const char *what, unsigned before) {
    printf("%s %u - %s\n", failures == before ? "ok" : "not ok", number, what);
    (void)fflush(stdout);
}

static void kill_while_installing(void) {
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};
    struct sbk_installed installed;
    bool seen[2] = {false, false};
    unsigned before = failures;
    must(open_station(&station, &error), &error, "opening");
    give_keys(station);
    crash_vfs_watch(shoot, NULL);
    recording = true;
    must(sbk_station_install(station, certificate.data, certificate.size, &installed, &error), &error, "installing");
    shoot(NULL, "end");
    recording = false;
    crash_vfs_watch(NULL, NULL);
    sbk_station_close(&station);
    for (size_t i = 0; i < shot_count; i++) {
        size_t pending = crash_disk_pending(shots[i].disk);
        try_fate(&shots[i], CRASH_KEPT, 0, seen);
        if (pending > 0)
            try_fate(&shots[i], CRASH_LOST, 0, seen);
        for (size_t n = 0; n < pending; n += 1 + pending / 6) {
            try_fate(&shots[i], CRASH_PREFIX, n, seen);
            try_fate(&shots[i], CRASH_HEAD, n, seen);
            try_fate(&shots[i], CRASH_CHANCE, n, seen);
        }
    }
    check(seen[0] && seen[1], "both sides of the change were met", "only one was");
    check(shot_count > 10 && shot_count < SHOTS_MAX, "every step was met", "too few, or too many");
    printf("# %zu steps, %u points\n", shot_count, points);
    forget();
    report(1, "killed and cut at every step of the change", before);
}

static void kill_while_making(void) {
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};
    struct sbk_buffer request = SBK_BUFFER_EMPTY;
    unsigned before = failures;
    unsigned first = points;
    station_name = "making";
    must(open_station(&station, &error), &error, "opening");
    recording = true;
    must(sbk_station_rekey(station, &passphrase, &request, &error), &error, "making");
    shoot(NULL, "end");
    recording = false;
    for (size_t i = 0; i < shot_count; i++) {
        struct sbk_station_key_state state;
        points++;
        put_files(&shots[i]);
        unsigned there = count_keys(2);
        must(sbk_station_key_state(station, &state, &error), &error, "state");
        check(state.generation == 1 && state.former == 0 && count_keys(1) == KEYS, "the present keys stay",
            "they do not");
        check(state.pending == (there == KEYS), "next keys wait when all are there", "or when they are not");
        sbk_buffer_reset(&request);
        check(sbk_station_rekey(station, &passphrase, &request, &error) == SBK_OK, "it is asked for again", error.text);
        must(sbk_station_key_state(station, &state, &error), &error, "state");
        check(state.pending && request.size > 0, "the request is made", "it is not");
        struct shot now = {.count = 0};
        take_files(&now);
        for (size_t j = 0; j < shots[i].count; j++)
            for (size_t k = 0; k < now.count; k++)
                if (strcmp(now.files[k].name, shots[i].files[j].name) == 0)
                    check(now.files[k].data.size == shots[i].files[j].data.size &&
                              memcmp(now.files[k].data.data, shots[i].files[j].data.data, now.files[k].data.size) == 0,
                        "a key that was made is kept", now.files[k].name);
        for (size_t k = 0; k < FILES_MAX; k++)
            sbk_buffer_free(&now.files[k].data);
    }
    check(shot_count >= 6, "every step was met", "too few");
    printf("# %zu steps, %u points\n", shot_count, points - first);
    forget();
    sbk_buffer_free(&request);
    sbk_station_close(&station);
    report(2, "killed at every step of making the next keys", before);
}

static void open_keys(void) {
    char path[PATH_ROOM];
    struct sbk_store *store = NULL;
    struct sbk_error error = {0};
    path_of(path, station_name, SBK_STATION_KEYS);
    must(sbk_store_open(&store, path, false, &error), &error, "store");
    for (uint8_t set = 0; set < 2; set++)
        for (size_t i = 0; i < KEYS; i++)
            must(sbk_key_open(store, roles[i], (uint8_t)(set + 1), &passphrase, &keys[set][i], &error), &error, "key");
    sbk_store_close(&store);
}

int main(int argc, char **argv) {
    char path[PATH_ROOM];
    struct sbk_error error = {0};
    if (argc != 3 || crash_vfs_register() != 0)
        return 2;
    folder = argv[1];
    station_name = "changing";
    must(sbk_clock_of_process(&clock_of_process, &error), &error, "clock");
    must(sbk_file_read_secret(argv[2], 1024, &passphrase, &error), &error, "pass phrase");
    passphrase.size--; /* the newline */
    (void)snprintf(path, sizeof path, "%s/next.cert", folder);
    must(sbk_file_read(path, 65536, &certificate, &error), &error, path);
    open_keys();
    printf("1..2\n");
    kill_while_installing();
    crash_disk_use(NULL);
    kill_while_making();
    for (size_t set = 0; set < 2; set++)
        for (size_t i = 0; i < KEYS; i++)
            sbk_key_close(&keys[set][i]);
    sbk_buffer_free(&certificate);
    sbk_secret_free(&passphrase);
    crash_disk_use(NULL);
    return failures == 0 ? 0 : 1;
}
