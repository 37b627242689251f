/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FAULTS_DRILLS_H
#define SBK_TESTS_FAULTS_DRILLS_H

#include "tests/faults/enumerate.h"

/*
 * A drill rotates a key of the city while a card is in somebody's hands, and taps the card at a station that has the news:
 * root links first, then the channel, READ STATUS, deliveries, a debit. The city's root is of generation DRILL_ROOT then; the
 * card was last seen, and had spent, under a root that is 0 to 3 generations older.
 */
#define DRILL_ROOT 4
#define DRILL_BEHIND_MAX 3

/* One command of the tap. In a second tap it is sent again, whether the card has done it or not. */
struct step {
    const char *name;
    uint16_t (*run)(struct rig *rig);
    uint16_t repeated;   /* what it answers where it is done; 0: the same */
    uint8_t falls;       /* as in struct scenario */
    bool entry;          /* as in struct scenario */
    bool drops_cache;    /* as in struct scenario */
    bool writes_nothing; /* and is not torn */
    bool leaves_all;     /* as it was: not torn either */
    uint16_t fresh_pair; /* as in struct scenario */
};

struct drill {
    const char *name;
    void (*make)(struct rig *rig, uint8_t root); /* the card before, made under that root; NULL: a family's, in use */
    const struct step *steps;                    /* after the links */
    size_t count;
    bool compromised; /* the root before DRILL_ROOT counts no more, once the card knows */
    bool blank;       /* encoded in the drill: no links, and a card that is encoded again has other keys */
    void (*end)(struct rig *rig, uint8_t root); /* asked of the card after the whole tap, and after every second one */
};

extern const struct drill drills[];
extern const size_t drill_count;

/* The last day on which the root before that generation counts; 0: none. */
uint16_t drill_old_until(const struct drill *drill, uint8_t generation);

/* The whole drill; fails the test at the first fault. */
void drill_run(const struct drill *drill, uint8_t behind, struct tally *tally);

#endif
