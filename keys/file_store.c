/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/backend.h"

#include "keys/envelope.h"

#include <string.h>

/* Keys in envelopes as a kind of key store: the file in the folder holds the key. */

static sbk_result file_generate(const char *place, struct sbk_key_info *info, const struct sbk_opener *opener,
    const struct sbk_quorum *quorum, struct sbk_buffer *file, void **state, struct sbk_error *error) {
    struct sbk_secret plain = SBK_SECRET_EMPTY;
    (void)place;
    sbk_result result = sbk_software_generate(info, &plain, error);
    if (result == SBK_OK) {
        result = sbk_envelope_seal(info, &plain, opener, quorum, file, error);
    }
    if (result == SBK_OK) {
        result = sbk_software_open(info, &plain, state, error);
    }
    sbk_secret_free(&plain);
    return result;
}

static sbk_result file_import(const char *place, const struct sbk_key_info *info, const struct sbk_secret *plain,
    const struct sbk_secret *passphrase, struct sbk_buffer *file, void **state, struct sbk_error *error) {
    const struct sbk_opener opener = {passphrase, NULL};
    (void)place;
    const sbk_result result = sbk_envelope_seal(info, plain, &opener, NULL, file, error);
    return result == SBK_OK ? sbk_software_open(info, plain, state, error) : result;
}

static enum sbk_format file_parse(const struct sbk_buffer *file, struct sbk_key_info *info, struct sbk_quorum *quorum) {
    struct sbk_envelope envelope;
    const enum sbk_format format = sbk_envelope_parse(file->data, file->size, &envelope);
    if (format == SBK_FORMAT_OK) {
        *info = envelope.info;
        *quorum = envelope.quorum;
    }
    return format;
}

static sbk_result file_open(
    const struct sbk_buffer *file, const struct sbk_opener *opener, void **state, struct sbk_error *error) {
    struct sbk_secret plain = SBK_SECRET_EMPTY;
    struct sbk_envelope envelope;
    (void)sbk_envelope_parse(file->data, file->size, &envelope);
    sbk_result result = sbk_envelope_open(&envelope, opener, &plain, error);
    if (result == SBK_OK) {
        result = sbk_software_open(&envelope.info, &plain, state, error);
    }
    sbk_secret_free(&plain);
    return result;
}

static sbk_result file_reseal(const struct sbk_buffer *file, const struct sbk_opener *old,
    const struct sbk_opener *fresh, const struct sbk_quorum *quorum, struct sbk_buffer *out, struct sbk_error *error) {
    struct sbk_secret plain = SBK_SECRET_EMPTY;
    struct sbk_envelope envelope;
    (void)sbk_envelope_parse(file->data, file->size, &envelope);
    sbk_result result = sbk_envelope_open(&envelope, old, &plain, error);
    if (result == SBK_OK) {
        result = sbk_envelope_seal(&envelope.info, &plain, fresh, quorum, out, error);
    }
    sbk_secret_free(&plain);
    return result;
}

static char *file_place(const struct sbk_buffer *file) {
    (void)file;
    return NULL;
}

static sbk_result file_guard(const struct sbk_buffer *file, struct sbk_key_guard *guard, struct sbk_error *error) {
    struct sbk_envelope envelope;
    (void)error;
    memset(guard, 0, sizeof *guard);
    guard->kind = SBK_GUARD_PASSPHRASE;
    if (sbk_envelope_parse(file->data, file->size, &envelope) == SBK_FORMAT_OK && envelope.quorum.needed > 0) {
        guard->kind = SBK_GUARD_NOTHING; /* the officers' shares alone */
    }
    return SBK_OK;
}

static sbk_result file_destroy(
    const struct sbk_buffer *file, const struct sbk_secret *passphrase, struct sbk_error *error) {
    (void)file;
    (void)passphrase;
    (void)error;
    return SBK_OK;
}

const struct sbk_store_backend sbk_file_store = {
    .generate = file_generate,
    .import = file_import,
    .parse = file_parse,
    .open = file_open,
    .reseal = file_reseal,
    .place = file_place,
    .guard = file_guard,
    .destroy = file_destroy,
    .keys = &sbk_software_backend,
};
