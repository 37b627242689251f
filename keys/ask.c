/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ask.h"

#include "keys/ask_private.h"

#include "base/i18n.h"
#include "cli/secrets.h"

#include <stdlib.h>
#include <string.h>

#define ENVIRONMENT "SEMBAKO_TOKEN"

sbk_result ask_tokens(
    struct cli_call *call, const char *const *roles, struct sbk_tokens *tokens, struct sbk_error *error) {
    const char *usual = getenv(ENVIRONMENT);
    const size_t count = cli_count(call, "token");
    *tokens = (struct sbk_tokens){.count = 0};
    if (count > SBK_TOKENS_MAX) {
        return cli_usage(call, error, _("--token may be given %d times"), SBK_TOKENS_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        tokens->words[tokens->count++] = cli_value_at(call, "token", i);
    }
    if (count == 0 && usual != NULL && usual[0] != 0) {
        tokens->words[tokens->count++] = usual;
    }
    const sbk_result result = sbk_tokens_check(tokens, roles, error);
    return result == SBK_OK ? SBK_OK : sbk_fail_in(error, result, "%s", count > 0 ? "--token" : ENVIRONMENT);
}

static sbk_result ask(struct cli_call *call, const struct sbk_key_guard *guard, bool fresh, const char *option,
    const char *what, struct sbk_secret *secret, struct sbk_error *error) {
    switch (guard->kind) {
    case SBK_GUARD_PASSPHRASE:
        return cli_passphrase(call, option, what, fresh, secret, error);
    case SBK_GUARD_PIN:
        return cli_token_pin(call, option, what, guard->token, secret, error);
    case SBK_GUARD_NOTHING:
        break;
    }
    return SBK_OK;
}

void ask_answer_free(struct ask_answer *answer) {
    sbk_secret_free(&answer->passphrase);
    sbk_secret_free(&answer->approval);
}

sbk_result ask_answer(struct cli_call *call, const struct sbk_store *store, uint8_t role, uint8_t generation,
    const char *option, const char *what, struct ask_answer *answer, struct sbk_error *error) {
    struct sbk_key_guard guard;
    struct sbk_key_info info;
    struct sbk_quorum quorum;
    memset(answer, 0, sizeof *answer);
    answer->opener.passphrase = &answer->passphrase;
    sbk_result result = sbk_store_quorum(store, role, generation, &quorum, error);
    if (result == SBK_OK) {
        result = sbk_store_guard(store, role, generation, &guard, error);
    }
    if (result == SBK_OK) {
        result = ask(call, &guard, false, option, what, &answer->passphrase, error);
    }
    if (result == SBK_OK && quorum.needed > 0) {
        result = sbk_store_info(store, role, generation, &info, error);
        if (result == SBK_OK) {
            result = ask_shares(call, &info, &quorum, what, &answer->approval, error);
            answer->opener.approval = &answer->approval;
        }
    }
    if (result != SBK_OK) {
        ask_answer_free(answer);
    }
    return result;
}

sbk_result ask_open(struct cli_call *call, struct sbk_store *store, uint8_t role, uint8_t generation,
    const char *option, const char *what, struct sbk_key **key, struct sbk_error *error) {
    struct ask_answer answer;
    sbk_result result = ask_answer(call, store, role, generation, option, what, &answer, error);
    if (result == SBK_OK) {
        result = sbk_key_open_by(store, role, generation, &answer.opener, key, error);
        ask_answer_free(&answer);
    }
    return result;
}

sbk_result ask_key(struct cli_call *call, const struct sbk_store *store, uint8_t role, uint8_t generation,
    const char *option, const char *what, struct sbk_secret *secret, struct sbk_error *error) {
    struct sbk_key_guard guard;
    const sbk_result result = sbk_store_guard(store, role, generation, &guard, error);
    return result == SBK_OK ? ask(call, &guard, false, option, what, secret, error) : result;
}

sbk_result ask_new_key(struct cli_call *call, const struct sbk_tokens *tokens, const char *role, const char *option,
    const char *what, struct sbk_secret *secret, struct sbk_error *error) {
    struct sbk_key_guard guard;
    const sbk_result result = sbk_tokens_guard(tokens, role, &guard, error);
    return result == SBK_OK ? ask(call, &guard, true, option, what, secret, error) : result;
}
