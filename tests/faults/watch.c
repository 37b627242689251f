/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "applet/entitlement/image.h"
#include "tests/faults/crypto_memo.h"
#include "tests/faults/enumerate.h"

/* Listens at the port and at the hash for what the card does with a PIN and when. */

#define GUARD SBK_IMAGE_JOURNAL
#define TRIES_PAGE (SBK_AREA_TRIES / SBK_PAGE_SIZE)
#define LIFE_PAGE (SBK_IMAGE_LIFE / SBK_PAGE_SIZE)
#define PIN_INPUT 25 /* salt, size, eight digits */

struct watch watch;
static const struct tearing *watched;
static uint8_t cryptogram_tries;
static bool (*plain_read)(void *context, uint32_t offset, uint8_t *out, size_t size);
static bool (*plain_write)(void *context, uint16_t page, const uint8_t bytes[SBK_PAGE_SIZE]);

static bool port_read(void *context, uint32_t offset, uint8_t *out, size_t size) {
    if (context == watched && offset / SBK_PAGE_SIZE <= TRIES_PAGE && (offset + size - 1) / SBK_PAGE_SIZE >= TRIES_PAGE)
        watch.read_back = true;
    return plain_read(context, offset, out, size);
}

/* Durable: the page is whole at home and no transaction is open that could still be rolled back or forward. */
static bool is_lowered(const struct tearing *memory) {
    const uint8_t *tries = memory->image + SBK_AREA_TRIES;

    return memory->image[GUARD] == 'I' && memory->weak[GUARD / SBK_PAGE_SIZE] == 0 && memory->weak[TRIES_PAGE] == 0 &&
           (tries[0] < watch.tries[0] || tries[1] < watch.tries[1] ||
               memory->image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_TRIES] < cryptogram_tries);
}

static bool port_write(void *context, uint16_t page, const uint8_t bytes[SBK_PAGE_SIZE]) {
    if (context == watched) {
        if (page == TRIES_PAGE)
            watch.read_back = false;
        watch.writes++;
        if (!watch.lowered) {
            watch.until_lower = (watch.until_lower ^ page) * 1099511628211u;
            for (size_t i = 0; i < SBK_PAGE_SIZE; i++)
                watch.until_lower = (watch.until_lower ^ bytes[i]) * 1099511628211u;
        }
    }
    bool good = plain_write(context, page, bytes);
    if (context == watched && is_lowered(context))
        watch.lowered = true;
    return good;
}

static void on_hash(const uint8_t *data, size_t size) {
    if (!watched || size != PIN_INPUT)
        return;
    for (uint32_t person = 0; person < 2; person++) {
        const uint8_t *page = watched->image + SBK_AREA_PINS + person * SBK_PAGE_SIZE;

        if (page[SBK_PIN_SET] != 1 || memcmp(data, page + SBK_PIN_SALT, 16) != 0)
            continue;
        watch.pin_used = true;
        if (!watch.lowered || !watch.read_back || watched->image[SBK_AREA_TRIES + person] >= watch.tries[person])
            watch.fault = true;
    }
}

void watch_stop(void) {
    watched = NULL;
}

void watch_rig(struct rig *rig) {
    struct tearing *memory = &rig->f.memory;

    memset(&watch, 0, sizeof(watch));
    memcpy(watch.tries, memory->image + SBK_AREA_TRIES, 2);
    cryptogram_tries = memory->image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_TRIES];
    watched = memory;
    crypto_on_hash = on_hash;
    if (memory->port.read != port_read) {
        plain_read = memory->port.read;
        plain_write = memory->port.write;
        memory->port.read = port_read;
        memory->port.write = port_write;
    }
}
