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

/* A mandate that a new card may carry: its purses begin at zero, in the open transaction, the floor at its issue day. */
static bool begin_mandate(struct sbk_card *card, struct sbk_head *head, const struct sbk_tlv *object) {
    struct sbk_mandate mandate;
    struct sbk_spent spent[SBK_PURSES_MAX] = {0};

    if (sbk_mandate_parse(object->value, object->size, &mandate) != SBK_FORMAT_OK ||
        mandate.status != SBK_MANDATE_ACTIVE)
        return false;
    for (size_t i = 0; i < mandate.purse_count; i++) {
        if (mandate.purses[i].inherits != 0)
            return false; /* a new card holds no grant that could end */
        spent[mandate.purses[i].slot].grant = mandate.purses[i].grant;
    }
    for (uint8_t slot = 0; slot < SBK_PURSES_MAX; slot++)
        sbk_store_write_spent(card, slot, &spent[slot]);
    head->floor = mandate.issued;
    return true;
}

static bool identity_good(const struct sbk_tlv *object) {
    struct sbk_identity_head identity;

    return sbk_store_identity_read(object->value, object->size, &identity);
}

/* Either record: staged into the other slot, then the slot is flipped. */
static uint16_t store_record(
    struct sbk_card *card, const struct sbk_entitlement *own, struct sbk_head *head, const struct sbk_tlv *object) {
    struct sbk_memory *memory = sbk_card_memory(card);
    bool identity = object->tag == SBK_TAG_IDENTITY;
    uint8_t *slot = identity ? &head->identity : &head->mandate;
    uint16_t status;

    if (!own->signer_known)
        return SBK_SW_CONDITIONS;
    if (object->size < SBK_MANDATE_MIN || object->size > SBK_MANDATE_MAX)
        return SBK_SW_DATA;
    status = sbk_record_check(card, own->signer, object->value, object->size);
    if (status != SBK_SW_OK)
        return status;
    *slot = sbk_store_other(*slot);
    if (!sbk_memory_stage(memory, sbk_store_slot(identity ? SBK_AREA_IDENTITY : SBK_AREA_MANDATE, *slot), object->value,
            object->size))
        return SBK_SW_MEMORY;
    sbk_memory_begin(memory);
    if (identity ? !identity_good(object) : !begin_mandate(card, head, object)) {
        sbk_memory_abort(memory);
        return SBK_SW_DATA;
    }
    return sbk_chain_commit(card, head) ? SBK_SW_OK : SBK_SW_MEMORY;
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
