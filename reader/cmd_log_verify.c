/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "reader/common.h"
#include "reader/hotlist.h"
#include "reader/log_proof.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>

struct verify {
    struct cli_call *call;
    struct cli_progress progress;
    json_t *findings;
    const struct sbk_station *station;
    unsigned revoked; /* receipts that cards carried here from stations that the hotlist revokes */
};

static void finding(void *context, uint32_t position, const char *reason, const char *text) {
    struct verify *verify = context;
    json_t *object = json_object();
    cli_progress_end(&verify->progress);
    if (position == UINT32_MAX)
        cli_say(verify->call, "%s\n", text);
    else
        cli_say(verify->call, _("entry %u: %s\n"), (unsigned)position, text);
    (void)json_object_set_new(
        object, "entry", position == UINT32_MAX ? json_null() : json_integer((json_int_t)position));
    (void)json_object_set_new(object, "reason", json_string(reason));
    (void)json_object_set_new(object, "text", json_string(text));
    (void)json_array_append_new(verify->findings, object);
}

static void progress(void *context, size_t done, size_t total) {
    struct verify *verify = context;
    cli_progress_show(&verify->progress, done, total);
}

static void receipt(void *context, uint32_t position, uint8_t kind, const struct sbk_receipt *receipt) {
    struct verify *verify = context;
    (void)position;
    (void)kind;
    verify->revoked += sbk_station_revoked(verify->station, receipt->entry.terminal);
}

static void show_revoked(const struct verify *verify) {
    struct sbk_hotlist_view view;
    sbk_station_hotlist(verify->station, &view);
    cli_field_int(verify->call, "revoked_receipts", verify->revoked);
    if (view.revoked)
        cli_say(verify->call, _("hotlist %u revokes this station\n"), (unsigned)view.number);
    if (verify->revoked > 0)
        cli_say(verify->call, _("%u receipts are of stations that hotlist %u revokes\n"), verify->revoked,
            (unsigned)view.number);
}

static void show(struct cli_call *call, const struct sbk_log_report *report) {
    char root[SBK_HEX_ROOM(SBK_HASH_SIZE)];
    sbk_hex_encode(report->head.root, sizeof report->head.root, root);
    cli_field_int(call, "entries", report->head.size);
    cli_field_hex(call, "root", report->head.root, sizeof report->head.root);
    cli_field_int(call, "receipts", report->receipts);
    cli_field_int(call, "heads", report->heads);
    cli_field_int(call, "checkpoints", report->checkpoints);
    cli_say(call, _("%u entries, %u receipts checked, %u signed heads and %u checkpoints are prefixes of this log\n"),
        (unsigned)report->head.size, (unsigned)report->receipts, (unsigned)report->heads,
        (unsigned)report->checkpoints);
    if (cli_count(call, "checkpoint") > 0) {
        cli_field_int(call, "kept", report->kept);
        cli_say(call, _("%u checkpoints kept elsewhere are prefixes of this log\n"), (unsigned)report->kept);
    }
    cli_say(call, _("root %s\n"), root);
}

/* The checkpoints of --checkpoint, each signed by what was this log's key then. */
static sbk_result read_kept(struct cli_call *call, struct sbk_station *station, struct sbk_log_head **heads,
    size_t *count, struct sbk_error *error) {
    char verifier[SBK_LOG_VERIFIER_ROOM];
    size_t given = cli_count(call, "checkpoint");
    *heads = calloc(given + 1, sizeof **heads);
    if (*heads == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < given && result == SBK_OK; i++) {
        struct sbk_buffer note = SBK_BUFFER_EMPTY;
        const char *path = cli_value_at(call, "checkpoint", i);
        result = sbk_file_read(path, SBK_CHECKPOINT_MAX, &note, error);
        if (result == SBK_OK) {
            result =
                sbk_log_read_checkpoint(station, (const char *)note.data, note.size, &(*heads)[i], verifier, error);
            if (result != SBK_OK)
                result = sbk_fail_in(error, result, "%s", path);
        }
        sbk_buffer_free(&note);
    }
    *count = given;
    return result;
}

sbk_result cmd_log_verify(struct cli_call *call, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    struct sbk_log_head *heads = NULL;
    struct sbk_log_report report;
    struct verify verify = {.call = call, .findings = json_array()};
    struct sbk_log_watch watch = {.finding = finding, .progress = progress, .receipt = receipt, .context = &verify};
    sbk_result result = reader_station(call, SBK_STATION_READ, &station, error);
    if (result == SBK_OK)
        result = read_kept(call, station, &heads, &watch.head_count, error);
    if (result == SBK_OK) {
        watch.heads = heads;
        verify.station = station;
        cli_progress_begin(&verify.progress, call, _("checking the log"));
        result = sbk_log_verify(station, &watch, &report, error);
        cli_progress_end(&verify.progress);
        show(call, &report);
        show_revoked(&verify);
    }
    cli_field(call, "findings", verify.findings);
    free(heads);
    sbk_station_close(&station);
    return result;
}
