/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_HOST_MEMORY_H
#define SBK_HOST_MEMORY_H

#include "applet/port/port.h"

/*
 * Transactional non-volatile memory over raw pages that can be torn.
 *
 * A transaction collects whole page images in the journal. Commit prepares the journal's guard, writes its marker
 * (which pages, sequence number, CRC-32 over that and the images: the point of commit), copies the images home, and
 * sets marker and guard idle. A torn page may read as the old, the new or any other value, differently each time (weak
 * bits), until it is written whole again. A page read twice with different results counts as bad. Therefore, at
 * power-on:
 *  - guard idle: nothing is pending;
 *  - guard decided, or marker committed: the guard is set to decided (unless it is), then the images are copied again.
 *    The marker is not rewritten: it may be the only whole witness of a copying that has begun;
 *  - else marker and guard are set idle before anything else.
 * A cut at any page write, and a second one at any page write of the recovery, leaves memory as before or as after the
 * transaction, and the answer never changes once given. A page is either always staged or always transacted.
 * host/image.h says where all this lies.
 */
#define SBK_MEMORY_PAGES_MAX 7 /* 448 bytes: what the smallest commit buffers on the market hold */

struct sbk_memory {
    const struct sbk_port *port;
    uint32_t sequence;
    uint8_t pages[SBK_MEMORY_PAGES_MAX]; /* page numbers of the open transaction, in order of first write */
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

/* Adds whole pages of zeros, from a page border on. */
bool sbk_memory_erase(struct sbk_memory *memory, uint32_t offset, uint32_t pages);

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
