/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/command.h"

#include "applet/host/trust.h"

#include <string.h>

#define STATUS_STATE 0
#define STATUS_FLAGS 1
#define STATUS_COUNTER 2
#define STATUS_MANDATE 6
#define STATUS_STOPPED 14
#define STATUS_TRIES 26
#define STATUS_ROOT 28
#define STATUS_STATION_CA 29
#define STATUS_FIXED 30 /* bytes before the purses */
#define STATUS_HASH 12
#define STATUS_SIZE (STATUS_FIXED + SBK_PURSES_MAX * SBK_PURSE_STORED + STATUS_HASH)
#define FLAG_ENTRIES 0x01
#define FLAG_HOLDER_PIN 0x02
#define FLAG_ALTERNATE_PIN 0x04
#define FLAG_RESET_WAITS 0x08

static uint8_t status_flags(const struct sbk_call *call) {
    uint8_t flags = 0;

    if (sbk_chain_started(&call->head))
        flags |= FLAG_ENTRIES;
    if (sbk_pin_is_set(call->card, SBK_PIN_HOLDER))
        flags |= FLAG_HOLDER_PIN;
    if (sbk_pin_is_set(call->card, SBK_PIN_ALTERNATE))
        flags |= FLAG_ALTERNATE_PIN;
    if (call->head.epoch > call->head.done)
        flags |= FLAG_RESET_WAITS;
    return flags;
}

/* B.5 */
uint16_t sbk_cmd_read_status(struct sbk_call *call) {
    struct sbk_card *card = call->card;
    struct sbk_memory *memory = sbk_card_memory(card);
    uint8_t *out = call->exchange->response;
    struct sbk_writer writer = sbk_writer_of(out, STATUS_FIXED);
    struct sbk_stored none = {0, 0};
    struct sbk_identity_head identity;
    uint8_t hash[SBK_HASH_SIZE];

    memset(out, 0, STATUS_SIZE);
    out[STATUS_STATE] = (uint8_t)call->state;
    out[STATUS_FLAGS] = status_flags(call);
    writer.used = STATUS_MANDATE;
    sbk_write_u32(&writer, call->mandate.number);
    sbk_store_identity_head(card, &call->head, &identity);
    sbk_write_u16(&writer, identity.number);
    sbk_write_u16(&writer, call->floor);
    /* Counter, then the three numbers of notices, and the purses are answered as they are stored. */
    (void)sbk_memory_read(memory, SBK_AREA_HEAD + SBK_HEAD_COUNTER, out + STATUS_COUNTER, 4);
    (void)sbk_memory_read(memory, SBK_AREA_HEAD + SBK_HEAD_STOPPED, out + STATUS_STOPPED, 12);
    for (uint8_t i = 0; i < 2; i++)
        out[STATUS_TRIES + i] =
            sbk_pin_is_set(card, (enum sbk_pin_person)i) ? sbk_pin_tries(card, (enum sbk_pin_person)i) : SBK_PIN_TRIES;
    out[STATUS_ROOT] = sbk_trust_root_generation(card);
    out[STATUS_STATION_CA] = sbk_trust_station_generation(card);
    for (uint8_t slot = 0; slot < SBK_PURSES_MAX; slot++)
        (void)sbk_memory_read(memory, SBK_AREA_PURSES + (uint32_t)slot * SBK_PURSE_STRIDE,
            out + STATUS_FIXED + slot * SBK_PURSE_STORED, SBK_PURSE_STORED);
    if (call->head.mandate != 0) {
        sbk_store_hash(card, sbk_store_mandate(card, &call->head), none, hash);
        memcpy(out + STATUS_SIZE - STATUS_HASH, hash, STATUS_HASH);
    }
    call->exchange->response_size = STATUS_SIZE;
    return SBK_SW_OK;
}

/* B.6 */
uint16_t sbk_cmd_read_receipt(struct sbk_call *call) {
    struct sbk_reader reader = sbk_reader_of(call->exchange->data, call->exchange->size);
    uint32_t counter = sbk_read_u32(&reader);

    return sbk_chain_holds(&call->head, counter) ? sbk_entry_answer(call, counter) : SBK_SW_NO_RECORD;
}

/* Records are personal: an SCP11a session whose role may read them, or the bureau's before the card is closed. */
static uint16_t may_read(struct sbk_card *card, uint16_t tag, const struct sbk_exchange *exchange) {
    if (exchange->session == SBK_SESSION_NONE || exchange->level != SBK_LEVEL_FULL)
        return SBK_SW_SECURITY;
    if (exchange->session == SBK_SESSION_SCP03)
        return sbk_card_closed(card) ? SBK_SW_SECURITY : SBK_SW_OK;
    if (!exchange->terminal)
        return SBK_SW_SECURITY;
    return tag == SBK_TAG_IDENTITY && exchange->terminal->role == SBK_ROLE_AUDITOR ? SBK_SW_ROLE : SBK_SW_OK;
}

/* B.7; BF21 and DF30 of B.1 */
uint16_t sbk_entitlement_get_data(struct sbk_card *card, uint16_t tag, struct sbk_exchange *exchange) {
    struct sbk_head head;
    struct sbk_stored stored;
    uint16_t status;

    sbk_store_read_head(card, &head);
    switch (tag) {
    case SBK_TAG_CERTIFICATES:
        stored.offset = sbk_store_certificate(head.certificate);
        stored.size = sbk_chain_started(&head) ? SBK_CARD_CERTIFICATE_SIZE : 0;
        break;
    case SBK_TAG_IDENTITY:
    case SBK_TAG_MANDATE:
        status = may_read(card, tag, exchange);
        if (status != SBK_SW_OK)
            return status;
        stored = tag == SBK_TAG_IDENTITY ? sbk_store_identity(card, &head) : sbk_store_mandate(card, &head);
        break;
    case SBK_TAG_STATEMENT:
        if (exchange->room < SBK_STATEMENT_SIZE)
            return SBK_SW_LENGTH;
        if (sbk_chain_started(&head) || !sbk_card_statement(card, exchange->response))
            return SBK_SW_REFERENCE;
        exchange->response_size = SBK_STATEMENT_SIZE;
        return SBK_SW_OK;
    default:
        return SBK_SW_REFERENCE;
    }
    if (stored.size == 0)
        return SBK_SW_REFERENCE;
    if (stored.size > exchange->room)
        return SBK_SW_LENGTH; /* of the command's data, which leaves no room */
    if (!sbk_memory_read(sbk_card_memory(card), stored.offset, exchange->response, stored.size))
        return SBK_SW_MEMORY;
    exchange->response_size = stored.size;
    return SBK_SW_OK;
}
