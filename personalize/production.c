/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/production.h"
#include "base/i18n.h"
#include "base/secret.h"
#include "personalize/chip.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

#define ROW_LIMIT 3 /* cards in a row that a feeder brought in vain: it is not the card then */

/* One card on the line. A failure of the card ends in event and is no failure of the run; fatal is one of the run. */
struct station {
    const struct sbk_production *line;
    struct sbk_batch_card *orders; /* of the batch, by sequence - 1; borrowed from its content */
    struct sbk_production_event event;
    struct sbk_error error; /* what event.error points to */
    unsigned silent;        /* cards in a row that nothing was heard of */
    unsigned other_lot;     /* blank cards in a row with other transport keys */
    bool stopped;           /* nothing more can be said of cards: the reader, another program or a person is why */
    sbk_result fatal;
    struct sbk_error *fatal_error;
};

const char *sbk_production_word(enum sbk_production_outcome outcome) {
    static const char *const words[] = {"made", "already", "refused", "failed"};

    return words[outcome];
}

static uint32_t now(const struct station *station) {
    return sbk_clock_time(station->line->clock);
}

static const uint8_t *batch_id(const struct station *station) {
    return station->line->batch->info.id;
}

static void end_with(struct station *station, enum sbk_production_outcome outcome) {
    station->event.outcome = outcome;
    station->event.error =
        outcome == SBK_PRODUCTION_REFUSED || outcome == SBK_PRODUCTION_FAILED ? &station->error : NULL;
}

/* Whether a step of the bookkeeping went well; if not, the run is over. */
static bool kept(struct station *station, sbk_result result) {
    if (result != SBK_OK) {
        station->fatal = result;
    }
    return result == SBK_OK;
}

static void note_serial(struct station *station, const uint8_t serial[SBK_SERIAL_SIZE]) {
    station->event.has_serial = true;
    memcpy(station->event.serial, serial, SBK_SERIAL_SIZE);
}

/* Reads and verifies the statement of a closed card that belongs to work, and writes it down. */
static void finish(
    struct station *station, struct sbk_work *work, const uint8_t *serial, const struct sbk_chip_keys *keys) {
    uint8_t statement[SBK_STATEMENT_SIZE];
    struct sbk_closing parsed;
    const struct sbk_batch_card *order = &station->orders[work->sequence - 1];
    const sbk_result result = sbk_chip_statement(
        sbk_pcsc_transport(station->line->pcsc), station->line->batch, order, serial, keys, statement, &station->error);

    if (result != SBK_OK || sbk_closing_parse(statement, sizeof(statement), &parsed) != SBK_FORMAT_OK) {
        end_with(station, SBK_PRODUCTION_FAILED);
        return;
    }
    memcpy(work->serial, parsed.serial, sizeof(work->serial));
    note_serial(station, work->serial);
    if (kept(station, sbk_bureau_done(station->line->database, batch_id(station), work, statement, now(station),
                          station->fatal_error))) {
        end_with(station, SBK_PRODUCTION_MADE);
    }
}

/* A card that is closed: ours and waiting, ours and done, or somebody else's. */
static void take_closed(struct station *station, const struct sbk_chip_look *look) {
    struct sbk_work work;
    bool found = false;

    if (!kept(station, sbk_bureau_of_alias(station->line->database, batch_id(station), look->alias, &work, &found,
                           station->fatal_error))) {
        return;
    }
    if (!found || (look->state != SBK_STATE_CLOSED && work.state != SBK_WORK_DONE)) {
        (void)sbk_fail(&station->error, SBK_REFUSED, SBK_REASON_ALREADY_CLOSED,
            _("the card is made already and is no card that this batch waits for; take it out"));
        end_with(station, SBK_PRODUCTION_REFUSED);
        return;
    }
    station->event.sequence = work.sequence;
    if (work.state == SBK_WORK_DONE) {
        note_serial(station, work.serial);
        end_with(station, SBK_PRODUCTION_ALREADY);
        return;
    }
    /* While the order waits for one chip, another one with its alias is not the card that we made. */
    finish(station, &work, work.state == SBK_WORK_CLOSING ? work.serial : NULL, NULL);
}

/* Which order the chip gets. A blank chip cannot be closed: whatever other order it was begun with is free again. */
static bool choose_order(struct station *station, const uint8_t serial[SBK_SERIAL_SIZE], struct sbk_work *work) {
    struct sbk_database *database = station->line->database;
    uint8_t batch[SBK_BATCH_ID_SIZE];
    bool found = false;

    if (!kept(station, sbk_bureau_of_serial(database, serial, batch, work, &found, station->fatal_error))) {
        return false;
    }
    if (found && work->state == SBK_WORK_DONE) {
        (void)sbk_fail(&station->error, SBK_TAMPERED, SBK_REASON_WRONG_CARD,
            _("a blank card with the serial number of one that was made already: a copied chip; put it aside"));
        end_with(station, SBK_PRODUCTION_REFUSED);
        return false;
    }
    if (found && memcmp(batch, batch_id(station), sizeof(batch)) == 0) {
        return true;
    }
    if (found && !kept(station, sbk_bureau_spoil(database, batch, work, SBK_REASON_INTERRUPTED, now(station),
                                    station->fatal_error))) {
        return false;
    }
    if (!kept(station, sbk_bureau_next(database, batch_id(station), work, &found, station->fatal_error))) {
        return false;
    }
    if (!found) {
        (void)sbk_fail(&station->error, SBK_REFUSED, SBK_REASON_NOT_FOUND,
            _("no order is left for a blank card; only cards that were told to close are missing"));
        end_with(station, SBK_PRODUCTION_REFUSED);
    }
    return found;
}

/* The order is written and the card told to close. False: the card failed, and is not closed as far as work says. */
static bool write_card(struct station *station, struct sbk_channel *channel, struct sbk_work *work,
    const uint8_t serial[SBK_SERIAL_SIZE], struct sbk_chip_keys *keys) {
    const struct sbk_production *line = station->line;
    const struct sbk_batch_card *order = &station->orders[work->sequence - 1];

    if (!kept(station,
            sbk_bureau_start(line->database, batch_id(station), work, serial, now(station), station->fatal_error))) {
        return false;
    }
    station->event.sequence = work->sequence;
    if (sbk_chip_write(channel, line->batch, order, keys, &station->error) != SBK_OK) {
        const char *reason = station->error.reason != NULL ? station->error.reason : SBK_REASON_CARD_ANSWER;
        (void)kept(station,
            sbk_bureau_spoil(line->database, batch_id(station), work, reason, now(station), station->fatal_error));
        end_with(station, SBK_PRODUCTION_FAILED);
        return false;
    }
    if (!kept(
            station, sbk_bureau_closing(line->database, batch_id(station), work, now(station), station->fatal_error))) {
        return false;
    }
    if (sbk_chip_close(channel, &station->error) != SBK_OK) {
        end_with(station, SBK_PRODUCTION_FAILED);
        return false;
    }
    return true;
}

static void take_blank(struct station *station) {
    struct sbk_transport *transport = sbk_pcsc_transport(station->line->pcsc);
    struct sbk_channel channel;
    struct sbk_chip_look look;
    struct sbk_chip_keys keys;
    struct sbk_work work;
    uint8_t serial[SBK_SERIAL_SIZE];

    memset(&channel, 0, sizeof(channel));
    if (sbk_chip_open(transport, station->line->batch, &channel, serial, &station->error) != SBK_OK) {
        end_with(station, SBK_PRODUCTION_REFUSED);
        return;
    }
    note_serial(station, serial);
    const bool written = choose_order(station, serial, &work) && write_card(station, &channel, &work, serial, &keys);
    sbk_channel_close(&channel);
    if (!written) {
        return;
    }
    if (sbk_chip_look(transport, &look, &station->error) != SBK_OK) {
        end_with(station, SBK_PRODUCTION_FAILED);
        return;
    }
    finish(station, &work, serial, &keys);
}

static bool is_reason(const struct sbk_error *error, const char *reason) {
    return error->reason != NULL && strcmp(error->reason, reason) == 0;
}

/* Whether nothing was heard of a card: it, the reader or the way between them is why. */
static bool is_silence(const struct sbk_error *error) {
    return is_reason(error, SBK_REASON_CARD_REMOVED) || is_reason(error, SBK_REASON_NO_CARD) ||
           is_reason(error, SBK_REASON_CARD_MUTE);
}

/* Whether an error says something of the card. All others of the environment are of the reader, of another program that
 * has the card, of a person who ends the run, or of this computer, and the next card would fare the same. */
static bool is_of_card(const struct sbk_error *error) {
    return error->result != SBK_ENVIRONMENT || is_silence(error) || is_reason(error, SBK_REASON_CARD_ANSWER);
}

/* After a card that was not made: whether it is the card. A reader that goes away looks at first like a card that does. */
static void ask_reader(struct station *station) {
    struct sbk_error why = station->error;

    if (station->event.error == NULL || station->fatal != SBK_OK) {
        return;
    }
    if (!is_of_card(&why) || (is_silence(&why) && sbk_pcsc_check(station->line->pcsc, &why) != SBK_OK)) {
        station->stopped = true;
        station->fatal = why.result;
        *station->fatal_error = why;
    }
}

/* Does with the card in the reader what is to be done. */
static void take_card(struct station *station) {
    struct sbk_chip_look look;

    memset(&station->event, 0, sizeof(station->event));
    memset(&station->error, 0, sizeof(station->error));
    if (sbk_pcsc_connect(station->line->pcsc, &station->error) != SBK_OK ||
        sbk_chip_look(sbk_pcsc_transport(station->line->pcsc), &look, &station->error) != SBK_OK) {
        end_with(station, SBK_PRODUCTION_REFUSED);
    } else if (look.state == SBK_STATE_BLANK) {
        take_blank(station);
    } else {
        take_closed(station, &look);
    }
    const struct sbk_transport *transport = sbk_pcsc_transport(station->line->pcsc);
    station->event.apdus = transport != NULL ? transport->apdus : 0;
    ask_reader(station);
    sbk_pcsc_disconnect(station->line->pcsc);
}

/* A card that failed while it was being closed may be closed: a second look settles most of them at once. */
static void settle_card(struct station *station) {
    struct sbk_work work;
    uint8_t batch[SBK_BATCH_ID_SIZE];
    bool found = false;

    if (station->fatal != SBK_OK || station->event.outcome != SBK_PRODUCTION_FAILED || !station->event.has_serial) {
        return;
    }
    if (!kept(station, sbk_bureau_of_serial(station->line->database, station->event.serial, batch, &work, &found,
                           station->fatal_error)) ||
        !found || work.state != SBK_WORK_CLOSING) {
        return;
    }
    const struct sbk_production_event first = station->event;
    const struct sbk_error first_error = station->error;
    take_card(station);
    if (station->event.outcome != SBK_PRODUCTION_MADE) {
        station->event = first;
        station->error = first_error;
        station->event.error = &station->error;
    }
}

static sbk_result index_orders(
    const struct sbk_production *line, struct sbk_batch_card **orders, struct sbk_error *error) {
    struct sbk_reader cards = line->cards;
    struct sbk_batch_card card;
    size_t count = 0;

    *orders = calloc(line->batch->info.count, sizeof(**orders));
    if (*orders == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    while (sbk_batch_next(&cards, &card) == SBK_FORMAT_OK && count < line->batch->info.count) {
        (*orders)[count++] = card;
    }
    return SBK_OK;
}

static void add_up(struct sbk_production_sum *sum, enum sbk_production_outcome outcome) {
    sum->made += outcome == SBK_PRODUCTION_MADE;
    sum->already += outcome == SBK_PRODUCTION_ALREADY;
    sum->refused += outcome == SBK_PRODUCTION_REFUSED;
    sum->failed += outcome == SBK_PRODUCTION_FAILED;
}

/* Whether another card is wanted. Cards that wait to be seen again keep the line going for the one card only that is in
 * the reader, lest it waits for a card that nobody has. */
static sbk_result wanted(
    const struct sbk_production *line, const struct sbk_production_sum *sum, bool *more, struct sbk_error *error) {
    struct sbk_bureau_count count;
    const sbk_result result = sbk_bureau_count(line->database, line->batch->info.id, &count, error);
    const bool first = sum->made + sum->already + sum->refused + sum->failed == 0;

    if (result == SBK_OK) {
        *more = (line->count == 0 || sum->made < line->count) && (count.pending > 0 || (first && count.closing > 0));
    }
    return result;
}

static void tell(struct station *station, struct sbk_production_sum *sum) {
    const struct sbk_production *line = station->line;

    add_up(sum, station->event.outcome);
    if (line->event != NULL) {
        station->event.order = station->event.sequence > 0 ? &station->orders[station->event.sequence - 1] : NULL;
        line->event(line->context, &station->event);
    }
}

/* A reader that hears no card would have a feeder put every good one aside, and so would a hopper of another lot. */
static sbk_result count_in_row(struct station *station, struct sbk_error *error) {
    const struct sbk_error *why = station->event.error;

    station->silent = why != NULL && is_silence(why) ? station->silent + 1 : 0;
    station->other_lot = why != NULL && is_reason(why, SBK_REASON_OTHER_TRANSPORT) ? station->other_lot + 1 : 0;
    if (station->line->feed != NULL && station->silent >= ROW_LIMIT) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_READER,
            _("%s: %u cards in a row did not answer or left; look after reader and feeder, then run the same command "
              "again"),
            sbk_pcsc_name(station->line->pcsc), station->silent);
    }
    if (station->line->feed != NULL && station->other_lot >= ROW_LIMIT) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_OTHER_TRANSPORT,
            _("%u blank cards in a row are of another lot than the batch; change them, then run the same command "
              "again"),
            station->other_lot);
    }
    return SBK_OK;
}

static sbk_result one_card(struct station *station, struct sbk_production_sum *sum, struct sbk_error *error) {
    const struct sbk_production *line = station->line;
    sbk_result result = sbk_pcsc_wait_card(line->pcsc, line->timeout_ms, line->cancel, error);

    if (result != SBK_OK) {
        return result;
    }
    take_card(station);
    settle_card(station);
    if (station->fatal == SBK_OK || (station->stopped && station->event.sequence > 0)) {
        tell(station, sum);
    }
    if (station->fatal == SBK_OK) {
        station->fatal = count_in_row(station, error);
    }
    if (station->fatal != SBK_OK) {
        return station->fatal;
    }
    const bool good = station->event.outcome == SBK_PRODUCTION_MADE || station->event.outcome == SBK_PRODUCTION_ALREADY;
    return line->feed != NULL ? line->feed(line->context, good, error) : SBK_OK;
}

sbk_result sbk_production_run(
    const struct sbk_production *line, struct sbk_production_sum *sum, struct sbk_error *error) {
    struct station station = {.line = line, .fatal_error = error};
    bool more = false;

    memset(sum, 0, sizeof(*sum));
    sbk_result result = index_orders(line, &station.orders, error);
    if (result == SBK_OK) {
        result = wanted(line, sum, &more, error);
    }
    while (result == SBK_OK && more) {
        result = one_card(&station, sum, error);
        if (result == SBK_OK) {
            result = wanted(line, sum, &more, error);
        }
        if (result == SBK_OK && more) {
            result = sbk_pcsc_wait_removal(line->pcsc, line->timeout_ms, line->cancel, error);
        }
    }
    free(station.orders);
    return result;
}
