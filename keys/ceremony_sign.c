/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ceremony_sign.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "keys/city.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <stdio.h>
#include <string.h>

sbk_result ceremony_end(struct ceremony_file *file, uint32_t time, struct sbk_key *key, struct sbk_error *error) {
    const struct sbk_key_info *info = sbk_key_info(key);
    uint8_t hash[SBK_HASH_SIZE];
    char digits[SBK_HEX_ROOM(SBK_HASH_SIZE)];
    char rest[64 + sizeof digits];
    const sbk_result result = sbk_point_hash(info->public_part, hash, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_hex_encode(hash, sizeof hash, digits);
    (void)snprintf(rest, sizeof rest, "end %zu %s %u %s", file->plan->step_count, sbk_key_role_word(info->role),
        info->generation, digits);
    return ceremony_file_add(file, time, rest, error);
}

/* The certificate that goes with the signature: the store's for the city and its office CA; other keys vouch for
 * themselves, and whoever verifies compares the key. */
static sbk_result certificate_of(const struct ceremony_file *file, const struct sbk_store *store, struct sbk_key *key,
    struct sbk_buffer *der, struct sbk_error *error) {
    const struct sbk_key_info *info = sbk_key_info(key);
    const uint16_t day = sbk_date_of_time(file->state.time);
    struct sbk_city city;
    char name[40];
    if (info->role != SBK_KEY_CITY && info->role != SBK_KEY_OFFICE_CA) {
        (void)snprintf(name, sizeof name, "%s %u", sbk_key_role_word(info->role), info->generation);
        return sbk_x509_self(key, SBK_OFFICE_CITY, name, day, day, der, error);
    }
    sbk_result result = sbk_city_load(store, day, &city, error);
    if (result == SBK_OK) {
        const struct sbk_buffer *own = info->role == SBK_KEY_CITY ? &city.city : &city.office_ca;
        result = sbk_buffer_append(der, own->data, own->size, error);
        sbk_city_free(&city);
    }
    return result;
}

sbk_result ceremony_sign(struct ceremony_file *file, const struct sbk_store *store, struct sbk_key *key,
    struct sbk_buffer *out, struct sbk_error *error) {
    const struct ceremony_text plan = {(const char *)file->plan->text.data, file->plan->text.size};
    const struct ceremony_text record = {(const char *)file->text.data, file->text.size};
    uint8_t hash[SBK_HASH_SIZE];
    struct sbk_office_info info;
    struct sbk_buffer der = SBK_BUFFER_EMPTY;
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    sbk_result result = sbk_point_hash(sbk_key_info(key)->public_part, hash, error);
    if (result == SBK_OK) {
        result = certificate_of(file, store, key, &der, error);
    }
    if (result == SBK_OK) {
        result = sbk_x509_info(der.data, der.size, &info, error);
    }
    if (result == SBK_OK && (memcmp(hash, file->state.signer_fingerprint, sizeof hash) != 0 ||
                                memcmp(info.key, sbk_key_info(key)->public_part, sizeof info.key) != 0)) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND, _("%s: the record names another key to sign it"),
            sbk_key_role_word(sbk_key_info(key)->role));
    }
    if (result == SBK_OK) {
        result = ceremony_transcript_write(plan, record, &content, error);
    }
    if (result == SBK_OK) {
        result = sbk_cms_sign(
            key, der.data, der.size, SBK_BUNDLE_TRANSCRIPT, content.data, content.size, file->state.time, out, error);
    }
    sbk_buffer_free(&content);
    sbk_buffer_free(&der);
    return result;
}

static sbk_result take_apart(struct ceremony_transcript *transcript, struct sbk_error *error) {
    const struct ceremony_text content = {(const char *)transcript->content.data, transcript->content.size};
    struct ceremony_text plan;
    uint8_t hash[SBK_HASH_SIZE];
    if (!ceremony_transcript_parse(content, &plan, &transcript->record)) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, "%s", _("not the transcript of a ceremony"));
    }
    sbk_result result = ceremony_plan_read(plan.data, plan.size, &transcript->plan, error);
    if (result == SBK_OK) {
        result = ceremony_record_read(transcript->plan, transcript->record, &transcript->state, NULL, NULL, error);
    }
    if (result == SBK_OK && !transcript->state.ended) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_CHAIN, _("the record ends after step %zu of %zu"),
            transcript->state.steps, transcript->plan->step_count);
    }
    if (result == SBK_OK) {
        result = sbk_point_hash(transcript->signer.info.key, hash, error);
    }
    if (result == SBK_OK && memcmp(hash, transcript->state.signer_fingerprint, sizeof hash) != 0) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE, "%s",
            _("signed by another key than the one that its last line names"));
    }
    return result;
}

sbk_result ceremony_transcript_open(
    const uint8_t *data, size_t size, struct ceremony_transcript *transcript, struct sbk_error *error) {
    memset(transcript, 0, sizeof *transcript);
    sbk_result result =
        sbk_cms_verify_signature(data, size, SBK_BUNDLE_TRANSCRIPT, &transcript->content, &transcript->signer, error);
    if (result == SBK_OK) {
        result = take_apart(transcript, error);
    }
    if (result != SBK_OK) {
        ceremony_transcript_free(transcript);
    }
    return result;
}

void ceremony_transcript_free(struct ceremony_transcript *transcript) {
    ceremony_plan_free(&transcript->plan);
    sbk_buffer_free(&transcript->content);
}
