/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/courier.h"

#include "base/i18n.h"
#include "keys/cms.h"
#include "keys/crypto.h"
#include "reader/hotlist.h"
#include "reader/parcels.h"
#include "reader/station_trust.h"
#include "schema/basket.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

#define REFUSED_LOGGED_MAX 100

/* An opened courier. */
struct opened {
    struct sbk_buffer content;
    struct sbk_courier courier; /* lends from content */
    struct sbk_reader parcels;
    struct sbk_certificate signers[SBK_COURIER_SIGNERS_MAX];
};

static sbk_result not_valid(const char *why, struct sbk_error *error) {
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("the courier is not valid: %s"), why);
}

static sbk_result open_courier(
    struct sbk_station *station, const uint8_t *data, size_t size, struct opened *opened, struct sbk_error *error) {
    struct sbk_cms_expected expected = {.kind = SBK_BUNDLE_COURIER,
        .signer = SBK_OFFICE_CITY,
        .office_ca = {station->office_ca, station->office_ca_size},
        .day = sbk_station_today(station)};
    if (!station->has_leaf)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_CERTIFICATE,
            _("%s: the station has no certificate yet, so it trusts no courier; install the city's certificate first"),
            station->path);
    sbk_result result = sbk_cms_verify(data, size, &expected, &opened->content, NULL, error);
    if (result != SBK_OK)
        return result;
    enum sbk_format format =
        sbk_courier_parse(opened->content.data, opened->content.size, &opened->courier, &opened->parcels);
    return format == SBK_FORMAT_OK ? SBK_OK : not_valid(_(sbk_format_text(format)), error);
}

/* ---- the station's own ---- */

/* Whether the file holds a later certificate than the one in force: couriers come in any order. */
static bool is_later(const struct sbk_station *station, const struct sbk_bytes *file) {
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_cms_outline outline;
    struct sbk_station_certificate bundle;
    struct sbk_certificate leaf;
    bool later = false;
    if (sbk_cms_outline(file->data, file->size, &outline, &content, NULL) == SBK_OK &&
        sbk_station_certificate_parse(content.data, content.size, &bundle) == SBK_FORMAT_OK &&
        sbk_certificate_parse(bundle.leaf.data, bundle.leaf.size, &leaf) == SBK_FORMAT_OK)
        later = leaf.effective > station->certificate.effective ||
                (leaf.effective == station->certificate.effective && leaf.expiry > station->certificate.expiry);
    sbk_buffer_free(&content);
    return later;
}

static sbk_result take_certificate(
    struct sbk_station *station, struct opened *opened, struct sbk_courier_taken *taken, struct sbk_error *error) {
    struct sbk_reader parcels = opened->parcels;
    struct sbk_parcel parcel;
    struct sbk_installed installed;
    sbk_result result = SBK_OK;
    for (uint16_t i = 0; i < opened->courier.station_count && result == SBK_OK; i++) {
        if (sbk_courier_next(&parcels, &parcel) != SBK_FORMAT_OK)
            return not_valid(_("a station's certificate"), error);
        if (memcmp(parcel.terminal, station->terminal, SBK_TERMINAL_SIZE) != 0 || !is_later(station, &parcel.content))
            continue;
        result = sbk_station_install(station, parcel.content.data, parcel.content.size, &installed, error);
        taken->certificate = result == SBK_OK;
    }
    return result;
}

/* A list that is not newer than the one in force is no fault: the courier was late. */
static sbk_result take_list(struct sbk_station *station, const struct sbk_courier *courier,
    struct sbk_courier_taken *taken, struct sbk_error *error) {
    struct sbk_items_header header;
    struct sbk_error cause;
    if (courier->item_list.size == 0)
        return SBK_OK;
    sbk_result result =
        sbk_station_import_list(station, courier->item_list.data, courier->item_list.size, &header, &cause);
    taken->list = result == SBK_OK;
    if (result == SBK_REFUSED && strcmp(cause.reason, SBK_REASON_OLD_NUMBER) == 0)
        return SBK_OK;
    if (result != SBK_OK && error != NULL)
        *error = cause;
    return result;
}

static sbk_result join_hotlist(const struct sbk_courier *courier, struct sbk_buffer *file, struct sbk_error *error) {
    sbk_result result = sbk_buffer_reserve(file, courier->hotlist_count * SBK_HOTLIST_PIECE, error);
    for (size_t i = 0; i < courier->hotlist_count && result == SBK_OK; i++)
        result = sbk_buffer_append(file, courier->hotlist[i].data, courier->hotlist[i].size, error);
    return result;
}

/* Neither is a hotlist that is not newer, nor a change of another one than is here: the rest of the courier is good. */
static sbk_result take_hotlist(struct sbk_station *station, const struct sbk_courier *courier,
    struct sbk_courier_taken *taken, struct sbk_error *error) {
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_error cause;
    if (courier->hotlist_count == 0)
        return SBK_OK;
    sbk_result result = join_hotlist(courier, &file, &cause);
    if (result == SBK_OK)
        result = sbk_station_import_hotlist(station, file.data, file.size, &cause);
    sbk_buffer_free(&file);
    taken->hotlist = result == SBK_OK;
    taken->whole_wanted = result == SBK_REFUSED && strcmp(cause.reason, SBK_REASON_HOTLIST_BASE) == 0;
    if (taken->whole_wanted || (result == SBK_REFUSED && strcmp(cause.reason, SBK_REASON_OLD_NUMBER) == 0))
        return SBK_OK;
    if (result != SBK_OK && error != NULL)
        *error = cause;
    return result;
}

/* ---- records for cards ---- */

/* The CAs and signers, verified under the pinned root; they stay with the station. */
static sbk_result take_signers(struct sbk_station *station, struct opened *opened, struct sbk_error *error) {
    for (size_t i = 0; i < opened->courier.signer_count; i++) {
        const struct sbk_bytes *bytes = &opened->courier.signers[i];
        sbk_result result = sbk_trust_add_issuer(station->trust, bytes->data, bytes->size, error);
        if (result != SBK_OK)
            return sbk_fail_in(error, result, _("the courier's signers"));
        if (sbk_certificate_parse(bytes->data, bytes->size, &opened->signers[i]) != SBK_FORMAT_OK)
            return not_valid(_("a signer's certificate"), error);
    }
    return SBK_OK;
}

/* What a record is: its kind, the number that the card compares, the day it was made and the role of its signer. */
static bool describe(const struct sbk_bytes *record, struct sbk_waiting *waiting, uint16_t *day, uint8_t *role) {
    struct sbk_mandate mandate;
    struct sbk_notice notice;
    struct sbk_certificate certificate;
    *role = SBK_ROLE_GRANT_SIGNER;
    if (sbk_mandate_parse(record->data, record->size, &mandate) == SBK_FORMAT_OK) {
        waiting->kind = SBK_PARCEL_MANDATE;
        waiting->number = mandate.number;
        *day = mandate.issued;
    } else if (sbk_notice_parse(record->data, record->size, &notice) == SBK_FORMAT_OK) {
        waiting->kind = notice.kind == SBK_NOTICE_STOP ? SBK_PARCEL_STOP : SBK_PARCEL_PIN_RESET;
        waiting->number = notice.number;
        *day = notice.issued;
        *role = SBK_ROLE_LIST_SIGNER;
    } else if (sbk_certificate_parse(record->data, record->size, &certificate) == SBK_FORMAT_OK) {
        waiting->kind = SBK_PARCEL_CERTIFICATE;
        waiting->number = certificate.effective;
        *day = certificate.effective;
        *role = SBK_ROLE_CARD_CA;
    } else {
        return false;
    }
    return true;
}

/* The signer's certificate, which the card will ask for; its own first and last day hold for what it signed. */
static sbk_result find_signer(const struct opened *opened, const struct sbk_bytes *record, uint16_t day, uint8_t role,
    struct sbk_waiting *waiting, struct sbk_error *error) {
    struct sbk_certificate card;
    bool is_card =
        role == SBK_ROLE_CARD_CA && sbk_certificate_parse(record->data, record->size, &card) == SBK_FORMAT_OK;
    for (size_t i = 0; i < opened->courier.signer_count; i++) {
        const struct sbk_certificate *signer = &opened->signers[i];
        const struct sbk_bytes *bytes = &opened->courier.signers[i];
        if (signer->role != role || day < signer->effective || day > signer->expiry)
            continue;
        /* A certificate's place in the trust is judged as a whole. */
        if (is_card ? card.issuer_generation != signer->generation
                    : sbk_verify_record(signer->key, record->data, record->size, NULL) != SBK_OK)
            continue;
        memcpy(waiting->issuer, bytes->data, bytes->size);
        waiting->issuer_size = bytes->size;
        return SBK_OK;
    }
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE,
        _("a record in the courier is signed by none of the city's signers; tell the city"));
}

static sbk_result verify_parcel(struct sbk_station *station, const struct opened *opened,
    const struct sbk_parcel *parcel, struct sbk_waiting *waiting, struct sbk_error *error) {
    struct sbk_certificate parsed;
    uint16_t day = 0;
    uint8_t role = 0;
    memcpy(waiting->alias, parcel->alias, sizeof waiting->alias);
    waiting->issuer_size = 0;
    if (parcel->sealed) { /* what is in it shows at the tap */
        waiting->kind = SBK_PARCEL_IDENTITY;
        waiting->number = parcel->number;
        memcpy(waiting->record, parcel->content.data, parcel->content.size);
        waiting->size = parcel->content.size;
        return SBK_OK;
    }
    if (parcel->content.size > sizeof waiting->record || !describe(&parcel->content, waiting, &day, &role))
        return not_valid(_("a record for a card"), error);
    memcpy(waiting->record, parcel->content.data, parcel->content.size);
    waiting->size = parcel->content.size;
    sbk_result result = find_signer(opened, &parcel->content, day, role, waiting, error);
    if (result == SBK_OK && role == SBK_ROLE_CARD_CA)
        result = sbk_trust_verify(
            station->trust, waiting->record, waiting->size, SBK_ROLE_BIT(SBK_ROLE_CARD), day, &parsed, error);
    return result;
}

/* Inside a transaction. One record that does not hold keeps no other from its card; the log tells of the first ones. */
static sbk_result note_refused(struct sbk_station *station, const struct sbk_parcel *parcel, const char *reason,
    struct sbk_courier_taken *taken, struct sbk_error *error) {
    static const uint8_t zeros[4];
    const struct sbk_log_field fields[] = {
        {zeros, 4}, {parcel->alias, SBK_ALIAS_SIZE}, {zeros, 2}, {(const uint8_t *)reason, strlen(reason)}};
    return taken->refused++ < REFUSED_LOGGED_MAX ? sbk_log_append(station, SBK_LOG_REFUSED, fields, 4, NULL, error)
                                                 : SBK_OK;
}

static sbk_result keep_parcel(struct sbk_station *station, const struct opened *opened, const struct sbk_parcel *parcel,
    struct sbk_waiting *waiting, struct sbk_courier_taken *taken, struct sbk_error *error) {
    struct sbk_error cause;
    bool kept = false;
    sbk_result result = verify_parcel(station, opened, parcel, waiting, &cause);
    if (result == SBK_TAMPERED || result == SBK_REFUSED)
        return note_refused(station, parcel, cause.reason, taken, error);
    if (result != SBK_OK && error != NULL)
        *error = cause;
    if (result == SBK_OK)
        result = sbk_parcel_keep(station, waiting, &kept, error);
    taken->kept += kept;
    taken->old += !kept;
    return result;
}

/* What is sealed is one station's. */
static bool is_for(const struct sbk_station *station, const struct sbk_parcel *parcel) {
    return !parcel->sealed || memcmp(parcel->terminal, station->terminal, SBK_TERMINAL_SIZE) == 0;
}

static sbk_result keep_parcels(
    struct sbk_station *station, struct opened *opened, struct sbk_courier_taken *taken, struct sbk_error *error) {
    struct sbk_reader parcels = opened->parcels;
    struct sbk_parcel parcel;
    struct sbk_waiting *waiting = calloc(1, sizeof *waiting);
    sbk_result result =
        waiting != NULL ? SBK_OK : sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    while (result == SBK_OK && sbk_courier_next(&parcels, &parcel) == SBK_FORMAT_OK)
        if (!parcel.for_station && is_for(station, &parcel))
            result = keep_parcel(station, opened, &parcel, waiting, taken, error);
    free(waiting);
    return result;
}

static sbk_result note_courier(
    struct sbk_station *station, const struct sbk_courier *courier, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        "INSERT OR REPLACE INTO courier (number, made, taken) VALUES (?1, ?2, ?3)", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, courier->number);
    sbk_statement_bind_int(statement, 2, courier->made);
    sbk_statement_bind_int(statement, 3, sbk_station_time(station));
    return sbk_statement_run(&statement, error);
}

static sbk_result keep_all(
    struct sbk_station *station, struct opened *opened, struct sbk_courier_taken *taken, struct sbk_error *error) {
    sbk_result result = sbk_station_begin(station, error);
    if (result != SBK_OK)
        return result;
    for (size_t i = 0; i < opened->courier.signer_count && result == SBK_OK; i++)
        result = sbk_station_keep_issuer(station, &opened->courier.signers[i], error);
    if (result == SBK_OK)
        result = keep_parcels(station, opened, taken, error);
    if (result == SBK_OK)
        result = note_courier(station, &opened->courier, error);
    if (result == SBK_OK)
        return sbk_station_commit(station, error);
    sbk_station_rollback(station);
    return result;
}

sbk_result sbk_courier_take(struct sbk_station *station, const uint8_t *data, size_t size,
    struct sbk_courier_taken *taken, struct sbk_error *error) {
    struct opened *opened = calloc(1, sizeof *opened);
    struct sbk_error cause = {.reason = SBK_REASON_MEMORY};
    memset(taken, 0, sizeof *taken);
    if (opened == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    sbk_result result = open_courier(station, data, size, opened, &cause);
    taken->number = opened->courier.number;
    if (result == SBK_OK)
        result = take_certificate(station, opened, taken, &cause);
    if (result == SBK_OK)
        result = take_signers(station, opened, &cause);
    if (result == SBK_OK)
        result = take_hotlist(station, &opened->courier, taken, &cause);
    if (result == SBK_OK)
        result = take_list(station, &opened->courier, taken, &cause);
    if (result == SBK_OK)
        result = keep_all(station, opened, taken, &cause);
    if (result == SBK_REFUSED || result == SBK_TAMPERED)
        sbk_log_refusal(station, 0, NULL, 0, cause.reason);
    if (result != SBK_OK && error != NULL)
        *error = cause;
    sbk_buffer_free(&opened->content);
    free(opened);
    return result;
}
