/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FAULTS_STATION_CITY_H
#define SBK_TESTS_FAULTS_STATION_CITY_H

#include "reader/activate.h"
#include "reader/recovery.h"
#include "reader/sale.h"
#include "reader/session_private.h"
#include "reader/void.h"
#include "tests/faults/station_rig.h"

/* What station_crash has to do with: the city's stations on the crash disk, a card, what the clerk was told, and the
 * checks after a restart. */
#define CHAIN_MAX 64
#define TOLD_MAX 16

enum { STORE, OTHER, REGISTRAR, STATIONS };
extern const char *const station_names[STATIONS];

/* What the clerk was told. */
enum told_what { TOLD_NUMBER, TOLD_RECEIPT, TOLD_NOTHING };
struct told {
    uint32_t number;
    enum told_what what;
    uint8_t hash[SBK_HASH_SIZE];
};

struct shot {
    struct crash_disk *disk;
    uint8_t image[RIG_IMAGE_SIZE];
    size_t told;
    char what[16];
};

struct city {
    const char *folder;
    struct rig rig;
    struct sbk_key *agreement[STATIONS];
    struct sbk_key *log_key[STATIONS];
    struct sbk_pin pin;
    struct sbk_buffer certificates;
    struct told told[TOLD_MAX];
    size_t told_count;
    uint32_t to_void;        /* the sale that the scenario voids; 0: none */
    bool few;                /* fewer fates: most writes are those of another scenario */
    bool deliver;            /* a mandate and a stop of what came before it wait for the card */
    struct sbk_buffer links; /* a courier that leads to the second root; empty: none */
    struct shot *shots;
    size_t shot_count;
};
extern struct city city;
extern uint8_t alias_room[SBK_ALIAS_SIZE]; /* the card's */

/* Where we are, for messages; and how it went. */
extern const char *scene;
extern size_t scene_shot;
extern char scene_fate[32];
extern unsigned failures;
extern unsigned points;

struct wish {
    const char *words;
    uint32_t number;
    bool wrong_pin;
};

/* What a log holds of the card; and of open intents. */
struct tally {
    bool in_log[CHAIN_MAX]; /* by counter */
    unsigned own[CHAIN_MAX];
    struct sbk_entry entry[CHAIN_MAX];
    uint8_t hash[CHAIN_MAX][SBK_HASH_SIZE];
    uint32_t open[CHAIN_MAX]; /* transactions with an intent that nothing closed */
    size_t open_count;
    const uint8_t *alias;
    bool forks;
};

/* check tells what does not hold; must ends the program. open_at opens with keys, close_it keeps them. sell is a sale as
 * the program does it; receipt and repeated may be NULL. */
bool check(bool holds, const char *promise, const char *detail);
void must(sbk_result result, const struct sbk_error *error, const char *doing);
sbk_result open_at(unsigned which, const char *vfs, struct sbk_station **station, struct sbk_error *error);
void close_it(struct sbk_station **station);
void open_keys(unsigned which);
void tell(uint32_t number, enum told_what what, const struct sbk_receipt *receipt);
sbk_result sell(struct sbk_station *station, const struct wish *wish, struct sbk_receipt *receipt, bool *repeated,
    struct sbk_error *error);

/* A void as the program does it. */
sbk_result take_back(struct sbk_station *station, uint32_t sale, struct sbk_error *error);

/* Snapshots of disk and card at every step. */
void shoot(void *context, const char *what);
void record(bool on);
void forget_shots(void);
void restore(const struct crash_disk *disk, const uint8_t *image);

/* After a restart. recover does it all: told is how much of city.told the clerk knew. */
struct tally count_log(struct sbk_station *station, const uint8_t *alias);
void verify_log(struct sbk_station *station);
void check_told(struct sbk_station *station, size_t count);
void check_listed(struct sbk_station *station);
void settle_and_count(struct sbk_station *station, struct sbk_station *other);
uint32_t spent_of_card(void);
void recover(unsigned which, const char *words, size_t told, unsigned how);

#endif
