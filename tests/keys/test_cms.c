/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/cms.h"
#include "keys/context.h"
#include "keys/crypto.h"
#include "keys/issuing.h"
#include "schema/reason.h"
#include "tests/keys/fixture.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Our CMS files and the openssl program open each other's; what was altered does not open. */

#define MADE 1791162000u /* 2026-10-05 09:00 WITA */

static char *folder;
static char *path;
static struct sbk_store *store;
static struct sbk_city city;
static struct sbk_key *identity; /* the city's */
static struct sbk_key *office_ca;
static struct sbk_key *bureau;
static struct sbk_buffer bureau_der;
static const uint8_t content[] = "card 1\ncard 2\r\nand a zero \0 byte";

static int set_up(void **state) {
    (void)state;
    folder = fixture_folder();
    path = fixture_city(folder);
    CHECK_OK(sbk_store_open(&store, path, false, E));
    CHECK_OK(sbk_city_load(store, fixture_today(), &city, E));
    identity = fixture_key(store, SBK_KEY_CITY);
    office_ca = fixture_key(store, SBK_KEY_OFFICE_CA);
    CHECK_OK(sbk_key_generate(store, SBK_KEY_BUREAU, 1, 1, fixture_passphrase(), &bureau, E));
    CHECK_OK(sbk_x509_issue(office_ca, city.office_ca.data, city.office_ca.size, sbk_key_info(bureau)->public_part,
        SBK_OFFICE_BUREAU, "Biro Kartu", fixture_today(), (uint16_t)(fixture_today() + 30), &bureau_der, E));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    sbk_buffer_free(&bureau_der);
    sbk_key_close(&bureau);
    sbk_key_close(&office_ca);
    sbk_key_close(&identity);
    sbk_city_free(&city);
    sbk_store_close(&store);
    free(path);
    fixture_remove(folder);
    return 0;
}

static struct sbk_cms_expected expected(void) {
    return (struct sbk_cms_expected){.kind = SBK_BUNDLE_BATCH,
        .signer = SBK_OFFICE_CITY,
        .office_ca = sbk_bytes_of(&city.office_ca),
        .day = fixture_today()};
}

static struct sbk_buffer signed_file(void) {
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    CHECK_OK(sbk_cms_sign(
        identity, city.city.data, city.city.size, SBK_BUNDLE_BATCH, content, sizeof content, MADE, &file, E));
    return file;
}

/* Writes a certificate as PEM for the openssl program. */
static char *pem(const char *name, const struct sbk_buffer *der) {
    char *file = fixture_path(folder, name);
    const unsigned char *at = der->data;
    X509 *certificate = d2i_X509(NULL, &at, (long)der->size);
    BIO *out = BIO_new_file(file, "w");
    assert_int_equal(PEM_write_bio_X509(out, certificate), 1);
    BIO_free(out);
    X509_free(certificate);
    return file;
}

/* Runs "openssl cms ..." in the folder; the command's words are the test's own. */
static int openssl(const char *arguments) {
    char command[1024];
    (void)snprintf(command, sizeof command, "cd %s && openssl cms %s 2>openssl.err", folder, arguments);
    const int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void put(const char *name, const struct sbk_buffer *bytes) {
    char *file = fixture_path(folder, name);
    fixture_write(file, bytes->data, bytes->size);
    free(file);
}

static void assert_file_is(const char *name, const void *data, size_t size) {
    char *file = fixture_path(folder, name);
    size_t got = 0;
    uint8_t *bytes = fixture_read(file, &got);
    assert_int_equal(got, size);
    assert_memory_equal(bytes, data, size);
    free(bytes);
    free(file);
}

static void a_signed_file_verifies(void **state) {
    struct sbk_buffer file = signed_file();
    struct sbk_buffer out = SBK_BUFFER_EMPTY;
    struct sbk_cms_signer signer;
    struct sbk_cms_expected want = expected();
    (void)state;
    CHECK_OK(sbk_cms_verify(file.data, file.size, &want, &out, &signer, E));
    assert_int_equal(out.size, sizeof content);
    assert_memory_equal(out.data, content, sizeof content);
    assert_string_equal(signer.info.name, "Samarinda");
    assert_int_equal(signer.info.kind, SBK_OFFICE_CITY);
    assert_int_equal(signer.der_size, city.city.size);
    sbk_buffer_free(&out);
    sbk_buffer_free(&file);
}

static void openssl_verifies_a_signed_file(void **state) {
    struct sbk_buffer file = signed_file();
    char *ca = pem("office.pem", &city.office_ca);
    (void)state;
    put("signed", &file);
    assert_int_equal(
        openssl("-verify -inform DER -in signed -CAfile office.pem -attime 1791162000 -binary -out plain"), 0);
    assert_file_is("plain", content, sizeof content);
    free(ca);
    sbk_buffer_free(&file);
}

static void other_kinds_and_other_signers_are_refused(void **state) {
    struct sbk_buffer file = signed_file();
    struct sbk_buffer out = SBK_BUFFER_EMPTY;
    struct sbk_cms_expected want = expected();
    (void)state;
    want.kind = SBK_BUNDLE_REPORT;
    CHECK_FAILS(sbk_cms_verify(file.data, file.size, &want, &out, NULL, E), SBK_REFUSED, SBK_REASON_FORMAT);
    want = expected();
    want.signer = SBK_OFFICE_BUREAU;
    CHECK_FAILS(sbk_cms_verify(file.data, file.size, &want, &out, NULL, E), SBK_REFUSED, SBK_REASON_ROLE);
    want = expected();
    want.day = (uint16_t)(fixture_today() + SBK_DAYS_CITY);
    CHECK_FAILS(sbk_cms_verify(file.data, file.size, &want, &out, NULL, E), SBK_REFUSED, SBK_REASON_EXPIRED);
    want.day = (uint16_t)(fixture_today() + SBK_DAYS_CITY - 1);
    CHECK_OK(sbk_cms_verify(file.data, file.size, &want, &out, NULL, E));
    want.day = (uint16_t)(fixture_today() - 1);
    CHECK_FAILS(sbk_cms_verify(file.data, file.size, &want, &out, NULL, E), SBK_REFUSED, SBK_REASON_EXPIRED);
    /* another office CA of the same name */
    struct sbk_buffer forged = SBK_BUFFER_EMPTY;
    CHECK_OK(sbk_x509_self(bureau, SBK_OFFICE_CA, "Samarinda Office CA", fixture_today(), UINT16_MAX, &forged, E));
    want = expected();
    want.office_ca = sbk_bytes_of(&forged);
    CHECK_FAILS(sbk_cms_verify(file.data, file.size, &want, &out, NULL, E), SBK_TAMPERED, SBK_REASON_CERTIFICATE);
    sbk_buffer_free(&forged);
    sbk_buffer_free(&out);
    sbk_buffer_free(&file);
}

/* A key with a certificate of its own making is not the city. */
static void a_self_made_city_is_refused(void **state) {
    struct sbk_buffer own = SBK_BUFFER_EMPTY;
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_buffer out = SBK_BUFFER_EMPTY;
    const struct sbk_cms_expected want = expected();
    (void)state;
    CHECK_OK(sbk_x509_self(bureau, SBK_OFFICE_CITY, "Samarinda", fixture_today(), UINT16_MAX, &own, E));
    CHECK_OK(sbk_cms_sign(bureau, own.data, own.size, SBK_BUNDLE_BATCH, content, sizeof content, MADE, &file, E));
    CHECK_FAILS(sbk_cms_verify(file.data, file.size, &want, &out, NULL, E), SBK_TAMPERED, SBK_REASON_CERTIFICATE);
    assert_int_equal(out.size, 0);
    sbk_buffer_free(&own);
    sbk_buffer_free(&file);
}

/* What in a file neither changes its content nor its signer: version numbers and lists of algorithms, which OpenSSL does
 * not hold against the rest. */
#define HARMLESS_MAX 40

/* Every byte in turn: the file is refused, or nothing of what it says is changed. */
static void no_altered_signed_file_verifies(void **state) {
    struct sbk_buffer file = signed_file();
    const struct sbk_cms_expected want = expected();
    size_t harmless = 0;
    (void)state;
    for (size_t i = 0; i < file.size; i++) {
        for (unsigned bit = 0; bit < 8; bit += 7) {
            struct sbk_buffer out = SBK_BUFFER_EMPTY;
            file.data[i] ^= (uint8_t)(1U << bit);
            if (sbk_cms_verify(file.data, file.size, &want, &out, NULL, NULL) == SBK_OK) {
                harmless++;
                assert_int_equal(out.size, sizeof content);
                assert_memory_equal(out.data, content, sizeof content);
            }
            file.data[i] ^= (uint8_t)(1U << bit);
            sbk_buffer_free(&out);
        }
    }
    assert_in_range(harmless, 0, HARMLESS_MAX);
    for (size_t cut = 0; cut < file.size; cut++) {
        struct sbk_buffer out = SBK_BUFFER_EMPTY;
        assert_int_not_equal(sbk_cms_verify(file.data, cut, &want, &out, NULL, NULL), SBK_OK);
        sbk_buffer_free(&out);
    }
    sbk_buffer_free(&file);
}

static struct sbk_buffer sealed_file(void) {
    struct sbk_buffer file = signed_file();
    struct sbk_buffer sealed = SBK_BUFFER_EMPTY;
    CHECK_OK(sbk_cms_encrypt(bureau_der.data, bureau_der.size, file.data, file.size, &sealed, E));
    sbk_buffer_free(&file);
    return sealed;
}

static void only_the_recipient_decrypts(void **state) {
    struct sbk_buffer sealed = sealed_file();
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_buffer out = SBK_BUFFER_EMPTY;
    const struct sbk_cms_expected want = expected();
    (void)state;
    CHECK_OK(sbk_cms_decrypt(bureau, bureau_der.data, bureau_der.size, sealed.data, sealed.size, &file, E));
    CHECK_OK(sbk_cms_verify(file.data, file.size, &want, &out, NULL, E));
    assert_memory_equal(out.data, content, sizeof content);
    sbk_buffer_reset(&file);
    CHECK_FAILS(sbk_cms_decrypt(identity, city.city.data, city.city.size, sealed.data, sealed.size, &file, E),
        SBK_REFUSED, SBK_REASON_NOT_FOUND);
    CHECK_FAILS(sbk_cms_decrypt(identity, bureau_der.data, bureau_der.size, sealed.data, sealed.size, &file, E),
        SBK_TAMPERED, SBK_REASON_FORMAT);
    assert_int_equal(file.size, 0);
    sbk_buffer_free(&file);
    sbk_buffer_free(&out);
    sbk_buffer_free(&sealed);
}

static void a_renewed_certificate_of_the_same_key_decrypts(void **state) {
    struct sbk_buffer sealed = sealed_file();
    struct sbk_buffer renewed = SBK_BUFFER_EMPTY;
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    (void)state;
    CHECK_OK(sbk_x509_issue(office_ca, city.office_ca.data, city.office_ca.size, sbk_key_info(bureau)->public_part,
        SBK_OFFICE_BUREAU, "Biro Kartu", fixture_today(), (uint16_t)(fixture_today() + 90), &renewed, E));
    CHECK_OK(sbk_cms_decrypt(bureau, renewed.data, renewed.size, sealed.data, sealed.size, &file, E));
    sbk_buffer_free(&renewed);
    sbk_buffer_free(&file);
    sbk_buffer_free(&sealed);
}

static void no_altered_encrypted_file_opens(void **state) {
    struct sbk_buffer sealed = sealed_file();
    struct sbk_buffer before = SBK_BUFFER_EMPTY;
    size_t harmless = 0;
    (void)state;
    CHECK_OK(sbk_cms_decrypt(bureau, bureau_der.data, bureau_der.size, sealed.data, sealed.size, &before, E));
    for (size_t i = 0; i < sealed.size; i++) {
        struct sbk_buffer file = SBK_BUFFER_EMPTY;
        sealed.data[i] ^= 1;
        if (sbk_cms_decrypt(bureau, bureau_der.data, bureau_der.size, sealed.data, sealed.size, &file, NULL) ==
            SBK_OK) {
            harmless++;
            assert_int_equal(file.size, before.size);
            assert_memory_equal(file.data, before.data, before.size);
        } else {
            assert_int_equal(file.size, 0);
        }
        sealed.data[i] ^= 1;
        sbk_buffer_free(&file);
    }
    assert_in_range(harmless, 0, HARMLESS_MAX);
    sbk_buffer_free(&before);
    sbk_buffer_free(&sealed);
}

/* The openssl program as recipient and as sender: it has a key of its own, certified by our office CA. */
static void openssl_decrypts_and_encrypts(void **state) {
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    uint8_t point[SBK_POINT_SIZE];
    struct sbk_buffer der = SBK_BUFFER_EMPTY;
    struct sbk_buffer file = signed_file();
    struct sbk_buffer sealed = SBK_BUFFER_EMPTY;
    struct sbk_buffer out = SBK_BUFFER_EMPTY;
    char *key_file = fixture_path(folder, "own.key");
    (void)state;
    CHECK_OK(sbk_pkey_point(pkey, point, E));
    BIO *bio = BIO_new_file(key_file, "w");
    assert_int_equal(PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL), 1);
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    CHECK_OK(sbk_x509_issue(office_ca, city.office_ca.data, city.office_ca.size, point, SBK_OFFICE_BUREAU, "OpenSSL",
        fixture_today(), (uint16_t)(fixture_today() + 30), &der, E));
    char *certificate = pem("own.pem", &der);
    char *recipient = pem("bureau.pem", &bureau_der);
    CHECK_OK(sbk_cms_encrypt(der.data, der.size, file.data, file.size, &sealed, E));
    put("sealed", &sealed);
    assert_int_equal(openssl("-decrypt -inform DER -in sealed -recip own.pem -inkey own.key -binary -out opened"), 0);
    assert_file_is("opened", file.data, file.size);
    put("signed", &file);
    assert_int_equal(openssl("-encrypt -aes-256-gcm -binary -in signed -outform DER -out theirs -recip bureau.pem"), 0);
    char *theirs = fixture_path(folder, "theirs");
    size_t size = 0;
    uint8_t *bytes = fixture_read(theirs, &size);
    CHECK_OK(sbk_cms_decrypt(bureau, bureau_der.data, bureau_der.size, bytes, size, &out, E));
    assert_int_equal(out.size, file.size);
    assert_memory_equal(out.data, file.data, file.size);
    free(bytes);
    free(theirs);
    free(key_file);
    free(certificate);
    free(recipient);
    sbk_buffer_free(&out);
    sbk_buffer_free(&sealed);
    sbk_buffer_free(&der);
    sbk_buffer_free(&file);
}

/* As large as a batch of more than 20,000 cards; one byte more than the bound is refused before anything is done. */
static void a_large_file_goes_both_ways(void **state) {
    const size_t size = 10u << 20;
    uint8_t *large = malloc(SBK_BUNDLE_LARGE_MAX + 1u);
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_buffer sealed = SBK_BUFFER_EMPTY;
    struct sbk_buffer opened = SBK_BUFFER_EMPTY;
    struct sbk_buffer out = SBK_BUFFER_EMPTY;
    const struct sbk_cms_expected want = expected();
    (void)state;
    assert_non_null(large);
    for (size_t i = 0; i < SBK_BUNDLE_LARGE_MAX + 1u; i++) {
        large[i] = (uint8_t)(i * 2654435761u >> 24);
    }
    CHECK_OK(sbk_cms_sign(identity, city.city.data, city.city.size, SBK_BUNDLE_BATCH, large, size, MADE, &file, E));
    CHECK_OK(sbk_cms_encrypt(bureau_der.data, bureau_der.size, file.data, file.size, &sealed, E));
    CHECK_OK(sbk_cms_decrypt(bureau, bureau_der.data, bureau_der.size, sealed.data, sealed.size, &opened, E));
    CHECK_OK(sbk_cms_verify(opened.data, opened.size, &want, &out, NULL, E));
    assert_int_equal(out.size, size);
    assert_memory_equal(out.data, large, size);
    CHECK_FAILS(sbk_cms_sign(identity, city.city.data, city.city.size, SBK_BUNDLE_BATCH, large,
                    SBK_BUNDLE_LARGE_MAX + 1u, MADE, &out, E),
        SBK_USAGE, SBK_REASON_FORMAT);
    sbk_buffer_free(&file);
    sbk_buffer_free(&sealed);
    sbk_buffer_free(&opened);
    sbk_buffer_free(&out);
    free(large);
}

static void the_outline_shows_what_lies_outside(void **state) {
    struct sbk_buffer file = signed_file();
    struct sbk_buffer sealed = sealed_file();
    struct sbk_buffer inside = SBK_BUFFER_EMPTY;
    struct sbk_cms_outline outline;
    (void)state;
    CHECK_OK(sbk_cms_outline(file.data, file.size, &outline, &inside, E));
    assert_true(outline.signed_data && !outline.encrypted);
    assert_int_equal(outline.kind, SBK_BUNDLE_BATCH);
    assert_string_equal(outline.signer, "Samarinda");
    assert_int_equal(inside.size, sizeof content);
    sbk_buffer_reset(&inside);
    CHECK_OK(sbk_cms_outline(sealed.data, sealed.size, &outline, &inside, E));
    assert_true(outline.encrypted && !outline.signed_data);
    assert_int_equal(outline.kind, 0);
    assert_int_equal(outline.recipient_size, 20);
    assert_int_equal(inside.size, 0);
    CHECK_FAILS(sbk_cms_outline((const uint8_t *)"no CMS", 6, &outline, NULL, E), SBK_TAMPERED, SBK_REASON_FORMAT);
    sbk_buffer_free(&inside);
    sbk_buffer_free(&sealed);
    sbk_buffer_free(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signed_file_verifies),
        cmocka_unit_test(openssl_verifies_a_signed_file),
        cmocka_unit_test(other_kinds_and_other_signers_are_refused),
        cmocka_unit_test(a_self_made_city_is_refused),
        cmocka_unit_test(no_altered_signed_file_verifies),
        cmocka_unit_test(only_the_recipient_decrypts),
        cmocka_unit_test(a_renewed_certificate_of_the_same_key_decrypts),
        cmocka_unit_test(no_altered_encrypted_file_opens),
        cmocka_unit_test(openssl_decrypts_and_encrypts),
        cmocka_unit_test(a_large_file_goes_both_ways),
        cmocka_unit_test(the_outline_shows_what_lies_outside),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
