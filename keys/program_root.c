/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program_root.h"

#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/ask.h"
#include "keys/founding.h"
#include "keys/place.h"
#include "keys/program_shares.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

/* ---- the root's key ---- */

static sbk_result open_root(struct cli_call *call, const char *path, uint8_t generation, struct sbk_key **key,
    struct sbk_quorum *quorum, bool *found, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    struct sbk_key_info info;
    sbk_result result = sbk_store_open(&store, path, false, error);
    *found = result == SBK_OK && sbk_store_info(store, SBK_KEY_ROOT, generation, &info, NULL) == SBK_OK;
    if (*found) {
        result = sbk_store_quorum(store, SBK_KEY_ROOT, generation, quorum, error);
    }
    if (*found && result == SBK_OK) {
        result = program_key_of(call, store, SBK_KEY_ROOT, generation, key, error);
    }
    sbk_store_close(&store);
    return result;
}

sbk_result program_root_key(struct cli_call *call, const struct sbk_store *store, uint8_t generation,
    struct sbk_key **key, struct sbk_quorum *quorum, struct sbk_error *error) {
    const char *given = cli_value(call, "root");
    if (given == NULL && store == NULL) {
        return cli_usage(call, error, _("give --root DIR: the folder of the root's key"));
    }
    const char *here = given != NULL ? given : sbk_store_path(store);
    char *beside = given == NULL ? sbk_path_join(here, SBK_NEXT_ROOT_FOLDER) : NULL;
    bool found = false;
    sbk_result result = open_root(call, here, generation, key, quorum, &found, error);
    if (result == SBK_OK && !found && beside != NULL && sbk_file_exists(beside)) {
        result = open_root(call, beside, generation, key, quorum, &found, error);
    }
    if (result == SBK_OK && !found) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND,
            _("%s: the key of root %u is not here: give its folder with --root"), here, generation);
    }
    free(beside);
    return result;
}

/* ---- the root after it ---- */

static sbk_result make_next(struct cli_call *call, const char *path, uint8_t generation, const struct sbk_quorum *like,
    struct sbk_key_info *info, struct sbk_error *error) {
    const char *const word = sbk_founded_word(SBK_FOUNDED_NEXT_ROOT);
    const char *const words[] = {word, NULL};
    struct sbk_place place = SBK_PLACE_EMPTY;
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct ask_deal asked = {.deal = {.folder = NULL}};
    struct sbk_deal *deal = NULL;
    char *shares = sbk_path_join(path, SBK_SHARES_FOLDER);
    char *part = NULL;
    struct sbk_tokens given;
    struct sbk_tokens tokens = {.count = 0};
    struct sbk_store *store = NULL;
    struct sbk_key *key = NULL;
    sbk_result result = shares != NULL ? sbk_place_free(path, error) : program_no_memory(error);
    if (result == SBK_OK) {
        result = ask_tokens(call, words, &given, error);
    }
    if (result == SBK_OK) {
        result = ask_deal(call, word, program_key_name(SBK_KEY_ROOT, true), like, &asked, error);
        deal = asked.deal.quorum.needed > 0 ? &asked.deal : NULL;
    }
    if (result == SBK_OK) {
        tokens.words[0] = sbk_tokens_find(&given, word);
        tokens.count = tokens.words[0] != NULL ? 1 : 0;
        result = deal != NULL && tokens.count == 0
                     ? SBK_OK /* the shares alone open it */
                     : ask_new_key(call, &given, word, word, program_key_name(SBK_KEY_ROOT, true), &passphrase, error);
    }
    if (result == SBK_OK) {
        result = sbk_place_begin(&place, path, error);
    }
    if (result == SBK_OK) {
        result = sbk_store_open(&store, place.part, false, error);
    }
    if (result == SBK_OK) {
        result = sbk_store_set_tokens(store, &tokens, error);
    }
    if (result == SBK_OK) {
        part = sbk_path_join(place.part, SBK_SHARES_FOLDER);
        asked.deal.folder = part;
        result = part != NULL ? sbk_key_generate_dealt(store, SBK_KEY_ROOT, generation, sbk_clock_today(call->clock),
                                    &passphrase, deal, &key, error)
                              : program_no_memory(error);
    }
    if (result == SBK_OK) {
        *info = *sbk_key_info(key);
    }
    if (result == SBK_OK && deal != NULL) {
        result = share_say_dealt(call, store, SBK_KEY_ROOT, generation, deal, shares, error);
    }
    sbk_key_close(&key);
    sbk_store_close(&store);
    sbk_secret_free(&passphrase);
    ask_deal_free(&asked);
    free(part);
    free(shares);
    return sbk_place_end(&place, result, error);
}

sbk_result program_next_root(struct cli_call *call, uint8_t generation, const struct sbk_quorum *like,
    struct sbk_key_info *info, struct sbk_error *error) {
    const char *path = cli_value(call, "next");
    struct sbk_store *store = NULL;
    if (path == NULL) {
        return cli_usage(call, error, _("give --next DIR: a new folder for the root after this one"));
    }
    if (sbk_store_open(&store, path, false, NULL) == SBK_OK && sbk_store_newest(store, SBK_KEY_ROOT) == generation) {
        const sbk_result result = sbk_store_info(store, SBK_KEY_ROOT, generation, info, error);
        sbk_store_close(&store);
        return result;
    }
    sbk_store_close(&store);
    return make_next(call, path, generation, like, info, error);
}

/* ---- requests and answers ---- */

static sbk_result say_order(
    struct cli_call *call, json_t *list, const struct sbk_root_order *order, struct sbk_error *error) {
    char from[SBK_DAY_ROOM];
    char until[SBK_DAY_ROOM];
    char text[SBK_FINGERPRINT_ROOM];
    const sbk_result result = program_fingerprint(order->key, text, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_day_format(order->from, from);
    sbk_day_format(order->until, until);
    cli_say(
        call, "  %-14s %3u  %s  %s\n    %s\n", sbk_key_role_word(order->role), order->generation, from, until, text);
    (void)json_array_append_new(
        list, json_pack("{s:s, s:i, s:s, s:s, s:s}", "role", sbk_key_role_word(order->role), "generation",
                  order->generation, "from", from, "until", until, "fingerprint", text));
    return SBK_OK;
}

sbk_result program_say_request(struct cli_call *call, const struct sbk_root_request *request, struct sbk_error *error) {
    char text[SBK_FINGERPRINT_ROOM];
    char until[SBK_DAY_ROOM];
    json_t *list = json_array();
    sbk_result result = SBK_OK;
    if (request->purpose == SBK_ROOT_SUCCEED) {
        sbk_day_format(request->old_until, until);
        cli_say(call, _("Root %u takes over. The root before it counts until: %s\n"), request->generation,
            request->old_until == 0 ? _("no more, as if it were stolen") : until);
        cli_field(call, "old_until", request->old_until == 0 ? json_null() : json_string(until));
    }
    cli_say(call, _("Root %u certifies:\n"), request->generation);
    for (size_t i = 0; i < request->order_count && result == SBK_OK; i++) {
        result = say_order(call, list, &request->orders[i], error);
    }
    if (request->has_office) {
        sbk_fingerprint_text(request->office_hash, text);
        cli_say(call, _("  and names the office CA whose certificate has the SHA-256\n    %s\n"), text);
        cli_field_text(call, "office_ca", text);
    }
    cli_field_int(call, "root", request->generation);
    cli_field(call, "orders", list);
    return result;
}

static sbk_result write_out(struct cli_call *call, const uint8_t *bytes, size_t size, char check[SBK_CHECK_VALUE_ROOM],
    struct sbk_error *error) {
    const char *path = cli_value(call, "out");
    sbk_result result = sbk_check_value(bytes, size, check, error);
    if (result == SBK_OK) {
        result = program_write(path, bytes, size, error);
    }
    if (result == SBK_OK) {
        cli_field_text(call, "file", path);
        cli_field_int(call, "size", (int64_t)size);
        cli_field_text(call, "check", check);
    }
    return result;
}

sbk_result program_request_out(struct cli_call *call, const struct sbk_root_request *request, struct sbk_error *error) {
    uint8_t bytes[SBK_ROOT_REQUEST_MAX];
    char check[SBK_CHECK_VALUE_ROOM];
    size_t size = 0;
    if (sbk_root_request_write(request, bytes, sizeof bytes, &size) != SBK_FORMAT_OK) {
        return sbk_fail(
            error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, "%s", _("the request to the root cannot be written"));
    }
    const sbk_result result = write_out(call, bytes, size, check, error);
    if (result == SBK_OK) {
        cli_say(call, _("Carry %s (%u bytes) to the machine of the root, for 'root certify'.\n"),
            cli_value(call, "out"), (unsigned)size);
        cli_say(call, _("Both machines must show the check value %s\n"), check);
    }
    return result;
}

sbk_result program_answer_out(struct cli_call *call, const struct sbk_root_answer *answer, struct sbk_error *error) {
    uint8_t bytes[SBK_ROOT_ANSWER_MAX];
    char check[SBK_CHECK_VALUE_ROOM];
    size_t size = 0;
    if (sbk_root_answer_write(answer, bytes, sizeof bytes, &size) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, "%s", _("the root's answer cannot be written"));
    }
    const sbk_result result = write_out(call, bytes, size, check, error);
    if (result == SBK_OK) {
        cli_say(
            call, _("Carry %s (%u bytes) back to the office, for 'accept'.\n"), cli_value(call, "out"), (unsigned)size);
    }
    return result;
}

/* ---- taking in ---- */

const char *program_next_step(uint8_t role) {
    switch (role) {
    case SBK_KEY_ROOT:
        return _("Next: issue every station's and bureau's certificate again and send a courier; cards follow at their "
                 "next tap. Carry the folder of the root after this one to other custody.");
    case SBK_KEY_STATION_CA:
        return _("Next: issue the stations' certificates again; the present ones count until their last day.");
    case SBK_KEY_CARD_CA:
        return _("Next: send a courier, so that stations know it before cards that it certifies are handed out.");
    case SBK_KEY_GRANT_SIGNER:
    case SBK_KEY_LIST_SIGNER:
        return _("Next: send a courier, so that stations know it; what was signed before stays good.");
    case SBK_KEY_OFFICE_CA:
        return _("Next: issue every bureau's and station's certificate again; the present ones count until their last "
                 "day.");
    default:
        return _("Next: nothing; files signed before stay good.");
    }
}

static sbk_result say_taken(struct cli_call *call, const struct sbk_store *store, const struct sbk_root_request *taken,
    struct sbk_error *error) {
    struct sbk_city city = {.trust = NULL};
    char text[SBK_FINGERPRINT_ROOM];
    char next[SBK_FINGERPRINT_ROOM];
    const bool succession = taken->purpose == SBK_ROOT_SUCCEED;
    const uint8_t role = succession               ? (uint8_t)SBK_KEY_ROOT
                         : taken->order_count > 0 ? taken->orders[0].role
                                                  : (uint8_t)SBK_KEY_OFFICE_CA;
    sbk_result result = program_city(call, store, &city, error);
    if (result == SBK_OK) {
        result = program_fingerprint(city.anchor.key, text, error);
    }
    if (result == SBK_OK && succession) {
        sbk_fingerprint_text(city.anchor.next_hash, next);
        cli_say(call, _("Root, generation %u:\n  %s\n"), city.anchor.generation, text);
        cli_say(call, _("Next root:\n  %s\n"), next);
        cli_field_text(call, "fingerprint", text);
        cli_field_text(call, "next_fingerprint", next);
    }
    if (result == SBK_OK) {
        cli_say(call, "%s\n", program_next_step(role));
    }
    sbk_city_free(&city);
    return result;
}

sbk_result program_take_answer(struct cli_call *call, struct sbk_store *store, const struct sbk_root_answer *answer,
    struct sbk_key *city_key, struct sbk_error *error) {
    struct sbk_root_request taken;
    sbk_result result = sbk_rotate_accept(store, answer, &taken, error);
    if (result == SBK_OK && city_key != NULL) {
        result = sbk_rotate_export(store, city_key, call->clock, error);
    }
    if (result == SBK_OK) {
        result = program_say_request(call, &taken, error);
    }
    return result == SBK_OK ? say_taken(call, store, &taken, error) : result;
}
