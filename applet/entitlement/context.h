/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_ENTITLEMENT_CONTEXT_H
#define SBK_ENTITLEMENT_CONTEXT_H

#include "applet/entitlement/chain.h"

/* The 80 bytes with which every command begins that makes an entry, and the order in which they are judged (B.4). */
#define SBK_CONTEXT_SIZE 80

/* Where its fields lie; what the entry repeats is copied from here without being taken apart. */
#define SBK_CONTEXT_AT_TRANSACTION 4
#define SBK_CONTEXT_AT_PREVIOUS 12
#define SBK_CONTEXT_AT_LOG 44

/* One command under way: what it came with and what the card holds, read once. */
struct sbk_call {
    struct sbk_card *card;
    struct sbk_exchange *exchange;
    struct sbk_head head;
    struct sbk_mandate_head mandate;
    enum sbk_card_state state;
    uint16_t floor;   /* of the session: the stored one or the leaf's effective date, whichever is later */
    uint16_t date;    /* of the session, once sbk_context_time has been asked; else the floor */
    uint32_t counter; /* the context's, after sbk_context_read; like the next two */
    uint32_t transaction;
    uint32_t time;
    uint8_t context[SBK_CONTEXT_SIZE];
};

/* Fills everything but context. With a terminal the floor is the session's. */
void sbk_call_open(struct sbk_call *call, struct sbk_card *card, struct sbk_exchange *exchange);

/* Records and PINs go to active and stopped cards: 9000, 9420 before, 9422 after. */
uint16_t sbk_call_deliverable(const struct sbk_call *call);
/* Reads the identity record's head; true if the terminal's kelurahan is the card's. */
bool sbk_call_at_home(const struct sbk_call *call, struct sbk_identity_head *identity);
/* Commits the open transaction with the head, whose floor becomes the session's; 9000 or 6581. For commands without an
 * entry. */
uint16_t sbk_call_commit(struct sbk_call *call);

/* Reads the context at the start of the data (at least 80 bytes are there). 9000 or 6A80. */
uint16_t sbk_context_read(struct sbk_call *call);

/* Step 1: the counter of this terminal's entry with this transaction, if the ring holds one. */
bool sbk_context_find(struct sbk_call *call, uint32_t *found);
/* True if the entry found carries the counter named, this kind and this digest. */
bool sbk_context_same(
    struct sbk_call *call, uint32_t found, enum sbk_entry_kind kind, const uint8_t digest[SBK_HASH_SIZE]);
/* Answers with an entry that the ring holds: 9000. */
uint16_t sbk_entry_answer(struct sbk_call *call, uint32_t counter);

/*
 * Steps 2 to 4: counter, state, time, previous. ACTIVATE wants the state closed, DELIVER MANDATE takes a stopped card
 * too. Sets call->date.
 */
uint16_t sbk_context_judge(struct sbk_call *call, enum sbk_entry_kind kind);

/*
 * The command's data is done with: its bytes, PIN and all, become room for the response, which begins at the returned
 * address. Nothing may point into the data after this.
 */
uint8_t *sbk_call_buffer(struct sbk_call *call);

/* Takes the buffer and writes the entry's body there up to the detail, which is zeroed. digest must not lie in it. */
uint8_t *sbk_entry_start(struct sbk_call *call, enum sbk_entry_kind kind, enum sbk_who who, uint32_t mandate,
    const uint8_t digest[SBK_HASH_SIZE]);
/* Puts the session's floor into the entry and the head, signs and stages the entry, opens the transaction; false: 6581. */
bool sbk_entry_begin(struct sbk_call *call, uint8_t *entry);
/* Commits and answers with the entry; 9000 or 6581. */
uint16_t sbk_entry_finish(struct sbk_call *call, uint8_t *entry);

#endif
