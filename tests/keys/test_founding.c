/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "tests/harness/tokens.h"
#include "tests/keys/dying.h"
#include "tests/keys/fixture.h"

#include <stdlib.h>

/*
 * A store is founded whole or not at all: the process dies before each step that puts a file (link, rename) or the store
 * itself (rename) in place, one step further each time, always in the same folder, so that each run also finds what the
 * one before left.
 */

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

static char *founded_in;

static void found(void) {
    free(fixture_city(founded_in));
}

static void a_store_is_whole_or_not_there(void **state) {
    char *folder = fixture_folder();
    char *path = fixture_path(folder, "city");
    char *part = fixture_path(folder, "city.part");
    long at = 0;
    (void)state;
    founded_in = folder;
    while (dying_run(found, at)) {
        assert_false(sbk_file_exists(path));
        at++;
    }
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
