/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/items.h"

#include <string.h>

#include "schema/check.h"

#define CEILING_MAX 10000000u

static bool is_code_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Size of the text in a field of this room: the rest must be zero, so that equal texts are equal bytes. */
static bool text_size(const char *text, size_t room, size_t *size) {
    size_t used = 0;
    while (used < room && text[used] != '\0') {
        used++;
    }
    *size = used;
    for (size_t i = used; i < room; i++) {
        if (text[i] != '\0') {
            return false;
        }
    }
    return used > 0 && used < room;
}

bool sbk_item_code_allowed(const char code[SBK_ITEM_CODE_MAX + 1]) {
    size_t size = 0;
    if (!text_size(code, SBK_ITEM_CODE_MAX + 1, &size)) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (!is_code_character(code[i])) {
            return false;
        }
    }
    return true;
}

enum sbk_format sbk_read_text(struct sbk_reader *reader, char *text, size_t room) {
    memset(text, 0, room);
    size_t size = sbk_read_u8(reader);
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    if (size == 0 || size >= room) {
        return SBK_FORMAT_LENGTH;
    }
    const uint8_t *bytes = sbk_read_skip(reader, size);
    if (bytes == NULL) {
        return SBK_FORMAT_TRUNCATED;
    }
    memcpy(text, bytes, size);
    /* A NUL at the end of the bytes would make the text shorter than its size says: the same text in two forms. */
    return text[size - 1] != '\0' ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

void sbk_write_text(struct sbk_writer *writer, const char *text, size_t room) {
    size_t size = 0;
    if (!text_size(text, room, &size)) {
        writer->failed = true;
        return;
    }
    sbk_write_u8(writer, (uint8_t)size);
    for (size_t i = 0; i < size; i++) {
        sbk_write_u8(writer, (uint8_t)text[i]);
    }
}

static bool item_allowed(const struct sbk_item *item) {
    size_t size = 0;
    if (!text_size(item->name, sizeof item->name, &size)) {
        return false;
    }
    uint8_t name[SBK_ITEM_NAME_MAX];
    memcpy(name, item->name, size);
    return sbk_check_text(name, size) && sbk_item_code_allowed(item->code) && item->unit >= SBK_UNIT_GRAM &&
           item->unit <= SBK_UNIT_PIECE && item->goods != SBK_CLASS_ANY && item->ceiling >= 1 &&
           item->ceiling <= CEILING_MAX;
}

/* Codes ascend, so that each stands once. They are ASCII and padded with zeros: bytes compare as texts do. */
static enum sbk_format check_order(const struct sbk_item *items, size_t index) {
    if (index == 0) {
        return SBK_FORMAT_OK;
    }
    int order = memcmp(items[index - 1].code, items[index].code, sizeof items->code);
    if (order == 0) {
        return SBK_FORMAT_DUPLICATE;
    }
    return order < 0 ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

static bool header_allowed(const struct sbk_items_header *header) {
    return header->number != 0 && header->count >= 1 && header->count <= SBK_ITEMS_MAX;
}

static enum sbk_format read_item(struct sbk_reader *reader, struct sbk_item *item) {
    memset(item, 0, sizeof *item);
    enum sbk_format format = sbk_read_text(reader, item->code, sizeof item->code);
    if (format == SBK_FORMAT_OK) {
        format = sbk_read_text(reader, item->name, sizeof item->name);
    }
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    item->unit = sbk_read_u8(reader);
    item->goods = sbk_read_u8(reader);
    item->ceiling = sbk_read_u32(reader);
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    return item_allowed(item) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_items_parse(
    const uint8_t *data, size_t size, struct sbk_items_header *header, struct sbk_item *items) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    enum sbk_format format = sbk_record_begin(&reader, SBK_RECORD_ITEMS);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    header->number = sbk_read_u32(&reader);
    header->issued = sbk_read_u16(&reader);
    header->count = sbk_read_u16(&reader);
    if (reader.failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    if (!header_allowed(header)) {
        return SBK_FORMAT_VALUE;
    }
    for (size_t i = 0; i < header->count; i++) {
        format = read_item(&reader, &items[i]);
        if (format == SBK_FORMAT_OK) {
            format = check_order(items, i);
        }
        if (format != SBK_FORMAT_OK) {
            return format;
        }
    }
    return sbk_record_end(&reader);
}

enum sbk_format sbk_items_write(
    const struct sbk_items_header *header, const struct sbk_item *items, uint8_t *out, size_t room, size_t *size) {
    if (!header_allowed(header)) {
        return SBK_FORMAT_VALUE;
    }
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_write_u8(&writer, SBK_RECORD_ITEMS);
    sbk_write_u8(&writer, SBK_RECORD_VERSION);
    sbk_write_u32(&writer, header->number);
    sbk_write_u16(&writer, header->issued);
    sbk_write_u16(&writer, header->count);
    for (size_t i = 0; i < header->count; i++) {
        enum sbk_format format = item_allowed(&items[i]) ? check_order(items, i) : SBK_FORMAT_VALUE;
        if (format != SBK_FORMAT_OK) {
            return format;
        }
        sbk_write_text(&writer, items[i].code, sizeof items[i].code);
        sbk_write_text(&writer, items[i].name, sizeof items[i].name);
        sbk_write_u8(&writer, items[i].unit);
        sbk_write_u8(&writer, items[i].goods);
        sbk_write_u32(&writer, items[i].ceiling);
    }
    return sbk_writer_end(&writer, size);
}
