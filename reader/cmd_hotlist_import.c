/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "reader/common.h"
#include "reader/hotlist.h"
#include "schema/hotlist.h"

sbk_result cmd_hotlist_import(struct cli_call *call, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    sbk_result result = reader_station(call, SBK_STATION_WORK, &station, error);
    if (result == SBK_OK)
        result = sbk_file_read(call->arguments[0], SBK_HOTLIST_FILE_MAX, &file, error);
    if (result == SBK_OK)
        result = sbk_station_import_hotlist(station, file.data, file.size, error);
    if (result == SBK_OK)
        reader_show_hotlist(call, station);
    sbk_buffer_free(&file);
    sbk_station_close(&station);
    return result;
}
