/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_HOST_MEMORY_H
#define SBK_HOST_MEMORY_H

#include "applet/port/port.h"

/*
 * Transactional non-volatile memory over raw pages that can be torn.
 *
 * A transaction collects whole page images in the journal. Commit writes two markers (which pages, sequence number,
 * CRC-32 over that and the images), copies the images home, and sets both markers idle. A torn page may read as the
 * old, the new or another value, differently each time (weak bits), until it is written whole again. So:
 *  - the first marker is the point of commit, and the copying begins only when both have been written whole;
 *  - at power-on each marker is read twice, and one that differs from itself counts as bad. If either is good, the
 * other is written again where it is bad (never the good one: it may be the only whole one while the copying has
 * begun); then the images are copied again. If neither is good, whatever is not idle is set idle before anything else.
 * A cut at any page write, and a second one at any page write of the recovery, therefore leaves memory as before or as
 * after the transaction. A page is either always staged or always transacted. host/image.h says where all this lies.
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
