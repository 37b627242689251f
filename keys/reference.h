/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_REFERENCE_H
#define SBK_KEYS_REFERENCE_H

#include "base/buffer.h"
#include "keys/token.h"

/*
 * The file that stands in a store's folder for a key on a PKCS#11 token:
 *
 *   magic (8) "SBK REF\n", version u8 (01), algorithm u8, role u8, generation u8, created u16 (day),
 *   public size u8, public part, CKA_ID (16), URI size u16, URI of the token
 *
 * It holds no secret. Nothing seals it: whoever opens the key compares the public part with the token's.
 */
#define SBK_REFERENCE_MAX 1200

struct sbk_reference {
    struct sbk_key_info info;
    struct sbk_token_place place; /* its URI is uri */
    char uri[SBK_TOKEN_URI_MAX + 1];
};

enum sbk_format sbk_reference_parse(const uint8_t *data, size_t size, struct sbk_reference *reference);

/* Appends the file's content to out. */
SBK_CHECK_RESULT sbk_result sbk_reference_write(const struct sbk_key_info *info, const struct sbk_token_place *place,
    struct sbk_buffer *out, struct sbk_error *error);

#endif
