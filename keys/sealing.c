/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/sealing.h"

#include "base/i18n.h"
#include "base/random.h"
#include "keys/context.h"
#include "keys/crypto.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

enum sbk_format sbk_stretching_read(struct sbk_reader *reader, struct sbk_stretching *stretching) {
    stretching->log2_n = sbk_read_u8(reader);
    const uint8_t r = sbk_read_u8(reader);
    const uint8_t p = sbk_read_u8(reader);
    sbk_read_bytes(reader, stretching->salt, sizeof stretching->salt);
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    return stretching->log2_n < SBK_SCRYPT_LOG2_N_LOW || stretching->log2_n > SBK_SCRYPT_LOG2_N_HIGH ||
                   r != SBK_SCRYPT_R || p != SBK_SCRYPT_P
               ? SBK_FORMAT_VALUE
               : SBK_FORMAT_OK;
}

void sbk_stretching_write(const struct sbk_stretching *stretching, struct sbk_writer *writer) {
    sbk_write_u8(writer, stretching->log2_n);
    sbk_write_u8(writer, SBK_SCRYPT_R);
    sbk_write_u8(writer, SBK_SCRYPT_P);
    sbk_write_bytes(writer, stretching->salt, sizeof stretching->salt);
}

sbk_result sbk_stretching_new(struct sbk_stretching *stretching, struct sbk_error *error) {
    stretching->log2_n = SBK_SCRYPT_LOG2_N;
    return sbk_random(stretching->salt, sizeof stretching->salt, error);
}

sbk_result sbk_stretch(const struct sbk_stretching *stretching, const struct sbk_secret *passphrase,
    struct sbk_secret *key, struct sbk_error *error) {
    uint8_t salt[SBK_SEAL_SALT];
    uint64_t n = (uint64_t)1 << stretching->log2_n;
    uint32_t r = SBK_SCRYPT_R;
    uint32_t p = SBK_SCRYPT_P;
    uint64_t memory = 256 * n * r; /* twice what scrypt needs */
    sbk_result result = sbk_secret_new(key, SBK_SEAL_KEY, error);
    if (result != SBK_OK) {
        return result;
    }
    memcpy(salt, stretching->salt, sizeof salt);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, passphrase->data, passphrase->size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, sizeof salt),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kind = EVP_KDF_fetch(sbk_crypto_context(), OSSL_KDF_NAME_SCRYPT, NULL);
    EVP_KDF_CTX *deriving = kind != NULL ? EVP_KDF_CTX_new(kind) : NULL;
    if (deriving == NULL || EVP_KDF_derive(deriving, key->data, SBK_SEAL_KEY, parameters) != 1) {
        result = sbk_crypto_fail(error, _("deriving a key from the pass phrase"));
        sbk_secret_free(key);
    } else {
        key->size = SBK_SEAL_KEY;
    }
    EVP_KDF_CTX_free(deriving);
    EVP_KDF_free(kind);
    return result;
}

sbk_result sbk_seal(const struct sbk_secret *key, const uint8_t nonce[SBK_SEAL_NONCE], const struct sbk_secret *plain,
    struct sbk_writer *writer, struct sbk_error *error) {
    uint8_t cipher[SBK_SEAL_PLAIN_MAX];
    uint8_t tag[SBK_SEAL_TAG];
    int size = 0;
    int tail = 0;
    EVP_CIPHER_CTX *encrypting = EVP_CIPHER_CTX_new();
    const bool good = encrypting != NULL && !writer->failed && plain->size <= sizeof cipher &&
                      EVP_EncryptInit_ex(encrypting, EVP_aes_256_gcm(), NULL, key->data, nonce) == 1 &&
                      EVP_EncryptUpdate(encrypting, NULL, &size, writer->start, (int)writer->used) == 1 &&
                      EVP_EncryptUpdate(encrypting, cipher, &size, plain->data, (int)plain->size) == 1 &&
                      EVP_EncryptFinal_ex(encrypting, cipher + size, &tail) == 1 &&
                      (size_t)(size + tail) == plain->size &&
                      EVP_CIPHER_CTX_ctrl(encrypting, EVP_CTRL_AEAD_GET_TAG, sizeof tag, tag) == 1;
    EVP_CIPHER_CTX_free(encrypting);
    if (good) {
        sbk_write_bytes(writer, cipher, plain->size);
        sbk_write_bytes(writer, tag, sizeof tag);
    }
    return good && !writer->failed ? SBK_OK : sbk_crypto_fail(error, _("encrypting a key"));
}

static bool decrypt(const struct sbk_secret *key, const uint8_t nonce[SBK_SEAL_NONCE], const struct sbk_sealed *sealed,
    struct sbk_secret *plain) {
    uint8_t tag[SBK_SEAL_TAG];
    int size = 0;
    int tail = 0;
    memcpy(tag, sealed->tag, sizeof tag);
    EVP_CIPHER_CTX *decrypting = EVP_CIPHER_CTX_new();
    const bool good =
        decrypting != NULL && EVP_DecryptInit_ex(decrypting, EVP_aes_256_gcm(), NULL, key->data, nonce) == 1 &&
        EVP_DecryptUpdate(decrypting, NULL, &size, sealed->header.data, (int)sealed->header.size) == 1 &&
        EVP_DecryptUpdate(decrypting, plain->data, &size, sealed->cipher.data, (int)sealed->cipher.size) == 1 &&
        EVP_CIPHER_CTX_ctrl(decrypting, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
        EVP_DecryptFinal_ex(decrypting, plain->data + size, &tail) == 1;
    EVP_CIPHER_CTX_free(decrypting);
    ERR_clear_error();
    plain->size = sealed->cipher.size;
    return good;
}

sbk_result sbk_unseal(const struct sbk_secret *key, const uint8_t nonce[SBK_SEAL_NONCE],
    const struct sbk_sealed *sealed, struct sbk_secret *plain, bool *good, struct sbk_error *error) {
    const sbk_result result = sbk_secret_new(plain, sealed->cipher.size, error);
    if (result != SBK_OK) {
        return result;
    }
    *good = decrypt(key, nonce, sealed, plain);
    if (!*good) {
        sbk_secret_free(plain);
    }
    return SBK_OK;
}
