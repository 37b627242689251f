/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "applet/host/internal.h"

void sbk_card_init(
    struct sbk_card *card, const struct sbk_port *port, const struct sbk_applet_entry *applets, uint8_t applet_count) {
    memset(card, 0, sizeof *card);
    card->port = port;
    card->applets = applets;
    card->applet_count = applet_count;
    card->selected = SBK_SELECTED_DOMAIN;
    card->personalized = SBK_SELECTED_DOMAIN;
}

/* The header is written once at manufacture and never again, so it needs no protection against tears. */
static bool format_known(struct sbk_card *card) {
    uint8_t header[SBK_IMAGE_HEADER_SERIAL];
    return sbk_memory_read(&card->memory, SBK_IMAGE_HEADER, header, sizeof header) &&
           memcmp(header, SBK_IMAGE_MAGIC, SBK_IMAGE_MAGIC_SIZE) == 0 && header[SBK_IMAGE_HEADER_FORMAT] == 0 &&
           header[SBK_IMAGE_HEADER_FORMAT + 1] == SBK_IMAGE_FORMAT && header[SBK_IMAGE_HEADER_PAGES] == 0 &&
           header[SBK_IMAGE_HEADER_PAGES + 1] == SBK_IMAGE_PAGES;
}

static void wipe_channel(struct sbk_card *card) {
    sbk_port_wipe(&card->messaging, offsetof(struct sbk_card, buffer) - offsetof(struct sbk_card, messaging));
    card->session = SBK_SESSION_NONE;
    card->stage = SBK_CHANNEL_NONE;
    card->personalized = SBK_SELECTED_DOMAIN;
    card->closing = false;
}

void sbk_card_power_on(struct sbk_card *card) {
    card->selected = SBK_SELECTED_DOMAIN;
    card->chaining = false;
    card->pending_size = 0;
    wipe_channel(card);
    sbk_port_wipe(card->buffer, sizeof card->buffer);
    card->dead = !sbk_memory_power_on(&card->memory, card->port) || !format_known(card);
    for (uint8_t i = 0; i < card->applet_count && !card->dead; i++)
        if (card->applets[i].applet->power_on != NULL)
            card->applets[i].applet->power_on(card, card->applets[i].state);
}

bool sbk_card_manufacture(const struct sbk_port *port, const uint8_t serial[SBK_SERIAL_SIZE], const uint8_t keys[48]) {
    uint8_t page[SBK_PAGE_SIZE] = {0};
    for (uint16_t i = 2; i < SBK_IMAGE_PAGES; i++)
        if (!port->write(port->context, i, page))
            return false;
    page[SBK_IMAGE_LIFE_STATE] = SBK_LIFE_INITIALIZED;
    page[SBK_IMAGE_LIFE_KVN] = SBK_KVN_TRANSPORT;
    page[SBK_IMAGE_LIFE_TRIES] = SBK_LIFE_TRIES;
    memcpy(page + SBK_IMAGE_LIFE_KEYS, keys, 48);
    bool good = port->write(port->context, SBK_IMAGE_LIFE / SBK_PAGE_SIZE, page);
    sbk_port_wipe(page, sizeof page);
    /* The header comes last: without it the image is no card. */
    memcpy(page, SBK_IMAGE_MAGIC, SBK_IMAGE_MAGIC_SIZE);
    page[SBK_IMAGE_HEADER_FORMAT + 1] = SBK_IMAGE_FORMAT;
    page[SBK_IMAGE_HEADER_PAGES + 1] = SBK_IMAGE_PAGES;
    memcpy(page + SBK_IMAGE_HEADER_SERIAL, serial, SBK_SERIAL_SIZE);
    return good && port->write(port->context, 0, page);
}

const struct sbk_applet_entry *sbk_card_applet(struct sbk_card *card, uint8_t index) {
    return index < card->applet_count ? &card->applets[index] : NULL;
}

void sbk_channel_end(struct sbk_card *card) {
    /* A bureau's session stands on the domain and works for the applet being personalized. */
    bool on_domain = card->selected == SBK_SELECTED_DOMAIN;
    const struct sbk_applet_entry *entry = sbk_card_applet(card, on_domain ? card->personalized : card->selected);
    wipe_channel(card);
    if (entry != NULL && entry->applet->session_close != NULL)
        entry->applet->session_close(card, entry->state);
}

uint16_t sbk_card_floor(struct sbk_card *card) {
    uint16_t floor = 0;
    for (uint8_t i = 0; i < card->applet_count; i++) {
        const struct sbk_applet *applet = card->applets[i].applet;
        uint16_t day = applet->floor != NULL ? applet->floor(card, card->applets[i].state) : 0;
        if (day > floor)
            floor = day;
    }
    return floor;
}

void sbk_exchange_value(struct sbk_exchange *exchange, const uint8_t *data, size_t size) {
    if (size > exchange->room - exchange->response_size)
        return;
    memcpy(exchange->response + exchange->response_size, data, size);
    exchange->response_size += size;
}

struct sbk_memory *sbk_card_memory(struct sbk_card *card) {
    return &card->memory;
}

bool sbk_card_closed(struct sbk_card *card) {
    uint8_t state;
    return sbk_memory_read(&card->memory, SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_STATE, &state, 1) &&
           state == SBK_LIFE_SECURED;
}

void sbk_card_serial(struct sbk_card *card, uint8_t serial[SBK_SERIAL_SIZE]) {
    sbk_memory_read(&card->memory, SBK_IMAGE_HEADER + SBK_IMAGE_HEADER_SERIAL, serial, SBK_SERIAL_SIZE);
}

bool sbk_card_sign(struct sbk_card *card, const uint8_t hash[SBK_HASH_SIZE], uint8_t signature[SBK_SIGNATURE_SIZE]) {
    uint8_t scalar[32];
    bool good = sbk_keys_private(card, SBK_KID_SIGNING, scalar);
    if (good) {
        card->counts.signs++;
        good = sbk_port_p256_sign(scalar, hash, signature);
    }
    sbk_port_wipe(scalar, sizeof scalar);
    return good;
}

bool sbk_card_random(struct sbk_card *card, uint8_t *out, size_t size) {
    return card->port->random(card->port->context, out, size);
}

bool sbk_card_statement(struct sbk_card *card, uint8_t statement[SBK_STATEMENT_SIZE]) {
    return sbk_card_closed(card) && sbk_memory_read(&card->memory, SBK_IMAGE_STATEMENT, statement, SBK_STATEMENT_SIZE);
}

void sbk_card_release_data(struct sbk_card *card, struct sbk_exchange *exchange) {
    exchange->data = NULL;
    exchange->size = 0;
    exchange->response = card->buffer;
    exchange->room = SBK_CARD_BUFFER - SBK_MESSAGING_OVERHEAD;
    exchange->response_size = 0;
}
