/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/trust.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "keys/crypto.h"
#include "keys/store.h"
#include "schema/basket.h"
#include "schema/hotlist.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

struct pinned {
    struct sbk_anchor anchor;
    uint16_t until;
    struct sbk_verifier *verifier;
};

struct issuer {
    uint8_t bytes[SBK_CERTIFICATE_MAX];
    size_t size;
    struct sbk_certificate parsed; /* lends from bytes */
    struct sbk_verifier *verifier;
};

struct sbk_trust {
    struct pinned anchors[SBK_TRUST_ANCHORS_MAX];
    size_t anchor_count;
    struct issuer *issuers[SBK_TRUST_ISSUERS_MAX];
    size_t issuer_count;
    struct {
        uint8_t role;
        uint8_t generation;
    } distrusted[SBK_TRUST_DISTRUSTED_MAX];
    size_t distrusted_count;
};

sbk_result sbk_trust_new(struct sbk_trust **trust, struct sbk_error *error) {
    struct sbk_trust *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    *trust = made;
    return SBK_OK;
}

void sbk_trust_free(struct sbk_trust **trust) {
    if (*trust == NULL) {
        return;
    }
    for (size_t i = 0; i < (*trust)->anchor_count; i++) {
        sbk_verifier_free(&(*trust)->anchors[i].verifier);
    }
    for (size_t i = 0; i < (*trust)->issuer_count; i++) {
        sbk_verifier_free(&(*trust)->issuers[i]->verifier);
        free((*trust)->issuers[i]);
    }
    free(*trust);
    *trust = NULL;
}

/* Its place among the pinned; their number if it is none of them. */
static size_t place_of(const struct sbk_trust *trust, uint8_t generation) {
    size_t i = 0;
    while (i < trust->anchor_count && trust->anchors[i].anchor.generation != generation) {
        i++;
    }
    return i;
}

static const struct pinned *find_anchor(const struct sbk_trust *trust, uint8_t generation) {
    const size_t place = place_of(trust, generation);
    return place < trust->anchor_count ? &trust->anchors[place] : NULL;
}

sbk_result sbk_trust_add_anchor(
    struct sbk_trust *trust, const struct sbk_anchor *anchor, uint16_t until, struct sbk_error *error) {
    const size_t place = place_of(trust, anchor->generation);
    if (place < trust->anchor_count) {
        struct pinned *known = &trust->anchors[place];
        if (memcmp(&known->anchor, anchor, sizeof *anchor) == 0) {
            known->until = until < known->until ? until : known->until;
            return SBK_OK;
        }
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_EXISTS, _("another root of generation %u is pinned already"),
            anchor->generation);
    }
    if (trust->anchor_count == SBK_TRUST_ANCHORS_MAX) {
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_EXISTS, _("no more than %d roots can be pinned"), SBK_TRUST_ANCHORS_MAX);
    }
    struct pinned *added = &trust->anchors[trust->anchor_count];
    const sbk_result result = sbk_verifier_new(&added->verifier, anchor->key, error);
    if (result == SBK_OK) {
        added->anchor = *anchor;
        added->until = until;
        trust->anchor_count++;
    }
    return result;
}

/* generation 0: any. The newest generation's, and of that the one by the newest root up to this one. */
static const struct issuer *find_issuer(const struct sbk_trust *trust, uint8_t role, uint8_t generation, uint8_t root) {
    const struct issuer *best = NULL;
    for (size_t i = 0; i < trust->issuer_count; i++) {
        const struct sbk_certificate *parsed = &trust->issuers[i]->parsed;
        if (parsed->role != role || parsed->issuer_generation > root ||
            (generation != 0 && parsed->generation != generation)) {
            continue;
        }
        if (best == NULL || parsed->generation > best->parsed.generation ||
            (parsed->generation == best->parsed.generation &&
                parsed->issuer_generation > best->parsed.issuer_generation)) {
            best = trust->issuers[i];
        }
    }
    return best;
}

static sbk_result invalid(struct sbk_error *error, const char *why) {
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, _("the certificate is not valid: it %s"), why);
}

static sbk_result check_signature(
    const struct sbk_verifier *verifier, const struct sbk_certificate *certificate, struct sbk_error *error) {
    uint8_t hash[SBK_HASH_SIZE];
    sbk_result result = sbk_sha256(certificate->signed_bytes, certificate->signed_size, hash, error);
    if (result == SBK_OK) {
        result = sbk_verifier_check(verifier, hash, certificate->signature, error);
    }
    return result == SBK_TAMPERED ? invalid(error, _("was altered or is not by the issuer it names")) : result;
}

static sbk_result parse(
    const uint8_t *data, size_t size, struct sbk_certificate *certificate, struct sbk_error *error) {
    const enum sbk_format format = sbk_certificate_parse(data, size, certificate);
    return format == SBK_FORMAT_OK ? SBK_OK : invalid(error, _(sbk_format_text(format)));
}

static bool is_issuer_role(uint8_t role) {
    return role >= SBK_ROLE_STATION_CA && role <= SBK_ROLE_LIST_SIGNER;
}

/* One that carries the same name under another root is kept beside: the newer root re-certifies the CAs in use. */
static bool is_kept(const struct sbk_trust *trust, const uint8_t *data, size_t size) {
    for (size_t i = 0; i < trust->issuer_count; i++) {
        if (trust->issuers[i]->size == size && memcmp(trust->issuers[i]->bytes, data, size) == 0) {
            return true;
        }
    }
    return false;
}

sbk_result sbk_trust_add_issuer(struct sbk_trust *trust, const uint8_t *data, size_t size, struct sbk_error *error) {
    struct sbk_certificate parsed;
    sbk_result result = parse(data, size, &parsed, error);
    if (result != SBK_OK || is_kept(trust, data, size)) {
        return result;
    }
    if (!is_issuer_role(parsed.role)) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ROLE,
            _("the certificate's role is %02x, not a CA's or signer's"), parsed.role);
    }
    const struct pinned *anchor = find_anchor(trust, parsed.issuer_generation);
    if (anchor == NULL) {
        return invalid(error, _("names a root that is not pinned here"));
    }
    if (trust->issuer_count == SBK_TRUST_ISSUERS_MAX) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_EXISTS, _("no more than %d CAs and signers can be kept"),
            SBK_TRUST_ISSUERS_MAX);
    }
    result = check_signature(anchor->verifier, &parsed, error);
    if (result != SBK_OK) {
        return result;
    }
    struct issuer *added = calloc(1, sizeof *added);
    if (added == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    memcpy(added->bytes, data, size);
    added->size = size;
    result = parse(added->bytes, size, &added->parsed, error);
    if (result == SBK_OK) {
        result = sbk_verifier_new(&added->verifier, added->parsed.key, error);
    }
    if (result != SBK_OK) {
        free(added);
        return result;
    }
    trust->issuers[trust->issuer_count++] = added;
    return SBK_OK;
}

static sbk_result counts_no_more(struct sbk_error *error, uint8_t generation) {
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_EXPIRED, _("the root of generation %u counts no more"), generation);
}

sbk_result sbk_trust_take_issuer(
    struct sbk_trust *trust, const uint8_t *data, size_t size, uint16_t day, struct sbk_error *error) {
    struct sbk_certificate parsed;
    const sbk_result result = parse(data, size, &parsed, error);
    if (result != SBK_OK) {
        return result;
    }
    const struct pinned *anchor = find_anchor(trust, parsed.issuer_generation);
    if (anchor != NULL && day > anchor->until && !is_kept(trust, data, size)) {
        return counts_no_more(error, parsed.issuer_generation);
    }
    return sbk_trust_add_issuer(trust, data, size, error);
}

static sbk_result check_dates(const struct sbk_certificate *certificate, uint16_t day, struct sbk_error *error) {
    char from[SBK_DAY_ROOM];
    char until[SBK_DAY_ROOM];
    if (day >= certificate->effective && day <= certificate->expiry) {
        return SBK_OK;
    }
    sbk_day_format(certificate->effective, from);
    sbk_day_format(certificate->expiry, until);
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_EXPIRED,
        _("a certificate in the chain (role %02x) is valid from %s to %s only"), certificate->role, from, until);
}

static sbk_result check_anchor(const struct pinned *anchor, uint16_t day, struct sbk_error *error) {
    if (anchor == NULL) {
        return invalid(error, _("names a root that is not pinned here"));
    }
    return day > anchor->until ? counts_no_more(error, anchor->anchor.generation) : SBK_OK;
}

sbk_result sbk_trust_distrust(struct sbk_trust *trust, const uint8_t *issuers, size_t count, struct sbk_error *error) {
    if (count > SBK_TRUST_DISTRUSTED_MAX) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT, _("no more than %d CAs and signers can be distrusted"),
            SBK_TRUST_DISTRUSTED_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        trust->distrusted[i].role = issuers[2 * i];
        trust->distrusted[i].generation = issuers[2 * i + 1];
    }
    trust->distrusted_count = count;
    return SBK_OK;
}

sbk_result sbk_trust_check_issuer(
    const struct sbk_trust *trust, uint8_t role, uint8_t generation, struct sbk_error *error) {
    for (size_t i = 0; i < trust->distrusted_count; i++) {
        if (trust->distrusted[i].role == role && trust->distrusted[i].generation == generation) {
            return sbk_fail(error, SBK_REFUSED, SBK_REASON_DISTRUSTED,
                _("the city distrusts %s %u and all that it signed; the city issues anew what is good"),
                sbk_key_role_word(role), generation);
        }
    }
    return SBK_OK;
}

/* Whether an issuer's certificate and the root above it hold on the day, and the issuer is not distrusted. past: roots hold
 * that counted once. */
static sbk_result check_issuer(
    const struct sbk_trust *trust, const struct issuer *issuer, uint16_t day, bool past, struct sbk_error *error) {
    sbk_result result = sbk_trust_check_issuer(trust, issuer->parsed.role, issuer->parsed.generation, error);
    if (result == SBK_OK) {
        result = check_dates(&issuer->parsed, day, error);
    }
    return result == SBK_OK && !past ? check_anchor(find_anchor(trust, issuer->parsed.issuer_generation), day, error)
                                     : result;
}

/* The verifier of the key that should have signed: a pinned root's or a kept CA's that holds on the day. */
static sbk_result find_signer(const struct sbk_trust *trust, const struct sbk_certificate *certificate, uint16_t day,
    bool past, const struct sbk_verifier **verifier, struct sbk_error *error) {
    if (certificate->issuer_role == SBK_ROLE_ROOT) {
        const struct pinned *anchor = find_anchor(trust, certificate->issuer_generation);
        const sbk_result result = check_anchor(anchor, past && anchor != NULL ? 0 : day, error);
        *verifier = result == SBK_OK ? anchor->verifier : NULL;
        return result;
    }
    sbk_result result = invalid(error, _("names a CA that is not known here"));
    for (size_t i = 0; i < trust->issuer_count && result != SBK_OK; i++) {
        const struct issuer *issuer = trust->issuers[i];
        if (issuer->parsed.role == certificate->issuer_role &&
            issuer->parsed.generation == certificate->issuer_generation) {
            result = check_issuer(trust, issuer, day, past, error);
            *verifier = issuer->verifier;
        }
    }
    return result;
}

static sbk_result verify(const struct sbk_trust *trust, const uint8_t *data, size_t size, uint64_t roles, uint16_t day,
    bool past, struct sbk_certificate *parsed, struct sbk_error *error) {
    struct sbk_certificate certificate;
    const struct sbk_verifier *verifier = NULL;
    sbk_result result = parse(data, size, &certificate, error);
    if (result != SBK_OK) {
        return result;
    }
    if ((roles & SBK_ROLE_BIT(certificate.role)) == 0) {
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_ROLE, _("a certificate of role %02x does not count here"), certificate.role);
    }
    result = find_signer(trust, &certificate, day, past, &verifier, error);
    if (result == SBK_OK) {
        result = check_signature(verifier, &certificate, error);
    }
    if (result == SBK_OK) {
        result = check_dates(&certificate, day, error);
    }
    if (result == SBK_OK) {
        *parsed = certificate;
    }
    return result;
}

sbk_result sbk_trust_verify_past(const struct sbk_trust *trust, const uint8_t *data, size_t size, uint64_t roles,
    uint16_t day, struct sbk_certificate *parsed, struct sbk_error *error) {
    return verify(trust, data, size, roles, day, true, parsed, error);
}

sbk_result sbk_trust_verify(const struct sbk_trust *trust, const uint8_t *data, size_t size, uint64_t roles,
    uint16_t day, struct sbk_certificate *parsed, struct sbk_error *error) {
    const sbk_result result = verify(trust, data, size, roles, day, false, parsed, error);
    return result == SBK_OK && is_issuer_role(parsed->role)
               ? sbk_trust_check_issuer(trust, parsed->role, parsed->generation, error)
               : result;
}

/* The role of certificate that signs a record; 0 for none. */
static uint8_t role_of_record(uint8_t tag) {
    switch (tag) {
    case SBK_RECORD_IDENTITY:
    case SBK_RECORD_MANDATE:
        return SBK_ROLE_GRANT_SIGNER;
    case SBK_RECORD_NOTICE:
    case SBK_RECORD_ITEMS:
    case SBK_RECORD_HOTLIST:
        return SBK_ROLE_LIST_SIGNER;
    case SBK_RECORD_OFFICE:
        return SBK_ROLE_ROOT;
    default:
        return 0;
    }
}

static sbk_result try_anchors(const struct sbk_trust *trust, const uint8_t hash[SBK_HASH_SIZE],
    const uint8_t *signature, uint16_t day, struct sbk_error *error) {
    sbk_result result =
        sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE, "%s", _("no pinned root signed the record"));
    for (size_t i = 0; i < trust->anchor_count && result == SBK_TAMPERED; i++) {
        if (day <= trust->anchors[i].until) {
            result = sbk_verifier_check(trust->anchors[i].verifier, hash, signature, error);
        }
    }
    return result;
}

/* A signer's key may be certified by several roots: one that counts suffices. */
static sbk_result try_signers(const struct sbk_trust *trust, uint8_t role, const uint8_t hash[SBK_HASH_SIZE],
    const uint8_t *signature, uint16_t day, bool past, const struct issuer **signer, struct sbk_error *error) {
    sbk_result result =
        sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE, "%s", _("no known signer signed the record"));
    for (size_t i = 0; i < trust->issuer_count; i++) {
        const struct issuer *issuer = trust->issuers[i];
        struct sbk_error cause;
        if (issuer->parsed.role != role) {
            continue;
        }
        sbk_result one = sbk_verifier_check(issuer->verifier, hash, signature, &cause);
        if (one == SBK_TAMPERED) {
            continue;
        }
        if (one == SBK_OK) {
            one = check_issuer(trust, issuer, day, past, &cause);
        }
        if (one == SBK_OK) {
            *signer = issuer;
        }
        if (one == SBK_OK || one == SBK_ENVIRONMENT) {
            return one == SBK_OK ? SBK_OK : sbk_fail(error, one, cause.reason, "%s", cause.text);
        }
        result = sbk_fail(error, one, cause.reason, "%s", cause.text);
    }
    return result;
}

static sbk_result verify_record(const struct sbk_trust *trust, const uint8_t *record, size_t size, uint16_t day,
    bool past, const struct issuer **signer, struct sbk_error *error) {
    uint8_t hash[SBK_HASH_SIZE];
    if (size <= 2 + SBK_SIGNATURE_SIZE) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, "%s", _("the record is too short"));
    }
    const uint8_t role = role_of_record(record[0]);
    if (role == 0) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT, _("a record %02X is not verified so"), record[0]);
    }
    const size_t body = size - SBK_SIGNATURE_SIZE;
    const sbk_result result = sbk_sha256(record, body, hash, error);
    if (result != SBK_OK) {
        return result;
    }
    return role == SBK_ROLE_ROOT ? try_anchors(trust, hash, record + body, day, error)
                                 : try_signers(trust, role, hash, record + body, day, past, signer, error);
}

sbk_result sbk_trust_verify_record(
    const struct sbk_trust *trust, const uint8_t *record, size_t size, uint16_t day, struct sbk_error *error) {
    const struct issuer *signer = NULL;
    return verify_record(trust, record, size, day, false, &signer, error);
}

sbk_result sbk_trust_verify_record_past(
    const struct sbk_trust *trust, const uint8_t *record, size_t size, uint16_t day, struct sbk_error *error) {
    const struct issuer *signer = NULL;
    return verify_record(trust, record, size, day, true, &signer, error);
}

sbk_result sbk_trust_find_signer(const struct sbk_trust *trust, const uint8_t *record, size_t size, uint16_t day,
    struct sbk_bytes *signer, struct sbk_error *error) {
    const struct issuer *found = NULL;
    const sbk_result result = verify_record(trust, record, size, day, false, &found, error);
    if (result == SBK_OK && found == NULL) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT, _("a record %02X is not verified so"), record[0]);
    }
    if (result == SBK_OK) {
        *signer = (struct sbk_bytes){found->bytes, found->size};
    }
    return result;
}

sbk_result sbk_trust_verify_office(const struct sbk_trust *trust, const struct sbk_bytes *binding,
    const struct sbk_bytes *office_ca, struct sbk_error *error) {
    struct sbk_office_binding parsed;
    uint8_t hash[SBK_HASH_SIZE];
    const enum sbk_format format = sbk_office_binding_parse(binding->data, binding->size, &parsed);
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("the office binding %s"), _(sbk_format_text(format)));
    }
    const struct pinned *anchor = find_anchor(trust, parsed.root_generation);
    if (anchor == NULL) {
        return invalid(error, _("names a root that is not pinned here"));
    }
    sbk_result result = sbk_verify_record(anchor->anchor.key, binding->data, binding->size, error);
    if (result == SBK_OK) {
        result = sbk_sha256(office_ca->data, office_ca->size, hash, error);
    }
    if (result == SBK_OK && memcmp(hash, parsed.office_hash, sizeof hash) != 0) {
        result = sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s", _("the office CA is not the one that the root names"));
    }
    return result;
}

bool sbk_trust_find(const struct sbk_trust *trust, uint8_t role, uint8_t generation, struct sbk_bytes *certificate) {
    return sbk_trust_find_under(trust, role, generation, UINT8_MAX, certificate);
}

bool sbk_trust_find_under(
    const struct sbk_trust *trust, uint8_t role, uint8_t generation, uint8_t root, struct sbk_bytes *certificate) {
    const struct issuer *found = find_issuer(trust, role, generation, root);
    if (found == NULL) {
        return false;
    }
    certificate->data = found->bytes;
    certificate->size = found->size;
    return true;
}

const struct sbk_anchor *sbk_trust_anchor(const struct sbk_trust *trust) {
    const struct sbk_anchor *newest = NULL;
    for (size_t i = 0; i < trust->anchor_count; i++) {
        if (newest == NULL || trust->anchors[i].anchor.generation > newest->generation) {
            newest = &trust->anchors[i].anchor;
        }
    }
    return newest;
}

const struct sbk_anchor *sbk_trust_root(const struct sbk_trust *trust, uint8_t generation, uint16_t *until) {
    const struct pinned *found = find_anchor(trust, generation);
    if (found != NULL && until != NULL) {
        *until = found->until;
    }
    return found != NULL ? &found->anchor : NULL;
}

const struct sbk_certificate *sbk_trust_issuer(const struct sbk_trust *trust, size_t index) {
    return index < trust->issuer_count ? &trust->issuers[index]->parsed : NULL;
}
