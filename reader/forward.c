/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/crypto.h"
#include "reader/reason.h"
#include "reader/roots.h"
#include "reader/session_private.h"
#include "schema/apdu.h"

#include <string.h>

/* Bringing a card to the station's root, by the root links that it slept through. */

struct step {
    uint8_t generation;
    uint8_t hash[SBK_HASH_SIZE]; /* of the link, for the log */
};

static sbk_result send_link(
    struct sbk_session *session, const uint8_t record[SBK_LINK_SIZE], uint16_t *status, struct sbk_error *error) {
    const struct sbk_apdu command = {.cla = 0x80, .ins = SBK_INS_ROOT_LINK, .data = record, .size = SBK_LINK_SIZE};
    struct sbk_answer answer;
    sbk_result result = sbk_apdu_exchange(session->transport, &command, &answer, error);
    if (result == SBK_OK)
        *status = answer.status;
    return result;
}

/* The card stands at the link's root from here on; what it knew of CAs fell with the old one. */
static void take_step(struct sbk_session *session, uint8_t generation) {
    session->view.fci.root_generation = generation;
    session->view.fci.ca_generation = 0;
}

/* Sends them in order until the card is where the station is, or a link is not here or refused: then the tap goes on
 * with what the card knows. */
static sbk_result send_links(
    struct sbk_session *session, uint8_t target, struct step *steps, size_t *count, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    uint16_t status = SBK_SW_OK;
    bool found = true;
    while (result == SBK_OK && session->view.fci.root_generation < target) {
        uint8_t record[SBK_LINK_SIZE];
        uint8_t next = (uint8_t)(session->view.fci.root_generation + 1);
        result = sbk_station_link(session->station, next, record, &found, error);
        if (result != SBK_OK || !found)
            break;
        result = send_link(session, record, &status, error);
        if (result != SBK_OK)
            break;
        if (status != SBK_SW_OK) {
            const char *reason = sbk_reason_of(status);
            sbk_log_refusal(
                session->station, 0, session->view.fci.alias, status, reason != NULL ? reason : SBK_REASON_CARD_STATUS);
            break;
        }
        take_step(session, next);
        steps[*count].generation = next;
        result = sbk_sha256(record, sizeof record, steps[*count].hash, error);
        *count += result == SBK_OK;
    }
    return result;
}

static sbk_result log_steps(
    struct sbk_session *session, const struct step *steps, size_t count, struct sbk_error *error) {
    sbk_result result = sbk_station_begin(session->station, error);
    if (result != SBK_OK)
        return result;
    for (size_t i = 0; i < count && result == SBK_OK; i++) {
        struct sbk_log_field fields[] = {
            {session->view.fci.alias, SBK_ALIAS_SIZE}, {steps[i].hash, sizeof steps[i].hash}};
        result = sbk_log_append(session->station, SBK_LOG_DELIVERED, fields, 2, NULL, error);
    }
    if (result == SBK_OK)
        result = sbk_station_commit(session->station, error);
    if (result != SBK_OK)
        sbk_station_rollback(session->station);
    return result;
}

sbk_result sbk_session_bring_forward(struct sbk_session *session, struct sbk_error *error) {
    const struct sbk_anchor *newest = sbk_trust_anchor(session->station->trust);
    struct step steps[SBK_GENERATIONS];
    size_t count = 0;
    struct sbk_error cause;
    if (newest == NULL || session->view.fci.state == SBK_STATE_BLANK ||
        session->view.fci.root_generation >= newest->generation)
        return SBK_OK;
    sbk_result result = send_links(session, newest->generation, steps, &count, error);
    /* What the card took stands in the log, also when it left the reader after it. */
    if (count > 0) {
        sbk_result logged = log_steps(session, steps, count, &cause);
        if (result == SBK_OK && logged != SBK_OK)
            return sbk_fail(error, logged, cause.reason, "%s", cause.text);
    }
    return result;
}

bool sbk_session_issuer(
    const struct sbk_session *session, uint8_t role, uint8_t generation, struct sbk_bytes *certificate) {
    return sbk_trust_find_under(
        session->station->trust, role, generation, session->view.fci.root_generation, certificate);
}
