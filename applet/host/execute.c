/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "applet/host/internal.h"

/* One whole command: secure messaging off, dispatch, secure messaging on. */

#define CLA_SECURE 0x04

static bool channel_protects(const struct sbk_card *card) {
    return card->stage >= SBK_CHANNEL_UNPROVEN && (card->messaging.level & SBK_LEVEL_C_MAC) != 0;
}

/* Commands that begin something and therefore come in clear, whatever channel is open; they end it themselves. */
static bool begins(const struct sbk_request *request) {
    switch (request->header[1]) {
    case SBK_INS_SELECT:
    case SBK_INS_INITIALIZE_UPDATE:
    case SBK_INS_PERFORM_SECURITY_OPERATION:
    case SBK_INS_AUTHENTICATE:
        return (request->header[0] & CLA_SECURE) == 0;
    default:
        return false;
    }
}

/* Opens the envelope of a protected command. Any failure ends the channel. */
static bool open_envelope(struct sbk_card *card, const struct sbk_request *request) {
    struct sbk_messaging_header header;
    size_t size = card->used;
    memcpy(header.bytes, request->header, 4);
    header.long_length = request->extended || size > 255;
    if (!channel_protects(card) || !sbk_messaging_unwrap(&card->messaging, &header, card->buffer, &size)) {
        sbk_channel_end(card);
        return false;
    }
    card->used = (uint16_t)size;
    card->stage = SBK_CHANNEL_OPEN; /* a terminal counts as proven from its first good C-MAC on */
    return true;
}

static uint16_t to_applet(struct sbk_card *card, struct sbk_exchange *exchange) {
    const struct sbk_applet_entry *entry = sbk_card_applet(card, card->selected);
    if (entry == NULL)
        return SBK_SW_INS;
    exchange->state = entry->state;
    return entry->applet->process(card, exchange);
}

/* begin: the command came in clear to begin something; otherwise it came inside a channel, or no channel protects. */
static uint16_t dispatch(struct sbk_card *card, struct sbk_exchange *exchange, bool begin) {
    switch (exchange->ins) {
    case SBK_INS_SELECT:
        return sbk_domain_select(card, exchange);
    case SBK_INS_INITIALIZE_UPDATE:
        return begin ? sbk_scp03_initialize_update(card, exchange) : SBK_SW_CONDITIONS;
    case SBK_INS_PERFORM_SECURITY_OPERATION:
        return begin ? sbk_scp11_perform_security_operation(card, exchange) : SBK_SW_CONDITIONS;
    case SBK_INS_AUTHENTICATE:
        return begin ? sbk_scp11_mutual_authenticate(card, exchange) : SBK_SW_CONDITIONS;
    case SBK_INS_GET_DATA:
        return sbk_domain_get_data(card, exchange);
    case SBK_INS_GET_STATUS:
        return sbk_domain_get_status(card, exchange);
    case SBK_INS_PUT_KEY:
    case SBK_INS_GENERATE_KEY:
    case SBK_INS_DELETE:
    case SBK_INS_INSTALL:
    case SBK_INS_STORE_DATA:
    case SBK_INS_SET_STATUS:
        return sbk_manage(card, exchange);
    case SBK_INS_ROOT_LINK:
        return sbk_trust_link(card, exchange);
    default:
        return to_applet(card, exchange);
    }
}

static uint16_t route(struct sbk_card *card, const struct sbk_request *request, struct sbk_exchange *exchange) {
    bool secure = (request->header[0] & CLA_SECURE) != 0;
    if (request->header[1] == SBK_INS_AUTHENTICATE && secure && card->stage < SBK_CHANNEL_UNPROVEN)
        return sbk_scp03_external_authenticate(card, exchange);
    if (begins(request))
        return dispatch(card, exchange, true);
    if (card->stage == SBK_CHANNEL_INITIALIZED)
        sbk_channel_end(card);
    if (secure) {
        if (!open_envelope(card, request))
            return SBK_SW_SECURITY;
    } else if (channel_protects(card)) {
        /* Something spoke in clear in the middle of a protected channel. */
        sbk_channel_end(card);
        return SBK_SW_SECURITY;
    }
    exchange->size = card->used;
    exchange->response = card->buffer + card->used;
    exchange->room = card->used < SBK_CARD_BUFFER - SBK_MESSAGING_OVERHEAD
                         ? (size_t)(SBK_CARD_BUFFER - SBK_MESSAGING_OVERHEAD - card->used)
                         : 0;
    if (card->stage == SBK_CHANNEL_OPEN) {
        exchange->session = card->session;
        exchange->level = card->messaging.level;
        exchange->terminal = card->session == SBK_SESSION_SCP11A ? &card->terminal : NULL;
    }
    return dispatch(card, exchange, false);
}

static bool carries_data(uint16_t status) {
    return status == SBK_SW_OK || (status >> 8) == 0x62 || (status >> 8) == 0x63;
}

void sbk_card_execute(struct sbk_card *card, const struct sbk_request *request) {
    struct sbk_exchange exchange = {
        .cla = request->header[0] & 0x80,
        .ins = request->header[1],
        .p1 = request->header[2],
        .p2 = request->header[3],
        .data = card->buffer,
        .size = card->used,
        .response = card->buffer + card->used,
        .room = (size_t)(SBK_CARD_BUFFER - card->used),
    };
    uint32_t transactions = card->memory.transactions;
    uint16_t status = route(card, request, &exchange);
    if (card->memory.broken)
        status = SBK_SW_MEMORY;
    if (!carries_data(status) || exchange.response_size > exchange.room)
        exchange.response_size = 0;
    size_t size = exchange.response_size;
    if (exchange.session != SBK_SESSION_NONE && card->stage == SBK_CHANNEL_OPEN && carries_data(status)) {
        sbk_messaging_wrap(&card->messaging, exchange.response, &size, status);
        if (exchange.session == SBK_SESSION_SCP11A && card->memory.transactions != transactions)
            sbk_trust_remember(card);
    }
    if (card->closing)
        sbk_channel_end(card);
    card->pending_at = (uint16_t)(exchange.response - card->buffer);
    card->pending_size = (uint16_t)size;
    card->pending_status = status;
}
