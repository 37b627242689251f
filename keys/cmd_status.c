/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/issued.h"
#include "keys/x509.h"

#include <stdlib.h>
#include <string.h>

/* Days before an end at which status says that something is to be done. */
#define WARN_DAYS 60

enum state { STATE_VALID, STATE_ENDING, STATE_ENDED, STATE_NOT_YET };

static const char *const state_words[] = {"valid", "ending", "ended", "not-yet-valid"};

static const char *state_text(enum state state) {
    switch (state) {
    case STATE_VALID:
        return _("valid");
    case STATE_ENDING:
        return _("ends soon: make its successor");
    case STATE_ENDED:
        return _("ENDED: nothing new can be made with it");
    case STATE_NOT_YET:
        return _("not valid yet: is the clock right?");
    }
    return "";
}

static enum state state_on(uint16_t day, uint16_t from, uint16_t until) {
    if (day < from) {
        return STATE_NOT_YET;
    }
    if (day > until) {
        return STATE_ENDED;
    }
    return until - day < WARN_DAYS ? STATE_ENDING : STATE_VALID;
}

struct line {
    uint8_t role;
    uint8_t generation;
    const char *by;
    uint16_t from;
    uint16_t until;
};

static sbk_result say_line(struct cli_call *call, json_t *keys, const struct sbk_store *store, const struct line *line,
    struct sbk_error *error) {
    struct sbk_key_info info;
    char from[SBK_DAY_ROOM];
    char until[SBK_DAY_ROOM];
    char fingerprint[SBK_FINGERPRINT_ROOM];
    char *token = NULL;
    const enum state state = state_on(sbk_clock_today(call->clock), line->from, line->until);
    sbk_result result = sbk_store_info(store, line->role, line->generation, &info, error);
    if (result == SBK_OK) {
        result = program_fingerprint(info.public_part, fingerprint, error);
    }
    if (result == SBK_OK) {
        result = sbk_store_place(store, line->role, line->generation, &token, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    sbk_day_format(line->from, from);
    sbk_day_format(line->until, until);
    cli_say(call, "%-14s %3u  %-12s %s  %s  %s%s%s\n", sbk_key_role_word(line->role), line->generation, line->by, from,
        until, state_text(state), token != NULL ? "  " : "", token != NULL ? token : "");
    (void)json_array_append_new(
        keys, json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:i, s:s, s:s?}", "role", sbk_key_role_word(line->role),
                  "generation", line->generation, "signed_by", line->by, "from", from, "until", until, "fingerprint",
                  fingerprint, "days_left", (int)line->until - (int)sbk_clock_today(call->clock), "state",
                  state_words[state], "token", token));
    free(token);
    return SBK_OK;
}

/* The CAs and signers under the root. */
static sbk_result say_issuers(struct cli_call *call, json_t *keys, const struct sbk_store *store,
    const struct sbk_city *city, struct sbk_error *error) {
    const struct sbk_buffer *const certificates[] = {
        &city->station_ca, &city->card_ca, &city->grant_signer, &city->list_signer};
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < sizeof certificates / sizeof certificates[0] && result == SBK_OK; i++) {
        struct sbk_certificate parsed;
        /* The city was loaded: they parse. */
        if (sbk_certificate_parse(certificates[i]->data, certificates[i]->size, &parsed) == SBK_FORMAT_OK) {
            const struct line line = {parsed.role, parsed.generation, "root", parsed.effective, parsed.expiry};
            result = say_line(call, keys, store, &line, error);
        }
    }
    return result;
}

static sbk_result say_offices(struct cli_call *call, json_t *keys, const struct sbk_store *store,
    const struct sbk_city *city, struct sbk_error *error) {
    struct sbk_office_info ca;
    struct sbk_office_info own;
    sbk_result result = sbk_x509_info(city->office_ca.data, city->office_ca.size, &ca, error);
    if (result == SBK_OK) {
        result = sbk_x509_info(city->city.data, city->city.size, &own, error);
    }
    if (result == SBK_OK) {
        const struct line line = {
            SBK_KEY_OFFICE_CA, sbk_store_newest(store, SBK_KEY_OFFICE_CA), "root", ca.from, ca.until};
        result = say_line(call, keys, store, &line, error);
    }
    if (result == SBK_OK) {
        const struct line line = {
            SBK_KEY_CITY, sbk_store_newest(store, SBK_KEY_CITY), "office-ca", own.from, own.until};
        result = say_line(call, keys, store, &line, error);
    }
    return result;
}

static sbk_result say_roots(
    struct cli_call *call, const struct sbk_store *store, const struct sbk_city *city, struct sbk_error *error) {
    char text[SBK_FINGERPRINT_ROOM];
    char next[SBK_FINGERPRINT_ROOM];
    char *folder = sbk_path_join(sbk_store_path(store), SBK_NEXT_ROOT_FOLDER);
    const bool here = folder != NULL && sbk_file_exists(folder);
    free(folder);
    const sbk_result result = program_fingerprint(city->anchor.key, text, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_fingerprint_text(city->anchor.next_hash, next);
    cli_say(call, _("Root, generation %u:\n  %s\n"), city->anchor.generation, text);
    cli_say(call, _("Next root, generation %u, %s:\n  %s\n\n"), city->anchor.generation + 1U,
        here ? _("still in this store: carry it to other custody") : _("in other custody"), next);
    cli_field(call, "root", json_pack("{s:i, s:s}", "generation", city->anchor.generation, "fingerprint", text));
    cli_field(call, "next_root",
        json_pack(
            "{s:i, s:s, s:b}", "generation", city->anchor.generation + 1, "fingerprint", next, "here", here ? 1 : 0));
    return SBK_OK;
}

static sbk_result say_transport(struct cli_call *call, const struct sbk_store *store, struct sbk_error *error) {
    struct sbk_key_info info;
    char kcv[SBK_HEX_ROOM(SBK_KCV_SIZE)];
    if (sbk_store_newest(store, SBK_KEY_TRANSPORT) == 0) {
        cli_say(call, "%s", _("\nTransport key: none; 'transport import' takes one in.\n"));
        cli_field(call, "transport", json_null());
        return SBK_OK;
    }
    const sbk_result result = sbk_store_info(store, SBK_KEY_TRANSPORT, 0, &info, error);
    if (result == SBK_OK) {
        sbk_hex_encode(info.public_part, SBK_KCV_SIZE, kcv);
        cli_say(call, _("\nTransport key %u: key check value %s\n"), info.generation, kcv);
        cli_field(call, "transport", json_pack("{s:i, s:s}", "generation", info.generation, "kcv", kcv));
    }
    return result;
}

static sbk_result say_issued(struct cli_call *call, const struct sbk_store *store, struct sbk_error *error) {
    struct sbk_database *database = NULL;
    struct issued_counts counts = {0, 0, 0, 0};
    char *path = sbk_path_join(sbk_store_path(store), "keys.db");
    sbk_result result = SBK_OK;
    if (path != NULL && sbk_file_exists(path)) {
        result = issued_open(store, false, &database, error);
        if (result == SBK_OK) {
            result = issued_count(database, sbk_clock_today(call->clock), &counts, error);
        }
    }
    if (result == SBK_OK) {
        cli_say(call,
            _("Stations: %lld, of which %lld have a certificate in force. Bureaus: %lld. Newest list: %lld.\n"),
            (long long)counts.terminals, (long long)counts.terminals_valid, (long long)counts.offices,
            (long long)counts.newest_list);
        cli_field_int(call, "stations", counts.terminals);
        cli_field_int(call, "stations_in_force", counts.terminals_valid);
        cli_field_int(call, "bureaus", counts.offices);
        cli_field_int(call, "newest_list", counts.newest_list);
    }
    sbk_database_close(&database);
    free(path);
    return result;
}

sbk_result cmd_status(struct cli_call *call, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    struct sbk_city city = {.trust = NULL};
    json_t *keys = json_array();
    sbk_result result = program_store(call, false, &store, error);
    if (result == SBK_OK) {
        result = program_city(call, store, &city, error);
    }
    if (result == SBK_OK) {
        result = say_roots(call, store, &city, error);
    }
    if (result == SBK_OK) {
        cli_say(call, "%-14s %3s  %-12s %-10s  %-10s  %s\n", _("key"), _("gen"), _("signed by"), _("from"), _("until"),
            _("state"));
        result = say_issuers(call, keys, store, &city, error);
    }
    if (result == SBK_OK) {
        result = say_offices(call, keys, store, &city, error);
    }
    if (result == SBK_OK) {
        result = say_transport(call, store, error);
    }
    if (result == SBK_OK) {
        result = say_issued(call, store, error);
    }
    cli_field(call, "keys", keys);
    sbk_city_free(&city);
    sbk_store_close(&store);
    return result;
}
