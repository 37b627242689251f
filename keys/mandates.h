/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_MANDATES_H
#define SBK_KEYS_MANDATES_H

#include "keys/cards.h"
#include "keys/store.h"

/*
 * The city's next intention for a card: its newest mandate, changed, under the next number (specification C.3). What
 * the card cannot check, the signer keeps: a grant that stays keeps unit, first day, period and carry; the number of a
 * grant that ended never comes back; nothing leaves a closed card.
 */
struct sbk_mandate_change {
    uint8_t status;    /* enum sbk_mandate_status; 0: as it is */
    uint8_t flags_set; /* SBK_MANDATE_PIN, _ALTERNATE, _SET_FLOOR */
    uint8_t flags_clear;
    bool has_outlet;
    uint8_t outlet[SBK_OUTLET_SIZE];         /* zeros: any */
    struct sbk_purse grants[SBK_PURSES_MAX]; /* new ones, or ones that stay with other amounts */
    size_t grant_count;
    uint16_t ends[SBK_PURSES_MAX]; /* grants that end; one that a new grant inherits ends by itself */
    size_t end_count;
};

/* A slot or priority that sbk_grant_parse found no word for: mandate_apply takes the lowest free one. */
#define SBK_GRANT_ANY 0xFF

/* Reads "grant=12,programme=1,unit=g,goods=1,amount=10000,first=2026-01-01,every=month,count=3", and if wanted
 * carry=grant, priority=N, slot=N, inherits=N; goods=any for rupiah. Errors: SBK_USAGE, naming the word. */
SBK_CHECK_RESULT sbk_result sbk_grant_parse(const char *text, struct sbk_purse *purse, struct sbk_error *error);

/* Makes the next mandate of the card, issued on the day. Errors: SBK_REFUSED, with what the rules forbid. */
SBK_CHECK_RESULT sbk_result sbk_mandate_apply(struct sbk_database *database, const struct sbk_city_card *card,
    const struct sbk_mandate_change *change, uint16_t day, struct sbk_mandate *next, struct sbk_error *error);

/* Signs a mandate or notice and adds it to the register. */
SBK_CHECK_RESULT sbk_result sbk_mandate_release(struct sbk_database *database, struct sbk_key *grant_signer,
    const struct sbk_city_card *card, const struct sbk_mandate *mandate, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_notice_release(struct sbk_database *database, struct sbk_key *list_signer,
    const struct sbk_city_card *card, const struct sbk_notice *notice, struct sbk_error *error);

#endif
