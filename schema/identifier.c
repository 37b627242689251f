/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/certificate.h"

#include <string.h>

static bool is_id_character(uint8_t c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

enum sbk_format sbk_id_check(const uint8_t *id, size_t width) {
    size_t used = 0;
    while (used < width && is_id_character(id[used])) {
        used++;
    }
    if (used == 0) {
        return SBK_FORMAT_VALUE;
    }
    for (size_t i = used; i < width; i++) {
        if (id[i] != 0) {
            return SBK_FORMAT_VALUE;
        }
    }
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_id_write(const char *text, uint8_t *id, size_t width) {
    size_t used = 0;
    while (text[used] != '\0') {
        if (used == width) {
            return SBK_FORMAT_LENGTH;
        }
        if (!is_id_character((uint8_t)text[used])) {
            return SBK_FORMAT_VALUE;
        }
        used++;
    }
    if (used == 0) {
        return SBK_FORMAT_VALUE;
    }
    memset(id, 0, width);
    memcpy(id, text, used);
    return SBK_FORMAT_OK;
}

void sbk_id_text(const uint8_t *id, size_t width, char *text) {
    memcpy(text, id, width);
    text[width] = '\0';
}
