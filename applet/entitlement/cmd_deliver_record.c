/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/command.h"

#include <string.h>

#define RECORD_AT SBK_SIGNER_CERTIFICATE_SIZE
#define CERTIFICATE 0x7F /* the first byte of 7F21 */
/* How far a notice may leap: one notice of a stolen list key must not stop a card for ever. */
#define NOTICE_LEAP 65535

static uint16_t check_signed(struct sbk_call *call, enum sbk_role role, const uint8_t *record, size_t size) {
    uint8_t key[SBK_POINT_SIZE];
    uint16_t status = sbk_signer_check(call->card, call->exchange->data, role, call->floor, key);

    return status == SBK_SW_OK ? sbk_record_check(call->card, key, record, size) : status;
}

static uint16_t deliver_notice(struct sbk_call *call, const uint8_t *record) {
    struct sbk_notice notice;
    uint16_t status = check_signed(call, SBK_ROLE_LIST_SIGNER, record, SBK_NOTICE_SIZE);
    uint32_t *newest;
    uint32_t from;

    if (status != SBK_SW_OK)
        return status;
    if (sbk_notice_parse(record, SBK_NOTICE_SIZE, &notice) != SBK_FORMAT_OK)
        return SBK_SW_DATA;
    newest = notice.kind == SBK_NOTICE_STOP ? &call->head.stopped : &call->head.epoch;
    from = notice.kind == SBK_NOTICE_STOP ? call->mandate.number : call->head.epoch;
    if (notice.number <= *newest)
        return SBK_SW_OLD_NUMBER;
    if (notice.number > from && notice.number - from > NOTICE_LEAP)
        return SBK_SW_DATA;
    *newest = notice.number;
    sbk_memory_begin(sbk_card_memory(call->card));
    return sbk_call_commit(call);
}

/* What decides about a new identity record. */
static uint16_t read_identity(const struct sbk_call *call, const uint8_t *record, size_t size, bool *same_alternate) {
    struct sbk_identity_head old;
    struct sbk_identity_head identity;
    uint8_t alternate[1 + SBK_NAME_MAX];

    if (!sbk_store_identity_read(record, size, &identity))
        return SBK_SW_DATA;
    sbk_store_identity_head(call->card, &call->head, &old);
    if (identity.number <= old.number)
        return SBK_SW_OLD_NUMBER;
    /* Size byte and name together, as both records hold them. */
    (void)sbk_memory_read(sbk_card_memory(call->card),
        sbk_store_slot(SBK_AREA_IDENTITY, call->head.identity) + SBK_IDENTITY_AT_NAME + old.name_size, alternate,
        sizeof(alternate));
    *same_alternate =
        memcmp(alternate, record + SBK_IDENTITY_AT_NAME + identity.name_size, 1u + identity.alternate_size) == 0;
    return SBK_SW_OK;
}

static uint16_t deliver_identity(struct sbk_call *call, const uint8_t *record, size_t size) {
    uint8_t slot = sbk_store_other(call->head.identity);
    bool same_alternate = false;
    uint16_t status = check_signed(call, SBK_ROLE_GRANT_SIGNER, record, size);

    if (status == SBK_SW_OK)
        status = read_identity(call, record, size, &same_alternate);
    if (status != SBK_SW_OK)
        return status;
    if (!sbk_memory_stage(sbk_card_memory(call->card), sbk_store_slot(SBK_AREA_IDENTITY, slot), record, size))
        return SBK_SW_MEMORY;
    call->head.identity = slot;
    sbk_memory_begin(sbk_card_memory(call->card));
    if (!same_alternate)
        sbk_pin_clear(call->card, SBK_PIN_ALTERNATE);
    return sbk_call_commit(call);
}

/* The first day of a card certificate, YYYYMMDD in BCD: the format's fields before it have fixed sizes. */
#define EFFECTIVE_AT 31
#define EFFECTIVE_SIZE 4

/* The card's own certificate renewed: staged into the other slot, then the slot is flipped. */
static uint16_t deliver_certificate(struct sbk_call *call, const uint8_t *record) {
    uint8_t held[EFFECTIVE_SIZE];
    uint16_t status = sbk_card_certificates_check(call, call->exchange->data);

    if (status != SBK_SW_OK)
        return status;
    (void)sbk_memory_read(
        sbk_card_memory(call->card), sbk_store_certificate(call->head.certificate) + EFFECTIVE_AT, held, sizeof(held));
    if (memcmp(record + EFFECTIVE_AT, held, sizeof(held)) <= 0)
        return SBK_SW_OLD_NUMBER;
    call->head.certificate ^= 1;
    if (!sbk_memory_stage(sbk_card_memory(call->card), sbk_store_certificate(call->head.certificate), record,
            SBK_CARD_CERTIFICATE_SIZE))
        return SBK_SW_MEMORY;
    sbk_memory_begin(sbk_card_memory(call->card));
    return sbk_call_commit(call);
}

static uint16_t deliver(struct sbk_call *call, const uint8_t *record, size_t size) {
    switch (record[0]) {
    case SBK_RECORD_NOTICE:
        return deliver_notice(call, record);
    case SBK_RECORD_IDENTITY:
        return deliver_identity(call, record, size);
    default:
        return deliver_certificate(call, record);
    }
}

static bool size_fits(uint8_t kind, size_t size) {
    if (kind == SBK_RECORD_IDENTITY)
        return size >= SBK_IDENTITY_MIN && size <= SBK_IDENTITY_MAX;
    return size == (kind == SBK_RECORD_NOTICE ? SBK_NOTICE_SIZE : SBK_CARD_CERTIFICATE_SIZE);
}

/* B.11 */
uint16_t sbk_cmd_deliver_record(struct sbk_call *call) {
    const uint8_t *record = call->exchange->data + RECORD_AT;
    size_t size = call->exchange->size - RECORD_AT;
    uint16_t status;

    if (record[0] != SBK_RECORD_NOTICE && record[0] != SBK_RECORD_IDENTITY && record[0] != CERTIFICATE)
        return SBK_SW_DATA;
    if (!size_fits(record[0], size))
        return SBK_SW_LENGTH;
    status = sbk_call_deliverable(call);
    if (status != SBK_SW_OK)
        return status;
    return deliver(call, record, size);
}
