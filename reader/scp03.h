/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_SCP03_H
#define SBK_READER_SCP03_H

#include "reader/channel.h"

/*
 * SCP03 (GlobalPlatform Amendment D), AES-128, S8: the bureau's channel while a card is encoded.
 *
 *     sbk_scp03_initialize(transport, kvn, NULL, &offer, error)     INITIALIZE UPDATE; says which card it is
 *     ... the caller finds the keys by offer.diversification ...
 *     sbk_scp03_authenticate(transport, &offer, &keys, level, &channel, error)
 */
#define SBK_SCP03_DIVERSIFICATION_SIZE 10
#define SBK_SCP03_CHALLENGE_SIZE 8

/* The card's static keys. Secret: cleanse after use. */
struct sbk_scp03_keys {
    uint8_t enc[SBK_CHANNEL_KEY_SIZE];
    uint8_t mac[SBK_CHANNEL_KEY_SIZE];
    uint8_t dek[SBK_CHANNEL_KEY_SIZE];
};

/* What INITIALIZE UPDATE brought. Nothing in it is authenticated yet. */
struct sbk_scp03_offer {
    uint8_t diversification[SBK_SCP03_DIVERSIFICATION_SIZE];
    uint8_t kvn;
    uint8_t parameter; /* i: 60 or 70 here */
    uint8_t host_challenge[SBK_SCP03_CHALLENGE_SIZE];
    uint8_t card_challenge[SBK_SCP03_CHALLENGE_SIZE];
    uint8_t card_cryptogram[SBK_SCP03_CHALLENGE_SIZE];
};

/*
 * INITIALIZE UPDATE. kvn 0: the card's first key set. challenge: the 8 random bytes to send, NULL to have them made
 * (give them in tests only). SBK_REFUSED with the card's reason if it says no (6985: no transport keys any more);
 * SBK_ENVIRONMENT "card-answer-invalid" for another protocol or another length than i says.
 */
SBK_CHECK_RESULT sbk_result sbk_scp03_initialize(struct sbk_transport *transport, uint8_t kvn, const uint8_t *challenge,
    struct sbk_scp03_offer *offer, struct sbk_error *error);

/*
 * Checks the card's cryptogram in constant time before anything is sent (SBK_TAMPERED "crypto": the keys are not this
 * card's; do not try again), then EXTERNAL AUTHENTICATE at the level. On success the channel is open and the caller
 * closes it.
 */
SBK_CHECK_RESULT sbk_result sbk_scp03_authenticate(struct sbk_transport *transport, const struct sbk_scp03_offer *offer,
    const struct sbk_scp03_keys *keys, uint8_t level, struct sbk_channel *channel, struct sbk_error *error);

#endif
