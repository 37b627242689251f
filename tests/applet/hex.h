/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_APPLET_HEX_H
#define SBK_TESTS_APPLET_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of a hex text (spaces ignored); fails the test on anything else or if there is no room. Returns the size. */
size_t hex_bytes(const char *text, uint8_t *out, size_t room);
/* Fails the test unless data is what the hex text says. */
void hex_expect(const char *what, const uint8_t *data, size_t size, const char *text);

#endif
