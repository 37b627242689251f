/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 10, keys age, cards do not, torn: a drill for each key that a card meets, with cards that are 0 to 3 root generations
 * behind, the whole tap torn at every page write and again at every page write of the recovery. A case a drill and a card.
 *
 *     test-faults-drills              all
 *     test-faults-drills NAME         that drill only
 *     test-faults-drills --images     also prints each distinct image, for test_images.py
 */
#include "tests/faults/drills.h"

#include <stdio.h>
#include <string.h>

#define CASES_MAX 64

static struct tally total;

struct drilled {
    const struct drill *drill;
    uint8_t behind;
    char name[80];
};

static void tear_everywhere(void **state) {
    const struct drilled *drilled = *state;
    struct tally tally = {0};

    drill_run(drilled->drill, drilled->behind, &tally);
    assert_true(tally.undone > 0);
    assert_true(tally.done > 0);
    print_message("# %s: %lu points, %lu before, %lu after, %lu distinct images\n", drilled->name, tally.points,
        tally.undone, tally.done, tally.images);
    total.points += tally.points;
    total.images += tally.images;
}

static void totals(void **state) {
    (void)state;
    print_message("# in all %lu points, %lu distinct images, 0 violations\n", total.points, total.images);
}

int main(int argc, char **argv) {
    static struct drilled drilled[CASES_MAX];
    struct CMUnitTest tests[CASES_MAX + 1];
    const char *only = enumerate_words(argc, argv);
    size_t count = 0;

    memset(tests, 0, sizeof(tests));
    for (size_t i = 0; i < drill_count; i++)
        for (uint8_t behind = 0; behind <= DRILL_BEHIND_MAX && count < CASES_MAX; behind++) {
            if (only && strcmp(only, drills[i].name) != 0)
                continue;
            drilled[count] = (struct drilled){.drill = &drills[i], .behind = behind};
            snprintf(drilled[count].name, sizeof(drilled[count].name), "%s_%u_behind", drills[i].name, behind);
            tests[count].name = drilled[count].name;
            tests[count].test_func = tear_everywhere;
            tests[count].initial_state = &drilled[count];
            count++;
        }
    tests[count].name = "totals";
    tests[count++].test_func = totals;
    /* The group's macro counts an array; this one is shorter than its room. */
    return _cmocka_run_group_tests("drills", tests, count, NULL, NULL);
}
