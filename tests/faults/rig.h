/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FAULTS_RIG_H
#define SBK_TESTS_FAULTS_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "applet/entitlement/entitlement.h"
#include "tests/applet/fixture.h"
#include "tests/faults/issuing.h"

/*
 * A whole card, environment and applet, on a memory that can be torn, with the terminal's end of its channel. Everything
 * that varies stands in one struct without pointers to the outside, so that a copy is a snapshot in the middle of a session.
 */
struct clerk { /* what an honest terminal carries in its context */
    enum terminal who;
    uint32_t counter;
    uint32_t transaction;
    uint8_t previous[SBK_HASH_SIZE];
};

struct rig {
    struct fixture f;
    struct sbk_entitlement ram;
    struct clerk clerk;
    uint8_t transport[48]; /* the keys that PUT KEY brings; f.keys: those of the vendor */
};

void rig_copy(struct rig *to, const struct rig *from);
/* Power on with a cut planned at a write (from 1; 0: none); false: it happened while the card recovered. */
bool rig_power_on(struct rig *rig, uint32_t cut_at, enum tear outcome);

/* Cards in their states: blank as made; encoded (everything but closing); closed; active with both PINs. */
void rig_blank(struct rig *rig);
void rig_encode(struct rig *rig); /* a blank one */
void rig_encoded(struct rig *rig);
void rig_close(struct rig *rig); /* an encoded one, in its bureau session */
void rig_closed(struct rig *rig);
void rig_active(struct rig *rig);
void rig_activate_encoded(struct rig *rig); /* an encoded one, in its bureau session: closed, then activated */
#define RIG_HOLDER "135790"
#define RIG_ALTERNATE "2468"

/* Sessions; the status word of the first step that failed. Alone leaves the domain as target of STORE DATA. */
uint16_t rig_bureau(struct rig *rig);
uint16_t rig_bureau_for_applet(struct rig *rig);
uint16_t rig_station(struct rig *rig, enum terminal who);

/* One command in the session, remembered in the story. */
uint16_t rig_send(struct rig *rig, uint8_t ins, uint8_t p1, uint8_t p2, const uint8_t *data, size_t size);
uint16_t rig_store(struct rig *rig, uint16_t tag, const uint8_t *value, size_t size);
uint16_t rig_put_root(struct rig *rig);      /* the one in force */
uint16_t rig_put_transport(struct rig *rig); /* those of struct rig */
uint16_t rig_generate(struct rig *rig, uint8_t replaced, uint8_t kid);
uint16_t rig_store_next_root(struct rig *rig, uint8_t number); /* the number of its key */
uint8_t rig_next_root(void);                                   /* the one that follows the root in force */
uint16_t rig_store_alias(struct rig *rig);
uint16_t rig_store_identity(struct rig *rig);
uint16_t rig_store_mandate(struct rig *rig);
uint16_t rig_set_secured(struct rig *rig);
void rig_know_card(const struct rig *rig); /* for the card certificate */
/* A command whose answer is an entry; the clerk moves on when one comes. */
uint16_t rig_entry(struct rig *rig, uint8_t ins, const uint8_t *data, size_t size);
size_t rig_context(const struct rig *rig, uint8_t *out);

struct ask {
    uint8_t slot;
    uint32_t amount;
};
uint16_t rig_debit(struct rig *rig, const struct ask *asks, size_t count, uint8_t who, const char *pin);
uint16_t rig_void(struct rig *rig, uint32_t counter);
uint16_t rig_activate(struct rig *rig, const char *holder, const char *alternate);
uint16_t rig_set_pin(struct rig *rig, const char *holder, const char *alternate);
uint16_t rig_mandate(struct rig *rig); /* what issuer_mandate() says */
uint16_t rig_identity(struct rig *rig);
uint16_t rig_notice(struct rig *rig, uint8_t kind, uint32_t number);
uint16_t rig_renew(struct rig *rig, uint16_t effective); /* a new card certificate */
uint16_t rig_read_status(struct rig *rig);               /* no part of the story */
/* SELECT of the domain: no session. The link to that generation, in clear. */
uint16_t rig_no_session(struct rig *rig);
uint16_t rig_link(struct rig *rig, uint8_t generation, uint16_t old_until);
uint16_t rig_send_link(struct rig *rig, const uint8_t link[SBK_LINK_SIZE]);
/* What SELECT of the applet tells: generations of root and cached station CA. */
struct told {
    uint8_t root;
    uint8_t station_ca;
};
struct told rig_select(struct rig *rig);

/*
 * What happened to the card since rig_blank, for the model in Python, a line each:
 *     STATION <leaf>            a session (hex)
 *     BUREAU
 *     CLEAR <ins> <data>
 *     SEND <ins> <p1> <p2> <data>
 * each with the status word at its end. NULL ends it.
 */
void story_begin(void);
void story_pause(bool paused);
/* How long the story is; back to the beginning of a text that it was. */
size_t story_size(void);
void story_return(const char *text, size_t size);
#define STORY_MAX (1u << 17)
const char *story_text(void);
void story_line(
    uint16_t status, const char *kind, const uint8_t *head, size_t head_size, const uint8_t *data, size_t size);

/* Says what went wrong and where, and fails the test. */
void rig_complain(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
