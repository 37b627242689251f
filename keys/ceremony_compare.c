/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ceremony_compare.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/i18n.h"
#include "keys/city_files.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

static enum ceremony_finding same(const void *one, const void *other, size_t size) {
    return memcmp(one, other, size) == 0 ? CEREMONY_SAME : CEREMONY_OTHER;
}

/* A root's anchor: the one in force, or one that the store keeps. *found tells whether it is there. */
static sbk_result anchor_of(const struct ceremony_beside *beside, unsigned generation, struct sbk_anchor *anchor,
    bool *found, struct sbk_error *error) {
    char name[SBK_CITY_NAME_ROOM];
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    *found = beside->anchor != NULL && beside->anchor->generation == generation;
    if (*found) {
        *anchor = *beside->anchor;
        return SBK_OK;
    }
    if (beside->store == NULL || generation < 1 || generation > SBK_CITY_GENERATIONS) {
        return SBK_OK;
    }
    sbk_city_file_name("root", (uint8_t)generation, "anchor", name);
    if (!sbk_city_has_file(beside->store, name)) {
        return SBK_OK;
    }
    sbk_result result = sbk_city_read_file(beside->store, name, &bytes, error);
    if (result == SBK_OK && sbk_anchor_parse(bytes.data, bytes.size, anchor) != SBK_FORMAT_OK) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("%s/%s: not the anchor of the root beside it"),
            sbk_store_path(beside->store), name);
    }
    *found = result == SBK_OK;
    sbk_buffer_free(&bytes);
    return result;
}

/* The key of a role in the store, or in the folder of the next root while that is there. */
static bool key_in_store(
    const struct sbk_store *store, uint8_t role, uint8_t generation, uint8_t fingerprint[SBK_HASH_SIZE]) {
    struct sbk_key_info info;
    struct sbk_store *next = NULL;
    bool found = store != NULL && sbk_store_info(store, role, generation, &info, NULL) == SBK_OK;
    if (store != NULL && !found && role == SBK_KEY_ROOT) {
        char *path = sbk_path_join(sbk_store_path(store), SBK_NEXT_ROOT_FOLDER);
        found = path != NULL && sbk_store_open(&next, path, false, NULL) == SBK_OK &&
                sbk_store_info(next, role, generation, &info, NULL) == SBK_OK;
        sbk_store_close(&next);
        free(path);
    }
    return found && sbk_point_hash(info.public_part, fingerprint, NULL) == SBK_OK;
}

/* A key: the store's; a root that has been carried away is known by its anchor, or by the one before, which names it. */
static sbk_result compare_key(const struct ceremony_beside *beside, uint8_t role, uint8_t generation,
    const uint8_t fingerprint[SBK_HASH_SIZE], enum ceremony_finding *finding, struct sbk_error *error) {
    uint8_t hash[SBK_HASH_SIZE];
    struct sbk_anchor anchor;
    bool found = false;
    *finding = CEREMONY_NOTHING;
    if (key_in_store(beside->store, role, generation, hash)) {
        *finding = same(hash, fingerprint, sizeof hash);
        return SBK_OK;
    }
    if (role != SBK_KEY_ROOT) {
        return SBK_OK;
    }
    sbk_result result = anchor_of(beside, generation, &anchor, &found, error);
    if (result == SBK_OK && found) {
        result = sbk_point_hash(anchor.key, hash, error);
        *finding = same(hash, fingerprint, sizeof hash);
    } else if (result == SBK_OK) {
        result = anchor_of(beside, generation - 1U, &anchor, &found, error);
        *finding = found ? same(anchor.next_hash, fingerprint, sizeof hash) : CEREMONY_NOTHING;
    }
    return result;
}

static sbk_result compare_anchor(const struct ceremony_beside *beside, const struct ceremony_value *value,
    enum ceremony_finding *finding, struct sbk_error *error) {
    struct sbk_anchor anchor;
    bool found = false;
    const sbk_result result = anchor_of(beside, value->generation, &anchor, &found, error);
    if (result == SBK_OK && found) {
        *finding = same(anchor.key, value->point, sizeof anchor.key) == CEREMONY_SAME
                       ? same(anchor.next_hash, value->next, sizeof anchor.next_hash)
                       : CEREMONY_OTHER;
    }
    return result;
}

static sbk_result compare_next(const struct ceremony_beside *beside, const struct ceremony_check *check,
    const struct ceremony_value *value, enum ceremony_finding *finding, struct sbk_error *error) {
    struct sbk_anchor anchor;
    bool found = false;
    const sbk_result result = anchor_of(beside, check->generation - 1U, &anchor, &found, error);
    if (result == SBK_OK && found) {
        *finding = same(anchor.next_hash, value->fingerprint, sizeof anchor.next_hash);
    }
    return result;
}

/* Whether one of the files that may hold a key's certificate has this hash. */
static sbk_result compare_certificate(const struct ceremony_beside *beside, const struct ceremony_check *check,
    const struct ceremony_value *value, enum ceremony_finding *finding, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (unsigned under = 1; under <= SBK_CITY_GENERATIONS && result == SBK_OK && beside->store != NULL; under++) {
        char name[SBK_CITY_NAME_ROOM];
        struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
        uint8_t hash[SBK_HASH_SIZE];
        sbk_city_certificate_name(check->role, value->generation, (uint8_t)under, name);
        if (*finding != CEREMONY_SAME && sbk_city_has_file(beside->store, name)) {
            result = sbk_city_read_file(beside->store, name, &bytes, error);
            if (result == SBK_OK) {
                result = sbk_sha256(bytes.data, bytes.size, hash, error);
            }
            *finding = result == SBK_OK ? same(hash, value->hash, sizeof hash) : CEREMONY_OTHER;
        }
        sbk_buffer_free(&bytes);
    }
    return result;
}

static sbk_result compare_kcv(const struct ceremony_beside *beside, const struct ceremony_check *check,
    const struct ceremony_value *value, enum ceremony_finding *finding) {
    struct sbk_key_info info;
    if (beside->store != NULL &&
        sbk_store_info(beside->store, SBK_KEY_TRANSPORT, check->generation, &info, NULL) == SBK_OK) {
        *finding = same(info.public_part, value->kcv, SBK_KCV_SIZE);
    }
    return SBK_OK;
}

sbk_result ceremony_compare(const struct ceremony_beside *beside, const struct ceremony_check *check,
    const struct ceremony_value *value, enum ceremony_finding *finding, struct sbk_error *error) {
    *finding = CEREMONY_NOTHING;
    switch (check->kind) {
    case CEREMONY_CHECK_KEY:
    case CEREMONY_CHECK_FINGERPRINT:
        return compare_key(beside, check->role, check->generation, value->fingerprint, finding, error);
    case CEREMONY_CHECK_ROOT:
        return compare_key(beside, SBK_KEY_ROOT, check->generation, value->fingerprint, finding, error);
    case CEREMONY_CHECK_CERTIFICATE:
        return compare_certificate(beside, check, value, finding, error);
    case CEREMONY_CHECK_ANCHOR:
        return compare_anchor(beside, value, finding, error);
    case CEREMONY_CHECK_NEXT_ROOT:
        return compare_next(beside, check, value, finding, error);
    case CEREMONY_CHECK_KCV:
        return compare_kcv(beside, check, value, finding);
    case CEREMONY_CHECK_PLAN:
    case CEREMONY_CHECK_ABSENT:
    case CEREMONY_CHECK_SHARES: /* replaced whenever somebody loses one */
    case CEREMONY_CHECK_FILE:
    case CEREMONY_CHECK_MESSAGE:
    case CEREMONY_CHECK_NOTE:
        break;
    }
    return SBK_OK;
}

/* ---- the signer ---- */

/* An office CA of the store that has ended since is still the one that certified the city then. */
static bool under_former(const struct ceremony_beside *beside, const struct sbk_cms_signer *signer, uint16_t day) {
    bool good = false;
    for (unsigned i = 1; i <= SBK_CITY_GENERATIONS && !good && beside->store != NULL; i++) {
        char name[SBK_CITY_NAME_ROOM];
        struct sbk_buffer der = SBK_BUFFER_EMPTY;
        struct sbk_office_info info;
        sbk_city_certificate_name(SBK_KEY_OFFICE_CA, (uint8_t)i, 1, name);
        good = sbk_city_has_file(beside->store, name) &&
               sbk_city_read_file(beside->store, name, &der, NULL) == SBK_OK &&
               sbk_x509_verify(der.data, der.size, signer->der, signer->der_size, day, &info, NULL) == SBK_OK;
        sbk_buffer_free(&der);
    }
    return good;
}

sbk_result ceremony_judge_signer(const struct ceremony_beside *beside, const struct ceremony_transcript *transcript,
    enum ceremony_finding *finding, struct sbk_error *error) {
    const struct sbk_cms_signer *signer = &transcript->signer;
    const struct ceremony_state *state = &transcript->state;
    const uint16_t day = sbk_date_of_time(state->time);
    const bool office = state->signer == SBK_KEY_CITY || state->signer == SBK_KEY_OFFICE_CA;
    struct sbk_office_info info;
    bool good = false;
    if (office && signer->info.kind != (state->signer == SBK_KEY_CITY ? SBK_OFFICE_CITY : SBK_OFFICE_CA)) {
        *finding = CEREMONY_OTHER;
        return SBK_OK;
    }
    if (office) {
        for (size_t i = 0; i < beside->office_ca_count && !good; i++) {
            good = sbk_x509_verify(beside->office_cas[i].data, beside->office_cas[i].size, signer->der,
                       signer->der_size, day, &info, NULL) == SBK_OK;
        }
        good = good || under_former(beside, signer, day);
        *finding = good ? CEREMONY_SAME : CEREMONY_OTHER;
        return SBK_OK;
    }
    if (sbk_x509_verify(signer->der, signer->der_size, signer->der, signer->der_size, day, &info, NULL) != SBK_OK) {
        *finding = CEREMONY_OTHER;
        return SBK_OK;
    }
    return compare_key(beside, state->signer, state->signer_generation, state->signer_fingerprint, finding, error);
}
