/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 8, cards cannot lie quietly: from the entries alone, a verifier sees a gap, a changed entry, a clone and a
 * restored image.
 *
 * Broken variant: in applet/entitlement/chain.c, sbk_chain_begin, leave out the copy into head->last: every entry names
 * the same previous hash, and the chain does not verify. Another: hash 140 bytes instead of 182: an entry's amounts can
 * be changed.
 */
#include "tests/applet/entitlement/world.h"

#include <string.h>

#include "applet/host/crypto.h"

static struct world w, clone;

struct link {
    uint8_t body[SBK_ENTRY_SIZE];
    uint8_t signature[SBK_SIGNATURE_SIZE];
};

/* What settlement does with one card's entries in the order of their counters: the first one that does not fit. */
static size_t verify(const struct link *links, size_t count, const uint8_t *key) {
    uint8_t previous[SBK_HASH_SIZE] = {0};

    for (size_t i = 0; i < count; i++) {
        struct sbk_entry entry;
        uint8_t hash[SBK_HASH_SIZE];

        sbk_sha256(links[i].body, SBK_ENTRY_SIZE, hash);
        if (sbk_entry_parse(links[i].body, &entry) != SBK_FORMAT_OK || entry.counter != i ||
            memcmp(entry.previous, previous, SBK_HASH_SIZE) != 0 ||
            !sbk_port_p256_verify(key, hash, links[i].signature))
            return i;
        memcpy(previous, hash, SBK_HASH_SIZE);
    }
    return count;
}

static struct link links[30];

static void keep(size_t index) {
    memcpy(links[index].body, w.body, SBK_ENTRY_SIZE);
    memcpy(links[index].signature, w.answer + SBK_ENTRY_SIZE - SBK_ENTRY_HEAD, SBK_SIGNATURE_SIZE);
}

/* An activation, debits, a void and a mandate: twenty entries, more than the ring holds. */
static void live(void) {
    world_active(&w);
    keep(0);
    for (size_t i = 1; i < 20; i++) {
        if (i == 7) {
            assert_int_equal(void_entry(&w, 6), SBK_SW_OK);
        } else if (i == 11) {
            w.mandate.number = 2;
            assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
        } else {
            assert_int_equal(debit(&w, MONEY, (uint32_t)(100 * i)), SBK_SW_OK);
        }
        keep(i);
    }
}

static void the_whole_chain_verifies(void **state) {
    (void)state;
    live();
    assert_int_equal(verify(links, 20, w.signing.point), 20);
    /* And what the card still holds is the same. */
    for (uint8_t i = 4; i < 20; i++) {
        const uint8_t counter[4] = {0, 0, 0, i};

        assert_int_equal(send(&w, SBK_INS_READ_RECEIPT, counter, 4), SBK_SW_OK);
        assert_memory_equal(w.answer, links[i].body + SBK_ENTRY_HEAD, SBK_ENTRY_SIZE - SBK_ENTRY_HEAD);
        assert_memory_equal(w.answer + SBK_ENTRY_SIZE - SBK_ENTRY_HEAD, links[i].signature, SBK_SIGNATURE_SIZE);
    }
}

static void a_missing_entry_is_a_gap(void **state) {
    struct link kept;

    (void)state;
    live();
    for (size_t missing = 0; missing < 19; missing++) {
        kept = links[missing];
        links[missing] = links[missing + 1];
        assert_int_equal(verify(links, 20, w.signing.point), missing);
        links[missing] = kept;
    }
}

static void a_changed_entry_does_not_verify(void **state) {
    (void)state;
    live();
    for (size_t i = 0; i < SBK_ENTRY_SIZE + SBK_SIGNATURE_SIZE; i++) {
        uint8_t *byte = i < SBK_ENTRY_SIZE ? &links[9].body[i] : &links[9].signature[i - SBK_ENTRY_SIZE];

        *byte ^= 0x04;
        assert_int_equal(verify(links, 20, w.signing.point), 9);
        *byte ^= 0x04;
    }
}

/* Two cards that share an image, or one card whose image was put back: the same counter twice with other contents. */
static void a_clone_is_a_fork(void **state) {
    struct sbk_entry one, other;
    uint8_t hash[SBK_HASH_SIZE];

    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 10), SBK_SW_OK);
    clone = w;
    assert_int_equal(debit(&w, RICE, 20), SBK_SW_OK);
    one = w.last;
    assert_int_equal(debit(&w, RICE, 30), SBK_SW_OK);
    memcpy(w.image, clone.image, sizeof(w.image));
    w.counter = clone.counter;
    memcpy(w.previous, clone.previous, SBK_HASH_SIZE);
    world_power_on(&w);
    assert_int_equal(debit(&w, RICE, 20), SBK_SW_OK);
    other = w.last;
    assert_int_equal(one.counter, other.counter);
    assert_memory_equal(one.previous, other.previous, SBK_HASH_SIZE);
    assert_int_not_equal(one.transaction, other.transaction);
    /* The station that saw the later entry notices at once: the card does not know it. */
    memset(hash, 0x33, sizeof(hash));
    memcpy(w.previous, hash, sizeof(hash));
    w.counter++;
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_COUNTER);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_chain_verifies),
        cmocka_unit_test(a_missing_entry_is_a_gap),
        cmocka_unit_test(a_changed_entry_does_not_verify),
        cmocka_unit_test(a_clone_is_a_fork),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
