/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_PCSC_CALL_H
#define SBK_READER_PCSC_CALL_H

#include "reader/pcsc_private.h"

/*
 * The calls of PC/SC that may block for as long as a card or another program likes: pcsc-lite has no time limit for
 * them, SCardCancel does not reach them and a signal does not end them. Each runs in a thread of its own, and the caller
 * waits as long as pcsc->patience says. A call that is given up keeps context and card, lets both go when it comes back,
 * and whatever it brings is dropped: nothing late reaches a later command.
 */
enum sbk_pcsc_kind {
    SBK_PCSC_CONNECT,
    SBK_PCSC_RECONNECT,
    SBK_PCSC_BEGIN,
    SBK_PCSC_TRANSMIT,
    SBK_PCSC_DISCONNECT,
};

/* The bytes of a transmit; unused otherwise. */
struct sbk_pcsc_bytes {
    const uint8_t *command;
    size_t size;
    uint8_t *response;
    size_t room;     /* at most SBK_APDU_ROOM */
    size_t received; /* out: only after SCARD_S_SUCCESS, may be more than room where PC/SC says so */
};

/*
 * Makes the call on the connected card (CONNECT: on the chosen reader) and gives PC/SC's code in *code; card and
 * protocol are set by CONNECT and RECONNECT. SBK_OK whenever the call came back; else it was given up, the card is no
 * longer connected, the context gone, and the error is SBK_ENVIRONMENT "busy", "card-mute", "interrupted" or
 * "memory". bytes is NULL except for TRANSMIT.
 */
SBK_CHECK_RESULT sbk_result sbk_pcsc_call(
    struct sbk_pcsc *pcsc, enum sbk_pcsc_kind kind, struct sbk_pcsc_bytes *bytes, LONG *code, struct sbk_error *error);

#endif
