/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/crypto.h"
#include "keys/rotate.h"
#include "schema/reason.h"
#include "tests/keys/dying.h"
#include "tests/keys/fixture.h"

#include <stdlib.h>
#include <string.h>

/* The city's keys and roots grow old: what is in use on which day, what an answer may bring, and a process that dies. */

static char *folder;
static char *path;
static struct sbk_store *store;

static int set_up(void **state) {
    (void)state;
    folder = fixture_folder();
    path = fixture_city(folder);
    CHECK_OK(sbk_store_open(&store, path, false, E));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    sbk_store_close(&store);
    free(path);
    fixture_remove(folder);
    return 0;
}

/* ---- steps ---- */

static struct sbk_root_request ask(uint8_t role, uint16_t from, uint16_t until) {
    struct sbk_root_request request;
    const struct sbk_term term = {from, until};
    CHECK_OK(sbk_rotate_ask(store, role, &term, fixture_passphrase(), NULL, fixture_clock(), &request, E));
    return request;
}

static struct sbk_root_answer answer_by(
    struct sbk_key *root, const struct sbk_key_info *next, const struct sbk_root_request *request) {
    struct sbk_root_answer answer;
    CHECK_OK(sbk_root_answer(root, next, request, &answer, E));
    return answer;
}

static void rotate(uint8_t role, uint16_t from, uint16_t until) {
    struct sbk_root_request taken;
    struct sbk_key *root = fixture_key(store, SBK_KEY_ROOT);
    const struct sbk_root_request request = ask(role, from, until);
    const struct sbk_root_answer answer = answer_by(root, NULL, &request);
    CHECK_OK(sbk_rotate_accept(store, &answer, &taken, E));
    assert_memory_equal(&taken, &request, sizeof taken);
    sbk_key_close(&root);
}

/* The pre-made next root, and a new folder with the one after it. */
static struct sbk_key *next_root(uint8_t generation) {
    char *place = fixture_path(path, SBK_NEXT_ROOT_FOLDER);
    struct sbk_store *next = NULL;
    struct sbk_key *key = NULL;
    CHECK_OK(sbk_store_open(&next, place, false, E));
    if (sbk_store_newest(next, SBK_KEY_ROOT) < generation) {
        CHECK_OK(sbk_key_generate(next, SBK_KEY_ROOT, generation, fixture_today(), fixture_passphrase(), &key, E));
    } else {
        CHECK_OK(sbk_key_open(next, SBK_KEY_ROOT, generation, fixture_passphrase(), &key, E));
    }
    sbk_store_close(&next);
    free(place);
    return key;
}

static struct sbk_root_request ask_succession(uint16_t old_until) {
    struct sbk_root_request request;
    const struct sbk_succession succession = {.old_until = old_until};
    CHECK_OK(sbk_succession_ask(store, &succession, fixture_clock(), &request, E));
    return request;
}

static void succeed(uint8_t generation, uint16_t old_until) {
    struct sbk_root_request taken;
    struct sbk_key *root = next_root(generation);
    struct sbk_key *after = next_root((uint8_t)(generation + 1));
    const struct sbk_root_request request = ask_succession(old_until);
    const struct sbk_root_answer answer = answer_by(root, sbk_key_info(after), &request);
    CHECK_OK(sbk_rotate_accept(store, &answer, &taken, E));
    sbk_key_close(&root);
    sbk_key_close(&after);
}

static uint8_t in_use(uint8_t role, uint16_t day) {
    uint8_t generation = 0;
    CHECK_OK(sbk_city_in_use(store, role, day, &generation, E));
    return generation;
}

static struct sbk_city load(uint16_t day) {
    struct sbk_city city;
    CHECK_OK(sbk_city_load(store, day, &city, E));
    return city;
}

static uint8_t generation_of(const struct sbk_buffer *bytes) {
    struct sbk_certificate parsed;
    assert_int_equal(sbk_certificate_parse(bytes->data, bytes->size, &parsed), SBK_FORMAT_OK);
    return parsed.generation;
}

/* How many of a role a city carries. */
static size_t carried(const struct sbk_city *city, uint8_t role) {
    size_t count = 0;
    for (size_t i = 0; i < city->issuer_count; i++) {
        struct sbk_certificate parsed;
        assert_int_equal(sbk_certificate_parse(city->issuers[i].data, city->issuers[i].size, &parsed), SBK_FORMAT_OK);
        count += parsed.role == role;
    }
    return count;
}

/* ---- CAs and signers ---- */

static void old_and_new_count_side_by_side(void **state) {
    const uint16_t today = fixture_today();
    const uint16_t begins = (uint16_t)(today + 30);
    (void)state;
    for (uint8_t role = SBK_KEY_STATION_CA; role <= SBK_KEY_LIST_SIGNER; role++) {
        rotate(role, begins, 0);
        assert_int_equal(in_use(role, today), 1);
        assert_int_equal(in_use(role, (uint16_t)(begins - 1)), 1);
        assert_int_equal(in_use(role, begins), 2);
    }
    struct sbk_city city = load(today);
    assert_int_equal(generation_of(&city.grant_signer), 1);
    assert_int_equal(city.issuer_count, 8);
    sbk_city_free(&city);
    city = load(begins);
    assert_int_equal(generation_of(&city.station_ca), 2);
    assert_int_equal(generation_of(&city.card_ca), 2);
    assert_int_equal(generation_of(&city.grant_signer), 2);
    assert_int_equal(generation_of(&city.list_signer), 2);
    assert_int_equal(city.issuer_count, 8);
    sbk_city_free(&city);
    city = load((uint16_t)(today + 399)); /* the signers' last day */
    assert_int_equal(carried(&city, SBK_KEY_GRANT_SIGNER), 2);
    sbk_city_free(&city);
    city = load((uint16_t)(today + 400));
    assert_int_equal(carried(&city, SBK_KEY_GRANT_SIGNER), 1);
    assert_int_equal(carried(&city, SBK_KEY_STATION_CA), 2);
    sbk_city_free(&city);
}

static void a_pending_key_is_used_by_nothing(void **state) {
    uint8_t generation = 0;
    bool pending = false;
    struct sbk_key_info first;
    struct sbk_key_info again;
    struct sbk_pending waits[SBK_PENDING_MAX];
    size_t count = 0;
    (void)state;
    (void)ask(SBK_KEY_CARD_CA, 0, 0);
    CHECK_OK(sbk_store_info(store, SBK_KEY_CARD_CA, 2, &first, E));
    CHECK_OK(sbk_rotate_next(store, SBK_KEY_CARD_CA, &generation, &pending, E));
    assert_int_equal(generation, 2);
    assert_true(pending);
    assert_int_equal(in_use(SBK_KEY_CARD_CA, UINT16_MAX), 1);
    CHECK_OK(sbk_rotate_pending(store, waits, &count, E));
    assert_int_equal(count, 1);
    assert_int_equal(waits[0].role, SBK_KEY_CARD_CA);
    assert_int_equal(waits[0].generation, 2);
    /* Asked again, with other days: the same key, another request. */
    const struct sbk_root_request request = ask(SBK_KEY_CARD_CA, 0, (uint16_t)(fixture_today() + 10));
    CHECK_OK(sbk_store_info(store, SBK_KEY_CARD_CA, 2, &again, E));
    assert_memory_equal(first.public_part, again.public_part, SBK_POINT_SIZE);
    assert_memory_equal(request.orders[0].key, again.public_part, SBK_POINT_SIZE);
    assert_int_equal(sbk_store_newest(store, SBK_KEY_CARD_CA), 2);
}

static void terms_that_cannot_be_meant(void **state) {
    const uint16_t today = fixture_today();
    struct sbk_root_request request;
    static const struct sbk_term far = {0, UINT16_MAX};
    const struct sbk_term past = {(uint16_t)(today - 1), 0};
    const struct sbk_term turned = {(uint16_t)(today + 5), (uint16_t)(today + 4)};
    const struct sbk_term later = {(uint16_t)(today + 1), 0};
    (void)state;
    CHECK_FAILS(
        sbk_rotate_ask(store, SBK_KEY_STATION_CA, &past, fixture_passphrase(), NULL, fixture_clock(), &request, E),
        SBK_REFUSED, SBK_REASON_DATE);
    CHECK_FAILS(
        sbk_rotate_ask(store, SBK_KEY_STATION_CA, &turned, fixture_passphrase(), NULL, fixture_clock(), &request, E),
        SBK_REFUSED, SBK_REASON_DATE);
    CHECK_FAILS(
        sbk_rotate_ask(store, SBK_KEY_OFFICE_CA, &later, fixture_passphrase(), NULL, fixture_clock(), &request, E),
        SBK_REFUSED, SBK_REASON_DATE);
    assert_int_equal(sbk_store_newest(store, SBK_KEY_STATION_CA), 1);
    CHECK_OK(sbk_rotate_ask(store, SBK_KEY_STATION_CA, &far, fixture_passphrase(), NULL, fixture_clock(), &request, E));
}

/* ---- the offices ---- */

static void the_office_ca_takes_the_city_along(void **state) {
    (void)state;
    rotate(SBK_KEY_OFFICE_CA, 0, 0);
    struct sbk_city city = load(fixture_today());
    assert_int_equal(city.office_ca_count, 2);
    assert_memory_equal(city.office_cas[0].data, city.office_ca.data, city.office_ca.size);
    assert_int_equal(in_use(SBK_KEY_OFFICE_CA, fixture_today()), 2);
    assert_int_equal(in_use(SBK_KEY_CITY, fixture_today()), 1);
    sbk_city_free(&city);
    struct sbk_key *ca = NULL;
    uint8_t generation = 0;
    const struct sbk_term term = {(uint16_t)(fixture_today() + 10), 0};
    CHECK_OK(sbk_key_open(store, SBK_KEY_OFFICE_CA, 2, fixture_passphrase(), &ca, E));
    CHECK_OK(sbk_rotate_city(store, ca, &term, fixture_passphrase(), fixture_clock(), &generation, E));
    sbk_key_close(&ca);
    assert_int_equal(generation, 2);
    assert_int_equal(in_use(SBK_KEY_CITY, (uint16_t)(term.from - 1)), 1);
    assert_int_equal(in_use(SBK_KEY_CITY, term.from), 2);
    city = load(term.from);
    sbk_city_free(&city);
}

/* A file that the city signed while the office CA before was in force. */
static void what_an_office_signed_stays_good(void **state) {
    const uint16_t today = fixture_today();
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_office_info info;
    (void)state;
    struct sbk_city city = load(today);
    struct sbk_key *key = fixture_key(store, SBK_KEY_CITY);
    struct sbk_buffer old = SBK_BUFFER_EMPTY;
    CHECK_OK(sbk_buffer_append(&old, city.city.data, city.city.size, E));
    CHECK_OK(sbk_cms_sign(key, old.data, old.size, SBK_BUNDLE_BATCH, (const uint8_t *)"batch", 5,
        sbk_clock_time(fixture_clock()), &file, E));
    sbk_city_free(&city);
    rotate(SBK_KEY_OFFICE_CA, 0, 0);
    city = load(today);
    const struct sbk_bytes certificate = sbk_bytes_of(&old);
    CHECK_OK(sbk_city_verify_office(&city, &certificate, today, &info, E));
    CHECK_OK(
        sbk_city_verify_file(&city, file.data, file.size, SBK_BUNDLE_BATCH, SBK_OFFICE_CITY, today, &content, NULL, E));
    assert_int_equal(content.size, 5);
    /* Not once that one has ended, nor under a stranger's. */
    CHECK_FAILS(sbk_city_verify_office(&city, &certificate, (uint16_t)(info.until + 1), &info, E), SBK_REFUSED,
        SBK_REASON_EXPIRED);
    city.office_ca_count = 1;
    CHECK_FAILS(sbk_city_verify_office(&city, &certificate, today, &info, E), SBK_TAMPERED, SBK_REASON_CERTIFICATE);
    CHECK_FAILS(
        sbk_city_verify_file(&city, file.data, file.size, SBK_BUNDLE_BATCH, SBK_OFFICE_CITY, today, &content, NULL, E),
        SBK_TAMPERED, SBK_REASON_CERTIFICATE);
    city.office_ca_count = 2;
    sbk_city_free(&city);
    sbk_key_close(&key);
    sbk_buffer_free(&old);
    sbk_buffer_free(&file);
    sbk_buffer_free(&content);
}

/* ---- roots ---- */

static void three_roots_in_a_row(void **state) {
    const uint16_t today = fixture_today();
    (void)state;
    rotate(SBK_KEY_STATION_CA, 0, 0);
    struct sbk_city before = load(today);
    for (uint8_t generation = 2; generation <= 4; generation++) {
        succeed(generation, generation == 3 ? 0 : (uint16_t)(today + 60));
        struct sbk_city city = load(today);
        assert_int_equal(city.anchor.generation, generation);
        assert_int_equal(city.link_count, generation - 1);
        assert_int_equal(city.issuer_count, before.issuer_count);
        /* The same keys, days and generations, by the root in force. */
        for (size_t i = 0; i < city.issuer_count; i++) {
            struct sbk_certificate now;
            struct sbk_certificate then;
            assert_int_equal(sbk_certificate_parse(city.issuers[i].data, city.issuers[i].size, &now), SBK_FORMAT_OK);
            assert_int_equal(
                sbk_certificate_parse(before.issuers[i].data, before.issuers[i].size, &then), SBK_FORMAT_OK);
            assert_int_equal(now.issuer_generation, generation);
            assert_memory_equal(now.key, then.key, SBK_POINT_SIZE);
            assert_int_equal(now.generation, then.generation);
            assert_int_equal(now.effective, then.effective);
            assert_int_equal(now.expiry, then.expiry);
        }
        sbk_city_free(&city);
    }
    /* What an earlier root signed is judged by the day that its successor named. */
    struct sbk_city city = load(today);
    struct sbk_certificate parsed;
    struct sbk_buffer *old = &before.station_ca;
    CHECK_OK(sbk_trust_verify(
        city.trust, old->data, old->size, SBK_ROLE_BIT(SBK_ROLE_STATION_CA), (uint16_t)(today + 60), &parsed, E));
    CHECK_FAILS(sbk_trust_verify(city.trust, old->data, old->size, SBK_ROLE_BIT(SBK_ROLE_STATION_CA),
                    (uint16_t)(today + 61), &parsed, E),
        SBK_REFUSED, SBK_REASON_EXPIRED);
    sbk_city_free(&city);
    sbk_city_free(&before);
}

static void a_stolen_ca_is_left_behind(void **state) {
    struct sbk_root_request request;
    static const struct sbk_key_name stolen = {SBK_KEY_CARD_CA, 1};
    const struct sbk_succession succession = {.without = &stolen, .without_count = 1};
    (void)state;
    CHECK_FAILS(sbk_succession_ask(store, &succession, fixture_clock(), &request, E), SBK_REFUSED, SBK_REASON_EXPIRED);
    rotate(SBK_KEY_CARD_CA, 0, 0);
    CHECK_OK(sbk_succession_ask(store, &succession, fixture_clock(), &request, E));
    assert_int_equal(request.order_count, 4);
    for (size_t i = 0; i < request.order_count; i++) {
        assert_false(request.orders[i].role == SBK_KEY_CARD_CA && request.orders[i].generation == 1);
    }
}

/* ---- answers that bring something else ---- */

static void refuse(const struct sbk_root_answer *answer, sbk_result result, const char *reason) {
    struct sbk_root_request taken;
    CHECK_FAILS(sbk_rotate_accept(store, answer, &taken, E), result, reason);
    assert_int_equal(in_use(SBK_KEY_STATION_CA, fixture_today()), 1);
    assert_int_equal(in_use(SBK_KEY_OFFICE_CA, fixture_today()), 1);
    assert_int_equal(in_use(SBK_KEY_ROOT, fixture_today()), 1);
    struct sbk_city city = load(fixture_today());
    assert_int_equal(city.issuer_count, 4);
    sbk_city_free(&city);
}

/* One that was made for another request, under the name of this one. */
static void refuse_instead(struct sbk_root_answer answer, const struct sbk_root_request *request, const char *reason) {
    uint8_t bytes[SBK_ROOT_REQUEST_MAX];
    size_t size = 0;
    assert_int_equal(sbk_root_request_write(request, bytes, sizeof bytes, &size), SBK_FORMAT_OK);
    CHECK_OK(sbk_sha256(bytes, size, answer.request_hash, E));
    refuse(&answer, SBK_TAMPERED, reason);
}

static void other_answers_to_a_ca(void **state) {
    struct sbk_key *root = fixture_key(store, SBK_KEY_ROOT);
    struct sbk_key *next = next_root(2);
    const struct sbk_root_request request = ask(SBK_KEY_STATION_CA, 0, 0);
    struct sbk_root_request other = request;
    struct sbk_root_answer answer;
    (void)state;
    other.made++;
    answer = answer_by(root, NULL, &other);
    refuse(&answer, SBK_REFUSED, SBK_REASON_NOT_FOUND);
    other = request;
    other.orders[0].until++;
    refuse_instead(answer_by(root, NULL, &other), &request, SBK_REASON_CERTIFICATE);
    other = request;
    other.orders[0].role = SBK_KEY_CARD_CA;
    refuse_instead(answer_by(root, NULL, &other), &request, SBK_REASON_CERTIFICATE);
    other = request;
    other.orders[0].generation++;
    refuse_instead(answer_by(root, NULL, &other), &request, SBK_REASON_CERTIFICATE);
    other = request;
    memcpy(other.orders[0].key, sbk_key_info(next)->public_part, SBK_POINT_SIZE);
    refuse_instead(answer_by(root, NULL, &other), &request, SBK_REASON_CERTIFICATE);
    /* Signed by another root, and altered. */
    other = request;
    other.generation = 2;
    CHECK_OK(sbk_point_hash(sbk_key_info(next)->public_part, other.root_hash, E));
    refuse_instead(answer_by(next, NULL, &other), &request, SBK_REASON_CERTIFICATE);
    answer = answer_by(root, NULL, &request);
    answer.certificates[0][SBK_ISSUER_CERTIFICATE_SIZE - 1] ^= 1;
    refuse(&answer, SBK_TAMPERED, SBK_REASON_CERTIFICATE);
    answer = answer_by(root, NULL, &request);
    answer.count = 0;
    refuse(&answer, SBK_TAMPERED, SBK_REASON_CERTIFICATE);
    sbk_key_close(&root);
    sbk_key_close(&next);
}

static void other_successors(void **state) {
    const uint16_t until = (uint16_t)(fixture_today() + 30);
    struct sbk_key *root = fixture_key(store, SBK_KEY_ROOT);
    struct sbk_key *next = next_root(2);
    struct sbk_key *after = next_root(3);
    const struct sbk_root_request request = ask_succession(until);
    struct sbk_root_request other = request;
    struct sbk_root_answer answer;
    (void)state;
    /* Only the root that was announced answers, with one announced after it. */
    CHECK_FAILS(sbk_root_answer(root, sbk_key_info(after), &request, &answer, E), SBK_REFUSED, SBK_REASON_FORBIDDEN);
    CHECK_FAILS(sbk_root_answer(next, NULL, &request, &answer, E), SBK_USAGE, SBK_REASON_USAGE);
    CHECK_FAILS(sbk_root_answer(next, sbk_key_info(next), &request, &answer, E), SBK_USAGE, SBK_REASON_USAGE);
    /* A thief of the present root makes a root of generation 3 his own and calls it the second. */
    answer = answer_by(next, sbk_key_info(after), &request);
    memcpy(answer.anchor.key, sbk_key_info(after)->public_part, SBK_POINT_SIZE);
    refuse(&answer, SBK_TAMPERED, SBK_REASON_CERTIFICATE);
    answer = answer_by(next, sbk_key_info(after), &request);
    CHECK_OK(sbk_root_link(root, &answer.anchor, until, answer.link, E));
    refuse(&answer, SBK_TAMPERED, SBK_REASON_SIGNATURE);
    answer = answer_by(next, sbk_key_info(after), &request);
    answer.anchor.next_hash[0] ^= 1;
    refuse(&answer, SBK_TAMPERED, SBK_REASON_CERTIFICATE);
    other.old_until = 0;
    refuse_instead(answer_by(next, sbk_key_info(after), &other), &request, SBK_REASON_CERTIFICATE);
    other = request;
    other.office_hash[0] ^= 1;
    refuse_instead(answer_by(next, sbk_key_info(after), &other), &request, SBK_REASON_CERTIFICATE);
    other = request;
    other.order_count--;
    refuse_instead(answer_by(next, sbk_key_info(after), &other), &request, SBK_REASON_CERTIFICATE);
    sbk_key_close(&root);
    sbk_key_close(&next);
    sbk_key_close(&after);
}

static void an_answer_twice_and_one_too_late(void **state) {
    struct sbk_root_request taken;
    struct sbk_key *root = fixture_key(store, SBK_KEY_ROOT);
    const struct sbk_root_request late = ask(SBK_KEY_LIST_SIGNER, 0, 0);
    const struct sbk_root_answer late_answer = answer_by(root, NULL, &late);
    struct sbk_key *next = next_root(2);
    struct sbk_key *after = next_root(3);
    const struct sbk_root_request request = ask_succession(fixture_today());
    const struct sbk_root_answer answer = answer_by(next, sbk_key_info(after), &request);
    (void)state;
    for (int i = 0; i < 2; i++) {
        CHECK_OK(sbk_rotate_accept(store, &answer, &taken, E));
        assert_int_equal(in_use(SBK_KEY_ROOT, fixture_today()), 2);
    }
    CHECK_FAILS(sbk_rotate_accept(store, &late_answer, &taken, E), SBK_REFUSED, SBK_REASON_OLD_NUMBER);
    assert_int_equal(in_use(SBK_KEY_LIST_SIGNER, fixture_today()), 1);
    sbk_key_close(&root);
    sbk_key_close(&next);
    sbk_key_close(&after);
}

/* ---- a process that dies ---- */

static uint8_t dying_role; /* root: a succession */

static void work(void) {
    if (dying_role == SBK_KEY_ROOT) {
        succeed(2, fixture_today());
    } else {
        rotate(dying_role, 0, 0);
    }
}

/* Before each step that puts a file in place, again and again in the same store: old or new, and the same work, done
 * again, ends. */
static void whole_or_not_at_all(void **state) {
    static const uint8_t roles[] = {SBK_KEY_STATION_CA, SBK_KEY_OFFICE_CA, SBK_KEY_ROOT};
    (void)state;
    sbk_key_close(&(struct sbk_key *){next_root(3)});
    for (size_t i = 0; i < sizeof roles; i++) {
        long at = 0;
        dying_role = roles[i];
        while (dying_run(work, at)) {
            struct sbk_city city = load(fixture_today());
            assert_int_equal(in_use(dying_role, fixture_today()), 1);
            sbk_city_free(&city);
            at++;
        }
        assert_true(at >= 2);
        assert_int_equal(in_use(dying_role, fixture_today()), 2);
        struct sbk_city city = load(fixture_today());
        sbk_city_free(&city);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(old_and_new_count_side_by_side, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pending_key_is_used_by_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(terms_that_cannot_be_meant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_office_ca_takes_the_city_along, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_an_office_signed_stays_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(three_roots_in_a_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stolen_ca_is_left_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_answers_to_a_ca, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_successors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_twice_and_one_too_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whole_or_not_at_all, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
