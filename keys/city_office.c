/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/city_private.h"

#include "base/i18n.h"
#include "keys/city_files.h"
#include "keys/x509.h"
#include "schema/reason.h"

#include <string.h>

/* Office CA and city: X.509, the second under the first. */

static sbk_result read_certificate(const struct sbk_store *store, uint8_t role, uint8_t generation, uint8_t under,
    struct sbk_buffer *out, struct sbk_error *error) {
    char name[SBK_CITY_NAME_ROOM];
    sbk_city_certificate_name(role, generation, under, name);
    return sbk_city_read_file(store, name, out, error);
}

/* The office CA that the root in force names. */
static sbk_result load_office_ca(
    const struct sbk_store *store, uint8_t generation, struct sbk_city *city, struct sbk_error *error) {
    char name[SBK_CITY_NAME_ROOM];
    sbk_result result = read_certificate(store, SBK_KEY_OFFICE_CA, generation, 0, &city->office_ca, error);
    if (result == SBK_OK) {
        sbk_city_binding_name(generation, city->anchor.generation, name);
        result = sbk_city_read_file(store, name, &city->binding, error);
    }
    if (result == SBK_OK) {
        const struct sbk_bytes binding = sbk_bytes_of(&city->binding);
        const struct sbk_bytes office_ca = sbk_bytes_of(&city->office_ca);
        result = sbk_trust_verify_office(city->trust, &binding, &office_ca, error);
    }
    return result;
}

/* Those of earlier generations too: what they signed counts until they end. Each was bound by some root. */
static sbk_result load_earlier(
    const struct sbk_store *store, uint8_t newest, uint16_t day, struct sbk_city *city, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (uint8_t generation = newest; generation >= 1 && result == SBK_OK; generation--) {
        char name[SBK_CITY_NAME_ROOM];
        struct sbk_office_info info;
        struct sbk_buffer certificate = SBK_BUFFER_EMPTY;
        sbk_city_file_name("office-ca", generation, "cert", name);
        if (!sbk_city_has_file(store, name)) {
            continue;
        }
        result = sbk_city_read_file(store, name, &certificate, error);
        if (result == SBK_OK) {
            result = sbk_x509_info(certificate.data, certificate.size, &info, error);
        }
        const bool living = result == SBK_OK && (generation == newest || info.until >= day);
        if (living && city->office_ca_count < SBK_CITY_GENERATIONS_MAX) {
            city->office_cas[city->office_ca_count++] = certificate;
        } else if (result == SBK_OK && !living && city->ended_office_ca_count < SBK_CITY_GENERATIONS_MAX) {
            city->ended_office_cas[city->ended_office_ca_count++] = certificate;
        } else {
            sbk_buffer_free(&certificate);
        }
    }
    return result;
}

/* One certificate of the city's own; begun tells whether it has. */
static sbk_result load_city(const struct sbk_store *store, uint8_t generation, uint8_t office, uint16_t day,
    struct sbk_city *city, bool *begun, struct sbk_error *error) {
    struct sbk_office_info info;
    struct sbk_key_info key;
    sbk_buffer_free(&city->city);
    sbk_result result = read_certificate(store, SBK_KEY_CITY, generation, office, &city->city, error);
    if (result == SBK_OK) {
        result = sbk_x509_info(city->city.data, city->city.size, &info, error);
    }
    if (result == SBK_OK) {
        result = sbk_x509_verify(
            city->office_ca.data, city->office_ca.size, city->city.data, city->city.size, info.from, &info, error);
    }
    if (result == SBK_OK) {
        result = sbk_store_info(store, SBK_KEY_CITY, generation, &key, error);
    }
    if (result == SBK_OK && (info.kind != SBK_OFFICE_CITY || memcmp(info.key, key.public_part, SBK_POINT_SIZE) != 0)) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, _("%s/city: the certificate is another key's"),
            sbk_store_path(store));
    }
    *begun = result == SBK_OK && info.from <= day;
    return result;
}

sbk_result sbk_city_load_offices(
    const struct sbk_store *store, uint16_t day, struct sbk_city *city, struct sbk_error *error) {
    const uint8_t office = sbk_city_office(store, city->anchor.generation);
    char name[SBK_CITY_NAME_ROOM];
    bool begun = false;
    sbk_result result = load_office_ca(store, office, city, error);
    if (result == SBK_OK) {
        result = load_earlier(store, office, day, city, error);
    }
    for (uint8_t generation = SBK_CITY_GENERATIONS; generation >= 1 && result == SBK_OK && !begun; generation--) {
        sbk_city_certificate_name(SBK_KEY_CITY, generation, office, name);
        if (sbk_city_has_file(store, name)) {
            result = load_city(store, generation, office, day, city, &begun, error);
        }
    }
    if (result == SBK_OK && city->city.size == 0) {
        sbk_city_certificate_name(SBK_KEY_CITY, 1, office, name);
        result = sbk_city_read_file(store, name, &city->city, error);
    }
    return result;
}

/* ---- what the offices signed ---- */

/* Another office CA may have certified it. */
static bool try_earlier(const struct sbk_city *city, size_t tried, sbk_result result, const struct sbk_error *error) {
    return result == SBK_TAMPERED && strcmp(error->reason, SBK_REASON_CERTIFICATE) == 0 &&
           tried < city->office_ca_count + city->ended_office_ca_count;
}

static const struct sbk_buffer *office_ca_at(const struct sbk_city *city, size_t index) {
    return index < city->office_ca_count ? &city->office_cas[index]
                                         : &city->ended_office_cas[index - city->office_ca_count];
}

sbk_result sbk_city_verify_file(const struct sbk_city *city, const uint8_t *data, size_t size,
    enum sbk_bundle_kind kind, enum sbk_office_kind signer, uint16_t day, struct sbk_buffer *content,
    struct sbk_cms_signer *signed_by, struct sbk_error *error) {
    struct sbk_cms_expected expected = {kind, signer, sbk_bytes_of(&city->office_ca), day};
    sbk_result result = sbk_cms_verify(data, size, &expected, content, signed_by, error);
    for (size_t i = 1; try_earlier(city, i, result, error); i++) {
        expected.office_ca = sbk_bytes_of(office_ca_at(city, i));
        result = sbk_cms_verify(data, size, &expected, content, signed_by, error);
    }
    return result;
}

sbk_result sbk_city_verify_office(const struct sbk_city *city, const struct sbk_bytes *certificate, uint16_t day,
    struct sbk_office_info *info, struct sbk_error *error) {
    sbk_result result = sbk_x509_verify(
        city->office_ca.data, city->office_ca.size, certificate->data, certificate->size, day, info, error);
    for (size_t i = 1; try_earlier(city, i, result, error); i++) {
        const struct sbk_buffer *ca = office_ca_at(city, i);
        result = sbk_x509_verify(ca->data, ca->size, certificate->data, certificate->size, day, info, error);
    }
    return result;
}

/* ---- which generation ---- */

/* The first day of a certificate of either kind. */
static sbk_result first_day(
    const struct sbk_store *store, uint8_t role, const char *name, uint16_t *day, struct sbk_error *error) {
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    struct sbk_office_info info;
    struct sbk_certificate parsed;
    sbk_result result = sbk_city_read_file(store, name, &bytes, error);
    if (result == SBK_OK && role == SBK_KEY_CITY) {
        result = sbk_x509_info(bytes.data, bytes.size, &info, error);
        *day = info.from;
    } else if (result == SBK_OK && sbk_certificate_parse(bytes.data, bytes.size, &parsed) == SBK_FORMAT_OK) {
        *day = parsed.effective;
    } else if (result == SBK_OK) {
        result = sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, _("%s/%s: not a certificate"), sbk_store_path(store), name);
    }
    sbk_buffer_free(&bytes);
    return result;
}

static sbk_result newest_begun(const struct sbk_store *store, uint8_t role, uint8_t under, uint16_t day,
    uint8_t *generation, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    bool begun = false;
    *generation = 0;
    for (uint8_t at = SBK_CITY_GENERATIONS; at >= 1 && result == SBK_OK && !begun; at--) {
        char name[SBK_CITY_NAME_ROOM];
        uint16_t from = 0;
        sbk_city_certificate_name(role, at, under, name);
        if (sbk_city_has_file(store, name)) {
            result = first_day(store, role, name, &from, error);
            begun = from <= day;
            *generation = at;
        }
    }
    return result;
}

sbk_result sbk_city_in_use(
    const struct sbk_store *store, uint8_t role, uint16_t day, uint8_t *generation, struct sbk_error *error) {
    const uint8_t root = sbk_city_root(store);
    sbk_result result = SBK_OK;
    if (role == SBK_KEY_ROOT) {
        *generation = root;
    } else if (role == SBK_KEY_OFFICE_CA) {
        *generation = sbk_city_office(store, root);
    } else if (role >= SBK_KEY_STATION_CA && role <= SBK_KEY_CITY) {
        result = newest_begun(
            store, role, role == SBK_KEY_CITY ? sbk_city_office(store, root) : root, day, generation, error);
    } else {
        *generation = sbk_store_newest(store, role);
    }
    if (result == SBK_OK && *generation == 0) {
        const char *word = sbk_key_role_word(role);
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND, _("%s: no key '%s' here"), sbk_store_path(store),
            word != NULL ? word : "?");
    }
    return result;
}
