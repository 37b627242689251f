/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "tests/harness/tokens.h"
#include "tests/keys/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A store is founded whole or not at all: the process dies before each step that puts a file (link, rename) or the store
 * itself (rename) in place, one step further each time, always in the same folder, so that each run also finds what the
 * one before left.
 */

#define DIED 77
#define STEPS_MAX 100

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);

static long dies_at = -1; /* steps until death; -1: lives */

static void step(void) {
    if (dies_at == 0) {
        _exit(DIED);
    }
    if (dies_at > 0) {
        dies_at--;
    }
}

int __wrap_rename(const char *from, const char *to) {
    step();
    return __real_rename(from, to);
}

int __wrap_link(const char *from, const char *to) {
    step();
    return __real_link(from, to);
}

static bool is_whole(const char *path) {
    struct sbk_store *store = NULL;
    struct sbk_city city;
    CHECK_OK(sbk_store_open(&store, path, false, E));
    const bool whole = sbk_city_load(store, fixture_today(), &city, E) == SBK_OK;
    if (whole) {
        sbk_city_free(&city);
    }
    sbk_store_close(&store);
    return whole;
}

/* Founds in a child that dies before the given step; its exit code. */
static int found_dying(const char *folder, long at) {
    const pid_t child = fork();
    int status = 0;
    if (child == 0) {
        dies_at = at;
        free(fixture_city(folder));
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_store_is_whole_or_not_there(void **state) {
    char *folder = fixture_folder();
    char *path = fixture_path(folder, "city");
    char *part = fixture_path(folder, "city.part");
    long at = 0;
    int code = DIED;
    (void)state;
    for (; at < STEPS_MAX; at++) {
        code = found_dying(folder, at);
        if (code != DIED) {
            break;
        }
        assert_false(sbk_file_exists(path));
    }
    assert_int_equal(code, 0);
    /* eight keys, one anchor, four certificates, two of the offices, binding, export, and the store; with a token the
     * lists that name it, of the store and of the next root */
    assert_int_equal(at, harness_tokens().count > 0 ? 20 : 18);
    assert_true(is_whole(path));
    assert_false(sbk_file_exists(part));
    free(part);
    free(path);
    fixture_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_is_whole_or_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
