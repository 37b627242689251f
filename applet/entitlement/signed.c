/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/command.h"
#include "applet/host/trust.h"

#include <string.h>

#define ALIAS_AT 2 /* in every record */

uint16_t sbk_signer_check(
    struct sbk_card *card, const uint8_t *certificate, enum sbk_role role, uint16_t day, uint8_t key[SBK_POINT_SIZE]) {
    struct sbk_certificate parsed;
    uint16_t status = sbk_trust_certificate(card, certificate, SBK_SIGNER_CERTIFICATE_SIZE, role, day, &parsed);

    if (status != SBK_SW_OK)
        return status == SBK_SW_DATA ? SBK_SW_DATA : SBK_SW_SIGNATURE;
    memcpy(key, parsed.key, SBK_POINT_SIZE);
    return SBK_SW_OK;
}

uint16_t sbk_record_check(
    struct sbk_card *card, const uint8_t key[SBK_POINT_SIZE], const uint8_t *record, size_t size) {
    uint8_t alias[SBK_ALIAS_SIZE];

    if (!sbk_trust_signature(card, key, record, size - SBK_SIGNATURE_SIZE, record + size - SBK_SIGNATURE_SIZE))
        return SBK_SW_SIGNATURE;
    sbk_store_alias(card, alias);
    return memcmp(record + ALIAS_AT, alias, SBK_ALIAS_SIZE) == 0 ? SBK_SW_OK : SBK_SW_WRONG_CARD;
}

/* The certificate's alias and both keys are this card's. */
static uint16_t check_own(struct sbk_call *call, const struct sbk_certificate *certificate) {
    uint8_t point[SBK_POINT_SIZE];
    uint8_t alias[SBK_ALIAS_SIZE];

    sbk_store_alias(call->card, alias);
    if (memcmp(alias, certificate->alias, SBK_ALIAS_SIZE) != 0)
        return SBK_SW_WRONG_CARD;
    if (!sbk_card_public_key(call->card, SBK_KID_AGREEMENT, point) ||
        memcmp(point, certificate->key, SBK_POINT_SIZE) != 0)
        return SBK_SW_WRONG_CARD;
    /* Compressed form: 02 or 03 by Y's last bit, then X. */
    if (!sbk_card_public_key(call->card, SBK_KID_SIGNING, point) ||
        certificate->signing_key[0] != (0x02 | (point[SBK_POINT_SIZE - 1] & 1)) ||
        memcmp(point, certificate->signing_key + 1, SBK_COMPRESSED_SIZE - 1) != 0)
        return SBK_SW_WRONG_CARD;
    return SBK_SW_OK;
}

/* The card CA's certificate under a root that counts, then the card's under it: one parsed form for both. */
uint16_t sbk_card_certificates_check(struct sbk_call *call, const uint8_t *certificates) {
    struct sbk_certificate certificate;
    uint8_t key[SBK_POINT_SIZE];
    uint8_t generation;

    if (sbk_trust_certificate(call->card, certificates, SBK_SIGNER_CERTIFICATE_SIZE, SBK_ROLE_CARD_CA, call->floor,
            &certificate) != SBK_SW_OK)
        return SBK_SW_CERTIFICATE;
    memcpy(key, certificate.key, SBK_POINT_SIZE);
    generation = certificate.generation;
    if (sbk_certificate_parse(certificates + SBK_SIGNER_CERTIFICATE_SIZE, SBK_CARD_CERTIFICATE_SIZE, &certificate) !=
        SBK_FORMAT_OK)
        return SBK_SW_CERTIFICATE;
    if (certificate.role != SBK_ROLE_CARD || certificate.issuer_generation != generation ||
        certificate.expiry < call->floor ||
        !sbk_trust_signature(call->card, key, certificate.signed_bytes, certificate.signed_size, certificate.signature))
        return SBK_SW_CERTIFICATE;
    return check_own(call, &certificate);
}
