/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/ask.h"
#include "reader/common.h"

#include <string.h>

static const char *const roles[] = {"agreement", "log", "station", NULL};

static sbk_result enrol(struct cli_call *call, const struct sbk_tokens *tokens, const struct sbk_secret *passphrase,
    struct sbk_error *error) {
    const char *words[SBK_TOKENS_MAX + 1] = {NULL};
    struct sbk_station_options options = {
        .path = cli_value(call, "station"), .clock = call->clock, .clock_set = call->clock_set, .tokens = words};
    memcpy(words, tokens->words, tokens->count * sizeof words[0]);
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

/* One secret for all three: a pass phrase if any of them lies in an envelope, which then is the PIN of a token too. A
 * station that is there is asked for its own. */
static sbk_result ask_secret(
    struct cli_call *call, const struct sbk_tokens *tokens, struct sbk_secret *secret, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    const char *asked = roles[0];
    if (reader_station(call, SBK_STATION_READ, &station, NULL) == SBK_OK) {
        const sbk_result result = reader_secret(call, station, secret, error);
        sbk_station_close(&station);
        return result;
    }
    for (size_t i = 0; roles[i] != NULL; i++) {
        if (sbk_tokens_find(tokens, roles[i]) == NULL)
            asked = roles[i];
    }
    return ask_new_key(call, tokens, asked, NULL, _("the station's keys"), secret, error);
}

sbk_result cmd_enrol(struct cli_call *call, struct sbk_error *error) {
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_tokens tokens;
    sbk_keys_protect_process();
    sbk_result result = ask_tokens(call, roles, &tokens, error);
    if (result == SBK_OK)
        result = ask_secret(call, &tokens, &passphrase, error);
    if (result == SBK_OK)
        result = enrol(call, &tokens, &passphrase, error);
    sbk_secret_free(&passphrase);
    return result;
}
