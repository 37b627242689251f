/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/activate.h"

#include "base/i18n.h"
#include "base/secret.h"
#include "keys/crypto.h"
#include "reader/operation.h"
#include "reader/reason.h"
#include "reader/roots.h"

#include <string.h>

/* ---- the file of certificates ---- */

/* Today, by the root that the file's own certificate names or by one that certified the same key anew. */
static sbk_result check_card_ca(
    const struct sbk_station *station, const struct sbk_bytes *bytes, struct sbk_error *error) {
    struct sbk_certificate ca;
    struct sbk_certificate anew;
    struct sbk_bytes found;
    const uint64_t role = SBK_ROLE_BIT(SBK_ROLE_CARD_CA);
    const uint16_t today = sbk_station_today(station);
    sbk_result result = sbk_trust_verify(station->trust, bytes->data, bytes->size, role, today, &ca, error);
    if (result != SBK_REFUSED || sbk_certificate_parse(bytes->data, bytes->size, &ca) != SBK_FORMAT_OK ||
        !sbk_trust_find(station->trust, SBK_ROLE_CARD_CA, ca.generation, &found) ||
        sbk_trust_verify(station->trust, found.data, found.size, role, today, &anew, NULL) != SBK_OK)
        return result;
    return memcmp(anew.key, ca.key, sizeof ca.key) == 0 ? SBK_OK : result;
}

sbk_result sbk_certificates_open(struct sbk_station *station, const uint8_t *data, size_t size,
    struct sbk_buffer *content, struct sbk_error *error) {
    struct sbk_card_certificates head;
    struct sbk_reader cards;
    sbk_result result = sbk_station_check(station, SBK_ROLES_TERMINAL, error);
    if (result == SBK_OK)
        result = sbk_station_verify_file(station, data, size, SBK_BUNDLE_CARD_CERTIFICATES, content, error);
    if (result != SBK_OK)
        return result;
    enum sbk_format format = sbk_card_certificates_parse(content->data, content->size, &head, &cards);
    if (format != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("the card certificates are not valid: %s"),
            _(sbk_format_text(format)));
    return check_card_ca(station, &head.card_ca, error);
}

sbk_result sbk_certificates_find(const struct sbk_buffer *content, const uint8_t alias[SBK_ALIAS_SIZE],
    const uint8_t **certificate, size_t *size, struct sbk_error *error) {
    struct sbk_card_certificates head;
    struct sbk_reader cards;
    struct sbk_bytes bytes;
    struct sbk_certificate parsed;
    if (sbk_card_certificates_parse(content->data, content->size, &head, &cards) == SBK_FORMAT_OK)
        while (sbk_card_certificates_next(&cards, &bytes) == SBK_FORMAT_OK)
            if (sbk_certificate_parse(bytes.data, bytes.size, &parsed) == SBK_FORMAT_OK &&
                memcmp(parsed.alias, alias, SBK_ALIAS_SIZE) == 0) {
                *certificate = bytes.data;
                *size = bytes.size;
                return SBK_OK;
            }
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_CARD_WITHOUT_CERTIFICATE,
        _("the file has no certificate for this card; ask the city whether its batch was certified"));
}

/* ---- activation ---- */

struct loading {
    const struct sbk_activation *activation;
    struct sbk_bytes card_ca;
    struct sbk_bytes certificate;
};

static sbk_result send_activate(const struct sbk_operation *operation, struct sbk_session *session, uint16_t *status,
    struct sbk_receipt *receipt, struct sbk_error *error) {
    const struct loading *loading = operation->argument;
    struct sbk_activate_request request = {.context = operation->context,
        .card_ca = loading->card_ca.data,
        .card_ca_size = loading->card_ca.size,
        .certificate = loading->certificate.data,
        .certificate_size = loading->certificate.size};
    if (loading->activation->holder != NULL)
        request.holder = *loading->activation->holder;
    if (loading->activation->alternate != NULL)
        request.alternate = *loading->activation->alternate;
    sbk_result result =
        sbk_entitlement_activate(&session->channel, session->view.fci.alias, &request, status, receipt, error);
    sbk_cleanse(&request, sizeof request);
    return result;
}

static sbk_result run(struct sbk_session *session, const struct loading *loading, uint32_t transaction,
    struct sbk_receipt *receipt, struct sbk_error *error) {
    struct sbk_operation operation = {.kind = SBK_OPERATION_ACTIVATE,
        .entry_kind = SBK_ENTRY_ACTIVATION,
        .transaction = transaction,
        .who = SBK_WHO_NONE,
        .content = loading->certificate.data,
        .content_size = loading->certificate.size,
        .send = send_activate,
        .argument = loading};
    sbk_result result = sbk_sha256(loading->certificate.data, loading->certificate.size, operation.digest, error);
    if (result == SBK_OK)
        result = sbk_operation_begin(&operation, session, error);
    if (result == SBK_OK)
        result = sbk_operation_send(&operation, session, error);
    if (result == SBK_OK)
        *receipt = operation.receipt;
    return result;
}

/* An activation of ours whose answer was lost: the card has it, and gives its entry. */
static sbk_result settle_earlier(
    struct sbk_session *session, struct sbk_activation *activation, struct sbk_error *error) {
    struct sbk_settled settled[SBK_SETTLED_MAX];
    size_t count = 0;
    sbk_result result = sbk_session_settle(session, settled, &count, error);
    for (size_t i = 0; i < count && result == SBK_OK; i++) {
        struct sbk_sale_row row;
        bool found = false;
        if (settled[i].operation != SBK_OPERATION_ACTIVATE || settled[i].outcome != SBK_SALE_SETTLED)
            continue;
        result = sbk_sale_look(session->station, settled[i].transaction, "", &found, &row, error);
        if (result == SBK_OK)
            result = sbk_operation_load_receipt(session->station, row.receipt, &activation->receipt, error);
        activation->transaction = settled[i].transaction;
        activation->already = result == SBK_OK;
    }
    return result;
}

static sbk_result check_request(
    const struct sbk_session *session, const struct sbk_activation *activation, struct sbk_error *error) {
    if (session->view.status.state != SBK_STATE_CLOSED)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_EXISTS, _("the card is activated already"));
    if ((session->view.mandate.flags & SBK_MANDATE_PIN) != 0 && activation->holder == NULL)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_PIN_FORMAT, _("this card needs a PIN: the holder chooses one"));
    return SBK_OK;
}

static sbk_result activate_on(
    struct sbk_session *session, struct loading *loading, struct sbk_activation *activation, struct sbk_error *error) {
    struct sbk_station *station = session->station;
    struct sbk_certificate parsed;
    sbk_result result = settle_earlier(session, activation, error);
    if (result != SBK_OK || activation->already)
        return result;
    result = sbk_session_may_serve(session, error);
    if (result == SBK_OK)
        result = check_request(session, activation, error);
    if (result != SBK_OK) {
        sbk_log_refusal(station, 0, session->view.fci.alias, 0, error->reason);
        return result;
    }
    if (sbk_certificate_parse(loading->certificate.data, loading->certificate.size, &parsed) != SBK_FORMAT_OK ||
        !sbk_session_issuer(session, SBK_ROLE_CARD_CA, parsed.issuer_generation, &loading->card_ca))
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_CERTIFICATE,
            _("%s: the card CA's certificate is missing; install the city's file again"), station->path);
    result = sbk_sale_reserve(station, 0, SBK_OPERATION_ACTIVATE, "", &activation->transaction, error);
    return result == SBK_OK ? run(session, loading, activation->transaction, &activation->receipt, error) : result;
}

sbk_result sbk_activate(struct sbk_station *station, struct sbk_transport *transport, struct sbk_activation *activation,
    struct sbk_error *error) {
    struct sbk_session *session = NULL;
    struct loading loading = {.activation = activation};
    struct sbk_error cause = {.reason = SBK_REASON_USAGE};
    struct sbk_fci fci;
    activation->already = false;
    activation->seen = false;
    sbk_result result = sbk_station_check(station, SBK_ROLE_BIT(SBK_ROLE_REGISTRAR), &cause);
    if (result == SBK_OK)
        result = sbk_entitlement_select(transport, &fci, &cause);
    if (result == SBK_OK) {
        activation->seen = true;
        memcpy(activation->alias, fci.alias, sizeof activation->alias);
        result = sbk_certificates_find(
            activation->certificates, fci.alias, &loading.certificate.data, &loading.certificate.size, &cause);
        if (result != SBK_OK)
            sbk_log_refusal(station, 0, fci.alias, 0, cause.reason);
    }
    if (result == SBK_OK)
        result = sbk_session_open_with(
            &session, station, transport, loading.certificate.data, loading.certificate.size, &cause);
    if (result == SBK_OK)
        result = activate_on(session, &loading, activation, &cause);
    sbk_session_close(&session);
    if (result != SBK_OK && error != NULL)
        *error = cause;
    return result;
}
