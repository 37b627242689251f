/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_PROMISES_COURIER_MODEL_H
#define SBK_TESTS_PROMISES_COURIER_MODEL_H

#include "schema/records.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What must be true of cards, stations and office, from the specification and not from the code: the city's records by
 * number, which couriers a station has, what each card took, and what was spent of each grant.
 */
#define MODEL_MANDATES_MAX 64
#define MODEL_GRANTS_MAX 96

/* The newest numbers of a card's records, at a place where they wait, or in a courier; 0: none. */
struct model_news {
    uint32_t mandate;
    uint32_t stop;
    uint32_t reset;
};
void model_take(struct model_news *has, const struct model_news *comes);

struct model_grant {
    uint16_t grant;
    uint32_t spent;
    uint32_t credit;
    bool ended;
};

struct model_card {
    struct sbk_mandate mandates[MODEL_MANDATES_MAX]; /* of number i + 1 */
    struct model_news newest;                        /* what the city made */
    struct model_news has;                           /* what the card took */
    struct model_news may_have;                      /* after it was pulled: has, or up to this */
    bool unsure;
    uint32_t acknowledged; /* to the office, by a log that it took */
    uint32_t last_entry;   /* the mandate that the card's newest entry acknowledges; 0: another kind of entry */
    struct model_grant grants[MODEL_GRANTS_MAX];
    size_t grant_count;
};

void model_card_begin(struct model_card *card, const struct sbk_mandate *first);
/* The mandate in force on the card. */
const struct sbk_mandate *model_mandate(const struct model_card *card);
bool model_closed(const struct model_card *card);
/* A grant that the card has or had; made with nothing spent. */
struct model_grant *model_grant_of(struct model_card *card, uint16_t grant);
/* The card takes what waits for it: specification B.10, B.11, D.2. day: today. */
void model_deliver(struct model_card *card, const struct model_news *waiting, uint16_t day);

#endif
