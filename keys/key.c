/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/backend.h"
#include "keys/context.h"
#include "keys/crypto.h"
#include "keys/provider.h"
#include "schema/reason.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

/* What a stored key does. Every operation first checks that the key is of the kind that can. */

static sbk_result need(const struct sbk_key *key, enum sbk_key_algorithm algorithm, struct sbk_error *error) {
    if (key->info.algorithm != algorithm) {
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_ROLE, _("the key '%s' cannot do this"), sbk_key_role_word(key->info.role));
    }
    return SBK_OK;
}

sbk_result sbk_key_sign(struct sbk_key *key, const uint8_t hash[SBK_HASH_SIZE], uint8_t signature[SBK_SIGNATURE_SIZE],
    struct sbk_error *error) {
    const sbk_result result = need(key, SBK_ALGORITHM_P256, error);
    return result == SBK_OK ? key->backend->sign(key->state, hash, signature, error) : result;
}

sbk_result sbk_key_sign_message(struct sbk_key *key, const void *message, size_t size,
    uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error) {
    uint8_t hash[SBK_HASH_SIZE];
    if (key->info.algorithm == SBK_ALGORITHM_ED25519) {
        return key->backend->sign_message(key->state, message, size, signature, error);
    }
    const sbk_result result = sbk_sha256(message, size, hash, error);
    return result == SBK_OK ? sbk_key_sign(key, hash, signature, error) : result;
}

sbk_result sbk_key_agree(
    struct sbk_key *key, const uint8_t peer[SBK_POINT_SIZE], uint8_t shared[SBK_HASH_SIZE], struct sbk_error *error) {
    const sbk_result result = need(key, SBK_ALGORITHM_P256, error);
    return result == SBK_OK ? key->backend->agree(key->state, peer, shared, error) : result;
}

sbk_result sbk_key_derive(
    struct sbk_key *key, const void *data, size_t size, uint8_t out[16], struct sbk_error *error) {
    const sbk_result result = need(key, SBK_ALGORITHM_AES128, error);
    return result == SBK_OK ? key->backend->derive(key->state, data, size, out, error) : result;
}

sbk_result sbk_key_export_transport(struct sbk_key *key, uint8_t master[SBK_TRANSPORT_SIZE], struct sbk_error *error) {
    if (key->info.role != SBK_KEY_TRANSPORT) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ROLE, _("the key '%s' does not leave its store"),
            sbk_key_role_word(key->info.role));
    }
    return key->backend->export_transport(key->state, master, error);
}

sbk_result sbk_key_pkey(struct sbk_key *key, EVP_PKEY **pkey, struct sbk_error *error) {
    uint8_t point[1 + SBK_POINT_SIZE] = {0x04};
    char curve[] = SBK_CURVE_NAME;
    sbk_result result = need(key, SBK_ALGORITHM_P256, error);
    if (result != SBK_OK) {
        return result;
    }
    memcpy(point + 1, key->info.public_part, SBK_POINT_SIZE);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_octet_string(SBK_PROVIDER_HANDLE, &key, sizeof(struct sbk_key *)),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *made = NULL;
    EVP_PKEY_CTX *making = EVP_PKEY_CTX_new_from_name(sbk_crypto_context(), "EC", SBK_PROVIDER_PROPERTY);
    if (making == NULL || EVP_PKEY_fromdata_init(making) != 1 ||
        EVP_PKEY_fromdata(making, &made, EVP_PKEY_KEYPAIR, parameters) != 1) {
        result = sbk_crypto_fail(error, _("making a key object"));
    } else {
        *pkey = made;
    }
    EVP_PKEY_CTX_free(making);
    return result;
}
