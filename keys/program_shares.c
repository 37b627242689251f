/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program_shares.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/crypto.h"
#include "keys/program.h"

#include <stdlib.h>
#include <string.h>

static json_t *officers_of(const struct sbk_key_info *info, const struct sbk_quorum *quorum, const char *folder) {
    json_t *officers = json_array();
    for (uint8_t number = 1; number <= quorum->officers; number++) {
        struct sbk_share share = {.role = info->role, .generation = info->generation, .number = number};
        char name[SBK_SHARE_NAME_ROOM];
        memcpy(share.set, quorum->set, sizeof share.set);
        sbk_share_file_name(&share, name);
        char *path = folder != NULL ? sbk_path_join(folder, name) : NULL;
        (void)json_array_append_new(officers,
            json_pack("{s:i, s:s, s:s*}", "number", number, "officer", quorum->names[number - 1], "file", path));
        free(path);
    }
    return officers;
}

sbk_result share_say_quorum(struct cli_call *call, const struct sbk_key_info *info, const struct sbk_quorum *quorum,
    const char *folder, json_t *quorums, struct sbk_error *error) {
    char fingerprint[SBK_FINGERPRINT_ROOM];
    char set[SBK_SET_TEXT_ROOM];
    char check[SBK_SET_TEXT_ROOM];
    const sbk_result result = program_fingerprint(info->public_part, fingerprint, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_set_text(quorum->set, set);
    sbk_set_text(quorum->check, check);
    json_t *officers = officers_of(info, quorum, folder);
    cli_say(call, _("%s-%u: %u of %u officers; set %s, check value %s\n  %s\n"), sbk_key_role_word(info->role),
        info->generation, quorum->needed, quorum->officers, set, check, fingerprint);
    for (size_t i = 0; i < json_array_size(officers); i++) {
        const char *file = json_string_value(json_object_get(json_array_get(officers, i), "file"));
        cli_say(call, "  %zu  %s%s%s\n", i + 1, quorum->names[i], file != NULL ? "  " : "", file != NULL ? file : "");
    }
    (void)json_array_append_new(
        quorums, json_pack("{s:s, s:i, s:i, s:s, s:s, s:s, s:o}", "role", sbk_key_role_word(info->role), "generation",
                     info->generation, "needed", quorum->needed, "set", set, "check", check, "fingerprint", fingerprint,
                     "officers", officers));
    return SBK_OK;
}

void share_say_carry(const struct cli_call *call, const char *folder) {
    cli_say(
        call, _("Carry each share in %s away with its officer, one officer a file, and leave none behind.\n"), folder);
}

sbk_result share_say_dealt(struct cli_call *call, const struct sbk_store *store, uint8_t role, uint8_t generation,
    const struct sbk_deal *deal, const char *folder, struct sbk_error *error) {
    struct sbk_key_info info;
    json_t *quorums = json_array();
    sbk_result result = sbk_store_info(store, role, generation, &info, error);
    if (result == SBK_OK) {
        result = share_say_quorum(call, &info, &deal->quorum, folder, quorums, error);
    }
    if (result == SBK_OK) {
        share_say_carry(call, folder);
    }
    cli_field(call, "quorums", quorums);
    return result;
}

const char *share_state_word(enum share_state state) {
    static const char *const words[] = {"in-force", "replaced", "other-key", "damaged"};
    return words[state];
}

const char *share_state_text(enum share_state state) {
    switch (state) {
    case SHARE_IN_FORCE:
        return _("in force");
    case SHARE_REPLACED:
        return _("WORTHLESS: not of the set in force; destroy it");
    case SHARE_OTHER_KEY:
        return _("of a key that is not here");
    case SHARE_DAMAGED:
        return _("DAMAGED: take it from a copy, or replace the shares");
    }
    return "";
}

json_t *share_object(const char *path, const struct sbk_share *share, enum share_state state) {
    char set[SBK_SET_TEXT_ROOM];
    char day[SBK_DAY_ROOM];
    char fingerprint[SBK_FINGERPRINT_ROOM];
    sbk_set_text(share->set, set);
    sbk_day_format(share->made, day);
    sbk_fingerprint_text(share->fingerprint, fingerprint);
    return json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:s, s:s, s:s, s:s, s:s}", "file", path, "role",
        sbk_key_role_word(share->role), "generation", share->generation, "number", share->number, "needed",
        share->needed, "of", share->officers, "officer", share->name, "set", set, "fingerprint", fingerprint, "created",
        day, "state", share_state_word(state));
}
