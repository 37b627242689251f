/* SPDX-License-Identifier: Apache-2.0 */
#include "odd_module.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define REAL "/usr/lib/softhsm/libsofthsm2.so"

extern struct odd odd;
struct odd odd;

static CK_FUNCTION_LIST calls;
static CK_FUNCTION_LIST *real;

static CK_RV initialize(void *arguments) {
    odd.initialized++;
    return real->C_Initialize(arguments);
}

static CK_RV finalize(void *reserved) {
    odd.finalized++;
    return real->C_Finalize(reserved);
}

static CK_RV get_slot_list(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count) {
    const CK_RV code = real->C_GetSlotList(present, slots, count);
    if (code == CKR_OK && odd.taken_out) {
        *count = 0;
    }
    return code;
}

static CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info) {
    const CK_RV code = real->C_GetTokenInfo(slot, info);
    if (code == CKR_OK) {
        info->flags |= odd.token_flags;
    }
    return code;
}

static CK_RV open_session(
    CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *session) {
    odd.sessions++;
    return odd.open_session != CKR_OK ? odd.open_session
                                      : real->C_OpenSession(slot, flags, application, notify, session);
}

static CK_RV close_session(CK_SESSION_HANDLE session) {
    odd.sessions_closed++;
    return real->C_CloseSession(session);
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG size) {
    odd.logins++;
    if (odd.login != CKR_OK) {
        return odd.login;
    }
    if (pin == NULL && odd.pad != NULL) {
        CK_UTF8CHAR typed[64];
        size = (CK_ULONG)strlen(odd.pad);
        memcpy(typed, odd.pad, size);
        return real->C_Login(session, user, typed, size);
    }
    return real->C_Login(session, user, pin, size);
}

static CK_RV logout(CK_SESSION_HANDLE session) {
    odd.logouts++;
    return real->C_Logout(session);
}

static CK_RV create_object(
    CK_SESSION_HANDLE session, CK_ATTRIBUTE *attributes, CK_ULONG count, CK_OBJECT_HANDLE *object) {
    odd.created++;
    return odd.create != CKR_OK ? odd.create : real->C_CreateObject(session, attributes, count, object);
}

static CK_RV destroy_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
    odd.destroyed++;
    return real->C_DestroyObject(session, object);
}

static CK_RV find_objects_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *attributes, CK_ULONG count) {
    odd.finds++;
    return real->C_FindObjectsInit(session, attributes, count);
}

static CK_RV get_attribute_value(
    CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes, CK_ULONG count) {
    odd.reads++;
    const CK_RV code = real->C_GetAttributeValue(session, object, attributes, count);
    for (CK_ULONG i = 0; i < count && odd.extractable; i++) {
        if (attributes[i].type == CKA_EXTRACTABLE && attributes[i].pValue != NULL) {
            *(CK_BBOOL *)attributes[i].pValue = CK_TRUE;
        }
    }
    return code;
}

static CK_RV generate_key_pair(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *open,
    CK_ULONG open_count, CK_ATTRIBUTE *closed, CK_ULONG closed_count, CK_OBJECT_HANDLE *public_key,
    CK_OBJECT_HANDLE *private_key) {
    if (odd.no_edwards && mechanism->mechanism == CKM_EC_EDWARDS_KEY_PAIR_GEN) {
        return CKR_MECHANISM_INVALID;
    }
    return odd.generate != CKR_OK ? odd.generate
                                  : real->C_GenerateKeyPair(session, mechanism, open, open_count, closed, closed_count,
                                        public_key, private_key);
}

static CK_RV derive_key(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key,
    CK_ATTRIBUTE *attributes, CK_ULONG count, CK_OBJECT_HANDLE *made) {
    return odd.derive != CKR_OK ? odd.derive : real->C_DeriveKey(session, mechanism, key, attributes, count, made);
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
    odd.sign_inits++;
    return real->C_SignInit(session, mechanism, key);
}

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG size, CK_BYTE *signature, CK_ULONG *room) {
    odd.signs++;
    const CK_RV code = real->C_Sign(session, data, size, signature, room);
    if (odd.short_signature && code == CKR_OK) {
        (*room)--;
    }
    if (odd.sign != CKR_OK && odd.signs_left == 0) {
        return odd.sign;
    }
    odd.signs_left -= odd.signs_left > 0 ? 1 : 0;
    return code;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list) {
    if (real == NULL) {
        union {
            void *found;
            CK_C_GetFunctionList call;
        } symbol = {NULL};
        void *library = dlopen(REAL, RTLD_NOW | RTLD_LOCAL);
        symbol.found = library != NULL ? dlsym(library, "C_GetFunctionList") : NULL;
        if (symbol.found == NULL || symbol.call(&real) != CKR_OK) {
            return CKR_GENERAL_ERROR;
        }
    }
    calls = *real;
    calls.C_GetFunctionList = C_GetFunctionList;
    calls.C_Initialize = initialize;
    calls.C_Finalize = finalize;
    calls.C_GetSlotList = get_slot_list;
    calls.C_GetTokenInfo = get_token_info;
    calls.C_OpenSession = open_session;
    calls.C_CloseSession = close_session;
    calls.C_Login = login;
    calls.C_Logout = logout;
    calls.C_CreateObject = create_object;
    calls.C_DestroyObject = destroy_object;
    calls.C_FindObjectsInit = find_objects_init;
    calls.C_GetAttributeValue = get_attribute_value;
    calls.C_GenerateKeyPair = generate_key_pair;
    calls.C_DeriveKey = derive_key;
    calls.C_SignInit = sign_init;
    calls.C_Sign = sign;
    *list = &calls;
    return CKR_OK;
}
