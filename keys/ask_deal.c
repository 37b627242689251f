/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ask_private.h"

#include "base/i18n.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --quorum ROLE=M/N and --officer ROLE=NAME,NAME..., and the pass phrases of new shares. */

static const char *const words[] = {"root", "next-root", "grant-signer"};
#define WORDS (sizeof words / sizeof words[0])

/* Length of the ROLE of "ROLE=..."; 0 for a value that is for every role. */
static size_t role_length(const char *value) {
    const size_t length = strspn(value, "abcdefghijklmnopqrstuvwxyz-");
    return value[length] == '=' ? length : 0;
}

static bool is_for(const char *value, const char *word) {
    const size_t length = role_length(value);
    return length > 0 && strlen(word) == length && strncmp(value, word, length) == 0;
}

/* What the option says of the word, or else of every role; NULL: nothing. */
static const char *said(const struct cli_call *call, const char *option, const char *word) {
    const char *plain = NULL;
    for (size_t i = 0; i < cli_count(call, option); i++) {
        const char *value = cli_value_at(call, option, i);
        if (is_for(value, word)) {
            return value + role_length(value) + 1;
        }
        plain = role_length(value) == 0 ? value : plain;
    }
    return plain;
}

static bool known(const char *word) {
    for (size_t i = 0; i < WORDS; i++) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static sbk_result read_numbers(
    struct cli_call *call, const char *text, struct sbk_quorum *quorum, struct sbk_error *error) {
    const bool digits = text[0] >= '1' && text[0] <= '9' && text[1] == '/' && text[2] >= '1' && text[2] <= '9';
    if (!digits || text[3] != 0 || !sbk_quorum_possible((unsigned)(text[0] - '0'), (unsigned)(text[2] - '0'))) {
        return cli_usage(
            call, error, _("--quorum: '%.20s' is not M/N with 2 <= M <= N <= %d"), text, SBK_QUORUM_OFFICERS_MAX);
    }
    quorum->needed = (uint8_t)(text[0] - '0');
    quorum->officers = (uint8_t)(text[2] - '0');
    return SBK_OK;
}

/* Officers that nobody named have numbers. */
static void number_names(struct sbk_quorum *quorum, unsigned from) {
    for (unsigned i = from; i < quorum->officers; i++) {
        (void)snprintf(quorum->names[i], SBK_OFFICER_ROOM, "officer %u", i + 1);
    }
}

/* Takes the names apart. */
static sbk_result read_names(
    struct cli_call *call, const char *text, struct sbk_quorum *quorum, struct sbk_error *error) {
    for (unsigned i = 0; i < quorum->officers; i++) {
        char *name = quorum->names[i];
        const size_t size = strcspn(text, ",");
        const bool last = i + 1 == quorum->officers;
        memset(name, 0, SBK_OFFICER_ROOM);
        memcpy(name, text, size < SBK_OFFICER_ROOM ? size : 0);
        if (last != (text[size] == 0)) {
            return cli_usage(call, error, _("--officer: %u names are needed, with commas"), quorum->officers);
        }
        if (!sbk_officer_name_good(name)) {
            return cli_usage(call, error, _("--officer: a name has 1 to %d bytes of text"), SBK_OFFICER_ROOM - 1);
        }
        for (unsigned n = 0; n < i; n++) {
            if (strcmp(quorum->names[n], name) == 0) {
                return cli_usage(call, error, _("--officer: '%s' is named twice"), name);
            }
        }
        text += size + 1;
    }
    return SBK_OK;
}

static sbk_result read_quorum(struct cli_call *call, const char *word, const struct sbk_quorum *like,
    struct sbk_quorum *quorum, struct sbk_error *error) {
    const char *numbers = said(call, "quorum", word);
    const char *names = said(call, "officer", word);
    memset(quorum, 0, sizeof *quorum);
    if (like != NULL) {
        *quorum = *like;
    }
    if (numbers == NULL && quorum->needed == 0) {
        return names == NULL ? SBK_OK : cli_usage(call, error, _("--officer: there is no --quorum for '%s'"), word);
    }
    const unsigned before = quorum->officers;
    const sbk_result result = numbers != NULL ? read_numbers(call, numbers, quorum, error) : SBK_OK;
    if (result == SBK_OK) {
        number_names(quorum, before);
    }
    return result == SBK_OK && names != NULL ? read_names(call, names, quorum, error) : result;
}

static sbk_result check_roles(struct cli_call *call, const char *option, struct sbk_error *error) {
    for (size_t i = 0; i < cli_count(call, option); i++) {
        const char *value = cli_value_at(call, option, i);
        const size_t length = role_length(value);
        char word[24] = "";
        memcpy(word, value, length < sizeof word ? length : 0);
        if (length > 0 && !known(word)) {
            return cli_usage(call, error, _("--%s: '%.40s' is not for root, next-root or grant-signer"), option, value);
        }
        for (size_t n = 0; n < i; n++) {
            const char *earlier = cli_value_at(call, option, n);
            if (length > 0 ? is_for(earlier, word) : role_length(earlier) == 0) {
                return cli_usage(call, error, _("--%s: '%.40s' says again what was said before"), option, value);
            }
        }
    }
    return SBK_OK;
}

sbk_result ask_quorums_check(struct cli_call *call, struct sbk_error *error) {
    sbk_result result = check_roles(call, "quorum", error);
    if (result == SBK_OK) {
        result = check_roles(call, "officer", error);
    }
    for (size_t i = 0; i < WORDS && result == SBK_OK; i++) {
        struct sbk_quorum quorum;
        result = read_quorum(call, words[i], NULL, &quorum, error);
    }
    return result;
}

static sbk_result ask_passphrases(
    struct cli_call *call, const char *word, const char *what, struct ask_deal *deal, struct sbk_error *error) {
    const struct sbk_quorum *quorum = &deal->deal.quorum;
    sbk_result result = SBK_OK;
    deal->deal.passphrases = deal->passphrases;
    deal->deal.made = sbk_clock_today(call->clock);
    for (unsigned i = 0; i < quorum->officers && result == SBK_OK; i++) {
        result = ask_share_passphrase(call, word, i + 1, quorum->names[i], what, true, &deal->passphrases[i], error);
    }
    return result;
}

sbk_result ask_deal(struct cli_call *call, const char *word, const char *what, const struct sbk_quorum *like,
    struct ask_deal *deal, struct sbk_error *error) {
    memset(deal, 0, sizeof *deal);
    const sbk_result result = known(word) ? read_quorum(call, word, like, &deal->deal.quorum, error) : SBK_OK;
    return result == SBK_OK ? ask_passphrases(call, word, what, deal, error) : result;
}

sbk_result ask_deal_again(struct cli_call *call, const char *word, const char *what, const struct sbk_quorum *old,
    struct ask_deal *deal, struct sbk_error *error) {
    struct sbk_quorum *quorum = &deal->deal.quorum;
    const char *numbers = cli_value(call, "quorum");
    const char *names = cli_value(call, "officer");
    memset(deal, 0, sizeof *deal);
    *quorum = *old;
    if (numbers == NULL && old->needed == 0) {
        return cli_usage(call, error, "%s", _("the key has no quorum yet: say which with --quorum M/N"));
    }
    sbk_result result = numbers != NULL ? read_numbers(call, numbers, quorum, error) : SBK_OK;
    if (result == SBK_OK) {
        number_names(quorum, old->officers);
    }
    if (result == SBK_OK && names != NULL) {
        result = read_names(call, names, quorum, error);
    }
    return result == SBK_OK ? ask_passphrases(call, word, what, deal, error) : result;
}

void ask_deal_free(struct ask_deal *deal) {
    for (size_t i = 0; i < SBK_QUORUM_OFFICERS_MAX; i++) {
        sbk_secret_free(&deal->passphrases[i]);
    }
}
