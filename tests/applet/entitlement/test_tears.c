/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power cuts at every page write of every command that changes something, with four ways in which the page may be left:
 * after recovery the card shows the state before or the state after, its chain verifies, and the repeated command gives
 * the state after exactly once. The exhaustive proof (a second cut during recovery, weak bits) is tests/faults.
 */
#include "tests/applet/entitlement/world.h"

#include <string.h>

static struct world before, w;

/* What a terminal can see of a card, tries apart: their counter may have been lowered for a PIN that was right. */
struct view {
    struct status status;
    uint8_t identity[SBK_IDENTITY_MAX];
    uint8_t mandate[SBK_MANDATE_MAX];
    uint8_t certificate[SBK_CERTIFICATE_MAX];
    uint8_t entry[SBK_ENTRY_RESPONSE];
};

static void look(struct view *view) {
    struct sbk_terminal terminal = w.terminal;
    uint8_t counter[4];

    become_registrar(&w);
    memset(view, 0, sizeof(*view));
    view->status = read_status(&w);
    view->status.tries[0] = view->status.tries[1] = 0;
    assert_int_equal(get_data(&w, SBK_TAG_IDENTITY), SBK_SW_OK);
    memcpy(view->identity, w.answer, w.answer_size - SBK_SIGNATURE_SIZE); /* signatures differ each time */
    assert_int_equal(get_data(&w, SBK_TAG_MANDATE), SBK_SW_OK);
    memcpy(view->mandate, w.answer, w.answer_size - SBK_SIGNATURE_SIZE);
    if (view->status.flags & 1) {
        assert_int_equal(get_data(&w, SBK_TAG_CERTIFICATES), SBK_SW_OK);
        memcpy(view->certificate, w.answer, w.answer_size - SBK_SIGNATURE_SIZE);
        for (unsigned shift = 0; shift < 4; shift++)
            counter[shift] = (uint8_t)(view->status.counter >> (24 - 8 * shift));
        assert_int_equal(send(&w, SBK_INS_READ_RECEIPT, counter, 4), SBK_SW_OK);
        memcpy(view->entry, w.answer, SBK_ENTRY_RESPONSE - SBK_SIGNATURE_SIZE);
    }
    w.terminal = terminal;
}

static bool same_purses(const struct status *a, const struct status *b) {
    for (int i = 0; i < SBK_PURSES_MAX; i++)
        if (a->spent[i].grant != b->spent[i].grant || a->spent[i].window != b->spent[i].window ||
            a->spent[i].spent != b->spent[i].spent || a->spent[i].credit != b->spent[i].credit)
            return false;
    return true;
}

static bool same(const struct view *a, const struct view *b) {
    return a->status.state == b->status.state && a->status.flags == b->status.flags &&
           a->status.counter == b->status.counter && a->status.mandate == b->status.mandate &&
           a->status.identity == b->status.identity && a->status.floor == b->status.floor &&
           a->status.stopped == b->status.stopped && a->status.epoch == b->status.epoch &&
           a->status.done == b->status.done && memcmp(a->identity, b->identity, sizeof(a->identity)) == 0 &&
           memcmp(a->mandate, b->mandate, sizeof(a->mandate)) == 0 &&
           memcmp(a->certificate, b->certificate, sizeof(a->certificate)) == 0 &&
           memcmp(a->entry, b->entry, sizeof(a->entry)) == 0 && same_purses(&a->status, &b->status);
}

static void rebind(void) {
    w = before;
    w.port.context = &w;
    w.entry.state = &w.ram;
    w.card.port = &w.port;
    w.card.applets = &w.entry;
    world_power_on(&w);
}

/* The command under test, and whether the card answers its repeat like the first time. */
static uint16_t (*command)(void);
static bool repeatable;

static void cut_everywhere(void) {
    struct view old, new, now;
    unsigned olds = 0, news = 0;
    uint32_t writes;

    rebind();
    look(&old);
    writes = w.card.memory.page_writes;
    assert_int_equal(command(), SBK_SW_OK);
    writes = w.card.memory.page_writes - writes;
    look(&new);
    assert_false(same(&old, &new));
    for (int kind = 0; kind < 4; kind++) {
        for (uint32_t at_write = 0; at_write < writes; at_write++) {
            rebind();
            w.tear = (struct tear){.left = (long)at_write, .kind = kind};
            assert_int_equal(command(), SBK_SW_MEMORY);
            assert_true(w.tear.happened);
            assert_int_equal(send(&w, SBK_INS_READ_STATUS, NULL, 0), SBK_SW_MEMORY);
            world_power_on(&w);
            look(&now);
            assert_true(same(&now, &old) || same(&now, &new));
            if (same(&now, &new)) {
                news++;
                if (!repeatable)
                    continue;
            } else {
                olds++;
            }
            assert_int_equal(command(), SBK_SW_OK);
            look(&now);
            assert_true(same(&now, &new));
        }
    }
    assert_true(olds > 0);
    assert_true(news > 0);
}

static uint16_t debit_three(void) {
    struct ask asks[] = {{RICE, 400}, {SOAP, 1}, {MONEY, 5000}};

    return debit_many(&w, asks, 3);
}

static uint16_t void_last(void) {
    return void_entry(&w, 1);
}

/* Bytes made once, since a signature made again is another content. */
static uint8_t bytes[SBK_CARD_BUFFER];
static size_t size;

static uint16_t new_mandate(void) {
    return send_entry(&w, SBK_INS_DELIVER_MANDATE, bytes, size);
}

static uint16_t activation(void) {
    return send_entry(&w, SBK_INS_ACTIVATE, bytes, size);
}

static uint16_t stop(void) {
    return deliver_notice(&w, SBK_NOTICE_STOP, 1);
}

static uint16_t new_identity(void) {
    w.identity.number = 2;
    set_alternate(&w, "WATI");
    return deliver_identity(&w);
}

static uint16_t new_certificate(void) {
    w.card_from = day(2026, 11, 2);
    return deliver_certificate(&w);
}

static uint16_t third_certificate(void) {
    w.card_from = day(2026, 11, 3);
    return deliver_certificate(&w);
}

static uint16_t new_pins(void) {
    return set_pin(&w, "0000", "1111");
}

static uint16_t bureau_writes(uint16_t tag) {
    uint16_t status = store_signer(&w);

    return status == SBK_SW_OK ? store_object(&w, tag, bytes, size) : status;
}

static uint16_t bureau_identity(void) {
    return bureau_writes(SBK_TAG_IDENTITY);
}

static uint16_t bureau_mandate(void) {
    return bureau_writes(SBK_TAG_MANDATE);
}

static void in_december(void) {
    become_store(&w);
    w.terminal.effective = day(2026, 12, 1);
    w.terminal.expiry = day(2026, 12, 31);
    w.time = at(2026, 12, 3);
}

static void debit_is_whole(void **state) {
    (void)state;
    world_active(&w);
    in_december();
    for (int i = 0; i < 18; i++) /* the ring has come round */
        assert_int_equal(debit(&w, MONEY, 1), SBK_SW_OK);
    before = w;
    command = debit_three;
    repeatable = true;
    cut_everywhere();
}

static void void_is_whole(void **state) {
    (void)state;
    world_active(&w);
    in_december();
    assert_int_equal(debit_three(), SBK_SW_OK);
    before = w;
    command = void_last;
    repeatable = true;
    cut_everywhere();
}

static void mandate_is_whole(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, MONEY, 450000), SBK_SW_OK);
    w.mandate.number = 2;
    w.mandate.purses[1].grant = 301;
    w.mandate.purses[1].inherits = 101;
    size = write_delivery(&w, bytes);
    before = w;
    command = new_mandate;
    repeatable = true;
    cut_everywhere();
}

static void records_are_whole(void **state) {
    (void)state;
    world_active(&w);
    before = w;
    command = stop;
    repeatable = false;
    cut_everywhere();
    command = new_identity;
    cut_everywhere();
    command = new_certificate;
    cut_everywhere();
    assert_int_equal(new_certificate(), SBK_SW_OLD_NUMBER);
    before = w; /* back into the first slot */
    before.card_from = 0;
    command = third_certificate;
    cut_everywhere();
}

static void pins_are_whole(void **state) {
    (void)state;
    world_active(&w);
    become_registrar(&w);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_PIN_RESET, 1), SBK_SW_OK);
    before = w;
    command = new_pins;
    repeatable = false;
    cut_everywhere();
}

static void activation_is_whole(void **state) {
    (void)state;
    world_close(&w);
    become_registrar(&w);
    size = write_activation(&w, HOLDER_PIN, ALTERNATE_PIN, bytes);
    before = w;
    command = activation;
    repeatable = true;
    cut_everywhere();
}

static void personalization_is_whole(void **state) {
    (void)state;
    world_close(&w);
    w.image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_STATE] = SBK_LIFE_INITIALIZED;
    set_alternate(&w, "WATI");
    w.mandate.number = 7;
    w.mandate.purses[1].grant = 500;
    before = w;
    size = write_identity(&w, &w.grant, bytes);
    command = bureau_identity;
    repeatable = true;
    cut_everywhere();
    size = write_mandate(&w, &w.grant, bytes);
    command = bureau_mandate;
    cut_everywhere();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(debit_is_whole),
        cmocka_unit_test(void_is_whole),
        cmocka_unit_test(mandate_is_whole),
        cmocka_unit_test(records_are_whole),
        cmocka_unit_test(pins_are_whole),
        cmocka_unit_test(activation_is_whole),
        cmocka_unit_test(personalization_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
