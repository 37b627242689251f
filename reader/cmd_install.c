/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/crypto.h"
#include "reader/common.h"
#include "schema/bundle.h"

static void show(struct cli_call *call, const struct sbk_station *station, const struct sbk_installed *installed) {
    char fingerprint[SBK_FINGERPRINT_ROOM];
    char outlet[SBK_OUTLET_SIZE + 1];
    char from[SBK_DAY_ROOM];
    char until[SBK_DAY_ROOM];
    sbk_fingerprint_text(installed->fingerprint, fingerprint);
    sbk_id_text(installed->rights.outlet, SBK_OUTLET_SIZE, outlet);
    sbk_day_format(installed->effective, from);
    sbk_day_format(installed->expiry, until);
    cli_field_text(call, "station", sbk_station_id(station));
    cli_field_text(call, "role", reader_role_word(installed->role));
    cli_field_text(call, "outlet", outlet);
    cli_field_day(call, "from", installed->effective);
    cli_field_day(call, "until", installed->expiry);
    cli_field_int(call, "root", installed->root_generation);
    cli_field_hex(call, "fingerprint", installed->fingerprint, sizeof installed->fingerprint);
    cli_field_bool(call, "pinned", installed->pinned_now);
    cli_say(call, _("Station %s is certified as %s for %s, from %s to %s.\n"), sbk_station_id(station),
        reader_role_word(installed->role), outlet, from, until);
    cli_say(call, _("Root %u, fingerprint:\n  %s\n"), installed->root_generation, fingerprint);
    cli_field_int(call, "followed_from", installed->followed_from);
    if (installed->followed_from != 0)
        cli_say(call, _("Root links lead here from root %u, which was pinned before.\n"), installed->followed_from);
    cli_field_bool(call, "other_keys", installed->other_keys);
    if (installed->other_keys)
        cli_say(call, "%s\n", _("The station's next keys are in use from now on; the former ones are destroyed."));
    if (installed->pinned_now)
        cli_say(call, "%s\n",
            _("This root is pinned from now on. Compare the fingerprint with the one that the city published."));
}

static sbk_result install(struct cli_call *call, struct sbk_station *station, const struct sbk_buffer *file,
    struct sbk_installed *installed, struct sbk_error *error) {
    struct sbk_error cause;
    sbk_result result = sbk_station_install(station, file->data, file->size, installed, &cause);
    if (result != SBK_OK && reader_wants_keys(&cause)) {
        result = reader_unlock(call, station, error);
        return result == SBK_OK ? sbk_station_install(station, file->data, file->size, installed, error) : result;
    }
    if (result != SBK_OK && error != NULL)
        *error = cause;
    return result;
}

sbk_result cmd_install(struct cli_call *call, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_installed installed;
    sbk_result result = reader_station(call, SBK_STATION_WORK, &station, error);
    if (result == SBK_OK)
        result = sbk_file_read(cli_value(call, "certificate"), SBK_BUNDLE_SMALL_MAX * 2, &file, error);
    if (result == SBK_OK)
        result = install(call, station, &file, &installed, error);
    if (result == SBK_OK)
        show(call, station, &installed);
    sbk_buffer_free(&file);
    sbk_station_close(&station);
    return result;
}
