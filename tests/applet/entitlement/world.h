/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TEST_ENTITLEMENT_WORLD_H
#define SBK_TEST_ENTITLEMENT_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "applet/entitlement/entitlement.h"
#include "applet/host/image.h"
#include "schema/window.h"

/*
 * A card with the applet on a memory that can be torn, an issuer that signs for it, and one terminal at a time.
 * Commands go to the applet as the environment hands them over after secure messaging: data at the start of the card's
 * buffer, the response behind it. The channel itself has its own tests.
 */

/* One of the four purses that every test card begins with; amounts in grams, rupiah, millilitres, pieces. */
#define RICE 0  /* grant 100, programme 1, 10000 g a month October to December 2026, no carry-over */
#define MONEY 1 /* grant 101, programme 2, Rp300,000 a month in the same months, carried over within the grant */
#define OIL 2   /* grant 102, programme 1, 2000 ml a week from Sunday 1 November 2026, eight weeks, no carry-over */
#define SOAP 5  /* grant 105, programme 3, 4 pieces once, December 2026 and January 2027 */

#define HOLDER_PIN "135790"
#define ALTERNATE_PIN "2468"
#define NO_PIN ""

struct key {
    uint8_t scalar[32];
    uint8_t point[SBK_POINT_SIZE];
};

struct tear {
    long left;     /* page writes that still succeed; negative: all do */
    int kind;      /* how the page that the cut hits ends up: 0 old, 1 new, 2 all ones, 3 half new */
    bool happened; /* the power is gone until power_on */
};

struct world {
    uint8_t image[SBK_IMAGE_SIZE];
    struct tear tear;
    uint32_t random;
    bool no_random;
    struct sbk_port port;
    struct sbk_entitlement ram;
    struct sbk_applet_entry entry;
    struct sbk_card card;

    struct key root, grant, list, card_ca, agreement, signing;
    uint8_t generation[SBK_ROLE_LIST_SIGNER + 1]; /* of root, CAs and signers, by role; 1 unless a test rotates */
    struct sbk_identity identity;                 /* what the card was given last, or what a test wants to give it */
    struct sbk_mandate mandate;
    uint16_t card_from;           /* first day of the card certificate that is written */
    struct sbk_terminal terminal; /* who speaks */

    /* what an honest terminal carries in its context */
    uint32_t counter; /* the next entry's */
    uint32_t transaction;
    uint32_t time;
    uint8_t previous[SBK_HASH_SIZE];

    /* the last answer; entry: parsed and its signature verified, where the command made one */
    uint8_t answer[SBK_CARD_BUFFER];
    size_t answer_size;
    struct sbk_entry last;
    uint8_t body[SBK_ENTRY_SIZE];
};

uint16_t day(unsigned year, unsigned month, unsigned date);
/* Nine in the morning of that day in Samarinda. */
uint32_t at(unsigned year, unsigned month, unsigned date);

/* A closed card with the default records, and a terminal: the store WARUNG-1 with a certificate of November 2026. */
void world_close(struct world *world);
/* The same, activated by a registrar with both PINs; then the store stands there on 5 November 2026. */
void world_active(struct world *world);
/* Reset: what a terminal sees after a cut. */
void world_power_on(struct world *world);

void become_store(struct world *world);
void become_registrar(struct world *world);
void become_auditor(struct world *world);

/* Sends one command; data of any size up to the buffer. */
uint16_t send_raw(
    struct world *world, uint8_t cla, uint8_t ins, uint8_t p1, uint8_t p2, const uint8_t *data, size_t size);
uint16_t send(struct world *world, uint8_t ins, const uint8_t *data, size_t size);
uint16_t get_data(struct world *world, uint16_t tag);
uint16_t store_object(struct world *world, uint16_t tag, const uint8_t *data, size_t size);
uint16_t store_alias(struct world *world);
uint16_t store_signer(struct world *world);
uint16_t store_identity(struct world *world);
uint16_t store_mandate(struct world *world);

/* The 80 bytes of the honest terminal's context. */
size_t write_context(const struct world *world, uint8_t out[80]);

struct ask { /* a debit */
    uint8_t slot;
    uint32_t amount;
};
/* The bytes of a DEBIT with the honest context; digest is the repeated byte. */
size_t write_debit(const struct world *world, const struct ask *asks, size_t count, uint8_t who, const char *pin,
    uint8_t digest, uint8_t out[200]);
/* DEBIT of one purse by the holder with the right PIN. On 9000 the entry is checked and the context moves on. */
uint16_t debit(struct world *world, uint8_t slot, uint32_t amount);
uint16_t debit_as(struct world *world, uint8_t slot, uint32_t amount, uint8_t who, const char *pin);
uint16_t debit_many(struct world *world, const struct ask *asks, size_t count);
uint16_t void_entry(struct world *world, uint32_t counter);
/* Sends a command whose answer is an entry, checks it against the chain and moves the context on if it is the next. */
uint16_t send_entry(struct world *world, uint8_t ins, const uint8_t *data, size_t size);

/* Signed records; each returns the size. */
size_t sign_record(const struct key *key, uint8_t *record, size_t size);
size_t write_identity(const struct world *world, const struct key *key, uint8_t *out);
size_t write_mandate(const struct world *world, const struct key *key, uint8_t *out);
size_t write_notice(const struct world *world, const struct key *key, uint8_t kind, uint32_t number, uint8_t *out);
size_t write_signer(const struct world *world, enum sbk_role role, const struct key *key, uint8_t *out);
size_t write_card_certificate(const struct world *world, uint8_t *out);
void set_alternate(struct world *world, const char *name);
/* DELIVER MANDATE of world->mandate. */
size_t write_delivery(const struct world *world, uint8_t *out);
uint16_t deliver_mandate(struct world *world);
uint16_t deliver_identity(struct world *world);
uint16_t deliver_certificate(struct world *world);
uint16_t deliver_notice(struct world *world, uint8_t kind, uint32_t number);
size_t write_activation(const struct world *world, const char *holder, const char *alternate, uint8_t *out);
uint16_t activate(struct world *world, const char *holder, const char *alternate);
uint16_t set_pin(struct world *world, const char *holder, const char *alternate);

/* READ STATUS. */
struct status {
    uint8_t state, flags;
    uint32_t counter, mandate;
    uint16_t identity, floor;
    uint32_t stopped, epoch, done;
    uint8_t tries[2], root, ca;
    struct sbk_spent spent[SBK_PURSES_MAX];
    uint8_t hash[12];
};
struct status read_status(struct world *world);

#endif
