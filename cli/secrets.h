/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_CLI_SECRETS_H
#define SBK_CLI_SECRETS_H

#include "base/secret.h"
#include "cli/cli.h"

#include <stdbool.h>

/*
 * Pass phrases and PINs: from a file of ours with mode 0600 or tighter, from an inherited descriptor, else asked at
 * /dev/tty without echo. One trailing newline (or CR LF) is stripped; empty is refused. Neither option nor terminal is
 * SBK_USAGE. A signal while asking gives the terminal back before the process ends.
 */

/* Rows for a program's option table; verbs as in struct cli_option. */
#define CLI_OPTIONS_PASSPHRASE(verbs_)                                                                                 \
    {"passphrase-file", CLI_LIST, N_("[ROLE=]FILE"),                                                                   \
        N_("where a pass phrase is needed, read it (of one role) from FILE, mode 0600"), verbs_, NULL},                \
    {                                                                                                                  \
        "passphrase-fd", CLI_VALUE, N_("N"), N_("where a pass phrase is needed, read it from the open descriptor N"),  \
            verbs_, NULL                                                                                               \
    }
#define CLI_OPTIONS_PIN(verbs_)                                                                                        \
    {"pin-file", CLI_VALUE, N_("FILE"), N_("read the PIN (second line: the alternate's) from FILE, mode 0600"),        \
        verbs_, NULL},                                                                                                 \
    {                                                                                                                  \
        "pin-fd", CLI_VALUE, N_("N"), N_("read the PIN (second line: the alternate's) from the open descriptor N"),    \
            verbs_, NULL                                                                                               \
    }

#define CLI_PASSPHRASE_MAX 1024 /* bytes */

/* The pass phrase of a role's envelope ("root", "station-ca"... or NULL where there are no roles). ROLE=FILE of that
 * role comes first, then a plain FILE or the descriptor (read once, the same for every role that asks), then the
 * terminal, where what (translated, such as "the root key") completes the question; fresh asks twice. The secret is the
 * caller's. Naming a role twice, or one that cli_passphrase_roles does not know, is SBK_USAGE. */
SBK_CHECK_RESULT sbk_result cli_passphrase(struct cli_call *call, const char *role, const char *what, bool fresh,
    struct sbk_secret *secret, struct sbk_error *error);

/* The same for a key on a token: the terminal asks for the PIN of the token, once. */
SBK_CHECK_RESULT sbk_result cli_token_pin(struct cli_call *call, const char *role, const char *what, const char *token,
    struct sbk_secret *secret, struct sbk_error *error);

/* Says which ROLE words the verb knows, so that a mistyped one is refused; NULL-terminated. Without this call "X=FILE"
 * is a file of that whole name unless the verb asks with role X. */
SBK_CHECK_RESULT sbk_result cli_passphrase_roles(
    struct cli_call *call, const char *const *roles, struct sbk_error *error);

/* The holder's PIN and, where alternate is not NULL, the alternate's; digits and lengths are the caller's to check.
 * fresh asks twice at the terminal. *alternate stays empty where the file or descriptor has one line only; at the
 * terminal it is asked for, and an empty answer means none. A second line where alternate is NULL, or a third, is
 * SBK_USAGE. */
SBK_CHECK_RESULT sbk_result cli_pin(struct cli_call *call, bool fresh, struct sbk_secret *holder,
    struct sbk_secret *alternate, struct sbk_error *error);

/* The question that cli_passphrase and cli_pin ask, for anything else: one line without echo from /dev/tty. An empty
 * answer is an empty secret. Errors: SBK_USAGE without a terminal, SBK_ENVIRONMENT when interrupted. */
SBK_CHECK_RESULT sbk_result cli_ask_secret(const char *question, struct sbk_secret *secret, struct sbk_error *error);

/* A question that is answered in the open: one line from /dev/tty. Errors: SBK_USAGE without a terminal or for a line that
 * is too long, SBK_ENVIRONMENT when interrupted. */
SBK_CHECK_RESULT sbk_result cli_ask_line(const char *question, struct sbk_secret *answer, struct sbk_error *error);

/* A question that one answers with yes or no, at /dev/tty; true if the answer begins with y. Errors: SBK_USAGE without a
 * terminal, SBK_ENVIRONMENT when interrupted. */
SBK_CHECK_RESULT sbk_result cli_ask_yes(const char *question, bool *yes, struct sbk_error *error);

/* Releases what cli_passphrase keeps; cli_main calls it. */
void cli_secrets_free(struct cli_call *call);

#endif
