/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_ENTITLEMENT_CHANGE_H
#define SBK_ENTITLEMENT_CHANGE_H

#include "applet/entitlement/context.h"

/* The purses as the new mandate leaves them, and the grants that end with it. */
struct sbk_change {
    uint32_t number;
    uint16_t issued;
    uint8_t status;
    uint8_t flags;
    struct sbk_spent after[SBK_PURSES_MAX];
    struct sbk_entry_final finals[SBK_PURSES_MAX];
};

/*
 * Works out what a new mandate (whole record, signature, alias and number already judged) changes; change comes zeroed.
 * 9000; 6A80: malformed. In a file of its own because the parsed mandate is the largest thing on the stack.
 */
uint16_t sbk_change_plan(const struct sbk_call *call, const uint8_t *record, size_t size, struct sbk_change *change);

#endif
