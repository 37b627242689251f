/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/x509.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "base/random.h"
#include "keys/context.h"
#include "keys/crypto.h"
#include "keys/x509_private.h"
#include "schema/oid.h"
#include "schema/reason.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#define NAME_MAX_SIZE 40
#define SERIAL_SIZE 16
#define ORGANIZATION "Sembako"

/* What is to be made. */
struct wanted {
    enum sbk_office_kind kind;
    const char *name;
    uint16_t from;
    uint16_t until;
    const uint8_t *subject; /* point */
    X509 *ca;               /* NULL: self-signed */
};

/* RFC 5280 4.1.2.2: positive, at most 20 octets, not guessable. */
static bool set_serial(X509 *certificate) {
    uint8_t bytes[SERIAL_SIZE];
    if (sbk_random(bytes, sizeof bytes, NULL) != SBK_OK) {
        return false;
    }
    bytes[0] = (uint8_t)((bytes[0] & 0x7F) | 0x40);
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    const bool good = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return good;
}

static bool add_name(X509_NAME *name, const char *field, const char *text) {
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0) == 1;
}

static bool set_names(X509 *certificate, const struct wanted *wanted) {
    X509_NAME *subject = X509_get_subject_name(certificate);
    if (!add_name(subject, "O", ORGANIZATION) || !add_name(subject, "OU", sbk_office_kind_word(wanted->kind)) ||
        !add_name(subject, "CN", wanted->name)) {
        return false;
    }
    return X509_set_issuer_name(certificate, wanted->ca != NULL ? X509_get_subject_name(wanted->ca) : subject) == 1;
}

static bool set_dates(X509 *certificate, const struct wanted *wanted) {
    const uint32_t last = wanted->until < UINT16_MAX ? sbk_time_of_day((uint16_t)(wanted->until + 1)) - 1 : UINT32_MAX;
    return ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)sbk_time_of_day(wanted->from)) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)last) != NULL;
}

static bool add_extension(X509 *certificate, X509V3_CTX *context, int nid, const char *value) {
    X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, context, nid, value);
    const bool good = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

static const char *usage_of(enum sbk_office_kind kind) {
    switch (kind) {
    case SBK_OFFICE_CITY:
        return "emailProtection," SBK_OID_HOLDER_CITY;
    case SBK_OFFICE_BUREAU:
        return "emailProtection," SBK_OID_HOLDER_BUREAU;
    case SBK_OFFICE_STATION:
        return "emailProtection," SBK_OID_HOLDER_STATION;
    case SBK_OFFICE_CA:
        break;
    }
    return NULL;
}

static bool add_extensions(X509 *certificate, const struct wanted *wanted) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, wanted->ca != NULL ? wanted->ca : certificate, certificate, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    const bool is_ca = wanted->kind == SBK_OFFICE_CA;
    if (!add_extension(
            certificate, &context, NID_basic_constraints, is_ca ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE") ||
        !add_extension(certificate, &context, NID_key_usage,
            is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,keyAgreement") ||
        !add_extension(certificate, &context, NID_subject_key_identifier, "hash") ||
        !add_extension(certificate, &context, NID_authority_key_identifier, "keyid:always")) {
        return false;
    }
    return is_ca || add_extension(certificate, &context, NID_ext_key_usage, usage_of(wanted->kind));
}

/* Fills everything but the signature. */
static sbk_result fill(X509 *certificate, const struct wanted *wanted, struct sbk_error *error) {
    EVP_PKEY *subject = NULL;
    sbk_result result = sbk_point_pkey(wanted->subject, &subject, error);
    if (result != SBK_OK) {
        return result;
    }
    if (X509_set_version(certificate, X509_VERSION_3) != 1 || !set_serial(certificate) ||
        !set_names(certificate, wanted) || !set_dates(certificate, wanted) ||
        X509_set_pubkey(certificate, subject) != 1 || !add_extensions(certificate, wanted)) {
        result = sbk_crypto_fail(error, _("making a certificate"));
    }
    EVP_PKEY_free(subject);
    return result;
}

static sbk_result make(
    struct sbk_key *signer, const struct wanted *wanted, struct sbk_buffer *out, struct sbk_error *error) {
    const size_t name_size = strlen(wanted->name);
    EVP_PKEY *pkey = NULL;
    if (name_size < 1 || name_size > NAME_MAX_SIZE || wanted->until < wanted->from) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE,
            _("a certificate needs a name of 1 to %d bytes and an end not before its beginning"), NAME_MAX_SIZE);
    }
    X509 *certificate = X509_new_ex(sbk_crypto_context(), NULL);
    if (certificate == NULL) {
        return sbk_crypto_fail(error, _("making a certificate"));
    }
    sbk_result result = fill(certificate, wanted, error);
    if (result == SBK_OK) {
        result = sbk_key_pkey(signer, &pkey, error);
    }
    if (result == SBK_OK && X509_sign(certificate, pkey, EVP_sha256()) <= 0) {
        result = sbk_crypto_fail(error, _("signing a certificate"));
    }
    if (result == SBK_OK) {
        result = sbk_x509_write(certificate, out, error);
    }
    EVP_PKEY_free(pkey);
    X509_free(certificate);
    return result;
}

sbk_result sbk_x509_self(struct sbk_key *key, enum sbk_office_kind kind, const char *name, uint16_t from,
    uint16_t until, struct sbk_buffer *out, struct sbk_error *error) {
    const struct sbk_key_info *info = sbk_key_info(key);
    const struct wanted wanted = {
        .kind = kind, .name = name, .from = from, .until = until, .subject = info->public_part};
    if (info->algorithm != SBK_ALGORITHM_P256) {
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_ROLE, _("the key '%s' cannot do this"), sbk_key_role_word(info->role));
    }
    return make(key, &wanted, out, error);
}

sbk_result sbk_x509_issue(struct sbk_key *ca, const uint8_t *ca_der, size_t ca_size,
    const uint8_t subject_key[SBK_POINT_SIZE], enum sbk_office_kind kind, const char *name, uint16_t from,
    uint16_t until, struct sbk_buffer *out, struct sbk_error *error) {
    struct wanted wanted = {.kind = kind, .name = name, .from = from, .until = until, .subject = subject_key};
    struct sbk_office_info info;
    sbk_result result = sbk_x509_info(ca_der, ca_size, &info, error);
    if (result != SBK_OK) {
        return result;
    }
    if (sbk_key_info(ca)->role != SBK_KEY_OFFICE_CA || info.kind != SBK_OFFICE_CA || kind == SBK_OFFICE_CA ||
        memcmp(info.key, sbk_key_info(ca)->public_part, SBK_POINT_SIZE) != 0) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ROLE, "%s",
            _("only the office CA, with its own certificate, certifies offices and stations"));
    }
    wanted.ca = sbk_x509_read(ca_der, ca_size);
    result = wanted.ca != NULL ? make(ca, &wanted, out, error) : sbk_crypto_fail(error, _("reading a certificate"));
    X509_free(wanted.ca);
    return result;
}
