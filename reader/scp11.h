/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_SCP11_H
#define SBK_READER_SCP11_H

#include "reader/channel.h"
#include "schema/apdu.h"

/*
 * SCP11a (GlobalPlatform Amendment F) with 7F21 certificates, P-256, AES-128, S8: the station's channel. The terminal
 * shows its certificates (sbk_scp11_present), then both sides agree keys and the card proves that it has its own
 * (sbk_scp11_authenticate).
 */

/* The terminal's static key. agree gives the X coordinate of the product with point (X||Y); the private key stays where
 * it is. */
struct sbk_scp11_terminal {
    sbk_result (*agree)(
        void *context, const uint8_t point[SBK_POINT_SIZE], uint8_t secret[32], struct sbk_error *error);
    void *context;
};

#define SBK_SCP11_USAGE_FULL 0x3C /* level 33; the entitlement applet takes nothing less */
#define SBK_SCP11_USAGE_MAC 0x34  /* level 11 */

/*
 * PERFORM SECURITY OPERATION with one certificate. kid and kvn name the card's key under which the first certificate
 * of the chain verifies; more: the next certificate follows, this is a CA's. SBK_OK with the card's word in *status,
 * whatever it is.
 */
SBK_CHECK_RESULT sbk_result sbk_scp11_present(struct sbk_transport *transport, uint8_t kid, uint8_t kvn, bool more,
    const uint8_t *certificate, size_t size, uint16_t *status, struct sbk_error *error);

/*
 * MUTUAL AUTHENTICATE with the card's agreement key (KID 11) of version kvn. card_key: X||Y from the card's
 * certificate, which the caller has verified. The ephemeral key is made here. SBK_REFUSED if the card says no,
 * SBK_TAMPERED "signature-invalid" if its key confirmation is wrong: it does not have the key of that certificate. On
 * success the channel is open and the caller closes it.
 */
SBK_CHECK_RESULT sbk_result sbk_scp11_authenticate(struct sbk_transport *transport, uint8_t kvn,
    const struct sbk_scp11_terminal *terminal, const uint8_t card_key[SBK_POINT_SIZE], uint8_t usage,
    struct sbk_channel *channel, struct sbk_error *error);

#endif
