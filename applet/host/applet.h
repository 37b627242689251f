/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_HOST_APPLET_H
#define SBK_HOST_APPLET_H

#include "schema/certificate.h"
#include "schema/records.h"

struct sbk_card;

enum sbk_session_kind {
    SBK_SESSION_NONE = 0,
    SBK_SESSION_SCP03 = 1,
    SBK_SESSION_SCP11A = 2,
};

/* Protection of a session: the security level of SCP03 (GlobalPlatform Amendment D 7.1.2.1). */
#define SBK_LEVEL_C_MAC 0x01
#define SBK_LEVEL_C_DEC 0x02
#define SBK_LEVEL_R_MAC 0x10
#define SBK_LEVEL_R_ENC 0x20
#define SBK_LEVEL_FULL 0x33
#define SBK_USAGE_FULL 0x3C /* SCP11 key usage qualifier that gives level 33 */
#define SBK_USAGE_MAC 0x34  /* level 11 */

/* Who speaks in an SCP11a session: fields of its verified leaf. */
struct sbk_terminal {
    uint8_t role; /* SBK_ROLE_STORE, _REGISTRAR, _AUDITOR */
    uint8_t ca_generation;
    uint8_t id[SBK_TERMINAL_SIZE];
    uint16_t effective;
    uint16_t expiry;
    struct sbk_terminal_rights rights;
    uint8_t leaf_hash[SBK_HASH_SIZE]; /* SHA-256 of the whole 7F21 */
};

/*
 * One command as the applet sees it: chaining undone, secure messaging unwrapped. data lies in the card's buffer and
 * stays readable while the response is written; response is the rest of that buffer (sbk_card_release_data gives up the
 * data for more room). The response is protected, split for GET RESPONSE and, for a status word other than 9000, 62xx,
 * 63xx, dropped by the environment.
 */
struct sbk_exchange {
    void *state; /* the applet's own RAM, from its registry entry */
    uint8_t cla; /* without the bits for secure messaging and chaining: 00 or 80 */
    uint8_t ins;
    uint8_t p1;
    uint8_t p2;
    const uint8_t *data;
    size_t size;
    enum sbk_session_kind session;       /* for this command: NONE where it came in clear */
    uint8_t level;                       /* of the session */
    const struct sbk_terminal *terminal; /* SCP11A only: proven by this command's C-MAC; else NULL */
    uint8_t *response;
    size_t room;
    size_t response_size; /* set by the applet; 0 before */
};

/*
 * An applet. Every function but aid, select and process may be NULL. They return status words. None is called while
 * another runs. Memory that an applet may write: its own area of host/image.h, through sbk_card_memory().
 */
struct sbk_applet {
    const uint8_t *aid;
    uint8_t aid_size; /* 5..16 */
    uint8_t usage;    /* key usage qualifier that MUTUAL AUTHENTICATE must ask for; 0: 3C or 34 */
    /* After memory has recovered; RAM state is undefined before. */
    void (*power_on)(struct sbk_card *card, void *state);
    /* SELECT: writes the FCI to the exchange. Session and keys of the one before are already gone. */
    uint16_t (*select)(struct sbk_card *card, struct sbk_exchange *exchange);
    /* A command that the environment does not know itself. */
    uint16_t (*process)(struct sbk_card *card, struct sbk_exchange *exchange);
    /* STORE DATA in blank state after INSTALL [for personalization], SCP03 level >= 03; p1 and p2 as received. */
    uint16_t (*store_data)(struct sbk_card *card, struct sbk_exchange *exchange);
    /*
     * GET DATA of a tag that the environment does not know (and BF21): writes the value alone; the environment adds tag
     * and length in class 80. session tells what protection there is. SBK_SW_REFERENCE: no such object.
     */
    uint16_t (*get_data)(struct sbk_card *card, uint16_t tag, struct sbk_exchange *exchange);
    /* The day below which no certificate may have expired. */
    uint16_t (*floor)(struct sbk_card *card, void *state);
    /* A session of either kind, or what stood before it, ended: forget everything that hung on it. */
    void (*session_close)(struct sbk_card *card, void *state);
    /* SET STATUS (closing): fill alias and records_hash; false if records or alias are missing. */
    bool (*closing)(struct sbk_card *card, void *state, struct sbk_closing *statement);
};

struct sbk_applet_entry {
    const struct sbk_applet *applet;
    void *state;
};

#endif
