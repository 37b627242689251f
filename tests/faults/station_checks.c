/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/courier.h"
#include "reader/roots.h"
#include "schema/reason.h"
#include "tests/faults/station_city.h"

#include <string.h>

/* ---- what logs and card hold ---- */

static uint32_t number_in(const struct sbk_log_field *field) {
    struct sbk_reader reader = sbk_reader_of(field->data, field->size);
    return sbk_read_u32(&reader);
}

static void set_open(struct tally *tally, uint32_t number, bool open) {
    size_t i = 0;
    while (i < tally->open_count && tally->open[i] != number)
        i++;
    if (open && i == tally->open_count && i < CHAIN_MAX)
        tally->open[tally->open_count++] = number;
    if (!open && i < tally->open_count)
        tally->open[i] = tally->open[--tally->open_count];
}

static sbk_result take_entry(void *context, uint32_t position, const struct sbk_log_entry *entry, const uint8_t *data,
    size_t size, struct sbk_error *error) {
    struct tally *tally = context;
    struct sbk_receipt receipt;
    (void)position;
    (void)data;
    (void)size;
    if (entry->kind == SBK_LOG_INTENT)
        set_open(tally, number_in(&entry->fields[1]), true);
    if (entry->kind == SBK_LOG_RESOLVED)
        set_open(tally, number_in(&entry->fields[0]), false);
    if (entry->kind != SBK_LOG_RECEIPT && entry->kind != SBK_LOG_CARRIED)
        return SBK_OK;
    sbk_result result = sbk_receipt_of(&receipt, entry->fields[0].data, entry->fields[1].data, error);
    if (result == SBK_OK && entry->kind == SBK_LOG_RECEIPT)
        set_open(tally, receipt.entry.transaction, false);
    if (result != SBK_OK || memcmp(receipt.entry.alias, tally->alias, SBK_ALIAS_SIZE) != 0)
        return result;
    uint32_t counter = receipt.entry.counter;
    if (counter >= CHAIN_MAX)
        return SBK_OK;
    tally->own[counter] += entry->kind == SBK_LOG_RECEIPT;
    tally->forks |= tally->in_log[counter] && memcmp(tally->hash[counter], receipt.hash, SBK_HASH_SIZE) != 0;
    tally->in_log[counter] = true;
    tally->entry[counter] = receipt.entry;
    memcpy(tally->hash[counter], receipt.hash, SBK_HASH_SIZE);
    return SBK_OK;
}

struct tally count_log(struct sbk_station *station, const uint8_t *alias) {
    struct tally tally = {.alias = alias};
    struct sbk_error error = {0};
    check(sbk_log_walk(station, 0, take_entry, &tally, &error) == SBK_OK, "the log can be read", error.text);
    return tally;
}

static void note_finding(void *context, uint32_t position, const char *reason, const char *text) {
    (void)context;
    (void)position;
    (void)reason;
    check(false, "log verify passes", text);
}

void verify_log(struct sbk_station *station) {
    struct sbk_log_watch watch = {.finding = note_finding};
    struct sbk_log_report report;
    struct sbk_error error = {0};
    check(sbk_log_verify(station, &watch, &report, &error) == SBK_OK, "log verify passes", error.text);
}

/* What a debit adds to what is spent, and a void takes off again. */
static uint32_t amount_of(const struct sbk_entry *entry, size_t debit) {
    if (entry->kind == SBK_ENTRY_DEBIT)
        return entry->debits[debit].amount;
    return entry->kind == SBK_ENTRY_VOID ? 0U - entry->debits[debit].amount : 0;
}

/* Promise 1 and 2: spent is the sum of the receipts, each counter and each own transaction once. */
static void check_sums(struct sbk_session *session, struct sbk_station *station, struct sbk_station *other) {
    const struct sbk_status *status = &session->view.status;
    struct tally here = count_log(station, alias_room);
    struct tally there = {.alias = alias_room};
    struct sbk_error error = {0};
    uint32_t sums[SBK_PURSES_MAX] = {0};
    if (other != NULL)
        there = count_log(other, alias_room);
    check(!here.forks && !there.forks, "one chain", "two receipts of one number");
    for (uint32_t i = 0; (status->flags & SBK_STATUS_ENTRIES) && i <= status->counter && i < CHAIN_MAX; i++) {
        struct sbk_receipt receipt;
        struct sbk_entry entry = here.in_log[i] ? here.entry[i] : there.entry[i];
        bool found = true;
        if (!here.in_log[i] && !there.in_log[i]) {
            found = false;
            if (sbk_session_receipt(session, i, &receipt, &found, &error) == SBK_OK && found)
                entry = receipt.entry;
            if (i == status->counter)
                check(found, "a committed debit is in a log or on the card", error.text);
        }
        if (!found)
            continue;
        check(here.own[i] <= 1, "counted once", "an own receipt stands twice in the log");
        if (memcmp(entry.terminal, station->terminal, SBK_TERMINAL_SIZE) == 0)
            check(here.own[i] == 1, "own receipts are in the log", "a receipt of this station is only on the card");
        for (uint32_t j = 0; j < i; j++)
            check(!here.in_log[j] || here.entry[j].transaction != entry.transaction ||
                      memcmp(here.entry[j].terminal, entry.terminal, SBK_TERMINAL_SIZE) != 0,
                "a transaction number stands for one receipt", "used twice");
        for (size_t d = 0; d < SBK_DEBITS_MAX && entry.debits[d].grant != 0; d++)
            sums[entry.debits[d].slot] += amount_of(&entry, d);
    }
    for (size_t slot = 0; slot < SBK_PURSES_MAX; slot++)
        check(sums[slot] == status->spent[slot].spent, "spent is the sum of the receipts", "it is not");
}

/* ---- after the restart ---- */

void check_told(struct sbk_station *station, size_t count) {
    struct tally tally = count_log(station, alias_room);
    for (size_t i = 0; i < count; i++) {
        const struct told *told = &city.told[i];
        struct sbk_sale_row row;
        struct sbk_error error = {0};
        bool found = false;
        bool there = false;
        check(sbk_sale_look(station, told->number, "", &found, &row, &error) == SBK_OK && found,
            "a number told is durable", "it is lost");
        for (size_t c = 0; c < CHAIN_MAX; c++) {
            there |= told->what == TOLD_RECEIPT && tally.own[c] == 1 &&
                     memcmp(tally.hash[c], told->hash, SBK_HASH_SIZE) == 0;
            if (told->what == TOLD_NOTHING && tally.own[c] > 0)
                check(tally.entry[c].transaction != told->number, "nothing was charged", "it was");
        }
        if (told->what == TOLD_RECEIPT)
            check(there, "a receipt shown is in the log", "it is lost");
    }
}

struct listed {
    const struct tally *tally;
    size_t count;
};

static sbk_result check_one_listed(void *context, const struct sbk_unsettled *unsettled, struct sbk_error *error) {
    struct listed *listed = context;
    bool in_log = false;
    (void)error;
    check(unsettled->transaction.outcome == SBK_SALE_OPEN, "nothing is given up here", "a transaction is in doubt");
    for (size_t j = 0; j < listed->tally->open_count; j++)
        in_log |= listed->tally->open[j] == unsettled->transaction.number;
    check(in_log, "what is listed open has an intent", "it has none");
    listed->count++;
    return SBK_OK;
}

void check_listed(struct sbk_station *station) {
    struct tally tally = count_log(station, alias_room);
    struct listed listed = {.tally = &tally};
    struct sbk_error error = {0};
    check(sbk_station_unsettled(station, check_one_listed, &listed, &error) == SBK_OK, "open intents are listed",
        error.text);
    check(listed.count == tally.open_count, "every open intent is listed", "the list and the log differ");
}

void settle_and_count(struct sbk_station *station, struct sbk_station *other) {
    struct sbk_session *session = NULL;
    struct sbk_settled settled[SBK_SETTLED_MAX];
    struct sbk_error error = {0};
    size_t count = 0;
    rig_tap(&city.rig);
    if (!check(
            sbk_session_open(&session, station, &city.rig.transport, &error) == SBK_OK, "the card works", error.text))
        return;
    check(sbk_session_settle(session, settled, &count, &error) == SBK_OK, "open intents are settled", error.text);
    for (size_t i = 0; i < count; i++)
        check(settled[i].outcome != SBK_SALE_OPEN, "the card's tap settles", "an intent stays open");
    check_listed(station);
    check_sums(session, station, other);
    sbk_session_close(&session);
}

uint32_t spent_of_card(void) {
    /* READ STATUS through a station that changes nothing durable. */
    struct sbk_station *station = NULL;
    struct sbk_session *session = NULL;
    struct sbk_error error = {0};
    uint32_t sum = 0;
    rig_tap(&city.rig);
    if (check(open_at(OTHER, CRASH_VFS, &station, &error) == SBK_OK, "a station opens", error.text) &&
        check(sbk_session_open(&session, station, &city.rig.transport, &error) == SBK_OK, "the card works", error.text))
        for (size_t i = 0; i < SBK_PURSES_MAX; i++)
            sum += session->view.status.spent[i].spent;
    sbk_session_close(&session);
    close_it(&station);
    return sum;
}

/* The interrupted void again: done now, or told that it was done. */
static void void_again(struct sbk_station *station) {
    struct sbk_error error = {0};
    unsigned voids = 0;
    sbk_result result = take_back(station, city.to_void, &error);
    check(result == SBK_OK || (result == SBK_REFUSED && strcmp(error.reason, SBK_REASON_VOIDED) == 0),
        "it can be voided again", error.text);
    struct tally tally = count_log(station, alias_room);
    for (size_t i = 0; i < CHAIN_MAX; i++)
        voids += tally.in_log[i] && tally.entry[i].kind == SBK_ENTRY_VOID;
    check(voids == 1, "one void in all", voids == 0 ? "none" : "two");
}

/* One entry of the card acknowledges the mandate, and nothing waits any longer. */
static void check_delivered(struct sbk_station *station) {
    struct tally tally = count_log(station, alias_room);
    struct sbk_error error = {0};
    unsigned mandates = 0;
    size_t waiting = 1;
    uint32_t newest = 0;
    for (size_t i = 0; i < CHAIN_MAX; i++)
        mandates += tally.own[i] == 1 && tally.entry[i].kind == SBK_ENTRY_MANDATE;
    check(mandates == 1, "one acknowledgement", mandates == 0 ? "none" : "two");
    check(sbk_parcels_waiting(station, &waiting, &newest, &error) == SBK_OK && waiting == 0,
        "what was given waits no longer", error.text);
}

/* The root that a courier brings is there with its link, its CAs and signers and the entry in the log, or not at all; taken
 * again it is; and then the card follows. */
static void check_links(struct sbk_station *station) {
    struct sbk_courier_taken taken;
    struct sbk_root_view roots[3];
    struct sbk_issuer_view issuers[16];
    struct sbk_error error = {0};
    uint8_t record[SBK_LINK_SIZE];
    bool link = false;
    const size_t before = sbk_station_roots(station, roots, 3);
    check(sbk_station_link(station, 2, record, &link, &error) == SBK_OK && link == (before == 2),
        "a root with its link, or neither", error.text);
    check(sbk_station_issuers(station, issuers, 16) == 4 * before, "CAs and signers come with it", "they do not");
    verify_log(station);
    check(sbk_courier_take(station, city.links.data, city.links.size, &taken, &error) == SBK_OK,
        "the courier can be taken again", error.text);
    check(taken.root == (before == 2 ? 0 : 2), "its root is new once", "it is not");
    check(sbk_station_roots(station, roots, 3) == 2 && roots[0].generation == 2 && roots[1].until != UINT16_MAX,
        "the station follows", "it does not");
}

static void check_card_follows(void) {
    struct sbk_fci fci = {.root_generation = 0};
    struct sbk_error error = {0};
    rig_tap(&city.rig);
    check(sbk_entitlement_select(&city.rig.transport, &fci, &error) == SBK_OK && fci.root_generation == 2,
        "the card follows", "it does not");
}

/* The interrupted sale again, by its number or by its words, and then a new one. */
static void go_on(struct sbk_station *station, const char *words, size_t told, unsigned how) {
    struct wish again = {.words = words, .number = told > 0 && how % 2 == 0 ? city.told[0].number : 0};
    struct wish next = {.words = "telur=3pc"};
    struct sbk_receipt receipt = {0};
    struct sbk_error error = {0};
    bool repeated = false;
    bool shown = false;
    for (size_t i = 0; i < told; i++)
        if (city.told[i].what == TOLD_RECEIPT && city.told[i].number == city.told[0].number)
            shown = true;
    if (words != NULL &&
        check(sell(station, &again, &receipt, &repeated, &error) == SBK_OK, "it can be repeated", error.text)) {
        if (shown && again.number != 0)
            check(repeated, "exactly once", "the repeat charged again");
    }
    if (city.to_void != 0)
        void_again(station);
    check(sell(station, &next, &receipt, &repeated, &error) == SBK_OK && !repeated, "life goes on", error.text);
    for (size_t i = 0; i < told; i++)
        check(receipt.entry.transaction != city.told[i].number, "numbers are not used again", "one was");
}

void recover(unsigned which, const char *words, size_t told, unsigned how) {
    struct sbk_station *station = NULL;
    struct sbk_station *other = NULL;
    struct sbk_error error = {0};
    size_t kept = city.told_count;
    points++;
    if (check(open_at(which, CRASH_VFS, &station, &error) == SBK_OK, "the station opens", error.text) &&
        (which == OTHER ||
            check(open_at(OTHER, CRASH_VFS, &other, &error) == SBK_OK, "the other station opens", error.text))) {
        verify_log(station);
        check_told(station, told);
        check_listed(station);
        if (city.links.size > 0)
            check_links(station);
        if (how % 3 != 1) /* else the sale itself settles */
            settle_and_count(station, other);
        go_on(station, words, told, how);
        if (city.deliver)
            check_delivered(station);
        settle_and_count(station, other);
        verify_log(station);
        if (city.links.size > 0)
            check_card_follows();
    }
    close_it(&other);
    close_it(&station);
    city.told_count = kept;
}
