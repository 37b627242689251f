/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "applet/host/crypto.h"
#include "schema/apdu.h"
#include "tests/faults/enumerate.h"

/* Every command that changes a card, in every state in which it does something else. */

#define RICE 0
#define MONEY 1
#define OIL 2
#define SOAP 5
#define OK SBK_SW_OK

static void must(uint16_t status) {
    assert_int_equal(status, SBK_SW_OK);
}

static uint16_t no_session(struct rig *rig) {
    return send_hex(&rig->f, "00A4040008A00000015100000000");
}

static uint16_t at_store(struct rig *rig) {
    return rig_station(rig, STORE);
}

static uint16_t at_late_store(struct rig *rig) {
    return rig_station(rig, STORE_LATE);
}

static uint16_t at_third_store(struct rig *rig) {
    return rig_station(rig, STORE_THIRD);
}

static uint16_t at_registrar(struct rig *rig) {
    return rig_station(rig, REGISTRAR);
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

static void wrap_key(const uint8_t dek[16], const uint8_t key[16], uint8_t *out) {
    static const uint8_t iv[16];
    struct sbk_port_aes aes;
    uint8_t block[16];

    out[0] = 0x88;
    out[1] = 16;
    memcpy(out + 2, key, 16);
    sbk_port_aes_cbc_encrypt(dek, iv, out + 2, 16);
    out[18] = 3;
    memset(block, 1, sizeof(block));
    sbk_port_aes_begin(&aes, key);
    sbk_port_aes_encrypt_block(&aes, block, block);
    sbk_port_aes_end(&aes);
    memcpy(out + 19, block, 3);
}

static uint16_t put_transport(struct rig *rig) {
    const uint8_t *dek = rig->f.memory.image + SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KEYS + 32;
    uint8_t data[1 + 3 * 22] = {0x31};

    for (size_t i = 0; i < 3; i++)
        wrap_key(dek, rig->transport + 16 * i, data + 1 + 22 * i);
    return rig_send(rig, SBK_INS_PUT_KEY, 0x00, 0x81, data, sizeof(data));
}

static uint16_t put_other_root(struct rig *rig) {
    uint8_t data[72] = {7, 0xB0, 0x41, 0x04};

    point_of(KEY_STRANGER, data + 4);
    memcpy(data + 68, "\xF0\x01\x00\x00", 4);
    return rig_send(rig, SBK_INS_PUT_KEY, 0x00, SBK_KID_ROOT, data, sizeof(data));
}

static uint16_t generate(struct rig *rig, uint8_t kid) {
    return rig_send(rig, SBK_INS_GENERATE_KEY, 0, kid, (const uint8_t *)"\1\xF0\1", 4);
}

static uint16_t generate_agreement(struct rig *rig) {
    return generate(rig, SBK_KID_AGREEMENT);
}

static uint16_t generate_signing(struct rig *rig) {
    return generate(rig, SBK_KID_SIGNING);
}

static uint16_t generate_signing_again(struct rig *rig) {
    return rig_send(rig, SBK_INS_GENERATE_KEY, SBK_KVN_CARD, SBK_KID_SIGNING, (const uint8_t *)"\1\xF0\1", 4);
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

static uint16_t store_next(struct rig *rig, uint8_t number) {
    uint8_t point[SBK_POINT_SIZE];
    uint8_t hash[SBK_HASH_SIZE];

    point_of(number, point);
    sbk_hash_point(point, hash);
    return rig_store(rig, SBK_TAG_NEXT_ROOT, hash, sizeof(hash));
}

static uint16_t store_next_root(struct rig *rig) {
    return store_next(rig, KEY_NEXT_ROOT);
}

static uint16_t store_other_next_root(struct rig *rig) {
    return store_next(rig, KEY_STRANGER);
}

static uint16_t store_alias(struct rig *rig) {
    return rig_store(rig, SBK_TAG_ALIAS, issuer_identity()->alias, SBK_ALIAS_SIZE);
}

static uint16_t store_other_alias(struct rig *rig) {
    return rig_store(rig, SBK_TAG_ALIAS, (const uint8_t *)"ANDERES!", SBK_ALIAS_SIZE);
}

static uint16_t store_identity(struct rig *rig) {
    uint8_t data[SBK_IDENTITY_MAX];

    return rig_store(rig, SBK_TAG_IDENTITY, data, issue_identity(data));
}

static uint16_t store_mandate(struct rig *rig) {
    uint8_t data[SBK_MANDATE_MAX];

    return rig_store(rig, SBK_TAG_MANDATE, data, issue_mandate(data));
}

static void with_alias(struct rig *rig) {
    with_root(rig);
    must(rig_bureau_for_applet(rig));
    must(store_alias(rig));
}

static void with_identity(struct rig *rig) {
    with_alias(rig);
    must(store_identity(rig));
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

static uint16_t close_encoded(struct rig *rig) {
    return rig_send(rig, SBK_INS_SET_STATUS, 0x80, SBK_LIFE_SECURED, NULL, 0);
}

/* ---- root links ---- */

static uint16_t link(struct rig *rig, uint8_t generation, uint8_t key, uint8_t next, uint16_t old_until) {
    uint8_t data[SBK_LINK_SIZE];
    size_t size = make_link(data, generation, key, next, old_until);
    uint16_t status = send_clear(&rig->f, "802E0000", data, size);
    const uint8_t head[1] = {SBK_INS_ROOT_LINK};

    story_line(status, "CLEAR", head, 1, data, size);
    return status;
}

static uint16_t link_keeping_old(struct rig *rig) {
    return link(rig, 2, KEY_NEXT_ROOT, KEY_THIRD_ROOT, issuer_day(2027, 3, 31));
}

static uint16_t link_dropping_old(struct rig *rig) {
    return link(rig, 2, KEY_NEXT_ROOT, KEY_THIRD_ROOT, 0);
}

static uint16_t second_link(struct rig *rig) {
    return link(rig, 3, KEY_THIRD_ROOT, KEY_STRANGER, issuer_day(2027, 6, 30));
}

static void linked(struct rig *rig) {
    rig_active(rig);
    must(no_session(rig));
    must(link_keeping_old(rig));
}

/* ---- activation and PINs ---- */

static uint16_t activate_both(struct rig *rig) {
    return rig_activate(rig, RIG_HOLDER, RIG_ALTERNATE);
}

static uint16_t activate_holder(struct rig *rig) {
    return rig_activate(rig, RIG_HOLDER, "");
}

static uint16_t activate_alone(struct rig *rig) {
    return rig_activate(rig, "", "");
}

static void closed_without_pin(struct rig *rig) {
    rig_blank(rig);
    issuer_mandate()->flags = 0;
    rig_encode(rig);
    rig_close(rig);
}

static void active_with_holder(struct rig *rig) {
    rig_closed(rig);
    must(at_registrar(rig));
    must(activate_holder(rig));
}

static void reset_waits(struct rig *rig) {
    rig_active(rig);
    must(at_store(rig));
    must(rig_notice(rig, SBK_NOTICE_PIN_RESET, 1));
}

static uint16_t set_both(struct rig *rig) {
    return rig_set_pin(rig, "0000", "11112222");
}

static uint16_t set_holder(struct rig *rig) {
    return rig_set_pin(rig, "98765", "");
}

static uint16_t set_alternate_pin(struct rig *rig) {
    return rig_set_pin(rig, "", "97531");
}

/* ---- debits ---- */

static uint16_t debit_one(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{RICE, 400}}, 1, SBK_WHO_HOLDER, RIG_HOLDER);
}

static uint16_t debit_alternate(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{MONEY, 400}}, 1, SBK_WHO_ALTERNATE, RIG_ALTERNATE);
}

static uint16_t debit_two(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{RICE, 5000}, {MONEY, 18000}}, 2, SBK_WHO_HOLDER, RIG_HOLDER);
}

static uint16_t debit_three(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{RICE, 400}, {SOAP, 1}, {MONEY, 5000}}, 3, SBK_WHO_HOLDER, RIG_HOLDER);
}

static uint16_t debit_four(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{SOAP, 2}, {OIL, 250}, {MONEY, 700000}, {RICE, 10000}}, 4,
        SBK_WHO_HOLDER, RIG_HOLDER);
}

static uint16_t debit_without_pin(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{RICE, 9}, {MONEY, 8}}, 2, SBK_WHO_NONE, "");
}

static uint16_t wrong_pin(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{RICE, 400}}, 1, SBK_WHO_HOLDER, "000000");
}

static uint16_t wrong_alternate(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{RICE, 400}}, 1, SBK_WHO_ALTERNATE, "000000");
}

static void without_pin(struct rig *rig) {
    rig_active(rig);
    issuer_mandate()->number = 2;
    issuer_mandate()->flags = 0;
    must(at_store(rig));
    must(rig_mandate(rig));
}

static void redeemed(struct rig *rig) {
    rig_active(rig);
    must(at_store(rig));
    must(debit_two(rig));
}

static void ring_round(struct rig *rig) {
    redeemed(rig);
    for (int i = 0; i < 18; i++)
        must(rig_debit(rig, (const struct ask[]){{MONEY, 1}}, 1, SBK_WHO_HOLDER, RIG_HOLDER));
}

static void after_wrong_pin(struct rig *rig) {
    rig_active(rig);
    must(at_store(rig));
    assert_int_equal(wrong_pin(rig), SBK_SW_PIN_WRONG | 4);
    assert_int_equal(wrong_pin(rig), SBK_SW_PIN_WRONG | 3);
}

static void before_last_pin(struct rig *rig) {
    after_wrong_pin(rig);
    assert_int_equal(wrong_pin(rig), SBK_SW_PIN_WRONG | 2);
    assert_int_equal(wrong_pin(rig), SBK_SW_PIN_WRONG | 1);
}

/* Four leaves are cached: the next one takes the oldest's place. */
static void cache_full(struct rig *rig) {
    rig_active(rig);
    for (int i = 0; i < 3; i++) {
        must(rig_station(rig, (enum terminal)(STORE + i)));
        must(rig_debit(rig, (const struct ask[]){{MONEY, 1}}, 1, SBK_WHO_HOLDER, RIG_HOLDER));
    }
}

static uint16_t void_first(struct rig *rig) {
    return rig_void(rig, 1);
}

static void redeemed_late(struct rig *rig) {
    rig_active(rig);
    must(at_late_store(rig));
    must(debit_four(rig));
}

/* ---- deliveries ---- */

static void new_mandate(struct rig *rig) {
    redeemed(rig);
    issuer_mandate()->number = 2;
    issuer_mandate()->issued = issuer_day(2026, 11, 2);
}

static void moved_mandate(struct rig *rig) {
    struct sbk_mandate *mandate = issuer_mandate();
    struct sbk_purse rice;

    new_mandate(rig);
    rice = mandate->purses[0];
    mandate->purses[0] = mandate->purses[1];
    mandate->purses[1] = mandate->purses[2];
    mandate->purses[2] = rice;
    mandate->purses[2].slot = 4;
}

static void ending_mandate(struct rig *rig) {
    new_mandate(rig);
    issuer_mandate()->purse_count = 1;
}

static void inheriting_mandate(struct rig *rig) {
    new_mandate(rig);
    issuer_mandate()->purses[1].grant = 301;
    issuer_mandate()->purses[1].inherits = 101;
}

static void floor_mandate(struct rig *rig) {
    new_mandate(rig);
    issuer_mandate()->issued = issuer_day(2026, 10, 26);
    issuer_mandate()->flags |= SBK_MANDATE_SET_FLOOR;
}

static void blocking_mandate(struct rig *rig) {
    new_mandate(rig);
    issuer_mandate()->status = SBK_MANDATE_BLOCKED;
}

static void closing_mandate(struct rig *rig) {
    new_mandate(rig);
    issuer_mandate()->status = SBK_MANDATE_CLOSED;
    issuer_mandate()->purse_count = 0;
}

static void mandate_after_stop(struct rig *rig) {
    new_mandate(rig);
    must(rig_notice(rig, SBK_NOTICE_STOP, 1));
}

static uint16_t stop(struct rig *rig) {
    return rig_notice(rig, SBK_NOTICE_STOP, 1);
}

static uint16_t reset_pin(struct rig *rig) {
    return rig_notice(rig, SBK_NOTICE_PIN_RESET, 1);
}

static void same_alternate(struct rig *rig) {
    rig_active(rig);
    issuer_identity()->number = 2;
}

static void other_alternate(struct rig *rig) {
    rig_active(rig);
    issuer_identity()->number = 2;
    issuer_alternate("WATI");
}

static uint16_t renew(struct rig *rig, uint16_t effective) {
    uint8_t data[SBK_CARD_BUFFER];
    size_t size = issue_signer(SBK_ROLE_CARD_CA, data);

    size += issue_card_certificate(effective, data + size);
    return rig_send(rig, SBK_INS_DELIVER_RECORD, 0, 0, data, size);
}

static uint16_t renew_first(struct rig *rig) {
    return renew(rig, issuer_day(2026, 10, 20));
}

static uint16_t renew_again(struct rig *rig) {
    return renew(rig, issuer_day(2026, 10, 21));
}

static void renewed(struct rig *rig) {
    redeemed(rig);
    must(renew_first(rig));
}

#define HOLDER (1 << LOGICAL_HOLDER)
#define ALTERNATE (1 << LOGICAL_ALTERNATE)
#define CRYPTOGRAM (1 << LOGICAL_CRYPTOGRAM)

const struct scenario scenarios[] = {
    {.name = "bureau_after_wrong",
        .prepare = after_two_wrong,
        .open = no_session,
        .command = rig_bureau,
        .status = OK,
        .falls = CRYPTOGRAM},
    {.name = "bureau_at_last_try",
        .prepare = before_last_try,
        .open = no_session,
        .command = rig_bureau,
        .status = OK,
        .falls = CRYPTOGRAM},
    {.name = "bureau_wrong",
        .prepare = after_two_wrong,
        .open = no_session,
        .command = wrong_cryptogram,
        .status = SBK_SW_CRYPTOGRAM,
        .falls = CRYPTOGRAM},
    {.name = "bureau_wrong_at_last_try",
        .prepare = before_last_try,
        .open = no_session,
        .command = wrong_cryptogram,
        .status = SBK_SW_CRYPTOGRAM,
        .falls = CRYPTOGRAM},
    {.name = "put_transport_keys", .prepare = rig_blank, .open = rig_bureau, .command = put_transport, .status = OK},
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
    {.name = "store_alias", .prepare = rig_blank, .open = rig_bureau_for_applet, .command = store_alias, .status = OK},
    {.name = "replace_alias",
        .prepare = rig_encoded,
        .open = rig_bureau_for_applet,
        .command = store_other_alias,
        .status = OK},
    {.name = "store_identity",
        .prepare = with_alias,
        .open = rig_bureau_for_applet,
        .command = store_identity,
        .status = OK},
    {.name = "replace_identity",
        .prepare = encoded_and_new_identity,
        .open = rig_bureau_for_applet,
        .command = store_identity,
        .status = OK},
    {.name = "store_mandate",
        .prepare = with_identity,
        .open = rig_bureau_for_applet,
        .command = store_mandate,
        .status = OK},
    {.name = "replace_mandate",
        .prepare = encoded_and_new_mandate,
        .open = rig_bureau_for_applet,
        .command = store_mandate,
        .status = OK},
    {.name = "close",
        .prepare = rig_encoded,
        .open = rig_bureau,
        .command = close_encoded,
        .status = OK,
        .repeated = SBK_SW_REFERENCE},
    {.name = "root_link_keeping_old",
        .prepare = rig_active,
        .open = no_session,
        .command = link_keeping_old,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
    {.name = "root_link_dropping_old",
        .prepare = rig_active,
        .open = no_session,
        .command = link_dropping_old,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
    {.name = "root_link_second",
        .prepare = linked,
        .open = no_session,
        .command = second_link,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
    {.name = "activate_both",
        .prepare = rig_closed,
        .open = at_registrar,
        .command = activate_both,
        .status = OK,
        .entry = true,
        .fresh_pins = true},
    {.name = "activate_holder",
        .prepare = rig_closed,
        .open = at_registrar,
        .command = activate_holder,
        .status = OK,
        .entry = true,
        .fresh_pins = true},
    {.name = "activate_without_pin",
        .prepare = closed_without_pin,
        .open = at_registrar,
        .command = activate_alone,
        .status = OK,
        .entry = true},
    {.name = "set_both_pins",
        .prepare = reset_waits,
        .open = at_registrar,
        .command = set_both,
        .status = OK,
        .repeated = SBK_SW_NOTHING_PENDING,
        .fresh_pins = true,
        .pins = {"0000", "11112222"}},
    {.name = "set_holder_pin",
        .prepare = reset_waits,
        .open = at_registrar,
        .command = set_holder,
        .status = OK,
        .repeated = SBK_SW_NOTHING_PENDING,
        .fresh_pins = true,
        .pins = {"98765", RIG_ALTERNATE}},
    {.name = "set_first_alternate_pin",
        .prepare = active_with_holder,
        .open = at_registrar,
        .command = set_alternate_pin,
        .status = OK,
        .repeated = SBK_SW_NOTHING_PENDING,
        .fresh_pins = true,
        .pins = {RIG_HOLDER, "97531"}},
    {.name = "debit_one",
        .prepare = rig_active,
        .open = at_store,
        .command = debit_one,
        .status = OK,
        .falls = HOLDER,
        .entry = true},
    {.name = "debit_alternate",
        .prepare = redeemed,
        .open = at_store,
        .command = debit_alternate,
        .status = OK,
        .falls = ALTERNATE,
        .entry = true},
    {.name = "debit_two_ring_round",
        .prepare = ring_round,
        .open = at_store,
        .command = debit_two,
        .status = OK,
        .falls = HOLDER,
        .entry = true},
    {.name = "debit_three_new_window",
        .prepare = redeemed,
        .open = at_late_store,
        .command = debit_three,
        .status = OK,
        .falls = HOLDER,
        .entry = true},
    {.name = "debit_four",
        .prepare = rig_active,
        .open = at_late_store,
        .command = debit_four,
        .status = OK,
        .falls = HOLDER,
        .entry = true},
    {.name = "debit_without_pin",
        .prepare = without_pin,
        .open = at_store,
        .command = debit_without_pin,
        .status = OK,
        .entry = true},
    {.name = "debit_after_wrong_pin",
        .prepare = after_wrong_pin,
        .open = at_store,
        .command = debit_one,
        .status = OK,
        .falls = HOLDER,
        .entry = true},
    {.name = "debit_at_last_try",
        .prepare = before_last_pin,
        .open = at_store,
        .command = debit_one,
        .status = OK,
        .falls = HOLDER,
        .entry = true},
    {.name = "wrong_pin",
        .prepare = redeemed,
        .open = at_store,
        .command = wrong_pin,
        .status = SBK_SW_PIN_WRONG | 4,
        .falls = HOLDER},
    {.name = "wrong_alternate_pin",
        .prepare = redeemed,
        .open = at_late_store,
        .command = wrong_alternate,
        .status = SBK_SW_PIN_WRONG | 4,
        .falls = ALTERNATE},
    {.name = "wrong_pin_at_last_try",
        .prepare = before_last_pin,
        .open = at_store,
        .command = wrong_pin,
        .status = SBK_SW_PIN_WRONG,
        .falls = HOLDER},
    {.name = "cache_leaf_replaced",
        .prepare = cache_full,
        .open = at_third_store,
        .command = debit_one,
        .status = OK,
        .falls = HOLDER,
        .entry = true},
    {.name = "void_two_purses",
        .prepare = redeemed,
        .open = at_store,
        .command = void_first,
        .status = OK,
        .entry = true},
    {.name = "void_four_purses",
        .prepare = redeemed_late,
        .open = at_late_store,
        .command = void_first,
        .status = OK,
        .entry = true},
    {.name = "mandate_kept",
        .prepare = new_mandate,
        .open = at_store,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "mandate_moved",
        .prepare = moved_mandate,
        .open = at_registrar,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "mandate_ended",
        .prepare = ending_mandate,
        .open = at_store,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "mandate_inherited",
        .prepare = inheriting_mandate,
        .open = at_late_store,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "mandate_sets_floor",
        .prepare = floor_mandate,
        .open = at_store,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "mandate_blocks",
        .prepare = blocking_mandate,
        .open = at_store,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "mandate_closes",
        .prepare = closing_mandate,
        .open = at_store,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "mandate_ends_stop",
        .prepare = mandate_after_stop,
        .open = at_store,
        .command = rig_mandate,
        .status = OK,
        .entry = true},
    {.name = "renewal",
        .prepare = redeemed,
        .open = at_store,
        .command = renew_first,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
    {.name = "renewal_again",
        .prepare = renewed,
        .open = at_registrar,
        .command = renew_again,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
    {.name = "notice_stops",
        .prepare = redeemed,
        .open = at_store,
        .command = stop,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
    {.name = "notice_resets_pin",
        .prepare = redeemed,
        .open = at_late_store,
        .command = reset_pin,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
    {.name = "identity_same_alternate",
        .prepare = same_alternate,
        .open = at_store,
        .command = rig_identity,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
    {.name = "identity_other_alternate",
        .prepare = other_alternate,
        .open = at_registrar,
        .command = rig_identity,
        .status = OK,
        .repeated = SBK_SW_OLD_NUMBER},
};
const size_t scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);
