/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/ask.h"
#include "personalize/command.h"
#include "personalize/office.h"
#include "personalize/text.h"
#include "schema/reason.h"

#include <string.h>

/* A bureau's key that is there already is opened, and its pass phrase asked once, not twice. */
static sbk_result ask_secret(struct cli_call *call, const char *folder, const struct sbk_tokens *tokens,
    struct sbk_secret *secret, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    const char *word = sbk_key_role_word(SBK_KEY_BUREAU);
    const char *what = _("the bureau's key");
    const bool there =
        sbk_store_open(&store, folder, false, NULL) == SBK_OK && sbk_store_newest(store, SBK_KEY_BUREAU) > 0;
    const sbk_result result = there ? ask_key(call, store, SBK_KEY_BUREAU, 0, word, what, secret, error)
                                    : ask_new_key(call, tokens, word, word, what, secret, error);

    sbk_store_close(&store);
    return result;
}

sbk_result cmd_enrol(struct cli_call *call, struct sbk_error *error) {
    const char *folder = cli_value(call, "office"), *name = cli_value(call, "name"), *out = cli_value(call, "out");
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_buffer request = SBK_BUFFER_EMPTY;
    static const char *const roles[] = {"bureau", NULL};
    struct sbk_tokens tokens;
    sbk_result result = SBK_OK;

    if (name[0] == '\0' || strlen(name) > SBK_OFFICE_NAME_MAX || !sbk_text_clean((const uint8_t *)name, strlen(name))) {
        return cli_usage(call, error, _("--name must be 1 to %d bytes of text"), SBK_OFFICE_NAME_MAX);
    }
    result = ask_tokens(call, roles, &tokens, error);
    if (result == SBK_OK) {
        result = ask_secret(call, folder, &tokens, &passphrase, error);
    }
    if (result == SBK_OK) {
        result = sbk_office_enrol(folder, name, &tokens, &passphrase, sbk_clock_time(call->clock), &request, error);
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
