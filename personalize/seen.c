/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/seen.h"
#include "base/random.h"
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

struct sbk_seen_slot {
    uint64_t number; /* 0: free; else the number plus one */
    size_t index;
};

static uint64_t number_of(const char *digits) {
    uint64_t number = 0;

    for (size_t i = 0; i < 16; i++) {
        number = number * 10 + (uint64_t)(digits[i] - '0');
    }
    return number + 1;
}

/* The finalizer of SplitMix64 over the number and a random key. */
static size_t place_of(const struct sbk_seen *seen, uint64_t number) {
    uint64_t hash = number ^ seen->key;

    hash = (hash ^ hash >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    hash = (hash ^ hash >> 27) * UINT64_C(0x94D049BB133111EB);
    return (size_t)(hash ^ hash >> 31) & (seen->capacity - 1);
}

/* The slot that holds the number, or the free one where it belongs. */
static struct sbk_seen_slot *slot_of(const struct sbk_seen *seen, uint64_t number) {
    size_t place = place_of(seen, number);

    while (seen->slots[place].number != 0 && seen->slots[place].number != number) {
        place = (place + 1) & (seen->capacity - 1);
    }
    return &seen->slots[place];
}

static bool grow(struct sbk_seen *seen) {
    struct sbk_seen bigger = {NULL, seen->count, seen->capacity == 0 ? 1024 : seen->capacity * 2, seen->key};

    if (seen->capacity == 0 && sbk_random(&bigger.key, sizeof(bigger.key), NULL) != SBK_OK) {
        return false;
    }
    bigger.slots = calloc(bigger.capacity, sizeof(*bigger.slots));
    if (bigger.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < seen->capacity; i++) {
        if (seen->slots[i].number != 0) {
            *slot_of(&bigger, seen->slots[i].number) = seen->slots[i];
        }
    }
    sbk_seen_free(seen);
    *seen = bigger;
    return true;
}

bool sbk_seen_find(const struct sbk_seen *seen, const char *digits, size_t *index) {
    if (seen->capacity == 0) {
        return false;
    }
    const struct sbk_seen_slot *slot = slot_of(seen, number_of(digits));
    if (slot->number == 0) {
        return false;
    }
    *index = slot->index;
    return true;
}

bool sbk_seen_add(struct sbk_seen *seen, const char *digits, size_t index) {
    if (seen->count >= seen->capacity / 2 && !grow(seen)) {
        return false;
    }
    const uint64_t number = number_of(digits);
    *slot_of(seen, number) = (struct sbk_seen_slot){number, index};
    seen->count++;
    return true;
}

void sbk_seen_free(struct sbk_seen *seen) {
    if (seen->slots != NULL) {
        sbk_cleanse(seen->slots, seen->capacity * sizeof(*seen->slots));
    }
    free(seen->slots);
    memset(seen, 0, sizeof(*seen));
}
