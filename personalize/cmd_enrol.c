/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "cli/secrets.h"
#include "personalize/command.h"
#include "personalize/office.h"
#include "personalize/text.h"
#include "schema/reason.h"

#include <string.h>

/* Whether the bureau's key is there already: then its pass phrase is asked once, not twice. */
static bool enrolled(const char *folder) {
    struct sbk_store *store = NULL;
    const bool there =
        sbk_store_open(&store, folder, false, NULL) == SBK_OK && sbk_store_newest(store, SBK_KEY_BUREAU) > 0;

    sbk_store_close(&store);
    return there;
}

sbk_result cmd_enrol(struct cli_call *call, struct sbk_error *error) {
    const char *folder = cli_value(call, "office"), *name = cli_value(call, "name"), *out = cli_value(call, "out");
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_buffer request = SBK_BUFFER_EMPTY;
    sbk_result result = SBK_OK;

    if (name[0] == '\0' || strlen(name) > SBK_OFFICE_NAME_MAX || !sbk_text_clean((const uint8_t *)name, strlen(name))) {
        return cli_usage(call, error, _("--name must be 1 to %d bytes of text"), SBK_OFFICE_NAME_MAX);
    }
    result = cli_passphrase(
        call, sbk_key_role_word(SBK_KEY_BUREAU), _("the bureau's key"), !enrolled(folder), &passphrase, error);
    if (result == SBK_OK) {
        result = sbk_office_enrol(folder, name, &passphrase, sbk_clock_time(call->clock), &request, error);
    }
    sbk_secret_free(&passphrase);
    if (result == SBK_OK) {
        result = sbk_file_write(out, request.data, request.size, 0644, SBK_FILE_REPLACE, error);
    }
    sbk_buffer_free(&request);
    if (result == SBK_OK) {
        cli_field_text(call, "office", folder);
        cli_field_text(call, "name", name);
        cli_field_text(call, "out", out);
        cli_say(call, _("%s: request of '%s'; take it to the city, then install its answer\n"), out, name);
    }
    return result;
}
