/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 5, only the grant signer gives, on the card's side: no other key, however certified, makes the card take a
 * mandate or an identity record, in the field or at the bureau; and what a list signer may send only takes away.
 *
 * Broken variant: in applet/entitlement/signed.c, sbk_signer_check, let 6600 pass for 9000: roles and the root's
 * signature do not count any more. Another: in sbk_record_check, leave out the signature.
 */
#include "tests/applet/entitlement/world.h"

#include <string.h>

static struct world w;
static uint8_t data[SBK_CARD_BUFFER];

/* Everybody's key, under every role that a certificate can say. */
static const enum sbk_role roles[] = {
    SBK_ROLE_STATION_CA, SBK_ROLE_CARD_CA, SBK_ROLE_GRANT_SIGNER, SBK_ROLE_LIST_SIGNER};

static struct key key_of(size_t index) {
    const struct key *keys[] = {&w.grant, &w.list, &w.card_ca, &w.agreement, &w.signing, &w.root};

    return *keys[index];
}
#define KEYS 6

static size_t delivery(enum sbk_role role, const struct key *certified, const struct key *signer) {
    size_t size = write_context(&w, data);

    size += write_signer(&w, role, certified, data + size);
    return size + write_mandate(&w, signer, data + size);
}

static void nobody_else_in_the_field(void **state) {
    (void)state;
    world_active(&w);
    w.mandate.number = 2;
    w.mandate.purses[0].amount = 20000;
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        for (size_t k = 0; k < KEYS; k++)
            for (size_t s = 0; s < KEYS; s++) {
                struct key certified = key_of(k), signer = key_of(s);
                size_t size;

                if (roles[i] == SBK_ROLE_GRANT_SIGNER && (k == s || k > 0))
                    continue; /* the root may make anybody a grant signer: that is what it is for */
                if (roles[i] == SBK_ROLE_GRANT_SIGNER && s == 0)
                    continue;
                size = delivery(roles[i], &certified, &signer);
                assert_int_equal(send_entry(&w, SBK_INS_DELIVER_MANDATE, data, size), SBK_SW_SIGNATURE);
            }
    assert_int_equal(read_status(&w).mandate, 1);
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 20000), SBK_SW_OK);
}

/* A grant signer's certificate that anybody but the root signed. */
static void nobody_else_makes_a_grant_signer(void **state) {
    struct key root;

    (void)state;
    world_active(&w);
    w.mandate.number = 2;
    root = w.root;
    for (size_t k = 0; k < KEYS - 1; k++) {
        w.root = key_of(k);
        assert_int_equal(deliver_mandate(&w), SBK_SW_SIGNATURE);
        w.root = root;
    }
    assert_int_equal(read_status(&w).mandate, 1);
}

/* Every bit of the mandate counts. */
static void nothing_in_it_can_be_changed(void **state) {
    size_t size;

    (void)state;
    world_active(&w);
    w.mandate.number = 2;
    size = write_delivery(&w, data);
    for (size_t i = 80 + 179; i < size - SBK_SIGNATURE_SIZE; i++) {
        data[i] = (uint8_t)(data[i] + 1);
        assert_int_equal(send_entry(&w, SBK_INS_DELIVER_MANDATE, data, size), SBK_SW_SIGNATURE);
        data[i] = (uint8_t)(data[i] - 1);
    }
    assert_int_equal(send_entry(&w, SBK_INS_DELIVER_MANDATE, data, size), SBK_SW_OK);
}

/* The bureau's keys write only what the grant signer signed, and the card CA's certificate opens no purse. */
static void nobody_else_at_the_bureau(void **state) {
    size_t size;

    (void)state;
    world_close(&w);
    w.image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_STATE] = SBK_LIFE_INITIALIZED;
    for (size_t k = 1; k < KEYS; k++) {
        struct key key = key_of(k);

        size = write_mandate(&w, &key, data);
        assert_int_equal(store_object(&w, SBK_TAG_MANDATE, data, size), SBK_SW_SIGNATURE);
        size = write_identity(&w, &key, data);
        assert_int_equal(store_object(&w, SBK_TAG_IDENTITY, data, size), SBK_SW_SIGNATURE);
        size = write_signer(&w, SBK_ROLE_LIST_SIGNER, &key, data);
        assert_int_equal(store_object(&w, SBK_TAG_SIGNER, data, size), SBK_SW_SIGNATURE);
        assert_int_equal(store_signer(&w), SBK_SW_OK);
    }
}

/* A list signer's notices never leave more to spend than there was. */
static void notices_only_take_away(void **state) {
    (void)state;
    world_active(&w);
    for (uint32_t number = 1; number < 20; number++)
        assert_int_equal(deliver_notice(&w, SBK_NOTICE_PIN_RESET, number), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 10001), SBK_SW_BALANCE);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 1), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_STOPPED);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 2), SBK_SW_OK);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_STOPPED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_else_in_the_field),
        cmocka_unit_test(nobody_else_makes_a_grant_signer),
        cmocka_unit_test(nothing_in_it_can_be_changed),
        cmocka_unit_test(nobody_else_at_the_bureau),
        cmocka_unit_test(notices_only_take_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
