/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/cms.h"

#include "base/i18n.h"
#include "keys/cms_private.h"
#include "keys/context.h"
#include "keys/crypto.h"
#include "keys/x509_private.h"
#include "schema/oid.h"
#include "schema/reason.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <string.h>

/* Signed files. Private helpers of all CMS files are at the top. */

sbk_result sbk_cms_malformed(struct sbk_error *error, const char *why) {
    ERR_clear_error();
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, "%s", why);
}

CMS_ContentInfo *sbk_cms_read(const uint8_t *data, size_t size) {
    const unsigned char *at = data;
    CMS_ContentInfo *cms = size <= SBK_CMS_MAX ? CMS_ContentInfo_new_ex(sbk_crypto_context(), NULL) : NULL;
    if (cms == NULL || d2i_CMS_ContentInfo(&cms, &at, (long)size) == NULL) {
        ERR_clear_error();
        return NULL;
    }
    if (at != data + size) {
        CMS_ContentInfo_free(cms);
        return NULL;
    }
    return cms;
}

sbk_result sbk_cms_write(CMS_ContentInfo *cms, struct sbk_buffer *out, struct sbk_error *error) {
    const int size = i2d_CMS_ContentInfo(cms, NULL);
    if (size <= 0 || (size_t)size > SBK_CMS_MAX) {
        return sbk_crypto_fail(error, _("writing a CMS file"));
    }
    const sbk_result result = sbk_buffer_reserve(out, (size_t)size, error);
    if (result != SBK_OK) {
        return result;
    }
    unsigned char *at = out->data + out->size;
    if (i2d_CMS_ContentInfo(cms, &at) != size) {
        return sbk_crypto_fail(error, _("writing a CMS file"));
    }
    out->size += (size_t)size;
    return SBK_OK;
}

sbk_result sbk_cms_take(BIO *bio, struct sbk_buffer *out, struct sbk_error *error) {
    char *data = NULL;
    const long size = BIO_get_mem_data(bio, &data);
    return size >= 0 ? sbk_buffer_append(out, data, (size_t)size, error) : sbk_crypto_fail(error, "CMS");
}

uint8_t sbk_cms_kind(CMS_ContentInfo *cms) {
    char oid[96];
    const ASN1_OBJECT *type = CMS_get0_eContentType(cms);
    if (type == NULL || OBJ_obj2txt(oid, sizeof oid, type, 1) <= 0) {
        ERR_clear_error();
        return 0;
    }
    for (unsigned kind = 1; kind < SBK_OID_KINDS; kind++) {
        if (sbk_oid_of(kind) != NULL && strcmp(oid, sbk_oid_of(kind)->oid) == 0) {
            return (uint8_t)kind;
        }
    }
    return 0;
}

/* The attribute of RFC 5652 11.3, of the caller's clock: left alone, OpenSSL would take the system's. */
static bool add_time(CMS_SignerInfo *signer, uint32_t made) {
    ASN1_TIME *moment = ASN1_TIME_set(NULL, (time_t)made);
    const bool good = moment != NULL && CMS_signed_add1_attr_by_NID(
                                            signer, NID_pkcs9_signingTime, ASN1_STRING_type(moment), moment, -1) == 1;
    ASN1_TIME_free(moment);
    return good;
}

static bool sign(CMS_ContentInfo *cms, X509 *certificate, EVP_PKEY *pkey, unsigned kind, const uint8_t *content,
    size_t size, uint32_t made) {
    const unsigned flags = CMS_BINARY | CMS_NOSMIMECAP;
    ASN1_OBJECT *type = OBJ_txt2obj(sbk_oid_of(kind)->oid, 1);
    BIO *in = BIO_new_mem_buf(content, (int)size);
    CMS_SignerInfo *signer = CMS_add1_signer(cms, certificate, pkey, EVP_sha256(), flags);
    const bool good = type != NULL && in != NULL && signer != NULL && add_time(signer, made) &&
                      CMS_set1_eContentType(cms, type) == 1 && CMS_set_detached(cms, 0) == 1 &&
                      CMS_final(cms, in, NULL, flags) == 1;
    BIO_free(in);
    ASN1_OBJECT_free(type);
    return good;
}

sbk_result sbk_cms_sign(struct sbk_key *key, const uint8_t *der, size_t der_size, unsigned kind, const uint8_t *content,
    size_t size, uint32_t made, struct sbk_buffer *out, struct sbk_error *error) {
    EVP_PKEY *pkey = NULL;
    if (size > SBK_BUNDLE_LARGE_MAX) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, "%s", _("the content is too large for one file"));
    }
    X509 *certificate = sbk_x509_read(der, der_size);
    if (certificate == NULL) {
        return sbk_cms_malformed(error, _("the signer's certificate cannot be read"));
    }
    sbk_result result = sbk_key_pkey(key, &pkey, error);
    CMS_ContentInfo *cms = NULL;
    if (result == SBK_OK) {
        cms = CMS_sign_ex(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY, sbk_crypto_context(), NULL);
        if (cms == NULL || !sign(cms, certificate, pkey, kind, content, size, made)) {
            result = sbk_crypto_fail(error, _("signing a file"));
        }
    }
    if (result == SBK_OK) {
        result = sbk_cms_write(cms, out, error);
    }
    CMS_ContentInfo_free(cms);
    EVP_PKEY_free(pkey);
    X509_free(certificate);
    return result;
}

/* The one certificate that a signed file carries. */
static sbk_result signer_certificate(CMS_ContentInfo *cms, struct sbk_cms_signer *signer, struct sbk_error *error) {
    struct sbk_buffer der = SBK_BUFFER_EMPTY;
    sbk_result result = SBK_OK;
    STACK_OF(X509) *certificates = CMS_get1_certs(cms);
    if (sk_X509_num(certificates) != 1) {
        result = sbk_cms_malformed(error, _("the file does not carry exactly one certificate, its signer's"));
    }
    if (result == SBK_OK) {
        result = sbk_x509_write(sk_X509_value(certificates, 0), &der, error);
    }
    if (result == SBK_OK && der.size > sizeof signer->der) {
        result = sbk_cms_malformed(error, _("the signer's certificate is too large"));
    }
    if (result == SBK_OK) {
        memcpy(signer->der, der.data, der.size);
        signer->der_size = der.size;
        result = sbk_x509_info(signer->der, signer->der_size, &signer->info, error);
    }
    sk_X509_pop_free(certificates, X509_free);
    sbk_buffer_free(&der);
    return result;
}

/* Bytes of DER, walked through. */
struct der {
    const unsigned char *at;
    const unsigned char *end;
};

/* The next object, which must have this tag (-1: any); inside: what it holds. */
static bool next_object(struct der *der, int tag, struct der *inside) {
    long size = 0;
    int found = 0;
    int class = 0;
    const int form = ASN1_get_object(&der->at, &size, &found, &class, der->end - der->at);
    if ((form & 0x81) != 0 || (tag >= 0 && found != tag)) {
        ERR_clear_error(); /* malformed, of indefinite length, or another one */
        return false;
    }
    *inside = (struct der){der->at, der->at + size};
    der->at += size;
    return true;
}

static bool is_version(const struct der *inside, unsigned char version) {
    return inside->end - inside->at == 1 && inside->at[0] == version;
}

/* The version numbers, which OpenSSL does not look at and no signature covers: those of RFC 5652 5.1 and 5.3, so that a file
 * has one form only. */
static bool versions_good(const uint8_t *data, size_t size) {
    struct der file = {data, data + size};
    struct der content;
    struct der signed_data;
    struct der part;
    struct der signer;
    struct der name;
    if (!next_object(&file, V_ASN1_SEQUENCE, &content) || !next_object(&content, V_ASN1_OBJECT, &part) ||
        !next_object(&content, 0, &part) || !next_object(&part, V_ASN1_SEQUENCE, &signed_data) ||
        !next_object(&signed_data, V_ASN1_INTEGER, &part) || !is_version(&part, 3)) {
        return false;
    }
    while (signed_data.at < signed_data.end) { /* the last one holds the signer */
        if (!next_object(&signed_data, -1, &part)) {
            return false;
        }
    }
    if (!next_object(&part, V_ASN1_SEQUENCE, &signer) || !next_object(&signer, V_ASN1_INTEGER, &part)) {
        return false;
    }
    struct der by_number = signer;
    return is_version(&part, next_object(&by_number, V_ASN1_SEQUENCE, &name) ? 1 : 3);
}

/* One signer; ECDSA with SHA-256; with signed attributes, since they alone bind the content's type. */
static bool signer_allowed(CMS_ContentInfo *cms) {
    X509_ALGOR *digest = NULL;
    X509_ALGOR *algorithm = NULL;
    EVP_PKEY *pkey = NULL;
    X509 *certificate = NULL;
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    if (signers == NULL || sk_CMS_SignerInfo_num(signers) != 1) {
        return false;
    }
    CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(signers, 0);
    CMS_SignerInfo_get0_algs(signer, &pkey, &certificate, &digest, &algorithm);
    return digest != NULL && OBJ_obj2nid(digest->algorithm) == NID_sha256 && algorithm != NULL &&
           OBJ_obj2nid(algorithm->algorithm) == NID_ecdsa_with_SHA256 &&
           CMS_signed_get_attr_by_NID(signer, NID_pkcs9_contentType, -1) >= 0 &&
           CMS_signed_get_attr_by_NID(signer, NID_pkcs9_messageDigest, -1) >= 0;
}

static sbk_result check_signer(
    const struct sbk_cms_expected *expected, const struct sbk_cms_signer *signer, struct sbk_error *error) {
    struct sbk_office_info info;
    if (signer->info.kind != expected->signer) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ROLE, _("the file is signed by a %s (%s), not by a %s"),
            sbk_office_kind_word(signer->info.kind), signer->info.name, sbk_office_kind_word(expected->signer));
    }
    if (expected->office_ca.size > 0) {
        return sbk_x509_verify(expected->office_ca.data, expected->office_ca.size, signer->der, signer->der_size,
            expected->day, &info, error);
    }
    /* A request: its own key vouches for it, and it does not age. */
    return sbk_x509_verify(
        signer->der, signer->der_size, signer->der, signer->der_size, signer->info.from, &info, error);
}

static sbk_result verify(CMS_ContentInfo *cms, struct sbk_buffer *content, struct sbk_error *error) {
    BIO *out = BIO_new(BIO_s_mem());
    sbk_result result = SBK_OK;
    if (out == NULL) {
        return sbk_crypto_fail(error, "CMS");
    }
    /* The certificate has been verified: OpenSSL checks the signature by it, content type and digest. */
    if (CMS_verify(cms, NULL, NULL, NULL, out, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) != 1) {
        ERR_clear_error();
        result = sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_SIGNATURE, "%s", _("the file was altered: its signature does not hold"));
    } else {
        result = sbk_cms_take(out, content, error);
    }
    BIO_free(out);
    return result;
}

/* expected: NULL if nothing is asked about the signer. */
static sbk_result verify_kind(const uint8_t *data, size_t size, unsigned kind, const struct sbk_cms_expected *expected,
    struct sbk_buffer *content, struct sbk_cms_signer *signer, struct sbk_error *error) {
    struct sbk_cms_signer found = {.der_size = 0};
    CMS_ContentInfo *cms = sbk_cms_read(data, size);
    sbk_result result = SBK_OK;
    if (cms == NULL || OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed || CMS_is_detached(cms) != 0) {
        result = sbk_cms_malformed(error, _("not a signed CMS file in DER with its content inside"));
    } else if (sbk_cms_kind(cms) != kind) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT, _("the file is not a %s but another kind of file: %s"),
            sbk_oid_of(kind)->name,
            sbk_cms_kind(cms) != 0 ? sbk_oid_of(sbk_cms_kind(cms))->name : _("not one of this system's"));
    } else if (!signer_allowed(cms) || !versions_good(data, size)) {
        result = sbk_cms_malformed(
            error, _("the file is not signed as this system signs: one signer, SHA-256, signed attributes"));
    }
    if (result == SBK_OK) {
        result = signer_certificate(cms, &found, error);
    }
    if (result == SBK_OK && expected != NULL) {
        result = check_signer(expected, &found, error);
    }
    if (result == SBK_OK) {
        result = verify(cms, content, error);
    }
    if (result == SBK_OK && signer != NULL) {
        *signer = found;
    }
    CMS_ContentInfo_free(cms);
    return result;
}

sbk_result sbk_cms_verify(const uint8_t *data, size_t size, const struct sbk_cms_expected *expected,
    struct sbk_buffer *content, struct sbk_cms_signer *signer, struct sbk_error *error) {
    return verify_kind(data, size, expected->kind, expected, content, signer, error);
}

sbk_result sbk_cms_verify_signature(const uint8_t *data, size_t size, unsigned kind, struct sbk_buffer *content,
    struct sbk_cms_signer *signer, struct sbk_error *error) {
    return verify_kind(data, size, kind, NULL, content, signer, error);
}
