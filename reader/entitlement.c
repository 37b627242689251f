/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/entitlement.h"

#include "base/i18n.h"
#include "base/secret.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <string.h>

#define INTERFACE_VERSION 1
#define STATUS_SIZE 114

static sbk_result bad_answer(struct sbk_error *error, const char *what) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_ANSWER,
        _("the card's answer is not valid (%s); clean the card and tap it again"), what);
}

static bool read_field(struct sbk_reader *reader, uint16_t tag, uint8_t *out, size_t size) {
    struct sbk_tlv tlv;
    if (sbk_tlv_expect(reader, tag, &tlv) != SBK_FORMAT_OK || tlv.size != size)
        return false;
    memcpy(out, tlv.value, size);
    return true;
}

static bool parse_fci(const struct sbk_answer *answer, struct sbk_fci *fci) {
    struct sbk_reader outer = sbk_reader_of(answer->data, answer->size);
    struct sbk_tlv file;
    struct sbk_tlv own;
    uint8_t aid[SBK_AID_ENTITLEMENT_SIZE];
    uint8_t generations[2];
    uint8_t version;
    if (sbk_tlv_expect(&outer, 0x6F, &file) != SBK_FORMAT_OK || sbk_read_end(&outer) != SBK_FORMAT_OK)
        return false;
    struct sbk_reader inner = sbk_reader_of(file.value, file.size);
    if (!read_field(&inner, 0x84, aid, sizeof aid) || memcmp(aid, SBK_AID_ENTITLEMENT, sizeof aid) != 0 ||
        sbk_tlv_expect(&inner, 0xA5, &own) != SBK_FORMAT_OK || sbk_read_end(&inner) != SBK_FORMAT_OK)
        return false;
    struct sbk_reader fields = sbk_reader_of(own.value, own.size);
    if (!read_field(&fields, 0xC0, fci->alias, sizeof fci->alias) || !read_field(&fields, 0xC1, &fci->state, 1) ||
        !read_field(&fields, 0xC2, generations, sizeof generations) || !read_field(&fields, 0xC3, &version, 1) ||
        sbk_read_end(&fields) != SBK_FORMAT_OK)
        return false;
    fci->root_generation = generations[0];
    fci->ca_generation = generations[1];
    return version == INTERFACE_VERSION && fci->state <= SBK_STATE_ENDED;
}

sbk_result sbk_entitlement_select(struct sbk_transport *transport, struct sbk_fci *fci, struct sbk_error *error) {
    struct sbk_apdu command = {.ins = SBK_INS_SELECT,
        .p1 = 0x04,
        .data = (const uint8_t *)SBK_AID_ENTITLEMENT,
        .size = SBK_AID_ENTITLEMENT_SIZE,
        .ne = 256};
    struct sbk_answer answer;
    struct sbk_fci parsed;
    sbk_result result = sbk_apdu_exchange(transport, &command, &answer, error);
    if (result != SBK_OK)
        return result;
    if (answer.status != SBK_SW_OK || !parse_fci(&answer, &parsed))
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_KIND,
            _("this is a card of another kind (status %04X); take it out and tap a Sembako card"),
            (unsigned)answer.status);
    *fci = parsed;
    return SBK_OK;
}

sbk_result sbk_entitlement_certificate(
    struct sbk_transport *transport, uint8_t *out, size_t *size, struct sbk_error *error) {
    struct sbk_apdu command = {.ins = SBK_INS_GET_DATA, .p1 = 0xBF, .p2 = 0x21, .ne = 256};
    struct sbk_answer answer;
    sbk_result result = sbk_apdu_exchange(transport, &command, &answer, error);
    if (result != SBK_OK)
        return result;
    if (answer.status != SBK_SW_OK)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_CARD_WITHOUT_CERTIFICATE,
            _("the card has no certificate (status %04X); the kelurahan office activates it"), (unsigned)answer.status);
    if (answer.size > *size)
        return bad_answer(error, _("the certificate is too long"));
    memcpy(out, answer.data, answer.size);
    *size = answer.size;
    return SBK_OK;
}

/* One command of the applet inside the channel; status words other than 9000 are the caller's. */
static sbk_result command_in(struct sbk_channel *channel, uint8_t cla, uint8_t ins, uint16_t p1p2, const uint8_t *data,
    size_t size, struct sbk_answer *answer, struct sbk_error *error) {
    struct sbk_apdu command = {
        .cla = cla, .ins = ins, .p1 = (uint8_t)(p1p2 >> 8), .p2 = (uint8_t)p1p2, .data = data, .size = size, .ne = 256};
    return sbk_channel_exchange(channel, &command, answer, error);
}

static bool parse_status(const struct sbk_answer *answer, struct sbk_status *status) {
    struct sbk_reader reader = sbk_reader_of(answer->data, answer->size);
    status->state = sbk_read_u8(&reader);
    status->flags = sbk_read_u8(&reader);
    status->counter = sbk_read_u32(&reader);
    status->mandate = sbk_read_u32(&reader);
    status->identity = sbk_read_u16(&reader);
    status->floor = sbk_read_u16(&reader);
    status->stopped_up_to = sbk_read_u32(&reader);
    status->reset_epoch = sbk_read_u32(&reader);
    status->reset_done = sbk_read_u32(&reader);
    status->holder_tries = sbk_read_u8(&reader);
    status->alternate_tries = sbk_read_u8(&reader);
    status->root_generation = sbk_read_u8(&reader);
    status->ca_generation = sbk_read_u8(&reader);
    for (size_t i = 0; i < SBK_PURSES_MAX; i++) {
        status->spent[i].grant = sbk_read_u16(&reader);
        status->spent[i].window = sbk_read_u8(&reader);
        status->spent[i].spent = sbk_read_u24(&reader);
        status->spent[i].credit = sbk_read_u24(&reader);
    }
    sbk_read_bytes(&reader, status->mandate_hash, sizeof status->mandate_hash);
    return sbk_read_end(&reader) == SBK_FORMAT_OK && status->state <= SBK_STATE_ENDED;
}

sbk_result sbk_entitlement_status(struct sbk_channel *channel, struct sbk_status *status, struct sbk_error *error) {
    struct sbk_answer answer;
    struct sbk_status parsed;
    sbk_result result = command_in(channel, 0x80, SBK_INS_READ_STATUS, 0, NULL, 0, &answer, error);
    if (result != SBK_OK)
        return result;
    if (answer.status != SBK_SW_OK)
        return sbk_apdu_refused(error, answer.status, _("reading the card's status"));
    if (answer.size != STATUS_SIZE || !parse_status(&answer, &parsed))
        return bad_answer(error, _("status"));
    *status = parsed;
    return SBK_OK;
}

sbk_result sbk_receipt_of(struct sbk_receipt *receipt, const uint8_t body[SBK_ENTRY_SIZE],
    const uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error) {
    struct sbk_receipt made;
    enum sbk_format format = sbk_entry_parse(body, &made.entry);
    if (format != SBK_FORMAT_OK)
        return sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_FORMAT, _("a receipt is not valid: %s"), _(sbk_format_text(format)));
    memcpy(made.body, body, sizeof made.body);
    memcpy(made.signature, signature, sizeof made.signature);
    sbk_result result = sbk_sha256(body, SBK_ENTRY_SIZE, made.hash, error);
    if (result == SBK_OK)
        *receipt = made;
    return result;
}

/* An entry comes without its first ten bytes, which the reader knows. */
static sbk_result receipt_from(const struct sbk_answer *answer, const uint8_t alias[SBK_ALIAS_SIZE],
    struct sbk_receipt *receipt, struct sbk_error *error) {
    uint8_t body[SBK_ENTRY_SIZE] = {SBK_RECORD_ENTRY, SBK_RECORD_VERSION};
    if (answer->size != SBK_ENTRY_RESPONSE)
        return bad_answer(error, _("receipt"));
    memcpy(body + 2, alias, SBK_ALIAS_SIZE);
    memcpy(body + SBK_ENTRY_HEAD, answer->data, SBK_ENTRY_SIZE - SBK_ENTRY_HEAD);
    if (sbk_receipt_of(receipt, body, answer->data + SBK_ENTRY_SIZE - SBK_ENTRY_HEAD, error) != SBK_OK)
        return bad_answer(error, _("receipt"));
    return SBK_OK;
}

sbk_result sbk_entitlement_receipt(struct sbk_channel *channel, const uint8_t alias[SBK_ALIAS_SIZE], uint32_t counter,
    struct sbk_receipt *receipt, bool *found, struct sbk_error *error) {
    uint8_t data[4];
    struct sbk_writer writer = sbk_writer_of(data, sizeof data);
    struct sbk_answer answer;
    sbk_write_u32(&writer, counter);
    sbk_result result = command_in(channel, 0x80, SBK_INS_READ_RECEIPT, 0, data, sizeof data, &answer, error);
    if (result != SBK_OK)
        return result;
    *found = answer.status == SBK_SW_OK;
    if (answer.status == SBK_SW_NO_RECORD)
        return SBK_OK;
    if (answer.status != SBK_SW_OK)
        return sbk_apdu_refused(error, answer.status, _("reading a receipt"));
    result = receipt_from(&answer, alias, receipt, error);
    if (result == SBK_OK && receipt->entry.counter != counter)
        result = bad_answer(error, _("another receipt than asked for"));
    return result;
}

sbk_result sbk_entitlement_record(
    struct sbk_channel *channel, uint16_t tag, uint8_t *out, size_t *size, struct sbk_error *error) {
    struct sbk_answer answer;
    sbk_result result = command_in(channel, 0x00, SBK_INS_GET_DATA, tag, NULL, 0, &answer, error);
    if (result != SBK_OK)
        return result;
    if (answer.status != SBK_SW_OK)
        return sbk_apdu_refused(error, answer.status, _("reading a record"));
    if (answer.size > *size)
        return bad_answer(error, _("a record is too long"));
    memcpy(out, answer.data, answer.size);
    *size = answer.size;
    return SBK_OK;
}

sbk_result sbk_pin_of(const void *text, size_t size, struct sbk_pin *pin, struct sbk_error *error) {
    const char *digits = text;
    bool good = size >= SBK_PIN_MIN && size <= SBK_PIN_MAX;
    for (size_t i = 0; good && i < size; i++)
        good = digits[i] >= '0' && digits[i] <= '9';
    if (!good)
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_PIN_FORMAT, _("a PIN has %d to %d digits"), SBK_PIN_MIN, SBK_PIN_MAX);
    memset(pin, 0, sizeof *pin);
    pin->size = (uint8_t)size;
    memcpy(pin->digits, digits, size);
    return SBK_OK;
}

static void write_context(struct sbk_writer *writer, const struct sbk_context *context) {
    sbk_write_u32(writer, context->counter);
    sbk_write_u32(writer, context->transaction);
    sbk_write_u32(writer, context->time);
    sbk_write_bytes(writer, context->previous, sizeof context->previous);
    sbk_write_u32(writer, context->log_size);
    sbk_write_bytes(writer, context->log_root, sizeof context->log_root);
}

/* Sends a command that makes an entry and brings the entry. */
static sbk_result commit_in(struct sbk_channel *channel, const uint8_t alias[SBK_ALIAS_SIZE], uint8_t ins,
    const struct sbk_writer *data, uint16_t *status, struct sbk_receipt *receipt, struct sbk_error *error) {
    struct sbk_answer answer;
    if (data->failed)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("a command has too many fields"));
    sbk_result result = command_in(channel, 0x80, ins, 0, data->start, data->used, &answer, error);
    if (result != SBK_OK)
        return result;
    if (answer.status == SBK_SW_OK)
        result = receipt_from(&answer, alias, receipt, error);
    if (result == SBK_OK)
        *status = answer.status;
    return result;
}

sbk_result sbk_entitlement_debit(struct sbk_channel *channel, const uint8_t alias[SBK_ALIAS_SIZE],
    const struct sbk_debit_request *request, uint16_t *status, struct sbk_receipt *receipt, struct sbk_error *error) {
    uint8_t data[SBK_CONTEXT_SIZE + SBK_HASH_SIZE + 2 + 4 * SBK_DEBITS_MAX + 1 + SBK_PIN_MAX];
    struct sbk_writer writer = sbk_writer_of(data, sizeof data);
    write_context(&writer, &request->context);
    sbk_write_bytes(&writer, request->digest, sizeof request->digest);
    sbk_write_u8(&writer, request->who);
    sbk_write_u8(&writer, (uint8_t)request->count);
    for (size_t i = 0; i < request->count && i < SBK_DEBITS_MAX; i++) {
        sbk_write_u8(&writer, request->debits[i].slot);
        sbk_write_u24(&writer, request->debits[i].amount);
    }
    sbk_write_u8(&writer, request->pin.size);
    sbk_write_bytes(&writer, (const uint8_t *)request->pin.digits, request->pin.size);
    sbk_result result = commit_in(channel, alias, SBK_INS_DEBIT, &writer, status, receipt, error);
    sbk_cleanse(data, sizeof data);
    return result;
}

sbk_result sbk_entitlement_void(struct sbk_channel *channel, const uint8_t alias[SBK_ALIAS_SIZE],
    const struct sbk_context *context, uint32_t voided, uint16_t *status, struct sbk_receipt *receipt,
    struct sbk_error *error) {
    uint8_t data[SBK_CONTEXT_SIZE + 4];
    struct sbk_writer writer = sbk_writer_of(data, sizeof data);
    write_context(&writer, context);
    sbk_write_u32(&writer, voided);
    return commit_in(channel, alias, SBK_INS_VOID, &writer, status, receipt, error);
}

sbk_result sbk_entitlement_deliver_mandate(struct sbk_channel *channel, const uint8_t alias[SBK_ALIAS_SIZE],
    const struct sbk_context *context, const struct sbk_delivery *delivery, uint16_t *status,
    struct sbk_receipt *receipt, struct sbk_error *error) {
    uint8_t data[SBK_CONTEXT_SIZE + SBK_CERTIFICATE_MAX + SBK_MANDATE_MAX];
    struct sbk_writer writer = sbk_writer_of(data, sizeof data);
    write_context(&writer, context);
    sbk_write_bytes(&writer, delivery->issuer, delivery->issuer_size);
    sbk_write_bytes(&writer, delivery->record, delivery->record_size);
    return commit_in(channel, alias, SBK_INS_DELIVER_MANDATE, &writer, status, receipt, error);
}

sbk_result sbk_entitlement_deliver(
    struct sbk_channel *channel, const struct sbk_delivery *delivery, uint16_t *status, struct sbk_error *error) {
    uint8_t data[SBK_CERTIFICATE_MAX + SBK_MANDATE_MAX];
    struct sbk_writer writer = sbk_writer_of(data, sizeof data);
    struct sbk_answer answer;
    sbk_write_bytes(&writer, delivery->issuer, delivery->issuer_size);
    sbk_write_bytes(&writer, delivery->record, delivery->record_size);
    if (writer.failed)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("a command has too many fields"));
    sbk_result result = command_in(channel, 0x80, SBK_INS_DELIVER_RECORD, 0, writer.start, writer.used, &answer, error);
    if (result == SBK_OK)
        *status = answer.status;
    return result;
}

static void write_padded_pin(struct sbk_writer *writer, const struct sbk_pin *pin) {
    sbk_write_u8(writer, pin->size);
    sbk_write_bytes(writer, (const uint8_t *)pin->digits, SBK_PIN_MAX);
}

sbk_result sbk_entitlement_activate(struct sbk_channel *channel, const uint8_t alias[SBK_ALIAS_SIZE],
    const struct sbk_activate_request *request, uint16_t *status, struct sbk_receipt *receipt,
    struct sbk_error *error) {
    uint8_t data[SBK_CONTEXT_SIZE + 2 * (1 + SBK_PIN_MAX) + 2 * SBK_CERTIFICATE_MAX];
    struct sbk_writer writer = sbk_writer_of(data, sizeof data);
    write_context(&writer, &request->context);
    write_padded_pin(&writer, &request->holder);
    write_padded_pin(&writer, &request->alternate);
    sbk_write_bytes(&writer, request->card_ca, request->card_ca_size);
    sbk_write_bytes(&writer, request->certificate, request->certificate_size);
    sbk_result result = commit_in(channel, alias, SBK_INS_ACTIVATE, &writer, status, receipt, error);
    sbk_cleanse(data, sizeof data);
    return result;
}
