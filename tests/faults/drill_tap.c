/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/drills.h"

#include <stdio.h>
#include <string.h>

#include "schema/apdu.h"

/*
 * A drill's tap, torn at every page write of every command of it, and again at every page write of the recovery. Each distinct
 * card that is left over must be whole under one root, refuse whoever has stolen it, know what the root before is
 * good for, and come to the same end in its next tap.
 */
#define STEPS_MAX (DRILL_BEHIND_MAX + 14)

/* The untorn tap: before each command, and after the last. */
struct moment {
    struct rig rig;
    struct logical logical;
    size_t story; /* its size until then */
    uint8_t reply[SBK_ENTRY_RESPONSE];
};

static struct moment moments[STEPS_MAX + 1];
static char whole_story[STORY_MAX];
static struct step steps[STEPS_MAX];
static size_t step_count, link_count, current;
static const struct drill *drill;
static uint8_t first_root; /* the card's before the tap */

uint16_t drill_old_until(const struct drill *of, uint8_t generation) {
    return of->compromised && generation == DRILL_ROOT ? 0 : issuer_day(2027, 3, 31);
}

/* ---- root links ---- */

/* As a station does: what the card has it is not told again. */
static uint16_t link_to(struct rig *rig, uint8_t generation) {
    return rig_select(rig).root >= generation ? SBK_SW_OK
                                              : rig_link(rig, generation, drill_old_until(drill, generation));
}

static uint16_t link_to_2(struct rig *rig) {
    return link_to(rig, 2);
}

static uint16_t link_to_3(struct rig *rig) {
    return link_to(rig, 3);
}

static uint16_t link_to_4(struct rig *rig) {
    return link_to(rig, 4);
}

static const struct step links[DRILL_BEHIND_MAX] = {
    {.name = "link to 2", .run = link_to_2, .drops_cache = true},
    {.name = "link to 3", .run = link_to_3, .drops_cache = true},
    {.name = "link to 4", .run = link_to_4, .drops_cache = true},
};

/* ---- what the torn card must refuse and allow ---- */

static uint8_t root_of(const struct rig *rig) {
    return rig->f.memory.image[SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_GENERATION];
}

static uint16_t forged(struct rig *rig, uint8_t generation, uint8_t brings, uint8_t signer) {
    uint8_t link[SBK_LINK_SIZE];
    uint8_t body[SBK_LINK_SIZE];

    make_link(link, generation, signer, signer, 0); /* whole, by the thief alone */
    if (brings != signer) {
        uint8_t hash[SBK_HASH_SIZE];
        uint8_t scalar[32];

        make_link(body, generation, brings, signer, 0);
        sbk_sha256(body, SBK_LINK_SIZE - SBK_SIGNATURE_SIZE, hash);
        scalar_of(signer, scalar);
        assert_true(sbk_port_p256_sign(scalar, hash, body + SBK_LINK_SIZE - SBK_SIGNATURE_SIZE));
        memcpy(link, body, sizeof(link));
    }
    return send_clear(&rig->f, "802E0000", link, sizeof(link));
}

/* Whoever has the current root, or one before it, moves nothing. */
static void steal_root(const struct trial *trial, struct rig *rig) {
    static struct logical before, later;
    const uint8_t root = root_of(rig);
    const uint8_t next = issuer_root_number((uint8_t)(root + 1));

    logical_read(&rig->f.memory, &before);
    assert_int_equal(rig_no_session(rig), SBK_SW_OK);
    for (uint8_t thief = root; thief >= 1; thief--) {
        const uint8_t number = issuer_root_number(thief);

        if (forged(rig, (uint8_t)(root + 1), number, number) != SBK_SW_SIGNATURE ||
            forged(rig, (uint8_t)(root + 1), next, number) != SBK_SW_SIGNATURE ||
            forged(rig, (uint8_t)(root + 2), number, number) != SBK_SW_REFERENCE ||
            (root > 1 && forged(rig, root, number, number) != SBK_SW_OLD_NUMBER))
            rig_complain("%s: a link by root %u is not refused as it should be", trial->place, thief);
    }
    logical_read(&rig->f.memory, &later);
    if (memcmp(&before, &later, sizeof(before)) != 0)
        rig_complain("%s: a stolen root moved the card", trial->place);
}

/* A store's certificate of that day, its CA certified by that root: is it taken? */
static bool counts(struct rig *rig, uint8_t root, uint16_t from) {
    uint8_t ca[SBK_CERTIFICATE_MAX];
    const size_t size = issue_station_ca(root, 1, ca);
    const struct shown *shown = issuer_terminal(STORE_DATED);

    issuer_dated(1, from, (uint16_t)(from + 20));
    (void)rig_select(rig);
    return show_ca(&rig->f, root, ca, size) == SBK_SW_OK &&
           show_leaf(&rig->f, SBK_KID_ROOT, root, shown->leaf, shown->size) == SBK_SW_OK;
}

/* What the current root certified counts, what the one before did until its day, and nothing else. */
static void judge_roots(const struct trial *trial, struct rig *rig) {
    const uint8_t now = root_of(rig);
    const uint16_t until = issuer_day(2027, 3, 31);

    for (uint8_t root = 1; root <= DRILL_ROOT + 1; root++) {
        bool previous = root + 1 == now && now > first_root && drill_old_until(drill, now) != 0;

        if (counts(rig, root, until) != (root == now || previous) ||
            counts(rig, root, (uint16_t)(until + 1)) != (root == now))
            rig_complain("%s: under root %u, root %u does not count as it should", trial->place, now, root);
    }
}

/* ---- the next tap ---- */

static uint16_t run_again(struct rig *rig, size_t step, bool done, const struct trial *trial) {
    const uint16_t expected = done && steps[step].repeated ? steps[step].repeated : SBK_SW_OK;
    uint16_t status;

    rig->clerk = moments[step].rig.clerk;
    status = steps[step].run(rig);
    if (status != expected)
        rig_complain("%s: in the next tap %s answers %04X, not %04X", trial->place, steps[step].name, status, expected);
    if (steps[step].entry && memcmp(rig->f.reply, moments[step + 1].reply, SBK_ENTRY_RESPONSE) != 0)
        rig_complain("%s: in the next tap %s gives another entry", trial->place, steps[step].name);
    return status;
}

static void judge_end(const struct trial *trial, struct rig *rig) {
    static struct logical now;
    const char *fault;

    assert_true(rig_power_on(rig, 0, TEAR_DONE));
    logical_read(&rig->f.memory, &now);
    fault = logical_fault(&now, (const char *const[2]){RIG_HOLDER, RIG_ALTERNATE});
    if (fault)
        rig_complain("%s: after the next tap %s", trial->place, fault);
    if (!drill->blank && !logical_same_core(&now, &moments[step_count].logical))
        rig_complain("%s: the next tap does not come to the same end", trial->place);
    if (root_of(rig) != (drill->blank ? first_root : DRILL_ROOT))
        rig_complain("%s: the next tap ends under root %u", trial->place, root_of(rig));
    if (drill->end)
        drill->end(rig, first_root);
}

static void tap_again(struct trial *trial, const struct rig *torn, bool after) {
    static struct rig rig;
    const bool closed = torn->f.memory.image[SBK_IMAGE_LIFE] == SBK_LIFE_SECURED;

    if (enumerate_print_images)
        return; /* another asks this card */
    rig_copy(&rig, torn);
    if (closed) {
        steal_root(trial, &rig);
        judge_roots(trial, &rig);
    }
    rig_copy(&rig, torn);
    for (size_t i = 0; i < step_count && !(drill->blank && closed); i++)
        run_again(&rig, i, !drill->blank && (i < current || (i == current && after)), trial);
    judge_end(trial, &rig);
    issuer_rotate(SBK_ROLE_ROOT, drill->blank ? first_root : DRILL_ROOT);
}

/* ---- the tap ---- */

static void family_card(struct rig *rig, uint8_t root) {
    rig_blank(rig);
    issuer_rotate(SBK_ROLE_ROOT, root);
    rig_encode(rig);
    rig_activate_encoded(rig);
    assert_int_equal(rig_station(rig, STORE), SBK_SW_OK);
    assert_int_equal(
        rig_debit(rig, (const struct ask[]){{0, 5000}, {1, 18000}}, 2, SBK_WHO_HOLDER, RIG_HOLDER), SBK_SW_OK);
    assert_int_equal(rig_debit(rig, (const struct ask[]){{0, 1}}, 1, SBK_WHO_HOLDER, "000000"), SBK_SW_PIN_WRONG | 4);
    issuer_rotate(SBK_ROLE_ROOT, DRILL_ROOT);
    assert_true(rig_power_on(rig, 0, TEAR_DONE));
}

/* Runs it once, untorn, and keeps every moment of it. */
static void run_tap(void) {
    for (size_t i = 0; i < step_count; i++) {
        struct moment *now = &moments[i], *next = &moments[i + 1];
        uint16_t status;

        rig_copy(&next->rig, &now->rig);
        logical_read(&now->rig.f.memory, &now->logical);
        now->story = story_size();
        status = steps[i].run(&next->rig);
        if (status != SBK_SW_OK)
            rig_complain("%s: %s answers %04X", drill->name, steps[i].name, status);
        memset(next->reply, 0, sizeof(next->reply));
        if (steps[i].entry)
            memcpy(next->reply, next->rig.f.reply, sizeof(next->reply));
        logical_read(&next->rig.f.memory, &next->logical);
        if (steps[i].writes_nothing && next->rig.f.card.memory.page_writes != now->rig.f.card.memory.page_writes)
            rig_complain("%s: %s writes", drill->name, steps[i].name);
    }
}

static void from_moment(struct rig *rig) {
    rig_copy(rig, &moments[current].rig);
    story_return(whole_story, moments[current].story);
    story_pause(false);
}

static uint16_t in_session(struct rig *rig) {
    (void)rig;
    return SBK_SW_OK;
}

static void tear_step(size_t at, struct tally *tally) {
    const struct step *step = &steps[at];
    const struct scenario scenario = {.name = step->name,
        .prepare = from_moment,
        .open = in_session,
        .command = step->run,
        .status = SBK_SW_OK,
        .falls = step->falls,
        .entry = step->entry,
        .drops_cache = step->drops_cache,
        .fresh_pair = step->fresh_pair,
        .next = tap_again};

    current = at;
    enumerate(&scenario, tally);
}

void drill_run(const struct drill *which, uint8_t behind, struct tally *tally) {
    static struct trial whole;

    drill = which;
    first_root = (uint8_t)(DRILL_ROOT - behind);
    link_count = drill->blank ? 0 : behind;
    step_count = link_count + drill->count;
    assert_true(step_count <= STEPS_MAX);
    memcpy(steps, links + DRILL_BEHIND_MAX - link_count, link_count * sizeof(links[0]));
    memcpy(steps + link_count, drill->steps, drill->count * sizeof(steps[0]));
    (drill->make ? drill->make : family_card)(&moments[0].rig, first_root);
    run_tap();
    memcpy(whole_story, story_text(), story_size());
    story_pause(true);
    rig_copy(&whole.start, &moments[step_count].rig);
    snprintf(whole.place, sizeof(whole.place), "untorn");
    judge_end(&whole, &whole.start);
    issuer_rotate(SBK_ROLE_ROOT, drill->blank ? first_root : DRILL_ROOT);
    for (size_t i = 0; i < step_count; i++)
        if (!steps[i].writes_nothing && !steps[i].leaves_all)
            tear_step(i, tally);
}
