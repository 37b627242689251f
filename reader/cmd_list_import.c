/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "reader/common.h"

sbk_result cmd_list_import(struct cli_call *call, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_items_header header;
    char day[SBK_DAY_ROOM];
    sbk_result result = reader_station(call, SBK_STATION_WORK, &station, error);
    if (result == SBK_OK)
        result = sbk_file_read(call->arguments[0], SBK_CERTIFICATE_MAX + SBK_ITEMS_BYTES_MAX, &file, error);
    if (result == SBK_OK)
        result = sbk_station_import_list(station, file.data, file.size, &header, error);
    if (result == SBK_OK) {
        sbk_day_format(header.issued, day);
        cli_field_int(call, "number", header.number);
        cli_field_int(call, "items", header.count);
        cli_field_day(call, "issued", header.issued);
        cli_say(call, _("Item list %u of %s, %u items, is in force.\n"), (unsigned)header.number, day,
            (unsigned)header.count);
    }
    sbk_buffer_free(&file);
    sbk_station_close(&station);
    return result;
}
