/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CRYPTO_PRIVATE_H
#define SBK_KEYS_CRYPTO_PRIVATE_H

#include "keys/crypto.h"

/*
 * OpenSSL says "no" in the same way to a forgery and when its memory runs out. A forgery is a word against a card or an
 * office, so it takes a proof: whatever is not proved is SBK_ENVIRONMENT "crypto".
 */

/* After OpenSSL did not take a point (33 bytes compressed, 65 uncompressed): SBK_TAMPERED if arithmetic shows that it is
 * none of P-256. */
sbk_result sbk_point_refused(const uint8_t *bytes, size_t size, struct sbk_error *error);

/* After a verification gave answer (not 1), with OpenSSL's queue cleared before: SBK_TAMPERED if it is a plain "no". */
sbk_result sbk_signature_refused(int answer, struct sbk_error *error);

#endif
