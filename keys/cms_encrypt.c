/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/cms.h"

#include "base/i18n.h"
#include "keys/cms_private.h"
#include "keys/context.h"
#include "keys/crypto.h"
#include "keys/x509_private.h"
#include "schema/reason.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <string.h>

/* Encrypted files: AuthEnvelopedData (RFC 5083) for one recipient by ephemeral ECDH with SHA-256 (RFC 5753). */

/* The recipient is named by its key, so that a renewed certificate of the same key still opens the file. */
static bool encrypt(CMS_ContentInfo *cms, X509 *recipient, BIO *in) {
    CMS_RecipientInfo *info = CMS_add1_recipient_cert(cms, recipient, CMS_KEY_PARAM | CMS_USE_KEYID);
    EVP_PKEY_CTX *agreeing = info != NULL ? CMS_RecipientInfo_get0_pkey_ctx(info) : NULL;
    return agreeing != NULL && EVP_PKEY_CTX_set_ecdh_kdf_md(agreeing, EVP_sha256()) == 1 &&
           CMS_final(cms, in, NULL, CMS_BINARY) == 1;
}

sbk_result sbk_cms_encrypt(const uint8_t *recipient, size_t recipient_size, const uint8_t *data, size_t size,
    struct sbk_buffer *out, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    if (size > SBK_CMS_MAX - 4096) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, "%s", _("the content is too large for one file"));
    }
    X509 *certificate = sbk_x509_read(recipient, recipient_size);
    BIO *in = BIO_new_mem_buf(data, (int)size);
    CMS_ContentInfo *cms =
        CMS_encrypt_ex(NULL, NULL, EVP_aes_256_gcm(), CMS_PARTIAL | CMS_BINARY, sbk_crypto_context(), NULL);
    if (certificate == NULL || in == NULL || cms == NULL || !encrypt(cms, certificate, in)) {
        result = sbk_crypto_fail(error, _("encrypting a file"));
    } else {
        result = sbk_cms_write(cms, out, error);
    }
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    X509_free(certificate);
    return result;
}

static bool is_encrypted(const CMS_ContentInfo *cms) {
    return OBJ_obj2nid(CMS_get0_type(cms)) == NID_id_smime_ct_authEnvelopedData;
}

/* The only recipient, who must be one by key agreement; NULL else. */
static CMS_RecipientEncryptedKey *only_recipient(CMS_ContentInfo *cms) {
    STACK_OF(CMS_RecipientInfo) *infos = CMS_get0_RecipientInfos(cms);
    if (infos == NULL || sk_CMS_RecipientInfo_num(infos) != 1) {
        return NULL;
    }
    CMS_RecipientInfo *info = sk_CMS_RecipientInfo_value(infos, 0);
    if (CMS_RecipientInfo_type(info) != CMS_RECIPINFO_AGREE) {
        return NULL;
    }
    STACK_OF(CMS_RecipientEncryptedKey) *keys = CMS_RecipientInfo_kari_get0_reks(info);
    return keys != NULL && sk_CMS_RecipientEncryptedKey_num(keys) == 1 ? sk_CMS_RecipientEncryptedKey_value(keys, 0)
                                                                       : NULL;
}

static sbk_result decrypt(
    CMS_ContentInfo *cms, EVP_PKEY *pkey, X509 *certificate, struct sbk_buffer *out, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    BIO *plain = BIO_new(BIO_s_mem());
    if (plain == NULL) {
        return sbk_crypto_fail(error, "CMS");
    }
    if (CMS_decrypt(cms, pkey, certificate, NULL, plain, CMS_BINARY) != 1) {
        result = sbk_crypto_recall(error, _("decrypting a file"));
        result = result != SBK_OK ? result : sbk_cms_malformed(error, _("the file was altered: it does not decrypt"));
    } else {
        result = sbk_cms_take(plain, out, error);
    }
    BIO_free(plain);
    return result;
}

sbk_result sbk_cms_decrypt(struct sbk_key *key, const uint8_t *der, size_t der_size, const uint8_t *data, size_t size,
    struct sbk_buffer *out, struct sbk_error *error) {
    EVP_PKEY *pkey = NULL;
    X509 *certificate = sbk_x509_read(der, der_size);
    CMS_ContentInfo *cms = sbk_cms_read(data, size);
    CMS_RecipientEncryptedKey *recipient = cms != NULL && is_encrypted(cms) ? only_recipient(cms) : NULL;
    sbk_result result = SBK_OK;
    if (recipient == NULL) {
        result = sbk_cms_malformed(error, _("not an encrypted CMS file in DER for one recipient"));
    } else if (certificate == NULL) {
        result = sbk_cms_malformed(error, _("the recipient's certificate cannot be read"));
    } else if (CMS_RecipientEncryptedKey_cert_cmp(recipient, certificate) != 0) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND, "%s",
            _("the file is encrypted to somebody else: ask its sender to encrypt it to this certificate"));
    }
    if (result == SBK_OK) {
        result = sbk_key_pkey(key, &pkey, error);
    }
    if (result == SBK_OK) {
        result = decrypt(cms, pkey, certificate, out, error);
    }
    EVP_PKEY_free(pkey);
    CMS_ContentInfo_free(cms);
    X509_free(certificate);
    return result;
}

static void outline_recipient(CMS_ContentInfo *cms, struct sbk_cms_outline *outline) {
    ASN1_OCTET_STRING *key_id = NULL;
    ASN1_GENERALIZEDTIME *moment = NULL;
    CMS_OtherKeyAttribute *other = NULL;
    X509_NAME *issuer = NULL;
    ASN1_INTEGER *serial = NULL;
    CMS_RecipientEncryptedKey *recipient = only_recipient(cms);
    if (recipient == NULL ||
        CMS_RecipientEncryptedKey_get0_id(recipient, &key_id, &moment, &other, &issuer, &serial) != 1 ||
        key_id == NULL) {
        return;
    }
    const int size = ASN1_STRING_length(key_id);
    if (size > 0 && (size_t)size <= sizeof outline->recipient) {
        memcpy(outline->recipient, ASN1_STRING_get0_data(key_id), (size_t)size);
        outline->recipient_size = (size_t)size;
    }
}

static void outline_signer(CMS_ContentInfo *cms, struct sbk_cms_outline *outline) {
    STACK_OF(X509) *certificates = CMS_get1_certs(cms);
    if (sk_X509_num(certificates) == 1) {
        (void)X509_NAME_get_text_by_NID(X509_get_subject_name(sk_X509_value(certificates, 0)), NID_commonName,
            outline->signer, sizeof outline->signer);
    }
    sk_X509_pop_free(certificates, X509_free);
}

sbk_result sbk_cms_outline(const uint8_t *data, size_t size, struct sbk_cms_outline *outline,
    struct sbk_buffer *content, struct sbk_error *error) {
    CMS_ContentInfo *cms = sbk_cms_read(data, size);
    struct sbk_cms_outline found = {.encrypted = false};
    sbk_result result = SBK_OK;
    if (cms == NULL) {
        return sbk_cms_malformed(error, _("not a CMS file in DER"));
    }
    found.encrypted = is_encrypted(cms);
    found.signed_data = OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed;
    if (found.encrypted) {
        outline_recipient(cms, &found);
    } else if (found.signed_data) {
        ASN1_OCTET_STRING **inside = CMS_get0_content(cms);
        found.kind = sbk_cms_kind(cms);
        outline_signer(cms, &found);
        if (content != NULL && inside != NULL && *inside != NULL) {
            result =
                sbk_buffer_append(content, ASN1_STRING_get0_data(*inside), (size_t)ASN1_STRING_length(*inside), error);
        }
    }
    if (result == SBK_OK) {
        *outline = found;
    }
    ERR_clear_error();
    CMS_ContentInfo_free(cms);
    return result;
}
