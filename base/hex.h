/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_BASE_HEX_H
#define SBK_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room that the text of so many bytes takes, terminator included. */
#define SBK_HEX_ROOM(bytes) (2 * (size_t)(bytes) + 1)

/* Writes bytes as lower-case hexadecimal digits and a terminator; text has SBK_HEX_ROOM(size) characters. */
void sbk_hex_encode(const void *data, size_t size, char *text);

/* Reads a string of an even number of hexadecimal digits (either case, nothing between them) into data of the given
 * room and tells how many bytes came. False, and nothing written, for anything else or if room does not suffice. */
bool sbk_hex_decode(const char *text, void *data, size_t room, size_t *size);

#endif
