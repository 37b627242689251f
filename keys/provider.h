/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_PROVIDER_H
#define SBK_KEYS_PROVIDER_H

#include "keys/store.h"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>

/*
 * A small OpenSSL provider whose EC keys are handles of the key store: signing (ECDSA with SHA-256) and agreement
 * (ECDH, with the X9.63 derivation that CMS asks for) go to sbk_key_sign and sbk_key_agree; the private part cannot be
 * exported. Private to keys/.
 */
#define SBK_PROVIDER_NAME "sembako"
#define SBK_PROVIDER_PROPERTY "provider=sembako"
/* Import parameter: the address of a struct sbk_key, of which the new key takes a reference. */
#define SBK_PROVIDER_HANDLE "sembako-handle"
#define SBK_PROVIDER_ECDSA "SEMBAKO-ECDSA"
#define SBK_PROVIDER_ECDH "SEMBAKO-ECDH"

/* What the provider's key objects are: a store's key, or only a public point (the other side of an agreement). */
struct sbk_provider_key {
    struct sbk_key *key; /* NULL: public only */
    bool has_public;
    uint8_t point[1 + SBK_POINT_SIZE]; /* 04||X||Y */
};

OSSL_provider_init_fn sbk_provider_init;
extern const OSSL_DISPATCH sbk_provider_keys[];
extern const OSSL_DISPATCH sbk_provider_signature[];
extern const OSSL_DISPATCH sbk_provider_exchange[];

#endif
