/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "applet/host/internal.h"

/* What the security domain tells: SELECT, GET DATA, GET STATUS. */

#define TAG_CARD_RECOGNITION 0x0066
#define TAG_KEY_INFORMATION 0x00E0
#define TAG_DIVERSIFICATION 0x00CF
#define AID_PARTIAL_MIN 5

static const uint8_t domain_aid[] = SBK_AID_DOMAIN;
static const uint8_t domain_fci[] =
    "\x6F\x17\x84\x08" SBK_AID_DOMAIN "\xA5\x0B\x73\x09\x06\x07\x2A\x86\x48\x86\xFC\x6B\x01";

/* Index -1 stands for the domain. */
bool sbk_domain_find(struct sbk_card *card, const uint8_t *name, size_t name_size, size_t beginning, uint8_t *index) {
    unsigned fits = 0;
    for (int i = -1; i < card->applet_count; i++) {
        const uint8_t *aid = i < 0 ? domain_aid : card->applets[i].applet->aid;
        size_t size = i < 0 ? SBK_AID_DOMAIN_SIZE : card->applets[i].applet->aid_size;
        if (name_size > size || memcmp(aid, name, name_size) != 0)
            continue;
        *index = (uint8_t)i;
        if (name_size == size)
            return true;
        fits++;
    }
    return fits == 1 && name_size >= beginning;
}

uint16_t sbk_domain_select(struct sbk_card *card, struct sbk_exchange *exchange) {
    uint8_t index = SBK_SELECTED_DOMAIN;
    sbk_channel_end(card);
    if (exchange->p1 != 0x04 || (exchange->p2 != 0x00 && exchange->p2 != 0x0C))
        return SBK_SW_P1P2;
    if (exchange->size != 0 && !sbk_domain_find(card, exchange->data, exchange->size, AID_PARTIAL_MIN, &index))
        return SBK_SW_NOT_FOUND;
    card->selected = index;
    const struct sbk_applet_entry *entry = sbk_card_applet(card, index);
    uint16_t status = SBK_SW_OK;
    if (entry == NULL) {
        sbk_exchange_value(exchange, domain_fci, sizeof domain_fci - 1);
    } else {
        exchange->state = entry->state;
        status = entry->applet->select(card, exchange);
    }
    if (exchange->p2 == 0x0C)
        exchange->response_size = 0;
    return status;
}

/* Card recognition data: object identifiers; the one of SCP03, the last, only while there are transport keys. */
static void recognition(struct sbk_card *card, struct sbk_exchange *exchange) {
    static const uint8_t objects[] = {0x06, 0x07, 0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x01, /* GP */
        0x60, 0x0C, 0x06, 0x0A, 0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x02, 0x02, 0x03, 0x01, /* 2.3.1 */
        0x63, 0x09, 0x06, 0x07, 0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x03,                   /* names */
        0x64, 0x0B, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x04, 0x11, 0x09,       /* SCP11a */
        0x64, 0x0B, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x04, 0x03, 0x60};      /* SCP03 */
    const uint8_t header[2] = {0x73, (uint8_t)(sizeof objects - (sbk_card_closed(card) ? 13 : 0))};
    sbk_exchange_value(exchange, header, 2);
    sbk_exchange_value(exchange, objects, header[1]);
}

/* Where each key's version stands in memory; 0 there: no such key. */
static void key_information(struct sbk_card *card, struct sbk_exchange *exchange) {
    static const struct {
        uint16_t offset;
        uint8_t kid;
        uint8_t type;   /* 88 AES; B0, B1 public and private P-256 */
        uint8_t length; /* as GlobalPlatform counts them */
    } keys[] = {{SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KVN, SBK_KID_SCP03_ENC, 0x88, 0x10},
        {SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KVN, SBK_KID_SCP03_MAC, 0x88, 0x10},
        {SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KVN, SBK_KID_SCP03_DEK, 0x88, 0x10},
        {SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_GENERATION, SBK_KID_ROOT, 0xB0, 0x40},
        {SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_PREVIOUS, SBK_KID_ROOT, 0xB0, 0x40},
        {SBK_IMAGE_CACHE + SBK_IMAGE_CACHE_GENERATION, SBK_KID_STATION_CA, 0xB0, 0x40},
        {SBK_IMAGE_AGREEMENT + SBK_IMAGE_PAIR_KVN, SBK_KID_AGREEMENT, 0xB1, 0x20},
        {SBK_IMAGE_SIGNING + SBK_IMAGE_PAIR_KVN, SBK_KID_SIGNING, 0xB1, 0x20}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        uint8_t entry[8] = {
            0xC0, keys[i].length == 0x10 ? 0x04 : 0x06, keys[i].kid, 0, keys[i].type, keys[i].length, 0xF0};
        sbk_memory_read(&card->memory, keys[i].offset, entry + 3, 1);
        if (entry[3] != 0)
            sbk_exchange_value(exchange, entry, 2u + entry[1]);
    }
}

/* Tags that the domain does not know go to the selected applet, else the one being personalized, else the first. */
static uint16_t applet_data(struct sbk_card *card, uint16_t tag, struct sbk_exchange *exchange) {
    static const uint8_t own_chain[] = {0xA6, 0x04, 0x83, 0x02, SBK_KID_AGREEMENT, SBK_KVN_CARD};
    uint8_t index = card->selected;
    if (index == SBK_SELECTED_DOMAIN) {
        index = card->personalized;
        exchange->terminal = NULL; /* the channel was not opened to the applet: its records are not for it */
    }
    if (index == SBK_SELECTED_DOMAIN)
        index = 0;
    const struct sbk_applet_entry *entry = sbk_card_applet(card, index);
    if (entry == NULL || entry->applet->get_data == NULL)
        return SBK_SW_REFERENCE;
    if (tag == SBK_TAG_CERTIFICATES && exchange->size != 0 &&
        (exchange->size != sizeof own_chain || memcmp(exchange->data, own_chain, sizeof own_chain) != 0))
        return SBK_SW_REFERENCE;
    exchange->state = entry->state;
    return entry->applet->get_data(card, tag, exchange);
}

/* Puts tag and length in front of the value, for which room was left. */
static void add_header(struct sbk_exchange *exchange, uint16_t tag) {
    uint8_t header[SBK_TLV_HEADER_MAX];
    struct sbk_writer writer = sbk_writer_of(header, sizeof header);
    sbk_write_tlv_header(&writer, tag, exchange->response_size);
    exchange->response -= writer.used;
    exchange->room += writer.used;
    memcpy(exchange->response, header, writer.used);
    exchange->response_size += writer.used;
}

uint16_t sbk_domain_get_data(struct sbk_card *card, struct sbk_exchange *exchange) {
    uint16_t tag = (uint16_t)(exchange->p1 << 8 | exchange->p2);
    uint16_t status = SBK_SW_OK;
    if (exchange->room < SBK_TLV_HEADER_MAX + SBK_SERIAL_SIZE)
        return SBK_SW_LENGTH;
    exchange->response += SBK_TLV_HEADER_MAX;
    exchange->room -= SBK_TLV_HEADER_MAX;
    switch (tag) {
    case TAG_CARD_RECOGNITION:
        recognition(card, exchange);
        break;
    case TAG_KEY_INFORMATION:
        key_information(card, exchange);
        break;
    case TAG_DIVERSIFICATION:
        sbk_card_serial(card, exchange->response);
        exchange->response_size = SBK_SERIAL_SIZE;
        break;
    default:
        status = applet_data(card, tag, exchange);
    }
    if (status == SBK_SW_OK && exchange->cla != 0x00 && exchange->response_size <= exchange->room)
        add_header(exchange, tag);
    return status;
}

/* One entry of GET STATUS: E3 { 4F AID, 9F70 state, C5 privileges }. */
static void status_entry(
    struct sbk_exchange *exchange, const uint8_t *aid, uint8_t aid_size, uint8_t state, uint8_t privilege) {
    const uint8_t header[4] = {0xE3, (uint8_t)(2 + aid_size + 4 + 5), 0x4F, aid_size};
    const uint8_t tail[9] = {0x9F, 0x70, 0x01, state, 0xC5, 0x03, privilege, 0x00, 0x00};
    sbk_exchange_value(exchange, header, sizeof header);
    sbk_exchange_value(exchange, aid, aid_size);
    sbk_exchange_value(exchange, tail, sizeof tail);
}

uint16_t sbk_domain_get_status(struct sbk_card *card, struct sbk_exchange *exchange) {
    uint8_t life = 0;
    if (exchange->session != SBK_SESSION_SCP03)
        return SBK_SW_SECURITY;
    if (exchange->p2 != 0x02)
        return SBK_SW_P1P2;
    /* The search criterion: every application. */
    if (exchange->size != 2 || memcmp(exchange->data, "\x4F\x00", 2) != 0)
        return SBK_SW_DATA;
    sbk_memory_read(&card->memory, SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_STATE, &life, 1);
    if (exchange->p1 == 0x80)
        status_entry(exchange, domain_aid, SBK_AID_DOMAIN_SIZE, life, 0x9E);
    for (size_t i = 0; i < card->applet_count && exchange->p1 == 0x40; i++)
        status_entry(exchange, card->applets[i].applet->aid, card->applets[i].applet->aid_size, 0x07, 0x00);
    return exchange->response_size > 0 ? SBK_SW_OK : SBK_SW_REFERENCE;
}
