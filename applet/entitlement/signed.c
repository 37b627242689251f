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
