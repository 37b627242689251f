/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/command.h"

#include "applet/host/trust.h"

#include <string.h>

/*
 * STORE DATA: alias, the grant signer's certificate, identity record and mandate, in this order. The signer's key stays
 * in RAM for the session, so a session that was cut begins again with DF23.
 */

static uint16_t store_alias(struct sbk_card *card, struct sbk_head *head, const struct sbk_tlv *object) {
    static const uint8_t zeros[SBK_ALIAS_SIZE];
    uint8_t alias[SBK_ALIAS_SIZE];

    if (object->size != SBK_ALIAS_SIZE || memcmp(object->value, zeros, SBK_ALIAS_SIZE) == 0)
        return SBK_SW_DATA;
    sbk_store_alias(card, alias);
    sbk_memory_begin(sbk_card_memory(card));
    (void)sbk_memory_write(sbk_card_memory(card), SBK_AREA_ALIAS, object->value, SBK_ALIAS_SIZE);
    if (memcmp(alias, object->value, SBK_ALIAS_SIZE) != 0) {
        /* Records of another alias are not this card's any more. */
        head->identity = 0;
        head->mandate = 0;
    }
    return sbk_chain_commit(card, head) ? SBK_SW_OK : SBK_SW_MEMORY;
}

static uint16_t store_signer(struct sbk_card *card, struct sbk_entitlement *own, const struct sbk_tlv *object) {
    uint16_t status;

    own->signer_known = false;
    if (object->size != SBK_SIGNER_CERTIFICATE_SIZE)
        return SBK_SW_DATA;
    if (sbk_trust_root_generation(card) == 0)
        return SBK_SW_CONDITIONS;
    status = sbk_signer_check(card, object->value, SBK_ROLE_GRANT_SIGNER, 0, own->signer);
    own->signer_known = status == SBK_SW_OK;
    return status;
}

static uint16_t store_identity(struct sbk_card *card, struct sbk_head *head, const struct sbk_tlv *object) {
    uint8_t slot = sbk_store_other(head->identity);
    struct sbk_identity identity;

    if (sbk_identity_parse(object->value, object->size, &identity) != SBK_FORMAT_OK)
        return SBK_SW_DATA;
    if (!sbk_memory_stage(sbk_card_memory(card), sbk_store_slot(SBK_AREA_IDENTITY, slot), object->value, object->size))
        return SBK_SW_MEMORY;
    head->identity = slot;
    sbk_memory_begin(sbk_card_memory(card));
    return sbk_chain_commit(card, head) ? SBK_SW_OK : SBK_SW_MEMORY;
}

static uint16_t store_mandate(struct sbk_card *card, struct sbk_head *head, const struct sbk_tlv *object) {
    uint8_t slot = sbk_store_other(head->mandate);
    struct sbk_mandate mandate;
    struct sbk_spent none = {0};

    if (sbk_mandate_parse(object->value, object->size, &mandate) != SBK_FORMAT_OK ||
        mandate.status != SBK_MANDATE_ACTIVE)
        return SBK_SW_DATA;
    for (uint8_t i = 0; i < mandate.purse_count; i++)
        if (mandate.purses[i].inherits != 0)
            return SBK_SW_DATA; /* a new card holds no grant that could end */
    if (!sbk_memory_stage(sbk_card_memory(card), sbk_store_slot(SBK_AREA_MANDATE, slot), object->value, object->size))
        return SBK_SW_MEMORY;
    head->mandate = slot;
    sbk_memory_begin(sbk_card_memory(card));
    for (uint8_t i = 0; i < SBK_PURSES_MAX; i++)
        sbk_store_write_spent(card, i, &none);
    for (uint8_t i = 0; i < mandate.purse_count; i++) {
        struct sbk_spent spent = {.grant = mandate.purses[i].grant};

        sbk_store_write_spent(card, mandate.purses[i].slot, &spent);
    }
    return sbk_chain_commit(card, head) ? SBK_SW_OK : SBK_SW_MEMORY;
}

static uint16_t store_record(
    struct sbk_card *card, const struct sbk_entitlement *own, struct sbk_head *head, const struct sbk_tlv *object) {
    uint16_t status;

    if (!own->signer_known)
        return SBK_SW_CONDITIONS;
    if (object->size < SBK_MANDATE_MIN || object->size > SBK_MANDATE_MAX)
        return SBK_SW_DATA;
    status = sbk_record_check(card, own->signer, object->value, object->size);
    if (status != SBK_SW_OK)
        return status;
    return object->tag == SBK_TAG_IDENTITY ? store_identity(card, head, object) : store_mandate(card, head, object);
}

static uint16_t store_object(struct sbk_card *card, struct sbk_entitlement *own, const struct sbk_tlv *object) {
    struct sbk_head head;

    sbk_store_read_head(card, &head);
    switch (object->tag) {
    case SBK_TAG_ALIAS:
        return store_alias(card, &head, object);
    case SBK_TAG_SIGNER:
        return store_signer(card, own, object);
    case SBK_TAG_IDENTITY:
    case SBK_TAG_MANDATE:
        return store_record(card, own, &head, object);
    default:
        return SBK_SW_REFERENCE;
    }
}

/* B.15 */
uint16_t sbk_entitlement_store_data(struct sbk_card *card, struct sbk_exchange *exchange) {
    struct sbk_reader reader = sbk_reader_of(exchange->data, exchange->size);
    struct sbk_tlv object;
    uint16_t status = SBK_SW_OK;

    if (exchange->p1 != 0x90 || exchange->p2 != 0)
        return SBK_SW_P1P2;
    if (exchange->session != SBK_SESSION_SCP03 || exchange->level != SBK_LEVEL_FULL)
        return SBK_SW_SECURITY;
    if (sbk_card_closed(card))
        return SBK_SW_CONDITIONS;
    if (exchange->size == 0)
        return SBK_SW_DATA;
    while (reader.left > 0 && status == SBK_SW_OK) {
        if (sbk_tlv_next(&reader, &object) != SBK_FORMAT_OK)
            return SBK_SW_DATA;
        status = store_object(card, exchange->state, &object);
    }
    return sbk_card_memory(card)->broken ? SBK_SW_MEMORY : status;
}
