/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 9, the newest intention wins, between office, stations and cards: the office makes mandates and notices for
 * many cards; couriers come to the stations in any order, twice, late or not at all; cards are tapped here and there, are
 * pulled in the middle, stay at home for long, buy in between. After every tap a card is in the state of the newest that
 * reached it, by the model of courier_model.c; once all couriers have come, in that of the newest made.
 *
 *     station_9... [CARDS STATIONS RECORDS]      SBK_SEED=NUMBER: the same walk again
 *
 * Broken variants: tests/variants/hosts.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "personalize/acknowledge.h"
#include "reader/courier.h"
#include "tests/faults/courier_city.h"
#include "tests/promises/courier_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 12
#define COMPLAINTS_MAX 20

/* What a station has of the world, and when it gets the rest. */
struct place {
    struct model_news *waiting; /* by card */
    uint32_t *acknowledged;     /* by card: the newest mandate whose acknowledgement its log surely holds */
    uint32_t *may;              /* and may hold, where a card was pulled */
    unsigned copies[ROUNDS];    /* couriers under way to it; lost ones wait for the end */
    bool lost[ROUNDS];
};

struct round {
    struct sbk_buffer file;
    struct model_news *news; /* by card */
};

static struct walk {
    size_t cards, stations, records, made;
    uint64_t seed, random;
    struct city city;
    struct model_card *model;
    struct place places[CITY_STATIONS_MAX];
    struct round rounds[ROUNDS];
    uint32_t *office_may; /* by card: an acknowledgement that the office may have */
    uint16_t next_grant;
    unsigned complaints, taps, pulls, sales, delivered, couriers;
} walk;

static uint64_t draw(uint64_t below) { /* SplitMix64 */
    uint64_t z = (walk.random += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return below > 0 ? (z ^ (z >> 31)) % below : 0;
}

static bool chance(unsigned percent) {
    return draw(100) < percent;
}

static void must(sbk_result result, const struct sbk_error *error) {
    if (result != SBK_OK) {
        fail_msg("%s: %s", error->reason, error->text);
    }
}

__attribute__((format(printf, 3, 4))) static bool hold(
    bool holds, const struct model_card *card, const char *format, ...) {
    if (!holds && walk.complaints++ < COMPLAINTS_MAX) {
        char text[256];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        print_message("# card %ld: %s\n", (long)(card - walk.model), text);
    }
    return holds;
}

/* ---- the office ---- */

/* A purse of the newest mandate of the card, by unit; NULL if it has none. */
static const struct sbk_purse *purse_in(const struct sbk_mandate *mandate, uint8_t unit) {
    for (size_t i = 0; i < mandate->purse_count; i++) {
        if (mandate->purses[i].unit == unit) {
            return &mandate->purses[i];
        }
    }
    return NULL;
}

static void change_grants(const struct sbk_mandate *newest, struct sbk_mandate_change *change) {
    const uint64_t what = draw(4);
    const struct sbk_purse *rupiah = purse_in(newest, SBK_UNIT_RUPIAH);
    const struct sbk_purse *eggs = purse_in(newest, SBK_UNIT_PIECE);
    struct sbk_purse *grant = &change->grants[0];
    if (what == 0 && rupiah != NULL) { /* the money goes on under another number, with its rest */
        *grant = *rupiah;
        grant->grant = ++walk.next_grant;
        grant->inherits = rupiah->grant;
        change->grant_count = 1;
    } else if (what == 1 && eggs != NULL && newest->purse_count > 1) {
        change->ends[change->end_count++] = eggs->grant;
    } else if (what == 1 && eggs == NULL) {
        *grant = (struct sbk_purse){.slot = SBK_GRANT_ANY,
            .grant = ++walk.next_grant,
            .programme = 1,
            .unit = SBK_UNIT_PIECE,
            .goods = 4,
            .amount = 40,
            .first = newest->purses[0].first,
            .period = SBK_PERIOD_MONTH,
            .count = 3,
            .priority = SBK_GRANT_ANY};
        change->grant_count = 1;
    } else {
        *grant = newest->purses[draw(newest->purse_count)];
        grant->amount += 1 + (uint32_t)draw(50);
        grant->inherits = 0;
        change->grant_count = 1;
    }
}

static void make_mandate(struct model_card *model, const struct sbk_city_card *card) {
    struct sbk_mandate_change change = {.status = 0};
    struct sbk_mandate *next = &model->mandates[model->newest.mandate];
    struct sbk_error error = {.reason = NULL};
    const uint64_t what = draw(100);
    if (what < 2) {
        change.status = SBK_MANDATE_CLOSED;
    } else if (what < 20) {
        change.status = card->mandate.status == SBK_MANDATE_BLOCKED ? SBK_MANDATE_ACTIVE : SBK_MANDATE_BLOCKED;
    } else {
        change.status = chance(70) ? SBK_MANDATE_ACTIVE : 0;
        change_grants(&card->mandate, &change);
    }
    must(sbk_mandate_apply(walk.city.office.ledger, card, &change, sbk_clock_today(&city_clock), next, &error), &error);
    must(sbk_mandate_release(walk.city.office.ledger, walk.city.office.grant_signer, card, next, &error), &error);
    model->newest.mandate++;
    (void)hold(next->number == model->newest.mandate, model, "mandate %u is number %u", (unsigned)model->newest.mandate,
        (unsigned)next->number);
}

static void make_notice(struct model_card *model, const struct sbk_city_card *card) {
    struct sbk_notice notice = {.kind = SBK_NOTICE_PIN_RESET, .issued = sbk_clock_today(&city_clock)};
    struct sbk_error error = {.reason = NULL};
    if (chance(50) && model->newest.stop < model->newest.mandate) {
        notice.kind = SBK_NOTICE_STOP;
        notice.number = model->newest.stop = model->newest.mandate;
    } else {
        notice.number = ++model->newest.reset;
    }
    memcpy(notice.alias, card->alias, sizeof notice.alias);
    must(sbk_notice_release(walk.city.office.ledger, walk.city.list_signer, card, &notice, &error), &error);
}

static void make_records(size_t count) {
    struct sbk_error error = {.reason = NULL};
    struct sbk_city_card card;
    must(sbk_database_begin(walk.city.office.ledger, &error), &error);
    for (size_t i = 0; i < count; i++) {
        const size_t which = draw(walk.cards);
        struct model_card *model = &walk.model[which];
        must(sbk_cards_find(walk.city.office.ledger, walk.city.cards[which].word, &card, &error), &error);
        if (model->newest.mandate < MODEL_MANDATES_MAX && card.mandate.status != SBK_MANDATE_CLOSED && chance(70)) {
            make_mandate(model, &card);
        } else {
            make_notice(model, &card);
        }
    }
    must(sbk_database_commit(walk.city.office.ledger, &error), &error);
    walk.made += count;
}

/* What the courier of this round has to hold. */
static void pack(size_t at) {
    const struct sbk_courier_parts parts = {.station_count = 0};
    struct round *round = &walk.rounds[at];
    struct sbk_error error = {.reason = NULL};
    struct sbk_courier counts;
    uint32_t low = 0, high = 0;
    round->news = calloc(walk.cards, sizeof *round->news);
    assert_non_null(round->news);
    for (size_t i = 0; i < walk.cards; i++) {
        const struct model_card *model = &walk.model[i];
        struct model_news *news = &round->news[i];
        const bool due = model->newest.mandate > 1 && model->newest.mandate > model->acknowledged;
        news->mandate = due ? model->newest.mandate : 0;
        news->stop = model->newest.stop;
        news->reset = model->newest.reset;
        const unsigned notices = (unsigned)(news->stop > 0) + (unsigned)(news->reset > 0);
        high += (unsigned)due + notices;
        low += (unsigned)(due && model->newest.mandate > walk.office_may[i]); /* notices: until a log says so */
    }
    must(sbk_courier_pack(walk.city.office.ledger, &walk.city.office.city, walk.city.office.city_key, &parts, WORLD_NOW,
             &counts, &round->file, &error),
        &error);
    (void)hold(counts.card_count >= low && counts.card_count <= high, walk.model,
        "courier %zu has %u records for %u to %u", at, (unsigned)counts.card_count, (unsigned)low, (unsigned)high);
    for (size_t s = 0; s < walk.stations; s++) {
        walk.places[s].lost[at] = chance(25);
        walk.places[s].copies[at] = chance(20) ? 2 : 1;
    }
}

/* ---- couriers come to stations ---- */

static void take_courier(size_t s, size_t at) {
    struct place *place = &walk.places[s];
    struct sbk_courier_taken taken;
    struct sbk_error error = {.reason = NULL};
    must(sbk_courier_take(
             walk.city.stations[s].station, walk.rounds[at].file.data, walk.rounds[at].file.size, &taken, &error),
        &error);
    for (size_t i = 0; i < walk.cards; i++) {
        model_take(&place->waiting[i], &walk.rounds[at].news[i]);
    }
    walk.couriers++;
}

/* Those of rounds 0 to last that are under way to a station, in any order. */
static void take_couriers(size_t s, size_t last, unsigned percent, bool lost_too) {
    struct place *place = &walk.places[s];
    size_t order[ROUNDS] = {0};
    for (size_t i = 0; i <= last; i++) {
        const size_t j = draw(i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (size_t i = 0; i <= last; i++) {
        const size_t at = order[i];
        for (unsigned n = place->copies[at]; n > 0 && (lost_too || !place->lost[at]); n--) {
            if (chance(percent)) {
                take_courier(s, at);
                place->copies[at]--;
            }
        }
    }
}

/* ---- a card at a station ---- */

/* A card that was pulled: whether it took what it was given shows at its next tap. */
static void resolve(struct model_card *model, const struct sbk_status *status) {
    const struct model_news before = model->has;
    struct model_news took = {0};
    if (!model->unsure) {
        return;
    }
    model->unsure = false;
    took.mandate = status->mandate == model->may_have.mandate ? status->mandate : 0;
    took.stop = status->stopped_up_to == model->may_have.stop ? status->stopped_up_to : 0;
    took.reset = status->reset_epoch == model->may_have.reset ? status->reset_epoch : 0;
    model_deliver(model, &took, sbk_clock_today(&city_clock));
    if (model->has.mandate != before.mandate) {
        model->last_entry = model->has.mandate;
    }
}

static void check_spent(const struct sbk_session *session, struct model_card *model) {
    const struct sbk_status *status = &sbk_session_card(session)->status;
    for (size_t slot = 0; slot < SBK_PURSES_MAX; slot++) {
        const struct sbk_spent *spent = &status->spent[slot];
        if (spent->grant == 0) {
            continue;
        }
        const struct model_grant *grant = model_grant_of(model, spent->grant);
        (void)hold(spent->spent == grant->spent && spent->credit == grant->credit && !grant->ended, model,
            "grant %u: spent %u, credit %u instead of %u and %u", spent->grant, (unsigned)spent->spent,
            (unsigned)spent->credit, (unsigned)grant->spent, (unsigned)grant->credit);
    }
}

static void check_card(const struct sbk_session *session, struct model_card *model, const char *when) {
    const struct sbk_status *status = &sbk_session_card(session)->status;
    (void)hold(status->mandate == model->has.mandate, model, "%s: mandate %u instead of %u", when,
        (unsigned)status->mandate, (unsigned)model->has.mandate);
    (void)hold(status->stopped_up_to == model->has.stop, model, "%s: stopped up to %u instead of %u", when,
        (unsigned)status->stopped_up_to, (unsigned)model->has.stop);
    (void)hold(status->reset_epoch == model->has.reset, model, "%s: PIN reset %u instead of %u", when,
        (unsigned)status->reset_epoch, (unsigned)model->has.reset);
    (void)hold((status->state == SBK_STATE_ENDED) == model_closed(model), model, "%s: state %u", when, status->state);
    const bool same = sbk_session_card(session)->mandate.status == model_mandate(model)->status;
    (void)hold(same, model, "%s: another status of the mandate", when);
    check_spent(session, model);
}

static void note_acknowledgement(size_t s, size_t i) {
    struct place *place = &walk.places[s];
    if (walk.model[i].last_entry > place->acknowledged[i]) {
        place->acknowledged[i] = walk.model[i].last_entry;
    }
}

static void buy(struct city_station *at, struct sbk_session *session, struct model_card *model) {
    static const char *const words[] = {"telur=3pc", "beras=150g", "minyak=70ml"};
    const struct sbk_sale_options options = {.words = &words[draw(3)], .word_count = 1};
    struct sbk_error error = {.reason = NULL};
    struct sbk_sale *sale = NULL;
    must(sbk_sale_new(&sale, at->station, &options, &error), &error);
    sbk_result result = sbk_sale_read(sale, session, &error);
    if (result == SBK_OK) {
        result = sbk_sale_confirm(sale, SBK_WHO_HOLDER, sbk_sale_needs_pin(sale) ? &walk.city.pin : NULL, &error);
    }
    if (result == SBK_OK) {
        result = sbk_sale_charge(sale, session, &error);
    }
    (void)hold(result == SBK_OK || result == SBK_REFUSED, model, "a sale ended with %s", error.text);
    if (result == SBK_OK) {
        const struct sbk_receipt *receipt = sbk_sale_receipt(sale);
        walk.sales++;
        model->last_entry = 0;
        for (size_t i = 0; i < SBK_DEBITS_MAX && receipt->entry.debits[i].grant != 0; i++) {
            const struct sbk_entry_debit *debit = &receipt->entry.debits[i];
            struct model_grant *grant = model_grant_of(model, debit->grant);
            grant->spent += debit->amount;
            (void)hold(grant->spent == debit->spent, model, "grant %u: the receipt says %u spent, not %u", debit->grant,
                (unsigned)debit->spent, (unsigned)grant->spent);
        }
    }
    sbk_sale_free(&sale);
}

static sbk_result settle_and_deliver(struct sbk_session *session, struct model_card *model, struct sbk_error *error) {
    struct sbk_settled settled[SBK_SETTLED_MAX];
    struct sbk_delivered delivered[SBK_PARCEL_KINDS];
    size_t count = 0;
    sbk_result result = sbk_session_settle(session, settled, &count, error);
    if (result != SBK_OK) {
        return result;
    }
    result = sbk_session_deliver(session, delivered, &count, error);
    walk.delivered += (unsigned)count;
    for (size_t i = 0; i < count; i++) {
        (void)hold(!delivered[i].refused, model, "the card refused a %s", sbk_parcel_word(delivered[i].kind));
    }
    return result;
}

/* What was under way when the card was pulled, it may have; and the log may have its acknowledgement. */
static void doubt(size_t s, size_t i, const struct model_news *waiting) {
    struct model_card *model = &walk.model[i];
    uint32_t *may = &walk.places[s].may[i];
    model->may_have = model->has;
    model_take(&model->may_have, waiting);
    model->unsure = true;
    *may = model->may_have.mandate > *may ? model->may_have.mandate : *may;
    walk.pulls++;
}

static void tap(size_t s, size_t i, unsigned pull_at) {
    struct city_station *at = &walk.city.stations[s];
    struct model_card *model = &walk.model[i];
    const struct model_news *waiting = &walk.places[s].waiting[i];
    struct sbk_session *session = NULL;
    struct sbk_error error = {.reason = NULL};
    const bool sale = pull_at == 0 && s + 1 < walk.stations && chance(20);
    walk.taps++;
    city_tap(&walk.city, &walk.city.cards[i], pull_at, chance(50));
    sbk_result result = sbk_session_open(&session, at->station, &walk.city.transport, &error);
    if (result == SBK_OK) {
        resolve(model, &sbk_session_card(session)->status);
        check_card(session, model, "before");
        result = sale ? SBK_OK : settle_and_deliver(session, model, &error);
    }
    if (result == SBK_OK) {
        note_acknowledgement(s, i);
        model_deliver(model, waiting, sbk_clock_today(&city_clock));
        note_acknowledgement(s, i);
        if (sale) {
            buy(at, session, model); /* what it spent shows at the next tap */
        } else {
            check_card(session, model, "after");
        }
    } else if (hold(city_pulled(&walk.city), model, "a tap failed: %s", error.text)) {
        doubt(s, i, waiting);
    }
    sbk_session_close(&session);
    city_lift(&walk.city);
}

/* ---- what comes back ---- */

static void take_log(size_t s) {
    struct sbk_acknowledged counts = {0};
    struct sbk_error error = {.reason = NULL};
    struct place *place = &walk.places[s];
    must(sbk_acknowledge_log(walk.city.office.ledger, walk.city.stations[s].station, &counts, &error), &error);
    (void)hold(counts.foreign == 0, walk.model, "%zu foreign acknowledgements", counts.foreign);
    for (size_t i = 0; i < walk.cards; i++) {
        struct model_card *model = &walk.model[i];
        const uint32_t may = place->may[i] > place->acknowledged[i] ? place->may[i] : place->acknowledged[i];
        model->acknowledged =
            place->acknowledged[i] > model->acknowledged ? place->acknowledged[i] : model->acknowledged;
        walk.office_may[i] = may > walk.office_may[i] ? may : walk.office_may[i];
    }
}

/* ---- cases: they go on where the one before ended ---- */

/* The first cards stay at home until the end. */
static size_t draw_card(void) {
    const size_t sleepers = walk.cards / 10;
    return sleepers + draw(walk.cards - sleepers);
}

static void one_round(size_t at) {
    make_records((walk.records - walk.made) / (ROUNDS - at));
    pack(at);
    for (size_t s = 0; s < walk.stations; s++) {
        take_couriers(s, at, 60, false);
        if (chance(15)) {
            city_restart(&walk.city, &walk.city.stations[s]);
        }
    }
    for (size_t n = walk.records / ROUNDS; n > 0; n--) {
        const size_t i = draw_card();
        /* Once more before it is known what it took would be more than the model can follow. */
        tap(draw(walk.stations), i, !walk.model[i].unsure && chance(25) ? 1 + (unsigned)draw(14) : 0);
    }
    for (size_t s = 0; s < walk.stations && at % 3 == 2; s++) {
        if (chance(50)) {
            take_log(s);
        }
    }
}

static void after_every_tap_the_newest_that_came(void **state) {
    (void)state;
    for (size_t at = 0; at < ROUNDS; at++) {
        one_round(at);
    }
    print_message("# %zu records, %u couriers taken, %u taps, %u pulled, %u given, %u sales\n", walk.made,
        walk.couriers, walk.taps, walk.pulls, walk.delivered, walk.sales);
    assert_true(walk.delivered > 0 && walk.pulls > 0 && walk.sales > 0);
    assert_int_equal(walk.complaints, 0);
}

static void none_is_lost_once_all_have_come(void **state) {
    (void)state;
    walk.complaints = 0;
    for (size_t s = 0; s < walk.stations; s++) {
        take_couriers(s, ROUNDS - 1, 100, true);
    }
    for (size_t i = 0; i < walk.cards; i++) {
        struct model_card *model = &walk.model[i];
        tap(draw(walk.stations), i, 0);
        (void)hold(model->has.mandate == model->newest.mandate, model, "it has mandate %u of %u",
            (unsigned)model->has.mandate, (unsigned)model->newest.mandate);
        (void)hold(
            model_closed(model) || (model->has.stop == model->newest.stop && model->has.reset == model->newest.reset),
            model, "it has not got its newest notice");
    }
    assert_int_equal(walk.complaints, 0);
}

static sbk_result still_outstanding(void *context, const struct sbk_outstanding *card, struct sbk_error *error) {
    (void)error;
    (void)card;
    ++*(size_t *)context;
    return SBK_OK;
}

static sbk_result still_undelivered(void *context, const struct sbk_undelivered *record, struct sbk_error *error) {
    (void)error;
    (void)record;
    ++*(size_t *)context;
    return SBK_OK;
}

static void all_logs_leave_nothing_outstanding(void **state) {
    struct sbk_error error = {.reason = NULL};
    size_t outstanding = 0;
    (void)state;
    walk.complaints = 0;
    for (size_t s = 0; s < walk.stations; s++) {
        take_log(s);
    }
    must(sbk_outstanding_each(walk.city.office.ledger, still_outstanding, &outstanding, &error), &error);
    assert_int_equal(outstanding, 0);
    must(sbk_undelivered_each(walk.city.office.ledger, still_undelivered, &outstanding, &error), &error);
    assert_int_equal(outstanding, 0);
    assert_int_equal(walk.complaints, 0);
}

/* ---- every grant that ended: its final spent, signed by the card, is what was bought with it ---- */

static sbk_result look_at_finals(void *context, uint32_t position, const struct sbk_log_entry *entry,
    const uint8_t *data, size_t size, struct sbk_error *error) {
    struct sbk_receipt receipt;
    (void)context;
    (void)position;
    (void)data;
    (void)size;
    if ((entry->kind != SBK_LOG_RECEIPT && entry->kind != SBK_LOG_CARRIED) ||
        sbk_receipt_of(&receipt, entry->fields[0].data, entry->fields[1].data, error) != SBK_OK ||
        receipt.entry.kind != SBK_ENTRY_MANDATE) {
        return SBK_OK;
    }
    for (size_t i = 0; i < walk.cards; i++) {
        struct model_card *model = &walk.model[i];
        for (size_t slot = 0;
             slot < SBK_PURSES_MAX && memcmp(walk.city.cards[i].alias, receipt.entry.alias, SBK_ALIAS_SIZE) == 0;
             slot++) {
            const struct sbk_entry_final *final = &receipt.entry.finals[slot];
            if (final->grant != 0) {
                const struct model_grant *grant = model_grant_of(model, final->grant);
                (void)hold(grant->ended && grant->spent == final->spent, model, "grant %u ended with %u spent, not %u",
                    final->grant, (unsigned) final->spent, (unsigned)grant->spent);
                walk.delivered++;
            }
        }
    }
    return SBK_OK;
}

static void what_was_spent_of_ended_grants_is_signed(void **state) {
    struct sbk_error error = {.reason = NULL};
    struct sbk_log_report report;
    (void)state;
    walk.complaints = 0;
    walk.delivered = 0;
    for (size_t s = 0; s < walk.stations; s++) {
        must(sbk_log_walk(walk.city.stations[s].station, 0, look_at_finals, NULL, &error), &error);
        must(sbk_log_verify(walk.city.stations[s].station, &(struct sbk_log_watch){.context = NULL}, &report, &error),
            &error);
    }
    assert_true(walk.delivered > 0);
    assert_int_equal(walk.complaints, 0);
}

/* ---- the whole ---- */

static int begin(void **state) {
    (void)state;
    city_open(&walk.city, walk.cards, walk.stations);
    walk.next_grant = 1000;
    walk.model = calloc(walk.cards, sizeof *walk.model);
    walk.office_may = calloc(walk.cards, sizeof *walk.office_may);
    assert_true(walk.model != NULL && walk.office_may != NULL);
    for (size_t i = 0; i < walk.cards; i++) {
        model_card_begin(&walk.model[i], &walk.city.cards[i].first);
    }
    for (size_t s = 0; s < walk.stations; s++) {
        struct place *place = &walk.places[s];
        place->waiting = calloc(walk.cards, sizeof *place->waiting);
        place->acknowledged = calloc(walk.cards, sizeof *place->acknowledged);
        place->may = calloc(walk.cards, sizeof *place->may);
        assert_true(place->waiting != NULL && place->acknowledged != NULL && place->may != NULL);
    }
    return 0;
}

static int end(void **state) {
    (void)state;
    city_close(&walk.city);
    for (size_t s = 0; s < walk.stations; s++) {
        free(walk.places[s].waiting);
        free(walk.places[s].acknowledged);
        free(walk.places[s].may);
    }
    for (size_t at = 0; at < ROUNDS; at++) {
        sbk_buffer_free(&walk.rounds[at].file);
        free(walk.rounds[at].news);
    }
    free(walk.model);
    free(walk.office_may);
    return 0;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_every_tap_the_newest_that_came),
        cmocka_unit_test(none_is_lost_once_all_have_come),
        cmocka_unit_test(all_logs_leave_nothing_outstanding),
        cmocka_unit_test(what_was_spent_of_ended_grants_is_signed),
    };
    const char *seed = getenv("SBK_SEED");
    walk.cards = argc > 3 ? strtoul(argv[1], NULL, 10) : 40;
    walk.stations = argc > 3 ? strtoul(argv[2], NULL, 10) : 4;
    walk.records = argc > 3 ? strtoul(argv[3], NULL, 10) : 400;
    walk.seed = walk.random = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    printf("# SBK_SEED=%llu for the same walk\n", (unsigned long long)walk.seed);
    return cmocka_run_group_tests(tests, begin, end);
}
