/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/command.h"

#include "applet/host/crypto.h"

#include <string.h>

#define PINS_AT SBK_CONTEXT_SIZE
#define CA_AT (PINS_AT + 2 * SBK_PIN_FIELD)
#define CARD_AT (CA_AT + SBK_SIGNER_CERTIFICATE_SIZE)

static uint16_t check_activation(struct sbk_call *call, const struct sbk_pin pins[2]) {
    struct sbk_identity_head identity;
    uint16_t status;

    if (!sbk_call_at_home(call, &identity))
        return SBK_SW_KELURAHAN;
    status = sbk_card_certificates_check(call, call->exchange->data + CA_AT);
    if (status != SBK_SW_OK)
        return status;
    if (pins[SBK_PIN_HOLDER].size == 0 && (call->mandate.as.flags & SBK_MANDATE_PIN))
        return SBK_SW_DATA;
    return pins[SBK_PIN_ALTERNATE].size != 0 && identity.alternate_size == 0 ? SBK_SW_WHO : SBK_SW_OK;
}

static uint16_t commit_activation(
    struct sbk_call *call, const struct sbk_pin pins[2], const uint8_t digest[SBK_HASH_SIZE]) {
    uint8_t *entry;

    if (!sbk_memory_stage(sbk_card_memory(call->card), sbk_store_certificate(call->head.certificate),
            call->exchange->data + CARD_AT, SBK_CARD_CERTIFICATE_SIZE))
        return SBK_SW_MEMORY;
    entry = sbk_entry_start(call, SBK_ENTRY_ACTIVATION, SBK_WHO_NONE, call->mandate.number, digest);
    if (!sbk_entry_begin(call, entry) || !sbk_pins_store(call->card, pins))
        return SBK_SW_MEMORY;
    call->head.state = SBK_STATE_ACTIVE;
    return sbk_entry_finish(call, entry);
}

/* B.12 */
uint16_t sbk_cmd_activate(struct sbk_call *call) {
    struct sbk_pin pins[2];
    uint8_t digest[SBK_HASH_SIZE];
    uint16_t status = sbk_context_read(call);
    uint32_t found;

    if (!sbk_pins_read(call->exchange->data + PINS_AT, pins))
        status = SBK_SW_DATA;
    sbk_sha256(call->exchange->data + CARD_AT, SBK_CARD_CERTIFICATE_SIZE, digest);
    if (status == SBK_SW_OK && sbk_context_find(call, &found)) {
        status = sbk_context_same(call, found, SBK_ENTRY_ACTIVATION, digest) ? sbk_entry_answer(call, found)
                                                                             : SBK_SW_CONFLICT;
    } else if (status == SBK_SW_OK) {
        status = sbk_context_judge(call, SBK_ENTRY_ACTIVATION);
        if (status == SBK_SW_OK)
            status = check_activation(call, pins);
        if (status == SBK_SW_OK)
            status = commit_activation(call, pins, digest);
    }
    sbk_port_wipe(pins, sizeof(pins));
    return status;
}
