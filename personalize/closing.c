/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/closing.h"
#include "base/i18n.h"
#include "base/secret.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <string.h>

sbk_result sbk_records_hash(const struct sbk_bytes *identity, const struct sbk_bytes *mandate,
    uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error) {
    uint8_t both[SBK_IDENTITY_MAX + SBK_MANDATE_MAX];

    if (identity->size > SBK_IDENTITY_MAX || mandate->size > SBK_MANDATE_MAX) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("a record is too long"));
    }
    memcpy(both, identity->data, identity->size);
    memcpy(both + identity->size, mandate->data, mandate->size);
    const sbk_result result = sbk_sha256(both, identity->size + mandate->size, hash, error);
    sbk_cleanse(both, sizeof(both));
    return result;
}

sbk_result sbk_closing_expect(const struct sbk_batch *batch, const struct sbk_batch_card *card,
    struct sbk_closing_expected *expected, struct sbk_error *error) {
    memset(expected, 0, sizeof(*expected));
    memcpy(expected->alias, card->alias, sizeof(expected->alias));
    expected->root_generation = batch->anchor.generation;
    memcpy(expected->next_root_hash, batch->anchor.next_hash, sizeof(expected->next_root_hash));
    const sbk_result result = sbk_point_hash(batch->anchor.key, expected->root_hash, error);
    return result == SBK_OK ? sbk_records_hash(&card->identity, &card->mandate, expected->records_hash, error) : result;
}

static sbk_result differs(struct sbk_error *error, const char *what) {
    return sbk_fail(
        error, SBK_TAMPERED, SBK_REASON_WRONG_CARD, _("the card's closing statement does not hold: %s"), what);
}

static sbk_result judge_key(
    const uint8_t compressed[SBK_COMPRESSED_SIZE], const uint8_t *point, const char *what, struct sbk_error *error) {
    uint8_t wanted[SBK_COMPRESSED_SIZE];

    if (point == NULL) {
        return SBK_OK;
    }
    const sbk_result result = sbk_point_compress(point, wanted, error);
    if (result != SBK_OK) {
        return result;
    }
    return memcmp(wanted, compressed, sizeof(wanted)) == 0 ? SBK_OK : differs(error, what);
}

static sbk_result judge_values(
    const struct sbk_closing_expected *expected, const struct sbk_closing *statement, struct sbk_error *error) {
    if (memcmp(statement->alias, expected->alias, SBK_ALIAS_SIZE) != 0) {
        return differs(error, _("another alias"));
    }
    if (expected->serial != NULL && memcmp(statement->serial, expected->serial, SBK_SERIAL_SIZE) != 0) {
        return differs(error, _("another serial number"));
    }
    if (statement->root_generation != expected->root_generation ||
        memcmp(statement->root_hash, expected->root_hash, SBK_HASH_SIZE) != 0) {
        return differs(error, _("another root than the city's"));
    }
    if (memcmp(statement->next_root_hash, expected->next_root_hash, SBK_HASH_SIZE) != 0) {
        return differs(error, _("another next root than the city's"));
    }
    if (memcmp(statement->records_hash, expected->records_hash, SBK_HASH_SIZE) != 0) {
        return differs(error, _("other records than ordered"));
    }
    const sbk_result result =
        judge_key(statement->agreement_key, expected->agreement, _("another agreement key than it made"), error);
    return result == SBK_OK
               ? judge_key(statement->signing_key, expected->signing, _("another signing key than it made"), error)
               : result;
}

sbk_result sbk_closing_judge(const struct sbk_closing_expected *expected, const uint8_t *data, size_t size,
    struct sbk_closing *parsed, struct sbk_error *error) {
    struct sbk_closing statement;
    uint8_t signing[SBK_POINT_SIZE], agreement[SBK_POINT_SIZE];
    const enum sbk_format format = sbk_closing_parse(data, size, &statement);

    if (format != SBK_FORMAT_OK) {
        return sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_FORMAT, _("the card's closing statement %s"), _(sbk_format_text(format)));
    }
    sbk_result result = sbk_point_decompress(statement.signing_key, signing, error);
    if (result == SBK_OK) {
        result = sbk_point_decompress(statement.agreement_key, agreement, error);
    }
    if (result == SBK_OK) {
        result = sbk_verify_record(signing, data, size, error);
    }
    if (result == SBK_OK) {
        result = judge_values(expected, &statement, error);
    }
    if (result == SBK_OK && parsed != NULL) {
        *parsed = statement;
    }
    return result;
}
