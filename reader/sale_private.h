/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_SALE_PRIVATE_H
#define SBK_READER_SALE_PRIVATE_H

#include "reader/sale.h"
#include "reader/station_private.h"

struct sbk_sale {
    struct sbk_station *station; /* borrowed */
    const struct sbk_list *list; /* the station's */
    enum sbk_sale_state state;
    uint32_t transaction;
    struct sbk_wish wishes[SBK_LINES_MAX];
    size_t wish_count;
    struct sbk_buffer words_buffer;
    const char *words; /* in words_buffer */

    bool named;     /* the number is an earlier one, given by the caller */
    bool repeat;    /* the number was settled before: the debit is sent again */
    bool was_there; /* an earlier sale, settled by this tap, was this one */
    bool needs_pin;
    bool alternate; /* the mandate lets the alternate redeem */
    uint8_t who;
    struct sbk_pin pin; /* secret */

    struct sbk_settled settled[SBK_SETTLED_MAX];
    size_t settled_count;
    struct sbk_delivered delivered[SBK_PARCEL_KINDS];
    size_t delivered_count;
    struct sbk_bill bill;
    uint32_t intent; /* position, once there is one */
    struct sbk_receipt receipt;

    void (*step)(void *context, enum sbk_sale_step step);
    void *step_context;
};

#endif
