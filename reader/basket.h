/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_BASKET_H
#define SBK_READER_BASKET_H

#include "reader/session.h"
#include "schema/basket.h"

/*
 * Baskets: from what the clerk says to lines that each draw on one purse.
 *
 * A word is ITEM=QUANTITY[@PRICE]: code of the signed list; a decimal number and kg, g, l, ml or pc; rupiah per kg,
 * litre or piece. Without a price the list's ceiling counts. "beras=5kg", "minyak=0.5l", "gula=1kg@18000".
 */
struct sbk_wish {
    const struct sbk_item *item; /* of the list */
    uint32_t quantity;           /* in g, ml or pieces */
    uint32_t price;              /* rupiah per kg, litre or piece */
};

/* Reads words. Errors: SBK_USAGE "basket-invalid" (no such form, unit that does not fit the item, a number that is not
 * whole in g, ml or pieces, zero, too large, an item twice, more than SBK_LINES_MAX); SBK_REFUSED "item-unknown",
 * "price-above-ceiling". wishes: room for SBK_LINES_MAX; they lend from the list. */
SBK_CHECK_RESULT sbk_result sbk_basket_read(const struct sbk_list *list, const char *const *words, size_t count,
    struct sbk_wish *wishes, size_t *wish_count, struct sbk_error *error);

/* The basket in one form, to compare a repeat by: "beras=5000@14000 gula=1000@18000". words is in buffer. */
SBK_CHECK_RESULT sbk_result sbk_basket_words(const struct sbk_wish *wishes, size_t count, struct sbk_buffer *buffer,
    const char **words, struct sbk_error *error);

/* A purse that the basket draws on. */
struct sbk_bill_purse {
    struct sbk_purse purse;
    uint32_t before;
    uint32_t amount;
    uint32_t after;
    uint16_t window_end;
};
struct sbk_bill_line {
    struct sbk_line line;             /* as hashed and signed */
    char name[SBK_ITEM_NAME_MAX + 1]; /* from the list */
    uint8_t unit;                     /* of the item */
    uint8_t purse;                    /* index into purses */
};
/* A basket priced and split. */
struct sbk_bill {
    uint32_t list; /* number of the item list */
    size_t line_count;
    struct sbk_bill_line lines[SBK_LINES_MAX];
    size_t purse_count;
    struct sbk_bill_purse purses[SBK_DEBITS_MAX];
    uint64_t total;                       /* rupiah, all lines */
    uint8_t basket[SBK_BASKET_BYTES_MAX]; /* canonical */
    size_t basket_size;
    uint8_t digest[SBK_HASH_SIZE];
};

/*
 * Splits wishes over the card's purses in the order of their priority: a quantity purse pays items of its unit and
 * goods class by quantity, a rupiah purse by price. Only purses of programmes that the station is certified for.
 * SBK_REFUSED with the most telling reason: "no-purse-for-item", "programme-not-allowed", "window-not-open",
 * "window-closed", "insufficient-balance", "too-many-purses", "limit-exceeded".
 */
SBK_CHECK_RESULT sbk_result sbk_basket_split(const struct sbk_wish *wishes, size_t wish_count, uint32_t list,
    const struct sbk_terminal_rights *rights, const struct sbk_purse_view *purses, size_t purse_count,
    struct sbk_bill *bill, struct sbk_error *error);

/* What a purse is for, in words of the item list: what the names of its goods class have in common ("Beras"), "staples"
 * for a rupiah purse of any class; "goods class 4" where the list (or NULL) knows none. room: SBK_GOODS_ROOM. */
#define SBK_GOODS_ROOM 48
void sbk_goods_text(const struct sbk_list *list, const struct sbk_purse *purse, char *text);
/* The same for a purse of a bill, from the names of the lines that it pays. */
void sbk_bill_goods_text(const struct sbk_bill *bill, size_t purse, char *text);

/* "1.5 kg", "500 g", "2 l", "10 pc", "Rp18,000": an amount of a unit for people; Indonesian points where the language
 * is Indonesian. room: SBK_AMOUNT_ROOM. */
#define SBK_AMOUNT_ROOM 32
void sbk_amount_text(uint8_t unit, uint64_t amount, char *text);

#endif
