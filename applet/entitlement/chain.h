/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_ENTITLEMENT_CHAIN_H
#define SBK_ENTITLEMENT_CHAIN_H

#include "applet/entitlement/store.h"

/*
 * The card's chain of entries and the ring that keeps the newest sixteen (C.6, design.md section 4). An entry is named
 * by its counter; entry 0 is the activation.
 */

/* Offsets in an entry's 182 bytes. */
#define SBK_ENTRY_AT_COUNTER 10
#define SBK_ENTRY_AT_PREVIOUS 14
#define SBK_ENTRY_AT_KIND 46
#define SBK_ENTRY_AT_MANDATE 48
#define SBK_ENTRY_AT_TERMINAL 52
#define SBK_ENTRY_AT_TRANSACTION 64
#define SBK_ENTRY_AT_DIGEST 108
#define SBK_ENTRY_AT_DETAIL 140
#define SBK_ENTRY_DETAIL 40
#define SBK_ENTRY_AT_FLOOR 180
#define SBK_ENTRY_DEBIT_SIZE 10 /* bytes of one debit in the detail */

/* True if there are entries: the card was activated. */
bool sbk_chain_started(const struct sbk_head *head);
/* The counter that the next entry takes. */
uint32_t sbk_chain_next(const struct sbk_head *head);
/* The oldest counter still in the ring; only while started. */
uint32_t sbk_chain_oldest(const struct sbk_head *head);
/* True if the entry is one of the last sixteen. */
bool sbk_chain_holds(const struct sbk_head *head, uint32_t counter);
/* Reads part of an entry that the ring holds: offset into its 182 bytes and the 64 of the signature after them. */
void sbk_chain_read(struct sbk_card *card, uint32_t counter, uint32_t at, uint8_t *out, size_t size);
/* The hash of an entry that the ring holds: what the entry after it names as previous, or what the head keeps. */
void sbk_chain_hash(struct sbk_card *card, const struct sbk_head *head, uint32_t counter, uint8_t hash[SBK_HASH_SIZE]);

/*
 * Makes an entry last. entry has room for SBK_ENTRY_STORED bytes and holds the body's 182. Signs it, stages it in the
 * ring's free place; then sbk_chain_begin opens the transaction, to which the caller adds what else changes, and
 * sbk_chain_commit moves the head (counter, last hash, and what the caller set) and commits. False: memory or signing
 * failed and nothing changed.
 */
bool sbk_chain_begin(struct sbk_card *card, struct sbk_head *head, uint8_t *entry);
bool sbk_chain_commit(struct sbk_card *card, const struct sbk_head *head);

#endif
