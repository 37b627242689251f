/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FAULTS_COURIER_CITY_H
#define SBK_TESTS_FAULTS_COURIER_CITY_H

#include "keys/courier.h"
#include "keys/mandates.h"
#include "reader/sale.h"
#include "reader/session_private.h"
#include "tests/faults/station_rig.h"
#include "tests/personalize/world.h"

/*
 * A city with many cards and stations in one process: its office with key store and register, cards that were encoded,
 * certified and activated as in the field, each an image that the one card of tests/faults/station_rig.c takes up when
 * it is tapped, and stations in folders of their own. Functions fail the test.
 */
#define CITY_PIN "135790"
#define CITY_STATIONS_MAX 24

struct city_card {
    uint8_t image[RIG_IMAGE_SIZE];
    uint8_t alias[SBK_ALIAS_SIZE];
    char word[2 * SBK_ALIAS_SIZE + 1]; /* the alias as the office names it */
    struct sbk_mandate first;          /* what it was encoded with */
};

struct city_station {
    char path[128];
    struct sbk_station *station;
    struct sbk_key *agreement;
    struct sbk_key *log_key;
    struct sbk_key *x509_key;
};

struct city {
    struct world office;
    struct sbk_key *list_signer;
    struct sbk_key *station_ca;
    struct sbk_key *office_ca;
    struct rig rig;
    struct sbk_pin pin;
    struct city_card *cards;
    size_t card_count;
    struct city_station stations[CITY_STATIONS_MAX]; /* the last is the registrar */
    size_t station_count;
    struct city_card *on_reader;    /* the card that was tapped; its image is the rig's */
    struct sbk_transport transport; /* to that card; it can be pulled */
    unsigned apdus;                 /* of this tap */
    unsigned pull_at;               /* at which APDU it goes; 0: it stays */
    bool pull_after;                /* after the card took it, before the answer came */
};

extern const struct sbk_clock city_clock;

void city_open(struct city *city, size_t cards, size_t stations);
void city_close(struct city *city);

/* Puts a card on the reader, pulled at an APDU (0: never); and takes it away. */
void city_tap(struct city *city, struct city_card *card, unsigned pull_at, bool pull_after);
void city_lift(struct city *city);
bool city_pulled(const struct city *city);

/* Ends a station's process and begins another. */
void city_restart(struct city *city, struct city_station *station);

#endif
