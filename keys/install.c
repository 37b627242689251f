/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/install.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "keys/note.h"
#include "schema/date.h"
#include "schema/reason.h"

#include <string.h>

/* Checking what the office answered. */

static sbk_result malformed(struct sbk_error *error, enum sbk_format format) {
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("the certificate file is malformed: it %s"),
        _(sbk_format_text(format)));
}

static sbk_result not_ours(struct sbk_error *error, const char *what) {
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_CERTIFICATE,
        _("the certificate is for another %s than this folder's: install the one made for its request"), what);
}

/* Walks one link: it must be signed by the key it brings, whose hash the root before announced. */
static sbk_result follow(struct sbk_anchor *anchor, const struct sbk_bytes *bytes, struct sbk_error *error) {
    struct sbk_link link;
    uint8_t hash[SBK_HASH_SIZE];
    const enum sbk_format format = sbk_link_parse(bytes->data, bytes->size, &link);
    if (format != SBK_FORMAT_OK) {
        return malformed(error, format);
    }
    if (link.generation != anchor->generation + 1) {
        return SBK_OK; /* of a step that this place has behind it, or that does not begin here */
    }
    sbk_result result = sbk_point_hash(link.key, hash, error);
    if (result == SBK_OK && memcmp(hash, anchor->next_hash, sizeof hash) != 0) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s",
            _("a root link brings a key that the root before did not announce"));
    }
    if (result == SBK_OK) {
        result = sbk_verify_record(link.key, bytes->data, bytes->size, error);
    }
    if (result == SBK_OK) {
        anchor->generation = link.generation;
        memcpy(anchor->key, link.key, sizeof anchor->key);
        memcpy(anchor->next_hash, link.next_hash, sizeof anchor->next_hash);
    }
    return result;
}

/* The carried root must be the pinned one, or one that links lead to from it. */
static sbk_result check_root(const struct sbk_anchor *pinned, const struct sbk_anchor *carried,
    const struct sbk_bytes *links, size_t link_count, struct sbk_error *error) {
    struct sbk_anchor at;
    if (pinned == NULL) {
        return SBK_OK; /* the caller shows the fingerprint and pins it */
    }
    at = *pinned;
    for (size_t i = 0; i < link_count && at.generation < carried->generation; i++) {
        const sbk_result result = follow(&at, &links[i], error);
        if (result != SBK_OK) {
            return result;
        }
    }
    if (memcmp(&at, carried, sizeof at) != 0) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s",
            _("the file comes from another root than the one pinned here: ask the office which is right"));
    }
    return SBK_OK;
}

/* A trust of the carried root alone, with the office CA bound to it and the file's signature verified under both. */
static sbk_result open_under_root(const uint8_t *data, size_t size, enum sbk_bundle_kind kind,
    const struct sbk_anchor *anchor, const struct sbk_bytes *binding, const struct sbk_bytes *office_ca, uint16_t day,
    struct sbk_trust **trust, struct sbk_error *error) {
    const struct sbk_cms_expected expected = {
        .kind = kind, .signer = SBK_OFFICE_CITY, .office_ca = *office_ca, .day = day};
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    sbk_result result = sbk_trust_new(trust, error);
    if (result == SBK_OK) {
        result = sbk_trust_add_anchor(*trust, anchor, UINT16_MAX, error);
    }
    if (result == SBK_OK) {
        result = sbk_trust_verify_office(*trust, binding, office_ca, error);
    }
    if (result == SBK_OK) {
        result = sbk_cms_verify(data, size, &expected, &content, NULL, error);
    }
    sbk_buffer_free(&content);
    return result;
}

static sbk_result check_leaf(const struct sbk_station_certificate *parsed, const struct sbk_station_keys *keys,
    const struct sbk_trust *trust, uint16_t day, struct sbk_error *error) {
    struct sbk_certificate leaf;
    struct sbk_note_verifier verifier;
    char text[SBK_NOTE_VERIFIER_ROOM];
    uint8_t hash[SBK_LOG_KEY_HASH_SIZE];
    sbk_result result =
        sbk_trust_verify(trust, parsed->leaf.data, parsed->leaf.size, SBK_ROLES_TERMINAL, day, &leaf, error);
    if (result == SBK_OK) {
        result = sbk_note_verifier_text(keys->log_key, keys->terminal, text, error);
    }
    if (result == SBK_OK) {
        result = sbk_note_verifier_parse(text, strlen(text), &verifier, error);
    }
    if (result == SBK_OK) {
        result = sbk_note_key_hash(&verifier, hash, error);
    }
    if (result == SBK_OK && (memcmp(leaf.terminal, keys->terminal, SBK_TERMINAL_SIZE) != 0 ||
                                memcmp(leaf.key, keys->agreement->public_part, SBK_POINT_SIZE) != 0 ||
                                memcmp(leaf.rights.log_key_hash, hash, sizeof hash) != 0)) {
        result = not_ours(error, _("station"));
    }
    return result;
}

/* Two X.509 certificates under the office CA: one for this key, of this kind, and the city's. */
static sbk_result check_x509(const struct sbk_bytes *office_ca, const struct sbk_bytes *own,
    const struct sbk_bytes *city, const struct sbk_key_info *key, enum sbk_office_kind kind, uint16_t day,
    struct sbk_error *error) {
    struct sbk_office_info info;
    sbk_result result = sbk_x509_verify(office_ca->data, office_ca->size, own->data, own->size, day, &info, error);
    if (result == SBK_OK && (info.kind != kind || memcmp(info.key, key->public_part, SBK_POINT_SIZE) != 0)) {
        result = not_ours(error, sbk_office_kind_word(kind));
    }
    if (result == SBK_OK) {
        result = sbk_x509_verify(office_ca->data, office_ca->size, city->data, city->size, day, &info, error);
    }
    if (result == SBK_OK && info.kind != SBK_OFFICE_CITY) {
        result = sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s", _("the certificate said to be the city's is not"));
    }
    return result;
}

static sbk_result add_issuers(
    struct sbk_trust *trust, const struct sbk_station_certificate *parsed, struct sbk_error *error) {
    const struct sbk_bytes *const issuers[] = {
        &parsed->station_ca, &parsed->card_ca, &parsed->grant_signer, &parsed->list_signer};
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < sizeof issuers / sizeof issuers[0] && result == SBK_OK; i++) {
        result = sbk_trust_add_issuer(trust, issuers[i]->data, issuers[i]->size, error);
    }
    return result;
}

/* Content of a file that is not verified yet. */
static sbk_result peek(
    const uint8_t *data, size_t size, enum sbk_bundle_kind kind, struct sbk_buffer *content, struct sbk_error *error) {
    struct sbk_cms_outline outline;
    const sbk_result result = sbk_cms_outline(data, size, &outline, content, error);
    if (result == SBK_OK && outline.kind != (uint8_t)kind) {
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_FORMAT, "%s", _("the file is of another kind than a certificate"));
    }
    return result;
}

/* Gives a finished trust to a caller that wants it, or frees it. */
static void settle(struct sbk_trust *made, sbk_result result, struct sbk_trust **trust) {
    if (result == SBK_OK && trust != NULL) {
        *trust = made;
    } else {
        sbk_trust_free(&made);
    }
}

sbk_result sbk_station_certificate_open(const uint8_t *data, size_t size, const struct sbk_station_keys *keys,
    const struct sbk_anchor *pinned, uint16_t day, struct sbk_buffer *content, struct sbk_station_certificate *parsed,
    struct sbk_trust **trust, struct sbk_error *error) {
    struct sbk_trust *made = NULL;
    const size_t before = content->size;
    sbk_result result = peek(data, size, SBK_BUNDLE_STATION_CERTIFICATE, content, error);
    if (result == SBK_OK) {
        const enum sbk_format format =
            sbk_station_certificate_parse(content->data + before, content->size - before, parsed);
        result = format == SBK_FORMAT_OK ? SBK_OK : malformed(error, format);
    }
    if (result == SBK_OK) {
        result = check_root(pinned, &parsed->anchor, parsed->links, parsed->link_count, error);
    }
    if (result == SBK_OK) {
        result = open_under_root(data, size, SBK_BUNDLE_STATION_CERTIFICATE, &parsed->anchor, &parsed->binding,
            &parsed->office_ca, day, &made, error);
    }
    if (result == SBK_OK) {
        result = add_issuers(made, parsed, error);
    }
    if (result == SBK_OK) {
        result = check_leaf(parsed, keys, made, day, error);
    }
    if (result == SBK_OK) {
        result =
            check_x509(&parsed->office_ca, &parsed->x509, &parsed->city, keys->station, SBK_OFFICE_STATION, day, error);
    }
    settle(made, result, trust);
    return result;
}

static sbk_result check_log(const struct sbk_station_certificate *parsed, const struct sbk_note_verifier *log,
    const struct sbk_trust *trust, uint16_t day, struct sbk_error *error) {
    struct sbk_certificate leaf;
    char name[SBK_NOTE_NAME_ROOM];
    uint8_t hash[SBK_LOG_KEY_HASH_SIZE];
    sbk_result result =
        sbk_trust_verify(trust, parsed->leaf.data, parsed->leaf.size, SBK_ROLES_TERMINAL, day, &leaf, error);
    if (result == SBK_OK) {
        result = sbk_note_key_hash(log, hash, error);
    }
    if (result == SBK_OK) {
        sbk_note_name(leaf.terminal, name);
        if (strcmp(name, log->name) != 0 || memcmp(leaf.rights.log_key_hash, hash, sizeof hash) != 0) {
            result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE,
                _("the certificate is for %s and its key, not for %s and the key that the proof names"), name,
                log->name);
        }
    }
    return result;
}

sbk_result sbk_station_certificate_of_log(const uint8_t *data, size_t size, const struct sbk_note_verifier *log,
    struct sbk_anchor *anchor, struct sbk_error *error) {
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_station_certificate parsed;
    struct sbk_trust *trust = NULL;
    uint16_t day = 0;
    sbk_result result = peek(data, size, SBK_BUNDLE_STATION_CERTIFICATE, &content, error);
    if (result == SBK_OK) {
        const enum sbk_format format = sbk_station_certificate_parse(content.data, content.size, &parsed);
        result = format == SBK_FORMAT_OK ? SBK_OK : malformed(error, format);
    }
    if (result == SBK_OK) {
        day = sbk_date_of_time(parsed.made);
        result = open_under_root(data, size, SBK_BUNDLE_STATION_CERTIFICATE, &parsed.anchor, &parsed.binding,
            &parsed.office_ca, day, &trust, error);
    }
    if (result == SBK_OK) {
        result = add_issuers(trust, &parsed, error);
    }
    if (result == SBK_OK) {
        result = check_log(&parsed, log, trust, day, error);
    }
    if (result == SBK_OK) {
        *anchor = parsed.anchor;
    }
    sbk_trust_free(&trust);
    sbk_buffer_free(&content);
    return result;
}

sbk_result sbk_office_certificate_open(const uint8_t *data, size_t size, const struct sbk_key_info *bureau,
    const struct sbk_anchor *pinned, uint16_t day, struct sbk_buffer *content, struct sbk_office_certificate *parsed,
    struct sbk_trust **trust, struct sbk_error *error) {
    struct sbk_trust *made = NULL;
    const size_t before = content->size;
    sbk_result result = peek(data, size, SBK_BUNDLE_OFFICE_CERTIFICATE, content, error);
    if (result == SBK_OK) {
        const enum sbk_format format =
            sbk_office_certificate_parse(content->data + before, content->size - before, parsed);
        result = format == SBK_FORMAT_OK ? SBK_OK : malformed(error, format);
    }
    if (result == SBK_OK) {
        result = check_root(pinned, &parsed->anchor, NULL, 0, error);
    }
    if (result == SBK_OK) {
        result = open_under_root(data, size, SBK_BUNDLE_OFFICE_CERTIFICATE, &parsed->anchor, &parsed->binding,
            &parsed->office_ca, day, &made, error);
    }
    if (result == SBK_OK) {
        result = check_x509(&parsed->office_ca, &parsed->x509, &parsed->city, bureau, SBK_OFFICE_BUREAU, day, error);
    }
    settle(made, result, trust);
    return result;
}
