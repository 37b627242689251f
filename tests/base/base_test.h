/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_BASE_BASE_TEST_H
#define SBK_TESTS_BASE_BASE_TEST_H

/* cmocka wants these before its own header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of one test under TMPDIR, mode 0700, as the working directory. */
static inline int enter_scratch(void **state) {
    const char *base = getenv("TMPDIR");
    char name[512];
    (void)snprintf(name, sizeof name, "%s/sembako-test-XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(name) == NULL || chdir(name) != 0) {
        return -1;
    }
    *state = strdup(name);
    return *state == NULL ? -1 : 0;
}

/* How many entries the folder has, "." and ".." apart. */
static inline int entries(const char *path) {
    DIR *folder = opendir(path);
    assert_non_null(folder);
    int count = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    assert_int_equal(closedir(folder), 0);
    return count;
}

/* Removes the folder; tests leave files and folders one level deep at most. */
static inline int leave_scratch(void **state) {
    char *name = *state;
    DIR *folder = opendir(name);
    for (const struct dirent *entry = folder == NULL ? NULL : readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && unlink(entry->d_name) != 0) {
            char inner[600];
            (void)snprintf(inner, sizeof inner, "%s/lock", entry->d_name);
            (void)unlink(inner);
            (void)rmdir(entry->d_name);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    const int removed = chdir("/") == 0 ? rmdir(name) : -1;
    free(name);
    return removed;
}

/* Puts a file there by plain means. */
static inline void put_file(const char *path, const char *text, mode_t mode) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

/* The file holds exactly this. */
static inline void assert_file(const char *path, const char *text) {
    char found[4096] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(found, 1, sizeof found - 1, file);
    found[size] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_string_equal(found, text);
}

#endif
