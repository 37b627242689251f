/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/harness/tokens.h"
#include "tests/keys/fixture.h"

#include "base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct sbk_error error;

struct sbk_error *fixture_error(void) {
    memset(&error, 0, sizeof error);
    return &error;
}

struct sbk_error *fixture_error_now(void) {
    return &error;
}

char *fixture_path(const char *folder, const char *name) {
    char *path = sbk_path_join(folder, name);
    assert_non_null(path);
    return path;
}

char *fixture_folder(void) {
    const char *root = getenv("TMPDIR");
    char *path = fixture_path(root != NULL ? root : "/tmp", "sbk-keys-XXXXXX");
    assert_non_null(mkdtemp(path));
    return path;
}

static void empty(const char *folder) {
    DIR *open = opendir(folder);
    if (open == NULL) {
        return;
    }
    for (const struct dirent *entry = NULL; (entry = readdir(open)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        char *path = fixture_path(folder, entry->d_name);
        struct stat status;
        if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
            empty(path);
            (void)rmdir(path);
        } else {
            (void)unlink(path);
        }
        free(path);
    }
    (void)closedir(open);
}

void fixture_remove(char *folder) {
    empty(folder);
    (void)rmdir(folder);
    free(folder);
}

const struct sbk_secret *fixture_passphrase(void) {
    static uint8_t text[] = "a pass phrase";
    static const struct sbk_secret secret = {text, sizeof text - 1, sizeof text - 1};
    return &secret;
}

struct sbk_store *fixture_store(const char *path, bool lock) {
    const struct sbk_tokens tokens = harness_tokens();
    struct sbk_store *store = NULL;
    CHECK_OK(sbk_store_create(&store, path, lock, E));
    CHECK_OK(sbk_store_set_tokens(store, &tokens, E));
    return store;
}

static int64_t fixed(void *context) {
    (void)context;
    return (int64_t)sbk_time_of_day(fixture_today()) + 9 * 3600;
}

const struct sbk_clock *fixture_clock(void) {
    static const struct sbk_clock clock = {fixed, NULL};
    return &clock;
}

uint16_t fixture_today(void) {
    uint16_t day = 0;
    assert_true(sbk_day_parse("2026-10-05", &day));
    return day;
}

char *fixture_city(const char *folder) {
    struct sbk_secret passphrases[SBK_FOUNDED_COUNT];
    const struct sbk_tokens tokens = harness_tokens();
    char *path = fixture_path(folder, "city");
    for (size_t i = 0; i < SBK_FOUNDED_COUNT; i++) {
        passphrases[i] = *fixture_passphrase();
    }
    CHECK_OK(sbk_city_found(path, passphrases, &tokens, NULL, fixture_clock(), NULL, NULL, E));
    return path;
}

struct sbk_key *fixture_key(struct sbk_store *store, uint8_t role) {
    struct sbk_key *key = NULL;
    CHECK_OK(sbk_key_open(store, role, 0, fixture_passphrase(), &key, E));
    return key;
}

uint8_t *fixture_read(const char *path, size_t *size) {
    struct sbk_buffer buffer = SBK_BUFFER_EMPTY;
    CHECK_OK(sbk_file_read(path, 1 << 26, &buffer, E));
    *size = buffer.size;
    return buffer.data;
}

void fixture_write(const char *path, const void *data, size_t size) {
    CHECK_OK(sbk_file_write(path, data, size, 0600, SBK_FILE_REPLACE, E));
}
