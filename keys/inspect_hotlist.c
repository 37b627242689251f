/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/inspect.h"
#include "keys/rights.h"
#include "schema/hotlist.h"

/* One table of the list as an array. */
static json_t *aliases(const uint8_t *table, uint32_t count) {
    json_t *all = json_array();
    for (uint32_t i = 0; i < count; i++) {
        (void)json_array_append_new(all, inspect_hex(table + (size_t)i * SBK_ALIAS_SIZE, SBK_ALIAS_SIZE));
    }
    return all;
}

static json_t *cards(const struct sbk_hotlist *list) {
    json_t *all = json_array();
    for (uint32_t i = 0; i < list->card_count; i++) {
        const uint8_t *entry = list->cards + (size_t)i * SBK_HOTLIST_CARD_SIZE;
        struct sbk_reader mandate = sbk_reader_of(entry + SBK_ALIAS_SIZE, SBK_HOTLIST_CARD_SIZE - SBK_ALIAS_SIZE);
        (void)json_array_append_new(all, json_pack("{s:o, s:I}", "alias", inspect_hex(entry, SBK_ALIAS_SIZE), "mandate",
                                             (json_int_t)sbk_read_u32(&mandate)));
    }
    return all;
}

static json_t *terminals(const uint8_t *table, uint32_t count) {
    json_t *all = json_array();
    for (uint32_t i = 0; i < count; i++) {
        char text[SBK_TERMINAL_SIZE + 1];
        sbk_id_text(table + (size_t)i * SBK_TERMINAL_SIZE, SBK_TERMINAL_SIZE, text);
        (void)json_array_append_new(all, json_string(text));
    }
    return all;
}

static json_t *issuers(const struct sbk_hotlist *list) {
    json_t *all = json_array();
    for (size_t i = 0; i < list->issuer_count; i++) {
        const uint8_t *issuer = list->issuers + i * SBK_HOTLIST_ISSUER_SIZE;
        (void)json_array_append_new(
            all, json_pack("{s:s, s:i}", "role", rights_role_word(issuer[0]), "generation", issuer[1]));
    }
    return all;
}

json_t *inspect_hotlist(const uint8_t *data, size_t size) {
    struct sbk_hotlist list;
    size_t before = 0;
    if (sbk_certificate_size(data, size, &before) != SBK_FORMAT_OK ||
        sbk_hotlist_parse(data + before, size - before, &list) != SBK_FORMAT_OK) {
        return NULL;
    }
    const struct sbk_bytes certificate = {data, before};
    json_t *object = json_pack("{s:s, s:I, s:o, s:o, s:o, s:i, s:i, s:o, s:o, s:o, s:o*}", "kind", "hotlist", "number",
        (json_int_t)list.number, "changes", list.base != 0 ? json_integer((json_int_t)list.base) : json_null(),
        "issued", inspect_day(list.issued), "made", inspect_time(list.made), "warn_days", list.warn, "stop_days",
        list.stop, "cards", cards(&list), "stations", terminals(list.terminals, list.terminal_count), "distrusted",
        issuers(&list), "signer", inspect_certificate(&certificate));
    if (list.base != 0) {
        (void)json_object_set_new(object, "cards_removed", aliases(list.removed, list.removed_count));
        (void)json_object_set_new(object, "stations_restored", terminals(list.restored, list.restored_count));
    }
    return object;
}
