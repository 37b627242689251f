/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/table.h"
#include "schema/reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Rows as one text: "LINE:field|field;" and "LINE!fault;". */
struct rows {
    char text[4096];
    size_t stop_at; /* line at which the callback refuses; 0: never */
};

static sbk_result collect(void *context, const struct sbk_row *row, struct sbk_error *error) {
    struct rows *rows = context;
    size_t used = strlen(rows->text);

    if (row->line == rows->stop_at) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ROLL, "stop");
    }
    if (row->fault != SBK_TABLE_OK) {
        assert_int_equal(row->count, 0);
        (void)snprintf(rows->text + used, sizeof(rows->text) - used, "%zu!%d;", row->line, (int)row->fault);
        return SBK_OK;
    }
    used += (size_t)snprintf(rows->text + used, sizeof(rows->text) - used, "%zu:", row->line);
    for (size_t i = 0; i < row->count; i++) {
        used +=
            (size_t)snprintf(rows->text + used, sizeof(rows->text) - used, "%s%s", i > 0 ? "|" : "", row->fields[i]);
        assert_true(used + 1 < sizeof(rows->text));
    }
    (void)snprintf(rows->text + used, sizeof(rows->text) - used, ";");
    return SBK_OK;
}

static void expect(const char *csv, size_t size, const char *wanted) {
    struct rows rows = {.stop_at = 0};
    uint8_t *copy = malloc(size > 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, csv, size);
    assert_int_equal(sbk_table_read(copy, size, collect, &rows, NULL), SBK_OK);
    assert_string_equal(rows.text, wanted);
    free(copy);
}

#define EXPECT(csv, wanted) expect(csv, sizeof(csv) - 1, wanted)

static void test_delimiters(void **state) {
    (void)state;
    EXPECT("a,b\n1,2\n", "1:a|b;2:1|2;");
    EXPECT("a;b\n1;2,5\n", "1:a|b;2:1|2,5;");
    EXPECT("a,b\n1;2,5\n", "1:a|b;2:1;2|5;");
    EXPECT("", "");
}

static void test_line_ends_and_mark(void **state) {
    (void)state;
    EXPECT("\xEF\xBB\xBF"
           "a,b\r\n1,2\r\n",
        "1:a|b;2:1|2;");
    EXPECT("a,b\r1,2\r", "1:a|b;2:1|2;");
    EXPECT("a,b\n\n  \r\n1,2", "1:a|b;4:1|2;");
    EXPECT("a,\n,\n", "1:a|;2:|;");
}

static void test_quotes(void **state) {
    (void)state;
    EXPECT("a,b\n\"x,\"\"y\"\"\", \" z \"\n", "1:a|b;2:x,\"y\"| z ;");
    /* a quote that stays open costs its own line only, even where the rest would balance it */
    EXPECT("a,b\n\"1,2\n3,4\n5,\"6\n7,8\n", "1:a|b;2!1;3:3|4;4!1;5:7|8;");
    EXPECT("a,b\n1,2\"3\n\"4\"5,6\n7,8\n", "1:a|b;2!1;3!1;4:7|8;");
}

static void test_bad_text(void **state) {
    (void)state;
    EXPECT("a,b\n1,\xFF\n2,3\n", "1:a|b;2!4;3:2|3;");
    EXPECT("a,b\n1,\0x\n2,3\n", "1:a|b;2!4;3:2|3;");
    EXPECT("a,b\n1,x\ty\n\xC3\xA9,\xC0\x80\n", "1:a|b;2!4;3!4;");
}

static void test_limits(void **state) {
    char csv[3 * SBK_TABLE_LINE_MAX];
    char wanted[64];
    size_t size;

    (void)state;
    memset(csv, ',', sizeof(csv));
    memcpy(csv + SBK_TABLE_FIELDS_MAX - 1, "\na\n", 3);
    struct rows rows = {.stop_at = 0};
    assert_int_equal(sbk_table_read((uint8_t *)csv, SBK_TABLE_FIELDS_MAX + 2, collect, &rows, NULL), SBK_OK);
    assert_non_null(strstr(rows.text, "2:a;"));
    memcpy(csv + SBK_TABLE_FIELDS_MAX - 1, ",\na\n", 4);
    rows.text[0] = '\0';
    assert_int_equal(sbk_table_read((uint8_t *)csv, SBK_TABLE_FIELDS_MAX + 3, collect, &rows, NULL), SBK_OK);
    (void)snprintf(wanted, sizeof(wanted), "1!%d;2:a;", (int)SBK_TABLE_FIELDS);
    assert_string_equal(rows.text, wanted);

    memset(csv, 'x', sizeof(csv));
    size = SBK_TABLE_LINE_MAX + 1;
    csv[size++] = '\n';
    csv[size++] = 'a';
    rows.text[0] = '\0';
    assert_int_equal(sbk_table_read((uint8_t *)csv, size, collect, &rows, NULL), SBK_OK);
    (void)snprintf(wanted, sizeof(wanted), "1!%d;2:a;", (int)SBK_TABLE_LONG);
    assert_string_equal(rows.text, wanted);
}

static void test_callback_stops(void **state) {
    struct rows rows = {.stop_at = 2};
    struct sbk_error error;

    (void)state;
    assert_int_equal(sbk_table_read((const uint8_t *)"a\nb\nc\n", 6, collect, &rows, &error), SBK_REFUSED);
    assert_string_equal(rows.text, "1:a;");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delimiters),
        cmocka_unit_test(test_line_ends_and_mark),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_bad_text),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_callback_stops),
    };
    return cmocka_run_group_tests_name("personalize/table", tests, NULL, NULL);
}
