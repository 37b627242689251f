/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/basket.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <string.h>

static const struct {
    const char *word;
    uint8_t unit;
    uint32_t factor; /* to g, ml or pieces */
} units[] = {
    {"kg", SBK_UNIT_GRAM, 1000},
    {"g", SBK_UNIT_GRAM, 1},
    {"l", SBK_UNIT_MILLILITRE, 1000},
    {"ml", SBK_UNIT_MILLILITRE, 1},
    {"pc", SBK_UNIT_PIECE, 1},
};

static sbk_result bad_word(struct sbk_error *error, const char *word, const char *what) {
    return sbk_fail(error, SBK_USAGE, SBK_REASON_BASKET,
        _("\"%s\": %s; a basket is words such as beras=5kg minyak=0.5l telur=10pc gula=1kg@18000"), word, what);
}

/* Reads a decimal number times factor, exactly. False: no number, not whole, or over 24 bits. */
static bool read_quantity(const char **at, uint32_t factor, uint32_t *quantity) {
    uint64_t value = 0;
    uint32_t scale = factor;
    bool digits = false;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        digits = true;
        value = value * 10 + (uint64_t)(**at - '0');
        if (value > SBK_AMOUNT_MAX)
            return false;
    }
    value *= factor;
    if (digits && (**at == '.' || **at == ',')) {
        digits = false;
        for ((*at)++; **at >= '0' && **at <= '9'; (*at)++) {
            digits = true;
            unsigned digit = (unsigned)(**at - '0');
            if (scale < 10 && digit != 0)
                return false; /* finer than a gram, millilitre or piece */
            scale /= 10;
            value += (uint64_t)digit * scale;
        }
    }
    *quantity = (uint32_t)value;
    return digits && value <= SBK_AMOUNT_MAX;
}

static const struct sbk_item *find_item(const struct sbk_list *list, const char *code, size_t size) {
    for (size_t i = 0; i < list->header.count; i++)
        if (strlen(list->items[i].code) == size && memcmp(list->items[i].code, code, size) == 0)
            return &list->items[i];
    return NULL;
}

/* The number comes before its unit: the end of the number tells which unit it is. */
static sbk_result read_amount(
    const char *word, const char **at, const struct sbk_item *item, uint32_t *quantity, struct sbk_error *error) {
    size_t number = strspn(*at, "0123456789.,");
    const char *unit = *at + number;
    size_t size = strcspn(unit, "@");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strlen(units[i].word) != size || memcmp(units[i].word, unit, size) != 0)
            continue;
        if (units[i].unit != item->unit)
            return bad_word(error, word, _("the item is not sold by that unit"));
        if (!read_quantity(at, units[i].factor, quantity) || *at != unit || *quantity == 0)
            return bad_word(error, word, _("the quantity is not a whole number of g, ml or pieces above zero"));
        *at = unit + size;
        return SBK_OK;
    }
    return bad_word(error, word, _("the unit is none of kg, g, l, ml, pc"));
}

static sbk_result read_price(
    const char *word, const char **at, const struct sbk_item *item, uint32_t *price, struct sbk_error *error) {
    uint64_t value = 0;
    *price = item->ceiling;
    if (**at == 0)
        return SBK_OK;
    (*at)++; /* the @ that ended the unit */
    const char *first = *at;
    for (; **at >= '0' && **at <= '9' && value <= UINT32_MAX; (*at)++)
        value = value * 10 + (uint64_t)(**at - '0');
    if (*at == first || **at != 0 || value == 0)
        return bad_word(error, word, _("the price is not a whole number of rupiah above zero"));
    if (value > item->ceiling)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_PRICE,
            _("\"%s\": the price is above the ceiling of Rp%u in the signed list"), word, (unsigned)item->ceiling);
    *price = (uint32_t)value;
    return SBK_OK;
}

static sbk_result read_word(
    const struct sbk_list *list, const char *word, struct sbk_wish *wish, struct sbk_error *error) {
    const char *equals = strchr(word, '=');
    if (equals == NULL || equals == word)
        return bad_word(error, word, _("it is not ITEM=QUANTITY"));
    wish->item = find_item(list, word, (size_t)(equals - word));
    if (wish->item == NULL)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ITEM, _("\"%.*s\" is not an item of list %u"),
            (int)(equals - word), word, (unsigned)list->header.number);
    const char *at = equals + 1;
    sbk_result result = read_amount(word, &at, wish->item, &wish->quantity, error);
    return result == SBK_OK ? read_price(word, &at, wish->item, &wish->price, error) : result;
}

sbk_result sbk_basket_read(const struct sbk_list *list, const char *const *words, size_t count, struct sbk_wish *wishes,
    size_t *wish_count, struct sbk_error *error) {
    if (count == 0 || count > SBK_LINES_MAX)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_BASKET, _("a basket has 1 to %d items"), SBK_LINES_MAX);
    for (size_t i = 0; i < count; i++) {
        sbk_result result = read_word(list, words[i], &wishes[i], error);
        if (result != SBK_OK)
            return result;
        for (size_t j = 0; j < i; j++)
            if (wishes[j].item == wishes[i].item)
                return bad_word(error, words[i], _("the item stands in the basket twice"));
    }
    *wish_count = count;
    return SBK_OK;
}

sbk_result sbk_basket_words(const struct sbk_wish *wishes, size_t count, struct sbk_buffer *buffer, const char **words,
    struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < count && result == SBK_OK; i++)
        result = sbk_buffer_append_format(buffer, error, "%s%s=%u@%u", i > 0 ? " " : "", wishes[i].item->code,
            (unsigned)wishes[i].quantity, (unsigned)wishes[i].price);
    return result == SBK_OK ? sbk_buffer_text(buffer, words, error) : result;
}
