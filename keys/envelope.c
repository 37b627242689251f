/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/envelope.h"

#include "base/i18n.h"
#include "base/random.h"
#include "keys/backend.h"
#include "keys/context.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#define MAGIC "SBK KEY\n"
#define MAGIC_SIZE 8
#define VERSION 0x01
#define SCRYPT 0x01
#define CIPHER_KEY 32

size_t sbk_key_public_size(uint8_t algorithm) {
    switch (algorithm) {
    case SBK_ALGORITHM_P256:
        return SBK_POINT_SIZE;
    case SBK_ALGORITHM_ED25519:
        return 32;
    case SBK_ALGORITHM_AES128:
        return SBK_KCV_SIZE;
    default:
        return 0;
    }
}

static enum sbk_format parse_kind(struct sbk_reader *reader, struct sbk_envelope *envelope) {
    struct sbk_key_info *info = &envelope->info;
    uint8_t magic[MAGIC_SIZE];
    sbk_read_bytes(reader, magic, sizeof magic);
    const uint8_t version = sbk_read_u8(reader);
    info->algorithm = sbk_read_u8(reader);
    info->role = sbk_read_u8(reader);
    info->generation = sbk_read_u8(reader);
    info->created = sbk_read_u16(reader);
    const uint8_t derivation = sbk_read_u8(reader);
    envelope->log2_n = sbk_read_u8(reader);
    const uint8_t r = sbk_read_u8(reader);
    const uint8_t p = sbk_read_u8(reader);
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    if (memcmp(magic, MAGIC, MAGIC_SIZE) != 0 || version != VERSION || derivation != SCRYPT) {
        return SBK_FORMAT_UNKNOWN;
    }
    if (sbk_key_role_word(info->role) == NULL || !sbk_key_role_allows(info->role, info->algorithm) ||
        info->generation < 1 || info->generation > 127 || envelope->log2_n < SBK_SCRYPT_LOG2_N_LOW ||
        envelope->log2_n > SBK_SCRYPT_LOG2_N_HIGH || r != SBK_SCRYPT_R || p != SBK_SCRYPT_P) {
        return SBK_FORMAT_VALUE;
    }
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_envelope_parse(const uint8_t *data, size_t size, struct sbk_envelope *envelope) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    memset(envelope, 0, sizeof *envelope);
    const enum sbk_format format = parse_kind(&reader, envelope);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    sbk_read_bytes(&reader, envelope->salt, sizeof envelope->salt);
    sbk_read_bytes(&reader, envelope->nonce, sizeof envelope->nonce);
    envelope->info.public_size = sbk_read_u8(&reader);
    if (!reader.failed && envelope->info.public_size != sbk_key_public_size(envelope->info.algorithm)) {
        return SBK_FORMAT_LENGTH;
    }
    sbk_read_bytes(&reader, envelope->info.public_part, envelope->info.public_size);
    envelope->cipher.size = sbk_read_u8(&reader);
    if (!reader.failed && envelope->cipher.size != sbk_software_size(envelope->info.algorithm)) {
        return SBK_FORMAT_LENGTH;
    }
    envelope->header.data = data;
    envelope->header.size = size - reader.left;
    envelope->cipher.data = sbk_read_skip(&reader, envelope->cipher.size);
    envelope->tag = sbk_read_skip(&reader, SBK_ENVELOPE_TAG);
    return sbk_read_end(&reader);
}

static sbk_result stretch(const struct sbk_secret *passphrase, const uint8_t salt[SBK_ENVELOPE_SALT], uint8_t log2_n,
    struct sbk_secret *key, struct sbk_error *error) {
    uint8_t salt_copy[SBK_ENVELOPE_SALT];
    uint64_t n = (uint64_t)1 << log2_n;
    uint32_t r = SBK_SCRYPT_R;
    uint32_t p = SBK_SCRYPT_P;
    uint64_t memory = 256 * n * r; /* twice what scrypt needs */
    sbk_result result = sbk_secret_new(key, CIPHER_KEY, error);
    if (result != SBK_OK) {
        return result;
    }
    memcpy(salt_copy, salt, sizeof salt_copy);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, passphrase->data, passphrase->size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt_copy, sizeof salt_copy),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kind = EVP_KDF_fetch(sbk_crypto_context(), OSSL_KDF_NAME_SCRYPT, NULL);
    EVP_KDF_CTX *deriving = kind != NULL ? EVP_KDF_CTX_new(kind) : NULL;
    if (deriving == NULL || EVP_KDF_derive(deriving, key->data, CIPHER_KEY, parameters) != 1) {
        result = sbk_crypto_fail(error, _("deriving a key from the pass phrase"));
        sbk_secret_free(key);
    } else {
        key->size = CIPHER_KEY;
    }
    EVP_KDF_CTX_free(deriving);
    EVP_KDF_free(kind);
    return result;
}

static void write_header(const struct sbk_envelope *envelope, size_t cipher_size, struct sbk_writer *writer) {
    const struct sbk_key_info *info = &envelope->info;
    sbk_write_bytes(writer, (const uint8_t *)MAGIC, MAGIC_SIZE);
    sbk_write_u8(writer, VERSION);
    sbk_write_u8(writer, info->algorithm);
    sbk_write_u8(writer, info->role);
    sbk_write_u8(writer, info->generation);
    sbk_write_u16(writer, info->created);
    sbk_write_u8(writer, SCRYPT);
    sbk_write_u8(writer, envelope->log2_n);
    sbk_write_u8(writer, SBK_SCRYPT_R);
    sbk_write_u8(writer, SBK_SCRYPT_P);
    sbk_write_bytes(writer, envelope->salt, sizeof envelope->salt);
    sbk_write_bytes(writer, envelope->nonce, sizeof envelope->nonce);
    sbk_write_u8(writer, (uint8_t)info->public_size);
    sbk_write_bytes(writer, info->public_part, info->public_size);
    sbk_write_u8(writer, (uint8_t)cipher_size);
}

/* AES-256-GCM over plain into the writer, with what the writer holds as additional data. */
static bool encrypt(
    const struct sbk_secret *key, const uint8_t *nonce, const struct sbk_secret *plain, struct sbk_writer *writer) {
    uint8_t cipher[64];
    uint8_t tag[SBK_ENVELOPE_TAG];
    int size = 0;
    int tail = 0;
    EVP_CIPHER_CTX *encrypting = EVP_CIPHER_CTX_new();
    const bool good = encrypting != NULL && plain->size <= sizeof cipher &&
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
    return good && !writer->failed;
}

sbk_result sbk_envelope_seal(const struct sbk_key_info *info, const struct sbk_secret *plain,
    const struct sbk_secret *passphrase, struct sbk_buffer *out, struct sbk_error *error) {
    uint8_t bytes[SBK_ENVELOPE_MAX];
    struct sbk_writer writer = sbk_writer_of(bytes, sizeof bytes);
    struct sbk_secret key = SBK_SECRET_EMPTY;
    struct sbk_envelope envelope = {.info = *info, .log2_n = SBK_SCRYPT_LOG2_N};
    sbk_result result = sbk_random(envelope.salt, sizeof envelope.salt, error);
    if (result == SBK_OK) {
        result = sbk_random(envelope.nonce, sizeof envelope.nonce, error);
    }
    if (result == SBK_OK) {
        result = stretch(passphrase, envelope.salt, envelope.log2_n, &key, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    write_header(&envelope, plain->size, &writer);
    if (!encrypt(&key, envelope.nonce, plain, &writer)) {
        result = sbk_crypto_fail(error, _("encrypting a key"));
    } else {
        result = sbk_buffer_append(out, bytes, writer.used, error);
    }
    sbk_secret_free(&key);
    return result;
}

static bool decrypt(const struct sbk_envelope *envelope, const struct sbk_secret *key, struct sbk_secret *plain) {
    uint8_t tag[SBK_ENVELOPE_TAG];
    int size = 0;
    int tail = 0;
    memcpy(tag, envelope->tag, sizeof tag);
    EVP_CIPHER_CTX *decrypting = EVP_CIPHER_CTX_new();
    const bool good =
        decrypting != NULL &&
        EVP_DecryptInit_ex(decrypting, EVP_aes_256_gcm(), NULL, key->data, envelope->nonce) == 1 &&
        EVP_DecryptUpdate(decrypting, NULL, &size, envelope->header.data, (int)envelope->header.size) == 1 &&
        EVP_DecryptUpdate(decrypting, plain->data, &size, envelope->cipher.data, (int)envelope->cipher.size) == 1 &&
        EVP_CIPHER_CTX_ctrl(decrypting, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
        EVP_DecryptFinal_ex(decrypting, plain->data + size, &tail) == 1;
    EVP_CIPHER_CTX_free(decrypting);
    ERR_clear_error();
    plain->size = envelope->cipher.size;
    return good;
}

sbk_result sbk_envelope_open(const struct sbk_envelope *envelope, const struct sbk_secret *passphrase,
    struct sbk_secret *plain, struct sbk_error *error) {
    struct sbk_secret key = SBK_SECRET_EMPTY;
    sbk_result result = stretch(passphrase, envelope->salt, envelope->log2_n, &key, error);
    if (result != SBK_OK) {
        return result;
    }
    result = sbk_secret_new(plain, envelope->cipher.size, error);
    if (result == SBK_OK && !decrypt(envelope, &key, plain)) {
        sbk_secret_free(plain);
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_PASSPHRASE, "%s",
            _("the pass phrase is wrong, or the file was altered: try again, or take the file from a backup"));
    }
    sbk_secret_free(&key);
    return result;
}
