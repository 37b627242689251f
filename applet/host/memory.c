/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/host/memory.h"

#include <string.h>

#include "applet/host/image.h"
#include "applet/port/crypto.h"

/*
 * The guard and the marker have one layout: state, count, sequence u32, seven page numbers u8, CRC-32 over these and the
 * images; zeros.
 */
#define MARKER_STATE 0
#define MARKER_COUNT 1
#define MARKER_SEQUENCE 2
#define MARKER_NUMBERS 6
#define MARKER_CRC (MARKER_NUMBERS + SBK_MEMORY_PAGES_MAX)
#define STATE_BAD 0
#define STATE_IDLE 'I'      /* either: no transaction */
#define STATE_PREPARED 'P'  /* guard: the marker may be under way */
#define STATE_DECIDED 'D'   /* guard: a recovery read the marker as committed and keeps to that */
#define STATE_COMMITTED 'C' /* marker */
#define NOTHING_LOADED 0xFF

#define GUARD_PAGE (SBK_IMAGE_JOURNAL / SBK_PAGE_SIZE)
#define MARKER_PAGE (GUARD_PAGE + 1)
#define IMAGES (SBK_IMAGE_JOURNAL + SBK_JOURNAL_HEAD_PAGES * SBK_PAGE_SIZE)

static bool raw_read(struct sbk_memory *memory, uint32_t offset, uint8_t *out, size_t size) {
    if (memory->broken || !memory->port->read(memory->port->context, offset, out, size)) {
        memory->broken = true;
        memset(out, 0, size);
        return false;
    }
    return true;
}

static bool raw_write(struct sbk_memory *memory, uint32_t page, const uint8_t *bytes) {
    if (memory->broken || !memory->port->write(memory->port->context, (uint16_t)page, bytes)) {
        memory->broken = true;
        return false;
    }
    memory->page_writes++;
    return true;
}

/* CRC-32 of IEEE 802.3, without a table: code size counts more than speed here. */
static uint32_t crc_add(uint32_t crc, const uint8_t *data, size_t size) {
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
    }
    return crc;
}

static void put_u32(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

static uint32_t get_u32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static bool marker_crc(struct sbk_memory *memory, const uint8_t *marker, uint32_t *crc) {
    uint8_t image[SBK_PAGE_SIZE];
    *crc = crc_add(0xFFFFFFFFu, marker, MARKER_CRC);
    for (uint32_t i = 0; i < marker[MARKER_COUNT]; i++) {
        if (!raw_read(memory, IMAGES + i * SBK_PAGE_SIZE, image, sizeof image))
            return false;
        *crc = crc_add(*crc, image, sizeof image);
    }
    *crc = ~*crc;
    return true;
}

/* Writes a guard or marker for the pages of the transaction; idle ones name none. */
static bool marker_write(struct sbk_memory *memory, uint32_t page, uint8_t state) {
    uint8_t marker[SBK_PAGE_SIZE] = {0};
    uint32_t crc;
    marker[MARKER_STATE] = state;
    put_u32(marker + MARKER_SEQUENCE, memory->sequence);
    if (state != STATE_IDLE) {
        marker[MARKER_COUNT] = memory->count;
        memcpy(marker + MARKER_NUMBERS, memory->pages, sizeof memory->pages);
    }
    if (!marker_crc(memory, marker, &crc))
        return false;
    put_u32(marker + MARKER_CRC, crc);
    return raw_write(memory, page, marker);
}

/*
 * Reads a guard or marker; state is STATE_BAD where it is no whole one. A good one that is not idle gives its pages to
 * the transaction, to be applied. A bad page is no error of the port.
 */
static bool marker_read(struct sbk_memory *memory, uint32_t page, uint8_t *state) {
    uint8_t marker[SBK_PAGE_SIZE];
    uint32_t crc;
    *state = STATE_BAD;
    /* The buffer is free at power-on: the second reading goes there. */
    if (!raw_read(memory, page * SBK_PAGE_SIZE, marker, SBK_PAGE_SIZE) ||
        !raw_read(memory, page * SBK_PAGE_SIZE, memory->buffer, SBK_PAGE_SIZE))
        return false;
    if (memcmp(marker, memory->buffer, SBK_PAGE_SIZE) != 0 || marker[MARKER_COUNT] > SBK_MEMORY_PAGES_MAX)
        return true;
    if (!marker_crc(memory, marker, &crc))
        return false;
    if (crc != get_u32(marker + MARKER_CRC))
        return true;
    *state = marker[MARKER_STATE];
    memory->sequence = get_u32(marker + MARKER_SEQUENCE);
    memory->count = marker[MARKER_COUNT];
    memcpy(memory->pages, marker + MARKER_NUMBERS, sizeof memory->pages);
    return true;
}

/* Copies the images home, then sets the marker idle, then the guard: while that is not, the marker is decided anew. */
static bool finish(struct sbk_memory *memory) {
    uint8_t image[SBK_PAGE_SIZE];
    bool good = true;
    for (uint32_t i = 0; i < memory->count && good; i++)
        good = memory->pages[i] < SBK_IMAGE_PAGES &&
               raw_read(memory, IMAGES + i * SBK_PAGE_SIZE, image, sizeof image) &&
               raw_write(memory, memory->pages[i], image);
    sbk_port_wipe(image, sizeof image); /* it may have held keys or PINs */
    return good && marker_write(memory, MARKER_PAGE, STATE_IDLE) && marker_write(memory, GUARD_PAGE, STATE_IDLE);
}

/*
 * A guard that reads idle means that the marker is whole and idle too: the marker is written only between a guard
 * prepared and a guard set idle. Else the marker, or a guard that an earlier recovery set to decided, says whether the
 * transaction counts; before the copying begins, the guard is set to decided, so that a weak marker is asked only once.
 */
static bool recover(struct sbk_memory *memory) {
    uint8_t state;
    if (!marker_read(memory, GUARD_PAGE, &state))
        return false;
    if (state == STATE_IDLE)
        return true;
    if (state != STATE_DECIDED) {
        memory->count = 0;
        if (!marker_read(memory, MARKER_PAGE, &state))
            return false;
        if (state != STATE_COMMITTED)
            memory->count = 0;
        else if (!marker_write(memory, GUARD_PAGE, STATE_DECIDED))
            return false;
    }
    return finish(memory);
}

bool sbk_memory_power_on(struct sbk_memory *memory, const struct sbk_port *port) {
    memory->port = port;
    memory->sequence = 0;
    memory->broken = false;
    sbk_memory_abort(memory);
    bool good = recover(memory);
    sbk_memory_abort(memory);
    return good;
}

static size_t find_page(const struct sbk_memory *memory, uint32_t page) {
    size_t index = 0;
    while (index < memory->count && memory->pages[index] != page)
        index++;
    return index;
}

static bool inside(uint32_t offset, size_t size) {
    return offset <= SBK_IMAGE_SIZE && size <= SBK_IMAGE_SIZE - offset;
}

static size_t part_in_page(uint32_t offset, size_t size) {
    size_t part = SBK_PAGE_SIZE - offset % SBK_PAGE_SIZE;
    return part < size ? part : size;
}

bool sbk_memory_read(struct sbk_memory *memory, uint32_t offset, uint8_t *out, size_t size) {
    bool good = inside(offset, size);
    while (good && size > 0) {
        size_t part = part_in_page(offset, size);
        size_t index = find_page(memory, offset / SBK_PAGE_SIZE);
        uint32_t source = offset;
        if (index == memory->loaded && index < memory->count) {
            memcpy(out, memory->buffer + offset % SBK_PAGE_SIZE, part);
        } else {
            if (index < memory->count)
                source = IMAGES + (uint32_t)index * SBK_PAGE_SIZE + offset % SBK_PAGE_SIZE;
            good = raw_read(memory, source, out, part);
        }
        if (good) {
            out += part;
            offset += (uint32_t)part;
            size -= part;
        }
    }
    memset(out, 0, size); /* what could not be read; nothing where all was */
    return good;
}

void sbk_memory_begin(struct sbk_memory *memory) {
    sbk_memory_abort(memory);
    memory->open = true;
}

static bool flush(struct sbk_memory *memory) {
    if (memory->loaded != NOTHING_LOADED && memory->dirty) {
        if (!raw_write(memory, IMAGES / SBK_PAGE_SIZE + memory->loaded, memory->buffer))
            return false;
        memory->dirty = false;
    }
    return true;
}

/* Brings the image of a page into the buffer, taking the page into the transaction if it is new. */
static bool load(struct sbk_memory *memory, uint32_t page) {
    size_t index = find_page(memory, page);
    if (index < memory->count && index == memory->loaded)
        return true;
    if (!flush(memory))
        return false;
    uint32_t source = IMAGES + (uint32_t)index * SBK_PAGE_SIZE;
    if (index == memory->count) {
        if (memory->count == SBK_MEMORY_PAGES_MAX)
            return false;
        source = page * SBK_PAGE_SIZE;
    }
    memory->loaded = NOTHING_LOADED;
    if (!raw_read(memory, source, memory->buffer, SBK_PAGE_SIZE))
        return false;
    if (index == memory->count) {
        memory->pages[memory->count++] = (uint8_t)page;
        memory->dirty = true;
    }
    memory->loaded = (uint8_t)index;
    return true;
}

bool sbk_memory_write(struct sbk_memory *memory, uint32_t offset, const uint8_t *data, size_t size) {
    if (!memory->open || memory->failed || !inside(offset, size)) {
        memory->failed = true;
        return false;
    }
    while (size > 0) {
        size_t part = part_in_page(offset, size);
        if (!load(memory, offset / SBK_PAGE_SIZE)) {
            memory->failed = true;
            return false;
        }
        memcpy(memory->buffer + offset % SBK_PAGE_SIZE, data, part);
        memory->dirty = true;
        data += part;
        offset += (uint32_t)part;
        size -= part;
    }
    return true;
}

bool sbk_memory_erase(struct sbk_memory *memory, uint32_t offset, uint32_t pages) {
    const uint8_t none = 0;
    for (; pages > 0; pages--, offset += SBK_PAGE_SIZE) {
        /* Taking one byte of the page into the transaction brings the page into the buffer. */
        if (!sbk_memory_write(memory, offset, &none, 1))
            return false;
        memset(memory->buffer, 0, sizeof memory->buffer);
    }
    return true;
}

bool sbk_memory_commit(struct sbk_memory *memory) {
    bool good = memory->open && !memory->failed && !memory->broken;
    if (good && memory->count > 0) {
        memory->sequence++;
        good = flush(memory) && marker_write(memory, GUARD_PAGE, STATE_PREPARED) &&
               marker_write(memory, MARKER_PAGE, STATE_COMMITTED) && finish(memory);
        if (good)
            memory->transactions++;
    }
    sbk_memory_abort(memory);
    return good;
}

void sbk_memory_abort(struct sbk_memory *memory) {
    memory->open = false;
    memory->failed = false;
    memory->dirty = false;
    memory->count = 0;
    memory->loaded = NOTHING_LOADED;
    /* The buffer may have held keys or PINs. */
    memset(memory->buffer, 0, sizeof memory->buffer);
}

bool sbk_memory_stage(struct sbk_memory *memory, uint32_t offset, const uint8_t *data, size_t size) {
    if (memory->open || !inside(offset, size))
        return false;
    while (size > 0) {
        size_t part = part_in_page(offset, size);
        uint32_t page = offset / SBK_PAGE_SIZE;
        if (part < SBK_PAGE_SIZE && !raw_read(memory, page * SBK_PAGE_SIZE, memory->buffer, SBK_PAGE_SIZE))
            return false;
        memcpy(memory->buffer + offset % SBK_PAGE_SIZE, data, part);
        if (!raw_write(memory, page, memory->buffer))
            return false;
        data += part;
        offset += (uint32_t)part;
        size -= part;
    }
    return true;
}

bool sbk_memory_scrub(struct sbk_memory *memory) {
    if (memory->open)
        return false;
    memset(memory->buffer, 0, sizeof memory->buffer);
    for (uint32_t i = 0; i < SBK_MEMORY_PAGES_MAX; i++)
        if (!raw_write(memory, IMAGES / SBK_PAGE_SIZE + i, memory->buffer))
            return false;
    return true;
}
