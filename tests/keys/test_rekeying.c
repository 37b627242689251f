/* SPDX-License-Identifier: Apache-2.0 */
/* A station's other keys: who vouches for them in the request, and how former ones are destroyed. On both kinds of store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/crypto.h"
#include "keys/install.h"
#include "keys/requests.h"
#include "schema/reason.h"
#include "tests/keys/fixture.h"

#include <stdlib.h>
#include <string.h>

#define MADE 1791162000u

enum { AGREEMENT, LOG, IDENTITY, KEYS };
#define SETS 3 /* the present keys, the next ones, and a thief's */
enum { PRESENT, NEXT, OTHER };

static char *folder;
static struct sbk_store *store;
static struct sbk_key *keys[SETS][KEYS];
static uint8_t terminal[SBK_TERMINAL_SIZE];
static char verifiers[SETS][SBK_NOTE_VERIFIER_ROOM];
static struct sbk_buffer content;

static int set_up(void **state) {
    static const uint8_t roles[] = {SBK_KEY_AGREEMENT, SBK_KEY_LOG, SBK_KEY_STATION};
    (void)state;
    folder = fixture_folder();
    char *path = fixture_path(folder, "keys");
    store = fixture_store(path, false);
    free(path);
    assert_int_equal(sbk_id_write("EW-1", terminal, sizeof terminal), SBK_FORMAT_OK);
    for (uint8_t set = 0; set < SETS; set++) {
        for (size_t i = 0; i < KEYS; i++) {
            CHECK_OK(sbk_key_generate(store, roles[i], (uint8_t)(set + 1), 1, fixture_passphrase(), &keys[set][i], E));
        }
        CHECK_OK(sbk_note_verifier_text(sbk_key_info(keys[set][LOG]), terminal, verifiers[set], E));
    }
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    for (size_t set = 0; set < SETS; set++) {
        for (size_t i = 0; i < KEYS; i++) {
            sbk_key_close(&keys[set][i]);
        }
    }
    sbk_store_close(&store);
    sbk_buffer_free(&content);
    fixture_remove(folder);
    return 0;
}

/* The request for a set of keys, for which another (none: SETS) vouches, as the office opens it. */
static struct sbk_station_request request_of(size_t set, size_t vouching, size_t named) {
    struct sbk_station_former former = {NULL, NULL};
    struct sbk_station_request request;
    struct sbk_office_info x509;
    struct sbk_note_verifier log_key;
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    if (vouching < SETS) {
        former = (struct sbk_station_former){keys[vouching][IDENTITY], sbk_key_info(keys[named][LOG])};
    }
    CHECK_OK(sbk_station_request_make(keys[set][AGREEMENT], sbk_key_info(keys[set][LOG]), keys[set][IDENTITY],
        vouching < SETS ? &former : NULL, terminal, MADE, &file, E));
    sbk_buffer_reset(&content);
    CHECK_OK(sbk_station_request_open(file.data, file.size, &content, &request, &x509, &log_key, E));
    sbk_buffer_free(&file);
    return request;
}

static sbk_result continues(const struct sbk_station_request *request) {
    return sbk_station_request_continues(
        request, sbk_key_info(keys[PRESENT][IDENTITY])->public_part, verifiers[PRESENT], fixture_error());
}

static void the_present_keys_vouch(void **state) {
    (void)state;
    const struct sbk_station_request request = request_of(NEXT, PRESENT, PRESENT);
    assert_int_equal(request.former_log_key.size, strlen(verifiers[PRESENT]));
    assert_int_equal(continues(&request), SBK_OK);
}

static void nobody_else_does(void **state) {
    struct sbk_station_request request = request_of(NEXT, SETS, SETS);
    (void)state;
    assert_int_equal(request.former_log_key.size, 0);
    CHECK_FAILS(continues(&request), SBK_REFUSED, SBK_REASON_CERTIFICATE);
    request = request_of(NEXT, OTHER, OTHER); /* another log key is named */
    CHECK_FAILS(continues(&request), SBK_REFUSED, SBK_REASON_CERTIFICATE);
    request = request_of(NEXT, OTHER, PRESENT); /* signed with another key */
    CHECK_FAILS(continues(&request), SBK_TAMPERED, SBK_REASON_SIGNATURE);
    request = request_of(NEXT, PRESENT, OTHER);
    CHECK_FAILS(continues(&request), SBK_REFUSED, SBK_REASON_CERTIFICATE);
    request = request_of(NEXT, NEXT, PRESENT); /* the new ones for themselves */
    CHECK_FAILS(continues(&request), SBK_TAMPERED, SBK_REASON_SIGNATURE);
}

/* A request that holds the proof of another: the thief's keys under the word that was given for the next ones. */
static void the_word_is_for_these_keys(void **state) {
    struct sbk_station_request honest = request_of(NEXT, PRESENT, PRESENT);
    uint8_t continuity[SBK_SIGNATURE_SIZE];
    (void)state;
    memcpy(continuity, honest.continuity, sizeof continuity);
    for (size_t i = 0; i < honest.continued_bytes.size; i++) {
        uint8_t *bytes = malloc(honest.continued_bytes.size);
        assert_non_null(bytes);
        memcpy(bytes, honest.continued_bytes.data, honest.continued_bytes.size);
        bytes[i] ^= 1;
        struct sbk_station_request changed = honest;
        changed.continued_bytes.data = bytes;
        CHECK_FAILS(continues(&changed), SBK_TAMPERED, SBK_REASON_SIGNATURE);
        free(bytes);
    }
    struct sbk_station_request stolen = request_of(OTHER, PRESENT, PRESENT);
    memcpy(stolen.continuity, continuity, sizeof continuity);
    CHECK_FAILS(continues(&stolen), SBK_TAMPERED, SBK_REASON_SIGNATURE);
}

/* What the former key signed elsewhere is no word for other keys, nor the other way round: it begins with a header. */
static void the_word_is_nothing_else(void **state) {
    const struct sbk_station_request request = request_of(NEXT, PRESENT, PRESENT);
    static const uint8_t begins[] = {0xDF, 0x41, 0x06, SBK_BUNDLE_STATION_REQUEST, SBK_BUNDLE_VERSION};
    (void)state;
    assert_memory_equal(request.continued_bytes.data, begins, sizeof begins);
    assert_memory_equal(request.signed_bytes.data, begins, sizeof begins);
    assert_true(request.signed_bytes.size > request.continued_bytes.size);
}

static void a_destroyed_key_is_gone(void **state) {
    struct sbk_key *key = NULL;
    size_t size = 0;
    char *path = fixture_path(folder, "keys/log-3.key");
    uint8_t *file = fixture_read(path, &size);
    (void)state;
    assert_true(sbk_store_has(store, SBK_KEY_LOG, 3));
    CHECK_OK(sbk_key_destroy(store, SBK_KEY_LOG, 3, fixture_passphrase(), E));
    assert_false(sbk_store_has(store, SBK_KEY_LOG, 3));
    assert_true(sbk_store_has(store, SBK_KEY_LOG, 2));
    CHECK_FAILS(sbk_key_destroy(store, SBK_KEY_LOG, 3, fixture_passphrase(), E), SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND);
    /* Somebody kept its file: an envelope opens still, a reference leads nowhere, and is taken away. */
    fixture_write(path, file, size);
    if (getenv("SEMBAKO_TOKEN") != NULL) {
        CHECK_FAILS(
            sbk_key_open(store, SBK_KEY_LOG, 3, fixture_passphrase(), &key, E), SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND);
    }
    CHECK_OK(sbk_key_destroy(store, SBK_KEY_LOG, 3, fixture_passphrase(), E));
    assert_false(sbk_store_has(store, SBK_KEY_LOG, 3));
    CHECK_OK(sbk_key_open(store, SBK_KEY_LOG, 2, fixture_passphrase(), &key, E)); /* its neighbour is untouched */
    sbk_key_close(&key);
    free(file);
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_present_keys_vouch),
        cmocka_unit_test(nobody_else_does),
        cmocka_unit_test(the_word_is_for_these_keys),
        cmocka_unit_test(the_word_is_nothing_else),
        cmocka_unit_test(a_destroyed_key_is_gone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
