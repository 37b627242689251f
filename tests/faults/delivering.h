/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FAULTS_DELIVERING_H
#define SBK_TESTS_FAULTS_DELIVERING_H

#include "reader/courier.h"
#include "tests/faults/courier_city.h"

/* Couriers, taps and logs for the tests of deliveries: one city of few cards. Functions fail the test. */
enum { STORE, OTHER, REGISTRAR, STATIONS };
#define CITY_CARDS 8
extern struct city city;
int city_begin(void **state);
int city_end(void **state);

void must(sbk_result result, const struct sbk_error *error);
struct sbk_station *station(size_t which);

#define AMOUNT_AT (SBK_MANDATE_AT_PURSES + 8) /* the last byte of the first purse's amount: any value is allowed */
struct record {
    uint8_t bytes[SBK_MANDATE_MAX];
    size_t size;
};

struct record sign(struct sbk_key *key, struct record record);
struct record mandate_of(const struct city_card *card, uint32_t number);
struct record notice_of(const uint8_t alias[SBK_ALIAS_SIZE], uint8_t kind, uint32_t number);

/* A courier that the city signed, with what it would never put there: head, so many records, seal (frees content). */
void begin_courier(struct sbk_buffer *content, uint32_t number, uint32_t records);
void add_record(struct sbk_buffer *content, const uint8_t alias[SBK_ALIAS_SIZE], const struct record *record);
void seal(struct sbk_buffer *content, struct sbk_buffer *file);
/* One with these records for a card, taken by a station. */
void carry(size_t to, uint32_t number, const struct city_card *card, const struct record *record, size_t count,
    struct sbk_courier_taken *taken);
size_t waiting_at(size_t which);

/* Entries of a station's log of a kind, of an alias (NULL: without one), refusals with a reason (NULL: any). */
size_t logged(size_t which, uint8_t kind, const uint8_t *alias, const char *reason);

struct told {
    sbk_result result;
    struct sbk_error error;
    struct sbk_status status;
    struct sbk_delivered delivered[SBK_PARCEL_KINDS];
    size_t count;
};

/* A card at a station, settled and delivered; finish_tap does that with an open session. */
struct told finish_tap(struct sbk_session **session, struct told told);
struct told tap(size_t which, struct city_card *card);

#endif
