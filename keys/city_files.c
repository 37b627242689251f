/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/city_files.h"

#include "base/file.h"
#include "base/i18n.h"
#include "keys/cms.h"
#include "keys/root.h"
#include "keys/x509.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_LIMIT 16384

static sbk_result out_of_memory(struct sbk_error *error) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
}

void sbk_city_file_name(const char *what, uint8_t generation, const char *ending, char name[SBK_CITY_NAME_ROOM]) {
    (void)snprintf(name, SBK_CITY_NAME_ROOM, "%s-%u.%s", what, generation, ending);
}

void sbk_city_certificate_name(uint8_t role, uint8_t generation, uint8_t under, char name[SBK_CITY_NAME_ROOM]) {
    const char *word = sbk_key_role_word(role);
    if (role == SBK_KEY_OFFICE_CA) {
        sbk_city_file_name(word, generation, "cert", name);
    } else {
        (void)snprintf(name, SBK_CITY_NAME_ROOM, "%s-%u.%s-%u.cert", word, generation,
            role == SBK_KEY_CITY ? "office-ca" : "root", under);
    }
}

void sbk_city_binding_name(uint8_t generation, uint8_t root, char name[SBK_CITY_NAME_ROOM]) {
    (void)snprintf(name, SBK_CITY_NAME_ROOM, "office-ca-%u.root-%u.binding", generation, root);
}

bool sbk_city_has_file(const struct sbk_store *store, const char *name) {
    char *path = sbk_path_join(sbk_store_path(store), name);
    const bool there = path != NULL && sbk_file_exists(path);
    free(path);
    return there;
}

uint8_t sbk_city_root(const struct sbk_store *store) {
    char name[SBK_CITY_NAME_ROOM];
    for (uint8_t generation = SBK_CITY_GENERATIONS; generation >= 1; generation--) {
        sbk_city_file_name("root", generation, "anchor", name);
        if (sbk_city_has_file(store, name)) {
            return generation;
        }
    }
    return 0;
}

uint8_t sbk_city_office(const struct sbk_store *store, uint8_t root) {
    char name[SBK_CITY_NAME_ROOM];
    for (uint8_t generation = SBK_CITY_GENERATIONS; generation >= 1; generation--) {
        sbk_city_binding_name(generation, root, name);
        if (sbk_city_has_file(store, name)) {
            return generation;
        }
    }
    return 0;
}

sbk_result sbk_city_read_file(
    const struct sbk_store *store, const char *name, struct sbk_buffer *out, struct sbk_error *error) {
    char *path = sbk_path_join(sbk_store_path(store), name);
    if (path == NULL) {
        return out_of_memory(error);
    }
    sbk_result result = SBK_OK;
    if (!sbk_file_exists(path)) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND,
            _("%s: missing: this is not a city's store, or not a whole one"), path);
    } else {
        result = sbk_file_read(path, FILE_LIMIT, out, error);
    }
    free(path);
    return result;
}

sbk_result sbk_city_write_file(
    const struct sbk_store *store, const char *name, const void *data, size_t size, struct sbk_error *error) {
    char *path = sbk_path_join(sbk_store_path(store), name);
    if (path == NULL) {
        return out_of_memory(error);
    }
    const sbk_result result = sbk_file_write(path, data, size, 0600, SBK_FILE_REPLACE, error);
    free(path);
    return result;
}

sbk_result sbk_city_write_certificate(const struct sbk_store *store, uint8_t role, uint8_t generation, uint8_t under,
    const void *data, size_t size, struct sbk_error *error) {
    char name[SBK_CITY_NAME_ROOM];
    sbk_city_certificate_name(role, generation, under, name);
    return sbk_city_write_file(store, name, data, size, error);
}

sbk_result sbk_city_certify_own(const struct sbk_store *store, struct sbk_key *office_ca, const struct sbk_buffer *ca,
    const struct sbk_key_info *own, uint16_t from, uint16_t until, struct sbk_buffer *out, struct sbk_error *error) {
    const size_t before = out->size;
    const sbk_result result = sbk_x509_issue(
        office_ca, ca->data, ca->size, own->public_part, SBK_OFFICE_CITY, SBK_CITY_NAME, from, until, out, error);
    return result == SBK_OK ? sbk_city_write_certificate(store, SBK_KEY_CITY, own->generation,
                                  sbk_key_info(office_ca)->generation, out->data + before, out->size - before, error)
                            : result;
}

sbk_result sbk_city_write_anchor(
    const struct sbk_store *store, const struct sbk_anchor *anchor, struct sbk_error *error) {
    char name[SBK_CITY_NAME_ROOM];
    uint8_t bytes[SBK_ANCHOR_SIZE];
    if (sbk_anchor_write(anchor, bytes) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, "%s", _("the anchor cannot be written"));
    }
    sbk_city_file_name("root", anchor->generation, "anchor", name);
    return sbk_city_write_file(store, name, bytes, sizeof bytes, error);
}

sbk_result sbk_city_write_export(const struct sbk_store *store, struct sbk_key *city_key, const struct sbk_buffer *city,
    const struct sbk_anchor_bundle *bundle, struct sbk_error *error) {
    uint8_t content[SBK_BUNDLE_SMALL_MAX];
    size_t size = 0;
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    sbk_result result = SBK_OK;
    if (sbk_anchor_bundle_write(bundle, content, sizeof content, &size) != SBK_FORMAT_OK) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, "%s", _("the anchor cannot be written"));
    }
    if (result == SBK_OK) {
        result = sbk_cms_sign(
            city_key, city->data, city->size, SBK_BUNDLE_ANCHOR, content, size, bundle->made, &file, error);
    }
    if (result == SBK_OK) {
        result = sbk_city_write_file(store, SBK_CITY_ANCHOR_FILE, file.data, file.size, error);
    }
    sbk_buffer_free(&file);
    return result;
}
