/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/station_rig.h"

#include "applet/entitlement/entitlement.h"
#include "applet/host/card.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

struct rig_card {
    uint8_t image[SBK_IMAGE_SIZE];
    struct sbk_port port;
    struct sbk_entitlement state;
    struct sbk_applet_entry applets[1];
    struct sbk_card card;
};

static bool image_read(void *context, uint32_t offset, uint8_t *out, size_t size) {
    const struct rig_card *card = context;
    memcpy(out, card->image + offset, size);
    return true;
}

static bool image_write(void *context, uint16_t page, const uint8_t bytes[SBK_PAGE_SIZE]) {
    struct rig_card *card = context;
    memcpy(card->image + (size_t)page * SBK_PAGE_SIZE, bytes, SBK_PAGE_SIZE);
    return true;
}

static bool image_random(void *context, uint8_t *out, size_t size) {
    (void)context;
    return RAND_bytes(out, (int)size) == 1;
}

static sbk_result transmit(void *context, const uint8_t *command, size_t size, uint8_t *response, size_t room,
    size_t *received, struct sbk_error *error) {
    struct rig *rig = context;
    (void)error;
    if (rig->before_apdu != NULL)
        rig->before_apdu(rig->context, "before APDU");
    *received = sbk_card_process(&rig->card->card, command, size, response, room < 258 ? room : 258);
    if (rig->before_apdu != NULL)
        rig->before_apdu(rig->context, "after APDU");
    return SBK_OK;
}

void rig_open(struct rig *rig) {
    struct rig_card *card = calloc(1, sizeof *card);
    if (card == NULL)
        abort();
    memset(rig, 0, sizeof *rig);
    card->port = (struct sbk_port){card, image_read, image_write, image_random};
    card->applets[0] = (struct sbk_applet_entry){&sbk_entitlement_applet, &card->state};
    rig->card = card;
    rig->transport = (struct sbk_transport){.transmit = transmit, .context = rig};
}

void rig_close(struct rig *rig) {
    free(rig->card);
    rig->card = NULL;
}

uint8_t *rig_image(struct rig *rig) {
    return rig->card->image;
}

bool rig_make(struct rig *rig, const uint8_t serial[10], const uint8_t keys[48]) {
    memset(rig->card->image, 0, sizeof rig->card->image);
    return sbk_card_manufacture(&rig->card->port, serial, keys);
}

void rig_tap(struct rig *rig) {
    sbk_card_init(&rig->card->card, &rig->card->port, rig->card->applets, 1);
    sbk_card_power_on(&rig->card->card);
}
