/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include <string.h>

void sbk_hex_encode(const void *data, size_t size, char *text) {
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * size] = '\0';
}

static int value_of(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

bool sbk_hex_decode(const char *text, void *data, size_t room, size_t *size) {
    const size_t length = strlen(text);
    if (length % 2 != 0 || length / 2 > room) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (value_of(text[i]) < 0) {
            return false;
        }
    }
    uint8_t *bytes = data;
    for (size_t i = 0; i < length / 2; i++) {
        const unsigned high = (unsigned)value_of(text[2 * i]);
        const unsigned low = (unsigned)value_of(text[2 * i + 1]);
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    *size = length / 2;
    return true;
}
