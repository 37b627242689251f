/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/token_private.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From a URI to the one slot whose token it means. */

#define SLOTS_MAX 64

void sbk_token_release(struct sbk_token *token) {
    if (token->calls != NULL) {
        (void)p11_kit_module_finalize(token->calls);
    }
    if (token->loaded != NULL) {
        p11_kit_modules_release(token->loaded);
    } else if (token->calls != NULL) {
        p11_kit_module_release(token->calls);
    }
    token->loaded = NULL;
    token->calls = NULL;
}

static bool name_fits(CK_FUNCTION_LIST *module, P11KitUri *uri) {
    const char *wanted = p11_kit_uri_get_module_name(uri);
    char *name = wanted != NULL ? p11_kit_module_get_name(module) : NULL;
    const bool same = wanted == NULL || (name != NULL && strcmp(name, wanted) == 0);
    free(name);
    return same;
}

static bool library_fits(CK_FUNCTION_LIST *module, P11KitUri *uri) {
    CK_INFO info;
    return module->C_GetInfo(&info) == CKR_OK && p11_kit_uri_match_module_info(uri, &info) != 0;
}

static bool slot_fits(CK_FUNCTION_LIST *module, CK_SLOT_ID slot, P11KitUri *uri, CK_TOKEN_INFO *token) {
    CK_SLOT_INFO info;
    const CK_SLOT_ID wanted = p11_kit_uri_get_slot_id(uri);
    return (wanted == (CK_SLOT_ID)-1 || wanted == slot) && module->C_GetSlotInfo(slot, &info) == CKR_OK &&
           p11_kit_uri_match_slot_info(uri, &info) != 0 && module->C_GetTokenInfo(slot, token) == CKR_OK &&
           (token->flags & CKF_TOKEN_INITIALIZED) != 0 && p11_kit_uri_match_token_info(uri, token) != 0;
}

/* How many tokens of an initialized module fit; the last one goes to token. */
static unsigned seek_in(struct sbk_token *token, CK_FUNCTION_LIST *module, P11KitUri *uri) {
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    unsigned found = 0;
    if (!library_fits(module, uri) || module->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK) {
        return 0;
    }
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;
        if (slot_fits(module, slots[i], uri, &info)) {
            token->slot = slots[i];
            token->info = info;
            found++;
        }
    }
    return found;
}

/* The module that the URI names by its file. */
static sbk_result seek_by_path(
    struct sbk_token *token, const char *path, P11KitUri *uri, unsigned *found, struct sbk_error *error) {
    CK_FUNCTION_LIST *module = p11_kit_module_load(path, 0);
    if (module == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_TOKEN_FAILED,
            _("%s: the PKCS#11 module cannot be loaded: %s"), path, p11_kit_message());
    }
    const CK_RV code = p11_kit_module_initialize(module);
    if (code != CKR_OK) {
        p11_kit_module_release(module);
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_TOKEN_FAILED, _("%s: the PKCS#11 module does not start: %s"),
            path, p11_kit_strerror(code));
    }
    token->calls = module;
    *found = seek_in(token, module, uri);
    return SBK_OK;
}

/* Those that p11-kit is configured with. One that does not start is left out: it must not stand in the way of others. */
static sbk_result seek_configured(struct sbk_token *token, P11KitUri *uri, unsigned *found, struct sbk_error *error) {
    token->loaded = p11_kit_modules_load(NULL, 0);
    if (token->loaded == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_TOKEN_FAILED, _("the PKCS#11 modules cannot be loaded: %s"),
            p11_kit_message());
    }
    for (size_t i = 0; token->loaded[i] != NULL; i++) {
        CK_FUNCTION_LIST *module = token->loaded[i];
        if (!name_fits(module, uri) || p11_kit_module_initialize(module) != CKR_OK) {
            continue;
        }
        const unsigned here = seek_in(token, module, uri);
        if (here == 0 || token->calls != NULL) {
            (void)p11_kit_module_finalize(module);
        } else {
            token->calls = module;
        }
        *found += here;
    }
    return SBK_OK;
}

/* The label is padded with spaces and not terminated. */
static void write_label(struct sbk_token *token) {
    size_t size = sizeof token->info.label;
    while (size > 0 && token->info.label[size - 1] == ' ') {
        size--;
    }
    for (size_t i = 0; i < size; i++) {
        const uint8_t byte = token->info.label[i];
        token->label[i] = byte < 0x20 || byte == 0x7F ? '?' : (char)byte;
    }
    token->label[size] = 0;
}

sbk_result sbk_token_seek(struct sbk_token *token, P11KitUri *uri, struct sbk_error *error) {
    const char *path = p11_kit_uri_get_module_path(uri);
    unsigned found = 0;
    sbk_result result =
        path != NULL ? seek_by_path(token, path, uri, &found, error) : seek_configured(token, uri, &found, error);
    if (result == SBK_OK && found == 0) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_TOKEN_MISSING,
            _("%s: no such token: is it plugged in, and does 'p11-kit list-modules' show it?"), token->uri);
    } else if (result == SBK_OK && found > 1) {
        result = sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE,
            _("%s: %u tokens fit: name one by its serial, such as pkcs11:serial=NUMBER"), token->uri, found);
    }
    if (result != SBK_OK) {
        sbk_token_release(token);
        return result;
    }
    write_label(token);
    return SBK_OK;
}

void sbk_token_remember(const struct sbk_token *token, const char *given, char uri[SBK_TOKEN_URI_MAX + 1]) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    char *name = token->loaded != NULL ? p11_kit_module_get_name(token->calls) : NULL;
    const char *join = strchr(given, '?') != NULL ? "&" : "?";
    const bool fits = name != NULL && strstr(given, "module-name=") == NULL && strspn(name, plain) == strlen(name) &&
                      strlen(given) + strlen("?module-name=") + strlen(name) <= SBK_TOKEN_URI_MAX;
    (void)snprintf(
        uri, SBK_TOKEN_URI_MAX + 1, "%s%s%s%s", given, fits ? join : "", fits ? "module-name=" : "", fits ? name : "");
    free(name);
}
