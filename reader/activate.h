/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_ACTIVATE_H
#define SBK_READER_ACTIVATE_H

#include "reader/session.h"

/*
 * Activation at the kelurahan office: the card's certificate is found by the alias that SELECT gives, the key
 * confirmation of SCP11a proves that the card has the key of that certificate, ACTIVATE loads it and sets the PINs.
 * Exactly once, like a sale: an activation whose answer is lost is settled at the card's next tap.
 */

/* Opens a file of card certificates (CMS by the city, verified) and appends card CA and certificates to out; the file's
 * signature and the card CA are checked against the station's trust. */
SBK_CHECK_RESULT sbk_result sbk_certificates_open(
    struct sbk_station *station, const uint8_t *data, size_t size, struct sbk_buffer *content, struct sbk_error *error);

/* The certificate for an alias in an opened file; SBK_REFUSED "card-without-certificate" if there is none. Lends from
 * content. */
SBK_CHECK_RESULT sbk_result sbk_certificates_find(const struct sbk_buffer *content, const uint8_t alias[SBK_ALIAS_SIZE],
    const uint8_t **certificate, size_t *size, struct sbk_error *error);

struct sbk_activation {
    const struct sbk_buffer *certificates; /* opened */
    const struct sbk_pin *holder;          /* NULL: none, where the mandate asks for none */
    const struct sbk_pin *alternate;       /* NULL: none */
    bool seen;                             /* out: alias is a card's that lay on the reader */
    uint8_t alias[SBK_ALIAS_SIZE];         /* out */
    uint32_t transaction;                  /* out */
    struct sbk_receipt receipt;            /* out: entry 0 */
    bool already;                          /* out: an earlier activation of this station was settled instead */
};
/* Activates the card on the transport. Station unlocked and a registrar's. Results as sbk_sale_charge. */
SBK_CHECK_RESULT sbk_result sbk_activate(struct sbk_station *station, struct sbk_transport *transport,
    struct sbk_activation *activation, struct sbk_error *error);

#endif
