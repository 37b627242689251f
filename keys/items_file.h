/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_ITEMS_FILE_H
#define SBK_KEYS_ITEMS_FILE_H

#include "base/error.h"
#include "schema/basket.h"

/*
 * An item list as the office writes it, in YAML:
 *
 *     list:
 *       number: 7               # rises with every list
 *       issued: 2026-10-01      # optional; the day of signing
 *       items:
 *         - code: beras         # a-z 0-9 _ -, at most 16 characters; what the clerk types
 *           name: Beras medium  # at most 40 bytes; what the receipt says
 *           unit: g             # g, ml or pc
 *           class: 1            # goods class 1 to 255, which the purses of programmes name
 *           ceiling: 13500      # rupiah per kg, litre or piece
 *
 * Keys that are not listed here, keys given twice, aliases and tags are refused.
 */
struct items_file {
    struct sbk_items_header header;       /* issued: 0 if the file does not say */
    struct sbk_item items[SBK_ITEMS_MAX]; /* ascending by code */
};

/* Reads text. Errors: SBK_USAGE, "format-invalid", naming the line or the item. */
SBK_CHECK_RESULT sbk_result items_file_parse(
    const uint8_t *text, size_t size, struct items_file *file, struct sbk_error *error);
#define ITEMS_FILE_MAX 262144

#endif
