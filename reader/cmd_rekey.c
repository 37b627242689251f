/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/store.h"
#include "reader/common.h"

static sbk_result rekey(
    struct cli_call *call, struct sbk_station *station, const struct sbk_secret *secret, struct sbk_error *error) {
    struct sbk_buffer request = SBK_BUFFER_EMPTY;
    const char *out = cli_value(call, "out");
    sbk_result result = sbk_station_rekey(station, secret, &request, error);
    if (result == SBK_OK)
        result = sbk_file_write(out, request.data, request.size, 0644, SBK_FILE_REPLACE, error);
    if (result == SBK_OK) {
        cli_field_text(call, "station", sbk_station_id(station));
        cli_field_text(call, "request", out);
        cli_say(call,
            _("The next keys of station %s are made. Take %s to the city's office; the present keys stay in use until "
              "its "
              "certificate is installed.\n"),
            sbk_station_id(station), out);
    }
    sbk_buffer_free(&request);
    return result;
}

sbk_result cmd_rekey(struct cli_call *call, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    struct sbk_secret secret = SBK_SECRET_EMPTY;
    sbk_keys_protect_process();
    sbk_result result = reader_station(call, SBK_STATION_WORK, &station, error);
    if (result == SBK_OK)
        result = reader_secret(call, station, &secret, error);
    if (result == SBK_OK)
        result = rekey(call, station, &secret, error);
    sbk_secret_free(&secret);
    sbk_station_close(&station);
    return result;
}
