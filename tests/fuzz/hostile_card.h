/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FUZZ_HOSTILE_CARD_H
#define SBK_TESTS_FUZZ_HOSTILE_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A card that lies: a real one, environment and applet, whose every answer may be changed on its way out. It knows its
 * own keys: what was changed is encrypted and authenticated again, and receipts may be signed again. A shared object
 * without any header of card or reader, whose functions have the same names.
 */
#define HOSTILE_ROOM 600

/* The cards to begin with. */
enum hostile_state {
    HOSTILE_ACTIVE,
    HOSTILE_REDEEMED,
    HOSTILE_STOPPED,
    HOSTILE_ENDED,
    HOSTILE_CLOSED,
    HOSTILE_BLANK, /* with the transport keys of HOSTILE_MASTER */
    HOSTILE_STATES
};
void hostile_begin(unsigned state);

/* Changes an answer: plain data (room for HOSTILE_ROOM) and status word. inside: it came through the channel. */
typedef void (*hostile_edit)(void *context, bool inside, uint8_t *data, size_t *size, uint16_t *status);
/* One command, one answer with its status word: at most room bytes. */
size_t hostile_answer(
    const uint8_t *command, size_t size, uint8_t *response, size_t room, hostile_edit edit, void *context);
/* The card is taken away and comes back. */
void hostile_tap(void);
/* Signs the 170 bytes of an answer's entry anew, as the card would. */
void hostile_sign(uint8_t *entry, uint8_t *signature);

/* What the city gives to an honest station: certificates of root's issuing, the station's leaf and key. */
enum hostile_paper {
    HOSTILE_ROOT,       /* X||Y */
    HOSTILE_STATION_CA, /* 7F21 */
    HOSTILE_CARD_CA,
    HOSTILE_GRANT_SIGNER,
    HOSTILE_LIST_SIGNER,
    HOSTILE_LEAF,
    HOSTILE_KEY,       /* the private scalar of the leaf's key, then X||Y */
    HOSTILE_LIST,      /* the list signer's certificate and an item list */
    HOSTILE_NEXT_ROOT, /* hash of its key */
    HOSTILE_ALIAS,
    HOSTILE_IDENTITY, /* the records of a card to be made */
    HOSTILE_MANDATE,
    HOSTILE_MASTER, /* of the transport keys */
};
/* The hash of the station's log key that its leaf names (SBK_LOG_KEY_HASH_SIZE); before the leaf is asked for. */
void hostile_log_key(const uint8_t *hash);
size_t hostile_paper(enum hostile_paper paper, uint8_t out[HOSTILE_ROOM]);
/* What the station's clock says. */
uint32_t hostile_time(void);

#endif
