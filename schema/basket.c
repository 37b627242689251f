/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/basket.h"

#include <string.h>

#include "schema/check.h"
#include "schema/items.h"

#define SLOT_MAX (SBK_PURSES_MAX - 1)

/* The sum is not judged here: the unit that it depends on stands in the item list. */
static bool line_allowed(const struct sbk_line *line) {
    return sbk_item_code_allowed(line->code) && line->quantity >= 1 && line->quantity <= SBK_AMOUNT_MAX &&
           line->price >= 1 && line->list >= 1 && line->slot <= SLOT_MAX;
}

enum sbk_format sbk_basket_write(const struct sbk_line *lines, size_t count, uint8_t *out, size_t room, size_t *size) {
    if (count < 1 || count > SBK_LINES_MAX) {
        return SBK_FORMAT_VALUE;
    }
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_write_u8(&writer, SBK_RECORD_BASKET);
    sbk_write_u8(&writer, SBK_RECORD_VERSION);
    sbk_write_u8(&writer, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        if (!line_allowed(&lines[i])) {
            return SBK_FORMAT_VALUE;
        }
        sbk_write_text(&writer, lines[i].code, sizeof lines[i].code);
        sbk_write_u24(&writer, lines[i].quantity);
        sbk_write_u32(&writer, lines[i].price);
        sbk_write_u32(&writer, lines[i].sum);
        sbk_write_u32(&writer, lines[i].list);
        sbk_write_u8(&writer, lines[i].slot);
    }
    return sbk_writer_end(&writer, size);
}

static enum sbk_format read_line(struct sbk_reader *reader, struct sbk_line *line) {
    memset(line, 0, sizeof *line);
    enum sbk_format format = sbk_read_text(reader, line->code, sizeof line->code);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    line->quantity = sbk_read_u24(reader);
    line->price = sbk_read_u32(reader);
    line->sum = sbk_read_u32(reader);
    line->list = sbk_read_u32(reader);
    line->slot = sbk_read_u8(reader);
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    return line_allowed(line) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_basket_parse(const uint8_t *data, size_t size, struct sbk_line *lines, size_t *count) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    enum sbk_format format = sbk_record_begin(&reader, SBK_RECORD_BASKET);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    size_t said = sbk_read_u8(&reader);
    if (reader.failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    if (said < 1 || said > SBK_LINES_MAX) {
        return SBK_FORMAT_VALUE;
    }
    for (size_t i = 0; i < said; i++) {
        format = read_line(&reader, &lines[i]);
        if (format != SBK_FORMAT_OK) {
            return format;
        }
    }
    *count = said;
    return sbk_read_end(&reader);
}

/* Prices are per kilogram or litre where quantities are in grams or millilitres. */
static uint64_t units_per_price(uint8_t unit) {
    return unit == SBK_UNIT_GRAM || unit == SBK_UNIT_MILLILITRE ? 1000 : 1;
}

uint32_t sbk_line_sum(uint8_t unit, uint32_t quantity, uint32_t price) {
    uint64_t sum = (uint64_t)quantity * price / units_per_price(unit);
    return sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

uint32_t sbk_line_quantity(uint8_t unit, uint32_t wanted, uint32_t price, uint32_t rupiah) {
    if (price == 0) {
        return wanted;
    }
    /* floor(q p / d) <= r is q p < (r + 1) d; that product fits: 2^32 times 1000. */
    uint64_t most = (((uint64_t)rupiah + 1) * units_per_price(unit) - 1) / price;
    return most < wanted ? (uint32_t)most : wanted;
}
