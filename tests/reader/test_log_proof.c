/* SPDX-License-Identifier: Apache-2.0 */
/* What a station gives away of its log: every entry proved, every pair of checkpoints, and every byte of each changed,
 * removed and doubled, every line removed, doubled and swapped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reader/log_proof.h"
#include "schema/reason.h"
#include "tests/keys/fixture.h"
#include "tests/reader/log_world.h"

#include <stdlib.h>
#include <string.h>

#define SIZES 9u /* checkpoints over 2, 3, .. entries */

static struct log_world world;
static struct sbk_station *station;
static char verifier[SBK_LOG_VERIFIER_ROOM];
static struct sbk_buffer notes[SIZES];
static struct sbk_log_shown shown;

static int setup(void **state) {
    static const uint8_t one = 1;
    static const uint8_t names[] = "abcdefghi"; /* no two entries alike: a proof tells their places apart */
    struct sbk_log_head head;
    (void)state;
    log_world_open(&world);
    station = log_world_station(&world, "PROOF");
    CHECK_OK(sbk_log_verifier(station, verifier, E));
    for (size_t i = 0; i < SIZES; i++) {
        CHECK_OK(sbk_log_checkpoint(station, E));
        CHECK_OK(sbk_log_newest_checkpoint(station, &notes[i], &head, E));
        assert_int_equal(head.size, i + 2);
        if (i + 1 < SIZES)
            log_append(station, SBK_LOG_OPERATOR, (struct sbk_log_field[]){{&one, 1}, {&names[i], 1}}, 2);
    }
    return 0;
}

static int teardown(void **state) {
    (void)state;
    for (size_t i = 0; i < SIZES; i++)
        sbk_buffer_free(&notes[i]);
    sbk_station_close(&station);
    log_world_close(&world);
    return 0;
}

/* ---- every change of a text ---- */

typedef bool (*judge)(const char *text, size_t size);

static bool accepts_proof(const char *text, size_t size) {
    struct sbk_error error;
    const char *const known[] = {verifier};
    const struct sbk_log_keys keys = {known, 1};
    sbk_result result = sbk_log_check(&keys, text, size, &shown, &error);
    if (result != SBK_OK)
        assert_int_equal(result, SBK_TAMPERED);
    return result == SBK_OK;
}

static bool accepts_checkpoint(const char *text, size_t size) {
    struct sbk_log_head head;
    struct sbk_error error;
    sbk_result result = sbk_checkpoint_read(verifier, text, size, &head, &error);
    if (result != SBK_OK)
        assert_int_equal(result, SBK_TAMPERED);
    return result == SBK_OK;
}

/* The character of base64 that differs in the lowest bit: at the end of a hash it would decode to the same bytes. */
static char beside_in_base64(char character) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *place = character != 0 ? strchr(alphabet, character) : NULL;
    return place != NULL ? alphabet[(size_t)(place - alphabet) ^ 1] : '?';
}

static void change_bytes(const struct sbk_buffer *text, judge accepts) {
    char *copy = malloc(text->size + 1);
    assert_non_null(copy);
    for (size_t at = 0; at < text->size; at++) {
        memcpy(copy, text->data, text->size);
        copy[at] = beside_in_base64(copy[at]);
        assert_false(accepts(copy, text->size));
        for (unsigned bit = 0; bit < 8; bit += 7) {
            memcpy(copy, text->data, text->size);
            copy[at] = (char)((uint8_t)copy[at] ^ (1u << bit));
            assert_false(accepts(copy, text->size));
        }
        memcpy(copy, text->data, at);
        memcpy(copy + at, text->data + at + 1, text->size - at - 1);
        assert_false(accepts(copy, text->size - 1));
        assert_false(accepts(copy, at));
        memcpy(copy, text->data, at + 1);
        memcpy(copy + at + 1, text->data + at, text->size - at);
        assert_false(accepts(copy, text->size + 1));
    }
    free(copy);
}

static size_t line_end(const struct sbk_buffer *text, size_t from) {
    const uint8_t *end = memchr(text->data + from, '\n', text->size - from);
    assert_non_null(end);
    return (size_t)(end - text->data) + 1;
}

/* A signature line that stands twice is a note still; every other line has its place. */
static void change_lines(const struct sbk_buffer *text, judge accepts) {
    char *copy = malloc(2 * text->size);
    assert_non_null(copy);
    for (size_t from = 0; from < text->size;) {
        size_t end = line_end(text, from);
        size_t next = end < text->size ? line_end(text, end) : end;
        memcpy(copy, text->data, from);
        memcpy(copy + from, text->data + end, text->size - end);
        assert_false(accepts(copy, text->size - (end - from)));
        memcpy(copy, text->data, end);
        memcpy(copy + end, text->data + from, text->size - from);
        assert_true(text->data[from] == 0xE2 || !accepts(copy, text->size + (end - from)));
        memcpy(copy, text->data, text->size);
        memcpy(copy + from, text->data + end, next - end);
        memcpy(copy + from + (next - end), text->data + from, end - from);
        if (memcmp(copy, text->data, text->size) != 0)
            assert_false(accepts(copy, text->size));
        from = end;
    }
    free(copy);
}

static void test_checkpoint(void **state) {
    (void)state;
    assert_true(accepts_checkpoint((const char *)notes[3].data, notes[3].size));
    change_bytes(&notes[3], accepts_checkpoint);
    change_lines(&notes[3], accepts_checkpoint);
}

static void test_every_entry(void **state) {
    (void)state;
    for (uint32_t position = 0; position < SIZES + 1; position++) {
        struct sbk_buffer proof = SBK_BUFFER_EMPTY;
        CHECK_OK(sbk_log_prove(station, position, &proof, E));
        assert_true(accepts_proof((const char *)proof.data, proof.size));
        assert_true(shown.of_entry);
        assert_int_equal(shown.position, position);
        assert_int_equal(shown.head.size, SIZES + 1);
        assert_int_equal(shown.entry.kind, position == 0   ? SBK_LOG_OPENED
                                           : position == 1 ? SBK_LOG_CERTIFICATE
                                                           : SBK_LOG_OPERATOR);
        if (position == 3) {
            change_bytes(&proof, accepts_proof);
            change_lines(&proof, accepts_proof);
        }
        sbk_buffer_free(&proof);
    }
    struct sbk_buffer none = SBK_BUFFER_EMPTY;
    CHECK_FAILS(sbk_log_prove(station, SIZES + 1, &none, E), SBK_REFUSED, SBK_REASON_NOT_FOUND);
}

static void test_every_pair(void **state) {
    (void)state;
    for (size_t one = 0; one < SIZES; one++)
        for (size_t other = 0; other < SIZES; other++) {
            struct sbk_buffer proof = SBK_BUFFER_EMPTY;
            if (one > other) {
                CHECK_FAILS(sbk_log_prove_consistency(station, &notes[one], &notes[other], &proof, E), SBK_USAGE,
                    SBK_REASON_USAGE);
                continue;
            }
            CHECK_OK(sbk_log_prove_consistency(station, &notes[one], &notes[other], &proof, E));
            assert_true(accepts_proof((const char *)proof.data, proof.size));
            assert_false(shown.of_entry);
            assert_int_equal(shown.older.size, one + 2);
            assert_int_equal(shown.head.size, other + 2);
            if (one == 1 && other == 5) {
                change_bytes(&proof, accepts_proof);
                change_lines(&proof, accepts_proof);
            }
            sbk_buffer_free(&proof);
        }
}

/* A checkpoint of a log that is no more: another one over as many entries, under the same key. */
static void test_rewritten_log(void **state) {
    static const uint8_t two = 2;
    static const char name[] = "kasir";
    struct sbk_buffer other = SBK_BUFFER_EMPTY;
    struct sbk_buffer proof = SBK_BUFFER_EMPTY;
    struct sbk_log_head head;
    (void)state;
    CHECK_OK(sbk_station_begin(station, E));
    CHECK_OK(sbk_log_append(
        station, SBK_LOG_OPERATOR, (struct sbk_log_field[]){{&two, 1}, {(const uint8_t *)name, 5}}, 2, NULL, E));
    CHECK_OK(sbk_log_checkpoint(station, E));
    CHECK_OK(sbk_log_newest_checkpoint(station, &other, &head, E));
    sbk_station_rollback(station);
    CHECK_FAILS(sbk_log_check_head(station, &head, E), SBK_TAMPERED, SBK_REASON_LOG_ROLLED_BACK);
    CHECK_FAILS(
        sbk_log_prove_consistency(station, &other, &other, &proof, E), SBK_TAMPERED, SBK_REASON_LOG_ROLLED_BACK);
    log_append(station, SBK_LOG_OPERATOR, (struct sbk_log_field[]){{&two, 1}, {(const uint8_t *)"other", 5}}, 2);
    CHECK_FAILS(sbk_log_check_head(station, &head, E), SBK_TAMPERED, SBK_REASON_LOG_ROLLED_BACK);
    sbk_buffer_free(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checkpoint),
        cmocka_unit_test(test_every_entry),
        cmocka_unit_test(test_every_pair),
        cmocka_unit_test(test_rewritten_log),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
