/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_AES_H
#define SBK_READER_AES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* AES-128-CBC over whole blocks, no padding; out may be in. Errors: SBK_ENVIRONMENT. */
#define SBK_AES_BLOCK 16
SBK_CHECK_RESULT sbk_result sbk_aes_cbc(bool encrypt, const uint8_t key[SBK_AES_BLOCK], const uint8_t iv[SBK_AES_BLOCK],
    const uint8_t *in, size_t size, uint8_t *out, struct sbk_error *error);

#endif
