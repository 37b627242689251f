/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_TOKEN_PRIVATE_H
#define SBK_KEYS_TOKEN_PRIVATE_H

#include "keys/token.h"

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>
#include <pthread.h>
#include <sys/types.h>

/* What the parts of the PKCS#11 back end share. */

struct sbk_token {
    struct sbk_token *next; /* of this process's open tokens */
    unsigned references;
    pid_t process;
    CK_FUNCTION_LIST **loaded; /* the modules that p11-kit is configured with; NULL: calls alone, by module-path */
    CK_FUNCTION_LIST *calls;   /* the module that has it, the only one that is initialized */
    CK_SLOT_ID slot;
    CK_TOKEN_INFO info; /* as it was found */
    CK_SESSION_HANDLE session;
    bool logged_in;
    bool lost;             /* taken out: nobody may share it any more */
    struct sbk_secret pin; /* what opened it, to judge one that is given again; empty: not known */
    pthread_mutex_t mutex; /* one operation of the session at a time */
    char label[SBK_TOKEN_LABEL_ROOM];
    char uri[SBK_TOKEN_URI_MAX + 1];
};

/* The state of an open key. */
struct sbk_token_key {
    struct sbk_token *token;
    CK_OBJECT_HANDLE object;        /* the private or secret key */
    CK_OBJECT_HANDLE public_object; /* of a pair; of a secret key CK_INVALID_HANDLE */
    struct sbk_key_info info;
};

/* A parsed URI; for p11_kit_uri_free. */
SBK_CHECK_RESULT sbk_result sbk_token_uri_parse(const char *text, P11KitUri **uri, struct sbk_error *error);
/* The file of pin-source, NULL if there is none; free it. Another kind of pin-source is refused. */
SBK_CHECK_RESULT sbk_result sbk_token_pin_file(P11KitUri *uri, char **path, struct sbk_error *error);

/* Finds the one slot whose token fits and leaves its module initialized, for sbk_token_release. Other modules are not
 * touched if the URI names one (module-path, module-name), and let go of at once if it does not: one for smart cards
 * would get in the way of whoever talks to a card. */
SBK_CHECK_RESULT sbk_result sbk_token_seek(struct sbk_token *token, P11KitUri *uri, struct sbk_error *error);
void sbk_token_release(struct sbk_token *token);

/* The error of a call that the module answered with code; doing is what was tried, translated. */
sbk_result sbk_token_fail(struct sbk_token *token, CK_RV code, const char *doing, struct sbk_error *error);
/* The same for a log-in that failed: says how many tries are left, as far as the token tells. */
sbk_result sbk_token_fail_login(struct sbk_token *token, CK_RV code, struct sbk_error *error);

/* Takes the session for one operation; refuses in a forked child and on a token that is lost. */
SBK_CHECK_RESULT sbk_result sbk_token_enter(struct sbk_token *token, struct sbk_error *error);
void sbk_token_leave(struct sbk_token *token);

/* Another reference to an open token. */
struct sbk_token *sbk_token_hold(struct sbk_token *token);

#endif
