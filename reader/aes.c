/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/aes.h"

#include "base/i18n.h"
#include "keys/crypto.h"

#include <limits.h>
#include <openssl/evp.h>

sbk_result sbk_aes_cbc(bool encrypt, const uint8_t key[SBK_AES_BLOCK], const uint8_t iv[SBK_AES_BLOCK],
    const uint8_t *in, size_t size, uint8_t *out, struct sbk_error *error) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int done = 0;
    bool good = context != NULL && size <= INT_MAX && size % SBK_AES_BLOCK == 0 &&
                EVP_CipherInit_ex(context, EVP_aes_128_cbc(), NULL, key, iv, encrypt) == 1 &&
                EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
                EVP_CipherUpdate(context, out, &done, in, (int)size) == 1 && (size_t)done == size;
    EVP_CIPHER_CTX_free(context);
    return good ? SBK_OK : sbk_crypto_fail(error, _("AES"));
}
