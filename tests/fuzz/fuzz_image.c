/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card whose memory was written by someone else: an image from a file, a glitched chip. Whatever stands there, the card
 * starts, answers in form and stays within its own memory.
 *
 * Input: the card to begin with; how many edits (u8); each an offset (u16), a size (u8) and the byte that fills it. What
 * follows are commands in clear: size u8, bytes. Then whoever still gets a channel goes through a terminal's day.
 */
#include "tests/fuzz/applet_checks.h"

#include <string.h>

#include "applet/entitlement/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum start { BLANK, ENCODED, CLOSED, ACTIVE, REDEEMED, STARTS };
static struct rig starts[STARTS], rig;
static struct sbk_reader input;

static void prepare(void) {
    rig_blank(&starts[BLANK]);
    rig_encoded(&starts[ENCODED]);
    rig_closed(&starts[CLOSED]);
    rig_active(&starts[ACTIVE]);
    rig_active(&starts[REDEEMED]);
    applet_must(rig_station(&starts[REDEEMED], STORE) == SBK_SW_OK, "a station opens a session");
    applet_must(rig_debit(&starts[REDEEMED], (const struct ask[]){{0, 5000}, {1, 18000}}, 2, SBK_WHO_HOLDER,
                    RIG_HOLDER) == SBK_SW_OK,
        "a debit is made");
}

static void edit(uint8_t *image) {
    for (uint8_t left = sbk_read_u8(&input) & 15; left > 0; left--) {
        size_t at = sbk_read_u16(&input);
        size_t size = sbk_read_u8(&input);
        uint8_t value = sbk_read_u8(&input);

        if (at < SBK_IMAGE_SIZE)
            memset(image + at, value, size < SBK_IMAGE_SIZE - at ? size : SBK_IMAGE_SIZE - at);
    }
}

static void clear(const uint8_t *apdu, size_t size) {
    uint8_t answer[SBK_RESPONSE_MAX];
    size_t answered = sbk_card_process(&rig.f.card, apdu, size, answer, sizeof answer);

    applet_must(answered >= 2 && answered <= sizeof answer, "an answer has 2 to 258 bytes");
    applet_must(
        (answer[answered - 2] & 0xF0) == 0x60 || (answer[answered - 2] & 0xF0) == 0x90, "the status word is one");
}

static void commands(void) {
    static const uint8_t select[] = "\x00\xA4\x04\x00\x09" SBK_AID_ENTITLEMENT;
    static const uint8_t certificate[] = {0x80, 0xCA, 0xBF, 0x21, 0x00};
    static const uint8_t statement[] = {0x80, 0xCA, 0xDF, 0x30, 0x00};

    clear(select, sizeof select);
    clear(certificate, sizeof certificate);
    clear(statement, sizeof statement);
    while (input.left > 0 && !input.failed) {
        uint8_t apdu[255];
        size_t size = sbk_read_u8(&input);

        size = size < input.left ? size : input.left;
        sbk_read_bytes(&input, apdu, size);
        clear(apdu, size);
    }
}

/* The terminal's end of the channel knows the card's key; with another one it could not follow. */
static bool has_its_key(const struct rig *start) {
    return memcmp(rig.f.memory.image + SBK_IMAGE_AGREEMENT, start->f.memory.image + SBK_IMAGE_AGREEMENT, 128) == 0;
}

static void terminal(enum terminal who) {
    static const uint8_t counter[4];

    if (rig_station(&rig, who) != SBK_SW_OK)
        return;
    (void)rig_send(&rig, SBK_INS_READ_STATUS, 0, 0, NULL, 0);
    (void)rig_send(&rig, SBK_INS_READ_RECEIPT, 0, 0, counter, sizeof counter);
    (void)rig_send(&rig, SBK_INS_GET_DATA, 0xDF, 0x21, NULL, 0);
    (void)rig_send(&rig, SBK_INS_GET_DATA, 0xDF, 0x22, NULL, 0);
    (void)rig_debit(&rig, (const struct ask[]){{0, 400}, {1, 1}}, 2, SBK_WHO_HOLDER, RIG_HOLDER);
    (void)rig_void(&rig, 1);
    issuer_mandate()->number++;
    (void)rig_mandate(&rig);
    (void)rig_notice(&rig, SBK_NOTICE_STOP, 1);
    (void)rig_set_pin(&rig, "0000", "1111");
    (void)rig_activate(&rig, RIG_HOLDER, "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool prepared;

    if (!prepared)
        prepare();
    prepared = true;
    input = sbk_reader_of(data, size);
    const struct rig *start = &starts[sbk_read_u8(&input) % STARTS];
    rig_copy(&rig, start);
    issuer_begin();
    story_pause(true);
    edit(rig.f.memory.image);
    (void)rig_power_on(&rig, 0, TEAR_DONE);
    commands();
    if (!has_its_key(start))
        return 0;
    issuer_card(rig.f.memory.image + SBK_IMAGE_AGREEMENT + SBK_IMAGE_PAIR_PUBLIC,
        rig.f.memory.image + SBK_IMAGE_SIGNING + SBK_IMAGE_PAIR_PUBLIC);
    terminal(STORE);
    terminal(REGISTRAR);
    if (rig_bureau_for_applet(&rig) == SBK_SW_OK)
        (void)rig_store(&rig, SBK_TAG_ALIAS, issuer_identity()->alias, SBK_ALIAS_SIZE);
    return 0;
}
