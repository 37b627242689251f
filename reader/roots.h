/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_ROOTS_H
#define SBK_READER_ROOTS_H

#include "keys/links.h"
#include "reader/station_private.h"

/* The roots that a station follows, as its database has them: anchors with their last days, root links for cards that are
 * behind, office CAs. Private to reader/. */

#define SBK_GENERATIONS 127 /* that there can be */

/* Whether there is a root among these that is not pinned, or one that ends earlier than is known. */
bool sbk_station_roots_differ(const struct sbk_station *station, const struct sbk_roots *roots);
/* Inside a transaction: keeps them and the links. */
SBK_CHECK_RESULT sbk_result sbk_station_keep_roots(struct sbk_station *station, const struct sbk_roots *roots,
    const struct sbk_bytes *links, size_t count, struct sbk_error *error);
/* Inside a transaction: keeps an office CA with its binding, both verified. */
SBK_CHECK_RESULT sbk_result sbk_station_keep_office(struct sbk_station *station, const struct sbk_bytes *binding,
    const struct sbk_bytes *office_ca, struct sbk_error *error);

/* The link that brings the root of a generation; *found. */
SBK_CHECK_RESULT sbk_result sbk_station_link(struct sbk_station *station, uint8_t generation,
    uint8_t record[SBK_LINK_SIZE], bool *found, struct sbk_error *error);

/* Verifies a file that carries no root: under any of the office CAs that a root which counts today has bound. content
 * receives its bytes. Errors: those of keys/cms.h, under the newest of them. */
SBK_CHECK_RESULT sbk_result sbk_station_verify_file(struct sbk_station *station, const uint8_t *data, size_t size,
    enum sbk_bundle_kind kind, struct sbk_buffer *content, struct sbk_error *error);

#endif
