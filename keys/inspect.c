/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/inspect.h"

#include "base/clock.h"
#include "base/hex.h"
#include "keys/crypto.h"
#include "keys/rights.h"
#include "schema/numbers.h"

#include <stdlib.h>
#include <string.h>

json_t *inspect_hex(const void *data, size_t size) {
    char *text = malloc(SBK_HEX_ROOM(size));
    if (text == NULL) {
        return NULL;
    }
    sbk_hex_encode(data, size, text);
    json_t *value = json_string(text);
    free(text);
    return value;
}

json_t *inspect_day(uint16_t day) {
    char text[SBK_DAY_ROOM];
    sbk_day_format(day, text);
    return json_string(text);
}

json_t *inspect_time(uint32_t time) {
    char text[SBK_TIME_ROOM];
    sbk_time_format(time, text);
    return json_string(text);
}

json_t *inspect_fingerprint(const uint8_t point[SBK_POINT_SIZE]) {
    uint8_t hash[SBK_HASH_SIZE];
    char text[SBK_FINGERPRINT_ROOM];
    if (sbk_point_hash(point, hash, NULL) != SBK_OK) {
        return NULL;
    }
    sbk_fingerprint_text(hash, text);
    return json_string(text);
}

static json_t *id_text(const uint8_t *id, size_t width) {
    char text[SBK_TERMINAL_SIZE + 1];
    sbk_id_text(id, width, text);
    return json_string(text);
}

static json_t *limits_of(const uint16_t limits[SBK_UNITS]) {
    json_t *object = json_object();
    for (uint8_t unit = 1; unit <= SBK_UNITS; unit++) {
        const uint32_t amount = sbk_limit_decode(limits[unit - 1]);
        (void)json_object_set_new(
            object, rights_unit_word(unit), amount == UINT32_MAX ? json_null() : json_integer(amount));
    }
    return object;
}

static void add_rights(json_t *object, const struct sbk_terminal_rights *rights) {
    char kelurahan[14];
    char programmes[RIGHTS_PROGRAMMES_ROOM];
    sbk_kelurahan_text(rights->kelurahan, kelurahan);
    rights_programmes_text(rights->programmes, programmes);
    (void)json_object_set_new(object, "outlet", id_text(rights->outlet, SBK_OUTLET_SIZE));
    (void)json_object_set_new(object, "kelurahan", json_string(kelurahan));
    (void)json_object_set_new(object, "programmes", json_string(programmes));
    (void)json_object_set_new(object, "limits", limits_of(rights->limits));
    (void)json_object_set_new(object, "log_key_hash", inspect_hex(rights->log_key_hash, SBK_LOG_KEY_HASH_SIZE));
}

json_t *inspect_certificate(const struct sbk_bytes *bytes) {
    struct sbk_certificate certificate;
    if (sbk_certificate_parse(bytes->data, bytes->size, &certificate) != SBK_FORMAT_OK) {
        return NULL;
    }
    const char *role = rights_role_word(certificate.role);
    const char *issuer = rights_role_word(certificate.issuer_role);
    json_t *object = json_pack("{s:s, s:s, s:o, s:s, s:i}", "kind", "certificate", "role", role != NULL ? role : "?",
        "serial", inspect_hex(certificate.serial, sizeof certificate.serial), "issuer", issuer != NULL ? issuer : "?",
        "issuer_generation", certificate.issuer_generation);
    if (certificate.role <= SBK_ROLE_OFFICE_CA) {
        (void)json_object_set_new(object, "generation", json_integer(certificate.generation));
    } else if (certificate.role == SBK_ROLE_CARD) {
        (void)json_object_set_new(object, "alias", inspect_hex(certificate.alias, SBK_ALIAS_SIZE));
        (void)json_object_set_new(object, "signing_key", inspect_hex(certificate.signing_key, SBK_COMPRESSED_SIZE));
    } else {
        (void)json_object_set_new(object, "terminal", id_text(certificate.terminal, SBK_TERMINAL_SIZE));
        add_rights(object, &certificate.rights);
    }
    (void)json_object_set_new(object, "effective", inspect_day(certificate.effective));
    (void)json_object_set_new(object, "expiry", inspect_day(certificate.expiry));
    (void)json_object_set_new(object, "fingerprint", inspect_fingerprint(certificate.key));
    (void)json_object_set_new(object, "size", json_integer((json_int_t)bytes->size));
    return object;
}

json_t *inspect_certificates(const uint8_t *data, size_t size) {
    json_t *all = json_array();
    size_t at = 0;
    while (at < size) {
        size_t length = 0;
        if (sbk_certificate_size(data + at, size - at, &length) != SBK_FORMAT_OK) {
            break;
        }
        const struct sbk_bytes bytes = {data + at, length};
        json_t *one = inspect_certificate(&bytes);
        if (one == NULL) {
            break;
        }
        (void)json_array_append_new(all, one);
        at += length;
    }
    json_t *object = NULL;
    if (at == size && json_array_size(all) == 1) {
        object = json_incref(json_array_get(all, 0));
    } else if (at == size && size > 0) {
        object = json_pack("{s:s, s:O}", "kind", "certificates", "certificates", all);
    }
    json_decref(all);
    return object;
}

json_t *inspect_items(const uint8_t *data, size_t size) {
    struct sbk_items_header header;
    size_t before = 0;
    struct sbk_item *items = calloc(SBK_ITEMS_MAX, sizeof *items);
    json_t *object = NULL;
    if (items != NULL && sbk_certificate_size(data, size, &before) == SBK_FORMAT_OK && before < size &&
        sbk_items_parse(data + before, size - before, &header, items) == SBK_FORMAT_OK) {
        const struct sbk_bytes certificate = {data, before};
        json_t *lines = json_array();
        for (size_t i = 0; i < header.count; i++) {
            (void)json_array_append_new(
                lines, json_pack("{s:s, s:s, s:s, s:i, s:i}", "code", items[i].code, "name", items[i].name, "unit",
                           rights_unit_word(items[i].unit), "class", items[i].goods, "ceiling", (int)items[i].ceiling));
        }
        object = json_pack("{s:s, s:I, s:o, s:o, s:o*}", "kind", "item-list", "number", (json_int_t)header.number,
            "issued", inspect_day(header.issued), "items", lines, "signer", inspect_certificate(&certificate));
    }
    free(items);
    return object;
}

json_t *inspect_file(const uint8_t *data, size_t size) {
    json_t *(*const kinds[])(const uint8_t *, size_t) = {inspect_envelope, inspect_reference, inspect_share,
        inspect_cms, inspect_x509, inspect_items, inspect_hotlist, inspect_certificates, inspect_record, inspect_bundle,
        inspect_note, inspect_log_entry, inspect_anchor, inspect_root_request, inspect_root_answer};
    json_t *object = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && object == NULL && size > 0; i++) {
        object = kinds[i](data, size);
    }
    return object;
}
