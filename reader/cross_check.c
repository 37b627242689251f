/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/cross_check_private.h"
#include "reader/roots.h"

#include "base/i18n.h"
#include "reader/checkpoint.h"
#include "schema/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cross_found(struct sbk_cross_check *check, sbk_result severity, const char *reason, struct cross_place place,
    const char *format, ...) {
    /* from the mildest to the gravest */
    static const uint8_t ranks[] = {[SBK_OK] = 0, [SBK_UNSETTLED] = 1, [SBK_TAMPERED] = 2};
    char text[640];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    check->report.findings[severity]++;
    if (ranks[severity] > ranks[check->severity]) {
        check->severity = severity;
        check->reason = reason;
    }
    struct sbk_cross_finding finding = {.severity = severity,
        .reason = reason,
        .alias = place.alias,
        .counter = place.counter,
        .station = place.log != NULL ? place.log->station->id : NULL,
        .text = text};
    if (check->watch->finding != NULL)
        check->watch->finding(check->watch->context, &finding);
}

const char *cross_station(const struct sbk_cross_check *check, const struct cross_receipt *receipt) {
    return check->logs[receipt->log].station->id;
}

sbk_result sbk_cross_check_new(
    struct sbk_cross_check **check, const struct sbk_cross_watch *watch, struct sbk_error *error) {
    *check = calloc(1, sizeof **check);
    if (*check == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    (*check)->watch = watch;
    return SBK_OK;
}

void sbk_cross_check_free(struct sbk_cross_check **check) {
    struct sbk_cross_check *open = *check;
    if (open == NULL)
        return;
    for (size_t i = 0; i < open->log_count; i++)
        sbk_station_close(&open->logs[i].station);
    free(open->logs);
    free(open->receipts);
    free(open->intents);
    free(open);
    *check = NULL;
}

/* ---- taking a log in ---- */

/* Room for one more of an array that doubles; false: no memory. */
static bool grow(struct sbk_cross_check *check, void **array, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return true;
    size_t wider = *room == 0 ? 64 : 2 * *room;
    void *moved = realloc(*array, wider * size);
    if (moved == NULL) {
        check->out_of_memory = true;
        return false;
    }
    *array = moved;
    *room = wider;
    return true;
}

static void take_receipt(void *context, uint32_t position, uint8_t kind, const struct sbk_receipt *receipt) {
    struct sbk_cross_check *check = context;
    void *array = check->receipts;
    (void)position;
    if (!grow(check, &array, check->receipt_count, &check->receipt_room, sizeof *check->receipts))
        return;
    check->receipts = array;
    struct cross_receipt *taken = &check->receipts[check->receipt_count++];
    *taken =
        (struct cross_receipt){.entry = receipt->entry, .log = check->log_count - 1, .own = kind == SBK_LOG_RECEIPT};
    memcpy(taken->hash, receipt->hash, sizeof taken->hash);
}

static void take_finding(void *context, uint32_t position, const char *reason, const char *text) {
    struct sbk_cross_check *check = context;
    const struct cross_log *log = &check->logs[check->log_count - 1];
    struct cross_place place = {.log = log};
    if (position == UINT32_MAX)
        cross_found(check, SBK_TAMPERED, reason, place, _("log of %s: %s"), log->station->id, text);
    else
        cross_found(check, SBK_TAMPERED, reason, place, _("log of %s, entry %u: %s"), log->station->id,
            (unsigned)position, text);
}

static void show_progress(void *context, size_t done, size_t total) {
    const struct sbk_cross_check *check = context;
    if (check->watch->progress != NULL)
        check->watch->progress(check->watch->context, done, total);
}

static uint32_t u32_of(const struct sbk_log_field *field) {
    struct sbk_reader reader = sbk_reader_of(field->data, field->size);
    return sbk_read_u32(&reader);
}

/* The newest intent of a transaction in the log under way. */
static struct cross_intent *intent_of(struct sbk_cross_check *check, uint32_t transaction) {
    for (size_t i = check->intent_count; i > check->logs[check->log_count - 1].intents; i--)
        if (check->intents[i - 1].transaction == transaction)
            return &check->intents[i - 1];
    return NULL;
}

static void take_intent(struct sbk_cross_check *check, const struct sbk_log_entry *entry) {
    void *array = check->intents;
    struct cross_intent *intent = intent_of(check, u32_of(&entry->fields[1]));
    if (intent == NULL) {
        if (!grow(check, &array, check->intent_count, &check->intent_room, sizeof *check->intents))
            return;
        check->intents = array;
        intent = &check->intents[check->intent_count++];
    }
    *intent = (struct cross_intent){
        .log = check->log_count - 1, .transaction = u32_of(&entry->fields[1]), .counter = u32_of(&entry->fields[3])};
    memcpy(intent->alias, entry->fields[2].data, SBK_ALIAS_SIZE);
}

static sbk_result take_entry(void *context, uint32_t position, const struct sbk_log_entry *entry, const uint8_t *data,
    size_t size, struct sbk_error *error) {
    struct sbk_cross_check *check = context;
    struct cross_intent *intent = NULL;
    struct sbk_entry said;
    (void)position;
    (void)data;
    (void)size;
    (void)error;
    if (entry->kind == SBK_LOG_INTENT)
        take_intent(check, entry);
    if (entry->kind == SBK_LOG_RECEIPT && sbk_entry_parse(entry->fields[0].data, &said) == SBK_FORMAT_OK) {
        intent = intent_of(check, said.transaction);
        if (intent != NULL)
            intent->has_receipt = true;
    }
    if (entry->kind == SBK_LOG_RESOLVED) {
        intent = intent_of(check, u32_of(&entry->fields[0]));
        if (intent != NULL)
            intent->resolved = entry->fields[1].data[0];
    }
    return SBK_OK;
}

sbk_result sbk_cross_check_add(struct sbk_cross_check *check, struct sbk_station *station, struct sbk_error *error) {
    struct sbk_log_watch watch = {
        .finding = take_finding, .progress = show_progress, .receipt = take_receipt, .context = check};
    struct sbk_error cause;
    struct cross_log *logs = realloc(check->logs, (check->log_count + 1) * sizeof *logs);
    if (logs == NULL) {
        sbk_station_close(&station);
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    check->logs = logs;
    struct cross_log *log = &logs[check->log_count++];
    *log = (struct cross_log){.station = station, .intents = check->intent_count};
    sbk_result result = sbk_log_verify(station, &watch, &log->report, &cause);
    if (result == SBK_OK || result == SBK_TAMPERED) /* whose findings were taken one by one */
        result = sbk_log_walk(station, 0, take_entry, check, &cause);
    if (result == SBK_TAMPERED)
        result = SBK_OK; /* an entry in no form: found already */
    if (result != SBK_OK && error != NULL)
        *error = cause;
    if (result == SBK_OK && check->out_of_memory)
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    return result;
}

/* ---- comparing logs ---- */

/* A head that a card signed, in another station's log, for one of these. */
static sbk_result check_heads(
    struct sbk_cross_check *check, const struct cross_receipt *receipt, struct sbk_error *error) {
    const struct sbk_entry *said = &receipt->entry;
    struct sbk_log_head head = {.size = said->log_size};
    memcpy(head.root, said->log_root, sizeof head.root);
    for (size_t i = 0; i < check->log_count; i++) {
        struct cross_log *log = &check->logs[i];
        struct sbk_error cause;
        if (i == receipt->log || memcmp(log->station->terminal, said->terminal, SBK_TERMINAL_SIZE) != 0)
            continue;
        sbk_result result = sbk_log_check_head(log->station, &head, &cause);
        if (result == SBK_TAMPERED)
            cross_found(check, SBK_TAMPERED, SBK_REASON_LOG_ROLLED_BACK,
                (struct cross_place){.alias = said->alias, .counter = said->counter, .log = log},
                _("the log of %s does not begin with the %u entries for which a card signed receipt %u, which stands "
                  "in the log of %s: it was rolled back, or rewritten"),
                log->station->id, (unsigned)said->log_size, (unsigned)said->counter, cross_station(check, receipt));
        else if (result != SBK_OK) {
            if (error != NULL)
                *error = cause;
            return result;
        }
    }
    return SBK_OK;
}

/* Whether two stations know the same root of each generation that both know. */
static bool same_roots(const struct sbk_trust *one, const struct sbk_trust *other) {
    for (uint8_t generation = 1; generation <= SBK_GENERATIONS; generation++) {
        const struct sbk_anchor *root = sbk_trust_root(one, generation, NULL);
        const struct sbk_anchor *same = sbk_trust_root(other, generation, NULL);
        if (root != NULL && same != NULL && memcmp(root->key, same->key, sizeof root->key) != 0)
            return false;
    }
    return true;
}

/* Two copies of one station's log, and whether all know the same roots. */
static sbk_result compare_logs(
    struct sbk_cross_check *check, struct cross_log *one, struct cross_log *other, struct sbk_error *error) {
    if (!same_roots(one->station->trust, other->station->trust))
        cross_found(check, SBK_TAMPERED, SBK_REASON_CERTIFICATE, (struct cross_place){.log = other},
            _("%s and %s are under different roots: one of them is not the city's"), one->station->id,
            other->station->id);
    if (memcmp(one->station->terminal, other->station->terminal, SBK_TERMINAL_SIZE) != 0)
        return SBK_OK;
    struct cross_log *longer = one->report.head.size >= other->report.head.size ? one : other;
    struct cross_log *shorter = longer == one ? other : one;
    struct sbk_error cause;
    sbk_result result = sbk_log_check_head(longer->station, &shorter->report.head, &cause);
    if (result == SBK_TAMPERED) {
        cross_found(check, SBK_TAMPERED, SBK_REASON_LOG_ROLLED_BACK, (struct cross_place){.log = longer},
            _("the two logs of %s go different ways: one was rolled back, or rewritten"), longer->station->id);
        return SBK_OK;
    }
    if (result != SBK_OK && error != NULL)
        *error = cause;
    return result;
}

static sbk_result check_logs(struct sbk_cross_check *check, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < check->log_count && result == SBK_OK; i++)
        for (size_t j = i + 1; j < check->log_count && result == SBK_OK; j++)
            result = compare_logs(check, &check->logs[i], &check->logs[j], error);
    for (size_t i = 0; i < check->receipt_count && result == SBK_OK; i++)
        result = check_heads(check, &check->receipts[i], error);
    return result;
}

/* ---- what one log left open ---- */

static int by_card(const void *left, const void *right) {
    const struct cross_receipt *one = left;
    const struct cross_receipt *other = right;
    int order = memcmp(one->entry.alias, other->entry.alias, SBK_ALIAS_SIZE);
    if (order == 0)
        order = (one->entry.counter > other->entry.counter) - (one->entry.counter < other->entry.counter);
    if (order == 0)
        order = memcmp(one->hash, other->hash, SBK_HASH_SIZE);
    return order != 0 ? order : (one->log > other->log) - (one->log < other->log);
}

/* The first receipt of a card from a number on; receipt_count if there is none. */
static size_t first_from(const struct sbk_cross_check *check, const uint8_t *alias, uint32_t counter) {
    size_t low = 0;
    size_t high = check->receipt_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct sbk_entry *said = &check->receipts[middle].entry;
        int order = memcmp(said->alias, alias, SBK_ALIAS_SIZE);
        if (order < 0 || (order == 0 && said->counter < counter))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_of(const struct sbk_cross_check *check, size_t at, const struct cross_intent *intent) {
    return at < check->receipt_count && memcmp(check->receipts[at].entry.alias, intent->alias, SBK_ALIAS_SIZE) == 0;
}

static void check_intent(struct sbk_cross_check *check, const struct cross_intent *intent) {
    const struct cross_log *log = &check->logs[intent->log];
    struct cross_place place = {.alias = intent->alias, .counter = intent->counter, .log = log};
    const char *id = log->station->id;
    unsigned number = (unsigned)intent->transaction;
    bool closed = intent->resolved != 0 && intent->resolved != SBK_RESOLVED_DOUBT;
    size_t first = first_from(check, intent->alias, intent->counter);
    for (size_t at = first; is_of(check, at, intent) && check->receipts[at].entry.counter == intent->counter; at++) {
        const struct cross_receipt *receipt = &check->receipts[at];
        if (receipt->entry.transaction != intent->transaction ||
            memcmp(receipt->entry.terminal, log->station->terminal, SBK_TERMINAL_SIZE) != 0)
            continue;
        if (closed)
            cross_found(check, SBK_TAMPERED, SBK_REASON_CHAIN, place,
                _("transaction %u of %s: its log says that nothing was charged, yet the card signed receipt %u for it, "
                  "which stands in the log of %s"),
                number, id, (unsigned)intent->counter, cross_station(check, receipt));
        else
            cross_found(check, SBK_OK, SBK_REASON_OPEN_INTENT, place,
                _("transaction %u of %s, open in its log, is settled: receipt %u of the card stands in the log of %s"),
                number, id, (unsigned)intent->counter, cross_station(check, receipt));
        return;
    }
    if (closed)
        return;
    if (is_of(check, first, intent) && check->receipts[first].entry.counter == intent->counter)
        cross_found(check, SBK_OK, SBK_REASON_OPEN_INTENT, place,
            _("transaction %u of %s, open in its log, charged nothing: entry %u of the card is another, in the log of "
              "%s"),
            number, id, (unsigned)intent->counter, cross_station(check, &check->receipts[first]));
    else
        cross_found(check, SBK_UNSETTLED, SBK_REASON_OPEN_INTENT, place,
            _("transaction %u of %s is open: no log here says whether the card was charged; its next tap will"), number,
            id);
}

sbk_result sbk_cross_check_finish(
    struct sbk_cross_check *check, struct sbk_cross_report *report, struct sbk_error *error) {
    if (check->receipt_count > 0)
        qsort(check->receipts, check->receipt_count, sizeof *check->receipts, by_card);
    sbk_result result = check_logs(check, error);
    if (result != SBK_OK)
        return result;
    for (size_t i = 0; i < check->log_count; i++) {
        const struct cross_log *log = &check->logs[i];
        struct sbk_cross_log said = {.path = log->station->path, .station = log->station->id, .report = log->report};
        if (check->watch->log != NULL)
            check->watch->log(check->watch->context, &said);
    }
    cross_check_cards(check);
    cross_check_revoked(check);
    for (size_t i = 0; i < check->intent_count; i++)
        if (!check->intents[i].has_receipt)
            check_intent(check, &check->intents[i]);
    check->report.logs = (uint32_t)check->log_count;
    *report = check->report;
    if (check->severity == SBK_TAMPERED)
        return sbk_fail(error, SBK_TAMPERED, check->reason,
            _("the logs do not hold together: %u things; keep them as they are and tell the city"),
            (unsigned)report->findings[SBK_TAMPERED]);
    if (check->severity == SBK_UNSETTLED)
        return sbk_fail(error, SBK_UNSETTLED, check->reason,
            _("the logs hold together as far as they go; %u things are missing"),
            (unsigned)report->findings[SBK_UNSETTLED]);
    return SBK_OK;
}
