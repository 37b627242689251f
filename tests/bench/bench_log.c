/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durable appends to a station's log, one entry a commit, against fdatasync of the same bytes appended to a plain file
 * in the same folder. Both take turns, so that whatever else the machine does falls on both.
 *
 *     bench-log            (the folder is made in the present one, so that the build's file system is measured)
 *
 * Exit status 1: the ratio is below the goal where a sync costs enough to be judged.
 */
#include "reader/station_private.h"
#include "tests/keys/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define GOAL 0.8
#define JUDGED_FROM 100e-6 /* seconds a sync; faster ones reach no medium, and what is measured is the processor */
#define ROUNDS 12
#define APPENDS 100 /* a round */
#define BASKET_SIZE 96

static unsigned syncs;

/* SQLite calls these; the program's own come before the C library's. */
int fsync(int descriptor) {
    syncs++;
    return (int)syscall(SYS_fsync, descriptor);
}

int fdatasync(int descriptor) {
    syncs++;
    return (int)syscall(SYS_fdatasync, descriptor);
}

static double seconds(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Bytes that this process gave to write calls; 0 where the system does not say. */
static unsigned long long written(void) {
    unsigned long long bytes = 0;
    char line[80];
    FILE *file = fopen("/proc/self/io", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "wchar: ", 7) == 0)
            bytes = strtoull(line + 7, NULL, 10);
    if (file != NULL)
        (void)fclose(file);
    return bytes;
}

static void stop(const char *what, const struct sbk_error *error) {
    fprintf(stderr, "bench-log: %s: %s\n", what, error != NULL ? error->text : "failed");
    exit(2);
}

/* As a sale does it: an intent, then its receipt. */
static void append_one(struct sbk_station *station, unsigned number) {
    static const uint8_t filler[SBK_ENTRY_SIZE] = {1, 2, 3};
    struct sbk_error error = {0};
    struct sbk_log_field intent[] = {{filler, 1}, {filler, 4}, {filler, SBK_ALIAS_SIZE}, {filler, 4}, {filler, 4},
        {filler, 1}, {filler, BASKET_SIZE}};
    struct sbk_log_field receipt[] = {
        {filler, SBK_ENTRY_SIZE}, {filler, SBK_SIGNATURE_SIZE}, {filler, SBK_COMPRESSED_SIZE}};
    sbk_result result = sbk_station_begin(station, &error);
    if (result == SBK_OK)
        result = number % 2 == 0 ? sbk_log_append(station, SBK_LOG_INTENT, intent, 7, NULL, &error)
                                 : sbk_log_append(station, SBK_LOG_RECEIPT, receipt, 3, NULL, &error);
    if (result == SBK_OK)
        result = sbk_station_commit(station, &error);
    if (result != SBK_OK)
        stop("appending", &error);
}

static size_t entry_size(struct sbk_station *station, uint32_t position) {
    struct sbk_buffer data = SBK_BUFFER_EMPTY;
    struct sbk_log_entry entry;
    struct sbk_error error = {0};
    if (sbk_log_entry_at(station, position, &data, &entry, &error) != SBK_OK)
        stop("reading", &error);
    const size_t size = data.size;
    sbk_buffer_free(&data);
    return size;
}

static double time_log(struct sbk_station *station) {
    const double begin = seconds();
    for (unsigned i = 0; i < APPENDS; i++)
        append_one(station, i);
    return seconds() - begin;
}

static double time_raw(int descriptor, const size_t sizes[2]) {
    static const uint8_t bytes[SBK_LOG_ENTRY_MAX];
    const double begin = seconds();
    for (unsigned i = 0; i < APPENDS; i++)
        if (write(descriptor, bytes, sizes[i % 2]) != (ssize_t)sizes[i % 2] || syscall(SYS_fdatasync, descriptor) != 0)
            stop("writing the plain file", NULL);
    return seconds() - begin;
}

static int compare(struct sbk_station *station, int plain) {
    append_one(station, 0); /* the first ones also begin the write-ahead log */
    append_one(station, 1);
    const size_t sizes[2] = {entry_size(station, station->tree.size - 2), entry_size(station, station->tree.size - 1)};
    double log = 0;
    double raw = 0;
    unsigned long long bytes = 0;
    syncs = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        raw += time_raw(plain, sizes);
        const unsigned long long before = written();
        log += time_log(station);
        bytes += written() - before;
    }
    const double count = ROUNDS * APPENDS;
    const double sync = raw / count;
    const double ratio = raw / log;
    const int judged = sync >= JUDGED_FROM;
    printf("entries of %zu and %zu bytes by turns, one a commit, %.0f of them\n", sizes[0], sizes[1], count);
    printf("  station log    %8.1f us an append, %.2f syncs and %.0f bytes written for each\n", log / count * 1e6,
        syncs / count, (double)bytes / count);
    printf("  raw fdatasync  %8.1f us an append\n", sync * 1e6);
    printf("  ratio          %8.2f     goal %.1f: %s\n", ratio, GOAL,
        !judged         ? "not judged, a sync costs under 100 us here"
        : ratio >= GOAL ? "met"
                        : "MISSED");
    return judged && ratio < GOAL;
}

int main(void) {
    char here[4096];
    struct sbk_station *station = NULL;
    struct sbk_buffer request = SBK_BUFFER_EMPTY;
    struct sbk_error error = {0};
    if (getcwd(here, sizeof here) == NULL || setenv("TMPDIR", here, 1) != 0)
        stop("finding a folder", NULL);
    char *folder = fixture_folder();
    char *path = fixture_path(folder, "station");
    char *name = fixture_path(folder, "plain");
    struct sbk_station_options options = {.path = path, .clock = fixture_clock()};
    if (sbk_station_enrol(&station, &options, "EW-001", fixture_passphrase(), &request, &error) != SBK_OK)
        stop("enrolling", &error);
    const int plain = open(name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (plain < 0)
        stop(name, NULL);
    const int status = compare(station, plain);
    (void)close(plain);
    sbk_station_close(&station);
    sbk_buffer_free(&request);
    fixture_remove(folder);
    free(path);
    free(name);
    return status;
}
