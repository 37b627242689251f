/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_ENTITLEMENT_COMMAND_H
#define SBK_ENTITLEMENT_COMMAND_H

#include "applet/entitlement/context.h"
#include "applet/entitlement/pin.h"

/*
 * The commands of part B, one file each. Session, role, class, P1 and P2 were judged by the table in applet.c; the
 * smallest and largest size of the data too. Each returns its status word and has changed nothing unless it is 9000
 * (a PIN's try counter apart).
 */
uint16_t sbk_cmd_read_status(struct sbk_call *call);
uint16_t sbk_cmd_read_receipt(struct sbk_call *call);
uint16_t sbk_cmd_debit(struct sbk_call *call);
uint16_t sbk_cmd_void(struct sbk_call *call);
uint16_t sbk_cmd_deliver_mandate(struct sbk_call *call);
uint16_t sbk_cmd_deliver_record(struct sbk_call *call);
uint16_t sbk_cmd_activate(struct sbk_call *call);
uint16_t sbk_cmd_set_pin(struct sbk_call *call);

/* GET DATA, for the environment: the value of DF21, DF22, BF21, DF30. */
uint16_t sbk_entitlement_get_data(struct sbk_card *card, uint16_t tag, struct sbk_exchange *exchange);
/* STORE DATA of a bureau session (B.15). */
uint16_t sbk_entitlement_store_data(struct sbk_card *card, struct sbk_exchange *exchange);

/* Size of the certificates of CAs and signers, which stand before what they sign. */
#define SBK_SIGNER_CERTIFICATE_SIZE 179

/* A record of a delivered or personalized kind: smallest and largest size with signature. */
#define SBK_IDENTITY_MIN 94
#define SBK_MANDATE_MIN 91

/*
 * Verifies a signer's certificate of the role under a root that counts and not expired on day; its key goes to key.
 * 9000, 6A80 (malformed), 9413.
 */
uint16_t sbk_signer_check(
    struct sbk_card *card, const uint8_t *certificate, enum sbk_role role, uint16_t day, uint8_t key[SBK_POINT_SIZE]);
/* Verifies a record's signature, its last 64 bytes, then that it names the card's alias: 9000, 9413, 9412. */
uint16_t sbk_record_check(struct sbk_card *card, const uint8_t key[SBK_POINT_SIZE], const uint8_t *record, size_t size);

/*
 * Verifies a card CA's certificate (179 bytes) under a root that counts and behind it this card's own (218), neither
 * expired at the floor: 9000, 6600, 9412 (another alias or other keys).
 */
uint16_t sbk_card_certificates_check(struct sbk_call *call, const uint8_t *certificates);

/* Reads the two PINs of ACTIVATE and SET PIN (18 bytes); false if malformed. */
#define SBK_PIN_FIELD 9
bool sbk_pins_read(const uint8_t *data, struct sbk_pin pins[2]);

#endif
