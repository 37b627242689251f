/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/backend.h"

#include "base/i18n.h"
#include "base/random.h"
#include "keys/context.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

#define SCALAR_SIZE 32

struct software {
    EVP_PKEY *pkey;          /* P-256 and Ed25519; its private part lies in OpenSSL's secure heap */
    struct sbk_secret plain; /* AES-128 */
};

size_t sbk_software_size(uint8_t algorithm) {
    switch (algorithm) {
    case SBK_ALGORITHM_P256:
    case SBK_ALGORITHM_ED25519:
        return SCALAR_SIZE;
    case SBK_ALGORITHM_AES128:
        return SBK_TRANSPORT_SIZE;
    default:
        return 0;
    }
}

static sbk_result generate_p256(struct sbk_key_info *info, struct sbk_secret *plain, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    BIGNUM *scalar = BN_secure_new();
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(sbk_crypto_context(), NULL, "EC", SBK_CURVE_NAME);
    if (scalar == NULL || pkey == NULL || EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &scalar) != 1 ||
        BN_bn2binpad(scalar, plain->data, SCALAR_SIZE) != SCALAR_SIZE) {
        result = sbk_crypto_fail(error, _("making a key"));
    }
    if (result == SBK_OK) {
        plain->size = SCALAR_SIZE;
        info->public_size = SBK_POINT_SIZE;
        result = sbk_pkey_point(pkey, info->public_part, error);
    }
    EVP_PKEY_free(pkey);
    BN_clear_free(scalar);
    return result;
}

static sbk_result generate_ed25519(struct sbk_key_info *info, struct sbk_secret *plain, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    size_t size = SCALAR_SIZE;
    size_t public_size = sizeof info->public_part;
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(sbk_crypto_context(), NULL, "ED25519");
    if (pkey == NULL || EVP_PKEY_get_raw_private_key(pkey, plain->data, &size) != 1 || size != SCALAR_SIZE ||
        EVP_PKEY_get_raw_public_key(pkey, info->public_part, &public_size) != 1) {
        result = sbk_crypto_fail(error, _("making a key"));
    } else {
        plain->size = size;
        info->public_size = public_size;
    }
    EVP_PKEY_free(pkey);
    return result;
}

sbk_result sbk_software_generate(struct sbk_key_info *info, struct sbk_secret *plain, struct sbk_error *error) {
    sbk_result result = sbk_secret_new(plain, SCALAR_SIZE, error);
    if (result != SBK_OK) {
        return result;
    }
    switch (info->algorithm) {
    case SBK_ALGORITHM_P256:
        return generate_p256(info, plain, error);
    case SBK_ALGORITHM_ED25519:
        return generate_ed25519(info, plain, error);
    default:
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("transport keys are imported, not made"));
    }
}

/* What OpenSSL makes of raw bytes lies in ordinary memory; its copy of a key does not. */
static EVP_PKEY *open_ed25519(const struct sbk_secret *plain) {
    EVP_PKEY *raw = EVP_PKEY_new_raw_private_key_ex(sbk_crypto_context(), "ED25519", NULL, plain->data, plain->size);
    EVP_PKEY *pkey = raw != NULL ? EVP_PKEY_dup(raw) : NULL;
    EVP_PKEY_free(raw);
    return pkey;
}

/* The scalar goes to OpenSSL as a number of the secure heap; the parameter block then lies there too. */
static EVP_PKEY *open_p256(const struct sbk_key_info *info, const struct sbk_secret *plain) {
    uint8_t point[1 + SBK_POINT_SIZE] = {0x04};
    memcpy(point + 1, info->public_part, SBK_POINT_SIZE);
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM *parameters = NULL;
    BIGNUM *scalar = BN_secure_new();
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *making = EVP_PKEY_CTX_new_from_name(sbk_crypto_context(), "EC", NULL);
    if (scalar != NULL && builder != NULL && making != NULL &&
        BN_bin2bn(plain->data, (int)plain->size, scalar) != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, SBK_CURVE_NAME, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) == 1 &&
        OSSL_PARAM_BLD_push_BN_pad(builder, OSSL_PKEY_PARAM_PRIV_KEY, scalar, SCALAR_SIZE) == 1) {
        parameters = OSSL_PARAM_BLD_to_param(builder);
    }
    if (parameters == NULL || EVP_PKEY_fromdata_init(making) != 1 ||
        EVP_PKEY_fromdata(making, &pkey, EVP_PKEY_KEYPAIR, parameters) != 1) {
        pkey = NULL;
    }
    OSSL_PARAM_free(parameters);
    EVP_PKEY_CTX_free(making);
    OSSL_PARAM_BLD_free(builder);
    BN_clear_free(scalar);
    return pkey;
}

static sbk_result software_destroy(void *state, struct sbk_error *error) {
    (void)state;
    (void)error;
    return SBK_OK;
}

static void software_close(void *state) {
    struct software *software = state;
    if (software != NULL) {
        EVP_PKEY_free(software->pkey);
        sbk_secret_free(&software->plain);
        free(software);
    }
}

sbk_result sbk_software_open(
    const struct sbk_key_info *info, const struct sbk_secret *plain, void **state, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    struct software *software = calloc(1, sizeof *software);
    if (software == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    if (info->algorithm == SBK_ALGORITHM_AES128) {
        result = sbk_secret_copy(&software->plain, plain->data, plain->size, error);
    } else if (info->algorithm == SBK_ALGORITHM_P256) {
        software->pkey = open_p256(info, plain);
    } else {
        software->pkey = open_ed25519(plain);
    }
    if (result == SBK_OK && info->algorithm != SBK_ALGORITHM_AES128 && software->pkey == NULL) {
        result = sbk_crypto_fail(error, _("loading a key"));
    }
    if (result != SBK_OK) {
        software_close(software);
        return result;
    }
    *state = software;
    return SBK_OK;
}

static sbk_result software_sign(
    void *state, const uint8_t hash[SBK_HASH_SIZE], uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error) {
    const struct software *software = state;
    uint8_t der[SBK_ECDSA_DER_MAX];
    size_t size = sizeof der;
    EVP_PKEY_CTX *signing = EVP_PKEY_CTX_new_from_pkey(sbk_crypto_context(), software->pkey, NULL);
    sbk_result result = SBK_OK;
    if (signing == NULL || EVP_PKEY_sign_init(signing) != 1 ||
        EVP_PKEY_sign(signing, der, &size, hash, SBK_HASH_SIZE) != 1) {
        result = sbk_crypto_fail(error, _("signing"));
    }
    EVP_PKEY_CTX_free(signing);
    return result == SBK_OK ? sbk_signature_from_der(der, size, signature, error) : result;
}

static sbk_result software_sign_message(
    void *state, const void *message, size_t size, uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error) {
    const struct software *software = state;
    size_t signature_size = SBK_SIGNATURE_SIZE;
    EVP_MD_CTX *signing = EVP_MD_CTX_new();
    sbk_result result = SBK_OK;
    if (signing == NULL ||
        EVP_DigestSignInit_ex(signing, NULL, NULL, sbk_crypto_context(), NULL, software->pkey, NULL) != 1 ||
        EVP_DigestSign(signing, signature, &signature_size, message, size) != 1) {
        result = sbk_crypto_fail(error, _("signing"));
    }
    EVP_MD_CTX_free(signing);
    return result;
}

static sbk_result software_agree(
    void *state, const uint8_t peer[SBK_POINT_SIZE], uint8_t shared[SBK_HASH_SIZE], struct sbk_error *error) {
    const struct software *software = state;
    EVP_PKEY *other = NULL;
    size_t size = SBK_HASH_SIZE;
    sbk_result result = sbk_point_pkey(peer, &other, error);
    if (result != SBK_OK) {
        return result;
    }
    EVP_PKEY_CTX *agreeing = EVP_PKEY_CTX_new_from_pkey(sbk_crypto_context(), software->pkey, NULL);
    if (agreeing == NULL || EVP_PKEY_derive_init(agreeing) != 1 || EVP_PKEY_derive_set_peer(agreeing, other) != 1 ||
        EVP_PKEY_derive(agreeing, shared, &size) != 1 || size != SBK_HASH_SIZE) {
        result = sbk_crypto_fail(error, _("agreeing on a key"));
    }
    EVP_PKEY_CTX_free(agreeing);
    EVP_PKEY_free(other);
    return result;
}

static sbk_result software_derive(
    void *state, const void *data, size_t size, uint8_t out[16], struct sbk_error *error) {
    const struct software *software = state;
    return sbk_aes_cmac(software->plain.data, data, size, out, error);
}

static sbk_result software_export(void *state, uint8_t master[SBK_TRANSPORT_SIZE], struct sbk_error *error) {
    const struct software *software = state;
    (void)error;
    memcpy(master, software->plain.data, SBK_TRANSPORT_SIZE);
    return SBK_OK;
}

const struct sbk_key_backend sbk_software_backend = {
    .sign = software_sign,
    .sign_message = software_sign_message,
    .agree = software_agree,
    .derive = software_derive,
    .export_transport = software_export,
    .destroy = software_destroy,
    .close = software_close,
};
