/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/courier.h"

#include "base/i18n.h"
#include "keys/cms.h"
#include "keys/install.h"
#include "reader/hotlist.h"
#include "reader/parcels.h"
#include "reader/roots.h"
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
    struct sbk_roots roots; /* that it leads to */
};

static sbk_result not_valid(const char *why, struct sbk_error *error) {
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("the courier is not valid: %s"), why);
}

/* It is opened under the root that it carries: the station's, one that its links lead to, or an earlier one that still
 * counts. */
static sbk_result open_courier(
    struct sbk_station *station, const uint8_t *data, size_t size, struct opened *opened, struct sbk_error *error) {
    const struct sbk_courier *courier = &opened->courier;
    struct sbk_cms_outline outline;
    if (!station->has_leaf)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_CERTIFICATE,
            _("%s: the station has no certificate yet, so it trusts no courier; install the city's certificate first"),
            station->path);
    sbk_result result = sbk_cms_outline(data, size, &outline, &opened->content, error);
    if (result != SBK_OK)
        return result;
    if (outline.kind != SBK_BUNDLE_COURIER)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT, _("the file is no courier but another kind of file"));
    enum sbk_format format =
        sbk_courier_parse(opened->content.data, opened->content.size, &opened->courier, &opened->parcels);
    if (format != SBK_FORMAT_OK)
        return not_valid(_(sbk_format_text(format)), error);
    const struct sbk_carried carried = {SBK_BUNDLE_COURIER, &courier->anchor, &courier->binding, &courier->office_ca,
        courier->links, courier->link_count};
    return sbk_carried_open(
        &carried, data, size, station->trust, sbk_station_today(station), &opened->roots, NULL, error);
}

/* ---- the city's roots, CAs and signers ---- */

static sbk_result keep_signers(
    struct sbk_station *station, const struct sbk_courier *courier, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < courier->signer_count && result == SBK_OK; i++) {
        const struct sbk_bytes *bytes = &courier->signers[i];
        result = sbk_trust_take_issuer(station->trust, bytes->data, bytes->size, sbk_station_today(station), error);
        if (result != SBK_OK)
            return sbk_fail_in(error, result, _("the courier's signers"));
        result = sbk_station_keep_issuer(station, bytes, error);
    }
    return result;
}

/* The trust is built from what stands in the database, so that the signers are verified under the roots just kept. */
static sbk_result keep_trust(struct sbk_station *station, const struct opened *opened, struct sbk_error *error) {
    const struct sbk_courier *courier = &opened->courier;
    bool differ = sbk_station_roots_differ(station, &opened->roots);
    sbk_result result = sbk_station_keep_roots(station, &opened->roots, courier->links, courier->link_count, error);
    if (result == SBK_OK)
        result = sbk_station_keep_office(station, &courier->binding, &courier->office_ca, error);
    if (result == SBK_OK && differ)
        result = sbk_station_load_trust(station, error);
    if (result == SBK_OK)
        result = keep_signers(station, courier, error);
    return result == SBK_OK && differ ? sbk_station_reinstall(station, &courier->office_ca, error) : result;
}

/* All or nothing: roots, links, office CA, CAs and signers. */
static sbk_result take_trust(struct sbk_station *station, const struct opened *opened, struct sbk_courier_taken *taken,
    struct sbk_error *error) {
    uint8_t before = sbk_trust_anchor(station->trust)->generation;
    sbk_result result = sbk_station_begin(station, error);
    if (result != SBK_OK)
        return result;
    result = keep_trust(station, opened, error);
    if (result == SBK_OK)
        result = sbk_station_commit(station, error);
    if (result != SBK_OK) {
        sbk_station_rollback(station);
        if (sbk_station_load_trust(station, NULL) != SBK_OK) /* back to what is kept */
            station->has_leaf = false;
        return result;
    }
    uint8_t after = sbk_trust_anchor(station->trust)->generation;
    taken->root = after > before ? after : 0;
    return sbk_station_load_trust(station, error);
}

/* ---- the station's own ---- */

/* The certificate in use was cut off with its root or has expired: any other is better. */
static bool is_lost(const struct sbk_station *station) {
    struct sbk_certificate parsed;
    return sbk_trust_verify(station->trust, station->leaf, station->leaf_size, SBK_ROLES_TERMINAL,
               sbk_station_today(station), &parsed, NULL) != SBK_OK;
}

static bool is_later(const struct sbk_station *station, const struct sbk_certificate *leaf) {
    return leaf->effective > station->certificate.effective ||
           (leaf->effective == station->certificate.effective && leaf->expiry > station->certificate.expiry);
}

/* Whether a certificate is for the keys that wait for one. */
static bool is_for_next(const struct sbk_station *station, const struct sbk_certificate *leaf) {
    struct sbk_store *store = NULL;
    struct sbk_key_info info;
    bool next = sbk_station_store(station, &store, NULL) == SBK_OK &&
                sbk_store_info(store, SBK_KEY_AGREEMENT, (uint8_t)(station->generation + 1), &info, NULL) == SBK_OK &&
                memcmp(info.public_part, leaf->key, SBK_POINT_SIZE) == 0;
    sbk_store_close(&store);
    return next;
}

/* Whether the file holds a later certificate than the one in force, or one for the next keys. Couriers come in any order:
 * one for keys that were the station's before is late. */
static bool is_wanted(const struct sbk_station *station, const struct sbk_bytes *file) {
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_cms_outline outline;
    struct sbk_station_certificate bundle;
    struct sbk_certificate leaf;
    bool wanted = false;
    if (sbk_cms_outline(file->data, file->size, &outline, &content, NULL) == SBK_OK &&
        sbk_station_certificate_parse(content.data, content.size, &bundle) == SBK_FORMAT_OK &&
        sbk_certificate_parse(bundle.leaf.data, bundle.leaf.size, &leaf) == SBK_FORMAT_OK)
        wanted = memcmp(leaf.key, station->certificate.key, SBK_POINT_SIZE) == 0
                     ? is_later(station, &leaf) ||
                           (is_lost(station) && (bundle.leaf.size != station->leaf_size ||
                                                    memcmp(bundle.leaf.data, station->leaf, station->leaf_size) != 0))
                     : is_for_next(station, &leaf);
    sbk_buffer_free(&content);
    return wanted;
}

/* The certificate is for the next keys, and the present ones are closed: nothing to hold against it. */
static bool wants_keys(const struct sbk_error *cause) {
    return cause->reason != NULL && strcmp(cause->reason, SBK_REASON_PASSPHRASE) == 0;
}

static sbk_result take_certificate(
    struct sbk_station *station, struct opened *opened, struct sbk_courier_taken *taken, struct sbk_error *error) {
    struct sbk_reader parcels = opened->parcels;
    struct sbk_parcel parcel;
    struct sbk_installed installed;
    struct sbk_error cause;
    sbk_result result = SBK_OK;
    for (uint16_t i = 0; i < opened->courier.station_count && result == SBK_OK; i++) {
        if (sbk_courier_next(&parcels, &parcel) != SBK_FORMAT_OK)
            return not_valid(_("a station's certificate"), error);
        if (memcmp(parcel.terminal, station->terminal, SBK_TERMINAL_SIZE) != 0 || !is_wanted(station, &parcel.content))
            continue;
        result = sbk_station_install(station, parcel.content.data, parcel.content.size, &installed, &cause);
        taken->certificate = result == SBK_OK;
        taken->other_keys = taken->other_keys || (result == SBK_OK && installed.other_keys);
        if ((result == SBK_REFUSED && !wants_keys(&cause)) || result == SBK_TAMPERED) {
            taken->not_installed = cause; /* of no other part of the courier */
            result = SBK_OK;
        }
    }
    return result == SBK_OK ? SBK_OK : sbk_fail(error, result, cause.reason, "%s", cause.text);
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

/* The certificate of the one who signed, which the card will ask for: in force on the day of the record. */
static sbk_result find_signer(struct sbk_station *station, const struct sbk_bytes *record, uint16_t day, uint8_t role,
    struct sbk_bytes *issuer, struct sbk_error *error) {
    struct sbk_certificate card;
    struct sbk_error cause;
    sbk_result result = SBK_OK;
    if (role == SBK_ROLE_CARD_CA) {
        result = sbk_trust_verify(
            station->trust, record->data, record->size, SBK_ROLE_BIT(SBK_ROLE_CARD), day, &card, &cause);
        if (result == SBK_OK && !sbk_trust_find(station->trust, role, card.issuer_generation, issuer))
            result = SBK_TAMPERED;
    } else {
        result = sbk_trust_find_signer(station->trust, record->data, record->size, day, issuer, &cause);
    }
    if (result == SBK_OK)
        return SBK_OK;
    if (result == SBK_ENVIRONMENT)
        return sbk_fail(error, result, cause.reason, "%s", cause.text);
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE,
        _("a record in the courier is signed by none of the city's signers; tell the city"));
}

static sbk_result verify_parcel(struct sbk_station *station, const struct sbk_parcel *parcel,
    struct sbk_waiting *waiting, struct sbk_error *error) {
    struct sbk_bytes issuer;
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
    sbk_result result = find_signer(station, &parcel->content, day, role, &issuer, error);
    if (result == SBK_OK) {
        memcpy(waiting->issuer, issuer.data, issuer.size);
        waiting->issuer_size = issuer.size;
    }
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

static sbk_result keep_parcel(struct sbk_station *station, const struct sbk_parcel *parcel, struct sbk_waiting *waiting,
    struct sbk_courier_taken *taken, struct sbk_error *error) {
    struct sbk_error cause;
    bool kept = false;
    sbk_result result = verify_parcel(station, parcel, waiting, &cause);
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
            result = keep_parcel(station, &parcel, waiting, taken, error);
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
        result = take_trust(station, opened, taken, &cause);
    if (result == SBK_OK)
        result = take_certificate(station, opened, taken, &cause);
    if (result == SBK_OK)
        result = take_hotlist(station, &opened->courier, taken, &cause);
    if (result == SBK_OK)
        result = take_list(station, &opened->courier, taken, &cause);
    if (result == SBK_OK)
        result = keep_all(station, opened, taken, &cause);
    if ((result == SBK_REFUSED || result == SBK_TAMPERED) && !wants_keys(&cause))
        sbk_log_refusal(station, 0, NULL, 0, cause.reason);
    if (result != SBK_OK && error != NULL)
        *error = cause;
    sbk_buffer_free(&opened->content);
    free(opened);
    return result;
}
