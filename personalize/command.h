/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_COMMAND_H
#define SBK_PERSONALIZE_COMMAND_H

#include "base/buffer.h"
#include "base/error.h"
#include "cli/cli.h"
#include "keys/store.h"

/* The verbs of sembako-personalize, one file each (cmd_VERB.c), and what they share. */
sbk_result cmd_sample_roll(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_prepare(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_enrol(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_install(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_encode(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_report(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_certify(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_outstanding(struct cli_call *call, struct sbk_error *error);

/* Opens the key of a role that is in use today, or that generation of it, with its pass phrase; what is translated and
 * completes the question for it, such as _("the grant signer's key"). */
SBK_CHECK_RESULT sbk_result command_open_key(struct cli_call *call, struct sbk_store *store, uint8_t role,
    const char *what, struct sbk_key **key, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result command_open_key_of(struct cli_call *call, struct sbk_store *store, uint8_t role,
    uint8_t generation, const char *what, struct sbk_key **key, struct sbk_error *error);

/* A certificate from --recipient: a file of `sembako-keys office issue`, verified to be the city's and a bureau's.
 * Appends the bureau's X.509 certificate in DER to out. */
struct sbk_city;
SBK_CHECK_RESULT sbk_result command_recipient(
    struct cli_call *call, const struct sbk_city *city, struct sbk_buffer *out, struct sbk_error *error);

#endif
