/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_REFERENCE_H
#define SBK_KEYS_REFERENCE_H

#include "base/buffer.h"
#include "keys/quorum.h"
#include "keys/token.h"

/*
 * The file that stands in a store's folder for a key on a PKCS#11 token:
 *
 *   magic (8) "SBK REF\n", version u8, algorithm u8, role u8, generation u8, created u16 (day),
 *   public size u8, public part, CKA_ID (16), URI size u16, URI of the token;
 *   version 02 only: the quorum of officers who approve its use, as keys/quorum.h says
 *
 * It holds no secret. Nothing seals it: whoever opens the key compares the public part with the token's. So a quorum here
 * binds our programs, and not somebody who has the PIN and writes a reference of his own.
 */
#define SBK_REFERENCE_MAX 1600

struct sbk_reference {
    struct sbk_key_info info;
    struct sbk_token_place place; /* its URI is uri */
    char uri[SBK_TOKEN_URI_MAX + 1];
    struct sbk_quorum quorum; /* needed is 0: none */
};

enum sbk_format sbk_reference_parse(const uint8_t *data, size_t size, struct sbk_reference *reference);

/* Appends the file's content to out. quorum NULL: none. */
SBK_CHECK_RESULT sbk_result sbk_reference_write(const struct sbk_key_info *info, const struct sbk_token_place *place,
    const struct sbk_quorum *quorum, struct sbk_buffer *out, struct sbk_error *error);

#endif
