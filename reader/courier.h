/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_COURIER_H
#define SBK_READER_COURIER_H

#include "reader/session.h"

/*
 * What the city sends on a stick (schema/bundle.h, kind 9): the station takes its own certificate and the item list, and
 * keeps the records for cards until they come by. The newest of each kind counts; couriers may come twice, late or in
 * any order.
 */

/* In the order of delivery. The numbers stand in the database. */
enum sbk_parcel_kind {
    SBK_PARCEL_CERTIFICATE = 1,
    SBK_PARCEL_MANDATE = 2,
    SBK_PARCEL_STOP = 3,
    SBK_PARCEL_PIN_RESET = 4,
    SBK_PARCEL_IDENTITY = 5,
};
#define SBK_PARCEL_KINDS 5
/* "certificate", "mandate", "stop", "pin-reset", "identity"; NULL for another number. */
const char *sbk_parcel_word(uint8_t kind);

struct sbk_courier_taken {
    uint32_t number;   /* of the courier */
    size_t kept;       /* records that wait for their cards from now on */
    size_t old;        /* records that were here already, or newer ones */
    size_t refused;    /* records whose signature does not hold: not kept, logged (100 of a courier at most) */
    uint8_t root;      /* the root that its links led to; 0: none that is new here */
    bool certificate;  /* this station's certificate was renewed */
    bool other_keys;   /* it was for the station's next keys, which are in use now */
    bool list;         /* an item list with a higher number */
    bool hotlist;      /* a newer hotlist */
    bool whole_wanted; /* its hotlist is a change of another one than the station has: the whole one is needed */
    struct sbk_error not_installed; /* why this station's certificate in it was not; reason NULL: nothing to tell */
};
/* Opens a courier, verifies it and every record in it, and takes what is for this station: root links
 * with the CAs and signers first, at once or not at all; its own certificate, which if refused keeps nothing else back; the
 * hotlist and the item list; then, at once or not at all, every record that holds. A certificate
 * for the station's next keys needs the station unlocked (sbk_station_install). Errors: SBK_TAMPERED, no record
 * kept; SBK_REFUSED, another kind of file or signer, both in the log; SBK_ENVIRONMENT. */
SBK_CHECK_RESULT sbk_result sbk_courier_take(struct sbk_station *station, const uint8_t *data, size_t size,
    struct sbk_courier_taken *taken, struct sbk_error *error);

/* How many records wait for cards, and the highest number of a courier that was taken (0: none). */
SBK_CHECK_RESULT sbk_result sbk_parcels_waiting(
    struct sbk_station *station, size_t *count, uint32_t *courier, struct sbk_error *error);

/* ---- at the tap ---- */

struct sbk_delivered {
    uint8_t kind; /* enum sbk_parcel_kind */
    uint32_t number;
    bool refused; /* by the card; logged with its status word */
};
/*
 * Gives the card on the reader what waits for it, after sbk_session_settle and before anything else; the session then
 * shows the card as it is. A mandate is a transaction of its own with the card's signed entry as acknowledgement, the
 * rest is logged as delivered. What the card has already, or refused at three taps, waits no longer. delivered: room for
 * SBK_PARCEL_KINDS. Errors: SBK_UNSETTLED, SBK_ENVIRONMENT: the card went; tap it again.
 */
SBK_CHECK_RESULT sbk_result sbk_session_deliver(
    struct sbk_session *session, struct sbk_delivered *delivered, size_t *count, struct sbk_error *error);

#endif
