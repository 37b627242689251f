/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/receipt.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "schema/reason.h"

static sbk_result explain(sbk_result result, const struct sbk_receipt *receipt, struct sbk_error *error) {
    if (result == SBK_TAMPERED)
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE,
            _("receipt %u is not signed by the card's key; keep the card aside and tell the city"),
            (unsigned)receipt->entry.counter);
    return result;
}

sbk_result sbk_receipt_verify(
    const struct sbk_receipt *receipt, const uint8_t signing_key[SBK_COMPRESSED_SIZE], struct sbk_error *error) {
    uint8_t point[SBK_POINT_SIZE];
    sbk_result result = sbk_point_decompress(signing_key, point, error);
    if (result == SBK_OK)
        result = sbk_verify_hash(point, receipt->hash, receipt->signature, error);
    return explain(result, receipt, error);
}

sbk_result sbk_receipt_verify_point(
    const struct sbk_receipt *receipt, const uint8_t signing_point[SBK_POINT_SIZE], struct sbk_error *error) {
    return explain(sbk_verify_hash(signing_point, receipt->hash, receipt->signature, error), receipt, error);
}
