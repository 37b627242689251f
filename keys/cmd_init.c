/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/i18n.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "keys/ask.h"
#include "keys/founding.h"
#include "keys/place.h"

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

static sbk_result ask_one(struct cli_call *call, const struct sbk_tokens *tokens,
    struct sbk_secret passphrases[SBK_FOUNDED_COUNT], int which, struct sbk_error *error) {
    const char *word = sbk_founded_word((enum sbk_founded)which);
    const bool next = which == SBK_FOUNDED_NEXT_ROOT;
    const uint8_t role = next ? (uint8_t)SBK_KEY_ROOT : sbk_key_role_of(word);
    const struct sbk_secret *earlier = asked_before(call, tokens, passphrases, which);
    if (earlier == NULL) {
        return ask_new_key(call, tokens, word, word, program_key_name(role, next), &passphrases[which], error);
    }
    return earlier->size > 0 ? sbk_secret_copy(&passphrases[which], earlier->data, earlier->size, error) : SBK_OK;
}

static sbk_result ask_all(struct cli_call *call, struct sbk_tokens *tokens,
    struct sbk_secret passphrases[SBK_FOUNDED_COUNT], struct sbk_error *error) {
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = ask_tokens(call, program_role_words(), tokens, error);
    }
    for (int i = 0; i < SBK_FOUNDED_COUNT && result == SBK_OK; i++) {
        result = ask_one(call, tokens, passphrases, i, error);
    }
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
    struct sbk_secret passphrases[SBK_FOUNDED_COUNT] = {SBK_SECRET_EMPTY};
    struct sbk_tokens tokens;
    struct cli_progress progress;
    sbk_result result = sbk_place_free(cli_value(call, "store"), error);
    if (result == SBK_OK) {
        result = ask_all(call, &tokens, passphrases, error);
    }
    if (result == SBK_OK) {
        cli_progress_begin(&progress, call, _("making keys"));
        result = sbk_city_found(
            cli_value(call, "store"), passphrases, &tokens, call->clock, cli_progress_show, &progress, error);
        cli_progress_end(&progress);
    }
    for (size_t i = 0; i < SBK_FOUNDED_COUNT; i++) {
        sbk_secret_free(&passphrases[i]);
    }
    return result == SBK_OK ? report(call, error) : result;
}
