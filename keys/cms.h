/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CMS_H
#define SBK_KEYS_CMS_H

#include "base/buffer.h"
#include "base/error.h"
#include "keys/store.h"
#include "keys/x509.h"
#include "schema/bundle.h"

/*
 * CMS files (RFC 5652) between organisations, in DER; `openssl cms` opens them (docs in the manual page). Signed: one
 * signer, ECDSA with SHA-256, signed attributes, content inside, its type one of schema/oid.h, signer's certificate
 * inside. Encrypted: AES-256-GCM AuthEnvelopedData (RFC 5083) around a signed file, one recipient by ephemeral ECDH
 * (RFC 5753). Everything is held in memory; sizes are bounded by SBK_CMS_MAX.
 */
#define SBK_CMS_MAX (24u << 20)

/* Signs content of the kind (enum sbk_bundle_kind, or a document's) with an X.509 identity (its key and its certificate in DER). Appends to out. */
SBK_CHECK_RESULT sbk_result sbk_cms_sign(struct sbk_key *key, const uint8_t *der, size_t der_size, unsigned kind,
    const uint8_t *content, size_t size, uint32_t made, struct sbk_buffer *out, struct sbk_error *error);

/* What is expected of a signed file. */
struct sbk_cms_expected {
    unsigned kind;               /* enum sbk_bundle_kind, or a document's */
    enum sbk_office_kind signer; /* who must have signed */
    struct sbk_bytes office_ca;  /* pinned, DER; empty: the signer's certificate must be self-signed (a request) */
    uint16_t day;                /* on which the signer's certificate must be valid */
};
/* Who signed. */
struct sbk_cms_signer {
    struct sbk_office_info info;
    uint8_t der[SBK_X509_MAX];
    size_t der_size;
};

/* Verifies a signed file and appends its content. signer may be NULL. Errors: SBK_TAMPERED ("format-invalid" no such
 * file; "signature-invalid"; "certificate-invalid" not under the office CA), SBK_REFUSED ("format-invalid" another
 * kind of file; "role-not-allowed" another kind of signer; "certificate-expired"). */
SBK_CHECK_RESULT sbk_result sbk_cms_verify(const uint8_t *data, size_t size, const struct sbk_cms_expected *expected,
    struct sbk_buffer *content, struct sbk_cms_signer *signer, struct sbk_error *error);

/* The same for a file whose signer the caller judges afterwards, by *signer: only the signature is checked. */
SBK_CHECK_RESULT sbk_result sbk_cms_verify_signature(const uint8_t *data, size_t size, unsigned kind,
    struct sbk_buffer *content, struct sbk_cms_signer *signer, struct sbk_error *error);

/* Encrypts bytes (a signed file) to a recipient's certificate (DER). Appends to out. */
SBK_CHECK_RESULT sbk_result sbk_cms_encrypt(const uint8_t *recipient, size_t recipient_size, const uint8_t *data,
    size_t size, struct sbk_buffer *out, struct sbk_error *error);

/* Opens what was encrypted to this key and certificate. Errors: SBK_REFUSED, "not-found" (for somebody else);
 * SBK_TAMPERED. */
SBK_CHECK_RESULT sbk_result sbk_cms_decrypt(struct sbk_key *key, const uint8_t *der, size_t der_size,
    const uint8_t *data, size_t size, struct sbk_buffer *out, struct sbk_error *error);

/* What a file looks like from outside; nothing is verified. For inspect, for choosing among files, and for a first
 * install: the content of a station or office certificate holds the anchor and office CA that a person pins, after
 * which the file is verified. */
struct sbk_cms_outline {
    bool encrypted;
    bool signed_data;
    uint8_t kind;          /* enum sbk_bundle_kind, 0 if unknown or encrypted */
    char signer[64];       /* name in the signer's certificate; empty if encrypted */
    uint8_t recipient[20]; /* if encrypted: the key identifier of the recipient's certificate */
    size_t recipient_size;
};
SBK_CHECK_RESULT sbk_result sbk_cms_outline(const uint8_t *data, size_t size, struct sbk_cms_outline *outline,
    struct sbk_buffer *content, struct sbk_error *error); /* content: appended if readable; may be NULL */

#endif
