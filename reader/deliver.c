/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/crypto.h"
#include "reader/operation.h"
#include "reader/parcels.h"
#include "reader/reason.h"

#include <openssl/crypto.h>
#include <string.h>

/* ---- what the card has already ---- */

/* The number of what it has of a kind, by its status. */
static uint32_t number_on_card(const struct sbk_session *session, uint8_t kind) {
    const struct sbk_status *status = &session->view.status;
    switch (kind) {
    case SBK_PARCEL_CERTIFICATE:
        return session->renewing ? 0 : session->view.certificate.effective;
    case SBK_PARCEL_MANDATE:
        return status->mandate;
    case SBK_PARCEL_STOP:
        return status->stopped_up_to;
    case SBK_PARCEL_PIN_RESET:
        return status->reset_epoch;
    default:
        return status->identity;
    }
}

static bool has_already(const struct sbk_session *session, const struct sbk_waiting *parcel) {
    return number_on_card(session, parcel->kind) >= parcel->number;
}

/* The signer's certificate is the one that this card can verify: roots may have followed since the courier came. */
static struct sbk_delivery delivery_of(const struct sbk_session *session, const struct sbk_waiting *parcel) {
    struct sbk_bytes issuer = {parcel->issuer, parcel->issuer_size};
    struct sbk_bytes found;
    struct sbk_certificate came;
    struct sbk_certificate known;
    if (sbk_certificate_parse(issuer.data, issuer.size, &came) == SBK_FORMAT_OK &&
        sbk_session_issuer(session, came.role, came.generation, &found) &&
        sbk_certificate_parse(found.data, found.size, &known) == SBK_FORMAT_OK &&
        memcmp(came.key, known.key, sizeof came.key) == 0)
        issuer = found;
    return (struct sbk_delivery){
        .issuer = issuer.data, .issuer_size = issuer.size, .record = parcel->record, .record_size = parcel->size};
}

/* ---- a mandate: an entry of the card's chain acknowledges it ---- */

static sbk_result send_mandate(const struct sbk_operation *operation, struct sbk_session *session, uint16_t *status,
    struct sbk_receipt *receipt, struct sbk_error *error) {
    const struct sbk_waiting *parcel = operation->argument;
    const struct sbk_delivery delivery = delivery_of(session, parcel);
    return sbk_entitlement_deliver_mandate(
        &session->channel, session->view.fci.alias, &operation->context, &delivery, status, receipt, error);
}

/* What the card says of itself, after it took a record: it must say so. */
static sbk_result see_taken(struct sbk_session *session, const struct sbk_waiting *parcel, struct sbk_error *error) {
    struct sbk_error cause;
    sbk_result result = sbk_session_refresh(session, &cause);
    if (result != SBK_OK) /* that READ STATUS was refused says nothing of the record */
        return sbk_fail(error, result == SBK_REFUSED ? SBK_ENVIRONMENT : result, cause.reason, "%s", cause.text);
    if (parcel->kind != SBK_PARCEL_CERTIFICATE && !has_already(session, parcel))
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_ANSWER,
            _("the card's answer is not valid (%s); clean the card and tap it again"), _("status"));
    return SBK_OK;
}

/* The mandate is the card's from here on. */
static sbk_result take_over(struct sbk_session *session, const struct sbk_waiting *parcel, struct sbk_error *error) {
    struct sbk_mandate mandate;
    sbk_result result = see_taken(session, parcel, error);
    if (result != SBK_OK)
        return result;
    if (sbk_mandate_parse(parcel->record, parcel->size, &mandate) != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_DATABASE, _("a record for a card is not valid"));
    session->view.mandate = mandate;
    session->mandate_distrusted = false;
    memcpy(session->known.mandate, parcel->record, parcel->size);
    session->known.mandate_size = parcel->size;
    session->changed = true;
    return sbk_session_remember(session, error);
}

static sbk_result deliver_mandate(
    struct sbk_session *session, const struct sbk_waiting *parcel, struct sbk_error *error) {
    struct sbk_operation operation = {.kind = SBK_OPERATION_MANDATE,
        .entry_kind = SBK_ENTRY_MANDATE,
        .becomes = parcel->number,
        .who = SBK_WHO_NONE,
        .content = parcel->record,
        .content_size = parcel->size,
        .send = send_mandate,
        .argument = parcel};
    sbk_result result = sbk_sha256(parcel->record, parcel->size, operation.digest, error);
    if (result == SBK_OK)
        result = sbk_sale_reserve(session->station, 0, SBK_OPERATION_MANDATE, "", &operation.transaction, error);
    if (result == SBK_OK)
        result = sbk_operation_begin(&operation, session, error);
    if (result == SBK_OK)
        result = sbk_operation_send(&operation, session, error);
    return result == SBK_OK ? take_over(session, parcel, error) : result;
}

/* ---- the rest: no entry, so the log says that it was delivered ---- */

static sbk_result log_delivered(
    struct sbk_session *session, const struct sbk_waiting *parcel, struct sbk_error *error) {
    uint8_t hash[SBK_HASH_SIZE];
    struct sbk_log_field fields[] = {{session->view.fci.alias, SBK_ALIAS_SIZE}, {parcel->record, parcel->size}};
    sbk_result result = SBK_OK;
    if (parcel->size != SBK_NOTICE_SIZE) { /* long, or with a name in it: the log takes the hash only */
        result = sbk_sha256(parcel->record, parcel->size, hash, error);
        fields[1] = (struct sbk_log_field){hash, sizeof hash};
    }
    return result == SBK_OK ? sbk_log_append(session->station, SBK_LOG_DELIVERED, fields, 2, NULL, error) : result;
}

static sbk_result deliver_record(
    struct sbk_session *session, const struct sbk_waiting *parcel, uint16_t *status, struct sbk_error *error) {
    const struct sbk_delivery delivery = delivery_of(session, parcel);
    sbk_result result = sbk_entitlement_deliver(&session->channel, &delivery, status, error);
    if (result != SBK_OK)
        return sbk_fail_in(error, result, _("giving the card what the city sent"));
    if (*status != SBK_SW_OK)
        return sbk_apdu_refused(error, *status, _("giving the card what the city sent"));
    if (parcel->kind == SBK_PARCEL_CERTIFICATE) {
        memcpy(session->known.certificate, parcel->record, parcel->size);
        session->known.certificate_size = parcel->size;
        session->renewing = false;
        session->changed = true;
    }
    result = see_taken(session, parcel, error);
    return result == SBK_OK ? sbk_session_remember(session, error) : result;
}

/* ---- one record ---- */

static sbk_result finish(struct sbk_session *session, const struct sbk_waiting *parcel, bool delivered,
    uint16_t refused, struct sbk_error *error) {
    struct sbk_station *station = session->station;
    sbk_result result = sbk_station_begin(station, error);
    if (result != SBK_OK)
        return result;
    if (delivered && parcel->kind != SBK_PARCEL_MANDATE)
        result = log_delivered(session, parcel, error);
    if (result == SBK_OK)
        result = sbk_parcel_done(station, parcel, refused, error);
    if (result == SBK_OK)
        result = sbk_station_commit(station, error);
    if (result != SBK_OK)
        sbk_station_rollback(station);
    return result;
}

/* What a key signed that the hotlist distrusts stays where it is. */
static bool is_distrusted(const struct sbk_session *session, const struct sbk_waiting *parcel) {
    struct sbk_certificate issuer;
    return sbk_certificate_parse(parcel->issuer, parcel->issuer_size, &issuer) != SBK_FORMAT_OK ||
           sbk_trust_check_issuer(session->station->trust, issuer.role, issuer.generation, NULL) != SBK_OK;
}

static sbk_result deliver_one(struct sbk_session *session, const struct sbk_waiting *parcel,
    struct sbk_delivered *delivered, bool *tell, struct sbk_error *error) {
    uint16_t status = 0;
    struct sbk_error cause = {.reason = SBK_REASON_CARD_STATUS};
    *tell = false;
    if (is_distrusted(session, parcel))
        return SBK_OK;
    /* "Delivered" is what the card shows: also what another station gave it, or this one before it died. */
    if (session->view.status.state == SBK_STATE_ENDED || has_already(session, parcel))
        return finish(session, parcel, number_on_card(session, parcel->kind) == parcel->number, 0, error);
    sbk_result result = parcel->kind == SBK_PARCEL_MANDATE ? deliver_mandate(session, parcel, &cause)
                                                           : deliver_record(session, parcel, &status, &cause);
    if (result != SBK_OK && result != SBK_REFUSED) {
        if (error != NULL)
            *error = cause;
        return result;
    }
    /* The station remembers an older certificate than the one that another station renewed. */
    if (status == SBK_SW_OLD_NUMBER)
        return finish(session, parcel, false, 0, error);
    *tell = true;
    delivered->kind = parcel->kind;
    delivered->number = parcel->number;
    delivered->refused = result == SBK_REFUSED;
    /* What the operation refused stands in the log already. */
    if (delivered->refused && parcel->kind != SBK_PARCEL_MANDATE)
        sbk_log_refusal(session->station, 0, session->view.fci.alias, status, cause.reason);
    return finish(session, parcel, !delivered->refused, delivered->refused ? (status != 0 ? status : 1) : 0, error);
}

/* A card that is not activated yet waits; one that has ended needs nothing more. */
static bool may_deliver(const struct sbk_session *session) {
    uint8_t role = session->station->certificate.role;
    uint8_t state = session->view.status.state;
    return (role == SBK_ROLE_STORE || role == SBK_ROLE_REGISTRAR) && state != SBK_STATE_BLANK &&
           state != SBK_STATE_CLOSED;
}

/* An envelope that does not open is refused like a record that the card refuses; *open: it did, or was none. */
static sbk_result unseal(struct sbk_session *session, struct sbk_waiting *parcel, bool *open, struct sbk_error *error) {
    struct sbk_error cause;
    *open = !sbk_parcel_is_sealed(parcel);
    if (*open || session->station->x509_key == NULL)
        return SBK_OK;
    sbk_result result = sbk_parcel_unseal(session->station, parcel, &cause);
    *open = result == SBK_OK;
    if (result == SBK_TAMPERED || result == SBK_REFUSED) {
        sbk_log_refusal(session->station, 0, session->view.fci.alias, 0, cause.reason);
        return finish(session, parcel, false, 1, error);
    }
    if (result != SBK_OK && error != NULL)
        *error = cause;
    return result;
}

sbk_result sbk_session_deliver(
    struct sbk_session *session, struct sbk_delivered *delivered, size_t *count, struct sbk_error *error) {
    struct sbk_waiting parcel;
    uint8_t after = 0;
    bool found = true;
    sbk_result result = SBK_OK;
    *count = 0;
    while (result == SBK_OK && found && may_deliver(session)) {
        bool tell = false;
        result = sbk_parcel_next(session->station, session->view.fci.alias, after, &parcel, &found, error);
        if (result != SBK_OK || !found)
            break;
        after = parcel.kind;
        bool open = false;
        result = unseal(session, &parcel, &open, error);
        if (result == SBK_OK && open)
            result = deliver_one(session, &parcel, &delivered[*count], &tell, error);
        *count += tell;
    }
    OPENSSL_cleanse(&parcel, sizeof parcel);
    return result;
}
