/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/crypto.h"
#include "keys/install.h"
#include "keys/issuing.h"
#include "keys/note.h"
#include "keys/requests.h"
#include "schema/reason.h"
#include "schema/records.h"
#include "tests/keys/fixture.h"

#include <stdlib.h>
#include <string.h>

/* Who may certify and sign what, and what a host that pinned the root takes from whom. */

static char *folder;
static char *path;
static struct sbk_store *store;
static struct sbk_city city;
static struct sbk_key *root;
static struct sbk_key *station_ca;
static struct sbk_key *card_ca;
static struct sbk_key *grant_signer;
static struct sbk_key *list_signer;

static int set_up(void **state) {
    (void)state;
    folder = fixture_folder();
    path = fixture_city(folder);
    CHECK_OK(sbk_store_open(&store, path, false, E));
    CHECK_OK(sbk_city_load(store, fixture_today(), &city, E));
    root = fixture_key(store, SBK_KEY_ROOT);
    station_ca = fixture_key(store, SBK_KEY_STATION_CA);
    card_ca = fixture_key(store, SBK_KEY_CARD_CA);
    grant_signer = fixture_key(store, SBK_KEY_GRANT_SIGNER);
    list_signer = fixture_key(store, SBK_KEY_LIST_SIGNER);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    sbk_key_close(&root);
    sbk_key_close(&station_ca);
    sbk_key_close(&card_ca);
    sbk_key_close(&grant_signer);
    sbk_key_close(&list_signer);
    sbk_city_free(&city);
    sbk_store_close(&store);
    free(path);
    fixture_remove(folder);
    return 0;
}

static struct sbk_certificate fields_of(uint8_t role) {
    struct sbk_certificate fields = {.role = role,
        .generation = 2,
        .terminal = "EW01-A",
        .alias = {1, 2, 3, 4, 5, 6, 7, 8},
        .effective = fixture_today(),
        .expiry = (uint16_t)(fixture_today() + 30)};
    fields.rights.programmes = 1;
    memcpy(fields.rights.outlet, "EW01", 4);
    memcpy(fields.rights.kelurahan, "\x64\x72\x05\x10\x02", SBK_KELURAHAN_SIZE);
    memcpy(fields.key, sbk_key_info(card_ca)->public_part, SBK_POINT_SIZE);
    assert_int_equal(sbk_point_compress(fields.key, fields.signing_key, NULL), SBK_OK);
    return fields;
}

struct issued {
    uint8_t bytes[SBK_CERTIFICATE_MAX];
    size_t size;
};

static struct issued issue(struct sbk_key *issuer, uint8_t role) {
    struct issued issued;
    struct sbk_certificate fields = fields_of(role);
    CHECK_OK(sbk_issue_certificate(issuer, &fields, issued.bytes, &issued.size, E));
    return issued;
}

/* Every key times every role: only the pairs of the design are issued. */
static void path_length_is_one(void **state) {
    struct sbk_key *const keys[] = {root, station_ca, card_ca, grant_signer, list_signer};
    static const uint8_t roles[] = {SBK_ROLE_ROOT, SBK_ROLE_STATION_CA, SBK_ROLE_CARD_CA, SBK_ROLE_GRANT_SIGNER,
        SBK_ROLE_LIST_SIGNER, SBK_ROLE_OFFICE_CA, SBK_ROLE_STORE, SBK_ROLE_REGISTRAR, SBK_ROLE_AUDITOR, SBK_ROLE_CARD};
    (void)state;
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        for (size_t r = 0; r < sizeof roles; r++) {
            struct sbk_certificate fields = fields_of(roles[r]);
            uint8_t bytes[SBK_CERTIFICATE_MAX];
            size_t size = 0;
            const bool terminal = roles[r] >= SBK_ROLE_STORE && roles[r] <= SBK_ROLE_AUDITOR;
            const bool allowed =
                (keys[k] == root && roles[r] >= SBK_ROLE_STATION_CA && roles[r] <= SBK_ROLE_LIST_SIGNER) ||
                (keys[k] == station_ca && terminal) || (keys[k] == card_ca && roles[r] == SBK_ROLE_CARD);
            const sbk_result result = sbk_issue_certificate(keys[k], &fields, bytes, &size, E);
            assert_int_equal(result, allowed ? SBK_OK : SBK_REFUSED);
        }
    }
}

static void a_chain_verifies(void **state) {
    struct issued leaf = issue(station_ca, SBK_ROLE_STORE);
    struct issued card = issue(card_ca, SBK_ROLE_CARD);
    struct sbk_certificate parsed;
    (void)state;
    assert_int_equal(leaf.size, 230);
    assert_int_equal(card.size, 218);
    CHECK_OK(sbk_trust_verify(city.trust, leaf.bytes, leaf.size, SBK_ROLES_TERMINAL, fixture_today(), &parsed, E));
    assert_int_equal(parsed.role, SBK_ROLE_STORE);
    CHECK_OK(
        sbk_trust_verify(city.trust, card.bytes, card.size, SBK_ROLE_BIT(SBK_ROLE_CARD), fixture_today(), &parsed, E));
    CHECK_FAILS(sbk_trust_verify(city.trust, card.bytes, card.size, SBK_ROLES_TERMINAL, fixture_today(), &parsed, E),
        SBK_REFUSED, SBK_REASON_ROLE);
}

static void dates_count_along_the_path(void **state) {
    struct issued leaf = issue(station_ca, SBK_ROLE_STORE);
    struct sbk_certificate parsed;
    (void)state;
    CHECK_OK(sbk_trust_verify(
        city.trust, leaf.bytes, leaf.size, SBK_ROLES_TERMINAL, (uint16_t)(fixture_today() + 30), &parsed, E));
    CHECK_FAILS(sbk_trust_verify(city.trust, leaf.bytes, leaf.size, SBK_ROLES_TERMINAL,
                    (uint16_t)(fixture_today() + 31), &parsed, E),
        SBK_REFUSED, SBK_REASON_EXPIRED);
    CHECK_FAILS(sbk_trust_verify(
                    city.trust, leaf.bytes, leaf.size, SBK_ROLES_TERMINAL, (uint16_t)(fixture_today() - 1), &parsed, E),
        SBK_REFUSED, SBK_REASON_EXPIRED);
    /* a leaf that outlives its CA */
    struct sbk_certificate fields = fields_of(SBK_ROLE_STORE);
    fields.expiry = (uint16_t)(fixture_today() + SBK_DAYS_CA + 10);
    CHECK_OK(sbk_issue_certificate(station_ca, &fields, leaf.bytes, &leaf.size, E));
    CHECK_FAILS(sbk_trust_verify(city.trust, leaf.bytes, leaf.size, SBK_ROLES_TERMINAL,
                    (uint16_t)(fixture_today() + SBK_DAYS_CA), &parsed, E),
        SBK_REFUSED, SBK_REASON_EXPIRED);
}

static void no_altered_certificate_verifies(void **state) {
    struct issued leaf = issue(station_ca, SBK_ROLE_STORE);
    struct sbk_certificate parsed;
    (void)state;
    for (size_t i = 0; i < leaf.size; i++) {
        leaf.bytes[i] ^= 1;
        const sbk_result result =
            sbk_trust_verify(city.trust, leaf.bytes, leaf.size, ~0ULL, fixture_today(), &parsed, NULL);
        if (result != SBK_TAMPERED && result != SBK_REFUSED) {
            fail_msg("byte %zu: %d", i, (int)result);
        }
        leaf.bytes[i] ^= 1;
    }
}

static void another_root_is_not_believed(void **state) {
    struct sbk_trust *trust = NULL;
    struct sbk_anchor other = city.anchor;
    struct sbk_certificate parsed;
    struct issued leaf = issue(station_ca, SBK_ROLE_STORE);
    (void)state;
    memcpy(other.key, sbk_key_info(card_ca)->public_part, SBK_POINT_SIZE);
    CHECK_OK(sbk_trust_new(&trust, E));
    CHECK_FAILS(sbk_trust_add_issuer(trust, city.station_ca.data, city.station_ca.size, E), SBK_TAMPERED,
        SBK_REASON_CERTIFICATE);
    CHECK_OK(sbk_trust_add_anchor(trust, &other, UINT16_MAX, E));
    CHECK_FAILS(sbk_trust_add_issuer(trust, city.station_ca.data, city.station_ca.size, E), SBK_TAMPERED,
        SBK_REASON_CERTIFICATE);
    CHECK_FAILS(sbk_trust_add_anchor(trust, &city.anchor, UINT16_MAX, E), SBK_REFUSED, SBK_REASON_EXISTS);
    CHECK_FAILS(sbk_trust_verify(trust, leaf.bytes, leaf.size, ~0ULL, fixture_today(), &parsed, E), SBK_TAMPERED,
        SBK_REASON_CERTIFICATE);
    sbk_trust_free(&trust);
}

static void a_root_counts_until_its_day(void **state) {
    struct sbk_trust *trust = NULL;
    struct sbk_certificate parsed;
    struct issued leaf = issue(station_ca, SBK_ROLE_STORE);
    (void)state;
    CHECK_OK(sbk_trust_new(&trust, E));
    CHECK_OK(sbk_trust_add_anchor(trust, &city.anchor, fixture_today(), E));
    CHECK_OK(sbk_trust_add_issuer(trust, city.station_ca.data, city.station_ca.size, E));
    CHECK_OK(sbk_trust_add_issuer(trust, city.station_ca.data, city.station_ca.size, E));
    CHECK_OK(sbk_trust_verify(trust, leaf.bytes, leaf.size, ~0ULL, fixture_today(), &parsed, E));
    CHECK_FAILS(sbk_trust_verify(trust, leaf.bytes, leaf.size, ~0ULL, (uint16_t)(fixture_today() + 1), &parsed, E),
        SBK_REFUSED, SBK_REASON_EXPIRED);
    /* leaves are no issuers */
    CHECK_FAILS(sbk_trust_add_issuer(trust, leaf.bytes, leaf.size, E), SBK_REFUSED, SBK_REASON_ROLE);
    sbk_trust_free(&trust);
}

static size_t notice(uint8_t out[SBK_NOTICE_SIZE]) {
    const struct sbk_notice fields = {.alias = {1}, .kind = SBK_NOTICE_STOP, .number = 3, .issued = fixture_today()};
    size_t size = 0;
    assert_int_equal(sbk_notice_write(&fields, out, SBK_NOTICE_SIZE, &size), SBK_FORMAT_OK);
    return size;
}

/* A list signer's word is not a grant signer's: each record counts from its own signer only. */
static void records_have_one_kind_of_signer(void **state) {
    uint8_t bytes[SBK_NOTICE_SIZE];
    size_t size = notice(bytes);
    (void)state;
    CHECK_FAILS(sbk_sign_record(grant_signer, bytes, sizeof bytes, &size, E), SBK_REFUSED, SBK_REASON_ROLE);
    CHECK_FAILS(sbk_sign_record(root, bytes, sizeof bytes, &size, E), SBK_REFUSED, SBK_REASON_ROLE);
    CHECK_FAILS(sbk_sign_record(list_signer, bytes, size + 10, &size, E), SBK_USAGE, SBK_REASON_FORMAT);
    CHECK_OK(sbk_sign_record(list_signer, bytes, sizeof bytes, &size, E));
    assert_int_equal(size, SBK_NOTICE_SIZE);
    CHECK_OK(sbk_trust_verify_record(city.trust, bytes, size, fixture_today(), E));
    CHECK_FAILS(sbk_trust_verify_record(city.trust, bytes, size, (uint16_t)(fixture_today() + SBK_DAYS_SIGNER), E),
        SBK_REFUSED, SBK_REASON_EXPIRED);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 1;
        assert_int_not_equal(sbk_trust_verify_record(city.trust, bytes, size, fixture_today(), NULL), SBK_OK);
        bytes[i] ^= 1;
    }
    /* the same bytes under the tag of a mandate, signed by the list signer's key */
    uint8_t hash[SBK_HASH_SIZE];
    bytes[0] = SBK_RECORD_MANDATE;
    CHECK_OK(sbk_sha256(bytes, size - SBK_SIGNATURE_SIZE, hash, E));
    CHECK_OK(sbk_key_sign(list_signer, hash, bytes + size - SBK_SIGNATURE_SIZE, E));
    CHECK_FAILS(
        sbk_trust_verify_record(city.trust, bytes, size, fixture_today(), E), SBK_TAMPERED, SBK_REASON_SIGNATURE);
}

/* ---- notes ---- */

static void a_note_verifies_by_its_verifier(void **state) {
    static const uint8_t terminal[SBK_TERMINAL_SIZE] = "EW01-A";
    struct sbk_key *log = NULL;
    struct sbk_note_verifier verifier;
    struct sbk_buffer note = SBK_BUFFER_EMPTY;
    char text[SBK_NOTE_VERIFIER_ROOM];
    uint8_t hash[SBK_LOG_KEY_HASH_SIZE];
    size_t size = 0;
    (void)state;
    CHECK_OK(sbk_key_generate(store, SBK_KEY_LOG, 1, 1, fixture_passphrase(), &log, E));
    CHECK_OK(sbk_note_verifier_text(sbk_key_info(log), terminal, text, E));
    CHECK_OK(sbk_note_verifier_parse(text, strlen(text), &verifier, E));
    assert_string_equal(verifier.name, "sembako/EW01-A");
    assert_memory_equal(verifier.key, sbk_key_info(log)->public_part, 32);
    CHECK_OK(sbk_note_key_hash(&verifier, hash, E));
    for (size_t i = 0; i < strlen(text); i++) {
        struct sbk_note_verifier other;
        text[i] ^= 1;
        assert_int_equal(sbk_note_verifier_parse(text, strlen(text), &other, NULL), SBK_TAMPERED);
        text[i] ^= 1;
    }
    CHECK_OK(sbk_note_sign(log, terminal, "sembako/EW01-A\n3\nroot\n", &note, E));
    CHECK_OK(sbk_note_verify(&verifier, (char *)note.data, note.size, &size, E));
    assert_int_equal(size, strlen("sembako/EW01-A\n3\nroot\n"));
    for (size_t i = 0; i < note.size; i++) {
        note.data[i] ^= 1;
        assert_int_equal(sbk_note_verify(&verifier, (char *)note.data, note.size, &size, NULL), SBK_TAMPERED);
        note.data[i] ^= 1;
    }
    for (size_t cut = 0; cut < note.size; cut++) {
        assert_int_equal(sbk_note_verify(&verifier, (char *)note.data, cut, &size, NULL), SBK_TAMPERED);
    }
    CHECK_FAILS(sbk_note_sign(log, terminal, "no newline", &note, E), SBK_USAGE, SBK_REASON_FORMAT);
    CHECK_FAILS(sbk_note_sign(root, terminal, "text\n", &note, E), SBK_REFUSED, SBK_REASON_ROLE);
    sbk_buffer_free(&note);
    sbk_key_close(&log);
}

/* The signature line of the example in c2sp.org/signed-note has this form; the arithmetic is checked on RFC 8032's first
 * test key, whose verifier was computed with another program (sha256sum and base64). */
static void a_verifier_has_the_form_of_c2sp(void **state) {
    static const uint8_t terminal[SBK_TERMINAL_SIZE] = "T1";
    struct sbk_key_info info = {.role = SBK_KEY_LOG, .algorithm = SBK_ALGORITHM_ED25519, .public_size = 32};
    static const uint8_t key[] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64,
        0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};
    char text[SBK_NOTE_VERIFIER_ROOM];
    (void)state;
    memcpy(info.public_part, key, sizeof key);
    CHECK_OK(sbk_note_verifier_text(&info, terminal, text, E));
    assert_string_equal(text, "sembako/T1+af0e4d93+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea");
}

/* ---- what a station takes when the root has changed ---- */

/* A station's keys, and what the office makes for it under the second root. */
struct rotated {
    struct sbk_key *root; /* generation 2, from next-root */
    struct sbk_key *agreement;
    struct sbk_key *log;
    struct sbk_key *station;
    struct sbk_anchor anchor;
    uint8_t binding[SBK_OFFICE_BINDING_SIZE];
    struct issued issuers[4];
    struct issued leaf;
    struct sbk_buffer x509;
    uint8_t link[SBK_LINK_SIZE];
    struct sbk_station_keys keys;
};

static struct issued recertify(struct sbk_key *by, const struct sbk_key *key) {
    struct issued issued;
    const struct sbk_key_info *info = sbk_key_info(key);
    struct sbk_certificate fields = {.role = info->role,
        .generation = info->generation,
        .effective = fixture_today(),
        .expiry = (uint16_t)(fixture_today() + 100)};
    memcpy(fields.key, info->public_part, SBK_POINT_SIZE);
    CHECK_OK(sbk_issue_certificate(by, &fields, issued.bytes, &issued.size, E));
    return issued;
}

static void make_link(struct rotated *rotated, struct sbk_key *brings, struct sbk_key *signs) {
    struct sbk_link link = {.generation = 2, .next_hash = {9}, .old_until = fixture_today()};
    size_t size = 0;
    memcpy(link.key, sbk_key_info(brings)->public_part, SBK_POINT_SIZE);
    assert_int_equal(sbk_link_write(&link, rotated->link, sizeof rotated->link, &size), SBK_FORMAT_OK);
    CHECK_OK(sbk_sign_record(signs, rotated->link, sizeof rotated->link, &size, E));
    assert_int_equal(size, SBK_LINK_SIZE);
}

static void make_station(struct rotated *rotated) {
    struct sbk_certificate fields = fields_of(SBK_ROLE_STORE);
    struct sbk_note_verifier verifier;
    char text[SBK_NOTE_VERIFIER_ROOM];
    struct sbk_key *office_ca = fixture_key(store, SBK_KEY_OFFICE_CA);
    CHECK_OK(sbk_key_generate(store, SBK_KEY_AGREEMENT, 1, 1, fixture_passphrase(), &rotated->agreement, E));
    CHECK_OK(sbk_key_generate(store, SBK_KEY_LOG, 2, 1, fixture_passphrase(), &rotated->log, E));
    CHECK_OK(sbk_key_generate(store, SBK_KEY_STATION, 1, 1, fixture_passphrase(), &rotated->station, E));
    memcpy(fields.key, sbk_key_info(rotated->agreement)->public_part, SBK_POINT_SIZE);
    CHECK_OK(sbk_note_verifier_text(sbk_key_info(rotated->log), fields.terminal, text, E));
    CHECK_OK(sbk_note_verifier_parse(text, strlen(text), &verifier, E));
    CHECK_OK(sbk_note_key_hash(&verifier, fields.rights.log_key_hash, E));
    CHECK_OK(sbk_issue_certificate(station_ca, &fields, rotated->leaf.bytes, &rotated->leaf.size, E));
    CHECK_OK(
        sbk_x509_issue(office_ca, city.office_ca.data, city.office_ca.size, sbk_key_info(rotated->station)->public_part,
            SBK_OFFICE_STATION, "EW01-A", fixture_today(), (uint16_t)(fixture_today() + 30), &rotated->x509, E));
    memcpy(rotated->keys.terminal, fields.terminal, SBK_TERMINAL_SIZE);
    rotated->keys.agreement = sbk_key_info(rotated->agreement);
    rotated->keys.log_key = sbk_key_info(rotated->log);
    rotated->keys.station = sbk_key_info(rotated->station);
    sbk_key_close(&office_ca);
}

/* Everything that hangs on the root, under a second one. */
static void certify_under(struct rotated *rotated, struct sbk_key *second) {
    struct sbk_key *const issuers[] = {station_ca, card_ca, grant_signer, list_signer};
    struct sbk_office_binding binding = {.root_generation = 2};
    size_t size = 0;
    rotated->anchor.generation = 2;
    memcpy(rotated->anchor.key, sbk_key_info(second)->public_part, SBK_POINT_SIZE);
    rotated->anchor.next_hash[0] = 9;
    CHECK_OK(sbk_sha256(city.office_ca.data, city.office_ca.size, binding.office_hash, E));
    assert_int_equal(
        sbk_office_binding_write(&binding, rotated->binding, sizeof rotated->binding, &size), SBK_FORMAT_OK);
    CHECK_OK(sbk_sign_record(second, rotated->binding, sizeof rotated->binding, &size, E));
    for (size_t i = 0; i < 4; i++) {
        rotated->issuers[i] = recertify(second, issuers[i]);
    }
    make_link(rotated, second, second);
}

static void rotate(struct rotated *rotated) {
    struct sbk_store *next = NULL;
    char *next_path = fixture_path(path, SBK_NEXT_ROOT_FOLDER);
    memset(rotated, 0, sizeof *rotated);
    CHECK_OK(sbk_store_open(&next, next_path, false, E));
    rotated->root = fixture_key(next, SBK_KEY_ROOT);
    certify_under(rotated, rotated->root);
    make_station(rotated);
    sbk_store_close(&next);
    free(next_path);
}

/* Opens the certificate file as a station would that pinned this root. */
static sbk_result open_rotated(
    const struct rotated *rotated, size_t links, const struct sbk_anchor *pinned, uint16_t day) {
    uint8_t content[SBK_BUNDLE_SMALL_MAX];
    size_t size = 0;
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_buffer out = SBK_BUFFER_EMPTY;
    struct sbk_trust *trust = NULL;
    struct sbk_trust *before = NULL;
    struct sbk_roots roots;
    struct sbk_station_certificate parsed;
    struct sbk_key *identity = fixture_key(store, SBK_KEY_CITY);
    const struct sbk_station_certificate bundle = {.made = 1,
        .anchor = rotated->anchor,
        .binding = {rotated->binding, sizeof rotated->binding},
        .office_ca = sbk_bytes_of(&city.office_ca),
        .leaf = {rotated->leaf.bytes, rotated->leaf.size},
        .station_ca = {rotated->issuers[0].bytes, rotated->issuers[0].size},
        .card_ca = {rotated->issuers[1].bytes, rotated->issuers[1].size},
        .grant_signer = {rotated->issuers[2].bytes, rotated->issuers[2].size},
        .list_signer = {rotated->issuers[3].bytes, rotated->issuers[3].size},
        .x509 = sbk_bytes_of(&rotated->x509),
        .city = sbk_bytes_of(&city.city),
        .links = {{rotated->link, sizeof rotated->link}},
        .link_count = links};
    assert_int_equal(sbk_station_certificate_write(&bundle, content, sizeof content, &size), SBK_FORMAT_OK);
    CHECK_OK(sbk_cms_sign(
        identity, city.city.data, city.city.size, SBK_BUNDLE_STATION_CERTIFICATE, content, size, 1, &file, E));
    if (pinned != NULL) {
        CHECK_OK(sbk_trust_new(&before, E));
        CHECK_OK(sbk_trust_add_anchor(before, pinned, SBK_NO_END, E));
    }
    const sbk_result result = sbk_station_certificate_open(
        file.data, file.size, &rotated->keys, before, day, &out, &parsed, &roots, &trust, fixture_error());
    sbk_trust_free(&before);
    assert_true((result == SBK_OK) == (trust != NULL));
    sbk_trust_free(&trust);
    sbk_buffer_free(&out);
    sbk_buffer_free(&file);
    sbk_key_close(&identity);
    return result;
}

static void a_link_leads_to_the_announced_root_only(void **state) {
    struct rotated rotated;
    const uint16_t today = fixture_today();
    (void)state;
    rotate(&rotated);
    assert_int_equal(open_rotated(&rotated, 1, &city.anchor, today), SBK_OK);
    assert_int_equal(open_rotated(&rotated, 0, &rotated.anchor, today), SBK_OK);
    assert_int_equal(open_rotated(&rotated, 1, &rotated.anchor, today), SBK_OK);
    assert_int_equal(open_rotated(&rotated, 0, NULL, today), SBK_OK);
    /* no link; one that is signed by the old root; one altered; one that brings a key nobody announced */
    assert_int_equal(open_rotated(&rotated, 0, &city.anchor, today), SBK_REFUSED);
    make_link(&rotated, rotated.root, root);
    assert_int_equal(open_rotated(&rotated, 1, &city.anchor, today), SBK_TAMPERED);
    make_link(&rotated, rotated.root, rotated.root);
    rotated.link[100] ^= 1;
    assert_int_equal(open_rotated(&rotated, 1, &city.anchor, today), SBK_TAMPERED);
    make_link(&rotated, root, root);
    assert_int_equal(open_rotated(&rotated, 1, &city.anchor, today), SBK_TAMPERED);
    /* another root is pinned; the leaf has ended; the file is another station's */
    struct sbk_anchor other = rotated.anchor;
    memcpy(other.key, sbk_key_info(card_ca)->public_part, SBK_POINT_SIZE);
    make_link(&rotated, rotated.root, rotated.root);
    assert_int_equal(open_rotated(&rotated, 1, &other, today), SBK_TAMPERED);
    assert_int_equal(open_rotated(&rotated, 1, &city.anchor, (uint16_t)(today + 31)), SBK_REFUSED);
    rotated.keys.terminal[0] ^= 1;
    assert_int_equal(open_rotated(&rotated, 1, &city.anchor, today), SBK_REFUSED);
    rotated.keys.terminal[0] ^= 1;
    rotated.keys.station = sbk_key_info(rotated.agreement);
    assert_int_equal(open_rotated(&rotated, 1, &city.anchor, today), SBK_REFUSED);
    rotated.keys.station = sbk_key_info(rotated.station);
    assert_int_equal(open_rotated(&rotated, 1, &city.anchor, today), SBK_OK);
    /* the root names another office CA, or the name is not the root's */
    rotated.binding[3] ^= 1;
    assert_int_equal(open_rotated(&rotated, 1, &city.anchor, today), SBK_TAMPERED);
    size_t size = SBK_OFFICE_BINDING_SIZE - SBK_SIGNATURE_SIZE;
    CHECK_OK(sbk_sign_record(rotated.root, rotated.binding, sizeof rotated.binding, &size, E));
    assert_int_equal(open_rotated(&rotated, 1, &city.anchor, today), SBK_TAMPERED);
    rotated.binding[3] ^= 1;
    size = SBK_OFFICE_BINDING_SIZE - SBK_SIGNATURE_SIZE;
    CHECK_OK(sbk_sign_record(root, rotated.binding, sizeof rotated.binding, &size, E));
    assert_int_equal(open_rotated(&rotated, 1, &city.anchor, today), SBK_TAMPERED);
    /* a whole second root, of one's own making, whose link is as good as any but for the announcement */
    struct sbk_store *rogue_store = NULL;
    struct sbk_key *rogue = NULL;
    char *rogue_path = fixture_path(folder, "rogue");
    rogue_store = fixture_store(rogue_path, false);
    CHECK_OK(sbk_key_generate(rogue_store, SBK_KEY_ROOT, 2, 1, fixture_passphrase(), &rogue, E));
    certify_under(&rotated, rogue);
    assert_int_equal(open_rotated(&rotated, 0, &rotated.anchor, today), SBK_OK);
    assert_int_equal(open_rotated(&rotated, 1, &city.anchor, today), SBK_TAMPERED);
    sbk_key_close(&rogue);
    sbk_store_close(&rogue_store);
    free(rogue_path);
    sbk_buffer_free(&rotated.x509);
    sbk_key_close(&rotated.root);
    sbk_key_close(&rotated.agreement);
    sbk_key_close(&rotated.log);
    sbk_key_close(&rotated.station);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_length_is_one),
        cmocka_unit_test(a_chain_verifies),
        cmocka_unit_test(dates_count_along_the_path),
        cmocka_unit_test(no_altered_certificate_verifies),
        cmocka_unit_test(another_root_is_not_believed),
        cmocka_unit_test(a_root_counts_until_its_day),
        cmocka_unit_test(records_have_one_kind_of_signer),
        cmocka_unit_test(a_note_verifies_by_its_verifier),
        cmocka_unit_test(a_verifier_has_the_form_of_c2sp),
        cmocka_unit_test(a_link_leads_to_the_announced_root_only),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
