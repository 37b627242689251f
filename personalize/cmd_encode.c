/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "personalize/batch_file.h"
#include "personalize/command.h"
#include "personalize/feeder.h"
#include "personalize/production.h"
#include "schema/numbers.h"
#include "schema/reason.h"

#include <stdio.h>
#include <string.h>

#define FEEDER_WAIT_MS 60000 /* a feeder that brings no card for so long has none left */

struct run {
    struct cli_call *call;
    struct sbk_office office;
    struct sbk_key *bureau;
    struct sbk_batch_file file;
    struct sbk_database *database;
    struct sbk_pcsc *pcsc;
    struct cli_progress progress;
    json_t *cards;
    uint32_t made;
    uint32_t target;
};

/* Where the card goes, so that finished cards can be sorted; "-" where no order was touched. */
static void destination(const struct sbk_production_event *event, char text[SBK_KELURAHAN_TEXT]) {
    struct sbk_identity identity;

    (void)snprintf(text, SBK_KELURAHAN_TEXT, "-");
    if (event->order != NULL &&
        sbk_identity_parse(event->order->identity.data, event->order->identity.size, &identity) == SBK_FORMAT_OK) {
        sbk_kelurahan_text(identity.kelurahan, text);
    }
}

static void show(void *context, const struct sbk_production_event *event) {
    struct run *run = context;
    char serial[SBK_HEX_ROOM(SBK_SERIAL_SIZE)] = "-";
    char kelurahan[SBK_KELURAHAN_TEXT];
    const char *word = sbk_production_word(event->outcome);

    if (event->has_serial) {
        sbk_hex_encode(event->serial, sizeof(event->serial), serial);
    }
    json_t *card = json_pack(
        "{s:s, s:I, s:I}", "outcome", word, "sequence", (json_int_t)event->sequence, "apdus", (json_int_t)event->apdus);
    destination(event, kelurahan);
    if (event->has_serial) {
        (void)json_object_set_new(card, "serial", json_string(serial));
    }
    if (event->order != NULL) {
        (void)json_object_set_new(card, "kelurahan", json_string(kelurahan));
    }
    cli_progress_end(&run->progress);
    if (event->error != NULL) {
        (void)json_object_set_new(card, "reason", json_string(event->error->reason));
        (void)json_object_set_new(card, "message", json_string(event->error->text));
        cli_warn(run->call, _("order %lu, chip %s: %s"), (unsigned long)event->sequence, serial, event->error->text);
    } else {
        cli_say(run->call,
            event->outcome == SBK_PRODUCTION_MADE ? _("order %lu for %s, chip %s: made\n")
                                                  : _("order %lu for %s, chip %s: was made before\n"),
            (unsigned long)event->sequence, kelurahan, serial);
    }
    (void)json_array_append_new(run->cards, card);
    run->made += event->outcome == SBK_PRODUCTION_MADE;
    cli_progress_begin(&run->progress, run->call, _("encoding cards"));
    cli_progress_show(&run->progress, run->made, run->target);
}

static void tell_wait(void *context, enum sbk_pcsc_wait what, const char *reader) {
    struct run *run = context;

    cli_progress_end(&run->progress);
    cli_warn(run->call, "%s: %s", reader, sbk_pcsc_wait_text(what));
}

static sbk_result feed(void *context, bool good, struct sbk_error *error) {
    const struct run *run = context;

    return sbk_feeder_run(cli_value(run->call, "feeder"), good, error);
}

static sbk_result open_readers(struct run *run, struct sbk_error *error) {
    const struct sbk_pcsc_patience patience = {.told_ms = SBK_PCSC_TOLD_MS,
        .busy_ms = SBK_PCSC_BUSY_MS,
        .answer_ms = SBK_PCSC_ANSWER_MS,
        .cancel = {cli_interrupted_callback, NULL},
        .tell = tell_wait,
        .context = run};
    const sbk_result result = sbk_pcsc_open(&run->pcsc, error);

    if (result == SBK_OK) {
        sbk_pcsc_be_patient(run->pcsc, &patience);
    }
    return result;
}

static sbk_result open_all(struct run *run, struct sbk_error *error) {
    const char *folder = cli_value(run->call, "office");
    const uint32_t now = sbk_clock_time(run->call->clock);
    sbk_result result = sbk_office_open(&run->office, folder, now, error);

    if (result == SBK_OK) {
        result =
            command_open_key(run->call, run->office.store, SBK_KEY_BUREAU, _("the bureau's key"), &run->bureau, error);
    }
    if (result == SBK_OK) {
        result = sbk_batch_file_open(&run->file, &run->office, run->bureau, cli_value(run->call, "batch"), now, error);
    }
    if (result == SBK_OK) {
        result = sbk_bureau_open(&run->database, folder, error);
    }
    if (result == SBK_OK) {
        result = sbk_bureau_take(run->database, &run->file.batch, run->file.cards, now, error);
    }
    if (result == SBK_OK) {
        result = open_readers(run, error);
    }
    return result;
}

/* What is left when the line has stopped without an error of its own. */
static sbk_result judge(struct run *run, const struct sbk_production_sum *sum, const struct sbk_bureau_count *count,
    struct sbk_error *error) {
    if (sum->failed + sum->refused > 0) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_SOME_FAILED,
            _("%lu cards failed and %lu were refused; %lu were made"), (unsigned long)sum->failed,
            (unsigned long)sum->refused, (unsigned long)sum->made);
    }
    if (count->closing > 0 && count->pending == 0) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_SOME_FAILED,
            _("%lu cards were told to close and have not been seen since; put them back one after the other"),
            (unsigned long)count->closing);
    }
    cli_say(run->call, _("%lu cards made; %lu orders left\n"), (unsigned long)sum->made,
        (unsigned long)(count->pending + count->closing));
    return SBK_OK;
}

static sbk_result run_line(struct run *run, struct sbk_error *error) {
    const struct sbk_cancel cancel = {cli_interrupted_callback, NULL};
    const bool fed = cli_given(run->call, "feeder");
    struct sbk_production_sum sum;
    struct sbk_bureau_count count;
    int64_t wanted = 0;
    sbk_result result = cli_number(run->call, "count", 1, SBK_BUNDLE_CARDS_MAX, &wanted, error);

    if (result == SBK_OK) {
        result = sbk_bureau_count(run->database, run->file.batch.info.id, &count, error);
    }
    if (result == SBK_OK && count.pending + count.closing > 0) {
        result = sbk_pcsc_choose(run->pcsc, cli_value(run->call, "reader"), error);
    }
    if (result != SBK_OK) {
        return result;
    }
    run->target = wanted > 0 ? (uint32_t)wanted : count.pending + count.closing;
    const struct sbk_production line = {.database = run->database,
        .batch = &run->file.batch,
        .cards = run->file.cards,
        .pcsc = run->pcsc,
        .clock = run->call->clock,
        .cancel = &cancel,
        .count = (uint32_t)wanted,
        .timeout_ms = fed ? FEEDER_WAIT_MS : 0,
        .context = run,
        .event = show,
        .feed = fed ? feed : NULL};
    cli_progress_begin(&run->progress, run->call, _("encoding cards"));
    result = sbk_production_run(&line, &sum, error);
    cli_progress_end(&run->progress);
    cli_field_int(run->call, "made", sum.made);
    cli_field_int(run->call, "already", sum.already);
    cli_field_int(run->call, "refused", sum.refused);
    cli_field_int(run->call, "failed", sum.failed);
    if (result == SBK_OK) {
        result = sbk_bureau_count(run->database, run->file.batch.info.id, &count, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    cli_field_int(run->call, "left", (int64_t)count.pending + count.closing);
    return judge(run, &sum, &count, error);
}

sbk_result cmd_encode(struct cli_call *call, struct sbk_error *error) {
    struct run run;

    memset(&run, 0, sizeof(run));
    run.call = call;
    run.cards = json_array();
    sbk_result result = open_all(&run, error);
    if (result == SBK_OK) {
        cli_field_int(call, "batch", run.file.batch.info.number);
        result = run_line(&run, error);
    }
    cli_field(call, "cards", run.cards);
    sbk_pcsc_close(&run.pcsc);
    sbk_database_close(&run.database);
    sbk_batch_file_close(&run.file);
    sbk_key_close(&run.bureau);
    sbk_office_close(&run.office);
    return result;
}
