/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_SESSION_H
#define SBK_READER_SESSION_H

#include "reader/entitlement.h"
#include "reader/station.h"

/*
 * One tap: the applet selected, the card's certificate verified, a channel opened, status and mandate read and
 * verified. A card that the station knows costs SELECT, PSO, MUTUAL AUTHENTICATE and READ STATUS; a new one also its
 * certificate, the station CA's and its mandate.
 */
struct sbk_session;

/* What is known of the card. */
struct sbk_card_view {
    struct sbk_fci fci;
    struct sbk_certificate certificate; /* the card's, verified */
    struct sbk_status status;
    struct sbk_mandate mandate; /* verified */
    bool first;                 /* the station met this card for the first time */
};

/*
 * Opens a session on a station that is unlocked. The certificate comes from the station's memory or the card and must
 * verify under the pinned root; the key confirmation proves that the card has its key. Refusals carry their reason:
 * "card-without-certificate", "certificate-invalid", "signature-invalid", "certificate-expired"... On success the
 * caller closes *session before the transport.
 */
SBK_CHECK_RESULT sbk_result sbk_session_open(struct sbk_session **session, struct sbk_station *station,
    struct sbk_transport *transport, struct sbk_error *error);

/* The same for a card that is not activated yet: certificate is the one to be loaded, found by the alias (see
 * sbk_activate). */
SBK_CHECK_RESULT sbk_result sbk_session_open_with(struct sbk_session **session, struct sbk_station *station,
    struct sbk_transport *transport, const uint8_t *certificate, size_t size, struct sbk_error *error);

/* Wipes the channel's keys and frees; accepts NULL inside. */
void sbk_session_close(struct sbk_session **session);

/* Owned by the session. */
const struct sbk_card_view *sbk_session_card(const struct sbk_session *session);

/* Keeps the card's certificate and mandate in the station's memory, so that its next tap is a short one. A sale does it
 * by itself. */
SBK_CHECK_RESULT sbk_result sbk_session_remember(struct sbk_session *session, struct sbk_error *error);

/* A purse as a person sees it. */
struct sbk_purse_view {
    struct sbk_purse purse;
    enum sbk_window_state state;
    uint32_t balance;    /* if open */
    uint16_t window_end; /* last day of the newest open window, or of the grant where it carries over; if open */
    uint16_t first_day;  /* if not open: when it begins */
};
/* The purses of the mandate with their balances at the session's date, in the order of their priority. purses: room for
 * SBK_PURSES_MAX. */
void sbk_session_purses(const struct sbk_session *session, struct sbk_purse_view *purses, size_t *count);

/* ---- open intents ---- */

/* One earlier transaction on this card whose outcome this tap brought. */
struct sbk_settled {
    uint32_t transaction;
    uint8_t operation; /* enum sbk_log_operation */
    uint8_t outcome;   /* SETTLED: hand over the goods; UNTOUCHED, OTHER: nothing was charged; DOUBT: never known */
};
#define SBK_SETTLED_MAX 16
/*
 * What every tap does before anything else. Resolves the station's open intents on this card: by its receipt, by an
 * authenticated counter still before the expected one, or by another entry in that place; one whose receipt the card no
 * longer keeps is in doubt from then on. Then carries the card's newest entry, of whatever station, into the log if it
 * is not there. Logged and durable on return. settled: room for SBK_SETTLED_MAX; *count counts on failure, too.
 */
SBK_CHECK_RESULT sbk_result sbk_session_settle(
    struct sbk_session *session, struct sbk_settled *settled, size_t *count, struct sbk_error *error);

#endif
