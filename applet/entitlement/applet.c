/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/command.h"
#include "applet/host/trust.h"

#include <string.h>

/* Bits in the order of the role codes 11, 12, 13. */
#define ROLE_STORE 0x01
#define ROLE_REGISTRAR 0x02
#define ROLE_AUDITOR 0x04
#define ROLES_ALL (ROLE_STORE | ROLE_REGISTRAR | ROLE_AUDITOR)

/* B.2: who may call what, and the sizes that its data may have. */
struct command {
    uint8_t ins;
    uint8_t roles;
    uint16_t smallest;
    uint16_t largest;
    uint16_t (*run)(struct sbk_call *call);
};

static const struct command commands[] = {
    {SBK_INS_READ_STATUS, ROLES_ALL, 0, 0, sbk_cmd_read_status},
    {SBK_INS_READ_RECEIPT, ROLES_ALL, 4, 4, sbk_cmd_read_receipt},
    {SBK_INS_DELIVER_MANDATE, ROLE_STORE | ROLE_REGISTRAR,
        SBK_CONTEXT_SIZE + SBK_SIGNER_CERTIFICATE_SIZE + SBK_MANDATE_MIN,
        SBK_CONTEXT_SIZE + SBK_SIGNER_CERTIFICATE_SIZE + SBK_MANDATE_MAX, sbk_cmd_deliver_mandate},
    {SBK_INS_DELIVER_RECORD, ROLE_STORE | ROLE_REGISTRAR, SBK_SIGNER_CERTIFICATE_SIZE + SBK_NOTICE_SIZE,
        SBK_SIGNER_CERTIFICATE_SIZE + SBK_CARD_CERTIFICATE_SIZE, sbk_cmd_deliver_record},
    {SBK_INS_ACTIVATE, ROLE_REGISTRAR,
        SBK_CONTEXT_SIZE + 2 * SBK_PIN_FIELD + SBK_SIGNER_CERTIFICATE_SIZE + SBK_CARD_CERTIFICATE_SIZE,
        SBK_CONTEXT_SIZE + 2 * SBK_PIN_FIELD + SBK_SIGNER_CERTIFICATE_SIZE + SBK_CARD_CERTIFICATE_SIZE,
        sbk_cmd_activate},
    {SBK_INS_SET_PIN, ROLE_REGISTRAR, 2 * SBK_PIN_FIELD, 2 * SBK_PIN_FIELD, sbk_cmd_set_pin},
    {SBK_INS_DEBIT, ROLE_STORE, SBK_CONTEXT_SIZE + SBK_HASH_SIZE + 2 + 4 + 1,
        SBK_CONTEXT_SIZE + SBK_HASH_SIZE + 2 + SBK_DEBITS_MAX * 4 + 1 + SBK_PIN_MAX, sbk_cmd_debit},
    {SBK_INS_VOID, ROLE_STORE, SBK_CONTEXT_SIZE + 4, SBK_CONTEXT_SIZE + 4, sbk_cmd_void},
};

static bool may(const struct command *command, uint8_t role) {
    return role >= SBK_ROLE_STORE && role <= SBK_ROLE_AUDITOR && (command->roles >> (role - SBK_ROLE_STORE) & 1) != 0;
}

static const struct command *find(uint8_t ins) {
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (commands[i].ins == ins)
            return &commands[i];
    return NULL;
}

static uint16_t dispatch(struct sbk_card *card, struct sbk_exchange *exchange) {
    const struct command *command = find(exchange->ins);
    struct sbk_call call;

    if (!command)
        return SBK_SW_INS;
    if (exchange->cla != 0x80)
        return SBK_SW_CLA;
    if (exchange->session != SBK_SESSION_SCP11A || exchange->level != SBK_LEVEL_FULL || !exchange->terminal)
        return SBK_SW_SECURITY;
    if (!may(command, exchange->terminal->role))
        return SBK_SW_ROLE;
    if (exchange->p1 != 0 || exchange->p2 != 0)
        return SBK_SW_P1P2;
    if (exchange->size < command->smallest || exchange->size > command->largest)
        return SBK_SW_LENGTH;
    sbk_call_open(&call, card, exchange);
    return command->run(&call);
}

static uint16_t process(struct sbk_card *card, struct sbk_exchange *exchange) {
    uint16_t status = dispatch(card, exchange);

    /* Memory that failed read as zeros: whatever was decided on them does not count. */
    if (sbk_card_memory(card)->broken)
        status = SBK_SW_MEMORY;
    /* The buffer may hold a PIN; nothing in it is needed any more. */
    if (status != SBK_SW_OK || exchange->response_size == 0) {
        sbk_port_wipe(card->buffer, sizeof(card->buffer));
        exchange->response_size = 0;
    }
    return status;
}

/* B.1: the FCI with everything that varies as zeros. */
#define FCI_ALIAS 17
#define FCI_STATE 27
#define FCI_ROOT 30
#define FCI_STATION_CA 31
static const uint8_t fci[] =
    "\x6F\x21\x84\x09" SBK_AID_ENTITLEMENT "\xA5\x14\xC0\x08\0\0\0\0\0\0\0\0\xC1\x01\0\xC2\x02\0\0\xC3\x01\x01";

static uint16_t select_applet(struct sbk_card *card, struct sbk_exchange *exchange) {
    uint8_t *out = exchange->response;
    struct sbk_call call;

    if (exchange->room < sizeof(fci) - 1)
        return SBK_SW_MEMORY;
    sbk_call_open(&call, card, exchange);
    memcpy(out, fci, sizeof(fci) - 1);
    if (call.state != SBK_STATE_BLANK)
        sbk_store_alias(card, out + FCI_ALIAS);
    out[FCI_STATE] = (uint8_t)call.state;
    out[FCI_ROOT] = sbk_trust_root_generation(card);
    out[FCI_STATION_CA] = sbk_trust_station_generation(card);
    exchange->response_size = sizeof(fci) - 1;
    return sbk_card_memory(card)->broken ? SBK_SW_MEMORY : SBK_SW_OK;
}

/* The stored floor: PSO judges certificates by it, before any terminal is proven. */
static uint16_t stored_floor(struct sbk_card *card, void *state) {
    struct sbk_head head;

    (void)state;
    sbk_store_read_head(card, &head);
    return head.floor;
}

static void forget(struct sbk_card *card, void *state) {
    struct sbk_entitlement *own = state;

    (void)card;
    sbk_port_wipe(own, sizeof(*own));
}

/* Closing wants alias and both records; the statement ties their hash to the card. */
static bool closing(struct sbk_card *card, void *state, struct sbk_closing *statement) {
    static const uint8_t zeros[SBK_ALIAS_SIZE];
    struct sbk_head head;

    (void)state;
    sbk_store_read_head(card, &head);
    sbk_store_alias(card, statement->alias);
    if (head.identity == 0 || head.mandate == 0 || memcmp(statement->alias, zeros, SBK_ALIAS_SIZE) == 0)
        return false;
    sbk_store_hash(card, sbk_store_identity(card, &head), sbk_store_mandate(card, &head), statement->records_hash);
    return !sbk_card_memory(card)->broken;
}

const struct sbk_applet sbk_entitlement_applet = {
    .aid = (const uint8_t *)SBK_AID_ENTITLEMENT,
    .aid_size = SBK_AID_ENTITLEMENT_SIZE,
    .usage = SBK_USAGE_FULL,
    .power_on = forget,
    .select = select_applet,
    .process = process,
    .store_data = sbk_entitlement_store_data,
    .get_data = sbk_entitlement_get_data,
    .floor = stored_floor,
    .session_close = forget,
    .closing = closing,
};
