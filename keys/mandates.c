/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/mandates.h"

#include "base/i18n.h"
#include "keys/issuing.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

/* The place of a grant among the purses; purse_count if it is not there. */
static size_t place_of(const struct sbk_mandate *mandate, uint16_t grant) {
    size_t i = 0;
    while (i < mandate->purse_count && mandate->purses[i].grant != grant) {
        i++;
    }
    return i;
}

static void take_out(struct sbk_mandate *mandate, size_t place) {
    mandate->purse_count--;
    memmove(&mandate->purses[place], &mandate->purses[place + 1],
        (mandate->purse_count - place) * sizeof mandate->purses[0]);
}

static sbk_result end_grants(
    const struct sbk_mandate_change *change, struct sbk_mandate *next, struct sbk_error *error) {
    for (size_t i = 0; i < change->end_count; i++) {
        const size_t place = place_of(next, change->ends[i]);
        if (place == next->purse_count) {
            return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
                _("grant %u cannot end: the card's newest mandate does not have it"), change->ends[i]);
        }
        take_out(next, place);
    }
    for (size_t i = 0; i < change->grant_count; i++) {
        const uint16_t inherits = change->grants[i].inherits;
        const size_t place = inherits != 0 ? place_of(next, inherits) : next->purse_count;
        if (place < next->purse_count && change->grants[i].grant != inherits) {
            take_out(next, place);
        }
    }
    return SBK_OK;
}

/* A grant that stays may get another amount, count, programme or priority, and nothing else. */
static bool stays_itself(const struct sbk_purse *old, const struct sbk_purse *changed) {
    return old->unit == changed->unit && old->first == changed->first && old->period == changed->period &&
           old->carry == changed->carry;
}

static uint8_t lowest_free(const struct sbk_mandate *mandate, bool slots) {
    for (uint8_t value = 0;; value++) {
        bool taken = false;
        for (size_t i = 0; i < mandate->purse_count; i++) {
            taken = taken || (slots ? mandate->purses[i].slot : mandate->purses[i].priority) == value;
        }
        if (!taken) {
            return value;
        }
    }
}

static sbk_result add_grant(struct sbk_database *database, const struct sbk_city_card *card,
    const struct sbk_purse *grant, struct sbk_mandate *next, struct sbk_error *error) {
    struct sbk_purse purse = *grant;
    const size_t place = place_of(next, purse.grant);
    bool used = false;
    if (place < next->purse_count) {
        if (!stays_itself(&next->purses[place], &purse)) {
            return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
                _("grant %u is on the card: its unit, first day, period and carry stay; a new grant takes a new "
                  "number"),
                purse.grant);
        }
        purse.slot = purse.slot == SBK_GRANT_ANY ? next->purses[place].slot : purse.slot;
        purse.priority = purse.priority == SBK_GRANT_ANY ? next->purses[place].priority : purse.priority;
        /* A card that missed the mandate which brought the heir finds here whose rest it gets. */
        purse.inherits = purse.inherits == 0 ? next->purses[place].inherits : purse.inherits;
        take_out(next, place);
    } else {
        sbk_result result = sbk_cards_grant_used(database, card, purse.grant, &used, error);
        if (result != SBK_OK) {
            return result;
        }
        if (used) {
            return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
                _("grant %u ended on this card before: a number never comes back"), purse.grant);
        }
    }
    if (next->purse_count == SBK_PURSES_MAX) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
            _("grant %u does not fit: a card has eight purses; let an old grant end with --end"), purse.grant);
    }
    purse.slot = purse.slot == SBK_GRANT_ANY ? lowest_free(next, true) : purse.slot;
    purse.priority = purse.priority == SBK_GRANT_ANY ? lowest_free(next, false) : purse.priority;
    next->purses[next->purse_count++] = purse;
    return SBK_OK;
}

static int by_slot(const void *a, const void *b) {
    const struct sbk_purse *left = a;
    const struct sbk_purse *right = b;
    return (int)left->slot - (int)right->slot;
}

static void change_head(const struct sbk_mandate_change *change, uint16_t day, struct sbk_mandate *next) {
    next->number++;
    next->issued = day;
    next->status = change->status != 0 ? change->status : next->status;
    next->flags = (uint8_t)((next->flags & ~(SBK_MANDATE_SET_FLOOR | change->flags_clear)) | change->flags_set);
    if (change->has_outlet) {
        memcpy(next->outlet, change->outlet, sizeof next->outlet);
    }
}

sbk_result sbk_mandate_apply(struct sbk_database *database, const struct sbk_city_card *card,
    const struct sbk_mandate_change *change, uint16_t day, struct sbk_mandate *next, struct sbk_error *error) {
    uint8_t record[SBK_MANDATE_MAX];
    size_t size = 0;
    if (card->mandate.status == SBK_MANDATE_CLOSED) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ENDED, "%s", _("the card's mandate is closed, for ever"));
    }
    if (card->mandate.number == UINT32_MAX) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ENDED, "%s", _("the card's mandate numbers are used up"));
    }
    *next = card->mandate;
    change_head(change, day, next);
    sbk_result result = end_grants(change, next, error);
    for (size_t i = 0; i < change->grant_count && result == SBK_OK; i++) {
        result = add_grant(database, card, &change->grants[i], next, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    qsort(next->purses, next->purse_count, sizeof next->purses[0], by_slot);
    const enum sbk_format format = sbk_mandate_write(next, record, sizeof record, &size);
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
            _("the mandate cannot be made: it %s; slots, priorities and grants are each used once, and a mandate that "
              "is "
              "not closed has a purse"),
            _(sbk_format_text(format)));
    }
    return SBK_OK;
}

sbk_result sbk_mandate_release(struct sbk_database *database, struct sbk_key *grant_signer,
    const struct sbk_city_card *card, const struct sbk_mandate *mandate, struct sbk_error *error) {
    uint8_t record[SBK_MANDATE_MAX];
    size_t size = 0;
    if (sbk_mandate_write(mandate, record, sizeof record, &size) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT, "%s", _("the mandate is not valid"));
    }
    sbk_result result = sbk_sign_record(grant_signer, record, sizeof record, &size, error);
    const struct sbk_bytes bytes = {record, size};
    return result == SBK_OK ? sbk_cards_add_mandate(database, card->id, mandate->number, &bytes, error) : result;
}

sbk_result sbk_notice_release(struct sbk_database *database, struct sbk_key *list_signer,
    const struct sbk_city_card *card, const struct sbk_notice *notice, struct sbk_error *error) {
    uint8_t record[SBK_NOTICE_SIZE];
    size_t size = 0;
    if (sbk_notice_write(notice, record, sizeof record, &size) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT, "%s", _("the notice is not valid"));
    }
    sbk_result result = sbk_sign_record(list_signer, record, sizeof record, &size, error);
    const struct sbk_bytes bytes = {record, size};
    return result == SBK_OK ? sbk_cards_add_notice(database, card, notice, &bytes, error) : result;
}
