/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reader/cross_check.h"
#include "schema/reason.h"
#include "tests/keys/fixture.h"
#include "tests/reader/log_world.h"

#include <stdlib.h>
#include <string.h>

static struct log_world world;
static struct sbk_station *here;
static struct sbk_station *there;
static uint8_t cards; /* made so far; each test has its own */

static const struct log_order activate = {.operation = SBK_OPERATION_ACTIVATE};
static const struct log_order take_30 = {.operation = SBK_OPERATION_DEBIT, .grant = 1, .amount = 30};
static const struct log_order take_12 = {.operation = SBK_OPERATION_DEBIT, .grant = 1, .amount = 12};

static int setup(void **state) {
    (void)state;
    log_world_open(&world);
    here = log_world_station(&world, "HERE");
    there = log_world_station(&world, "THERE");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    sbk_station_close(&here);
    sbk_station_close(&there);
    log_world_close(&world);
    return 0;
}

/* ---- what was found of one card ---- */

struct seen {
    const struct log_card *card;
    size_t count;
    struct {
        sbk_result severity;
        const char *reason;
        uint32_t counter;
    } findings[8];
    struct sbk_cross_card said;
};

static void note(void *context, const struct sbk_cross_finding *finding) {
    struct seen *seen = context;
    if (finding->alias == NULL || memcmp(finding->alias, seen->card->alias, SBK_ALIAS_SIZE) != 0)
        return;
    assert_true(seen->count < 8);
    seen->findings[seen->count].severity = finding->severity;
    seen->findings[seen->count].reason = finding->reason;
    seen->findings[seen->count++].counter = finding->counter;
}

static void note_card(void *context, const struct sbk_cross_card *card) {
    struct seen *seen = context;
    if (memcmp(card->alias, seen->card->alias, SBK_ALIAS_SIZE) == 0)
        seen->said = *card;
}

static struct seen cross(const struct log_card *card, bool with_there) {
    struct seen seen = {.card = card};
    const struct sbk_cross_watch watch = {.finding = note, .card = note_card, .context = &seen};
    struct sbk_station *stations[] = {here, there};
    struct sbk_cross_check *check = NULL;
    struct sbk_cross_report report;
    struct sbk_error error;
    CHECK_OK(sbk_cross_check_new(&check, &watch, E));
    for (size_t i = 0; i < 1u + with_there; i++) {
        struct sbk_station_options options = {.path = stations[i]->path, .clock = fixture_clock()};
        struct sbk_station *open = NULL;
        CHECK_OK(sbk_station_open(&open, &options, SBK_STATION_READ, E));
        CHECK_OK(sbk_cross_check_add(check, open, E));
    }
    sbk_result result = sbk_cross_check_finish(check, &report, &error);
    assert_int_equal(result, report.findings[SBK_TAMPERED] > 0    ? SBK_TAMPERED
                             : report.findings[SBK_UNSETTLED] > 0 ? SBK_UNSETTLED
                                                                  : SBK_OK);
    sbk_cross_check_free(&check);
    return seen;
}

static void found(const struct seen *seen, size_t at, sbk_result severity, const char *reason, uint32_t counter) {
    assert_true(at < seen->count);
    assert_string_equal(seen->findings[at].reason, reason);
    assert_int_equal(seen->findings[at].severity, severity);
    assert_int_equal(seen->findings[at].counter, counter);
}

static struct log_card new_card(void) {
    struct log_card card;
    log_card_make(&world, &card, ++cards);
    (void)log_trade(here, &card, &activate);
    return card;
}

/* A receipt that the card signs after somebody changed what it says. */
typedef void (*lie)(struct sbk_entry *entry);
static struct sbk_receipt trade_changed(
    struct sbk_station *station, struct log_card *card, const struct log_order *order, lie tell) {
    struct log_intent intent;
    struct sbk_receipt receipt;
    log_intend(station, card, order, &intent);
    log_answer(station, card, order, &intent, &receipt);
    tell(&receipt.entry);
    log_sign(card, &receipt);
    memcpy(card->previous, receipt.hash, sizeof card->previous);
    log_settle(station, card, &receipt);
    return receipt;
}

/* ---- whole chains ---- */

static void test_whole(void **state) {
    struct log_card card = new_card();
    (void)state;
    struct sbk_receipt debit = log_trade(here, &card, &take_30);
    log_carry(there, &card, &debit);
    struct sbk_receipt other = log_trade(there, &card, &take_12);
    const struct log_order undo = {SBK_OPERATION_VOID, 1, 12, &other, 0};
    (void)log_trade(there, &card, &undo);
    const struct log_order second = {.operation = SBK_OPERATION_DEBIT, .grant = 2, .amount = 5};
    (void)log_trade(there, &card, &second);
    const struct log_order ends = {.operation = SBK_OPERATION_MANDATE, .final = 1};
    card.mandate++;
    (void)log_trade(here, &card, &ends);
    const struct seen seen = cross(&card, true);
    assert_int_equal(seen.count, 0);
    assert_int_equal(seen.said.entries, 6);
    assert_int_equal(seen.said.newest, 5);
    assert_int_equal(seen.said.missing, 0);
    /* Without the second log: three numbers are missing, and the twelve that came and went do not show. */
    const struct seen half = cross(&card, false);
    assert_int_equal(half.count, 1);
    found(&half, 0, SBK_UNSETTLED, SBK_REASON_RECEIPT_MISSING, 2);
    assert_int_equal(half.said.missing, 3);
    log_card_free(&card);
}

static void test_missing_amount(void **state) {
    struct log_card card = new_card();
    (void)state;
    (void)log_trade(here, &card, &take_30);
    (void)log_trade(there, &card, &take_12);
    (void)log_trade(here, &card, &take_30);
    const struct seen seen = cross(&card, false);
    assert_int_equal(seen.count, 2);
    found(&seen, 0, SBK_UNSETTLED, SBK_REASON_RECEIPT_MISSING, 2);
    found(&seen, 1, SBK_UNSETTLED, SBK_REASON_RECEIPT_MISSING, 3);
    log_card_free(&card);
}

/* ---- cards that lie ---- */

static void more_spent(struct sbk_entry *entry) {
    entry->debits[0].spent++;
}
static void less_spent(struct sbk_entry *entry) {
    entry->debits[0].spent--;
}
static void more_final(struct sbk_entry *entry) {
    entry->finals[0].spent++;
}
static void older_mandate(struct sbk_entry *entry) {
    entry->mandate--;
}
static void other_amount(struct sbk_entry *entry) {
    entry->debits[0].amount--;
    entry->debits[0].spent++;
}

static void test_amounts(void **state) {
    static const lie changes[] = {more_spent, less_spent};
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct log_card card = new_card();
        (void)log_trade(here, &card, &take_30);
        (void)trade_changed(there, &card, &take_12, changes[i]);
        const struct seen seen = cross(&card, true);
        assert_int_equal(seen.count, 1);
        found(&seen, 0, SBK_TAMPERED, SBK_REASON_AMOUNT, 2);
        log_card_free(&card);
    }
}

static void test_final_of_a_grant(void **state) {
    struct log_card card = new_card();
    const struct log_order ends = {.operation = SBK_OPERATION_MANDATE, .final = 1};
    (void)state;
    (void)log_trade(here, &card, &take_30);
    card.mandate++;
    (void)trade_changed(there, &card, &ends, more_final);
    const struct seen seen = cross(&card, true);
    assert_int_equal(seen.count, 1);
    found(&seen, 0, SBK_TAMPERED, SBK_REASON_AMOUNT, 2);
    log_card_free(&card);
}

static void test_older_mandate(void **state) {
    struct log_card card = new_card();
    (void)state;
    (void)log_trade(here, &card, &take_30);
    (void)trade_changed(there, &card, &take_12, older_mandate);
    const struct seen seen = cross(&card, true);
    assert_int_equal(seen.count, 1);
    found(&seen, 0, SBK_TAMPERED, SBK_REASON_CHAIN, 2);
    log_card_free(&card);
}

static void test_voids(void **state) {
    struct log_card card = new_card();
    (void)state;
    struct sbk_receipt debit = log_trade(here, &card, &take_30);
    const struct log_order undo = {SBK_OPERATION_VOID, 1, 30, &debit, 0};
    (void)trade_changed(here, &card, &undo, other_amount);
    struct seen seen = cross(&card, true);
    assert_int_equal(seen.count, 1);
    found(&seen, 0, SBK_TAMPERED, SBK_REASON_AMOUNT, 2);
    log_card_free(&card);

    card = new_card();
    debit = log_trade(here, &card, &take_30);
    (void)log_trade(here, &card, &take_30);
    const struct log_order again = {SBK_OPERATION_VOID, 1, 30, &debit, 0};
    (void)log_trade(here, &card, &again);
    (void)log_trade(here, &card, &again);
    seen = cross(&card, true);
    assert_int_equal(seen.count, 1);
    found(&seen, 0, SBK_TAMPERED, SBK_REASON_VOIDED, 4);
    log_card_free(&card);
}

static void test_fork(void **state) {
    struct log_card card = new_card();
    (void)state;
    (void)log_trade(here, &card, &take_30);
    struct log_card copy = card;
    (void)log_trade(here, &card, &take_12);
    (void)log_trade(here, &card, &take_12);
    (void)log_trade(there, &copy, &take_30);
    (void)log_trade(there, &copy, &take_30);
    const struct seen seen = cross(&card, true);
    assert_int_equal(seen.count, 1);
    found(&seen, 0, SBK_TAMPERED, SBK_REASON_CARD_FORKED, 2);
    assert_true(seen.said.forked);
    log_card_free(&card);
}

/* Two copies whose numbers never meet: the later one does not name what came before it. */
static void test_fork_between_numbers(void **state) {
    struct log_card card = new_card();
    (void)state;
    (void)log_trade(here, &card, &take_30);
    struct log_card copy = card;
    (void)log_trade(here, &card, &take_12);
    copy.next++;
    memset(copy.previous, 7, sizeof copy.previous);
    (void)log_trade(there, &copy, &take_30);
    const struct seen seen = cross(&card, true);
    assert_int_equal(seen.count, 1);
    found(&seen, 0, SBK_TAMPERED, SBK_REASON_CARD_FORKED, 3);
    log_card_free(&card);
}

static void test_number_left_out(void **state) {
    struct log_card card = new_card();
    (void)state;
    (void)log_trade(here, &card, &take_30);
    card.next++;
    (void)log_trade(there, &card, &take_12);
    const struct seen seen = cross(&card, true);
    assert_int_equal(seen.count, 2);
    found(&seen, 0, SBK_UNSETTLED, SBK_REASON_RECEIPT_MISSING, 2);
    found(&seen, 1, SBK_TAMPERED, SBK_REASON_CHAIN, 3);
    log_card_free(&card);
}

/* ---- transactions that one log left open ---- */

static void test_open_intents(void **state) {
    struct log_card card = new_card();
    struct log_intent intent;
    struct sbk_receipt receipt;
    struct seen seen;
    (void)state;
    log_intend(here, &card, &take_30, &intent);
    seen = cross(&card, true);
    assert_int_equal(seen.count, 1);
    found(&seen, 0, SBK_UNSETTLED, SBK_REASON_OPEN_INTENT, 1);

    log_answer(here, &card, &take_30, &intent, &receipt);
    log_carry(there, &card, &receipt);
    seen = cross(&card, true);
    assert_int_equal(seen.count, 1);
    found(&seen, 0, SBK_OK, SBK_REASON_OPEN_INTENT, 1);

    /* The log says that nothing was charged, but it was. */
    log_resolve(here, intent.transaction, SBK_RESOLVED_UNTOUCHED, SBK_SALE_UNTOUCHED);
    seen = cross(&card, true);
    assert_int_equal(seen.count, 1);
    found(&seen, 0, SBK_TAMPERED, SBK_REASON_CHAIN, 1);
    log_card_free(&card);
}

static void test_open_intent_without_effect(void **state) {
    struct log_card card = new_card();
    struct log_intent intent;
    (void)state;
    log_intend(here, &card, &take_30, &intent);
    (void)log_trade(there, &card, &take_12); /* the entry that the intent expected is another's */
    const struct seen seen = cross(&card, true);
    assert_int_equal(seen.count, 1);
    found(&seen, 0, SBK_OK, SBK_REASON_OPEN_INTENT, 1);
    log_card_free(&card);
}

/* ---- logs that lie ---- */

static void other_root(struct sbk_entry *entry) {
    entry->log_root[0] ^= 1;
}

static void test_rolled_back_log(void **state) {
    struct log_card card = new_card();
    struct log_intent intent;
    struct sbk_receipt receipt;
    (void)state;
    log_intend(here, &card, &take_30, &intent);
    log_answer(here, &card, &take_30, &intent, &receipt);
    other_root(&receipt.entry); /* the head of a log that went another way than the one that is here now */
    log_sign(&card, &receipt);
    log_carry(there, &card, &receipt);
    const struct seen seen = cross(&card, true);
    assert_int_equal(seen.count, 2);
    found(&seen, 0, SBK_TAMPERED, SBK_REASON_LOG_ROLLED_BACK, 1);
    log_card_free(&card);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_missing_amount),
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_final_of_a_grant),
        cmocka_unit_test(test_older_mandate),
        cmocka_unit_test(test_voids),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_fork_between_numbers),
        cmocka_unit_test(test_number_left_out),
        cmocka_unit_test(test_open_intents),
        cmocka_unit_test(test_open_intent_without_effect),
        cmocka_unit_test(test_rolled_back_log),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
