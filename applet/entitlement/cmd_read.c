/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/command.h"

#include "applet/host/trust.h"

#include <string.h>

#define STATUS_SIZE 114
#define STATUS_HASH 12
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
    struct sbk_writer writer = sbk_writer_of(call->exchange->response, call->exchange->room);
    struct sbk_stored none = {0, 0};
    struct sbk_identity_head identity;
    uint8_t hash[SBK_HASH_SIZE] = {0};

    sbk_store_identity_head(card, &call->head, &identity);
    sbk_write_u8(&writer, (uint8_t)call->state);
    sbk_write_u8(&writer, status_flags(call));
    sbk_write_u32(&writer, call->head.counter);
    sbk_write_u32(&writer, call->mandate.number);
    sbk_write_u16(&writer, identity.number);
    sbk_write_u16(&writer, call->floor);
    sbk_write_u32(&writer, call->head.stopped);
    sbk_write_u32(&writer, call->head.epoch);
    sbk_write_u32(&writer, call->head.done);
    for (int i = SBK_PIN_HOLDER; i <= SBK_PIN_ALTERNATE; i++) {
        enum sbk_pin_person person = (enum sbk_pin_person)i;

        sbk_write_u8(&writer, sbk_pin_is_set(card, person) ? sbk_pin_tries(card, person) : SBK_PIN_TRIES);
    }
    sbk_write_u8(&writer, sbk_trust_root_generation(card));
    sbk_write_u8(&writer, sbk_trust_station_generation(card));
    /* Purses are answered as they are stored. */
    for (uint8_t slot = 0; slot < SBK_PURSES_MAX; slot++) {
        uint8_t stored[SBK_PURSE_STORED];

        (void)sbk_memory_read(
            sbk_card_memory(card), SBK_AREA_PURSES + (uint32_t)slot * SBK_PURSE_STRIDE, stored, sizeof(stored));
        sbk_write_bytes(&writer, stored, sizeof(stored));
    }
    if (call->head.mandate != 0)
        sbk_store_hash(card, sbk_store_mandate(card, &call->head), none, hash);
    sbk_write_bytes(&writer, hash, STATUS_HASH);
    if (writer.failed || writer.used != STATUS_SIZE)
        return SBK_SW_MEMORY;
    call->exchange->response_size = STATUS_SIZE;
    return SBK_SW_OK;
}

/* B.6 */
uint16_t sbk_cmd_read_receipt(struct sbk_call *call) {
    struct sbk_reader reader = sbk_reader_of(call->exchange->data, call->exchange->size);
    uint32_t counter = sbk_read_u32(&reader);

    if (!sbk_chain_holds(&call->head, counter))
        return SBK_SW_NO_RECORD;
    sbk_chain_read(call->card, counter, SBK_ENTRY_HEAD, sbk_call_buffer(call), SBK_ENTRY_RESPONSE);
    call->exchange->response_size = SBK_ENTRY_RESPONSE;
    return SBK_SW_OK;
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
        stored.offset = SBK_AREA_CERTIFICATE;
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
            return SBK_SW_MEMORY;
        if (sbk_chain_started(&head) || !sbk_card_statement(card, exchange->response))
            return SBK_SW_REFERENCE;
        exchange->response_size = SBK_STATEMENT_SIZE;
        return SBK_SW_OK;
    default:
        return SBK_SW_REFERENCE;
    }
    if (stored.size == 0)
        return SBK_SW_REFERENCE;
    if (stored.size > exchange->room ||
        !sbk_memory_read(sbk_card_memory(card), stored.offset, exchange->response, stored.size))
        return SBK_SW_MEMORY;
    exchange->response_size = stored.size;
    return SBK_SW_OK;
}
