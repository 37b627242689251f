/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log whose key changed twice: each key signs heads of its own sizes and of no others, whoever holds it; a key that the
 * log's certificates do not name, or a row of keys that they do not tell of, is found; proofs across a change need both keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/note.h"
#include "reader/checkpoint.h"
#include "reader/station_trust.h"
#include "schema/reason.h"
#include "tests/keys/fixture.h"
#include "tests/reader/log_world.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define KEYS 3u

static struct log_world world;
static struct sbk_station *station;
static struct sbk_key *keys[KEYS]; /* as a thief keeps them who had the folder each time */
static char verifiers[KEYS][SBK_LOG_VERIFIER_ROOM];
static uint32_t since[KEYS + 1]; /* heads of this size and longer ones are the key's, up to the next key's */

static void run_sql(const char *sql) {
    CHECK_OK(sbk_database_run(station->database, sql, E));
}

static void append_some(void) {
    static const uint8_t one = 1;
    for (uint8_t i = 0; i < 4; i++) {
        uint8_t name = (uint8_t)('a' + station->tree.size % 26);
        log_append(station, SBK_LOG_OPERATOR, (struct sbk_log_field[]){{&one, 1}, {&name, 1}}, 2);
    }
}

static void keep_key(size_t i) {
    struct sbk_store *store = NULL;
    CHECK_OK(sbk_station_store(station, &store, E));
    CHECK_OK(sbk_key_open(store, SBK_KEY_LOG, station->generation, fixture_passphrase(), &keys[i], E));
    sbk_store_close(&store);
    memcpy(verifiers[i], station->log_verifier, sizeof verifiers[i]);
    since[i] = i > 0 ? station->tree.size : 0;
}

static int setup(void **state) {
    (void)state;
    log_world_open(&world);
    station = log_world_station(&world, "KEYS");
    keep_key(0);
    append_some();
    for (size_t i = 1; i < KEYS; i++) {
        log_world_rekey(&world, station);
        keep_key(i);
        append_some();
    }
    since[KEYS] = station->tree.size + 1;
    CHECK_OK(sbk_log_checkpoint(station, E));
    return 0;
}

static int teardown(void **state) {
    (void)state;
    for (size_t i = 0; i < KEYS; i++)
        sbk_key_close(&keys[i]);
    sbk_station_close(&station);
    log_world_close(&world);
    return 0;
}

static bool finds(void) {
    struct sbk_log_report report;
    struct sbk_error error;
    sbk_result result = sbk_log_verify(station, NULL, &report, &error);
    if (result != SBK_OK)
        assert_int_equal(result, SBK_TAMPERED);
    return result != SBK_OK;
}

/* The head over the first entries, signed with a key. */
static void sign_head(uint32_t size, struct sbk_key *key, struct sbk_buffer *note) {
    uint8_t root[SBK_HASH_SIZE];
    unsigned char base64[45];
    char text[128];
    CHECK_OK(sbk_log_root_at(station, size, root, E));
    (void)EVP_EncodeBlock(base64, root, sizeof root);
    (void)snprintf(text, sizeof text, "sembako/%s\n%u\n%s\n", station->id, (unsigned)size, (const char *)base64);
    CHECK_OK(sbk_note_sign(key, station->terminal, text, note, E));
}

static void put_checkpoint(uint32_t size, struct sbk_buffer *note) {
    struct sbk_statement *statement = NULL;
    const char *text = NULL;
    CHECK_OK(sbk_buffer_text(note, &text, E));
    CHECK_OK(sbk_statement_begin(
        station->database, "INSERT OR REPLACE INTO checkpoint (size, note) VALUES (?1, ?2)", &statement, E));
    sbk_statement_bind_int(statement, 1, size);
    sbk_statement_bind_text(statement, 2, text);
    CHECK_OK(sbk_statement_run(&statement, E));
}

static bool is_right(size_t key, uint32_t size) {
    return size >= since[key] && size < since[key + 1];
}

static void test_untouched(void **state) {
    (void)state;
    assert_false(finds());
    assert_int_equal(station->generation, KEYS);
}

/* Every size, signed with every key. */
static void test_each_key_has_its_sizes(void **state) {
    (void)state;
    for (uint32_t size = 0; size <= station->tree.size; size++)
        for (size_t i = 0; i < KEYS; i++) {
            struct sbk_buffer note = SBK_BUFFER_EMPTY;
            struct sbk_log_head head;
            char verifier[SBK_LOG_VERIFIER_ROOM];
            CHECK_OK(sbk_database_begin(station->database, E));
            sign_head(size, keys[i], &note);
            put_checkpoint(size, &note);
            if (finds() == is_right(i, size))
                fail_msg(
                    "key %zu, head over %u entries: %s", i, (unsigned)size, is_right(i, size) ? "refused" : "taken");
            sbk_result result =
                sbk_log_read_checkpoint(station, (const char *)note.data, note.size, &head, verifier, fixture_error());
            assert_int_equal(result, is_right(i, size) ? SBK_OK : SBK_TAMPERED);
            if (result == SBK_OK)
                assert_string_equal(verifier, verifiers[i]);
            sbk_database_rollback(station->database);
            sbk_buffer_free(&note);
        }
}

/* The former key's last word covers all that is before the change. */
static void test_the_last_checkpoint_of_each_key(void **state) {
    (void)state;
    for (size_t i = 1; i < KEYS; i++) {
        struct sbk_statement *statement = NULL;
        bool row = false;
        CHECK_OK(sbk_statement_begin(station->database, "SELECT 1 FROM checkpoint WHERE size = ?1", &statement, E));
        sbk_statement_bind_int(statement, 1, since[i] - 1);
        CHECK_OK(sbk_statement_step(statement, &row, E));
        sbk_statement_end(&statement);
        assert_true(row);
    }
}

static void row_found(const char *sql) {
    CHECK_OK(sbk_database_begin(station->database, E));
    run_sql(sql);
    if (sbk_database_changes(station->database) > 0 && !finds())
        fail_msg("not found: %s", sql);
    sbk_database_rollback(station->database);
}

static void test_every_row(void **state) {
    static const char *const changes[] = {"UPDATE log_key SET since = since + 1",
        "UPDATE log_key SET since = abs(since - 1)", "UPDATE log_key SET generation = generation + 7",
        "UPDATE log_key SET verifier = verifier || 'A'",
        "UPDATE log_key SET verifier = substr(verifier, 1, length(verifier) - 1)", "DELETE FROM log_key"};
    char sql[240];
    (void)state;
    for (unsigned generation = 1; generation <= KEYS; generation++) {
        for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
            (void)snprintf(sql, sizeof sql, "%s WHERE generation = %u", changes[i], generation);
            row_found(sql);
        }
        for (unsigned at = 1; at < strlen(verifiers[0]); at++) {
            (void)snprintf(sql, sizeof sql,
                "UPDATE log_key SET verifier = substr(verifier, 1, %u) || '~' || substr(verifier, %u) WHERE generation "
                "= %u",
                at - 1, at + 1, generation);
            row_found(sql);
        }
        for (unsigned other = 1; other <= KEYS; other++) {
            (void)snprintf(sql, sizeof sql,
                "UPDATE log_key SET verifier = (SELECT verifier FROM log_key WHERE generation = %u) WHERE generation = "
                "%u AND generation <> %u",
                other, generation, other);
            row_found(sql);
            (void)snprintf(sql, sizeof sql,
                "INSERT INTO log_key (generation, verifier, since) SELECT 4, verifier, since + %u FROM log_key WHERE "
                "generation = %u",
                generation, other);
            row_found(sql);
        }
    }
}

/* Even if the CA certifies a key that was the log's before. The present one it may certify again. */
static void test_no_key_comes_back(void **state) {
    (void)state;
    for (size_t i = 0; i < KEYS; i++) {
        uint8_t leaf[SBK_CERTIFICATE_MAX];
        struct sbk_statement *statement = NULL;
        size_t size = log_world_certify(&world, station, verifiers[i], leaf);
        struct sbk_log_field field = {leaf, size};
        CHECK_OK(sbk_station_begin(station, E));
        CHECK_OK(sbk_statement_begin(station->database,
            "INSERT INTO installed (leaf, office_ca, x509, city, installed) VALUES (?1, ?1, ?1, ?1, 0)", &statement,
            E));
        sbk_statement_bind_blob(statement, 1, leaf, size);
        CHECK_OK(sbk_statement_run(&statement, E));
        CHECK_OK(sbk_log_append(station, SBK_LOG_CERTIFICATE, &field, 1, NULL, E));
        assert_true(finds() == (i + 1 < KEYS));
        sbk_station_rollback(station);
        CHECK_OK(sbk_log_load(station, E));
    }
}

static sbk_result check_with(const struct sbk_buffer *proof, size_t one, size_t other) {
    static struct sbk_log_shown shown;
    const char *const words[] = {verifiers[one], verifiers[other]};
    const struct sbk_log_keys known = {words, 2};
    return sbk_log_check(&known, (const char *)proof->data, proof->size, &shown, fixture_error());
}

/* Heads of every two sizes: the proof names the keys that they are signed with, and needs just these. */
static void test_proofs_across_changes(void **state) {
    (void)state;
    for (uint32_t from = 1; from <= station->tree.size; from += 2)
        for (uint32_t to = from; to <= station->tree.size; to += 3) {
            struct sbk_buffer notes[2] = {SBK_BUFFER_EMPTY, SBK_BUFFER_EMPTY};
            struct sbk_buffer proof = SBK_BUFFER_EMPTY;
            size_t signer[2] = {0, 0};
            for (size_t i = 0; i < KEYS; i++) {
                signer[0] = is_right(i, from) ? i : signer[0];
                signer[1] = is_right(i, to) ? i : signer[1];
            }
            sign_head(from, keys[signer[0]], &notes[0]);
            sign_head(to, keys[signer[1]], &notes[1]);
            CHECK_OK(sbk_log_prove_consistency(station, &notes[0], &notes[1], &proof, E));
            for (size_t one = 0; one < KEYS; one++)
                for (size_t other = one; other < KEYS; other++) {
                    bool knows = (one == signer[0] || other == signer[0]) && (one == signer[1] || other == signer[1]);
                    assert_int_equal(check_with(&proof, one, other), knows ? SBK_OK : SBK_TAMPERED);
                }
            for (size_t i = 0; i < 2; i++)
                sbk_buffer_free(&notes[i]);
            sbk_buffer_free(&proof);
        }
}

/* A head that a key of another time signed is no part of a proof. */
static void test_no_proof_with_a_key_of_another_time(void **state) {
    struct sbk_buffer early = SBK_BUFFER_EMPTY;
    struct sbk_buffer late = SBK_BUFFER_EMPTY;
    struct sbk_buffer proof = SBK_BUFFER_EMPTY;
    (void)state;
    sign_head(2, keys[0], &early);
    sign_head(station->tree.size, keys[0], &late);
    CHECK_FAILS(
        sbk_log_prove_consistency(station, &early, &late, &proof, fixture_error()), SBK_TAMPERED, SBK_REASON_SIGNATURE);
    assert_int_equal(proof.size, 0);
    sbk_buffer_free(&early);
    sbk_buffer_free(&late);
    sbk_buffer_free(&proof);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_untouched),
        cmocka_unit_test(test_each_key_has_its_sizes),
        cmocka_unit_test(test_the_last_checkpoint_of_each_key),
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_no_key_comes_back),
        cmocka_unit_test(test_proofs_across_changes),
        cmocka_unit_test(test_no_proof_with_a_key_of_another_time),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
