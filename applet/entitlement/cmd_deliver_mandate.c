/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/change.h"
#include "applet/entitlement/command.h"

#include "applet/host/crypto.h"

#include <string.h>

#define CERTIFICATE_AT SBK_CONTEXT_SIZE
#define MANDATE_AT (CERTIFICATE_AT + SBK_SIGNER_CERTIFICATE_SIZE)

static uint16_t check_mandate(struct sbk_call *call, struct sbk_change *change) {
    const uint8_t *record = call->exchange->data + MANDATE_AT;
    size_t size = call->exchange->size - MANDATE_AT;
    struct sbk_reader number = sbk_reader_of(record + SBK_MANDATE_AT_NUMBER, 4);
    uint8_t key[SBK_POINT_SIZE];
    uint16_t status =
        sbk_signer_check(call->card, call->exchange->data + CERTIFICATE_AT, SBK_ROLE_GRANT_SIGNER, call->floor, key);

    if (status == SBK_SW_OK)
        status = sbk_record_check(call->card, key, record, size);
    if (status == SBK_SW_OK && sbk_read_u32(&number) <= call->mandate.number)
        status = SBK_SW_OLD_NUMBER;
    return status == SBK_SW_OK ? sbk_change_plan(call, record, size, change) : status;
}

static uint16_t commit_mandate(
    struct sbk_call *call, const struct sbk_change *change, const uint8_t digest[SBK_HASH_SIZE]) {
    uint8_t slot = sbk_store_other(call->head.mandate);
    struct sbk_writer writer;
    uint8_t *entry;

    if (!sbk_memory_stage(sbk_card_memory(call->card), sbk_store_slot(SBK_AREA_MANDATE, slot),
            call->exchange->data + MANDATE_AT, call->exchange->size - MANDATE_AT))
        return SBK_SW_MEMORY;
    entry = sbk_entry_start(call, SBK_ENTRY_MANDATE, SBK_WHO_NONE, change->number, digest);
    writer = sbk_writer_of(entry + SBK_ENTRY_AT_DETAIL, SBK_ENTRY_DETAIL);
    for (uint8_t i = 0; i < SBK_PURSES_MAX; i++) {
        sbk_write_u16(&writer, change->finals[i].grant);
        sbk_write_u24(&writer, change->finals[i].spent);
    }
    if (!sbk_entry_begin(call, entry))
        return SBK_SW_MEMORY;
    call->head.mandate = slot;
    if (change->flags & SBK_MANDATE_SET_FLOOR)
        call->head.floor = change->issued;
    if (change->status == SBK_MANDATE_CLOSED)
        call->head.state = SBK_STATE_ENDED;
    for (uint8_t i = 0; i < SBK_PURSES_MAX; i++)
        sbk_store_write_spent(call->card, i, &change->after[i]);
    return sbk_entry_finish(call, entry);
}

/* B.10 */
uint16_t sbk_cmd_deliver_mandate(struct sbk_call *call) {
    struct sbk_change change = {0};
    uint8_t digest[SBK_HASH_SIZE];
    uint16_t status = sbk_context_read(call);
    uint32_t found;

    if ((call->exchange->size - MANDATE_AT - SBK_MANDATE_MIN) % SBK_PURSE_SIZE != 0)
        return SBK_SW_LENGTH;
    if (status != SBK_SW_OK)
        return status;
    sbk_sha256(call->exchange->data + MANDATE_AT, call->exchange->size - MANDATE_AT, digest);
    if (sbk_context_find(call, &found))
        return sbk_context_same(call, found, SBK_ENTRY_MANDATE, digest) ? sbk_entry_answer(call, found)
                                                                        : SBK_SW_CONFLICT;
    status = sbk_context_judge(call, SBK_ENTRY_MANDATE);
    if (status == SBK_SW_OK)
        status = check_mandate(call, &change);
    return status == SBK_SW_OK ? commit_mandate(call, &change, digest) : status;
}
