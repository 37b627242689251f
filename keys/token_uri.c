/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/token_private.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

static sbk_result bad(struct sbk_error *error, const char *text, const char *why) {
    return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("%s: %s"), text, why);
}

/* Query attributes that nobody knows are ignored by RFC 7512's rules; a mistyped pin-source must not be. */
static bool queries_known(const char *text) {
    static const char *const names[] = {"pin-source=", "pin-value=", "module-name=", "module-path="};
    const char *at = strchr(text, '?');
    while (at != NULL) {
        bool known = false;
        at++;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            known = known || strncmp(at, names[i], strlen(names[i])) == 0;
        }
        if (!known) {
            return false;
        }
        at = strchr(at, '&');
    }
    return true;
}

sbk_result sbk_token_uri_parse(const char *text, P11KitUri **uri, struct sbk_error *error) {
    CK_ULONG attributes = 0;
    if (strlen(text) > SBK_TOKEN_URI_MAX || strchr(text, '\n') != NULL) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("a token's URI has at most %d bytes and one line"),
            SBK_TOKEN_URI_MAX);
    }
    P11KitUri *parsed = p11_kit_uri_new();
    if (parsed == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    sbk_result result = SBK_OK;
    if (p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, parsed) != P11_KIT_URI_OK) {
        result = bad(error, text, _("not a PKCS#11 URI, such as pkcs11:token=NAME"));
    } else if (p11_kit_uri_get_pin_value(parsed) != NULL) {
        /* Not repeated: it holds the PIN. */
        result = sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, "%s",
            _("a token's URI must not hold the PIN; name a file of mode 0600 that does: ?pin-source=file:FILE"));
    } else if (p11_kit_uri_any_unrecognized(parsed) != 0 || !queries_known(text)) {
        result = bad(error, text, _("the URI has an attribute that is not known"));
    } else if (p11_kit_uri_get_attributes(parsed, &attributes) != NULL && attributes > 0) {
        result = bad(error, text, _("the URI must name a token, not an object on it"));
    }
    if (result != SBK_OK) {
        p11_kit_uri_free(parsed);
        return result;
    }
    *uri = parsed;
    return SBK_OK;
}

sbk_result sbk_token_pin_file(P11KitUri *uri, char **path, struct sbk_error *error) {
    const char *source = p11_kit_uri_get_pin_source(uri);
    *path = NULL;
    if (source == NULL) {
        return SBK_OK;
    }
    if (strncmp(source, "file:", 5) == 0) {
        source += 5;
        /* file:///PATH and file:/PATH are the same file. */
        source += strncmp(source, "///", 3) == 0 ? 2 : 0;
    }
    if (source[0] != '/') {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE,
            _("pin-source: '%s' is not the absolute path of a file that holds the PIN"), source);
    }
    *path = strdup(source);
    return *path != NULL ? SBK_OK : sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
}

sbk_result sbk_token_uri_check(const char *text, struct sbk_error *error) {
    P11KitUri *uri = NULL;
    char *path = NULL;
    sbk_result result = sbk_token_uri_parse(text, &uri, error);
    if (result == SBK_OK) {
        result = sbk_token_pin_file(uri, &path, error);
        p11_kit_uri_free(uri);
    }
    free(path);
    return result;
}
