/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CRYPTO_H
#define SBK_KEYS_CRYPTO_H

#include "base/error.h"
#include "schema/certificate.h"

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

/* Public-key and hash operations on the project's own forms: points X||Y (64), signatures r||s (64), hashes (32). */

SBK_CHECK_RESULT sbk_result sbk_sha256(
    const void *data, size_t size, uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error);

/* SHA-256 of 04||X||Y: a key's fingerprint, and the form in which a next root is announced. */
SBK_CHECK_RESULT sbk_result sbk_point_hash(
    const uint8_t point[SBK_POINT_SIZE], uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error);

/* The fingerprint as people compare it: sixteen groups of four upper-case hexadecimal digits, with spaces. */
#define SBK_FINGERPRINT_ROOM 80
void sbk_fingerprint_text(const uint8_t hash[SBK_HASH_SIZE], char text[SBK_FINGERPRINT_ROOM]);

/* A point to and from its 33-byte form. SBK_TAMPERED if it is not on the curve. */
SBK_CHECK_RESULT sbk_result sbk_point_compress(
    const uint8_t point[SBK_POINT_SIZE], uint8_t compressed[SBK_COMPRESSED_SIZE], struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_point_decompress(
    const uint8_t compressed[SBK_COMPRESSED_SIZE], uint8_t point[SBK_POINT_SIZE], struct sbk_error *error);

/* A public key made ready to verify many signatures; for one thread at a time. SBK_TAMPERED if not on the curve. */
struct sbk_verifier;
SBK_CHECK_RESULT sbk_result sbk_verifier_new(
    struct sbk_verifier **verifier, const uint8_t point[SBK_POINT_SIZE], struct sbk_error *error);
void sbk_verifier_free(struct sbk_verifier **verifier);
/* Turns it to another key, which costs much less than a new one: for receipts of many cards in a row. After an error it
 * must be set again. */
SBK_CHECK_RESULT sbk_result sbk_verifier_set(
    struct sbk_verifier *verifier, const uint8_t point[SBK_POINT_SIZE], struct sbk_error *error);
/* SBK_TAMPERED, reason "signature-invalid", if it does not hold. */
SBK_CHECK_RESULT sbk_result sbk_verifier_check(const struct sbk_verifier *verifier, const uint8_t hash[SBK_HASH_SIZE],
    const uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error);

/* One signature: over a hash, over bytes (SHA-256 of them), over a record that ends in its own signature. */
SBK_CHECK_RESULT sbk_result sbk_verify_hash(const uint8_t point[SBK_POINT_SIZE], const uint8_t hash[SBK_HASH_SIZE],
    const uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_verify_bytes(const uint8_t point[SBK_POINT_SIZE], const void *data, size_t size,
    const uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_verify_record(
    const uint8_t point[SBK_POINT_SIZE], const uint8_t *record, size_t size, struct sbk_error *error);

/* AES-CMAC (NIST SP 800-38B) with a key of 16 bytes. */
SBK_CHECK_RESULT sbk_result sbk_aes_cmac(
    const uint8_t key[16], const void *data, size_t size, uint8_t mac[16], struct sbk_error *error);

/* A public EVP_PKEY of a point, in the library's own context; the caller frees it. SBK_TAMPERED if not on the curve. */
SBK_CHECK_RESULT sbk_result sbk_point_pkey(
    const uint8_t point[SBK_POINT_SIZE], EVP_PKEY **pkey, struct sbk_error *error);
/* And back: the point of a P-256 key; SBK_TAMPERED for another kind of key. */
SBK_CHECK_RESULT sbk_result sbk_pkey_point(
    const EVP_PKEY *pkey, uint8_t point[SBK_POINT_SIZE], struct sbk_error *error);

/* r||s to the DER form that OpenSSL wants, and back. der: room for 72 bytes. */
#define SBK_ECDSA_DER_MAX 72
SBK_CHECK_RESULT sbk_result sbk_signature_to_der(
    const uint8_t signature[SBK_SIGNATURE_SIZE], uint8_t der[SBK_ECDSA_DER_MAX], size_t *size, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_signature_from_der(
    const uint8_t *der, size_t size, uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error);

/* The error for an OpenSSL call that failed though nothing from outside is to blame: SBK_ENVIRONMENT, "crypto". Takes
 * OpenSSL's own words into the message and empties its queue. If a key of a store failed inside of the call, the error
 * is that key's. */
sbk_result sbk_crypto_fail(struct sbk_error *error, const char *what);

/* For what OpenSSL calls back: notes why a key of a store failed, in OpenSSL's queue, so that whoever made the outer
 * call hears of it. And asking for it: SBK_OK if the queue, which is emptied, does not hold such a thing; else its
 * result, and error filled. */
void sbk_crypto_remember(const struct sbk_error *failure);
SBK_CHECK_RESULT sbk_result sbk_crypto_recall(struct sbk_error *error, const char *what);

#endif
