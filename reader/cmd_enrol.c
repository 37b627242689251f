/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "cli/secrets.h"
#include "keys/store.h"
#include "reader/common.h"

static sbk_result enrol(struct cli_call *call, const struct sbk_secret *passphrase, struct sbk_error *error) {
    struct sbk_station_options options = {
        .path = cli_value(call, "station"), .clock = call->clock, .clock_set = call->clock_set};
    struct sbk_station *station = NULL;
    struct sbk_buffer request = SBK_BUFFER_EMPTY;
    const char *out = cli_value(call, "out");
    sbk_result result = sbk_station_enrol(&station, &options, cli_value(call, "id"), passphrase, &request, error);
    if (result == SBK_OK)
        result = sbk_file_write(out, request.data, request.size, 0644, SBK_FILE_REPLACE, error);
    if (result == SBK_OK) {
        cli_field_text(call, "station", sbk_station_id(station));
        cli_field_text(call, "request", out);
        cli_say(call, _("Station %s is made. Take %s to the city's office for its certificate.\n"),
            sbk_station_id(station), out);
    }
    sbk_buffer_free(&request);
    sbk_station_close(&station);
    return result;
}

sbk_result cmd_enrol(struct cli_call *call, struct sbk_error *error) {
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    sbk_keys_protect_process();
    sbk_result result = cli_passphrase(call, NULL, _("the station's keys"), true, &passphrase, error);
    if (result == SBK_OK)
        result = enrol(call, &passphrase, error);
    sbk_secret_free(&passphrase);
    return result;
}
