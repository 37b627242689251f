/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/hotlist.h"

#include <string.h>

#include "schema/check.h"

/* ---- one list ---- */

static bool head_allowed(const struct sbk_hotlist *hotlist) {
    const bool whole = hotlist->base == 0;
    return hotlist->number > hotlist->base && hotlist->warn >= 1 && hotlist->warn <= hotlist->stop &&
           hotlist->card_count <= SBK_HOTLIST_CARDS_MAX &&
           hotlist->removed_count <= SBK_HOTLIST_CARDS_MAX - hotlist->card_count &&
           hotlist->terminal_count <= SBK_HOTLIST_TERMINALS_MAX &&
           hotlist->restored_count <= SBK_HOTLIST_TERMINALS_MAX - hotlist->terminal_count &&
           hotlist->issuer_count <= SBK_HOTLIST_ISSUERS_MAX &&
           (!whole || (hotlist->removed_count == 0 && hotlist->restored_count == 0));
}

/* Keys ascend, so that each stands once. */
static enum sbk_format check_order(const uint8_t *table, uint32_t count, size_t width, size_t key_size) {
    for (uint32_t i = 1; i < count; i++) {
        const int order = memcmp(table + (i - 1) * width, table + i * width, key_size);
        if (order >= 0) {
            return order == 0 ? SBK_FORMAT_DUPLICATE : SBK_FORMAT_VALUE;
        }
    }
    return SBK_FORMAT_OK;
}

/* What is added is not removed as well: no key stands in both tables. */
static enum sbk_format check_apart(const uint8_t *added, uint32_t added_count, size_t width, const uint8_t *removed,
    uint32_t removed_count, size_t key_size) {
    uint32_t i = 0;
    uint32_t j = 0;
    while (i < added_count && j < removed_count) {
        const int order = memcmp(added + i * width, removed + j * key_size, key_size);
        if (order == 0) {
            return SBK_FORMAT_DUPLICATE;
        }
        i += order < 0;
        j += order > 0;
    }
    return SBK_FORMAT_OK;
}

static enum sbk_format check_cards(const struct sbk_hotlist *hotlist) {
    enum sbk_format format = check_order(hotlist->cards, hotlist->card_count, SBK_HOTLIST_CARD_SIZE, SBK_ALIAS_SIZE);
    if (format == SBK_FORMAT_OK) {
        format = check_order(hotlist->removed, hotlist->removed_count, SBK_ALIAS_SIZE, SBK_ALIAS_SIZE);
    }
    if (format == SBK_FORMAT_OK) {
        format = check_apart(hotlist->cards, hotlist->card_count, SBK_HOTLIST_CARD_SIZE, hotlist->removed,
            hotlist->removed_count, SBK_ALIAS_SIZE);
    }
    for (uint32_t i = 0; i < hotlist->card_count && format == SBK_FORMAT_OK; i++) {
        const uint8_t *mandate = hotlist->cards + (size_t)i * SBK_HOTLIST_CARD_SIZE + SBK_ALIAS_SIZE;
        if (sbk_check_zero(mandate, SBK_HOTLIST_CARD_SIZE - SBK_ALIAS_SIZE)) {
            format = SBK_FORMAT_VALUE;
        }
    }
    return format;
}

static enum sbk_format check_terminals(const struct sbk_hotlist *hotlist) {
    enum sbk_format format =
        check_order(hotlist->terminals, hotlist->terminal_count, SBK_TERMINAL_SIZE, SBK_TERMINAL_SIZE);
    if (format == SBK_FORMAT_OK) {
        format = check_order(hotlist->restored, hotlist->restored_count, SBK_TERMINAL_SIZE, SBK_TERMINAL_SIZE);
    }
    if (format == SBK_FORMAT_OK) {
        format = check_apart(hotlist->terminals, hotlist->terminal_count, SBK_TERMINAL_SIZE, hotlist->restored,
            hotlist->restored_count, SBK_TERMINAL_SIZE);
    }
    for (uint32_t i = 0; i < hotlist->terminal_count && format == SBK_FORMAT_OK; i++) {
        format = sbk_id_check(hotlist->terminals + (size_t)i * SBK_TERMINAL_SIZE, SBK_TERMINAL_SIZE);
    }
    for (uint32_t i = 0; i < hotlist->restored_count && format == SBK_FORMAT_OK; i++) {
        format = sbk_id_check(hotlist->restored + (size_t)i * SBK_TERMINAL_SIZE, SBK_TERMINAL_SIZE);
    }
    return format;
}

static enum sbk_format check_issuers(const struct sbk_hotlist *hotlist) {
    for (size_t i = 0; i < hotlist->issuer_count; i++) {
        const uint8_t *issuer = hotlist->issuers + i * SBK_HOTLIST_ISSUER_SIZE;
        if (issuer[0] < SBK_ROLE_STATION_CA || issuer[0] > SBK_ROLE_LIST_SIGNER || !sbk_check_generation(issuer[1])) {
            return SBK_FORMAT_VALUE;
        }
    }
    return check_order(hotlist->issuers, hotlist->issuer_count, SBK_HOTLIST_ISSUER_SIZE, SBK_HOTLIST_ISSUER_SIZE);
}

static enum sbk_format check_tables(const struct sbk_hotlist *hotlist) {
    enum sbk_format format = check_cards(hotlist);
    if (format == SBK_FORMAT_OK) {
        format = check_terminals(hotlist);
    }
    return format == SBK_FORMAT_OK ? check_issuers(hotlist) : format;
}

static void read_head(struct sbk_reader *reader, struct sbk_hotlist *hotlist) {
    hotlist->number = sbk_read_u32(reader);
    hotlist->base = sbk_read_u32(reader);
    hotlist->issued = sbk_read_u16(reader);
    hotlist->made = sbk_read_u32(reader);
    hotlist->warn = sbk_read_u8(reader);
    hotlist->stop = sbk_read_u8(reader);
    hotlist->card_count = sbk_read_u32(reader);
    hotlist->removed_count = sbk_read_u32(reader);
    hotlist->terminal_count = sbk_read_u16(reader);
    hotlist->restored_count = sbk_read_u16(reader);
    hotlist->issuer_count = sbk_read_u8(reader);
}

enum sbk_format sbk_hotlist_parse(const uint8_t *data, size_t size, struct sbk_hotlist *hotlist) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    memset(hotlist, 0, sizeof *hotlist);
    enum sbk_format format = sbk_record_begin(&reader, SBK_RECORD_HOTLIST);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    read_head(&reader, hotlist);
    if (reader.failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    if (!head_allowed(hotlist)) {
        return SBK_FORMAT_VALUE;
    }
    hotlist->cards = sbk_read_skip(&reader, (size_t)hotlist->card_count * SBK_HOTLIST_CARD_SIZE);
    hotlist->removed = sbk_read_skip(&reader, (size_t)hotlist->removed_count * SBK_ALIAS_SIZE);
    hotlist->terminals = sbk_read_skip(&reader, (size_t)hotlist->terminal_count * SBK_TERMINAL_SIZE);
    hotlist->restored = sbk_read_skip(&reader, (size_t)hotlist->restored_count * SBK_TERMINAL_SIZE);
    hotlist->issuers = sbk_read_skip(&reader, (size_t)hotlist->issuer_count * SBK_HOTLIST_ISSUER_SIZE);
    if (hotlist->base != 0) {
        hotlist->whole_signature = sbk_read_skip(&reader, SBK_SIGNATURE_SIZE);
    }
    format = sbk_record_end(&reader);
    return format == SBK_FORMAT_OK ? check_tables(hotlist) : format;
}

static void write_head(struct sbk_writer *writer, const struct sbk_hotlist *hotlist) {
    sbk_write_u8(writer, SBK_RECORD_HOTLIST);
    sbk_write_u8(writer, SBK_RECORD_VERSION);
    sbk_write_u32(writer, hotlist->number);
    sbk_write_u32(writer, hotlist->base);
    sbk_write_u16(writer, hotlist->issued);
    sbk_write_u32(writer, hotlist->made);
    sbk_write_u8(writer, hotlist->warn);
    sbk_write_u8(writer, hotlist->stop);
    sbk_write_u32(writer, hotlist->card_count);
    sbk_write_u32(writer, hotlist->removed_count);
    sbk_write_u16(writer, hotlist->terminal_count);
    sbk_write_u16(writer, hotlist->restored_count);
    sbk_write_u8(writer, hotlist->issuer_count);
}

static void write_table(struct sbk_writer *writer, const uint8_t *table, size_t size) {
    if (size > 0) {
        sbk_write_bytes(writer, table, size);
    }
}

enum sbk_format sbk_hotlist_write(const struct sbk_hotlist *hotlist, uint8_t *out, size_t room, size_t *size) {
    struct sbk_writer writer = sbk_writer_of(out, room);
    if (!head_allowed(hotlist) || (hotlist->base != 0) != (hotlist->whole_signature != NULL)) {
        return SBK_FORMAT_VALUE;
    }
    const enum sbk_format format = check_tables(hotlist);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    write_head(&writer, hotlist);
    write_table(&writer, hotlist->cards, (size_t)hotlist->card_count * SBK_HOTLIST_CARD_SIZE);
    write_table(&writer, hotlist->removed, (size_t)hotlist->removed_count * SBK_ALIAS_SIZE);
    write_table(&writer, hotlist->terminals, (size_t)hotlist->terminal_count * SBK_TERMINAL_SIZE);
    write_table(&writer, hotlist->restored, (size_t)hotlist->restored_count * SBK_TERMINAL_SIZE);
    write_table(&writer, hotlist->issuers, (size_t)hotlist->issuer_count * SBK_HOTLIST_ISSUER_SIZE);
    if (hotlist->base != 0) {
        sbk_write_bytes(&writer, hotlist->whole_signature, SBK_SIGNATURE_SIZE);
    }
    return sbk_writer_end(&writer, size);
}

/* ---- a change applied ---- */

/* A table of the base, what is added to it and what is removed from it. */
struct merge {
    const uint8_t *old;
    uint32_t old_count;
    const uint8_t *added;
    uint32_t added_count;
    const uint8_t *removed;
    uint32_t removed_count;
    size_t width;
    size_t key_size;
};

/* Writes the merged table and counts it. An entry that is wider than its key may be replaced by another one. */
static enum sbk_format merge(const struct merge *merge, struct sbk_writer *writer, uint32_t *count) {
    uint32_t i = 0;
    uint32_t j = 0;
    uint32_t k = 0;
    *count = 0;
    while (i < merge->old_count || j < merge->added_count) {
        const uint8_t *old = merge->old + i * merge->width;
        const uint8_t *added = merge->added + j * merge->width;
        int order = i == merge->old_count ? 1 : -1;
        if (i < merge->old_count && j < merge->added_count) {
            order = memcmp(old, added, merge->key_size);
        }
        if (order == 0 && memcmp(old, added, merge->width) == 0) {
            return SBK_FORMAT_DUPLICATE;
        }
        const bool goes = order < 0 && k < merge->removed_count &&
                          memcmp(old, merge->removed + k * merge->key_size, merge->key_size) == 0;
        if (!goes) {
            sbk_write_bytes(writer, order < 0 ? old : added, merge->width);
            *count += 1;
        }
        k += goes;
        i += order <= 0;
        j += order >= 0;
    }
    return k == merge->removed_count ? SBK_FORMAT_OK : SBK_FORMAT_MISSING;
}

enum sbk_format sbk_hotlist_apply(
    const struct sbk_hotlist *whole, const struct sbk_hotlist *change, uint8_t *out, size_t room, size_t *size) {
    const struct merge cards = {whole->cards, whole->card_count, change->cards, change->card_count, change->removed,
        change->removed_count, SBK_HOTLIST_CARD_SIZE, SBK_ALIAS_SIZE};
    const struct merge terminals = {whole->terminals, whole->terminal_count, change->terminals, change->terminal_count,
        change->restored, change->restored_count, SBK_TERMINAL_SIZE, SBK_TERMINAL_SIZE};
    struct sbk_hotlist result = *change;
    struct sbk_writer writer = sbk_writer_of(out, room);
    uint32_t terminal_count = 0;
    if (whole->base != 0 || change->base == 0 || change->base != whole->number) {
        return SBK_FORMAT_VALUE;
    }
    result.base = 0;
    result.removed_count = 0;
    result.restored_count = 0;
    write_head(&writer, &result); /* its counts follow */
    enum sbk_format format = merge(&cards, &writer, &result.card_count);
    if (format == SBK_FORMAT_OK) {
        format = merge(&terminals, &writer, &terminal_count);
    }
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    write_table(&writer, change->issuers, (size_t)change->issuer_count * SBK_HOTLIST_ISSUER_SIZE);
    sbk_write_bytes(&writer, change->whole_signature, SBK_SIGNATURE_SIZE);
    if (terminal_count > SBK_HOTLIST_TERMINALS_MAX) {
        return SBK_FORMAT_VALUE;
    }
    result.terminal_count = (uint16_t)terminal_count;
    struct sbk_writer head = sbk_writer_of(out, room);
    write_head(&head, &result);
    return head_allowed(&result) ? sbk_writer_end(&writer, size) : SBK_FORMAT_VALUE;
}

/* ---- looking up ---- */

const uint8_t *sbk_hotlist_find(
    const uint8_t *table, uint32_t count, size_t width, const uint8_t *key, size_t key_size, unsigned *steps) {
    uint32_t low = 0;
    uint32_t high = count;
    unsigned looked = 0;
    const uint8_t *found = NULL;
    while (low < high && found == NULL) {
        const uint32_t middle = low + (high - low) / 2;
        const uint8_t *entry = table + middle * width;
        const int order = memcmp(key, entry, key_size);
        looked++;
        if (order == 0) {
            found = entry;
        } else if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    if (steps != NULL) {
        *steps = looked;
    }
    return found;
}

bool sbk_hotlist_has_card(const struct sbk_hotlist *hotlist, const uint8_t alias[SBK_ALIAS_SIZE], uint32_t mandate) {
    const uint8_t *entry =
        sbk_hotlist_find(hotlist->cards, hotlist->card_count, SBK_HOTLIST_CARD_SIZE, alias, SBK_ALIAS_SIZE, NULL);
    if (entry == NULL) {
        return false;
    }
    struct sbk_reader reader = sbk_reader_of(entry + SBK_ALIAS_SIZE, SBK_HOTLIST_CARD_SIZE - SBK_ALIAS_SIZE);
    return mandate <= sbk_read_u32(&reader);
}

bool sbk_hotlist_has_terminal(const struct sbk_hotlist *hotlist, const uint8_t terminal[SBK_TERMINAL_SIZE]) {
    return sbk_hotlist_find(hotlist->terminals, hotlist->terminal_count, SBK_TERMINAL_SIZE, terminal, SBK_TERMINAL_SIZE,
               NULL) != NULL;
}

bool sbk_hotlist_has_issuer(const struct sbk_hotlist *hotlist, uint8_t role, uint8_t generation) {
    const uint8_t issuer[SBK_HOTLIST_ISSUER_SIZE] = {role, generation};
    return sbk_hotlist_find(
               hotlist->issuers, hotlist->issuer_count, SBK_HOTLIST_ISSUER_SIZE, issuer, sizeof issuer, NULL) != NULL;
}
