/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/store.h"

#include "base/i18n.h"
#include "keys/context.h"
#include "keys/crypto.h"

#include <string.h>

/* A card's three keys differ by the first byte of what is derived. */
#define PLACES 3
#define INPUT_SIZE (1 + SBK_SERIAL_SIZE)

typedef sbk_result derive_function(
    void *with, const uint8_t input[INPUT_SIZE], uint8_t out[SBK_TRANSPORT_SIZE], struct sbk_error *error);

static sbk_result derive_all(derive_function *derive, void *with, const uint8_t serial[SBK_SERIAL_SIZE],
    struct sbk_transport_keys *keys, struct sbk_error *error) {
    uint8_t *const places[PLACES] = {keys->enc, keys->mac, keys->dek};
    uint8_t input[INPUT_SIZE];
    sbk_result result = SBK_OK;
    memcpy(input + 1, serial, SBK_SERIAL_SIZE);
    for (size_t i = 0; i < PLACES && result == SBK_OK; i++) {
        input[0] = (uint8_t)(i + 1);
        result = derive(with, input, places[i], error);
    }
    if (result != SBK_OK) {
        sbk_cleanse(keys, sizeof *keys);
    }
    return result;
}

static sbk_result derive_in_store(
    void *with, const uint8_t input[INPUT_SIZE], uint8_t out[SBK_TRANSPORT_SIZE], struct sbk_error *error) {
    return sbk_key_derive(with, input, INPUT_SIZE, out, error);
}

static sbk_result derive_here(
    void *with, const uint8_t input[INPUT_SIZE], uint8_t out[SBK_TRANSPORT_SIZE], struct sbk_error *error) {
    return sbk_aes_cmac(with, input, INPUT_SIZE, out, error);
}

sbk_result sbk_transport_keys_derive(struct sbk_key *key, const uint8_t serial[SBK_SERIAL_SIZE],
    struct sbk_transport_keys *keys, struct sbk_error *error) {
    return derive_all(derive_in_store, key, serial, keys, error);
}

sbk_result sbk_transport_keys_of(const uint8_t master[SBK_TRANSPORT_SIZE], const uint8_t serial[SBK_SERIAL_SIZE],
    struct sbk_transport_keys *keys, struct sbk_error *error) {
    uint8_t copy[SBK_TRANSPORT_SIZE];
    memcpy(copy, master, sizeof copy);
    const sbk_result result = derive_all(derive_here, copy, serial, keys, error);
    sbk_cleanse(copy, sizeof copy);
    return result;
}

sbk_result sbk_transport_kcv(
    const uint8_t key[SBK_TRANSPORT_SIZE], uint8_t kcv[SBK_KCV_SIZE], struct sbk_error *error) {
    uint8_t block[SBK_TRANSPORT_SIZE];
    uint8_t out[SBK_TRANSPORT_SIZE];
    int size = 0;
    memset(block, 0x01, sizeof block);
    EVP_CIPHER_CTX *encrypting = EVP_CIPHER_CTX_new();
    const bool good = encrypting != NULL && EVP_EncryptInit_ex(encrypting, EVP_aes_128_ecb(), NULL, key, NULL) == 1 &&
                      EVP_EncryptUpdate(encrypting, out, &size, block, sizeof block) == 1 && size == SBK_TRANSPORT_SIZE;
    EVP_CIPHER_CTX_free(encrypting);
    if (!good) {
        return sbk_crypto_fail(error, _("computing a key check value"));
    }
    memcpy(kcv, out, SBK_KCV_SIZE);
    sbk_cleanse(out, sizeof out);
    return SBK_OK;
}
