/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/log.h"

#include <string.h>

#include "schema/basket.h"
#include "schema/check.h"

#define TEXT_MAX 512
#define SIZE_U8 1
#define SIZE_U16 2
#define SIZE_U32 4

/* What a field holds, as far as it is checked here. */
enum content {
    ANY,
    TEXT,     /* UTF-8 without control characters */
    TERMINAL, /* a terminal id */
    NUMBER,   /* one byte, from low to high */
    EITHER,   /* the size is low or high, nothing between */
};

struct field_rule {
    uint16_t least; /* size in bytes */
    uint16_t most;
    uint8_t content;
    uint8_t low; /* of a NUMBER */
    uint8_t high;
};

struct kind_rule {
    uint8_t count;
    struct field_rule fields[SBK_LOG_FIELDS_MAX];
};

#define FIXED(size)                                                                                                    \
    { .least = (size), .most = (size), .content = ANY }
#define BETWEEN(low, high)                                                                                             \
    { .least = (low), .most = (high), .content = ANY }
#define ONE_OF(low, high)                                                                                              \
    { .least = (low), .most = (high), .content = EITHER }
#define ENUM(from, to)                                                                                                 \
    { .least = 1, .most = 1, .content = NUMBER, .low = (from), .high = (to) }
#define TEXT_FIELD                                                                                                     \
    { .least = 1, .most = TEXT_MAX, .content = TEXT }

#define RECEIPT_FIELDS                                                                                                 \
    {                                                                                                                  \
        3, {                                                                                                           \
            FIXED(SBK_ENTRY_SIZE), FIXED(SBK_SIGNATURE_SIZE), FIXED(SBK_COMPRESSED_SIZE)                               \
        }                                                                                                              \
    }

static const struct kind_rule kinds[] = {
    [SBK_LOG_OPENED] = {2, {{.least = SBK_TERMINAL_SIZE, .most = SBK_TERMINAL_SIZE, .content = TERMINAL}, TEXT_FIELD}},
    [SBK_LOG_INTENT] = {7,
        {ENUM(SBK_OPERATION_DEBIT, SBK_OPERATION_ACTIVATE), FIXED(SIZE_U32), FIXED(SBK_ALIAS_SIZE), FIXED(SIZE_U32),
            FIXED(SIZE_U32), ENUM(SBK_WHO_NONE, SBK_WHO_ALTERNATE), BETWEEN(1, SBK_BASKET_BYTES_MAX)}},
    [SBK_LOG_RECEIPT] = RECEIPT_FIELDS,
    [SBK_LOG_CARRIED] = RECEIPT_FIELDS,
    [SBK_LOG_REFUSED] = {4, {FIXED(SIZE_U32), ONE_OF(0, SBK_ALIAS_SIZE), FIXED(SIZE_U16), TEXT_FIELD}},
    [SBK_LOG_DELIVERED] = {2, {FIXED(SBK_ALIAS_SIZE), ONE_OF(SBK_HASH_SIZE, SBK_NOTICE_SIZE)}},
    [SBK_LOG_HANDED_OVER] = {1, {FIXED(SIZE_U32)}},
    [SBK_LOG_CLOCK] = {3, {ENUM(1, 3), FIXED(SIZE_U32), FIXED(SIZE_U32)}},
    [SBK_LOG_CERTIFICATE] = {1, {BETWEEN(1, SBK_CERTIFICATE_MAX)}},
    [SBK_LOG_OPERATOR] = {2, {ENUM(1, 2), TEXT_FIELD}},
    [SBK_LOG_RESOLVED] = {3, {FIXED(SIZE_U32), ENUM(SBK_RESOLVED_UNTOUCHED, SBK_RESOLVED_REFUSED), FIXED(SIZE_U32)}},
    [SBK_LOG_LIST] = {2, {FIXED(SIZE_U32), FIXED(SBK_HASH_SIZE)}},
    [SBK_LOG_HOTLIST] = {2, {FIXED(SIZE_U32), FIXED(SBK_HASH_SIZE)}},
};

size_t sbk_log_field_count(uint8_t kind) {
    return kind < sizeof kinds / sizeof kinds[0] ? kinds[kind].count : 0;
}

static enum sbk_format check_field(const struct field_rule *rule, const struct sbk_log_field *field) {
    if (field->size < rule->least || field->size > rule->most) {
        return SBK_FORMAT_LENGTH;
    }
    switch (rule->content) {
    case TEXT:
        return sbk_check_text(field->data, field->size) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
    case TERMINAL:
        return sbk_id_check(field->data, field->size);
    case NUMBER:
        return field->data[0] >= rule->low && field->data[0] <= rule->high ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
    case EITHER:
        return field->size == rule->least || field->size == rule->most ? SBK_FORMAT_OK : SBK_FORMAT_LENGTH;
    default:
        return SBK_FORMAT_OK;
    }
}

/* The size of an intent's content, which its operation decides. */
static bool content_fits(uint8_t operation, size_t size) {
    switch (operation) {
    case SBK_OPERATION_VOID:
        return size == SBK_ENTRY_SIZE;
    case SBK_OPERATION_MANDATE:
        return size <= SBK_MANDATE_MAX;
    case SBK_OPERATION_ACTIVATE:
        return size <= SBK_CERTIFICATE_MAX;
    default:
        return true;
    }
}

static enum sbk_format check_fields(const struct sbk_log_entry *entry) {
    size_t count = sbk_log_field_count(entry->kind);
    if (count == 0) {
        return SBK_FORMAT_UNKNOWN;
    }
    if (entry->count != count) {
        return entry->count < count ? SBK_FORMAT_MISSING : SBK_FORMAT_TRAILING;
    }
    for (size_t i = 0; i < count; i++) {
        enum sbk_format format = check_field(&kinds[entry->kind].fields[i], &entry->fields[i]);
        if (format != SBK_FORMAT_OK) {
            return format;
        }
    }
    if (entry->kind == SBK_LOG_INTENT && !content_fits(entry->fields[0].data[0], entry->fields[6].size)) {
        return SBK_FORMAT_LENGTH;
    }
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_log_parse(const uint8_t *data, size_t size, struct sbk_log_entry *entry) {
    memset(entry, 0, sizeof *entry);
    if (size > SBK_LOG_ENTRY_MAX) {
        return SBK_FORMAT_LENGTH;
    }
    struct sbk_reader reader = sbk_reader_of(data, size);
    uint8_t version = sbk_read_u8(&reader);
    entry->kind = sbk_read_u8(&reader);
    entry->time = sbk_read_u32(&reader);
    if (reader.failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    size_t count = sbk_log_field_count(entry->kind);
    if (version != SBK_LOG_VERSION || count == 0) {
        return SBK_FORMAT_UNKNOWN;
    }
    while (entry->count < count) {
        struct sbk_log_field *field = &entry->fields[entry->count];
        field->size = sbk_read_u16(&reader);
        field->data = sbk_read_skip(&reader, field->size);
        entry->count++;
    }
    enum sbk_format format = sbk_read_end(&reader);
    return format == SBK_FORMAT_OK ? check_fields(entry) : format;
}

enum sbk_format sbk_log_write(const struct sbk_log_entry *entry, uint8_t *out, size_t room, size_t *size) {
    enum sbk_format format = check_fields(entry);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_write_u8(&writer, SBK_LOG_VERSION);
    sbk_write_u8(&writer, entry->kind);
    sbk_write_u32(&writer, entry->time);
    for (size_t i = 0; i < entry->count; i++) {
        sbk_write_u16(&writer, (uint16_t)entry->fields[i].size);
        sbk_write_bytes(&writer, entry->fields[i].data, entry->fields[i].size);
    }
    return sbk_writer_end(&writer, size);
}
