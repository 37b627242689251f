/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ceremony_record.h"

#include "base/file.h"
#include "base/i18n.h"
#include "keys/city.h"
#include "keys/cms.h"
#include "keys/crypto.h"
#include "keys/store.h"
#include "keys/x509.h"
#include "schema/certificate.h"
#include "schema/reason.h"

#include <stdio.h>
#include <string.h>

/* What a check finds in the folders of a ceremony. No secret is needed for any of it. */

struct looking {
    const struct ceremony_plan *plan;
    const struct ceremony_check *check;
    uint16_t day;
    struct ceremony_value *value;
};

static sbk_result open_where(
    const struct looking *looking, enum ceremony_where where, struct sbk_store **store, struct sbk_error *error) {
    char path[CEREMONY_PATH_ROOM];
    ceremony_folder(&looking->plan->details, where, path);
    return sbk_store_open(store, path, false, error);
}

static sbk_result look_absent(const struct looking *looking, struct sbk_error *error) {
    char path[CEREMONY_PATH_ROOM];
    (void)snprintf(path, sizeof path, "%.*s", (int)looking->check->path.size, looking->check->path.data);
    return sbk_file_exists(path)
               ? sbk_fail(error, SBK_REFUSED, SBK_REASON_EXISTS, _("%s: is there, and must not be"), path)
               : SBK_OK;
}

static sbk_result look_file(const struct looking *looking, size_t limit, struct sbk_error *error) {
    char path[CEREMONY_PATH_ROOM];
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    (void)snprintf(path, sizeof path, "%.*s", (int)looking->check->path.size, looking->check->path.data);
    sbk_result result = sbk_file_read(path, limit, &bytes, error);
    if (result == SBK_OK && bytes.size == 0) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FILE, _("%s: is empty"), path);
    }
    if (result == SBK_OK) {
        looking->value->size = bytes.size;
        result = sbk_sha256(bytes.data, bytes.size, looking->value->hash, error);
    }
    sbk_buffer_free(&bytes);
    return result;
}

static sbk_result look_key(const struct looking *looking, struct sbk_error *error) {
    const struct ceremony_check *check = looking->check;
    struct sbk_store *store = NULL;
    struct sbk_key_info info;
    sbk_result result = open_where(looking, check->where, &store, error);
    if (result == SBK_OK) {
        result = sbk_store_info(store, check->role, check->generation, &info, error);
    }
    if (result == SBK_OK) {
        memcpy(looking->value->point, info.public_part, SBK_POINT_SIZE);
        result = sbk_point_hash(info.public_part, looking->value->fingerprint, error);
    }
    sbk_store_close(&store);
    return result;
}

/* The quorum that the key's file names, which must be the plan's. */
static sbk_result look_shares(const struct looking *looking, struct sbk_error *error) {
    const struct ceremony_check *check = looking->check;
    struct ceremony_value *value = looking->value;
    struct sbk_store *store = NULL;
    struct sbk_quorum quorum;
    unsigned needed = 0;
    unsigned of = 0;
    sbk_result result = open_where(looking, check->where, &store, error);
    if (result == SBK_OK) {
        result = sbk_store_quorum(store, check->role, check->generation, &quorum, error);
    }
    if (result == SBK_OK &&
        (!ceremony_quorum(&looking->plan->details, &needed, &of) || quorum.needed != needed || quorum.officers != of)) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_QUORUM, _("%s-%u opens to %u of %u officers, not to %u of %u"),
            sbk_key_role_word(check->role), check->generation, quorum.needed, quorum.officers, needed, of);
    }
    if (result == SBK_OK) {
        value->needed = quorum.needed;
        value->of = quorum.officers;
        memcpy(value->set, quorum.set, sizeof value->set);
    }
    sbk_store_close(&store);
    return result;
}

static sbk_result look_kcv(const struct looking *looking, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    struct sbk_key_info info;
    sbk_result result = open_where(looking, CEREMONY_IN_STORE, &store, error);
    if (result == SBK_OK) {
        result = sbk_store_info(store, SBK_KEY_TRANSPORT, looking->check->generation, &info, error);
    }
    if (result == SBK_OK) {
        memcpy(looking->value->kcv, info.public_part, SBK_KCV_SIZE);
    }
    sbk_store_close(&store);
    return result;
}

static sbk_result look_anchor(const struct looking *looking, const struct sbk_city *city, struct sbk_error *error) {
    struct ceremony_value *value = looking->value;
    const uint8_t wanted = looking->check->generation;
    if (wanted != 0 && wanted != city->anchor.generation) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND, _("the root in force is generation %u, not %u"),
            city->anchor.generation, wanted);
    }
    value->generation = city->anchor.generation;
    memcpy(value->point, city->anchor.key, sizeof value->point);
    memcpy(value->next, city->anchor.next_hash, sizeof value->next);
    return sbk_point_hash(value->point, value->fingerprint, error);
}

static sbk_result look_next_root(const struct looking *looking, const struct sbk_city *city, struct sbk_error *error) {
    if (looking->check->generation != city->anchor.generation + 1) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND,
            _("the root in force is generation %u: it names number %u, not %u"), city->anchor.generation,
            city->anchor.generation + 1U, looking->check->generation);
    }
    memcpy(looking->value->fingerprint, city->anchor.next_hash, sizeof looking->value->fingerprint);
    return SBK_OK;
}

/* The certificate in use of a role. */
static const struct sbk_buffer *in_use(const struct sbk_city *city, uint8_t role) {
    switch (role) {
    case SBK_KEY_STATION_CA:
        return &city->station_ca;
    case SBK_KEY_CARD_CA:
        return &city->card_ca;
    case SBK_KEY_GRANT_SIGNER:
        return &city->grant_signer;
    case SBK_KEY_LIST_SIGNER:
        return &city->list_signer;
    case SBK_KEY_OFFICE_CA:
        return &city->office_ca;
    default:
        return &city->city;
    }
}

static sbk_result key_of(
    uint8_t role, const struct sbk_buffer *bytes, uint8_t point[SBK_POINT_SIZE], struct sbk_error *error) {
    struct sbk_certificate parsed;
    struct sbk_office_info info;
    if (role == SBK_KEY_OFFICE_CA || role == SBK_KEY_CITY) {
        const sbk_result result = sbk_x509_info(bytes->data, bytes->size, &info, error);
        memcpy(point, info.key, result == SBK_OK ? SBK_POINT_SIZE : 0);
        return result;
    }
    if (sbk_certificate_parse(bytes->data, bytes->size, &parsed) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s", _("the certificate cannot be read"));
    }
    memcpy(point, parsed.key, SBK_POINT_SIZE);
    return SBK_OK;
}

/* The generation of the key that a certificate is of: the store tells. */
static uint8_t generation_of(const struct sbk_store *store, uint8_t role, const uint8_t point[SBK_POINT_SIZE]) {
    struct sbk_key_info info;
    for (uint8_t i = sbk_store_newest(store, role); i > 0; i--) {
        if (sbk_store_info(store, role, i, &info, NULL) == SBK_OK &&
            memcmp(info.public_part, point, SBK_POINT_SIZE) == 0) {
            return i;
        }
    }
    return 0;
}

/* Whether a certificate is of the key that is looked for; its generation then. */
static bool is_wanted(const struct looking *looking, const struct sbk_store *store, const struct sbk_buffer *bytes,
    uint8_t point[SBK_POINT_SIZE]) {
    const struct ceremony_check *check = looking->check;
    struct sbk_certificate parsed;
    const bool office = check->role == SBK_KEY_OFFICE_CA || check->role == SBK_KEY_CITY;
    if (!office &&
        (sbk_certificate_parse(bytes->data, bytes->size, &parsed) != SBK_FORMAT_OK || parsed.role != check->role)) {
        return false;
    }
    if (key_of(check->role, bytes, point, NULL) != SBK_OK) {
        return false;
    }
    looking->value->generation = generation_of(store, check->role, point);
    return looking->value->generation != 0 &&
           (check->generation == 0 || check->generation == looking->value->generation);
}

/* The one in use, or for a generation that begins later one of the others that are good. */
static const struct sbk_buffer *wanted(const struct looking *looking, const struct sbk_store *store,
    const struct sbk_city *city, uint8_t point[SBK_POINT_SIZE]) {
    if (is_wanted(looking, store, in_use(city, looking->check->role), point)) {
        return in_use(city, looking->check->role);
    }
    const bool office = looking->check->role == SBK_KEY_OFFICE_CA;
    const struct sbk_buffer *others = office ? city->office_cas : city->issuers;
    const size_t count = office ? city->office_ca_count : city->issuer_count;
    for (size_t i = 0; i < count && looking->check->role != SBK_KEY_CITY; i++) {
        if (is_wanted(looking, store, &others[i], point)) {
            return &others[i];
        }
    }
    return NULL;
}

static sbk_result look_certificate(const struct looking *looking, const struct sbk_store *store,
    const struct sbk_city *city, struct sbk_error *error) {
    uint8_t point[SBK_POINT_SIZE];
    const struct sbk_buffer *bytes = wanted(looking, store, city, point);
    if (bytes == NULL) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND,
            _("%s: generation %u has no certificate under the root in force"), sbk_key_role_word(looking->check->role),
            looking->check->generation);
    }
    const sbk_result result = sbk_sha256(bytes->data, bytes->size, looking->value->hash, error);
    return result == SBK_OK ? sbk_point_hash(point, looking->value->fingerprint, error) : result;
}

static sbk_result look_city(const struct looking *looking, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    struct sbk_city city;
    sbk_result result = open_where(looking, CEREMONY_IN_STORE, &store, error);
    if (result == SBK_OK) {
        result = sbk_city_load(store, looking->day, &city, error);
    }
    if (result == SBK_OK) {
        switch (looking->check->kind) {
        case CEREMONY_CHECK_ANCHOR:
        case CEREMONY_CHECK_ROOT:
            result = look_anchor(looking, &city, error);
            break;
        case CEREMONY_CHECK_NEXT_ROOT:
            result = look_next_root(looking, &city, error);
            break;
        default:
            result = look_certificate(looking, store, &city, error);
            break;
        }
        sbk_city_free(&city);
    }
    sbk_store_close(&store);
    return result;
}

sbk_result ceremony_look(const struct ceremony_plan *plan, const struct ceremony_check *check, uint16_t day,
    struct ceremony_value *value, struct sbk_error *error) {
    const struct looking looking = {plan, check, day, value};
    memset(value, 0, sizeof *value);
    switch (check->kind) {
    case CEREMONY_CHECK_PLAN:
        memcpy(value->hash, plan->hash, sizeof value->hash);
        return SBK_OK;
    case CEREMONY_CHECK_ABSENT:
        return look_absent(&looking, error);
    case CEREMONY_CHECK_KEY:
    case CEREMONY_CHECK_FINGERPRINT:
        return look_key(&looking, error);
    case CEREMONY_CHECK_CERTIFICATE:
    case CEREMONY_CHECK_ANCHOR:
    case CEREMONY_CHECK_ROOT:
    case CEREMONY_CHECK_NEXT_ROOT:
        return look_city(&looking, error);
    case CEREMONY_CHECK_SHARES:
        return look_shares(&looking, error);
    case CEREMONY_CHECK_KCV:
        return look_kcv(&looking, error);
    case CEREMONY_CHECK_FILE:
        return look_file(&looking, SBK_CMS_MAX, error);
    case CEREMONY_CHECK_MESSAGE:
        return look_file(&looking, CEREMONY_MESSAGE_MAX, error);
    case CEREMONY_CHECK_NOTE:
        break;
    }
    return SBK_OK;
}
