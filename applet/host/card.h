/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_HOST_CARD_H
#define SBK_HOST_CARD_H

#include "applet/host/applet.h"
#include "applet/host/image.h"
#include "applet/host/memory.h"
#include "applet/host/messaging.h"
#include "applet/port/crypto.h"

/*
 * The card operating environment. A card is one struct of its caller's; nothing is allocated and nothing is global.
 *
 *     struct sbk_card card;
 *     sbk_card_init(&card, &port, applets, 1);
 *     sbk_card_power_on(&card);                                   -- at every reset
 *     size = sbk_card_process(&card, command, n, response, room); -- C-APDU in, R-APDU out
 */

/* Longest wrapped command data that chaining may bring together; the response is staged in the same bytes. */
#define SBK_CARD_BUFFER 512
/* Largest short response with status word: room that always suffices. */
#define SBK_RESPONSE_MAX 258

/* Counted since sbk_card_init, for tests and the benchmark; page writes and transactions are in card->memory. */
struct sbk_card_counts {
    uint32_t apdus;
    uint32_t bytes_in;
    uint32_t bytes_out;
    uint32_t verifies;
    uint32_t signs;
    uint32_t keygens;
    uint32_t agreements; /* ECDH */
};

/* What PSO has shown so far in this power cycle. */
enum sbk_chain_stage { SBK_CHAIN_NONE = 0, SBK_CHAIN_CA, SBK_CHAIN_LEAF };
struct sbk_chain {
    enum sbk_chain_stage stage;
    bool ca_from_cache;
    bool leaf_from_cache;
    uint8_t ca[SBK_IMAGE_CACHE_HEAD]; /* the CA as the trust cache of host/image.h keeps it */
    uint8_t ca_key[SBK_POINT_SIZE];
    uint8_t leaf_key[SBK_POINT_SIZE];
};

enum sbk_channel_stage {
    SBK_CHANNEL_NONE = 0,
    SBK_CHANNEL_INITIALIZED, /* SCP03: INITIALIZE UPDATE answered */
    SBK_CHANNEL_UNPROVEN,    /* SCP11a: keys agreed, no C-MAC seen yet */
    SBK_CHANNEL_OPEN,
};

/* Small and much used members first: a Cortex-M0 reaches them with short instructions. */
struct sbk_card {
    const struct sbk_port *port;
    const struct sbk_applet_entry *applets;
    uint8_t applet_count;
    uint8_t selected;     /* index into applets, or SBK_SELECTED_DOMAIN */
    uint8_t personalized; /* target of STORE DATA: index, or SBK_SELECTED_DOMAIN */
    enum sbk_session_kind session;
    enum sbk_channel_stage stage;
    bool dead;     /* memory failed or carries another format: every command is answered 6581 */
    bool closing;  /* the session ends once this command's response is wrapped */
    bool chaining; /* more blocks of the command whose header is chain_header are to come */
    bool chain_extended;
    uint8_t chain_header[4];
    uint16_t used;         /* bytes of command data collected in buffer */
    uint16_t pending_at;   /* response in buffer that GET RESPONSE continues */
    uint16_t pending_size; /* bytes left of it */
    uint16_t pending_status;

    struct sbk_memory memory;
    struct sbk_card_counts counts;

    /* from here to chain: wiped together when a channel ends */
    struct sbk_messaging messaging;
    uint8_t cryptogram_context[16]; /* SCP03: host challenge, card challenge */
    struct sbk_terminal terminal;
    struct sbk_chain chain;

    /* chained command data, then command and response side by side, then what GET RESPONSE still owes */
    uint8_t buffer[SBK_CARD_BUFFER];
};

#define SBK_SELECTED_DOMAIN 0xFF

/* Ties a card to its port and applets (both outlive it) and zeroes the rest. Touches no memory. */
void sbk_card_init(
    struct sbk_card *card, const struct sbk_port *port, const struct sbk_applet_entry *applets, uint8_t applet_count);

/* Reset: RAM state gone, memory recovered, security domain selected. */
void sbk_card_power_on(struct sbk_card *card);

/*
 * One command APDU (ISO/IEC 7816-4, short or extended) gives one response APDU. response needs 2 bytes at least and may
 * be the command's own memory; with less room than the answer needs, 61xx tells the rest. Returns the response's size.
 */
size_t sbk_card_process(struct sbk_card *card, const uint8_t *command, size_t size, uint8_t *response, size_t room);

/* Writes what a new chip carries: header, life cycle INITIALIZED, transport keys (ENC, MAC, DEK) of KVN 30. For ports
 * that make virtual cards and for tests. All other pages are zeroed. */
bool sbk_card_manufacture(const struct sbk_port *port, const uint8_t serial[SBK_SERIAL_SIZE], const uint8_t keys[48]);

/* ---- services for applets ---- */

struct sbk_memory *sbk_card_memory(struct sbk_card *card);
/* Closed: the card was encoded and its transport keys are gone. */
bool sbk_card_closed(struct sbk_card *card);
void sbk_card_serial(struct sbk_card *card, uint8_t serial[SBK_SERIAL_SIZE]);
/* Signs a SHA-256 hash with the signing key (KID 31); false: no key or memory failed. Counts one signature. */
bool sbk_card_sign(struct sbk_card *card, const uint8_t hash[SBK_HASH_SIZE], uint8_t signature[SBK_SIGNATURE_SIZE]);
/* X||Y of SBK_KID_AGREEMENT or SBK_KID_SIGNING; false: no such key. */
bool sbk_card_public_key(struct sbk_card *card, uint8_t kid, uint8_t point[SBK_POINT_SIZE]);
bool sbk_card_random(struct sbk_card *card, uint8_t *out, size_t size);
/*
 * The closing statement with its signature; false before closing. GET DATA DF30 reaches the applet's get_data like any
 * tag that the environment does not know, so that the applet decides how long it is shown.
 */
bool sbk_card_statement(struct sbk_card *card, uint8_t statement[SBK_STATEMENT_SIZE]);
/* Gives the command's data up: data becomes empty and the response gets the whole buffer. For long commands. */
void sbk_card_release_data(struct sbk_card *card, struct sbk_exchange *exchange);

#endif
