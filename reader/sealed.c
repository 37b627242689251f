/* SPDX-License-Identifier: Apache-2.0 */
/* Identity records, which are personal: encrypted to this station on the way and while they wait, opened at the tap. */
#include "base/i18n.h"
#include "keys/cms.h"
#include "keys/crypto.h"
#include "reader/parcels.h"
#include "reader/session_private.h"
#include "schema/reason.h"

#include <openssl/crypto.h>
#include <string.h>

#define GENERATION_MAX 127

bool sbk_parcel_is_sealed(const struct sbk_waiting *parcel) {
    return parcel->kind == SBK_PARCEL_IDENTITY && parcel->issuer_size == 0;
}

/* The station's X.509 certificate, by whose key the envelope names it. */
static sbk_result own_certificate(
    struct sbk_station *station, uint8_t der[SBK_X509_MAX], size_t *size, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result = sbk_statement_begin(
        station->database, "SELECT x509 FROM installed ORDER BY number DESC LIMIT 1", &statement, error);
    if (result != SBK_OK)
        return result;
    result = sbk_statement_step(statement, &row, error);
    const uint8_t *data = row ? sbk_statement_blob(statement, 0, size) : NULL;
    if (result == SBK_OK && (data == NULL || *size > SBK_X509_MAX))
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_CERTIFICATE,
            _("%s: the station's own certificate is missing; install the city's file again"), station->path);
    if (result == SBK_OK)
        memcpy(der, data, *size);
    sbk_statement_end(&statement);
    return result;
}

/* The grant signer who signed it, whose certificate the card will ask for. */
static sbk_result find_signer(const struct sbk_station *station, struct sbk_waiting *parcel,
    const struct sbk_buffer *record, struct sbk_error *error) {
    for (uint8_t generation = GENERATION_MAX; generation > 0; generation--) {
        struct sbk_bytes bytes;
        struct sbk_certificate signer;
        if (!sbk_trust_find(station->trust, SBK_ROLE_GRANT_SIGNER, generation, &bytes) ||
            bytes.size > sizeof parcel->issuer ||
            sbk_certificate_parse(bytes.data, bytes.size, &signer) != SBK_FORMAT_OK ||
            sbk_verify_record(signer.key, record->data, record->size, NULL) != SBK_OK)
            continue;
        memcpy(parcel->issuer, bytes.data, bytes.size);
        parcel->issuer_size = bytes.size;
        return SBK_OK;
    }
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE,
        _("a record in the courier is signed by none of the city's signers; tell the city"));
}

static sbk_result take(const struct sbk_station *station, struct sbk_waiting *parcel, const struct sbk_buffer *record,
    struct sbk_error *error) {
    struct sbk_identity identity;
    if (record->size > sizeof parcel->record ||
        sbk_identity_parse(record->data, record->size, &identity) != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("what is sealed for a card is no identity record"));
    const bool same = memcmp(identity.alias, parcel->alias, SBK_ALIAS_SIZE) == 0 && identity.number == parcel->number;
    OPENSSL_cleanse(&identity, sizeof identity);
    if (!same)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_WRONG_CARD, _("what is sealed for a card is another's record"));
    sbk_result result = find_signer(station, parcel, record, error);
    if (result != SBK_OK)
        return result;
    memcpy(parcel->record, record->data, record->size);
    parcel->size = record->size;
    return SBK_OK;
}

sbk_result sbk_parcel_unseal(struct sbk_station *station, struct sbk_waiting *parcel, struct sbk_error *error) {
    struct sbk_buffer record = SBK_BUFFER_EMPTY;
    uint8_t der[SBK_X509_MAX];
    size_t der_size = 0;
    sbk_result result = own_certificate(station, der, &der_size, error);
    if (result == SBK_OK)
        result = sbk_cms_decrypt(station->x509_key, der, der_size, parcel->record, parcel->size, &record, error);
    if (result == SBK_OK)
        result = take(station, parcel, &record, error);
    sbk_buffer_free(&record);
    return result;
}
