/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/log_index.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 256

static const uint8_t no_alias[SBK_ALIAS_SIZE];

/* FNV-1a; aliases are random and nobody outside chooses positions, so no more is needed. */
static size_t place_of(uint8_t kind, const uint8_t *alias, uint32_t number) {
    uint64_t hash = 14695981039346656037u;
    hash = (hash ^ kind) * 1099511628211u;
    for (size_t i = 0; i < SBK_ALIAS_SIZE; i++)
        hash = (hash ^ alias[i]) * 1099511628211u;
    for (unsigned shift = 0; shift < 32; shift += 8)
        hash = (hash ^ (number >> shift & 0xFF)) * 1099511628211u;
    return (size_t)(hash ^ hash >> 32);
}

static struct sbk_index_item *slot_of(
    const struct sbk_index *index, uint8_t kind, const uint8_t *alias, uint32_t number) {
    size_t at = place_of(kind, alias, number) & (index->room - 1);
    for (;; at = (at + 1) & (index->room - 1)) {
        struct sbk_index_item *item = &index->items[at];
        if (item->kind == 0 ||
            (item->kind == kind && item->number == number && memcmp(item->alias, alias, SBK_ALIAS_SIZE) == 0))
            return item;
    }
}

struct sbk_index_item *sbk_index_find(
    const struct sbk_index *index, uint8_t kind, const uint8_t *alias, uint32_t number) {
    if (index->room == 0)
        return NULL;
    struct sbk_index_item *item = slot_of(index, kind, alias != NULL ? alias : no_alias, number);
    return item->kind != 0 ? item : NULL;
}

static sbk_result grow(struct sbk_index *index, struct sbk_error *error) {
    struct sbk_index wider = {.room = index->room == 0 ? FIRST_ROOM : 2 * index->room};
    wider.items = calloc(wider.room, sizeof *wider.items);
    if (wider.items == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    for (size_t i = 0; i < index->room; i++)
        if (index->items[i].kind != 0) {
            *slot_of(&wider, index->items[i].kind, index->items[i].alias, index->items[i].number) = index->items[i];
            wider.used++;
        }
    free(index->items);
    *index = wider;
    return SBK_OK;
}

sbk_result sbk_index_add(struct sbk_index *index, const struct sbk_index_item *item, struct sbk_error *error) {
    if (2 * (index->used + 1) > index->room) {
        sbk_result result = grow(index, error);
        if (result != SBK_OK)
            return result;
    }
    *slot_of(index, item->kind, item->alias, item->number) = *item;
    index->used++;
    return SBK_OK;
}

void sbk_index_free(struct sbk_index *index) {
    free(index->items);
    *index = (struct sbk_index){0};
}
