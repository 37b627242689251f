/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/file.h"
#include "base/i18n.h"
#include "cli/language.h"
#include "cli/output.h"
#include "cli/secrets.h"
#include "cli/signals.h"
#include "keys/ceremony_sign.h"
#include "keys/ceremony_walk.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sbk_result read_plan(struct cli_call *call, struct ceremony_plan **plan, struct sbk_error *error) {
    const char *path = cli_value(call, "plan");
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    sbk_result result = program_read(path, CEREMONY_PLAN_MAX, &bytes, error);
    if (result == SBK_OK) {
        result = ceremony_plan_read(bytes.data, bytes.size, plan, error);
        result = result == SBK_OK ? SBK_OK : sbk_fail_in(error, result, "%s", path);
    }
    sbk_buffer_free(&bytes);
    return result;
}

struct writing {
    const struct ceremony_plan *plan;
    struct sbk_buffer text;
    sbk_result result;
    struct sbk_error *error;
};

static void write_again(void *context) {
    struct writing *writing = context;
    writing->result = ceremony_write(&writing->plan->details, &writing->text, writing->error);
}

/* A ceremony begins with a script that is word for word what this program writes for its details: nothing was taken out of
 * it or put in, and its commands are those of this version. */
static sbk_result check_own(const struct ceremony_plan *plan, struct sbk_error *error) {
    struct writing writing = {.plan = plan, .result = SBK_OK, .error = error};
    const char *version = plan->details.values[CEREMONY_VERSION];
    if (strcmp(version, SBK_VERSION) != 0) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
            _("the plan is for the host programs %s, these are %s: make it anew with 'ceremony plan'"), version,
            SBK_VERSION);
    }
    cli_language_during(plan->details.values[CEREMONY_LANGUAGE], write_again, &writing);
    const bool same = writing.result == SBK_OK && writing.text.size == plan->text.size &&
                      memcmp(writing.text.data, plan->text.data, plan->text.size) == 0;
    sbk_buffer_free(&writing.text);
    if (writing.result != SBK_OK) {
        return writing.result;
    }
    return same ? SBK_OK
                : sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN, "%s",
                      _("the plan is not what 'ceremony plan' writes for its details: make it anew"));
}

/* The folder on the command line is the one of the script. */
static sbk_result check_store(struct cli_call *call, const struct ceremony_plan *plan, struct sbk_error *error) {
    const char *given = cli_value(call, "store");
    const char *planned = plan->details.values[CEREMONY_STORE];
    size_t length = strlen(given);
    while (length > 1 && given[length - 1] == '/') {
        length--;
    }
    return length == strlen(planned) && memcmp(given, planned, length) == 0
               ? SBK_OK
               : sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("--store: the plan is for the store %s, not %s"),
                     planned, given);
}

static sbk_result transcript_path(struct cli_call *call, char **path, struct sbk_error *error) {
    const char *out = cli_value(call, "out");
    const char *record = cli_value(call, "record");
    const size_t room = strlen(out != NULL ? out : record) + sizeof ".cms";
    *path = malloc(room);
    if (*path == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    (void)snprintf(*path, room, "%s%s", out != NULL ? out : record, out != NULL ? "" : ".cms");
    return SBK_OK;
}

/* The last line names the key; then the transcript is signed with it. Done again, it gives the same content. */
static sbk_result sign(struct cli_call *call, struct ceremony_file *file, struct sbk_error *error) {
    const uint8_t role = sbk_key_role_of(file->plan->details.values[CEREMONY_SIGNER]);
    struct sbk_store *store = NULL;
    struct sbk_key *key = NULL;
    struct sbk_buffer cms = SBK_BUFFER_EMPTY;
    char *path = NULL;
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = transcript_path(call, &path, error);
    }
    if (result == SBK_OK) {
        result = program_store(call, false, &store, error);
    }
    if (result == SBK_OK) {
        result = program_key(call, store, role, &key, error);
    }
    if (result == SBK_OK && !file->state.ended) {
        result = ceremony_end(file, sbk_clock_time(call->clock), key, error);
    }
    if (result == SBK_OK) {
        result = ceremony_sign(file, store, key, &cms, error);
    }
    if (result == SBK_OK) {
        result = program_write(path, cms.data, cms.size, error);
    }
    if (result == SBK_OK) {
        cli_say(call, _("The transcript is signed: %s\n"), path);
        cli_field_text(call, "transcript", path);
    }
    sbk_key_close(&key);
    sbk_store_close(&store);
    sbk_buffer_free(&cms);
    free(path);
    return result;
}

static void report(struct cli_call *call, const struct ceremony_file *file) {
    char hash[SBK_FINGERPRINT_ROOM];
    sbk_fingerprint_text(file->plan->hash, hash);
    cli_field_text(call, "kind", ceremony_kind_word(file->plan->kind));
    cli_field_text(call, "hash", hash);
    cli_field_int(call, "steps", (int64_t)file->plan->step_count);
    cli_field_int(call, "done", (int64_t)file->state.steps);
    cli_field_int(call, "exceptions", (int64_t)file->state.exceptions);
    cli_field_int(call, "resumptions", (int64_t)file->state.resumptions);
    cli_field_bool(call, "aborted", file->state.aborted);
    cli_field_text(call, "record", file->path);
}

static sbk_result walk(struct cli_call *call, struct ceremony_file *file, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    if (file->torn) {
        cli_warn(call, _("%s: its last line was never finished and is taken off: that step is done again"), file->path);
    }
    if (file->state.aborted) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
            _("%s: this ceremony was aborted: begin a new record"), file->path);
    }
    if (!file->state.ended && file->resumed) {
        result = ceremony_resume(file, sbk_clock_time(call->clock), error);
    }
    return result == SBK_OK ? ceremony_walk(file, call->clock, error) : result;
}

sbk_result cmd_ceremony_run(struct cli_call *call, struct sbk_error *error) {
    struct ceremony_plan *plan = NULL;
    struct ceremony_file file = {.descriptor = -1};
    const char *record = cli_value(call, "record");
    sbk_result result = read_plan(call, &plan, error);
    if (result == SBK_OK) {
        result = check_store(call, plan, error);
    }
    if (result == SBK_OK && !sbk_file_exists(record)) {
        result = check_own(plan, error);
    }
    if (result == SBK_OK) {
        result = ceremony_file_open(&file, plan, record, sbk_clock_time(call->clock), error);
    }
    if (result == SBK_OK) {
        result = walk(call, &file, error);
        if (result == SBK_OK) {
            result = sign(call, &file, error);
        }
        report(call, &file);
    }
    ceremony_file_close(&file);
    ceremony_plan_free(&plan);
    return result;
}
