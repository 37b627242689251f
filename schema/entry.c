/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/check.h"
#include "schema/records.h"

#define SLOT_MAX (SBK_PURSES_MAX - 1)
#define WINDOW_MAX 59

static bool debit_unused(const struct sbk_entry_debit *debit) {
    return debit->slot == 0 && debit->grant == 0 && debit->window == 0 && debit->amount == 0 && debit->spent == 0;
}

/* A debit's spent includes its amount; after a void anything that fits may be left. */
static bool debit_allowed(const struct sbk_entry_debit *debit, uint8_t kind) {
    return debit->slot <= SLOT_MAX && debit->grant != 0 && debit->window <= WINDOW_MAX && debit->amount >= 1 &&
           debit->amount <= SBK_AMOUNT_MAX && debit->spent <= SBK_AMOUNT_MAX &&
           (kind != SBK_ENTRY_DEBIT || debit->spent >= debit->amount);
}

/* At least one, each slot and each grant once, the unused ones zero and last. */
static bool debits_allowed(const struct sbk_entry *entry) {
    size_t count = 0;
    while (count < SBK_DEBITS_MAX && entry->debits[count].grant != 0) {
        if (!debit_allowed(&entry->debits[count], entry->kind)) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            if (entry->debits[i].slot == entry->debits[count].slot ||
                entry->debits[i].grant == entry->debits[count].grant) {
                return false;
            }
        }
        count++;
    }
    for (size_t i = count; i < SBK_DEBITS_MAX; i++) {
        if (!debit_unused(&entry->debits[i])) {
            return false;
        }
    }
    return count > 0;
}

static bool no_debits(const struct sbk_entry *entry) {
    for (size_t i = 0; i < SBK_DEBITS_MAX; i++) {
        if (!debit_unused(&entry->debits[i])) {
            return false;
        }
    }
    return true;
}

static bool finals_allowed(const struct sbk_entry *entry) {
    for (size_t i = 0; i < SBK_PURSES_MAX; i++) {
        const struct sbk_entry_final *final = &entry->finals[i];
        if (final->spent > SBK_AMOUNT_MAX || (final->grant == 0 && final->spent != 0)) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (final->grant != 0 && entry->finals[j].grant == final->grant) {
                return false;
            }
        }
    }
    return true;
}

static bool no_finals(const struct sbk_entry *entry) {
    for (size_t i = 0; i < SBK_PURSES_MAX; i++) {
        if (entry->finals[i].grant != 0 || entry->finals[i].spent != 0) {
            return false;
        }
    }
    return true;
}

static bool detail_allowed(const struct sbk_entry *entry) {
    switch (entry->kind) {
    case SBK_ENTRY_ACTIVATION:
        return entry->who == SBK_WHO_NONE && no_debits(entry) && no_finals(entry);
    case SBK_ENTRY_MANDATE:
        return entry->who == SBK_WHO_NONE && no_debits(entry) && finals_allowed(entry);
    case SBK_ENTRY_DEBIT:
    case SBK_ENTRY_VOID:
        return entry->who <= SBK_WHO_ALTERNATE && debits_allowed(entry) && no_finals(entry);
    default:
        return false;
    }
}

static bool entry_allowed(const struct sbk_entry *entry) {
    bool first = entry->kind == SBK_ENTRY_ACTIVATION;
    return detail_allowed(entry) && (entry->counter == 0) == first &&
           sbk_check_zero(entry->previous, SBK_HASH_SIZE) == first && entry->mandate != 0 && entry->transaction != 0 &&
           sbk_id_check(entry->terminal, SBK_TERMINAL_SIZE) == SBK_FORMAT_OK;
}

static void read_detail(struct sbk_reader *reader, struct sbk_entry *entry) {
    if (entry->kind == SBK_ENTRY_MANDATE) {
        for (size_t i = 0; i < SBK_PURSES_MAX; i++) {
            entry->finals[i].grant = sbk_read_u16(reader);
            entry->finals[i].spent = sbk_read_u24(reader);
        }
        return;
    }
    /* An activation's forty zeros read as four unused debits. */
    for (size_t i = 0; i < SBK_DEBITS_MAX; i++) {
        entry->debits[i].slot = sbk_read_u8(reader);
        entry->debits[i].grant = sbk_read_u16(reader);
        entry->debits[i].window = sbk_read_u8(reader);
        entry->debits[i].amount = sbk_read_u24(reader);
        entry->debits[i].spent = sbk_read_u24(reader);
    }
}

static void write_detail(struct sbk_writer *writer, const struct sbk_entry *entry) {
    if (entry->kind == SBK_ENTRY_MANDATE) {
        for (size_t i = 0; i < SBK_PURSES_MAX; i++) {
            sbk_write_u16(writer, entry->finals[i].grant);
            sbk_write_u24(writer, entry->finals[i].spent);
        }
        return;
    }
    for (size_t i = 0; i < SBK_DEBITS_MAX; i++) {
        sbk_write_u8(writer, entry->debits[i].slot);
        sbk_write_u16(writer, entry->debits[i].grant);
        sbk_write_u8(writer, entry->debits[i].window);
        sbk_write_u24(writer, entry->debits[i].amount);
        sbk_write_u24(writer, entry->debits[i].spent);
    }
}

enum sbk_format sbk_entry_parse(const uint8_t data[SBK_ENTRY_SIZE], struct sbk_entry *entry) {
    memset(entry, 0, sizeof *entry);
    struct sbk_reader reader = sbk_reader_of(data, SBK_ENTRY_SIZE);
    enum sbk_format format = sbk_record_begin(&reader, SBK_RECORD_ENTRY);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    sbk_read_bytes(&reader, entry->alias, SBK_ALIAS_SIZE);
    entry->counter = sbk_read_u32(&reader);
    sbk_read_bytes(&reader, entry->previous, SBK_HASH_SIZE);
    entry->kind = sbk_read_u8(&reader);
    entry->who = sbk_read_u8(&reader);
    entry->mandate = sbk_read_u32(&reader);
    sbk_read_bytes(&reader, entry->terminal, SBK_TERMINAL_SIZE);
    entry->transaction = sbk_read_u32(&reader);
    entry->time = sbk_read_u32(&reader);
    entry->log_size = sbk_read_u32(&reader);
    sbk_read_bytes(&reader, entry->log_root, SBK_HASH_SIZE);
    sbk_read_bytes(&reader, entry->digest, SBK_HASH_SIZE);
    read_detail(&reader, entry);
    entry->floor = sbk_read_u16(&reader);
    format = sbk_read_end(&reader);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    return entry_allowed(entry) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_entry_write(const struct sbk_entry *entry, uint8_t out[SBK_ENTRY_SIZE]) {
    if (!entry_allowed(entry)) {
        return SBK_FORMAT_VALUE;
    }
    struct sbk_writer writer = sbk_writer_of(out, SBK_ENTRY_SIZE);
    sbk_write_u8(&writer, SBK_RECORD_ENTRY);
    sbk_write_u8(&writer, SBK_RECORD_VERSION);
    sbk_write_bytes(&writer, entry->alias, SBK_ALIAS_SIZE);
    sbk_write_u32(&writer, entry->counter);
    sbk_write_bytes(&writer, entry->previous, SBK_HASH_SIZE);
    sbk_write_u8(&writer, entry->kind);
    sbk_write_u8(&writer, entry->who);
    sbk_write_u32(&writer, entry->mandate);
    sbk_write_bytes(&writer, entry->terminal, SBK_TERMINAL_SIZE);
    sbk_write_u32(&writer, entry->transaction);
    sbk_write_u32(&writer, entry->time);
    sbk_write_u32(&writer, entry->log_size);
    sbk_write_bytes(&writer, entry->log_root, SBK_HASH_SIZE);
    sbk_write_bytes(&writer, entry->digest, SBK_HASH_SIZE);
    write_detail(&writer, entry);
    sbk_write_u16(&writer, entry->floor);
    return writer.failed ? SBK_FORMAT_ROOM : SBK_FORMAT_OK;
}
