/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/crypto.h"
#include "reader/operation.h"
#include "schema/reason.h"

#include <string.h>

#define CONTENT_FIELD 6 /* of an intent */

/* What the tap shows of one open intent, or of one in doubt whose card came back. */
struct finding {
    uint8_t outcome; /* enum sbk_sale_outcome */
    bool has_receipt;
    struct sbk_receipt receipt;
};

static bool next_counter_is(const struct sbk_status *status, uint32_t counter) {
    return (status->flags & SBK_STATUS_ENTRIES) ? status->counter + 1 == counter && counter != 0 : counter == 0;
}

/* Whether the entry is the one that the intent asked for: same terminal, transaction, kind and content. */
static sbk_result is_answer(struct sbk_session *session, const struct sbk_sale_row *row,
    const struct sbk_receipt *receipt, bool *yes, struct sbk_error *error) {
    static const uint8_t kinds[] = {
        0, SBK_ENTRY_DEBIT, SBK_ENTRY_VOID, SBK_ENTRY_MANDATE, SBK_ENTRY_ACTIVATION}; /* by operation */
    struct sbk_station *station = session->station;
    struct sbk_buffer data = SBK_BUFFER_EMPTY;
    struct sbk_log_entry intent;
    uint8_t digest[SBK_HASH_SIZE];
    *yes = false;
    if (memcmp(receipt->entry.terminal, station->terminal, SBK_TERMINAL_SIZE) != 0 ||
        receipt->entry.transaction != row->transaction.number)
        return SBK_OK;
    sbk_result result = sbk_log_entry_at(station, row->intent, &data, &intent, error);
    if (result == SBK_OK && intent.kind != SBK_LOG_INTENT)
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_LOG_ALTERED, _("%s: log entry %u is not an intent"),
            station->path, (unsigned)row->intent);
    if (result == SBK_OK)
        result = sbk_sha256(intent.fields[CONTENT_FIELD].data, intent.fields[CONTENT_FIELD].size, digest, error);
    if (result == SBK_OK)
        *yes = row->transaction.operation < sizeof kinds && receipt->entry.kind == kinds[row->transaction.operation] &&
               memcmp(digest, receipt->entry.digest, sizeof digest) == 0;
    sbk_buffer_free(&data);
    return result;
}

/* A card that ought to keep an entry and says that it has none: the word of an error proves nothing. */
static sbk_result withheld(uint32_t counter, struct sbk_error *error) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_ANSWER,
        _("the card does not give its receipt %u; tap it again"), (unsigned)counter);
}

static sbk_result look(
    struct sbk_session *session, const struct sbk_sale_row *row, struct finding *finding, struct sbk_error *error) {
    const struct sbk_status *status = &session->view.status;
    bool found = false;
    bool answer = false;
    finding->has_receipt = false;
    finding->outcome = SBK_SALE_UNTOUCHED;
    if (next_counter_is(status, row->transaction.counter))
        return SBK_OK;
    if (!(status->flags & SBK_STATUS_ENTRIES) || status->counter < row->transaction.counter)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CHAIN,
            _("the card stands before what it showed earlier: it was copied or put back; keep it aside and tell the "
              "city"));
    finding->outcome = SBK_SALE_DOUBT;
    if (status->counter - row->transaction.counter >= SBK_RING_SIZE)
        return SBK_OK; /* out of the card's memory */
    sbk_result result = sbk_session_receipt(session, row->transaction.counter, &finding->receipt, &found, error);
    if (result == SBK_OK && !found)
        result = withheld(row->transaction.counter, error);
    if (result != SBK_OK)
        return result;
    result = is_answer(session, row, &finding->receipt, &answer, error);
    finding->has_receipt = true;
    finding->outcome = answer ? SBK_SALE_SETTLED : SBK_SALE_OTHER;
    return result;
}

static uint8_t resolution_of(uint8_t outcome) {
    if (outcome == SBK_SALE_UNTOUCHED)
        return SBK_RESOLVED_UNTOUCHED;
    return outcome == SBK_SALE_OTHER ? SBK_RESOLVED_OTHER : SBK_RESOLVED_DOUBT;
}

/* Inside a transaction. */
static sbk_result write_finding(struct sbk_session *session, const struct sbk_sale_row *row,
    const struct finding *finding, struct sbk_error *error) {
    struct sbk_station *station = session->station;
    bool settled = finding->outcome == SBK_SALE_SETTLED;
    uint32_t position = 0;
    sbk_result result = SBK_OK;
    if (finding->has_receipt) {
        result = sbk_log_append_receipt(station, settled ? SBK_LOG_RECEIPT : SBK_LOG_CARRIED, &finding->receipt,
            session->view.certificate.signing_key, &position, error);
        sbk_session_took(session, &finding->receipt);
    }
    if (result == SBK_OK && !settled)
        result = sbk_log_resolved(
            station, row->transaction.number, resolution_of(finding->outcome), session->view.status.counter, error);
    if (result == SBK_OK)
        result = sbk_sale_close(station, row->transaction.number, finding->outcome, settled ? &position : NULL, error);
    return result == SBK_OK ? sbk_session_keep(session, error) : result;
}

static sbk_result settle_one(
    struct sbk_session *session, const struct sbk_sale_row *row, uint8_t *outcome, struct sbk_error *error) {
    struct sbk_station *station = session->station;
    struct sbk_known_card known = session->known;
    struct finding finding;
    sbk_result result = look(session, row, &finding, error);
    if (result != SBK_OK)
        return result;
    *outcome = finding.outcome;
    result = sbk_station_begin(station, error);
    if (result != SBK_OK)
        return result;
    result = write_finding(session, row, &finding, error);
    if (result == SBK_OK)
        result = sbk_station_commit(station, error);
    if (result != SBK_OK) {
        sbk_station_rollback(station);
        session->known = known; /* what the log does not hold is not known */
    } else {
        session->changed = false;
    }
    return result;
}

static sbk_result resolve(
    struct sbk_session *session, struct sbk_settled *settled, size_t *count, struct sbk_error *error) {
    const struct sbk_status *status = &session->view.status;
    struct sbk_sale_row rows[SBK_SETTLED_MAX];
    uint32_t counter = (status->flags & SBK_STATUS_ENTRIES) ? status->counter : 0;
    size_t found = 0;
    sbk_result result =
        sbk_sale_unsettled_on(session->station, session->view.fci.alias, counter, rows, SBK_SETTLED_MAX, &found, error);
    for (size_t i = 0; i < found && result == SBK_OK; i++) {
        uint8_t outcome = SBK_SALE_OPEN;
        result = settle_one(session, &rows[i], &outcome, error);
        if (result != SBK_OK)
            break;
        settled[*count] = (struct sbk_settled){
            .transaction = rows[i].transaction.number, .operation = rows[i].transaction.operation, .outcome = outcome};
        (*count)++;
    }
    return result;
}

/* ---- the card's newest entry ---- */

/* Inside a transaction. */
static sbk_result write_carried(
    struct sbk_session *session, const struct sbk_receipt *receipt, struct sbk_error *error) {
    struct sbk_station *station = session->station;
    sbk_result result =
        sbk_log_append_receipt(station, SBK_LOG_CARRIED, receipt, session->view.certificate.signing_key, NULL, error);
    if (result != SBK_OK)
        return result;
    sbk_session_took(session, receipt);
    /* A receipt of ours that the log does not know: this folder is an old copy. Its numbers must not be used again. */
    if (memcmp(receipt->entry.terminal, station->terminal, SBK_TERMINAL_SIZE) == 0)
        result = sbk_sale_skip_past(station, receipt->entry.transaction, error);
    return result == SBK_OK ? sbk_session_keep(session, error) : result;
}

/* Into the log, where it is not there yet. */
static sbk_result carry(struct sbk_session *session, struct sbk_error *error) {
    struct sbk_known_card known = session->known;
    uint32_t counter = session->view.status.counter;
    struct sbk_receipt receipt;
    bool found = false;
    if (!(session->view.status.flags & SBK_STATUS_ENTRIES) || (known.has_entry && known.counter == counter))
        return SBK_OK;
    sbk_result result = sbk_session_receipt(session, counter, &receipt, &found, error);
    if (result == SBK_OK && !found)
        result = withheld(counter, error);
    if (result == SBK_OK)
        result = sbk_station_begin(session->station, error);
    if (result != SBK_OK)
        return result;
    result = write_carried(session, &receipt, error);
    if (result == SBK_OK)
        result = sbk_station_commit(session->station, error);
    if (result != SBK_OK) {
        sbk_station_rollback(session->station);
        session->known = known; /* what the log does not hold is not known */
    } else {
        session->changed = false;
    }
    return result;
}

sbk_result sbk_session_settle(
    struct sbk_session *session, struct sbk_settled *settled, size_t *count, struct sbk_error *error) {
    *count = 0;
    sbk_result result = resolve(session, settled, count, error);
    return result == SBK_OK ? carry(session, error) : result;
}
