/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "personalize/command.h"
#include "personalize/reconcile.h"

#include <string.h>

struct run {
    struct sbk_store *store;
    struct sbk_city city;
    bool city_loaded;
    struct sbk_certify certify;
    struct sbk_reconciled reconciled;
    struct sbk_buffer report;
    struct sbk_buffer certificates;
};

static void show_mismatches(struct cli_call *call, const struct sbk_reconciled *reconciled) {
    json_t *list = json_array();

    for (size_t i = 0; i < reconciled->mismatch_count; i++) {
        const struct sbk_mismatch *mismatch = &reconciled->mismatches[i];
        char alias[SBK_HEX_ROOM(SBK_ALIAS_SIZE)];
        sbk_hex_encode(mismatch->alias, sizeof(mismatch->alias), alias);
        cli_warn(call, _("order %lu, alias %s: %s"), (unsigned long)mismatch->sequence, alias, mismatch->text);
        (void)json_array_append_new(list, json_pack("{s:I, s:s, s:s, s:s}", "sequence", (json_int_t)mismatch->sequence,
                                              "alias", alias, "reason", mismatch->reason, "message", mismatch->text));
    }
    cli_field(call, "mismatches", list);
}

static void show_missing(struct cli_call *call, const struct sbk_reconciled *reconciled) {
    json_t *list = json_array();

    for (size_t i = 0; i < reconciled->missing_count; i++) {
        (void)json_array_append_new(list, json_integer((json_int_t)reconciled->missing[i]));
    }
    cli_field(call, "missing", list);
    for (size_t i = 0; i < reconciled->missing_count; i++) {
        size_t last = i;
        while (last + 1 < reconciled->missing_count && reconciled->missing[last + 1] == reconciled->missing[last] + 1) {
            last++;
        }
        if (last > i) {
            cli_say(call, _("orders %lu to %lu: no card yet\n"), (unsigned long)reconciled->missing[i],
                (unsigned long)reconciled->missing[last]);
        } else {
            cli_say(call, _("order %lu: no card yet\n"), (unsigned long)reconciled->missing[i]);
        }
        i = last;
    }
}

static sbk_result open_all(struct cli_call *call, struct run *run, struct sbk_error *error) {
    const char *path = cli_value(call, "store");
    struct sbk_certify *certify = &run->certify;
    sbk_result result = sbk_file_read(cli_value(call, "report"), SBK_CMS_MAX, &run->report, error);

    if (result == SBK_OK) {
        result = sbk_store_open(&run->store, path, true, error);
    }
    if (result == SBK_OK) {
        result = sbk_city_load(run->store, sbk_clock_today(call->clock), &run->city, error);
        run->city_loaded = result == SBK_OK;
    }
    if (result == SBK_OK) {
        result = sbk_cards_open(&certify->ledger, path, SBK_DATABASE_OPEN, error);
    }
    if (result == SBK_OK) {
        result = command_open_key(call, run->store, SBK_KEY_CARD_CA, _("the card CA's key"), &certify->card_ca, error);
    }
    if (result == SBK_OK) {
        result = command_open_key(call, run->store, SBK_KEY_CITY, _("the city's identity"), &certify->city_key, error);
    }
    certify->city = &run->city;
    certify->now = sbk_clock_time(call->clock);
    return result;
}

sbk_result cmd_certify(struct cli_call *call, struct sbk_error *error) {
    const char *out = cli_value(call, "out");
    struct run run;

    memset(&run, 0, sizeof(run));
    sbk_result result = open_all(call, &run, error);
    if (result == SBK_OK) {
        result = sbk_certify_report(
            &run.certify, run.report.data, run.report.size, &run.reconciled, &run.certificates, error);
        show_mismatches(call, &run.reconciled);
    }
    if (result == SBK_OK) {
        result = sbk_file_write(out, run.certificates.data, run.certificates.size, 0644, SBK_FILE_REPLACE, error);
    }
    if (result == SBK_OK) {
        const struct sbk_reconciled *done = &run.reconciled;
        show_missing(call, done);
        cli_field_int(call, "batch", done->batch.info.number);
        cli_field_text(call, "bureau", done->bureau);
        cli_field_int(call, "certificates", done->made);
        cli_field_int(call, "new", done->added);
        cli_field_int(call, "spoiled", done->spoiled);
        cli_field_text(call, "out", out);
        cli_say(call, _("%s: certificates of %lu cards of batch %lu, %lu of them new\n"), out,
            (unsigned long)done->made, (unsigned long)done->batch.info.number, (unsigned long)done->added);
    }
    sbk_reconciled_free(&run.reconciled);
    sbk_buffer_free(&run.certificates);
    sbk_buffer_free(&run.report);
    sbk_key_close(&run.certify.card_ca);
    sbk_key_close(&run.certify.city_key);
    sbk_database_close(&run.certify.ledger);
    if (run.city_loaded) {
        sbk_city_free(&run.city);
    }
    sbk_store_close(&run.store);
    return result;
}
