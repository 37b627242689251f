/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_TRANSPORT_H
#define SBK_READER_TRANSPORT_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/*
 * How APDUs reach a card. A transport is two pointers and a count: reader/pcsc.h fills one for a real reader, tests
 * fill one with a script. Everything above it (channel, session, sale) works on any.
 */
struct sbk_transport {
    /*
     * Sends one command APDU and receives its whole response with status word: *received bytes, at least 2 on SBK_OK.
     * room is at least SBK_APDU_ROOM. SBK_ENVIRONMENT where no answer came: whether the card carried the command out is
     * then unknown.
     */
    sbk_result (*transmit)(void *context, const uint8_t *command, size_t size, uint8_t *response, size_t room,
        size_t *received, struct sbk_error *error);
    void *context;

    /* Counted by sbk_apdu_exchange; the owner may set them to zero. Bytes are APDU bytes, status words included. */
    uint32_t apdus;
    uint64_t bytes_sent;
    uint64_t bytes_received;
};

#define SBK_APDU_ROOM 65538    /* the longest response of ISO/IEC 7816-4, so that none is ever lost for want of room */
#define SBK_APDU_DATA_MAX 2048 /* command data that chaining carries */
#define SBK_ANSWER_MAX 2048    /* response data that GET RESPONSE brings together */

/* A command APDU. Data over 255 bytes is sent by command chaining (ISO/IEC 7816-4 5.3.3): short APDUs only. */
struct sbk_apdu {
    uint8_t cla;
    uint8_t ins;
    uint8_t p1;
    uint8_t p2;
    const uint8_t *data; /* borrowed; may be NULL if size is 0 */
    size_t size;         /* 0..SBK_APDU_DATA_MAX */
    uint16_t ne;         /* response bytes wanted, 1..256; 0: no Le field */
};

/* What came back: data without status word, and the status word. */
struct sbk_answer {
    uint16_t status;
    size_t size;
    uint8_t data[SBK_ANSWER_MAX];
};

/*
 * Sends a command and brings its response together: chains long data, repeats once with the right length on 6Cxx, and
 * follows 61xx by GET RESPONSE (ISO/IEC 7816-4 5.3.4, 11.5) a bounded number of times. SBK_OK whenever a status word
 * came, whatever it is. A chain that is refused half-way answers with that status word. Errors: those of the transport;
 * SBK_ENVIRONMENT "card-answer-invalid" for an answer that no card may give.
 */
SBK_CHECK_RESULT sbk_result sbk_apdu_exchange(struct sbk_transport *transport, const struct sbk_apdu *command,
    struct sbk_answer *answer, struct sbk_error *error);

/*
 * The failure for a status word other than 9000: SBK_REFUSED with the reason word of schema/reason.h and a sentence for
 * people. doing is translated and says what was tried: _("reading the card's status").
 */
sbk_result sbk_apdu_refused(struct sbk_error *error, uint16_t status, const char *doing);

#endif
