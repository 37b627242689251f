/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/context.h"

#include "keys/provider.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/provider.h>

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static OSSL_LIB_CTX *context;
static EC_GROUP *curve;

static void make(void) {
    OSSL_LIB_CTX *made = OSSL_LIB_CTX_new();
    if (made == NULL) {
        return;
    }
    /* Both offer keys named EC; whoever does not ask for ours by property gets the default provider's. */
    if (OSSL_PROVIDER_load(made, "default") == NULL ||
        OSSL_PROVIDER_add_builtin(made, SBK_PROVIDER_NAME, sbk_provider_init) != 1 ||
        OSSL_PROVIDER_load(made, SBK_PROVIDER_NAME) == NULL ||
        EVP_set_default_properties(made, "?provider=default") != 1) {
        OSSL_LIB_CTX_free(made);
        return;
    }
    curve = EC_GROUP_new_by_curve_name_ex(made, NULL, NID_X9_62_prime256v1);
    if (curve == NULL) {
        OSSL_LIB_CTX_free(made);
        return;
    }
    context = made;
}

OSSL_LIB_CTX *sbk_crypto_context(void) {
    return CRYPTO_THREAD_run_once(&once, make) == 1 ? context : NULL;
}

const EC_GROUP *sbk_crypto_curve(void) {
    return sbk_crypto_context() != NULL ? curve : NULL;
}
