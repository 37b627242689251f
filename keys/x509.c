/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/x509.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "keys/context.h"
#include "keys/crypto.h"
#include "keys/x509_private.h"
#include "schema/oid.h"
#include "schema/reason.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

#define NOON (12 * 3600)
#define DAY_SECONDS 86400

const char *sbk_office_kind_word(enum sbk_office_kind kind) {
    switch (kind) {
    case SBK_OFFICE_CA:
        return "office-ca";
    case SBK_OFFICE_CITY:
        return "city";
    case SBK_OFFICE_BUREAU:
        return "bureau";
    case SBK_OFFICE_STATION:
        return "station";
    }
    return "unknown";
}

static sbk_result invalid(struct sbk_error *error, const char *why) {
    ERR_clear_error();
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, _("the X.509 certificate is not valid: %s"), why);
}

X509 *sbk_x509_read(const uint8_t *der, size_t size) {
    const unsigned char *at = der;
    X509 *certificate = size <= SBK_X509_MAX ? X509_new_ex(sbk_crypto_context(), NULL) : NULL;
    if (certificate == NULL || d2i_X509(&certificate, &at, (long)size) == NULL) {
        ERR_clear_error();
        return NULL;
    }
    if (at != der + size) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

sbk_result sbk_x509_write(X509 *certificate, struct sbk_buffer *out, struct sbk_error *error) {
    unsigned char *der = NULL;
    const int size = i2d_X509(certificate, &der);
    if (size <= 0) {
        return sbk_crypto_fail(error, _("writing a certificate"));
    }
    const sbk_result result = sbk_buffer_append(out, der, (size_t)size, error);
    OPENSSL_free(der);
    return result;
}

/* The day of an X.509 time; false if it lies outside the project's days. */
static bool day_of(const ASN1_TIME *moment, uint16_t *day) {
    int days = 0;
    int seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    const bool good = epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, moment) == 1 && days >= 0 &&
                      seconds >= 0 && (int64_t)days * DAY_SECONDS + seconds <= UINT32_MAX;
    ASN1_TIME_free(epoch);
    if (good) {
        *day = sbk_date_of_time((uint32_t)((int64_t)days * DAY_SECONDS + seconds));
    }
    return good;
}

/* The holder by its extended key usage; false if there is none or more than one. */
static bool holder_of(X509 *certificate, enum sbk_office_kind *kind) {
    static const struct {
        const char *oid;
        enum sbk_office_kind kind;
    } holders[] = {
        {SBK_OID_HOLDER_CITY, SBK_OFFICE_CITY},
        {SBK_OID_HOLDER_BUREAU, SBK_OFFICE_BUREAU},
        {SBK_OID_HOLDER_STATION, SBK_OFFICE_STATION},
    };
    size_t found = 0;
    EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    for (int i = 0; usage != NULL && i < sk_ASN1_OBJECT_num(usage); i++) {
        char oid[96];
        if (OBJ_obj2txt(oid, sizeof oid, sk_ASN1_OBJECT_value(usage, i), 1) <= 0) {
            continue;
        }
        for (size_t h = 0; h < sizeof holders / sizeof holders[0]; h++) {
            if (strcmp(oid, holders[h].oid) == 0) {
                *kind = holders[h].kind;
                found++;
            }
        }
    }
    EXTENDED_KEY_USAGE_free(usage);
    ERR_clear_error();
    return found == 1;
}

static bool name_of(X509_NAME *name, char *text, size_t room) {
    unsigned char *bytes = NULL;
    const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    const int size = at >= 0 && X509_NAME_get_index_by_NID(name, NID_commonName, at) < 0
                         ? ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)))
                         : -1;
    bool good = size > 0 && (size_t)size < room && memchr(bytes, 0, (size_t)size) == NULL;
    for (int i = 0; good && i < size; i++) {
        good = bytes[i] >= 0x20 && bytes[i] != 0x7F;
    }
    if (good) {
        memcpy(text, bytes, (size_t)size);
        text[size] = 0;
    }
    OPENSSL_free(bytes);
    return good;
}

sbk_result sbk_x509_info_of(X509 *certificate, struct sbk_office_info *info, struct sbk_error *error) {
    struct sbk_office_info found = {.kind = SBK_OFFICE_CA};
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    const bool is_ca = (X509_get_extension_flags(certificate) & EXFLAG_CA) != 0;
    if ((X509_get_extension_flags(certificate) & EXFLAG_INVALID) != 0) {
        return invalid(error, _("an extension is malformed"));
    }
    if (!is_ca && !holder_of(certificate, &found.kind)) {
        return invalid(error, _("it does not say whose it is: it was not made by this system"));
    }
    if (!name_of(X509_get_subject_name(certificate), found.name, sizeof found.name)) {
        return invalid(error, _("its name is missing or malformed"));
    }
    if (!day_of(X509_get0_notBefore(certificate), &found.from) ||
        !day_of(X509_get0_notAfter(certificate), &found.until)) {
        return invalid(error, _("its dates are malformed"));
    }
    if (ASN1_STRING_length(serial) < 1 || (size_t)ASN1_STRING_length(serial) > sizeof found.serial) {
        return invalid(error, _("its serial number is malformed"));
    }
    found.serial_size = (size_t)ASN1_STRING_length(serial);
    memcpy(found.serial, ASN1_STRING_get0_data(serial), found.serial_size);
    const EVP_PKEY *pkey = X509_get0_pubkey(certificate);
    if (pkey == NULL) {
        return invalid(error, _("its public key is malformed"));
    }
    const sbk_result result = sbk_pkey_point(pkey, found.key, error);
    if (result == SBK_OK) {
        *info = found;
    }
    return result;
}

sbk_result sbk_x509_info(const uint8_t *der, size_t size, struct sbk_office_info *info, struct sbk_error *error) {
    X509 *certificate = sbk_x509_read(der, size);
    if (certificate == NULL) {
        return invalid(error, _("it is not one certificate in DER"));
    }
    const sbk_result result = sbk_x509_info_of(certificate, info, error);
    X509_free(certificate);
    return result;
}

/* Runs OpenSSL's path check: the CA is the only thing trusted, the day is the caller's. */
static int check_path(X509 *ca, X509 *certificate, uint16_t day) {
    int code = X509_V_ERR_UNSPECIFIED;
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *checking = X509_STORE_CTX_new_ex(sbk_crypto_context(), NULL);
    if (store != NULL && checking != NULL && X509_STORE_add_cert(store, ca) == 1 &&
        X509_STORE_CTX_init(checking, store, certificate, NULL) == 1) {
        X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(checking);
        X509_VERIFY_PARAM_set_time(parameters, (time_t)sbk_time_of_day(day) + NOON);
        X509_VERIFY_PARAM_set_depth(parameters, 0);
        (void)X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
        code = X509_verify_cert(checking) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(checking);
    }
    X509_STORE_CTX_free(checking);
    X509_STORE_free(store);
    ERR_clear_error();
    return code;
}

sbk_result sbk_x509_verify(const uint8_t *ca_der, size_t ca_size, const uint8_t *der, size_t size, uint16_t day,
    struct sbk_office_info *info, struct sbk_error *error) {
    X509 *ca = sbk_x509_read(ca_der, ca_size);
    X509 *certificate = sbk_x509_read(der, size);
    sbk_result result = SBK_OK;
    if (ca == NULL || certificate == NULL) {
        result = invalid(error, _("it is not one certificate in DER"));
    }
    if (result == SBK_OK) {
        result = sbk_x509_info_of(certificate, info, error);
    }
    if (result == SBK_OK) {
        const int code = check_path(ca, certificate, day);
        if (code == X509_V_ERR_CERT_HAS_EXPIRED || code == X509_V_ERR_CERT_NOT_YET_VALID) {
            char from[SBK_DAY_ROOM];
            char until[SBK_DAY_ROOM];
            sbk_day_format(info->from, from);
            sbk_day_format(info->until, until);
            result = sbk_fail(error, SBK_REFUSED, SBK_REASON_EXPIRED,
                _("the X.509 certificate of %s is valid from %s to %s only, or its office CA has expired"), info->name,
                from, until);
        } else if (code != X509_V_OK) {
            result = invalid(error, X509_verify_cert_error_string(code));
        }
    }
    X509_free(certificate);
    X509_free(ca);
    return result;
}
