/* SPDX-License-Identifier: Apache-2.0 */
#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

size_t hex_bytes(const char *text, uint8_t *out, size_t room) {
    size_t size = 0;
    while (*text != '\0') {
        if (*text == ' ' || *text == '\n') {
            text++;
            continue;
        }
        int high = digit(text[0]);
        int low = high < 0 ? -1 : digit(text[1]);
        if (low < 0 || size == room)
            fail_msg("bad hex or no room at: %.20s", text);
        out[size++] = (uint8_t)(high * 16 + low);
        text += 2;
    }
    return size;
}

void hex_expect(const char *what, const uint8_t *data, size_t size, const char *text) {
    uint8_t wanted[1024];
    char found[2 * sizeof wanted + 1] = "";
    size_t wanted_size = hex_bytes(text, wanted, sizeof wanted);
    if (size == wanted_size && memcmp(data, wanted, size) == 0)
        return;
    for (size_t i = 0; i < size && i < sizeof wanted; i++)
        snprintf(found + 2 * i, 3, "%02X", data[i]);
    fail_msg("%s: found %s, wanted %s", what, found, text);
}
