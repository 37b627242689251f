/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_PROGRAM_SHARES_H
#define SBK_KEYS_PROGRAM_SHARES_H

#include "cli/cli.h"
#include "keys/share.h"

/* How sembako-keys shows quorums and shares. Private to the program. */

/* Says a key's quorum: M of N, set and check value, fingerprint, and each officer with the file of the share in folder
 * (NULL: without files). Appends the same as an object to quorums. */
SBK_CHECK_RESULT sbk_result share_say_quorum(struct cli_call *call, const struct sbk_key_info *info,
    const struct sbk_quorum *quorum, const char *folder, json_t *quorums, struct sbk_error *error);

/* The same of a key that was just dealt, as the field "quorums", and what the officers do with the shares. */
SBK_CHECK_RESULT sbk_result share_say_dealt(struct cli_call *call, const struct sbk_store *store, uint8_t role,
    uint8_t generation, const struct sbk_deal *deal, const char *folder, struct sbk_error *error);
/* The latter alone. */
void share_say_carry(const struct cli_call *call, const char *folder);

/* Where a share stands. */
enum share_state {
    SHARE_IN_FORCE,
    SHARE_REPLACED,  /* of its key, but of another set: opens nothing */
    SHARE_OTHER_KEY, /* of no key that is here */
    SHARE_DAMAGED,   /* its checksum does not hold */
};
const char *share_state_word(enum share_state state);
const char *share_state_text(enum share_state state); /* translated */

/* {"file": PATH, "role": ..., "generation", "number", "officer", "set", "fingerprint", "created", "state"}, new. */
json_t *share_object(const char *path, const struct sbk_share *share, enum share_state state);

#endif
