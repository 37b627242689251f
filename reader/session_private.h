/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_SESSION_PRIVATE_H
#define SBK_READER_SESSION_PRIVATE_H

#include "reader/session.h"
#include "reader/station_private.h"

struct sbk_session {
    struct sbk_station *station;     /* borrowed */
    struct sbk_transport *transport; /* borrowed */
    struct sbk_channel channel;
    struct sbk_card_view view;
    struct sbk_known_card known; /* what the station keeps of the card, brought up to date in memory */
    bool selected;               /* the alias is known */
    bool renewing;           /* opened with the certificate that the card is to get: its own does not count any more */
    bool mandate_distrusted; /* the hotlist distrusts who signed the card's mandate */
    uint8_t renewal[SBK_CERTIFICATE_MAX];
    bool changed; /* known differs from the database */
};

/* Takes a receipt of this card as the newest entry that the log holds, if it is newer than the one before. */
void sbk_session_took(struct sbk_session *session, const struct sbk_receipt *receipt);

/* Writes known to the database if it changed; inside a transaction. */
SBK_CHECK_RESULT sbk_result sbk_session_keep(struct sbk_session *session, struct sbk_error *error);

/* READ RECEIPT with its signature checked and its place in the chain: SBK_TAMPERED "chain-broken" if its neighbour in
 * the log says otherwise. */
SBK_CHECK_RESULT sbk_result sbk_session_receipt(
    struct sbk_session *session, uint32_t counter, struct sbk_receipt *receipt, bool *found, struct sbk_error *error);

/* Refuses to serve the card, after it got what waits for it: by the hotlist (sbk_hotlist_check), or because a distrusted
 * key signed its mandate ("issuer-distrusted"). */
SBK_CHECK_RESULT sbk_result sbk_session_may_serve(const struct sbk_session *session, struct sbk_error *error);
/* Before any channel: brings a card that is behind to the station's root, as far as the station has the links and the card
 * takes them; each is logged as delivered. Nothing is sent to a card that is up to date. Errors: SBK_ENVIRONMENT, the card
 * went: its next tap goes on where it stands. */
SBK_CHECK_RESULT sbk_result sbk_session_bring_forward(struct sbk_session *session, struct sbk_error *error);
/* The certificate of a CA or signer that this card can verify: under the newest root that it knows. The trust's. */
bool sbk_session_issuer(
    const struct sbk_session *session, uint8_t role, uint8_t generation, struct sbk_bytes *certificate);

/* READ STATUS again. */
SBK_CHECK_RESULT sbk_result sbk_session_refresh(struct sbk_session *session, struct sbk_error *error);

#endif
