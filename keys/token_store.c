/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/backend.h"

#include "keys/reference.h"
#include "schema/reason.h"

#include <string.h>

/* Keys on PKCS#11 tokens as a kind of key store: the file in the folder is a reference. */

/* Writes the reference of a key that was just put on the token; without one the key is taken away again. */
static sbk_result refer(const struct sbk_token *token, const struct sbk_key_info *info,
    const struct sbk_token_place *place, const struct sbk_quorum *quorum, void *state, struct sbk_buffer *file,
    struct sbk_error *error) {
    char uri[SBK_TOKEN_URI_MAX + 1];
    struct sbk_token_place kept = *place;
    sbk_token_remember(token, place->uri, uri);
    kept.uri = uri;
    const sbk_result result = sbk_reference_write(info, &kept, quorum, file, error);
    if (result != SBK_OK) {
        (void)sbk_token_backend.destroy(state, NULL);
        sbk_token_backend.close(state);
    }
    return result;
}

static sbk_result token_generate(const char *place, struct sbk_key_info *info, const struct sbk_opener *opener,
    const struct sbk_quorum *quorum, struct sbk_buffer *file, void **state, struct sbk_error *error) {
    struct sbk_token_place at = {.uri = place};
    struct sbk_token *token = NULL;
    void *made = NULL;
    sbk_result result = sbk_token_open(place, opener->passphrase, &token, error);
    if (result == SBK_OK) {
        result = sbk_token_generate(token, info, &at, &made, error);
    }
    if (result == SBK_OK) {
        result = refer(token, info, &at, quorum, made, file, error);
    }
    if (result == SBK_OK) {
        *state = made;
    }
    sbk_token_close(&token);
    return result;
}

static sbk_result token_import(const char *place, const struct sbk_key_info *info, const struct sbk_secret *plain,
    const struct sbk_secret *passphrase, struct sbk_buffer *file, void **state, struct sbk_error *error) {
    struct sbk_token_place at = {.uri = place};
    struct sbk_token *token = NULL;
    void *made = NULL;
    sbk_result result = sbk_token_open(place, passphrase, &token, error);
    if (result == SBK_OK) {
        result = sbk_token_import(token, info, plain, &at, &made, error);
    }
    if (result == SBK_OK) {
        result = refer(token, info, &at, NULL, made, file, error);
    }
    if (result == SBK_OK) {
        *state = made;
    }
    sbk_token_close(&token);
    return result;
}

static enum sbk_format token_parse(
    const struct sbk_buffer *file, struct sbk_key_info *info, struct sbk_quorum *quorum) {
    struct sbk_reference reference;
    const enum sbk_format format = sbk_reference_parse(file->data, file->size, &reference);
    if (format == SBK_FORMAT_OK) {
        *info = reference.info;
        *quorum = reference.quorum;
    }
    return format;
}

/* The officers' approval comes first: without it nobody tries the PIN. */
static sbk_result approve(
    const struct sbk_reference *reference, const struct sbk_opener *opener, struct sbk_error *error) {
    return reference->quorum.needed > 0 ? sbk_quorum_check(&reference->quorum, opener->approval, error) : SBK_OK;
}

static sbk_result token_open(
    const struct sbk_buffer *file, const struct sbk_opener *opener, void **state, struct sbk_error *error) {
    struct sbk_reference reference;
    struct sbk_token *token = NULL;
    (void)sbk_reference_parse(file->data, file->size, &reference);
    sbk_result result = approve(&reference, opener, error);
    if (result == SBK_OK) {
        result = sbk_token_open(reference.uri, opener->passphrase, &token, error);
    }
    if (result == SBK_OK) {
        result = sbk_token_find(token, &reference.info, &reference.place, state, error);
    }
    sbk_token_close(&token);
    return result;
}

static sbk_result token_reseal(const struct sbk_buffer *file, const struct sbk_opener *old,
    const struct sbk_opener *fresh, const struct sbk_quorum *quorum, struct sbk_buffer *out, struct sbk_error *error) {
    struct sbk_reference reference;
    void *state = NULL;
    (void)fresh;
    (void)sbk_reference_parse(file->data, file->size, &reference);
    const sbk_result result = token_open(file, old, &state, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_token_backend.close(state);
    return sbk_reference_write(&reference.info, &reference.place, quorum, out, error);
}

static char *token_place(const struct sbk_buffer *file) {
    struct sbk_reference reference;
    (void)sbk_reference_parse(file->data, file->size, &reference);
    return strdup(reference.uri);
}

static sbk_result token_guard(const struct sbk_buffer *file, struct sbk_key_guard *guard, struct sbk_error *error) {
    struct sbk_reference reference;
    (void)sbk_reference_parse(file->data, file->size, &reference);
    return sbk_token_guard(reference.uri, guard, error);
}

static sbk_result token_destroy(
    const struct sbk_buffer *file, const struct sbk_secret *passphrase, struct sbk_error *error) {
    const struct sbk_opener opener = {passphrase, NULL};
    struct sbk_error why = {.reason = NULL};
    void *state = NULL;
    sbk_result result = token_open(file, &opener, &state, &why);
    if (result == SBK_OK) {
        result = sbk_token_backend.destroy(state, &why);
        sbk_token_backend.close(state);
    }
    if (result == SBK_OK || (why.reason != NULL && strcmp(why.reason, SBK_REASON_NOT_FOUND) == 0)) {
        return SBK_OK;
    }
    if (error != NULL) {
        *error = why;
    }
    return result;
}

const struct sbk_store_backend sbk_token_store = {
    .generate = token_generate,
    .import = token_import,
    .parse = token_parse,
    .open = token_open,
    .reseal = token_reseal,
    .place = token_place,
    .guard = token_guard,
    .destroy = token_destroy,
    .keys = &sbk_token_backend,
};
