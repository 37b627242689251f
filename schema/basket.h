/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_BASKET_H
#define SBK_SCHEMA_BASKET_H

#include "schema/records.h"

/*
 * Item and price lists (C7, list signer) and baskets (C8, whose SHA-256 is the digest in a debit entry).
 *
 * An item list file is the list signer's 7F21 certificate followed by
 *   C7 01, number u32, issued u16, count u16, items, signature (64) over everything from C7 on.
 * An item: code size u8 (1..16) and code (a-z 0-9 _ -), name size u8 (1..40) and UTF-8, unit u8 (gram, millilitre or
 * piece), goods class u8 (1..255), ceiling u32 in rupiah per kg, litre or piece.
 */
#define SBK_ITEM_CODE_MAX 16
#define SBK_ITEM_NAME_MAX 40
#define SBK_ITEMS_MAX 200
struct sbk_item {
    char code[SBK_ITEM_CODE_MAX + 1];
    char name[SBK_ITEM_NAME_MAX + 1];
    uint8_t unit;
    uint8_t goods;
    uint32_t ceiling; /* 1..10,000,000 */
};
struct sbk_items_header {
    uint32_t number;
    uint16_t issued;
    uint16_t count;
};
/* Parses the record from C7 on, with its signature; items: room for SBK_ITEMS_MAX. Codes are unique and ascending. */
enum sbk_format sbk_items_parse(
    const uint8_t *data, size_t size, struct sbk_items_header *header, struct sbk_item *items);
enum sbk_format sbk_items_write(const struct sbk_items_header *header, const struct sbk_item *items, uint8_t *out,
    size_t room, size_t *size); /* without signature */
#define SBK_ITEMS_BYTES_MAX                                                                                            \
    (10 + SBK_ITEMS_MAX * (1 + SBK_ITEM_CODE_MAX + 1 + SBK_ITEM_NAME_MAX + 6) + SBK_SIGNATURE_SIZE)

/*
 * A basket line after it was split over purses: one purse each, in the order of the printed receipt.
 * Canonical: C8 01, count u8 (1..32), and per line: code size u8 and code, quantity u24 in g, ml or pieces, unit price
 * u32 in rupiah per kg, litre or piece, sum u32 in whole rupiah (rounded down), list number u32, purse slot u8.
 */
#define SBK_LINES_MAX 32
struct sbk_line {
    char code[SBK_ITEM_CODE_MAX + 1];
    uint32_t quantity;
    uint32_t price;
    uint32_t sum;
    uint32_t list;
    uint8_t slot;
};
#define SBK_BASKET_BYTES_MAX (3 + SBK_LINES_MAX * (1 + SBK_ITEM_CODE_MAX + 3 + 4 + 4 + 4 + 1))
enum sbk_format sbk_basket_write(const struct sbk_line *lines, size_t count, uint8_t *out, size_t room, size_t *size);
enum sbk_format sbk_basket_parse(const uint8_t *data, size_t size, struct sbk_line *lines, size_t *count);
/* quantity times price, per 1000 for g and ml, rounded down; UINT32_MAX if it does not fit. */
uint32_t sbk_line_sum(uint8_t unit, uint32_t quantity, uint32_t price);
/* The largest quantity not above wanted whose sum is at most rupiah. */
uint32_t sbk_line_quantity(uint8_t unit, uint32_t wanted, uint32_t price, uint32_t rupiah);

#endif
