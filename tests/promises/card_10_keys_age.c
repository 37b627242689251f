/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 10, keys age, cards do not: any key can be rotated while the cards stay in people's hands; a card that slept through
 * several root generations is brought forward by links, in sequence, at its next tap; a stolen root cannot do that.
 * A whole card, channel and all. tests/faults/test_drills.c tears such taps at every write.
 *
 * Broken variants: in applet/host/link.c accept a link that the current root signed; leave out that the generation is
 * the next; keep the previous root after "old until 0"; leave the cache as it is. tests/variants has these and more.
 */
#include "tests/faults/rig.h"

#include <string.h>

#include "schema/apdu.h"
#include "tests/faults/logical.h"

#define RICE 0
#define NO_ROOT SBK_SW_REFERENCE
#define UNTIL issuer_day(2027, 3, 31)

static struct rig card;
static struct logical before, after;

/* A family's card, made and activated under that root, with a purchase at its store. */
static void family(uint8_t root) {
    rig_blank(&card);
    issuer_rotate(SBK_ROLE_ROOT, root);
    rig_encode(&card);
    rig_activate_encoded(&card);
    assert_int_equal(rig_station(&card, STORE), SBK_SW_OK);
    assert_int_equal(rig_debit(&card, (const struct ask[]){{RICE, 2000}}, 1, SBK_WHO_HOLDER, RIG_HOLDER), SBK_SW_OK);
}

static uint16_t buy(uint32_t grams) {
    return rig_debit(&card, (const struct ask[]){{RICE, grams}}, 1, SBK_WHO_HOLDER, RIG_HOLDER);
}

static uint32_t spent(void) {
    const uint8_t *purse;

    assert_int_equal(rig_read_status(&card), SBK_SW_OK);
    purse = card.f.reply + 30 + 9 * RICE;
    return (uint32_t)purse[3] << 16 | (uint32_t)purse[4] << 8 | purse[5];
}

static void keep(void) {
    logical_read(&card.f.memory, &before);
}

static void assert_untouched(void) {
    logical_read(&card.f.memory, &after);
    assert_memory_equal(&before, &after, sizeof(before));
}

/* A link with these keys' numbers; whoever signs it. */
static uint16_t link_of(uint8_t generation, uint8_t brings, uint8_t next, uint8_t signer) {
    uint8_t link[SBK_LINK_SIZE];
    uint8_t scalar[32];
    uint8_t hash[SBK_HASH_SIZE];

    make_link(link, generation, brings, next, 0);
    sbk_sha256(link, SBK_LINK_SIZE - SBK_SIGNATURE_SIZE, hash);
    scalar_of(signer, scalar);
    assert_true(sbk_port_p256_sign(scalar, hash, link + SBK_LINK_SIZE - SBK_SIGNATURE_SIZE));
    return rig_send_link(&card, link);
}

/* A store with a certificate of that day, shown after its CA as that root certified it. */
static uint16_t show_store(uint8_t root, uint8_t ca, uint16_t from) {
    uint8_t certificate[SBK_CERTIFICATE_MAX];
    const size_t size = issue_station_ca(root, ca, certificate);
    const struct shown *shown = issuer_terminal(STORE_DATED);
    uint16_t status;

    issuer_dated(ca, from, (uint16_t)(from + 20));
    (void)rig_select(&card);
    status = show_ca(&card.f, root, certificate, size);
    return status == SBK_SW_OK ? show_leaf(&card.f, SBK_KID_ROOT, root, shown->leaf, shown->size) : status;
}

/* The same store to a card that is to know the CA. */
static uint16_t show_store_of_cached(uint8_t ca, uint16_t from) {
    const struct shown *shown = issuer_terminal(STORE_DATED);

    issuer_dated(ca, from, (uint16_t)(from + 20));
    (void)rig_select(&card);
    return show_leaf(&card.f, SBK_KID_STATION_CA, ca, shown->leaf, shown->size);
}

/* A session of such a store, floor and all, under the root in force. */
static void stand_at(uint16_t from) {
    issuer_dated(1, from, (uint16_t)(from + 20));
    assert_int_equal(rig_station(&card, STORE_DATED), SBK_SW_OK);
}

/* GET DATA 00E0 names it. */
static bool holds_key(uint8_t kid, uint8_t kvn) {
    assert_int_equal(send_hex(&card.f, "00CA00E000"), SBK_SW_OK);
    for (size_t i = 0; i + 3 < card.f.reply_size; i++)
        if (card.f.reply[i] == 0xC0 && card.f.reply[i + 2] == kid && card.f.reply[i + 3] == kvn)
            return true;
    return false;
}

/* ---- any key can be rotated while the cards stay in people's hands ---- */

static void a_new_station_certificate(void **state) {
    (void)state;
    family(1);
    assert_int_equal(rig_station(&card, STORE_RENEWED), SBK_SW_OK);
    assert_int_equal(buy(10), SBK_SW_OK);
    /* The old one is good to its last day. */
    assert_int_equal(rig_station(&card, STORE), SBK_SW_OK);
    assert_int_equal(buy(1), SBK_SW_OK);
    assert_int_equal(spent(), 2011);
}

static void a_new_station_ca(void **state) {
    (void)state;
    family(1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rig_station(&card, STORE_SECOND_CA), SBK_SW_OK);
        assert_int_equal(buy(10), SBK_SW_OK);
        assert_int_equal(rig_select(&card).station_ca, 2);
        /* Whoever has a certificate of the old one goes on. */
        assert_int_equal(rig_station(&card, STORE_OTHER), SBK_SW_OK);
        assert_int_equal(buy(1), SBK_SW_OK);
        assert_int_equal(rig_select(&card).station_ca, 1);
    }
    assert_int_equal(rig_station(&card, STORE_OTHER), SBK_SW_OK);
    assert_int_equal(spent(), 2022);
}

static void a_new_card_ca(void **state) {
    (void)state;
    family(1);
    issuer_rotate(SBK_ROLE_CARD_CA, 2);
    assert_int_equal(rig_station(&card, STORE), SBK_SW_OK);
    assert_int_equal(rig_renew(&card, issuer_day(2026, 11, 3)), SBK_SW_OK);
    assert_int_equal(buy(10), SBK_SW_OK);
    issuer_rotate(SBK_ROLE_CARD_CA, 1);
    assert_int_equal(rig_renew(&card, issuer_day(2026, 11, 3)), SBK_SW_OLD_NUMBER);
    assert_int_equal(rig_renew(&card, issuer_day(2026, 11, 4)), SBK_SW_OK);
    assert_int_equal(buy(1), SBK_SW_OK);
    assert_int_equal(spent(), 2011);
}

/* Whoever of the two signed: the number decides. What the old one signed stays. */
static void a_new_grant_signer(void **state) {
    static const struct {
        uint32_t number;
        uint8_t signer;
        uint16_t status;
    } mandates[] = {{3, 2, SBK_SW_OK}, {2, 1, SBK_SW_OLD_NUMBER}, {3, 1, SBK_SW_OLD_NUMBER}, {4, 1, SBK_SW_OK},
        {4, 2, SBK_SW_OLD_NUMBER}, {5, 2, SBK_SW_OK}};

    (void)state;
    family(1);
    assert_int_equal(rig_station(&card, STORE), SBK_SW_OK);
    for (size_t i = 0; i < sizeof(mandates) / sizeof(mandates[0]); i++) {
        issuer_rotate(SBK_ROLE_GRANT_SIGNER, mandates[i].signer);
        issuer_mandate()->number = mandates[i].number;
        assert_int_equal(rig_mandate(&card), mandates[i].status);
        assert_int_equal(buy(1), SBK_SW_OK);
    }
    issuer_identity()->number = 2;
    assert_int_equal(rig_identity(&card), SBK_SW_OK);
    assert_int_equal(spent(), 2006);
}

static void a_new_list_signer(void **state) {
    (void)state;
    family(1);
    assert_int_equal(rig_station(&card, STORE), SBK_SW_OK);
    issuer_rotate(SBK_ROLE_LIST_SIGNER, 2);
    assert_int_equal(rig_notice(&card, SBK_NOTICE_STOP, 2), SBK_SW_OK);
    issuer_rotate(SBK_ROLE_LIST_SIGNER, 1);
    assert_int_equal(rig_notice(&card, SBK_NOTICE_STOP, 1), SBK_SW_OLD_NUMBER);
    assert_int_equal(rig_notice(&card, SBK_NOTICE_STOP, 3), SBK_SW_OK);
    assert_int_equal(buy(1), SBK_SW_STOPPED);
}

/* ---- a card that slept is brought forward by links, in sequence, at its next tap ---- */

static void brought_forward_in_one_tap(void **state) {
    (void)state;
    for (uint8_t behind = 0; behind <= 3; behind++) {
        uint8_t root = (uint8_t)(4 - behind);

        family(root);
        issuer_rotate(SBK_ROLE_ROOT, 4);
        if (behind > 0)
            assert_int_equal(rig_station(&card, STORE), NO_ROOT);
        assert_int_equal(rig_select(&card).root, root);
        while (root++ < 4)
            assert_int_equal(rig_link(&card, root, UNTIL), SBK_SW_OK);
        assert_int_equal(rig_station(&card, STORE), SBK_SW_OK);
        assert_int_equal(buy(500), SBK_SW_OK);
        assert_int_equal(spent(), 2500);
        assert_int_equal(rig_select(&card).root, 4);
    }
}

/* The links to 2, 3 and 4 in every order, each twice: only the next one is taken. */
static void in_sequence(void **state) {
    static const uint8_t orders[6][3] = {{2, 3, 4}, {2, 4, 3}, {3, 2, 4}, {3, 4, 2}, {4, 2, 3}, {4, 3, 2}};

    (void)state;
    for (size_t order = 0; order < 6; order++) {
        uint8_t now = 1;

        family(1);
        assert_int_equal(rig_no_session(&card), SBK_SW_OK);
        for (size_t i = 0; i < 6; i++) {
            const uint8_t to = orders[order][i / 2];
            const bool next = to == now + 1;

            keep();
            assert_int_equal(rig_link(&card, to, UNTIL), next        ? SBK_SW_OK
                                                         : to <= now ? SBK_SW_OLD_NUMBER
                                                                     : SBK_SW_REFERENCE);
            if (next)
                now = to;
            else
                assert_untouched();
            assert_int_equal(rig_select(&card).root, now);
        }
    }
}

/* Even the key that is committed to comes as the next generation, not as a later one. */
static void no_generation_is_skipped(void **state) {
    (void)state;
    family(1);
    assert_int_equal(rig_no_session(&card), SBK_SW_OK);
    keep();
    for (uint8_t generation = 3; generation < 6; generation++)
        assert_int_equal(
            link_of(generation, issuer_root_number(2), issuer_root_number(3), issuer_root_number(2)), SBK_SW_REFERENCE);
    assert_untouched();
    assert_int_equal(rig_link(&card, 2, UNTIL), SBK_SW_OK);
}

/* ---- a stolen root cannot do that ---- */

/* The current root's key, or the one's before, alone or over the next root's point; and any other key of the city. */
static void a_stolen_root_cannot(void **state) {
    (void)state;
    for (uint8_t root = 1; root <= 3; root++) {
        const uint8_t next = issuer_root_number((uint8_t)(root + 1));
        uint8_t thieves[] = {issuer_root_number(root), issuer_root_number(root > 1 ? (uint8_t)(root - 1) : root),
            KEY_STATION_CA, KEY_STRANGER, 50 + SBK_ROLE_GRANT_SIGNER, 50 + SBK_ROLE_LIST_SIGNER};

        family(1);
        assert_int_equal(rig_no_session(&card), SBK_SW_OK);
        for (uint8_t to = 2; to <= root; to++)
            assert_int_equal(rig_link(&card, to, UNTIL), SBK_SW_OK);
        keep();
        for (size_t i = 0; i < sizeof(thieves); i++) {
            const uint8_t to = (uint8_t)(root + 1);

            assert_int_equal(link_of(to, thieves[i], thieves[i], thieves[i]), SBK_SW_SIGNATURE);
            assert_int_equal(link_of(to, next, thieves[i], thieves[i]), SBK_SW_SIGNATURE);
            assert_int_equal(link_of(to, thieves[i], thieves[i], next), SBK_SW_SIGNATURE);
            assert_int_equal(link_of((uint8_t)(to + 1), thieves[i], thieves[i], thieves[i]), SBK_SW_REFERENCE);
            assert_untouched();
        }
        assert_int_equal(link_of((uint8_t)(root + 1), next, issuer_root_number((uint8_t)(root + 2)), next), SBK_SW_OK);
    }
}

/* ---- the card keeps the current root and the hash of the next root's key; a link carries the hash of the one after ---- */

static void each_link_commits_to_the_next(void **state) {
    const uint8_t second = issuer_root_number(2), third = issuer_root_number(3);

    (void)state;
    family(1);
    assert_int_equal(rig_no_session(&card), SBK_SW_OK);
    /* Root 2 commits to another key than the city's third root: only that one follows. */
    assert_int_equal(link_of(2, second, KEY_STRANGER, second), SBK_SW_OK);
    assert_int_equal(link_of(3, third, third, third), SBK_SW_SIGNATURE);
    assert_int_equal(link_of(3, second, third, second), SBK_SW_SIGNATURE);
    assert_int_equal(link_of(3, KEY_STRANGER, third, KEY_STRANGER), SBK_SW_OK);
}

/* ---- it says until when the old root counts (never, after a compromise) ---- */

/* Old certificates of everything that stands under a root: the station CA's, and the three that come with records. */
static void offer_old_certificates(uint16_t from, bool taken) {
    assert_int_equal(show_store(1, 1, from), taken ? SBK_SW_OK : NO_ROOT);
    issuer_rotate(SBK_ROLE_ROOT, 2);
    stand_at(from);
    issuer_rotate(SBK_ROLE_ROOT, 1);
    keep();
    issuer_mandate()->number = taken ? 2 : 3;
    issuer_identity()->number = taken ? 2 : 3;
    if (!taken) {
        assert_int_equal(rig_mandate(&card), SBK_SW_SIGNATURE);
        assert_int_equal(rig_identity(&card), SBK_SW_SIGNATURE);
        assert_int_equal(rig_notice(&card, SBK_NOTICE_PIN_RESET, 2), SBK_SW_SIGNATURE);
        assert_int_equal(rig_renew(&card, issuer_day(2026, 12, 2)), SBK_SW_CERTIFICATE);
        assert_untouched();
    } else {
        assert_int_equal(rig_mandate(&card), SBK_SW_OK);
        assert_int_equal(rig_identity(&card), SBK_SW_OK);
        assert_int_equal(rig_notice(&card, SBK_NOTICE_PIN_RESET, 1), SBK_SW_OK);
        assert_int_equal(rig_renew(&card, issuer_day(2026, 12, 1)), SBK_SW_OK);
    }
}

static void the_old_root_counts_until_its_day(void **state) {
    (void)state;
    family(1);
    assert_int_equal(rig_no_session(&card), SBK_SW_OK);
    assert_int_equal(rig_link(&card, 2, UNTIL), SBK_SW_OK);
    assert_true(holds_key(SBK_KID_ROOT, 1));
    offer_old_certificates(UNTIL, true);
    /* From the day after, by the terminal's first day, it does not; and the old floor brings it back only for old leaves. */
    assert_int_equal(show_store(1, 1, (uint16_t)(UNTIL + 1)), NO_ROOT);
    offer_old_certificates((uint16_t)(UNTIL + 1), false);
    issuer_rotate(SBK_ROLE_ROOT, 2);
    stand_at((uint16_t)(UNTIL + 1));
    issuer_mandate()->number = 3;
    assert_int_equal(rig_mandate(&card), SBK_SW_OK); /* the floor is stored with it */
    assert_int_equal(show_store(1, 1, UNTIL), NO_ROOT);
    assert_int_equal(show_store(2, 1, (uint16_t)(UNTIL + 1)), SBK_SW_OK);
}

static void never_after_a_compromise(void **state) {
    (void)state;
    family(1);
    assert_int_equal(rig_no_session(&card), SBK_SW_OK);
    assert_int_equal(rig_link(&card, 2, 0), SBK_SW_OK);
    assert_false(holds_key(SBK_KID_ROOT, 1));
    issuer_rotate(SBK_ROLE_ROOT, 1);
    assert_int_equal(rig_station(&card, STORE), NO_ROOT);
    offer_old_certificates(issuer_day(2026, 11, 5), false);
}

/* Of two roots before, only the last is kept, whatever its day. */
static void only_one_root_before(void **state) {
    (void)state;
    family(1);
    assert_int_equal(rig_no_session(&card), SBK_SW_OK);
    assert_int_equal(rig_link(&card, 2, UNTIL), SBK_SW_OK);
    assert_int_equal(rig_link(&card, 3, UNTIL), SBK_SW_OK);
    assert_int_equal(show_store(1, 1, issuer_day(2026, 11, 5)), NO_ROOT);
    assert_int_equal(show_store(2, 1, issuer_day(2026, 11, 5)), SBK_SW_OK);
    assert_false(holds_key(SBK_KID_ROOT, 1));
    assert_true(holds_key(SBK_KID_ROOT, 2));
    assert_true(holds_key(SBK_KID_ROOT, 3));
}

/* ---- and is accepted before any channel ---- */

static void before_any_channel(void **state) {
    uint8_t link[SBK_LINK_SIZE];

    (void)state;
    make_link(link, 2, issuer_root_number(2), issuer_root_number(3), UNTIL);
    rig_encoded(&card);
    assert_int_equal(rig_send(&card, SBK_INS_ROOT_LINK, 0, 0, link, sizeof(link)), SBK_SW_CONDITIONS);
    assert_int_equal(rig_no_session(&card), SBK_SW_OK);
    assert_int_equal(rig_send_link(&card, link), SBK_SW_CONDITIONS); /* not closed */
    family(1);
    keep();
    assert_int_equal(rig_send(&card, SBK_INS_ROOT_LINK, 0, 0, link, sizeof(link)), SBK_SW_CONDITIONS);
    assert_int_equal(buy(1), SBK_SW_OK); /* and the session goes on */
    keep();
    assert_int_equal(rig_send_link(&card, link), SBK_SW_SECURITY);
    assert_untouched();
    assert_int_equal(rig_send_link(&card, link), SBK_SW_OK); /* the session is over: whatever is selected */
    assert_int_equal(rig_select(&card).root, 2);
}

/* A certificate shown before the link opens nothing after it. */
static void a_link_forgets_what_was_shown(void **state) {
    (void)state;
    family(1);
    assert_int_equal(show_store(1, 1, issuer_day(2026, 11, 5)), SBK_SW_OK);
    assert_int_equal(rig_link(&card, 2, 0), SBK_SW_OK);
    assert_int_equal(mutual(&card.f, SBK_USAGE_FULL, issuer_terminal(STORE_DATED)->key), SBK_SW_CONDITIONS);
}

/* ---- the new root re-certifies the CA keys in use, so stations go on ---- */

static void stations_go_on(void **state) {
    const struct shown *store = issuer_terminal(STORE);
    uint8_t leaf[SBK_CERTIFICATE_MAX];

    (void)state;
    family(1);
    memcpy(leaf, store->leaf, store->size);
    for (uint8_t root = 2; root <= 4; root++) {
        assert_int_equal(rig_no_session(&card), SBK_SW_OK);
        assert_int_equal(rig_link(&card, root, 0), SBK_SW_OK);
        issuer_rotate(SBK_ROLE_ROOT, root);
        assert_int_equal(rig_station(&card, STORE), SBK_SW_OK);
        assert_int_equal(buy(1), SBK_SW_OK);
        assert_memory_equal(leaf, store->leaf, store->size);
    }
    assert_int_equal(spent(), 2003);
}

/* ---- key references ---- */

static void key_references(void **state) {
    uint8_t ca[SBK_CERTIFICATE_MAX];

    (void)state;
    for (uint8_t root = 1; root <= 3; root++) {
        const size_t size = issue_station_ca(root, 1, ca);

        family(root);
        assert_int_equal(rig_no_session(&card), SBK_SW_OK);
        assert_true(holds_key(SBK_KID_ROOT, root));
        assert_true(holds_key(SBK_KID_STATION_CA, 1));
        for (uint8_t named = 1; named <= 4; named++) {
            (void)rig_select(&card);
            assert_int_equal(show_ca(&card.f, named, ca, size), named == root ? SBK_SW_OK : SBK_SW_REFERENCE);
            assert_int_equal(show_store_of_cached(1, issuer_day(2026, 11, 5)), SBK_SW_OK);
        }
    }
    assert_int_equal(show_store_of_cached(2, issuer_day(2026, 11, 5)), SBK_SW_REFERENCE);
    assert_false(holds_key(SBK_KID_STATION_CA, 2));
}

/* ---- caches ---- */

static void showing_certificates_writes_nothing(void **state) {
    (void)state;
    family(1);
    for (enum terminal who = STORE; who < STORE_DATED; who++) {
        const uint32_t writes = card.f.card.memory.page_writes;

        assert_int_equal(rig_station(&card, who), SBK_SW_OK);
        assert_int_equal(rig_read_status(&card), SBK_SW_OK);
        assert_int_equal(card.f.card.memory.page_writes, writes);
    }
}

static void cached_with_the_first_commit(void **state) {
    (void)state;
    rig_closed(&card);
    assert_int_equal(rig_station(&card, REGISTRAR), SBK_SW_OK);
    assert_int_equal(rig_select(&card).station_ca, 0);
    assert_int_equal(rig_station(&card, REGISTRAR), SBK_SW_OK);
    assert_int_equal(rig_activate(&card, RIG_HOLDER, RIG_ALTERNATE), SBK_SW_OK);
    assert_int_equal(rig_select(&card).station_ca, 1);
    assert_int_equal(rig_station(&card, STORE_SECOND_CA), SBK_SW_OK);
    assert_int_equal(rig_select(&card).station_ca, 1);
    assert_int_equal(rig_station(&card, STORE_SECOND_CA), SBK_SW_OK);
    assert_int_equal(buy(1), SBK_SW_OK);
    assert_int_equal(rig_select(&card).station_ca, 2);
    assert_int_equal(show_store_of_cached(2, issuer_day(2026, 11, 15)), SBK_SW_OK);
}

/* SELECT tells the same of a card, whichever stores it was at. */
static void select_announces_no_leaf(void **state) {
    uint8_t told[64];
    size_t size;

    (void)state;
    family(1);
    (void)rig_select(&card);
    size = card.f.reply_size;
    memcpy(told, card.f.reply, size);
    for (enum terminal who = STORE_OTHER; who <= STORE_THIRD; who++) {
        assert_int_equal(rig_station(&card, who), SBK_SW_OK);
        assert_int_equal(buy(1), SBK_SW_OK);
        (void)rig_select(&card);
        assert_int_equal(card.f.reply_size, size);
        assert_memory_equal(card.f.reply, told, size);
    }
}

/* Expiry, and the root above it, at every use. */
static void checked_again_at_every_use(void **state) {
    const uint16_t last = issuer_day(2027, 12, 31);

    (void)state;
    family(1);
    assert_int_equal(show_store_of_cached(1, last), SBK_SW_OK);
    assert_int_equal(show_store_of_cached(1, (uint16_t)(last + 1)), SBK_SW_EXPIRED);
    assert_int_equal(rig_no_session(&card), SBK_SW_OK);
    assert_int_equal(rig_link(&card, 2, UNTIL), SBK_SW_OK);
    /* A CA that the root before certified, cached while that counts. */
    issuer_rotate(SBK_ROLE_ROOT, 1);
    assert_int_equal(rig_station(&card, STORE), SBK_SW_OK);
    assert_int_equal(buy(1), SBK_SW_OK);
    assert_int_equal(rig_select(&card).station_ca, 1);
    assert_int_equal(show_store_of_cached(1, UNTIL), SBK_SW_OK);
    assert_int_equal(show_store_of_cached(1, (uint16_t)(UNTIL + 1)), NO_ROOT);
}

static void cleared_by_links(void **state) {
    static const bool compromised[] = {false, true};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        family(1);
        assert_int_equal(show_store_of_cached(1, issuer_day(2026, 11, 5)), SBK_SW_OK);
        assert_int_equal(rig_link(&card, 2, compromised[i] ? 0 : UNTIL), SBK_SW_OK);
        assert_int_equal(rig_select(&card).station_ca, 0);
        assert_int_equal(show_store_of_cached(1, issuer_day(2026, 11, 5)), SBK_SW_REFERENCE);
        assert_false(holds_key(SBK_KID_STATION_CA, 1));
    }
}

/* ---- what a link leaves alone ---- */

static void a_link_touches_nothing_else(void **state) {
    const size_t roots = SBK_IMAGE_ROOTS, keys = SBK_IMAGE_AGREEMENT, cache = SBK_IMAGE_CACHE, rest = SBK_IMAGE_JOURNAL;

    (void)state;
    family(1);
    assert_int_equal(
        rig_debit(&card, (const struct ask[]){{RICE, 1}}, 1, SBK_WHO_HOLDER, "000000"), SBK_SW_PIN_WRONG | 4);
    assert_int_equal(rig_no_session(&card), SBK_SW_OK);
    keep();
    for (uint8_t root = 2; root <= 4; root++)
        assert_int_equal(rig_link(&card, root, UNTIL), SBK_SW_OK);
    logical_read(&card.f.memory, &after);
    assert_memory_equal(before.image, after.image, roots);
    assert_memory_equal(before.image + keys, after.image + keys, cache - keys);
    assert_memory_equal(before.image + rest, after.image + rest, SBK_IMAGE_SIZE - rest);
    assert_memory_not_equal(before.image + roots, after.image + roots, keys - roots);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_station_certificate),
        cmocka_unit_test(a_new_station_ca),
        cmocka_unit_test(a_new_card_ca),
        cmocka_unit_test(a_new_grant_signer),
        cmocka_unit_test(a_new_list_signer),
        cmocka_unit_test(brought_forward_in_one_tap),
        cmocka_unit_test(in_sequence),
        cmocka_unit_test(no_generation_is_skipped),
        cmocka_unit_test(a_stolen_root_cannot),
        cmocka_unit_test(each_link_commits_to_the_next),
        cmocka_unit_test(the_old_root_counts_until_its_day),
        cmocka_unit_test(never_after_a_compromise),
        cmocka_unit_test(only_one_root_before),
        cmocka_unit_test(before_any_channel),
        cmocka_unit_test(a_link_forgets_what_was_shown),
        cmocka_unit_test(stations_go_on),
        cmocka_unit_test(key_references),
        cmocka_unit_test(showing_certificates_writes_nothing),
        cmocka_unit_test(cached_with_the_first_commit),
        cmocka_unit_test(select_announces_no_leaf),
        cmocka_unit_test(checked_again_at_every_use),
        cmocka_unit_test(cleared_by_links),
        cmocka_unit_test(a_link_touches_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
