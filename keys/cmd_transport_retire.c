/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/hex.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "cli/secrets.h"
#include "keys/ask.h"
#include "schema/reason.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define GENERATION_MAX 127

/* Whoever destroys a key names it by its check value, or says yes to it. */
static sbk_result confirm(struct cli_call *call, uint8_t generation, const char *kcv, struct sbk_error *error) {
    const char *named = cli_value(call, "kcv");
    char question[160];
    bool yes = false;
    if (named != NULL) {
        return strcasecmp(named, kcv) == 0
                   ? SBK_OK
                   : sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
                         _("transport key %u has the key check value %s, not %s; nothing was destroyed"), generation,
                         kcv, named);
    }
    (void)snprintf(question, sizeof question, _("Destroy transport key %u, key check value %s, for ever? [y/n] "),
        generation, kcv);
    const sbk_result result = cli_ask_yes(question, &yes, error);
    if (result == SBK_OK && !yes) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_INTERRUPTED, "%s", _("nothing was destroyed"));
    }
    return result;
}

/* Only a token asks for something before it lets a key be destroyed. */
static sbk_result destroy(struct cli_call *call, struct sbk_store *store, uint8_t generation, struct sbk_error *error) {
    struct sbk_secret pin = SBK_SECRET_EMPTY;
    struct sbk_key_guard guard;
    sbk_result result = sbk_store_guard(store, SBK_KEY_TRANSPORT, generation, &guard, error);
    if (result == SBK_OK && guard.kind == SBK_GUARD_PIN) {
        result = ask_key(call, store, SBK_KEY_TRANSPORT, generation, sbk_key_role_word(SBK_KEY_TRANSPORT),
            program_key_name(SBK_KEY_TRANSPORT, false), &pin, error);
    }
    if (result == SBK_OK) {
        result = sbk_key_destroy(store, SBK_KEY_TRANSPORT, generation, &pin, error);
    }
    sbk_secret_free(&pin);
    return result;
}

static sbk_result retire(struct cli_call *call, struct sbk_store *store, uint8_t generation, struct sbk_error *error) {
    struct sbk_key_info info;
    char kcv[SBK_HEX_ROOM(SBK_KCV_SIZE)];
    sbk_result result = sbk_store_info(store, SBK_KEY_TRANSPORT, generation, &info, error);
    if (result != SBK_OK) {
        return result;
    }
    if (generation == sbk_store_newest(store, SBK_KEY_TRANSPORT)) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
            _("transport key %u is the newest, which 'prepare' uses; take in its successor first"), generation);
    }
    sbk_hex_encode(info.public_part, SBK_KCV_SIZE, kcv);
    result = confirm(call, generation, kcv, error);
    if (result == SBK_OK) {
        result = destroy(call, store, generation, error);
    }
    if (result == SBK_OK) {
        cli_say(call,
            _("Transport key %u, key check value %s, is destroyed here. Destroy copies and backups of it, too.\n"),
            generation, kcv);
        cli_field_int(call, "generation", generation);
        cli_field_text(call, "kcv", kcv);
    }
    return result;
}

sbk_result cmd_transport_retire(struct cli_call *call, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    int64_t generation = 0;
    sbk_result result = cli_number(call, "generation", 1, GENERATION_MAX, &generation, error);
    if (result == SBK_OK) {
        result = program_roles(call, error);
    }
    if (result == SBK_OK) {
        result = program_store(call, true, &store, error);
    }
    if (result == SBK_OK) {
        result = retire(call, store, (uint8_t)generation, error);
    }
    sbk_store_close(&store);
    return result;
}
