/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/entitlement.h"
#include "applet/host/card.h"
#include "applet/host/image.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

/*
 * A card for tests in other languages: reads APDUs from standard input and answers on standard output, each with a
 * two-byte big-endian length; length 0 powers the card off and on, FFFF asks for its counts (u32 each: APDUs, bytes in,
 * bytes out, verifications, signatures, key generations, ECDH, page writes, transactions), FFFE and a whole image puts that in
 * the place of the memory and powers on, FFFD asks for the image. Its memory is RAM and ends with the process.
 */
#define ASK_COUNTS 0xFFFF
#define LOAD_IMAGE 0xFFFE
#define ASK_IMAGE 0xFFFD

static uint8_t image[SBK_IMAGE_SIZE];

static bool image_read(void *context, uint32_t offset, uint8_t *out, size_t size) {
    (void)context;
    memcpy(out, image + offset, size);
    return true;
}

static bool image_write(void *context, uint16_t page, const uint8_t bytes[SBK_PAGE_SIZE]) {
    (void)context;
    memcpy(image + (size_t)page * SBK_PAGE_SIZE, bytes, SBK_PAGE_SIZE);
    return true;
}

static bool image_random(void *context, uint8_t *out, size_t size) {
    (void)context;
    return RAND_bytes(out, (int)size) == 1;
}

/* The transport keys that a virtual blank with the test master and serial zero carries are made by the test's own client:
 * here they are diversified as the specification says. */
static bool manufacture(const struct sbk_port *port) {
    static const uint8_t master[16] = {
        0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F};
    uint8_t serial[SBK_SERIAL_SIZE];
    uint8_t keys[48];
    uint8_t input[1 + SBK_SERIAL_SIZE];
    if (!image_random(NULL, serial, sizeof serial)) {
        return false;
    }
    memcpy(input + 1, serial, sizeof serial);
    for (uint8_t i = 0; i < 3; i++) {
        input[0] = (uint8_t)(i + 1);
        sbk_cmac(master, input, sizeof input, keys + 16 * i);
    }
    return sbk_card_manufacture(port, serial, keys);
}

static bool read_command(uint8_t *command, size_t room, size_t *size) {
    uint8_t length[2];
    if (fread(length, 1, 2, stdin) != 2) {
        return false;
    }
    *size = (size_t)length[0] << 8 | length[1];
    if (*size == ASK_COUNTS || *size == ASK_IMAGE) {
        return true;
    }
    if (*size == LOAD_IMAGE) {
        *size = 0;
        return fread(image, 1, sizeof image, stdin) == sizeof image;
    }
    return *size <= room && fread(command, 1, *size, stdin) == *size;
}

static bool write_response(const uint8_t *response, size_t size) {
    uint8_t length[2] = {(uint8_t)(size >> 8), (uint8_t)size};
    return fwrite(length, 1, 2, stdout) == 2 && fwrite(response, 1, size, stdout) == size && fflush(stdout) == 0;
}

static size_t write_counts(const struct sbk_card *card, uint8_t *out, size_t room) {
    const struct sbk_card_counts *counts = &card->counts;
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_write_u32(&writer, counts->apdus);
    sbk_write_u32(&writer, counts->bytes_in);
    sbk_write_u32(&writer, counts->bytes_out);
    sbk_write_u32(&writer, counts->verifies);
    sbk_write_u32(&writer, counts->signs);
    sbk_write_u32(&writer, counts->keygens);
    sbk_write_u32(&writer, counts->agreements);
    sbk_write_u32(&writer, card->memory.page_writes);
    sbk_write_u32(&writer, card->memory.transactions);
    return writer.used;
}

int main(void) {
    static const struct sbk_port port = {NULL, image_read, image_write, image_random};
    static struct sbk_entitlement state;
    const struct sbk_applet_entry applets[] = {{&sbk_entitlement_applet, &state}};
    static struct sbk_card card;
    static uint8_t command[2048];
    uint8_t response[SBK_RESPONSE_MAX];
    size_t size;

    sbk_card_init(&card, &port, applets, 1);
    if (!manufacture(&port)) {
        return 1;
    }
    sbk_card_power_on(&card);
    while (read_command(command, sizeof command, &size)) {
        size_t answer = 0;
        if (size == ASK_IMAGE) {
            if (!write_response(image, sizeof image)) {
                return 1;
            }
            continue;
        }
        if (size == 0) {
            sbk_card_power_on(&card);
        } else if (size == ASK_COUNTS) {
            answer = write_counts(&card, response, sizeof response);
        } else {
            answer = sbk_card_process(&card, command, size, response, sizeof response);
        }
        if (!write_response(response, answer)) {
            return 1;
        }
    }
    return 0;
}
