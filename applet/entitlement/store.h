/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_ENTITLEMENT_STORE_H
#define SBK_ENTITLEMENT_STORE_H

#include "applet/entitlement/entitlement.h"
#include "applet/entitlement/image.h"
#include "schema/window.h"

/*
 * What the applet keeps, read from and written to the image. Reads never fail by themselves: a broken memory yields
 * zeros, commits nothing, and the command table answers 6581 in the end, whatever the command thought of the zeros.
 * Writes belong to the transaction that the caller opened.
 */

struct sbk_head {
    uint8_t state; /* 0, SBK_STATE_ACTIVE, SBK_STATE_ENDED as stored; see sbk_store_state for what is shown */
    uint8_t identity;
    uint8_t mandate;
    uint16_t floor;
    uint32_t counter;
    uint32_t stopped;
    uint32_t epoch;
    uint32_t done;
    uint8_t certificate; /* slot in force, 0 or 1 */
    uint8_t last[SBK_HASH_SIZE];
};
void sbk_store_read_head(struct sbk_card *card, struct sbk_head *head);
void sbk_store_write_head(struct sbk_card *card, const struct sbk_head *head);

void sbk_store_alias(struct sbk_card *card, uint8_t alias[SBK_ALIAS_SIZE]);

/* Fields at the start of the mandate in force; all zero without one. */
struct sbk_mandate_head {
    uint32_t number;
    struct { /* bytes, in the record's order */
        uint8_t status;
        uint8_t flags;
        uint8_t outlet[SBK_OUTLET_SIZE];
        uint8_t count;
    } as;
};
void sbk_store_mandate_head(struct sbk_card *card, const struct sbk_head *head, struct sbk_mandate_head *mandate);

/* The card's state as SELECT and READ STATUS show it (B.14). */
enum sbk_card_state sbk_store_state(
    struct sbk_card *card, const struct sbk_head *head, const struct sbk_mandate_head *mandate);

/* The purse of a slot by the mandate in force; false if there is none. */
bool sbk_store_purse(struct sbk_card *card, const struct sbk_head *head, uint8_t slot, struct sbk_purse *purse);

/* What is stored of a slot's purse. */
void sbk_store_read_spent(struct sbk_card *card, uint8_t slot, struct sbk_spent *spent);
void sbk_store_write_spent(struct sbk_card *card, uint8_t slot, const struct sbk_spent *spent);

/* The fixed fields of the identity record in force; all zero without one. */
struct sbk_identity_head {
    uint16_t number;
    uint8_t kelurahan[SBK_KELURAHAN_SIZE];
    uint16_t valid_from;
    uint16_t valid_until;
    uint8_t name_size;
    uint8_t alternate_size;
};
void sbk_store_identity_head(struct sbk_card *card, const struct sbk_head *head, struct sbk_identity_head *identity);
/*
 * The same of a record that comes, of SBK_MANDATE_MIN bytes at least; false if its structure is wrong. What names,
 * card number and kelurahan say is the grant signer's care, whose signature was checked.
 */
bool sbk_store_identity_read(const uint8_t *record, size_t size, struct sbk_identity_head *identity);

/* Where a record in force stands and how long it is with its signature; size 0: there is none. */
struct sbk_stored {
    uint32_t offset;
    uint16_t size;
};
struct sbk_stored sbk_store_identity(struct sbk_card *card, const struct sbk_head *head);
struct sbk_stored sbk_store_mandate(struct sbk_card *card, const struct sbk_head *head);

/* Where the card certificate of a slot stands. */
uint32_t sbk_store_certificate(uint8_t slot);

/* The other one of two slots, for staging: 1 or 2. */
uint8_t sbk_store_other(uint8_t slot);
uint32_t sbk_store_slot(uint32_t area, uint8_t slot);

/* SHA-256 of one or two stored records, one after the other. */
void sbk_store_hash(
    struct sbk_card *card, struct sbk_stored first, struct sbk_stored second, uint8_t hash[SBK_HASH_SIZE]);

#endif
