/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/scp03.h"

#include "base/i18n.h"
#include "base/random.h"
#include "base/secret.h"
#include "keys/crypto.h"
#include "schema/apdu.h"
#include "schema/reason.h"
#include "schema/tlv.h"

#include <openssl/crypto.h>
#include <string.h>

/* What the key derivation makes (Amendment D 4.1.5). */
enum {
    DERIVE_CARD_CRYPTOGRAM = 0x00,
    DERIVE_HOST_CRYPTOGRAM = 0x01,
    DERIVE_ENC = 0x04,
    DERIVE_MAC = 0x06,
    DERIVE_RMAC = 0x07,
};
#define PARAMETER_S16 0x01
#define PARAMETER_PSEUDO_RANDOM 0x10
#define SEQUENCE_SIZE 3

/* NIST SP 800-108 in counter mode with AES-CMAC; one block is enough for every output of AES-128 and S8. */
static sbk_result derive(const uint8_t key[SBK_CHANNEL_KEY_SIZE], uint8_t constant, uint8_t bits,
    const struct sbk_scp03_offer *offer, uint8_t out[SBK_CHANNEL_KEY_SIZE], struct sbk_error *error) {
    uint8_t input[16 + 2 * SBK_SCP03_CHALLENGE_SIZE] = {0};
    input[11] = constant;
    input[14] = bits;
    input[15] = 1;
    memcpy(input + 16, offer->host_challenge, SBK_SCP03_CHALLENGE_SIZE);
    memcpy(input + 16 + SBK_SCP03_CHALLENGE_SIZE, offer->card_challenge, SBK_SCP03_CHALLENGE_SIZE);
    return sbk_aes_cmac(key, input, sizeof input, out, error);
}

static sbk_result parse_offer(const struct sbk_answer *answer, struct sbk_scp03_offer *offer, struct sbk_error *error) {
    struct sbk_reader reader = sbk_reader_of(answer->data, answer->size);
    sbk_read_bytes(&reader, offer->diversification, sizeof offer->diversification);
    offer->kvn = sbk_read_u8(&reader);
    uint8_t protocol = sbk_read_u8(&reader);
    offer->parameter = sbk_read_u8(&reader);
    sbk_read_bytes(&reader, offer->card_challenge, sizeof offer->card_challenge);
    sbk_read_bytes(&reader, offer->card_cryptogram, sizeof offer->card_cryptogram);
    if (offer->parameter & PARAMETER_PSEUDO_RANDOM)
        sbk_read_skip(&reader, SEQUENCE_SIZE);
    if (sbk_read_end(&reader) != SBK_FORMAT_OK || protocol != 0x03 || (offer->parameter & PARAMETER_S16))
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_ANSWER,
            _("the card's answer to INITIALIZE UPDATE is not that of SCP03 with AES-128; is it a card for this "
              "batch?"));
    return SBK_OK;
}

sbk_result sbk_scp03_initialize(struct sbk_transport *transport, uint8_t kvn, const uint8_t *challenge,
    struct sbk_scp03_offer *offer, struct sbk_error *error) {
    struct sbk_scp03_offer made = {0};
    sbk_result result = SBK_OK;
    if (challenge != NULL)
        memcpy(made.host_challenge, challenge, sizeof made.host_challenge);
    else
        result = sbk_random(made.host_challenge, sizeof made.host_challenge, error);
    if (result != SBK_OK)
        return result;
    struct sbk_apdu command = {.cla = 0x80,
        .ins = SBK_INS_INITIALIZE_UPDATE,
        .p1 = kvn,
        .data = made.host_challenge,
        .size = sizeof made.host_challenge,
        .ne = 256};
    struct sbk_answer answer;
    result = sbk_apdu_exchange(transport, &command, &answer, error);
    if (result != SBK_OK)
        return result;
    if (answer.status != SBK_SW_OK)
        return sbk_apdu_refused(error, answer.status, _("opening the bureau's channel"));
    result = parse_offer(&answer, &made, error);
    if (result == SBK_OK && kvn != 0 && made.kvn != kvn)
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_ANSWER,
            _("the card offered key version %02X where %02X was asked for"), made.kvn, kvn);
    if (result == SBK_OK)
        *offer = made;
    return result;
}

/* Session keys; the card's cryptogram is checked before anything is said under them. */
static sbk_result make_keys(const struct sbk_scp03_offer *offer, const struct sbk_scp03_keys *keys,
    struct sbk_channel *channel, struct sbk_error *error) {
    uint8_t cryptogram[SBK_CHANNEL_KEY_SIZE];
    memcpy(channel->dek, keys->dek, sizeof channel->dek);
    sbk_result result = derive(keys->enc, DERIVE_ENC, 128, offer, channel->enc, error);
    if (result == SBK_OK)
        result = derive(keys->mac, DERIVE_MAC, 128, offer, channel->mac, error);
    if (result == SBK_OK)
        result = derive(keys->mac, DERIVE_RMAC, 128, offer, channel->rmac, error);
    if (result == SBK_OK)
        result = derive(channel->mac, DERIVE_CARD_CRYPTOGRAM, 64, offer, cryptogram, error);
    if (result == SBK_OK && CRYPTO_memcmp(cryptogram, offer->card_cryptogram, sizeof offer->card_cryptogram) != 0)
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_CRYPTO,
            _("the card does not have the transport keys of this batch; take it out and do not try it again"));
    return result;
}

static sbk_result external_authenticate(
    const struct sbk_scp03_offer *offer, uint8_t level, struct sbk_channel *channel, struct sbk_error *error) {
    uint8_t cryptogram[SBK_CHANNEL_KEY_SIZE];
    sbk_result result = derive(channel->mac, DERIVE_HOST_CRYPTOGRAM, 64, offer, cryptogram, error);
    if (result != SBK_OK)
        return result;
    /* Sent as the first command of a channel that has C-MAC alone, whose counter it does not use. */
    struct sbk_apdu command = {
        .cla = 0x80, .ins = SBK_INS_AUTHENTICATE, .p1 = level, .data = cryptogram, .size = SBK_SCP03_CHALLENGE_SIZE};
    struct sbk_answer answer;
    channel->level = SBK_CHANNEL_C_MAC;
    channel->open = true;
    result = sbk_channel_exchange(channel, &command, &answer, error);
    if (result == SBK_OK && answer.status != SBK_SW_OK)
        result = sbk_apdu_refused(error, answer.status, _("authenticating to the card"));
    channel->level = level;
    channel->counter = 0;
    return result;
}

sbk_result sbk_scp03_authenticate(struct sbk_transport *transport, const struct sbk_scp03_offer *offer,
    const struct sbk_scp03_keys *keys, uint8_t level, struct sbk_channel *channel, struct sbk_error *error) {
    struct sbk_channel made = {.transport = transport};
    sbk_result result = make_keys(offer, keys, &made, error);
    if (result == SBK_OK)
        result = external_authenticate(offer, level, &made, error);
    if (result == SBK_OK)
        *channel = made;
    sbk_channel_close(&made);
    return result;
}
