/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_ASK_H
#define SBK_KEYS_ASK_H

#include "cli/cli.h"
#include "keys/store.h"

/*
 * How the programs ask for what opens a key, whatever kind of store it lies in: the pass phrase of its envelope, the PIN
 * of its token, or nothing where the token has that from elsewhere. Both kinds come from the same options
 * (cli/secrets.h). Only mains include this.
 */

/* Row for a program's option table; verbs as in struct cli_option. */
#define ASK_OPTION_TOKEN(verbs_)                                                                                       \
    { "token", CLI_LIST, N_("[ROLE=]URI"), N_("make the keys (of one role) on the PKCS#11 token URI"), verbs_, NULL }

/* The words of --token, checked; without the option, the one of SEMBAKO_TOKEN. roles is NULL-terminated: those that
 * ROLE may be. */
SBK_CHECK_RESULT sbk_result ask_tokens(
    struct cli_call *call, const char *const *roles, struct sbk_tokens *tokens, struct sbk_error *error);

/* What opens a key that is there; generation 0: the newest. option: the ROLE of --passphrase-file, NULL for programs
 * without roles; what completes the question, such as _("the root key"). secret is the caller's; it stays empty where
 * nothing is asked for. */
SBK_CHECK_RESULT sbk_result ask_key(struct cli_call *call, const struct sbk_store *store, uint8_t role,
    uint8_t generation, const char *option, const char *what, struct sbk_secret *secret, struct sbk_error *error);

/* What shall open a key that is to be made where tokens says for the role's word. */
SBK_CHECK_RESULT sbk_result ask_new_key(struct cli_call *call, const struct sbk_tokens *tokens, const char *role,
    const char *option, const char *what, struct sbk_secret *secret, struct sbk_error *error);

#endif
