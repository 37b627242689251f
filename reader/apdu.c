/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/apdu.h"
#include "base/i18n.h"
#include "reader/reason.h"
#include "reader/transport.h"

#include <stdbool.h>
#include <string.h>

#define BLOCK_MAX 255 /* data of one short APDU */
#define ROUNDS_MAX 16 /* GET RESPONSE in one exchange; more than SBK_ANSWER_MAX needs */
#define CLA_CHAINING 0x10

static sbk_result bad_answer(struct sbk_error *error, const char *what) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_ANSWER,
        _("the card's answer is not valid (%s); clean the card and tap it again"), what);
}

/* One short APDU there and back; appends the response's data to the answer. */
static sbk_result send_one(struct sbk_transport *transport, const uint8_t *command, size_t size, uint16_t ne,
    struct sbk_answer *answer, struct sbk_error *error) {
    uint8_t response[SBK_APDU_ROOM];
    size_t received = 0;
    transport->apdus++;
    transport->bytes_sent += size;
    sbk_result result =
        transport->transmit(transport->context, command, size, response, sizeof response, &received, error);
    if (result != SBK_OK)
        return result;
    transport->bytes_received += received;
    if (received < 2 || received > sizeof response)
        return bad_answer(error, _("no status word"));
    size_t data = received - 2;
    if (data > ne)
        return bad_answer(error, _("more data than was asked for"));
    if (data > sizeof answer->data - answer->size)
        return bad_answer(error, _("too long"));
    memcpy(answer->data + answer->size, response, data);
    answer->size += data;
    answer->status = (uint16_t)(response[received - 2] << 8 | response[received - 1]);
    return SBK_OK;
}

static size_t build(uint8_t out[5 + BLOCK_MAX + 1], const struct sbk_apdu *command, uint8_t cla, const uint8_t *data,
    size_t size, uint16_t ne) {
    size_t used = 0;
    out[used++] = cla;
    out[used++] = command->ins;
    out[used++] = command->p1;
    out[used++] = command->p2;
    if (size > 0) {
        out[used++] = (uint8_t)size;
        memcpy(out + used, data, size);
        used += size;
    }
    if (ne > 0)
        out[used++] = (uint8_t)ne; /* 256 is written 00 */
    return used;
}

static uint16_t length_of(uint16_t status) {
    uint16_t low = status & 0xFF;
    return low == 0 ? 256 : low;
}

/* The last or only block; asks again once if the card names another length. */
static sbk_result send_last(struct sbk_transport *transport, const struct sbk_apdu *command, const uint8_t *data,
    size_t size, struct sbk_answer *answer, struct sbk_error *error) {
    uint8_t block[5 + BLOCK_MAX + 1];
    size_t used = build(block, command, command->cla, data, size, command->ne);
    sbk_result result = send_one(transport, block, used, command->ne, answer, error);
    if (result == SBK_OK && (answer->status & 0xFF00) == 0x6C00) {
        answer->size = 0;
        uint16_t ne = length_of(answer->status);
        used = build(block, command, command->cla, data, size, ne);
        result = send_one(transport, block, used, ne, answer, error);
    }
    return result;
}

static sbk_result get_rest(struct sbk_transport *transport, struct sbk_answer *answer, struct sbk_error *error) {
    bool corrected = false;
    for (int round = 0; (answer->status & 0xFF00) == 0x6100; round++) {
        if (round == ROUNDS_MAX)
            return bad_answer(error, _("it never ends"));
        struct sbk_apdu more = {.ins = SBK_INS_GET_RESPONSE, .ne = length_of(answer->status)};
        uint8_t block[5 + BLOCK_MAX + 1];
        size_t before = answer->size;
        sbk_result result =
            send_one(transport, block, build(block, &more, 0, NULL, 0, more.ne), more.ne, answer, error);
        if (result != SBK_OK)
            return result;
        if ((answer->status & 0xFF00) == 0x6C00 && !corrected) {
            corrected = true;
            answer->size = before;
            answer->status = (uint16_t)(0x6100 | (answer->status & 0xFF));
        }
    }
    return SBK_OK;
}

sbk_result sbk_apdu_exchange(struct sbk_transport *transport, const struct sbk_apdu *command, struct sbk_answer *answer,
    struct sbk_error *error) {
    answer->status = 0;
    answer->size = 0;
    if (command->size > SBK_APDU_DATA_MAX || command->ne > 256)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("a command of %zu bytes is too long"), command->size);
    const uint8_t *data = command->data;
    size_t left = command->size;
    for (; left > BLOCK_MAX; data += BLOCK_MAX, left -= BLOCK_MAX) {
        uint8_t block[5 + BLOCK_MAX + 1];
        size_t used = build(block, command, command->cla | CLA_CHAINING, data, BLOCK_MAX, 0);
        sbk_result result = send_one(transport, block, used, 0, answer, error);
        if (result != SBK_OK || answer->status != SBK_SW_OK)
            return result;
    }
    sbk_result result = send_last(transport, command, data, left, answer, error);
    return result == SBK_OK ? get_rest(transport, answer, error) : result;
}

sbk_result sbk_apdu_refused(struct sbk_error *error, uint16_t status, const char *doing) {
    const char *reason = sbk_reason_of(status);
    if (reason == NULL)
        reason = SBK_REASON_CARD_ANSWER;
    if ((status & 0xFFF0) == SBK_SW_PIN_WRONG)
        return sbk_fail(error, SBK_REFUSED, reason,
            P_("the PIN is wrong; %d try is left", "the PIN is wrong; %d tries are left", status & 0x0F),
            status & 0x0F);
    return sbk_fail(
        error, SBK_REFUSED, reason, _("%s: %s (status %04X)"), doing, sbk_reason_sentence(reason), (unsigned)status);
}
