/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "keys/context.h"
#include "keys/crypto.h"
#include "schema/reason.h"
#include "tests/keys/fixture.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One store for all: opening a key costs a tenth of a second. */
static char *folder;
static char *path;
static struct sbk_store *store;
static struct sbk_key *one;
static struct sbk_key *other;
static const uint8_t hash[SBK_HASH_SIZE] = {1, 2, 3};

static int set_up(void **state) {
    (void)state;
    folder = fixture_folder();
    path = fixture_path(folder, "store");
    store = fixture_store(path, true);
    CHECK_OK(sbk_key_generate(store, SBK_KEY_CITY, 1, 20000, fixture_passphrase(), &one, E));
    CHECK_OK(sbk_key_generate(store, SBK_KEY_BUREAU, 1, 20001, fixture_passphrase(), &other, E));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    sbk_key_close(&one);
    sbk_key_close(&other);
    sbk_store_close(&store);
    free(path);
    fixture_remove(folder);
    return 0;
}

static void a_signature_verifies_by_the_public_part(void **state) {
    uint8_t signature[SBK_SIGNATURE_SIZE];
    (void)state;
    CHECK_OK(sbk_key_sign(one, hash, signature, E));
    CHECK_OK(sbk_verify_hash(sbk_key_info(one)->public_part, hash, signature, E));
    signature[5] ^= 1;
    CHECK_FAILS(
        sbk_verify_hash(sbk_key_info(one)->public_part, hash, signature, E), SBK_TAMPERED, SBK_REASON_SIGNATURE);
    signature[5] ^= 1;
    CHECK_FAILS(
        sbk_verify_hash(sbk_key_info(other)->public_part, hash, signature, E), SBK_TAMPERED, SBK_REASON_SIGNATURE);
}

static void a_verifier_turns_to_another_key(void **state) {
    struct sbk_verifier *verifier = NULL;
    uint8_t by_one[SBK_SIGNATURE_SIZE];
    uint8_t by_other[SBK_SIGNATURE_SIZE];
    uint8_t off[SBK_POINT_SIZE] = {1};
    (void)state;
    CHECK_OK(sbk_key_sign(one, hash, by_one, E));
    CHECK_OK(sbk_key_sign(other, hash, by_other, E));
    CHECK_OK(sbk_verifier_new(&verifier, sbk_key_info(one)->public_part, E));
    for (int turn = 0; turn < 3; turn++) {
        CHECK_OK(sbk_verifier_set(verifier, sbk_key_info(one)->public_part, E));
        CHECK_OK(sbk_verifier_check(verifier, hash, by_one, E));
        CHECK_FAILS(sbk_verifier_check(verifier, hash, by_other, E), SBK_TAMPERED, SBK_REASON_SIGNATURE);
        CHECK_OK(sbk_verifier_set(verifier, sbk_key_info(other)->public_part, E));
        CHECK_OK(sbk_verifier_check(verifier, hash, by_other, E));
        CHECK_FAILS(sbk_verifier_check(verifier, hash, by_one, E), SBK_TAMPERED, SBK_REASON_SIGNATURE);
        CHECK_FAILS(sbk_verifier_set(verifier, off, E), SBK_TAMPERED, SBK_REASON_FORMAT);
    }
    sbk_verifier_free(&verifier);
}

static void both_sides_agree(void **state) {
    uint8_t a[SBK_HASH_SIZE];
    uint8_t b[SBK_HASH_SIZE];
    uint8_t off[SBK_POINT_SIZE];
    (void)state;
    CHECK_OK(sbk_key_agree(one, sbk_key_info(other)->public_part, a, E));
    CHECK_OK(sbk_key_agree(other, sbk_key_info(one)->public_part, b, E));
    assert_memory_equal(a, b, sizeof a);
    memcpy(off, sbk_key_info(one)->public_part, sizeof off);
    off[63] ^= 1;
    CHECK_FAILS(sbk_key_agree(other, off, b, E), SBK_TAMPERED, SBK_REASON_FORMAT);
    memset(off, 0, sizeof off);
    CHECK_FAILS(sbk_key_agree(other, off, b, E), SBK_TAMPERED, SBK_REASON_FORMAT);
}

static void a_reopened_key_is_the_same_key(void **state) {
    struct sbk_key *again = fixture_key(store, SBK_KEY_CITY);
    uint8_t signature[SBK_SIGNATURE_SIZE];
    (void)state;
    CHECK_OK(sbk_key_sign(again, hash, signature, E));
    CHECK_OK(sbk_verify_hash(sbk_key_info(one)->public_part, hash, signature, E));
    assert_int_equal(sbk_key_info(again)->created, 20000);
    sbk_key_close(&again);
    assert_null(again);
}

static void the_header_reads_without_a_pass_phrase(void **state) {
    struct sbk_key_info info;
    (void)state;
    CHECK_OK(sbk_store_info(store, SBK_KEY_BUREAU, 0, &info, E));
    assert_int_equal(info.role, SBK_KEY_BUREAU);
    assert_int_equal(info.generation, 1);
    assert_memory_equal(info.public_part, sbk_key_info(other)->public_part, SBK_POINT_SIZE);
    CHECK_FAILS(sbk_store_info(store, SBK_KEY_ROOT, 0, &info, E), SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND);
}

static void a_wrong_pass_phrase_is_refused(void **state) {
    uint8_t text[] = "a pass phrasE";
    const struct sbk_secret wrong = {text, sizeof text - 1, sizeof text - 1};
    struct sbk_key *key = NULL;
    (void)state;
    CHECK_FAILS(sbk_key_open(store, SBK_KEY_CITY, 0, &wrong, &key, E), SBK_REFUSED, SBK_REASON_PASSPHRASE);
    assert_null(key);
}

static void an_existing_key_stays(void **state) {
    struct sbk_key *key = NULL;
    struct sbk_key_info info;
    (void)state;
    CHECK_FAILS(
        sbk_key_generate(store, SBK_KEY_CITY, 1, 1, fixture_passphrase(), &key, E), SBK_REFUSED, SBK_REASON_EXISTS);
    assert_null(key);
    CHECK_OK(sbk_store_info(store, SBK_KEY_CITY, 0, &info, E));
    assert_int_equal(info.created, 20000);
}

/* The one thing in a reference to a key on a token that nothing is compared with: the day, which is for people. */
static bool is_only_told(const uint8_t *bytes, size_t at) {
    return memcmp(bytes, "SBK REF", 7) == 0 && (at == 12 || at == 13);
}

/* Every byte of the file, in turn, with one bit changed: it never opens, and the private part never gets out. */
static void no_altered_file_opens(void **state) {
    char *file = fixture_path(path, "city-1.key");
    size_t size = 0;
    uint8_t *bytes = fixture_read(file, &size);
    (void)state;
    for (size_t i = 0; i < size; i++) {
        struct sbk_key *key = NULL;
        bytes[i] ^= 1;
        fixture_write(file, bytes, size);
        const sbk_result result = sbk_key_open(store, SBK_KEY_CITY, 1, fixture_passphrase(), &key, NULL);
        if ((result == SBK_OK) != is_only_told(bytes, i)) {
            fail_msg("byte %zu: result %d", i, (int)result);
        }
        sbk_key_close(&key);
        bytes[i] ^= 1;
    }
    for (size_t cut = 0; cut < size; cut++) {
        struct sbk_key_info info;
        fixture_write(file, bytes, cut);
        assert_int_equal(sbk_store_info(store, SBK_KEY_CITY, 1, &info, NULL), SBK_TAMPERED);
    }
    fixture_write(file, bytes, size);
    free(bytes);
    free(file);
}

static void an_envelope_of_another_role_does_not_pass(void **state) {
    char *from = fixture_path(path, "bureau-1.key");
    char *to = fixture_path(path, "root-1.key");
    struct sbk_key *key = NULL;
    size_t size = 0;
    uint8_t *bytes = fixture_read(from, &size);
    (void)state;
    fixture_write(to, bytes, size);
    CHECK_FAILS(sbk_key_open(store, SBK_KEY_ROOT, 1, fixture_passphrase(), &key, E), SBK_TAMPERED, SBK_REASON_FORMAT);
    assert_int_equal(unlink(to), 0);
    free(bytes);
    free(from);
    free(to);
}

static void loose_folders_are_refused(void **state) {
    struct sbk_store *loose = NULL;
    char *link = fixture_path(folder, "link");
    (void)state;
    assert_int_equal(chmod(path, 0750), 0);
    CHECK_FAILS(sbk_store_open(&loose, path, false, E), SBK_ENVIRONMENT, SBK_REASON_PERMISSIONS);
    assert_int_equal(chmod(path, 0700), 0);
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(sbk_store_open(&loose, link, false, NULL), SBK_ENVIRONMENT);
    assert_null(loose);
    free(link);
}

static void a_locked_store_is_one_process_alone(void **state) {
    struct sbk_store *second = NULL;
    (void)state;
    CHECK_FAILS(sbk_store_open(&second, path, true, E), SBK_ENVIRONMENT, SBK_REASON_BUSY);
    CHECK_OK(sbk_store_open(&second, path, false, E));
    sbk_store_close(&second);
}

static void the_log_key_signs_with_ed25519(void **state) {
    struct sbk_key *log = NULL;
    uint8_t signature[SBK_SIGNATURE_SIZE];
    uint8_t shared[SBK_HASH_SIZE];
    EVP_PKEY *pkey = NULL;
    (void)state;
    CHECK_OK(sbk_key_generate(store, SBK_KEY_LOG, 1, 1, fixture_passphrase(), &log, E));
    CHECK_OK(sbk_key_sign_message(log, "text", 4, signature, E));
    assert_int_equal(sbk_key_info(log)->public_size, 32);
    pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, sbk_key_info(log)->public_part, 32);
    EVP_MD_CTX *verifying = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(verifying, NULL, NULL, NULL, pkey), 1);
    assert_int_equal(EVP_DigestVerify(verifying, signature, sizeof signature, (const uint8_t *)"text", 4), 1);
    EVP_MD_CTX_free(verifying);
    EVP_PKEY_free(pkey);
    pkey = NULL;
    CHECK_FAILS(sbk_key_sign(log, hash, signature, E), SBK_REFUSED, SBK_REASON_ROLE);
    CHECK_FAILS(sbk_key_agree(log, sbk_key_info(one)->public_part, shared, E), SBK_REFUSED, SBK_REASON_ROLE);
    CHECK_FAILS(sbk_key_pkey(log, &pkey, E), SBK_REFUSED, SBK_REASON_ROLE);
    sbk_key_close(&log);
}

/* The vectors of NIST SP 800-38B (AES-128, message of 16 bytes), and the two ways to a card's keys. */
static void the_transport_key_derives(void **state) {
    static const uint8_t key_bytes[] = {
        0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
    static const uint8_t message[] = {
        0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a};
    static const uint8_t expected[] = {
        0x07, 0x0a, 0x16, 0xb4, 0x6b, 0x4d, 0x41, 0x44, 0xf7, 0x9b, 0xdd, 0x9d, 0xd0, 0x4a, 0x28, 0x7c};
    static const uint8_t serial[SBK_SERIAL_SIZE] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
    struct sbk_secret master = SBK_SECRET_EMPTY;
    struct sbk_key *key = NULL;
    struct sbk_transport_keys a;
    struct sbk_transport_keys b;
    uint8_t out[16];
    (void)state;
    CHECK_OK(sbk_secret_copy(&master, key_bytes, sizeof key_bytes, E));
    CHECK_OK(sbk_key_import_transport(store, 1, 1, &master, fixture_passphrase(), E));
    key = fixture_key(store, SBK_KEY_TRANSPORT);
    CHECK_OK(sbk_key_derive(key, message, sizeof message, out, E));
    assert_memory_equal(out, expected, sizeof out);
    CHECK_OK(sbk_transport_keys_derive(key, serial, &a, E));
    CHECK_OK(sbk_transport_keys_of(key_bytes, serial, &b, E));
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_not_equal(a.enc, a.mac, sizeof a.enc);
    assert_memory_not_equal(a.mac, a.dek, sizeof a.mac);
    CHECK_OK(sbk_key_export_transport(key, out, E));
    assert_memory_equal(out, key_bytes, sizeof out);
    sbk_key_close(&key);
    sbk_secret_free(&master);
    CHECK_FAILS(sbk_key_export_transport(one, out, E), SBK_REFUSED, SBK_REASON_ROLE);
    CHECK_FAILS(sbk_key_derive(one, message, sizeof message, out, E), SBK_REFUSED, SBK_REASON_ROLE);
}

/* ---- the EVP_PKEY whose operations stay inside ---- */

static void the_key_object_signs_in_the_store(void **state) {
    EVP_PKEY *pkey = NULL;
    EVP_PKEY *plain = NULL;
    uint8_t der[SBK_ECDSA_DER_MAX];
    size_t size = sizeof der;
    (void)state;
    CHECK_OK(sbk_key_pkey(one, &pkey, E));
    CHECK_OK(sbk_point_pkey(sbk_key_info(one)->public_part, &plain, E));
    assert_string_equal(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(pkey)), "sembako");
    assert_string_equal(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(plain)), "default");
    assert_int_equal(EVP_PKEY_eq(pkey, plain), 1);
    EVP_MD_CTX *signing = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(signing, NULL, EVP_sha256(), NULL, pkey), 1);
    assert_int_equal(EVP_DigestSign(signing, der, &size, (const uint8_t *)"text", 4), 1);
    EVP_MD_CTX_free(signing);
    EVP_MD_CTX *verifying = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(verifying, NULL, EVP_sha256(), NULL, plain), 1);
    assert_int_equal(EVP_DigestVerify(verifying, der, size, (const uint8_t *)"text", 4), 1);
    EVP_MD_CTX_free(verifying);
    /* SHA-256 only: a store signs 32 bytes */
    signing = EVP_MD_CTX_new();
    assert_int_not_equal(EVP_DigestSignInit(signing, NULL, EVP_sha512(), NULL, pkey), 1);
    EVP_MD_CTX_free(signing);
    ERR_clear_error();
    EVP_PKEY_free(plain);
    EVP_PKEY_free(pkey);
}

static void the_key_object_agrees_in_the_store(void **state) {
    EVP_PKEY *pkey = NULL;
    EVP_PKEY *peer = NULL;
    uint8_t expected[SBK_HASH_SIZE];
    uint8_t shared[SBK_HASH_SIZE];
    size_t size = sizeof shared;
    (void)state;
    CHECK_OK(sbk_key_agree(one, sbk_key_info(other)->public_part, expected, E));
    CHECK_OK(sbk_key_pkey(one, &pkey, E));
    CHECK_OK(sbk_point_pkey(sbk_key_info(other)->public_part, &peer, E));
    EVP_PKEY_CTX *agreeing = EVP_PKEY_CTX_new_from_pkey(sbk_crypto_context(), pkey, NULL);
    assert_non_null(agreeing);
    assert_int_equal(EVP_PKEY_derive_init(agreeing), 1);
    assert_int_equal(EVP_PKEY_derive_set_peer(agreeing, peer), 1);
    assert_int_equal(EVP_PKEY_derive(agreeing, shared, &size), 1);
    assert_int_equal(size, sizeof shared);
    assert_memory_equal(shared, expected, sizeof shared);
    EVP_PKEY_CTX_free(agreeing);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
}

static void the_private_part_does_not_leave(void **state) {
    EVP_PKEY *pkey = NULL;
    BIGNUM *scalar = NULL;
    OSSL_PARAM *parameters = NULL;
    unsigned char *der = NULL;
    (void)state;
    CHECK_OK(sbk_key_pkey(one, &pkey, E));
    assert_int_not_equal(EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &scalar), 1);
    assert_int_not_equal(EVP_PKEY_todata(pkey, EVP_PKEY_KEYPAIR, &parameters), 1);
    assert_true(i2d_PrivateKey(pkey, &der) <= 0);
    assert_null(scalar);
    assert_null(parameters);
    assert_null(der);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
}

static void the_key_object_keeps_the_key_open(void **state) {
    struct sbk_key *key = fixture_key(store, SBK_KEY_CITY);
    EVP_PKEY *pkey = NULL;
    uint8_t der[SBK_ECDSA_DER_MAX];
    size_t size = sizeof der;
    (void)state;
    CHECK_OK(sbk_key_pkey(key, &pkey, E));
    sbk_key_close(&key);
    EVP_PKEY_CTX *signing = EVP_PKEY_CTX_new(pkey, NULL);
    assert_non_null(signing);
    assert_int_equal(EVP_PKEY_sign_init(signing), 1);
    assert_int_equal(EVP_PKEY_sign(signing, der, &size, hash, sizeof hash), 1);
    assert_int_not_equal(EVP_PKEY_sign(signing, der, &size, hash, 20), 1);
    EVP_PKEY_CTX_free(signing);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_verifies_by_the_public_part),
        cmocka_unit_test(a_verifier_turns_to_another_key),
        cmocka_unit_test(both_sides_agree),
        cmocka_unit_test(a_reopened_key_is_the_same_key),
        cmocka_unit_test(the_header_reads_without_a_pass_phrase),
        cmocka_unit_test(a_wrong_pass_phrase_is_refused),
        cmocka_unit_test(an_existing_key_stays),
        cmocka_unit_test(no_altered_file_opens),
        cmocka_unit_test(an_envelope_of_another_role_does_not_pass),
        cmocka_unit_test(loose_folders_are_refused),
        cmocka_unit_test(a_locked_store_is_one_process_alone),
        cmocka_unit_test(the_log_key_signs_with_ed25519),
        cmocka_unit_test(the_transport_key_derives),
        cmocka_unit_test(the_key_object_signs_in_the_store),
        cmocka_unit_test(the_key_object_agrees_in_the_store),
        cmocka_unit_test(the_private_part_does_not_leave),
        cmocka_unit_test(the_key_object_keeps_the_key_open),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
