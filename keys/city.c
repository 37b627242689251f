/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/city.h"

#include "base/file.h"
#include "base/i18n.h"
#include "keys/city_files.h"
#include "keys/crypto.h"
#include "keys/x509.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT 16384

struct sbk_bytes sbk_bytes_of(const struct sbk_buffer *buffer) {
    return (struct sbk_bytes){buffer->data, buffer->size};
}

static sbk_result out_of_memory(struct sbk_error *error) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
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

void sbk_city_file_name(const char *what, uint8_t generation, const char *ending, char name[SBK_CITY_NAME_ROOM]) {
    (void)snprintf(name, SBK_CITY_NAME_ROOM, "%s-%u.%s", what, generation, ending);
}

static sbk_result load_anchor(const struct sbk_store *store, struct sbk_city *city, struct sbk_error *error) {
    char name[SBK_CITY_NAME_ROOM];
    struct sbk_key_info root;
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    sbk_result result = sbk_store_info(store, SBK_KEY_ROOT, 0, &root, error);
    if (result == SBK_OK) {
        sbk_city_file_name("root", root.generation, "anchor", name);
        result = sbk_city_read_file(store, name, &bytes, error);
    }
    if (result == SBK_OK && (sbk_anchor_parse(bytes.data, bytes.size, &city->anchor) != SBK_FORMAT_OK ||
                                city->anchor.generation != root.generation ||
                                memcmp(city->anchor.key, root.public_part, SBK_POINT_SIZE) != 0)) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("%s/%s: not the anchor of the root beside it"),
            sbk_store_path(store), name);
    }
    sbk_buffer_free(&bytes);
    return result;
}

/* A role's newest certificate (7F21), which must verify under the root and be the key's beside it. */
static sbk_result load_issuer(const struct sbk_store *store, uint8_t role, struct sbk_city *city,
    struct sbk_buffer *out, struct sbk_error *error) {
    struct sbk_key_info info;
    struct sbk_certificate parsed;
    sbk_result result = sbk_store_info(store, role, 0, &info, error);
    if (result == SBK_OK) {
        result = sbk_store_read_certificate(store, role, info.generation, out, error);
    }
    if (result == SBK_OK) {
        result = sbk_trust_add_issuer(city->trust, out->data, out->size, error);
    }
    if (result == SBK_OK &&
        (sbk_certificate_parse(out->data, out->size, &parsed) != SBK_FORMAT_OK || parsed.role != role ||
            parsed.generation != info.generation || memcmp(parsed.key, info.public_part, SBK_POINT_SIZE) != 0)) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s", _("it certifies another key"));
    }
    return result == SBK_OK ? SBK_OK
                            : sbk_fail_in(error, result, "%s/%s", sbk_store_path(store), sbk_key_role_word(role));
}

/* Office CA and city: X.509, the second under the first; dates are not judged here. */
static sbk_result load_office(const struct sbk_store *store, struct sbk_city *city, struct sbk_error *error) {
    char name[SBK_CITY_NAME_ROOM];
    struct sbk_office_info info;
    struct sbk_key_info key;
    sbk_city_file_name("office-ca", sbk_store_newest(store, SBK_KEY_OFFICE_CA), "binding", name);
    sbk_result result = sbk_store_read_certificate(store, SBK_KEY_OFFICE_CA, 0, &city->office_ca, error);
    if (result == SBK_OK) {
        result = sbk_city_read_file(store, name, &city->binding, error);
    }
    if (result == SBK_OK) {
        const struct sbk_bytes binding = sbk_bytes_of(&city->binding);
        const struct sbk_bytes office_ca = sbk_bytes_of(&city->office_ca);
        result = sbk_trust_verify_office(city->trust, &binding, &office_ca, error);
    }
    if (result == SBK_OK) {
        result = sbk_store_read_certificate(store, SBK_KEY_CITY, 0, &city->city, error);
    }
    if (result == SBK_OK) {
        result = sbk_x509_info(city->city.data, city->city.size, &info, error);
    }
    if (result == SBK_OK) {
        result = sbk_x509_verify(
            city->office_ca.data, city->office_ca.size, city->city.data, city->city.size, info.from, &info, error);
    }
    if (result == SBK_OK) {
        result = sbk_store_info(store, SBK_KEY_CITY, 0, &key, error);
    }
    if (result == SBK_OK && (info.kind != SBK_OFFICE_CITY || memcmp(info.key, key.public_part, SBK_POINT_SIZE) != 0)) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, _("%s/city: the certificate is another key's"),
            sbk_store_path(store));
    }
    return result;
}

sbk_result sbk_city_load(const struct sbk_store *store, struct sbk_city *city, struct sbk_error *error) {
    memset(city, 0, sizeof *city);
    sbk_result result = load_anchor(store, city, error);
    if (result == SBK_OK) {
        result = sbk_trust_new(&city->trust, error);
    }
    if (result == SBK_OK) {
        result = sbk_trust_add_anchor(city->trust, &city->anchor, UINT16_MAX, error);
    }
    if (result == SBK_OK) {
        result = load_issuer(store, SBK_KEY_STATION_CA, city, &city->station_ca, error);
    }
    if (result == SBK_OK) {
        result = load_issuer(store, SBK_KEY_CARD_CA, city, &city->card_ca, error);
    }
    if (result == SBK_OK) {
        result = load_issuer(store, SBK_KEY_GRANT_SIGNER, city, &city->grant_signer, error);
    }
    if (result == SBK_OK) {
        result = load_issuer(store, SBK_KEY_LIST_SIGNER, city, &city->list_signer, error);
    }
    if (result == SBK_OK) {
        result = load_office(store, city, error);
    }
    if (result != SBK_OK) {
        sbk_city_free(city);
    }
    return result;
}

void sbk_city_free(struct sbk_city *city) {
    struct sbk_buffer *const buffers[] = {&city->binding, &city->office_ca, &city->city, &city->station_ca,
        &city->card_ca, &city->grant_signer, &city->list_signer};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        sbk_buffer_free(buffers[i]);
    }
    sbk_trust_free(&city->trust);
}
