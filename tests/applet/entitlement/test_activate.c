/* SPDX-License-Identifier: Apache-2.0 */
/* Personalization and ACTIVATE (B.12, B.15), and what the applet says to closing. */
#include "tests/applet/entitlement/world.h"

#include <string.h>

#include "applet/host/crypto.h"

static struct world w;
static uint8_t data[SBK_CARD_BUFFER];

#define CA_AT (80 + 18)
#define CARD_AT (CA_AT + 179)
#define SIZE (CARD_AT + 218)

static uint16_t sent(void) {
    return send_entry(&w, SBK_INS_ACTIVATE, data, SIZE);
}

static void makes_entry_zero(void **state) {
    uint8_t hash[SBK_HASH_SIZE];

    (void)state;
    world_close(&w);
    become_registrar(&w);
    assert_int_equal(write_activation(&w, HOLDER_PIN, ALTERNATE_PIN, data), SIZE);
    sbk_sha256(data + CARD_AT, 218, hash);
    assert_int_equal(sent(), SBK_SW_OK);
    assert_int_equal(w.last.counter, 0);
    assert_int_equal(w.last.kind, SBK_ENTRY_ACTIVATION);
    assert_int_equal(w.last.who, SBK_WHO_NONE);
    assert_int_equal(w.last.mandate, 1);
    assert_memory_equal(w.last.digest, hash, SBK_HASH_SIZE);
    assert_memory_equal(w.last.terminal, "KELURAHAN-1\0", SBK_TERMINAL_SIZE);
    assert_int_equal(read_status(&w).state, SBK_STATE_ACTIVE);
    assert_int_equal(read_status(&w).floor, day(2026, 11, 1));
    assert_int_equal(sbk_entitlement_applet.floor(&w.card, &w.ram), day(2026, 11, 1));
    /* A second time: the counter has moved on. */
    w.counter = 0;
    assert_int_equal(activate(&w, HOLDER_PIN, ALTERNATE_PIN), SBK_SW_COUNTER);
}

static void wants_a_closed_card(void **state) {
    (void)state;
    world_close(&w);
    become_registrar(&w);
    w.image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_STATE] = SBK_LIFE_INITIALIZED;
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_CONDITIONS);
    world_active(&w);
    become_registrar(&w);
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_CONDITIONS);
}

static void certificates_are_checked(void **state) {
    struct key key;

    (void)state;
    world_close(&w);
    become_registrar(&w);
    write_activation(&w, HOLDER_PIN, "", data);
    for (size_t i = CA_AT; i < SIZE; i += 7) {
        data[i] ^= 0x20;
        assert_int_equal(sent(), SBK_SW_CERTIFICATE);
        data[i] ^= 0x20;
    }
    key = w.card_ca;
    w.card_ca = w.grant; /* signs both, but the CA's certificate is right: it certifies that key */
    write_activation(&w, HOLDER_PIN, "", data);
    write_signer(&w, SBK_ROLE_GRANT_SIGNER, &w.grant, data + CA_AT); /* the role is not */
    assert_int_equal(sent(), SBK_SW_CERTIFICATE);
    w.card_ca = key;
    key = w.root;
    w.root = w.list;
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_CERTIFICATE);
    w.root = key;
    w.terminal.effective = day(2028, 1, 1); /* the card CA has expired */
    w.terminal.expiry = day(2028, 1, 31);
    w.time = at(2028, 1, 5);
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_CERTIFICATE);
    assert_int_equal(read_status(&w).state, SBK_STATE_CLOSED);
}

static void certificate_must_be_this_cards(void **state) {
    struct key key;

    (void)state;
    world_close(&w);
    become_registrar(&w);
    w.identity.alias[0] ^= 1;
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_WRONG_CARD);
    w.identity.alias[0] ^= 1;
    key = w.agreement;
    w.agreement = w.grant;
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_WRONG_CARD);
    w.agreement = key;
    key = w.signing;
    w.signing = w.grant;
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_WRONG_CARD);
    w.signing = key;
    w.signing.point[63] ^= 1; /* the same X with the other Y */
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_WRONG_CARD);
    w.signing.point[63] ^= 1;
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_OK);
}

static void context_and_registrar(void **state) {
    (void)state;
    world_close(&w);
    become_registrar(&w);
    w.counter = 1;
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_COUNTER);
    w.counter = 0;
    w.time = at(2026, 12, 1);
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_TIME);
    w.time = at(2026, 11, 30);
    w.previous[0] = 1;
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_PREVIOUS);
    w.previous[0] = 0;
    w.terminal.rights.kelurahan[0] = 0x65;
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_KELURAHAN);
}

static void pins(void **state) {
    (void)state;
    world_close(&w);
    become_registrar(&w);
    assert_int_equal(activate(&w, "", ""), SBK_SW_DATA); /* the mandate asks for one */
    assert_int_equal(activate(&w, "123", ""), SBK_SW_DATA);
    assert_int_equal(activate(&w, "12345x", ""), SBK_SW_DATA);
    assert_int_equal(activate(&w, HOLDER_PIN, "99"), SBK_SW_DATA);
    write_activation(&w, "1234", "", data);
    data[80 + 5] = '5'; /* not padded with zeros */
    assert_int_equal(sent(), SBK_SW_DATA);
    w.no_random = true;
    assert_int_equal(activate(&w, "12345678", ""), SBK_SW_MEMORY);
    w.no_random = false;
    assert_int_equal(read_status(&w).flags, 0);
    assert_int_equal(activate(&w, "12345678", ""), SBK_SW_OK);
    assert_int_equal(read_status(&w).flags, 0x03);
}

static void blank(struct world *world) {
    world_close(world);
    world->image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_STATE] = SBK_LIFE_INITIALIZED;
}

static void an_alternates_pin_needs_an_alternate(void **state) {
    (void)state;
    blank(&w);
    set_alternate(&w, "");
    w.mandate.flags = 0;
    assert_int_equal(store_signer(&w), SBK_SW_OK);
    assert_int_equal(store_identity(&w), SBK_SW_OK);
    assert_int_equal(store_mandate(&w), SBK_SW_OK);
    w.image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_STATE] = SBK_LIFE_SECURED;
    become_registrar(&w);
    assert_int_equal(activate(&w, HOLDER_PIN, ALTERNATE_PIN), SBK_SW_WHO);
    assert_int_equal(activate(&w, "", ""), SBK_SW_OK); /* no PIN is asked for */
    assert_int_equal(read_status(&w).flags, 0x01);
}

static void personalization_refusals(void **state) {
    size_t size;

    (void)state;
    blank(&w);
    world_power_on(&w); /* the signer's key is gone */
    assert_int_equal(store_identity(&w), SBK_SW_CONDITIONS);
    assert_int_equal(store_mandate(&w), SBK_SW_CONDITIONS);
    size = write_signer(&w, SBK_ROLE_LIST_SIGNER, &w.list, data);
    assert_int_equal(store_object(&w, SBK_TAG_SIGNER, data, size), SBK_SW_SIGNATURE);
    size = write_signer(&w, SBK_ROLE_GRANT_SIGNER, &w.grant, data);
    data[size - 1] ^= 1;
    assert_int_equal(store_object(&w, SBK_TAG_SIGNER, data, size), SBK_SW_SIGNATURE);
    assert_int_equal(store_object(&w, SBK_TAG_SIGNER, data, size - 1), SBK_SW_DATA);
    assert_int_equal(store_mandate(&w), SBK_SW_CONDITIONS);
    assert_int_equal(store_signer(&w), SBK_SW_OK);
    w.mandate.alias[3] ^= 1;
    assert_int_equal(store_mandate(&w), SBK_SW_WRONG_CARD);
    w.mandate.alias[3] ^= 1;
    size = write_mandate(&w, &w.list, data);
    assert_int_equal(store_object(&w, SBK_TAG_MANDATE, data, size), SBK_SW_SIGNATURE);
    w.mandate.status = SBK_MANDATE_BLOCKED;
    assert_int_equal(store_mandate(&w), SBK_SW_DATA);
    w.mandate.status = SBK_MANDATE_ACTIVE;
    w.mandate.purses[1].inherits = 50;
    assert_int_equal(store_mandate(&w), SBK_SW_DATA);
    assert_int_equal(store_object(&w, SBK_TAG_ALIAS, (const uint8_t *)"\0\0\0\0\0\0\0\0", 8), SBK_SW_DATA);
    assert_int_equal(store_object(&w, SBK_TAG_ALIAS, w.identity.alias, 7), SBK_SW_DATA);
    assert_int_equal(store_object(&w, 0xDF29, w.identity.alias, 8), SBK_SW_REFERENCE);
    w.image[SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_GENERATION] = 0;
    assert_int_equal(store_signer(&w), SBK_SW_CONDITIONS);
    w.image[SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_GENERATION] = 1;
    w.image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_STATE] = SBK_LIFE_SECURED;
    assert_int_equal(store_alias(&w), SBK_SW_CONDITIONS);
}

/* The signer's key hangs on the bureau's session, though that stands on the domain. */
static void the_signer_is_forgotten_with_the_session(void **state) {
    static const uint8_t select_domain[] = {0x00, 0xA4, 0x04, 0x00, 0x00};
    uint8_t response[SBK_RESPONSE_MAX];

    (void)state;
    blank(&w);
    assert_int_equal(store_signer(&w), SBK_SW_OK);
    assert_int_equal(store_identity(&w), SBK_SW_OK);
    w.card.personalized = 0;
    sbk_card_process(&w.card, select_domain, sizeof(select_domain), response, sizeof(response));
    assert_int_equal(store_identity(&w), SBK_SW_CONDITIONS);
}

static void closing_wants_alias_and_records(void **state) {
    struct sbk_closing statement;
    uint8_t records[SBK_IDENTITY_MAX + SBK_MANDATE_MAX];
    uint8_t hash[SBK_HASH_SIZE];
    size_t size;

    (void)state;
    blank(&w);
    /* Fresh cards do not believe certificates that expired before their mandate. */
    assert_int_equal(sbk_entitlement_applet.floor(&w.card, &w.ram), w.mandate.issued);
    assert_int_not_equal(w.mandate.issued, 0);
    assert_true(sbk_entitlement_applet.closing(&w.card, &w.ram, &statement));
    assert_memory_equal(statement.alias, w.identity.alias, SBK_ALIAS_SIZE);
    assert_int_equal(get_data(&w, SBK_TAG_IDENTITY), SBK_SW_OK);
    memcpy(records, w.answer, size = w.answer_size);
    assert_int_equal(get_data(&w, SBK_TAG_MANDATE), SBK_SW_OK);
    memcpy(records + size, w.answer, w.answer_size);
    sbk_sha256(records, size + w.answer_size, hash);
    assert_memory_equal(statement.records_hash, hash, SBK_HASH_SIZE);
    /* Another alias takes the records away. */
    assert_int_equal(store_alias(&w), SBK_SW_OK);
    assert_true(sbk_entitlement_applet.closing(&w.card, &w.ram, &statement));
    w.identity.alias[0] ^= 1;
    assert_int_equal(store_alias(&w), SBK_SW_OK);
    assert_false(sbk_entitlement_applet.closing(&w.card, &w.ram, &statement));
    assert_int_equal(store_signer(&w), SBK_SW_OK);
    assert_int_equal(store_identity(&w), SBK_SW_OK);
    assert_false(sbk_entitlement_applet.closing(&w.card, &w.ram, &statement));
    w.mandate.alias[0] ^= 1;
    assert_int_equal(store_mandate(&w), SBK_SW_OK);
    assert_true(sbk_entitlement_applet.closing(&w.card, &w.ram, &statement));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_entry_zero),
        cmocka_unit_test(wants_a_closed_card),
        cmocka_unit_test(certificates_are_checked),
        cmocka_unit_test(certificate_must_be_this_cards),
        cmocka_unit_test(context_and_registrar),
        cmocka_unit_test(pins),
        cmocka_unit_test(an_alternates_pin_needs_an_alternate),
        cmocka_unit_test(personalization_refusals),
        cmocka_unit_test(the_signer_is_forgotten_with_the_session),
        cmocka_unit_test(closing_wants_alias_and_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
