/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/rotate.h"

#include "base/i18n.h"
#include "keys/city_files.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <string.h>

/* Taking the root's answer in, and what waits for one. */

static sbk_result read_request(const struct sbk_store *store, const char *name, struct sbk_root_request *request,
    uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error) {
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    sbk_result result = sbk_city_read_file(store, name, &bytes, error);
    if (result == SBK_OK && sbk_root_request_parse(bytes.data, bytes.size, request) != SBK_FORMAT_OK) {
        result = sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_FORMAT, _("%s/%s: not a request to the root"), sbk_store_path(store), name);
    }
    if (result == SBK_OK) {
        result = sbk_sha256(bytes.data, bytes.size, hash, error);
    }
    sbk_buffer_free(&bytes);
    return result;
}

/* Calls back with each request that was ever made, until found. */
static sbk_result find_request(const struct sbk_store *store, const uint8_t wanted[SBK_HASH_SIZE],
    struct sbk_root_request *request, struct sbk_error *error) {
    for (uint8_t role = SBK_KEY_ROOT; role <= SBK_KEY_OFFICE_CA; role++) {
        for (uint8_t generation = SBK_CITY_GENERATIONS; generation >= 1; generation--) {
            char name[SBK_CITY_NAME_ROOM];
            uint8_t hash[SBK_HASH_SIZE];
            sbk_city_file_name(sbk_key_role_word(role), generation, "request", name);
            if (!sbk_city_has_file(store, name)) {
                continue;
            }
            const sbk_result result = read_request(store, name, request, hash, error);
            if (result != SBK_OK || memcmp(hash, wanted, sizeof hash) == 0) {
                return result;
            }
        }
    }
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND, "%s",
        _("the answer is to no request of this store, or to one that a later request replaced"));
}

/* ---- verifying ---- */

static sbk_result not_asked(struct sbk_error *error) {
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s",
        _("the answer does not certify what was asked for: nothing is taken from it"));
}

/* The certificates are what was ordered, in that order, each signed by the root of the trust. */
static sbk_result check_certificates(struct sbk_trust *trust, const struct sbk_root_request *request,
    const struct sbk_root_answer *answer, struct sbk_error *error) {
    sbk_result result = answer->count == request->order_count ? SBK_OK : not_asked(error);
    for (size_t i = 0; i < answer->count && result == SBK_OK; i++) {
        const struct sbk_root_order *order = &request->orders[i];
        struct sbk_certificate parsed;
        if (sbk_certificate_parse(answer->certificates[i], SBK_ISSUER_CERTIFICATE_SIZE, &parsed) != SBK_FORMAT_OK ||
            parsed.role != order->role || parsed.generation != order->generation || parsed.effective != order->from ||
            parsed.expiry != order->until || parsed.issuer_generation != request->generation ||
            memcmp(parsed.key, order->key, SBK_POINT_SIZE) != 0) {
            return not_asked(error);
        }
        result = sbk_trust_add_issuer(trust, answer->certificates[i], SBK_ISSUER_CERTIFICATE_SIZE, error);
    }
    return result;
}

/* The office CA of the request: the certificate in the store whose hash it has. */
static sbk_result find_office(const struct sbk_store *store, const struct sbk_root_request *request,
    uint8_t *generation, struct sbk_buffer *certificate, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (uint8_t at = SBK_CITY_GENERATIONS; at >= 1 && result == SBK_OK; at--) {
        char name[SBK_CITY_NAME_ROOM];
        uint8_t hash[SBK_HASH_SIZE];
        sbk_city_certificate_name(SBK_KEY_OFFICE_CA, at, 0, name);
        if (!sbk_city_has_file(store, name)) {
            continue;
        }
        sbk_buffer_free(certificate);
        result = sbk_city_read_file(store, name, certificate, error);
        if (result == SBK_OK) {
            result = sbk_sha256(certificate->data, certificate->size, hash, error);
        }
        if (result == SBK_OK && memcmp(hash, request->office_hash, sizeof hash) == 0) {
            *generation = at;
            return SBK_OK;
        }
    }
    return result == SBK_OK ? not_asked(error) : result;
}

static sbk_result check_office(const struct sbk_store *store, struct sbk_trust *trust,
    const struct sbk_root_request *request, const struct sbk_root_answer *answer, uint8_t *office,
    struct sbk_error *error) {
    struct sbk_buffer certificate = SBK_BUFFER_EMPTY;
    if (answer->has_office != request->has_office) {
        return not_asked(error);
    }
    if (!request->has_office) {
        return SBK_OK;
    }
    sbk_result result = find_office(store, request, office, &certificate, error);
    if (result == SBK_OK) {
        const struct sbk_bytes binding = {answer->binding, SBK_OFFICE_BINDING_SIZE};
        const struct sbk_bytes office_ca = sbk_bytes_of(&certificate);
        result = sbk_trust_verify_office(trust, &binding, &office_ca, error);
    }
    sbk_buffer_free(&certificate);
    return result;
}

/* A succession: the key that the root in force announced, which signs the link to itself. */
static sbk_result check_succession(const struct sbk_anchor *from, const struct sbk_root_request *request,
    const struct sbk_root_answer *answer, struct sbk_error *error) {
    uint8_t hash[SBK_HASH_SIZE];
    struct sbk_link link;
    sbk_result result = sbk_point_hash(answer->anchor.key, hash, error);
    if (result == SBK_OK &&
        (answer->anchor.generation != from->generation + 1 || memcmp(hash, from->next_hash, sizeof hash) != 0)) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s",
            _("the answer comes from another root than the one announced as the next: nothing is taken from it"));
    }
    if (result == SBK_OK &&
        (sbk_link_parse(answer->link, SBK_LINK_SIZE, &link) != SBK_FORMAT_OK || link.old_until != request->old_until ||
            memcmp(link.key, answer->anchor.key, SBK_POINT_SIZE) != 0 ||
            memcmp(link.next_hash, answer->anchor.next_hash, SBK_HASH_SIZE) != 0)) {
        result = not_asked(error);
    }
    return result == SBK_OK ? sbk_verify_record(answer->anchor.key, answer->link, SBK_LINK_SIZE, error) : result;
}

/* ---- putting in force ---- */

static sbk_result write_certificates(struct sbk_store *store, const struct sbk_root_request *request,
    const struct sbk_root_answer *answer, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < answer->count && result == SBK_OK; i++) {
        const struct sbk_root_order *order = &request->orders[i];
        result = sbk_city_write_certificate(store, order->role, order->generation, request->generation,
            answer->certificates[i], SBK_ISSUER_CERTIFICATE_SIZE, error);
    }
    return result;
}

/* Each write is whole; the last one puts everything in force. */
static sbk_result put_in_force(struct sbk_store *store, const struct sbk_root_request *request,
    const struct sbk_root_answer *answer, uint8_t office, struct sbk_error *error) {
    char name[SBK_CITY_NAME_ROOM];
    sbk_result result = write_certificates(store, request, answer, error);
    if (result == SBK_OK && request->has_office) {
        sbk_city_binding_name(office, request->generation, name);
        result = sbk_city_write_file(store, name, answer->binding, SBK_OFFICE_BINDING_SIZE, error);
    }
    if (result == SBK_OK && answer->succession) {
        sbk_city_file_name("root", answer->anchor.generation, "link", name);
        result = sbk_city_write_file(store, name, answer->link, SBK_LINK_SIZE, error);
    }
    return result == SBK_OK && answer->succession ? sbk_city_write_anchor(store, &answer->anchor, error) : result;
}

/* Whether the answer's work is done already: what it asked for is there under its root. */
static bool is_taken(const struct sbk_store *store, const struct sbk_root_request *request) {
    char name[SBK_CITY_NAME_ROOM];
    if (request->purpose == SBK_ROOT_SUCCEED) {
        return sbk_city_root(store) >= request->generation;
    }
    for (size_t i = 0; i < request->order_count; i++) {
        sbk_city_certificate_name(request->orders[i].role, request->orders[i].generation, request->generation, name);
        if (!sbk_city_has_file(store, name)) {
            return false;
        }
    }
    return !request->has_office;
}

static sbk_result check_all(const struct sbk_store *store, const struct sbk_city *city,
    const struct sbk_root_request *request, const struct sbk_root_answer *answer, uint8_t *office,
    struct sbk_error *error) {
    const struct sbk_anchor *anchor = answer->succession ? &answer->anchor : &city->anchor;
    struct sbk_trust *trust = NULL;
    sbk_result result = answer->succession == (request->purpose == SBK_ROOT_SUCCEED) ? SBK_OK : not_asked(error);
    if (result == SBK_OK && answer->succession) {
        result = check_succession(&city->anchor, request, answer, error);
    }
    if (result == SBK_OK && anchor->generation != request->generation) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_OLD_NUMBER,
            _("root %u was asked, root %u is in force now: make the request again"), request->generation,
            anchor->generation);
    }
    if (result == SBK_OK) {
        result = sbk_trust_new(&trust, error);
    }
    if (result == SBK_OK) {
        result = sbk_trust_add_anchor(trust, anchor, UINT16_MAX, error);
    }
    if (result == SBK_OK) {
        result = check_certificates(trust, request, answer, error);
    }
    if (result == SBK_OK) {
        result = check_office(store, trust, request, answer, office, error);
    }
    sbk_trust_free(&trust);
    return result;
}

sbk_result sbk_rotate_accept(struct sbk_store *store, const struct sbk_root_answer *answer,
    struct sbk_root_request *taken, struct sbk_error *error) {
    struct sbk_city city = {.trust = NULL};
    uint8_t office = 0;
    sbk_result result = find_request(store, answer->request_hash, taken, error);
    if (result != SBK_OK || is_taken(store, taken)) {
        return result;
    }
    result = sbk_city_load(store, sbk_date_of_time(taken->made), &city, error);
    if (result == SBK_OK) {
        result = check_all(store, &city, taken, answer, &office, error);
    }
    if (result == SBK_OK) {
        result = put_in_force(store, taken, answer, office, error);
    }
    sbk_city_free(&city);
    return result;
}

/* ---- afterwards ---- */

bool sbk_rotate_exports(const struct sbk_root_request *request) {
    return request->has_office;
}

sbk_result sbk_rotate_export(
    struct sbk_store *store, struct sbk_key *city_key, const struct sbk_clock *clock, struct sbk_error *error) {
    struct sbk_city city = {.trust = NULL};
    sbk_result result = sbk_city_load(store, sbk_clock_today(clock), &city, error);
    if (result == SBK_OK) {
        struct sbk_anchor_bundle bundle = {.made = sbk_clock_time(clock),
            .anchor = city.anchor,
            .binding = sbk_bytes_of(&city.binding),
            .office_ca = sbk_bytes_of(&city.office_ca)};
        bundle.link_count = sbk_city_links(&city, bundle.links);
        result = sbk_city_write_export(store, city_key, &city.city, &bundle, error);
    }
    sbk_city_free(&city);
    return result;
}

/* ---- what waits ---- */

sbk_result sbk_rotate_pending(const struct sbk_store *store, struct sbk_pending pending[SBK_PENDING_MAX], size_t *count,
    struct sbk_error *error) {
    sbk_result result = SBK_OK;
    *count = 0;
    for (uint8_t role = SBK_KEY_ROOT; role <= SBK_KEY_OFFICE_CA && result == SBK_OK; role++) {
        char name[SBK_CITY_NAME_ROOM];
        uint8_t hash[SBK_HASH_SIZE];
        struct sbk_pending *found = &pending[*count];
        bool waits = true;
        found->role = role;
        if (role == SBK_KEY_ROOT) {
            found->generation = (uint8_t)(sbk_city_root(store) + 1);
        } else {
            result = sbk_rotate_next(store, role, &found->generation, &waits, error);
        }
        sbk_city_file_name(sbk_key_role_word(role), found->generation, "request", name);
        if (result == SBK_OK && waits && sbk_city_has_file(store, name)) {
            result = read_request(store, name, &found->request, hash, error);
            *count += result == SBK_OK;
        }
    }
    return result;
}
