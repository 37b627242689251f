/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/backend.h"

#include "base/i18n.h"
#include "keys/envelope.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The encrypted file store: a back end of keys/store.h. One envelope a key; what is written is never rewritten. */

#define GENERATIONS 127

static char *envelope_path(const struct sbk_store *store, uint8_t role, uint8_t generation) {
    char name[40];
    (void)snprintf(name, sizeof name, "%s-%u.key", sbk_key_role_word(role), generation);
    return sbk_path_join(store->path, name);
}

static sbk_result out_of_memory(struct sbk_error *error) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
}

static uint8_t file_newest(const struct sbk_store *store, uint8_t role) {
    for (uint8_t generation = GENERATIONS; generation >= 1; generation--) {
        char *path = envelope_path(store, role, generation);
        const bool found = path != NULL && sbk_file_exists(path);
        free(path);
        if (found) {
            return generation;
        }
    }
    return 0;
}

/* Reads an envelope into bytes, which envelope then lends from. It must be the key that its name says. */
static sbk_result read_envelope(const struct sbk_store *store, uint8_t role, uint8_t generation,
    struct sbk_buffer *bytes, struct sbk_envelope *envelope, struct sbk_error *error) {
    char *path = envelope_path(store, role, generation);
    if (path == NULL) {
        return out_of_memory(error);
    }
    sbk_result result = SBK_OK;
    if (!sbk_file_exists(path)) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND, _("%s: there is no such key"), path);
    } else {
        result = sbk_file_read(path, SBK_ENVELOPE_MAX, bytes, error);
    }
    if (result == SBK_OK) {
        const enum sbk_format format = sbk_envelope_parse(bytes->data, bytes->size, envelope);
        if (format != SBK_FORMAT_OK) {
            result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("%s: not a key's envelope: it %s"), path,
                _(sbk_format_text(format)));
        } else if (envelope->info.role != role || envelope->info.generation != generation) {
            result = sbk_fail(
                error, SBK_TAMPERED, SBK_REASON_FORMAT, _("%s: the envelope is another key's, put it back"), path);
        }
    }
    free(path);
    return result;
}

static sbk_result file_info(const struct sbk_store *store, uint8_t role, uint8_t generation, struct sbk_key_info *info,
    struct sbk_error *error) {
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    struct sbk_envelope envelope;
    const sbk_result result = read_envelope(store, role, generation, &bytes, &envelope, error);
    if (result == SBK_OK) {
        *info = envelope.info;
    }
    sbk_buffer_free(&bytes);
    return result;
}

static sbk_result write_envelope(const struct sbk_store *store, const struct sbk_key_info *info,
    const struct sbk_secret *plain, const struct sbk_secret *passphrase, struct sbk_error *error) {
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    char *path = envelope_path(store, info->role, info->generation);
    if (path == NULL) {
        return out_of_memory(error);
    }
    sbk_result result = SBK_OK;
    if (sbk_file_exists(path)) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_EXISTS, _("%s: the key is there already"), path);
    }
    if (result == SBK_OK) {
        result = sbk_envelope_seal(info, plain, passphrase, &bytes, error);
    }
    if (result == SBK_OK) {
        result = sbk_file_write(path, bytes.data, bytes.size, 0600, SBK_FILE_NEW, error);
    }
    sbk_buffer_free(&bytes);
    free(path);
    return result;
}

static sbk_result file_generate(struct sbk_store *store, struct sbk_key_info *info, const struct sbk_secret *passphrase,
    const struct sbk_key_backend **backend, void **state, struct sbk_error *error) {
    struct sbk_secret plain = SBK_SECRET_EMPTY;
    sbk_result result = sbk_software_generate(info, &plain, error);
    if (result == SBK_OK) {
        result = write_envelope(store, info, &plain, passphrase, error);
    }
    if (result == SBK_OK) {
        *backend = &sbk_software_backend;
        result = sbk_software_open(info, &plain, state, error);
    }
    sbk_secret_free(&plain);
    return result;
}

static sbk_result file_import(struct sbk_store *store, struct sbk_key_info *info, const struct sbk_secret *plain,
    const struct sbk_secret *passphrase, struct sbk_error *error) {
    return write_envelope(store, info, plain, passphrase, error);
}

static sbk_result file_open(struct sbk_store *store, struct sbk_key_info *info, const struct sbk_secret *passphrase,
    const struct sbk_key_backend **backend, void **state, struct sbk_error *error) {
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    struct sbk_secret plain = SBK_SECRET_EMPTY;
    struct sbk_envelope envelope;
    sbk_result result = read_envelope(store, info->role, info->generation, &bytes, &envelope, error);
    if (result == SBK_OK) {
        result = sbk_envelope_open(&envelope, passphrase, &plain, error);
        if (result == SBK_REFUSED) {
            (void)sbk_fail_in(
                error, result, "%s/%s-%u.key", store->path, sbk_key_role_word(info->role), info->generation);
        }
    }
    if (result == SBK_OK) {
        *info = envelope.info;
        *backend = &sbk_software_backend;
        result = sbk_software_open(info, &plain, state, error);
    }
    sbk_secret_free(&plain);
    sbk_buffer_free(&bytes);
    return result;
}

const struct sbk_store_backend sbk_file_backend = {
    .newest = file_newest,
    .info = file_info,
    .generate = file_generate,
    .import = file_import,
    .open = file_open,
};
