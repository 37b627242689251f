/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/cms.h"
#include "keys/hotlists.h"
#include "keys/issued.h"
#include "keys/issuing.h"
#include "keys/requests.h"
#include "keys/rights.h"
#include "schema/numbers.h"
#include "schema/reason.h"

#include <string.h>

/* The X.509 identity outlives the leaf, so that a store can still hand in its log after its last day of selling. */
#define X509_EXTRA_DAYS 92

/* What the steps share. */
struct issue {
    struct cli_call *call;
    struct sbk_store *store;
    struct sbk_city city;
    struct sbk_database *database;
    struct sbk_key *station_ca;
    struct sbk_key *office_ca;
    struct sbk_key *identity; /* the city's */
    struct sbk_buffer content;
    struct sbk_station_request request; /* lends from content */
    struct sbk_office_info requester;
    struct sbk_note_verifier log_key;
    struct sbk_certificate leaf;
    uint8_t leaf_bytes[SBK_CERTIFICATE_MAX];
    size_t leaf_size;
    struct sbk_buffer x509;
    struct sbk_buffer file;
    enum issued_how how;
};

static sbk_result read_place(struct issue *issue, struct sbk_error *error) {
    struct cli_call *call = issue->call;
    struct sbk_terminal_rights *rights = &issue->leaf.rights;
    const char *outlet = cli_value(call, "outlet");
    const char *kelurahan = cli_value(call, "kelurahan");
    const bool is_store = issue->leaf.role == SBK_ROLE_STORE;
    if (outlet == NULL && is_store) {
        return cli_usage(call, error, "%s", _("a store's certificate needs --outlet"));
    }
    if (kelurahan == NULL && issue->leaf.role != SBK_ROLE_AUDITOR) {
        return cli_usage(call, error, "%s", _("stores and registrars need --kelurahan"));
    }
    if (outlet != NULL && sbk_id_write(outlet, rights->outlet, SBK_OUTLET_SIZE) != SBK_FORMAT_OK) {
        return cli_usage(call, error, _("--outlet: '%.40s' is not 1 to 8 characters of A-Z a-z 0-9 . _ -"), outlet);
    }
    if (kelurahan != NULL && sbk_kelurahan_write(kelurahan, rights->kelurahan) != SBK_FORMAT_OK) {
        return cli_usage(call, error,
            _("--kelurahan: '%.40s' is no kelurahan of the city: see data/regions-samarinda.csv"), kelurahan);
    }
    return SBK_OK;
}

static sbk_result read_rights(struct issue *issue, struct sbk_error *error) {
    struct cli_call *call = issue->call;
    const char *programmes = cli_value(call, "programme");
    const char *limits = cli_value(call, "limit");
    sbk_result result = rights_role(cli_value(call, "role"), &issue->leaf.role, error);
    if (result == SBK_OK) {
        result = read_place(issue, error);
    }
    if (result == SBK_OK && programmes == NULL && issue->leaf.role == SBK_ROLE_STORE) {
        result = cli_usage(call, error, "%s", _("a store's certificate needs --programme"));
    }
    if (result == SBK_OK) {
        result = rights_programmes(programmes != NULL ? programmes : "all", &issue->leaf.rights.programmes, error);
    }
    if (result == SBK_OK) {
        result = rights_limits(limits != NULL ? limits : "", issue->leaf.rights.limits, error);
    }
    return result;
}

static sbk_result date_refused(struct sbk_error *error, const char *why) {
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_DATE, "%s", why);
}

/* A card takes the first day as proof that the day has come: it must not be in the future. */
static sbk_result read_dates(struct issue *issue, struct sbk_error *error) {
    const uint16_t today = sbk_clock_today(issue->call->clock);
    struct sbk_certificate ca;
    issue->leaf.effective = today;
    sbk_result result = cli_day(issue->call, "from", &issue->leaf.effective, error);
    if (result == SBK_OK) {
        result = cli_day(issue->call, "until", &issue->leaf.expiry, error);
    }
    if (result == SBK_OK &&
        sbk_certificate_parse(issue->city.station_ca.data, issue->city.station_ca.size, &ca) != SBK_FORMAT_OK) {
        result =
            sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s", _("the station CA's certificate is malformed"));
    }
    if (result != SBK_OK) {
        return result;
    }
    if (issue->leaf.effective > today) {
        return date_refused(error, _("--from lies in the future: certificates are released on their first day"));
    }
    if (issue->leaf.expiry < issue->leaf.effective) {
        return date_refused(error, _("--until lies before --from"));
    }
    if (issue->leaf.effective < ca.effective || issue->leaf.expiry > ca.expiry) {
        char text[SBK_DAY_ROOM];
        sbk_day_format(issue->leaf.expiry > ca.expiry ? ca.expiry : ca.effective, text);
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_DATE,
            issue->leaf.expiry > ca.expiry ? _("--until lies after the station CA's last day, %s")
                                           : _("--from lies before the station CA's first day, %s"),
            text);
    }
    return SBK_OK;
}

static sbk_result read_request(struct issue *issue, struct sbk_error *error) {
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    const char *path = cli_value(issue->call, "request");
    sbk_result result = program_read(path, SBK_BUNDLE_SMALL_MAX + SBK_X509_MAX, &bytes, error);
    if (result == SBK_OK) {
        result = sbk_station_request_open(
            bytes.data, bytes.size, &issue->content, &issue->request, &issue->requester, &issue->log_key, error);
        if (result != SBK_OK) {
            result = sbk_fail_in(error, result, "%s", path);
        }
    }
    sbk_buffer_free(&bytes);
    return result;
}

static sbk_result open_keys(struct issue *issue, struct sbk_error *error) {
    sbk_result result = program_key(issue->call, issue->store, SBK_KEY_STATION_CA, &issue->station_ca, error);
    if (result == SBK_OK) {
        result = program_key(issue->call, issue->store, SBK_KEY_OFFICE_CA, &issue->office_ca, error);
    }
    if (result == SBK_OK) {
        result = program_key(issue->call, issue->store, SBK_KEY_CITY, &issue->identity, error);
    }
    return result;
}

/* The two certificates: the leaf that cards take, and the X.509 identity for files. */
static sbk_result certify(struct issue *issue, struct sbk_error *error) {
    struct sbk_office_info ca;
    memcpy(issue->leaf.terminal, issue->request.terminal, SBK_TERMINAL_SIZE);
    memcpy(issue->leaf.key, issue->request.agreement_key, SBK_POINT_SIZE);
    sbk_result result = sbk_note_key_hash(&issue->log_key, issue->leaf.rights.log_key_hash, error);
    if (result == SBK_OK) {
        result = sbk_issue_certificate(issue->station_ca, &issue->leaf, issue->leaf_bytes, &issue->leaf_size, error);
    }
    if (result == SBK_OK) {
        result = sbk_x509_info(issue->city.office_ca.data, issue->city.office_ca.size, &ca, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    const uint32_t wanted = (uint32_t)issue->leaf.expiry + X509_EXTRA_DAYS;
    const uint16_t until = wanted < ca.until ? (uint16_t)wanted : ca.until;
    if (until < issue->leaf.effective) {
        return date_refused(error, _("the office CA has expired: it must be renewed first"));
    }
    return sbk_x509_issue(issue->office_ca, issue->city.office_ca.data, issue->city.office_ca.size,
        issue->requester.key, SBK_OFFICE_STATION, issue->requester.name, issue->leaf.effective, until, &issue->x509,
        error);
}

static sbk_result make_file(struct issue *issue, struct sbk_error *error) {
    uint8_t content[SBK_BUNDLE_SMALL_MAX];
    size_t size = 0;
    const uint32_t now = sbk_clock_time(issue->call->clock);
    struct sbk_station_certificate bundle = {.made = now,
        .anchor = issue->city.anchor,
        .binding = sbk_bytes_of(&issue->city.binding),
        .office_ca = sbk_bytes_of(&issue->city.office_ca),
        .leaf = {issue->leaf_bytes, issue->leaf_size},
        .station_ca = sbk_bytes_of(&issue->city.station_ca),
        .card_ca = sbk_bytes_of(&issue->city.card_ca),
        .grant_signer = sbk_bytes_of(&issue->city.grant_signer),
        .list_signer = sbk_bytes_of(&issue->city.list_signer),
        .x509 = sbk_bytes_of(&issue->x509),
        .city = sbk_bytes_of(&issue->city.city)};
    sbk_city_further(&issue->city, bundle.more, &bundle.more_count);
    bundle.link_count = sbk_city_links(&issue->city, bundle.links);
    const enum sbk_format format = sbk_station_certificate_write(&bundle, content, sizeof content, &size);
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, _("the certificate file cannot be made: it %s"),
            _(sbk_format_text(format)));
    }
    return sbk_cms_sign(issue->identity, issue->city.city.data, issue->city.city.size, SBK_BUNDLE_STATION_CERTIFICATE,
        content, size, now, &issue->file, error);
}

/* The record comes before the file: what leaves the office is in its books. */
static sbk_result release(struct issue *issue, struct sbk_error *error) {
    struct sbk_office_info x509;
    char id[SBK_TERMINAL_SIZE + 1];
    sbk_id_text(issue->leaf.terminal, SBK_TERMINAL_SIZE, id);
    sbk_result result = hotlists_check_station(issue->database, id, error);
    if (result == SBK_OK) {
        result = sbk_x509_info(issue->x509.data, issue->x509.size, &x509, error);
    }
    if (result == SBK_OK) {
        const struct issued_terminal record = {.request = &issue->request,
            .leaf = &issue->leaf,
            .leaf_bytes = {issue->leaf_bytes, issue->leaf_size},
            .x509_key = issue->requester.key,
            .x509_serial = {x509.serial, x509.serial_size},
            .x509 = sbk_bytes_of(&issue->x509),
            .issued = sbk_clock_time(issue->call->clock),
            .rekey = cli_given(issue->call, "rekey")};
        result = issued_add_terminal(issue->database, &record, &issue->how, error);
    }
    return result == SBK_OK ? program_write(cli_value(issue->call, "out"), issue->file.data, issue->file.size, error)
                            : result;
}

static void report(const struct issue *issue) {
    struct cli_call *call = issue->call;
    char id[SBK_TERMINAL_SIZE + 1];
    char outlet[SBK_OUTLET_SIZE + 1];
    char from[SBK_DAY_ROOM];
    char until[SBK_DAY_ROOM];
    char programmes[RIGHTS_PROGRAMMES_ROOM];
    sbk_id_text(issue->leaf.terminal, SBK_TERMINAL_SIZE, id);
    sbk_id_text(issue->leaf.rights.outlet, SBK_OUTLET_SIZE, outlet);
    sbk_day_format(issue->leaf.effective, from);
    sbk_day_format(issue->leaf.expiry, until);
    rights_programmes_text(issue->leaf.rights.programmes, programmes);
    cli_say(call,
        issue->how == ISSUED_FIRST ? _("Certified: station %s, %s, from %s to %s, programmes %s.\n")
        : issue->how == ISSUED_AGAIN
            ? _("Renewed: station %s, %s, from %s to %s, programmes %s.\n")
            : _("Certified with its new keys: station %s, %s, from %s to %s, programmes %s.\n"),
        id, rights_role_word(issue->leaf.role), from, until, programmes);
    cli_field_text(call, "terminal", id);
    cli_field_text(call, "role", rights_role_word(issue->leaf.role));
    cli_field_text(call, "outlet", outlet);
    cli_field_text(call, "programmes", programmes);
    cli_field_day(call, "effective", issue->leaf.effective);
    cli_field_day(call, "expiry", issue->leaf.expiry);
    cli_field_hex(call, "serial", issue->leaf.serial, sizeof issue->leaf.serial);
    cli_field_bool(call, "renewal", issue->how == ISSUED_AGAIN);
    cli_field_bool(call, "rekey", issue->how == ISSUED_OTHER_KEYS);
    cli_field_text(call, "file", cli_value(call, "out"));
}

static void close_all(struct issue *issue) {
    sbk_key_close(&issue->station_ca);
    sbk_key_close(&issue->office_ca);
    sbk_key_close(&issue->identity);
    sbk_buffer_free(&issue->content);
    sbk_buffer_free(&issue->x509);
    sbk_buffer_free(&issue->file);
    sbk_city_free(&issue->city);
    sbk_database_close(&issue->database);
    sbk_store_close(&issue->store);
}

sbk_result cmd_station_issue(struct cli_call *call, struct sbk_error *error) {
    struct issue issue = {.call = call};
    sbk_result (*const steps[])(struct issue *, struct sbk_error *) = {
        read_dates, read_request, open_keys, certify, make_file, release};
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = read_rights(&issue, error);
    }
    if (result == SBK_OK) {
        result = program_store(call, true, &issue.store, error);
    }
    if (result == SBK_OK) {
        result = program_city(call, issue.store, &issue.city, error);
    }
    if (result == SBK_OK) {
        result = issued_open(issue.store, true, &issue.database, error);
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && result == SBK_OK; i++) {
        result = steps[i](&issue, error);
    }
    if (result == SBK_OK) {
        report(&issue);
    }
    close_all(&issue);
    return result;
}
