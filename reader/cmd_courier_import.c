/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/cms.h"
#include "reader/common.h"
#include "reader/courier.h"

static void show(struct cli_call *call, const struct sbk_courier_taken *taken) {
    cli_field_int(call, "number", taken->number);
    cli_field_int(call, "kept", (json_int_t)taken->kept);
    cli_field_int(call, "old", (json_int_t)taken->old);
    cli_field_int(call, "refused", (json_int_t)taken->refused);
    cli_field_bool(call, "certificate", taken->certificate);
    cli_field_bool(call, "other_keys", taken->other_keys);
    cli_field_bool(call, "list", taken->list);
    cli_field_bool(call, "hotlist", taken->hotlist);
    cli_say(call, _("Courier %u: %lu records for cards are new, %lu were here already.\n"), (unsigned)taken->number,
        (unsigned long)taken->kept, (unsigned long)taken->old);
    if (taken->refused > 0)
        cli_say(call,
            P_("%lu record does not hold and was not kept; the log says for which card. Tell the city.\n",
                "%lu records do not hold and were not kept; the log says for which cards. Tell the city.\n",
                taken->refused),
            (unsigned long)taken->refused);
    cli_field_int(call, "root", taken->root);
    if (taken->root != 0)
        cli_say(call, _("The city's root is number %u from now on; 'sembako-reader status' shows its fingerprint.\n"),
            taken->root);
    if (taken->not_installed.reason != NULL) {
        cli_field_text(call, "certificate_refused", taken->not_installed.reason);
        cli_warn(call, _("the station's certificate in the courier was not taken, all else was: %s"),
            taken->not_installed.text);
    }
    if (taken->certificate)
        cli_say(call, "%s\n", _("The station's certificate is renewed."));
    if (taken->other_keys)
        cli_say(call, "%s\n", _("The station's next keys are in use from now on; the former ones are destroyed."));
    if (taken->list)
        cli_say(call, "%s\n", _("A new item list is in force."));
    if (taken->hotlist)
        cli_say(call, "%s\n", _("A new hotlist is in force."));
    if (taken->whole_wanted)
        cli_warn(call, _("its hotlist is a change of another one than this station has: ask the city for the whole "
                         "hotlist"));
}

static sbk_result take(struct cli_call *call, struct sbk_station *station, const struct sbk_buffer *file,
    struct sbk_courier_taken *taken, struct sbk_error *error) {
    struct sbk_error cause;
    sbk_result result = sbk_courier_take(station, file->data, file->size, taken, &cause);
    if (result != SBK_OK && reader_wants_keys(&cause)) {
        result = reader_unlock(call, station, error);
        return result == SBK_OK ? sbk_courier_take(station, file->data, file->size, taken, error) : result;
    }
    if (result != SBK_OK && error != NULL)
        *error = cause;
    return result;
}

sbk_result cmd_courier_import(struct cli_call *call, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_courier_taken taken;
    sbk_result result = reader_station(call, SBK_STATION_WORK, &station, error);
    if (result == SBK_OK)
        result = sbk_file_read(call->arguments[0], SBK_CMS_MAX, &file, error);
    if (result == SBK_OK)
        result = take(call, station, &file, &taken, error);
    if (result == SBK_OK)
        show(call, &taken);
    sbk_buffer_free(&file);
    sbk_station_close(&station);
    return result;
}
