/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_PCSC_H
#define SBK_READER_PCSC_H

#include "base/error.h"
#include "reader/transport.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Readers and cards by PC/SC. An object belongs to one thread. Cards are shared with other programs
 * (SCARD_SHARE_SHARED) and held by a transaction while APDUs run; never ask a person anything inside one:
 * sbk_pcsc_pause first. All errors are SBK_ENVIRONMENT and say what to do.
 */
struct sbk_pcsc;

#define SBK_PCSC_READERS_MAX 16 /* pcsc-lite's own limit */
#define SBK_PCSC_NAME_MAX 128

struct sbk_pcsc_reader {
    char name[SBK_PCSC_NAME_MAX];
    bool card; /* a card is in it */
};

/* Asked now and then while something waits; true: give up (SBK_ENVIRONMENT, reason "interrupted"). */
struct sbk_cancel {
    bool (*asked)(void *context);
    void *context;
};

/* What a call waits for that PC/SC itself would wait for without limit. */
enum sbk_pcsc_wait {
    SBK_PCSC_WAITS_ANSWER, /* the card's answer to a command */
    SBK_PCSC_WAITS_BUSY,   /* another program to let the card go */
};

/*
 * How long, in milliseconds, and who is told. After told_ms a wait is told of once. A wait for another program ends
 * after busy_ms, or as soon as cancel asks: nothing was sent. A wait for an answer ends after answer_ms, or when cancel
 * asks and the wait was told of: whether the card carried the command out is then unknown. What comes later is dropped,
 * and the reader is free when it comes.
 */
struct sbk_pcsc_patience {
    unsigned told_ms;
    unsigned busy_ms;
    unsigned answer_ms;
    struct sbk_cancel cancel;                                                 /* asked may be NULL */
    void (*tell)(void *context, enum sbk_pcsc_wait what, const char *reader); /* may be NULL */
    void *context;
};
#define SBK_PCSC_TOLD_MS 3000
#define SBK_PCSC_BUSY_MS 30000
#define SBK_PCSC_ANSWER_MS 60000

/* Makes the object and finds the smart card service. The caller closes it. */
SBK_CHECK_RESULT sbk_result sbk_pcsc_open(struct sbk_pcsc **pcsc, struct sbk_error *error);
/* Disconnects, frees, sets the pointer to NULL; accepts NULL inside. */
void sbk_pcsc_close(struct sbk_pcsc **pcsc);

/* From now on this patience, copied; before, the three numbers above, no cancel and nobody told. */
void sbk_pcsc_be_patient(struct sbk_pcsc *pcsc, const struct sbk_pcsc_patience *patience);

/* What is waited for and what may be done about it: a sentence for people. */
const char *sbk_pcsc_wait_text(enum sbk_pcsc_wait what);

/* The readers that are there now; readers has room for SBK_PCSC_READERS_MAX. None is no error. A service that was
 * restarted is found again. */
SBK_CHECK_RESULT sbk_result sbk_pcsc_readers(
    struct sbk_pcsc *pcsc, struct sbk_pcsc_reader *readers, size_t *count, struct sbk_error *error);

/*
 * Decides for a reader: the one of that name, or, where name is NULL, the only one that holds a card. None or several:
 * the error lists them (reasons "no-reader", "no-card", "several-readers").
 */
SBK_CHECK_RESULT sbk_result sbk_pcsc_choose(struct sbk_pcsc *pcsc, const char *name, struct sbk_error *error);
/* The name of the reader chosen; "" before. */
const char *sbk_pcsc_name(const struct sbk_pcsc *pcsc);

/* Connects to the card in the chosen reader and begins a transaction. Reason "no-card" if there is none, "busy" if
 * another program keeps the card to itself, or holds it longer than patience lasts. Connecting anew ends what was
 * before. */
SBK_CHECK_RESULT sbk_result sbk_pcsc_connect(struct sbk_pcsc *pcsc, struct sbk_error *error);
/* Whether service and chosen reader are there, whatever the card does. Reasons "no-reader", "reader-failed". */
SBK_CHECK_RESULT sbk_result sbk_pcsc_check(struct sbk_pcsc *pcsc, struct sbk_error *error);
/* Ends the transaction and lets the card go, without resetting it. */
void sbk_pcsc_disconnect(struct sbk_pcsc *pcsc);

/* The transport to the connected card, owned by pcsc and good until it is closed; its counts start at zero with each
 * connect. After a failed transmit the card is disconnected: connect again and begin from SELECT. */
struct sbk_transport *sbk_pcsc_transport(struct sbk_pcsc *pcsc);

/* Ends the transaction but stays connected, for as long as a person is asked. */
void sbk_pcsc_pause(struct sbk_pcsc *pcsc);
/* Begins a transaction again. *same is false if the card was reset or replaced meanwhile: then every session on it is
 * gone and the card is connected anew. */
SBK_CHECK_RESULT sbk_result sbk_pcsc_resume(struct sbk_pcsc *pcsc, bool *same, struct sbk_error *error);

/* Waits until a card is in the chosen reader. timeout_ms 0: for ever; over it: reason "no-card". cancel may be NULL. */
SBK_CHECK_RESULT sbk_result sbk_pcsc_wait_card(
    struct sbk_pcsc *pcsc, unsigned timeout_ms, const struct sbk_cancel *cancel, struct sbk_error *error);
/* Waits until the card that was connected last has left: no card, or another one was put in its place meanwhile. */
SBK_CHECK_RESULT sbk_result sbk_pcsc_wait_removal(
    struct sbk_pcsc *pcsc, unsigned timeout_ms, const struct sbk_cancel *cancel, struct sbk_error *error);

#endif
