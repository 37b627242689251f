/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CITY_FILES_H
#define SBK_KEYS_CITY_FILES_H

#include "keys/city.h"

/* The store's plain files: names, reading, writing whole. Private to keys/. */
#define SBK_CITY_NAME_ROOM 40
#define SBK_CITY_ANCHOR_FILE "anchor.cms"

/* "WHAT-GENERATION.ENDING" */
void sbk_city_file_name(const char *what, uint8_t generation, const char *ending, char name[SBK_CITY_NAME_ROOM]);
SBK_CHECK_RESULT sbk_result sbk_city_read_file(
    const struct sbk_store *store, const char *name, struct sbk_buffer *out, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_city_write_file(
    const struct sbk_store *store, const char *name, const void *data, size_t size, struct sbk_error *error);

#endif
