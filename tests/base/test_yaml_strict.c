/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_strict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct sbk_yaml_limits limits = {.levels = 3, .keys = 3};

/* Flaw and line of a text of so many bytes. */
static void expect(const char *text, size_t size, enum sbk_yaml_flaw flaw, size_t line) {
    struct sbk_yaml_finding finding;
    struct sbk_error error;
    assert_int_equal(sbk_yaml_check((const uint8_t *)text, size, &limits, &finding, &error), SBK_OK);
    if (finding.flaw != flaw || (flaw != SBK_YAML_FINE && finding.line != line)) {
        fail_msg(
            "'%s': flaw %d in line %zu, not %d in line %zu", text, (int)finding.flaw, finding.line, (int)flaw, line);
    }
}

static void of(const char *text, enum sbk_yaml_flaw flaw, size_t line) {
    expect(text, strlen(text), flaw, line);
}

static void test_fine(void **state) {
    (void)state;
    of("a: 1\nb: {a: 1, b: [1, 2]}\nc: [{a: 1}, {a: 1}]\n", SBK_YAML_FINE, 0);
    of("--- word\n...\n", SBK_YAML_FINE, 0);
    of("a: \"b: b\"\n", SBK_YAML_FINE, 0);
}

static void test_flaws(void **state) {
    (void)state;
    of("", SBK_YAML_EMPTY, 1);
    of("# nothing\n", SBK_YAML_EMPTY, 2);
    of("a: [1\n", SBK_YAML_SYNTAX, 2);
    of("a: 1\n---\nb: 1\n", SBK_YAML_SECOND, 2);
    of("a: &x 1\nb: 2\n", SBK_YAML_SCALAR, 1);
    of("a: 1\nb: *a\n", SBK_YAML_ALIAS, 2);
    of("a: !!str 1\n", SBK_YAML_SCALAR, 1);
    expect("a: \"b\\0c\"\n", 10, SBK_YAML_SCALAR, 1);
    of("\na: &x [1]\n", SBK_YAML_LIST, 2);
    of("a: !list [1]\n", SBK_YAML_LIST, 1);
    of("a:\n  &x {b: 1}\n", SBK_YAML_MAPPING, 2);
    of("a: !map {b: 1}\n", SBK_YAML_MAPPING, 1);
}

static void test_keys(void **state) {
    (void)state;
    of("a: 1\nb: 1\na: 2\n", SBK_YAML_KEY_TWICE, 3);
    of("a: 1\n\"a\": 2\n", SBK_YAML_KEY_TWICE, 2);
    of("b:\n- a: 1\n  c: 1\n  a: 2\n", SBK_YAML_KEY_TWICE, 4);
    of("a: 1\nb: 1\nc: 1\nd: 1\n", SBK_YAML_KEYS_TOO_MANY, 4);
    of("a: 1\nb: 1\nc: 1\na: 1\n", SBK_YAML_KEY_TWICE, 4);
    of("? [a]\n: 1\n", SBK_YAML_KEY_NO_WORD, 1);
    of("? {a: 1}\n: 1\n", SBK_YAML_KEY_NO_WORD, 1);
}

static void test_levels(void **state) {
    (void)state;
    of("a: [[1]]\n", SBK_YAML_FINE, 0);
    of("a:\n  [[[1]]]\n", SBK_YAML_TOO_DEEP, 2);
    of("[[[1]], [[1]], [[1]]]\n", SBK_YAML_FINE, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fine),
        cmocka_unit_test(test_flaws),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
