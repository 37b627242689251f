/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/drills.h"

#include <string.h>

#include "schema/apdu.h"

/* A drill for each key that a card meets: what the station does in the tap, after the links. */

#define RICE 0
#define MONEY 1
#define OK SBK_SW_OK
#define HOLDER (1 << LOGICAL_HOLDER)
#define CRYPTOGRAM (1 << LOGICAL_CRYPTOGRAM)

/* ---- the channel ---- */

static uint16_t at_store(struct rig *rig) {
    return rig_station(rig, STORE);
}

static uint16_t at_renewed(struct rig *rig) {
    return rig_station(rig, STORE_RENEWED);
}

static uint16_t at_second_ca(struct rig *rig) {
    return rig_station(rig, STORE_SECOND_CA);
}

#define CHANNEL(open)                                                                                                  \
    {.name = "channel", .run = (open), .writes_nothing = true}, {                                                      \
        .name = "status", .run = rig_read_status, .writes_nothing = true                                               \
    }

/* ---- purchases ---- */

static uint16_t buy_two(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{RICE, 1500}, {MONEY, 21000}}, 2, SBK_WHO_HOLDER, RIG_HOLDER);
}

static uint16_t buy_one(struct rig *rig) {
    return rig_debit(rig, (const struct ask[]){{MONEY, 400}}, 1, SBK_WHO_ALTERNATE, RIG_ALTERNATE);
}

#define PURCHASE                                                                                                       \
    { .name = "debit", .run = buy_two, .falls = HOLDER, .entry = true }

/* ---- deliveries ---- */

static uint16_t mandate_by(struct rig *rig, uint32_t number, uint8_t signer) {
    uint16_t status;

    issuer_rotate(SBK_ROLE_GRANT_SIGNER, signer);
    issuer_mandate()->number = number;
    issuer_mandate()->issued = issuer_day(2026, 11, 2);
    status = rig_mandate(rig);
    issuer_rotate(SBK_ROLE_GRANT_SIGNER, 1);
    return status;
}

/* The new signer's, then one that the old signer had signed with a higher number. */
static uint16_t mandate_3_by_new(struct rig *rig) {
    return mandate_by(rig, 3, 2);
}

static uint16_t mandate_4_by_old(struct rig *rig) {
    return mandate_by(rig, 4, 1);
}

static uint16_t identity_by_new(struct rig *rig) {
    uint16_t status;

    issuer_rotate(SBK_ROLE_GRANT_SIGNER, 2);
    issuer_identity()->number = 2;
    status = rig_identity(rig);
    issuer_rotate(SBK_ROLE_GRANT_SIGNER, 1);
    return status;
}

static uint16_t notice_by(struct rig *rig, uint8_t kind, uint32_t number, uint8_t signer) {
    uint16_t status;

    issuer_rotate(SBK_ROLE_LIST_SIGNER, signer);
    status = rig_notice(rig, kind, number);
    issuer_rotate(SBK_ROLE_LIST_SIGNER, 1);
    return status;
}

static uint16_t reset_by_old(struct rig *rig) {
    return notice_by(rig, SBK_NOTICE_PIN_RESET, 1, 1);
}

static uint16_t reset_by_new(struct rig *rig) {
    return notice_by(rig, SBK_NOTICE_PIN_RESET, 2, 2);
}

static uint16_t stop_by_new(struct rig *rig) {
    return notice_by(rig, SBK_NOTICE_STOP, 2, 2);
}

static uint16_t renew_by_new(struct rig *rig) {
    uint16_t status;

    issuer_rotate(SBK_ROLE_CARD_CA, 2);
    status = rig_renew(rig, issuer_day(2026, 11, 3));
    issuer_rotate(SBK_ROLE_CARD_CA, 1);
    return status;
}

static const struct step station_certificate[] = {CHANNEL(at_renewed), PURCHASE};
static const struct step station_ca[] = {CHANNEL(at_second_ca), PURCHASE};
static const struct step card_ca[] = {
    CHANNEL(at_store), {.name = "card certificate", .run = renew_by_new, .repeated = SBK_SW_OLD_NUMBER}, PURCHASE};
static const struct step grant_signer[] = {CHANNEL(at_store),
    {.name = "mandate", .run = mandate_3_by_new, .entry = true},
    {.name = "identity", .run = identity_by_new, .repeated = SBK_SW_OLD_NUMBER},
    {.name = "mandate by the old signer", .run = mandate_4_by_old, .entry = true}, PURCHASE};
static const struct step list_signer[] = {CHANNEL(at_store),
    {.name = "reset by the old signer", .run = reset_by_old, .repeated = SBK_SW_OLD_NUMBER},
    {.name = "reset", .run = reset_by_new, .repeated = SBK_SW_OLD_NUMBER},
    {.name = "stop", .run = stop_by_new, .repeated = SBK_SW_OLD_NUMBER},
    {.name = "mandate that ends the stop", .run = mandate_4_by_old, .entry = true}, PURCHASE};
static const struct step root[] = {CHANNEL(at_store), PURCHASE,
    {.name = "debit of the alternate", .run = buy_one, .falls = 1 << LOGICAL_ALTERNATE, .entry = true}};
static const struct step all_at_once[] = {CHANNEL(at_second_ca),
    {.name = "card certificate", .run = renew_by_new, .repeated = SBK_SW_OLD_NUMBER},
    {.name = "mandate", .run = mandate_3_by_new, .entry = true},
    {.name = "reset", .run = reset_by_new, .repeated = SBK_SW_OLD_NUMBER},
    {.name = "identity", .run = identity_by_new, .repeated = SBK_SW_OLD_NUMBER}, PURCHASE};

/* ---- what the old ones still do ---- */

static void expect(uint16_t is, uint16_t wanted, const char *what) {
    if (is != wanted)
        rig_complain("%s: %04X, not %04X", what, is, wanted);
}

/* The renewed one took nothing from the old certificate, nor the new CA from a leaf of the old one. */
static void old_leaves_go_on(struct rig *rig, uint8_t unused) {
    (void)unused;
    expect(rig_station(rig, STORE_OTHER), OK, "a leaf of the old CA");
    expect(buy_one(rig), OK, "a purchase at it");
    expect(rig_station(rig, REGISTRAR), OK, "a registrar of the old CA");
}

static void number_decides(struct rig *rig, uint8_t unused) {
    (void)unused;
    expect(at_store(rig), OK, "the store");
    expect(mandate_by(rig, 2, 1), SBK_SW_OLD_NUMBER, "an older mandate by the old signer");
    expect(mandate_by(rig, 3, 1), SBK_SW_OLD_NUMBER, "a mandate of a number that was");
    expect(mandate_by(rig, 5, 2), OK, "a newer one by the new signer");
}

static void older_notices_are_late(struct rig *rig, uint8_t unused) {
    (void)unused;
    expect(at_store(rig), OK, "the store");
    expect(notice_by(rig, SBK_NOTICE_STOP, 1, 1), SBK_SW_OLD_NUMBER, "an older stop by the old signer");
    expect(notice_by(rig, SBK_NOTICE_PIN_RESET, 2, 1), SBK_SW_OLD_NUMBER, "a reset that was, by the old signer");
    expect(notice_by(rig, SBK_NOTICE_PIN_RESET, 3, 1), OK, "a newer one by the old signer");
}

static void newest_certificate_stays(struct rig *rig, uint8_t unused) {
    (void)unused;
    expect(at_store(rig), OK, "the store");
    expect(rig_renew(rig, issuer_day(2026, 11, 2)), SBK_SW_OLD_NUMBER, "an older certificate by the old card CA");
    expect(rig_renew(rig, issuer_day(2026, 11, 4)), OK, "a newer one by the old card CA");
}

/* ---- transport keys ---- */

/* A bureau with keys of both kinds tries the wrong ones first. */
static void try_other(struct rig *rig, const uint8_t other[48]) {
    uint8_t kept[48];

    memcpy(kept, rig->f.keys, sizeof(kept));
    memcpy(rig->f.keys, other, sizeof(kept));
    assert_int_equal(rig_no_session(rig), OK);
    assert_int_equal(open_scp03(&rig->f, SBK_LEVEL_FULL), SBK_SW_CRYPTOGRAM);
    memcpy(rig->f.keys, kept, sizeof(kept));
}

static void blank_under_old(struct rig *rig, uint8_t generation) {
    rig_blank(rig);
    issuer_rotate(SBK_ROLE_ROOT, generation);
    try_other(rig, rig->transport);
}

/* The chip came from the vendor with the keys that others are given by PUT KEY. */
static void blank_under_new(struct rig *rig, uint8_t generation) {
    rig_blank(rig);
    issuer_rotate(SBK_ROLE_ROOT, generation);
    memcpy(rig->f.memory.image + SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KEYS, rig->transport, sizeof(rig->transport));
    try_other(rig, rig->f.keys);
}

static uint16_t generate(struct rig *rig, uint8_t kid) {
    uint16_t status = rig_generate(rig, 0, kid);

    return status == SBK_SW_REFERENCE ? rig_generate(rig, SBK_KVN_CARD, kid) : status;
}

static uint16_t agreement(struct rig *rig) {
    return generate(rig, SBK_KID_AGREEMENT);
}

static uint16_t signing(struct rig *rig) {
    return generate(rig, SBK_KID_SIGNING);
}

static uint16_t next_root(struct rig *rig) {
    return rig_store_next_root(rig, rig_next_root());
}

static uint16_t secure_card(struct rig *rig) {
    rig_know_card(rig);
    return rig_set_secured(rig);
}

#define BUREAU                                                                                                         \
    { .name = "bureau's channel", .run = rig_bureau, .falls = CRYPTOGRAM }
#define ENCODING                                                                                                       \
    {.name = "root", .run = rig_put_root},                                                                             \
        {.name = "agreement key", .run = agreement, .fresh_pair = SBK_IMAGE_AGREEMENT},                                \
        {.name = "signing key", .run = signing, .fresh_pair = SBK_IMAGE_SIGNING},                                      \
        {.name = "next root", .run = next_root},                                                                       \
        {.name = "channel for the applet", .run = rig_bureau_for_applet, .leaves_all = true},                          \
        {.name = "alias", .run = rig_store_alias}, {.name = "identity", .run = rig_store_identity},                    \
        {.name = "first mandate", .run = rig_store_mandate}, {                                                         \
        .name = "close", .run = secure_card                                                                            \
    }

static const struct step under_old_keys[] = {BUREAU, {.name = "transport keys", .run = rig_put_transport}, ENCODING};
static const struct step under_new_keys[] = {BUREAU, ENCODING};

/* Encoded under either, the card is a family's like any other, and comes forward. */
static void lives(struct rig *rig, uint8_t generation) {
    expect(rig_bureau(rig), SBK_SW_REFERENCE, "transport keys after closing");
    rig->clerk = (struct clerk){.transaction = 1};
    expect(rig_station(rig, REGISTRAR), OK, "the registrar");
    expect(rig_activate(rig, RIG_HOLDER, RIG_ALTERNATE), OK, "activation");
    while (generation++ < DRILL_ROOT) {
        expect(rig_no_session(rig), OK, "SELECT");
        expect(rig_link(rig, generation, issuer_day(2027, 3, 31)), OK, "a link");
    }
    issuer_rotate(SBK_ROLE_ROOT, DRILL_ROOT);
    expect(at_store(rig), OK, "the store");
    expect(buy_two(rig), OK, "a purchase");
}

#define STEPS(list) .steps = (list), .count = sizeof(list) / sizeof((list)[0])

const struct drill drills[] = {
    {.name = "station_certificate", STEPS(station_certificate), .end = old_leaves_go_on},
    {.name = "station_ca", STEPS(station_ca), .end = old_leaves_go_on},
    {.name = "card_ca", STEPS(card_ca), .end = newest_certificate_stays},
    {.name = "grant_signer", STEPS(grant_signer), .end = number_decides},
    {.name = "list_signer", STEPS(list_signer), .end = older_notices_are_late},
    {.name = "root", STEPS(root)},
    {.name = "root_compromised", STEPS(root), .compromised = true},
    {.name = "all_at_once", STEPS(all_at_once), .end = old_leaves_go_on},
    {.name = "transport_keys_put", STEPS(under_old_keys), .make = blank_under_old, .blank = true, .end = lives},
    {.name = "transport_keys_of_the_vendor",
        STEPS(under_new_keys),
        .make = blank_under_new,
        .blank = true,
        .end = lives},
};
const size_t drill_count = sizeof(drills) / sizeof(drills[0]);
