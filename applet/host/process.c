/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "applet/host/internal.h"

/* The outer layer: parses APDUs, gathers chained commands, hands long responses out piece by piece. */

#define CLA_CHAINING 0x10
#define P1_MORE_BLOCKS 0x80

struct apdu {
    uint8_t header[4];
    const uint8_t *data;
    size_t size;
    bool extended;
    uint32_t expected; /* most response bytes wanted */
};

/* ISO/IEC 7816-4 5.1: the length fields of the four cases, short and extended. False: they contradict the size. */
static bool parse(const uint8_t *command, size_t size, struct apdu *apdu) {
    if (size < 4)
        return false;
    memcpy(apdu->header, command, 4);
    apdu->data = command + 4;
    apdu->size = 0;
    apdu->extended = false;
    apdu->expected = 256;
    size_t left = size - 4;
    const uint8_t *at = command + 4;
    if (left == 0)
        return true;
    size_t width = 1;
    if (at[0] == 0 && left >= 3) {
        apdu->extended = true;
        width = 2;
        at++;
        left--;
    }
    size_t value = width == 1 ? at[0] : (size_t)at[0] << 8 | at[1];
    if (left > width) {
        if (value == 0 || value > left - width)
            return false;
        apdu->data = at + width;
        apdu->size = value;
        at += width + value;
        left -= width + value;
        if (left == 0)
            return true;
        if (left != width)
            return false;
        value = width == 1 ? at[0] : (size_t)at[0] << 8 | at[1];
    } else if (left < width) {
        return false;
    }
    apdu->expected = value != 0 ? (uint32_t)value : width == 1 ? 256u : 65536u;
    return true;
}

/* Classes 00 and 80, with the bits for GlobalPlatform secure messaging and ISO chaining. */
static uint16_t check_class(uint8_t cla) {
    if (cla == 0xFF)
        return SBK_SW_CLA;
    if ((cla & 0x40) != 0)
        return SBK_SW_CHANNEL;
    if ((cla & 0x20) != 0)
        return SBK_SW_CLA;
    if ((cla & 0x08) != 0)
        return SBK_SW_SECURE_MESSAGING;
    if ((cla & 0x03) != 0)
        return SBK_SW_CHANNEL;
    return SBK_SW_OK;
}

/*
 * Adds a block to the command under way. True: more blocks follow or the block is refused, and status is the answer.
 * A chain goes on only with the same command; SELECT always starts anew, so that a fresh host is not stuck.
 */
static bool gather(struct sbk_card *card, const struct apdu *apdu, uint16_t *status) {
    uint8_t header[4];
    memcpy(header, apdu->header, 4);
    bool more = (header[0] & CLA_CHAINING) != 0;
    header[0] = (uint8_t)(header[0] & ~CLA_CHAINING);
    if ((header[1] == SBK_INS_PERFORM_SECURITY_OPERATION || header[1] == SBK_INS_PUT_KEY) &&
        (header[2] & P1_MORE_BLOCKS) != 0) {
        more = true;
        header[2] = (uint8_t)(header[2] & ~P1_MORE_BLOCKS);
    }
    bool goes_on = card->chaining && memcmp(header, card->chain_header, 4) == 0;
    if (card->chaining && !goes_on) {
        card->chaining = false;
        if (header[1] != SBK_INS_SELECT) {
            *status = SBK_SW_LAST_EXPECTED;
            return true;
        }
    }
    if (!goes_on) {
        card->used = 0;
        card->chain_extended = false;
    }
    if (apdu->size > (size_t)(SBK_CARD_BUFFER - card->used) || (more && apdu->size == 0)) {
        card->chaining = false;
        *status = SBK_SW_LENGTH;
        return true;
    }
    memcpy(card->buffer + card->used, apdu->data, apdu->size);
    card->used = (uint16_t)(card->used + apdu->size);
    card->chain_extended = card->chain_extended || apdu->extended;
    card->chaining = more;
    memcpy(card->chain_header, header, 4);
    *status = SBK_SW_OK;
    return more;
}

static size_t answer(uint8_t *response, size_t size, uint16_t status) {
    response[size] = (uint8_t)(status >> 8);
    response[size + 1] = (uint8_t)status;
    return size + 2;
}

/* Sends the next part of the pending response: its status word with the last part, 61xx with the others. */
static size_t send_part(struct sbk_card *card, uint32_t expected, uint8_t *response, size_t room) {
    size_t part = card->pending_size;
    if (part > expected)
        part = expected;
    if (part > room - 2)
        part = room - 2;
    memcpy(response, card->buffer + card->pending_at, part);
    card->pending_at = (uint16_t)(card->pending_at + part);
    card->pending_size = (uint16_t)(card->pending_size - part);
    if (card->pending_size > 0)
        return answer(response, part, (uint16_t)(0x6100 | (card->pending_size < 256 ? card->pending_size : 0)));
    sbk_port_wipe(card->buffer, sizeof card->buffer);
    return answer(response, part, card->pending_status);
}

static size_t process(struct sbk_card *card, const struct apdu *apdu, uint8_t *response, size_t room) {
    uint16_t status = check_class(apdu->header[0]);
    if (status != SBK_SW_OK) {
        card->chaining = false;
        card->pending_size = 0;
        return answer(response, 0, status);
    }
    if (apdu->header[1] == SBK_INS_GET_RESPONSE && !card->chaining) {
        if (card->pending_size == 0)
            return answer(response, 0, SBK_SW_CONDITIONS);
        return send_part(card, apdu->expected, response, room);
    }
    card->pending_size = 0;
    if (gather(card, apdu, &status))
        return answer(response, 0, status);
    struct sbk_request request = {.extended = card->chain_extended};
    memcpy(request.header, card->chain_header, 4);
    sbk_card_execute(card, &request);
    return send_part(card, apdu->expected, response, room);
}

size_t sbk_card_process(struct sbk_card *card, const uint8_t *command, size_t size, uint8_t *response, size_t room) {
    struct apdu apdu;
    size_t result;
    card->counts.apdus++;
    card->counts.bytes_in += (uint32_t)size;
    if (card->dead || card->memory.broken) {
        result = answer(response, 0, SBK_SW_MEMORY);
    } else if (!parse(command, size, &apdu)) {
        card->chaining = false;
        card->pending_size = 0;
        result = answer(response, 0, SBK_SW_LENGTH);
    } else {
        result = process(card, &apdu, response, room);
    }
    card->counts.bytes_out += (uint32_t)result;
    return result;
}
