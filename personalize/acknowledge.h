/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_ACKNOWLEDGE_H
#define SBK_PERSONALIZE_ACKNOWLEDGE_H

#include "keys/cards.h"
#include "reader/log.h"

/*
 * What stations' logs say of mandates that were sent: a card acknowledges one by an entry of its own chain, signed with
 * its key, so that it does not matter who brings the log. Of notices and identity records the station's log is the only
 * witness: it says what the card showed.
 */
struct sbk_acknowledged {
    size_t delivered; /* notices and identity records that a log says were delivered, new to the register */
    size_t taken;     /* acknowledgements that the register did not have */
    size_t known;     /* those it had */
    size_t foreign;   /* of cards or mandates that are not in the register, or whose signature does not hold */
};
/* Takes a log's acknowledgements and deliveries into the register, within the caller's transaction. Adds to counts. */
SBK_CHECK_RESULT sbk_result sbk_acknowledge_log(struct sbk_database *database, struct sbk_station *station,
    struct sbk_acknowledged *counts, struct sbk_error *error);

/* A certified card whose newest mandate it has not acknowledged, nor was encoded with. */
struct sbk_outstanding {
    uint8_t alias[SBK_ALIAS_SIZE];
    uint8_t number[6]; /* of the card */
    struct sbk_mandate mandate;
    uint32_t acknowledged; /* the newest mandate that it has, as far as the logs tell */
};
typedef sbk_result (*sbk_outstanding_visit)(void *context, const struct sbk_outstanding *card, struct sbk_error *error);
/* Every such card, by alias. */
SBK_CHECK_RESULT sbk_result sbk_outstanding_each(
    struct sbk_database *database, sbk_outstanding_visit visit, void *context, struct sbk_error *error);

/* A notice or identity record of a certified card that no log says was delivered. */
struct sbk_undelivered {
    uint8_t alias[SBK_ALIAS_SIZE];
    uint8_t card[6]; /* its number */
    uint8_t kind;    /* enum sbk_parcel_kind */
    uint32_t number;
};
typedef sbk_result (*sbk_undelivered_visit)(
    void *context, const struct sbk_undelivered *record, struct sbk_error *error);
/* The newest of each kind of every such card, by alias. */
SBK_CHECK_RESULT sbk_result sbk_undelivered_each(
    struct sbk_database *database, sbk_undelivered_visit visit, void *context, struct sbk_error *error);

#endif
