/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/session.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "reader/parcels.h"
#include "reader/receipt.h"
#include "reader/scp11.h"
#include "reader/session_private.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

static sbk_result agree(
    void *context, const uint8_t point[SBK_POINT_SIZE], uint8_t secret[32], struct sbk_error *error) {
    struct sbk_station *station = context;
    return sbk_key_agree(station->agreement, point, secret, error);
}

/* ---- the card's certificate ---- */

static sbk_result verify_certificate(
    struct sbk_session *session, const uint8_t *data, size_t size, struct sbk_error *error) {
    struct sbk_card_view *view = &session->view;
    sbk_result result = sbk_trust_verify(session->station->trust, data, size, SBK_ROLE_BIT(SBK_ROLE_CARD),
        sbk_station_today(session->station), &view->certificate, error);
    if (result != SBK_OK)
        return sbk_fail_in(error, result, _("the card's certificate"));
    if (memcmp(view->certificate.alias, view->fci.alias, SBK_ALIAS_SIZE) != 0)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_WRONG_CARD,
            _("the card shows another card's certificate: it is not genuine; keep it aside and tell the city"));
    return SBK_OK;
}

/* A card whose certificate does not count any more proves its key by the one that waits for it. */
static sbk_result find_renewal(struct sbk_session *session, bool *found, struct sbk_error *error) {
    struct sbk_waiting parcel;
    sbk_result result = sbk_parcel_next(session->station, session->view.fci.alias, 0, &parcel, found, error);
    *found =
        result == SBK_OK && *found && parcel.kind == SBK_PARCEL_CERTIFICATE && parcel.size <= sizeof session->renewal;
    if (!*found)
        return result;
    memcpy(session->renewal, parcel.record, parcel.size);
    session->renewing = true;
    return verify_certificate(session, session->renewal, parcel.size, error);
}

/* The card's own, if it counts. */
static sbk_result verify_or_renew(struct sbk_session *session, struct sbk_error *error) {
    struct sbk_error cause;
    bool found = false;
    sbk_result result =
        verify_certificate(session, session->known.certificate, session->known.certificate_size, &cause);
    if (result == SBK_REFUSED) {
        sbk_result renewed = find_renewal(session, &found, error);
        if (renewed != SBK_OK || found)
            return renewed;
    }
    if (result != SBK_OK && error != NULL)
        *error = cause;
    return result;
}

static sbk_result ask_certificate(struct sbk_session *session, struct sbk_error *error) {
    session->view.first = true;
    session->changed = true;
    session->known.certificate_size = sizeof session->known.certificate;
    sbk_result result = sbk_entitlement_certificate(
        session->transport, session->known.certificate, &session->known.certificate_size, error);
    return result == SBK_OK ? verify_or_renew(session, error) : result;
}

/* From the station's memory, or else from the card: what is remembered may have expired, and another station may have
 * given the card its next one. */
static sbk_result find_certificate(struct sbk_session *session, struct sbk_error *error) {
    sbk_result result = sbk_card_known(session->station, session->view.fci.alias, &session->known, error);
    if (result == SBK_OK && session->known.certificate_size > 0) {
        result = verify_certificate(session, session->known.certificate, session->known.certificate_size, error);
        if (result != SBK_REFUSED && result != SBK_TAMPERED)
            return result;
        result = SBK_OK;
    }
    return result == SBK_OK ? ask_certificate(session, error) : result;
}

/* The one that is about to be loaded. */
static sbk_result take_certificate(
    struct sbk_session *session, const uint8_t *certificate, size_t size, struct sbk_error *error) {
    sbk_result result = sbk_card_known(session->station, session->view.fci.alias, &session->known, error);
    if (result != SBK_OK)
        return result;
    if (size > sizeof session->known.certificate)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, _("the card's certificate is too long"));
    memcpy(session->known.certificate, certificate, size);
    session->known.certificate_size = size;
    session->changed = true;
    return verify_certificate(session, session->known.certificate, size, error);
}

/* ---- the channel ---- */

static sbk_result present(struct sbk_session *session, uint8_t kid, uint8_t kvn, bool more,
    const struct sbk_bytes *certificate, uint16_t *status, struct sbk_error *error) {
    return sbk_scp11_present(session->transport, kid, kvn, more, certificate->data, certificate->size, status, error);
}

/* Other stations brought the card to a root that is not known here. */
static bool is_ahead(const struct sbk_session *session) {
    const struct sbk_anchor *newest = sbk_trust_anchor(session->station->trust);
    return newest != NULL && session->view.fci.root_generation > newest->generation;
}

/* Shows the leaf alone where the card has our CA in its cache, else the CA's certificate first. */
static sbk_result present_chain(struct sbk_session *session, struct sbk_error *error) {
    const struct sbk_station *station = session->station;
    struct sbk_bytes leaf = {station->leaf, station->leaf_size};
    struct sbk_bytes ca;
    struct sbk_certificate parsed;
    uint16_t status = SBK_SW_REFERENCE;
    uint8_t generation = station->certificate.issuer_generation;
    sbk_result result = SBK_OK;
    if (session->view.fci.ca_generation == generation)
        result = present(session, SBK_KID_STATION_CA, generation, false, &leaf, &status, error);
    if (result != SBK_OK || status == SBK_SW_OK)
        return result;
    /* Not in the cache, or the cache does not count any more (a root link, an expiry): the whole chain decides. */
    if (!sbk_session_issuer(session, SBK_ROLE_STATION_CA, generation, &ca) ||
        sbk_certificate_parse(ca.data, ca.size, &parsed) != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_CERTIFICATE,
            _("%s: the station CA's certificate for this card's root (%u) is missing; install the city's newest file"),
            station->path, session->view.fci.root_generation);
    result = present(session, SBK_KID_ROOT, parsed.issuer_generation, true, &ca, &status, error);
    if (result == SBK_OK && status == SBK_SW_OK)
        result = present(session, SBK_KID_ROOT, parsed.issuer_generation, false, &leaf, &status, error);
    if (result == SBK_OK && status == SBK_SW_REFERENCE && is_ahead(session))
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_STATION_BEHIND,
            _("the card follows root %u and this station only root %u: this station needs the newest courier, or its "
              "newest certificate"),
            session->view.fci.root_generation, sbk_trust_anchor(station->trust)->generation);
    if (result == SBK_OK && status != SBK_SW_OK)
        result = sbk_apdu_refused(error, status, _("showing the station's certificate"));
    return result;
}

static sbk_result open_channel(struct sbk_session *session, struct sbk_error *error) {
    struct sbk_scp11_terminal terminal = {.agree = agree, .context = session->station};
    sbk_result result = present_chain(session, error);
    if (result == SBK_OK)
        result = sbk_scp11_authenticate(session->transport, SBK_KVN_CARD, &terminal, session->view.certificate.key,
            SBK_SCP11_USAGE_FULL, &session->channel, error);
    return result;
}

/* ---- status and mandate ---- */

sbk_result sbk_session_refresh(struct sbk_session *session, struct sbk_error *error) {
    struct sbk_status status;
    sbk_result result = sbk_entitlement_status(&session->channel, &status, error);
    if (result == SBK_OK)
        session->view.status = status;
    return result;
}

static sbk_result mandate_is_kept(const struct sbk_session *session, bool *kept, struct sbk_error *error) {
    uint8_t hash[SBK_HASH_SIZE];
    *kept = false;
    if (session->known.mandate_size == 0)
        return SBK_OK;
    sbk_result result = sbk_sha256(session->known.mandate, session->known.mandate_size, hash, error);
    if (result == SBK_OK)
        *kept = memcmp(hash, session->view.status.mandate_hash, SBK_MANDATE_HASH_SIZE) == 0;
    return result;
}

static sbk_result verify_mandate(struct sbk_session *session, struct sbk_error *error) {
    struct sbk_mandate *mandate = &session->view.mandate;
    bool kept = false;
    if (sbk_mandate_parse(session->known.mandate, session->known.mandate_size, mandate) != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE,
            _("the card's mandate is not valid; keep the card aside and tell the city"));
    struct sbk_error cause;
    sbk_result result = sbk_trust_verify_record(
        session->station->trust, session->known.mandate, session->known.mandate_size, mandate->issued, &cause);
    /* The card is not served, but may get the one that the city signed anew. */
    session->mandate_distrusted = result == SBK_REFUSED && strcmp(cause.reason, SBK_REASON_DISTRUSTED) == 0;
    if (result != SBK_OK && !session->mandate_distrusted) {
        if (error != NULL)
            *error = cause;
        return sbk_fail_in(error, result, _("the card's mandate"));
    }
    result = mandate_is_kept(session, &kept, error);
    if (result != SBK_OK)
        return result;
    if (!kept || mandate->number != session->view.status.mandate ||
        memcmp(mandate->alias, session->view.fci.alias, SBK_ALIAS_SIZE) != 0)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_WRONG_CARD,
            _("the mandate is not this card's; keep the card aside and tell the city"));
    return SBK_OK;
}

static sbk_result find_mandate(struct sbk_session *session, struct sbk_error *error) {
    bool kept = false;
    sbk_result result = mandate_is_kept(session, &kept, error);
    if (result != SBK_OK)
        return result;
    if (!kept) {
        session->changed = true;
        session->known.mandate_size = sizeof session->known.mandate;
        result = sbk_entitlement_record(
            &session->channel, SBK_TAG_MANDATE, session->known.mandate, &session->known.mandate_size, error);
    }
    return result == SBK_OK ? verify_mandate(session, error) : result;
}

/* A counter below what the log holds is a card that was put back. */
static sbk_result check_counter(const struct sbk_session *session, struct sbk_error *error) {
    const struct sbk_status *status = &session->view.status;
    if (session->known.has_entry && (!(status->flags & SBK_STATUS_ENTRIES) || status->counter < session->known.counter))
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CHAIN,
            _("the card stands before a receipt that it gave earlier: it was copied or put back; keep it aside and "
              "tell "
              "the city"));
    return SBK_OK;
}

/* ---- opening ---- */

static sbk_result open_on(
    struct sbk_session *session, const uint8_t *certificate, size_t size, struct sbk_error *error) {
    if (session->station->agreement == NULL)
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_PASSPHRASE, _("%s: the station's keys are closed"), session->station->path);
    sbk_result result = sbk_station_check(session->station, SBK_ROLES_TERMINAL, error);
    if (result == SBK_OK)
        result = sbk_entitlement_select(session->transport, &session->view.fci, error);
    session->selected = result == SBK_OK;
    if (result == SBK_OK)
        result = sbk_session_bring_forward(session, error);
    if (result == SBK_OK)
        result = certificate == NULL ? find_certificate(session, error)
                                     : take_certificate(session, certificate, size, error);
    if (result == SBK_OK)
        result = open_channel(session, error);
    if (result == SBK_OK)
        result = sbk_session_refresh(session, error);
    if (result == SBK_OK)
        result = find_mandate(session, error);
    return result == SBK_OK ? check_counter(session, error) : result;
}

static sbk_result open_session(struct sbk_session **session, struct sbk_station *station,
    struct sbk_transport *transport, const uint8_t *certificate, size_t size, struct sbk_error *error) {
    struct sbk_session *made = calloc(1, sizeof *made);
    struct sbk_error reason = {.reason = SBK_REASON_MEMORY};
    if (made == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    made->station = station;
    made->transport = transport;
    made->channel.transport = transport;
    sbk_result result = open_on(made, certificate, size, &reason);
    if (result == SBK_OK) {
        *session = made;
        return SBK_OK;
    }
    /* What a family is sent away for stands in the log; a card that was not there or moved does not. */
    if (result == SBK_REFUSED || result == SBK_TAMPERED)
        sbk_log_refusal(station, 0, made->selected ? made->view.fci.alias : NULL, 0, reason.reason);
    if (error != NULL)
        *error = reason;
    sbk_session_close(&made);
    return result;
}

sbk_result sbk_session_open(struct sbk_session **session, struct sbk_station *station, struct sbk_transport *transport,
    struct sbk_error *error) {
    return open_session(session, station, transport, NULL, 0, error);
}

sbk_result sbk_session_open_with(struct sbk_session **session, struct sbk_station *station,
    struct sbk_transport *transport, const uint8_t *certificate, size_t size, struct sbk_error *error) {
    return open_session(session, station, transport, certificate, size, error);
}

void sbk_session_close(struct sbk_session **session) {
    if (*session == NULL)
        return;
    sbk_channel_close(&(*session)->channel);
    free(*session);
    *session = NULL;
}

const struct sbk_card_view *sbk_session_card(const struct sbk_session *session) {
    return &session->view;
}

sbk_result sbk_session_may_serve(const struct sbk_session *session, struct sbk_error *error) {
    sbk_result result =
        sbk_hotlist_check(session->station, session->view.fci.alias, session->view.status.mandate, error);
    if (result == SBK_OK && session->mandate_distrusted)
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_DISTRUSTED,
            _("the city distrusts the key that signed this card's mandate; a courier brings the card a new one"));
    return result;
}

/* ---- what the station keeps ---- */

void sbk_session_took(struct sbk_session *session, const struct sbk_receipt *receipt) {
    struct sbk_known_card *known = &session->known;
    if (known->has_entry && receipt->entry.counter <= known->counter)
        return;
    known->has_entry = true;
    known->counter = receipt->entry.counter;
    memcpy(known->entry_hash, receipt->hash, sizeof known->entry_hash);
    session->changed = true;
}

sbk_result sbk_session_keep(struct sbk_session *session, struct sbk_error *error) {
    if (!session->changed)
        return SBK_OK;
    return sbk_card_keep(session->station, session->view.fci.alias, &session->known, error);
}

sbk_result sbk_session_remember(struct sbk_session *session, struct sbk_error *error) {
    if (!session->changed)
        return SBK_OK;
    sbk_result result = sbk_station_begin(session->station, error);
    if (result != SBK_OK)
        return result;
    result = sbk_session_keep(session, error);
    if (result == SBK_OK)
        result = sbk_station_commit(session->station, error);
    if (result != SBK_OK)
        sbk_station_rollback(session->station);
    else
        session->changed = false;
    return result;
}

/* A receipt that forks from the log's is signed by the card: settlement wants to see it. */
static void keep_evidence(const struct sbk_session *session, const struct sbk_receipt *receipt) {
    struct sbk_error ignored;
    if (sbk_station_begin(session->station, &ignored) != SBK_OK)
        return;
    if (sbk_log_append_receipt(session->station, SBK_LOG_CARRIED, receipt, session->view.certificate.signing_key, NULL,
            &ignored) != SBK_OK ||
        sbk_station_commit(session->station, &ignored) != SBK_OK)
        sbk_station_rollback(session->station);
}

static sbk_result check_neighbours(
    const struct sbk_session *session, const struct sbk_receipt *receipt, struct sbk_error *error) {
    const struct sbk_known_card *known = &session->known;
    bool broken = false;
    if (known->has_entry && receipt->entry.counter == known->counter)
        broken = memcmp(receipt->hash, known->entry_hash, SBK_HASH_SIZE) != 0;
    if (known->has_entry && receipt->entry.counter == known->counter + 1)
        broken = memcmp(receipt->entry.previous, known->entry_hash, SBK_HASH_SIZE) != 0;
    if (!broken)
        return SBK_OK;
    keep_evidence(session, receipt);
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CHAIN,
        _("the card's receipt %u does not follow the one in this log: there are two cards of this alias; keep it aside "
          "and tell the city"),
        (unsigned)receipt->entry.counter);
}

sbk_result sbk_session_receipt(
    struct sbk_session *session, uint32_t counter, struct sbk_receipt *receipt, bool *found, struct sbk_error *error) {
    sbk_result result =
        sbk_entitlement_receipt(&session->channel, session->view.fci.alias, counter, receipt, found, error);
    if (result != SBK_OK || !*found)
        return result;
    result = sbk_receipt_verify(receipt, session->view.certificate.signing_key, error);
    if (result == SBK_OK)
        result = sbk_log_meet(session->station, receipt, error);
    return result == SBK_OK ? check_neighbours(session, receipt, error) : result;
}
