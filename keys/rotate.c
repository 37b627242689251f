/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/rotate.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "keys/city_files.h"
#include "keys/crypto.h"
#include "keys/issuing.h"
#include "keys/x509.h"
#include "schema/reason.h"

#include <string.h>

/* Asking for what the root shall certify. Taking its answer in: rotate_accept.c. */

/* ---- which generation ---- */

/* Whether a key of this generation was ever certified. */
static bool is_certified(const struct sbk_store *store, uint8_t role, uint8_t generation) {
    char name[SBK_CITY_NAME_ROOM];
    for (uint8_t under = SBK_CITY_GENERATIONS; under >= 1; under--) {
        if (role == SBK_KEY_OFFICE_CA) {
            sbk_city_binding_name(generation, under, name);
        } else {
            sbk_city_certificate_name(role, generation, under, name);
        }
        if (sbk_city_has_file(store, name)) {
            return true;
        }
    }
    return false;
}

sbk_result sbk_rotate_next(
    const struct sbk_store *store, uint8_t role, uint8_t *generation, bool *pending, struct sbk_error *error) {
    const uint8_t newest = sbk_store_newest(store, role);
    if (role < SBK_KEY_STATION_CA || role > SBK_KEY_CITY || newest == 0) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND, "%s",
            _("this store has no key of that role: it is not a city's"));
    }
    *pending = !is_certified(store, role, newest);
    if (!*pending && newest == SBK_CITY_GENERATIONS) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN, _("'%s' has come to its last generation, %u"),
            sbk_key_role_word(role), newest);
    }
    *generation = *pending ? newest : (uint8_t)(newest + 1);
    return SBK_OK;
}

/* The usual life of a role, in days. */
static uint16_t life_of(uint8_t role) {
    switch (role) {
    case SBK_KEY_OFFICE_CA:
        return SBK_DAYS_OFFICE_CA;
    case SBK_KEY_CITY:
        return SBK_DAYS_CITY;
    case SBK_KEY_GRANT_SIGNER:
    case SBK_KEY_LIST_SIGNER:
        return SBK_DAYS_SIGNER;
    default:
        return SBK_DAYS_CA;
    }
}

static sbk_result settle_term(
    uint8_t role, const struct sbk_term *asked, uint16_t today, struct sbk_term *term, struct sbk_error *error) {
    *term = *asked;
    if (term->from == 0) {
        term->from = today;
    }
    if (term->until == 0) {
        const uint32_t until = (uint32_t)term->from + life_of(role) - 1;
        term->until = until < UINT16_MAX ? (uint16_t)until : UINT16_MAX;
    }
    if (term->from < today) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_DATE, "%s", _("a key's first day cannot lie in the past"));
    }
    if (role == SBK_KEY_OFFICE_CA && term->from != today) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_DATE, "%s",
            _("the office CA is in use from the day on which the root names it: leave out the first day"));
    }
    if (term->until < term->from) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_DATE, "%s", _("the last day lies before the first"));
    }
    return SBK_OK;
}

/* ---- requests ---- */

/* role root: a succession. */
static sbk_result write_request(const struct sbk_store *store, uint8_t role, uint8_t generation,
    const struct sbk_root_request *request, struct sbk_error *error) {
    char name[SBK_CITY_NAME_ROOM];
    uint8_t bytes[SBK_ROOT_REQUEST_MAX];
    size_t size = 0;
    const enum sbk_format format = sbk_root_request_write(request, bytes, sizeof bytes, &size);
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT,
            _("the request to the root cannot be written: it %s"), _(sbk_format_text(format)));
    }
    sbk_city_file_name(sbk_key_role_word(role), generation, "request", name);
    return sbk_city_write_file(store, name, bytes, size, error);
}

static sbk_result begin_request(const struct sbk_city *city, const struct sbk_clock *clock,
    struct sbk_root_request *request, struct sbk_error *error) {
    memset(request, 0, sizeof *request);
    request->purpose = SBK_ROOT_CERTIFY;
    request->generation = city->anchor.generation;
    request->made = sbk_clock_time(clock);
    return sbk_point_hash(city->anchor.key, request->root_hash, error);
}

static sbk_result open_or_make(struct sbk_store *store, uint8_t role, uint8_t generation, bool pending, uint16_t today,
    const struct sbk_secret *passphrase, struct sbk_key **key, struct sbk_error *error) {
    return pending ? sbk_key_open(store, role, generation, passphrase, key, error)
                   : sbk_key_generate(store, role, generation, today, passphrase, key, error);
}

/* ---- a CA or signer ---- */

static sbk_result ask_issuer(struct sbk_store *store, uint8_t role, uint8_t generation, bool pending,
    const struct sbk_term *term, uint16_t today, const struct sbk_secret *passphrase, struct sbk_deal *deal,
    struct sbk_root_request *request, struct sbk_error *error) {
    struct sbk_root_order *order = &request->orders[0];
    struct sbk_key *key = NULL;
    struct sbk_key_info info;
    sbk_result result = SBK_OK;
    if (!pending) {
        result = sbk_key_generate_dealt(store, role, generation, today, passphrase, deal, &key, error);
        sbk_key_close(&key);
    }
    if (result == SBK_OK) {
        result = sbk_store_info(store, role, generation, &info, error);
    }
    if (result == SBK_OK) {
        *order =
            (struct sbk_root_order){.role = role, .generation = generation, .from = term->from, .until = term->until};
        memcpy(order->key, info.public_part, SBK_POINT_SIZE);
        request->order_count = 1;
    }
    return result;
}

/* ---- the office CA ---- */

/* The city's certificate under the new office CA: the key in use, for a life of its own. */
static sbk_result certify_city(struct sbk_store *store, struct sbk_key *office_ca, const struct sbk_buffer *ca,
    const struct sbk_term *term, struct sbk_error *error) {
    struct sbk_key_info info;
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    uint8_t generation = 0;
    const uint32_t life = (uint32_t)term->from + SBK_DAYS_CITY - 1;
    const uint16_t until = life < term->until ? (uint16_t)life : term->until;
    sbk_result result = sbk_city_in_use(store, SBK_KEY_CITY, term->from, &generation, error);
    if (result == SBK_OK) {
        result = sbk_store_info(store, SBK_KEY_CITY, generation, &info, error);
    }
    if (result == SBK_OK) {
        result = sbk_city_certify_own(store, office_ca, ca, &info, term->from, until, &bytes, error);
    }
    sbk_buffer_free(&bytes);
    return result;
}

static sbk_result ask_office(struct sbk_store *store, uint8_t generation, bool pending, const struct sbk_term *term,
    const struct sbk_secret *passphrase, struct sbk_root_request *request, struct sbk_error *error) {
    struct sbk_key *key = NULL;
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    sbk_result result =
        open_or_make(store, SBK_KEY_OFFICE_CA, generation, pending, term->from, passphrase, &key, error);
    if (result == SBK_OK) {
        result = sbk_x509_self(key, SBK_OFFICE_CA, SBK_OFFICE_CA_NAME, term->from, term->until, &bytes, error);
    }
    if (result == SBK_OK) {
        result = certify_city(store, key, &bytes, term, error);
    }
    if (result == SBK_OK) {
        result = sbk_city_write_certificate(store, SBK_KEY_OFFICE_CA, generation, 0, bytes.data, bytes.size, error);
    }
    if (result == SBK_OK) {
        request->has_office = true;
        result = sbk_sha256(bytes.data, bytes.size, request->office_hash, error);
    }
    sbk_buffer_free(&bytes);
    sbk_key_close(&key);
    return result;
}

sbk_result sbk_rotate_ask(struct sbk_store *store, uint8_t role, const struct sbk_term *asked,
    const struct sbk_secret *passphrase, struct sbk_deal *deal, const struct sbk_clock *clock,
    struct sbk_root_request *request, struct sbk_error *error) {
    const uint16_t today = sbk_clock_today(clock);
    struct sbk_city city = {.trust = NULL};
    struct sbk_term term;
    uint8_t generation = 0;
    bool pending = false;
    sbk_result result = settle_term(role, asked, today, &term, error);
    if (result == SBK_OK) {
        result = sbk_rotate_next(store, role, &generation, &pending, error);
    }
    if (result == SBK_OK) {
        result = sbk_city_load(store, today, &city, error);
    }
    if (result == SBK_OK) {
        result = begin_request(&city, clock, request, error);
    }
    if (result == SBK_OK) {
        result = role == SBK_KEY_OFFICE_CA
                     ? ask_office(store, generation, pending, &term, passphrase, request, error)
                     : ask_issuer(store, role, generation, pending, &term, today, passphrase, deal, request, error);
    }
    if (result == SBK_OK) {
        result = write_request(store, role, generation, request, error);
    }
    sbk_city_free(&city);
    return result;
}

/* ---- the next root ---- */

static bool is_left_out(const struct sbk_succession *succession, const struct sbk_certificate *parsed) {
    for (size_t i = 0; i < succession->without_count; i++) {
        if (succession->without[i].role == parsed->role && succession->without[i].generation == parsed->generation) {
            return true;
        }
    }
    return false;
}

/* Everything in force, as it is: the same keys and days. */
static void order_all(
    const struct sbk_city *city, const struct sbk_succession *succession, struct sbk_root_request *request) {
    for (size_t i = 0; i < city->issuer_count; i++) {
        struct sbk_certificate parsed;
        struct sbk_root_order *order = &request->orders[request->order_count];
        /* The city was loaded: they parse. */
        if (sbk_certificate_parse(city->issuers[i].data, city->issuers[i].size, &parsed) == SBK_FORMAT_OK &&
            !is_left_out(succession, &parsed)) {
            *order = (struct sbk_root_order){
                .role = parsed.role, .generation = parsed.generation, .from = parsed.effective, .until = parsed.expiry};
            memcpy(order->key, parsed.key, SBK_POINT_SIZE);
            request->order_count++;
        }
    }
}

/* Whether each of the four roles has something that the next root can certify. */
static sbk_result check_orders(const struct sbk_root_request *request, struct sbk_error *error) {
    for (uint8_t role = SBK_KEY_STATION_CA; role <= SBK_KEY_LIST_SIGNER; role++) {
        bool found = false;
        for (size_t i = 0; i < request->order_count; i++) {
            found = found || request->orders[i].role == role;
        }
        if (!found) {
            return sbk_fail(error, SBK_REFUSED, SBK_REASON_EXPIRED,
                _("of '%s' nothing is left that the next root could certify: make its next generation first"),
                sbk_key_role_word(role));
        }
    }
    return SBK_OK;
}

sbk_result sbk_succession_ask(struct sbk_store *store, const struct sbk_succession *succession,
    const struct sbk_clock *clock, struct sbk_root_request *request, struct sbk_error *error) {
    const uint16_t today = sbk_clock_today(clock);
    struct sbk_city city = {.trust = NULL};
    if (succession->old_until != 0 && succession->old_until < today) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_DATE, "%s",
            _("the last day of the root in force lies in the past; if it counts no more, say so instead"));
    }
    sbk_result result = sbk_city_load(store, today, &city, error);
    if (result == SBK_OK && city.anchor.generation == SBK_CITY_GENERATIONS) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN, _("'%s' has come to its last generation, %u"),
            sbk_key_role_word(SBK_KEY_ROOT), city.anchor.generation);
    }
    if (result == SBK_OK) {
        result = begin_request(&city, clock, request, error);
    }
    if (result == SBK_OK) {
        request->purpose = SBK_ROOT_SUCCEED;
        request->generation = (uint8_t)(city.anchor.generation + 1);
        memcpy(request->root_hash, city.anchor.next_hash, SBK_HASH_SIZE);
        request->old_until = succession->old_until;
        request->has_office = true;
        order_all(&city, succession, request);
        result = sbk_sha256(city.office_ca.data, city.office_ca.size, request->office_hash, error);
    }
    if (result == SBK_OK) {
        result = check_orders(request, error);
    }
    if (result == SBK_OK) {
        result = write_request(store, SBK_KEY_ROOT, request->generation, request, error);
    }
    sbk_city_free(&city);
    return result;
}

/* ---- the city itself ---- */

sbk_result sbk_rotate_city(struct sbk_store *store, struct sbk_key *office_ca, const struct sbk_term *asked,
    const struct sbk_secret *passphrase, const struct sbk_clock *clock, uint8_t *generation, struct sbk_error *error) {
    const uint16_t today = sbk_clock_today(clock);
    struct sbk_city city = {.trust = NULL};
    struct sbk_office_info ca;
    struct sbk_term term;
    struct sbk_key *key = NULL;
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    bool pending = false;
    sbk_result result = settle_term(SBK_KEY_CITY, asked, today, &term, error);
    if (result == SBK_OK) {
        result = sbk_city_load(store, today, &city, error);
    }
    if (result == SBK_OK) {
        result = sbk_x509_info(city.office_ca.data, city.office_ca.size, &ca, error);
    }
    if (result == SBK_OK && (term.from > ca.until || (asked->until != 0 && term.until > ca.until))) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_DATE, "%s",
            _("the term ends after the office CA's: make its next generation first"));
    }
    if (result == SBK_OK) {
        term.until = term.until < ca.until ? term.until : ca.until;
        result = sbk_rotate_next(store, SBK_KEY_CITY, generation, &pending, error);
    }
    if (result == SBK_OK) {
        result = open_or_make(store, SBK_KEY_CITY, *generation, pending, today, passphrase, &key, error);
    }
    if (result == SBK_OK) {
        result = sbk_city_certify_own(
            store, office_ca, &city.office_ca, sbk_key_info(key), term.from, term.until, &bytes, error);
    }
    sbk_buffer_free(&bytes);
    sbk_key_close(&key);
    sbk_city_free(&city);
    return result;
}
