/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "keys/cms.h"
#include "keys/crypto.h"
#include "keys/note.h"
#include "keys/token.h"
#include "keys/x509.h"
#include "schema/reason.h"
#include "tests/keys/fixture.h"
#include "tests/keys/odd_module.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * What a PKCS#11 token adds to a store: counts, log-in, errors as tokens in the field make them, forks and threads. The
 * module is tests/keys/odd_module.c over SoftHSM; the test runs under tests/harness/with-token. What both kinds of store
 * promise alike is tested by the suites that run on both.
 */

static char *folder;
static char uri[300];
static struct sbk_tokens tokens;
static struct odd *odd;
static const uint8_t hash[SBK_HASH_SIZE] = {1, 2, 3};
static uint8_t wrong_text[] = "a pass phrasE";
static const struct sbk_secret wrong = {wrong_text, sizeof wrong_text - 1, sizeof wrong_text - 1};

static int set_up(void **state) {
    const char *module = getenv("SBK_ODD_MODULE");
    (void)state;
    assert_non_null(module);
    void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    odd = dlsym(library, "odd");
    assert_non_null(odd);
    (void)snprintf(uri, sizeof uri, "pkcs11:token=Sembako?module-path=%s", module);
    tokens = (struct sbk_tokens){.words = {uri}, .count = 1};
    return 0;
}

static int set_up_one(void **state) {
    (void)state;
    memset(odd, 0, sizeof *odd);
    folder = fixture_folder();
    return 0;
}

static int tear_down_one(void **state) {
    (void)state;
    fixture_remove(folder);
    return 0;
}

static struct sbk_store *make_store(const char *name) {
    struct sbk_store *store = NULL;
    char *path = fixture_path(folder, name);
    CHECK_OK(sbk_store_create(&store, path, false, E));
    CHECK_OK(sbk_store_set_tokens(store, &tokens, E));
    free(path);
    return store;
}

static struct sbk_key *make_key(struct sbk_store *store, uint8_t role) {
    struct sbk_key *key = NULL;
    CHECK_OK(sbk_key_generate(store, role, 1, 20000, fixture_passphrase(), &key, E));
    return key;
}

static void expect_signature(struct sbk_key *key) {
    uint8_t signature[SBK_SIGNATURE_SIZE];
    CHECK_OK(sbk_key_sign(key, hash, signature, E));
    CHECK_OK(sbk_verify_hash(sbk_key_info(key)->public_part, hash, signature, E));
}

/* ---- what a URI may be ---- */

static void uris_that_cannot_be_meant_are_refused(void **state) {
    static const char *const bad[] = {"", "token=Sembako", "pkcs11:token", "pkcs11:token=Sembako;object=root",
        "pkcs11:token=Sembako;id=%01", "pkcs11:token=Sembako?pin-value=1234", "pkcs11:token=Sembako;nonsense=1",
        "pkcs11:token=Sembako?pin-sorce=file:/pin", "pkcs11:token=Sembako?module-name=m&x-nonsense=1",
        "pkcs11:token=Sembako?pin-source=pin", "pkcs11:token=Sembako?pin-source=file:pin",
        "pkcs11:token=Sembako?pin-source=|cat%20/etc/passwd", "pkcs11:token=Sembako\npkcs11:token=Other"};
    char long_uri[SBK_TOKEN_URI_MAX + 2] = "pkcs11:token=";
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (sbk_token_uri_check(bad[i], NULL) != SBK_USAGE) {
            fail_msg("'%s' was taken", bad[i]);
        }
    }
    memset(long_uri + strlen(long_uri), 'x', sizeof long_uri - 1 - strlen(long_uri));
    CHECK_FAILS(sbk_token_uri_check(long_uri, E), SBK_USAGE, SBK_REASON_USAGE);
    CHECK_OK(sbk_token_uri_check("pkcs11:", E));
    CHECK_OK(sbk_token_uri_check("pkcs11:serial=01;manufacturer=M?module-name=opensc&pin-source=file:/etc/pin", E));
    /* The PIN that must not be there is not repeated either. */
    CHECK_FAILS(sbk_token_uri_check("pkcs11:?pin-value=4711", E), SBK_USAGE, SBK_REASON_USAGE);
    assert_null(strstr(E->text, "4711"));
}

static void words_say_where_a_role_goes(void **state) {
    static const char *const roles[] = {"root", "next-root", "log", NULL};
    const struct sbk_tokens good = {.words = {"pkcs11:token=A", "next-root=pkcs11:token=B", "log=file"}, .count = 3};
    const struct sbk_tokens twice = {.words = {"pkcs11:token=A", "pkcs11:token=B"}, .count = 2};
    const struct sbk_tokens role_twice = {.words = {"root=pkcs11:token=A", "root=file"}, .count = 2};
    const struct sbk_tokens unknown = {.words = {"rot=pkcs11:token=A"}, .count = 1};
    (void)state;
    CHECK_OK(sbk_tokens_check(&good, roles, E));
    assert_string_equal(sbk_tokens_find(&good, "root"), "pkcs11:token=A");
    assert_string_equal(sbk_tokens_find(&good, "next-root"), "pkcs11:token=B");
    assert_null(sbk_tokens_find(&good, "log"));
    CHECK_FAILS(sbk_tokens_check(&twice, roles, E), SBK_USAGE, SBK_REASON_USAGE);
    CHECK_FAILS(sbk_tokens_check(&role_twice, roles, E), SBK_USAGE, SBK_REASON_USAGE);
    CHECK_FAILS(sbk_tokens_check(&unknown, roles, E), SBK_USAGE, SBK_REASON_USAGE);
}

/* The module that was found is named in what is kept, so that others are left alone from then on. */
static void the_module_is_remembered(void **state) {
    static const struct sbk_tokens any = {.words = {"pkcs11:token=Sembako"}, .count = 1};
    struct sbk_store *store = NULL;
    struct sbk_key *key = NULL;
    char *path = fixture_path(folder, "store");
    char *file = fixture_path(path, "city-1.key");
    size_t size = 0;
    (void)state;
    CHECK_OK(sbk_store_create(&store, path, false, E));
    CHECK_OK(sbk_store_set_tokens(store, &any, E));
    CHECK_OK(sbk_key_generate(store, SBK_KEY_CITY, 1, 1, fixture_passphrase(), &key, E));
    sbk_key_close(&key);
    uint8_t *bytes = fixture_read(file, &size);
    static const char kept[] = "pkcs11:token=Sembako?module-name=softhsm2";
    assert_true(size > sizeof kept - 1);
    assert_memory_equal(bytes + size - (sizeof kept - 1), kept, sizeof kept - 1);
    key = fixture_key(store, SBK_KEY_CITY);
    expect_signature(key);
    sbk_key_close(&key);
    sbk_store_close(&store);
    free(bytes);
    free(file);
    free(path);
}

/* ---- counts ---- */

static void a_signature_costs_one_call_of_each(void **state) {
    struct sbk_store *store = make_store("store");
    struct sbk_key *made[] = {make_key(store, SBK_KEY_CITY), make_key(store, SBK_KEY_STATION_CA)};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        sbk_key_close(&made[i]);
    }
    memset(odd, 0, sizeof *odd);
    struct sbk_key *city = fixture_key(store, SBK_KEY_CITY);
    struct sbk_key *ca = fixture_key(store, SBK_KEY_STATION_CA);
    assert_int_equal(odd->initialized, 1);
    assert_int_equal(odd->sessions, 1);
    assert_int_equal(odd->logins, 1);
    const struct odd before = *odd;
    for (unsigned i = 0; i < 50; i++) {
        expect_signature(i % 2 == 0 ? city : ca);
    }
    assert_int_equal(odd->sign_inits - before.sign_inits, 50);
    assert_int_equal(odd->signs - before.signs, 50);
    assert_int_equal(odd->sessions, before.sessions);
    assert_int_equal(odd->finds, before.finds);
    assert_int_equal(odd->reads, before.reads);
    /* The last key that is closed ends it all. */
    sbk_key_close(&city);
    assert_int_equal(odd->sessions_closed, 0);
    sbk_key_close(&ca);
    assert_int_equal(odd->logouts, 1);
    assert_int_equal(odd->sessions_closed, 1);
    assert_int_equal(odd->finalized, 1);
    sbk_store_close(&store);
}

/* ---- logging in ---- */

static void a_wrong_pin_is_refused_and_counted_as_the_token_says(void **state) {
    static const struct {
        CK_FLAGS flags;
        CK_RV code;
        const char *reason;
        const char *word;
    } cases[] = {
        {0, CKR_OK, SBK_REASON_PASSPHRASE, "wrong"},
        {CKF_USER_PIN_FINAL_TRY, CKR_OK, SBK_REASON_PASSPHRASE, "one try is left"},
        {CKF_USER_PIN_LOCKED, CKR_OK, SBK_REASON_TOKEN_LOCKED, "now locked"},
        {0, CKR_PIN_LOCKED, SBK_REASON_TOKEN_LOCKED, "is locked"},
        {0, CKR_PIN_EXPIRED, SBK_REASON_TOKEN_LOCKED, "expired"},
        {0, CKR_USER_PIN_NOT_INITIALIZED, SBK_REASON_TOKEN_LOCKED, "no PIN yet"},
    };
    struct sbk_store *store = make_store("store");
    struct sbk_key *key = make_key(store, SBK_KEY_CITY);
    (void)state;
    sbk_key_close(&key);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        odd->token_flags = cases[i].flags;
        odd->login = cases[i].code;
        struct sbk_error *error = fixture_error();
        assert_int_not_equal(sbk_key_open(store, SBK_KEY_CITY, 0, &wrong, &key, error), SBK_OK);
        assert_string_equal(error->reason, cases[i].reason);
        if (strstr(error->text, cases[i].word) == NULL || strstr(error->text, "Sembako") == NULL) {
            fail_msg("case %zu: %s", i, error->text);
        }
        assert_null(key);
    }
    /* Everything that was begun was ended. */
    assert_int_equal(odd->initialized, odd->finalized);
    odd->login = CKR_OK;
    odd->token_flags = 0;
    CHECK_FAILS(sbk_key_open(store, SBK_KEY_CITY, 0, NULL, &key, E), SBK_REFUSED, SBK_REASON_PASSPHRASE);
    key = fixture_key(store, SBK_KEY_CITY);
    expect_signature(key);
    sbk_key_close(&key);
    sbk_store_close(&store);
}

static void an_open_token_judges_a_pin_without_a_try(void **state) {
    struct sbk_store *store = make_store("store");
    struct sbk_key *key = make_key(store, SBK_KEY_CITY);
    struct sbk_key *again = NULL;
    const unsigned logins = odd->logins;
    (void)state;
    CHECK_FAILS(sbk_key_open(store, SBK_KEY_CITY, 0, &wrong, &again, E), SBK_REFUSED, SBK_REASON_PASSPHRASE);
    CHECK_OK(sbk_key_open(store, SBK_KEY_CITY, 0, fixture_passphrase(), &again, E));
    sbk_key_close(&again);
    CHECK_OK(sbk_key_open(store, SBK_KEY_CITY, 0, NULL, &again, E));
    sbk_key_close(&again);
    assert_int_equal(odd->logins, logins);
    sbk_key_close(&key);
    sbk_store_close(&store);
}

static void nobody_is_asked_for_what_the_token_has(void **state) {
    struct sbk_key_guard guard;
    char with_file[600];
    char *pin = fixture_path(folder, "pin");
    struct sbk_token *token = NULL;
    (void)state;
    CHECK_OK(sbk_token_guard(uri, &guard, E));
    assert_int_equal(guard.kind, SBK_GUARD_PIN);
    assert_string_equal(guard.token, "Sembako");
    /* A file that the URI names. */
    fixture_write(pin, "a pass phrase\n", 14);
    (void)snprintf(with_file, sizeof with_file, "%s&pin-source=file://%s", uri, pin);
    CHECK_OK(sbk_token_guard(with_file, &guard, E));
    assert_int_equal(guard.kind, SBK_GUARD_NOTHING);
    CHECK_OK(sbk_token_open(with_file, NULL, &token, E));
    /* A token that this process has open. */
    CHECK_OK(sbk_token_guard(uri, &guard, E));
    assert_int_equal(guard.kind, SBK_GUARD_NOTHING);
    sbk_token_close(&token);
    assert_int_equal(chmod(pin, 0644), 0);
    CHECK_FAILS(sbk_token_open(with_file, NULL, &token, E), SBK_ENVIRONMENT, SBK_REASON_PERMISSIONS);
    /* A PIN pad. */
    odd->token_flags = CKF_PROTECTED_AUTHENTICATION_PATH;
    odd->pad = "a pass phrase";
    CHECK_OK(sbk_token_guard(uri, &guard, E));
    assert_int_equal(guard.kind, SBK_GUARD_NOTHING);
    CHECK_OK(sbk_token_open(uri, NULL, &token, E));
    sbk_token_close(&token);
    odd->pad = "something else";
    CHECK_FAILS(sbk_token_open(uri, NULL, &token, E), SBK_REFUSED, SBK_REASON_PASSPHRASE);
    free(pin);
}

/* ---- what goes wrong ---- */

static void a_token_that_is_taken_out_is_missed(void **state) {
    struct sbk_store *store = make_store("store");
    struct sbk_key *key = make_key(store, SBK_KEY_CITY);
    struct sbk_key *again = NULL;
    uint8_t signature[SBK_SIGNATURE_SIZE];
    (void)state;
    odd->sign = CKR_DEVICE_REMOVED;
    CHECK_FAILS(sbk_key_sign(key, hash, signature, E), SBK_ENVIRONMENT, SBK_REASON_TOKEN_MISSING);
    const unsigned signs = odd->signs;
    CHECK_FAILS(sbk_key_sign(key, hash, signature, E), SBK_ENVIRONMENT, SBK_REASON_TOKEN_MISSING);
    assert_int_equal(odd->signs, signs); /* nothing more is asked of it */
    sbk_key_close(&key);
    odd->taken_out = true;
    CHECK_FAILS(sbk_key_open(store, SBK_KEY_CITY, 0, fixture_passphrase(), &again, E), SBK_ENVIRONMENT,
        SBK_REASON_TOKEN_MISSING);
    /* Back again. */
    odd->taken_out = false;
    odd->sign = CKR_OK;
    key = fixture_key(store, SBK_KEY_CITY);
    expect_signature(key);
    sbk_key_close(&key);
    sbk_store_close(&store);
}

/* Its signature is ECDSA's, in a note of type 02, which is checked like one of Ed25519. */
static void a_token_without_ed25519_has_logs_all_the_same(void **state) {
    static const uint8_t terminal[SBK_TERMINAL_SIZE] = "EW01-A";
    struct sbk_store *store = make_store("store");
    struct sbk_key *log = NULL;
    struct sbk_key_info info;
    struct sbk_note_verifier verifier;
    struct sbk_buffer note = SBK_BUFFER_EMPTY;
    char text[SBK_NOTE_VERIFIER_ROOM];
    size_t size = 0;
    (void)state;
    odd->no_edwards = true;
    CHECK_OK(sbk_key_generate(store, SBK_KEY_LOG, 1, 1, fixture_passphrase(), &log, E));
    sbk_key_close(&log);
    CHECK_OK(sbk_store_info(store, SBK_KEY_LOG, 1, &info, E));
    assert_int_equal(info.algorithm, SBK_ALGORITHM_P256);
    log = fixture_key(store, SBK_KEY_LOG);
    CHECK_OK(sbk_note_verifier_text(&info, terminal, text, E));
    CHECK_OK(sbk_note_verifier_parse(text, strlen(text), &verifier, E));
    assert_int_equal(verifier.type, SBK_NOTE_ECDSA);
    CHECK_OK(sbk_note_sign(log, terminal, "sembako/EW01-A\n1\nroot\n", &note, E));
    CHECK_OK(sbk_note_verify(&verifier, (const char *)note.data, note.size, &size, E));
    assert_int_equal(size, strlen("sembako/EW01-A\n1\nroot\n"));
    for (size_t i = 0; i < note.size; i++) {
        note.data[i] ^= 1;
        assert_int_equal(sbk_note_verify(&verifier, (const char *)note.data, note.size, &size, NULL), SBK_TAMPERED);
        note.data[i] ^= 1;
    }
    /* The hash of this type is over the key alone, so the name may be any. */
    for (size_t i = strlen(verifier.name); i < strlen(text); i++) {
        struct sbk_note_verifier other;
        text[i] ^= 1;
        if (sbk_note_verifier_parse(text, strlen(text), &other, NULL) == SBK_OK) { /* a hash in the other case */
            assert_memory_equal(&other, &verifier, sizeof other);
        }
        text[i] ^= 1;
    }
    /* A key that is no log's is none here either. */
    info.role = SBK_KEY_CITY;
    CHECK_FAILS(sbk_note_verifier_text(&info, terminal, text, E), SBK_REFUSED, SBK_REASON_ROLE);
    sbk_buffer_free(&note);
    sbk_key_close(&log);
    sbk_store_close(&store);
}

static void a_token_that_knows_less_says_so(void **state) {
    struct sbk_store *store = make_store("store");
    struct sbk_key *key = make_key(store, SBK_KEY_CITY);
    struct sbk_key *log = NULL;
    uint8_t out[SBK_SIGNATURE_SIZE];
    (void)state;
    odd->generate = CKR_DEVICE_MEMORY;
    CHECK_FAILS(sbk_key_generate(store, SBK_KEY_BUREAU, 1, 1, fixture_passphrase(), &log, E), SBK_ENVIRONMENT,
        SBK_REASON_TOKEN_FAILED);
    assert_non_null(strstr(E->text, "full"));
    assert_int_equal(sbk_store_newest(store, SBK_KEY_BUREAU), 0);
    odd->derive = CKR_MECHANISM_INVALID;
    CHECK_FAILS(sbk_key_agree(key, sbk_key_info(key)->public_part, out, E), SBK_ENVIRONMENT, SBK_REASON_TOKEN_FAILED);
    odd->derive = CKR_OK;
    CHECK_OK(sbk_key_agree(key, sbk_key_info(key)->public_part, out, E));
    odd->sign = CKR_DATA_LEN_RANGE;
    CHECK_FAILS(sbk_key_sign(key, hash, out, E), SBK_ENVIRONMENT, SBK_REASON_TOKEN_FAILED);
    odd->sign = CKR_OK;
    odd->short_signature = true;
    CHECK_FAILS(sbk_key_sign(key, hash, out, E), SBK_ENVIRONMENT, SBK_REASON_TOKEN_FAILED);
    odd->short_signature = false;
    expect_signature(key);
    sbk_key_close(&key);
    sbk_store_close(&store);
}

/* Inside of OpenSSL too: whoever signs or opens a CMS file hears of the token, not of OpenSSL. */
static void a_failure_inside_of_openssl_keeps_its_reason(void **state) {
    struct sbk_store *store = make_store("store");
    struct sbk_key *ca = make_key(store, SBK_KEY_OFFICE_CA);
    struct sbk_key *city = make_key(store, SBK_KEY_CITY);
    struct sbk_buffer root = SBK_BUFFER_EMPTY;
    struct sbk_buffer own = SBK_BUFFER_EMPTY;
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_buffer plain = SBK_BUFFER_EMPTY;
    (void)state;
    CHECK_OK(sbk_x509_self(ca, SBK_OFFICE_CA, "Office", 20000, 20100, &root, E));
    CHECK_OK(sbk_x509_issue(
        ca, root.data, root.size, sbk_key_info(city)->public_part, SBK_OFFICE_CITY, "City", 20000, 20100, &own, E));
    CHECK_OK(sbk_cms_encrypt(own.data, own.size, hash, sizeof hash, &file, E));
    odd->derive = CKR_MECHANISM_INVALID;
    CHECK_FAILS(sbk_cms_decrypt(city, own.data, own.size, file.data, file.size, &plain, E), SBK_ENVIRONMENT,
        SBK_REASON_TOKEN_FAILED);
    odd->derive = CKR_OK;
    CHECK_OK(sbk_cms_decrypt(city, own.data, own.size, file.data, file.size, &plain, E));
    odd->sign = CKR_DEVICE_REMOVED;
    CHECK_FAILS(
        sbk_cms_sign(city, own.data, own.size, SBK_BUNDLE_ANCHOR, hash, sizeof hash, sbk_time_of_day(20000), &plain, E),
        SBK_ENVIRONMENT, SBK_REASON_TOKEN_MISSING);
    sbk_buffer_free(&root);
    sbk_buffer_free(&own);
    sbk_buffer_free(&file);
    sbk_buffer_free(&plain);
    sbk_key_close(&ca);
    sbk_key_close(&city);
    sbk_store_close(&store);
}

/* A key is used only for what its role does; the token holds it to that. */
static void a_signer_does_not_agree(void **state) {
    struct sbk_store *store = make_store("store");
    struct sbk_key *ca = make_key(store, SBK_KEY_STATION_CA);
    uint8_t shared[SBK_HASH_SIZE];
    (void)state;
    CHECK_FAILS(sbk_key_agree(ca, sbk_key_info(ca)->public_part, shared, E), SBK_REFUSED, SBK_REASON_ROLE);
    sbk_key_close(&ca);
    sbk_store_close(&store);
}

static void a_key_that_could_leave_is_not_used(void **state) {
    struct sbk_store *store = make_store("store");
    struct sbk_key *key = make_key(store, SBK_KEY_CITY);
    (void)state;
    sbk_key_close(&key);
    odd->extractable = true;
    CHECK_FAILS(
        sbk_key_open(store, SBK_KEY_CITY, 0, fixture_passphrase(), &key, E), SBK_REFUSED, SBK_REASON_PERMISSIONS);
    const unsigned destroyed = odd->destroyed;
    CHECK_FAILS(sbk_key_generate(store, SBK_KEY_BUREAU, 1, 1, fixture_passphrase(), &key, E), SBK_REFUSED,
        SBK_REASON_PERMISSIONS);
    assert_int_equal(odd->destroyed - destroyed, 2); /* and does not stay on the token */
    odd->extractable = false;
    key = fixture_key(store, SBK_KEY_CITY);
    sbk_key_close(&key);
    sbk_store_close(&store);
}

static void a_key_that_is_gone_is_not_found(void **state) {
    struct sbk_store *store = make_store("store");
    struct sbk_key *key = make_key(store, SBK_KEY_CITY);
    (void)state;
    sbk_key_discard(key);
    sbk_key_close(&key);
    CHECK_FAILS(
        sbk_key_open(store, SBK_KEY_CITY, 0, fixture_passphrase(), &key, E), SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND);
    sbk_store_close(&store);
}

/* Objects on the token, as its own tools see them. */
static unsigned objects(void) {
    unsigned count = 0;
    char command[400];
    char line[200];
    (void)snprintf(
        command, sizeof command, "find '%s/tokens' -name '*.object' ! -name token.object", getenv("SBK_TOKEN_FOLDER"));
    FILE *listing = popen(command, "r");
    assert_non_null(listing);
    while (fgets(line, sizeof line, listing) != NULL) {
        count++;
    }
    assert_int_equal(pclose(listing), 0);
    return count;
}

/* Founding fails at every signature in turn: no folder and no key stays. */
static void a_founding_that_fails_leaves_nothing_on_the_token(void **state) {
    struct sbk_secret passphrases[SBK_FOUNDED_COUNT];
    char *path = fixture_path(folder, "city");
    const unsigned before = objects();
    sbk_result result = SBK_ENVIRONMENT;
    unsigned signs = 0;
    (void)state;
    for (size_t i = 0; i < SBK_FOUNDED_COUNT; i++) {
        passphrases[i] = *fixture_passphrase();
    }
    for (; signs < 20 && result != SBK_OK; signs++) {
        odd->sign = CKR_FUNCTION_FAILED;
        odd->signs_left = signs;
        result = sbk_city_found(path, passphrases, &tokens, NULL, fixture_clock(), NULL, NULL, E);
        if (result != SBK_OK) {
            assert_string_equal(E->reason, SBK_REASON_TOKEN_FAILED);
            assert_false(sbk_file_exists(path));
            assert_int_equal(objects(), before);
        }
    }
    assert_true(signs > 5);
    assert_int_equal(result, SBK_OK);
    assert_int_equal(objects() - before, 16); /* eight pairs */
    free(path);
}

/* ---- processes and threads ---- */

static int in_a_child(struct sbk_store *store, struct sbk_key **key) {
    uint8_t signature[SBK_SIGNATURE_SIZE];
    struct sbk_error error = {SBK_OK, NULL, ""};
    struct sbk_key *own = NULL;
    if (sbk_key_sign(*key, hash, signature, &error) != SBK_ENVIRONMENT ||
        strcmp(error.reason, SBK_REASON_TOKEN_MISSING) != 0) {
        return 1;
    }
    sbk_key_close(key);
    if (odd->sessions_closed != 0 || odd->logouts != 0 || odd->finalized != 0) {
        return 2;
    }
    if (sbk_key_open(store, SBK_KEY_CITY, 0, fixture_passphrase(), &own, &error) != SBK_OK) {
        return 3;
    }
    if (sbk_key_sign(own, hash, signature, &error) != SBK_OK ||
        sbk_verify_hash(sbk_key_info(own)->public_part, hash, signature, &error) != SBK_OK) {
        return 4;
    }
    sbk_key_close(&own);
    return 0;
}

static void a_child_opens_its_keys_anew(void **state) {
    struct sbk_store *store = make_store("store");
    struct sbk_key *key = make_key(store, SBK_KEY_CITY);
    int status = -1;
    (void)state;
    memset(odd, 0, sizeof *odd);
    const pid_t child = fork();
    if (child == 0) {
        _exit(in_a_child(store, &key));
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    expect_signature(key); /* the parent's session is as it was */
    sbk_key_close(&key);
    sbk_store_close(&store);
}

static void *sign_often(void *context) {
    struct sbk_key *key = context;
    uint8_t signature[SBK_SIGNATURE_SIZE];
    uint8_t own[SBK_HASH_SIZE] = {0};
    for (unsigned i = 0; i < 40; i++) {
        own[0] = (uint8_t)i;
        if (sbk_key_sign(key, own, signature, NULL) != SBK_OK ||
            sbk_verify_hash(sbk_key_info(key)->public_part, own, signature, NULL) != SBK_OK) {
            return key;
        }
    }
    return NULL;
}

static void threads_share_the_session(void **state) {
    struct sbk_store *store = make_store("store");
    struct sbk_key *keys[] = {make_key(store, SBK_KEY_CITY), make_key(store, SBK_KEY_LIST_SIGNER)};
    pthread_t threads[4];
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, sign_often, keys[i % 2]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    sbk_key_close(&keys[0]);
    sbk_key_close(&keys[1]);
    sbk_store_close(&store);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up_one, tear_down_one)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(uris_that_cannot_be_meant_are_refused),
        CASE(words_say_where_a_role_goes),
        CASE(the_module_is_remembered),
        CASE(a_signature_costs_one_call_of_each),
        CASE(a_wrong_pin_is_refused_and_counted_as_the_token_says),
        CASE(an_open_token_judges_a_pin_without_a_try),
        CASE(nobody_is_asked_for_what_the_token_has),
        CASE(a_token_that_is_taken_out_is_missed),
        CASE(a_token_without_ed25519_has_logs_all_the_same),
        CASE(a_token_that_knows_less_says_so),
        CASE(a_failure_inside_of_openssl_keeps_its_reason),
        CASE(a_signer_does_not_agree),
        CASE(a_key_that_could_leave_is_not_used),
        CASE(a_key_that_is_gone_is_not_found),
        CASE(a_founding_that_fails_leaves_nothing_on_the_token),
        CASE(a_child_opens_its_keys_anew),
        CASE(threads_share_the_session),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
