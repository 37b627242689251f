/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_APPLET_TEARING_H
#define SBK_TESTS_APPLET_TEARING_H

#include "applet/host/image.h"
#include "applet/port/port.h"

/*
 * A card's memory in RAM whose power can be cut at any page write. What the cut leaves of the page is one of the
 * outcomes below; the other pages stay. After the cut reads and writes fail until tearing_power_on. A weak page reads
 * as described until it is written whole again.
 */
enum tear {
    TEAR_NOT_STARTED,
    TEAR_PARTLY_ERASED,
    TEAR_ERASED,
    TEAR_PARTLY_PROGRAMMED,
    TEAR_WEAK_BITS,  /* each bit that differs between old and new is random at each read */
    TEAR_WEAK_READS, /* whole page, new and old in turn, read by read */
    TEAR_WEAK_NEW_FIRST /* whole page, new and old in turn, power cycle by power cycle */,
    TEAR_WEAK_OLD_FIRST,
    TEAR_DONE,
    TEAR_OUTCOMES,
};

struct tearing {
    uint8_t image[SBK_IMAGE_SIZE];
    uint8_t old[SBK_IMAGE_PAGES][SBK_PAGE_SIZE]; /* content before the torn write, for weak pages */
    uint8_t weak[SBK_IMAGE_PAGES];               /* enum tear of a weak page, else 0 */
    uint32_t writes;                             /* since the last tearing_power_on */
    uint32_t cut_at;                             /* number of the write that is torn, from 1; 0: none */
    enum tear outcome;
    bool cut;
    uint32_t boots;
    uint32_t reads;
    uint32_t noise;
    const uint8_t *random; /* bytes to hand out first, then pseudo-random ones */
    size_t random_size;
    struct sbk_port port;
};

/* All zero, no cut planned. */
void tearing_init(struct tearing *tearing);
/* Power returns; the next cut is at write cut_at of this power cycle (0: none). */
void tearing_power_on(struct tearing *tearing, uint32_t cut_at, enum tear outcome);

#endif
