/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/ask.h"
#include "keys/founding.h"
#include "keys/program_root.h"
#include "keys/program_shares.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

/* What the steps share. */
struct rotating {
    struct cli_call *call;
    uint8_t role;
    struct sbk_term term;
    struct sbk_store *store;
    struct sbk_key *issuer;   /* the root, or the office CA for the city */
    struct sbk_key *city_key; /* where the exported anchor changes */
    struct sbk_secret passphrase;
    struct ask_deal deal; /* of a grant signer that is made */
    char *shares;         /* folder for its shares */
};

static sbk_result read_words(struct rotating *rotating, struct sbk_error *error) {
    struct cli_call *call = rotating->call;
    rotating->role = sbk_key_role_of(call->arguments[0]);
    if (rotating->role < SBK_KEY_STATION_CA || rotating->role > SBK_KEY_CITY) {
        return cli_usage(call, error,
            _("'%s' is none of station-ca, card-ca, grant-signer, list-signer, office-ca and city; for a root there is "
              "'root succeed', for the transport key 'transport import'"),
            call->arguments[0]);
    }
    if (rotating->role == SBK_KEY_CITY && (cli_given(call, "out") || cli_given(call, "root"))) {
        return cli_usage(call, error, _("the city's own key is certified by the office CA; it needs no root"));
    }
    if (rotating->role != SBK_KEY_GRANT_SIGNER && (cli_given(call, "quorum") || cli_given(call, "officer"))) {
        return cli_usage(call, error, _("only root, next root and grant signer take a quorum"));
    }
    sbk_result result = ask_quorums_check(call, error);
    if (result == SBK_OK) {
        result = cli_day(call, "from", &rotating->term.from, error);
    }
    return result == SBK_OK ? cli_day(call, "until", &rotating->term.until, error) : result;
}

/* The quorum of a grant signer to be made, that of the present one unless told. */
static sbk_result ask_quorum(struct rotating *rotating, const char *word, const char *name, struct sbk_error *error) {
    struct sbk_quorum present;
    sbk_result result = sbk_store_quorum(rotating->store, rotating->role, 0, &present, error);
    if (result == SBK_OK) {
        result = ask_deal(rotating->call, word, name, &present, &rotating->deal, error);
    }
    if (result == SBK_OK) {
        rotating->shares = sbk_path_join(sbk_store_path(rotating->store), SBK_SHARES_FOLDER);
        rotating->deal.deal.folder = rotating->shares;
        result = rotating->shares != NULL ? SBK_OK : program_no_memory(error);
    }
    return result;
}

/* What is there is opened before anything is made, so that a wrong pass phrase leaves nothing behind. */
static sbk_result open_issuers(struct rotating *rotating, struct sbk_error *error) {
    struct cli_call *call = rotating->call;
    struct sbk_quorum quorum;
    uint8_t generation = 0;
    sbk_result result = SBK_OK;
    if (rotating->role == SBK_KEY_CITY) {
        return program_key(call, rotating->store, SBK_KEY_OFFICE_CA, &rotating->issuer, error);
    }
    if (cli_given(call, "out")) {
        return SBK_OK;
    }
    result = sbk_city_in_use(rotating->store, SBK_KEY_ROOT, sbk_clock_today(call->clock), &generation, error);
    if (result == SBK_OK) {
        result = program_root_key(call, rotating->store, generation, &rotating->issuer, &quorum, error);
    }
    if (result == SBK_OK && rotating->role == SBK_KEY_OFFICE_CA) {
        result = program_key(call, rotating->store, SBK_KEY_CITY, &rotating->city_key, error);
    }
    return result;
}

/* The pass phrase of the key to be made; one that waits for its certificate is opened only if it has to sign. */
static sbk_result ask(struct rotating *rotating, struct sbk_error *error) {
    const char *word = sbk_key_role_word(rotating->role);
    const char *name = program_key_name(rotating->role, false);
    uint8_t generation = 0;
    bool pending = false;
    sbk_result result = sbk_rotate_next(rotating->store, rotating->role, &generation, &pending, error);
    if (result != SBK_OK) {
        return result;
    }
    if (!pending) {
        result = ask_quorum(rotating, word, name, error);
        if (result != SBK_OK || (rotating->deal.deal.quorum.needed > 0 &&
                                    sbk_tokens_find(sbk_store_tokens(rotating->store), word) == NULL)) {
            return result; /* the shares alone open it */
        }
        return ask_new_key(
            rotating->call, sbk_store_tokens(rotating->store), word, word, name, &rotating->passphrase, error);
    }
    return rotating->role < SBK_KEY_OFFICE_CA ? SBK_OK
                                              : ask_key(rotating->call, rotating->store, rotating->role, generation,
                                                    word, name, &rotating->passphrase, error);
}

static sbk_result rotate_city(struct rotating *rotating, struct sbk_error *error) {
    struct cli_call *call = rotating->call;
    struct sbk_key_info info;
    char text[SBK_FINGERPRINT_ROOM];
    uint8_t generation = 0;
    uint8_t used = 0;
    sbk_result result = sbk_rotate_city(
        rotating->store, rotating->issuer, &rotating->term, &rotating->passphrase, call->clock, &generation, error);
    if (result == SBK_OK) {
        result = sbk_city_in_use(rotating->store, SBK_KEY_CITY, sbk_clock_today(call->clock), &used, error);
    }
    if (result == SBK_OK && used == generation) {
        result =
            sbk_key_open(rotating->store, SBK_KEY_CITY, generation, &rotating->passphrase, &rotating->city_key, error);
    }
    if (result == SBK_OK && used == generation) {
        result = sbk_rotate_export(rotating->store, rotating->city_key, call->clock, error);
    }
    if (result == SBK_OK) {
        result = sbk_store_info(rotating->store, SBK_KEY_CITY, generation, &info, error);
    }
    if (result == SBK_OK) {
        result = program_fingerprint(info.public_part, text, error);
    }
    if (result == SBK_OK) {
        cli_say(call, _("The city's own key, generation %u:\n  %s\n"), generation, text);
        cli_say(call, "%s\n", program_next_step(SBK_KEY_CITY));
        cli_field_int(call, "generation", generation);
        cli_field_text(call, "fingerprint", text);
    }
    return result;
}

static sbk_result rotate_issuer(struct rotating *rotating, struct sbk_error *error) {
    struct cli_call *call = rotating->call;
    struct sbk_root_request request;
    struct sbk_root_answer answer;
    struct sbk_deal *deal = rotating->deal.deal.quorum.needed > 0 ? &rotating->deal.deal : NULL;
    sbk_result result = sbk_rotate_ask(
        rotating->store, rotating->role, &rotating->term, &rotating->passphrase, deal, call->clock, &request, error);
    if (result == SBK_OK && deal != NULL) {
        result = share_say_dealt(
            call, rotating->store, rotating->role, request.orders[0].generation, deal, rotating->shares, error);
    }
    if (result == SBK_OK && cli_given(call, "out")) {
        result = program_say_request(call, &request, error);
        return result == SBK_OK ? program_request_out(call, &request, error) : result;
    }
    if (result == SBK_OK) {
        result = sbk_root_answer(rotating->issuer, NULL, &request, &answer, error);
    }
    return result == SBK_OK ? program_take_answer(call, rotating->store, &answer, rotating->city_key, error) : result;
}

sbk_result cmd_rotate(struct cli_call *call, struct sbk_error *error) {
    struct rotating rotating = {.call = call, .passphrase = SBK_SECRET_EMPTY};
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = read_words(&rotating, error);
    }
    if (result == SBK_OK) {
        result = program_store(call, true, &rotating.store, error);
    }
    if (result == SBK_OK) {
        result = open_issuers(&rotating, error);
    }
    if (result == SBK_OK) {
        result = ask(&rotating, error);
    }
    if (result == SBK_OK) {
        result = rotating.role == SBK_KEY_CITY ? rotate_city(&rotating, error) : rotate_issuer(&rotating, error);
    }
    sbk_secret_free(&rotating.passphrase);
    ask_deal_free(&rotating.deal);
    free(rotating.shares);
    sbk_key_close(&rotating.city_key);
    sbk_key_close(&rotating.issuer);
    sbk_store_close(&rotating.store);
    return result;
}
