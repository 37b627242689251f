/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_ROOT_H
#define SBK_KEYS_ROOT_H

#include "keys/store.h"
#include "schema/root_request.h"

/*
 * What only a root does: certify CAs and signers, name the office CA, announce its successor and take over from its
 * predecessor. With its key alone, so that it works on a machine of its own (schema/root_request.h).
 */

/* The name that the X.509 certificates of the city and its office CA carry. */
#define SBK_CITY_NAME "Samarinda"
#define SBK_OFFICE_CA_NAME "Samarinda Office CA"

/* A CA's or signer's certificate (7F21). out: room for SBK_CERTIFICATE_MAX bytes. */
SBK_CHECK_RESULT sbk_result sbk_root_certify(struct sbk_key *root, const struct sbk_root_order *order,
    uint8_t out[SBK_CERTIFICATE_MAX], size_t *size, struct sbk_error *error);

/* The binding (C9) of the office CA whose certificate has this hash. */
SBK_CHECK_RESULT sbk_result sbk_root_bind(struct sbk_key *root, const uint8_t office_hash[SBK_HASH_SIZE],
    uint8_t out[SBK_OFFICE_BINDING_SIZE], struct sbk_error *error);

/* What is pinned of a root: its key and the hash of the next one's. */
SBK_CHECK_RESULT sbk_result sbk_root_announce(
    struct sbk_key *root, const uint8_t next[SBK_POINT_SIZE], struct sbk_anchor *anchor, struct sbk_error *error);

/* The link (C4) that leads from the root before to this one; old_until: the last day on which that one counts, 0: it
 * counts no more. */
SBK_CHECK_RESULT sbk_result sbk_root_link(struct sbk_key *root, const struct sbk_anchor *anchor, uint16_t old_until,
    uint8_t out[SBK_LINK_SIZE], struct sbk_error *error);

/*
 * Answers a request: everything in it certified by this root; of a succession also the link and the anchor, for which
 * next is the key of the root after (else NULL). answer lends nothing. Errors: SBK_REFUSED, another root is meant.
 */
SBK_CHECK_RESULT sbk_result sbk_root_answer(struct sbk_key *root, const struct sbk_key_info *next,
    const struct sbk_root_request *request, struct sbk_root_answer *answer, struct sbk_error *error);

/* What both machines show of a request or an answer, for people to compare: the first 8 bytes of its SHA-256, as four
 * groups of hexadecimal digits. */
#define SBK_CHECK_VALUE_ROOM 20
SBK_CHECK_RESULT sbk_result sbk_check_value(
    const void *data, size_t size, char text[SBK_CHECK_VALUE_ROOM], struct sbk_error *error);

#endif
