/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_HOTLIST_PRIVATE_H
#define SBK_READER_HOTLIST_PRIVATE_H

#include "reader/station_private.h"

/* A hotlist file opened: certificate and record parsed, lent from its bytes. */
struct sbk_opened_hotlist {
    struct sbk_hotlist list;
    struct sbk_certificate signer;
    size_t head; /* size of the certificate */
};

/* Parses a file and verifies it as one that comes now, or that was kept. */
SBK_CHECK_RESULT sbk_result sbk_hotlist_open(const struct sbk_station *station, const uint8_t *data, size_t size,
    bool kept, struct sbk_opened_hotlist *opened, struct sbk_error *error);

/* Takes a file into memory that was opened there, and lets the station's trust distrust whom it names. The station frees
 * file, whatever the result. */
SBK_CHECK_RESULT sbk_result sbk_hotlist_use(struct sbk_station *station, uint8_t *file, size_t size,
    const struct sbk_opened_hotlist *opened, struct sbk_error *error);

#endif
