/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/context.h"

#include "applet/host/crypto.h"

#include <string.h>

void sbk_call_open(struct sbk_call *call, struct sbk_card *card, struct sbk_exchange *exchange) {
    call->card = card;
    call->exchange = exchange;
    sbk_store_read_head(card, &call->head);
    sbk_store_mandate_head(card, &call->head, &call->mandate);
    call->state = sbk_store_state(card, &call->head, &call->mandate);
    call->floor = call->head.floor;
    if (exchange->terminal && exchange->terminal->effective > call->floor)
        call->floor = exchange->terminal->effective;
    call->date = call->floor;
}

uint16_t sbk_call_deliverable(const struct sbk_call *call) {
    if (call->state == SBK_STATE_ENDED)
        return SBK_SW_ENDED;
    return call->state == SBK_STATE_ACTIVE || call->state == SBK_STATE_STOPPED ? SBK_SW_OK : SBK_SW_NOT_ACTIVE;
}

bool sbk_call_at_home(const struct sbk_call *call, struct sbk_identity_head *identity) {
    sbk_store_identity_head(call->card, &call->head, identity);
    return memcmp(identity->kelurahan, call->exchange->terminal->rights.kelurahan, SBK_KELURAHAN_SIZE) == 0;
}

uint16_t sbk_call_commit(struct sbk_call *call) {
    call->head.floor = call->floor;
    return sbk_chain_commit(call->card, &call->head) ? SBK_SW_OK : SBK_SW_MEMORY;
}

uint16_t sbk_context_read(struct sbk_call *call) {
    struct sbk_reader reader = sbk_reader_of(call->context, SBK_CONTEXT_SIZE);

    memcpy(call->context, call->exchange->data, SBK_CONTEXT_SIZE);
    call->counter = sbk_read_u32(&reader);
    call->transaction = sbk_read_u32(&reader);
    call->time = sbk_read_u32(&reader);
    return call->transaction != 0 ? SBK_SW_OK : SBK_SW_DATA;
}

bool sbk_context_find(struct sbk_call *call, uint32_t *found) {
    uint8_t raw[SBK_TERMINAL_SIZE + 4];

    if (!sbk_chain_started(&call->head))
        return false;
    for (uint32_t back = 0; back < SBK_RING_SIZE && back <= call->head.counter; back++) {
        *found = call->head.counter - back;
        sbk_chain_read(call->card, *found, SBK_ENTRY_AT_TERMINAL, raw, sizeof(raw));
        if (memcmp(raw, call->exchange->terminal->id, SBK_TERMINAL_SIZE) == 0 &&
            memcmp(raw + SBK_TERMINAL_SIZE, call->context + SBK_CONTEXT_AT_TRANSACTION, 4) == 0)
            return true;
    }
    return false;
}

bool sbk_context_same(
    struct sbk_call *call, uint32_t found, enum sbk_entry_kind kind, const uint8_t digest[SBK_HASH_SIZE]) {
    uint8_t stored_kind;
    uint8_t stored[SBK_HASH_SIZE];

    sbk_chain_read(call->card, found, SBK_ENTRY_AT_KIND, &stored_kind, 1);
    sbk_chain_read(call->card, found, SBK_ENTRY_AT_DIGEST, stored, sizeof(stored));
    return found == call->counter && stored_kind == (uint8_t)kind && memcmp(stored, digest, SBK_HASH_SIZE) == 0;
}

uint16_t sbk_entry_answer(struct sbk_call *call, uint32_t counter) {
    sbk_chain_read(call->card, counter, SBK_ENTRY_HEAD, sbk_call_buffer(call), SBK_ENTRY_RESPONSE);
    call->exchange->response_size = SBK_ENTRY_RESPONSE;
    return SBK_SW_OK;
}

static uint16_t judge_state(const struct sbk_call *call, enum sbk_entry_kind kind) {
    if (kind == SBK_ENTRY_ACTIVATION)
        return call->state == SBK_STATE_CLOSED ? SBK_SW_OK : SBK_SW_CONDITIONS;
    if (call->state == SBK_STATE_STOPPED && kind != SBK_ENTRY_MANDATE)
        return SBK_SW_STOPPED;
    return sbk_call_deliverable(call);
}

uint16_t sbk_context_judge(struct sbk_call *call, enum sbk_entry_kind kind) {
    const struct sbk_terminal *terminal = call->exchange->terminal;
    uint16_t claimed = sbk_date_of_time(call->time);
    uint16_t status;

    if (call->counter != sbk_chain_next(&call->head)) {
        if (sbk_chain_started(&call->head) && call->counter < sbk_chain_oldest(&call->head))
            return SBK_SW_TOO_OLD;
        return SBK_SW_COUNTER;
    }
    status = judge_state(call, kind);
    if (status != SBK_SW_OK)
        return status;
    if (claimed < terminal->effective || claimed > terminal->expiry)
        return SBK_SW_TIME;
    if (claimed > call->date)
        call->date = claimed;
    if (!sbk_equal(call->context + SBK_CONTEXT_AT_PREVIOUS, call->head.last, SBK_HASH_SIZE))
        return SBK_SW_PREVIOUS;
    return SBK_SW_OK;
}

uint8_t *sbk_call_buffer(struct sbk_call *call) {
    sbk_card_release_data(call->card, call->exchange);
    return call->exchange->response;
}

/* The entry's fixed part in order; what the context says the same way is copied as it stands. */
uint8_t *sbk_entry_start(struct sbk_call *call, enum sbk_entry_kind kind, enum sbk_who who, uint32_t mandate,
    const uint8_t digest[SBK_HASH_SIZE]) {
    uint8_t *entry = sbk_call_buffer(call);
    struct sbk_writer writer = sbk_writer_of(entry, SBK_ENTRY_STORED);

    memset(entry, 0, SBK_ENTRY_STORED);
    sbk_write_u8(&writer, SBK_RECORD_ENTRY);
    sbk_write_u8(&writer, SBK_RECORD_VERSION);
    sbk_store_alias(call->card, entry + writer.used);
    writer.used += SBK_ALIAS_SIZE;
    sbk_write_bytes(&writer, call->context, SBK_CONTEXT_AT_TRANSACTION);
    sbk_write_bytes(&writer, call->head.last, SBK_HASH_SIZE);
    sbk_write_u8(&writer, (uint8_t)kind);
    sbk_write_u8(&writer, (uint8_t)who);
    sbk_write_u32(&writer, mandate);
    sbk_write_bytes(&writer, call->exchange->terminal->id, SBK_TERMINAL_SIZE);
    sbk_write_bytes(
        &writer, call->context + SBK_CONTEXT_AT_TRANSACTION, SBK_CONTEXT_AT_PREVIOUS - SBK_CONTEXT_AT_TRANSACTION);
    sbk_write_bytes(&writer, call->context + SBK_CONTEXT_AT_LOG, SBK_CONTEXT_SIZE - SBK_CONTEXT_AT_LOG);
    sbk_write_bytes(&writer, digest, SBK_HASH_SIZE);
    return entry;
}

bool sbk_entry_begin(struct sbk_call *call, uint8_t *entry) {
    entry[SBK_ENTRY_AT_FLOOR] = (uint8_t)(call->floor >> 8);
    entry[SBK_ENTRY_AT_FLOOR + 1] = (uint8_t)call->floor;
    call->head.floor = call->floor;
    return sbk_chain_begin(call->card, &call->head, entry);
}

uint16_t sbk_entry_finish(struct sbk_call *call, uint8_t *entry) {
    if (!sbk_chain_commit(call->card, &call->head))
        return SBK_SW_MEMORY;
    call->exchange->response = entry + SBK_ENTRY_HEAD;
    call->exchange->room -= SBK_ENTRY_HEAD;
    call->exchange->response_size = SBK_ENTRY_RESPONSE;
    return SBK_SW_OK;
}
