/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_PROGRAM_ROOT_H
#define SBK_KEYS_PROGRAM_ROOT_H

#include "keys/program.h"
#include "keys/rotate.h"

/* What the verbs that rotate keys share. Private to the program. */

/*
 * Opens the key of a root: in the folder of --root, else in the store (NULL: none), else in its next-root. Errors:
 * SBK_ENVIRONMENT, "not-found", asks for --root. quorum: the one that it takes, needed 0 for none.
 */
SBK_CHECK_RESULT sbk_result program_root_key(struct cli_call *call, const struct sbk_store *store, uint8_t generation,
    struct sbk_key **key, struct sbk_quorum *quorum, struct sbk_error *error);

/* The root of this generation in the folder of --next: made with it, or there already from a run that was interrupted.
 * like: the quorum that it has unless told. info: its public part. */
SBK_CHECK_RESULT sbk_result program_next_root(struct cli_call *call, uint8_t generation, const struct sbk_quorum *like,
    struct sbk_key_info *info, struct sbk_error *error);

/* Writes a request or an answer to FILE and shows its check value. what: N_("request"), N_("answer"). */
SBK_CHECK_RESULT sbk_result program_request_out(
    struct cli_call *call, const struct sbk_root_request *request, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result program_answer_out(
    struct cli_call *call, const struct sbk_root_answer *answer, struct sbk_error *error);

/* Lists what a request asks for. */
SBK_CHECK_RESULT sbk_result program_say_request(
    struct cli_call *call, const struct sbk_root_request *request, struct sbk_error *error);

/* Takes an answer in and makes the exported anchor anew where that changed: city_key for it, else NULL; says what is in
 * force now and what to do next. */
SBK_CHECK_RESULT sbk_result program_take_answer(struct cli_call *call, struct sbk_store *store,
    const struct sbk_root_answer *answer, struct sbk_key *city_key, struct sbk_error *error);

/* Whether the next root's key still lies in the store or beside it. */
bool program_next_root_here(const struct sbk_store *store, uint8_t generation);

/* For `status`: what an officer should do next, as text and as the field "to_do". */
SBK_CHECK_RESULT sbk_result program_say_todo(
    struct cli_call *call, const struct sbk_store *store, const struct sbk_city *city, struct sbk_error *error);

/* What to do after the rotation of a role; for the root after a succession. */
const char *program_next_step(uint8_t role);

#endif
