/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card lives through random commands with random cuts: each command is torn several times from one start, up to two
 * (or CUTS) cuts in a row, with any outcome; the last card of them is the next command's start, so that what one tear leaves
 * in dead pages meets the next.
 *
 *     test-faults-tears-random [TEARS [SEED [STEP [CUTS]]]]
 *
 * Without a seed the clock gives one. A failure prints seed and step; with both, only what leads to that step is run and
 * the step is told (0: none). A replay needs the same CUTS.
 */
#include "tests/faults/enumerate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "applet/host/crypto.h"

#define TEARS_A_START 24

static unsigned long wanted = 20000;
static uint64_t seed;
static unsigned long only_step;
static unsigned long cuts_in_a_row = 2; /* what promise 3 asks: one, and one in the recovery */
static uint64_t state;

static uint32_t draw(uint32_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 33) % below);
}

/* ---- the life of one card ---- */

static struct rig card;
static uint32_t mandate_number, stopped, epoch, identity_number;
static struct ask asks[4];
static size_t ask_count;
static uint32_t voided;
static bool blank_pin;
static uint16_t old_until;

static void from_card(struct rig *rig) {
    rig_copy(rig, &card);
}

static uint16_t at_terminal(struct rig *rig) {
    return rig_station(rig, rig->clerk.who);
}

static uint16_t do_debit(struct rig *rig) {
    return rig_debit(rig, asks, ask_count, SBK_WHO_HOLDER, RIG_HOLDER);
}

static uint16_t do_wrong(struct rig *rig) {
    return rig_debit(rig, asks, ask_count, SBK_WHO_ALTERNATE, "00000000");
}

static uint16_t do_right_alternate(struct rig *rig) {
    return rig_debit(rig, asks, ask_count, SBK_WHO_ALTERNATE, RIG_ALTERNATE);
}

static uint16_t do_void(struct rig *rig) {
    return rig_void(rig, voided);
}

static uint16_t do_stop(struct rig *rig) {
    return rig_notice(rig, SBK_NOTICE_STOP, stopped);
}

static uint16_t do_reset(struct rig *rig) {
    return rig_notice(rig, SBK_NOTICE_PIN_RESET, epoch);
}

static uint16_t do_link(struct rig *rig) {
    return rig_link(rig, (uint8_t)(issuer_generation(SBK_ROLE_ROOT) + 1), old_until);
}

static uint16_t do_set_pins(struct rig *rig) {
    return rig_set_pin(rig, RIG_HOLDER, blank_pin ? "" : RIG_ALTERNATE);
}

static uint32_t counter_now(void) {
    static struct logical now;

    logical_read(&card.f.memory, &now);
    return logical_counter(&now);
}

/* The clerk as one who has read the card: next counter, hash of the last entry, an unused number. */
static void informed_clerk(enum terminal who) {
    card.clerk.who = who;
    card.clerk.counter = counter_now() + 1;
    memcpy(card.clerk.previous, card.f.memory.image + 0x0820, SBK_HASH_SIZE);
    card.clerk.transaction += 100;
}

static void new_life(void) {
    rig_active(&card);
    story_pause(true);
    mandate_number = 1;
    stopped = epoch = 0;
    identity_number = 1;
}

/* Small amounts of one to four purses, so that a life lasts. */
static void draw_debit(void) {
    static const uint8_t slots[3] = {0, 1, 2};
    uint32_t first = draw(3);

    ask_count = 1 + draw(3);
    for (size_t i = 0; i < ask_count; i++)
        asks[i] = (struct ask){slots[(first + i) % 3], 1 + draw(3)};
}

/* Chooses what comes next; each kind of command is a scenario whose card is the one that lives. */
static void next_scenario(struct scenario *next) {
    uint32_t kind = draw(21);
    enum terminal who = draw(4) ? STORE_LATE : (enum terminal)(STORE_LATE + draw(3));

    *next = (struct scenario){.prepare = from_card, .open = at_terminal, .status = SBK_SW_OK};
    draw_debit();
    if (kind < 9) {
        next->name = "debit";
        next->command = do_debit;
        next->falls = 1 << LOGICAL_HOLDER;
        next->entry = true;
    } else if (kind < 11) {
        next->name = "void";
        next->command = do_void;
        next->entry = true;
    } else if (kind < 13) {
        next->name = "mandate";
        issuer_mandate()->number = ++mandate_number;
        issuer_mandate()->flags = SBK_MANDATE_PIN | SBK_MANDATE_ALTERNATE;
        next->command = rig_mandate;
        next->entry = true;
    } else if (kind < 14) {
        next->name = "reset";
        epoch++;
        next->command = do_reset;
        next->repeated = SBK_SW_OLD_NUMBER;
    } else if (kind < 15) {
        next->name = "identity";
        issuer_identity()->number = (uint16_t)++identity_number;
        issuer_alternate(draw(2) ? "WATI" : "BUDI SANTOSO YANG LAIN");
        next->command = rig_identity;
        next->repeated = SBK_SW_OLD_NUMBER;
    } else if (kind < 17) {
        next->name = "set pins";
        next->command = do_set_pins;
        next->fresh_pins = true;
        next->repeated = SBK_SW_NOTHING_PENDING;
        who = REGISTRAR;
    } else if (kind < 18) {
        next->name = "stop";
        stopped = mandate_number;
        next->command = do_stop;
        next->repeated = SBK_SW_OLD_NUMBER;
    } else if (kind < 19) {
        next->name = "wrong PIN";
        next->command = do_wrong;
        next->falls = 1 << LOGICAL_ALTERNATE;
    } else if (kind < 20 && issuer_generation(SBK_ROLE_ROOT) + 2 <= ISSUER_ROOTS) {
        next->name = "root link";
        next->open = rig_no_session;
        old_until = draw(2) ? issuer_day(2027, 3, 31) : 0;
        next->command = do_link;
        next->repeated = SBK_SW_OLD_NUMBER;
        next->drops_cache = true;
    } else {
        next->name = "alternate's debit";
        next->command = do_right_alternate;
        next->falls = 1 << LOGICAL_ALTERNATE;
        next->entry = true;
    }
    informed_clerk(who);
    voided = counter_now();
}

/*
 * What the card says without a cut, and whether it changes it: a command that the state refuses (a PIN that is cleared, a
 * stopped card) teaches nothing about tears.
 */
static bool does_something(struct scenario *next) {
    static struct rig dry;
    static struct logical before, after;

    rig_copy(&dry, &card);
    rig_power_on(&dry, 0, TEAR_DONE);
    logical_read(&dry.f.memory, &before);
    if (next->open(&dry) != SBK_SW_OK)
        return false;
    next->status = next->command(&dry);
    logical_read(&dry.f.memory, &after);
    return memcmp(&before, &after, sizeof(before)) != 0;
}

/* ---- tearing ---- */

static void say_step(unsigned long step, char *text, size_t room) {
    snprintf(text, room, "seed %" PRIu64 " step %lu", seed, step);
}

/* At least one cut. How many there were. */
static unsigned long tear(struct trial *trial, struct rig *torn, unsigned long step) {
    uint32_t at = 1 + draw(trial->writes);
    enum tear outcome = (enum tear)draw(TEAR_OUTCOMES);
    unsigned long cuts = 1;
    size_t used;

    say_step(step, trial->place, sizeof(trial->place));
    used = strlen(trial->place);
    snprintf(
        trial->place + used, sizeof(trial->place) - used, ", write %u of %u, outcome %d", at, trial->writes, outcome);
    trial_cut(trial, torn, at, outcome);
    while (cuts < cuts_in_a_row && draw(3) != 0) {
        at = 1 + draw(14);
        outcome = (enum tear)draw(TEAR_OUTCOMES);
        used = strlen(trial->place);
        snprintf(trial->place + used, sizeof(trial->place) - used, "; %u, %d", at, outcome);
        if (rig_power_on(torn, at, outcome))
            break;
        cuts++;
    }
    return cuts;
}

static unsigned long tears_done;

/* Tears one command many times; the last card lives on. */
static void tear_command(struct scenario *next, unsigned long *step) {
    static struct trial trial;
    static struct rig torn;
    bool after = false;

    trial_make(&trial, next);
    for (int i = 0; i < TEARS_A_START; i++) {
        (*step)++;
        tears_done += tear(&trial, &torn, *step);
        after = trial_judge(&trial, &torn);
        if (only_step != 0 && *step == only_step)
            print_message("# %s: %s: %s\n", next->name, trial.place, after ? "after" : "before");
        if (only_step != 0 && *step >= only_step)
            return;
    }
    trial_repeat(&trial, &torn, after);
    rig_copy(&card, &torn);
    /* The city certifies under the root that the card has come to. */
    issuer_rotate(SBK_ROLE_ROOT, card.f.memory.image[SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_GENERATION]);
}

static void random_tears(void **unused) {
    struct scenario next;
    unsigned long step = 0;
    uint32_t age = 0;

    (void)unused;
    state = seed * 2654435761u + 1;
    new_life();
    while (tears_done < wanted && (only_step == 0 || step < only_step)) {
        if (++age > 60) {
            new_life();
            age = 0;
        }
        next_scenario(&next);
        if (does_something(&next))
            tear_command(&next, &step);
    }
    print_message("# %lu tears in %lu trials, seed %" PRIu64 "\n", tears_done, step, seed);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_tears)};

    if (argc > 1)
        wanted = strtoul(argv[1], NULL, 10);
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
    if (argc > 3)
        only_step = strtoul(argv[3], NULL, 10);
    if (argc > 4)
        cuts_in_a_row = strtoul(argv[4], NULL, 10);
    return cmocka_run_group_tests_name("random tears", tests, NULL, NULL);
}
