/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/issuing.h"

#include "base/i18n.h"
#include "base/random.h"
#include "keys/crypto.h"
#include "schema/basket.h"
#include "schema/hotlist.h"
#include "schema/reason.h"
#include "schema/records.h"

#include <string.h>

/* The role that certifies a role; 0 for none. Path length is one: only the root certifies CAs. */
static uint8_t issuer_of(uint8_t role) {
    switch (role) {
    case SBK_ROLE_STATION_CA:
    case SBK_ROLE_CARD_CA:
    case SBK_ROLE_GRANT_SIGNER:
    case SBK_ROLE_LIST_SIGNER:
        return SBK_ROLE_ROOT;
    case SBK_ROLE_STORE:
    case SBK_ROLE_REGISTRAR:
    case SBK_ROLE_AUDITOR:
        return SBK_ROLE_STATION_CA;
    case SBK_ROLE_CARD:
        return SBK_ROLE_CARD_CA;
    default:
        return 0;
    }
}

sbk_result sbk_issue_certificate(struct sbk_key *issuer, struct sbk_certificate *fields,
    uint8_t out[SBK_CERTIFICATE_MAX], size_t *size, struct sbk_error *error) {
    uint8_t bytes[SBK_CERTIFICATE_MAX];
    uint8_t hash[SBK_HASH_SIZE];
    size_t signed_size = 0;
    const struct sbk_key_info *info = sbk_key_info(issuer);
    /* Roles of keys and of certificates have the same numbers from 1 to 6. */
    if (issuer_of(fields->role) == 0 || issuer_of(fields->role) != info->role) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ROLE, _("the key '%s' does not certify role %02x"),
            sbk_key_role_word(info->role), fields->role);
    }
    fields->issuer_role = info->role;
    fields->issuer_generation = info->generation;
    sbk_result result = sbk_random(fields->serial, sizeof fields->serial, error);
    if (result != SBK_OK) {
        return result;
    }
    enum sbk_format format = sbk_certificate_write_signed(fields, bytes, sizeof bytes, &signed_size);
    if (format == SBK_FORMAT_OK) {
        result = sbk_sha256(bytes, signed_size, hash, error);
        if (result == SBK_OK) {
            result = sbk_key_sign(issuer, hash, fields->signature, error);
        }
        if (result != SBK_OK) {
            return result;
        }
        format = sbk_certificate_assemble(bytes, signed_size, fields->signature, out, SBK_CERTIFICATE_MAX, size);
    }
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, _("the certificate cannot be made: it %s"),
            _(sbk_format_text(format)));
    }
    return SBK_OK;
}

/* The role of key that signs a record of this tag; 0 for none. */
static uint8_t signer_of(uint8_t tag) {
    switch (tag) {
    case SBK_RECORD_IDENTITY:
    case SBK_RECORD_MANDATE:
        return SBK_KEY_GRANT_SIGNER;
    case SBK_RECORD_NOTICE:
    case SBK_RECORD_ITEMS:
    case SBK_RECORD_HOTLIST:
        return SBK_KEY_LIST_SIGNER;
    case SBK_RECORD_LINK:
    case SBK_RECORD_OFFICE:
        return SBK_KEY_ROOT;
    default:
        return 0;
    }
}

sbk_result sbk_sign_record(
    struct sbk_key *signer, uint8_t *record, size_t room, size_t *size, struct sbk_error *error) {
    uint8_t hash[SBK_HASH_SIZE];
    if (*size < 2 || room < *size || room - *size < SBK_SIGNATURE_SIZE) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, "%s", _("the record does not fit"));
    }
    if (signer_of(record[0]) == 0 || signer_of(record[0]) != sbk_key_info(signer)->role) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ROLE, _("the key '%s' does not sign records %02X"),
            sbk_key_role_word(sbk_key_info(signer)->role), record[0]);
    }
    sbk_result result = sbk_sha256(record, *size, hash, error);
    if (result == SBK_OK) {
        result = sbk_key_sign(signer, hash, record + *size, error);
    }
    if (result == SBK_OK) {
        *size += SBK_SIGNATURE_SIZE;
    }
    return result;
}
