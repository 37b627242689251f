/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/enumerate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applet/entitlement/image.h"

#define SEEN_PLACES 65536 /* a power of two */

/* Six ways in which a cut leaves a page; weak pages come in four kinds, of which a second cut takes one in turn. */
static const enum tear outcomes[] = {TEAR_NOT_STARTED, TEAR_PARTLY_ERASED, TEAR_ERASED, TEAR_PARTLY_PROGRAMMED,
    TEAR_DONE, TEAR_WEAK_BITS, TEAR_WEAK_READS, TEAR_WEAK_NEW_FIRST, TEAR_WEAK_OLD_FIRST};
#define OUTCOMES (sizeof(outcomes) / sizeof(outcomes[0]))
#define OUTCOMES_AGAIN 6

bool enumerate_print_images;
static const char *complaining;

void rig_complain(const char *format, ...) {
    va_list list;
    char text[512];

    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    print_message("# %s: %s\n", complaining ? complaining : "?", text);
    fail();
    abort();
}

/* ---- comparing ---- */

static bool same_part(const struct logical *a, const struct logical *b, uint32_t from, uint32_t until) {
    return memcmp(a->image + from, b->image + from, until - from) == 0;
}

/* Tries and the trust cache move in transactions of their own. */
bool logical_same_core(const struct logical *a, const struct logical *b) {
    const uint32_t tries = SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_TRIES;

    return same_part(a, b, 0, tries) && same_part(a, b, tries + 1, LOGICAL_CACHE) &&
           same_part(a, b, LOGICAL_CACHE + LOGICAL_CACHE_SIZE, SBK_AREA_TRIES) &&
           same_part(a, b, SBK_AREA_TRIES + 2, SBK_IMAGE_SIZE);
}

static bool same_cache(const struct logical *a, const struct logical *b) {
    return same_part(a, b, LOGICAL_CACHE, LOGICAL_CACHE + LOGICAL_CACHE_SIZE);
}

static uint32_t first_difference(const struct logical *a, const struct logical *b) {
    uint32_t at = 0;

    while (at < SBK_IMAGE_SIZE && a->image[at] == b->image[at])
        at++;
    return at;
}

static void judge_tries(struct trial *trial, struct logical *now, bool before, bool after) {
    for (int which = 0; which < LOGICAL_TRIES; which++) {
        uint8_t is = *logical_tries(now, which);
        uint8_t was = *logical_tries(&trial->before, which);
        bool falls = (trial->scenario->falls >> which & 1) != 0;

        if (after && is == *logical_tries(&trial->after, which))
            continue;
        if (before && falls && is + 1 == was)
            continue;
        if (before && is == was && !(falls && watch.pin_used))
            continue;
        rig_complain("%s: tries %d are %u, were %u", trial->place, which, is, was);
    }
}

static bool judge_logical(struct trial *trial, struct logical *now) {
    bool before = logical_same_core(now, &trial->before);
    bool after = logical_same_core(now, &trial->after);

    if (now->weak)
        rig_complain("%s: a page that counts is weak", trial->place);
    if (!before && !after) {
        const char *fault = logical_fault(now, NULL);

        rig_complain("%s: neither before (differs at %04X) nor after (%04X): %s", trial->place,
            first_difference(now, &trial->before), first_difference(now, &trial->after), fault ? fault : "sound");
    }
    judge_tries(trial, now, before, after);
    if (!(after && same_cache(now, &trial->after)) &&
        (!same_cache(now, &trial->before) || (after && !before && trial->scenario->drops_cache)))
        rig_complain("%s: the trust cache is neither the old nor the new one", trial->place);
    /* A command that moves only tries is done when they are where it leaves them. */
    for (int which = 0; which < LOGICAL_TRIES && before && after; which++)
        after = *logical_tries(now, which) == *logical_tries(&trial->after, which);
    return after;
}

bool trial_judge(struct trial *trial, struct rig *torn) {
    static struct logical now, later;
    bool after;

    complaining = trial->scenario->name;
    if (!rig_power_on(torn, 0, TEAR_DONE) || torn->f.card.dead || torn->f.card.memory.broken)
        rig_complain("%s: the card does not recover", trial->place);
    logical_read(&torn->f.memory, &now);
    after = judge_logical(trial, &now);
    for (int i = 0; i < 3; i++) {
        rig_power_on(torn, 0, TEAR_DONE);
        logical_read(&torn->f.memory, &later);
        if (memcmp(&later, &now, sizeof(now)) != 0)
            rig_complain("%s: at a later power-on %04X reads otherwise", trial->place, first_difference(&now, &later));
    }
    return after;
}

/* ---- repeating ---- */

/* What a repeat draws anew is taken out of both. */
static void loosen(const struct scenario *scenario, struct logical *logical) {
    if (scenario->fresh_pins)
        for (uint32_t person = 0; person < 2; person++)
            memset(logical->image + SBK_AREA_PINS + person * SBK_PAGE_SIZE + SBK_PIN_SALT, 0,
                SBK_PAGE_SIZE - SBK_PIN_SALT);
    if (scenario->fresh_pair)
        memset(logical->image + scenario->fresh_pair + 1, 0, 2 * SBK_PAGE_SIZE - 1);
}

static const char *const *pins_after(const struct scenario *scenario) {
    static const char *const usual[2] = {RIG_HOLDER, RIG_ALTERNATE};

    return scenario->pins[0] || scenario->pins[1] ? scenario->pins : usual;
}

static uint16_t expected_repeat(const struct trial *trial, struct logical *now, bool after) {
    const struct scenario *scenario = trial->scenario;

    for (int which = 0; which < LOGICAL_TRIES; which++) {
        uint8_t left = *logical_tries(now, which);

        if (!(scenario->falls >> which & 1) || (after && !logical_same_core(&trial->before, &trial->after)))
            continue;
        if (left == 0)
            return SBK_SW_BLOCKED;
        if ((scenario->status & 0xFFF0) == SBK_SW_PIN_WRONG)
            return (uint16_t)(SBK_SW_PIN_WRONG | (left - 1));
    }
    return after && scenario->repeated ? scenario->repeated : scenario->status;
}

void trial_repeat(struct trial *trial, const struct rig *torn, bool after) {
    static struct rig again;
    static struct logical now, wanted;
    const struct scenario *scenario = trial->scenario;
    uint16_t expected;
    uint16_t status;
    const char *fault;

    complaining = scenario->name;
    rig_copy(&again, torn);
    again.clerk = trial->start.clerk;
    logical_read(&again.f.memory, &now);
    expected = expected_repeat(trial, &now, after);
    status = scenario->open(&again);
    if (status == SBK_SW_OK)
        status = scenario->command(&again);
    if (status != expected)
        rig_complain("%s: the repeat answers %04X, not %04X", trial->place, status, expected);
    if (scenario->entry && status == SBK_SW_OK && memcmp(again.f.reply, trial->reply, sizeof(trial->reply)) != 0)
        rig_complain("%s: the repeat gives another receipt", trial->place);
    rig_power_on(&again, 0, TEAR_DONE);
    logical_read(&again.f.memory, &now);
    fault = logical_fault(&now, pins_after(scenario));
    if (fault)
        rig_complain("%s: after the repeat %s", trial->place, fault);
    if (status == SBK_SW_BLOCKED || scenario->status != SBK_SW_OK)
        return;
    wanted = trial->after;
    loosen(scenario, &wanted);
    loosen(scenario, &now);
    if (!logical_same_core(&now, &wanted))
        rig_complain("%s: after the repeat %04X differs", trial->place, first_difference(&now, &wanted));
}

/* ---- images ---- */

static uint64_t seen[SEEN_PLACES];
static size_t seen_used;

static uint64_t mix(uint64_t hash, const uint8_t *bytes, size_t size) {
    uint64_t word;

    for (; size >= sizeof(word); size -= sizeof(word), bytes += sizeof(word)) {
        memcpy(&word, bytes, sizeof(word));
        hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
    }
    return hash;
}

static bool is_new_image(const struct tearing *memory) {
    uint64_t hash = mix(1, memory->image, SBK_IMAGE_SIZE);
    size_t at;

    hash = mix(hash, memory->weak, SBK_IMAGE_PAGES);
    for (size_t page = 0; page < SBK_IMAGE_PAGES; page++)
        if (memory->weak[page])
            hash = mix(hash, memory->old[page], SBK_PAGE_SIZE);
    hash |= 1;
    for (at = (hash >> 13) % SEEN_PLACES; seen[at] != 0; at = (at + 1) % SEEN_PLACES)
        if (seen[at] == hash)
            return false;
    assert_true(++seen_used < SEEN_PLACES);
    seen[at] = hash;
    return true;
}

static void print_hex(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        printf("%02X", bytes[i]);
}

/* BEFORE or AFTER, and the pages that differ from the card before: PAGE=BYTES. */
static void print_image(const struct trial *trial, const struct tearing *memory, bool after) {
    printf(after ? "AFTER" : "BEFORE");
    for (uint32_t page = 0; page < SBK_IMAGE_PAGES; page++) {
        const uint8_t *bytes = memory->image + page * SBK_PAGE_SIZE;

        if (memcmp(bytes, trial->start.f.memory.image + page * SBK_PAGE_SIZE, SBK_PAGE_SIZE) == 0)
            continue;
        printf(" %u=", page);
        print_hex(bytes, SBK_PAGE_SIZE);
    }
    printf("\n");
}

static void print_scenario(const struct trial *trial) {
    printf("SCENARIO %s\n%sIMAGE ", trial->scenario->name, story_text());
    print_hex(trial->start.f.memory.image, SBK_IMAGE_SIZE);
    printf("\n");
}

/* ---- one scenario ---- */

void trial_make(struct trial *trial, const struct scenario *scenario) {
    static struct rig done;
    uint16_t status;
    const char *fault;

    complaining = scenario->name;
    trial->scenario = scenario;
    scenario->prepare(&trial->start);
    status = scenario->open(&trial->start);
    if (status != SBK_SW_OK)
        rig_complain("the session is refused: %04X", status);
    logical_read(&trial->start.f.memory, &trial->before);
    fault = logical_fault(&trial->before, NULL);
    if (fault)
        rig_complain("before: %s", fault);
    watch_rig(&trial->start);
    rig_copy(&done, &trial->start);
    watch_rig(&done);
    tearing_power_on(&done.f.memory, 0, TEAR_DONE);
    status = scenario->command(&done);
    watch_stop();
    story_pause(true);
    if (status != scenario->status)
        rig_complain("the command answers %04X, not %04X", status, scenario->status);
    if (watch.fault)
        rig_complain("the PIN is looked at before the lowered counter is durable and read back");
    if ((scenario->falls & 3) != 0 && !watch.pin_used)
        rig_complain("the PIN was never looked at");
    trial->writes = done.f.memory.writes;
    memset(trial->reply, 0, sizeof(trial->reply));
    if (scenario->entry && status == SBK_SW_OK)
        memcpy(trial->reply, done.f.reply, sizeof(trial->reply));
    rig_power_on(&done, 0, TEAR_DONE);
    logical_read(&done.f.memory, &trial->after);
    fault = logical_fault(&trial->after, pins_after(scenario));
    if (fault)
        rig_complain("after: %s", fault);
    if (memcmp(&trial->before, &trial->after, sizeof(trial->before)) == 0)
        rig_complain("the command changes nothing");
}

void trial_cut(const struct trial *trial, struct rig *torn, uint32_t cut_at, enum tear outcome) {
    uint16_t status;

    rig_copy(torn, &trial->start);
    watch_rig(torn);
    tearing_power_on(&torn->f.memory, cut_at, outcome);
    status = trial->scenario->command(torn);
    watch_stop();
    if (!torn->f.memory.cut)
        rig_complain("%s: the cut did not happen", trial->place);
    if (watch.fault)
        rig_complain("%s: the PIN is looked at too early", trial->place);
    /* A dying card says nothing of what it found; only the cache's cut comes after the answer. */
    if (status != SBK_SW_MEMORY && status != trial->scenario->status)
        rig_complain("%s: the cut command answers %04X", trial->place, status);
    if (status != SBK_SW_MEMORY && (trial->scenario->falls & 3) != 0 && !watch.lowered)
        rig_complain("%s: an answer about the PIN before its counter fell", trial->place);
}

static void judge_point(struct trial *trial, struct rig *torn, struct tally *tally) {
    bool after = trial_judge(trial, torn);

    tally->points++;
    tally->done += after;
    tally->undone += !after;
    if (!is_new_image(&torn->f.memory))
        return;
    tally->images++;
    if (enumerate_print_images)
        print_image(trial, &torn->f.memory, after);
    if (trial->scenario->next)
        trial->scenario->next(trial, torn, after);
    else
        trial_repeat(trial, torn, after);
}

static void cut_again(
    struct trial *trial, const struct rig *torn, uint32_t first, size_t outcome, struct tally *tally) {
    static struct rig twice;

    for (uint32_t second = 1;; second++)
        for (size_t again = 0; again < OUTCOMES_AGAIN; again++) {
            size_t kind = again < 5 ? again : 5 + (second + first) % 4;

            rig_copy(&twice, torn);
            if (rig_power_on(&twice, second, outcomes[kind]))
                return; /* the recovery ended before the second cut */
            snprintf(trial->place, sizeof(trial->place),
                "write %u of %u, outcome %d; write %u of the recovery, outcome %d", first, trial->writes,
                outcomes[outcome], second, outcomes[kind]);
            judge_point(trial, &twice, tally);
        }
}

void enumerate(const struct scenario *scenario, struct tally *tally) {
    static struct trial trial;
    static struct rig torn, once;

    memset(seen, 0, sizeof(seen));
    seen_used = 0;
    trial_make(&trial, scenario);
    if (enumerate_print_images)
        print_scenario(&trial);
    for (uint32_t first = 1; first <= trial.writes; first++)
        for (size_t outcome = 0; outcome < OUTCOMES; outcome++) {
            snprintf(
                trial.place, sizeof(trial.place), "write %u of %u, outcome %d", first, trial.writes, outcomes[outcome]);
            trial_cut(&trial, &torn, first, outcomes[outcome]);
            rig_copy(&once, &torn);
            judge_point(&trial, &once, tally);
            cut_again(&trial, &torn, first, outcome, tally);
        }
}

const char *enumerate_words(int argc, char **argv) {
    const char *only = NULL;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--images") == 0)
            enumerate_print_images = true;
        else
            only = argv[i];
    }
    return only;
}
