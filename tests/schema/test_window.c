/* SPDX-License-Identifier: Apache-2.0 */
/* Windows and balances; and the corners of the calendar that test_calendar.py does not see. */
#include "tests/schema/attempts.h"

#include <string.h>

#include "schema/window.h"

static struct sbk_purse purse_of(enum sbk_period period, uint8_t count, uint16_t first, enum sbk_carry carry) {
    struct sbk_purse purse = sample_purse(0);
    purse.period = (uint8_t)period;
    purse.count = count;
    purse.first = first;
    purse.carry = (uint8_t)carry;
    purse.amount = 1000;
    return purse;
}

static void assert_days(const struct sbk_purse *purse, unsigned index, uint16_t first, uint16_t last) {
    uint16_t got_first = 0;
    uint16_t got_last = 0;
    sbk_window_days(purse, (uint8_t)index, &got_first, &got_last);
    assert_int_equal(got_first, first);
    assert_int_equal(got_last, last);
}

static void test_months(void **state) {
    (void)state;
    struct sbk_purse purse = purse_of(SBK_PERIOD_MONTH, 4, DAY(2026, 11, 30), SBK_CARRY_NONE);
    assert_days(&purse, 0, DAY(2026, 11, 30), DAY(2026, 11, 30));
    assert_days(&purse, 1, DAY(2026, 12, 1), DAY(2026, 12, 31));
    assert_days(&purse, 2, DAY(2027, 1, 1), DAY(2027, 1, 31));
    assert_days(&purse, 3, DAY(2027, 2, 1), DAY(2027, 2, 28));
    assert_days(&purse, 4, DAY(2027, 2, 1), DAY(2027, 2, 28)); /* past the end: the last */
    assert_days(&purse, 255, DAY(2027, 2, 1), DAY(2027, 2, 28));
    purse = purse_of(SBK_PERIOD_MONTH, 60, DAY(2028, 1, 31), SBK_CARRY_NONE);
    assert_days(&purse, 0, DAY(2028, 1, 31), DAY(2028, 1, 31));
    assert_days(&purse, 1, DAY(2028, 2, 1), DAY(2028, 2, 29)); /* a leap year */
    assert_days(&purse, 59, DAY(2032, 12, 1), DAY(2032, 12, 31));
    purse = purse_of(SBK_PERIOD_MONTH, 2, DAY(2100, 1, 5), SBK_CARRY_NONE);
    assert_days(&purse, 1, DAY(2100, 2, 1), DAY(2100, 2, 28)); /* none */
}

static void test_once(void **state) {
    (void)state;
    struct sbk_purse purse = purse_of(SBK_PERIOD_ONCE, 1, DAY(2026, 11, 15), SBK_CARRY_NONE);
    assert_int_equal(sbk_window_count(&purse), 1);
    assert_days(&purse, 0, DAY(2026, 11, 15), DAY(2026, 11, 30));
    purse.count = 2;
    assert_days(&purse, 0, DAY(2026, 11, 15), DAY(2026, 12, 31));
    purse.count = 4;
    assert_days(&purse, 0, DAY(2026, 11, 15), DAY(2027, 2, 28));
    purse.count = 14;
    assert_days(&purse, 0, DAY(2026, 11, 15), DAY(2027, 12, 31));
    assert_days(&purse, 13, DAY(2026, 11, 15), DAY(2027, 12, 31)); /* one window only */
}

static void test_weeks(void **state) {
    (void)state;
    struct sbk_purse purse = purse_of(SBK_PERIOD_WEEK, 53, DAY(2026, 12, 29), SBK_CARRY_NONE);
    assert_int_equal(sbk_window_count(&purse), 53);
    assert_days(&purse, 0, DAY(2026, 12, 29), DAY(2027, 1, 4));
    assert_days(&purse, 1, DAY(2027, 1, 5), DAY(2027, 1, 11));
    assert_days(&purse, 52, (uint16_t)(purse.first + 364), (uint16_t)(purse.first + 370));
    assert_days(&purse, 53, (uint16_t)(purse.first + 364), (uint16_t)(purse.first + 370));
}

static void test_end_of_the_calendar(void **state) {
    (void)state;
    struct sbk_purse purse = purse_of(SBK_PERIOD_WEEK, 60, DAY(2149, 6, 1), SBK_CARRY_NONE);
    assert_days(&purse, 0, DAY(2149, 6, 1), UINT16_MAX);
    assert_days(&purse, 59, UINT16_MAX, UINT16_MAX);
    purse = purse_of(SBK_PERIOD_MONTH, 60, DAY(2149, 5, 1), SBK_CARRY_NONE);
    assert_days(&purse, 0, DAY(2149, 5, 1), DAY(2149, 5, 31));
    assert_days(&purse, 1, DAY(2149, 6, 1), UINT16_MAX);
    assert_days(&purse, 59, UINT16_MAX, UINT16_MAX);
    purse = purse_of(SBK_PERIOD_ONCE, 60, UINT16_MAX, SBK_CARRY_NONE);
    assert_days(&purse, 0, UINT16_MAX, UINT16_MAX);
}

/* A grant of October to December that is first tapped in November holds two months. */
static void test_back_dated_grant(void **state) {
    (void)state;
    struct sbk_purse purse = sample_purse(0);
    uint8_t window = 9;
    uint32_t allowed = 9;
    assert_int_equal(
        sbk_purse_allowed(&purse, DAY(2026, 11, 2), DAY(2026, 11, 20), &window, &allowed), SBK_WINDOW_OPEN);
    assert_int_equal(window, 1);
    assert_int_equal(allowed, 600000);
    assert_int_equal(
        sbk_purse_allowed(&purse, DAY(2026, 12, 31), DAY(2026, 12, 31), &window, &allowed), SBK_WINDOW_OPEN);
    assert_int_equal(allowed, 900000);
    assert_int_equal(
        sbk_purse_allowed(&purse, DAY(2026, 12, 31), DAY(2027, 1, 1), &window, &allowed), SBK_WINDOW_CLOSED);
    assert_int_equal(
        sbk_purse_allowed(&purse, DAY(2027, 1, 1), DAY(2026, 12, 31), &window, &allowed), SBK_WINDOW_CLOSED);
    assert_int_equal(
        sbk_purse_allowed(&purse, DAY(2026, 9, 30), DAY(2026, 10, 15), &window, &allowed), SBK_WINDOW_NOT_OPEN);
}

/* A store's clock cannot open November; it can close October. */
static void test_claimed_date_only_closes(void **state) {
    (void)state;
    struct sbk_purse purse = sample_purse(0);
    uint8_t window = 9;
    uint32_t allowed = 9;
    assert_int_equal(sbk_purse_allowed(&purse, DAY(2026, 10, 5), DAY(2026, 11, 2), &window, &allowed), SBK_WINDOW_OPEN);
    assert_int_equal(window, 0);
    assert_int_equal(allowed, 300000);
    purse.carry = SBK_CARRY_NONE;
    window = 9;
    allowed = 9;
    assert_int_equal(
        sbk_purse_allowed(&purse, DAY(2026, 10, 5), DAY(2026, 10, 31), &window, &allowed), SBK_WINDOW_OPEN);
    assert_int_equal(window, 0);
    window = 9;
    assert_int_equal(
        sbk_purse_allowed(&purse, DAY(2026, 10, 5), DAY(2026, 11, 1), &window, &allowed), SBK_WINDOW_CLOSED);
    assert_int_equal(window, 9); /* written only when open */
}

/* The same answers by walking day by day from the first, for every floor and claimed date around the grant. */
struct walked {
    uint16_t starts[8];
    size_t count;
    uint16_t end; /* last day of the last window */
};

static struct walked walk(const struct sbk_purse *purse) {
    struct walked walked = {{purse->first}, 1, 0};
    size_t months = 1;
    for (uint16_t day = (uint16_t)(purse->first + 1);; day++) {
        bool month = sbk_date_to_civil(day).day == 1;
        bool border = purse->period == SBK_PERIOD_WEEK ? (day - purse->first) % 7 == 0 : month;
        if (!border) {
            continue;
        }
        if (purse->period == SBK_PERIOD_ONCE ? months == purse->count : walked.count == purse->count) {
            walked.end = (uint16_t)(day - 1);
            return walked;
        }
        if (purse->period == SBK_PERIOD_ONCE) {
            months++;
        } else {
            walked.starts[walked.count++] = day;
        }
    }
}

static enum sbk_window_state expected(
    const struct sbk_purse *purse, uint16_t floor, uint16_t claimed, uint8_t *window, uint32_t *allowed) {
    struct walked walked = walk(purse);
    uint16_t date = claimed > floor ? claimed : floor;
    if (floor < walked.starts[0]) {
        return SBK_WINDOW_NOT_OPEN;
    }
    size_t newest = 0;
    while (newest + 1 < walked.count && walked.starts[newest + 1] <= floor) {
        newest++;
    }
    bool carried = purse->carry == SBK_CARRY_GRANT;
    uint16_t last = carried || newest + 1 == walked.count ? walked.end : (uint16_t)(walked.starts[newest + 1] - 1);
    if (date > last) {
        return SBK_WINDOW_CLOSED;
    }
    *window = (uint8_t)newest;
    *allowed = carried ? 1000 * (uint32_t)(newest + 1) : 1000;
    return SBK_WINDOW_OPEN;
}

static void test_matrix(void **state) {
    (void)state;
    static const struct {
        enum sbk_period period;
        uint8_t count;
    } shapes[] = {{SBK_PERIOD_ONCE, 1}, {SBK_PERIOD_ONCE, 3}, {SBK_PERIOD_MONTH, 1}, {SBK_PERIOD_MONTH, 3},
        {SBK_PERIOD_WEEK, 1}, {SBK_PERIOD_WEEK, 5}};
    const uint16_t firsts[] = {DAY(2027, 12, 31), DAY(2028, 1, 15)};
    for (size_t i = 0; i < 2 * 2 * sizeof shapes / sizeof shapes[0]; i++) {
        struct sbk_purse purse = purse_of(
            shapes[i / 4].period, shapes[i / 4].count, firsts[i % 2], i / 2 % 2 ? SBK_CARRY_GRANT : SBK_CARRY_NONE);
        for (uint16_t floor = (uint16_t)(purse.first - 3); floor < purse.first + 100; floor++) {
            for (uint16_t claimed = (uint16_t)(floor - 2); claimed < floor + 40; claimed++) {
                uint8_t window = 0;
                uint8_t due_window = 0;
                uint32_t allowed = 0;
                uint32_t due_allowed = 0;
                enum sbk_window_state due = expected(&purse, floor, claimed, &due_window, &due_allowed);
                assert_int_equal(sbk_purse_allowed(&purse, floor, claimed, &window, &allowed), due);
                assert_int_equal(window, due_window);
                assert_int_equal(allowed, due_allowed);
            }
        }
    }
}

static uint32_t balance_of(const struct sbk_purse *purse, struct sbk_spent spent, uint16_t day) {
    uint8_t window = 0;
    uint32_t balance = UINT32_MAX;
    spent.grant = purse->grant;
    assert_int_equal(sbk_purse_balance(purse, &spent, day, day, &window, &balance), SBK_WINDOW_OPEN);
    return balance;
}

static void test_balance(void **state) {
    (void)state;
    struct sbk_purse purse = purse_of(SBK_PERIOD_MONTH, 3, DAY(2026, 10, 1), SBK_CARRY_NONE);
    uint16_t november = DAY(2026, 11, 5);
    assert_int_equal(balance_of(&purse, (struct sbk_spent){0, 1, 400, 0}, november), 600);
    assert_int_equal(balance_of(&purse, (struct sbk_spent){0, 1, 1000, 0}, november), 0);
    assert_int_equal(balance_of(&purse, (struct sbk_spent){0, 1, 1001, 0}, november), 0);   /* the grant was lowered */
    assert_int_equal(balance_of(&purse, (struct sbk_spent){0, 0, 900, 0}, november), 1000); /* October's lapsed */
    assert_int_equal(
        balance_of(&purse, (struct sbk_spent){0, 2, 0, 0}, november), 0); /* December came first: a lowered floor */
    purse.carry = SBK_CARRY_GRANT;
    assert_int_equal(balance_of(&purse, (struct sbk_spent){0, 0, 900, 0}, november), 1100);
    assert_int_equal(balance_of(&purse, (struct sbk_spent){0, 1, 1900, 250}, november), 350);
    assert_int_equal(balance_of(&purse, (struct sbk_spent){0, 1, 5000, 250}, november), 0);
    assert_int_equal(balance_of(&purse, (struct sbk_spent){0, 1, 0, UINT32_MAX}, november), UINT32_MAX);
    struct sbk_spent spent = {purse.grant, 0, 0, 0};
    uint8_t window = 7;
    uint32_t balance = 7;
    assert_int_equal(
        sbk_purse_balance(&purse, &spent, DAY(2026, 9, 30), november, &window, &balance), SBK_WINDOW_NOT_OPEN);
    assert_int_equal(
        sbk_purse_balance(&purse, &spent, november, DAY(2027, 1, 1), &window, &balance), SBK_WINDOW_CLOSED);
    assert_int_equal(balance, 7);
}

static void test_no_such_day(void **state) {
    (void)state;
    static const struct sbk_civil wrong[] = {{1969, 12, 31}, {2150, 1, 1}, {2149, 6, 7}, {2149, 12, 31}, {2026, 0, 1},
        {2026, 13, 1}, {2026, 1, 0}, {2026, 1, 32}, {2026, 4, 31}, {2026, 2, 29}, {2028, 2, 30}, {2100, 2, 29},
        {0, 0, 0}, {65535, 255, 255}};
    uint16_t days = 7;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(sbk_date_from_civil(wrong[i], &days), SBK_FORMAT_VALUE);
    }
    assert_int_equal(days, 7);
    assert_int_equal(DAY(2000, 2, 29), 11016);
    assert_int_equal(DAY(2149, 6, 6), UINT16_MAX);
}

static void test_local_day(void **state) {
    (void)state;
    assert_int_equal(sbk_date_of_time(0), 0);
    assert_int_equal(sbk_date_of_time(57599), 0); /* 23:59:59 in Samarinda */
    assert_int_equal(sbk_date_of_time(57600), 1);
    assert_int_equal(sbk_date_of_time(86399), 1);
    assert_int_equal(sbk_date_of_time(86400), 1);
    assert_int_equal(sbk_date_of_time(UINT32_MAX), 49710); /* 2106-02-07 06:28 UTC, in the afternoon of the same day */
    for (uint32_t time = 1790000000; time < 1790000000 + 3 * 86400; time += 599) {
        assert_int_equal(sbk_date_of_time(time), (time + SBK_WITA_SECONDS) / 86400);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_months),
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_weeks),
        cmocka_unit_test(test_end_of_the_calendar),
        cmocka_unit_test(test_back_dated_grant),
        cmocka_unit_test(test_claimed_date_only_closes),
        cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_balance),
        cmocka_unit_test(test_no_such_day),
        cmocka_unit_test(test_local_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
