/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/office.h"
#include "base/file.h"
#include "base/i18n.h"
#include "keys/crypto.h"
#include "keys/x509.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sbk_result read_in(
    const char *folder, const char *name, size_t limit, struct sbk_buffer *out, struct sbk_error *error) {
    char *path = sbk_path_join(folder, name);
    sbk_result result = SBK_OK;

    if (path == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    if (!sbk_file_exists(path)) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_CERTIFICATE,
            _("%s: the city's certificate is not installed here; run 'sembako-personalize install' first"), folder);
    } else {
        result = sbk_file_read(path, limit, out, error);
    }
    free(path);
    return result;
}

static sbk_result write_in(
    const char *folder, const char *name, const void *data, size_t size, struct sbk_error *error) {
    char *path = sbk_path_join(folder, name);

    if (path == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    const sbk_result result = sbk_file_write(path, data, size, 0600, SBK_FILE_REPLACE, error);
    free(path);
    return result;
}

static bool there(const char *folder, const char *name) {
    char *path = sbk_path_join(folder, name);
    const bool exists = path != NULL && sbk_file_exists(path);

    free(path);
    return exists;
}

static sbk_result read_anchor(const char *folder, struct sbk_anchor *anchor, struct sbk_error *error) {
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    sbk_result result = read_in(folder, SBK_OFFICE_ANCHOR_FILE, SBK_ANCHOR_SIZE, &bytes, error);

    if (result == SBK_OK && sbk_anchor_parse(bytes.data, bytes.size, anchor) != SBK_FORMAT_OK) {
        result = sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_FORMAT, _("%s/%s: is not a pinned root"), folder, SBK_OFFICE_ANCHOR_FILE);
    }
    sbk_buffer_free(&bytes);
    return result;
}

sbk_result sbk_office_enrol(const char *folder, const char *name, const struct sbk_tokens *tokens,
    const struct sbk_secret *passphrase, uint32_t now, struct sbk_buffer *out, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    struct sbk_key *key = NULL;
    sbk_result result = sbk_store_create(&store, folder, true, error);

    if (result != SBK_OK) {
        return result;
    }
    /* Again in the same folder: the request was lost, or the office must be named anew. The key stays. */
    if (sbk_store_newest(store, SBK_KEY_BUREAU) == 0) {
        result = sbk_store_set_tokens(store, tokens, error);
        if (result == SBK_OK) {
            result = sbk_key_generate(store, SBK_KEY_BUREAU, 1, sbk_date_of_time(now), passphrase, &key, error);
        }
    } else {
        result = sbk_key_open(store, SBK_KEY_BUREAU, 0, passphrase, &key, error);
    }
    if (result == SBK_OK) {
        result = sbk_office_request_make(key, name, now, out, error);
    }
    sbk_key_close(&key);
    sbk_store_close(&store);
    return result;
}

static sbk_result bureau_info(struct sbk_store *store, struct sbk_key_info *info, struct sbk_error *error) {
    if (sbk_store_newest(store, SBK_KEY_BUREAU) == 0) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NOT_ENROLLED,
            _("%s: no bureau's key is here; run 'sembako-personalize enrol' first"), sbk_store_path(store));
    }
    return sbk_store_info(store, SBK_KEY_BUREAU, 0, info, error);
}

sbk_result sbk_office_install(const char *folder, const uint8_t *data, size_t size, uint32_t now,
    uint8_t fingerprint[SBK_HASH_SIZE], char name[64], bool *first, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    struct sbk_key_info info;
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_office_certificate parsed;
    struct sbk_office_info subject;
    struct sbk_anchor pinned;
    uint8_t bytes[SBK_ANCHOR_SIZE];
    sbk_result result = sbk_store_open(&store, folder, true, error);

    if (result != SBK_OK) {
        return result;
    }
    *first = !there(folder, SBK_OFFICE_ANCHOR_FILE);
    result = bureau_info(store, &info, error);
    if (result == SBK_OK && !*first) {
        result = read_anchor(folder, &pinned, error);
    }
    if (result == SBK_OK) {
        result = sbk_office_certificate_open(
            data, size, &info, *first ? NULL : &pinned, sbk_date_of_time(now), &content, &parsed, NULL, error);
    }
    if (result == SBK_OK) {
        result = sbk_x509_info(parsed.x509.data, parsed.x509.size, &subject, error);
    }
    if (result == SBK_OK) {
        result = sbk_point_hash(parsed.anchor.key, fingerprint, error);
    }
    if (result == SBK_OK) {
        (void)snprintf(name, 64, "%s", subject.name);
        /* The answer first: an anchor without it would pin a root for nothing. */
        result = write_in(folder, SBK_OFFICE_CERTIFICATE_FILE, data, size, error);
    }
    if (result == SBK_OK && *first && sbk_anchor_write(&parsed.anchor, bytes) != SBK_FORMAT_OK) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("the certificate carries no root"));
    }
    if (result == SBK_OK && *first) {
        result = write_in(folder, SBK_OFFICE_ANCHOR_FILE, bytes, sizeof(bytes), error);
    }
    sbk_buffer_free(&content);
    sbk_store_close(&store);
    return result;
}

sbk_result sbk_office_open(struct sbk_office *office, const char *folder, uint32_t now, struct sbk_error *error) {
    struct sbk_key_info info;
    struct sbk_buffer file = SBK_BUFFER_EMPTY;

    memset(office, 0, sizeof(*office));
    sbk_result result = sbk_store_open(&office->store, folder, true, error);
    if (result == SBK_OK) {
        result = bureau_info(office->store, &info, error);
    }
    if (result == SBK_OK) {
        result = read_anchor(folder, &office->anchor, error);
    }
    if (result == SBK_OK) {
        result = read_in(folder, SBK_OFFICE_CERTIFICATE_FILE, SBK_BUNDLE_SMALL_MAX * 2, &file, error);
    }
    if (result == SBK_OK) {
        result = sbk_office_certificate_open(file.data, file.size, &info, &office->anchor, sbk_date_of_time(now),
            &office->content, &office->certificate, &office->trust, error);
    }
    sbk_buffer_free(&file);
    if (result != SBK_OK) {
        sbk_office_close(office);
    }
    return result;
}

void sbk_office_close(struct sbk_office *office) {
    sbk_trust_free(&office->trust);
    sbk_buffer_free(&office->content);
    sbk_store_close(&office->store);
    memset(office, 0, sizeof(*office));
}
