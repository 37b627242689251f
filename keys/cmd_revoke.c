/* SPDX-License-Identifier: Apache-2.0 */
/* What an officer says of stations, CAs and signers; the next hotlist tells it to the stations. */
#include "keys/program.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/hotlists.h"
#include "keys/issued.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

static sbk_result open_books(
    struct cli_call *call, struct sbk_store **store, struct sbk_database **keys, struct sbk_error *error) {
    const sbk_result result = program_store(call, true, store, error);
    return result == SBK_OK ? issued_open(*store, true, keys, error) : result;
}

static void say_next(const struct cli_call *call) {
    cli_say(
        call, "%s\n", _("The next 'hotlist' tells it to the stations; until they have that, nothing changes there."));
}

sbk_result cmd_station_revoke(struct cli_call *call, struct sbk_error *error) {
    const char *terminal = cli_value(call, "terminal");
    const bool restore = cli_given(call, "restore");
    struct sbk_store *store = NULL;
    struct sbk_database *keys = NULL;
    sbk_result result = open_books(call, &store, &keys, error);
    if (result == SBK_OK) {
        result = hotlists_revoke(keys, terminal, restore, sbk_clock_time(call->clock), error);
    }
    if (result == SBK_OK) {
        cli_say(call, restore ? _("Station %s is restored.\n") : _("Station %s is revoked.\n"), terminal);
        say_next(call);
        cli_field_text(call, "terminal", terminal);
        cli_field_bool(call, "revoked", !restore);
    }
    sbk_database_close(&keys);
    sbk_store_close(&store);
    return result;
}

/* "list-signer=1" */
static sbk_result read_issuer(
    const struct cli_call *call, uint8_t *role, uint8_t *generation, struct sbk_error *error) {
    const char *text = call->arguments[0];
    const char *equals = strchr(text, '=');
    char word[16] = "";
    char *end = NULL;
    if (equals != NULL && (size_t)(equals - text) < sizeof word) {
        memcpy(word, text, (size_t)(equals - text));
    }
    *role = sbk_key_role_of(word);
    const bool digit = equals != NULL && equals[1] >= '1' && equals[1] <= '9';
    const unsigned long number = digit ? strtoul(equals + 1, &end, 10) : 0;
    if (*role < SBK_KEY_STATION_CA || *role > SBK_KEY_LIST_SIGNER || number < 1 || number > 127 || *end != '\0') {
        return cli_usage(call, error,
            _("'%.40s' is not ROLE=GENERATION, with station-ca, card-ca, grant-signer or list-signer"), text);
    }
    *generation = (uint8_t)number;
    return SBK_OK;
}

/* in_use becomes the generation that signs now. */
static sbk_result check_made(const struct cli_call *call, const struct sbk_store *store, uint8_t role,
    uint8_t generation, uint8_t *in_use, struct sbk_error *error) {
    const uint8_t newest = sbk_store_newest(store, role);
    const sbk_result result = sbk_city_in_use(store, role, sbk_clock_today(call->clock), in_use, error);
    if (result != SBK_OK) {
        return result;
    }
    if (generation > newest) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND, _("this city has no %s %u; the newest is %u"),
            sbk_key_role_word(role), generation, newest);
    }
    if (generation >= *in_use && role == SBK_KEY_LIST_SIGNER) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
            _("list signer %u would have to sign the list that distrusts it: make the next one with 'rotate "
              "list-signer' first"),
            generation);
    }
    return SBK_OK;
}

sbk_result cmd_distrust(struct cli_call *call, struct sbk_error *error) {
    const bool restore = cli_given(call, "restore");
    struct sbk_store *store = NULL;
    struct sbk_database *keys = NULL;
    uint8_t role = 0;
    uint8_t generation = 0;
    uint8_t in_use = 0;
    sbk_result result = read_issuer(call, &role, &generation, error);
    if (result == SBK_OK) {
        result = open_books(call, &store, &keys, error);
    }
    if (result == SBK_OK && !restore) {
        result = check_made(call, store, role, generation, &in_use, error);
    }
    if (result == SBK_OK) {
        result = hotlists_distrust(keys, role, generation, restore, sbk_clock_time(call->clock), error);
    }
    if (result == SBK_OK) {
        cli_say(call, restore ? _("%s %u is trusted again.\n") : _("%s %u is distrusted, with all that it signed.\n"),
            sbk_key_role_word(role), generation);
        if (!restore && generation == in_use) {
            cli_warn(call, _("this %s is in use: 'rotate' makes the next one; then issue anew what it signed"),
                sbk_key_role_word(role));
        }
        say_next(call);
        cli_field_text(call, "role", sbk_key_role_word(role));
        cli_field_int(call, "generation", generation);
        cli_field_bool(call, "distrusted", !restore);
    }
    sbk_database_close(&keys);
    sbk_store_close(&store);
    return result;
}
