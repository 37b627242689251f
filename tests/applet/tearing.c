/* SPDX-License-Identifier: Apache-2.0 */
#include "tearing.h"

#include <string.h>

static uint32_t noise(struct tearing *tearing) {
    tearing->noise = tearing->noise * 1664525u + 1013904223u;
    return tearing->noise >> 16;
}

static bool reads_new(struct tearing *tearing, uint8_t mode) {
    switch (mode) {
    case TEAR_WEAK_READS:
        return tearing->reads % 2 == 0;
    case TEAR_WEAK_NEW_FIRST:
        return tearing->boots % 2 == 1;
    default:
        return tearing->boots % 2 == 0;
    }
}

static bool port_read(void *context, uint32_t offset, uint8_t *out, size_t size) {
    struct tearing *tearing = context;
    if (tearing->cut || offset + size > SBK_IMAGE_SIZE)
        return false;
    memcpy(out, tearing->image + offset, size);
    tearing->reads++;
    for (size_t i = 0; i < size; i++) {
        size_t page = (offset + i) / SBK_PAGE_SIZE;
        uint8_t mode = tearing->weak[page];
        if (mode == 0)
            continue;
        uint8_t old = tearing->old[page][(offset + i) % SBK_PAGE_SIZE];
        if (mode == TEAR_WEAK_BITS)
            out[i] = (uint8_t)(out[i] ^ ((out[i] ^ old) & noise(tearing)));
        else if (!reads_new(tearing, mode))
            out[i] = old;
    }
    return true;
}

static void tear(struct tearing *tearing, uint16_t page, const uint8_t *bytes) {
    uint8_t *at = tearing->image + page * SBK_PAGE_SIZE;
    memcpy(tearing->old[page], at, SBK_PAGE_SIZE);
    tearing->weak[page] = 0;
    switch (tearing->outcome) {
    case TEAR_NOT_STARTED:
        break;
    case TEAR_PARTLY_ERASED:
        memset(at, 0xFF, SBK_PAGE_SIZE / 2);
        break;
    case TEAR_ERASED:
        memset(at, 0xFF, SBK_PAGE_SIZE);
        break;
    case TEAR_PARTLY_PROGRAMMED:
        memset(at, 0xFF, SBK_PAGE_SIZE);
        memcpy(at, bytes, SBK_PAGE_SIZE / 8);
        break;
    case TEAR_DONE:
        memcpy(at, bytes, SBK_PAGE_SIZE);
        break;
    default:
        memcpy(at, bytes, SBK_PAGE_SIZE);
        tearing->weak[page] = (uint8_t)tearing->outcome;
        break;
    }
}

static bool port_write(void *context, uint16_t page, const uint8_t bytes[SBK_PAGE_SIZE]) {
    struct tearing *tearing = context;
    if (tearing->cut || page >= SBK_IMAGE_PAGES)
        return false;
    tearing->writes++;
    if (tearing->writes == tearing->cut_at) {
        tear(tearing, page, bytes);
        tearing->cut = true;
        return false;
    }
    memcpy(tearing->image + page * SBK_PAGE_SIZE, bytes, SBK_PAGE_SIZE);
    tearing->weak[page] = 0;
    return true;
}

static bool port_random(void *context, uint8_t *out, size_t size) {
    struct tearing *tearing = context;
    for (size_t i = 0; i < size; i++) {
        if (tearing->random_size > 0) {
            out[i] = *tearing->random++;
            tearing->random_size--;
        } else {
            out[i] = (uint8_t)noise(tearing);
        }
    }
    return true;
}

void tearing_init(struct tearing *tearing) {
    memset(tearing, 0, sizeof *tearing);
    tearing->noise = 1;
    tearing->port.context = tearing;
    tearing->port.read = port_read;
    tearing->port.write = port_write;
    tearing->port.random = port_random;
}

void tearing_power_on(struct tearing *tearing, uint32_t cut_at, enum tear outcome) {
    tearing->cut = false;
    tearing->cut_at = cut_at;
    tearing->outcome = outcome;
    tearing->writes = 0;
    tearing->boots++;
}
