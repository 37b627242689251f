/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/promises/courier_model.h"

#include "schema/date.h"

#include <stdlib.h>
#include <string.h>

static uint32_t higher(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

void model_take(struct model_news *has, const struct model_news *comes) {
    has->mandate = higher(has->mandate, comes->mandate);
    has->stop = higher(has->stop, comes->stop);
    has->reset = higher(has->reset, comes->reset);
}

void model_card_begin(struct model_card *card, const struct sbk_mandate *first) {
    memset(card, 0, sizeof *card);
    card->mandates[0] = *first;
    card->newest.mandate = card->has.mandate = 1;
    for (size_t i = 0; i < first->purse_count; i++) {
        (void)model_grant_of(card, first->purses[i].grant);
    }
}

const struct sbk_mandate *model_mandate(const struct model_card *card) {
    return &card->mandates[card->has.mandate - 1];
}

bool model_closed(const struct model_card *card) {
    return model_mandate(card)->status == SBK_MANDATE_CLOSED;
}

struct model_grant *model_grant_of(struct model_card *card, uint16_t grant) {
    size_t i = 0;
    while (i < card->grant_count && card->grants[i].grant != grant) {
        i++;
    }
    if (i == MODEL_GRANTS_MAX) {
        abort();
    }
    if (i == card->grant_count) {
        card->grants[card->grant_count++] = (struct model_grant){.grant = grant};
    }
    return &card->grants[i];
}

static const struct sbk_purse *purse_of(const struct sbk_mandate *mandate, uint16_t grant) {
    for (size_t i = 0; i < mandate->purse_count; i++) {
        if (mandate->purses[i].grant == grant) {
            return &mandate->purses[i];
        }
    }
    return NULL;
}

/* What is left of a monthly grant within which the rest is carried: the only kind that is inherited here. */
static uint32_t rest_of(const struct sbk_purse *purse, const struct model_grant *grant, uint16_t day) {
    const struct sbk_civil first = sbk_date_to_civil(purse->first);
    const struct sbk_civil today = sbk_date_to_civil(day);
    const int months = (today.year - first.year) * 12 + today.month - first.month + 1;
    if (day < purse->first || months > purse->count) {
        return 0;
    }
    const uint32_t had = purse->amount * (uint32_t)months + grant->credit;
    return had > grant->spent ? had - grant->spent : 0;
}

static void apply_mandate(struct model_card *card, uint32_t number, uint16_t day) {
    const struct sbk_mandate *before = model_mandate(card);
    const struct sbk_mandate *after = &card->mandates[number - 1];
    for (size_t i = 0; i < after->purse_count; i++) {
        const struct sbk_purse *heir = &after->purses[i];
        const struct sbk_purse *old = heir->inherits != 0 ? purse_of(before, heir->inherits) : NULL;
        struct model_grant *grant = model_grant_of(card, heir->grant);
        if (old != NULL && old->unit == heir->unit) {
            grant->credit += rest_of(old, model_grant_of(card, old->grant), day);
        }
    }
    for (size_t i = 0; i < before->purse_count; i++) {
        if (purse_of(after, before->purses[i].grant) == NULL) {
            model_grant_of(card, before->purses[i].grant)->ended = true;
        }
    }
    card->has.mandate = number;
    card->last_entry = number;
}

void model_deliver(struct model_card *card, const struct model_news *waiting, uint16_t day) {
    if (model_closed(card)) {
        return;
    }
    if (waiting->mandate > card->has.mandate) {
        apply_mandate(card, waiting->mandate, day);
    }
    if (model_closed(card)) {
        return;
    }
    card->has.stop = higher(card->has.stop, waiting->stop);
    card->has.reset = higher(card->has.reset, waiting->reset);
}
