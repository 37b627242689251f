/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/base/base_test.h"

#include "base/clock.h"
#include "schema/reason.h"

#include <time.h>

/* 2026-10-01 is day 20727; its first second in WITA is 2026-09-30T16:00:00Z. */
#define DAY 20727
#define DAY_BEGIN 1790784000U

static void days_go_both_ways(void **state) {
    (void)state;
    char text[SBK_DAY_ROOM];
    for (unsigned day = 0; day <= UINT16_MAX; day++) {
        uint16_t back = 0;
        sbk_day_format((uint16_t)day, text);
        assert_true(sbk_day_parse(text, &back));
        assert_int_equal(back, day);
    }
    assert_string_equal(text, "2149-06-06");
    sbk_day_format(DAY, text);
    assert_string_equal(text, "2026-10-01");
}

static void days_that_are_none(void **state) {
    (void)state;
    static const char *const wrong[] = {"", "2026-10-1", "2026-10-011", "2026-02-29", "2026-13-01", "2026-00-10",
        "2026-01-00", "2026-01-32", "1969-12-31", "2149-06-07", "9999-01-01", "2026/10/01", " 2026-10-01",
        "2026-10-01 ", "20261001", "2O26-10-01", "-026-10-01", "today", "2026-10-01T00:00:00"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint16_t day = 7;
        assert_false(sbk_day_parse(wrong[i], &day));
        assert_int_equal(day, 7);
    }
    uint16_t day = 0;
    assert_true(sbk_day_parse("2024-02-29", &day));
    struct sbk_error error = {SBK_OK, NULL, ""};
    assert_int_equal(sbk_day_read("--until", "soon", &day, &error), SBK_USAGE);
    assert_string_equal(error.reason, SBK_REASON_DATE);
    assert_non_null(strstr(error.text, "--until: 'soon'"));
}

static void wita_midnight_starts_the_day(void **state) {
    (void)state;
    char text[SBK_TIME_ROOM];
    assert_int_equal(sbk_time_of_day(DAY), DAY_BEGIN);
    assert_int_equal(sbk_date_of_time(DAY_BEGIN), DAY);
    assert_int_equal(sbk_date_of_time(DAY_BEGIN - 1), DAY - 1);
    sbk_time_format(DAY_BEGIN - 1, text);
    assert_string_equal(text, "2026-09-30T23:59:59+08:00");
    sbk_time_format(DAY_BEGIN, text);
    assert_string_equal(text, "2026-10-01T00:00:00+08:00");
    sbk_time_format_plain(DAY_BEGIN + 34200, text);
    assert_string_equal(text, "2026-10-01 09:30:00");
    assert_int_equal(sbk_time_of_day(0), 0);
    assert_int_equal(sbk_time_of_day(UINT16_MAX), UINT32_MAX);
}

static void times_go_both_ways(void **state) {
    (void)state;
    char text[SBK_TIME_ROOM];
    uint32_t back = 0;
    for (uint64_t moment = 0; moment <= UINT32_MAX; moment += 9999991) {
        sbk_time_format((uint32_t)moment, text);
        assert_true(sbk_time_parse(text, &back));
        assert_int_equal(back, moment);
        text[19] = '\0';
        assert_true(sbk_time_parse(text, &back));
        assert_int_equal(back, moment);
    }
    sbk_time_format(UINT32_MAX, text);
    assert_string_equal(text, "2106-02-07T14:28:15+08:00");
    assert_true(sbk_time_parse(text, &back));
    static const char *const wrong[] = {"2026-10-01", "2026-10-01 09:30:00", "2026-10-01T24:00:00",
        "2026-10-01T09:60:00", "2026-10-01T09:30:60", "2026-10-01T09:30", "2026-10-01T09:30:00Z",
        "2026-10-01T09:30:00+07:00", "2106-02-07T14:28:16", "1970-01-01T07:59:59", "2026-10-01T0x:30:00"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        back = 5;
        assert_false(sbk_time_parse(wrong[i], &back));
        assert_int_equal(back, 5);
    }
}

static void environment_sets_the_clock(void **state) {
    (void)state;
    struct sbk_process_clock clock;
    assert_int_equal(setenv("SEMBAKO_DATE", "2026-10-01", 1), 0);
    assert_int_equal(sbk_clock_of_process(&clock, NULL), SBK_OK);
    assert_true(clock.set);
    assert_int_equal(sbk_clock_today(&clock.clock), DAY);
    assert_int_equal(sbk_clock_time(&clock.clock), DAY_BEGIN + 12 * 3600);
    assert_int_equal(setenv("SEMBAKO_DATE", "2026-09-30T23:59:59", 1), 0);
    assert_int_equal(sbk_clock_of_process(&clock, NULL), SBK_OK);
    assert_int_equal(sbk_clock_time(&clock.clock), DAY_BEGIN - 1);
    assert_int_equal(sbk_clock_today(&clock.clock), DAY - 1);
}

static void environment_refuses_the_rest(void **state) {
    (void)state;
    static const char *const wrong[] = {"", "tomorrow", "2026-10-32", "2026-10-01T25:00:00",
        "2026-10-01T09:30:00+08:00", "1790784000", "1970-01-01T00:00:00"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct sbk_process_clock clock;
        struct sbk_error error = {SBK_OK, NULL, ""};
        assert_int_equal(setenv("SEMBAKO_DATE", wrong[i], 1), 0);
        assert_int_equal(sbk_clock_of_process(&clock, &error), SBK_USAGE);
        assert_string_equal(error.reason, SBK_REASON_DATE);
    }
}

static void without_it_the_system_counts(void **state) {
    (void)state;
    struct sbk_process_clock clock;
    assert_int_equal(unsetenv("SEMBAKO_DATE"), 0);
    assert_int_equal(sbk_clock_of_process(&clock, NULL), SBK_OK);
    assert_false(clock.set);
    const int64_t before = (int64_t)time(NULL);
    const int64_t found = sbk_clock_time(&clock.clock);
    assert_true(found >= before && found <= (int64_t)time(NULL));
}

static int64_t given(void *context) {
    return *(const int64_t *)context;
}

static void what_does_not_fit_is_held(void **state) {
    (void)state;
    int64_t now = -1;
    const struct sbk_clock clock = {given, &now};
    assert_int_equal(sbk_clock_time(&clock), 0);
    now = (int64_t)UINT32_MAX + 1;
    assert_int_equal(sbk_clock_time(&clock), UINT32_MAX);
    assert_int_equal(sbk_clock_today(&clock), 49710);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_go_both_ways),
        cmocka_unit_test(days_that_are_none),
        cmocka_unit_test(wita_midnight_starts_the_day),
        cmocka_unit_test(times_go_both_ways),
        cmocka_unit_test(environment_sets_the_clock),
        cmocka_unit_test(environment_refuses_the_rest),
        cmocka_unit_test(without_it_the_system_counts),
        cmocka_unit_test(what_does_not_fit_is_held),
    };
    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
