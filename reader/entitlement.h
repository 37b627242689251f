/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_ENTITLEMENT_H
#define SBK_READER_ENTITLEMENT_H

#include "reader/channel.h"
#include "schema/records.h"
#include "schema/window.h"

/*
 * The entitlement applet's commands, one function each, as schema/card-specification.md part B gives them. Nothing is
 * decided here: signatures, certificates and the log are the session's and the sale's. Every answer is parsed strictly;
 * one that does not parse is SBK_ENVIRONMENT "card-answer-invalid".
 */

/* What SELECT tells without a channel. Not authenticated. */
struct sbk_fci {
    uint8_t alias[SBK_ALIAS_SIZE];
    uint8_t state;           /* enum sbk_card_state */
    uint8_t root_generation; /* of the root that the card trusts */
    uint8_t ca_generation;   /* of the station CA that it keeps cached; 0: none */
};

/* SELECT. SBK_ENVIRONMENT "card-of-another-kind" where the card has no such applet or another version of it. */
SBK_CHECK_RESULT sbk_result sbk_entitlement_select(
    struct sbk_transport *transport, struct sbk_fci *fci, struct sbk_error *error);

/* GET DATA of an object that is readable without a channel, class 00: the value only. *size: room before, size after.
 * SBK_REFUSED "card-without-certificate" if there is none (6A88). */
SBK_CHECK_RESULT sbk_result sbk_entitlement_certificate(
    struct sbk_transport *transport, uint8_t *out, size_t *size, struct sbk_error *error);

/* READ STATUS. */
#define SBK_STATUS_ENTRIES 0x01
#define SBK_STATUS_HOLDER_PIN 0x02
#define SBK_STATUS_ALTERNATE_PIN 0x04
#define SBK_STATUS_RESET_WAITS 0x08
#define SBK_MANDATE_HASH_SIZE 12
struct sbk_status {
    uint8_t state; /* enum sbk_card_state */
    uint8_t flags; /* SBK_STATUS_ */
    uint32_t counter;
    uint32_t mandate;
    uint16_t identity;
    uint16_t floor; /* of the session */
    uint32_t stopped_up_to;
    uint32_t reset_epoch;
    uint32_t reset_done;
    uint8_t holder_tries;
    uint8_t alternate_tries;
    uint8_t root_generation;
    uint8_t ca_generation;
    struct sbk_spent spent[SBK_PURSES_MAX]; /* by slot */
    uint8_t mandate_hash[SBK_MANDATE_HASH_SIZE];
};
SBK_CHECK_RESULT sbk_result sbk_entitlement_status(
    struct sbk_channel *channel, struct sbk_status *status, struct sbk_error *error);

/* An entry of the card's chain with its signature, which is not checked here. */
struct sbk_receipt {
    struct sbk_entry entry;
    uint8_t body[SBK_ENTRY_SIZE];
    uint8_t signature[SBK_SIGNATURE_SIZE];
    uint8_t hash[SBK_HASH_SIZE]; /* of the body */
};
/* Fills a receipt from its body and signature; TAMPERED "format-invalid" if the body is none. */
SBK_CHECK_RESULT sbk_result sbk_receipt_of(struct sbk_receipt *receipt, const uint8_t body[SBK_ENTRY_SIZE],
    const uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error);

/* READ RECEIPT. *found is false if the counter is not among the last 16 (6A83). */
SBK_CHECK_RESULT sbk_result sbk_entitlement_receipt(struct sbk_channel *channel, const uint8_t alias[SBK_ALIAS_SIZE],
    uint32_t counter, struct sbk_receipt *receipt, bool *found, struct sbk_error *error);

/* GET DATA of the mandate (SBK_TAG_MANDATE) or identity record (SBK_TAG_IDENTITY) with its signature. *size: room
 * before, size after. */
SBK_CHECK_RESULT sbk_result sbk_entitlement_record(
    struct sbk_channel *channel, uint16_t tag, uint8_t *out, size_t *size, struct sbk_error *error);

/* What every command that makes an entry begins with (B.4). */
#define SBK_CONTEXT_SIZE 80
struct sbk_context {
    uint32_t counter; /* that the entry will have */
    uint32_t transaction;
    uint32_t time;
    uint8_t previous[SBK_HASH_SIZE];
    uint32_t log_size;
    uint8_t log_root[SBK_HASH_SIZE];
};

/* A PIN as it travels: 4 to 8 digits; size 0: none. Secret: cleanse after use. */
struct sbk_pin {
    uint8_t size;
    char digits[SBK_PIN_MAX];
};
/* SBK_REFUSED "pin-format" unless text is 4 to 8 digits. */
SBK_CHECK_RESULT sbk_result sbk_pin_of(const void *text, size_t size, struct sbk_pin *pin, struct sbk_error *error);

struct sbk_debit {
    uint8_t slot;
    uint32_t amount;
};
struct sbk_debit_request {
    struct sbk_context context;
    uint8_t digest[SBK_HASH_SIZE]; /* of the canonical basket */
    uint8_t who;                   /* enum sbk_who */
    size_t count;                  /* 1..SBK_DEBITS_MAX */
    struct sbk_debit debits[SBK_DEBITS_MAX];
    struct sbk_pin pin;
};
struct sbk_activate_request {
    struct sbk_context context;
    struct sbk_pin holder;
    struct sbk_pin alternate;
    const uint8_t *card_ca; /* 7F21 */
    size_t card_ca_size;
    const uint8_t *certificate; /* the card's, 7F21 */
    size_t certificate_size;
};

/*
 * DEBIT, VOID (of the entry with the voided counter) and ACTIVATE. SBK_OK when an answer came: *status 9000 and the receipt filled, or another status word and the
 * receipt untouched. Any error means that the card may or may not have committed.
 */
SBK_CHECK_RESULT sbk_result sbk_entitlement_debit(struct sbk_channel *channel, const uint8_t alias[SBK_ALIAS_SIZE],
    const struct sbk_debit_request *request, uint16_t *status, struct sbk_receipt *receipt, struct sbk_error *error);
/* What the city sends to a card: the record and the certificate of who signed it. */
struct sbk_delivery {
    const uint8_t *issuer;
    size_t issuer_size;
    const uint8_t *record;
    size_t record_size;
};
/* DELIVER MANDATE, answered likewise; the issuer is the grant signer. */
SBK_CHECK_RESULT sbk_result sbk_entitlement_deliver_mandate(struct sbk_channel *channel,
    const uint8_t alias[SBK_ALIAS_SIZE], const struct sbk_context *context, const struct sbk_delivery *delivery,
    uint16_t *status, struct sbk_receipt *receipt, struct sbk_error *error);
/* DELIVER RECORD: a notice, an identity record or a card certificate behind its issuer's certificate. No entry. */
SBK_CHECK_RESULT sbk_result sbk_entitlement_deliver(
    struct sbk_channel *channel, const struct sbk_delivery *delivery, uint16_t *status, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_entitlement_void(struct sbk_channel *channel, const uint8_t alias[SBK_ALIAS_SIZE],
    const struct sbk_context *context, uint32_t voided, uint16_t *status, struct sbk_receipt *receipt,
    struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_entitlement_activate(struct sbk_channel *channel, const uint8_t alias[SBK_ALIAS_SIZE],
    const struct sbk_activate_request *request, uint16_t *status, struct sbk_receipt *receipt, struct sbk_error *error);

#endif
