/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_APPLET_FIXTURE_H
#define SBK_TESTS_APPLET_FIXTURE_H

#include "applet/host/card.h"
#include "tearing.h"

/*
 * A card in RAM with a small applet of its own, and the terminal's end of both channels. Roots, CA and terminals have
 * fixed keys: scalar n is 31 zeros and n.
 */
#define KEY_ROOT 1
#define KEY_NEXT_ROOT 2
#define KEY_THIRD_ROOT 3
#define KEY_STATION_CA 4
#define KEY_STRANGER 5
#define KEY_STORE 6
#define KEY_AUDITOR 7

#define DAY_FROM 20500
#define DAY_UNTIL 20600

/* The applet: AID F0 54 45 53 54, usage 3C. 10: answers session, level, role; 11 len: that many bytes; 12: commits a
 * page; STORE DATA keeps its bytes; GET DATA DF22 gives them back under SCP03 only; DF30 the statement; BF21 300 bytes.
 */
struct test_applet {
    uint16_t floor;
    bool records; /* closing is complete */
    int proven;   /* commands of a terminal that it saw */
    int closed;
    uint8_t stored[400];
    size_t stored_size;
};

struct fixture {
    struct tearing memory;
    struct test_applet applet;
    struct sbk_applet_entry entries[1];
    struct sbk_card card;
    uint8_t keys[48];
    /* the terminal's end */
    struct sbk_messaging end;
    uint8_t reply[600]; /* data of the last response, GET RESPONSE done */
    size_t reply_size;
};

void fixture_init(struct fixture *fixture); /* blank card, powered on, domain selected */
void scalar_of(uint8_t number, uint8_t scalar[32]);
void point_of(uint8_t number, uint8_t point[64]);

/* Sends a hex APDU in clear; returns the status word, fetching what 61xx announces. */
uint16_t send_hex(struct fixture *fixture, const char *apdu);
/* Header, data and Le 00; more than 255 bytes are chained. */
uint16_t send_clear(struct fixture *fixture, const char *header, const uint8_t *data, size_t size);
/* The same through the channel; checks and removes the response's protection. */
uint16_t send_secure(struct fixture *fixture, const char *header, const uint8_t *data, size_t size);
uint16_t send_secure_hex(struct fixture *fixture, const char *header, const char *data);

uint16_t open_scp03(struct fixture *fixture, uint8_t level);
/* In an SCP03 session: root and hash of the next one. */
void put_roots(struct fixture *fixture);
/* Domain selected, SCP03 level 33, keys made, root and next root put, records there; not closed. */
void personalize(struct fixture *fixture);
void close_card(struct fixture *fixture);
uint16_t select_applet(struct fixture *fixture);

/* Certificates with dates DAY_FROM..DAY_UNTIL; return their size. */
size_t make_ca(uint8_t *out, uint8_t root_generation, uint8_t generation, uint8_t signer, uint16_t expiry);
size_t make_leaf(uint8_t *out, uint8_t role, uint8_t ca_generation, uint8_t key, uint8_t signer, uint16_t effective);
size_t make_link(uint8_t *out, uint8_t generation, uint8_t key, uint8_t next, uint16_t old_until);

/* PSO with the CA (if ca_size is not 0), PSO with the leaf, MUTUAL AUTHENTICATE; the first status that is not 9000. */
uint16_t show_ca(struct fixture *fixture, uint8_t root_generation, const uint8_t *ca, size_t size);
uint16_t show_leaf(struct fixture *fixture, uint8_t kid, uint8_t kvn, const uint8_t *leaf, size_t size);
uint16_t mutual(struct fixture *fixture, uint8_t usage, uint8_t key);
uint16_t open_scp11(
    struct fixture *fixture, const uint8_t *ca, size_t ca_size, const uint8_t *leaf, size_t leaf_size, uint8_t key);

#endif
