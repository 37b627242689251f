/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/applet_checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applet/entitlement/image.h"
#include "schema/window.h"

#define RING_PLACES 17

void applet_must(bool good, const char *promise) {
    if (good)
        return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

static uint32_t get(const uint8_t *at, size_t size) {
    uint32_t value = 0;

    for (size_t i = 0; i < size; i++)
        value = value << 8 | at[i];
    return value;
}

static uint32_t head(const struct logical *logical, uint32_t field, size_t size) {
    return get(logical->image + SBK_AREA_HEAD + field, size);
}

static void read_mandate(const struct logical *logical, struct sbk_mandate *mandate) {
    const uint8_t *record = logical->image + SBK_AREA_MANDATE;

    memset(mandate, 0, sizeof(*mandate));
    if (logical->image[SBK_AREA_HEAD + SBK_HEAD_MANDATE] != 0)
        applet_must(sbk_mandate_parse(record, 27u + 17u * record[26] + 64u, mandate) == SBK_FORMAT_OK,
            "the mandate on the card is one");
}

void applet_before(struct rig *rig, struct applet_before *before) {
    logical_read(&rig->f.memory, &before->logical);
    read_mandate(&before->logical, &before->mandate);
}

static bool contains(const uint8_t *data, size_t size, const uint8_t *part, size_t part_size) {
    for (size_t i = 0; i + part_size <= size; i++)
        if (memcmp(data + i, part, part_size) == 0)
            return true;
    return false;
}

void applet_check_secrets(const struct rig *rig, const uint8_t *data, size_t size) {
    static const uint32_t pairs[] = {SBK_IMAGE_AGREEMENT, SBK_IMAGE_SIGNING};
    const uint8_t *image = rig->f.memory.image;

    for (size_t i = 0; i < 2; i++)
        applet_must(
            image[pairs[i]] == 0 || !contains(data, size, image + pairs[i] + SBK_IMAGE_PAIR_PRIVATE, SBK_HASH_SIZE),
            "private keys stay inside");
    for (size_t i = 0; i < 3; i++)
        applet_must(!contains(data, size, rig->f.keys + 16 * i, 16), "transport keys stay inside");
}

void applet_check_answer(const struct rig *rig, const uint8_t *answer, size_t size) {
    applet_must(size >= 2 && size <= SBK_RESPONSE_MAX, "an answer has 2 to 258 bytes");
    applet_must((answer[size - 2] & 0xF0) == 0x60 || (answer[size - 2] & 0xF0) == 0x90, "the status word is one");
    applet_must(answer[size - 2] == 0x90 || answer[size - 2] == 0x61 || size == 2, "errors carry no data");
    applet_check_secrets(rig, answer, size);
}

/* ---- one way ---- */

static void check_life(const struct logical *was, const struct logical *is) {
    const uint8_t *before = was->image + SBK_IMAGE_LIFE, *after = is->image + SBK_IMAGE_LIFE;
    uint8_t root = was->image[SBK_IMAGE_ROOTS], now = is->image[SBK_IMAGE_ROOTS];

    applet_must(after[0] >= before[0], "closing is for ever");
    if (before[0] != SBK_LIFE_SECURED)
        return;
    applet_must(now == root || now == root + 1, "roots go one step at a time");
    applet_must(memcmp(was->image + SBK_IMAGE_AGREEMENT, is->image + SBK_IMAGE_AGREEMENT, 128) == 0 &&
                    memcmp(was->image + SBK_IMAGE_SIGNING, is->image + SBK_IMAGE_SIGNING, 128) == 0 &&
                    memcmp(was->image + SBK_AREA_ALIAS, is->image + SBK_AREA_ALIAS, SBK_ALIAS_SIZE) == 0,
        "a closed card keeps its keys and its alias");
    applet_must(head(is, SBK_HEAD_STATE, 1) >= head(was, SBK_HEAD_STATE, 1), "the states go one way");
    applet_must(head(is, SBK_HEAD_STOPPED, 4) >= head(was, SBK_HEAD_STOPPED, 4) &&
                    head(is, SBK_HEAD_EPOCH, 4) >= head(was, SBK_HEAD_EPOCH, 4) &&
                    head(is, SBK_HEAD_DONE, 4) >= head(was, SBK_HEAD_DONE, 4) &&
                    head(is, SBK_HEAD_DONE, 4) <= head(is, SBK_HEAD_EPOCH, 4),
        "notices only take away");
}

/* The entry that the step made; NULL: none. */
static const struct sbk_entry *entry_of(const struct logical *was, const struct logical *is, struct sbk_entry *entry) {
    uint32_t before = logical_counter(was), after = logical_counter(is);
    bool first = head(was, SBK_HEAD_STATE, 1) == 0 && head(is, SBK_HEAD_STATE, 1) != 0;

    applet_must(after == before || after == before + 1, "the counter goes one step at a time");
    if (after == before && !first)
        return NULL;
    applet_must(
        sbk_entry_parse(is->image + SBK_AREA_RING + after % RING_PLACES * SBK_RING_STRIDE, entry) == SBK_FORMAT_OK &&
            entry->counter == after,
        "the counter stands for an entry");
    return entry;
}

/* ---- what is spent ---- */

struct spent {
    uint32_t grant, window, spent, credit;
};

static struct spent spent_of(const struct logical *logical, uint32_t slot) {
    const uint8_t *purse = logical->image + SBK_AREA_PURSES + slot * SBK_PURSE_STRIDE;

    return (struct spent){get(purse, 2), purse[2], get(purse + 3, 3), get(purse + 6, 3)};
}

static void check_risen(
    const struct logical *is, const struct sbk_mandate *mandate, uint32_t slot, const struct spent *now) {
    uint32_t floor = head(is, SBK_HEAD_FLOOR, 2);

    for (size_t i = 0; i < mandate->purse_count; i++) {
        const struct sbk_purse *purse = &mandate->purses[i];
        uint16_t first = 0, last = 0;

        if (purse->slot != slot)
            continue;
        sbk_window_days(purse, (uint8_t)now->window, &first, &last);
        applet_must(now->window < sbk_window_count(purse) && first <= floor, "no window opens early");
        applet_must(now->spent <= (purse->carry == SBK_CARRY_GRANT ? purse->amount * (now->window + 1) + now->credit
                                                                   : purse->amount),
            "nothing is spent that was not given");
        return;
    }
    applet_must(false, "what is spent comes from a purse");
}

static void check_spent(const struct logical *was, const struct logical *is, const struct sbk_mandate *mandate,
    const struct sbk_entry *entry) {
    for (uint32_t slot = 0; slot < SBK_PURSES_MAX; slot++) {
        const struct spent before = spent_of(was, slot), now = spent_of(is, slot);
        bool spent = false;

        if (memcmp(&before, &now, sizeof(now)) == 0)
            continue;
        applet_must(entry != NULL, "what is spent changes with an entry only");
        if (entry->kind == SBK_ENTRY_MANDATE)
            continue; /* the purses are those of the mandate, says logical_fault; moved ones keep what was spent */
        applet_must(now.grant == before.grant && now.credit == before.credit, "grants change with a mandate only");
        for (size_t i = 0; i < SBK_DEBITS_MAX && entry->debits[i].grant != 0; i++)
            spent = spent || (entry->debits[i].slot == slot && entry->debits[i].spent == now.spent);
        applet_must(spent, "the entry states what is spent");
        if (entry->kind == SBK_ENTRY_VOID)
            applet_must(now.spent < before.spent && now.window == before.window, "a void gives back");
        else
            check_risen(is, mandate, slot, &now);
    }
}

/* ---- the whole ---- */

static void check_tries(const struct logical *was, const struct logical *is, const struct sbk_entry *entry) {
    const uint8_t *before = was->image + SBK_AREA_TRIES, *after = is->image + SBK_AREA_TRIES;
    bool reset = head(is, SBK_HEAD_DONE, 4) > head(was, SBK_HEAD_DONE, 4);

    if (after[0] > before[0])
        applet_must(entry != NULL || reset, "tries come back with the right PIN, or by a notice");
    if (before[0] == 0 && head(was, SBK_HEAD_STATE, 1) != 0 && !reset)
        applet_must(after[0] == 0, "a blocked PIN stays blocked");
    for (uint32_t i = 0; i < 2; i++) /* an alternate who is gone takes the PIN along */
        applet_must(after[i] >= before[i] || after[i] + 1 == before[i] ||
                        is->image[SBK_AREA_PINS + i * SBK_PAGE_SIZE + SBK_PIN_SET] == 0,
            "one guess costs one try");
}

void applet_check(struct rig *rig, const struct applet_before *before) {
    static struct applet_before now;
    static const char *const unknown[2];
    struct sbk_entry entry;
    const struct sbk_entry *made;
    const char *fault;

    applet_before(rig, &now);
    fault = logical_fault(&now.logical, unknown);
    applet_must(fault == NULL, fault);
    check_life(&before->logical, &now.logical);
    made = entry_of(&before->logical, &now.logical, &entry);
    if (before->logical.image[SBK_IMAGE_LIFE] != SBK_LIFE_SECURED)
        return;
    applet_must(now.mandate.number >= before->mandate.number, "the newest intention wins");
    applet_must((now.mandate.number == before->mandate.number) == (made == NULL || made->kind != SBK_ENTRY_MANDATE),
        "a mandate comes with its entry");
    applet_must(head(&now.logical, SBK_HEAD_FLOOR, 2) >= head(&before->logical, SBK_HEAD_FLOOR, 2) ||
                    (now.mandate.number > before->mandate.number && (now.mandate.flags & SBK_MANDATE_SET_FLOOR)),
        "only a mandate lowers the floor");
    check_spent(&before->logical, &now.logical, &before->mandate, made);
    check_tries(&before->logical, &now.logical, made);
}
