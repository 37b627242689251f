/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/crypto.h"
#include "keys/issuing.h"
#include "personalize/reconcile.h"
#include "personalize/reconcile_private.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_ROOM 512 /* head of the certificates file: header, batch, card CA */

/* The certificate that ties a chip's two keys to its alias; it ends with the identity record, or the card CA before. */
static sbk_result make_certificate(const struct sbk_certify *certify, const uint8_t alias[SBK_ALIAS_SIZE],
    const struct sbk_chip_made *chip, uint16_t valid_until, uint8_t out[SBK_CERTIFICATE_MAX], size_t *size,
    struct sbk_error *error) {
    struct sbk_certificate ca;
    struct sbk_certificate fields = {.role = SBK_ROLE_CARD, .effective = sbk_date_of_time(certify->now)};

    if (sbk_certificate_parse(certify->city->card_ca.data, certify->city->card_ca.size, &ca) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, _("the card CA's certificate cannot be read"));
    }
    fields.expiry = valid_until < ca.expiry ? valid_until : ca.expiry;
    if (fields.expiry < fields.effective || fields.effective < ca.effective) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_EXPIRED,
            _("the card CA or the cards are not valid today; no card certificate can be made"));
    }
    memcpy(fields.alias, alias, sizeof(fields.alias));
    memcpy(fields.signing_key, chip->signing, sizeof(fields.signing_key));
    const sbk_result result = sbk_point_decompress(chip->agreement, fields.key, error);
    return result == SBK_OK ? sbk_issue_certificate(certify->card_ca, &fields, out, size, error) : result;
}

static sbk_result take_made(
    struct sbk_reconciling *reconciling, const struct sbk_report_card *entry, struct sbk_error *error) {
    struct sbk_chip_made chip = {.card = 0};
    struct sbk_ordered ordered;
    uint8_t certificate[SBK_CERTIFICATE_MAX];
    bool matches = false;
    sbk_result result = sbk_reconcile_made(reconciling, entry, &chip, &ordered, &matches, error);

    if (result != SBK_OK || !matches || ordered.has_chip) {
        return result;
    }
    result = make_certificate(
        reconciling->certify, entry->alias, &chip, ordered.valid_until, certificate, &chip.certificate.size, error);
    if (result != SBK_OK) {
        return result;
    }
    chip.certificate.data = certificate;
    reconciling->result->added++;
    return sbk_chips_add(reconciling->certify->ledger, &chip, error);
}

/* All entries; the spoiled first, so that no chip is waste and made at once. */
static sbk_result take_entries(
    struct sbk_reconciling *reconciling, struct sbk_reader entries, struct sbk_error *error) {
    for (int made = 0; made <= 1; made++) {
        struct sbk_reader reader = entries;
        struct sbk_report_card entry;
        while (sbk_report_next(&reader, &entry) == SBK_FORMAT_OK) {
            sbk_result result = SBK_OK;
            if ((entry.outcome == SBK_OUTCOME_MADE) != (made == 1)) {
                continue;
            }
            result =
                made == 1 ? take_made(reconciling, &entry, error) : sbk_reconcile_spoiled(reconciling, &entry, error);
            if (result != SBK_OK) {
                return result;
            }
        }
    }
    return SBK_OK;
}

static sbk_result take_report(struct sbk_reconciling *reconciling, const struct sbk_report *report,
    const uint8_t hash[SBK_HASH_SIZE], struct sbk_reader entries, struct sbk_error *error) {
    struct sbk_database *ledger = reconciling->certify->ledger;
    struct sbk_reconciled *reconciled = reconciling->result;
    sbk_result result = sbk_database_begin(ledger, error);

    if (result != SBK_OK) {
        return result;
    }
    result = sbk_chips_add_report(ledger, hash, reconciled->batch.info.number, reconciled->bureau, report->made,
        reconciling->certify->now, &reconciling->report, error);
    if (result == SBK_OK) {
        result = take_entries(reconciling, entries, error);
    }
    if (result == SBK_OK && reconciled->mismatch_count > 0) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_RECONCILE,
            P_("the report does not reconcile with the batch: %zu card is not as ordered; no certificate was made, "
               "ask the bureau",
                "the report does not reconcile with the batch: %zu cards are not as ordered; no certificate was made, "
                "ask the bureau",
                reconciled->mismatch_count),
            reconciled->mismatch_count);
    }
    if (result != SBK_OK) {
        reconciled->added = 0;
        sbk_database_rollback(ledger);
        return result;
    }
    return sbk_database_commit(ledger, error);
}

/* ---- the file of certificates ---- */

struct gathering {
    struct sbk_reconciled *reconciled;
    struct sbk_buffer certificates;
};

static sbk_result gather(
    void *context, uint32_t sequence, const struct sbk_bytes *certificate, struct sbk_error *error) {
    struct gathering *gathering = context;
    struct sbk_reconciled *reconciled = gathering->reconciled;

    if (certificate->size == 0) {
        reconciled->missing[reconciled->missing_count++] = sequence;
        return SBK_OK;
    }
    reconciled->made++;
    return sbk_buffer_append(&gathering->certificates, certificate->data, certificate->size, error);
}

static sbk_result write_file(const struct sbk_certify *certify, const struct gathering *gathering,
    struct sbk_buffer *out, struct sbk_error *error) {
    const struct sbk_city *city = certify->city;
    struct sbk_card_certificates head = {
        .made = certify->now, .info = gathering->reconciled->batch.info, .card_ca = sbk_bytes_of(&city->card_ca)};
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    uint8_t bytes[HEAD_ROOM];
    size_t size = 0;

    head.info.count = gathering->reconciled->made;
    if (sbk_card_certificates_write_head(&head, bytes, sizeof(bytes), &size) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, _("the file's head does not fit its format"));
    }
    sbk_result result = sbk_buffer_append(&content, bytes, size, error);
    if (result == SBK_OK) {
        result = sbk_buffer_append(&content, gathering->certificates.data, gathering->certificates.size, error);
    }
    if (result == SBK_OK) {
        result = sbk_cms_sign(certify->city_key, city->city.data, city->city.size, SBK_BUNDLE_CARD_CERTIFICATES,
            content.data, content.size, certify->now, out, error);
    }
    sbk_buffer_free(&content);
    return result;
}

static sbk_result give_certificates(const struct sbk_certify *certify, struct sbk_reconciled *reconciled,
    struct sbk_buffer *out, struct sbk_error *error) {
    struct gathering gathering = {reconciled, SBK_BUFFER_EMPTY};
    sbk_result result = SBK_OK;

    reconciled->missing = calloc(reconciled->batch.info.count, sizeof(*reconciled->missing));
    if (reconciled->missing == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    result = sbk_chips_each(certify->ledger, reconciled->batch.info.number, gather, &gathering, error);
    if (result == SBK_OK && reconciled->made == 0) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND,
            _("the report has no card that was made; there is nothing to certify yet"));
    }
    if (result == SBK_OK) {
        result = write_file(certify, &gathering, out, error);
    }
    sbk_buffer_free(&gathering.certificates);
    return result;
}

sbk_result sbk_certify_report(const struct sbk_certify *certify, const uint8_t *data, size_t size,
    struct sbk_reconciled *reconciled, struct sbk_buffer *out, struct sbk_error *error) {
    struct sbk_reconciling reconciling = {certify, reconciled, 0, 0};
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_cms_signer signer;
    struct sbk_report report;
    struct sbk_reader entries;
    uint8_t hash[SBK_HASH_SIZE];

    memset(reconciled, 0, sizeof(*reconciled));
    sbk_result result = sbk_city_verify_file(certify->city, data, size, SBK_BUNDLE_REPORT, SBK_OFFICE_BUREAU,
        sbk_date_of_time(certify->now), &content, &signer, error);
    if (result == SBK_OK && sbk_report_parse(content.data, content.size, &report, &entries) != SBK_FORMAT_OK) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("the report's content is not a report"));
    }
    if (result == SBK_OK) {
        (void)snprintf(reconciled->bureau, sizeof(reconciled->bureau), "%s", signer.info.name);
        result = sbk_ledger_find(certify->ledger, report.info.id, &reconciled->batch, error);
    }
    if (result == SBK_OK) {
        result = sbk_sha256(data, size, hash, error);
    }
    if (result == SBK_OK) {
        result = take_report(&reconciling, &report, hash, entries, error);
    }
    if (result == SBK_OK) {
        result = give_certificates(certify, reconciled, out, error);
    }
    sbk_buffer_free(&content);
    return result;
}
