/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_REASON_H
#define SBK_SCHEMA_REASON_H

#include <stdint.h>

/*
 * The stable words of "reason" in --json output, logs and slips. Programs of other people test them: a word never
 * changes its meaning. The card's refusals first (sbk_reason_of maps status words to them), then the hosts'.
 */
#define SBK_REASON_COUNTER "counter-mismatch"
#define SBK_REASON_CONFLICT "transaction-conflict"
#define SBK_REASON_TOO_OLD "too-old"
#define SBK_REASON_PREVIOUS "previous-receipt-missing"
#define SBK_REASON_WINDOW_NOT_OPEN "window-not-open"
#define SBK_REASON_WINDOW_CLOSED "window-closed"
#define SBK_REASON_BALANCE "insufficient-balance"
#define SBK_REASON_PROGRAMME "programme-not-allowed"
#define SBK_REASON_OUTLET "outlet-not-allowed"
#define SBK_REASON_LIMIT "limit-exceeded"
#define SBK_REASON_TIME "time-not-valid"
#define SBK_REASON_EXPIRED "certificate-expired"
#define SBK_REASON_WHO "person-not-allowed"
#define SBK_REASON_PURSE "purse-unknown"
#define SBK_REASON_ROLE "role-not-allowed"
#define SBK_REASON_KELURAHAN "kelurahan-not-allowed"
#define SBK_REASON_OLD_NUMBER "record-old"
#define SBK_REASON_WRONG_CARD "wrong-card"
#define SBK_REASON_SIGNATURE "signature-invalid"
#define SBK_REASON_NOT_OWN "receipt-not-own"
#define SBK_REASON_VOIDED "already-voided"
#define SBK_REASON_NOTHING_PENDING "nothing-pending"
#define SBK_REASON_NOT_ACTIVE "card-not-active"
#define SBK_REASON_STOPPED "card-stopped"
#define SBK_REASON_ENDED "card-ended"
#define SBK_REASON_CARD_EXPIRED "card-expired"
#define SBK_REASON_PIN_WRONG "pin-wrong"
#define SBK_REASON_PIN_BLOCKED "pin-blocked"
#define SBK_REASON_CERTIFICATE "certificate-invalid"
#define SBK_REASON_CARD_STATUS "card-status" /* a status word with no word of its own */

#define SBK_REASON_USAGE "usage"
#define SBK_REASON_PASSPHRASE "passphrase-wrong"
#define SBK_REASON_PIN_FORMAT "pin-format"
#define SBK_REASON_NO_READER "no-reader"
#define SBK_REASON_NO_CARD "no-card"
#define SBK_REASON_SEVERAL_READERS "several-readers"
#define SBK_REASON_CARD_REMOVED "card-removed"
#define SBK_REASON_CARD_KIND "card-of-another-kind"
#define SBK_REASON_CARD_ANSWER "card-answer-invalid"
#define SBK_REASON_CARD_MUTE "card-mute" /* it does not answer, or not so that the reader understands it */
#define SBK_REASON_READER "reader-failed"
#define SBK_REASON_BUSY "busy"
#define SBK_REASON_FILE "file"
#define SBK_REASON_PERMISSIONS "permissions"
#define SBK_REASON_DISK "disk"
#define SBK_REASON_DATABASE "database"
#define SBK_REASON_MEMORY "memory"
#define SBK_REASON_CRYPTO "crypto"
#define SBK_REASON_INTERRUPTED "interrupted"
#define SBK_REASON_FORMAT "format-invalid"
#define SBK_REASON_EXISTS "exists-already"
#define SBK_REASON_NOT_FOUND "not-found"
#define SBK_REASON_DATE "date-invalid"
#define SBK_REASON_ROLL "roll-has-errors"
#define SBK_REASON_PROGRAMME_FILE "programme-file-invalid"
#define SBK_REASON_ITEM "item-unknown"
#define SBK_REASON_PRICE "price-above-ceiling"
#define SBK_REASON_BASKET "basket-invalid"
#define SBK_REASON_SPLIT "too-many-purses"
#define SBK_REASON_NO_PURSE "no-purse-for-item"
#define SBK_REASON_NO_LIST "no-item-list"
#define SBK_REASON_NOT_ENROLLED "not-enrolled"
#define SBK_REASON_NO_CERTIFICATE "no-certificate"
#define SBK_REASON_CARD_WITHOUT_CERTIFICATE "card-without-certificate"
#define SBK_REASON_RECONCILE "report-does-not-reconcile"
#define SBK_REASON_LOG_ALTERED "log-altered"
#define SBK_REASON_LOG_ROLLED_BACK "log-rolled-back"
#define SBK_REASON_CARD_FORKED "card-forked"
#define SBK_REASON_RECEIPT_MISSING "receipt-missing"
#define SBK_REASON_AMOUNT "amount-not-conserved"
#define SBK_REASON_UNSETTLED "unsettled"
#define SBK_REASON_OPEN_INTENT "open-intent"
#define SBK_REASON_ALREADY_CLOSED "card-already-closed"
#define SBK_REASON_OTHER_TRANSPORT "other-transport-key"
#define SBK_REASON_SOME_FAILED "some-cards-failed"
#define SBK_REASON_CHAIN "chain-broken"
#define SBK_REASON_FORBIDDEN "rule-forbids" /* an office's own rule, such as that a grant's number never comes back */
#define SBK_REASON_HOTLISTED "card-on-hotlist"
#define SBK_REASON_HOTLIST_AGE "hotlist-too-old"
#define SBK_REASON_HOTLIST_BASE "hotlist-base-missing" /* a change of another list than the one that is here */
#define SBK_REASON_REVOKED "station-revoked"
#define SBK_REASON_DISTRUSTED "issuer-distrusted"
#define SBK_REASON_STATION_BEHIND "station-behind" /* the card follows a newer root */
#define SBK_REASON_TOKEN_MISSING "token-missing"
#define SBK_REASON_TOKEN_LOCKED "token-locked"
#define SBK_REASON_TOKEN_FAILED "token-failed"
#define SBK_REASON_QUORUM "quorum-missing" /* too few officers' shares, or such as do not fit together */

/* The word for a card's status word; SBK_REASON_CARD_STATUS where it has none; NULL for 9000. */
const char *sbk_reason_of(uint16_t status_word);

#endif
