/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "cli/output.h"
#include "reader/common.h"
#include "reader/log_proof.h"
#include "schema/reason.h"

/* The newest checkpoint, if it covers the whole log; *covered tells. */
static sbk_result look(struct sbk_station *station, struct sbk_buffer *note, struct sbk_log_head *head, bool *covered,
    struct sbk_error *error) {
    struct sbk_log_head now;
    struct sbk_error cause;
    *covered = false;
    sbk_result result = sbk_log_newest_checkpoint(station, note, head, &cause);
    if (result == SBK_REFUSED)
        return SBK_OK; /* none yet */
    if (result == SBK_OK)
        result = sbk_log_head_of(station, &now, &cause);
    if (result == SBK_OK)
        result = sbk_log_check_head(station, head, &cause);
    if (result != SBK_OK) {
        if (error != NULL)
            *error = cause;
        return result;
    }
    *covered = head->size == now.size;
    return SBK_OK;
}

static sbk_result sign(
    struct cli_call *call, struct sbk_buffer *note, struct sbk_log_head *head, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    sbk_result result = reader_station(call, SBK_STATION_WORK, &station, error);
    if (result == SBK_OK)
        result = reader_unlock(call, station, error);
    if (result == SBK_OK)
        result = sbk_log_checkpoint(station, error);
    sbk_buffer_reset(note);
    if (result == SBK_OK)
        result = sbk_log_newest_checkpoint(station, note, head, error);
    sbk_station_close(&station);
    return result;
}

sbk_result cmd_log_checkpoint(struct cli_call *call, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    struct sbk_buffer note = SBK_BUFFER_EMPTY;
    struct sbk_log_head head = {0};
    bool covered = false;
    sbk_result result = reader_station(call, SBK_STATION_READ, &station, error);
    if (result == SBK_OK)
        result = look(station, &note, &head, &covered, error);
    sbk_station_close(&station);
    if (result == SBK_OK && !covered)
        result = sign(call, &note, &head, error);
    if (result == SBK_OK) {
        cli_field_int(call, "entries", head.size);
        cli_field_hex(call, "root", head.root, sizeof head.root);
        result = reader_give(call, "checkpoint", &note, error);
    }
    sbk_buffer_free(&note);
    return result;
}
