/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PORT_PORT_H
#define SBK_PORT_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One page is what the chip erases and programs in one go; a torn write loses all of it and nothing beside it. */
#define SBK_PAGE_SIZE 64

/*
 * What a chip gives the card beside crypto (port/crypto.h): non-volatile memory and random bytes. The port owns
 * context; every function gets it back. A function that returns false leaves the card refusing everything (6581) until
 * it is powered on again. Tests put a tearing memory here.
 */
struct sbk_port {
    void *context;
    /* Copies size bytes from byte offset of the image; any alignment. */
    bool (*read)(void *context, uint32_t offset, uint8_t *out, size_t size);
    /* Writes one whole page (page number, not offset). Returns after the bytes are durable. */
    bool (*write)(void *context, uint16_t page, const uint8_t bytes[SBK_PAGE_SIZE]);
    /* Fills out with unpredictable bytes. */
    bool (*random)(void *context, uint8_t *out, size_t size);
};

#endif
