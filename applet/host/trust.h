/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_HOST_TRUST_H
#define SBK_HOST_TRUST_H

#include "applet/host/applet.h"

/*
 * Whom the card believes: its roots, the certificates under them, and what earlier sessions proved. The environment
 * uses these for PERFORM SECURITY OPERATION; applets use the first two for what is delivered to them.
 */

/*
 * Parses a CA or signer certificate (7F21, filling data), demands the role and that it has not expired on day, and
 * verifies it under the card's root that its issuer names. 9000; 6A80 malformed; 6600 wrong role or signature; 6A88 no
 * such root, or one that counts no more on day; 940C expired. The applet maps these to its own words where it wants.
 */
uint16_t sbk_trust_certificate(struct sbk_card *card, const uint8_t *data, size_t size, enum sbk_role role,
    uint16_t day, struct sbk_certificate *certificate);

/* ECDSA over SHA-256 of data by key (X||Y). Counts one verification. */
bool sbk_trust_signature(struct sbk_card *card, const uint8_t key[SBK_POINT_SIZE], const uint8_t *data, size_t size,
    const uint8_t signature[SBK_SIGNATURE_SIZE]);

/* The generation of the current root (0: none) and of the cached station CA (0: none), for SELECT to announce. */
uint8_t sbk_trust_root_generation(struct sbk_card *card);
uint8_t sbk_trust_station_generation(struct sbk_card *card);

#endif
