/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/install.h"
#include "reader/station_trust.h"
#include "schema/reason.h"

/* The station's next keys: made while the present ones stay in use, put in use by their certificate (install.c). */

static const uint8_t roles[] = {SBK_KEY_AGREEMENT, SBK_KEY_LOG, SBK_KEY_STATION};
enum { AGREEMENT, LOG, IDENTITY, KEYS };
#define GENERATIONS_MAX 127

static void close_keys(struct sbk_key *keys[KEYS]) {
    for (size_t i = 0; i < KEYS; i++)
        sbk_key_close(&keys[i]);
}

static sbk_result open_present(const struct sbk_station *station, struct sbk_store *store,
    const struct sbk_secret *passphrase, struct sbk_key *keys[KEYS], struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < KEYS && result == SBK_OK; i++)
        result = sbk_key_open(store, roles[i], station->generation, passphrase, &keys[i], error);
    return result;
}

/* Those that an earlier run made are opened, so that whatever stopped it, the request is for the same three. */
static sbk_result open_or_make_next(const struct sbk_station *station, struct sbk_store *store,
    const struct sbk_secret *passphrase, struct sbk_key *keys[KEYS], struct sbk_error *error) {
    uint8_t next = (uint8_t)(station->generation + 1);
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < KEYS && result == SBK_OK; i++)
        result =
            sbk_store_has(store, roles[i], next)
                ? sbk_key_open(store, roles[i], next, passphrase, &keys[i], error)
                : sbk_key_generate(store, roles[i], next, sbk_clock_today(station->clock), passphrase, &keys[i], error);
    return result;
}

static sbk_result make_request(const struct sbk_station *station, struct sbk_key *present[KEYS],
    struct sbk_key *next[KEYS], struct sbk_buffer *request, struct sbk_error *error) {
    const struct sbk_station_former former = {present[IDENTITY], sbk_key_info(present[LOG])};
    return sbk_station_request_make(next[AGREEMENT], sbk_key_info(next[LOG]), next[IDENTITY], &former,
        station->terminal, sbk_clock_time(station->clock), request, error);
}

sbk_result sbk_station_rekey(struct sbk_station *station, const struct sbk_secret *passphrase,
    struct sbk_buffer *request, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    struct sbk_key *present[KEYS] = {NULL};
    struct sbk_key *next[KEYS] = {NULL};
    if (!station->has_leaf)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_CERTIFICATE,
            _("%s: the station has no certificate yet: there is nothing to change; install the city's first"),
            station->path);
    if (station->generation >= GENERATIONS_MAX)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_EXISTS,
            _("%s: the keys were changed %d times, which is the end: enrol the station under a new id"), station->path,
            GENERATIONS_MAX - 1);
    sbk_result result = sbk_station_store(station, &store, error);
    if (result == SBK_OK)
        result = open_present(station, store, passphrase, present, error);
    if (result == SBK_OK)
        result = open_or_make_next(station, store, passphrase, next, error);
    if (result == SBK_OK)
        result = make_request(station, present, next, request, error);
    close_keys(present);
    close_keys(next);
    sbk_store_close(&store);
    return result;
}

sbk_result sbk_station_key_state(
    const struct sbk_station *station, struct sbk_station_key_state *state, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    sbk_result result = sbk_station_store(station, &store, error);
    struct sbk_key_info info = {0};
    *state = (struct sbk_station_key_state){.generation = station->generation, .pending = true};
    if (result == SBK_OK)
        result = sbk_store_info(store, roles[AGREEMENT], station->generation, &info, error);
    state->created = info.created;
    for (size_t i = 0; i < KEYS && result == SBK_OK; i++) {
        state->pending = state->pending && sbk_store_has(store, roles[i], (uint8_t)(station->generation + 1));
        for (uint8_t former = SBK_STATION_FIRST; former < station->generation; former++)
            state->former += sbk_store_has(store, roles[i], former);
    }
    sbk_store_close(&store);
    return result;
}

sbk_result sbk_station_last_checkpoint(struct sbk_station *station, struct sbk_error *error) {
    if (station->log_key == NULL)
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_PASSPHRASE, _("%s: the station's keys are closed"), station->path);
    sbk_result result = sbk_log_note_clock(station, error);
    return result == SBK_OK ? sbk_log_checkpoint(station, error) : result;
}

unsigned sbk_station_sweep(const struct sbk_station *station, const struct sbk_secret *passphrase) {
    struct sbk_store *store = NULL;
    unsigned left = 0;
    if (station->generation == SBK_STATION_FIRST || sbk_station_store(station, &store, NULL) != SBK_OK)
        return 0;
    for (size_t i = 0; i < KEYS; i++)
        for (uint8_t former = SBK_STATION_FIRST; former < station->generation; former++)
            left += sbk_store_has(store, roles[i], former) &&
                    sbk_key_destroy(store, roles[i], former, passphrase, NULL) != SBK_OK;
    sbk_store_close(&store);
    return left;
}
