/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "keys/crypto.h"
#include "personalize/command.h"
#include "personalize/prepare.h"
#include "personalize/show.h"
#include "schema/reason.h"

#include <stdlib.h>

/* Everything that one run holds. */
struct run {
    struct cli_call *call;
    struct sbk_store *store;
    struct sbk_database *ledger; /* NULL in a dry run where there is none yet */
    struct sbk_city city;
    bool city_loaded;
    struct sbk_roll roll;
    struct sbk_programme_file programmes;
    struct sbk_plan plan;
    struct sbk_buffer recipient;
    struct sbk_prepare prepare;
};

static sbk_result read_roll(struct run *run, struct sbk_error *error) {
    const char *path = cli_value(run->call, "roll");
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    sbk_result result = sbk_file_read(path, SBK_ROLL_BYTES_MAX, &text, error);

    if (result == SBK_OK) {
        result = sbk_sha256(text.data, text.size, run->prepare.roll_hash, error);
    }
    if (result == SBK_OK) {
        result = sbk_roll_parse(text.data, text.size, &run->roll, error);
        if (result != SBK_OK) {
            result = sbk_fail_in(error, result, "%s", path);
        }
    }
    sbk_buffer_free(&text);
    return result;
}

static sbk_result read_programmes(struct run *run, struct sbk_error *error) {
    const char *path = cli_value(run->call, "programmes");
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    sbk_result result = sbk_file_read(path, SBK_PROGRAMME_BYTES_MAX, &text, error);

    if (result == SBK_OK) {
        result = sbk_sha256(text.data, text.size, run->prepare.programmes_hash, error);
    }
    if (result == SBK_OK) {
        result = sbk_programme_parse(text.data, text.size, &run->programmes, error);
        if (result != SBK_OK) {
            result = sbk_fail_in(error, result, "%s", path);
        }
    }
    sbk_buffer_free(&text);
    if (result == SBK_OK && run->programmes.valid_until < sbk_clock_today(run->call->clock)) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_PROGRAMME_FILE,
            _("%s: card.valid-until is in the past; no such card could be used"), path);
    }
    return result;
}

/* In a dry run nothing is locked, made or migrated. */
static sbk_result open_ledger(struct run *run, bool dry, struct sbk_error *error) {
    const char *path = cli_value(run->call, "store");
    sbk_result result = sbk_store_open(&run->store, path, !dry, error);

    if (result != SBK_OK || (dry && !sbk_cards_exist(path))) {
        return result;
    }
    return sbk_cards_open(&run->ledger, path, dry ? SBK_DATABASE_READ_ONLY : SBK_DATABASE_CREATE, error);
}

/* A run before this one may have been cut off between database and file. */
static sbk_result recover(struct run *run, struct sbk_error *error) {
    struct sbk_ledger_batch batch;
    bool finished = false;
    const sbk_result result = sbk_prepare_recover(run->ledger, &batch, &finished, error);

    if (result == SBK_OK && finished) {
        cli_warn(run->call, _("batch %lu, whose preparation was interrupted, is complete: %s"),
            (unsigned long)batch.info.number, batch.path);
        cli_field_int(run->call, "recovered", batch.info.number);
    }
    return result;
}

static sbk_result judge(struct run *run, struct sbk_error *error) {
    int64_t maximum = SBK_BUNDLE_CARDS_MAX;
    sbk_result result = cli_number(run->call, "households-max", 1, SBK_BUNDLE_CARDS_MAX, &maximum, error);

    if (result == SBK_OK) {
        result = sbk_plan_make(&run->roll, &run->programmes, run->ledger, (size_t)maximum, &run->plan, error);
    }
    return result;
}

/* The newest transport key, or the one of --transport; told, since it decides which blanks the batch is for. */
static sbk_result open_transport(struct run *run, struct sbk_error *error) {
    int64_t generation = 0;
    char kcv[SBK_HEX_ROOM(SBK_KCV_SIZE)];
    sbk_result result = cli_number(run->call, "transport", 1, UINT8_MAX, &generation, error);

    if (result == SBK_OK) {
        struct sbk_key **key = &run->prepare.transport;
        result = generation == 0
                     ? command_open_key(run->call, run->store, SBK_KEY_TRANSPORT, _("the transport key"), key, error)
                     : command_open_key_of(run->call, run->store, SBK_KEY_TRANSPORT, (uint8_t)generation,
                           _("the transport key"), key, error);
    }
    if (result == SBK_OK) {
        const struct sbk_key_info *info = sbk_key_info(run->prepare.transport);
        sbk_hex_encode(info->public_part, SBK_KCV_SIZE, kcv);
        cli_say(run->call, _("for blank cards of transport key %u, check value %s\n"), info->generation, kcv);
        cli_field(run->call, "transport", json_pack("{s:i, s:s}", "generation", info->generation, "kcv", kcv));
    }
    return result;
}

static sbk_result open_keys(struct run *run, struct sbk_error *error) {
    sbk_result result = command_open_key(
        run->call, run->store, SBK_KEY_GRANT_SIGNER, _("the grant signer's key"), &run->prepare.grant_signer, error);

    if (result == SBK_OK) {
        result = command_open_key(
            run->call, run->store, SBK_KEY_CITY, _("the city's identity"), &run->prepare.city_key, error);
    }
    if (result == SBK_OK) {
        result = open_transport(run, error);
    }
    return result;
}

static sbk_result check_options(const struct cli_call *call, struct sbk_error *error) {
    const char *out = cli_value(call, "out");

    if (cli_given(call, "dry-run")) {
        return SBK_OK;
    }
    if (out == NULL || cli_value(call, "recipient") == NULL) {
        return cli_usage(call, error, _("--recipient and --out are needed, unless with --dry-run"));
    }
    return SBK_OK;
}

static sbk_result make_batch(struct run *run, struct sbk_error *error) {
    struct sbk_prepare *prepare = &run->prepare;
    struct cli_progress progress;
    struct sbk_batch_info info;
    const char *out = cli_value(run->call, "out");

    if (sbk_file_exists(out)) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_EXISTS,
            _("%s: is there already; a batch is never overwritten, name another file"), out);
    }
    if (run->plan.chosen == 0) {
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_NOT_FOUND, _("no household of the roll is eligible; no batch was made"));
    }
    sbk_result result = open_keys(run, error);
    if (result != SBK_OK) {
        return result;
    }
    prepare->ledger = run->ledger;
    prepare->city = &run->city;
    prepare->recipient = sbk_bytes_of(&run->recipient);
    prepare->now = sbk_clock_time(run->call->clock);
    prepare->out = out;
    prepare->roll = &run->roll;
    prepare->programmes = &run->programmes;
    prepare->plan = &run->plan;
    prepare->progress = cli_progress_show;
    prepare->progress_context = &progress;
    cli_progress_begin(&progress, run->call, _("signing orders"));
    result = sbk_prepare_batch(prepare, &info, error);
    cli_progress_end(&progress);
    if (result == SBK_OK) {
        cli_field_int(run->call, "batch", info.number);
        cli_field_hex(run->call, "id", info.id, sizeof(info.id));
        cli_field_int(run->call, "cards", info.count);
        cli_field_text(run->call, "out", out);
        cli_say(run->call,
            P_("batch %lu: %lu card for the bureau, in %s\n", "batch %lu: %lu cards for the bureau, in %s\n",
                info.count),
            (unsigned long)info.number, (unsigned long)info.count, out);
    }
    return result;
}

static sbk_result prepare_run(struct run *run, struct sbk_error *error) {
    const bool dry = cli_given(run->call, "dry-run");
    sbk_result result = check_options(run->call, error);

    if (result == SBK_OK) {
        result = read_programmes(run, error);
    }
    if (result == SBK_OK) {
        result = read_roll(run, error);
    }
    if (result == SBK_OK) {
        result = open_ledger(run, dry, error);
    }
    if (result == SBK_OK && !dry) {
        result = sbk_city_load(run->store, sbk_clock_today(run->call->clock), &run->city, error);
        run->city_loaded = result == SBK_OK;
    }
    if (result == SBK_OK && !dry) {
        result = command_recipient(run->call, &run->city, &run->recipient, error);
    }
    if (result == SBK_OK && !dry) {
        result = recover(run, error);
    }
    if (result == SBK_OK) {
        result = judge(run, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    show_problems(run->call, cli_value(run->call, "roll"), &run->roll);
    show_plan(run->call, &run->roll, &run->plan);
    if (dry) {
        cli_field_bool(run->call, "dry-run", true);
        return show_places(run->call, &run->roll, &run->plan, error);
    }
    return make_batch(run, error);
}

sbk_result cmd_prepare(struct cli_call *call, struct sbk_error *error) {
    struct run *run = calloc(1, sizeof(*run));

    if (run == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    run->call = call;
    const sbk_result result = prepare_run(run, error);
    sbk_key_close(&run->prepare.grant_signer);
    sbk_key_close(&run->prepare.city_key);
    sbk_key_close(&run->prepare.transport);
    if (run->city_loaded) {
        sbk_city_free(&run->city);
    }
    sbk_database_close(&run->ledger);
    sbk_store_close(&run->store);
    sbk_plan_free(&run->plan);
    sbk_roll_free(&run->roll);
    sbk_buffer_free(&run->recipient);
    free(run);
    return result;
}
