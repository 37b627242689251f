/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "base/random.h"
#include "keys/backend.h"
#include "keys/token_private.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Making keys on a token, and finding them again. */

static const uint8_t curve_p256[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
static const uint8_t curve_ed25519[] = {0x13, 0x0C, 'e', 'd', 'w', 'a', 'r', 'd', 's', '2', '5', '5', '1', '9'};

#define OCTET_STRING 0x04
#define UNCOMPRESSED 0x04
#define POINT_ROOM 80
#define LABEL_ROOM 48
#define ATTRIBUTES_MAX 16

/* A template that is written attribute by attribute. */
struct attributes {
    CK_ATTRIBUTE list[ATTRIBUTES_MAX];
    CK_ULONG count;
    CK_BBOOL yes, no;
};

static void add(struct attributes *attributes, CK_ATTRIBUTE_TYPE type, const void *value, size_t size) {
    union {
        const void *in;
        void *out;
    } lent = {.in = value}; /* modules only read it */
    attributes->list[attributes->count++] = (CK_ATTRIBUTE){type, lent.out, (CK_ULONG)size};
}

static void add_flag(struct attributes *attributes, CK_ATTRIBUTE_TYPE type, bool value) {
    attributes->yes = CK_TRUE;
    attributes->no = CK_FALSE;
    add(attributes, type, value ? &attributes->yes : &attributes->no, sizeof(CK_BBOOL));
}

/* What people see in the token's own tools. */
static void write_label(const struct sbk_key_info *info, char label[LABEL_ROOM]) {
    (void)snprintf(label, LABEL_ROOM, "sembako %s %u", sbk_key_role_word(info->role), info->generation);
}

static bool agrees(uint8_t role) {
    return role == SBK_KEY_AGREEMENT || role == SBK_KEY_CITY || role == SBK_KEY_STATION || role == SBK_KEY_BUREAU;
}

static void describe_pair(const struct sbk_key_info *info, const struct sbk_token_place *place, const char *label,
    struct attributes *open, struct attributes *closed) {
    const bool edwards = info->algorithm == SBK_ALGORITHM_ED25519;
    add_flag(open, CKA_TOKEN, true);
    add_flag(open, CKA_VERIFY, true);
    add(open, CKA_EC_PARAMS, edwards ? curve_ed25519 : curve_p256, edwards ? sizeof curve_ed25519 : sizeof curve_p256);
    add(open, CKA_ID, place->id, sizeof place->id);
    add(open, CKA_LABEL, label, strlen(label));
    add_flag(closed, CKA_TOKEN, true);
    add_flag(closed, CKA_PRIVATE, true);
    add_flag(closed, CKA_SENSITIVE, true);
    add_flag(closed, CKA_EXTRACTABLE, false);
    add_flag(closed, CKA_SIGN, true);
    add_flag(closed, CKA_DECRYPT, false);
    add_flag(closed, CKA_UNWRAP, false);
    if (!edwards) {
        add_flag(closed, CKA_DERIVE, agrees(info->role));
    }
    add(closed, CKA_ID, place->id, sizeof place->id);
    add(closed, CKA_LABEL, label, strlen(label));
}

static sbk_result make_state(struct sbk_token *token, const struct sbk_key_info *info, CK_OBJECT_HANDLE object,
    CK_OBJECT_HANDLE public_object, void **state, struct sbk_error *error) {
    struct sbk_token_key *key = calloc(1, sizeof *key);
    if (key == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    key->token = sbk_token_hold(token);
    key->object = object;
    key->public_object = public_object;
    key->info = *info;
    *state = key;
    return SBK_OK;
}

/* The public part as the token tells it: an octet string in DER, of some modules the bare bytes. */
static sbk_result read_public(
    struct sbk_token *token, CK_OBJECT_HANDLE object, struct sbk_key_info *info, struct sbk_error *error) {
    const bool edwards = info->algorithm == SBK_ALGORITHM_ED25519;
    const size_t size = edwards ? 32 : 1 + SBK_POINT_SIZE;
    uint8_t bytes[POINT_ROOM];
    CK_ATTRIBUTE point = {CKA_EC_POINT, bytes, sizeof bytes};
    const CK_RV code = token->calls->C_GetAttributeValue(token->session, object, &point, 1);
    if (code != CKR_OK) {
        return sbk_token_fail(token, code, _("reading a public key"), error);
    }
    const uint8_t *at = bytes;
    size_t left = point.ulValueLen;
    if (left == size + 2 && bytes[0] == OCTET_STRING && bytes[1] == size) {
        at += 2;
        left -= 2;
    }
    if (left != size || (!edwards && at[0] != UNCOMPRESSED)) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_TOKEN_FAILED,
            _("the token '%s' tells a public key in an unknown form"), token->label);
    }
    info->public_size = edwards ? 32 : SBK_POINT_SIZE;
    memcpy(info->public_part, at + size - info->public_size, info->public_size);
    return SBK_OK;
}

/* Whether a private or secret key stays on its token. The transport key leaves it by role, but only wrapped. */
static sbk_result check_closed(
    struct sbk_token *token, const struct sbk_key_info *info, CK_OBJECT_HANDLE object, struct sbk_error *error) {
    CK_BBOOL sensitive = CK_FALSE;
    CK_BBOOL extractable = CK_TRUE;
    CK_ATTRIBUTE wanted[] = {
        {CKA_SENSITIVE, &sensitive, sizeof sensitive}, {CKA_EXTRACTABLE, &extractable, sizeof extractable}};
    const CK_RV code = token->calls->C_GetAttributeValue(token->session, object, wanted, 2);
    if (code != CKR_OK) {
        return sbk_token_fail(token, code, _("looking at a key"), error);
    }
    if (sensitive != CK_TRUE || (extractable != CK_FALSE && info->role != SBK_KEY_TRANSPORT)) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_PERMISSIONS,
            _("the key '%s' could be read out of the token '%s': it is not used; make a new one"),
            sbk_key_role_word(info->role), token->label);
    }
    return SBK_OK;
}

static void remove_objects(struct sbk_token *token, CK_OBJECT_HANDLE one, CK_OBJECT_HANDLE other) {
    if (one != CK_INVALID_HANDLE) {
        (void)token->calls->C_DestroyObject(token->session, one);
    }
    if (other != CK_INVALID_HANDLE) {
        (void)token->calls->C_DestroyObject(token->session, other);
    }
}

/* unknown: the token has no such kind of key. */
static sbk_result generate(struct sbk_token *token, struct sbk_key_info *info, const struct sbk_token_place *place,
    bool *unknown, void **state, struct sbk_error *error) {
    struct attributes open = {.count = 0};
    struct attributes closed = {.count = 0};
    char label[LABEL_ROOM];
    CK_MECHANISM mechanism = {
        info->algorithm == SBK_ALGORITHM_ED25519 ? CKM_EC_EDWARDS_KEY_PAIR_GEN : CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_OBJECT_HANDLE public_key = CK_INVALID_HANDLE;
    CK_OBJECT_HANDLE private_key = CK_INVALID_HANDLE;
    write_label(info, label);
    describe_pair(info, place, label, &open, &closed);
    const CK_RV code = token->calls->C_GenerateKeyPair(
        token->session, &mechanism, open.list, open.count, closed.list, closed.count, &public_key, &private_key);
    *unknown = code == CKR_MECHANISM_INVALID;
    if (code != CKR_OK) {
        return sbk_token_fail(token, code, _("making a key"), error);
    }
    sbk_result result = read_public(token, public_key, info, error);
    if (result == SBK_OK) {
        result = check_closed(token, info, private_key, error);
    }
    if (result == SBK_OK) {
        result = make_state(token, info, private_key, public_key, state, error);
    }
    if (result != SBK_OK) {
        remove_objects(token, private_key, public_key);
    }
    return result;
}

sbk_result sbk_token_generate(struct sbk_token *token, struct sbk_key_info *info, struct sbk_token_place *place,
    void **state, struct sbk_error *error) {
    if (info->algorithm == SBK_ALGORITHM_AES128) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("transport keys are imported, not made"));
    }
    bool unknown = false;
    sbk_result result = sbk_random(place->id, sizeof place->id, error);
    if (result == SBK_OK) {
        result = sbk_token_enter(token, error);
    }
    if (result == SBK_OK) {
        result = generate(token, info, place, &unknown, state, error);
        if (unknown && info->role == SBK_KEY_LOG && info->algorithm == SBK_ALGORITHM_ED25519) {
            info->algorithm = SBK_ALGORITHM_P256;
            result = generate(token, info, place, &unknown, state, error);
        }
        sbk_token_leave(token);
    }
    return result;
}

static sbk_result import(struct sbk_token *token, const struct sbk_key_info *info, const struct sbk_secret *plain,
    const struct sbk_token_place *place, void **state, struct sbk_error *error) {
    static const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    static const CK_KEY_TYPE type = CKK_AES;
    struct attributes attributes = {.count = 0};
    char label[LABEL_ROOM];
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    write_label(info, label);
    add(&attributes, CKA_CLASS, &class, sizeof class);
    add(&attributes, CKA_KEY_TYPE, &type, sizeof type);
    add_flag(&attributes, CKA_TOKEN, true);
    add_flag(&attributes, CKA_PRIVATE, true);
    add_flag(&attributes, CKA_SENSITIVE, true);
    add_flag(&attributes, CKA_EXTRACTABLE, true);
    add_flag(&attributes, CKA_SIGN, true);
    add_flag(&attributes, CKA_ENCRYPT, false);
    add_flag(&attributes, CKA_DECRYPT, false);
    add_flag(&attributes, CKA_WRAP, false);
    add_flag(&attributes, CKA_UNWRAP, false);
    add_flag(&attributes, CKA_DERIVE, false);
    add(&attributes, CKA_ID, place->id, sizeof place->id);
    add(&attributes, CKA_LABEL, label, strlen(label));
    add(&attributes, CKA_VALUE, plain->data, plain->size);
    const CK_RV code = token->calls->C_CreateObject(token->session, attributes.list, attributes.count, &object);
    if (code != CKR_OK) {
        return sbk_token_fail(token, code, _("taking in a key"), error);
    }
    sbk_result result = check_closed(token, info, object, error);
    if (result == SBK_OK) {
        result = make_state(token, info, object, CK_INVALID_HANDLE, state, error);
    }
    if (result != SBK_OK) {
        remove_objects(token, object, CK_INVALID_HANDLE);
    }
    return result;
}

sbk_result sbk_token_import(struct sbk_token *token, const struct sbk_key_info *info, const struct sbk_secret *plain,
    struct sbk_token_place *place, void **state, struct sbk_error *error) {
    sbk_result result = sbk_random(place->id, sizeof place->id, error);
    if (result == SBK_OK) {
        result = sbk_token_enter(token, error);
    }
    if (result == SBK_OK) {
        result = import(token, info, plain, place, state, error);
        sbk_token_leave(token);
    }
    return result;
}

/* The one object of a class with the key's id. */
static sbk_result find_object(struct sbk_token *token, const struct sbk_key_info *info,
    const struct sbk_token_place *place, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *object, struct sbk_error *error) {
    struct attributes attributes = {.count = 0};
    CK_OBJECT_HANDLE found[2];
    CK_ULONG count = 0;
    add(&attributes, CKA_CLASS, &class, sizeof class);
    add(&attributes, CKA_ID, place->id, sizeof place->id);
    CK_RV code = token->calls->C_FindObjectsInit(token->session, attributes.list, attributes.count);
    if (code == CKR_OK) {
        code = token->calls->C_FindObjects(token->session, found, 2, &count);
        (void)token->calls->C_FindObjectsFinal(token->session);
    }
    if (code != CKR_OK) {
        return sbk_token_fail(token, code, _("looking for a key"), error);
    }
    if (count != 1) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND,
            _("the key '%s', generation %u, is not on the token '%s'"), sbk_key_role_word(info->role), info->generation,
            token->label);
    }
    *object = found[0];
    return SBK_OK;
}

/* The public key that lies beside a private one must be that of the reference. */
static sbk_result check_public(struct sbk_token *token, const struct sbk_key_info *info,
    const struct sbk_token_place *place, CK_OBJECT_HANDLE *object, struct sbk_error *error) {
    struct sbk_key_info found = *info;
    sbk_result result = find_object(token, info, place, CKO_PUBLIC_KEY, object, error);
    if (result == SBK_OK) {
        result = read_public(token, *object, &found, error);
    }
    if (result == SBK_OK && (found.public_size != info->public_size ||
                                memcmp(found.public_part, info->public_part, found.public_size) != 0)) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT,
            _("the key '%s' on the token '%s' is not the one that the store's folder speaks of"),
            sbk_key_role_word(info->role), token->label);
    }
    return result;
}

static sbk_result find(struct sbk_token *token, const struct sbk_key_info *info, const struct sbk_token_place *place,
    void **state, struct sbk_error *error) {
    const bool secret = info->algorithm == SBK_ALGORITHM_AES128;
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_OBJECT_HANDLE public_object = CK_INVALID_HANDLE;
    sbk_result result = find_object(token, info, place, secret ? CKO_SECRET_KEY : CKO_PRIVATE_KEY, &object, error);
    if (result == SBK_OK) {
        result = check_closed(token, info, object, error);
    }
    if (result == SBK_OK && !secret) {
        result = check_public(token, info, place, &public_object, error);
    }
    return result == SBK_OK ? make_state(token, info, object, public_object, state, error) : result;
}

sbk_result sbk_token_find(struct sbk_token *token, const struct sbk_key_info *info, const struct sbk_token_place *place,
    void **state, struct sbk_error *error) {
    sbk_result result = sbk_token_enter(token, error);
    if (result == SBK_OK) {
        result = find(token, info, place, state, error);
        sbk_token_leave(token);
    }
    return result;
}
