/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole card, environment and applet, through its one door: commands in clear and inside channels whose keys are known,
 * so that what the fuzzer writes arrives with good MACs, and records with good signatures.
 *
 * Input: the state to begin with, then steps. A step is a byte, low five bits its kind (enum step), and its arguments (see
 * the functions). 40: edits of the command's plain data follow, a count and for each an offset (u16) and the new byte; with
 * 80 they come after the record in it was signed.
 */
#include "tests/fuzz/applet_checks.h"

#include <string.h>

#include "applet/entitlement/image.h"
#include "applet/host/crypto.h"
#include "tests/faults/enumerate.h"

#define STEPS_MAX 16
#define EDITED 0x40
#define EDITED_LATE 0x80

enum step {
    CLEAR,    /* size u8, an APDU */
    SECURE,   /* class, ins, p1, p2, size u16, plain data */
    POWER,    /* off and on */
    CUT,      /* the write (u8, from 1) that is torn, how (u8) */
    STATION,  /* which terminal (u8) */
    BUREAU,   /* 1: for the applet */
    DEBIT,    /* bits 0-1 who, 2-3 PIN, 4-6 count; slot u8, amount u24 each */
    VOID,     /* how many entries back (u8) */
    MANDATE,  /* bits 0-1 rise of the number, 2-3 status, 4-6 flags; which purses (u8) */
    NOTICE,   /* bit 0 stop or reset; number (u8) */
    IDENTITY, /* rise of the number (u8); bit 0 another alternate (u8) */
    RENEWAL,  /* day of the certificate (u8), from 1 September 2026 */
    PINS,     /* bits 0-1 holder's, 2-3 alternate's */
    ACTIVATE, /* the same */
    STATUS,   /* p1, p2 of SET STATUS */
    OBJECT,   /* which object (u8) */
    KEYS,     /* which (u8) */
    READ,     /* 0 status; 1 receipt: how far back (u8); 2: GET DATA, tag (u16) */
    AGAIN,    /* the last command in a channel once more, word for word */
    STEPS
};

/* The command that is being written. */
static struct {
    uint8_t ins, p1, p2;
    uint8_t data[SBK_CARD_BUFFER];
    size_t size;
    size_t signed_from; /* the record that the role signs anew, if edited, starts here; 0: none */
    enum sbk_role role;
} command;

enum start { BLANK, ENCODED, CLOSED, ACTIVE, REDEEMED, STOPPED, BLOCKED, ENDED, STARTS };
static struct rig starts[STARTS], rig;
static struct applet_before before;
static struct sbk_reader input;

static const char *const pins[] = {RIG_HOLDER, RIG_ALTERNATE, "0000", ""};

static void good(uint16_t status) {
    applet_must(status == SBK_SW_OK, "the cards to begin with can be made");
}

static void make_redeemed(struct rig *card) {
    rig_active(card);
    good(rig_station(card, STORE));
    good(rig_debit(card, (const struct ask[]){{0, 5000}, {1, 18000}}, 2, SBK_WHO_HOLDER, RIG_HOLDER));
}

static void make_with_status(struct rig *card, enum sbk_mandate_status status) {
    make_redeemed(card);
    issuer_mandate()->number = 2;
    issuer_mandate()->status = (uint8_t)status;
    if (status == SBK_MANDATE_CLOSED)
        issuer_mandate()->purse_count = 0;
    good(rig_mandate(card));
}

static void prepare(void) {
    rig_blank(&starts[BLANK]);
    good(rig_bureau(&starts[BLANK]));
    rig_encoded(&starts[ENCODED]);
    rig_closed(&starts[CLOSED]);
    good(rig_station(&starts[CLOSED], REGISTRAR));
    rig_active(&starts[ACTIVE]);
    good(rig_station(&starts[ACTIVE], STORE));
    make_redeemed(&starts[REDEEMED]);
    make_redeemed(&starts[STOPPED]);
    good(rig_notice(&starts[STOPPED], SBK_NOTICE_STOP, 1));
    make_with_status(&starts[BLOCKED], SBK_MANDATE_BLOCKED);
    make_with_status(&starts[ENDED], SBK_MANDATE_CLOSED);
    story_pause(true);
}

static void begin(uint8_t which) {
    rig_copy(&rig, &starts[which % STARTS]);
    issuer_begin();
    story_pause(true);
    if (which % STARTS != BLANK)
        issuer_card(rig.f.memory.image + SBK_IMAGE_AGREEMENT + SBK_IMAGE_PAIR_PUBLIC,
            rig.f.memory.image + SBK_IMAGE_SIGNING + SBK_IMAGE_PAIR_PUBLIC);
    memset(&command, 0, sizeof command);
    watch_rig(&rig);
}

/* ---- writing commands ---- */

static void start_command(uint8_t ins) {
    memset(&command, 0, sizeof command);
    command.ins = ins;
}

static void put(const void *data, size_t size) {
    memcpy(command.data + command.size, data, size);
    command.size += size;
}

/* The clerk as one who has read the card; transaction numbers never return. */
static void put_context(void) {
    const uint8_t *head = before.logical.image + SBK_AREA_HEAD;

    rig.clerk.counter = logical_counter(&before.logical) + (head[SBK_HEAD_STATE] != 0);
    rig.clerk.transaction++;
    memcpy(rig.clerk.previous, head + SBK_HEAD_LAST, SBK_HASH_SIZE);
    command.size += rig_context(&rig, command.data + command.size);
}

static void put_pin(const char *pin) {
    uint8_t field[9] = {(uint8_t)strlen(pin)};

    memcpy(field + 1, pin, strlen(pin));
    put(field, sizeof field);
}

static void put_signer(enum sbk_role role) {
    command.size += issue_signer(role, command.data + command.size);
    command.signed_from = command.size;
    command.role = role;
}

static void write_debit(void) {
    uint8_t choice = sbk_read_u8(&input);
    uint8_t who = choice & 3;
    uint8_t count = choice >> 4 & 7;
    const char *pin = pins[choice >> 2 & 3];
    uint8_t size = (uint8_t)strlen(pin);

    start_command(SBK_INS_DEBIT);
    put_context();
    memset(command.data + command.size, 0xD1, SBK_HASH_SIZE);
    command.size += SBK_HASH_SIZE;
    put(&who, 1);
    put(&count, 1);
    for (uint8_t i = 0; i < count; i++) {
        uint8_t ask[4];

        sbk_read_bytes(&input, ask, sizeof ask);
        put(ask, sizeof ask);
    }
    put(&size, 1);
    put(pin, size);
}

static void write_void(void) {
    uint32_t counter = logical_counter(&before.logical) - sbk_read_u8(&input);
    const uint8_t target[4] = {
        (uint8_t)(counter >> 24), (uint8_t)(counter >> 16), (uint8_t)(counter >> 8), (uint8_t)counter};

    start_command(SBK_INS_VOID);
    put_context();
    put(target, sizeof target);
}

/* What the next mandate says; its edits make of it what else there is. */
static size_t next_mandate(uint8_t choice, uint8_t purses, uint8_t *out) {
    static const uint8_t flags[] = {SBK_MANDATE_PIN, SBK_MANDATE_ALTERNATE, SBK_MANDATE_SET_FLOOR};
    struct sbk_mandate *mandate = issuer_mandate();
    size_t size = 0;

    mandate->number = before.mandate.number + (choice & 3);
    mandate->status = (uint8_t)(1 + (choice >> 2 & 3) % 3);
    mandate->flags = 0;
    for (int i = 0; i < 3; i++)
        mandate->flags |= choice >> (4 + i) & 1 ? flags[i] : 0;
    mandate->issued = (uint16_t)(issuer_day(2026, 10, 20) + (purses >> 4));
    if (purses & 1)
        mandate->purses[0].grant = (uint16_t)(200 + mandate->number);
    if (purses & 2) {
        mandate->purses[1].grant = (uint16_t)(300 + mandate->number);
        mandate->purses[1].inherits = 101;
    }
    if (purses & 4)
        mandate->purse_count = 2;
    if (purses & 8)
        mandate->purse_count = 0;
    return sbk_mandate_write(mandate, out, SBK_MANDATE_MAX, &size) == SBK_FORMAT_OK ? size : 0;
}

static void write_mandate(void) {
    uint8_t choice = sbk_read_u8(&input);

    start_command(SBK_INS_DELIVER_MANDATE);
    put_context();
    put_signer(SBK_ROLE_GRANT_SIGNER);
    command.size += next_mandate(choice, sbk_read_u8(&input), command.data + command.size);
}

static void write_notice(void) {
    uint8_t kind = sbk_read_u8(&input) & 1 ? SBK_NOTICE_STOP : SBK_NOTICE_PIN_RESET;

    uint8_t number = sbk_read_u8(&input);

    start_command(SBK_INS_DELIVER_RECORD);
    put_signer(SBK_ROLE_LIST_SIGNER);
    command.size += issue_notice(kind, number == 0 ? 1 : number, command.data + command.size) - SBK_SIGNATURE_SIZE;
}

static size_t next_identity(uint8_t rise, uint8_t choice, uint8_t *out) {
    struct sbk_identity *identity = issuer_identity();

    identity->number = (uint16_t)(identity->number + rise);
    if (choice & 1)
        issuer_alternate("WATI");
    return issue_identity(out) - SBK_SIGNATURE_SIZE;
}

static void write_identity(void) {
    uint8_t rise = sbk_read_u8(&input) & 3;

    start_command(SBK_INS_DELIVER_RECORD);
    put_signer(SBK_ROLE_GRANT_SIGNER);
    command.size += next_identity(rise, sbk_read_u8(&input), command.data + command.size);
}

static void put_certificate(uint8_t day) {
    command.size += issue_card_certificate((uint16_t)(issuer_day(2026, 9, 1) + day), command.data + command.size);
    command.signed_from = 0;
}

static void write_renewal(void) {
    start_command(SBK_INS_DELIVER_RECORD);
    put_signer(SBK_ROLE_CARD_CA);
    put_certificate(sbk_read_u8(&input));
}

static void write_pins(uint8_t ins) {
    uint8_t choice = sbk_read_u8(&input);

    start_command(ins);
    if (ins == SBK_INS_ACTIVATE)
        put_context();
    put_pin(pins[choice & 3]);
    put_pin(pins[choice >> 2 & 3]);
    if (ins == SBK_INS_ACTIVATE) {
        put_signer(SBK_ROLE_CARD_CA);
        put_certificate(19);
    }
}

/* ---- the bureau ---- */

static void put_object(uint16_t tag, const uint8_t *value, size_t size) {
    struct sbk_writer writer = sbk_writer_of(command.data + command.size, sizeof command.data - command.size);

    sbk_write_tlv(&writer, tag, value, size);
    command.size += writer.used;
}

static void write_object(void) {
    uint8_t record[SBK_CARD_BUFFER];
    uint8_t point[SBK_POINT_SIZE];

    start_command(SBK_INS_STORE_DATA);
    command.p1 = 0x90;
    switch (sbk_read_u8(&input) % 5) {
    case 0:
        put_object(SBK_TAG_ALIAS, issuer_identity()->alias, SBK_ALIAS_SIZE);
        break;
    case 1:
        put_object(SBK_TAG_SIGNER, record, issue_signer(SBK_ROLE_GRANT_SIGNER, record));
        break;
    case 2:
        put_object(SBK_TAG_IDENTITY, record, next_identity(1, 0, record) + SBK_SIGNATURE_SIZE);
        break;
    case 3:
        put_object(SBK_TAG_MANDATE, record, issue_signed(SBK_ROLE_GRANT_SIGNER, record, next_mandate(1, 0, record)));
        break;
    default:
        point_of(KEY_NEXT_ROOT, point);
        sbk_hash_point(point, record);
        put_object(SBK_TAG_NEXT_ROOT, record, SBK_HASH_SIZE);
    }
}

static void write_key(void) {
    uint8_t which = sbk_read_u8(&input) % 4;
    uint8_t root[72] = {1, 0xB0, 0x41, 0x04};

    start_command(which == 0 ? SBK_INS_PUT_KEY : which == 3 ? SBK_INS_DELETE : SBK_INS_GENERATE_KEY);
    command.p2 = which == 0 ? SBK_KID_ROOT : which == 1 ? SBK_KID_AGREEMENT : which == 2 ? SBK_KID_SIGNING : 0;
    if (which == 0) {
        point_of(KEY_ROOT, root + 4);
        memcpy(root + 68, "\xF0\x01\x00\x00", 4);
        put(root, sizeof root);
    } else {
        put(which == 3 ? "\xD0\x01\x31" : "\1\xF0\1", 3);
    }
}

static void write_read(void) {
    uint8_t what = sbk_read_u8(&input) % 3;
    uint16_t value = what == 2 ? sbk_read_u16(&input) : what == 1 ? sbk_read_u8(&input) : 0;
    uint32_t counter = logical_counter(&before.logical) - value;
    const uint8_t target[4] = {
        (uint8_t)(counter >> 24), (uint8_t)(counter >> 16), (uint8_t)(counter >> 8), (uint8_t)counter};

    start_command(what == 0 ? SBK_INS_READ_STATUS : what == 1 ? SBK_INS_READ_RECEIPT : SBK_INS_GET_DATA);
    if (what == 1)
        put(target, sizeof target);
    if (what == 2) {
        command.p1 = (uint8_t)(value >> 8);
        command.p2 = (uint8_t)value;
    }
}

static void write_plain(void) {
    (void)sbk_read_u8(&input);
    uint8_t ins = sbk_read_u8(&input);

    start_command(ins);
    command.p1 = sbk_read_u8(&input);
    command.p2 = sbk_read_u8(&input);
    size_t size = sbk_read_u16(&input) % (sizeof command.data - 32);
    command.size = size < input.left ? size : input.left;
    sbk_read_bytes(&input, command.data, command.size);
}

/* ---- sending ---- */

static void edit(void) {
    for (uint8_t left = sbk_read_u8(&input) & 15; left > 0; left--) {
        uint16_t at = sbk_read_u16(&input);
        uint8_t value = sbk_read_u8(&input);

        if (at < command.size)
            command.data[at] = value;
    }
}

static void finish(uint8_t flags) {
    if ((flags & EDITED) && !(flags & EDITED_LATE))
        edit();
    if (command.signed_from > 0)
        command.size = command.signed_from + issue_signed(command.role, command.data + command.signed_from,
                                                 command.size - command.signed_from);
    if ((flags & EDITED) && (flags & EDITED_LATE))
        edit();
}

/* What opens or ends sessions belongs into the clear; a SELECT inside a channel would leave its end in the air. */
static bool is_ours(uint8_t ins) {
    return ins != SBK_INS_SELECT && ins != SBK_INS_GET_RESPONSE && ins != SBK_INS_INITIALIZE_UPDATE &&
           ins != SBK_INS_AUTHENTICATE && ins != SBK_INS_PERFORM_SECURITY_OPERATION && ins != SBK_INS_ROOT_LINK;
}

static void secure(void) {
    if (!is_ours(command.ins) || command.size > sizeof command.data - 32)
        return;
    uint16_t status = rig_send(&rig, command.ins, command.p1, command.p2, command.data, command.size);

    applet_must((status >> 12) == 6 || (status >> 12) == 9, "the status word is one");
    if (status == SBK_SW_OK && !rig.f.memory.cut)
        applet_check_secrets(&rig, rig.f.reply, rig.f.reply_size);
}

static void clear(void) {
    uint8_t answer[SBK_RESPONSE_MAX];
    uint8_t apdu[255];
    size_t size = sbk_read_u8(&input);

    size = size < input.left ? size : input.left;
    sbk_read_bytes(&input, apdu, size);
    applet_check_answer(&rig, answer, sbk_card_process(&rig.f.card, apdu, size, answer, sizeof answer));
}

static void power(uint32_t cut_at, enum tear outcome) {
    (void)!rig_power_on(&rig, cut_at, outcome);
}

static void command_step(uint8_t flags) {
    static void (*const writers[STEPS])(void) = {[SECURE] = write_plain,
        [DEBIT] = write_debit,
        [VOID] = write_void,
        [MANDATE] = write_mandate,
        [NOTICE] = write_notice,
        [IDENTITY] = write_identity,
        [RENEWAL] = write_renewal,
        [OBJECT] = write_object,
        [KEYS] = write_key,
        [READ] = write_read};
    uint8_t kind = flags & 31;

    if (kind == PINS || kind == ACTIVATE) {
        write_pins(kind == PINS ? SBK_INS_SET_PIN : SBK_INS_ACTIVATE);
    } else if (kind == STATUS) {
        start_command(SBK_INS_SET_STATUS);
        command.p1 = sbk_read_u8(&input);
        command.p2 = sbk_read_u8(&input);
    } else if (kind < STEPS && writers[kind] != NULL) {
        writers[kind]();
    } else if (kind != AGAIN) {
        return;
    }
    if (kind != AGAIN)
        finish(flags);
    secure();
}

static void step(void) {
    uint8_t flags = sbk_read_u8(&input);

    applet_before(&rig, &before);
    watch_rig(&rig);
    switch (flags & 31) {
    case CLEAR:
        clear();
        break;
    case POWER:
        power(0, TEAR_DONE);
        break;
    case CUT: {
        uint8_t at = sbk_read_u8(&input);
        power(at, (enum tear)(sbk_read_u8(&input) % TEAR_OUTCOMES));
        break;
    }
    case STATION:
        (void)rig_station(&rig, (enum terminal)(sbk_read_u8(&input) % STORE_DATED));
        break;
    case BUREAU:
        (void)(sbk_read_u8(&input) & 1 ? rig_bureau_for_applet(&rig) : rig_bureau(&rig));
        break;
    default:
        command_step(flags);
    }
    applet_must(!watch.fault, "the tries fall and are read back before a PIN is looked at");
    if (rig.f.memory.cut)
        power(0, TEAR_DONE);
    applet_check(&rig, &before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool prepared;

    if (!prepared)
        prepare();
    prepared = true;
    input = sbk_reader_of(data, size);
    begin(sbk_read_u8(&input));
    for (int i = 0; i < STEPS_MAX && input.left > 0; i++)
        step();
    watch_stop();
    return 0;
}
