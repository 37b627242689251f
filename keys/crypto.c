/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/crypto_private.h"

#include "base/i18n.h"
#include "keys/context.h"
#include "schema/reason.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNCOMPRESSED 0x04
#define HALF 32

/* The failure that the mark in this thread's queue stands for. */
static _Thread_local struct sbk_error remembered;
static atomic_int mark;

static int mark_library(void) {
    int number = atomic_load(&mark);
    if (number == 0) {
        const int mine = ERR_get_next_error_library();
        number = atomic_compare_exchange_strong(&mark, &number, mine) ? mine : number;
    }
    return number;
}

void sbk_crypto_remember(const struct sbk_error *failure) {
    remembered = *failure;
    ERR_new();
    ERR_set_error(mark_library(), 1, NULL);
}

sbk_result sbk_crypto_recall(struct sbk_error *error, const char *what) {
    bool found = false;
    for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
        found = found || ERR_GET_LIB(code) == mark_library();
    }
    return found ? sbk_fail(error, remembered.result, remembered.reason, "%s: %s", what, remembered.text) : SBK_OK;
}

sbk_result sbk_crypto_fail(struct sbk_error *error, const char *what) {
    const unsigned long code = ERR_peek_last_error();
    const char *why = code != 0 ? ERR_reason_error_string(code) : NULL;
    const sbk_result result = sbk_crypto_recall(error, what);
    return result != SBK_OK ? result
                            : sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CRYPTO, _("%s: OpenSSL says: %s"), what,
                                  why != NULL ? why : _("no reason given"));
}

sbk_result sbk_sha256(const void *data, size_t size, uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error) {
    if (EVP_Digest(data, size, hash, NULL, EVP_sha256(), NULL) != 1) {
        return sbk_crypto_fail(error, "SHA-256");
    }
    return SBK_OK;
}

sbk_result sbk_point_hash(const uint8_t point[SBK_POINT_SIZE], uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error) {
    uint8_t bytes[1 + SBK_POINT_SIZE] = {UNCOMPRESSED};
    memcpy(bytes + 1, point, SBK_POINT_SIZE);
    return sbk_sha256(bytes, sizeof bytes, hash, error);
}

void sbk_fingerprint_text(const uint8_t hash[SBK_HASH_SIZE], char text[SBK_FINGERPRINT_ROOM]) {
    size_t used = 0;
    for (size_t i = 0; i < SBK_HASH_SIZE; i += 2) {
        used += (size_t)snprintf(
            text + used, SBK_FINGERPRINT_ROOM - used, "%s%02X%02X", i == 0 ? "" : " ", hash[i], hash[i + 1]);
    }
}

/* From one form of a point to the other; the curve checks it on the way. */
static sbk_result convert(const uint8_t *in, size_t in_size, point_conversion_form_t form, uint8_t *out,
    size_t out_size, struct sbk_error *error) {
    const EC_GROUP *curve = sbk_crypto_curve();
    EC_POINT *point = curve != NULL ? EC_POINT_new(curve) : NULL;
    if (point == NULL) {
        return sbk_crypto_fail(error, _("reading a public key"));
    }
    const bool good = EC_POINT_oct2point(curve, point, in, in_size, NULL) == 1 &&
                      EC_POINT_point2oct(curve, point, form, out, out_size, NULL) == out_size;
    EC_POINT_free(point);
    return good ? SBK_OK : sbk_point_refused(in, in_size, error);
}

sbk_result sbk_point_compress(
    const uint8_t point[SBK_POINT_SIZE], uint8_t compressed[SBK_COMPRESSED_SIZE], struct sbk_error *error) {
    uint8_t bytes[1 + SBK_POINT_SIZE] = {UNCOMPRESSED};
    memcpy(bytes + 1, point, SBK_POINT_SIZE);
    return convert(bytes, sizeof bytes, POINT_CONVERSION_COMPRESSED, compressed, SBK_COMPRESSED_SIZE, error);
}

sbk_result sbk_point_decompress(
    const uint8_t compressed[SBK_COMPRESSED_SIZE], uint8_t point[SBK_POINT_SIZE], struct sbk_error *error) {
    uint8_t bytes[1 + SBK_POINT_SIZE];
    const sbk_result result =
        convert(compressed, SBK_COMPRESSED_SIZE, POINT_CONVERSION_UNCOMPRESSED, bytes, sizeof bytes, error);
    if (result == SBK_OK) {
        memcpy(point, bytes + 1, SBK_POINT_SIZE);
    }
    return result;
}

sbk_result sbk_point_pkey(const uint8_t point[SBK_POINT_SIZE], EVP_PKEY **pkey, struct sbk_error *error) {
    uint8_t bytes[1 + SBK_POINT_SIZE] = {UNCOMPRESSED};
    char curve[] = SBK_CURVE_NAME;
    memcpy(bytes + 1, point, SBK_POINT_SIZE);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof bytes),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *made = NULL;
    EVP_PKEY_CTX *making = EVP_PKEY_CTX_new_from_name(sbk_crypto_context(), "EC", NULL);
    if (making == NULL || EVP_PKEY_fromdata_init(making) != 1) {
        EVP_PKEY_CTX_free(making);
        return sbk_crypto_fail(error, _("reading a public key"));
    }
    const int good = EVP_PKEY_fromdata(making, &made, EVP_PKEY_PUBLIC_KEY, parameters);
    EVP_PKEY_CTX_free(making);
    if (good != 1) {
        return sbk_point_refused(bytes, sizeof bytes, error);
    }
    *pkey = made;
    return SBK_OK;
}

/* Whether a key is shown to be of another kind or curve than ours; false, too, where it cannot be told. */
static bool is_other_kind(const EVP_PKEY *pkey) {
    char curve[32] = "";
    int is_explicit = 0;
    if (EVP_PKEY_is_a(pkey, "EC") != 1) { /* "no" where memory ran out, too; the name costs none */
        const char *name = EVP_PKEY_get0_type_name(pkey);
        return name != NULL && strcmp(name, "EC") != 0;
    }
    if (EVP_PKEY_get_group_name(pkey, curve, sizeof curve, NULL) == 1) {
        return strcmp(curve, SBK_CURVE_NAME) != 0;
    }
    return EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) == 1 &&
           is_explicit != 0;
}

sbk_result sbk_pkey_point(const EVP_PKEY *pkey, uint8_t point[SBK_POINT_SIZE], struct sbk_error *error) {
    uint8_t bytes[1 + SBK_POINT_SIZE];
    size_t size = 0;
    if (is_other_kind(pkey)) {
        ERR_clear_error();
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s", _("the key is not of the curve P-256"));
    }
    if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, bytes, sizeof bytes, &size) != 1 ||
        size != sizeof bytes || bytes[0] != UNCOMPRESSED) {
        return sbk_crypto_fail(error, _("reading a public key"));
    }
    memcpy(point, bytes + 1, SBK_POINT_SIZE);
    return SBK_OK;
}

sbk_result sbk_signature_to_der(const uint8_t signature[SBK_SIGNATURE_SIZE], uint8_t der[SBK_ECDSA_DER_MAX],
    size_t *size, struct sbk_error *error) {
    unsigned char *at = der;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, HALF, NULL);
    BIGNUM *s = BN_bin2bn(signature + HALF, HALF, NULL);
    if (pair == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(pair, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(pair);
        return sbk_crypto_fail(error, _("converting a signature"));
    }
    const int written = i2d_ECDSA_SIG(pair, &at);
    ECDSA_SIG_free(pair);
    if (written <= 0) {
        return sbk_crypto_fail(error, _("converting a signature"));
    }
    *size = (size_t)written;
    return SBK_OK;
}

sbk_result sbk_signature_from_der(
    const uint8_t *der, size_t size, uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error) {
    const unsigned char *at = der;
    uint8_t bytes[SBK_SIGNATURE_SIZE];
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)size);
    const bool good = pair != NULL && at == der + size && BN_bn2binpad(ECDSA_SIG_get0_r(pair), bytes, HALF) == HALF &&
                      BN_bn2binpad(ECDSA_SIG_get0_s(pair), bytes + HALF, HALF) == HALF;
    ECDSA_SIG_free(pair);
    if (!good) {
        return sbk_crypto_fail(error, _("converting a signature"));
    }
    memcpy(signature, bytes, sizeof bytes);
    return SBK_OK;
}

sbk_result sbk_aes_cmac(
    const uint8_t key[16], const void *data, size_t size, uint8_t mac[16], struct sbk_error *error) {
    size_t written = 0;
    if (EVP_Q_mac(sbk_crypto_context(), "CMAC", NULL, "AES-128-CBC", NULL, key, 16, data, size, mac, 16, &written) ==
            NULL ||
        written != 16) {
        return sbk_crypto_fail(error, "AES-CMAC");
    }
    return SBK_OK;
}
