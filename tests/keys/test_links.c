/* SPDX-License-Identifier: Apache-2.0 */
/* Following root links, and what is believed under roots that end: chains of links good and bad, a CA and a signer that
 * several roots certified. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/crypto.h"
#include "keys/issuing.h"
#include "keys/links.h"
#include "schema/reason.h"
#include "schema/records.h"
#include "tests/keys/fixture.h"

#include <stdlib.h>
#include <string.h>

#define ROOTS 5
#define ROGUE 9 /* a root of somebody else's making */

static char *folder;
static struct sbk_store *store;
static struct sbk_key *roots[ROGUE + 1]; /* by generation */
static struct sbk_key *station_ca;
static struct sbk_key *grant_signer;

static struct sbk_key *make(uint8_t role, uint8_t generation) {
    struct sbk_key *key = NULL;
    CHECK_OK(sbk_key_generate(store, role, generation, 1, fixture_passphrase(), &key, E));
    return key;
}

static int set_up(void **state) {
    (void)state;
    folder = fixture_folder();
    char *path = fixture_path(folder, "store");
    store = fixture_store(path, false);
    free(path);
    for (uint8_t generation = 1; generation <= ROOTS; generation++) {
        roots[generation] = make(SBK_KEY_ROOT, generation);
    }
    roots[ROGUE] = make(SBK_KEY_ROOT, ROGUE);
    station_ca = make(SBK_KEY_STATION_CA, 1);
    grant_signer = make(SBK_KEY_GRANT_SIGNER, 1);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    for (size_t i = 0; i <= ROGUE; i++) {
        sbk_key_close(&roots[i]);
    }
    sbk_key_close(&station_ca);
    sbk_key_close(&grant_signer);
    sbk_store_close(&store);
    fixture_remove(folder);
    return 0;
}

static const uint8_t *point(uint8_t which) {
    return sbk_key_info(roots[which])->public_part;
}

/* The root of a generation, which announces the next. */
static struct sbk_anchor anchor(uint8_t generation) {
    struct sbk_anchor made = {.generation = generation};
    memcpy(made.key, point(generation), SBK_POINT_SIZE);
    if (generation < ROOTS) {
        CHECK_OK(sbk_point_hash(point((uint8_t)(generation + 1)), made.next_hash, E));
    }
    return made;
}

struct link {
    uint8_t generation;
    uint8_t brings; /* whose key; 0: the generation's */
    uint8_t signs;  /* who signs; 0: the key that it brings */
    uint8_t next;   /* whose key is announced; 0: that of the next generation */
    uint16_t until;
    bool altered;
};

static void write_link(const struct link *link, uint8_t out[SBK_LINK_SIZE]) {
    const uint8_t brings = link->brings != 0 ? link->brings : link->generation;
    struct sbk_link fields = {.generation = link->generation, .old_until = link->until};
    size_t size = 0;
    const struct sbk_anchor plain = anchor(brings <= ROOTS ? brings : 1);
    memcpy(fields.key, point(brings), SBK_POINT_SIZE);
    memcpy(fields.next_hash, plain.next_hash, SBK_HASH_SIZE);
    if (link->next != 0) {
        CHECK_OK(sbk_point_hash(point(link->next), fields.next_hash, E));
    }
    assert_int_equal(sbk_link_write(&fields, out, SBK_LINK_SIZE, &size), SBK_FORMAT_OK);
    CHECK_OK(sbk_sign_record(roots[link->signs != 0 ? link->signs : brings], out, SBK_LINK_SIZE, &size, E));
    out[80] ^= link->altered;
}

struct chain {
    const char *name;
    uint8_t pinned[3]; /* generations; 0: no more */
    uint16_t pinned_until;
    uint8_t carried;
    struct link links[SBK_BUNDLE_LINKS_MAX];
    size_t count;
    uint16_t day;
    sbk_result result;
    const char *reason;
    struct {
        uint8_t generation;
        uint16_t until;
    } led[SBK_ROOTS_MAX]; /* what is to be pinned then */
    size_t led_count;
};

static struct sbk_trust *pin(const struct chain *chain) {
    struct sbk_trust *trust = NULL;
    CHECK_OK(sbk_trust_new(&trust, E));
    for (size_t i = 0; i < 3 && chain->pinned[i] != 0; i++) {
        const struct sbk_anchor one = anchor(chain->pinned[i]);
        const bool newest = i == 2 || chain->pinned[i + 1] == 0;
        CHECK_OK(sbk_trust_add_anchor(trust, &one, newest ? SBK_NO_END : chain->pinned_until, E));
    }
    return trust;
}

static void try_chain(const struct chain *chain) {
    uint8_t records[SBK_BUNDLE_LINKS_MAX][SBK_LINK_SIZE];
    struct sbk_bytes links[SBK_BUNDLE_LINKS_MAX];
    struct sbk_roots led = {.count = 99};
    struct sbk_trust *trust = pin(chain);
    const struct sbk_anchor carried = anchor(chain->carried);
    for (size_t i = 0; i < chain->count; i++) {
        write_link(&chain->links[i], records[i]);
        links[i] = (struct sbk_bytes){records[i], SBK_LINK_SIZE};
    }
    const sbk_result result = sbk_links_follow(trust, &carried, links, chain->count, chain->day, &led, fixture_error());
    if (result != chain->result || (result != SBK_OK && strcmp(E->reason, chain->reason) != 0)) {
        fail_msg("%s: %d %s", chain->name, (int)result, result != SBK_OK ? E->text : "");
    }
    if (result == SBK_OK) {
        assert_int_equal(led.count, chain->led_count);
        for (size_t i = 0; i < led.count; i++) {
            const struct sbk_anchor expected = anchor(chain->led[i].generation);
            assert_memory_equal(&led.roots[i].anchor, &expected, sizeof expected);
            assert_int_equal(led.roots[i].until, chain->led[i].until);
        }
        CHECK_OK(sbk_trust_add_roots(trust, &led, E));
    } else {
        assert_int_equal(led.count, 99); /* nothing came out of it */
        assert_true(E->text[0] != 0);
    }
    sbk_trust_free(&trust);
}

#define END SBK_NO_END
#define TO_4                                                                                                           \
    {                                                                                                                  \
        {.generation = 2, .until = 50}, {.generation = 3, .until = 0}, {                                               \
            .generation = 4, .until = 70                                                                               \
        }                                                                                                              \
    }

static void good_chains(void **state) {
    static const struct chain chains[] = {
        {"three steps", {1}, 0, 4, TO_4, 3, 100, SBK_OK, NULL, {{1, 50}, {2, 0}, {3, 70}, {4, END}}, 4},
        {"from the second on", {2}, 0, 4, TO_4, 3, 100, SBK_OK, NULL, {{2, 0}, {3, 70}, {4, END}}, 3},
        {"all behind, new days", {1, 2, 4}, END, 4, TO_4, 3, 100, SBK_OK, NULL, {{1, 50}, {2, 0}, {4, END}}, 3},
        {"already there", {4}, 0, 4, TO_4, 3, 100, SBK_OK, NULL, {{4, END}}, 1},
        {"no link needed", {4}, 0, 4, {{0}}, 0, 100, SBK_OK, NULL, {{4, END}}, 1},
        {"first install", {0}, 0, 4, TO_4, 3, 100, SBK_OK, NULL, {{4, END}}, 1},
        {"first install without links", {0}, 0, 4, {{0}}, 0, 100, SBK_OK, NULL, {{4, END}}, 1},
        {"a late file of a root that still counts", {1, 2}, 100, 1, {{0}}, 0, 100, SBK_OK, NULL, {{1, END}}, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        try_chain(&chains[i]);
    }
}

#define BAD SBK_TAMPERED, SBK_REASON_CERTIFICATE
static void bad_chains(void **state) {
    static const struct chain chains[] = {
        {.name = "skips", {1}, 0, 4, {{.generation = 2}, {.generation = 4}}, 2, 1, BAD},
        {.name = "repeats", {1}, 0, 3, {{.generation = 2}, {.generation = 2}, {.generation = 3}}, 3, 1, BAD},
        {.name = "goes back", {1}, 0, 2, {{.generation = 3}, {.generation = 2}}, 2, 1, BAD},
        {.name = "skips, first install", {0}, 0, 4, {{.generation = 2}, {.generation = 4}}, 2, 1, BAD},
        {.name = "altered", {1}, 0, 2, {{.generation = 2, .altered = true}}, 1, 1, BAD},
        {.name = "altered, first install", {0}, 0, 2, {{.generation = 2, .altered = true}}, 1, 1, BAD},
        {.name = "signed by the stolen current root", {1}, 0, 2, {{.generation = 2, .signs = 1}}, 1, 1, BAD},
        {.name = "brings the stolen current root again", {1}, 0, 2, {{.generation = 2, .brings = 1}}, 1, 1, BAD},
        {.name = "brings a key nobody announced",
            {1},
            0,
            2,
            {{.generation = 2, .brings = ROGUE, .next = 3}},
            1,
            1,
            BAD},
        {.name = "the second brings one",
            {1},
            0,
            3,
            {{.generation = 2}, {.generation = 3, .brings = ROGUE}},
            2,
            1,
            BAD},
        {.name = "announces another", {1}, 0, 2, {{.generation = 2, .next = ROGUE}}, 1, 1, BAD},
        {.name = "forks at a pinned step", {1, 2}, END, 2, {{.generation = 2, .next = ROGUE}}, 1, 1, BAD},
        {.name = "leads past", {1}, 0, 2, {{.generation = 2}, {.generation = 3}}, 2, 1, BAD},
        {.name = "leads short", {1}, 0, 3, {{.generation = 2}}, 1, 1, BAD},
        {.name = "no link", {1}, 0, 2, {{0}}, 0, 1, SBK_REFUSED, SBK_REASON_NOT_FOUND},
        {.name = "begins too late",
            {1},
            0,
            4,
            {{.generation = 3}, {.generation = 4}},
            2,
            1,
            SBK_REFUSED,
            SBK_REASON_NOT_FOUND},
        {.name = "of a root before the pinned one", {3}, 0, 2, {{.generation = 2}}, 1, 1, BAD},
        {.name = "of a root that counts no more", {1, 2}, 99, 1, {{0}}, 0, 100, SBK_REFUSED, SBK_REASON_EXPIRED},
        {.name = "of a compromised root", {1, 2}, 0, 1, {{0}}, 0, 100, SBK_REFUSED, SBK_REASON_EXPIRED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        try_chain(&chains[i]);
    }
    /* A carried root of another city. */
    struct sbk_roots led;
    struct sbk_trust *trust = pin(&chains[0]);
    struct sbk_anchor other = anchor(1);
    memcpy(other.key, point(ROGUE), SBK_POINT_SIZE);
    CHECK_FAILS(sbk_links_follow(trust, &other, NULL, 0, 1, &led, E), SBK_TAMPERED, SBK_REASON_CERTIFICATE);
    sbk_trust_free(&trust);
    /* The pinned second root announces another third than the links bring. */
    uint8_t records[2][SBK_LINK_SIZE];
    const struct sbk_bytes links[] = {{records[0], SBK_LINK_SIZE}, {records[1], SBK_LINK_SIZE}};
    struct sbk_anchor forked = anchor(2);
    CHECK_OK(sbk_point_hash(point(ROGUE), forked.next_hash, E));
    write_link(&(struct link){.generation = 2}, records[0]);
    write_link(&(struct link){.generation = 3}, records[1]);
    other = anchor(3);
    for (size_t from = 0; from < 2; from++) {
        CHECK_OK(sbk_trust_new(&trust, E));
        CHECK_OK(sbk_trust_add_anchor(trust, &forked, SBK_NO_END, E));
        CHECK_FAILS(
            sbk_links_follow(trust, &other, links + from, 2 - from, 1, &led, E), SBK_TAMPERED, SBK_REASON_CERTIFICATE);
        sbk_trust_free(&trust);
    }
}

/* News shortens a root's life, and nothing lengthens it. */
static void a_last_day_only_falls(void **state) {
    static const struct chain city = {.pinned = {1, 2}, .pinned_until = 500};
    static const uint16_t days[][2] = {{400, 400}, {450, 400}, {0, 0}, {300, 0}, {SBK_NO_END, 0}};
    struct sbk_trust *trust = pin(&city);
    const struct sbk_anchor carried = anchor(2);
    (void)state;
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        uint8_t record[SBK_LINK_SIZE];
        const struct sbk_bytes bytes = {record, sizeof record};
        const struct link link = {.generation = 2, .until = days[i][0]};
        struct sbk_roots led;
        uint16_t until = 1;
        write_link(&link, record);
        CHECK_OK(sbk_links_follow(trust, &carried, &bytes, 1, 100, &led, E));
        CHECK_OK(sbk_trust_add_roots(trust, &led, E));
        assert_non_null(sbk_trust_root(trust, 1, &until));
        assert_int_equal(until, days[i][1]);
        assert_non_null(sbk_trust_root(trust, 2, &until));
        assert_int_equal(until, SBK_NO_END);
    }
    assert_int_equal(sbk_trust_anchor(trust)->generation, 2);
    assert_null(sbk_trust_root(trust, 3, NULL));
    sbk_trust_free(&trust);
}

/* ---- what roots certified ---- */

struct issued {
    uint8_t bytes[SBK_CERTIFICATE_MAX];
    size_t size;
};

static struct issued certify(uint8_t root, const struct sbk_key *key, uint8_t generation) {
    struct issued issued;
    const struct sbk_key_info *info = sbk_key_info(key);
    struct sbk_certificate fields = {.role = info->role, .generation = generation, .effective = 100, .expiry = 1000};
    memcpy(fields.key, info->public_part, SBK_POINT_SIZE);
    CHECK_OK(sbk_issue_certificate(roots[root], &fields, issued.bytes, &issued.size, E));
    return issued;
}

static struct issued leaf(void) {
    struct issued issued;
    struct sbk_certificate fields = {
        .role = SBK_ROLE_STORE, .terminal = "EW01-A", .effective = 150, .expiry = 900, .rights.programmes = 1};
    memcpy(fields.rights.outlet, "EW01", 4);
    memcpy(fields.rights.kelurahan, "\x64\x72\x05\x10\x02", SBK_KELURAHAN_SIZE);
    memcpy(fields.key, point(ROGUE), SBK_POINT_SIZE);
    CHECK_OK(sbk_issue_certificate(station_ca, &fields, issued.bytes, &issued.size, E));
    return issued;
}

static size_t mandate(uint8_t out[SBK_MANDATE_MAX], uint16_t issued) {
    const struct sbk_mandate fields = {.alias = {1}, .number = 1, .issued = issued, .status = SBK_MANDATE_CLOSED};
    size_t size = 0;
    assert_int_equal(sbk_mandate_write(&fields, out, SBK_MANDATE_MAX, &size), SBK_FORMAT_OK);
    CHECK_OK(sbk_sign_record(grant_signer, out, SBK_MANDATE_MAX, &size, E));
    return size;
}

static void add(struct sbk_trust *trust, const struct issued *issued) {
    CHECK_OK(sbk_trust_add_issuer(trust, issued->bytes, issued->size, E));
}

static bool is(const struct sbk_bytes *found, const struct issued *issued) {
    return found->size == issued->size && memcmp(found->data, issued->bytes, issued->size) == 0;
}

static void the_newest_root_is_preferred(void **state) {
    static const struct chain city = {.pinned = {1, 2, 3}, .pinned_until = END};
    struct sbk_trust *trust = pin(&city);
    const struct issued by_2 = certify(2, station_ca, 1);
    const struct issued by_1 = certify(1, station_ca, 1);
    const struct issued by_3 = certify(3, station_ca, 1);
    const struct issued second = certify(1, station_ca, 2);
    struct sbk_bytes found;
    (void)state;
    add(trust, &by_2);
    add(trust, &by_3);
    add(trust, &by_1);
    assert_true(sbk_trust_find(trust, SBK_ROLE_STATION_CA, 1, &found) && is(&found, &by_3));
    assert_true(sbk_trust_find_under(trust, SBK_ROLE_STATION_CA, 1, 2, &found) && is(&found, &by_2));
    assert_true(sbk_trust_find_under(trust, SBK_ROLE_STATION_CA, 1, 1, &found) && is(&found, &by_1));
    assert_true(sbk_trust_find_under(trust, SBK_ROLE_STATION_CA, 1, 100, &found) && is(&found, &by_3));
    assert_false(sbk_trust_find_under(trust, SBK_ROLE_STATION_CA, 1, 0, &found));
    assert_false(sbk_trust_find(trust, SBK_ROLE_CARD_CA, 0, &found));
    /* the newest generation is the newest, by whatever root */
    add(trust, &second);
    assert_true(sbk_trust_find(trust, SBK_ROLE_STATION_CA, 0, &found) && is(&found, &second));
    assert_true(sbk_trust_find_under(trust, SBK_ROLE_STATION_CA, 0, 3, &found) && is(&found, &second));
    sbk_trust_free(&trust);
}

/* Root 1 ends after day 300: what stands under it alone ends with it, what root 2 certified anew goes on. */
static void what_a_root_certified_ends_with_it(void **state) {
    static const struct chain city = {.pinned = {1, 2}, .pinned_until = 300};
    struct sbk_trust *trust = pin(&city);
    const struct issued old = certify(1, station_ca, 1);
    const struct issued anew = certify(2, station_ca, 1);
    const struct issued signer = certify(1, grant_signer, 1);
    const struct issued signer_anew = certify(2, grant_signer, 1);
    const struct issued terminal = leaf();
    uint8_t record[SBK_MANDATE_MAX];
    uint8_t late[SBK_MANDATE_MAX];
    const size_t size = mandate(record, 200);
    const size_t late_size = mandate(late, 301);
    struct sbk_certificate parsed;
    struct sbk_bytes found;
    const uint64_t store_role = SBK_ROLE_BIT(SBK_ROLE_STORE);
    (void)state;
    /* new on day 301: refused; kept before: fine */
    CHECK_FAILS(sbk_trust_take_issuer(trust, old.bytes, old.size, 301, E), SBK_REFUSED, SBK_REASON_EXPIRED);
    CHECK_OK(sbk_trust_take_issuer(trust, old.bytes, old.size, 300, E));
    CHECK_OK(sbk_trust_take_issuer(trust, old.bytes, old.size, 301, E));
    add(trust, &signer);
    CHECK_OK(sbk_trust_verify(trust, terminal.bytes, terminal.size, store_role, 300, &parsed, E));
    CHECK_FAILS(sbk_trust_verify(trust, terminal.bytes, terminal.size, store_role, 301, &parsed, E), SBK_REFUSED,
        SBK_REASON_EXPIRED);
    /* a record of the days when it counted stays good, one made after does not become so */
    CHECK_OK(sbk_trust_verify_record(trust, record, size, 200, E));
    CHECK_FAILS(sbk_trust_verify_record(trust, late, late_size, 301, E), SBK_REFUSED, SBK_REASON_EXPIRED);
    add(trust, &anew);
    add(trust, &signer_anew);
    CHECK_OK(sbk_trust_verify(trust, terminal.bytes, terminal.size, store_role, 301, &parsed, E));
    CHECK_OK(sbk_trust_verify_record(trust, late, late_size, 301, E));
    CHECK_OK(sbk_trust_find_signer(trust, late, late_size, 301, &found, E));
    assert_true(is(&found, &signer_anew));
    CHECK_OK(sbk_trust_verify_record(trust, record, size, 200, E));
    record[20] ^= 1;
    CHECK_FAILS(sbk_trust_verify_record(trust, record, size, 200, E), SBK_TAMPERED, SBK_REASON_SIGNATURE);
    CHECK_FAILS(sbk_trust_verify_record_past(trust, record, size, 200, E), SBK_TAMPERED, SBK_REASON_SIGNATURE);
    sbk_trust_free(&trust);
}

/* Compromised: nothing under it counts, not even of earlier days; what was taken in earlier can still be read. */
static void what_a_stolen_root_certified_is_cut_off(void **state) {
    static const struct chain city = {.pinned = {1, 2}, .pinned_until = 0};
    struct sbk_trust *trust = pin(&city);
    const struct issued old = certify(1, station_ca, 1);
    const struct issued signer = certify(1, grant_signer, 1);
    const struct issued signer_anew = certify(2, grant_signer, 1);
    struct issued terminal = leaf();
    uint8_t record[SBK_MANDATE_MAX];
    const size_t size = mandate(record, 200);
    struct sbk_certificate parsed;
    const uint64_t store_role = SBK_ROLE_BIT(SBK_ROLE_STORE);
    (void)state;
    add(trust, &old); /* as from a database */
    add(trust, &signer);
    CHECK_FAILS(sbk_trust_verify(trust, terminal.bytes, terminal.size, store_role, 200, &parsed, E), SBK_REFUSED,
        SBK_REASON_EXPIRED);
    CHECK_FAILS(sbk_trust_verify_record(trust, record, size, 200, E), SBK_REFUSED, SBK_REASON_EXPIRED);
    CHECK_OK(sbk_trust_verify_past(trust, terminal.bytes, terminal.size, store_role, 200, &parsed, E));
    CHECK_OK(sbk_trust_verify_record_past(trust, record, size, 200, E));
    terminal.bytes[terminal.size - 1] ^= 1;
    CHECK_FAILS(sbk_trust_verify_past(trust, terminal.bytes, terminal.size, store_role, 200, &parsed, E), SBK_TAMPERED,
        SBK_REASON_CERTIFICATE);
    /* whichever of the two stands first */
    add(trust, &signer_anew);
    CHECK_OK(sbk_trust_verify_record(trust, record, size, 200, E));
    sbk_trust_free(&trust);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_chains),
        cmocka_unit_test(bad_chains),
        cmocka_unit_test(a_last_day_only_falls),
        cmocka_unit_test(the_newest_root_is_preferred),
        cmocka_unit_test(what_a_root_certified_ends_with_it),
        cmocka_unit_test(what_a_stolen_root_certified_is_cut_off),
    };
    return cmocka_run_group_tests_name("keys/links", tests, set_up, tear_down);
}
