/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_HOST_MEMORY_H
#define SBK_HOST_MEMORY_H

#include "applet/port/port.h"

/*
 * Transactional non-volatile memory over raw pages that can be torn.
 *
 * A transaction collects whole page images in the journal; commit writes the journal's marker (which pages, sequence
 * number, CRC-32 over marker and images), copies the images home and erases the marker. After a power cut at any page
 * write, and again at any page write of the recovery, memory is as before or as after the transaction:
 *  - the marker is read once at power-on and the decision taken on that copy;
 *  - a marker that looks good is written again before anything is copied, so that weak bits cannot change the answer;
 *  - a marker that does not is erased before anything else is written.
 * The order of the pages is in host/image.h.
 */
#define SBK_MEMORY_PAGES_MAX 7 /* 448 bytes: what the smallest commit buffers on the market hold */

struct sbk_memory {
    const struct sbk_port *port;
    uint32_t sequence;
    uint16_t pages[SBK_MEMORY_PAGES_MAX]; /* page numbers of the open transaction, in order of first write */
    uint8_t count;
    uint8_t loaded; /* index of the page image in buffer, or 0xFF */
    bool dirty;     /* buffer is newer than the journal */
    bool open;      /* between begin and commit or abort */
    bool failed;    /* a write of the open transaction did not fit or fell outside the image */
    bool broken;    /* the port failed: nothing works until the next power-on */
    uint8_t buffer[SBK_PAGE_SIZE];
    uint32_t page_writes;  /* counted since init; never reset here */
    uint32_t transactions; /* committed ones that wrote something */
};

/* Binds memory to a port and recovers: finishes or discards a transaction that a cut interrupted. False: port failed.
 */
bool sbk_memory_power_on(struct sbk_memory *memory, const struct sbk_port *port);

/* Reads bytes as the open transaction would leave them. False: port failed or outside the image; out is zeroed. */
bool sbk_memory_read(struct sbk_memory *memory, uint32_t offset, uint8_t *out, size_t size);

/* Opens a transaction; an open one is aborted first. */
void sbk_memory_begin(struct sbk_memory *memory);

/*
 * Adds bytes to the open transaction; they may span pages. Errors are kept: a caller may write everything and only ask
 * commit. False: no transaction, more than SBK_MEMORY_PAGES_MAX pages, outside the image, port failed.
 */
bool sbk_memory_write(struct sbk_memory *memory, uint32_t offset, const uint8_t *data, size_t size);

/* Makes the transaction last. False: nothing was changed (a write had failed) or, if broken, power-on will tell. */
bool sbk_memory_commit(struct sbk_memory *memory);

void sbk_memory_abort(struct sbk_memory *memory);

/*
 * Writes at once, without journal: for inactive slots and other pages whose whole content nobody reads until a later
 * transaction says so. A cut loses every byte of the page that it hits, so slots begin and end on page borders.
 * Refused inside a transaction.
 */
bool sbk_memory_stage(struct sbk_memory *memory, uint32_t offset, const uint8_t *data, size_t size);

/* Zeroes the journal's page images, so that no copy of an erased key stays there. Refused inside a transaction. */
bool sbk_memory_scrub(struct sbk_memory *memory);

#endif
