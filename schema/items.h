/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_ITEMS_H
#define SBK_SCHEMA_ITEMS_H

#include "schema/basket.h"

/* What item lists and baskets share. Private to schema/. */

/* 1..16 characters of a-z 0-9 _ -, the rest of the field zero. */
bool sbk_item_code_allowed(const char code[SBK_ITEM_CODE_MAX + 1]);
/* A text with its size in one byte before it, into a zeroed field of room bytes with a NUL at its end: LENGTH if it is
 * empty or longer. */
enum sbk_format sbk_read_text(struct sbk_reader *reader, char *text, size_t room);
void sbk_write_text(struct sbk_writer *writer, const char *text, size_t room);

#endif
