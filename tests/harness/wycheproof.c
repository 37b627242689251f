/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/applet/hex.h"
#include "tests/harness/wycheproof.h"

static json_t *load(const char *name) {
    char path[600];
    const char *source = getenv("SBK_SOURCE");
    snprintf(path, sizeof path, "%s/../shared/vectors/wycheproof/%s", source != NULL ? source : ".", name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        print_message("# %s is not here\n", path);
        skip();
    }
    json_t *root = json_loadf(file, 0, NULL);
    fclose(file);
    assert_non_null(root);
    return root;
}

static const char *text(const json_t *object, const char *key) {
    const char *value = json_string_value(json_object_get(object, key));
    assert_non_null(value);
    return value;
}

size_t wycheproof_bytes(const json_t *object, const char *key, uint8_t *out) {
    return hex_bytes(text(object, key), out, WYCHEPROOF_MAX);
}

static void judge(const json_t *test, enum wycheproof_answer answer) {
    const char *result = text(test, "result");
    const bool accepted = answer == WYCHEPROOF_ACCEPTED;
    if (strcmp(result, "acceptable") != 0 && accepted != (strcmp(result, "valid") == 0))
        fail_msg("case %d (%s): %s", (int)json_integer_value(json_object_get(test, "tcId")), text(test, "comment"),
            accepted ? "accepted" : "refused");
}

void wycheproof_run(const char *file, wycheproof_ask *ask, int at_least) {
    json_t *root = load(file);
    json_t *group;
    json_t *test;
    size_t i;
    size_t k;
    int ours = 0;
    int others = 0;
    json_array_foreach(json_object_get(root, "testGroups"), i, group) {
        json_array_foreach(json_object_get(group, "tests"), k, test) {
            const enum wycheproof_answer answer = ask(group, test);
            if (answer == WYCHEPROOF_NOT_OURS) {
                others++;
            } else {
                judge(test, answer);
                ours++;
            }
        }
    }
    print_message("# %s: %d cases are ours, %d are not\n", file, ours, others);
    assert_int_equal(ours + others, json_integer_value(json_object_get(root, "numberOfTests")));
    assert_true(ours >= at_least);
    json_decref(root);
}
