/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_HOTLIST_H
#define SBK_READER_HOTLIST_H

#include "reader/station.h"

/*
 * The city's hotlist at a station (schema/hotlist.h): cards that are stopped, stations that are revoked, CAs and signers
 * that are not to be trusted any more. It comes whole or as a change of the list before, on its own or in a courier. A
 * station that never had one works; one that has one needs newer ones: some days after its day of issue it warns, some
 * days later it stops.
 */
enum sbk_hotlist_state {
    SBK_HOTLIST_NONE = 0,   /* there never was one */
    SBK_HOTLIST_FRESH = 1,  /* in force */
    SBK_HOTLIST_OLD = 2,    /* in force; a newer one is due */
    SBK_HOTLIST_STALE = 3,  /* too old: the station serves nobody */
    SBK_HOTLIST_BROKEN = 4, /* does not hold any more: the station serves nobody until it has a good one */
};

struct sbk_hotlist_view {
    enum sbk_hotlist_state state;
    uint32_t number;
    uint16_t issued; /* day */
    uint16_t age;    /* days since then by the station's clock */
    uint8_t warn;    /* of age, the last good ones */
    uint8_t stop;
    uint32_t cards;
    uint16_t stations;
    uint8_t issuers;
    bool revoked; /* this station is on it */
};
void sbk_station_hotlist(const struct sbk_station *station, struct sbk_hotlist_view *view);

/* Whether the station's hotlist revokes a terminal. */
bool sbk_station_revoked(const struct sbk_station *station, const uint8_t terminal[SBK_TERMINAL_SIZE]);

/*
 * Takes a hotlist file, a whole one or a change: verified under the station's trust, with a number higher than the
 * present one's; a list of a newer generation of list signer that distrusts the present list's signer is newer whatever
 * its number. All or nothing; logged. Errors: SBK_REFUSED "record-old", "hotlist-base-missing" (a change of another list
 * than the one that is here: ask for the whole list), "issuer-distrusted", "format-invalid"; SBK_TAMPERED.
 */
SBK_CHECK_RESULT sbk_result sbk_station_import_hotlist(
    struct sbk_station *station, const uint8_t *data, size_t size, struct sbk_error *error);

#endif
