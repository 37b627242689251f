/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "applet/host/internal.h"

/* SCP03 (GlobalPlatform Amendment D): AES-128, 8-byte cryptograms and MACs, i = 60, random card challenge. */
#define SCP03_I 0x60
#define CONSTANT_CARD_CRYPTOGRAM 0x00
#define CONSTANT_HOST_CRYPTOGRAM 0x01
#define CONSTANT_S_ENC 0x04
#define CONSTANT_S_MAC 0x06
#define CONSTANT_S_RMAC 0x07

uint16_t sbk_scp03_initialize_update(struct sbk_card *card, struct sbk_exchange *exchange) {
    uint8_t keys[32];
    uint8_t head[3];
    sbk_channel_end(card);
    if (exchange->p2 != 0)
        return SBK_SW_P1P2;
    if (!sbk_memory_read(&card->memory, SBK_IMAGE_LIFE, head, sizeof head))
        return SBK_SW_MEMORY;
    uint8_t kvn = head[SBK_IMAGE_LIFE_KVN];
    if (kvn == 0 || (exchange->p1 != 0 && exchange->p1 != kvn))
        return SBK_SW_REFERENCE;
    if (exchange->size != 8)
        return SBK_SW_LENGTH;
    if (head[SBK_IMAGE_LIFE_TRIES] == 0)
        return SBK_SW_BLOCKED;
    uint8_t *context = card->cryptogram_context;
    memcpy(context, exchange->data, 8);
    if (!sbk_card_random(card, context + 8, 8) ||
        !sbk_memory_read(&card->memory, SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KEYS, keys, sizeof keys))
        return SBK_SW_MEMORY;
    sbk_scp03_derive(keys, CONSTANT_S_ENC, context, card->messaging.enc, 16);
    sbk_scp03_derive(keys + 16, CONSTANT_S_MAC, context, card->messaging.mac, 16);
    sbk_scp03_derive(keys + 16, CONSTANT_S_RMAC, context, card->messaging.rmac, 16);
    sbk_port_wipe(keys, sizeof keys);
    uint8_t *out = exchange->response;
    sbk_card_serial(card, out);
    out[10] = kvn;
    out[11] = 0x03;
    out[12] = SCP03_I;
    memcpy(out + 13, context + 8, 8);
    sbk_scp03_derive(card->messaging.mac, CONSTANT_CARD_CRYPTOGRAM, context, out + 21, 8);
    exchange->response_size = 29;
    card->session = SBK_SESSION_SCP03;
    card->stage = SBK_CHANNEL_INITIALIZED;
    return SBK_SW_OK;
}

static bool write_tries(struct sbk_card *card, uint8_t tries) {
    uint8_t now = 0xFF;
    sbk_memory_begin(&card->memory);
    sbk_memory_write(&card->memory, SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_TRIES, &tries, 1);
    return sbk_memory_commit(&card->memory) &&
           sbk_memory_read(&card->memory, SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_TRIES, &now, 1) && now == tries;
}

/* The counter falls, is read back, and only then is the cryptogram compared: a power cut saves no guess. */
static uint16_t check_host(struct sbk_card *card, const uint8_t cryptogram[8]) {
    uint8_t tries;
    uint8_t expected[8];
    if (!sbk_memory_read(&card->memory, SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_TRIES, &tries, 1))
        return SBK_SW_MEMORY;
    if (tries == 0)
        return SBK_SW_BLOCKED;
    if (!write_tries(card, (uint8_t)(tries - 1)))
        return SBK_SW_MEMORY;
    sbk_scp03_derive(card->messaging.mac, CONSTANT_HOST_CRYPTOGRAM, card->cryptogram_context, expected, 8);
    return sbk_equal(expected, cryptogram, 8) ? SBK_SW_OK : SBK_SW_CRYPTOGRAM;
}

static bool level_known(uint8_t level) {
    return level == 0x00 || level == 0x01 || level == 0x03 || level == 0x11 || level == 0x13 || level == 0x33;
}

static uint16_t authenticate(struct sbk_card *card, struct sbk_exchange *exchange) {
    if (card->stage != SBK_CHANNEL_INITIALIZED)
        return SBK_SW_CONDITIONS;
    if (!level_known(exchange->p1) || exchange->p2 != 0)
        return SBK_SW_P1P2;
    if (exchange->size != 16)
        return SBK_SW_LENGTH;
    uint16_t status = check_host(card, exchange->data);
    if (status != SBK_SW_OK)
        return status;
    struct sbk_messaging_header header = {
        .bytes = {0x84, SBK_INS_AUTHENTICATE, exchange->p1, 0x00}, .long_length = card->chain_extended};
    size_t size = exchange->size;
    card->messaging.level = SBK_LEVEL_C_MAC;
    if (!sbk_messaging_unwrap(&card->messaging, &header, card->buffer, &size))
        return SBK_SW_SECURITY;
    if (!write_tries(card, SBK_LIFE_TRIES))
        return SBK_SW_MEMORY;
    card->messaging.level = exchange->p1;
    card->stage = SBK_CHANNEL_OPEN;
    return SBK_SW_OK;
}

uint16_t sbk_scp03_external_authenticate(struct sbk_card *card, struct sbk_exchange *exchange) {
    uint16_t status = authenticate(card, exchange);
    if (status != SBK_SW_OK)
        sbk_channel_end(card);
    return status;
}
