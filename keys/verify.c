/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/crypto_private.h"

#include "base/i18n.h"
#include "keys/context.h"
#include "schema/reason.h"

#include <openssl/err.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct sbk_verifier {
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *verifying;
};

sbk_result sbk_verifier_new(
    struct sbk_verifier **verifier, const uint8_t point[SBK_POINT_SIZE], struct sbk_error *error) {
    struct sbk_verifier *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    sbk_result result = sbk_point_pkey(point, &made->pkey, error);
    if (result == SBK_OK) {
        made->verifying = EVP_PKEY_CTX_new_from_pkey(sbk_crypto_context(), made->pkey, NULL);
        if (made->verifying == NULL || EVP_PKEY_verify_init(made->verifying) != 1) {
            result = sbk_crypto_fail(error, _("verifying a signature"));
        }
    }
    if (result != SBK_OK) {
        sbk_verifier_free(&made);
        return result;
    }
    *verifier = made;
    return SBK_OK;
}

void sbk_verifier_free(struct sbk_verifier **verifier) {
    if (*verifier != NULL) {
        EVP_PKEY_CTX_free((*verifier)->verifying);
        EVP_PKEY_free((*verifier)->pkey);
        free(*verifier);
        *verifier = NULL;
    }
}

sbk_result sbk_verifier_set(
    struct sbk_verifier *verifier, const uint8_t point[SBK_POINT_SIZE], struct sbk_error *error) {
    uint8_t bytes[1 + SBK_POINT_SIZE] = {0x04};
    memcpy(bytes + 1, point, SBK_POINT_SIZE);
    /* The operation was begun with this key object, so it verifies by whatever point the object holds. */
    if (EVP_PKEY_set1_encoded_public_key(verifier->pkey, bytes, sizeof bytes) != 1) {
        return sbk_point_refused(bytes, sizeof bytes, error);
    }
    return SBK_OK;
}

sbk_result sbk_verifier_check(const struct sbk_verifier *verifier, const uint8_t hash[SBK_HASH_SIZE],
    const uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error) {
    uint8_t der[SBK_ECDSA_DER_MAX];
    size_t size = 0;
    const sbk_result result = sbk_signature_to_der(signature, der, &size, error);
    if (result != SBK_OK) {
        return result;
    }
    ERR_clear_error();
    const int answer = EVP_PKEY_verify(verifier->verifying, der, size, hash, SBK_HASH_SIZE);
    return answer == 1 ? SBK_OK : sbk_signature_refused(answer, error);
}

/* Verifiers that nobody uses at the moment: making one costs a third of a verification, turning it to another key
 * nearly nothing. Whoever takes one has it alone; several, so that threads do not take each other's. */
#define SPARES 8
static _Atomic(struct sbk_verifier *) spares[SPARES];

static struct sbk_verifier *take_spare(void) {
    struct sbk_verifier *taken = NULL;
    for (size_t i = 0; taken == NULL && i < SPARES; i++) {
        taken = atomic_exchange(&spares[i], NULL);
    }
    return taken;
}

static void give_back(struct sbk_verifier *verifier) {
    for (size_t i = 0; verifier != NULL && i < SPARES; i++) {
        verifier = atomic_exchange(&spares[i], verifier);
    }
    sbk_verifier_free(&verifier);
}

void sbk_verify_forget(void) {
    for (size_t i = 0; i < SPARES; i++) {
        struct sbk_verifier *old = atomic_exchange(&spares[i], NULL);
        sbk_verifier_free(&old);
    }
}

sbk_result sbk_verify_hash(const uint8_t point[SBK_POINT_SIZE], const uint8_t hash[SBK_HASH_SIZE],
    const uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error) {
    struct sbk_verifier *verifier = take_spare();
    sbk_result result =
        verifier != NULL ? sbk_verifier_set(verifier, point, error) : sbk_verifier_new(&verifier, point, error);
    if (result == SBK_OK) {
        result = sbk_verifier_check(verifier, hash, signature, error);
    }
    give_back(verifier);
    return result;
}

sbk_result sbk_verify_bytes(const uint8_t point[SBK_POINT_SIZE], const void *data, size_t size,
    const uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error) {
    uint8_t hash[SBK_HASH_SIZE];
    const sbk_result result = sbk_sha256(data, size, hash, error);
    return result == SBK_OK ? sbk_verify_hash(point, hash, signature, error) : result;
}

sbk_result sbk_verify_record(
    const uint8_t point[SBK_POINT_SIZE], const uint8_t *record, size_t size, struct sbk_error *error) {
    if (size <= SBK_SIGNATURE_SIZE) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, "%s", _("the record is too short"));
    }
    const size_t body = size - SBK_SIGNATURE_SIZE;
    return sbk_verify_bytes(point, record, body, record + body, error);
}
