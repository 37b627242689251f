/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/provider.h"

#include "base/secret.h"
#include "keys/context.h"
#include "keys/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

/*
 * ECDH by a key of the store (provider-keyexch(7)), plain or followed by the X9.63 derivation of RFC 5753, which CMS
 * sets up through parameters. The cofactor of P-256 is 1, so its mode makes no difference and is taken as it comes.
 */

#define DIGEST_ROOM 32
#define UKM_MAX 1024
#define OUTPUT_MAX 1024

struct exchange {
    struct sbk_provider_key *key; /* both lent by OpenSSL while the operation lasts */
    struct sbk_provider_key *peer;
    bool derives;
    char digest[DIGEST_ROOM];
    size_t output;
    uint8_t ukm[UKM_MAX];
    size_t ukm_size;
};

static void *exchange_new(void *context) {
    (void)context;
    return OPENSSL_zalloc(sizeof(struct exchange));
}

static void exchange_free(void *object) {
    OPENSSL_free(object);
}

static void *exchange_dup(void *object) {
    return OPENSSL_memdup(object, sizeof(struct exchange));
}

static int set_kind(struct exchange *exchange, const OSSL_PARAM *parameter) {
    const char *kind = NULL;
    if (OSSL_PARAM_get_utf8_string_ptr(parameter, &kind) != 1) {
        return 0;
    }
    exchange->derives = kind[0] != 0;
    return kind[0] == 0 || OPENSSL_strcasecmp(kind, OSSL_KDF_NAME_X963KDF) == 0;
}

static int exchange_set(void *object, const OSSL_PARAM parameters[]) {
    struct exchange *exchange = object;
    if (parameters == NULL) {
        return 1;
    }
    const OSSL_PARAM *kind = OSSL_PARAM_locate_const(parameters, OSSL_EXCHANGE_PARAM_KDF_TYPE);
    const OSSL_PARAM *digest = OSSL_PARAM_locate_const(parameters, OSSL_EXCHANGE_PARAM_KDF_DIGEST);
    const OSSL_PARAM *output = OSSL_PARAM_locate_const(parameters, OSSL_EXCHANGE_PARAM_KDF_OUTLEN);
    const OSSL_PARAM *ukm = OSSL_PARAM_locate_const(parameters, OSSL_EXCHANGE_PARAM_KDF_UKM);
    if (kind != NULL && set_kind(exchange, kind) != 1) {
        return 0;
    }
    if (digest != NULL) {
        char *text = exchange->digest;
        if (OSSL_PARAM_get_utf8_string(digest, &text, sizeof exchange->digest) != 1) {
            return 0;
        }
    }
    if (output != NULL && (OSSL_PARAM_get_size_t(output, &exchange->output) != 1 || exchange->output > OUTPUT_MAX)) {
        return 0;
    }
    if (ukm != NULL) {
        void *bytes = exchange->ukm;
        if (OSSL_PARAM_get_octet_string(ukm, &bytes, sizeof exchange->ukm, &exchange->ukm_size) != 1) {
            return 0;
        }
    }
    return 1;
}

static int exchange_init(void *object, void *key, const OSSL_PARAM parameters[]) {
    struct exchange *exchange = object;
    exchange->key = key;
    return exchange->key != NULL && exchange->key->key != NULL ? exchange_set(exchange, parameters) : 0;
}

static int exchange_peer(void *object, void *peer) {
    struct exchange *exchange = object;
    exchange->peer = peer;
    return exchange->peer != NULL && exchange->peer->has_public;
}

/* The key derivation function of ANSI X9.63 over the shared X coordinate. */
static int derive(const struct exchange *exchange, uint8_t shared[SBK_HASH_SIZE], unsigned char *out) {
    char digest[DIGEST_ROOM];
    uint8_t ukm[UKM_MAX];
    memcpy(digest, exchange->digest, sizeof digest);
    memcpy(ukm, exchange->ukm, sizeof ukm);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, shared, SBK_HASH_SIZE),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, ukm, exchange->ukm_size),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kind = EVP_KDF_fetch(sbk_crypto_context(), OSSL_KDF_NAME_X963KDF, NULL);
    EVP_KDF_CTX *deriving = kind != NULL ? EVP_KDF_CTX_new(kind) : NULL;
    const int good = deriving != NULL && EVP_KDF_derive(deriving, out, exchange->output, parameters) == 1;
    EVP_KDF_CTX_free(deriving);
    EVP_KDF_free(kind);
    return good;
}

static int exchange_derive(void *object, unsigned char *secret, size_t *size, size_t room) {
    struct exchange *exchange = object;
    uint8_t shared[SBK_HASH_SIZE];
    const size_t needed = exchange->derives ? exchange->output : sizeof shared;
    int good = 0;
    struct sbk_error error;
    if (exchange->key == NULL || exchange->peer == NULL) {
        return 0;
    }
    *size = needed;
    if (secret == NULL) {
        return 1;
    }
    if (needed > room) {
        return 0;
    }
    if (sbk_key_agree(exchange->key->key, exchange->peer->point + 1, shared, &error) != SBK_OK) {
        /* A point that is off the curve is the file's fault, and the caller's to tell. */
        if (error.result != SBK_TAMPERED) {
            sbk_crypto_remember(&error);
        }
        return 0;
    }
    if (exchange->derives) {
        good = derive(exchange, shared, secret);
    } else {
        memcpy(secret, shared, sizeof shared);
        good = 1;
    }
    sbk_cleanse(shared, sizeof shared);
    return good;
}

static const OSSL_PARAM *exchange_settable(void *object, void *context) {
    static const OSSL_PARAM settable[] = {
        OSSL_PARAM_int(OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE, NULL),
        OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_TYPE, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_DIGEST, NULL, 0),
        OSSL_PARAM_size_t(OSSL_EXCHANGE_PARAM_KDF_OUTLEN, NULL),
        OSSL_PARAM_octet_string(OSSL_EXCHANGE_PARAM_KDF_UKM, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)object;
    (void)context;
    return settable;
}

static int exchange_get(void *object, OSSL_PARAM parameters[]) {
    const struct exchange *exchange = object;
    OSSL_PARAM *kind = OSSL_PARAM_locate(parameters, OSSL_EXCHANGE_PARAM_KDF_TYPE);
    OSSL_PARAM *digest = OSSL_PARAM_locate(parameters, OSSL_EXCHANGE_PARAM_KDF_DIGEST);
    OSSL_PARAM *output = OSSL_PARAM_locate(parameters, OSSL_EXCHANGE_PARAM_KDF_OUTLEN);
    return (kind == NULL || OSSL_PARAM_set_utf8_string(kind, exchange->derives ? OSSL_KDF_NAME_X963KDF : "") == 1) &&
           (digest == NULL || OSSL_PARAM_set_utf8_string(digest, exchange->digest) == 1) &&
           (output == NULL || OSSL_PARAM_set_size_t(output, exchange->output) == 1);
}

static const OSSL_PARAM *exchange_gettable(void *object, void *context) {
    static const OSSL_PARAM gettable[] = {
        OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_TYPE, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_DIGEST, NULL, 0),
        OSSL_PARAM_size_t(OSSL_EXCHANGE_PARAM_KDF_OUTLEN, NULL),
        OSSL_PARAM_END,
    };
    (void)object;
    (void)context;
    return gettable;
}

const OSSL_DISPATCH sbk_provider_exchange[] = {
    {OSSL_FUNC_KEYEXCH_NEWCTX, (void (*)(void))exchange_new},
    {OSSL_FUNC_KEYEXCH_FREECTX, (void (*)(void))exchange_free},
    {OSSL_FUNC_KEYEXCH_DUPCTX, (void (*)(void))exchange_dup},
    {OSSL_FUNC_KEYEXCH_INIT, (void (*)(void))exchange_init},
    {OSSL_FUNC_KEYEXCH_SET_PEER, (void (*)(void))exchange_peer},
    {OSSL_FUNC_KEYEXCH_DERIVE, (void (*)(void))exchange_derive},
    {OSSL_FUNC_KEYEXCH_SET_CTX_PARAMS, (void (*)(void))exchange_set},
    {OSSL_FUNC_KEYEXCH_SETTABLE_CTX_PARAMS, (void (*)(void))exchange_settable},
    {OSSL_FUNC_KEYEXCH_GET_CTX_PARAMS, (void (*)(void))exchange_get},
    {OSSL_FUNC_KEYEXCH_GETTABLE_CTX_PARAMS, (void (*)(void))exchange_gettable},
    {0, NULL},
};
