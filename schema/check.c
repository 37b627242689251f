/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/check.h"

#include "schema/records.h"

bool sbk_check_zero(const uint8_t *data, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (data[i] != 0) {
            return false;
        }
    }
    return true;
}

bool sbk_check_bcd(const uint8_t *bcd, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if ((bcd[i] >> 4) > 9 || (bcd[i] & 0x0F) > 9) {
            return false;
        }
    }
    return true;
}

bool sbk_check_compressed(const uint8_t *key) {
    return key[0] == 0x02 || key[0] == 0x03;
}

bool sbk_check_generation(uint8_t generation) {
    return generation >= 1 && generation <= 127;
}

/* Size of the character that begins with this byte, and the bits it contributes; 0 for a byte that begins none. */
static size_t character_size(uint8_t first, uint32_t *bits) {
    if (first < 0x80) {
        *bits = first;
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        *bits = first & 0x1Fu;
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        *bits = first & 0x0Fu;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        *bits = first & 0x07u;
        return 4;
    }
    return 0;
}

static bool character_allowed(uint32_t character, size_t size) {
    if (character < 0x20 || (character >= 0x7F && character <= 0x9F)) {
        return false;
    }
    if (character >= 0xD800 && character <= 0xDFFF) {
        return false;
    }
    if ((size == 3 && character < 0x800) || (size == 4 && character < 0x10000)) {
        return false;
    }
    return character <= 0x10FFFF;
}

bool sbk_check_text(const uint8_t *text, size_t size) {
    size_t at = 0;
    while (at < size) {
        uint32_t character = 0;
        size_t length = character_size(text[at], &character);
        if (length == 0 || length > size - at) {
            return false;
        }
        for (size_t i = 1; i < length; i++) {
            if ((text[at + i] & 0xC0) != 0x80) {
                return false;
            }
            character = (character << 6) | (text[at + i] & 0x3Fu);
        }
        if (!character_allowed(character, length)) {
            return false;
        }
        at += length;
    }
    return true;
}

enum sbk_format sbk_record_begin(struct sbk_reader *reader, uint8_t tag) {
    uint8_t found = sbk_read_u8(reader);
    uint8_t version = sbk_read_u8(reader);
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    return found == tag && version == SBK_RECORD_VERSION ? SBK_FORMAT_OK : SBK_FORMAT_UNKNOWN;
}

enum sbk_format sbk_record_end(struct sbk_reader *reader) {
    (void)sbk_read_skip(reader, SBK_SIGNATURE_SIZE);
    return sbk_read_end(reader);
}

enum sbk_format sbk_writer_end(const struct sbk_writer *writer, size_t *size) {
    if (writer->failed) {
        return SBK_FORMAT_ROOM;
    }
    *size = writer->used;
    return SBK_FORMAT_OK;
}
