/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "reader/common.h"
#include "reader/log_proof.h"

#include <string.h>

static sbk_result read_newer(
    struct cli_call *call, struct sbk_station *station, struct sbk_buffer *newer, struct sbk_error *error) {
    struct sbk_log_head head;
    if (call->argument_count > 1)
        return sbk_file_read(call->arguments[1], SBK_CHECKPOINT_MAX, newer, error);
    return sbk_log_newest_checkpoint(station, newer, &head, error);
}

sbk_result cmd_log_consistency(struct cli_call *call, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    struct sbk_buffer older = SBK_BUFFER_EMPTY;
    struct sbk_buffer newer = SBK_BUFFER_EMPTY;
    struct sbk_buffer proof = SBK_BUFFER_EMPTY;
    char verifiers[2][SBK_LOG_VERIFIER_ROOM];
    sbk_result result = sbk_file_read(call->arguments[0], SBK_CHECKPOINT_MAX, &older, error);
    if (result == SBK_OK)
        result = reader_station(call, SBK_STATION_READ, &station, error);
    if (result == SBK_OK)
        result = read_newer(call, station, &newer, error);
    if (result == SBK_OK)
        result = sbk_log_prove_consistency(station, &older, &newer, &proof, error);
    if (result == SBK_OK)
        result = sbk_log_proof_verifiers((const char *)proof.data, proof.size, verifiers, error);
    if (result == SBK_OK) {
        cli_field_text(call, "key", verifiers[0]);
        if (strcmp(verifiers[0], verifiers[1]) != 0)
            cli_field_text(call, "older_key", verifiers[1]);
        result = reader_give(call, "proof", &proof, error);
    }
    sbk_buffer_free(&older);
    sbk_buffer_free(&newer);
    sbk_buffer_free(&proof);
    sbk_station_close(&station);
    return result;
}
