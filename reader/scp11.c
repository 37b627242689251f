/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "base/secret.h"
#include "keys/crypto.h"
#include "reader/scp11_private.h"
#include "schema/reason.h"
#include "schema/tlv.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <string.h>

#define PARAMETERS_SCP11A 0x01
#define KEY_TYPE_AES 0x88
#define TAG_POINT 0x5F49
#define TAG_CONFIRMATION 0x86
#define POINT_WIRE_SIZE (1 + SBK_POINT_SIZE)
#define REQUEST_SIZE 83 /* A6 with its parameters, 5F49 with the ephemeral key */
#define CONFIRMED_SIZE (REQUEST_SIZE + 3 + POINT_WIRE_SIZE)
#define MORE_CERTIFICATES 0x80

sbk_result sbk_scp11_present(struct sbk_transport *transport, uint8_t kid, uint8_t kvn, bool more,
    const uint8_t *certificate, size_t size, uint16_t *status, struct sbk_error *error) {
    struct sbk_apdu command = {.cla = 0x80,
        .ins = SBK_INS_PERFORM_SECURITY_OPERATION,
        .p1 = kvn,
        .p2 = (uint8_t)(kid | (more ? MORE_CERTIFICATES : 0)),
        .data = certificate,
        .size = size};
    struct sbk_answer answer;
    sbk_result result = sbk_apdu_exchange(transport, &command, &answer, error);
    if (result == SBK_OK)
        *status = answer.status;
    return result;
}

/* X coordinate of ECDH between the ephemeral key and the card's. */
static sbk_result agree_ephemeral(
    EVP_PKEY *ephemeral, const uint8_t point[SBK_POINT_SIZE], uint8_t secret[32], struct sbk_error *error) {
    EVP_PKEY *peer = NULL;
    sbk_result result = sbk_point_pkey(point, &peer, error);
    if (result != SBK_OK)
        return result;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, ephemeral, NULL);
    size_t size = 32;
    if (context == NULL || EVP_PKEY_derive_init(context) != 1 || EVP_PKEY_derive_set_peer(context, peer) != 1 ||
        EVP_PKEY_derive(context, secret, &size) != 1 || size != 32)
        result = sbk_crypto_fail(error, _("key agreement"));
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(peer);
    return result;
}

static void write_request(uint8_t usage, const uint8_t ephemeral[SBK_POINT_SIZE], uint8_t request[REQUEST_SIZE]) {
    const uint8_t parameters[] = {
        0xA6, 0x0D, 0x90, 0x02, 0x11, PARAMETERS_SCP11A, 0x95, 0x01, usage, 0x80, 0x01, KEY_TYPE_AES, 0x81, 0x01, 0x10};
    struct sbk_writer writer = sbk_writer_of(request, REQUEST_SIZE);
    sbk_write_bytes(&writer, parameters, sizeof parameters);
    sbk_write_tlv_header(&writer, TAG_POINT, POINT_WIRE_SIZE);
    sbk_write_u8(&writer, 0x04);
    sbk_write_bytes(&writer, ephemeral, SBK_POINT_SIZE);
}

/* The response: 5F49 with the card's ephemeral key, 86 with its key confirmation, nothing else. */
static bool parse_response(
    const struct sbk_answer *answer, uint8_t point[SBK_POINT_SIZE], uint8_t confirmation[SBK_CHANNEL_KEY_SIZE]) {
    struct sbk_reader reader = sbk_reader_of(answer->data, answer->size);
    struct sbk_tlv key;
    struct sbk_tlv proof;
    if (sbk_tlv_expect(&reader, TAG_POINT, &key) != SBK_FORMAT_OK ||
        sbk_tlv_expect(&reader, TAG_CONFIRMATION, &proof) != SBK_FORMAT_OK || sbk_read_end(&reader) != SBK_FORMAT_OK ||
        key.size != POINT_WIRE_SIZE || key.value[0] != 0x04 || proof.size != SBK_CHANNEL_KEY_SIZE)
        return false;
    memcpy(point, key.value + 1, SBK_POINT_SIZE);
    memcpy(confirmation, proof.value, SBK_CHANNEL_KEY_SIZE);
    return true;
}

/* ANSI X9.63 with SHA-256: confirmation key, S-ENC, S-MAC, S-RMAC, S-DEK. */
static sbk_result derive_keys(const uint8_t secret[64], uint8_t usage, uint8_t keys[96], struct sbk_error *error) {
    uint8_t input[64 + 4 + 3];
    sbk_result result = SBK_OK;
    memcpy(input, secret, 64);
    input[64] = input[65] = input[66] = 0;
    input[68] = usage;
    input[69] = KEY_TYPE_AES;
    input[70] = SBK_CHANNEL_KEY_SIZE;
    for (uint8_t block = 0; block < 3 && result == SBK_OK; block++) {
        input[67] = (uint8_t)(block + 1);
        result = sbk_sha256(input, sizeof input, keys + 32 * block, error);
    }
    sbk_cleanse(input, sizeof input);
    return result;
}

/* The key confirmation covers the request as sent and the card's ephemeral key as received. */
static sbk_result check_confirmation(const uint8_t request[REQUEST_SIZE], const struct sbk_answer *answer,
    const uint8_t confirmation[SBK_CHANNEL_KEY_SIZE], const uint8_t key[SBK_CHANNEL_KEY_SIZE],
    struct sbk_error *error) {
    uint8_t input[CONFIRMED_SIZE];
    uint8_t expected[SBK_CHANNEL_KEY_SIZE];
    memcpy(input, request, REQUEST_SIZE);
    memcpy(input + REQUEST_SIZE, answer->data, CONFIRMED_SIZE - REQUEST_SIZE);
    sbk_result result = sbk_aes_cmac(key, input, sizeof input, expected, error);
    if (result != SBK_OK)
        return result;
    if (CRYPTO_memcmp(expected, confirmation, sizeof expected) != 0)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE,
            _("the card does not have the key of its certificate: it is not genuine; keep it aside and tell the city"));
    return SBK_OK;
}

static sbk_result open_channel(const uint8_t request[REQUEST_SIZE], const struct sbk_answer *answer,
    const struct sbk_scp11_terminal *terminal, EVP_PKEY *ephemeral, const uint8_t card_key[SBK_POINT_SIZE],
    uint8_t usage, struct sbk_channel *channel, struct sbk_error *error) {
    uint8_t point[SBK_POINT_SIZE];
    uint8_t confirmation[SBK_CHANNEL_KEY_SIZE];
    uint8_t secret[64];
    uint8_t keys[96];
    if (!parse_response(answer, point, confirmation))
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_ANSWER,
            _("the card's answer to MUTUAL AUTHENTICATE is not valid; tap the card again"));
    sbk_result result = agree_ephemeral(ephemeral, point, secret, error);
    if (result == SBK_OK)
        result = terminal->agree(terminal->context, card_key, secret + 32, error);
    if (result == SBK_OK)
        result = derive_keys(secret, usage, keys, error);
    if (result == SBK_OK)
        result = check_confirmation(request, answer, confirmation, keys, error);
    if (result == SBK_OK) {
        memcpy(channel->enc, keys + 16, SBK_CHANNEL_KEY_SIZE);
        memcpy(channel->mac, keys + 32, SBK_CHANNEL_KEY_SIZE);
        memcpy(channel->rmac, keys + 48, SBK_CHANNEL_KEY_SIZE);
        memcpy(channel->dek, keys + 64, SBK_CHANNEL_KEY_SIZE);
        memcpy(channel->chaining, confirmation, SBK_CHANNEL_KEY_SIZE);
        channel->level = usage == SBK_SCP11_USAGE_FULL ? SBK_CHANNEL_FULL : (SBK_CHANNEL_C_MAC | SBK_CHANNEL_R_MAC);
        channel->counter = 0;
        channel->open = true;
    }
    sbk_cleanse(secret, sizeof secret);
    sbk_cleanse(keys, sizeof keys);
    return result;
}

sbk_result sbk_scp11_authenticate_with(struct sbk_transport *transport, uint8_t kvn,
    const struct sbk_scp11_terminal *terminal, EVP_PKEY *ephemeral, const uint8_t card_key[SBK_POINT_SIZE],
    uint8_t usage, struct sbk_channel *channel, struct sbk_error *error) {
    uint8_t point[SBK_POINT_SIZE];
    uint8_t request[REQUEST_SIZE];
    if (usage != SBK_SCP11_USAGE_FULL && usage != SBK_SCP11_USAGE_MAC)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("key usage %02X is not one of 3C and 34"), usage);
    sbk_result result = sbk_pkey_point(ephemeral, point, error);
    if (result != SBK_OK)
        return result;
    write_request(usage, point, request);
    struct sbk_apdu command = {.cla = 0x80,
        .ins = SBK_INS_AUTHENTICATE,
        .p1 = kvn,
        .p2 = SBK_KID_AGREEMENT,
        .data = request,
        .size = sizeof request,
        .ne = 256};
    struct sbk_answer answer;
    result = sbk_apdu_exchange(transport, &command, &answer, error);
    if (result != SBK_OK)
        return result;
    if (answer.status != SBK_SW_OK)
        return sbk_apdu_refused(error, answer.status, _("opening a channel to the card"));
    struct sbk_channel made = {.transport = transport};
    result = open_channel(request, &answer, terminal, ephemeral, card_key, usage, &made, error);
    if (result == SBK_OK)
        *channel = made;
    sbk_channel_close(&made);
    return result;
}

sbk_result sbk_scp11_authenticate(struct sbk_transport *transport, uint8_t kvn,
    const struct sbk_scp11_terminal *terminal, const uint8_t card_key[SBK_POINT_SIZE], uint8_t usage,
    struct sbk_channel *channel, struct sbk_error *error) {
    EVP_PKEY *ephemeral = EVP_EC_gen("P-256");
    if (ephemeral == NULL)
        return sbk_crypto_fail(error, _("making an ephemeral key"));
    sbk_result result =
        sbk_scp11_authenticate_with(transport, kvn, terminal, ephemeral, card_key, usage, channel, error);
    EVP_PKEY_free(ephemeral);
    return result;
}
