/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 3, all or nothing, by enumeration: the power is cut at every page write of every command that changes a card,
 * and again at every page write of the recovery, with every way in which a page may be left. A case a command.
 *
 *     test-faults-tears              all
 *     test-faults-tears NAME         that command only
 *     test-faults-tears --images     also prints each distinct image, for test_images.py
 */
#include "tests/faults/enumerate.h"

#include <stdio.h>
#include <string.h>

#define CASES_MAX 100

static struct tally total;

/* The bureau's first, then the terminals'; NULL after the last. */
static const struct scenario *scenario_at(size_t index) {
    if (index < bureau_scenario_count)
        return &bureau_scenarios[index];
    index -= bureau_scenario_count;
    return index < terminal_scenario_count ? &terminal_scenarios[index] : NULL;
}

static void tear_everywhere(void **state) {
    const struct scenario *scenario = *state;
    struct tally tally = {0};

    enumerate(scenario, &tally);
    assert_true(tally.undone > 0);
    assert_true(tally.done > 0);
    print_message("# %s: %lu points, %lu before, %lu after, %lu distinct images\n", scenario->name, tally.points,
        tally.undone, tally.done, tally.images);
    total.points += tally.points;
    total.images += tally.images;
}

/* What a cut may show before the counter has fallen is the same for a right and for a wrong secret. */
static void same_until_lowered(const char *right, const char *wrong) {
    static struct trial trial;
    uint64_t traces[2];
    const char *names[2] = {right, wrong};

    for (int i = 0; i < 2; i++) {
        size_t at = 0;

        while (scenario_at(at) && strcmp(scenario_at(at)->name, names[i]) != 0)
            at++;
        assert_non_null(scenario_at(at));
        trial_make(&trial, scenario_at(at));
        assert_true(watch.lowered);
        traces[i] = watch.until_lower;
    }
    assert_true(traces[0] == traces[1]);
}

static void secrets_do_not_show_early(void **state) {
    (void)state;
    same_until_lowered("debit_at_last_try", "wrong_pin_at_last_try");
    same_until_lowered("bureau_after_wrong", "bureau_wrong");
}

static void totals(void **state) {
    (void)state;
    print_message("# in all %lu points, %lu distinct images, 0 violations\n", total.points, total.images);
}

int main(int argc, char **argv) {
    struct CMUnitTest tests[CASES_MAX];
    const char *only = enumerate_words(argc, argv);
    size_t count = 0;

    memset(tests, 0, sizeof(tests));
    for (size_t i = 0; scenario_at(i) && count < CASES_MAX - 2; i++) {
        if (only && strcmp(only, scenario_at(i)->name) != 0)
            continue;
        tests[count].name = scenario_at(i)->name;
        tests[count].test_func = tear_everywhere;
        tests[count++].initial_state = (void *)(uintptr_t)scenario_at(i);
    }
    if (!only) {
        tests[count].name = "secrets_do_not_show_early";
        tests[count++].test_func = secrets_do_not_show_early;
        tests[count].name = "totals";
        tests[count++].test_func = totals;
    }
    /* The group's macro counts an array; this one is shorter than its room. */
    return _cmocka_run_group_tests("tears", tests, count, NULL, NULL);
}
