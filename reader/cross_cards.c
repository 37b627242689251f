/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/cross_check_private.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <string.h>

#define GRANTS_MAX 256 /* that one card is followed through; a mandate holds eight */

/* What a card had spent of a grant after its newest entry seen. */
struct grant {
    uint16_t number;
    uint8_t window;
    uint32_t spent;
    bool stale; /* entries are missing since */
};

/* One card under way: its receipts, and the first of each number as its chain. */
struct card {
    struct sbk_cross_check *check;
    const struct cross_receipt *receipts;
    size_t count;
    const struct cross_receipt *last; /* of the chain so far; NULL: none */
    struct grant grants[GRANTS_MAX];
    size_t grant_count;
    bool partial; /* some entry before is missing */
    struct sbk_cross_card said;
};

static struct cross_place at(const struct cross_receipt *receipt) {
    return (struct cross_place){.alias = receipt->entry.alias, .counter = receipt->entry.counter};
}

static bool same(const uint8_t one[SBK_HASH_SIZE], const uint8_t other[SBK_HASH_SIZE]) {
    return memcmp(one, other, SBK_HASH_SIZE) == 0;
}

/* ---- one chain ---- */

static void say_fork(struct card *card, const struct cross_receipt *one, const struct cross_receipt *other) {
    if (card->said.forked)
        return; /* what follows a fork comes in two as well */
    card->said.forked = true;
    cross_found(card->check, SBK_TAMPERED, SBK_REASON_CARD_FORKED, at(other),
        _("the card forks at entry %u: the log of %s holds one, the log of %s another; there are two cards of this "
          "alias, a copy or an image that was put back"),
        (unsigned)other->entry.counter, cross_station(card->check, one), cross_station(card->check, other));
}

static void say_gap(struct card *card, const struct cross_receipt *next) {
    uint32_t first = card->last != NULL ? card->last->entry.counter + 1 : 0;
    uint32_t last = next->entry.counter - 1;
    card->said.missing += last - first + 1;
    card->partial = true;
    for (size_t i = 0; i < card->grant_count; i++)
        card->grants[i].stale = true;
    if (first == last)
        cross_found(card->check, SBK_UNSETTLED, SBK_REASON_RECEIPT_MISSING,
            (struct cross_place){.alias = next->entry.alias, .counter = first},
            _("receipt %u of the card is in none of these logs"), (unsigned)first);
    else
        cross_found(card->check, SBK_UNSETTLED, SBK_REASON_RECEIPT_MISSING,
            (struct cross_place){.alias = next->entry.alias, .counter = first},
            _("receipts %u to %u of the card are in none of these logs"), (unsigned)first, (unsigned)last);
}

/* Whether an entry follows the one before in its chain; false: it is not to be reckoned with. */
static bool follows(struct card *card, const struct cross_receipt *next) {
    const struct cross_receipt *last = card->last;
    if (last == NULL || next->entry.counter > last->entry.counter + 1) {
        if (last != NULL || next->entry.counter > 0)
            say_gap(card, next);
        if (last != NULL && same(next->entry.previous, last->hash))
            cross_found(card->check, SBK_TAMPERED, SBK_REASON_CHAIN, at(next),
                _("entry %u of the card names entry %u as the one before it: a card never leaves a number out"),
                (unsigned)next->entry.counter, (unsigned)last->entry.counter);
    } else if (!same(next->entry.previous, last->hash)) {
        say_fork(card, last, next);
    }
    if (last != NULL && next->entry.mandate < last->entry.mandate && !card->said.forked)
        cross_found(card->check, SBK_TAMPERED, SBK_REASON_CHAIN, at(next),
            _("entry %u of the card is under mandate %u, the one before under %u: a card never takes an older one"),
            (unsigned)next->entry.counter, (unsigned)next->entry.mandate, (unsigned)last->entry.mandate);
    return !card->said.forked;
}

/* ---- conservation ---- */

static struct grant *grant_of(struct card *card, uint16_t number) {
    for (size_t i = 0; i < card->grant_count; i++)
        if (card->grants[i].number == number)
            return &card->grants[i];
    if (card->grant_count == GRANTS_MAX)
        return NULL;
    struct grant *grant = &card->grants[card->grant_count++];
    *grant = (struct grant){.number = number, .stale = card->partial};
    return grant;
}

static void say_amount(struct card *card, const struct cross_receipt *receipt, uint16_t grant, uint32_t says,
    uint32_t before, uint32_t amount) {
    cross_found(card->check, SBK_TAMPERED, SBK_REASON_AMOUNT, at(receipt),
        _("entry %u of the card says that %u of grant %u is spent; %u was before, and it moves %u"),
        (unsigned)receipt->entry.counter, (unsigned)says, (unsigned)grant, (unsigned)before, (unsigned)amount);
}

/* What the missing entries moved, as far as it shows; before: what this entry began from. */
static void say_missing_amount(
    struct card *card, const struct cross_receipt *receipt, const struct grant *grant, uint32_t before) {
    if (before == grant->spent)
        return;
    cross_found(card->check, SBK_UNSETTLED, SBK_REASON_RECEIPT_MISSING, at(receipt),
        before > grant->spent ? _("receipts missing before entry %u of the card took %u from grant %u")
                              : _("receipts missing before entry %u of the card gave %u back to grant %u"),
        (unsigned)receipt->entry.counter,
        (unsigned)(before > grant->spent ? before - grant->spent : grant->spent - before), (unsigned)grant->number);
}

static void reckon_debit(
    struct card *card, const struct cross_receipt *receipt, const struct sbk_entry_debit *debit, bool adds) {
    struct grant *grant = grant_of(card, debit->grant);
    uint32_t before = adds ? debit->spent - debit->amount : debit->spent + debit->amount;
    if (grant == NULL)
        return;
    /* A new window begins from zero, unless the grant carries over; a void stays in its window. */
    bool fresh = adds && debit->window != grant->window && before == 0;
    if (adds && debit->spent < debit->amount)
        say_amount(card, receipt, debit->grant, debit->spent, grant->spent, debit->amount);
    else if (grant->stale && !fresh && (debit->window == grant->window || grant->spent == 0))
        say_missing_amount(card, receipt, grant, before);
    else if (!grant->stale && !fresh && before != grant->spent)
        say_amount(card, receipt, debit->grant, debit->spent, grant->spent, debit->amount);
    grant->window = debit->window;
    grant->spent = debit->spent;
    grant->stale = false;
}

static void reckon_final(struct card *card, const struct cross_receipt *receipt, const struct sbk_entry_final *final) {
    struct grant *grant = grant_of(card, final->grant);
    if (grant == NULL)
        return;
    if (!grant->stale && grant->spent != final->spent)
        say_amount(card, receipt, final->grant, final->spent, grant->spent, 0);
    *grant = card->grants[--card->grant_count];
}

/* ---- voids ---- */

static bool repeats(const struct sbk_entry *done, const struct sbk_entry *voided) {
    bool alike = memcmp(done->terminal, voided->terminal, SBK_TERMINAL_SIZE) == 0 && voided->kind == SBK_ENTRY_DEBIT;
    for (size_t i = 0; i < SBK_DEBITS_MAX; i++)
        alike = alike && done->debits[i].grant == voided->debits[i].grant &&
                done->debits[i].window == voided->debits[i].window &&
                done->debits[i].amount == voided->debits[i].amount;
    return alike;
}

static void check_void(struct card *card, const struct cross_receipt *receipt) {
    const struct cross_receipt *voided = NULL;
    bool again = false;
    for (size_t i = 0; i < card->count && card->receipts[i].entry.counter < receipt->entry.counter; i++) {
        const struct cross_receipt *earlier = &card->receipts[i];
        if (same(earlier->hash, receipt->entry.digest))
            voided = earlier;
        again = again || (earlier->entry.kind == SBK_ENTRY_VOID && same(earlier->entry.digest, receipt->entry.digest));
    }
    if (voided == NULL && card->partial)
        return; /* it may be among the missing ones */
    if (again)
        cross_found(card->check, SBK_TAMPERED, SBK_REASON_VOIDED, at(receipt),
            _("entry %u of the card voids what was voided before"), (unsigned)receipt->entry.counter);
    else if (voided == NULL || !repeats(&receipt->entry, &voided->entry))
        cross_found(card->check, SBK_TAMPERED, SBK_REASON_AMOUNT, at(receipt),
            _("entry %u of the card voids something else than a debit of the same station and amounts"),
            (unsigned)receipt->entry.counter);
}

static void reckon(struct card *card, const struct cross_receipt *receipt) {
    const struct sbk_entry *said = &receipt->entry;
    bool moves = said->kind == SBK_ENTRY_DEBIT || said->kind == SBK_ENTRY_VOID;
    if (said->kind == SBK_ENTRY_VOID)
        check_void(card, receipt);
    for (size_t i = 0; moves && i < SBK_DEBITS_MAX && said->debits[i].grant != 0; i++)
        reckon_debit(card, receipt, &said->debits[i], said->kind == SBK_ENTRY_DEBIT);
    for (size_t i = 0; said->kind == SBK_ENTRY_MANDATE && i < SBK_PURSES_MAX; i++)
        if (said->finals[i].grant != 0)
            reckon_final(card, receipt, &said->finals[i]);
}

/* ---- all cards ---- */

/* Receipts of one number: the first is the chain's, a different one beside it is a fork. */
static size_t take_number(struct card *card, size_t first) {
    size_t next = first + 1;
    const struct cross_receipt *receipt = &card->receipts[first];
    card->check->report.receipts++;
    card->said.entries++;
    for (; next < card->count && card->receipts[next].entry.counter == receipt->entry.counter; next++)
        if (!same(card->receipts[next].hash, card->receipts[next - 1].hash)) {
            card->check->report.receipts++;
            say_fork(card, receipt, &card->receipts[next]);
        }
    if (follows(card, receipt))
        reckon(card, receipt);
    card->last = receipt;
    return next;
}

static void check_card(struct card *card) {
    for (size_t i = 0; i < card->count;)
        i = take_number(card, i);
    card->said.newest = card->last->entry.counter;
    card->check->report.cards++;
    if (card->check->watch->card != NULL)
        card->check->watch->card(card->check->watch->context, &card->said);
}

void cross_check_cards(struct sbk_cross_check *check) {
    for (size_t first = 0; first < check->receipt_count;) {
        const uint8_t *alias = check->receipts[first].entry.alias;
        struct card card = {.check = check, .receipts = &check->receipts[first]};
        memcpy(card.said.alias, alias, SBK_ALIAS_SIZE);
        while (first + card.count < check->receipt_count &&
               memcmp(check->receipts[first + card.count].entry.alias, alias, SBK_ALIAS_SIZE) == 0)
            card.count++;
        check_card(&card);
        first += card.count;
    }
}
