/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entitlement applet's commands as an authenticated terminal could send them, several in a row on one card.
 *
 * Input: the card's beginning (0 active, 1 closed, 2 blank), then commands: instruction (E2: STORE DATA, CA: GET DATA
 * of the tag in the first two bytes), flags, size u16, data. Flags: bits 0-1 the role; 04 puts the honest context in
 * place; 08 and 10 sign the record at the end with the grant signer's or list signer's key, so that what lies behind
 * signatures is reached; 20 signs a card certificate that DELIVER RECORD brings with the card CA's.
 */
#include "applet/entitlement/image.h"
#include "tests/applet/entitlement/world.h"

#include <stdlib.h>
#include <string.h>

#define COMMANDS_MAX 8
#define DATA_MAX (SBK_CARD_BUFFER - SBK_MAC_SIZE)
#define FLAG_CONTEXT 0x04
#define FLAG_GRANT 0x08
#define FLAG_LIST 0x10
#define FLAG_CARD 0x20
#define RENEWAL (179 + 218)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct world starts[3], w;
static bool made;

static void make_starts(void) {
    world_active(&starts[0]);
    world_close(&starts[1]);
    world_close(&starts[2]);
    starts[2].image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_STATE] = SBK_LIFE_INITIALIZED;
    made = true;
}

static void begin(uint8_t which) {
    w = starts[which % 3];
    w.port.context = &w;
    w.entry.state = &w.ram;
    w.card.port = &w.port;
    w.card.applets = &w.entry;
}

static void check(bool good) {
    if (!good)
        abort();
}

/* The signature over everything between the certificate's head and its own field. */
static void sign_certificate(uint8_t *certificate, size_t size) {
    uint8_t part[SBK_CERTIFICATE_MAX + SBK_SIGNATURE_SIZE];
    size_t signed_size = size - 4 - 3 - SBK_SIGNATURE_SIZE;

    memcpy(part, certificate + 4, signed_size);
    sign_record(&w.card_ca, part, signed_size);
    memcpy(certificate + size - SBK_SIGNATURE_SIZE, part + signed_size, SBK_SIGNATURE_SIZE);
}

static uint16_t run(uint8_t ins, uint8_t flags, uint8_t *data, size_t size) {
    static void (*const roles[])(struct world *) = {become_store, become_registrar, become_auditor, become_store};
    size_t signed_from = ins == SBK_INS_DELIVER_MANDATE ? 80 + 179 : ins == SBK_INS_DELIVER_RECORD ? 179 : size;
    uint16_t tag = SBK_TAG_MANDATE;

    if (size >= 2)
        tag = (uint16_t)(data[0] << 8 | data[1]);
    roles[flags & 3](&w);
    if ((flags & FLAG_CONTEXT) && size >= 80)
        write_context(&w, data);
    if ((flags & FLAG_CARD) && ins == SBK_INS_DELIVER_RECORD && size == RENEWAL)
        sign_certificate(data + 179, size - 179);
    if ((flags & (FLAG_GRANT | FLAG_LIST)) && size >= signed_from + SBK_SIGNATURE_SIZE)
        sign_record(
            flags & FLAG_GRANT ? &w.grant : &w.list, data + signed_from, size - signed_from - SBK_SIGNATURE_SIZE);
    if (ins == SBK_INS_GET_DATA)
        return get_data(&w, tag);
    if (ins == SBK_INS_STORE_DATA)
        return store_object(&w, tag, data + 2, size < 2 ? 0 : size - 2);
    return send(&w, ins, data, size);
}

/* What no command may break: one entry at most, spent within what could ever be allowed, a card that still answers. */
static void one(uint8_t ins, uint8_t flags, uint8_t *data, size_t size) {
    struct status before = read_status(&w), after;
    uint16_t status = run(ins, flags, data, size);

    check(!w.card.memory.open && !w.card.memory.broken);
    after = read_status(&w);
    check(after.counter == before.counter || after.counter == before.counter + 1);
    if (status != SBK_SW_OK)
        check(after.counter == before.counter && after.mandate == before.mandate && after.state == before.state &&
              after.flags == before.flags && after.floor == before.floor);
    check(after.mandate >= before.mandate || ins == SBK_INS_STORE_DATA);
    check(after.stopped >= before.stopped && after.epoch >= before.epoch);
    if (after.mandate == 1 && before.mandate == 1 && ins != SBK_INS_STORE_DATA)
        check(after.spent[RICE].spent <= 10000 && after.spent[MONEY].spent <= 900000 &&
              after.spent[OIL].spent <= 2000 && after.spent[SOAP].spent <= 4);
    if (after.counter != before.counter) {
        w.counter = after.counter + 1;
        w.transaction++;
        memcpy(w.previous, w.image + SBK_AREA_HEAD + SBK_HEAD_LAST, SBK_HASH_SIZE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sbk_reader reader = sbk_reader_of(data, size);

    if (!made)
        make_starts();
    begin(sbk_read_u8(&reader));
    for (int i = 0; i < COMMANDS_MAX && reader.left >= 4; i++) {
        uint8_t command[DATA_MAX];
        uint8_t ins = sbk_read_u8(&reader);
        uint8_t flags = sbk_read_u8(&reader);
        size_t wanted = sbk_read_u16(&reader);

        if (wanted > reader.left)
            wanted = reader.left;
        if (wanted > DATA_MAX - 6)
            wanted = DATA_MAX - 6;
        sbk_read_bytes(&reader, command, wanted);
        one(ins, flags, command, wanted);
    }
    return 0;
}
