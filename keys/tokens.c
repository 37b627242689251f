/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/i18n.h"
#include "keys/backend.h"
#include "keys/token.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

/* Where a store's new keys go: the words of --token, and the file "tokens" that keeps them, one a line. */

#define FILE_NAME "tokens"
#define IN_FILES "file"
#define FILE_LIMIT (SBK_TOKENS_MAX * (SBK_TOKEN_URI_MAX + 32))

/* Length of the ROLE of "ROLE=URI"; 0 for a word that is for every role. A URI has a colon before its first "=". */
static size_t role_length(const char *word) {
    const size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return word[length] == '=' ? length : 0;
}

static bool is_for(const char *word, const char *role) {
    const size_t length = role_length(word);
    return role == NULL ? length == 0 : length > 0 && strlen(role) == length && strncmp(word, role, length) == 0;
}

static bool known(const char *word, size_t length, const char *const *roles) {
    for (size_t i = 0; roles != NULL && roles[i] != NULL; i++) {
        if (strlen(roles[i]) == length && strncmp(roles[i], word, length) == 0) {
            return true;
        }
    }
    return roles == NULL;
}

static bool same_place(const char *one, const char *other) {
    const size_t length = role_length(one);
    return length == role_length(other) && strncmp(one, other, length) == 0;
}

static sbk_result check_word(
    const struct sbk_tokens *tokens, size_t at, const char *const *roles, struct sbk_error *error) {
    const char *word = tokens->words[at];
    const size_t length = role_length(word);
    if (length > 0 && !known(word, length, roles)) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("there is no role '%.*s'"), (int)length, word);
    }
    for (size_t i = 0; i < at; i++) {
        if (same_place(tokens->words[i], word)) {
            return length > 0 ? sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("the role '%.*s' is named twice"),
                                    (int)length, word)
                              : sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, "%s",
                                    _("give one token without a role, others as ROLE=URI"));
        }
    }
    if (length > 0 && strcmp(word + length + 1, IN_FILES) == 0) {
        return SBK_OK;
    }
    return sbk_token_uri_check(length > 0 ? word + length + 1 : word, error);
}

sbk_result sbk_tokens_check(const struct sbk_tokens *tokens, const char *const *roles, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < tokens->count && result == SBK_OK; i++) {
        result = check_word(tokens, i, roles, error);
    }
    return result;
}

const char *sbk_tokens_find(const struct sbk_tokens *tokens, const char *role) {
    const char *found = NULL;
    for (size_t i = 0; i < tokens->count; i++) {
        const char *word = tokens->words[i];
        if (role != NULL && is_for(word, role)) {
            const char *place = word + strlen(role) + 1;
            return strcmp(place, IN_FILES) == 0 ? NULL : place;
        }
        if (is_for(word, NULL)) {
            found = word;
        }
    }
    return found;
}

sbk_result sbk_tokens_guard(
    const struct sbk_tokens *tokens, const char *role, struct sbk_key_guard *guard, struct sbk_error *error) {
    const char *uri = sbk_tokens_find(tokens, role);
    if (uri != NULL) {
        return sbk_token_guard(uri, guard, error);
    }
    memset(guard, 0, sizeof *guard);
    guard->kind = SBK_GUARD_PASSPHRASE;
    return SBK_OK;
}

/* Lends the lines of text, which is taken apart. */
static sbk_result split(char *text, const char *path, struct sbk_tokens *tokens, struct sbk_error *error) {
    for (char *line = text; *line != 0;) {
        char *end = strchr(line, '\n');
        if (end == NULL || end == line || tokens->count == SBK_TOKENS_MAX) {
            return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("%s: not a list of tokens"), path);
        }
        *end = 0;
        tokens->words[tokens->count++] = line;
        line = end + 1;
    }
    const sbk_result result = sbk_tokens_check(tokens, NULL, error);
    return result == SBK_OK ? SBK_OK : sbk_fail_in(error, result, "%s", path);
}

static sbk_result read_at(struct sbk_store *store, const char *path, struct sbk_error *error) {
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    struct sbk_tokens tokens = {.count = 0};
    const char *text = NULL;
    char *copy = NULL;
    sbk_result result = sbk_file_read(path, FILE_LIMIT, &bytes, error);
    if (result == SBK_OK) {
        result = sbk_buffer_text(&bytes, &text, error);
    }
    if (result == SBK_OK) {
        copy = strdup(text);
        result = copy != NULL ? split(copy, path, &tokens, error)
                              : sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    sbk_buffer_free(&bytes);
    if (result != SBK_OK) {
        free(copy);
        return result;
    }
    free(store->tokens_text);
    store->tokens_text = copy;
    store->tokens = tokens;
    return SBK_OK;
}

sbk_result sbk_tokens_read(struct sbk_store *store, struct sbk_error *error) {
    char *path = sbk_path_join(store->path, FILE_NAME);
    if (path == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    const sbk_result result = sbk_file_exists(path) ? read_at(store, path, error) : SBK_OK;
    free(path);
    return result;
}

const struct sbk_tokens *sbk_store_tokens(const struct sbk_store *store) {
    return &store->tokens;
}

sbk_result sbk_store_set_tokens(struct sbk_store *store, const struct sbk_tokens *tokens, struct sbk_error *error) {
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    if (tokens->count == 0) {
        return SBK_OK;
    }
    sbk_result result = sbk_tokens_check(tokens, NULL, error);
    for (size_t i = 0; i < tokens->count && result == SBK_OK; i++) {
        result = sbk_buffer_append_format(&text, error, "%s\n", tokens->words[i]);
    }
    char *path = sbk_path_join(store->path, FILE_NAME);
    if (result == SBK_OK && path == NULL) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    if (result == SBK_OK) {
        result = sbk_file_write(path, text.data, text.size, 0600, SBK_FILE_REPLACE, error);
    }
    if (result == SBK_OK) {
        result = read_at(store, path, error);
    }
    sbk_buffer_free(&text);
    free(path);
    return result;
}
