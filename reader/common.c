/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/common.h"

#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "cli/secrets.h"
#include "cli/signals.h"
#include "keys/store.h"
#include "reader/log.h"
#include "schema/reason.h"

#include <string.h>

sbk_result reader_station(
    struct cli_call *call, enum sbk_station_access access, struct sbk_station **station, struct sbk_error *error) {
    struct sbk_station_options options = {
        .path = cli_value(call, "station"), .clock = call->clock, .clock_set = call->clock_set};
    return sbk_station_open(station, &options, access, error);
}

sbk_result reader_work(struct cli_call *call, struct sbk_station **station, struct sbk_error *error) {
    size_t given_up = 0;
    sbk_result result = reader_station(call, SBK_STATION_WORK, station, error);
    if (result == SBK_OK)
        result = sbk_station_give_up(*station, &given_up, error);
    if (given_up > 0)
        cli_say(call,
            P_("%zu transaction is in doubt now: its card did not come back within %d days\n",
                "%zu transactions are in doubt now: their cards did not come back within %d days\n", given_up),
            given_up, SBK_DOUBT_DAYS);
    if (result == SBK_OK)
        reader_warn_hotlist(call, *station);
    return result == SBK_OK ? reader_say_unsettled(call, *station, false, error) : result;
}

sbk_result reader_secret(
    struct cli_call *call, const struct sbk_station *station, struct sbk_secret *secret, struct sbk_error *error) {
    enum sbk_station_secret needed = SBK_STATION_NOTHING;
    char token[33];
    const sbk_result result = sbk_station_secret(station, &needed, token, error);
    if (result != SBK_OK || needed == SBK_STATION_NOTHING)
        return result;
    return needed == SBK_STATION_PIN ? cli_token_pin(call, NULL, _("the station's keys"), token, secret, error)
                                     : cli_passphrase(call, NULL, _("the station's keys"), false, secret, error);
}

sbk_result reader_unlock(struct cli_call *call, struct sbk_station *station, struct sbk_error *error) {
    struct sbk_secret secret = SBK_SECRET_EMPTY;
    sbk_keys_protect_process();
    sbk_result result = reader_secret(call, station, &secret, error);
    if (result == SBK_OK)
        result = sbk_station_unlock(station, &secret, error);
    sbk_secret_free(&secret);
    return result;
}

bool reader_wants_keys(const struct sbk_error *error) {
    return error->result == SBK_REFUSED && strcmp(error->reason, SBK_REASON_PASSPHRASE) == 0;
}

static void tell_wait(void *context, enum sbk_pcsc_wait what, const char *reader) {
    cli_warn(context, "%s: %s", reader, sbk_pcsc_wait_text(what));
}

sbk_result reader_card(struct cli_call *call, struct sbk_pcsc **pcsc, struct sbk_error *error) {
    const struct sbk_pcsc_patience patience = {.told_ms = SBK_PCSC_TOLD_MS,
        .busy_ms = SBK_PCSC_BUSY_MS,
        .answer_ms = SBK_PCSC_ANSWER_MS,
        .cancel = {cli_interrupted_callback, NULL},
        .tell = tell_wait,
        .context = call};
    struct sbk_pcsc *made = NULL;
    sbk_result result = sbk_pcsc_open(&made, error);
    if (result == SBK_OK)
        sbk_pcsc_be_patient(made, &patience);
    if (result == SBK_OK)
        result = sbk_pcsc_choose(made, cli_value(call, "reader"), error);
    if (result == SBK_OK)
        result = sbk_pcsc_connect(made, error);
    if (result == SBK_OK)
        *pcsc = made;
    else
        sbk_pcsc_close(&made);
    return result;
}

sbk_result reader_give(
    struct cli_call *call, const char *field, const struct sbk_buffer *text, struct sbk_error *error) {
    const char *path = cli_value(call, "to");
    if (path != NULL) {
        sbk_result result = sbk_file_write(path, text->data, text->size, 0644, SBK_FILE_REPLACE, error);
        if (result == SBK_OK)
            cli_say(call, _("written to %s\n"), path);
        cli_field_text(call, "to", path);
        return result;
    }
    cli_say(call, "%.*s", (int)text->size, (const char *)text->data);
    cli_field(call, field, json_stringn((const char *)text->data, text->size));
    return SBK_OK;
}

void reader_checkpoint(struct cli_call *call, struct sbk_station *station) {
    struct sbk_error error;
    if (sbk_log_rolled_back(station)) {
        cli_warn(call, _("the card holds a receipt of this station that its log does not know: the folder was put back "
                         "from an old copy; keep it and tell the city"));
        cli_field_text(call, "warning", SBK_REASON_LOG_ROLLED_BACK);
    }
    if (sbk_log_checkpoint(station, &error) != SBK_OK)
        cli_warn(call, _("no checkpoint was signed: %s"), error.text);
}
