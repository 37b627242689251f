/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/bundle.h"

#include "schema/bundle_parts.h"
#include "schema/check.h"

#include <string.h>

static enum sbk_format read_sequence(struct sbk_reader *reader, uint32_t *sequence) {
    struct sbk_bytes bytes;
    STEP(sbk_bundle_lend(reader, SBK_TAG_SEQUENCE, 4, 4, &bytes));
    struct sbk_reader field = sbk_reader_of(bytes.data, bytes.size);
    *sequence = sbk_read_u32(&field);
    return *sequence >= 1 && *sequence <= SBK_BUNDLE_CARDS_MAX ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

static void write_sequence(struct sbk_writer *writer, uint32_t sequence) {
    sbk_write_tlv_header(writer, SBK_TAG_SEQUENCE, 4);
    sbk_write_u32(writer, sequence);
}

/* Puts a template around a value. */
static enum sbk_format wrap(uint16_t tag, const struct sbk_writer *inside, uint8_t *out, size_t room, size_t *size) {
    struct sbk_writer writer = sbk_writer_of(out, room);
    if (inside->failed) {
        return SBK_FORMAT_ROOM;
    }
    sbk_write_tlv(&writer, tag, inside->start, inside->used);
    return sbk_writer_end(&writer, size);
}

/* ---- batch ---- */

static enum sbk_format batch_head(struct sbk_reader *reader, struct sbk_batch *batch) {
    struct sbk_bytes transport;
    uint8_t generation = 0;
    STEP(sbk_bundle_begin(reader, SBK_BUNDLE_BATCH, &batch->made));
    STEP(sbk_bundle_info(reader, 1, &batch->info));
    STEP(sbk_bundle_root(reader, &batch->anchor, &batch->binding, &batch->office_ca));
    STEP(sbk_bundle_certificate(
        reader, SBK_ROLE_GRANT_SIGNER, SBK_ROLE_GRANT_SIGNER, &batch->grant_signer, &generation));
    STEP(sbk_bundle_lend(
        reader, SBK_TAG_TRANSPORT, SBK_TRANSPORT_SIZE + SBK_KCV_SIZE, SBK_TRANSPORT_SIZE + SBK_KCV_SIZE, &transport));
    memcpy(batch->transport, transport.data, SBK_TRANSPORT_SIZE);
    memcpy(batch->kcv, transport.data + SBK_TRANSPORT_SIZE, SBK_KCV_SIZE);
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_batch_parse(const uint8_t *data, size_t size, struct sbk_batch *batch, struct sbk_reader *cards) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    struct sbk_batch_card card;
    if (size > SBK_BUNDLE_LARGE_MAX) {
        return SBK_FORMAT_LENGTH;
    }
    memset(batch, 0, sizeof *batch);
    STEP(batch_head(&reader, batch));
    const struct sbk_reader first = reader;
    for (uint32_t i = 1; i <= batch->info.count; i++) {
        STEP(sbk_batch_next(&reader, &card));
        if (card.sequence != i) {
            return SBK_FORMAT_VALUE;
        }
    }
    STEP(sbk_read_end(&reader));
    *cards = first;
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_batch_next(struct sbk_reader *cards, struct sbk_batch_card *card) {
    struct sbk_tlv tlv;
    struct sbk_identity identity;
    struct sbk_mandate mandate;
    STEP(sbk_tlv_expect(cards, SBK_TAG_BATCH_CARD, &tlv));
    struct sbk_reader inside = sbk_reader_of(tlv.value, tlv.size);
    STEP(read_sequence(&inside, &card->sequence));
    STEP(sbk_bundle_copy(&inside, SBK_TAG_ALIAS, card->alias, SBK_ALIAS_SIZE));
    STEP(sbk_bundle_lend(&inside, SBK_TAG_IDENTITY, 1, SBK_IDENTITY_MAX, &card->identity));
    STEP(sbk_bundle_lend(&inside, SBK_TAG_MANDATE, 1, SBK_MANDATE_MAX, &card->mandate));
    STEP(sbk_read_end(&inside));
    STEP(sbk_identity_parse(card->identity.data, card->identity.size, &identity));
    STEP(sbk_mandate_parse(card->mandate.data, card->mandate.size, &mandate));
    if (memcmp(identity.alias, card->alias, SBK_ALIAS_SIZE) != 0 ||
        memcmp(mandate.alias, card->alias, SBK_ALIAS_SIZE) != 0) {
        return SBK_FORMAT_VALUE;
    }
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_batch_write_head(const struct sbk_batch *batch, uint8_t *out, size_t room, size_t *size) {
    struct sbk_writer writer = sbk_writer_of(out, room);
    if (batch->info.number < 1 || batch->info.count < 1 || batch->info.count > SBK_BUNDLE_CARDS_MAX) {
        return SBK_FORMAT_VALUE;
    }
    sbk_bundle_write_header(&writer, SBK_BUNDLE_BATCH, batch->made);
    sbk_bundle_write_info(&writer, &batch->info);
    sbk_bundle_write_root(&writer, &batch->anchor, &batch->binding, &batch->office_ca);
    sbk_write_bytes(&writer, batch->grant_signer.data, batch->grant_signer.size);
    sbk_write_tlv_header(&writer, SBK_TAG_TRANSPORT, SBK_TRANSPORT_SIZE + SBK_KCV_SIZE);
    sbk_write_bytes(&writer, batch->transport, SBK_TRANSPORT_SIZE);
    sbk_write_bytes(&writer, batch->kcv, SBK_KCV_SIZE);
    return sbk_writer_end(&writer, size);
}

enum sbk_format sbk_batch_write_card(const struct sbk_batch_card *card, uint8_t *out, size_t room, size_t *size) {
    uint8_t value[SBK_BATCH_CARD_MAX];
    struct sbk_writer writer = sbk_writer_of(value, sizeof value);
    if (card->sequence < 1 || card->sequence > SBK_BUNDLE_CARDS_MAX) {
        return SBK_FORMAT_VALUE;
    }
    write_sequence(&writer, card->sequence);
    sbk_write_tlv(&writer, SBK_TAG_ALIAS, card->alias, SBK_ALIAS_SIZE);
    sbk_bundle_write(&writer, SBK_TAG_IDENTITY, &card->identity);
    sbk_bundle_write(&writer, SBK_TAG_MANDATE, &card->mandate);
    return wrap(SBK_TAG_BATCH_CARD, &writer, out, room, size);
}

/* ---- report ---- */

static bool reason_allowed(const struct sbk_bytes *reason) {
    for (size_t i = 0; i < reason->size; i++) {
        const uint8_t c = reason->data[i];
        if (!((c >= 'a' && c <= 'z') || c == '-')) {
            return false;
        }
    }
    return true;
}

enum sbk_format sbk_report_parse(
    const uint8_t *data, size_t size, struct sbk_report *report, struct sbk_reader *cards) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    struct sbk_report_card card;
    if (size > SBK_BUNDLE_LARGE_MAX) {
        return SBK_FORMAT_LENGTH;
    }
    memset(report, 0, sizeof *report);
    STEP(sbk_bundle_begin(&reader, SBK_BUNDLE_REPORT, &report->made));
    STEP(sbk_bundle_info(&reader, 0, &report->info));
    const struct sbk_reader first = reader;
    uint32_t sequence = 0;
    bool made = false;
    for (uint32_t i = 0; i < report->info.count; i++) {
        STEP(sbk_report_next(&reader, &card));
        if (card.sequence < sequence || (card.sequence == sequence && made)) {
            return card.sequence == sequence ? SBK_FORMAT_DUPLICATE : SBK_FORMAT_VALUE;
        }
        sequence = card.sequence;
        made = card.outcome == SBK_OUTCOME_MADE;
    }
    STEP(sbk_read_end(&reader));
    *cards = first;
    return SBK_FORMAT_OK;
}

/* The last object of an entry: what proves the card that was made, or why one was spoiled. */
static enum sbk_format report_tail(struct sbk_reader *inside, struct sbk_report_card *card) {
    struct sbk_closing statement;
    if (card->outcome == SBK_OUTCOME_SPOILED) {
        STEP(sbk_bundle_lend(inside, SBK_TAG_REASON, 1, SBK_REASON_WORD_MAX, &card->reason));
        return reason_allowed(&card->reason) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
    }
    if (!card->has_serial) {
        return SBK_FORMAT_MISSING;
    }
    STEP(sbk_bundle_lend(inside, SBK_TAG_STATEMENT, SBK_STATEMENT_SIZE, SBK_STATEMENT_SIZE, &card->statement));
    STEP(sbk_closing_parse(card->statement.data, card->statement.size, &statement));
    if (memcmp(statement.alias, card->alias, SBK_ALIAS_SIZE) != 0 ||
        memcmp(statement.serial, card->serial, SBK_SERIAL_SIZE) != 0) {
        return SBK_FORMAT_VALUE;
    }
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_report_next(struct sbk_reader *cards, struct sbk_report_card *card) {
    struct sbk_tlv tlv;
    struct sbk_tlv serial;
    STEP(sbk_tlv_expect(cards, SBK_TAG_REPORT_CARD, &tlv));
    struct sbk_reader inside = sbk_reader_of(tlv.value, tlv.size);
    memset(card, 0, sizeof *card);
    STEP(read_sequence(&inside, &card->sequence));
    STEP(sbk_bundle_copy(&inside, SBK_TAG_ALIAS, card->alias, SBK_ALIAS_SIZE));
    STEP(sbk_bundle_copy(&inside, SBK_TAG_OUTCOME, &card->outcome, 1));
    if (card->outcome != SBK_OUTCOME_MADE && card->outcome != SBK_OUTCOME_SPOILED) {
        return SBK_FORMAT_VALUE;
    }
    struct sbk_reader ahead = inside;
    if (sbk_tlv_expect(&ahead, SBK_TAG_CARD_SERIAL, &serial) == SBK_FORMAT_OK) {
        STEP(sbk_bundle_copy(&inside, SBK_TAG_CARD_SERIAL, card->serial, SBK_SERIAL_SIZE));
        card->has_serial = true;
    }
    STEP(report_tail(&inside, card));
    return sbk_read_end(&inside);
}

enum sbk_format sbk_report_write_head(const struct sbk_report *report, uint8_t *out, size_t room, size_t *size) {
    struct sbk_writer writer = sbk_writer_of(out, room);
    if (report->info.number < 1 || report->info.count > SBK_BUNDLE_CARDS_MAX) {
        return SBK_FORMAT_VALUE;
    }
    sbk_bundle_write_header(&writer, SBK_BUNDLE_REPORT, report->made);
    sbk_bundle_write_info(&writer, &report->info);
    return sbk_writer_end(&writer, size);
}

enum sbk_format sbk_report_write_card(const struct sbk_report_card *card, uint8_t *out, size_t room, size_t *size) {
    uint8_t value[SBK_REPORT_CARD_MAX];
    struct sbk_writer writer = sbk_writer_of(value, sizeof value);
    const bool made = card->outcome == SBK_OUTCOME_MADE;
    if (card->sequence < 1 || card->sequence > SBK_BUNDLE_CARDS_MAX || (made && !card->has_serial) ||
        (!made && card->outcome != SBK_OUTCOME_SPOILED)) {
        return SBK_FORMAT_VALUE;
    }
    write_sequence(&writer, card->sequence);
    sbk_write_tlv(&writer, SBK_TAG_ALIAS, card->alias, SBK_ALIAS_SIZE);
    sbk_write_tlv(&writer, SBK_TAG_OUTCOME, &card->outcome, 1);
    if (card->has_serial) {
        sbk_write_tlv(&writer, SBK_TAG_CARD_SERIAL, card->serial, SBK_SERIAL_SIZE);
    }
    sbk_bundle_write(&writer, made ? SBK_TAG_STATEMENT : SBK_TAG_REASON, made ? &card->statement : &card->reason);
    return wrap(SBK_TAG_REPORT_CARD, &writer, out, room, size);
}

/* ---- card certificates ---- */

enum sbk_format sbk_card_certificates_parse(
    const uint8_t *data, size_t size, struct sbk_card_certificates *head, struct sbk_reader *cards) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    uint8_t ca_generation = 0;
    if (size > SBK_BUNDLE_LARGE_MAX) {
        return SBK_FORMAT_LENGTH;
    }
    memset(head, 0, sizeof *head);
    STEP(sbk_bundle_begin(&reader, SBK_BUNDLE_CARD_CERTIFICATES, &head->made));
    STEP(sbk_bundle_info(&reader, 1, &head->info));
    STEP(sbk_bundle_certificate(&reader, SBK_ROLE_CARD_CA, SBK_ROLE_CARD_CA, &head->card_ca, &ca_generation));
    const struct sbk_reader first = reader;
    for (uint32_t i = 0; i < head->info.count; i++) {
        struct sbk_bytes certificate;
        uint8_t generation = 0;
        STEP(sbk_bundle_certificate(&reader, SBK_ROLE_CARD, SBK_ROLE_CARD, &certificate, &generation));
        if (generation != ca_generation) {
            return SBK_FORMAT_VALUE;
        }
    }
    STEP(sbk_read_end(&reader));
    *cards = first;
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_card_certificates_next(struct sbk_reader *cards, struct sbk_bytes *certificate) {
    uint8_t generation = 0;
    if (cards->left == 0) {
        return SBK_FORMAT_MISSING;
    }
    return sbk_bundle_certificate(cards, SBK_ROLE_CARD, SBK_ROLE_CARD, certificate, &generation);
}

enum sbk_format sbk_card_certificates_write_head(
    const struct sbk_card_certificates *head, uint8_t *out, size_t room, size_t *size) {
    struct sbk_writer writer = sbk_writer_of(out, room);
    if (head->info.number < 1 || head->info.count < 1 || head->info.count > SBK_BUNDLE_CARDS_MAX) {
        return SBK_FORMAT_VALUE;
    }
    sbk_bundle_write_header(&writer, SBK_BUNDLE_CARD_CERTIFICATES, head->made);
    sbk_bundle_write_info(&writer, &head->info);
    sbk_write_bytes(&writer, head->card_ca.data, head->card_ca.size);
    return sbk_writer_end(&writer, size);
}
