/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CONTEXT_H
#define SBK_KEYS_CONTEXT_H

#include <openssl/ec.h>
#include <openssl/types.h>

/*
 * The library's own OpenSSL context, so that nothing of it shows in the program's. It holds OpenSSL's default provider,
 * preferred for everything, and ours (keys/provider.h) for keys that stay in a store. Made at the first call, kept
 * until the process ends; NULL if OpenSSL cannot make it. Private to keys/.
 */
OSSL_LIB_CTX *sbk_crypto_context(void);

/* The curve P-256, of the context; NULL as above. */
const EC_GROUP *sbk_crypto_curve(void);

/* Frees what keys/verify.c keeps in the context. */
void sbk_verify_forget(void);

#define SBK_CURVE_NAME "prime256v1"

#endif
