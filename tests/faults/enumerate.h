/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FAULTS_ENUMERATE_H
#define SBK_TESTS_FAULTS_ENUMERATE_H

#include "tests/faults/logical.h"
#include "tests/faults/rig.h"

struct trial;

/* One command that changes the card, in one state. */
struct scenario {
    const char *name;
    void (*prepare)(struct rig *rig);     /* the card before, and what the city says next */
    uint16_t (*open)(struct rig *rig);    /* the session; also after a cut */
    uint16_t (*command)(struct rig *rig); /* also the repeat: the same bytes again in another session */
    uint16_t status;                      /* what it answers without a cut */
    uint16_t repeated;                    /* what the repeat answers once the card is in the state after; 0: the same */
    uint8_t falls;                        /* bits 1 << LOGICAL_...: tries that the command lowers before it judges */
    bool entry;                           /* the answer is an entry: every repeat gives the very same bytes */
    bool fresh_pins;                      /* salts are drawn anew by a repeat */
    uint16_t fresh_pair;                  /* offset of a key pair that is, 0: none */
    bool drops_cache;                     /* in its own transaction */
    const char *pins[2];                  /* holder's and alternate's after the command, if not those of rig_active */
    /* What each distinct image goes through instead of the repeat; after: the card is in the state after. */
    void (*next)(struct trial *trial, const struct rig *torn, bool after);
};

struct tally {
    unsigned long points;
    unsigned long undone;
    unsigned long done;
    unsigned long images;
    unsigned long repeats;
};

/* scenarios_bureau.c and scenarios.c */
extern const struct scenario bureau_scenarios[];
extern const size_t bureau_scenario_count;
extern const struct scenario terminal_scenarios[];
extern const size_t terminal_scenario_count;

/* Cuts at every write with every outcome, and again at every write of the recovery; fails the test at the first fault. */
void enumerate(const struct scenario *scenario, struct tally *tally);

/*
 * The same parts for the random run: a scenario made ready, and the verdict on a card after its last recovery. A card that
 * is not NULL in from is the one to begin with.
 */
struct trial {
    const struct scenario *scenario;
    struct rig start;
    struct logical before, after;
    uint8_t reply[SBK_ENTRY_RESPONSE];
    uint32_t writes;
    char place[160]; /* where the cuts were, for the complaint */
};
void trial_make(struct trial *trial, const struct scenario *scenario);
/* Runs the command on a copy with a cut planned. */
void trial_cut(const struct trial *trial, struct rig *torn, uint32_t cut_at, enum tear outcome);
/* Powered on again: before or after, stable, sound. True: after. */
bool trial_judge(struct trial *trial, struct rig *torn);
bool logical_same_core(const struct logical *a, const struct logical *b); /* all but tries and the trust cache */
/* The repeat in a new session. */
void trial_repeat(struct trial *trial, const struct rig *torn, bool after);

/* Prints each distinct image and the story that leads to it; see test_images.py. */
extern bool enumerate_print_images;
/* The words of such a test program: --images, and the name of the only scenario wanted, which is returned (NULL: all). */
const char *enumerate_words(int argc, char **argv);

/* The order of things about the PIN: rig_watch makes a rig report, and what was seen of its last command. */
void watch_rig(struct rig *rig);
void watch_stop(void);
struct watch {
    bool pin_used;        /* the PIN was hashed */
    bool fault;           /* ... before the lowered counter was durable and read back */
    bool read_back;       /* the tries page was read since it was written */
    uint8_t tries[2];     /* when the command began */
    uint64_t until_lower; /* every write's place and bytes, until a lowered counter was durable */
    bool lowered;
    unsigned writes;
};
extern struct watch watch;

#endif
