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

/* ---- the roots: the pinned one, and what its links lead to ---- */

static sbk_result follow(struct sbk_trust *roots, const uint8_t *record, struct sbk_error *error) {
    const struct sbk_bytes bytes = {record, SBK_LINK_SIZE};
    struct sbk_anchor carried = {.generation = 0};
    struct sbk_roots led;
    struct sbk_link link;

    if (sbk_link_parse(record, SBK_LINK_SIZE, &link) == SBK_FORMAT_OK) {
        carried.generation = link.generation;
        memcpy(carried.key, link.key, sizeof(carried.key));
        memcpy(carried.next_hash, link.next_hash, sizeof(carried.next_hash));
    }
    const sbk_result result = sbk_links_follow(roots, &carried, &bytes, 1, 0, &led, error);
    return result == SBK_OK ? sbk_trust_add_roots(roots, &led, error) : result;
}

/* links receives the records that are kept. */
static sbk_result load_roots(
    const char *folder, struct sbk_trust **roots, struct sbk_buffer *links, struct sbk_error *error) {
    struct sbk_anchor pinned;
    sbk_result result = sbk_trust_new(roots, error);

    if (result == SBK_OK) {
        result = read_anchor(folder, &pinned, error);
    }
    if (result == SBK_OK) {
        result = sbk_trust_add_anchor(*roots, &pinned, SBK_NO_END, error);
    }
    if (result == SBK_OK && there(folder, SBK_OFFICE_LINKS_FILE)) {
        result = read_in(folder, SBK_OFFICE_LINKS_FILE, SBK_TRUST_ANCHORS_MAX * SBK_LINK_SIZE, links, error);
    }
    if (result == SBK_OK && links->size % SBK_LINK_SIZE != 0) {
        result = sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_FORMAT, _("%s/%s: is no row of root links"), folder, SBK_OFFICE_LINKS_FILE);
    }
    for (size_t at = 0; at < links->size && result == SBK_OK; at += SBK_LINK_SIZE) {
        result = follow(*roots, links->data + at, error);
    }
    return result;
}

/* Puts a file's links to those kept: new ones at the end; a stricter last day in the place of the same step. */
static sbk_result keep_links(const char *folder, struct sbk_buffer *kept, uint8_t pinned,
    const struct sbk_office_certificate *parsed, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    bool changed = false;

    for (size_t i = 0; i < parsed->link_count && result == SBK_OK; i++) {
        struct sbk_link link;
        struct sbk_link same;
        if (sbk_link_parse(parsed->links[i].data, parsed->links[i].size, &link) != SBK_FORMAT_OK ||
            link.generation <= pinned) {
            continue;
        }
        const size_t at = (size_t)(link.generation - pinned - 1) * SBK_LINK_SIZE;
        if (at == kept->size) {
            result = sbk_buffer_append(kept, parsed->links[i].data, SBK_LINK_SIZE, error);
            changed = true;
        } else if (at < kept->size && sbk_link_parse(kept->data + at, SBK_LINK_SIZE, &same) == SBK_FORMAT_OK &&
                   link.old_until < same.old_until) {
            memcpy(kept->data + at, parsed->links[i].data, SBK_LINK_SIZE);
            changed = true;
        }
    }
    return result == SBK_OK && changed ? write_in(folder, SBK_OFFICE_LINKS_FILE, kept->data, kept->size, error)
                                       : result;
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

/* The answer first: an anchor without it would pin a root for nothing, and its own links lead to it. */
static sbk_result keep(const char *folder, const uint8_t *data, size_t size,
    const struct sbk_office_certificate *parsed, bool first, struct sbk_buffer *links, struct sbk_error *error) {
    uint8_t bytes[SBK_ANCHOR_SIZE];
    struct sbk_anchor pinned;
    sbk_result result = write_in(folder, SBK_OFFICE_CERTIFICATE_FILE, data, size, error);

    if (result != SBK_OK) {
        return result;
    }
    if (!first) {
        result = read_anchor(folder, &pinned, error);
        return result == SBK_OK ? keep_links(folder, links, pinned.generation, parsed, error) : result;
    }
    if (sbk_anchor_write(&parsed->anchor, bytes) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("the certificate carries no root"));
    }
    return write_in(folder, SBK_OFFICE_ANCHOR_FILE, bytes, sizeof(bytes), error);
}

sbk_result sbk_office_install(const char *folder, const uint8_t *data, size_t size, uint32_t now,
    uint8_t fingerprint[SBK_HASH_SIZE], char name[64], bool *first, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    struct sbk_key_info info;
    struct sbk_buffer content = SBK_BUFFER_EMPTY, links = SBK_BUFFER_EMPTY;
    struct sbk_office_certificate parsed;
    struct sbk_office_info subject;
    struct sbk_roots led;
    struct sbk_trust *roots = NULL;
    sbk_result result = sbk_store_open(&store, folder, true, error);

    if (result != SBK_OK) {
        return result;
    }
    *first = !there(folder, SBK_OFFICE_ANCHOR_FILE);
    result = bureau_info(store, &info, error);
    if (result == SBK_OK && !*first) {
        result = load_roots(folder, &roots, &links, error);
    }
    if (result == SBK_OK) {
        result = sbk_office_certificate_open(
            data, size, &info, roots, sbk_date_of_time(now), false, &content, &parsed, &led, NULL, error);
    }
    if (result == SBK_OK) {
        result = sbk_x509_info(parsed.x509.data, parsed.x509.size, &subject, error);
    }
    if (result == SBK_OK) {
        result = sbk_point_hash(parsed.anchor.key, fingerprint, error);
    }
    if (result == SBK_OK) {
        (void)snprintf(name, 64, "%s", subject.name);
        result = keep(folder, data, size, &parsed, *first, &links, error);
    }
    sbk_trust_free(&roots);
    sbk_buffer_free(&links);
    sbk_buffer_free(&content);
    sbk_store_close(&store);
    return result;
}

sbk_result sbk_office_open(struct sbk_office *office, const char *folder, uint32_t now, struct sbk_error *error) {
    struct sbk_key_info info;
    struct sbk_buffer file = SBK_BUFFER_EMPTY, links = SBK_BUFFER_EMPTY;
    struct sbk_roots led;

    memset(office, 0, sizeof(*office));
    sbk_result result = sbk_store_open(&office->store, folder, true, error);
    if (result == SBK_OK) {
        result = bureau_info(office->store, &info, error);
    }
    if (result == SBK_OK) {
        result = load_roots(folder, &office->trust, &links, error);
    }
    if (result == SBK_OK) {
        result = read_in(folder, SBK_OFFICE_CERTIFICATE_FILE, SBK_BUNDLE_SMALL_MAX * 2, &file, error);
    }
    if (result == SBK_OK) {
        result = sbk_office_certificate_open(file.data, file.size, &info, office->trust, sbk_date_of_time(now), true,
            &office->content, &office->certificate, &led, NULL, error);
    }
    if (result == SBK_OK) {
        result = sbk_trust_add_roots(office->trust, &led, error);
    }
    sbk_buffer_free(&file);
    sbk_buffer_free(&links);
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
