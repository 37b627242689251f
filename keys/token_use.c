/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "base/random.h"
#include "keys/backend.h"
#include "keys/crypto.h"
#include "keys/token_private.h"
#include "schema/reason.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* What a key on a token does: a back end of keys/backend.h. */

#define WRAPPING_SIZE 32
#define WRAPPED_ROOM (SBK_TRANSPORT_SIZE + 8) /* RFC 3394 */

/* C_SignInit and C_Sign, once each, of a result of exactly size bytes. */
static sbk_result sign_by(struct sbk_token_key *key, CK_MECHANISM_TYPE type, const void *data, size_t data_size,
    uint8_t *out, size_t size, struct sbk_error *error) {
    struct sbk_token *token = key->token;
    CK_MECHANISM mechanism = {type, NULL, 0};
    CK_ULONG written = (CK_ULONG)size;
    union {
        const void *in;
        void *out;
    } lent = {.in = data}; /* modules only read it */
    sbk_result result = sbk_token_enter(token, error);
    if (result != SBK_OK) {
        return result;
    }
    CK_RV code = token->calls->C_SignInit(token->session, &mechanism, key->object);
    if (code == CKR_OK) {
        code = token->calls->C_Sign(token->session, lent.out, (CK_ULONG)data_size, out, &written);
    }
    if (code != CKR_OK) {
        result = sbk_token_fail(token, code, _("signing"), error);
    } else if (written != size) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_TOKEN_FAILED,
            _("the token '%s' made a signature of %lu bytes where %zu are due"), token->label, written, size);
    }
    sbk_token_leave(token);
    return result;
}

static sbk_result token_sign(
    void *state, const uint8_t hash[SBK_HASH_SIZE], uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error) {
    return sign_by(state, CKM_ECDSA, hash, SBK_HASH_SIZE, signature, SBK_SIGNATURE_SIZE, error);
}

static sbk_result token_sign_message(
    void *state, const void *message, size_t size, uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error) {
    return sign_by(state, CKM_EDDSA, message, size, signature, SBK_SIGNATURE_SIZE, error);
}

static sbk_result token_derive(void *state, const void *data, size_t size, uint8_t out[16], struct sbk_error *error) {
    return sign_by(state, CKM_AES_CMAC, data, size, out, 16, error);
}

/* The shared secret is an object of the session for as long as it takes to read it. */
static sbk_result agree(struct sbk_token_key *key, uint8_t point[1 + SBK_POINT_SIZE], uint8_t shared[SBK_HASH_SIZE],
    struct sbk_error *error) {
    struct sbk_token *token = key->token;
    CK_ECDH1_DERIVE_PARAMS parameters = {.kdf = CKD_NULL, .public_data_len = 1 + SBK_POINT_SIZE, .public_data = point};
    CK_MECHANISM mechanism = {CKM_ECDH1_DERIVE, &parameters, sizeof parameters};
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_GENERIC_SECRET;
    CK_ULONG size = SBK_HASH_SIZE;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}, {CKA_KEY_TYPE, &type, sizeof type},
        {CKA_VALUE_LEN, &size, sizeof size}, {CKA_TOKEN, &no, sizeof no}, {CKA_SENSITIVE, &no, sizeof no},
        {CKA_EXTRACTABLE, &yes, sizeof yes}};
    CK_OBJECT_HANDLE secret = CK_INVALID_HANDLE;
    CK_RV code = token->calls->C_DeriveKey(
        token->session, &mechanism, key->object, wanted, sizeof wanted / sizeof wanted[0], &secret);
    if (code == CKR_OK) {
        CK_ATTRIBUTE value = {CKA_VALUE, shared, SBK_HASH_SIZE};
        code = token->calls->C_GetAttributeValue(token->session, secret, &value, 1);
        (void)token->calls->C_DestroyObject(token->session, secret);
        if (code == CKR_OK && value.ulValueLen != SBK_HASH_SIZE) {
            code = CKR_GENERAL_ERROR;
        }
    }
    return code == CKR_OK ? SBK_OK : sbk_token_fail(token, code, _("agreeing on a key"), error);
}

static sbk_result token_agree(
    void *state, const uint8_t peer[SBK_POINT_SIZE], uint8_t shared[SBK_HASH_SIZE], struct sbk_error *error) {
    struct sbk_token_key *key = state;
    uint8_t point[1 + SBK_POINT_SIZE] = {0x04};
    EVP_PKEY *on_curve = NULL;
    /* Not every token looks: a point off the curve must not meet a key. */
    sbk_result result = sbk_point_pkey(peer, &on_curve, error);
    if (result != SBK_OK) {
        return result;
    }
    EVP_PKEY_free(on_curve);
    memcpy(point + 1, peer, SBK_POINT_SIZE);
    result = sbk_token_enter(key->token, error);
    if (result == SBK_OK) {
        result = agree(key, point, shared, error);
        sbk_token_leave(key->token);
    }
    return result;
}

/* ---- the transport key leaves, wrapped ---- */

static sbk_result wrap(struct sbk_token_key *key, const struct sbk_secret *wrapping, uint8_t wrapped[WRAPPED_ROOM],
    struct sbk_error *error) {
    struct sbk_token *token = key->token;
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE made[] = {{CKA_CLASS, &class, sizeof class}, {CKA_KEY_TYPE, &type, sizeof type},
        {CKA_TOKEN, &no, sizeof no}, {CKA_PRIVATE, &yes, sizeof yes}, {CKA_SENSITIVE, &yes, sizeof yes},
        {CKA_EXTRACTABLE, &no, sizeof no}, {CKA_WRAP, &yes, sizeof yes}, {CKA_VALUE, wrapping->data, WRAPPING_SIZE}};
    CK_MECHANISM mechanism = {CKM_AES_KEY_WRAP, NULL, 0};
    CK_OBJECT_HANDLE by = CK_INVALID_HANDLE;
    CK_ULONG size = WRAPPED_ROOM;
    CK_RV code = token->calls->C_CreateObject(token->session, made, sizeof made / sizeof made[0], &by);
    if (code == CKR_OK) {
        code = token->calls->C_WrapKey(token->session, &mechanism, by, key->object, wrapped, &size);
        (void)token->calls->C_DestroyObject(token->session, by);
        if (code == CKR_OK && size != WRAPPED_ROOM) {
            code = CKR_GENERAL_ERROR;
        }
    }
    return code == CKR_OK ? SBK_OK : sbk_token_fail(token, code, _("taking the transport key out"), error);
}

static sbk_result unwrap(const struct sbk_secret *wrapping, const uint8_t wrapped[WRAPPED_ROOM],
    uint8_t master[SBK_TRANSPORT_SIZE], struct sbk_error *error) {
    uint8_t plain[WRAPPED_ROOM];
    int size = 0;
    EVP_CIPHER_CTX *unwrapping = EVP_CIPHER_CTX_new();
    if (unwrapping != NULL) {
        EVP_CIPHER_CTX_set_flags(unwrapping, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    }
    const bool good =
        unwrapping != NULL && EVP_DecryptInit_ex(unwrapping, EVP_aes_256_wrap(), NULL, wrapping->data, NULL) == 1 &&
        EVP_DecryptUpdate(unwrapping, plain, &size, wrapped, WRAPPED_ROOM) == 1 && size == SBK_TRANSPORT_SIZE;
    EVP_CIPHER_CTX_free(unwrapping);
    if (good) {
        memcpy(master, plain, SBK_TRANSPORT_SIZE);
    }
    sbk_cleanse(plain, sizeof plain);
    return good ? SBK_OK : sbk_crypto_fail(error, _("taking the transport key out"));
}

static sbk_result token_export(void *state, uint8_t master[SBK_TRANSPORT_SIZE], struct sbk_error *error) {
    struct sbk_token_key *key = state;
    struct sbk_secret wrapping = SBK_SECRET_EMPTY;
    uint8_t wrapped[WRAPPED_ROOM];
    sbk_result result = sbk_secret_new(&wrapping, WRAPPING_SIZE, error);
    if (result == SBK_OK) {
        result = sbk_random(wrapping.data, WRAPPING_SIZE, error);
    }
    if (result == SBK_OK) {
        result = sbk_token_enter(key->token, error);
    }
    if (result == SBK_OK) {
        result = wrap(key, &wrapping, wrapped, error);
        sbk_token_leave(key->token);
    }
    if (result == SBK_OK) {
        result = unwrap(&wrapping, wrapped, master, error);
    }
    sbk_secret_free(&wrapping);
    return result;
}

/* ---- the end ---- */

static void token_close(void *state) {
    struct sbk_token_key *key = state;
    if (key != NULL) {
        sbk_token_close(&key->token);
        free(key);
    }
}

static sbk_result token_destroy(void *state, struct sbk_error *error) {
    struct sbk_token_key *key = state;
    sbk_result result = sbk_token_enter(key->token, error);
    if (result != SBK_OK) {
        return result;
    }
    const CK_RV code = key->token->calls->C_DestroyObject(key->token->session, key->object);
    if (key->public_object != CK_INVALID_HANDLE) {
        (void)key->token->calls->C_DestroyObject(key->token->session, key->public_object);
    }
    if (code != CKR_OK) {
        result = sbk_token_fail(key->token, code, _("destroying a key"), error);
    }
    sbk_token_leave(key->token);
    return result;
}

const struct sbk_key_backend sbk_token_backend = {
    .sign = token_sign,
    .sign_message = token_sign_message,
    .agree = token_agree,
    .derive = token_derive,
    .export_transport = token_export,
    .destroy = token_destroy,
    .close = token_close,
};
