/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/token_private.h"
#include "schema/reason.h"

/* What a module's codes mean to whoever stands before it. */

static sbk_result missing(struct sbk_token *token, struct sbk_error *error) {
    token->lost = true;
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_TOKEN_MISSING,
        _("the token '%s' is gone: put it back and start again"), token->label);
}

sbk_result sbk_token_fail(struct sbk_token *token, CK_RV code, const char *doing, struct sbk_error *error) {
    switch (code) {
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_DEVICE_REMOVED:
    case CKR_SLOT_ID_INVALID:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SESSION_CLOSED:
    case CKR_CRYPTOKI_NOT_INITIALIZED:
        return missing(token, error);
    case CKR_KEY_HANDLE_INVALID:
    case CKR_OBJECT_HANDLE_INVALID:
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND, _("%s: the key is no longer on the token '%s'"),
            doing, token->label);
    case CKR_MECHANISM_INVALID:
    case CKR_MECHANISM_PARAM_INVALID:
    case CKR_FUNCTION_NOT_SUPPORTED:
    case CKR_CURVE_NOT_SUPPORTED:
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_TOKEN_FAILED,
            _("%s: the token '%s' cannot do this; keep this role's key elsewhere"), doing, token->label);
    case CKR_KEY_FUNCTION_NOT_PERMITTED:
    case CKR_KEY_TYPE_INCONSISTENT:
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ROLE, _("%s: the key on the token '%s' is not made for this"),
            doing, token->label);
    case CKR_KEY_UNEXTRACTABLE:
    case CKR_KEY_NOT_WRAPPABLE:
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_ROLE, _("%s: the token '%s' does not let the key out"), doing, token->label);
    case CKR_USER_NOT_LOGGED_IN:
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_TOKEN_FAILED,
            _("%s: the token '%s' was logged out; start again"), doing, token->label);
    case CKR_TOKEN_WRITE_PROTECTED:
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_TOKEN_FAILED, _("%s: the token '%s' is write-protected"),
            doing, token->label);
    case CKR_DEVICE_MEMORY:
        return sbk_fail(
            error, SBK_ENVIRONMENT, SBK_REASON_TOKEN_FAILED, _("%s: the token '%s' is full"), doing, token->label);
    default:
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_TOKEN_FAILED, _("%s: the token '%s' says: %s (0x%lX)"),
            doing, token->label, p11_kit_strerror(code), code);
    }
}

static sbk_result wrong_pin(struct sbk_token *token, struct sbk_error *error) {
    CK_TOKEN_INFO info;
    const CK_FLAGS flags = token->calls->C_GetTokenInfo(token->slot, &info) == CKR_OK ? info.flags : 0;
    if ((flags & CKF_USER_PIN_LOCKED) != 0) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_TOKEN_LOCKED,
            _("the PIN of the token '%s' is wrong, and now locked: whoever initialized the token must set a new one"),
            token->label);
    }
    if ((flags & CKF_USER_PIN_FINAL_TRY) != 0) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_PASSPHRASE,
            _("the PIN of the token '%s' is wrong; one try is left before it locks"), token->label);
    }
    if ((flags & CKF_USER_PIN_COUNT_LOW) != 0) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_PASSPHRASE,
            _("the PIN of the token '%s' is wrong; it counts wrong tries and locks after some"), token->label);
    }
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_PASSPHRASE, _("the PIN of the token '%s' is wrong"), token->label);
}

sbk_result sbk_token_fail_login(struct sbk_token *token, CK_RV code, struct sbk_error *error) {
    switch (code) {
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
        return wrong_pin(token, error);
    case CKR_PIN_LOCKED:
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_TOKEN_LOCKED,
            _("the PIN of the token '%s' is locked: whoever initialized the token must set a new one"), token->label);
    case CKR_PIN_EXPIRED:
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_TOKEN_LOCKED,
            _("the PIN of the token '%s' has expired: set a new one with the token's own tool"), token->label);
    case CKR_USER_PIN_NOT_INITIALIZED:
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_TOKEN_LOCKED,
            _("the token '%s' has no PIN yet: set one with the token's own tool"), token->label);
    case CKR_FUNCTION_CANCELED:
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_PASSPHRASE, _("no PIN was given at the token '%s'"), token->label);
    default:
        return sbk_token_fail(token, code, _("logging in"), error);
    }
}
