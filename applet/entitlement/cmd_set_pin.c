/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/command.h"

#include <string.h>

bool sbk_pins_read(const uint8_t *data, struct sbk_pin pins[2]) {
    for (int i = 0; i < 2; i++) {
        pins[i].size = data[i * SBK_PIN_FIELD];
        memcpy(pins[i].digits, data + i * SBK_PIN_FIELD + 1, SBK_PIN_MAX);
    }
    return sbk_pin_well_formed(&pins[0]) && sbk_pin_well_formed(&pins[1]);
}

static uint16_t check_set(const struct sbk_call *call, const struct sbk_pin pins[2]) {
    struct sbk_identity_head identity;
    uint16_t status = sbk_call_deliverable(call);

    if (status != SBK_SW_OK)
        return status;
    if (!sbk_call_at_home(call, &identity))
        return SBK_SW_KELURAHAN;
    if (pins[SBK_PIN_ALTERNATE].size != 0 && identity.alternate_size == 0)
        return SBK_SW_WHO;
    if (call->head.epoch > call->head.done)
        return SBK_SW_OK;
    for (int i = 0; i < 2; i++)
        if (pins[i].size != 0 && sbk_pin_is_set(call->card, (enum sbk_pin_person)i))
            return SBK_SW_NOTHING_PENDING;
    return SBK_SW_OK;
}

static uint16_t commit_pins(struct sbk_call *call, const struct sbk_pin pins[2]) {
    sbk_memory_begin(sbk_card_memory(call->card));
    if (!sbk_pins_store(call->card, pins))
        return SBK_SW_MEMORY;
    /* What a reset is for is the holder's PIN: it waits until that is given. */
    if (pins[SBK_PIN_HOLDER].size != 0)
        call->head.done = call->head.epoch;
    return sbk_call_commit(call);
}

/* B.13 */
uint16_t sbk_cmd_set_pin(struct sbk_call *call) {
    struct sbk_pin pins[2];
    uint16_t status = SBK_SW_DATA;

    if (sbk_pins_read(call->exchange->data, pins) && (pins[0].size != 0 || pins[1].size != 0))
        status = check_set(call, pins);
    if (status == SBK_SW_OK)
        status = commit_pins(call, pins);
    sbk_port_wipe(pins, sizeof(pins));
    return status;
}
