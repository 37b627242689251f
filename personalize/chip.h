/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_CHIP_H
#define SBK_PERSONALIZE_CHIP_H

#include "base/error.h"
#include "reader/channel.h"
#include "schema/bundle.h"

#include <stdint.h>

/*
 * What the bureau does with one chip, step by step (card specification, B.15): look at it, open the bureau's channel,
 * write the order and read it back, close it, read its statement. A step that fails leaves a card that is not closed
 * and can be begun again, except sbk_chip_close, after which only sbk_chip_look can tell. All steps together take 17
 * APDUs, two more if the card was begun before; at most 30 are allowed.
 */

/* The unauthenticated view: what SELECT answers. */
struct sbk_chip_look {
    uint8_t alias[SBK_ALIAS_SIZE];
    uint8_t state; /* enum sbk_card_state */
};
/* Errors: SBK_REFUSED "card-of-another-kind"; SBK_ENVIRONMENT. */
SBK_CHECK_RESULT sbk_result sbk_chip_look(
    struct sbk_transport *transport, struct sbk_chip_look *look, struct sbk_error *error);

/* Opens SCP03 at level 33 with the keys that the batch's transport master gives for the chip's serial; serial is
 * authentic then. Errors: SBK_REFUSED with the card's reason, or with "other-transport-key": a blank of another lot,
 * which showed it by its cryptogram, before ours would have cost it a try. */
SBK_CHECK_RESULT sbk_result sbk_chip_open(struct sbk_transport *transport, const struct sbk_batch *batch,
    struct sbk_channel *channel, uint8_t serial[SBK_SERIAL_SIZE], struct sbk_error *error);

/* The two keys that the chip made. */
struct sbk_chip_keys {
    uint8_t agreement[SBK_POINT_SIZE];
    uint8_t signing[SBK_POINT_SIZE];
};
/* Has the keys made on the chip, writes root, next root's hash and the order's records, reads the records back and
 * compares. Errors: SBK_REFUSED with the card's reason; SBK_TAMPERED if what is read back differs. */
SBK_CHECK_RESULT sbk_result sbk_chip_write(struct sbk_channel *channel, const struct sbk_batch *batch,
    const struct sbk_batch_card *card, struct sbk_chip_keys *keys, struct sbk_error *error);

/* Closes the card: the transport keys go, for ever. */
SBK_CHECK_RESULT sbk_result sbk_chip_close(struct sbk_channel *channel, struct sbk_error *error);

/* Reads the closing statement of a closed card and verifies all that it says: signature by the key it names, alias,
 * root, next root and records as ordered, the serial (NULL: not known), the keys (NULL: not known). Errors:
 * SBK_TAMPERED. */
SBK_CHECK_RESULT sbk_result sbk_chip_statement(struct sbk_transport *transport, const struct sbk_batch *batch,
    const struct sbk_batch_card *card, const uint8_t *serial, const struct sbk_chip_keys *keys,
    uint8_t statement[SBK_STATEMENT_SIZE], struct sbk_error *error);

#endif
