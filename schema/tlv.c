/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/tlv.h"

#include <string.h>

/* Marks a text for translation; host callers translate it. */
#define N_(text) text

const char *sbk_format_text(enum sbk_format format) {
    switch (format) {
    case SBK_FORMAT_OK:
        return N_("well-formed");
    case SBK_FORMAT_TRUNCATED:
        return N_("ends too early");
    case SBK_FORMAT_TRAILING:
        return N_("has bytes after its end");
    case SBK_FORMAT_MISSING:
        return N_("lacks a field");
    case SBK_FORMAT_DUPLICATE:
        return N_("has a field twice");
    case SBK_FORMAT_UNKNOWN:
        return N_("has an unknown field, tag or version");
    case SBK_FORMAT_LENGTH:
        return N_("has a field of the wrong length");
    case SBK_FORMAT_VALUE:
        return N_("has a value out of range");
    case SBK_FORMAT_ROOM:
        return N_("does not fit");
    }
    return N_("malformed");
}

struct sbk_reader sbk_reader_of(const uint8_t *data, size_t size) {
    struct sbk_reader reader = {.at = data, .left = size, .failed = false};
    return reader;
}

const uint8_t *sbk_read_skip(struct sbk_reader *reader, size_t size) {
    if (reader->failed || size > reader->left) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *bytes = reader->at;
    if (size != 0) {
        reader->at += size;
        reader->left -= size;
    }
    return bytes;
}

static uint32_t read_integer(struct sbk_reader *reader, size_t size) {
    const uint8_t *bytes = sbk_read_skip(reader, size);
    if (bytes == NULL) {
        return 0;
    }
    uint32_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = (value << 8) | bytes[i];
    }
    return value;
}

uint8_t sbk_read_u8(struct sbk_reader *reader) {
    return (uint8_t)read_integer(reader, 1);
}

uint16_t sbk_read_u16(struct sbk_reader *reader) {
    return (uint16_t)read_integer(reader, 2);
}

uint32_t sbk_read_u24(struct sbk_reader *reader) {
    return read_integer(reader, 3);
}

uint32_t sbk_read_u32(struct sbk_reader *reader) {
    return read_integer(reader, 4);
}

void sbk_read_bytes(struct sbk_reader *reader, uint8_t *out, size_t size) {
    const uint8_t *bytes = sbk_read_skip(reader, size);
    if (size == 0) {
        return;
    }
    if (bytes == NULL) {
        memset(out, 0, size);
    } else {
        memcpy(out, bytes, size);
    }
}

enum sbk_format sbk_read_end(const struct sbk_reader *reader) {
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    return reader->left == 0 ? SBK_FORMAT_OK : SBK_FORMAT_TRAILING;
}

struct sbk_writer sbk_writer_of(uint8_t *data, size_t size) {
    struct sbk_writer writer = {.start = data, .size = size, .used = 0, .failed = false};
    return writer;
}

void sbk_write_bytes(struct sbk_writer *writer, const uint8_t *data, size_t size) {
    if (writer->failed || size > writer->size - writer->used) {
        writer->failed = true;
        return;
    }
    if (size != 0) {
        memcpy(writer->start + writer->used, data, size);
        writer->used += size;
    }
}

static void write_integer(struct sbk_writer *writer, uint32_t value, size_t size) {
    uint8_t bytes[4];
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
    sbk_write_bytes(writer, bytes, size);
}

void sbk_write_u8(struct sbk_writer *writer, uint8_t value) {
    write_integer(writer, value, 1);
}

void sbk_write_u16(struct sbk_writer *writer, uint16_t value) {
    write_integer(writer, value, 2);
}

void sbk_write_u24(struct sbk_writer *writer, uint32_t value) {
    if (value > 0xFFFFFF) {
        writer->failed = true;
        return;
    }
    write_integer(writer, value, 3);
}

void sbk_write_u32(struct sbk_writer *writer, uint32_t value) {
    write_integer(writer, value, 4);
}

/* ISO/IEC 7816-4 5.2.2.1: one byte, or two where the low five bits of the first are set. */
static enum sbk_format read_tag(struct sbk_reader *reader, uint16_t *tag) {
    uint8_t first = sbk_read_u8(reader);
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    if (first == 0x00) {
        return SBK_FORMAT_UNKNOWN; /* padding between data objects is not taken */
    }
    if ((first & 0x1F) != 0x1F) {
        *tag = first;
        return SBK_FORMAT_OK;
    }
    uint8_t second = sbk_read_u8(reader);
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    if (second < 0x1F || second >= 0x80) {
        return SBK_FORMAT_UNKNOWN; /* a tag that one byte could say, or one of three bytes */
    }
    *tag = (uint16_t)((first << 8) | second);
    return SBK_FORMAT_OK;
}

/* ISO/IEC 7816-4 5.2.2.2, definite and in the shortest form. */
static enum sbk_format read_length(struct sbk_reader *reader, size_t *size) {
    uint8_t first = sbk_read_u8(reader);
    *size = first;
    size_t least = 0;
    if (first == 0x81) {
        *size = sbk_read_u8(reader);
        least = 0x80;
    } else if (first == 0x82) {
        *size = sbk_read_u16(reader);
        least = 0x100;
    } else if (first >= 0x80) {
        return SBK_FORMAT_LENGTH;
    }
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    return *size >= least ? SBK_FORMAT_OK : SBK_FORMAT_LENGTH;
}

enum sbk_format sbk_tlv_next(struct sbk_reader *reader, struct sbk_tlv *tlv) {
    struct sbk_tlv found = {.tag = 0, .value = NULL, .size = 0};
    *tlv = found;
    enum sbk_format format = read_tag(reader, &found.tag);
    if (format == SBK_FORMAT_OK) {
        format = read_length(reader, &found.size);
    }
    if (format == SBK_FORMAT_OK) {
        found.value = sbk_read_skip(reader, found.size);
        format = reader->failed ? SBK_FORMAT_TRUNCATED : SBK_FORMAT_OK;
    }
    if (format != SBK_FORMAT_OK) {
        reader->failed = true;
        return format;
    }
    *tlv = found;
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_tlv_expect(struct sbk_reader *reader, uint16_t tag, struct sbk_tlv *tlv) {
    if (!reader->failed && reader->left == 0) {
        return SBK_FORMAT_MISSING;
    }
    struct sbk_reader before = *reader;
    enum sbk_format format = sbk_tlv_next(reader, tlv);
    if (format == SBK_FORMAT_OK && tlv->tag != tag) {
        *reader = before;
        return SBK_FORMAT_MISSING;
    }
    return format;
}

void sbk_write_tlv_header(struct sbk_writer *writer, uint16_t tag, size_t size) {
    if (size > 0xFFFF) {
        writer->failed = true;
        return;
    }
    if (tag > 0xFF) {
        sbk_write_u16(writer, tag);
    } else {
        sbk_write_u8(writer, (uint8_t)tag);
    }
    if (size >= 0x100) {
        sbk_write_u8(writer, 0x82);
        sbk_write_u16(writer, (uint16_t)size);
    } else if (size >= 0x80) {
        sbk_write_u8(writer, 0x81);
        sbk_write_u8(writer, (uint8_t)size);
    } else {
        sbk_write_u8(writer, (uint8_t)size);
    }
}

void sbk_write_tlv(struct sbk_writer *writer, uint16_t tag, const uint8_t *value, size_t size) {
    sbk_write_tlv_header(writer, tag, size);
    sbk_write_bytes(writer, value, size);
}
