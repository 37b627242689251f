/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/provider.h"

#include "keys/backend.h"
#include "keys/context.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <string.h>

/* Key management: the provider's key objects, and the tables of what it offers (provider-keymgmt(7), provider(7)). */

static void *key_new(void *context) {
    (void)context;
    return OPENSSL_zalloc(sizeof(struct sbk_provider_key));
}

static void key_free(void *object) {
    struct sbk_provider_key *key = object;
    if (key != NULL) {
        sbk_key_close(&key->key);
        OPENSSL_free(key);
    }
}

/* All keys are of one curve, so an existing object has its parameters. OpenSSL also asks for an object not made yet. */
static int key_has(const void *object, int selection) {
    const struct sbk_provider_key *key = object;
    if (key == NULL) {
        return 0;
    }
    if ((selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0 && !key->has_public) {
        return 0;
    }
    return (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0 || key->key != NULL;
}

static int key_match(const void *one, const void *other, int selection) {
    const struct sbk_provider_key *a = one;
    const struct sbk_provider_key *b = other;
    if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) == 0) {
        return 1;
    }
    return a->has_public && b->has_public && memcmp(a->point, b->point, sizeof a->point) == 0;
}

static int set_point(struct sbk_provider_key *key, const OSSL_PARAM *parameter) {
    if (parameter->data_type != OSSL_PARAM_OCTET_STRING || parameter->data_size != sizeof key->point ||
        ((const uint8_t *)parameter->data)[0] != 0x04) {
        return 0;
    }
    memcpy(key->point, parameter->data, sizeof key->point);
    key->has_public = true;
    return 1;
}

static int key_import(void *object, int selection, const OSSL_PARAM parameters[]) {
    struct sbk_provider_key *key = object;
    const OSSL_PARAM *group = OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_GROUP_NAME);
    const OSSL_PARAM *point = OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_PUB_KEY);
    const OSSL_PARAM *handle = OSSL_PARAM_locate_const(parameters, SBK_PROVIDER_HANDLE);
    const char *name = NULL;
    if (group == NULL || OSSL_PARAM_get_utf8_string_ptr(group, &name) != 1 ||
        OPENSSL_strcasecmp(name, SBK_CURVE_NAME) != 0) {
        return 0;
    }
    if (point != NULL && set_point(key, point) != 1) {
        return 0;
    }
    /* Without a handle it is the other side of an agreement, whatever selection OpenSSL asks for when it moves a key here. */
    if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 && handle != NULL) {
        struct sbk_key *stored = NULL;
        if (handle->data_size != sizeof stored) {
            return 0;
        }
        memcpy(&stored, handle->data, sizeof stored);
        key->key = sbk_key_hold(stored);
    }
    return 1;
}

/* The private part does not leave: whoever wants it, or wants to move the key to another provider, is refused. */
static int key_export(void *object, int selection, OSSL_CALLBACK *callback, void *argument) {
    struct sbk_provider_key *key = object;
    char curve[] = SBK_CURVE_NAME;
    OSSL_PARAM parameters[3];
    size_t count = 0;
    if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 && key->key != NULL) {
        return 0;
    }
    parameters[count++] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
    if ((selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0 && key->has_public) {
        parameters[count++] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, key->point, sizeof key->point);
    }
    parameters[count] = OSSL_PARAM_construct_end();
    return callback(parameters, argument);
}

static const OSSL_PARAM *key_types(int selection) {
    static const OSSL_PARAM both[] = {
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
        OSSL_PARAM_octet_string(SBK_PROVIDER_HANDLE, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)selection;
    return both;
}

static int answer_number(OSSL_PARAM parameters[], const char *name, int value) {
    OSSL_PARAM *parameter = OSSL_PARAM_locate(parameters, name);
    return parameter == NULL || OSSL_PARAM_set_int(parameter, value) == 1;
}

static int answer_text(OSSL_PARAM parameters[], const char *name, const char *value) {
    OSSL_PARAM *parameter = OSSL_PARAM_locate(parameters, name);
    return parameter == NULL || OSSL_PARAM_set_utf8_string(parameter, value) == 1;
}

static int key_get(void *object, OSSL_PARAM parameters[]) {
    const struct sbk_provider_key *key = object;
    OSSL_PARAM *point = OSSL_PARAM_locate(parameters, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY);
    if (point != NULL && (!key->has_public || OSSL_PARAM_set_octet_string(point, key->point, sizeof key->point) != 1)) {
        return 0;
    }
    return answer_number(parameters, OSSL_PKEY_PARAM_BITS, 256) &&
           answer_number(parameters, OSSL_PKEY_PARAM_SECURITY_BITS, 128) &&
           answer_number(parameters, OSSL_PKEY_PARAM_MAX_SIZE, 72) &&
           answer_text(parameters, OSSL_PKEY_PARAM_GROUP_NAME, SBK_CURVE_NAME) &&
           answer_text(parameters, OSSL_PKEY_PARAM_DEFAULT_DIGEST, "SHA256");
}

static const OSSL_PARAM *key_gettable(void *context) {
    static const OSSL_PARAM gettable[] = {
        OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)context;
    return gettable;
}

/* CMS makes the originator's key from a copy of the recipient's parameters and then sets its point. */
static int key_set(void *object, const OSSL_PARAM parameters[]) {
    struct sbk_provider_key *key = object;
    const OSSL_PARAM *point = OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY);
    if (point == NULL) {
        return 1;
    }
    return key->key == NULL ? set_point(key, point) : 0;
}

static const OSSL_PARAM *key_settable(void *context) {
    static const OSSL_PARAM settable[] = {
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0), OSSL_PARAM_END};
    (void)context;
    return settable;
}

static void *key_dup(const void *object, int selection) {
    const struct sbk_provider_key *key = object;
    struct sbk_provider_key *copy = OPENSSL_zalloc(sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    if ((selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0 && key->has_public) {
        memcpy(copy->point, key->point, sizeof copy->point);
        copy->has_public = true;
    }
    if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 && key->key != NULL) {
        copy->key = sbk_key_hold(key->key);
    }
    return copy;
}

/* Names that only we use, so that an operation on our key is found here and nowhere else. */
static const char *key_operation(int operation) {
    switch (operation) {
    case OSSL_OP_SIGNATURE:
        return SBK_PROVIDER_ECDSA;
    case OSSL_OP_KEYEXCH:
        return SBK_PROVIDER_ECDH;
    default:
        return NULL;
    }
}

const OSSL_DISPATCH sbk_provider_keys[] = {
    {OSSL_FUNC_KEYMGMT_NEW, (void (*)(void))key_new},
    {OSSL_FUNC_KEYMGMT_FREE, (void (*)(void))key_free},
    {OSSL_FUNC_KEYMGMT_HAS, (void (*)(void))key_has},
    {OSSL_FUNC_KEYMGMT_MATCH, (void (*)(void))key_match},
    {OSSL_FUNC_KEYMGMT_IMPORT, (void (*)(void))key_import},
    {OSSL_FUNC_KEYMGMT_IMPORT_TYPES, (void (*)(void))key_types},
    {OSSL_FUNC_KEYMGMT_EXPORT, (void (*)(void))key_export},
    {OSSL_FUNC_KEYMGMT_EXPORT_TYPES, (void (*)(void))key_types},
    {OSSL_FUNC_KEYMGMT_GET_PARAMS, (void (*)(void))key_get},
    {OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, (void (*)(void))key_gettable},
    {OSSL_FUNC_KEYMGMT_SET_PARAMS, (void (*)(void))key_set},
    {OSSL_FUNC_KEYMGMT_SETTABLE_PARAMS, (void (*)(void))key_settable},
    {OSSL_FUNC_KEYMGMT_DUP, (void (*)(void))key_dup},
    {OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, (void (*)(void))key_operation},
    {0, NULL},
};

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_cache) {
    static const OSSL_ALGORITHM keys[] = {
        {"EC:id-ecPublicKey:1.2.840.10045.2.1", SBK_PROVIDER_PROPERTY, sbk_provider_keys, "keys of the store"},
        {NULL, NULL, NULL, NULL},
    };
    static const OSSL_ALGORITHM signatures[] = {
        {SBK_PROVIDER_ECDSA, SBK_PROVIDER_PROPERTY, sbk_provider_signature, "signing in the store"},
        {NULL, NULL, NULL, NULL},
    };
    static const OSSL_ALGORITHM exchanges[] = {
        {SBK_PROVIDER_ECDH, SBK_PROVIDER_PROPERTY, sbk_provider_exchange, "agreement in the store"},
        {NULL, NULL, NULL, NULL},
    };
    (void)context;
    *no_cache = 0;
    switch (operation) {
    case OSSL_OP_KEYMGMT:
        return keys;
    case OSSL_OP_SIGNATURE:
        return signatures;
    case OSSL_OP_KEYEXCH:
        return exchanges;
    default:
        return NULL;
    }
}

static void teardown(void *context) {
    (void)context;
}

int sbk_provider_init(
    const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core, const OSSL_DISPATCH **provider, void **context) {
    static const OSSL_DISPATCH functions[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
        {OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))teardown},
        {0, NULL},
    };
    static int nothing; /* the provider has no state, but the core wants an address */
    (void)handle;
    (void)core;
    *provider = functions;
    *context = &nothing;
    return 1;
}
