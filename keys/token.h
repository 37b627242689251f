/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_TOKEN_H
#define SBK_KEYS_TOKEN_H

#include "base/error.h"
#include "base/secret.h"
#include "keys/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Keys on PKCS#11 tokens: smart cards, HSMs, TPMs, SoftHSM, through any module that p11-kit knows or that the token's
 * URI names (RFC 7512: token, serial, manufacturer, model, slot-id, module-path, module-name, pin-source). Private to
 * keys/.
 *
 * A key is made on the token and stays there: CKA_SENSITIVE and not CKA_EXTRACTABLE, which is looked at again whenever
 * it is opened. What of it lies in the store's folder is a reference (keys/reference.h). The public key on the token
 * must be the one of the reference, so a reference that was altered does not open.
 *
 * A process logs in to a token once and keeps one session for all its keys there; the last key that is closed logs out,
 * closes the session and finalizes the module. A token may be used by several threads, one operation after the other.
 * After a fork the child must open its keys anew: those of the parent refuse to work there, and closing them leaves the
 * parent's session alone.
 *
 * Errors of all functions: SBK_ENVIRONMENT with reason "token-missing" (no such token, or it was taken out),
 * "token-failed" (the module's own words in the message), "not-found" (the key is not on the token); SBK_REFUSED with
 * "passphrase-wrong" (the PIN; the message says when few tries are left), "token-locked", "permissions" (the key could
 * leave the token); SBK_USAGE, "usage", for a URI that cannot be one of a token.
 */

#define SBK_TOKEN_URI_MAX 1000
#define SBK_TOKEN_ID_SIZE 16
#define SBK_TOKEN_LABEL_ROOM 33

struct sbk_token; /* logged in */

/* Whether the text is the URI of a token: the scheme pkcs11, of a token and not of an object, without pin-value (a PIN
 * does not belong on a command line), without attributes that nobody knows. */
SBK_CHECK_RESULT sbk_result sbk_token_uri_check(const char *uri, struct sbk_error *error);

/* Finds the token and says what opens its keys: a PIN that somebody must give, or nothing of the kind since the URI
 * names a file that holds it, the token asks for it by itself, or this process is logged in already. */
SBK_CHECK_RESULT sbk_result sbk_token_guard(const char *uri, struct sbk_key_guard *guard, struct sbk_error *error);

/* Finds exactly one token and logs in, unless this process is already. pin may be NULL or empty where sbk_token_guard
 * says that none is needed; one that is given where this process is logged in already must be the same. *token is the
 * caller's, for sbk_token_close. */
SBK_CHECK_RESULT sbk_result sbk_token_open(
    const char *uri, const struct sbk_secret *pin, struct sbk_token **token, struct sbk_error *error);
void sbk_token_close(struct sbk_token **token);

/* The URI to remember: the one given, with the name of the module that has the token if it names none, so that later no
 * other module is touched. */
void sbk_token_remember(const struct sbk_token *token, const char *given, char uri[SBK_TOKEN_URI_MAX + 1]);

/* What tells a key on a token, beside the token itself. */
struct sbk_token_place {
    const char *uri;
    uint8_t id[SBK_TOKEN_ID_SIZE]; /* CKA_ID, random */
};

/* Makes a key pair by info's role and algorithm and fills its public part and place->id. *state is for
 * sbk_token_backend. Whatever was begun on the token is taken away again after a failure. */
SBK_CHECK_RESULT sbk_result sbk_token_generate(struct sbk_token *token, struct sbk_key_info *info,
    struct sbk_token_place *place, void **state, struct sbk_error *error);

/* Puts an AES key on the token, where it stays sensitive; place->id is filled. */
SBK_CHECK_RESULT sbk_result sbk_token_import(struct sbk_token *token, const struct sbk_key_info *info,
    const struct sbk_secret *plain, struct sbk_token_place *place, void **state, struct sbk_error *error);

/* Finds the key of a reference and checks that it is this one and cannot leave the token. */
SBK_CHECK_RESULT sbk_result sbk_token_find(struct sbk_token *token, const struct sbk_key_info *info,
    const struct sbk_token_place *place, void **state, struct sbk_error *error);

#endif
