/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "personalize/command.h"
#include "personalize/report.h"

#include <string.h>

struct run {
    struct sbk_office office;
    struct sbk_key *bureau;
    struct sbk_batch_file file;
    struct sbk_database *database;
    struct sbk_buffer report;
};

static sbk_result make(
    struct cli_call *call, struct run *run, struct sbk_bureau_count *count, struct sbk_error *error) {
    const char *folder = cli_value(call, "office");
    const uint32_t now = sbk_clock_time(call->clock);
    sbk_result result = sbk_office_open(&run->office, folder, now, error);

    if (result == SBK_OK) {
        result = command_open_key(call, run->office.store, SBK_KEY_BUREAU, _("the bureau's key"), &run->bureau, error);
    }
    if (result == SBK_OK) {
        result = sbk_batch_file_open(&run->file, &run->office, run->bureau, cli_value(call, "batch"), now, error);
    }
    if (result == SBK_OK) {
        result = sbk_bureau_open(&run->database, folder, error);
    }
    if (result == SBK_OK) {
        result = sbk_bureau_take(run->database, &run->file.batch, run->file.cards, now, error);
    }
    if (result == SBK_OK) {
        result = sbk_report_make(
            run->database, &run->file.batch, &run->office, run->bureau, now, &run->report, count, error);
    }
    if (result == SBK_OK) {
        result =
            sbk_file_write(cli_value(call, "out"), run->report.data, run->report.size, 0644, SBK_FILE_REPLACE, error);
    }
    return result;
}

sbk_result cmd_report(struct cli_call *call, struct sbk_error *error) {
    struct sbk_bureau_count count = {0, 0, 0, 0};
    struct run run;

    memset(&run, 0, sizeof(run));
    const sbk_result result = make(call, &run, &count, error);
    if (result == SBK_OK) {
        cli_field_int(call, "batch", run.file.batch.info.number);
        cli_field_int(call, "made", count.done);
        cli_field_int(call, "spoiled", count.spoiled);
        cli_field_int(call, "missing", (int64_t)count.pending + count.closing);
        cli_field_text(call, "out", cli_value(call, "out"));
        cli_say(call, _("%s: report on batch %lu: %lu cards made, %lu chips spoiled, %lu orders open\n"),
            cli_value(call, "out"), (unsigned long)run.file.batch.info.number, (unsigned long)count.done,
            (unsigned long)count.spoiled, (unsigned long)(count.pending + count.closing));
    }
    sbk_buffer_free(&run.report);
    sbk_database_close(&run.database);
    sbk_batch_file_close(&run.file);
    sbk_key_close(&run.bureau);
    sbk_office_close(&run.office);
    return result;
}
