/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_TRUST_H
#define SBK_KEYS_TRUST_H

#include "base/error.h"
#include "schema/bundle.h"
#include "schema/certificate.h"

#include <stdbool.h>

/*
 * What a host believes and why: pinned roots, and the CA and signer certificates that verified under them. Everything
 * that a host takes from a card, a file or a database is verified through one of these.
 */
#define SBK_TRUST_ANCHORS_MAX 32
#define SBK_TRUST_ISSUERS_MAX 256
#define SBK_NO_END 0xFFFF /* of a root that counts until further notice */

struct sbk_trust;

SBK_CHECK_RESULT sbk_result sbk_trust_new(struct sbk_trust **trust, struct sbk_error *error);
void sbk_trust_free(struct sbk_trust **trust);

/* Pins a root; until: the last day on which it counts, SBK_NO_END, or 0: it counts no more. The caller has it from a
 * person who compared the fingerprint, or from links that lead to it (keys/links.h). One that is pinned already keeps the
 * earlier of both days: news can shorten a root's life only. SBK_TAMPERED if the key is not on the curve; SBK_REFUSED if
 * another root stands under the generation. */
SBK_CHECK_RESULT sbk_result sbk_trust_add_anchor(
    struct sbk_trust *trust, const struct sbk_anchor *anchor, uint16_t until, struct sbk_error *error);

/* Verifies the certificate of a CA or signer (roles 02..05) under a pinned root and keeps it. One that is there already
 * is fine. Its dates are looked at when it is used. Errors: SBK_TAMPERED. */
SBK_CHECK_RESULT sbk_result sbk_trust_add_issuer(
    struct sbk_trust *trust, const uint8_t *data, size_t size, struct sbk_error *error);

/* Takes the CAs and signers that a hotlist names (count pairs of role and generation) as those that do not count any
 * more, instead of any named before: their certificates, and what they signed, are SBK_REFUSED, "issuer-distrusted". */
#define SBK_TRUST_DISTRUSTED_MAX 32
SBK_CHECK_RESULT sbk_result sbk_trust_distrust(
    struct sbk_trust *trust, const uint8_t *issuers, size_t count, struct sbk_error *error);
/* Whether this one counts, as far as hotlists go. */
SBK_CHECK_RESULT sbk_result sbk_trust_check_issuer(
    const struct sbk_trust *trust, uint8_t role, uint8_t generation, struct sbk_error *error);
/* The same for one that comes from outside on day: nothing new counts under a root that counts no more (SBK_REFUSED,
 * "certificate-expired"). One that is kept already is fine. */
SBK_CHECK_RESULT sbk_result sbk_trust_take_issuer(
    struct sbk_trust *trust, const uint8_t *data, size_t size, uint16_t day, struct sbk_error *error);

/* Verifies any certificate: parses it, finds its issuer (a pinned root, or a kept CA: path length one), checks the
 * signature and that the whole path is valid on day. roles: bit set made of SBK_ROLE_BIT of the roles that the caller
 * accepts here. parsed lends from data. Errors: SBK_TAMPERED with "certificate-invalid" (structure, signature, unknown
 * issuer), SBK_REFUSED with "role-not-allowed", "certificate-expired" (also: not yet valid) or "issuer-distrusted". */
#define SBK_ROLE_BIT(role) (1ULL << (role))
#define SBK_ROLES_TERMINAL                                                                                             \
    (SBK_ROLE_BIT(SBK_ROLE_STORE) | SBK_ROLE_BIT(SBK_ROLE_REGISTRAR) | SBK_ROLE_BIT(SBK_ROLE_AUDITOR))
SBK_CHECK_RESULT sbk_result sbk_trust_verify(const struct sbk_trust *trust, const uint8_t *data, size_t size,
    uint64_t roles, uint16_t day, struct sbk_certificate *parsed, struct sbk_error *error);

/* The same of what was taken in before, for reading: whatever became of the roots since; and the certificate of a CA or
 * signer that is distrusted since still verifies. */
SBK_CHECK_RESULT sbk_result sbk_trust_verify_past(const struct sbk_trust *trust, const uint8_t *data, size_t size,
    uint64_t roles, uint16_t day, struct sbk_certificate *parsed, struct sbk_error *error);

/* Verifies a record that ends in its signature: by the kept signers of the role (grant signer for C1 and C2, list
 * signer for C3, C7 and CA) valid on day, or for C9 by a pinned root. A record of another tag is SBK_REFUSED. day is the
 * day on which the signer must have been in force: for a record that carries its date, that date. Errors: SBK_TAMPERED,
 * "signature-invalid". */
SBK_CHECK_RESULT sbk_result sbk_trust_verify_record(
    const struct sbk_trust *trust, const uint8_t *record, size_t size, uint16_t day, struct sbk_error *error);

/* The same of what was taken in before, for reading: whatever became of the roots since. */
SBK_CHECK_RESULT sbk_result sbk_trust_verify_record_past(
    const struct sbk_trust *trust, const uint8_t *record, size_t size, uint16_t day, struct sbk_error *error);
/* The same as sbk_trust_verify_record; signer: the certificate of the one who signed, the trust's. Not for C9. */
SBK_CHECK_RESULT sbk_result sbk_trust_find_signer(const struct sbk_trust *trust, const uint8_t *record, size_t size,
    uint16_t day, struct sbk_bytes *signer, struct sbk_error *error);

/* Verifies that the office binding (C9) is a pinned root's and names this office CA certificate (DER). */
SBK_CHECK_RESULT sbk_result sbk_trust_verify_office(const struct sbk_trust *trust, const struct sbk_bytes *binding,
    const struct sbk_bytes *office_ca, struct sbk_error *error);

/* The kept certificate of an issuer or signer, generation 0: the newest; false if there is none. Of several, by several
 * roots, the newest root's; and the one of the newest root that is not above the given, for a card that knows no newer
 * one. The bytes are the trust's. */
bool sbk_trust_find(const struct sbk_trust *trust, uint8_t role, uint8_t generation, struct sbk_bytes *certificate);
bool sbk_trust_find_under(
    const struct sbk_trust *trust, uint8_t role, uint8_t generation, uint8_t root, struct sbk_bytes *certificate);
/* The newest pinned root; NULL if there is none. */
const struct sbk_anchor *sbk_trust_anchor(const struct sbk_trust *trust);
/* The pinned root of a generation and its last day (until may be NULL); NULL if there is none. */
const struct sbk_anchor *sbk_trust_root(const struct sbk_trust *trust, uint8_t generation, uint16_t *until);
/* The kept certificates one by one, in no order; NULL after the last. The trust's. */
const struct sbk_certificate *sbk_trust_issuer(const struct sbk_trust *trust, size_t index);

#endif
