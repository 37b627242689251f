/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_X509_H
#define SBK_KEYS_X509_H

#include "base/buffer.h"
#include "base/error.h"
#include "keys/store.h"

/* X.509 certificates of offices, bureaus and stations: P-256, ECDSA with SHA-256, in DER. */
enum sbk_office_kind {
    SBK_OFFICE_CA = 0,
    SBK_OFFICE_CITY = 1,
    SBK_OFFICE_BUREAU = 2,
    SBK_OFFICE_STATION = 3,
};
/* A stable word: "office-ca", "city", "bureau", "station". */
const char *sbk_office_kind_word(enum sbk_office_kind kind);

/* What a certificate says, as far as we use it. */
struct sbk_office_info {
    enum sbk_office_kind kind;
    char name[64]; /* common name, UTF-8 */
    uint8_t key[SBK_POINT_SIZE];
    uint16_t from;
    uint16_t until; /* last day */
    uint8_t serial[20];
    size_t serial_size;
};

/* Reads a certificate; trusts nothing. Errors: SBK_TAMPERED, "certificate-invalid" (not DER, trailing bytes, another
 * kind of key, no or several of our holder identifiers). */
SBK_CHECK_RESULT sbk_result sbk_x509_info(
    const uint8_t *der, size_t size, struct sbk_office_info *info, struct sbk_error *error);

/* A certificate of the key's own, for a request (kind bureau or station) or the office CA. name: 1 to 40 bytes UTF-8.
 * Appends DER to out. */
SBK_CHECK_RESULT sbk_result sbk_x509_self(struct sbk_key *key, enum sbk_office_kind kind, const char *name,
    uint16_t from, uint16_t until, struct sbk_buffer *out, struct sbk_error *error);

/* A certificate by the office CA, whose key and certificate are given. */
SBK_CHECK_RESULT sbk_result sbk_x509_issue(struct sbk_key *ca, const uint8_t *ca_der, size_t ca_size,
    const uint8_t subject_key[SBK_POINT_SIZE], enum sbk_office_kind kind, const char *name, uint16_t from,
    uint16_t until, struct sbk_buffer *out, struct sbk_error *error);

/* Verifies a certificate under an office CA on a day. Errors: SBK_TAMPERED; SBK_REFUSED, "certificate-expired". */
SBK_CHECK_RESULT sbk_result sbk_x509_verify(const uint8_t *ca_der, size_t ca_size, const uint8_t *der, size_t size,
    uint16_t day, struct sbk_office_info *info, struct sbk_error *error);

#endif
