/* SPDX-License-Identifier: Apache-2.0 */
/* What a station's log notes of its clock: every step back, and more than 30 days ahead, to the second. */
#include "tests/base/base_test.h"

#include "reader/station_private.h"

#define START 1760500800 /* 2025-10-15T12:00 WITA */
#define MONTH (30L * 86400)

static int64_t told;

static int64_t tell(void *context) {
    (void)context;
    return told;
}

static const struct sbk_clock clock_told = {tell, NULL};
static struct sbk_station *station;

static int enrol(void **state) {
    static const char phrase[] = "a pass phrase for tests";
    struct sbk_station_options options = {.path = "station", .clock = &clock_told};
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_buffer request = SBK_BUFFER_EMPTY;
    struct sbk_error error = {0};
    told = START;
    if (enter_scratch(state) != 0 || sbk_secret_copy(&passphrase, phrase, sizeof phrase - 1, &error) != SBK_OK)
        return -1;
    sbk_result result = sbk_station_enrol(&station, &options, "CLOCKS", &passphrase, &request, &error);
    sbk_secret_free(&passphrase);
    sbk_buffer_free(&request);
    return result == SBK_OK ? 0 : -1;
}

static int leave(void **state) {
    sbk_station_close(&station);
    return system("rm -rf station") == 0 ? leave_scratch(state) : -1;
}

/* The next entry at that moment: what is noted before it, and what status says there. */
static void at_moment(int64_t moment, enum sbk_station_clock cause) {
    uint32_t size = station->tree.size;
    uint32_t before = station->last_time;
    uint32_t newest = 0;
    told = moment;
    assert_int_equal(sbk_station_clock(station, &newest), cause);
    assert_int_equal(newest, before);
    sbk_log_refusal(station, 0, NULL, 0, "item-unknown");
    assert_int_equal(station->tree.size, size + 1 + (cause != SBK_CLOCK_STEADY));
    if (cause != SBK_CLOCK_STEADY) {
        struct sbk_buffer data = SBK_BUFFER_EMPTY;
        struct sbk_log_entry entry;
        struct sbk_error error;
        uint8_t times[8];
        struct sbk_writer writer = sbk_writer_of(times, sizeof times);
        sbk_write_u32(&writer, before);
        sbk_write_u32(&writer, (uint32_t)moment);
        assert_int_equal(sbk_log_entry_at(station, size, &data, &entry, &error), SBK_OK);
        assert_int_equal(entry.kind, SBK_LOG_CLOCK);
        assert_int_equal(entry.time, moment);
        assert_int_equal(entry.fields[0].data[0], cause);
        assert_memory_equal(entry.fields[1].data, times, 4);
        assert_memory_equal(entry.fields[2].data, times + 4, 4);
        sbk_buffer_free(&data);
    }
    assert_int_equal(station->last_time, moment);
}

static void test_edges(void **state) {
    struct sbk_station_summary summary = {0};
    struct sbk_error error;
    (void)state;
    at_moment(START, SBK_CLOCK_STEADY);
    at_moment(START + 1, SBK_CLOCK_STEADY);
    at_moment(START, SBK_CLOCK_BACK);
    at_moment(START, SBK_CLOCK_STEADY);
    at_moment(START + MONTH, SBK_CLOCK_STEADY);
    at_moment(START + 2 * MONTH + 1, SBK_CLOCK_AHEAD);
    at_moment(START, SBK_CLOCK_BACK);
    at_moment(0, SBK_CLOCK_BACK);
    at_moment(UINT32_MAX, SBK_CLOCK_AHEAD);
    at_moment(START, SBK_CLOCK_BACK);
    assert_int_equal(sbk_station_summary(station, &summary, &error), SBK_OK);
    assert_int_equal(summary.clock_notes, 6);
    assert_int_equal(summary.log_size, station->tree.size);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_edges, enrol, leave)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
