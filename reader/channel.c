/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/channel.h"

#include "base/i18n.h"
#include "base/secret.h"
#include "keys/crypto.h"
#include "reader/aes.h"
#include "schema/reason.h"

#include <openssl/crypto.h>
#include <string.h>

#define CLA_MESSAGING 0x04
/* chaining value, header, three bytes of length, data, padding, status word */
#define MAC_INPUT_MAX (SBK_CHANNEL_KEY_SIZE + 7 + SBK_ANSWER_MAX + SBK_APDU_DATA_MAX)

void sbk_channel_close(struct sbk_channel *channel) {
    struct sbk_transport *transport = channel->transport;
    sbk_cleanse(channel, sizeof *channel);
    channel->transport = transport;
}

/* The IV of this command, or of its response: the encrypted counter, with 80 on top for a response. */
static sbk_result make_iv(
    const struct sbk_channel *channel, bool response, uint8_t iv[SBK_AES_BLOCK], struct sbk_error *error) {
    static const uint8_t zero[SBK_AES_BLOCK];
    uint8_t block[SBK_AES_BLOCK] = {0};
    block[0] = response ? 0x80 : 0;
    for (size_t i = 0; i < 4; i++)
        block[12 + i] = (uint8_t)(channel->counter >> (24 - 8 * i));
    return sbk_aes_cbc(true, channel->enc, zero, block, sizeof block, iv, error);
}

/* Pads in place (80 00..) and encrypts; data has a block more of room. */
static sbk_result encrypt(const struct sbk_channel *channel, uint8_t *data, size_t *size, struct sbk_error *error) {
    uint8_t iv[SBK_AES_BLOCK];
    sbk_result result = make_iv(channel, false, iv, error);
    if (result != SBK_OK)
        return result;
    data[(*size)++] = 0x80;
    while (*size % SBK_AES_BLOCK != 0)
        data[(*size)++] = 0;
    return sbk_aes_cbc(true, channel->enc, iv, data, *size, data, error);
}

/* The C-MAC over chaining value, header with the final length, and data; becomes the new chaining value. */
static sbk_result command_mac(struct sbk_channel *channel, const struct sbk_apdu *wrapped, struct sbk_error *error) {
    uint8_t input[MAC_INPUT_MAX];
    size_t used = 0;
    memcpy(input, channel->chaining, SBK_CHANNEL_KEY_SIZE);
    used += SBK_CHANNEL_KEY_SIZE;
    input[used++] = wrapped->cla;
    input[used++] = wrapped->ins;
    input[used++] = wrapped->p1;
    input[used++] = wrapped->p2;
    size_t length = wrapped->size + SBK_CHANNEL_MAC_SIZE;
    if (length > 255) { /* a chained command has the three-byte form once brought together */
        input[used++] = 0;
        input[used++] = (uint8_t)(length >> 8);
    }
    input[used++] = (uint8_t)length;
    if (wrapped->size > 0)
        memcpy(input + used, wrapped->data, wrapped->size);
    return sbk_aes_cmac(channel->mac, input, used + wrapped->size, channel->chaining, error);
}

/* Whether the answer carries data or a MAC at all: errors come bare (Amendment D 6.2.5). */
static bool is_protected(uint16_t status) {
    return status == 0x9000 || (status & 0xFF00) == 0x6200 || (status & 0xFF00) == 0x6300;
}

static sbk_result forged(struct sbk_error *error) {
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CARD_ANSWER,
        _("the card's answer was altered on its way; take the card out and tap it again"));
}

static sbk_result check_response_mac(
    const struct sbk_channel *channel, struct sbk_answer *answer, struct sbk_error *error) {
    if (answer->size < SBK_CHANNEL_MAC_SIZE)
        return forged(error);
    answer->size -= SBK_CHANNEL_MAC_SIZE;
    uint8_t input[MAC_INPUT_MAX];
    uint8_t mac[SBK_CHANNEL_KEY_SIZE];
    size_t used = SBK_CHANNEL_KEY_SIZE;
    memcpy(input, channel->chaining, used);
    memcpy(input + used, answer->data, answer->size);
    used += answer->size;
    input[used++] = (uint8_t)(answer->status >> 8);
    input[used++] = (uint8_t)answer->status;
    sbk_result result = sbk_aes_cmac(channel->rmac, input, used, mac, error);
    if (result != SBK_OK)
        return result;
    return CRYPTO_memcmp(mac, answer->data + answer->size, SBK_CHANNEL_MAC_SIZE) == 0 ? SBK_OK : forged(error);
}

static sbk_result decrypt(const struct sbk_channel *channel, struct sbk_answer *answer, struct sbk_error *error) {
    if (answer->size == 0)
        return SBK_OK;
    if (answer->size % SBK_AES_BLOCK != 0)
        return forged(error);
    uint8_t iv[SBK_AES_BLOCK];
    sbk_result result = make_iv(channel, true, iv, error);
    if (result == SBK_OK)
        result = sbk_aes_cbc(false, channel->enc, iv, answer->data, answer->size, answer->data, error);
    if (result != SBK_OK)
        return result;
    while (answer->size > 0 && answer->data[answer->size - 1] == 0)
        answer->size--;
    if (answer->size == 0 || answer->data[answer->size - 1] != 0x80)
        return forged(error);
    answer->size--;
    return SBK_OK;
}

static sbk_result unwrap(const struct sbk_channel *channel, struct sbk_answer *answer, struct sbk_error *error) {
    if (!is_protected(answer->status)) {
        answer->size = 0; /* nothing beside an error's status word may be believed */
        return SBK_OK;
    }
    sbk_result result = SBK_OK;
    if (channel->level & SBK_CHANNEL_R_MAC)
        result = check_response_mac(channel, answer, error);
    if (result == SBK_OK && (channel->level & SBK_CHANNEL_R_ENC))
        result = decrypt(channel, answer, error);
    return result;
}

/* Protects the command into buffer, which has room for padding and MAC. */
static sbk_result wrap(struct sbk_channel *channel, const struct sbk_apdu *command, uint8_t *buffer,
    struct sbk_apdu *wrapped, struct sbk_error *error) {
    *wrapped = *command;
    wrapped->data = buffer;
    if (command->size > 0)
        memcpy(buffer, command->data, command->size);
    if (channel->level == 0)
        return SBK_OK;
    wrapped->cla |= CLA_MESSAGING;
    channel->counter++;
    sbk_result result = SBK_OK;
    if ((channel->level & SBK_CHANNEL_C_DEC) && command->size > 0)
        result = encrypt(channel, buffer, &wrapped->size, error);
    if (result == SBK_OK)
        result = command_mac(channel, wrapped, error);
    if (result == SBK_OK) {
        memcpy(buffer + wrapped->size, channel->chaining, SBK_CHANNEL_MAC_SIZE);
        wrapped->size += SBK_CHANNEL_MAC_SIZE;
        if (channel->level & SBK_CHANNEL_R_MAC)
            wrapped->ne = 256; /* the MAC comes as data, whatever the plain command expects */
    }
    return result;
}

sbk_result sbk_channel_exchange(
    struct sbk_channel *channel, const struct sbk_apdu *command, struct sbk_answer *answer, struct sbk_error *error) {
    answer->status = 0;
    answer->size = 0;
    if (!channel->open)
        return sbk_fail(
            error, SBK_ENVIRONMENT, SBK_REASON_READER, _("the channel to the card is closed; tap the card again"));
    if (command->size > SBK_CHANNEL_DATA_MAX)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("a command of %zu bytes is too long"), command->size);
    uint8_t buffer[SBK_APDU_DATA_MAX];
    struct sbk_apdu wrapped;
    sbk_result result = wrap(channel, command, buffer, &wrapped, error);
    if (result == SBK_OK)
        result = sbk_apdu_exchange(channel->transport, &wrapped, answer, error);
    if (result == SBK_OK && channel->level != 0)
        result = unwrap(channel, answer, error);
    sbk_cleanse(buffer, sizeof buffer);
    if (result != SBK_OK) {
        answer->size = 0;
        sbk_channel_close(channel);
    }
    return result;
}

sbk_result sbk_channel_encrypt_key(
    const struct sbk_channel *channel, const uint8_t *key, size_t size, uint8_t *out, struct sbk_error *error) {
    static const uint8_t zero[SBK_AES_BLOCK];
    return sbk_aes_cbc(true, channel->dek, zero, key, size, out, error);
}
