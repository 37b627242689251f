/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "keys/ask.h"
#include "keys/founding.h"
#include "keys/place.h"
#include "keys/program_shares.h"

#include <stdlib.h>
#include <string.h>

/* What the keys of one token have in common is asked for once, unless options say it for each. */
static const struct sbk_secret *asked_before(const struct cli_call *call, const struct sbk_tokens *tokens,
    const struct sbk_secret passphrases[SBK_FOUNDED_COUNT], int now) {
    const char *uri = sbk_tokens_find(tokens, sbk_founded_word((enum sbk_founded)now));
    if (cli_given(call, "passphrase-file") || cli_given(call, "passphrase-fd")) {
        return NULL;
    }
    for (int i = 0; i < now && uri != NULL; i++) {
        const char *earlier = sbk_tokens_find(tokens, sbk_founded_word((enum sbk_founded)i));
        if (earlier != NULL && strcmp(earlier, uri) == 0) {
            return &passphrases[i];
        }
    }
    return NULL;
}

/* What opens the keys that are to be made. */
struct wanted {
    struct sbk_tokens tokens;
    struct sbk_secret passphrases[SBK_FOUNDED_COUNT];
    struct ask_deal deals[SBK_FOUNDED_COUNT];
};

static void wanted_free(struct wanted *wanted) {
    for (size_t i = 0; i < SBK_FOUNDED_COUNT; i++) {
        sbk_secret_free(&wanted->passphrases[i]);
        ask_deal_free(&wanted->deals[i]);
    }
}

static sbk_result ask_one(struct cli_call *call, struct wanted *wanted, int which, struct sbk_error *error) {
    const char *word = sbk_founded_word((enum sbk_founded)which);
    const bool next = which == SBK_FOUNDED_NEXT_ROOT;
    const uint8_t role = next ? (uint8_t)SBK_KEY_ROOT : sbk_key_role_of(word);
    const char *what = program_key_name(role, next);
    const struct sbk_secret *earlier = asked_before(call, &wanted->tokens, wanted->passphrases, which);
    struct sbk_secret *passphrase = &wanted->passphrases[which];
    sbk_result result = ask_deal(call, word, what, NULL, &wanted->deals[which], error);
    if (result != SBK_OK) {
        return result;
    }
    if (wanted->deals[which].deal.quorum.needed > 0 && sbk_tokens_find(&wanted->tokens, word) == NULL) {
        return SBK_OK; /* an envelope that the shares alone open */
    }
    if (earlier == NULL) {
        return ask_new_key(call, &wanted->tokens, word, word, what, passphrase, error);
    }
    return earlier->size > 0 ? sbk_secret_copy(passphrase, earlier->data, earlier->size, error) : SBK_OK;
}

static sbk_result ask_all(struct cli_call *call, struct wanted *wanted, struct sbk_error *error) {
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = ask_tokens(call, program_role_words(), &wanted->tokens, error);
    }
    if (result == SBK_OK) {
        result = ask_quorums_check(call, error);
    }
    for (int i = 0; i < SBK_FOUNDED_COUNT && result == SBK_OK; i++) {
        result = ask_one(call, wanted, i, error);
    }
    return result;
}

static sbk_result report_quorum(struct cli_call *call, int which, const struct sbk_deal *deal, const char *folder,
    json_t *quorums, struct sbk_error *error) {
    const bool next = which == SBK_FOUNDED_NEXT_ROOT;
    const uint8_t role = next ? (uint8_t)SBK_KEY_ROOT : sbk_key_role_of(sbk_founded_word((enum sbk_founded)which));
    char *path =
        next ? sbk_path_join(cli_value(call, "store"), SBK_NEXT_ROOT_FOLDER) : strdup(cli_value(call, "store"));
    struct sbk_store *store = NULL;
    struct sbk_key_info info;
    sbk_result result = path != NULL ? sbk_store_open(&store, path, false, error) : program_no_memory(error);
    if (result == SBK_OK) {
        result = sbk_store_info(store, role, 0, &info, error);
        sbk_store_close(&store);
    }
    if (result == SBK_OK) {
        result = share_say_quorum(call, &info, &deal->quorum, folder, quorums, error);
    }
    free(path);
    return result;
}

/* The quorums and where the shares lie. */
static sbk_result report_shares(struct cli_call *call, const struct wanted *wanted, struct sbk_error *error) {
    char *folder = sbk_path_join(cli_value(call, "store"), SBK_SHARES_FOLDER);
    json_t *quorums = json_array();
    size_t count = 0;
    sbk_result result = folder != NULL ? SBK_OK : program_no_memory(error);
    for (int i = 0; i < SBK_FOUNDED_COUNT && result == SBK_OK; i++) {
        if (wanted->deals[i].deal.quorum.needed > 0) {
            result = report_quorum(call, i, &wanted->deals[i].deal, folder, quorums, error);
            count++;
        }
    }
    if (result == SBK_OK && count > 0) {
        share_say_carry(call, folder);
    }
    cli_field(call, "quorums", quorums);
    free(folder);
    return result;
}

/* Says what was made: the fingerprint is what people compare from now on. */
static sbk_result report(struct cli_call *call, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    struct sbk_city city;
    char text[SBK_FINGERPRINT_ROOM];
    char next[SBK_FINGERPRINT_ROOM];
    sbk_result result = program_store(call, false, &store, error);
    if (result == SBK_OK) {
        result = program_city(call, store, &city, error);
        sbk_store_close(&store);
    }
    if (result != SBK_OK) {
        return result;
    }
    result = program_fingerprint(city.anchor.key, text, error);
    sbk_fingerprint_text(city.anchor.next_hash, next);
    if (result == SBK_OK) {
        cli_say(call, _("The keys are made in %s.\n"), cli_value(call, "store"));
        cli_say(call, _("Root, generation %u:\n  %s\n"), city.anchor.generation, text);
        cli_say(call, _("Next root:\n  %s\n"), next);
        cli_say(call, _("Print the first one for everybody who pins it, and carry %s/%s to other custody.\n"),
            cli_value(call, "store"), SBK_NEXT_ROOT_FOLDER);
        cli_field_int(call, "generation", city.anchor.generation);
        cli_field_text(call, "fingerprint", text);
        cli_field_text(call, "next_fingerprint", next);
    }
    sbk_city_free(&city);
    return result;
}

sbk_result cmd_init(struct cli_call *call, struct sbk_error *error) {
    struct wanted wanted = {.tokens = {.count = 0}};
    struct sbk_deal *deals[SBK_FOUNDED_COUNT] = {NULL};
    struct cli_progress progress;
    sbk_result result = sbk_place_free(cli_value(call, "store"), error);
    if (result == SBK_OK) {
        result = ask_all(call, &wanted, error);
    }
    if (result == SBK_OK) {
        for (size_t i = 0; i < SBK_FOUNDED_COUNT; i++) {
            deals[i] = wanted.deals[i].deal.quorum.needed > 0 ? &wanted.deals[i].deal : NULL;
        }
        cli_progress_begin(&progress, call, _("making keys"));
        result = sbk_city_found(cli_value(call, "store"), wanted.passphrases, &wanted.tokens, deals, call->clock,
            cli_progress_show, &progress, error);
        cli_progress_end(&progress);
    }
    if (result == SBK_OK) {
        result = report(call, error);
    }
    if (result == SBK_OK) {
        result = report_shares(call, &wanted, error);
    }
    wanted_free(&wanted);
    return result;
}
