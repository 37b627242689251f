/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole sale at an honest station with a card that lies: discover, channel, balance, redeem, resume, void, and the same
 * card once more. The card is a real one whose answers are changed on their way out (hostile_card.h), inside the channel too.
 *
 * Input: the card to begin with, the basket; then the lies, an exchange each (lies.h). Whatever it says, "hand over the goods" means a receipt in a log that
 * verifies, for this sale and no other; "nothing was charged" means that the log says so.
 */
#include "reader/operation.h"
#include "reader/sale_private.h"
#include "reader/session_private.h"
#include "reader/void.h"
#include "schema/reason.h"
#include "tests/fuzz/hostile_card.h"
#include "tests/fuzz/lies.h"
#include "tests/fuzz/station.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool good, const char *promise) {
    if (good)
        return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

/* ---- the station's day ---- */

static struct sbk_transport transport = {.transmit = lies_transmit};
static bool tampered;

static sbk_result heed(sbk_result result) {
    tampered = tampered || result == SBK_TAMPERED;
    return result;
}

static sbk_result tap(struct sbk_station *station, struct sbk_session **session) {
    struct sbk_error error;

    lies_tap();
    return heed(sbk_session_open(session, station, &transport, &error));
}

static void look(struct sbk_station *station) {
    struct sbk_purse_view purses[SBK_PURSES_MAX];
    struct sbk_session *session = NULL;
    struct sbk_error error;
    size_t count = 0;

    if (tap(station, &session) == SBK_OK) {
        sbk_session_purses(session, purses, &count);
        must(count == sbk_session_card(session)->mandate.purse_count, "every purse of the mandate is shown");
        (void)heed(sbk_session_remember(session, &error));
    }
    sbk_session_close(&session);
}

static sbk_result go_on(struct sbk_sale *sale, struct sbk_session *session, struct sbk_error *error) {
    struct sbk_pin pin = {.size = 6, .digits = "135790"};
    sbk_result result = SBK_OK;

    if (sbk_sale_state_of(sale) == SBK_SALE_STATE_OPEN)
        return sbk_sale_resume(sale, session, error);
    result = sbk_sale_read(sale, session, error);
    if (result == SBK_OK && sbk_sale_state_of(sale) == SBK_SALE_STATE_PRICED)
        result = sbk_sale_confirm(sale, SBK_WHO_HOLDER, &pin, error);
    return result == SBK_OK ? sbk_sale_charge(sale, session, error) : result;
}

static void check_receipt(const struct sbk_station *station, const struct sbk_sale *sale) {
    const struct sbk_entry *entry = &sbk_sale_receipt(sale)->entry;
    const struct sbk_bill *bill = sbk_sale_bill(sale);

    must(entry->kind == SBK_ENTRY_DEBIT && entry->transaction == sbk_sale_transaction(sale) &&
             memcmp(entry->terminal, station->terminal, SBK_TERMINAL_SIZE) == 0 &&
             memcmp(entry->digest, bill->digest, SBK_HASH_SIZE) == 0,
        "the receipt is this sale's");
    for (size_t i = 0; i < SBK_DEBITS_MAX; i++)
        must(i < bill->purse_count ? entry->debits[i].slot == bill->purses[i].purse.slot &&
                                         entry->debits[i].grant == bill->purses[i].purse.grant &&
                                         entry->debits[i].amount == bill->purses[i].amount
                                   : entry->debits[i].grant == 0,
            "the receipt says what was bought");
}

static void check_sale(struct sbk_station *station, const struct sbk_sale *sale) {
    struct sbk_sale_row row;
    struct sbk_receipt kept;
    struct sbk_error error;
    bool found = false;
    enum sbk_sale_state state = sbk_sale_state_of(sale);

    must(sbk_sale_look(station, sbk_sale_transaction(sale), sale->words, &found, &row, &error) == SBK_OK && found,
        "the sale is in the station's folder");
    must((state == SBK_SALE_STATE_DONE) == (row.transaction.outcome == SBK_SALE_SETTLED),
        "goods go out for what is settled, and for nothing else");
    if (state == SBK_SALE_STATE_OPEN)
        must(row.transaction.outcome == SBK_SALE_OPEN || row.transaction.outcome == SBK_SALE_DOUBT,
            "what is not known stays open");
    else if (state != SBK_SALE_STATE_DONE)
        must(row.transaction.outcome != SBK_SALE_OPEN, "what was not charged is not open");
    if (state != SBK_SALE_STATE_DONE)
        return;
    check_receipt(station, sale);
    must(row.has_receipt && sbk_operation_load_receipt(station, row.receipt, &kept, &error) == SBK_OK &&
             memcmp(kept.body, sbk_sale_receipt(sale)->body, SBK_ENTRY_SIZE) == 0,
        "the receipt is in the log");
}

static void check_void(struct sbk_station *station, const struct sbk_void *order) {
    const struct sbk_entry *entry = &order->receipt.entry;
    struct sbk_sale_row row;
    struct sbk_error error;
    bool found = false;

    must(sbk_sale_look(station, order->transaction, "", &found, &row, &error) == SBK_OK && found &&
             row.transaction.outcome == SBK_SALE_SETTLED && row.has_receipt,
        "goods come back for a void that is settled");
    must(entry->kind == SBK_ENTRY_VOID && entry->transaction == order->transaction &&
             memcmp(entry->digest, order->sale.hash, SBK_HASH_SIZE) == 0 &&
             memcmp(entry->terminal, station->terminal, SBK_TERMINAL_SIZE) == 0,
        "the void is this sale's");
    for (size_t i = 0; i < SBK_DEBITS_MAX; i++)
        must(entry->debits[i].grant == order->sale.entry.debits[i].grant &&
                 entry->debits[i].amount == order->sale.entry.debits[i].amount,
            "a void is whole");
}

static void take_back(struct sbk_station *station, uint32_t of) {
    for (int taps = 0; taps < 3; taps++) {
        struct sbk_void order = {.of = of};
        struct sbk_session *session = NULL;
        struct sbk_error error;
        sbk_result result = sbk_void_begin(station, &order, &error);

        if (result == SBK_OK)
            result = tap(station, &session);
        if (result == SBK_OK)
            result = heed(sbk_void_read(session, &order, &error));
        if (result == SBK_OK && !order.done)
            result = heed(sbk_void_run(session, &order, &error));
        sbk_session_close(&session);
        must((result == SBK_OK) == order.done, "a void is done when it succeeded");
        if (order.done)
            check_void(station, &order);
        if (result != SBK_UNSETTLED && result != SBK_ENVIRONMENT)
            return;
    }
}

static uint32_t sell(struct sbk_station *station, const char *words) {
    struct sbk_sale_options options = {.words = &words, .word_count = 1};
    struct sbk_session *session = NULL;
    struct sbk_sale *sale = NULL;
    struct sbk_error error;

    if (sbk_sale_new(&sale, station, &options, &error) != SBK_OK)
        abort();
    for (int taps = 0; taps < 3; taps++) {
        const sbk_result result = tap(station, &session) == SBK_OK ? heed(go_on(sale, session, &error)) : SBK_REFUSED;
        const enum sbk_sale_state state = sbk_sale_state_of(sale);

        must((result == SBK_OK) == (state == SBK_SALE_STATE_DONE), "done is what succeeded");
        must(result != SBK_UNSETTLED || state == SBK_SALE_STATE_OPEN, "what is not settled is open");
        sbk_session_close(&session);
        check_sale(station, sale);
        if (state == SBK_SALE_STATE_DONE || state == SBK_SALE_STATE_NOTHING)
            break;
    }
    const uint32_t number = sbk_sale_transaction(sale);
    sbk_sale_free(&sale);
    return number;
}

/* A card that signs may carry in what no honest log explains: another's receipt, or one that we ourselves never asked for.
 * What verification says against such an entry is what it is there for; it says nothing against our own. */
static void finding(void *context, uint32_t position, const char *reason, const char *text) {
    struct sbk_buffer data = SBK_BUFFER_EMPTY;
    struct sbk_log_entry entry = {0};
    struct sbk_error error;
    (void)reason;

    must(position != UINT32_MAX && sbk_log_entry_at(context, position, &data, &entry, &error) == SBK_OK &&
             (entry.kind == SBK_LOG_CARRIED || tampered),
        text);
    sbk_buffer_free(&data);
}

static void check_log(struct sbk_station *station) {
    const struct sbk_log_watch watch = {.finding = finding, .context = station};
    struct sbk_log_report report;
    struct sbk_error error;

    must(sbk_log_checkpoint(station, &error) == SBK_OK, "the log's head is signed");
    const sbk_result result = sbk_log_verify(station, &watch, &report, &error);
    must(result == (report.findings == 0 ? SBK_OK : SBK_TAMPERED), "the log verifies, or is said not to");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const baskets[] = {"beras=1kg", "telur=2pc", "minyak=0.5l", "beras=9kg"};
    struct sbk_station *station = fuzz_station_open();

    lies_begin(data, size);
    tampered = false;
    hostile_begin(sbk_read_u8(&lies));
    uint8_t flow = sbk_read_u8(&lies);
    if (flow & 4)
        look(station);
    const uint32_t number = sell(station, baskets[flow & 3]);
    if (flow & 8)
        (void)sell(station, baskets[(flow >> 4) & 3]);
    if (flow & 64)
        take_back(station, number);
    check_log(station);
    fuzz_station_close(&station);
    return 0;
}
