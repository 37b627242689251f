/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "reader/basket.h"

#include <stdio.h>
#include <string.h>

/* Keeps of text the leading words that name begins with too ("Beras medium", "Beras premium": "Beras"); all of it where
 * they share none. */
static void share(char *text, const char *name) {
    size_t shared = 0;
    for (size_t i = 0;; i++) {
        bool text_ends = text[i] == 0 || text[i] == ' ';
        bool name_ends = name[i] == 0 || name[i] == ' ';
        if (text_ends && name_ends)
            shared = i;
        if (text[i] == 0 || text[i] != name[i])
            break;
    }
    if (shared > 0)
        text[shared] = 0;
}

static void add(char *text, const char *name) {
    if (text[0] == 0)
        (void)snprintf(text, SBK_GOODS_ROOM, "%s", name);
    else
        share(text, name);
}

static bool general(const struct sbk_purse *purse) {
    return purse->unit == SBK_UNIT_RUPIAH && purse->goods == SBK_CLASS_ANY;
}

void sbk_goods_text(const struct sbk_list *list, const struct sbk_purse *purse, char *text) {
    text[0] = 0;
    for (size_t i = 0; list != NULL && !general(purse) && i < list->header.count; i++) {
        const struct sbk_item *item = &list->items[i];
        if (item->goods == purse->goods && (purse->unit == SBK_UNIT_RUPIAH || item->unit == purse->unit))
            add(text, item->name);
    }
    if (general(purse))
        (void)snprintf(text, SBK_GOODS_ROOM, "%s", _("staples"));
    else if (text[0] == 0)
        (void)snprintf(text, SBK_GOODS_ROOM, _("goods class %u"), (unsigned)purse->goods);
}

void sbk_bill_goods_text(const struct sbk_bill *bill, size_t purse, char *text) {
    text[0] = 0;
    if (!general(&bill->purses[purse].purse)) {
        for (size_t i = 0; i < bill->line_count; i++) {
            if (bill->lines[i].purse == purse)
                add(text, bill->lines[i].name);
        }
    }
    if (text[0] == 0)
        sbk_goods_text(NULL, &bill->purses[purse].purse, text);
}
