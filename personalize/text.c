/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/text.h"

/* Bytes of the character that begins with this byte; 0: none does. */
static size_t character_size(uint8_t first) {
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        return 3;
    }
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

bool sbk_text_clean(const uint8_t *text, size_t size) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

    for (size_t at = 0; at < size;) {
        const size_t length = character_size(text[at]);
        if (length == 0 || length > size - at) {
            return false;
        }
        uint32_t code = length == 1 ? text[at] : text[at] & (0x7Fu >> length);
        for (size_t i = 1; i < length; i++) {
            if ((text[at + i] & 0xC0) != 0x80) {
                return false;
            }
            code = code << 6 | (text[at + i] & 0x3Fu);
        }
        if (code < smallest[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
            return false;
        }
        if (code < 0x20 || (code >= 0x7F && code < 0xA0)) {
            return false;
        }
        at += length;
    }
    return true;
}
