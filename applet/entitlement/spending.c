/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/spending.h"

#include "applet/entitlement/pin.h"

void sbk_spending_read(struct sbk_call *call, uint32_t counter, struct sbk_spending *spending) {
    uint8_t detail[SBK_ENTRY_DETAIL];

    sbk_chain_read(call->card, counter, SBK_ENTRY_AT_DETAIL, detail, sizeof(detail));
    struct sbk_reader reader = sbk_reader_of(detail, sizeof(detail));
    for (spending->count = 0; spending->count < SBK_DEBITS_MAX; spending->count++) {
        struct sbk_item *item = &spending->items[spending->count];

        item->slot = sbk_read_u8(&reader);
        item->spent.grant = sbk_read_u16(&reader);
        item->spent.window = sbk_read_u8(&reader);
        item->amount = sbk_read_u24(&reader);
        item->spent.spent = sbk_read_u24(&reader);
        if (item->spent.grant == 0)
            break;
    }
}

uint16_t sbk_spending_commit(struct sbk_call *call, enum sbk_entry_kind kind, const struct sbk_spending *spending) {
    uint8_t *entry = sbk_entry_start(call, kind, (enum sbk_who)spending->who, call->mandate.number, spending->digest);
    struct sbk_writer writer = sbk_writer_of(entry + SBK_ENTRY_AT_DETAIL, SBK_ENTRY_DETAIL);
    const struct sbk_item *end = spending->items + spending->count;

    for (const struct sbk_item *item = spending->items; item < end; item++) {
        sbk_write_u8(&writer, item->slot);
        sbk_write_u16(&writer, item->spent.grant);
        sbk_write_u8(&writer, item->spent.window);
        sbk_write_u24(&writer, item->amount);
        sbk_write_u24(&writer, item->spent.spent);
    }
    if (!sbk_entry_begin(call, entry))
        return SBK_SW_MEMORY;
    for (const struct sbk_item *item = spending->items; item < end; item++)
        sbk_store_write_spent(call->card, item->slot, &item->spent);
    if (spending->who != SBK_WHO_NONE)
        sbk_pin_restore(call->card, sbk_pin_person_of(spending->who));
    return sbk_entry_finish(call, entry);
}
