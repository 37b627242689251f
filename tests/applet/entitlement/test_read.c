/* SPDX-License-Identifier: Apache-2.0 */
/* SELECT, READ STATUS, READ RECEIPT, GET DATA and what every command asks first (B.1, B.2, B.5 to B.7). */
#include "tests/applet/entitlement/world.h"

#include <string.h>

#include "applet/host/crypto.h"

static struct world w;

static uint16_t select_applet(struct world *world, uint8_t out[64], size_t *size) {
    struct sbk_exchange exchange = {.response = out, .room = 64};
    uint16_t status = sbk_entitlement_applet.select(&world->card, &exchange);

    *size = exchange.response_size;
    return status;
}

static void select_shows_alias_state_and_generations(void **state) {
    static const uint8_t expected[] = {0x6F, 0x21, 0x84, 0x09, 0xF0, 'S', 'E', 'M', 'B', 'A', 'K', 'O', 0x01, 0xA5,
        0x14, 0xC0, 0x08, 0xA1, 0x1A, 0x50, 0x0B, 0x5E, 0x4D, 0x0C, 0x01, 0xC1, 0x01, 0x01, 0xC2, 0x02, 0x01, 0x00,
        0xC3, 0x01, 0x01};
    uint8_t fci[64];
    size_t size;

    (void)state;
    world_close(&w);
    assert_int_equal(select_applet(&w, fci, &size), SBK_SW_OK);
    assert_int_equal(size, sizeof(expected));
    assert_memory_equal(fci, expected, 27);
    assert_int_equal(fci[27], SBK_STATE_CLOSED);
    assert_memory_equal(fci + 28, expected + 28, sizeof(expected) - 28);
    world_active(&w);
    assert_int_equal(select_applet(&w, fci, &size), SBK_SW_OK);
    assert_int_equal(fci[27], SBK_STATE_ACTIVE);
    /* A blank card shows no alias. */
    w.image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_STATE] = SBK_LIFE_INITIALIZED;
    assert_int_equal(select_applet(&w, fci, &size), SBK_SW_OK);
    assert_int_equal(fci[27], SBK_STATE_BLANK);
    for (int i = 17; i < 25; i++)
        assert_int_equal(fci[i], 0);
}

static void status_of_a_closed_card(void **state) {
    struct status status;

    (void)state;
    world_close(&w);
    status = read_status(&w);
    assert_int_equal(status.state, SBK_STATE_CLOSED);
    assert_int_equal(status.flags, 0);
    assert_int_equal(status.counter, 0);
    assert_int_equal(status.mandate, 1);
    assert_int_equal(status.identity, 1);
    assert_int_equal(status.floor, day(2026, 11, 1));
    assert_int_equal(status.tries[0], 5);
    assert_int_equal(status.root, 1);
    assert_int_equal(status.spent[RICE].grant, 100);
    assert_int_equal(status.spent[SOAP].grant, 105);
    assert_int_equal(status.spent[3].grant, 0);
}

static void status_of_an_active_card(void **state) {
    uint8_t record[SBK_MANDATE_MAX];
    uint8_t hash[SBK_HASH_SIZE];
    struct status status;
    size_t size;

    (void)state;
    world_active(&w);
    assert_int_equal(debit(&w, RICE, 2500), SBK_SW_OK);
    status = read_status(&w);
    assert_int_equal(status.state, SBK_STATE_ACTIVE);
    assert_int_equal(status.flags, 0x07);
    assert_int_equal(status.counter, 1);
    assert_int_equal(status.spent[RICE].spent, 2500);
    assert_int_equal(status.spent[RICE].window, 1);
    assert_int_equal(get_data(&w, SBK_TAG_MANDATE), SBK_SW_OK);
    size = w.answer_size;
    memcpy(record, w.answer, size);
    sbk_sha256(record, size, hash);
    assert_memory_equal(status.hash, hash, sizeof(status.hash));
}

static void get_data_gives_what_was_stored(void **state) {
    uint8_t record[SBK_IDENTITY_MAX + SBK_MANDATE_MAX];
    size_t size;

    (void)state;
    world_active(&w);
    size = write_identity(&w, &w.grant, record);
    assert_int_equal(get_data(&w, SBK_TAG_IDENTITY), SBK_SW_OK);
    assert_int_equal(w.answer_size, size);
    assert_memory_equal(w.answer, record, size - SBK_SIGNATURE_SIZE);
    size = write_mandate(&w, &w.grant, record);
    assert_int_equal(get_data(&w, SBK_TAG_MANDATE), SBK_SW_OK);
    assert_int_equal(w.answer_size, size);
    assert_memory_equal(w.answer, record, size - SBK_SIGNATURE_SIZE);
    size = write_card_certificate(&w, record);
    assert_int_equal(size, 218);
    assert_int_equal(get_data(&w, SBK_TAG_CERTIFICATES), SBK_SW_OK);
    assert_int_equal(w.answer_size, size);
    assert_memory_equal(w.answer, record, size - SBK_SIGNATURE_SIZE);
    assert_int_equal(get_data(&w, 0xDF25), SBK_SW_REFERENCE);
}

static void get_data_asks_for_channel_and_role(void **state) {
    (void)state;
    world_active(&w);
    become_auditor(&w);
    assert_int_equal(get_data(&w, SBK_TAG_MANDATE), SBK_SW_OK);
    assert_int_equal(get_data(&w, SBK_TAG_IDENTITY), SBK_SW_ROLE);
    become_registrar(&w);
    assert_int_equal(get_data(&w, SBK_TAG_IDENTITY), SBK_SW_OK);
    memset(&w.terminal, 0, sizeof(w.terminal));
    assert_int_equal(get_data(&w, SBK_TAG_MANDATE), SBK_SW_SECURITY);
    assert_int_equal(get_data(&w, SBK_TAG_IDENTITY), SBK_SW_SECURITY);
    assert_int_equal(get_data(&w, SBK_TAG_CERTIFICATES), SBK_SW_OK);
}

static void statement_is_shown_from_closing_to_activation(void **state) {
    (void)state;
    world_close(&w);
    assert_int_equal(get_data(&w, SBK_TAG_CERTIFICATES), SBK_SW_REFERENCE);
    assert_int_equal(get_data(&w, SBK_TAG_STATEMENT), SBK_SW_OK);
    assert_int_equal(w.answer_size, SBK_STATEMENT_SIZE);
    w.image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_STATE] = SBK_LIFE_INITIALIZED;
    assert_int_equal(get_data(&w, SBK_TAG_STATEMENT), SBK_SW_REFERENCE);
    world_active(&w);
    assert_int_equal(get_data(&w, SBK_TAG_STATEMENT), SBK_SW_REFERENCE);
}

static void receipts_of_the_last_sixteen(void **state) {
    uint8_t bodies[20][SBK_ENTRY_RESPONSE];

    (void)state;
    world_active(&w);
    memcpy(bodies[0], w.answer, SBK_ENTRY_RESPONSE);
    for (uint32_t i = 1; i < 20; i++) {
        assert_int_equal(debit(&w, MONEY, 1000 + i), SBK_SW_OK);
        memcpy(bodies[i], w.answer, SBK_ENTRY_RESPONSE);
    }
    for (uint32_t i = 0; i < 22; i++) {
        const uint8_t counter[4] = {0, 0, 0, (uint8_t)i};

        if (i < 4 || i > 19) {
            assert_int_equal(send(&w, SBK_INS_READ_RECEIPT, counter, 4), SBK_SW_NO_RECORD);
        } else {
            assert_int_equal(send(&w, SBK_INS_READ_RECEIPT, counter, 4), SBK_SW_OK);
            assert_int_equal(w.answer_size, SBK_ENTRY_RESPONSE);
            assert_memory_equal(w.answer, bodies[i], SBK_ENTRY_RESPONSE);
        }
    }
    world_close(&w);
    assert_int_equal(send(&w, SBK_INS_READ_RECEIPT, (const uint8_t *)"\0\0\0\0", 4), SBK_SW_NO_RECORD);
}

static void roles(void **state) {
    static const struct {
        uint8_t ins;
        bool store, registrar, auditor;
    } rows[] = {
        {SBK_INS_READ_STATUS, true, true, true},
        {SBK_INS_READ_RECEIPT, true, true, true},
        {SBK_INS_DELIVER_MANDATE, true, true, false},
        {SBK_INS_DELIVER_RECORD, true, true, false},
        {SBK_INS_ACTIVATE, false, true, false},
        {SBK_INS_SET_PIN, false, true, false},
        {SBK_INS_DEBIT, true, false, false},
        {SBK_INS_VOID, true, false, false},
    };
    static const uint8_t data[3];

    (void)state;
    world_active(&w);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        /* Three bytes are the wrong length for every command: who may ask hears of that, not of the role. */
        become_store(&w);
        assert_int_equal(send(&w, rows[i].ins, data, 3), rows[i].store ? SBK_SW_LENGTH : SBK_SW_ROLE);
        become_registrar(&w);
        assert_int_equal(send(&w, rows[i].ins, data, 3), rows[i].registrar ? SBK_SW_LENGTH : SBK_SW_ROLE);
        become_auditor(&w);
        assert_int_equal(send(&w, rows[i].ins, data, 3), rows[i].auditor ? SBK_SW_LENGTH : SBK_SW_ROLE);
        become_store(&w);
        w.terminal.role = SBK_ROLE_STATION_CA;
        assert_int_equal(send(&w, rows[i].ins, data, 3), SBK_SW_ROLE);
    }
}

static void header_and_session(void **state) {
    struct sbk_exchange exchange = {.cla = 0x80, .ins = SBK_INS_READ_STATUS, .response = w.card.buffer, .room = 256};

    (void)state;
    world_active(&w);
    assert_int_equal(send_raw(&w, 0x80, 0x11, 0, 0, NULL, 0), SBK_SW_INS);
    assert_int_equal(send_raw(&w, 0x00, SBK_INS_READ_STATUS, 0, 0, NULL, 0), SBK_SW_CLA);
    assert_int_equal(send_raw(&w, 0x80, SBK_INS_READ_STATUS, 1, 0, NULL, 0), SBK_SW_P1P2);
    assert_int_equal(send_raw(&w, 0x80, SBK_INS_READ_STATUS, 0, 1, NULL, 0), SBK_SW_P1P2);
    assert_int_equal(sbk_entitlement_applet.process(&w.card, &exchange), SBK_SW_SECURITY);
    /* A session without encryption, or a bureau's, is none. */
    exchange.session = SBK_SESSION_SCP11A;
    exchange.terminal = &w.terminal;
    exchange.level = SBK_LEVEL_C_MAC | SBK_LEVEL_R_MAC;
    assert_int_equal(sbk_entitlement_applet.process(&w.card, &exchange), SBK_SW_SECURITY);
    exchange.session = SBK_SESSION_SCP03;
    exchange.level = SBK_LEVEL_FULL;
    exchange.terminal = NULL;
    assert_int_equal(sbk_entitlement_applet.process(&w.card, &exchange), SBK_SW_SECURITY);
}

static void broken_memory_answers_6581(void **state) {
    (void)state;
    world_active(&w);
    w.tear.happened = true;
    assert_int_equal(send(&w, SBK_INS_READ_STATUS, NULL, 0), SBK_SW_MEMORY);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_MEMORY);
    world_power_on(&w);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
}

static void pins_leave_the_buffer(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_HOLDER, "86420975"), 0x63C4);
    for (size_t i = 0; i + 8 <= SBK_CARD_BUFFER; i++)
        assert_memory_not_equal(w.card.buffer + i, "86420975", 8);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
    for (size_t i = 0; i + 6 <= SBK_CARD_BUFFER; i++)
        assert_memory_not_equal(w.card.buffer + i, HOLDER_PIN, 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(select_shows_alias_state_and_generations),
        cmocka_unit_test(status_of_a_closed_card),
        cmocka_unit_test(status_of_an_active_card),
        cmocka_unit_test(get_data_gives_what_was_stored),
        cmocka_unit_test(get_data_asks_for_channel_and_role),
        cmocka_unit_test(statement_is_shown_from_closing_to_activation),
        cmocka_unit_test(receipts_of_the_last_sixteen),
        cmocka_unit_test(roles),
        cmocka_unit_test(header_and_session),
        cmocka_unit_test(broken_memory_answers_6581),
        cmocka_unit_test(pins_leave_the_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
