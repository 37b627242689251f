/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_PARCELS_H
#define SBK_READER_PARCELS_H

#include "reader/courier.h"
#include "reader/station_private.h"

/* The records that wait for cards, as the database has them. Private to reader/. */
struct sbk_waiting {
    uint8_t alias[SBK_ALIAS_SIZE];
    uint8_t kind;
    uint32_t number;
    uint8_t record[SBK_SEALED_MAX]; /* of an identity record: its envelope, until it is unsealed */
    size_t size;
    uint8_t issuer[SBK_CERTIFICATE_MAX];
    size_t issuer_size; /* 0: sealed */
};

/* Inside a transaction: keeps a record unless one of its kind and the same or a higher number is there (and was not
 * refused); an envelope of the same number takes the place of the one before, which may be to a key that the station
 * has changed since. *kept tells. */
SBK_CHECK_RESULT sbk_result sbk_parcel_keep(
    struct sbk_station *station, const struct sbk_waiting *parcel, bool *kept, struct sbk_error *error);
/* The first of a card's records that was not refused three times, of a kind after the given one; *found. */
SBK_CHECK_RESULT sbk_result sbk_parcel_next(struct sbk_station *station, const uint8_t alias[SBK_ALIAS_SIZE],
    uint8_t after, struct sbk_waiting *parcel, bool *found, struct sbk_error *error);
/* It waits no longer; status not 0: the card refused it. A status word is not authenticated, so it is tried at two more
 * taps; then it stays until it comes anew. */
SBK_CHECK_RESULT sbk_result sbk_parcel_done(
    struct sbk_station *station, const struct sbk_waiting *parcel, uint16_t status, struct sbk_error *error);

/* An identity record, encrypted to this station. Unsealing puts record and issuer in the envelope's place, in memory
 * only; the caller cleanses. Station unlocked, a registrar's. Errors: SBK_TAMPERED; SBK_REFUSED, for another station. */
bool sbk_parcel_is_sealed(const struct sbk_waiting *parcel);
SBK_CHECK_RESULT sbk_result sbk_parcel_unseal(
    struct sbk_station *station, struct sbk_waiting *parcel, struct sbk_error *error);

#endif
