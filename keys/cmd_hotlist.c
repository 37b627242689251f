/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/hotlists.h"
#include "keys/issued.h"
#include "schema/reason.h"

#define WARN_DAYS 14
#define STOP_DAYS 30

/* What the steps share. */
struct listing {
    struct cli_call *call;
    struct sbk_store *store;
    struct sbk_city city;
    struct sbk_database *keys;
    struct sbk_database *cards; /* NULL: none were ordered yet */
    struct sbk_key *signer;
    struct hotlists_order order;
    struct hotlists_made made;
};

static sbk_result read_order(struct listing *listing, struct sbk_error *error) {
    struct cli_call *call = listing->call;
    int64_t warn = WARN_DAYS;
    int64_t stop = STOP_DAYS;
    int64_t since = 0;
    sbk_result result = cli_number(call, "warn-after", 1, UINT8_MAX, &warn, error);
    if (result == SBK_OK) {
        result = cli_number(call, "stop-after", 1, UINT8_MAX, &stop, error);
    }
    if (result == SBK_OK) {
        result = cli_number(call, "since", 1, UINT32_MAX, &since, error);
    }
    if (result == SBK_OK && warn > stop) {
        result =
            cli_usage(call, error, "%s", _("stations warn before they stop: --warn-after is not above --stop-after"));
    }
    if (result == SBK_OK && !cli_given(call, "out") && !cli_given(call, "change")) {
        result = cli_usage(call, error, "%s", _("give --out, --change or both"));
    }
    if (result == SBK_OK && since != 0 && !cli_given(call, "change")) {
        result = cli_usage(call, error, "%s", _("--since goes with --change"));
    }
    listing->order = (struct hotlists_order){.today = sbk_clock_today(call->clock),
        .now = sbk_clock_time(call->clock),
        .warn = (uint8_t)warn,
        .stop = (uint8_t)stop,
        .has_change = cli_given(call, "change"),
        .since = (uint32_t)since};
    return result;
}

static sbk_result open_all(struct listing *listing, struct sbk_error *error) {
    sbk_result result = program_store(listing->call, true, &listing->store, error);
    if (result == SBK_OK) {
        result = program_city(listing->call, listing->store, &listing->city, error);
    }
    if (result == SBK_OK) {
        result = issued_open(listing->store, true, &listing->keys, error);
    }
    if (result == SBK_OK && sbk_cards_exist(sbk_store_path(listing->store))) {
        result = sbk_cards_open(&listing->cards, sbk_store_path(listing->store), SBK_DATABASE_OPEN, error);
    }
    if (result == SBK_OK) {
        result = program_key(listing->call, listing->store, SBK_KEY_LIST_SIGNER, &listing->signer, error);
    }
    return result;
}

/* Stations ask whether the signer was in force on the day of issue. */
static sbk_result check_signer(struct listing *listing, struct sbk_error *error) {
    const struct sbk_buffer *certificate = &listing->city.list_signer;
    struct sbk_certificate parsed;
    listing->order.certificate = sbk_bytes_of(certificate);
    return sbk_trust_verify(listing->city.trust, certificate->data, certificate->size,
        SBK_ROLE_BIT(SBK_ROLE_LIST_SIGNER), listing->order.today, &parsed, error);
}

static sbk_result write_files(const struct listing *listing, struct sbk_error *error) {
    const char *out = cli_value(listing->call, "out");
    const char *change = cli_value(listing->call, "change");
    const struct hotlists_made *made = &listing->made;
    sbk_result result = out != NULL ? program_write(out, made->file.data, made->file.size, error) : SBK_OK;
    if (result == SBK_OK && change != NULL) {
        result = program_write(change, made->change.data, made->change.size, error);
    }
    return result;
}

/* The files are durable before their entry in the books is: a list that never left may be made again. */
static sbk_result make(struct listing *listing, struct sbk_error *error) {
    sbk_result result = sbk_database_begin(listing->keys, error);
    if (result != SBK_OK) {
        return result;
    }
    result = hotlists_make(listing->keys, listing->cards, listing->signer, &listing->order, &listing->made, error);
    if (result == SBK_OK) {
        result = write_files(listing, error);
    }
    if (result == SBK_OK) {
        return sbk_database_commit(listing->keys, error);
    }
    sbk_database_rollback(listing->keys);
    return result;
}

static void report(const struct listing *listing) {
    struct cli_call *call = listing->call;
    const struct sbk_hotlist *whole = &listing->made.whole;
    cli_say(call, _("Hotlist %u: %u cards, %u stations, %u distrusted CAs and signers.\n"), (unsigned)whole->number,
        (unsigned)whole->card_count, (unsigned)whole->terminal_count, (unsigned)whole->issuer_count);
    cli_field_int(call, "number", whole->number);
    cli_field_day(call, "issued", whole->issued);
    cli_field_int(call, "cards", whole->card_count);
    cli_field_int(call, "stations", whole->terminal_count);
    cli_field_int(call, "distrusted", whole->issuer_count);
    cli_field_int(call, "warn_days", whole->warn);
    cli_field_int(call, "stop_days", whole->stop);
    if (listing->order.has_change) {
        cli_say(call, _("The change of hotlist %u: %u cards come or change, %u go.\n"), (unsigned)listing->made.since,
            (unsigned)listing->made.added, (unsigned)listing->made.removed);
        cli_field_int(call, "since", listing->made.since);
        cli_field_int(call, "added", listing->made.added);
        cli_field_int(call, "removed", listing->made.removed);
    }
}

sbk_result cmd_hotlist(struct cli_call *call, struct sbk_error *error) {
    struct listing listing = {.call = call};
    sbk_result (*const steps[])(struct listing *, struct sbk_error *) = {read_order, open_all, check_signer, make};
    sbk_result result = program_roles(call, error);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && result == SBK_OK; i++) {
        result = steps[i](&listing, error);
    }
    if (result == SBK_OK) {
        report(&listing);
    }
    hotlists_free(&listing.made);
    sbk_key_close(&listing.signer);
    sbk_database_close(&listing.cards);
    sbk_database_close(&listing.keys);
    sbk_city_free(&listing.city);
    sbk_store_close(&listing.store);
    return result;
}
