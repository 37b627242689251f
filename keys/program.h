/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_PROGRAM_H
#define SBK_KEYS_PROGRAM_H

#include "cli/cli.h"
#include "keys/cards.h"
#include "keys/city.h"
#include "keys/crypto.h"

/* What the verbs of sembako-keys share. Private to the program. */

sbk_result cmd_init(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_status(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_export(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_inspect(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_transport_import(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_transport_retire(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_station_issue(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_office_issue(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_list_sign(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_mandate(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_notice(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_hotlist(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_station_revoke(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_distrust(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_identity(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_courier(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_ceremony_plan(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_ceremony_run(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_ceremony_verify(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_rotate(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_root_succeed(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_root_certify(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_accept(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_share_status(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_share_check(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_share_replace(struct cli_call *call, struct sbk_error *error);

/* The store of --store, locked for this process if it is to be changed. */
SBK_CHECK_RESULT sbk_result program_store(
    struct cli_call *call, bool change, struct sbk_store **store, struct sbk_error *error);

/* The words that the ROLE of options may be: those of the whole store, so that one set of options serves every verb.
 * NULL-terminated. And saying so to those that ask for secrets. */
const char *const *program_role_words(void);
SBK_CHECK_RESULT sbk_result program_roles(struct cli_call *call, struct sbk_error *error);

/* What the store certifies today. */
SBK_CHECK_RESULT sbk_result program_city(
    struct cli_call *call, const struct sbk_store *store, struct sbk_city *city, struct sbk_error *error);

/* Opens the key of a role that is in use today, or the one of a generation, with the pass phrase or PIN that the caller
 * of the program gives for it. */
SBK_CHECK_RESULT sbk_result program_key_of(struct cli_call *call, struct sbk_store *store, uint8_t role,
    uint8_t generation, struct sbk_key **key, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result program_key(
    struct cli_call *call, struct sbk_store *store, uint8_t role, struct sbk_key **key, struct sbk_error *error);

/* "the root key", translated: what a question for a pass phrase asks for. next: the next root's. */
const char *program_key_name(uint8_t role, bool next);

/* Runs over the cards of --card and of the file of --cards, in one transaction: all of them or none. */
typedef sbk_result (*program_card)(void *context, const struct sbk_city_card *card, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result program_each_card(
    struct cli_call *call, struct sbk_database *cards, program_card run, void *context, struct sbk_error *error);

/* The error of failing memory. */
sbk_result program_no_memory(struct sbk_error *error);

/* Writes an output file for other people, whole; an earlier one is replaced. */
SBK_CHECK_RESULT sbk_result program_write(const char *path, const void *data, size_t size, struct sbk_error *error);

/* Reads a file for --request and the like, at most limit bytes. */
SBK_CHECK_RESULT sbk_result program_read(
    const char *path, size_t limit, struct sbk_buffer *out, struct sbk_error *error);

/* The fingerprint of a point, both as field of the JSON object and as text for people. */
SBK_CHECK_RESULT sbk_result program_fingerprint(
    const uint8_t point[SBK_POINT_SIZE], char text[SBK_FINGERPRINT_ROOM], struct sbk_error *error);

#endif
