/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/crypto.h"
#include "reader/common.h"
#include "reader/log.h"
#include "schema/numbers.h"

#include <stdio.h>

#define ROOTS_SHOWN 32
#define ISSUERS_SHOWN 256
#define SOON_DAYS 14      /* a courier or two to bring a renewal */
#define OLD_KEYS_DAYS 365 /* an office's habit, not a limit */

/* How long the certificate lasts, and what to do about it. */
static void show_days(struct cli_call *call, uint16_t today, uint16_t expiry) {
    int left = expiry - today;
    cli_field_int(call, "days_left", left);
    if (left < 0)
        cli_say(call, "%s\n", _("The certificate has expired: ask the city for a new one."));
    else if (left == 0)
        cli_say(call, "%s\n", _("Today is the certificate's last day: ask the city for a new one."));
    else
        cli_say(call, P_("It lasts %d more day.\n", "It lasts %d more days.\n", left), left);
    if (left > 0 && left <= SOON_DAYS)
        cli_say(call, "%s\n", _("Ask the city for a renewal now; both are valid until this one ends."));
}

/* The X.509 certificate signs what the station hands in. */
static void show_x509(struct cli_call *call, const struct sbk_station *station, uint16_t until) {
    char day[SBK_DAY_ROOM];
    if (until == 0)
        return;
    sbk_day_format(until, day);
    cli_field_day(call, "x509_until", until);
    cli_say(call,
        sbk_station_today(station) > until ? _("Its certificate for signing files (X.509) ended after %s.\n")
                                           : _("Its certificate for signing files (X.509) lasts until %s.\n"),
        day);
}

static sbk_result show_keys(struct cli_call *call, const struct sbk_station *station, struct sbk_error *error) {
    struct sbk_station_key_state state;
    char day[SBK_DAY_ROOM];
    if (sbk_file_is_regular(cli_value(call, "station")))
        return SBK_OK; /* a copy of the database: the keys are elsewhere */
    sbk_result result = sbk_station_key_state(station, &state, error);
    if (result != SBK_OK)
        return result;
    sbk_day_format(state.created, day);
    cli_field(call, "keys",
        json_pack("{s:i, s:s, s:b, s:i}", "generation", state.generation, "created", day, "pending", (int)state.pending,
            "former", (int)state.former));
    cli_say(call, _("Keys of generation %d, made on %s\n"), state.generation, day);
    if (state.pending)
        cli_say(call, "%s\n",
            _("The next keys wait for their certificate: take the request of 'sembako-reader rekey' to the city, then "
              "'sembako-reader install'."));
    else if (sbk_station_today(station) > state.created + OLD_KEYS_DAYS)
        cli_say(call, "%s\n", _("They are more than a year old: 'sembako-reader rekey' makes the next ones."));
    if (state.former > 0)
        cli_say(call,
            P_("%u former private key is still there; the next command that opens the station's keys destroys it.\n",
                "%u former private keys are still there; the next command that opens the station's keys destroys "
                "them.\n",
                state.former),
            state.former);
    return SBK_OK;
}

static void show_certificate(struct cli_call *call, const struct sbk_station *station) {
    const struct sbk_certificate *certificate = sbk_station_certificate(station);
    char outlet[SBK_OUTLET_SIZE + 1];
    char from[SBK_DAY_ROOM];
    char until[SBK_DAY_ROOM];
    char kelurahan[14];
    cli_field_text(call, "station", sbk_station_id(station));
    cli_say(call, _("Station %s\n"), sbk_station_id(station));
    if (certificate == NULL) {
        cli_say(call, "%s\n", _("No certificate yet: take the request to the city, then 'sembako-reader install'."));
        cli_field(call, "role", json_null());
        return;
    }
    sbk_id_text(certificate->rights.outlet, SBK_OUTLET_SIZE, outlet);
    sbk_kelurahan_text(certificate->rights.kelurahan, kelurahan);
    sbk_day_format(certificate->effective, from);
    sbk_day_format(certificate->expiry, until);
    cli_field_text(call, "role", reader_role_word(certificate->role));
    cli_field_text(call, "outlet", outlet);
    cli_field_text(call, "kelurahan", kelurahan);
    cli_field_day(call, "from", certificate->effective);
    cli_field_day(call, "until", certificate->expiry);
    cli_say(call, _("Certified as %s for %s, kelurahan %s, from %s to %s\n"), reader_role_word(certificate->role),
        outlet, kelurahan, from, until);
    show_days(call, sbk_station_today(station), certificate->expiry);
    if (sbk_station_today(station) < certificate->effective)
        cli_say(call, "%s\n", _("The certificate is not valid yet: check the date of this machine."));
}

/* What the station believes in: its roots with their fingerprints, and until when. */
static void show_roots(struct cli_call *call, const struct sbk_station *station) {
    struct sbk_root_view roots[ROOTS_SHOWN];
    json_t *list = json_array();
    size_t count = sbk_station_roots(station, roots, ROOTS_SHOWN);
    for (size_t i = 0; i < count && i < ROOTS_SHOWN; i++) {
        const struct sbk_root_view *root = &roots[i];
        char fingerprint[SBK_FINGERPRINT_ROOM];
        char until[SBK_DAY_ROOM];
        sbk_fingerprint_text(root->fingerprint, fingerprint);
        sbk_day_format(root->until, until);
        (void)json_array_append_new(
            list, json_pack("{s:i, s:s, s:o}", "generation", root->generation, "fingerprint", fingerprint, "until",
                      root->until == UINT16_MAX ? json_null() : json_string(root->until == 0 ? "never" : until)));
        if (root->until == UINT16_MAX)
            cli_say(call, _("Root %u, fingerprint:\n  %s\n"), root->generation, fingerprint);
        else if (root->until == 0)
            cli_say(call, _("Root %u counts no more\n"), root->generation);
        else
            cli_say(call, _("Root %u counts until %s\n"), root->generation, until);
    }
    cli_field(call, "roots", list);
}

static const char *issuer_word(uint8_t role) {
    static const char *const words[] = {"station-ca", "card-ca", "grant-signer", "list-signer"};
    return role >= SBK_ROLE_STATION_CA && role <= SBK_ROLE_LIST_SIGNER ? words[role - SBK_ROLE_STATION_CA] : "?";
}

/* Of each CA and signer the certificate by the newest root that made one. */
static void show_issuers(struct cli_call *call, const struct sbk_station *station) {
    struct sbk_issuer_view issuers[ISSUERS_SHOWN];
    json_t *list = json_array();
    size_t count = sbk_station_issuers(station, issuers, ISSUERS_SHOWN);
    for (size_t i = 0; i < count && i < ISSUERS_SHOWN; i++) {
        const struct sbk_issuer_view *issuer = &issuers[i];
        char from[SBK_DAY_ROOM];
        char until[SBK_DAY_ROOM];
        if (i > 0 && issuers[i - 1].role == issuer->role && issuers[i - 1].generation == issuer->generation)
            continue;
        sbk_day_format(issuer->effective, from);
        sbk_day_format(issuer->expiry, until);
        (void)json_array_append_new(
            list, json_pack("{s:s, s:i, s:i, s:s, s:s}", "role", issuer_word(issuer->role), "generation",
                      issuer->generation, "root", issuer->root, "from", from, "until", until));
        cli_say(call, _("  %s %u, by root %u: from %s to %s\n"), issuer_word(issuer->role), issuer->generation,
            issuer->root, from, until);
    }
    cli_field(call, "issuers", list);
}

static void show_clock(struct cli_call *call, const struct sbk_station *station, uint32_t notes) {
    static const char *const words[] = {"steady", "set", "back", "ahead"};
    char now[SBK_TIME_ROOM];
    char then[SBK_TIME_ROOM];
    uint32_t newest = 0;
    enum sbk_station_clock clock = sbk_station_clock(station, &newest);
    sbk_time_format_plain(sbk_station_time(station), now);
    sbk_time_format_plain(newest, then);
    cli_field_text(call, "clock", words[clock]);
    cli_field_time(call, "now", sbk_station_time(station));
    cli_field_int(call, "clock_changes", notes);
    if (clock == SBK_CLOCK_SET)
        cli_say(call, _("Warning: SEMBAKO_DATE sets the clock to %s\n"), now);
    else if (clock == SBK_CLOCK_BACK)
        cli_say(
            call, _("Warning: the clock shows %s, before the log's newest entry (%s): check the date\n"), now, then);
    else if (clock == SBK_CLOCK_AHEAD)
        cli_say(call,
            _("Warning: the clock shows %s, more than 30 days after the log's newest entry (%s): check the "
              "date\n"),
            now, then);
    if (notes > 0)
        cli_say(call,
            P_("The log tells of %u change of the clock; 'sembako-reader log show' lists it\n",
                "The log tells of %u changes of the clock; 'sembako-reader log show' lists them\n", notes),
            (unsigned)notes);
}

static sbk_result show_list(struct cli_call *call, struct sbk_station *station, struct sbk_error *error) {
    const struct sbk_list *list = NULL;
    struct sbk_error cause;
    sbk_result result = sbk_station_list(station, &list, &cause);
    if (result == SBK_OK) {
        cli_field_int(call, "list", list->header.number);
        char issued[SBK_DAY_ROOM];
        sbk_day_format(list->header.issued, issued);
        cli_field_day(call, "list_issued", list->header.issued);
        cli_say(call, _("Item list %u, %u items, issued on %s\n"), (unsigned)list->header.number,
            (unsigned)list->header.count, issued);
    } else if (result == SBK_TAMPERED && error != NULL) {
        *error = cause;
        return result;
    } else {
        cli_field(call, "list", json_null());
        cli_say(call, "%s\n", _("No item list"));
    }
    return SBK_OK;
}

static sbk_result show_waiting(struct cli_call *call, struct sbk_station *station, struct sbk_error *error) {
    size_t waiting = 0;
    uint32_t courier = 0;
    sbk_result result = sbk_parcels_waiting(station, &waiting, &courier, error);
    if (result != SBK_OK)
        return result;
    cli_field_int(call, "courier", courier);
    cli_field_int(call, "waiting", (json_int_t)waiting);
    if (courier > 0)
        cli_say(call,
            P_("Courier %u was taken; %lu record waits for its card\n",
                "Courier %u was taken; %lu records wait for their cards\n", waiting),
            (unsigned)courier, (unsigned long)waiting);
    return SBK_OK;
}

static sbk_result show(struct cli_call *call, struct sbk_station *station, struct sbk_error *error) {
    struct sbk_station_summary summary;
    struct sbk_log_head head;
    sbk_result result = sbk_station_summary(station, &summary, error);
    if (result == SBK_OK)
        result = sbk_log_head_of(station, &head, error);
    if (result != SBK_OK)
        return result;
    show_certificate(call, station);
    show_roots(call, station);
    show_issuers(call, station);
    show_x509(call, station, summary.x509_until);
    result = show_keys(call, station, error);
    if (result != SBK_OK)
        return result;
    show_clock(call, station, summary.clock_notes);
    reader_show_hotlist(call, station);
    result = show_list(call, station, error);
    if (result == SBK_OK)
        result = show_waiting(call, station, error);
    cli_field_int(call, "entries", summary.log_size);
    cli_field_hex(call, "root", head.root, sizeof head.root);
    cli_field_int(call, "settled", summary.settled);
    cli_field_int(call, "cards", summary.cards);
    cli_field_int(call, "next", summary.next_transaction);
    cli_say(call, _("Log: %u entries; %u transactions settled, %u open, %u in doubt; %u cards known\n"),
        (unsigned)summary.log_size, (unsigned)summary.settled, (unsigned)summary.open, (unsigned)summary.doubt,
        (unsigned)summary.cards);
    return result == SBK_OK ? reader_say_unsettled(call, station, true, error) : result;
}

sbk_result cmd_status(struct cli_call *call, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    sbk_result result = reader_station(call, SBK_STATION_READ, &station, error);
    if (result == SBK_OK)
        result = show(call, station, error);
    sbk_station_close(&station);
    return result;
}
