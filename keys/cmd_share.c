/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/ask.h"
#include "keys/founding.h"
#include "keys/program_shares.h"
#include "schema/reason.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* The shares of quorums: who has which, whether one is good, and new ones in place of lost ones. */

#define GENERATIONS 127
#define KEYS_MAX 16

/* The roles whose keys may have a quorum. */
static const uint8_t roles[] = {SBK_KEY_ROOT, SBK_KEY_GRANT_SIGNER};

struct quorum_key {
    struct sbk_key_info info;
    struct sbk_quorum quorum;
};

struct found {
    struct quorum_key keys[KEYS_MAX];
    size_t count;
};

/* The keys with a quorum of one folder. */
static sbk_result find_in(const char *path, struct found *found, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    sbk_result result = sbk_store_open(&store, path, false, error);
    for (size_t r = 0; r < sizeof roles && result == SBK_OK; r++) {
        for (uint8_t generation = sbk_store_newest(store, roles[r]); generation >= 1 && result == SBK_OK;
             generation--) {
            struct quorum_key *key = &found->keys[found->count];
            struct sbk_error ignored;
            if (found->count == KEYS_MAX ||
                sbk_store_info(store, roles[r], generation, &key->info, &ignored) != SBK_OK) {
                continue; /* older ones may have been carried away */
            }
            result = sbk_store_quorum(store, roles[r], generation, &key->quorum, error);
            found->count += result == SBK_OK && key->quorum.needed > 0 ? 1 : 0;
        }
    }
    sbk_store_close(&store);
    return result;
}

/* Those of the store and of the next root's folder, while that is there. */
static sbk_result find_keys(const char *store, struct found *found, struct sbk_error *error) {
    memset(found, 0, sizeof *found);
    char *next = sbk_path_join(store, SBK_NEXT_ROOT_FOLDER);
    sbk_result result = next != NULL ? find_in(store, found, error) : program_no_memory(error);
    if (result == SBK_OK && sbk_file_exists(next)) {
        result = find_in(next, found, error);
    }
    free(next);
    return result;
}

static enum share_state state_of(const struct found *found, const struct sbk_share *share) {
    enum share_state state = SHARE_OTHER_KEY;
    uint8_t fingerprint[SBK_HASH_SIZE];
    for (size_t i = 0; i < found->count && state != SHARE_IN_FORCE; i++) {
        const struct quorum_key *key = &found->keys[i];
        if (key->info.role == share->role && key->info.generation == share->generation &&
            sbk_share_fingerprint(&key->info, fingerprint, NULL) == SBK_OK &&
            memcmp(fingerprint, share->fingerprint, sizeof fingerprint) == 0) {
            state = memcmp(key->quorum.set, share->set, sizeof share->set) == 0 ? SHARE_IN_FORCE : SHARE_REPLACED;
        }
    }
    return share->intact ? state : SHARE_DAMAGED;
}

static void say_share(
    struct cli_call *call, const char *path, const struct sbk_share *share, enum share_state state, json_t *shares) {
    char set[SBK_SET_TEXT_ROOM];
    sbk_set_text(share->set, set);
    cli_say(call, "%s: %s-%u, %u (%s), %s: %s\n", path, sbk_key_role_word(share->role), share->generation,
        share->number, share->name, set, share_state_text(state));
    (void)json_array_append_new(shares, share_object(path, share, state));
}

static sbk_result status_file(
    struct cli_call *call, const struct found *found, const char *path, json_t *shares, struct sbk_error *error) {
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_share share;
    sbk_result result = sbk_file_read(path, SBK_SHARE_FILE_MAX, &file, error);
    if (result == SBK_OK) {
        const enum sbk_format format = sbk_share_parse(file.data, file.size, &share);
        if (format == SBK_FORMAT_OK) {
            say_share(call, path, &share, state_of(found, &share), shares);
        } else {
            result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("%s: not an officer's share: it %s"), path,
                _(sbk_format_text(format)));
        }
    }
    sbk_buffer_free(&file);
    return result;
}

static int is_share(const struct dirent *entry) {
    const size_t length = strlen(entry->d_name);
    return length > 6 && strcmp(entry->d_name + length - 6, ".share") == 0;
}

static sbk_result status_entries(struct cli_call *call, const struct found *found, const char *folder, json_t *shares,
    size_t *count, struct sbk_error *error) {
    struct dirent **entries = NULL;
    sbk_result result = SBK_OK;
    const int listed = scandir(folder, &entries, is_share, alphasort);
    for (int i = 0; i < listed && entries != NULL; i++) {
        char *path = sbk_path_join(folder, entries[i]->d_name);
        if (result == SBK_OK) {
            result = path != NULL ? status_file(call, found, path, shares, error) : program_no_memory(error);
        }
        free(path);
        free(entries[i]);
    }
    *count = listed > 0 ? (size_t)listed : 0;
    free(entries);
    return result;
}

/* The shares that still lie in the store's own folder. */
static sbk_result status_folder(
    struct cli_call *call, const struct found *found, json_t *shares, size_t *count, struct sbk_error *error) {
    char *folder = sbk_path_join(cli_value(call, "store"), SBK_SHARES_FOLDER);
    if (folder == NULL) {
        return program_no_memory(error);
    }
    const sbk_result result = status_entries(call, found, folder, shares, count, error);
    free(folder);
    return result;
}

sbk_result cmd_share_status(struct cli_call *call, struct sbk_error *error) {
    struct found found;
    json_t *quorums = json_array();
    json_t *shares = json_array();
    size_t left = 0;
    sbk_result result = find_keys(cli_value(call, "store"), &found, error);
    for (size_t i = 0; i < found.count && result == SBK_OK; i++) {
        result = share_say_quorum(call, &found.keys[i].info, &found.keys[i].quorum, NULL, quorums, error);
    }
    if (result == SBK_OK && found.count == 0) {
        cli_say(call, "%s\n", _("No key here takes a quorum."));
    }
    if (result == SBK_OK) {
        result = status_folder(call, &found, shares, &left, error);
    }
    for (int i = 0; i < call->argument_count && result == SBK_OK; i++) {
        result = status_file(call, &found, call->arguments[i], shares, error);
    }
    if (result == SBK_OK && left > 0) {
        cli_warn(call, _("%zu shares lie in the store: carry them away, one officer a file"), left);
    }
    cli_field(call, "quorums", quorums);
    cli_field(call, "shares", shares);
    return result;
}

/* ---- an officer's own share ---- */

static sbk_result check_force(
    struct cli_call *call, const char *path, const struct sbk_share *share, struct sbk_error *error) {
    struct found found;
    if (!cli_given(call, "store")) {
        return SBK_OK;
    }
    const sbk_result result = find_keys(cli_value(call, "store"), &found, error);
    if (result != SBK_OK) {
        return result;
    }
    const enum share_state state = state_of(&found, share);
    cli_field_text(call, "state", share_state_word(state));
    return state == SHARE_IN_FORCE ? SBK_OK
                                   : sbk_fail(error, SBK_REFUSED, SBK_REASON_QUORUM, _("%s: share %u (%s): %s"), path,
                                         share->number, share->name, share_state_text(state));
}

static sbk_result try_share(
    struct cli_call *call, const char *path, const struct sbk_share *share, struct sbk_error *error) {
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_secret plain = SBK_SECRET_EMPTY;
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = ask_share(call, share, program_key_name(share->role, false), &passphrase, error);
    }
    if (result == SBK_OK) {
        result = sbk_share_open(share, &passphrase, &plain, error);
        if (result != SBK_OK) {
            result = sbk_fail_in(error, result, "%s", path);
        }
    }
    sbk_secret_free(&passphrase);
    sbk_secret_free(&plain);
    return result;
}

sbk_result cmd_share_check(struct cli_call *call, struct sbk_error *error) {
    const char *path = call->arguments[0];
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_share share;
    char set[SBK_SET_TEXT_ROOM];
    char fingerprint[SBK_FINGERPRINT_ROOM];
    sbk_result result = sbk_share_read(path, &file, &share, error);
    if (result == SBK_OK) {
        sbk_set_text(share.set, set);
        sbk_fingerprint_text(share.fingerprint, fingerprint);
        cli_say(call, _("Share %u of %u (%s) of %s-%u; %u are needed; set %s\n  %s\n"), share.number, share.officers,
            share.name, sbk_key_role_word(share.role), share.generation, share.needed, set, fingerprint);
        cli_field(call, "share", share_object(path, &share, SHARE_IN_FORCE));
        result = check_force(call, path, &share, error);
    }
    if (result == SBK_OK) {
        result = try_share(call, path, &share, error);
    }
    if (result == SBK_OK) {
        cli_say(call, "%s\n",
            cli_given(call, "store") ? _("The pass phrase is right, and the share is of the set in force.")
                                     : _("The pass phrase is right."));
    }
    sbk_buffer_free(&file);
    return result;
}

/* ---- new shares ---- */

static sbk_result role_of(struct cli_call *call, uint8_t *role, struct sbk_error *error) {
    *role = sbk_key_role_of(call->arguments[0]);
    for (size_t i = 0; i < sizeof roles; i++) {
        if (roles[i] == *role) {
            return SBK_OK;
        }
    }
    return cli_usage(call, error, _("'%.40s' is not root or grant-signer"), call->arguments[0]);
}

struct replacing {
    struct sbk_store *store;
    uint8_t role;
    uint8_t generation;
    struct sbk_key_info info;
    struct sbk_quorum old;
    struct ask_answer answer;
    struct ask_deal fresh;
    char *folder;
};

static sbk_result find_key(struct cli_call *call, struct replacing *replacing, struct sbk_error *error) {
    int64_t generation = 0;
    sbk_result result = role_of(call, &replacing->role, error);
    if (result == SBK_OK) {
        result = cli_number(call, "generation", 1, GENERATIONS, &generation, error);
    }
    if (result == SBK_OK) {
        result = program_store(call, true, &replacing->store, error);
    }
    replacing->generation = (uint8_t)generation;
    if (result == SBK_OK) {
        result = sbk_store_info(replacing->store, replacing->role, replacing->generation, &replacing->info, error);
    }
    if (result == SBK_OK) {
        replacing->generation = replacing->info.generation;
        result = sbk_store_quorum(replacing->store, replacing->role, replacing->generation, &replacing->old, error);
    }
    return result;
}

static sbk_result ask_everything(struct cli_call *call, struct replacing *replacing, struct sbk_error *error) {
    const char *word = sbk_key_role_word(replacing->role);
    const char *what = program_key_name(replacing->role, false);
    char fresh_word[24];
    (void)snprintf(fresh_word, sizeof fresh_word, "new-%s", word);
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = ask_answer(
            call, replacing->store, replacing->role, replacing->generation, word, what, &replacing->answer, error);
    }
    if (result == SBK_OK) {
        result = ask_deal_again(call, fresh_word, what, &replacing->old, &replacing->fresh, error);
    }
    return result;
}

static sbk_result report(struct cli_call *call, const struct replacing *replacing, struct sbk_error *error) {
    char set[SBK_SET_TEXT_ROOM];
    json_t *quorums = json_array();
    const sbk_result result =
        share_say_quorum(call, &replacing->info, &replacing->fresh.deal.quorum, replacing->folder, quorums, error);
    cli_field(call, "quorums", quorums);
    if (result == SBK_OK && replacing->old.needed > 0) {
        sbk_set_text(replacing->old.set, set);
        cli_say(call, _("The shares of the set %s are worthless now. Destroy them:\n"), set);
        json_t *names = json_array();
        for (size_t i = 0; i < replacing->old.officers; i++) {
            cli_say(call, "  %zu  %s\n", i + 1, replacing->old.names[i]);
            (void)json_array_append_new(names, json_string(replacing->old.names[i]));
        }
        cli_field(call, "replaced", json_pack("{s:s, s:o}", "set", set, "officers", names));
        cli_say(call, "%s\n", _("They still open older copies of the key's file: destroy those in backups, too."));
    }
    share_say_carry(call, replacing->folder);
    return result;
}

sbk_result cmd_share_replace(struct cli_call *call, struct sbk_error *error) {
    struct replacing replacing = {.store = NULL};
    sbk_result result = find_key(call, &replacing, error);
    if (result == SBK_OK) {
        const char *out = cli_value(call, "out");
        replacing.folder = out != NULL ? strdup(out) : sbk_path_join(cli_value(call, "store"), SBK_SHARES_FOLDER);
        result = replacing.folder != NULL ? ask_everything(call, &replacing, error) : program_no_memory(error);
    }
    if (result == SBK_OK) {
        replacing.fresh.deal.folder = replacing.folder;
        result = sbk_key_redeal(replacing.store, replacing.role, replacing.generation, &replacing.answer.opener,
            &replacing.fresh.deal, error);
    }
    if (result == SBK_OK) {
        result = report(call, &replacing, error);
    }
    ask_answer_free(&replacing.answer);
    ask_deal_free(&replacing.fresh);
    free(replacing.folder);
    sbk_store_close(&replacing.store);
    return result;
}
