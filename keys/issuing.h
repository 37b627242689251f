/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_ISSUING_H
#define SBK_KEYS_ISSUING_H

#include "base/error.h"
#include "keys/store.h"
#include "schema/certificate.h"

/*
 * Making what cards and stations verify: 7F21 certificates and signed records. All structure is schema's; here it gets
 * its signature from the store.
 */

/* Default lives in days; "until" is the last valid day. The root has none. */
#define SBK_DAYS_CA 1826
#define SBK_DAYS_SIGNER 400
#define SBK_DAYS_OFFICE_CA 3652
#define SBK_DAYS_CITY 1096

/* Signs a certificate. fields: everything but serial (random), issuer_role and issuer_generation (the issuer's) and
 * signature; these are filled in. The issuer's role must fit fields->role (root for CAs and signers, station CA for
 * terminals, card CA for cards: SBK_REFUSED, "role-not-allowed"). out: room for SBK_CERTIFICATE_MAX bytes. */
SBK_CHECK_RESULT sbk_result sbk_issue_certificate(struct sbk_key *issuer, struct sbk_certificate *fields,
    uint8_t out[SBK_CERTIFICATE_MAX], size_t *size, struct sbk_error *error);

/* Signs a record: record holds *size bytes without signature (as a schema writer left them) and has room for 64 more;
 * the signature is appended and *size grows. The record's tag must be one that the key's role signs: identity and
 * mandate by the grant signer; notice, items and hotlist by the list signer; link and office binding by a root. */
SBK_CHECK_RESULT sbk_result sbk_sign_record(
    struct sbk_key *signer, uint8_t *record, size_t room, size_t *size, struct sbk_error *error);

#endif
