/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bureau with a chip that lies: looked at, opened, written, closed, its statement read. Input: the chip to begin with,
 * then the lies (lies.h). A card that went through to its end says what was ordered.
 */
#include "personalize/chip.h"
#include "personalize/closing.h"
#include "tests/fuzz/hostile_card.h"
#include "tests/fuzz/lies.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t papers[3][HOSTILE_ROOM];
static struct sbk_batch batch;
static struct sbk_batch_card card;

static struct sbk_bytes paper_of(enum hostile_paper paper, uint8_t *out) {
    return (struct sbk_bytes){out, hostile_paper(paper, out)};
}

static void copy_paper(enum hostile_paper paper, uint8_t *to) {
    uint8_t out[HOSTILE_ROOM];
    const size_t size = hostile_paper(paper, out);
    memcpy(to, out, size);
}

static void prepare(void) {
    batch.info.count = 1;
    batch.anchor.generation = 1;
    copy_paper(HOSTILE_ROOT, batch.anchor.key);
    copy_paper(HOSTILE_NEXT_ROOT, batch.anchor.next_hash);
    copy_paper(HOSTILE_MASTER, batch.transport);
    copy_paper(HOSTILE_ALIAS, card.alias);
    batch.grant_signer = paper_of(HOSTILE_GRANT_SIGNER, papers[0]);
    card.identity = paper_of(HOSTILE_IDENTITY, papers[1]);
    card.mandate = paper_of(HOSTILE_MANDATE, papers[2]);
    card.sequence = 1;
}

static void judge(const uint8_t *serial, const struct sbk_chip_keys *keys, const uint8_t *statement) {
    struct sbk_closing_expected expected;
    struct sbk_closing parsed;
    struct sbk_error error;
    if (sbk_closing_expect(&batch, &card, &expected, &error) != SBK_OK)
        abort();
    expected.serial = serial;
    expected.agreement = keys->agreement;
    expected.signing = keys->signing;
    if (sbk_closing_judge(&expected, statement, SBK_STATEMENT_SIZE, &parsed, &error) != SBK_OK)
        abort();
}

static void make_card(struct sbk_transport *transport) {
    struct sbk_channel channel = {0};
    struct sbk_chip_keys keys;
    uint8_t serial[SBK_SERIAL_SIZE];
    uint8_t statement[SBK_STATEMENT_SIZE];
    struct sbk_error error;
    sbk_result result = sbk_chip_open(transport, &batch, &channel, serial, &error);
    if (result != SBK_OK)
        return;
    result = sbk_chip_write(&channel, &batch, &card, &keys, &error);
    if (result == SBK_OK)
        result = sbk_chip_close(&channel, &error);
    sbk_channel_close(&channel);
    if (result != SBK_OK)
        return;
    if (sbk_chip_statement(transport, &batch, &card, serial, &keys, statement, &error) == SBK_OK)
        judge(serial, &keys, statement);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sbk_transport transport = {.transmit = lies_transmit};
    struct sbk_chip_look look;
    struct sbk_error error;
    if (card.sequence == 0)
        prepare();
    lies_begin(data, size);
    hostile_begin(sbk_read_u8(&lies));
    for (int taps = 0; taps < 2; taps++) { /* what stopped is begun again */
        lies_tap();
        if (sbk_chip_look(&transport, &look, &error) == SBK_OK)
            make_card(&transport);
    }
    return 0;
}
