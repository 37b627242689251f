/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/cross_check_private.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <string.h>

/* The newest hotlist that one of the stations has; NULL: none has one. */
static const struct sbk_hotlist *newest(const struct sbk_cross_check *check) {
    const struct sbk_station *found = NULL;
    for (size_t i = 0; i < check->log_count; i++) {
        const struct sbk_station *station = check->logs[i].station;
        if (station->hotlist_file == NULL)
            continue;
        uint8_t ahead = station->hotlist_signer.generation;
        if (found == NULL || ahead > found->hotlist_signer.generation ||
            (ahead == found->hotlist_signer.generation && station->hotlist.number > found->hotlist.number))
            found = station;
    }
    return found != NULL ? &found->hotlist : NULL;
}

static void count_receipts(const struct sbk_cross_check *check, const struct sbk_hotlist *list, uint32_t *counts) {
    for (size_t i = 0; i < check->receipt_count; i++) {
        const struct cross_receipt *receipt = &check->receipts[i];
        if (i > 0 && memcmp(receipt->hash, check->receipts[i - 1].hash, SBK_HASH_SIZE) == 0)
            continue; /* the same in another log */
        const uint8_t *entry = sbk_hotlist_find(
            list->terminals, list->terminal_count, SBK_TERMINAL_SIZE, receipt->entry.terminal, SBK_TERMINAL_SIZE, NULL);
        if (entry != NULL)
            counts[(size_t)(entry - list->terminals) / SBK_TERMINAL_SIZE]++;
    }
}

static const struct cross_log *log_of(const struct sbk_cross_check *check, const uint8_t *terminal) {
    for (size_t i = 0; i < check->log_count; i++)
        if (memcmp(check->logs[i].station->terminal, terminal, SBK_TERMINAL_SIZE) == 0)
            return &check->logs[i];
    return NULL;
}

void cross_check_revoked(struct sbk_cross_check *check) {
    uint32_t counts[SBK_HOTLIST_TERMINALS_MAX] = {0};
    const struct sbk_hotlist *list = newest(check);
    if (list == NULL)
        return;
    count_receipts(check, list, counts);
    for (uint32_t i = 0; i < list->terminal_count; i++) {
        const uint8_t *terminal = list->terminals + (size_t)i * SBK_TERMINAL_SIZE;
        const struct cross_place place = {.log = log_of(check, terminal)};
        char id[SBK_TERMINAL_SIZE + 1];
        sbk_id_text(terminal, SBK_TERMINAL_SIZE, id);
        if (counts[i] > 0 || place.log != NULL)
            cross_found(check, SBK_OK, SBK_REASON_REVOKED, place,
                P_("station %s is revoked by hotlist %u; %u receipt of it stands here, and settlement judges it",
                    "station %s is revoked by hotlist %u; %u receipts of it stand here, and settlement judges them",
                    counts[i]),
                id, (unsigned)list->number, (unsigned)counts[i]);
    }
}
