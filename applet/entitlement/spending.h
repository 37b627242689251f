/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_ENTITLEMENT_SPENDING_H
#define SBK_ENTITLEMENT_SPENDING_H

#include "applet/entitlement/context.h"

/* What a debit takes and a void gives back: the detail of their entries, and the purses after it. */
struct sbk_item {
    uint8_t slot;
    uint32_t amount;
    struct sbk_spent spent; /* after the command; grant and window are the entry's too */
};
struct sbk_spending {
    uint8_t count;
    uint8_t who; /* whose PIN was right: that person's tries come back */
    struct sbk_item items[SBK_DEBITS_MAX];
    uint8_t digest[SBK_HASH_SIZE];
};

/* Reads the items from the detail of an entry that the ring holds; digest and credits stay as they are. */
void sbk_spending_read(struct sbk_call *call, uint32_t counter, struct sbk_spending *spending);

/* Makes the entry and stores the purses with it: 9000 and the answer, or 6581. */
uint16_t sbk_spending_commit(struct sbk_call *call, enum sbk_entry_kind kind, const struct sbk_spending *spending);

#endif
