/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/token.h"

#include "base/file.h"
#include "base/i18n.h"
#include "keys/token_private.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIN_MAX 256

/* This process's open tokens. A child after a fork leaves its parent's alone. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct sbk_token *tokens;

static sbk_result out_of_memory(struct sbk_error *error) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
}

/* ---- one operation at a time ---- */

sbk_result sbk_token_enter(struct sbk_token *token, struct sbk_error *error) {
    if (token->process != getpid()) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_TOKEN_MISSING,
            _("the key on the token '%s' was opened by another process; open it in this one"), token->label);
    }
    (void)pthread_mutex_lock(&token->mutex);
    if (token->lost) {
        (void)pthread_mutex_unlock(&token->mutex);
        return sbk_token_fail(token, CKR_DEVICE_REMOVED, "", error);
    }
    return SBK_OK;
}

void sbk_token_leave(struct sbk_token *token) {
    (void)pthread_mutex_unlock(&token->mutex);
}

/* ---- logging in ---- */

/* A PIN that is given though the token is open: it costs no try, and a wrong one is refused all the same. */
static sbk_result compare_pin(struct sbk_token *token, const struct sbk_secret *pin, struct sbk_error *error) {
    return pin->size == 0 || token->pin.size == 0 || sbk_secret_equal(pin, &token->pin)
               ? SBK_OK
               : sbk_token_fail_login(token, CKR_PIN_INCORRECT, error);
}

static void strip_newline(struct sbk_secret *line) {
    if (line->size > 0 && line->data[line->size - 1] == '\n') {
        line->size--;
    }
    if (line->size > 0 && line->data[line->size - 1] == '\r') {
        line->size--;
    }
}

/* The PIN: out of the URI's file, or the one given. Empty: the token asks by itself. */
static sbk_result find_pin(
    P11KitUri *uri, const struct sbk_secret *given, struct sbk_secret *pin, struct sbk_error *error) {
    char *path = NULL;
    sbk_result result = sbk_token_pin_file(uri, &path, error);
    if (result == SBK_OK && path != NULL) {
        result = sbk_file_read_secret(path, PIN_MAX, pin, error);
        if (result == SBK_OK) {
            strip_newline(pin);
        }
    } else if (result == SBK_OK && given != NULL && given->size > 0) {
        result = sbk_secret_copy(pin, given->data, given->size, error);
    }
    free(path);
    return result;
}

static sbk_result log_in(struct sbk_token *token, const struct sbk_secret *pin, struct sbk_error *error) {
    const bool asks_itself = (token->info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
    if (pin->size == 0 && !asks_itself) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_PASSPHRASE, _("the token '%s' wants its PIN"), token->label);
    }
    const CK_RV code =
        token->calls->C_Login(token->session, CKU_USER, pin->size > 0 ? pin->data : NULL, (CK_ULONG)pin->size);
    if (code != CKR_OK && code != CKR_USER_ALREADY_LOGGED_IN) {
        return sbk_token_fail_login(token, code, error);
    }
    token->logged_in = true;
    return pin->size > 0 && code == CKR_OK ? sbk_secret_copy(&token->pin, pin->data, pin->size, error) : SBK_OK;
}

/* ---- the open tokens ---- */

/* Ends what was begun; in a child of the process that opened it, only the memory is this process's. */
static void destroy(struct sbk_token *token) {
    if (token->process == getpid()) {
        if (token->logged_in) {
            (void)token->calls->C_Logout(token->session);
        }
        if (token->session != CK_INVALID_HANDLE) {
            (void)token->calls->C_CloseSession(token->session);
        }
        sbk_token_release(token);
        (void)pthread_mutex_destroy(&token->mutex);
    }
    sbk_secret_free(&token->pin);
    free(token);
}

static bool same_token(const CK_TOKEN_INFO *one, const CK_TOKEN_INFO *other) {
    return memcmp(one->label, other->label, sizeof one->label) == 0 &&
           memcmp(one->manufacturerID, other->manufacturerID, sizeof one->manufacturerID) == 0 &&
           memcmp(one->model, other->model, sizeof one->model) == 0 &&
           memcmp(one->serialNumber, other->serialNumber, sizeof one->serialNumber) == 0;
}

/* One that this process has open. Call with the gate taken. */
static struct sbk_token *next_open(struct sbk_token *token) {
    while (token != NULL && (token->process != getpid() || token->lost)) {
        token = token->next;
    }
    return token;
}

static struct sbk_token *find_uri(const char *uri) {
    for (struct sbk_token *token = next_open(tokens); token != NULL; token = next_open(token->next)) {
        if (strcmp(token->uri, uri) == 0) {
            return token;
        }
    }
    return NULL;
}

/* The same token under another URI. */
static struct sbk_token *find_same(const struct sbk_token *like) {
    for (struct sbk_token *token = next_open(tokens); token != NULL; token = next_open(token->next)) {
        if (same_token(&token->info, &like->info)) {
            return token;
        }
    }
    return NULL;
}

static sbk_result seek_new(P11KitUri *uri, const char *text, struct sbk_token **token, struct sbk_error *error) {
    struct sbk_token *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return out_of_memory(error);
    }
    made->process = getpid();
    made->references = 1;
    made->session = CK_INVALID_HANDLE;
    memcpy(made->uri, text, strlen(text) + 1);
    (void)pthread_mutex_init(&made->mutex, NULL);
    const sbk_result result = sbk_token_seek(made, uri, error);
    if (result != SBK_OK) {
        destroy(made);
        return result;
    }
    *token = made;
    return SBK_OK;
}

/* Joins a token that is open; pin is that of find_pin. */
static sbk_result join(
    struct sbk_token *open, const struct sbk_secret *pin, struct sbk_token **token, struct sbk_error *error) {
    const sbk_result result = compare_pin(open, pin, error);
    if (result == SBK_OK) {
        open->references++;
        *token = open;
    }
    return result;
}

static sbk_result open_new(
    P11KitUri *uri, const char *text, const struct sbk_secret *pin, struct sbk_token **token, struct sbk_error *error) {
    struct sbk_token *made = NULL;
    sbk_result result = seek_new(uri, text, &made, error);
    if (result != SBK_OK) {
        return result;
    }
    struct sbk_token *open = find_same(made);
    if (open != NULL) {
        destroy(made);
        return join(open, pin, token, error);
    }
    const CK_FLAGS writing = (made->info.flags & CKF_WRITE_PROTECTED) != 0 ? 0 : CKF_RW_SESSION;
    const CK_RV code = made->calls->C_OpenSession(made->slot, CKF_SERIAL_SESSION | writing, NULL, NULL, &made->session);
    if (code != CKR_OK) {
        made->session = CK_INVALID_HANDLE;
        result = sbk_token_fail(made, code, _("opening a session"), error);
    } else {
        result = log_in(made, pin, error);
    }
    if (result != SBK_OK) {
        destroy(made);
        return result;
    }
    made->next = tokens;
    tokens = made;
    *token = made;
    return SBK_OK;
}

sbk_result sbk_token_open(
    const char *text, const struct sbk_secret *given, struct sbk_token **token, struct sbk_error *error) {
    P11KitUri *uri = NULL;
    struct sbk_secret pin = SBK_SECRET_EMPTY;
    sbk_result result = sbk_token_uri_parse(text, &uri, error);
    if (result != SBK_OK) {
        return result;
    }
    result = find_pin(uri, given, &pin, error);
    if (result == SBK_OK) {
        (void)pthread_mutex_lock(&gate);
        struct sbk_token *open = find_uri(text);
        result = open != NULL ? join(open, &pin, token, error) : open_new(uri, text, &pin, token, error);
        (void)pthread_mutex_unlock(&gate);
    }
    sbk_secret_free(&pin);
    p11_kit_uri_free(uri);
    return result;
}

struct sbk_token *sbk_token_hold(struct sbk_token *token) {
    (void)pthread_mutex_lock(&gate);
    token->references++;
    (void)pthread_mutex_unlock(&gate);
    return token;
}

void sbk_token_close(struct sbk_token **token) {
    struct sbk_token *old = *token;
    *token = NULL;
    if (old == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&gate);
    if (--old->references == 0) {
        for (struct sbk_token **at = &tokens; *at != NULL; at = &(*at)->next) {
            if (*at == old) {
                *at = old->next;
                break;
            }
        }
        destroy(old);
    }
    (void)pthread_mutex_unlock(&gate);
}

/* ---- what is asked before ---- */

static void write_guard(const struct sbk_token *token, bool logged_in, bool has_file, struct sbk_key_guard *guard) {
    const bool asks_itself = (token->info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
    guard->kind = logged_in || has_file || asks_itself ? SBK_GUARD_NOTHING : SBK_GUARD_PIN;
    memcpy(guard->token, token->label, sizeof guard->token);
}

sbk_result sbk_token_guard(const char *text, struct sbk_key_guard *guard, struct sbk_error *error) {
    P11KitUri *uri = NULL;
    char *path = NULL;
    struct sbk_token *token = NULL;
    sbk_result result = sbk_token_uri_parse(text, &uri, error);
    if (result != SBK_OK) {
        return result;
    }
    result = sbk_token_pin_file(uri, &path, error);
    if (result == SBK_OK) {
        (void)pthread_mutex_lock(&gate);
        struct sbk_token *open = find_uri(text);
        if (open == NULL) {
            result = seek_new(uri, text, &token, error);
            open = result == SBK_OK ? find_same(token) : NULL;
        }
        if (result == SBK_OK) {
            write_guard(open != NULL ? open : token, open != NULL, path != NULL, guard);
        }
        (void)pthread_mutex_unlock(&gate);
    }
    if (token != NULL) {
        destroy(token);
    }
    free(path);
    p11_kit_uri_free(uri);
    return result;
}
