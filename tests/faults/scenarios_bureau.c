/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "applet/host/crypto.h"
#include "schema/apdu.h"
#include "tests/faults/enumerate.h"

/* Every command of the bureau that changes a card, and root links. */

#define OK SBK_SW_OK
#define CRYPTOGRAM (1 << LOGICAL_CRYPTOGRAM)

static void must(uint16_t status) {
    assert_int_equal(status, SBK_SW_OK);
}

/* ---- the bureau's channel and keys ---- */

/* With n tries left for the transport keys. */
static void blank_with_tries(struct rig *rig, int tries) {
    rig_blank(rig);
    for (int i = SBK_LIFE_TRIES; i > tries; i--) {
        rig->f.keys[16] ^= 1;
        assert_int_equal(rig_bureau(rig), SBK_SW_CRYPTOGRAM);
        rig->f.keys[16] ^= 1;
    }
}

static void after_two_wrong(struct rig *rig) {
    blank_with_tries(rig, 8);
}

static void before_last_try(struct rig *rig) {
    blank_with_tries(rig, 1);
}

static uint16_t wrong_cryptogram(struct rig *rig) {
    rig->f.keys[16] ^= 1;
    uint16_t status = rig_bureau(rig);
    rig->f.keys[16] ^= 1;
    return status;
}

static uint16_t put_other_root(struct rig *rig) {
    uint8_t data[72] = {7, 0xB0, 0x41, 0x04};

    point_of(KEY_STRANGER, data + 4);
    memcpy(data + 68, "\xF0\x01\x00\x00", 4);
    return rig_send(rig, SBK_INS_PUT_KEY, 0x00, SBK_KID_ROOT, data, sizeof(data));
}

static uint16_t generate_agreement(struct rig *rig) {
    return rig_generate(rig, 0, SBK_KID_AGREEMENT);
}

static uint16_t generate_signing(struct rig *rig) {
    return rig_generate(rig, 0, SBK_KID_SIGNING);
}

static uint16_t generate_signing_again(struct rig *rig) {
    return rig_generate(rig, SBK_KVN_CARD, SBK_KID_SIGNING);
}

static uint16_t delete_signing(struct rig *rig) {
    return rig_send(rig, SBK_INS_DELETE, 0, 0, (const uint8_t *)"\xD0\x01\x31", 3);
}

static uint16_t delete_root(struct rig *rig) {
    return rig_send(rig, SBK_INS_DELETE, 0, 0, (const uint8_t *)"\xD0\x01\x10", 3);
}

/* ---- STORE DATA ---- */

static void with_root(struct rig *rig) {
    rig_blank(rig);
    must(rig_bureau(rig));
    must(rig_put_root(rig));
}

static uint16_t store_next_root(struct rig *rig) {
    return rig_store_next_root(rig, KEY_NEXT_ROOT);
}

static uint16_t store_other_next_root(struct rig *rig) {
    return rig_store_next_root(rig, KEY_STRANGER);
}

static uint16_t store_other_alias(struct rig *rig) {
    return rig_store(rig, SBK_TAG_ALIAS, (const uint8_t *)"ANDERES!", SBK_ALIAS_SIZE);
}

static void with_alias(struct rig *rig) {
    with_root(rig);
    must(rig_bureau_for_applet(rig));
    must(rig_store_alias(rig));
}

static void with_identity(struct rig *rig) {
    with_alias(rig);
    must(rig_store_identity(rig));
}

static void encoded_and_new_identity(struct rig *rig) {
    rig_encoded(rig);
    issuer_identity()->number = 2;
    issuer_alternate("RAHMAT HIDAYAT BIN ABDULLAH");
}

static void encoded_and_new_mandate(struct rig *rig) {
    rig_encoded(rig);
    issuer_mandate()->number = 7;
    issuer_mandate()->purses[1].grant = 500;
}

/* ---- root links ---- */

static uint16_t link_keeping_old(struct rig *rig) {
    return rig_link(rig, 2, issuer_day(2027, 3, 31));
}

static uint16_t link_dropping_old(struct rig *rig) {
    return rig_link(rig, 2, 0);
}

static uint16_t second_link(struct rig *rig) {
    return rig_link(rig, 3, issuer_day(2027, 6, 30));
}

static void linked(struct rig *rig) {
    rig_active(rig);
    must(rig_no_session(rig));
    must(link_keeping_old(rig));
}

const struct scenario bureau_scenarios[] = {
    {.name = "bureau_after_wrong",
        .prepare = after_two_wrong,
        .open = rig_no_session,
        .command = rig_bureau,
        .status = OK,
        .falls = CRYPTOGRAM},
    {.name = "bureau_at_last_try",
        .prepare = before_last_try,
        .open = rig_no_session,
        .command = rig_bureau,
        .status = OK,
        .falls = CRYPTOGRAM},
    {.name = "bureau_wrong",
        .prepare = after_two_wrong,
        .open = rig_no_session,
        .command = wrong_cryptogram,
        .status = SBK_SW_CRYPTOGRAM,
        .falls = CRYPTOGRAM},
    {.name = "bureau_wrong_at_last_try",
        .prepare = before_last_try,
        .open = rig_no_session,
        .command = wrong_cryptogram,
        .status = SBK_SW_CRYPTOGRAM,
        .falls = CRYPTOGRAM},
    {.name = "put_transport_keys",
        .prepare = rig_blank,
        .open = rig_bureau,
        .command = rig_put_transport,
        .status = OK},
    {.name = "put_root", .prepare = rig_blank, .open = rig_bureau, .command = rig_put_root, .status = OK},
    {.name = "replace_root", .prepare = rig_encoded, .open = rig_bureau, .command = put_other_root, .status = OK},
    {.name = "generate_agreement",
        .prepare = rig_blank,
        .open = rig_bureau,
        .command = generate_agreement,
        .status = OK,
        .repeated = SBK_SW_REFERENCE,
        .fresh_pair = SBK_IMAGE_AGREEMENT},
    {.name = "generate_signing",
        .prepare = rig_blank,
        .open = rig_bureau,
        .command = generate_signing,
        .status = OK,
        .repeated = SBK_SW_REFERENCE,
        .fresh_pair = SBK_IMAGE_SIGNING},
    {.name = "replace_signing",
        .prepare = rig_encoded,
        .open = rig_bureau,
        .command = generate_signing_again,
        .status = OK,
        .fresh_pair = SBK_IMAGE_SIGNING},
    {.name = "delete_signing",
        .prepare = rig_encoded,
        .open = rig_bureau,
        .command = delete_signing,
        .status = OK,
        .repeated = SBK_SW_REFERENCE},
    {.name = "delete_root",
        .prepare = rig_encoded,
        .open = rig_bureau,
        .command = delete_root,
        .status = OK,
        .repeated = SBK_SW_REFERENCE},
    {.name = "store_next_root", .prepare = with_root, .open = rig_bureau, .command = store_next_root, .status = OK},
    {.name = "replace_next_root",
        .prepare = rig_encoded,
        .open = rig_bureau,
        .command = store_other_next_root,
        .status = OK},
    {.name = "store_alias",
        .prepare = rig_blank,
        .open = rig_bureau_for_applet,
        .command = rig_store_alias,
        .status = OK},
    {.name = "replace_alias",
        .prepare = rig_encoded,
        .open = rig_bureau_for_applet,
        .command = store_other_alias,
        .status = OK},
    {.name = "store_identity",
        .prepare = with_alias,
        .open = rig_bureau_for_applet,
        .command = rig_store_identity,
        .status = OK},
    {.name = "replace_identity",
        .prepare = encoded_and_new_identity,
        .open = rig_bureau_for_applet,
        .command = rig_store_identity,
        .status = OK},
    {.name = "store_mandate",
        .prepare = with_identity,
        .open = rig_bureau_for_applet,
        .command = rig_store_mandate,
        .status = OK},
    {.name = "replace_mandate",
        .prepare = encoded_and_new_mandate,
        .open = rig_bureau_for_applet,
        .command = rig_store_mandate,
        .status = OK},
    {.name = "close",
        .prepare = rig_encoded,
        .open = rig_bureau,
        .command = rig_set_secured,
        .status = OK,
        .repeated = SBK_SW_REFERENCE},
    {.name = "root_link_keeping_old",
        .prepare = rig_active,
        .open = rig_no_session,
        .command = link_keeping_old,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER,
        .drops_cache = true},
    {.name = "root_link_dropping_old",
        .prepare = rig_active,
        .open = rig_no_session,
        .command = link_dropping_old,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER,
        .drops_cache = true},
    {.name = "root_link_second",
        .prepare = linked,
        .open = rig_no_session,
        .command = second_link,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER,
        .drops_cache = true},
};
const size_t bureau_scenario_count = sizeof(bureau_scenarios) / sizeof(bureau_scenarios[0]);
