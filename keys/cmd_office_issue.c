/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/cms.h"
#include "keys/issued.h"
#include "keys/issuing.h"
#include "keys/requests.h"
#include "schema/reason.h"

/* What the steps share. */
struct issue {
    struct cli_call *call;
    struct sbk_store *store;
    struct sbk_city city;
    struct sbk_database *database;
    struct sbk_key *office_ca;
    struct sbk_key *identity; /* the city's */
    struct sbk_buffer content;
    struct sbk_office_request request; /* lends from content */
    struct sbk_office_info requester;
    struct sbk_office_info issued;
    struct sbk_buffer x509;
    struct sbk_buffer file;
    bool renewal;
};

static sbk_result read_request(struct issue *issue, struct sbk_error *error) {
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    const char *path = cli_value(issue->call, "request");
    sbk_result result = program_read(path, SBK_BUNDLE_SMALL_MAX + SBK_X509_MAX, &bytes, error);
    if (result == SBK_OK) {
        result =
            sbk_office_request_open(bytes.data, bytes.size, &issue->content, &issue->request, &issue->requester, error);
        if (result != SBK_OK) {
            result = sbk_fail_in(error, result, "%s", path);
        }
    }
    sbk_buffer_free(&bytes);
    return result;
}

static sbk_result certify(struct issue *issue, struct sbk_error *error) {
    struct sbk_office_info ca;
    const uint16_t today = sbk_clock_today(issue->call->clock);
    sbk_result result = sbk_x509_info(issue->city.office_ca.data, issue->city.office_ca.size, &ca, error);
    if (result == SBK_OK && (today < ca.from || today > ca.until)) {
        result = sbk_fail(
            error, SBK_REFUSED, SBK_REASON_DATE, "%s", _("the office CA is not valid today: it must be renewed first"));
    }
    if (result == SBK_OK) {
        result = program_key(issue->call, issue->store, SBK_KEY_OFFICE_CA, &issue->office_ca, error);
    }
    if (result == SBK_OK) {
        result = program_key(issue->call, issue->store, SBK_KEY_CITY, &issue->identity, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    const uint32_t wanted = (uint32_t)today + SBK_DAYS_CITY - 1;
    const uint16_t until = wanted < ca.until ? (uint16_t)wanted : ca.until;
    result = sbk_x509_issue(issue->office_ca, issue->city.office_ca.data, issue->city.office_ca.size,
        issue->requester.key, SBK_OFFICE_BUREAU, issue->requester.name, today, until, &issue->x509, error);
    return result == SBK_OK ? sbk_x509_info(issue->x509.data, issue->x509.size, &issue->issued, error) : result;
}

static sbk_result make_file(struct issue *issue, struct sbk_error *error) {
    uint8_t content[SBK_BUNDLE_SMALL_MAX];
    size_t size = 0;
    const uint32_t now = sbk_clock_time(issue->call->clock);
    struct sbk_office_certificate bundle = {.made = now,
        .anchor = issue->city.anchor,
        .binding = sbk_bytes_of(&issue->city.binding),
        .office_ca = sbk_bytes_of(&issue->city.office_ca),
        .x509 = sbk_bytes_of(&issue->x509),
        .city = sbk_bytes_of(&issue->city.city)};
    bundle.link_count = sbk_city_links(&issue->city, bundle.links);
    const enum sbk_format format = sbk_office_certificate_write(&bundle, content, sizeof content, &size);
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, _("the certificate file cannot be made: it %s"),
            _(sbk_format_text(format)));
    }
    return sbk_cms_sign(issue->identity, issue->city.city.data, issue->city.city.size, SBK_BUNDLE_OFFICE_CERTIFICATE,
        content, size, now, &issue->file, error);
}

/* The record comes before the file: what leaves the office is in its books. */
static sbk_result release(struct issue *issue, struct sbk_error *error) {
    const struct issued_office record = {.name = issue->issued.name,
        .x509_key = issue->issued.key,
        .x509_serial = {issue->issued.serial, issue->issued.serial_size},
        .effective = issue->issued.from,
        .expiry = issue->issued.until,
        .issued = sbk_clock_time(issue->call->clock)};
    const sbk_result result = issued_add_office(issue->database, &record, &issue->renewal, error);
    return result == SBK_OK ? program_write(cli_value(issue->call, "out"), issue->file.data, issue->file.size, error)
                            : result;
}

static void report(const struct issue *issue) {
    struct cli_call *call = issue->call;
    char from[SBK_DAY_ROOM];
    char until[SBK_DAY_ROOM];
    sbk_day_format(issue->issued.from, from);
    sbk_day_format(issue->issued.until, until);
    cli_say(call,
        issue->renewal ? _("Renewed: bureau %s, from %s to %s.\n") : _("Certified: bureau %s, from %s to %s.\n"),
        issue->issued.name, from, until);
    cli_field_text(call, "name", issue->issued.name);
    cli_field_day(call, "effective", issue->issued.from);
    cli_field_day(call, "expiry", issue->issued.until);
    cli_field_hex(call, "serial", issue->issued.serial, issue->issued.serial_size);
    cli_field_bool(call, "renewal", issue->renewal);
    cli_field_text(call, "file", cli_value(call, "out"));
}

static void close_all(struct issue *issue) {
    sbk_key_close(&issue->office_ca);
    sbk_key_close(&issue->identity);
    sbk_buffer_free(&issue->content);
    sbk_buffer_free(&issue->x509);
    sbk_buffer_free(&issue->file);
    sbk_city_free(&issue->city);
    sbk_database_close(&issue->database);
    sbk_store_close(&issue->store);
}

sbk_result cmd_office_issue(struct cli_call *call, struct sbk_error *error) {
    struct issue issue = {.call = call};
    sbk_result (*const steps[])(struct issue *, struct sbk_error *) = {read_request, certify, make_file, release};
    sbk_result result = program_roles(call, error);
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
