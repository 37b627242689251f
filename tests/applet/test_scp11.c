/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "applet/host/image.h"
#include "applet/host/trust.h"
#include "fixture.h"
#include "hex.h"

/* The station's channel, the certificates that open it, what is cached, and root links. */

static struct fixture f;
static uint8_t ca[256];
static uint8_t leaf[256];
static size_t ca_size;
static size_t leaf_size;

static void start(void) {
    fixture_init(&f);
    close_card(&f);
    ca_size = make_ca(ca, 1, 1, KEY_ROOT, DAY_UNTIL);
    leaf_size = make_leaf(leaf, SBK_ROLE_STORE, 1, KEY_STORE, KEY_STATION_CA, DAY_FROM);
    assert_int_equal(select_applet(&f), 0x9000);
}

static void power_cycle(void) {
    tearing_power_on(&f.memory, 0, TEAR_DONE);
    sbk_card_power_on(&f.card);
    assert_int_equal(select_applet(&f), 0x9000);
}

static void test_whole_session(void **state) {
    (void)state;
    start();
    f.applet.closed = 0;
    memset(&f.card.counts, 0, sizeof f.card.counts);
    assert_int_equal(open_scp11(&f, ca, ca_size, leaf, leaf_size, KEY_STORE), 0x9000);
    assert_int_equal(f.card.counts.verifies, 2);
    assert_int_equal(f.card.counts.keygens, 1);
    assert_int_equal(f.card.counts.agreements, 2);
    /* Nobody is proven yet. */
    assert_int_equal(f.applet.proven, 0);
    assert_int_equal(send_secure_hex(&f, "80100000", ""), 0x9000);
    hex_expect("session", f.reply, f.reply_size, "023311");
    assert_int_equal(f.applet.proven, 1);
    assert_memory_equal(f.card.terminal.id, "toko-G\0\0\0\0\0\0", 12);
    assert_int_equal(send_secure_hex(&f, "80110140", ""), 0x9000);
    assert_int_equal(f.reply_size, 0x140);
    assert_int_equal(f.applet.closed, 0);
    assert_int_equal(select_applet(&f), 0x9000);
    assert_int_equal(f.applet.closed, 1);
    assert_int_equal(send_secure_hex(&f, "80100000", ""), 0x6982);
}

/* PSO and MUTUAL AUTHENTICATE leave no trace in memory. */
static void test_opening_writes_nothing(void **state) {
    (void)state;
    start();
    uint32_t before = f.card.memory.page_writes;
    assert_int_equal(open_scp11(&f, ca, ca_size, leaf, leaf_size, KEY_STORE), 0x9000);
    assert_int_equal(send_secure_hex(&f, "80100000", ""), 0x9000);
    assert_int_equal(f.card.memory.page_writes, before);
}

static void test_applet_insists_on_full_protection(void **state) {
    (void)state;
    start();
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
    assert_int_equal(show_leaf(&f, 0x10, 1, leaf, leaf_size), 0x9000);
    assert_int_equal(mutual(&f, SBK_USAGE_MAC, KEY_STORE), 0x6A80);
    assert_int_equal(send_hex(&f, "00A4040000"), 0x9000);
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
    assert_int_equal(show_leaf(&f, 0x10, 1, leaf, leaf_size), 0x9000);
    assert_int_equal(mutual(&f, SBK_USAGE_MAC, KEY_STORE), 0x9000);
    assert_int_equal(send_secure_hex(&f, "80CA00CF", ""), 0x9000);
    assert_int_equal(f.reply_size, 12);
}

static void test_no_management_in_a_station_channel(void **state) {
    (void)state;
    static const char *const headers[] = {
        "80D80081", "80F10011", "80E40000", "80E62000", "80E29000", "80F0800F", "80F28002"};
    start();
    assert_int_equal(open_scp11(&f, ca, ca_size, leaf, leaf_size, KEY_STORE), 0x9000);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        assert_int_equal(send_secure_hex(&f, headers[i], "4F00"), 0x6982);
    assert_int_equal(send_secure_hex(&f, "802E0000", "00"), 0x6985);
    assert_int_equal(send_secure_hex(&f, "80100000", ""), 0x9000);
}

static void test_wrong_chains(void **state) {
    (void)state;
    uint8_t other[256];
    size_t size;
    start();
    /* signed by a stranger */
    size = make_ca(other, 1, 1, KEY_STRANGER, DAY_UNTIL);
    assert_int_equal(show_ca(&f, 1, other, size), 0x6600);
    /* unknown root, root that the reference does not name, wrong KID */
    size = make_ca(other, 2, 1, KEY_ROOT, DAY_UNTIL);
    assert_int_equal(show_ca(&f, 2, other, size), 0x6A88);
    assert_int_equal(show_ca(&f, 2, ca, ca_size), 0x6A88);
    assert_int_equal(show_leaf(&f, 0x90 | 0x01, 1, ca, ca_size), 0x6A88);
    /* a leaf without a CA, under a CA of another generation, signed by a stranger or by the root */
    assert_int_equal(show_leaf(&f, 0x10, 1, leaf, leaf_size), 0x6A88);
    assert_int_equal(show_leaf(&f, 0x20, 1, leaf, leaf_size), 0x6A88);
    size = make_leaf(other, SBK_ROLE_STORE, 2, KEY_STORE, KEY_STATION_CA, DAY_FROM);
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
    assert_int_equal(show_leaf(&f, 0x10, 1, other, size), 0x6600);
    assert_int_equal(show_leaf(&f, 0x10, 1, leaf, leaf_size), 0x6A88);
    size = make_leaf(other, SBK_ROLE_STORE, 1, KEY_STORE, KEY_STRANGER, DAY_FROM);
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
    assert_int_equal(show_leaf(&f, 0x10, 1, other, size), 0x6600);
    size = make_leaf(other, SBK_ROLE_STORE, 1, KEY_STORE, KEY_ROOT, DAY_FROM);
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
    assert_int_equal(show_leaf(&f, 0x10, 1, other, size), 0x6600);
    /* a CA where a leaf belongs, and the other way round */
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
    assert_int_equal(show_leaf(&f, 0x10, 1, ca, ca_size), 0x6600);
    assert_int_equal(show_ca(&f, 1, leaf, leaf_size), 0x6600);
    /* malformed */
    assert_int_equal(show_ca(&f, 1, ca, ca_size - 1), 0x6A80);
    for (size_t i = 0; i < ca_size; i++) {
        memcpy(other, ca, ca_size);
        other[i] ^= 0x01;
        uint16_t status = show_ca(&f, 1, other, ca_size);
        assert_true(status == 0x6600 || status == 0x6A80 || status == 0x6A88 || status == 0x940C);
    }
    for (size_t i = 0; i < leaf_size; i++) {
        memcpy(other, leaf, leaf_size);
        other[i] ^= 0x01;
        assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
        uint16_t status = show_leaf(&f, 0x10, 1, other, leaf_size);
        assert_true(status == 0x6600 || status == 0x6A80 || status == 0x940C);
    }
    assert_int_equal(mutual(&f, SBK_USAGE_FULL, KEY_STORE), 0x6985);
}

static void test_dates(void **state) {
    (void)state;
    start();
    f.applet.floor = DAY_UNTIL + 1;
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x940C);
    f.applet.floor = DAY_UNTIL;
    assert_int_equal(open_scp11(&f, ca, ca_size, leaf, leaf_size, KEY_STORE), 0x9000);
    /* a leaf that runs out before the floor, under a CA that does not */
    ca_size = make_ca(ca, 1, 1, KEY_ROOT, DAY_UNTIL + 9);
    f.applet.floor = DAY_UNTIL + 1;
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
    assert_int_equal(show_leaf(&f, 0x10, 1, leaf, leaf_size), 0x940C);
    /* a CA that runs out before the leaf's first day */
    f.applet.floor = 0;
    ca_size = make_ca(ca, 1, 1, KEY_ROOT, DAY_FROM + 5);
    leaf_size = make_leaf(leaf, SBK_ROLE_STORE, 1, KEY_STORE, KEY_STATION_CA, DAY_FROM + 6);
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
    assert_int_equal(show_leaf(&f, 0x10, 1, leaf, leaf_size), 0x940C);
    leaf_size = make_leaf(leaf, SBK_ROLE_STORE, 1, KEY_STORE, KEY_STATION_CA, DAY_FROM + 5);
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
    assert_int_equal(show_leaf(&f, 0x10, 1, leaf, leaf_size), 0x9000);
}

static void test_request_is_exact(void **state) {
    (void)state;
    uint8_t data[83];
    start();
    hex_bytes("A60D9002110195013C8001888101105F494104", data, 19);
    point_of(99, data + 19);
    for (size_t i = 0; i < 19; i++) {
        assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
        assert_int_equal(show_leaf(&f, 0x10, 1, leaf, leaf_size), 0x9000);
        data[i] ^= 0x08;
        uint16_t status = send_clear(&f, "80820111", data, sizeof data);
        data[i] ^= 0x08;
        assert_int_equal(status, 0x6A80);
    }
    data[8] = 0x1C; /* a qualifier that exists, but not here */
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
    assert_int_equal(show_leaf(&f, 0x10, 1, leaf, leaf_size), 0x9000);
    assert_int_equal(send_clear(&f, "80820111", data, sizeof data), 0x6A80);
    data[8] = 0x3C;
    static const struct {
        const char *header;
        size_t size;
        uint16_t status;
    } bad[] = {{"80820111", 82, 0x6A80}, {"80820211", 83, 0x6A88}, {"80820113", 83, 0x6A88}, {"80820111", 83, 0x6A80}};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
        assert_int_equal(show_leaf(&f, 0x10, 1, leaf, leaf_size), 0x9000);
        data[82] ^= i == 3; /* a point off the curve */
        assert_int_equal(send_clear(&f, bad[i].header, data, bad[i].size), bad[i].status);
        /* the chain is used up */
        assert_int_equal(send_clear(&f, "80820111", data, 83), 0x6985);
    }
}

/* What applets ask about certificates delivered to them. */
static void test_trust_for_applets(void **state) {
    (void)state;
    struct sbk_certificate certificate;
    start();
    uint32_t before = f.card.counts.verifies;
    assert_int_equal(sbk_trust_certificate(&f.card, ca, ca_size, SBK_ROLE_STATION_CA, DAY_UNTIL, &certificate), 0x9000);
    assert_int_equal(f.card.counts.verifies - before, 1);
    assert_int_equal(certificate.generation, 1);
    assert_int_equal(
        sbk_trust_certificate(&f.card, ca, ca_size, SBK_ROLE_GRANT_SIGNER, DAY_UNTIL, &certificate), 0x6600);
    assert_int_equal(
        sbk_trust_certificate(&f.card, ca, ca_size, SBK_ROLE_STATION_CA, DAY_UNTIL + 1, &certificate), 0x940C);
    assert_int_equal(
        sbk_trust_certificate(&f.card, ca, ca_size - 1, SBK_ROLE_STATION_CA, DAY_UNTIL, &certificate), 0x6A80);
    ca[ca_size - 1] ^= 1;
    assert_int_equal(sbk_trust_certificate(&f.card, ca, ca_size, SBK_ROLE_STATION_CA, DAY_UNTIL, &certificate), 0x6600);
    ca_size = make_ca(ca, 2, 1, KEY_NEXT_ROOT, DAY_UNTIL);
    assert_int_equal(sbk_trust_certificate(&f.card, ca, ca_size, SBK_ROLE_STATION_CA, DAY_UNTIL, &certificate), 0x6A88);
}

static void test_wrong_terminal_key_is_never_proven(void **state) {
    (void)state;
    start();
    assert_int_equal(open_scp11(&f, ca, ca_size, leaf, leaf_size, KEY_STRANGER), 0x0001);
    assert_int_equal(send_secure_hex(&f, "80100000", ""), 0x6982);
    assert_int_equal(f.applet.proven, 0);
}

/* First session 2 verifications; after a commit none, with or without the CA certificate; a new leaf costs 1. */
static void test_cache(void **state) {
    (void)state;
    uint8_t other[256];
    size_t size = make_leaf(other, SBK_ROLE_AUDITOR, 1, KEY_AUDITOR, KEY_STATION_CA, DAY_FROM);
    start();
    assert_int_equal(open_scp11(&f, ca, ca_size, leaf, leaf_size, KEY_STORE), 0x9000);
    assert_int_equal(send_secure_hex(&f, "80100000", ""), 0x9000);
    assert_int_equal(sbk_trust_station_generation(&f.card), 0);
    assert_int_equal(send_secure_hex(&f, "80120100", ""), 0x9000);
    assert_int_equal(sbk_trust_station_generation(&f.card), 1);
    uint32_t writes = f.card.memory.page_writes;
    assert_int_equal(send_secure_hex(&f, "80120200", ""), 0x9000);
    assert_int_equal(f.card.memory.page_writes - writes, 6); /* the applet's page only */
    for (int round = 0; round < 2; round++) {
        power_cycle();
        f.card.counts.verifies = 0;
        assert_int_equal(open_scp11(&f, ca, round ? ca_size : 0, leaf, leaf_size, KEY_STORE), 0x9000);
        assert_int_equal(send_secure_hex(&f, "80120300", ""), 0x9000);
        assert_int_equal(f.card.counts.verifies, 0);
    }
    power_cycle();
    assert_int_equal(open_scp11(&f, ca, 0, other, size, KEY_AUDITOR), 0x9000);
    assert_int_equal(send_secure_hex(&f, "80120300", ""), 0x9000);
    assert_int_equal(f.card.counts.verifies, 1);
    power_cycle();
    assert_int_equal(open_scp11(&f, ca, 0, other, size, KEY_AUDITOR), 0x9000);
    assert_int_equal(f.card.counts.verifies, 1);
    /* The reference must name the cached generation. */
    assert_int_equal(show_leaf(&f, 0x20, 2, leaf, leaf_size), 0x6A88);
    /* What the cache spares is the signature, not the checks. */
    f.applet.floor = DAY_UNTIL + 1;
    assert_int_equal(show_leaf(&f, 0x20, 1, leaf, leaf_size), 0x6A88);
}

static void test_cache_holds_four_leaves(void **state) {
    (void)state;
    start();
    for (uint8_t key = 10; key < 16; key++) {
        leaf_size = make_leaf(leaf, SBK_ROLE_STORE, 1, key, KEY_STATION_CA, DAY_FROM);
        power_cycle();
        assert_int_equal(open_scp11(&f, ca, ca_size, leaf, leaf_size, key), 0x9000);
        assert_int_equal(send_secure_hex(&f, "80120100", ""), 0x9000);
    }
    for (uint8_t key = 10; key < 16; key++) {
        leaf_size = make_leaf(leaf, SBK_ROLE_STORE, 1, key, KEY_STATION_CA, DAY_FROM);
        power_cycle();
        f.card.counts.verifies = 0;
        /* ECDSA is not deterministic with every back end, so a leaf made again may be another one */
        assert_int_equal(open_scp11(&f, ca, 0, leaf, leaf_size, key), 0x9000);
        assert_true(f.card.counts.verifies <= 1);
    }
    assert_int_equal(f.memory.image[SBK_IMAGE_CACHE + SBK_IMAGE_CACHE_LEAVES], 4);
    assert_int_equal(f.memory.image[SBK_IMAGE_CACHE + SBK_IMAGE_CACHE_NEXT], 2);
}

static uint16_t link_status(uint8_t generation, uint8_t key, uint8_t next, uint16_t old_until) {
    uint8_t link[SBK_LINK_SIZE];
    assert_int_equal(make_link(link, generation, key, next, old_until), SBK_LINK_SIZE);
    return send_clear(&f, "802E0000", link, sizeof link);
}

static void test_root_links(void **state) {
    (void)state;
    uint8_t link[SBK_LINK_SIZE];
    uint8_t renewed[256];
    fixture_init(&f);
    personalize(&f);
    make_link(link, 2, KEY_NEXT_ROOT, KEY_THIRD_ROOT, DAY_FROM + 10);
    assert_int_equal(send_hex(&f, "00A4040000"), 0x9000);
    assert_int_equal(send_clear(&f, "802E0000", link, sizeof link), 0x6985); /* blank */
    start();
    assert_int_equal(open_scp11(&f, ca, ca_size, leaf, leaf_size, KEY_STORE), 0x9000);
    assert_int_equal(send_secure_hex(&f, "80120100", ""), 0x9000);
    power_cycle();
    assert_int_equal(link_status(3, KEY_NEXT_ROOT, KEY_THIRD_ROOT, 0), 0x6A88);
    assert_int_equal(link_status(2, KEY_ROOT, KEY_THIRD_ROOT, 0), 0x9413); /* a stolen root cannot */
    for (size_t i = 0; i < sizeof link; i++) {
        link[i] ^= 0x04;
        assert_int_not_equal(send_clear(&f, "802E0000", link, sizeof link), 0x9000);
        link[i] ^= 0x04;
    }
    assert_int_equal(send_clear(&f, "802E0000", link, sizeof link - 1), 0x6700);
    assert_int_equal(send_clear(&f, "802E0100", link, sizeof link), 0x6A86);
    assert_int_equal(sbk_trust_root_generation(&f.card), 1);
    assert_int_equal(send_clear(&f, "802E0000", link, sizeof link), 0x9000);
    assert_int_equal(send_clear(&f, "802E0000", link, sizeof link), 0x9411);
    assert_int_equal(sbk_trust_root_generation(&f.card), 2);
    assert_int_equal(sbk_trust_station_generation(&f.card), 0); /* the cache fell */
    /* The old root counts until its day. */
    f.applet.floor = DAY_FROM + 10;
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
    f.applet.floor = DAY_FROM + 11;
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x6A88);
    f.applet.floor = 0;
    leaf_size = make_leaf(leaf, SBK_ROLE_STORE, 1, KEY_STORE, KEY_STATION_CA, DAY_FROM + 11);
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
    assert_int_equal(show_leaf(&f, 0x10, 1, leaf, leaf_size), 0x6A88);
    /* The new root's certificate for the same CA. */
    size_t size = make_ca(renewed, 2, 1, KEY_NEXT_ROOT, DAY_UNTIL);
    assert_int_equal(open_scp11(&f, renewed, size, leaf, leaf_size, KEY_STORE), 0x9000);
    assert_int_equal(send_secure_hex(&f, "80120100", ""), 0x9000);
    /* The third root takes the second's place at once. */
    power_cycle();
    assert_int_equal(link_status(3, KEY_THIRD_ROOT, KEY_ROOT, 0), 0x9000);
    assert_int_equal(show_ca(&f, 2, renewed, size), 0x6A88);
    assert_int_equal(show_leaf(&f, 0x20, 1, leaf, leaf_size), 0x6A88);
}

static void test_every_cut_of_a_link(void **state) {
    (void)state;
    static struct fixture begin;
    uint8_t link[SBK_LINK_SIZE];
    bool done = false;
    int advanced = 0;
    start();
    begin = f;
    make_link(link, 2, KEY_NEXT_ROOT, KEY_THIRD_ROOT, DAY_FROM + 10);
    for (uint32_t cut = 1; !done; cut++)
        for (int outcome = 0; outcome < TEAR_OUTCOMES; outcome++) {
            f = begin;
            f.memory.port.context = &f.memory;
            tearing_power_on(&f.memory, cut, (enum tear)outcome);
            send_clear(&f, "802E0000", link, sizeof link);
            done = !f.memory.cut;
            power_cycle();
            uint8_t generation = sbk_trust_root_generation(&f.card);
            assert_true(generation == 1 || generation == 2);
            assert_int_equal(send_clear(&f, "802E0000", link, sizeof link), generation == 1 ? 0x9000 : 0x9411);
            assert_int_equal(sbk_trust_root_generation(&f.card), 2);
            advanced += generation == 2;
        }
    assert_true(advanced > 10);
}

/*
 * The session of tests/data/scp11.txt (SCP11a, 3C), byte for byte: the card's two key pairs come from its random
 * source. That terminal has no certificate of ours, so its key takes the leaf's place once the chain has been accepted.
 */
static void test_own_vectors(void **state) {
    (void)state;
    uint8_t draws[3 * 32];
    hex_bytes("945DFE73B781A9F7E0BC25F24ECB03DD7053D18829F7BD376E203D76F38A83C1", draws, 32);
    scalar_of(9, draws + 32);
    hex_bytes("203160277EDD382E9B4BA123F4D531DB92249002C9735187E38E1DA1074A7DD8", draws + 64, 32);
    fixture_init(&f);
    assert_int_equal(open_scp03(&f, 0x33), 0x9000);
    f.memory.random = draws;
    f.memory.random_size = 64;
    assert_int_equal(send_secure_hex(&f, "80F10011", "01F00100"), 0x9000);
    hex_expect("PK.SD", f.reply, f.reply_size,
        "B04104DD403D7A620CC65F6D4469C3E1AE5459ABF06582EF36F8ED2DC2AF98B6E674E36195D1D63E7F180D91B392DB943937F5C380B87"
        "76C1D6457CDB6F95C1C715683");
    put_roots(&f);
    assert_int_equal(send_hex(&f, "00A4040000"), 0x9000);
    ca_size = make_ca(ca, 1, 1, KEY_ROOT, DAY_UNTIL);
    leaf_size = make_leaf(leaf, SBK_ROLE_STORE, 1, KEY_STORE, KEY_STATION_CA, DAY_FROM);
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
    assert_int_equal(show_leaf(&f, 0x10, 1, leaf, leaf_size), 0x9000);
    hex_bytes("60FBCBFA86E07147BC307029264E2FA76C9F8C61D3209E684E66157D4E7283A4"
              "C00E0E1EE096BED2B4B4C20D19C28C2B29ABBB2B15D64E1DA033BA12B68E2C5C",
        f.card.chain.leaf_key, 64);
    f.memory.random = draws + 64;
    f.memory.random_size = 32;
    assert_int_equal(
        send_hex(&f, "8082011153A60D9002110195013C8001888101105F4941046F6780941A4792357D49DE448386712E79A257D02825715A5"
                     "CE91EFE8683AEF9B41730176416B89E17FDEA173AED6646FF0DAEF457E6A2F93A26F96E44897A6200"),
        0x9000);
    hex_expect("key confirmation", f.reply, f.reply_size,
        "5F494104261498356ABFECB1EE0DAF3971412B1827EA7C4F5E88586FBBFE652637A3D4A685A4E2EAB2C5A3146753F101187EF349050B1"
        "8A1DF141C9CD2A12A8CC030978286101D53E5DC40533B1C2D34F4A2D179EDCD");
    assert_memory_equal(f.card.messaging.enc, "\x79\x68\xA3\x28", 4);
    assert_int_equal(send_hex(&f, "84CA00E00849428E3F35B0990A"), 0x9000);
    assert_true(f.reply_size > 8);
}

static void test_certificate_store(void **state) {
    (void)state;
    start();
    assert_int_equal(send_hex(&f, "00CABF2106A6048302110100"), 0x9000);
    assert_int_equal(f.reply_size, 300);
    assert_int_equal(send_hex(&f, "80CABF2106A6048302110100"), 0x9000);
    hex_expect("wrapper", f.reply, 5, "BF2182012C");
    assert_int_equal(send_hex(&f, "80CABF2106A6048302130100"), 0x6A88);
    assert_int_equal(send_hex(&f, "80CABF2100"), 0x9000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_session),
        cmocka_unit_test(test_opening_writes_nothing),
        cmocka_unit_test(test_applet_insists_on_full_protection),
        cmocka_unit_test(test_no_management_in_a_station_channel),
        cmocka_unit_test(test_wrong_chains),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_request_is_exact),
        cmocka_unit_test(test_trust_for_applets),
        cmocka_unit_test(test_wrong_terminal_key_is_never_proven),
        cmocka_unit_test(test_cache),
        cmocka_unit_test(test_cache_holds_four_leaves),
        cmocka_unit_test(test_root_links),
        cmocka_unit_test(test_every_cut_of_a_link),
        cmocka_unit_test(test_own_vectors),
        cmocka_unit_test(test_certificate_store),
    };
    return cmocka_run_group_tests_name("scp11", tests, NULL, NULL);
}
