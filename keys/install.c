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

/* Gives a finished trust to a caller that wants it, or frees it. */
static void settle(struct sbk_trust *made, sbk_result result, struct sbk_trust **trust) {
    if (result == SBK_OK && trust != NULL) {
        *trust = made;
    } else {
        sbk_trust_free(&made);
    }
}

/* The binding must be the carried root's own: an earlier root may count no more. */
static sbk_result check_binding(
    const struct sbk_trust *trust, const struct sbk_carried *carried, struct sbk_error *error) {
    struct sbk_office_binding binding;
    const sbk_result result = sbk_trust_verify_office(trust, carried->binding, carried->office_ca, error);
    if (result == SBK_OK &&
        (sbk_office_binding_parse(carried->binding->data, carried->binding->size, &binding) != SBK_FORMAT_OK ||
            binding.root_generation != carried->anchor->generation)) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s",
            _("the office CA is not bound to the root that the file carries"));
    }
    return result;
}

sbk_result sbk_carried_open(const struct sbk_carried *carried, const uint8_t *data, size_t size,
    const struct sbk_trust *pinned, uint16_t day, struct sbk_roots *roots, struct sbk_trust **trust,
    struct sbk_error *error) {
    const struct sbk_cms_expected expected = {
        .kind = carried->kind, .signer = SBK_OFFICE_CITY, .office_ca = *carried->office_ca, .day = day};
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_trust *made = NULL;
    sbk_result result =
        sbk_links_follow(pinned, carried->anchor, carried->links, carried->link_count, day, roots, error);
    if (result == SBK_OK) {
        result = sbk_trust_new(&made, error);
    }
    if (result == SBK_OK) {
        result = sbk_trust_add_roots(made, roots, error);
    }
    if (result == SBK_OK) {
        result = check_binding(made, carried, error);
    }
    if (result == SBK_OK) {
        result = sbk_cms_verify(data, size, &expected, &content, NULL, error);
    }
    sbk_buffer_free(&content);
    settle(made, result, trust);
    return result;
}

static struct sbk_carried carried_by_station(const struct sbk_station_certificate *parsed) {
    return (struct sbk_carried){SBK_BUNDLE_STATION_CERTIFICATE, &parsed->anchor, &parsed->binding, &parsed->office_ca,
        parsed->links, parsed->link_count};
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

/* Two X.509 certificates under the office CA: one for this key, of this kind, and the city's, which must have been in
 * force on the day on which it signed. */
static sbk_result check_x509(const struct sbk_bytes *office_ca, const struct sbk_bytes *own,
    const struct sbk_bytes *city, const struct sbk_key_info *key, enum sbk_office_kind kind, uint16_t day,
    uint16_t signed_on, struct sbk_error *error) {
    struct sbk_office_info info;
    sbk_result result = sbk_x509_verify(office_ca->data, office_ca->size, own->data, own->size, day, &info, error);
    if (result == SBK_OK && (info.kind != kind || memcmp(info.key, key->public_part, SBK_POINT_SIZE) != 0)) {
        result = not_ours(error, sbk_office_kind_word(kind));
    }
    if (result == SBK_OK) {
        result = sbk_x509_verify(office_ca->data, office_ca->size, city->data, city->size, signed_on, &info, error);
    }
    if (result == SBK_OK && info.kind != SBK_OFFICE_CITY) {
        result = sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s", _("the certificate said to be the city's is not"));
    }
    return result;
}

const struct sbk_bytes *sbk_station_certificate_issuer(const struct sbk_station_certificate *parsed, size_t index) {
    const struct sbk_bytes *const in_use[] = {
        &parsed->station_ca, &parsed->card_ca, &parsed->grant_signer, &parsed->list_signer};
    const size_t count = sizeof in_use / sizeof in_use[0];
    if (index < count) {
        return in_use[index];
    }
    return index - count < parsed->more_count ? &parsed->more[index - count] : NULL;
}

static sbk_result add_issuers(
    struct sbk_trust *trust, const struct sbk_station_certificate *parsed, uint16_t day, struct sbk_error *error) {
    const struct sbk_bytes *issuer = NULL;
    sbk_result result = SBK_OK;
    for (size_t i = 0; result == SBK_OK && (issuer = sbk_station_certificate_issuer(parsed, i)) != NULL; i++) {
        result = sbk_trust_take_issuer(trust, issuer->data, issuer->size, day, error);
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

sbk_result sbk_station_certificate_open(const uint8_t *data, size_t size, const struct sbk_station_keys *keys,
    const struct sbk_trust *pinned, uint16_t day, struct sbk_buffer *content, struct sbk_station_certificate *parsed,
    struct sbk_roots *roots, struct sbk_trust **trust, struct sbk_error *error) {
    struct sbk_trust *made = NULL;
    const size_t before = content->size;
    sbk_result result = peek(data, size, SBK_BUNDLE_STATION_CERTIFICATE, content, error);
    if (result == SBK_OK) {
        const enum sbk_format format =
            sbk_station_certificate_parse(content->data + before, content->size - before, parsed);
        result = format == SBK_FORMAT_OK ? SBK_OK : malformed(error, format);
    }
    if (result == SBK_OK) {
        const struct sbk_carried carried = carried_by_station(parsed);
        result = sbk_carried_open(&carried, data, size, pinned, day, roots, &made, error);
    }
    if (result == SBK_OK) {
        result = add_issuers(made, parsed, day, error);
    }
    if (result == SBK_OK) {
        result = check_leaf(parsed, keys, made, day, error);
    }
    if (result == SBK_OK) {
        result = check_x509(
            &parsed->office_ca, &parsed->x509, &parsed->city, keys->station, SBK_OFFICE_STATION, day, day, error);
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
    struct sbk_roots roots;
    struct sbk_trust *trust = NULL;
    uint16_t day = 0;
    sbk_result result = peek(data, size, SBK_BUNDLE_STATION_CERTIFICATE, &content, error);
    if (result == SBK_OK) {
        const enum sbk_format format = sbk_station_certificate_parse(content.data, content.size, &parsed);
        result = format == SBK_FORMAT_OK ? SBK_OK : malformed(error, format);
    }
    if (result == SBK_OK) {
        day = sbk_date_of_time(parsed.made);
        const struct sbk_carried carried = carried_by_station(&parsed);
        result = sbk_carried_open(&carried, data, size, NULL, day, &roots, &trust, error);
    }
    if (result == SBK_OK) {
        result = add_issuers(trust, &parsed, day, error);
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
    const struct sbk_trust *pinned, uint16_t day, bool kept, struct sbk_buffer *content,
    struct sbk_office_certificate *parsed, struct sbk_roots *roots, struct sbk_trust **trust, struct sbk_error *error) {
    uint16_t signed_on = day;
    struct sbk_trust *made = NULL;
    const size_t before = content->size;
    sbk_result result = peek(data, size, SBK_BUNDLE_OFFICE_CERTIFICATE, content, error);
    if (result == SBK_OK) {
        const enum sbk_format format =
            sbk_office_certificate_parse(content->data + before, content->size - before, parsed);
        result = format == SBK_FORMAT_OK ? SBK_OK : malformed(error, format);
    }
    if (result == SBK_OK) {
        const struct sbk_carried carried = {SBK_BUNDLE_OFFICE_CERTIFICATE, &parsed->anchor, &parsed->binding,
            &parsed->office_ca, parsed->links, parsed->link_count};
        signed_on = kept && sbk_date_of_time(parsed->made) < day ? sbk_date_of_time(parsed->made) : day;
        result = sbk_carried_open(&carried, data, size, pinned, signed_on, roots, &made, error);
    }
    if (result == SBK_OK) {
        result = check_x509(
            &parsed->office_ca, &parsed->x509, &parsed->city, bureau, SBK_OFFICE_BUREAU, day, signed_on, error);
    }
    settle(made, result, trust);
    return result;
}
