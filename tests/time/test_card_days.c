/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every combination, at the edges, of the card's floor, the station certificate's days, the station's clock and what
 * was spent: the card's answer is the one that a judge of its own (calendar.c and judge() below, from B.3, B.8 and D.1
 * of the specification) gives; no window opens before a certificate or a mandate has brought its first day; what is
 * refused changes nothing; and what the clock claims is never kept.
 */
#include <stdio.h>
#include <string.h>

#include "applet/entitlement/chain.h"
#include "applet/entitlement/image.h"
#include "tests/applet/entitlement/world.h"
#include "tests/time/calendar.h"

#define SLOT 3
#define GRANT 500
#define NEVER_SPENT (-1)

struct point {
    long floor;     /* as stored */
    long effective; /* of the certificate */
    long expiry;    /* of the certificate */
    uint32_t clock; /* what the station claims, UTC */
    int spent_in;   /* window of the last debit */
    long spent;     /* what the card stores; NEVER_SPENT: nothing */
};

struct verdict {
    uint16_t status; /* of a debit of one unit above the balance, if the window is open: 9407 */
    int window;
    long balance, spent;
};

static long later(long a, long b) {
    return a > b ? a : b;
}

static struct verdict judge(const struct judged_purse *purse, const struct point *point) {
    struct judged_window windows[WINDOWS_MAX];
    struct verdict verdict = {.status = SBK_SW_BALANCE, .window = -1};
    int count = windows_of(purse, windows);
    long floor = later(point->floor, point->effective);
    long date = later(floor, local_day(point->clock));
    long allowed = purse->amount;
    if (local_day(point->clock) < point->effective || local_day(point->clock) > point->expiry)
        return (struct verdict){.status = SBK_SW_TIME};
    for (int i = 0; i < count; i++)
        if (windows[i].first <= floor)
            verdict.window = i;
    if (verdict.window < 0)
        return (struct verdict){.status = SBK_SW_WINDOW_NOT_OPEN};
    if (date > windows[purse->carries ? count - 1 : verdict.window].last)
        return (struct verdict){.status = SBK_SW_WINDOW_CLOSED};
    verdict.spent = point->spent == NEVER_SPENT ? 0 : point->spent;
    if (purse->carries)
        allowed *= verdict.window + 1;
    else if (point->spent_in < verdict.window)
        verdict.spent = 0;
    else if (point->spent_in > verdict.window)
        verdict.spent = allowed;
    verdict.balance = later(allowed - verdict.spent, 0);
    return verdict;
}

/* ---- the card at a point ---- */

static struct world world, fresh; /* fresh: active, with the purse, nothing spent */

static void poke(struct world *card, const struct point *point) {
    uint8_t *head = card->image + SBK_AREA_HEAD;
    uint8_t *purse = card->image + SBK_AREA_PURSES + SLOT * SBK_PURSE_STRIDE;
    long spent = point->spent == NEVER_SPENT ? 0 : point->spent;
    head[SBK_HEAD_FLOOR] = (uint8_t)(point->floor >> 8);
    head[SBK_HEAD_FLOOR + 1] = (uint8_t)point->floor;
    purse[2] = (uint8_t)(point->spent == NEVER_SPENT ? 0 : point->spent_in);
    purse[3] = (uint8_t)(spent >> 16);
    purse[4] = (uint8_t)(spent >> 8);
    purse[5] = (uint8_t)spent;
}

static uint16_t debit_at(const struct point *point, long amount) {
    struct ask ask = {SLOT, (uint32_t)amount};
    uint8_t data[200];
    world = fresh;
    poke(&world, point);
    world.terminal.effective = (uint16_t)point->effective;
    world.terminal.expiry = (uint16_t)point->expiry;
    world.time = point->clock;
    return send(&world, SBK_INS_DEBIT, data, write_debit(&world, &ask, 1, SBK_WHO_NONE, NO_PIN, 0xD1, data));
}

static void explain(const struct judged_purse *purse, const struct point *point, const char *what) {
    fprintf(stderr,
        "# purse %d x%d carry %d from %ld: floor %ld, certificate %ld..%ld, clock %u (day %ld), spent %ld in %d: %s\n",
        (int)purse->period, purse->count, purse->carries, purse->first, point->floor, point->effective, point->expiry,
        (unsigned)point->clock, local_day(point->clock), point->spent, point->spent_in, what);
    fail();
}

static void check_refusal(const struct judged_purse *purse, const struct point *point, long amount, uint16_t status) {
    static uint8_t before[SBK_IMAGE_SIZE];
    uint16_t got = debit_at(point, amount);
    if (got != status) {
        char what[64];
        snprintf(what, sizeof what, "%04X instead of %04X", got, status);
        explain(purse, point, what);
    }
    memcpy(before, fresh.image, sizeof before);
    struct world *changed = &world;
    poke(&fresh, point);
    if (memcmp(fresh.image, changed->image, sizeof before) != 0)
        explain(purse, point, "a refusal changed the card");
    memcpy(fresh.image, before, sizeof before);
}

static void check_debit(const struct judged_purse *purse, const struct point *point, const struct verdict *verdict) {
    struct judged_window windows[WINDOWS_MAX];
    const uint8_t *detail = world.answer + (SBK_ENTRY_AT_DETAIL - SBK_ENTRY_HEAD);
    windows_of(purse, windows);
    if (debit_at(point, verdict->balance) != SBK_SW_OK)
        explain(purse, point, "the whole balance was refused");
    long floor =
        (long)world.image[SBK_AREA_HEAD + SBK_HEAD_FLOOR] << 8 | world.image[SBK_AREA_HEAD + SBK_HEAD_FLOOR + 1];
    long spent = (long)detail[7] << 16 | (long)detail[8] << 8 | detail[9];
    if (detail[3] != verdict->window || spent != verdict->spent + verdict->balance)
        explain(purse, point, "the receipt names another window or sum");
    if (floor != later(point->floor, point->effective))
        explain(purse, point, "the floor is not what certificate and mandate say");
    if (windows[verdict->window].first > later(point->floor, point->effective))
        explain(purse, point, "a window opened early");
}

static unsigned long points, opened, closed, not_open, out_of_time, used_up;

static void check_point(const struct judged_purse *purse, const struct point *point) {
    struct verdict verdict = judge(purse, point);
    points++;
    out_of_time += verdict.status == SBK_SW_TIME;
    not_open += verdict.status == SBK_SW_WINDOW_NOT_OPEN;
    closed += verdict.status == SBK_SW_WINDOW_CLOSED;
    if (verdict.status != SBK_SW_BALANCE) {
        check_refusal(purse, point, 1, verdict.status);
        return;
    }
    check_refusal(purse, point, verdict.balance + 1, SBK_SW_BALANCE);
    opened += verdict.balance > 0;
    used_up += verdict.balance == 0;
    if (verdict.balance > 0)
        check_debit(purse, point, &verdict);
}

/* ---- the enumeration ---- */

static void make_card(const struct judged_purse *judged) {
    static const uint8_t periods[] = {SBK_PERIOD_ONCE, SBK_PERIOD_MONTH, SBK_PERIOD_WEEK};
    struct sbk_purse purse = {.slot = SLOT,
        .grant = GRANT,
        .programme = 1,
        .unit = SBK_UNIT_GRAM,
        .goods = 1,
        .amount = (uint32_t)judged->amount,
        .first = (uint16_t)judged->first,
        .period = periods[judged->period],
        .count = (uint8_t)judged->count,
        .carry = judged->carries ? SBK_CARRY_GRANT : SBK_CARRY_NONE};
    world_active(&world);
    world.mandate.number++;
    world.mandate.flags = 0;
    world.mandate.purse_count = 1;
    world.mandate.purses[0] = purse;
    assert_int_equal(deliver_mandate(&world), SBK_SW_OK);
    fresh = world;
}

#define EDGES_MAX 32
/* The day before, the first, the last and the day after of the first two and the last window, each once. */
static int edges_of(const struct judged_purse *purse, long edges[EDGES_MAX]) {
    struct judged_window windows[WINDOWS_MAX];
    int count = windows_of(purse, windows);
    const int chosen[] = {0, 1, count - 1};
    int found = 0;
    for (int i = 0; i < 3; i++) {
        if (chosen[i] >= count)
            continue;
        const struct judged_window *window = &windows[chosen[i]];
        const long days[] = {window->first - 1, window->first, window->last, window->last + 1};
        for (int d = 0; d < 4; d++) {
            int known = 0;
            for (int k = 0; k < found; k++)
                known = known || edges[k] == days[d];
            if (!known)
                edges[found++] = days[d];
        }
    }
    return found;
}

static void enumerate_spent(const struct judged_purse *purse, struct point point) {
    const int windows[] = {0, 0, 1, purse->count - 1};
    const long spent[] = {NEVER_SPENT, purse->amount / 4, purse->amount, purse->amount - 1};
    for (int i = 0; i < 4; i++) {
        point.spent_in = purse->period == ONCE ? 0 : windows[i];
        point.spent = spent[i];
        check_point(purse, &point);
    }
}

static void enumerate(const struct judged_purse *purse) {
    long edges[EDGES_MAX];
    int count = edges_of(purse, edges);
    make_card(purse);
    for (int f = 0; f < count; f++)
        for (int e = 0; e < count; e++)
            for (int c = 0; c < count; c++)
                for (int x = 0; x < 3; x++) {
                    /* A certificate of a day, of weeks, of more than a year; the first and the last second of the day. */
                    const long lives[] = {0, 30, 400};
                    struct point point = {.floor = edges[f], .effective = edges[e]};
                    point.expiry = point.effective + lives[x];
                    point.clock = midnight(edges[c]);
                    enumerate_spent(purse, point);
                    point.clock = midnight(edges[c] + 1) - 1;
                    enumerate_spent(purse, point);
                }
}

static void run(const struct judged_purse *purse, unsigned long expected) {
    points = opened = closed = not_open = out_of_time = used_up = 0;
    enumerate(purse);
    fprintf(stderr, "# %lu points: %lu debits, %lu used up, %lu closed, %lu not open, %lu outside the certificate\n",
        points, opened, used_up, closed, not_open, out_of_time);
    assert_int_equal(points, expected);
    assert_true(opened > 0 && closed > 0 && not_open > 0 && out_of_time > 0 && used_up > 0);
}

static void test_months(void **state) {
    const struct judged_purse purse = {MONTHLY, 3, 0, day_of(2026, 10, 1), 10000};
    (void)state;
    run(&purse, 12288);
}

/* Over the end of a year, from the middle of a month, through a February of 28 days. */
static void test_months_over_new_year(void **state) {
    const struct judged_purse purse = {MONTHLY, 4, 0, day_of(2026, 11, 17), 500};
    (void)state;
    run(&purse, 24000);
}

static void test_months_with_carry(void **state) {
    const struct judged_purse purse = {MONTHLY, 5, 1, day_of(2027, 11, 30), 300000};
    (void)state;
    run(&purse, 17496);
}

static void test_weeks(void **state) {
    const struct judged_purse purse = {WEEKLY, 8, 0, day_of(2026, 11, 1), 2000};
    (void)state;
    run(&purse, 24000);
}

static void test_once(void **state) {
    const struct judged_purse purse = {ONCE, 2, 0, day_of(2028, 1, 31), 4};
    (void)state;
    run(&purse, 1536);
}

/* A mandate lowers or raises the stored floor only where it says so; a certificate raises it and never lowers it. */
static void test_mandate_and_floor(void **state) {
    const struct judged_purse purse = {MONTHLY, 3, 0, day_of(2026, 10, 1), 10000};
    const long days[] = {day_of(2026, 10, 31), day_of(2026, 11, 1), day_of(2026, 11, 30), day_of(2026, 12, 1)};
    (void)state;
    points = 0;
    make_card(&purse);
    for (int f = 0; f < 4; f++)
        for (int e = 0; e < 4; e++)
            for (int m = 0; m < 4; m++)
                for (int lowers = 0; lowers < 2; lowers++) {
                    struct point point = {days[f], days[e], days[e] + 400, midnight(days[e]), 1, 9999};
                    long session = later(days[f], days[e]);
                    world = fresh;
                    poke(&world, &point);
                    world.terminal.effective = (uint16_t)point.effective;
                    world.terminal.expiry = (uint16_t)point.expiry;
                    world.time = point.clock;
                    world.mandate.number++;
                    world.mandate.issued = (uint16_t)days[m];
                    world.mandate.flags = lowers ? SBK_MANDATE_SET_FLOOR : 0;
                    assert_int_equal(deliver_mandate(&world), SBK_SW_OK);
                    assert_int_equal(world.last.floor, session);
                    world.terminal.effective = 1;
                    assert_int_equal(read_status(&world).floor, lowers ? days[m] : session);
                    /* What was spent in November stays spent, and no December is given for it. */
                    assert_int_equal(read_status(&world).spent[SLOT].spent, 9999);
                    world.terminal.effective = (uint16_t)point.effective;
                    point.floor = lowers ? days[m] : session;
                    struct verdict verdict = judge(&purse, &point);
                    assert_int_equal(debit(&world, SLOT, (uint32_t)verdict.balance + 1), verdict.status);
                    points++;
                }
    assert_int_equal(points, 128);
}

/* The identity record's days are judged by the later of floor and claimed day, before any window. */
static void test_card_validity(void **state) {
    const struct judged_purse purse = {ONCE, 60, 0, day_of(2026, 1, 1), 4};
    unsigned long expired = 0;
    (void)state;
    points = 0;
    make_card(&purse);
    const long edges[] = {fresh.identity.valid_from - 1L, fresh.identity.valid_from, fresh.identity.valid_until - 1L,
        fresh.identity.valid_until, fresh.identity.valid_until + 1L};
    for (int f = 0; f < 5; f++)
        for (int e = 0; e < 5; e++)
            for (int c = 0; c < 5; c++) {
                struct point point = {.floor = edges[f], .effective = edges[e], .expiry = edges[4], .spent = 0};
                long date = later(later(edges[f], edges[e]), edges[c]);
                point.clock = c % 2 == 0 ? midnight(edges[c]) : midnight(edges[c] + 1) - 1;
                points++;
                if (edges[c] < edges[e])
                    check_refusal(&purse, &point, 5, SBK_SW_TIME);
                else if (date < edges[1] || date > edges[3])
                    check_refusal(&purse, &point, 5, SBK_SW_CARD_EXPIRED);
                else
                    check_refusal(&purse, &point, 5, SBK_SW_BALANCE);
                expired += edges[c] >= edges[e] && date > edges[3];
            }
    assert_int_equal(points, 125);
    assert_true(expired > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_months),
        cmocka_unit_test(test_months_over_new_year),
        cmocka_unit_test(test_months_with_carry),
        cmocka_unit_test(test_weeks),
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_mandate_and_floor),
        cmocka_unit_test(test_card_validity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
