/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/context.h"

#include "keys/provider.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/provider.h>
#include <stdlib.h>

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static OSSL_LIB_CTX *context;
static EC_GROUP *curve;
static OSSL_PROVIDER *provided; /* OpenSSL's default */
static OSSL_PROVIDER *ours;

/* Freed at the end, because its random generators lie in the locked heap where a leak checker does not look. */
static void unmake(void) {
    sbk_verify_forget();
    EC_GROUP_free(curve);
    if (ours != NULL) {
        (void)OSSL_PROVIDER_unload(ours);
    }
    if (provided != NULL) {
        (void)OSSL_PROVIDER_unload(provided);
    }
    OSSL_LIB_CTX_free(context);
    curve = NULL;
    ours = NULL;
    provided = NULL;
    context = NULL;
}

/* Both offer keys named EC; whoever does not ask for ours by property gets the default provider's. */
static bool load(void) {
    provided = OSSL_PROVIDER_load(context, "default");
    if (provided == NULL || OSSL_PROVIDER_add_builtin(context, SBK_PROVIDER_NAME, sbk_provider_init) != 1) {
        return false;
    }
    ours = OSSL_PROVIDER_load(context, SBK_PROVIDER_NAME);
    if (ours == NULL || EVP_set_default_properties(context, "?provider=default") != 1) {
        return false;
    }
    curve = EC_GROUP_new_by_curve_name_ex(context, NULL, NID_X9_62_prime256v1);
    return curve != NULL;
}

static void make(void) {
    context = OSSL_LIB_CTX_new();
    if (context == NULL || !load()) {
        unmake();
        return;
    }
    (void)atexit(unmake);
}

OSSL_LIB_CTX *sbk_crypto_context(void) {
    return CRYPTO_THREAD_run_once(&once, make) == 1 ? context : NULL;
}

const EC_GROUP *sbk_crypto_curve(void) {
    return sbk_crypto_context() != NULL ? curve : NULL;
}
