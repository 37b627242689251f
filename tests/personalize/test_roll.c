/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/roll.h"
#include "personalize/sample.h"
#include "schema/reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "household,nik,name,sex,born,kelurahan,size,registered,aided,alternate,status,outlet\n"
#define CARD "6472050101019001"
#define NIK "6472051708859001"

/* What the reader says about one row, as "field:reason" words with '!' for errors. */
static void say(const char *csv, size_t size, char *text, size_t room) {
    struct sbk_roll roll;
    uint8_t *copy = malloc(size);

    assert_non_null(copy);
    memcpy(copy, csv, size);
    assert_int_equal(sbk_roll_parse(copy, size, &roll, NULL), SBK_OK);
    free(copy);
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < roll.problem_count; i++) {
        const struct sbk_problem *problem = &roll.problems[i];
        used += (size_t)snprintf(text + used, room - used, "%zu %s %s%s;", problem->line, problem->field,
            problem->reason, problem->severity == SBK_PROBLEM_ERROR ? "!" : "");
        assert_true(used < room);
        /* every word has its sentence */
        assert_string_not_equal(sbk_problem_text(problem), problem->reason);
    }
    sbk_roll_free(&roll);
}

static void expect(const char *row, const char *wanted) {
    char csv[1024], text[2048];
    const int size = snprintf(csv, sizeof(csv), "%s%s\n", HEAD, row);

    say(csv, (size_t)size, text, sizeof(text));
    assert_string_equal(text, wanted);
}

static void test_a_good_row(void **state) {
    static const char csv[] = HEAD CARD "," NIK ",\"Noor, Budi\",l,17/08/1985,6472051002,4,Ya,belum,Siti,,E-7\n";
    struct sbk_roll roll;

    (void)state;
    assert_int_equal(sbk_roll_parse((const uint8_t *)csv, sizeof(csv) - 1, &roll, NULL), SBK_OK);
    assert_int_equal(roll.problem_count, 0);
    assert_int_equal(roll.count, 1);
    const struct sbk_household *household = &roll.households[0];
    assert_string_equal(household->name, "Noor, Budi");
    assert_string_equal(household->alternate, "Siti");
    assert_string_equal(household->nik, NIK);
    assert_string_equal(household->household, CARD);
    assert_string_equal(household->aided, "");
    assert_string_equal(household->outlet, "E-7");
    assert_int_equal(household->sex, 'L');
    assert_int_equal(household->birth.year, 1985);
    assert_int_equal(household->size, 4);
    assert_true(household->registered);
    assert_int_equal(household->line, 2);
    assert_memory_equal(household->kelurahan, "\x64\x72\x05\x10\x02", 5);
    sbk_roll_free(&roll);
}

/* Which are errors and which warnings: domain facts 1.7. */
static void test_nik(void **state) {
    (void)state;
    expect(CARD ",647205170885900,A,L,,6472051002,4,yes,never,,,", "2 nik nik-length!;");
    expect(CARD ",64720517088590011,A,L,,6472051002,4,yes,never,,,", "2 nik nik-length!;");
    expect(CARD ",64720517O8859001,A,L,,6472051002,4,yes,never,,,", "2 nik nik-digit!;");
    expect(CARD ",6472053208859001,A,L,,6472051002,4,yes,never,,,", "2 nik nik-date!;");
    expect(CARD ",6472057208859001,A,P,,6472051002,4,yes,never,,,", "2 nik nik-date!;");
    expect(CARD ",6472051713859001,A,L,,6472051002,4,yes,never,,,", "2 nik nik-date!;");
    expect(CARD ",6472051708850000,A,L,,6472051002,4,yes,never,,,", "2 nik nik-serial!;");
    expect(CARD ",,A,L,,6472051002,4,yes,never,,,", "2 nik nik-missing!;");
    expect(CARD "," NIK ",A,P,,6472051002,4,yes,never,,,", "2 nik nik-sex;");
    expect(CARD "," NIK ",A,L,1985-08-18,6472051002,4,yes,never,,,", "2 nik nik-birthday;");
    expect(CARD ",6301011708859001,A,L,,6472051002,4,yes,never,,,", "2 nik nik-region;");
    expect(CARD ",6472055708859001,A,P,1985-08-17,6472051002,4,yes,never,,,", "");
}

static void test_other_fields(void **state) {
    (void)state;
    expect("647205010101900," NIK ",A,L,,6472051002,4,yes,never,,,", "2 household household-format!;");
    expect(CARD "," NIK ",,L,,6472051002,4,yes,never,,,", "2 name name-missing!;");
    expect(CARD "," NIK ",A,X,,6472051002,4,yes,never,,,", "2 sex sex-format!;");
    expect(CARD "," NIK ",A,L,1985-02-29,6472051002,4,yes,never,,,", "2 born born-format!;");
    expect(CARD "," NIK ",A,L,17-08/1985,6472051002,4,yes,never,,,", "2 born born-format!;");
    expect(CARD "," NIK ",A,L,,647205,4,yes,never,,,", "2 kelurahan kelurahan-unknown!;");
    expect(CARD "," NIK ",A,L,,6472051099,4,yes,never,,,", "2 kelurahan kelurahan-unknown!;");
    expect(CARD "," NIK ",A,L,,6472051002,0,yes,never,,,", "2 size size-range!;");
    expect(CARD "," NIK ",A,L,,6472051002,31,yes,never,,,", "2 size size-range!;");
    expect(CARD "," NIK ",A,L,,6472051002,four,yes,never,,,", "2 size size-range!;");
    expect(CARD "," NIK ",A,L,,6472051002,4,maybe,never,,,", "2 registered registered-format!;");
    expect(CARD "," NIK ",A,L,,6472051002,4,yes,,,,", "2 aided aided-missing!;");
    expect(CARD "," NIK ",A,L,,6472051002,4,yes,never,,gone,", "2 status status-format!;");
    expect(CARD "," NIK ",A,L,,6472051002,4,yes,never,,,too-long-id", "2 outlet outlet-format!;");
    expect(CARD "," NIK ",A,L,,6472051002,4,yes,never,,", "2 row row-fields!;");
    /* all of a row's faults at once */
    expect(",,,,,,,,,,,",
        "2 household household-missing!;2 nik nik-missing!;2 name name-missing!;2 kelurahan kelurahan-missing!;"
        "2 size size-missing!;2 registered registered-missing!;2 aided aided-missing!;");
}

static void test_name_sizes(void **state) {
    char row[512], name[SBK_NAME_MAX + 2];

    (void)state;
    memset(name, 'n', sizeof(name));
    name[SBK_NAME_MAX] = '\0';
    snprintf(row, sizeof(row), CARD "," NIK ",%s,L,,6472051002,4,yes,never,%s,,", name, name);
    expect(row, "");
    name[SBK_NAME_MAX] = 'n';
    name[SBK_NAME_MAX + 1] = '\0';
    snprintf(row, sizeof(row), CARD "," NIK ",%s,L,,6472051002,4,yes,never,%s,,", name, name);
    expect(row, "2 name name-long!;2 alternate name-long!;");
}

static void test_duplicates(void **state) {
    static const char csv[] = HEAD CARD
        "," NIK ",A,L,,6472051002,4,yes,never,,,\n"                           /* line 2 */
        "6472050101019002," NIK ",B,L,,6472051002,4,yes,never,,,\n"           /* the NIK again */
        CARD ",6472051708859002,C,L,,6472051002,4,yes,never,,,\n"             /* the household again */
        "6472050101019003,6472051708859002,D,L,,6472051002,4,yes,never,,,\n"; /* of a row that was refused: free */
    struct sbk_roll roll;

    (void)state;
    assert_int_equal(sbk_roll_parse((const uint8_t *)csv, sizeof(csv) - 1, &roll, NULL), SBK_OK);
    assert_int_equal(roll.count, 2);
    assert_int_equal(roll.refused, 2);
    assert_int_equal(roll.problem_count, 2);
    assert_string_equal(roll.problems[0].reason, "nik-duplicate");
    assert_int_equal(roll.problems[0].other_line, 2);
    assert_string_equal(roll.problems[1].reason, "household-duplicate");
    assert_int_equal(roll.problems[1].line, 4);
    sbk_roll_free(&roll);
}

static void test_columns(void **state) {
    static const char *const bad[] = {
        "",
        "\n\n",
        "household,nik\n",
        "\"household,nik\n",
        "household,nik,nik,name,sex,born,kelurahan,size,registered,aided\n",
    };
    static const char any_order[] = "AIDED;Registered;size;note;kelurahan;born;sex;name;nik;household\r\n"
                                    "never;yes;4;x;64.72.05.1002;;;A;" NIK ";" CARD "\r\n";
    char text[2048];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct sbk_roll roll;
        struct sbk_error error;
        assert_int_equal(sbk_roll_parse((const uint8_t *)bad[i], strlen(bad[i]), &roll, &error), SBK_ENVIRONMENT);
        assert_string_equal(error.reason, SBK_REASON_ROLL);
        sbk_roll_free(&roll);
    }
    say(any_order, sizeof(any_order) - 1, text, sizeof(text));
    assert_string_equal(text, "1 row column-unknown;");
}

/* The sample says how many rows of each kind it wrote; the reader must find exactly these. */
static void test_sample(void **state) {
    struct sbk_buffer one = SBK_BUFFER_EMPTY, other = SBK_BUFFER_EMPTY;
    size_t counts[SBK_SAMPLE_KINDS];
    struct sbk_roll roll;
    size_t dead = 0, unregistered = 0, aided = 0;

    (void)state;
    assert_int_equal(sbk_sample_roll(2050, 7, &one, counts, NULL), SBK_OK);
    assert_int_equal(sbk_roll_parse(one.data, one.size, &roll, NULL), SBK_OK);
    assert_int_equal(roll.rows, 2050);
    assert_int_equal(roll.refused, counts[SBK_SAMPLE_FAULTY]);
    assert_int_equal(roll.warnings, counts[SBK_SAMPLE_WARNING]);
    assert_int_equal(roll.count, 2050 - counts[SBK_SAMPLE_FAULTY]);
    for (size_t i = 0; i < roll.count; i++) {
        dead += roll.households[i].status == SBK_HOUSEHOLD_DEAD;
        unregistered += !roll.households[i].registered;
        aided += roll.households[i].aided[0] != '\0';
        assert_int_equal(roll.households[i].nik[12], '9');
        assert_int_equal(roll.households[i].household[12], '9');
    }
    assert_int_equal(dead, counts[SBK_SAMPLE_DEAD]);
    assert_int_equal(unregistered, counts[SBK_SAMPLE_UNREGISTERED]);
    assert_int_equal(aided, counts[SBK_SAMPLE_AIDED]);
    sbk_roll_free(&roll);

    assert_int_equal(sbk_sample_roll(2050, 7, &other, counts, NULL), SBK_OK);
    assert_int_equal(one.size, other.size);
    assert_memory_equal(one.data, other.data, one.size);
    sbk_buffer_reset(&other);
    assert_int_equal(sbk_sample_roll(2050, 8, &other, counts, NULL), SBK_OK);
    assert_true(one.size != other.size || memcmp(one.data, other.data, one.size) != 0);
    sbk_buffer_free(&one);
    sbk_buffer_free(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_row),
        cmocka_unit_test(test_nik),
        cmocka_unit_test(test_other_fields),
        cmocka_unit_test(test_name_sizes),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_sample),
    };
    return cmocka_run_group_tests_name("personalize/roll", tests, NULL, NULL);
}
