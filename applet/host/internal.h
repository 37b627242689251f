/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_HOST_INTERNAL_H
#define SBK_HOST_INTERNAL_H

#include "applet/host/card.h"
#include "applet/host/image.h"
#include "applet/host/trust.h"

/* What the files of applet/host share among themselves. */

#define SBK_TLV_HEADER_MAX 5 /* two tag bytes, three length bytes */

/* channel.c */
void sbk_channel_end(struct sbk_card *card); /* keys wiped, certificates forgotten, applet told */
const struct sbk_applet_entry *sbk_card_applet(struct sbk_card *card, uint8_t index);     /* NULL: security domain */
void sbk_exchange_value(struct sbk_exchange *exchange, const uint8_t *data, size_t size); /* appends, if it fits */
uint16_t sbk_card_floor(struct sbk_card *card);

/* execute.c: one whole command whose data lies in card->buffer[0..used). Fills pending_*. */
struct sbk_request {
    uint8_t header[4]; /* class without chaining bit, P1 without chaining bit */
    bool extended;     /* some block came as an extended APDU */
};
void sbk_card_execute(struct sbk_card *card, const struct sbk_request *request);

/* domain.c */
/* Finds by whole name, or by a beginning of at least so many bytes that fits only one. */
bool sbk_domain_find(struct sbk_card *card, const uint8_t *name, size_t name_size, size_t beginning, uint8_t *index);
uint16_t sbk_domain_select(struct sbk_card *card, struct sbk_exchange *exchange);
uint16_t sbk_domain_get_data(struct sbk_card *card, struct sbk_exchange *exchange);
uint16_t sbk_domain_get_status(struct sbk_card *card, struct sbk_exchange *exchange);

/* keys.c */
uint16_t sbk_keys_put(struct sbk_card *card, struct sbk_exchange *exchange);
uint16_t sbk_keys_generate(struct sbk_card *card, struct sbk_exchange *exchange);
uint16_t sbk_keys_delete(struct sbk_card *card, struct sbk_exchange *exchange);
bool sbk_keys_private(struct sbk_card *card, uint8_t kid, uint8_t scalar[32]);                     /* caller wipes */
bool sbk_keys_make_pair(struct sbk_card *card, uint8_t scalar[32], uint8_t point[SBK_POINT_SIZE]); /* caller wipes */

/* manage.c */
uint16_t sbk_manage(struct sbk_card *card, struct sbk_exchange *exchange);

/* scp03.c */
uint16_t sbk_scp03_initialize_update(struct sbk_card *card, struct sbk_exchange *exchange);
uint16_t sbk_scp03_external_authenticate(struct sbk_card *card, struct sbk_exchange *exchange);

/* scp11.c */
uint16_t sbk_scp11_perform_security_operation(struct sbk_card *card, struct sbk_exchange *exchange);
uint16_t sbk_scp11_mutual_authenticate(struct sbk_card *card, struct sbk_exchange *exchange);

/* trust.c */
uint16_t sbk_trust_link(struct sbk_card *card, struct sbk_exchange *exchange);
bool sbk_trust_root(struct sbk_card *card, uint8_t generation, uint16_t day, uint8_t key[SBK_POINT_SIZE]);
/* Station CA of a chain: from the certificate (verified, or spared by the cache) or from the cache alone. */
uint16_t sbk_trust_chain_ca(struct sbk_card *card, uint8_t generation, const uint8_t *data, size_t size);
uint16_t sbk_trust_chain_cached_ca(struct sbk_card *card, uint8_t generation);
uint16_t sbk_trust_chain_leaf(struct sbk_card *card, const uint8_t *data, size_t size);
/* Stores what the open session proved, if memory does not have it yet; a transaction of its own. */
void sbk_trust_remember(struct sbk_card *card);

#endif
