/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/recovery.h"

#include "base/i18n.h"
#include "reader/bill.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

#define DOUBT_SECONDS (SBK_DOUBT_DAYS * 86400)
#define BATCH 32

sbk_result sbk_log_resolved(
    struct sbk_station *station, uint32_t transaction, uint8_t how, uint32_t counter, struct sbk_error *error) {
    uint8_t numbers[8];
    struct sbk_writer writer = sbk_writer_of(numbers, sizeof numbers);
    sbk_write_u32(&writer, transaction);
    sbk_write_u32(&writer, counter);
    struct sbk_log_field fields[] = {{numbers, 4}, {&how, 1}, {numbers + 4, 4}};
    return sbk_log_append(station, SBK_LOG_RESOLVED, fields, 3, NULL, error);
}

static sbk_result give_up(
    struct sbk_station *station, const struct sbk_sale_row *rows, size_t count, struct sbk_error *error) {
    sbk_result result = sbk_station_begin(station, error);
    if (result != SBK_OK)
        return result;
    for (size_t i = 0; i < count && result == SBK_OK; i++) {
        const struct sbk_transaction *open = &rows[i].transaction;
        result = sbk_log_resolved(station, open->number, SBK_RESOLVED_DOUBT, open->counter, error);
        if (result == SBK_OK)
            result = sbk_sale_close(station, open->number, SBK_SALE_DOUBT, NULL, error);
    }
    if (result == SBK_OK)
        result = sbk_station_commit(station, error);
    if (result != SBK_OK)
        sbk_station_rollback(station);
    return result;
}

sbk_result sbk_station_give_up(struct sbk_station *station, size_t *count, struct sbk_error *error) {
    struct sbk_sale_row rows[BATCH];
    struct sbk_error ignored;
    uint32_t now = sbk_station_time(station);
    int64_t until = (int64_t)(now < station->last_time ? now : station->last_time) - DOUBT_SECONDS;
    size_t found = BATCH;
    sbk_result result = SBK_OK;
    *count = 0;
    if (sbk_station_check(station, SBK_ROLES_TERMINAL, &ignored) != SBK_OK)
        return SBK_OK; /* whoever wants to work is told why not; such a clock decides nothing */
    while (result == SBK_OK && found == BATCH) {
        result = sbk_sale_open_until(station, until, rows, BATCH, &found, error);
        if (result == SBK_OK && found > 0)
            result = give_up(station, rows, found, error);
        if (result == SBK_OK)
            *count += found;
    }
    return result;
}

/* ---- the list ---- */

struct listing {
    struct sbk_station *station;
    sbk_unsettled_visit visit;
    void *context;
    struct sbk_bill bill;
};

static uint32_t number_in(const struct sbk_log_field *field) {
    struct sbk_reader reader = sbk_reader_of(field->data, field->size);
    return sbk_read_u32(&reader);
}

static sbk_result list_one(void *context, const struct sbk_sale_row *row, struct sbk_error *error) {
    struct listing *listing = context;
    struct sbk_unsettled unsettled = {.transaction = row->transaction, .entry = row->intent};
    struct sbk_buffer data = SBK_BUFFER_EMPTY;
    struct sbk_log_entry intent;
    sbk_result result = sbk_log_entry_at(listing->station, row->intent, &data, &intent, error);
    if (result == SBK_OK && intent.kind != SBK_LOG_INTENT)
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_LOG_ALTERED, _("%s: log entry %u is not an intent"),
            listing->station->path, (unsigned)row->intent);
    if (result == SBK_OK) {
        unsettled.mandate = number_in(&intent.fields[4]);
        unsettled.who = intent.fields[5].data[0];
    }
    if (result == SBK_OK && row->transaction.operation == SBK_OPERATION_DEBIT) {
        memset(&listing->bill, 0, sizeof listing->bill);
        unsettled.bill = &listing->bill;
        result = sbk_bill_of_intent(listing->station, row->intent, &intent, &listing->bill, error);
    }
    if (result == SBK_OK)
        result = listing->visit(listing->context, &unsettled, error);
    sbk_buffer_free(&data);
    return result;
}

sbk_result sbk_station_unsettled(
    struct sbk_station *station, sbk_unsettled_visit visit, void *context, struct sbk_error *error) {
    struct listing *listing = calloc(1, sizeof *listing);
    if (listing == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    listing->station = station;
    listing->visit = visit;
    listing->context = context;
    sbk_result result = sbk_sale_each_unsettled(station, "", list_one, listing, error);
    free(listing);
    return result;
}

/* ---- what a run that did not succeed must say ---- */

struct waiting {
    uint8_t operation;
    const uint8_t *alias; /* NULL: no card was seen */
    bool waits;
};

static sbk_result look_for(void *context, const struct sbk_sale_row *row, struct sbk_error *error) {
    struct waiting *waiting = context;
    (void)error;
    if (row->transaction.outcome != SBK_SALE_OPEN)
        return SBK_OK;
    waiting->waits |= waiting->alias != NULL ? memcmp(row->transaction.alias, waiting->alias, SBK_ALIAS_SIZE) == 0
                                             : row->transaction.operation == waiting->operation && row->same_words;
    return SBK_OK;
}

sbk_result sbk_station_waits(struct sbk_station *station, uint8_t operation, const char *words, const uint8_t *alias,
    bool *waits, struct sbk_error *error) {
    struct waiting waiting = {.operation = operation, .alias = alias};
    sbk_result result = sbk_sale_each_unsettled(station, words, look_for, &waiting, error);
    *waits = waiting.waits;
    return result;
}
