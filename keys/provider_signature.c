/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/provider.h"

#include "keys/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <string.h>

/* ECDSA with SHA-256 by a key of the store (provider-signature(7)): over a hash, and over data hashed here. */

struct signing {
    struct sbk_provider_key *key; /* OpenSSL keeps it while the operation lasts */
    EVP_MD_CTX *hashing;
};

/* AlgorithmIdentifier of ecdsa-with-SHA256 (RFC 5758), which X.509 puts beside the signature. */
static const uint8_t algorithm_identifier[] = {0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02};

static void *signing_new(void *context, const char *properties) {
    (void)context;
    (void)properties;
    return OPENSSL_zalloc(sizeof(struct signing));
}

static void signing_free(void *object) {
    struct signing *signing = object;
    if (signing != NULL) {
        EVP_MD_CTX_free(signing->hashing);
        OPENSSL_free(signing);
    }
}

static void *signing_dup(void *object) {
    const struct signing *signing = object;
    struct signing *copy = OPENSSL_zalloc(sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    copy->key = signing->key;
    if (signing->hashing != NULL) {
        copy->hashing = EVP_MD_CTX_new();
        if (copy->hashing == NULL || EVP_MD_CTX_copy_ex(copy->hashing, signing->hashing) != 1) {
            signing_free(copy);
            return NULL;
        }
    }
    return copy;
}

static int use_key(struct signing *signing, void *key) {
    if (key != NULL) {
        signing->key = key;
    }
    return signing->key != NULL && signing->key->key != NULL;
}

static int sign_init(void *object, void *key, const OSSL_PARAM parameters[]) {
    (void)parameters;
    return use_key(object, key);
}

static int sign(
    void *object, unsigned char *signature, size_t *size, size_t room, const unsigned char *hash, size_t hash_size) {
    struct signing *signing = object;
    uint8_t plain[SBK_SIGNATURE_SIZE];
    uint8_t der[SBK_ECDSA_DER_MAX];
    size_t der_size = 0;
    if (signature == NULL) {
        *size = SBK_ECDSA_DER_MAX;
        return 1;
    }
    struct sbk_error error;
    if (hash_size != SBK_HASH_SIZE) {
        return 0;
    }
    if (sbk_key_sign(signing->key->key, hash, plain, &error) != SBK_OK) {
        sbk_crypto_remember(&error);
        return 0;
    }
    if (sbk_signature_to_der(plain, der, &der_size, NULL) != SBK_OK || der_size > room) {
        return 0;
    }
    memcpy(signature, der, der_size);
    *size = der_size;
    return 1;
}

static int digest_sign_init(void *object, const char *digest, void *key, const OSSL_PARAM parameters[]) {
    struct signing *signing = object;
    (void)parameters;
    if (use_key(signing, key) != 1 || (digest != NULL && digest[0] != 0 && OPENSSL_strcasecmp(digest, "SHA256") != 0 &&
                                          OPENSSL_strcasecmp(digest, "SHA2-256") != 0)) {
        return 0;
    }
    EVP_MD_CTX_free(signing->hashing);
    signing->hashing = EVP_MD_CTX_new();
    return signing->hashing != NULL && EVP_DigestInit_ex(signing->hashing, EVP_sha256(), NULL) == 1;
}

static int digest_sign_update(void *object, const unsigned char *data, size_t size) {
    const struct signing *signing = object;
    return signing->hashing != NULL && EVP_DigestUpdate(signing->hashing, data, size) == 1;
}

static int digest_sign_final(void *object, unsigned char *signature, size_t *size, size_t room) {
    struct signing *signing = object;
    uint8_t hash[SBK_HASH_SIZE];
    if (signature == NULL) {
        *size = SBK_ECDSA_DER_MAX;
        return 1;
    }
    if (signing->hashing == NULL || EVP_DigestFinal_ex(signing->hashing, hash, NULL) != 1) {
        return 0;
    }
    return sign(signing, signature, size, room, hash, sizeof hash);
}

static int get_parameters(void *object, OSSL_PARAM parameters[]) {
    OSSL_PARAM *identifier = OSSL_PARAM_locate(parameters, OSSL_SIGNATURE_PARAM_ALGORITHM_ID);
    OSSL_PARAM *digest = OSSL_PARAM_locate(parameters, OSSL_SIGNATURE_PARAM_DIGEST);
    (void)object;
    if (identifier != NULL &&
        OSSL_PARAM_set_octet_string(identifier, algorithm_identifier, sizeof algorithm_identifier) != 1) {
        return 0;
    }
    return digest == NULL || OSSL_PARAM_set_utf8_string(digest, "SHA256") == 1;
}

static const OSSL_PARAM *gettable_parameters(void *object, void *context) {
    static const OSSL_PARAM gettable[] = {
        OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)object;
    (void)context;
    return gettable;
}

const OSSL_DISPATCH sbk_provider_signature[] = {
    {OSSL_FUNC_SIGNATURE_NEWCTX, (void (*)(void))signing_new},
    {OSSL_FUNC_SIGNATURE_FREECTX, (void (*)(void))signing_free},
    {OSSL_FUNC_SIGNATURE_DUPCTX, (void (*)(void))signing_dup},
    {OSSL_FUNC_SIGNATURE_SIGN_INIT, (void (*)(void))sign_init},
    {OSSL_FUNC_SIGNATURE_SIGN, (void (*)(void))sign},
    {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, (void (*)(void))digest_sign_init},
    {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, (void (*)(void))digest_sign_update},
    {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, (void (*)(void))digest_sign_final},
    {OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, (void (*)(void))get_parameters},
    {OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, (void (*)(void))gettable_parameters},
    {0, NULL},
};
