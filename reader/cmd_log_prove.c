/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "cli/output.h"
#include "reader/common.h"
#include "reader/log_proof.h"

#include <stdlib.h>

static sbk_result read_position(const struct cli_call *call, uint32_t *position, struct sbk_error *error) {
    const char *text = call->arguments[0];
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != 0 || value >= UINT32_MAX)
        return cli_usage(call, error, _("\"%s\" is not the number of an entry"), text);
    *position = (uint32_t)value;
    return SBK_OK;
}

sbk_result cmd_log_prove(struct cli_call *call, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    struct sbk_buffer proof = SBK_BUFFER_EMPTY;
    char verifiers[2][SBK_LOG_VERIFIER_ROOM];
    uint32_t position = 0;
    sbk_result result = read_position(call, &position, error);
    if (result == SBK_OK)
        result = reader_station(call, SBK_STATION_READ, &station, error);
    if (result == SBK_OK)
        result = sbk_log_prove(station, position, &proof, error);
    if (result == SBK_OK)
        result = sbk_log_proof_verifiers((const char *)proof.data, proof.size, verifiers, error);
    if (result == SBK_OK) {
        cli_field_int(call, "entry", position);
        cli_field_text(call, "key", verifiers[0]);
        result = reader_give(call, "proof", &proof, error);
    }
    sbk_buffer_free(&proof);
    sbk_station_close(&station);
    return result;
}
