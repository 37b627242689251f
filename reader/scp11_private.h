/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_SCP11_PRIVATE_H
#define SBK_READER_SCP11_PRIVATE_H

#include "reader/scp11.h"

#include <openssl/evp.h>

/* The same as sbk_scp11_authenticate with the ephemeral key given (borrowed); for known answers in tests. */
SBK_CHECK_RESULT sbk_result sbk_scp11_authenticate_with(struct sbk_transport *transport, uint8_t kvn,
    const struct sbk_scp11_terminal *terminal, EVP_PKEY *ephemeral, const uint8_t card_key[SBK_POINT_SIZE],
    uint8_t usage, struct sbk_channel *channel, struct sbk_error *error);

#endif
