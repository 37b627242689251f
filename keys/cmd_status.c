/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program_root.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/hotlists.h"
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

/* How a generation stands to the one in use; words of --json. */
#define USE_NOW "in-use"
#define USE_EARLIER "earlier"
#define USE_LATER "later"

static const char *use_text(const char *use) {
    if (strcmp(use, USE_EARLIER) == 0) {
        return _("earlier one, what it signed counts until then");
    }
    return strcmp(use, USE_LATER) == 0 ? _("begins later") : "";
}

struct line {
    uint8_t role;
    uint8_t generation;
    const char *by;
    const char *use;
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
        until, strcmp(line->use, USE_NOW) == 0 ? state_text(state) : use_text(line->use), token != NULL ? "  " : "",
        token != NULL ? token : "");
    (void)json_array_append_new(
        keys, json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s?}", "role", sbk_key_role_word(line->role),
                  "generation", line->generation, "signed_by", line->by, "use", line->use, "from", from, "until", until,
                  "fingerprint", fingerprint, "days_left", (int)line->until - (int)sbk_clock_today(call->clock),
                  "state", state_words[state], "token", token));
    free(token);
    return SBK_OK;
}

/* Whether the certificate is the one in use, or else came before it or begins later. */
static const char *use_of(const struct sbk_certificate *parsed, const struct sbk_buffer *used) {
    struct sbk_certificate in_use;
    /* The city was loaded: it parses. */
    if (sbk_certificate_parse(used->data, used->size, &in_use) != SBK_FORMAT_OK ||
        in_use.generation == parsed->generation) {
        return USE_NOW;
    }
    return parsed->generation < in_use.generation ? USE_EARLIER : USE_LATER;
}

static sbk_result say_certificate(struct cli_call *call, json_t *keys, const struct sbk_store *store,
    const struct sbk_buffer *bytes, const struct sbk_buffer *used, struct sbk_error *error) {
    struct sbk_certificate parsed;
    if (sbk_certificate_parse(bytes->data, bytes->size, &parsed) != SBK_FORMAT_OK) {
        return SBK_OK;
    }
    const struct line line = {
        parsed.role, parsed.generation, "root", use_of(&parsed, used), parsed.effective, parsed.expiry};
    return say_line(call, keys, store, &line, error);
}

/* The CAs and signers of one role under the root: what is in use, though it ended, and whatever has not. */
static sbk_result say_role(struct cli_call *call, json_t *keys, const struct sbk_store *store,
    const struct sbk_city *city, const struct sbk_buffer *used, struct sbk_error *error) {
    struct sbk_certificate in_use;
    struct sbk_certificate parsed;
    sbk_result result = say_certificate(call, keys, store, used, used, error);
    if (sbk_certificate_parse(used->data, used->size, &in_use) != SBK_FORMAT_OK) {
        return result;
    }
    for (size_t i = 0; i < city->issuer_count && result == SBK_OK; i++) {
        const struct sbk_buffer *bytes = &city->issuers[i];
        if (sbk_certificate_parse(bytes->data, bytes->size, &parsed) == SBK_FORMAT_OK && parsed.role == in_use.role &&
            parsed.generation != in_use.generation) {
            result = say_certificate(call, keys, store, bytes, used, error);
        }
    }
    return result;
}

static sbk_result say_issuers(struct cli_call *call, json_t *keys, const struct sbk_store *store,
    const struct sbk_city *city, struct sbk_error *error) {
    const struct sbk_buffer *const used[] = {
        &city->station_ca, &city->card_ca, &city->grant_signer, &city->list_signer};
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < sizeof used / sizeof used[0] && result == SBK_OK; i++) {
        result = say_role(call, keys, store, city, used[i], error);
    }
    return result;
}

/* The key of the store that an X.509 certificate is for, 0: none. */
static uint8_t generation_of(const struct sbk_store *store, uint8_t role, const uint8_t key[SBK_POINT_SIZE]) {
    for (uint8_t generation = sbk_store_newest(store, role); generation >= 1; generation--) {
        struct sbk_key_info info;
        if (sbk_store_info(store, role, generation, &info, NULL) == SBK_OK &&
            memcmp(info.public_part, key, SBK_POINT_SIZE) == 0) {
            return generation;
        }
    }
    return 0;
}

static sbk_result say_office(struct cli_call *call, json_t *keys, const struct sbk_store *store, uint8_t role,
    const struct sbk_buffer *bytes, const char *use, struct sbk_error *error) {
    struct sbk_office_info info;
    sbk_result result = sbk_x509_info(bytes->data, bytes->size, &info, error);
    if (result == SBK_OK) {
        const struct line line = {role, generation_of(store, role, info.key),
            role == SBK_KEY_CITY ? "office-ca" : "root", use, info.from, info.until};
        result = say_line(call, keys, store, &line, error);
    }
    return result;
}

static sbk_result say_offices(struct cli_call *call, json_t *keys, const struct sbk_store *store,
    const struct sbk_city *city, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < city->office_ca_count && result == SBK_OK; i++) {
        result = say_office(
            call, keys, store, SBK_KEY_OFFICE_CA, &city->office_cas[i], i == 0 ? USE_NOW : USE_EARLIER, error);
    }
    return result == SBK_OK ? say_office(call, keys, store, SBK_KEY_CITY, &city->city, USE_NOW, error) : result;
}

static sbk_result say_roots(
    struct cli_call *call, const struct sbk_store *store, const struct sbk_city *city, struct sbk_error *error) {
    char text[SBK_FINGERPRINT_ROOM];
    char next[SBK_FINGERPRINT_ROOM];
    const bool here = program_next_root_here(store, (uint8_t)(city->anchor.generation + 1));
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
    json_t *list = json_array();
    uint8_t generation = sbk_store_newest(store, SBK_KEY_TRANSPORT);
    sbk_result result = SBK_OK;
    cli_say(call, "%s", generation == 0 ? _("\nTransport key: none; 'transport import' takes one in.\n") : "\n");
    while (generation != 0 && result == SBK_OK) {
        struct sbk_key_info info;
        char kcv[SBK_HEX_ROOM(SBK_KCV_SIZE)];
        result = sbk_store_info(store, SBK_KEY_TRANSPORT, generation, &info, error);
        if (result == SBK_OK) {
            const bool newest = json_array_size(list) == 0;
            sbk_hex_encode(info.public_part, SBK_KCV_SIZE, kcv);
            cli_say(call,
                newest ? _("Transport key %u: key check value %s\n")
                       : _("Transport key %u: key check value %s; for blanks of an older lot, until 'transport "
                           "retire'\n"),
                info.generation, kcv);
            (void)json_array_append_new(
                list, json_pack("{s:i, s:s, s:b}", "generation", info.generation, "kcv", kcv, "newest", newest));
        }
        generation = sbk_store_before(store, SBK_KEY_TRANSPORT, generation);
    }
    cli_field(call, "transport", list);
    return result;
}

static sbk_result say_issued(struct cli_call *call, const struct sbk_store *store, struct sbk_error *error) {
    struct sbk_database *database = NULL;
    struct issued_counts counts = {0, 0, 0, 0};
    struct hotlists_counts hotlists = {0, 0, 0};
    sbk_result result = SBK_OK;
    if (issued_exists(store)) {
        result = issued_open(store, false, &database, error);
        if (result == SBK_OK) {
            result = issued_count(database, sbk_clock_today(call->clock), &counts, error);
        }
        if (result == SBK_OK) {
            result = hotlists_count(database, &hotlists, error);
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
        cli_say(call, _("Newest hotlist: %lld. Revoked stations: %lld. Distrusted CAs and signers: %lld.\n"),
            (long long)hotlists.newest, (long long)hotlists.revoked, (long long)hotlists.distrusted);
        cli_field_int(call, "newest_hotlist", hotlists.newest);
        cli_field_int(call, "revoked_stations", hotlists.revoked);
        cli_field_int(call, "distrusted", hotlists.distrusted);
    }
    sbk_database_close(&database);
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
    if (result == SBK_OK) {
        result = program_say_todo(call, store, &city, error);
    }
    cli_field(call, "keys", keys);
    sbk_city_free(&city);
    sbk_store_close(&store);
    return result;
}
