/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 4, goods follow the receipt, on the card's side: the next entry is made only for a terminal that names the
 * hash of the one before, and the only way to that hash is the entry itself.
 *
 * Broken variant: in applet/entitlement/context.c, sbk_context_judge, return SBK_SW_OK instead of comparing previous.
 * Another: in cmd_read.c, sbk_cmd_read_status, write call->head.last instead of the mandate's hash.
 */
#include "tests/applet/entitlement/world.h"

#include <string.h>

static struct world w;

/* No run of eight bytes of the secret is in what the card answered. */
static void does_not_tell(const uint8_t *secret) {
    for (size_t i = 0; i + 8 <= w.answer_size; i++)
        for (size_t j = 0; j + 8 <= SBK_HASH_SIZE; j++)
            assert_memory_not_equal(w.answer + i, secret + j, 8);
}

static void the_next_needs_the_hash(void **state) {
    uint8_t hash[SBK_HASH_SIZE];

    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 100), SBK_SW_OK);
    memcpy(hash, w.previous, SBK_HASH_SIZE);
    for (int bit = 0; bit < 256; bit++) {
        w.previous[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(debit(&w, RICE, 100), SBK_SW_PREVIOUS);
        assert_int_equal(void_entry(&w, 1), SBK_SW_PREVIOUS);
        memcpy(w.previous, hash, SBK_HASH_SIZE);
    }
    memset(w.previous, 0, SBK_HASH_SIZE);
    assert_int_equal(debit(&w, RICE, 100), SBK_SW_PREVIOUS);
    /* The hash of the entry before the last one does not do either, nor a mandate's delivery without it. */
    memcpy(w.previous, w.last.previous, SBK_HASH_SIZE);
    assert_int_equal(debit(&w, RICE, 100), SBK_SW_PREVIOUS);
    w.mandate.number = 2;
    assert_int_equal(deliver_mandate(&w), SBK_SW_PREVIOUS);
    memcpy(w.previous, hash, SBK_HASH_SIZE);
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    /* Not even the delivery's acknowledgement spares it. */
    memcpy(w.previous, hash, SBK_HASH_SIZE);
    assert_int_equal(debit(&w, RICE, 100), SBK_SW_PREVIOUS);
}

static void nothing_else_tells_the_hash(void **state) {
    struct sbk_exchange exchange = {.response = w.answer, .room = sizeof(w.answer)};
    uint8_t counter[4] = {0, 0, 0, 0};

    (void)state;
    world_active(&w);
    for (int i = 0; i < 5; i++)
        assert_int_equal(debit(&w, RICE, 100), SBK_SW_OK);
    become_registrar(&w);
    assert_int_equal(send(&w, SBK_INS_READ_STATUS, NULL, 0), SBK_SW_OK);
    does_not_tell(w.previous);
    assert_int_equal(get_data(&w, SBK_TAG_IDENTITY), SBK_SW_OK);
    does_not_tell(w.previous);
    assert_int_equal(get_data(&w, SBK_TAG_MANDATE), SBK_SW_OK);
    does_not_tell(w.previous);
    assert_int_equal(get_data(&w, SBK_TAG_CERTIFICATES), SBK_SW_OK);
    does_not_tell(w.previous);
    assert_int_equal(sbk_entitlement_applet.select(&w.card, &exchange), SBK_SW_OK);
    w.answer_size = exchange.response_size;
    does_not_tell(w.previous);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 1), SBK_SW_OK);
    assert_int_equal(w.answer_size, 0);
    /* Older entries name the hashes before them, the newest one only its own predecessor's. */
    for (counter[3] = 0; counter[3] <= 5; counter[3]++) {
        assert_int_equal(send(&w, SBK_INS_READ_RECEIPT, counter, 4), SBK_SW_OK);
        does_not_tell(w.previous);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_needs_the_hash),
        cmocka_unit_test(nothing_else_tells_the_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
