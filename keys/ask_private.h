/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_ASK_PRIVATE_H
#define SBK_KEYS_ASK_PRIVATE_H

#include "keys/ask.h"

/* The secret that the shares of --share give for the key of info, whose quorum this is. */
SBK_CHECK_RESULT sbk_result ask_shares(struct cli_call *call, const struct sbk_key_info *info,
    const struct sbk_quorum *quorum, const char *what, struct sbk_secret *approval, struct sbk_error *error);

/* Asks for the pass phrase of one share; word: "root", to which the number is added for --passphrase-file. */
SBK_CHECK_RESULT sbk_result ask_share_passphrase(struct cli_call *call, const char *word, unsigned number,
    const char *name, const char *what, bool fresh, struct sbk_secret *passphrase, struct sbk_error *error);

#endif
