/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "applet/host/internal.h"

/* SCP11a (GlobalPlatform Amendment F) with 7F21 certificates, P-256, AES-128, no host or card ids. */
#define P2_MORE_CERTIFICATES 0x80
#define PARAMETERS_SIZE 18
#define REQUEST_SIZE (PARAMETERS_SIZE + 1 + SBK_POINT_SIZE)
#define POINT_HEADER "\x5F\x49\x41\x04"

uint16_t sbk_scp11_perform_security_operation(struct sbk_card *card, struct sbk_exchange *exchange) {
    uint8_t kid = exchange->p2 & 0x7F;
    uint16_t status;
    /* A leaf may follow the CA certificate just shown; everything else starts a new chain. */
    bool after_ca = card->stage == SBK_CHANNEL_NONE && card->chain.stage == SBK_CHAIN_CA;
    if (card->stage != SBK_CHANNEL_NONE)
        sbk_channel_end(card);
    if ((exchange->p2 & P2_MORE_CERTIFICATES) != 0) {
        status = kid == SBK_KID_ROOT ? sbk_trust_chain_ca(card, exchange->p1, exchange->data, exchange->size)
                                     : SBK_SW_REFERENCE;
    } else {
        status = after_ca                    ? SBK_SW_OK
                 : kid == SBK_KID_STATION_CA ? sbk_trust_chain_cached_ca(card, exchange->p1)
                                             : SBK_SW_REFERENCE;
        if (status == SBK_SW_OK)
            status = sbk_trust_chain_leaf(card, exchange->data, exchange->size);
    }
    if (status != SBK_SW_OK)
        memset(&card->chain, 0, sizeof card->chain);
    return status;
}

/* The fixed data field: A6 {90 11 01, 95 usage, 80 88, 81 10}, 5F49 point. */
static bool request_good(struct sbk_card *card, const struct sbk_exchange *exchange, uint8_t *usage) {
    static const uint8_t fixed[PARAMETERS_SIZE + 2] =
        "\xA6\x0D\x90\x02\x11\x01\x95\x01\x00\x80\x01\x88\x81\x01\x10\x5F\x49\x41\x04";
    const struct sbk_applet_entry *entry = sbk_card_applet(card, card->selected);
    if (exchange->size != REQUEST_SIZE)
        return false;
    *usage = exchange->data[8];
    if (*usage != SBK_USAGE_FULL && *usage != SBK_USAGE_MAC)
        return false;
    if (entry != NULL && entry->applet->usage != 0 && entry->applet->usage != *usage)
        return false;
    return memcmp(exchange->data, fixed, 8) == 0 && memcmp(exchange->data + 9, fixed + 9, PARAMETERS_SIZE + 1 - 9) == 0;
}

/* Z: ephemeral with the terminal's ephemeral, static with its static. point becomes the card's ephemeral. */
static uint16_t agree(
    struct sbk_card *card, const uint8_t *terminal_ephemeral, uint8_t shared[64], uint8_t point[SBK_POINT_SIZE]) {
    uint8_t scalar[32];
    uint16_t status = SBK_SW_OK;
    if (!sbk_keys_make_pair(card, scalar, point)) {
        status = SBK_SW_MEMORY;
    } else {
        card->counts.agreements += 2;
        if (!sbk_port_p256_agree(scalar, terminal_ephemeral, shared))
            status = SBK_SW_DATA;
        else if (!sbk_keys_private(card, SBK_KID_AGREEMENT, scalar))
            status = SBK_SW_REFERENCE;
        else if (!sbk_port_p256_agree(scalar, card->chain.leaf_key, shared + 32))
            status = SBK_SW_DATA;
    }
    sbk_port_wipe(scalar, sizeof scalar);
    return status;
}

/* Session keys, key confirmation and first chaining value. */
static void open_channel(
    struct sbk_card *card, struct sbk_exchange *exchange, uint8_t usage, const uint8_t shared[64]) {
    uint8_t keys[80];
    struct sbk_cmac cmac;
    sbk_scp11_derive(shared, usage, keys);
    sbk_cmac_init(&cmac, keys);
    sbk_cmac_update(&cmac, exchange->data, exchange->size);
    sbk_cmac_update(&cmac, exchange->response, 4 + SBK_POINT_SIZE);
    sbk_cmac_final(&cmac, card->messaging.chaining);
    memcpy(card->messaging.enc, keys + 16, 16);
    memcpy(card->messaging.mac, keys + 32, 16);
    memcpy(card->messaging.rmac, keys + 48, 16);
    sbk_port_wipe(keys, sizeof keys);
    card->messaging.counter = 0;
    card->messaging.level = usage == SBK_USAGE_FULL ? SBK_LEVEL_FULL : SBK_LEVEL_C_MAC | SBK_LEVEL_R_MAC;
    card->session = SBK_SESSION_SCP11A;
    card->stage = SBK_CHANNEL_UNPROVEN;
}

static uint16_t authenticate(struct sbk_card *card, struct sbk_exchange *exchange) {
    uint8_t usage;
    uint8_t own[SBK_POINT_SIZE];
    uint8_t shared[64];
    if (card->stage != SBK_CHANNEL_NONE || card->chain.stage != SBK_CHAIN_LEAF)
        return SBK_SW_CONDITIONS;
    if (exchange->p2 != SBK_KID_AGREEMENT || exchange->p1 != SBK_KVN_CARD ||
        !sbk_card_public_key(card, SBK_KID_AGREEMENT, own))
        return SBK_SW_REFERENCE;
    if (!request_good(card, exchange, &usage))
        return SBK_SW_DATA;
    uint8_t *out = exchange->response;
    memcpy(out, POINT_HEADER, 4);
    uint16_t status = agree(card, exchange->data + PARAMETERS_SIZE + 1, shared, out + 4);
    if (status == SBK_SW_OK) {
        open_channel(card, exchange, usage, shared);
        out[68] = 0x86;
        out[69] = 0x10;
        memcpy(out + 70, card->messaging.chaining, 16);
        exchange->response_size = 86;
    }
    sbk_port_wipe(shared, sizeof shared);
    return status;
}

uint16_t sbk_scp11_mutual_authenticate(struct sbk_card *card, struct sbk_exchange *exchange) {
    uint16_t status = authenticate(card, exchange);
    if (status != SBK_SW_OK)
        sbk_channel_end(card);
    return status;
}
