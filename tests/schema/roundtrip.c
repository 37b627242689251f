/* SPDX-License-Identifier: Apache-2.0 */
#include "roundtrip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/basket.h"
#include "schema/hotlist.h"
#include "schema/log.h"
#include "schema/records.h"
#include "schema/root_request.h"

enum sbk_format roundtrip_tlv(const uint8_t *data, size_t size) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    uint8_t *again = malloc(size + 1);
    INSIST(again != NULL);
    struct sbk_writer writer = sbk_writer_of(again, size);
    enum sbk_format format = SBK_FORMAT_OK;
    while (format == SBK_FORMAT_OK && reader.left > 0) {
        struct sbk_tlv tlv;
        format = sbk_tlv_next(&reader, &tlv);
        if (format == SBK_FORMAT_OK) {
            INSIST(tlv.value >= data && tlv.value + tlv.size <= data + size);
            sbk_write_tlv(&writer, tlv.tag, tlv.value, tlv.size);
            INSIST(!writer.failed && memcmp(again, data, writer.used) == 0);
        } else {
            INSIST(tlv.value == NULL && tlv.size == 0);
        }
    }
    INSIST(format != SBK_FORMAT_OK || writer.used == size);
    free(again);
    return format;
}

enum sbk_format roundtrip_certificate(const uint8_t *data, size_t size) {
    struct sbk_certificate parsed;
    size_t whole = 0;
    enum sbk_format format = sbk_certificate_parse(data, size, &parsed);
    enum sbk_format sized = sbk_certificate_size(data, size, &whole);
    INSIST(sized != SBK_FORMAT_OK || whole <= size);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    INSIST(sized == SBK_FORMAT_OK && whole == size);
    uint8_t body[SBK_CERTIFICATE_MAX];
    uint8_t again[SBK_CERTIFICATE_MAX];
    size_t body_size = 0;
    size_t again_size = 0;
    INSIST(sbk_certificate_write_signed(&parsed, body, sizeof body, &body_size) == SBK_FORMAT_OK);
    INSIST(body_size == parsed.signed_size && memcmp(body, parsed.signed_bytes, body_size) == 0);
    INSIST(
        sbk_certificate_assemble(body, body_size, parsed.signature, again, sizeof again, &again_size) == SBK_FORMAT_OK);
    INSIST(again_size == size && memcmp(again, data, size) == 0);
    return SBK_FORMAT_OK;
}

/* Records that end in a signature: the writer gives what stands before it. */
#define ROUNDTRIP_TAIL(name, max, tail)                                                                                \
    enum sbk_format roundtrip_##name(const uint8_t *data, size_t size) {                                               \
        struct sbk_##name parsed;                                                                                      \
        struct sbk_##name parsed_again;                                                                                \
        uint8_t again[max];                                                                                            \
        size_t body = 0;                                                                                               \
        memset(&parsed, 0x55, sizeof parsed);                                                                          \
        memset(&parsed_again, 0xAA, sizeof parsed_again);                                                              \
        enum sbk_format format = sbk_##name##_parse(data, size, &parsed);                                              \
        if (format != SBK_FORMAT_OK) {                                                                                 \
            return format;                                                                                             \
        }                                                                                                              \
        INSIST(size <= sizeof again);                                                                                  \
        INSIST(sbk_##name##_write(&parsed, again, sizeof again, &body) == SBK_FORMAT_OK);                              \
        INSIST(body + (tail) == size && memcmp(again, data, body) == 0);                                               \
        INSIST(sbk_##name##_write(&parsed, again, body - 1, &body) == SBK_FORMAT_ROOM);                                \
        memcpy(again, data, size);                                                                                     \
        INSIST(sbk_##name##_parse(again, size, &parsed_again) == SBK_FORMAT_OK);                                       \
        INSIST(memcmp(&parsed, &parsed_again, sizeof parsed) == 0);                                                    \
        return SBK_FORMAT_OK;                                                                                          \
    }
#define ROUNDTRIP(name, max) ROUNDTRIP_TAIL(name, max, SBK_SIGNATURE_SIZE)

ROUNDTRIP(identity, SBK_IDENTITY_MAX)
ROUNDTRIP(mandate, SBK_MANDATE_MAX)
ROUNDTRIP(notice, SBK_NOTICE_SIZE)
ROUNDTRIP(link, SBK_LINK_SIZE)
ROUNDTRIP(closing, SBK_STATEMENT_SIZE)
ROUNDTRIP_TAIL(root_request, SBK_ROOT_REQUEST_MAX, 0)
ROUNDTRIP_TAIL(root_answer, SBK_ROOT_ANSWER_MAX, 0)

enum sbk_format roundtrip_entry(const uint8_t *data, size_t size) {
    if (size != SBK_ENTRY_SIZE) {
        return SBK_FORMAT_LENGTH;
    }
    struct sbk_entry parsed;
    uint8_t again[SBK_ENTRY_SIZE];
    enum sbk_format format = sbk_entry_parse(data, &parsed);
    if (format == SBK_FORMAT_OK) {
        INSIST(sbk_entry_write(&parsed, again) == SBK_FORMAT_OK);
        INSIST(memcmp(again, data, sizeof again) == 0);
    }
    return format;
}

enum sbk_format roundtrip_items(const uint8_t *data, size_t size) {
    static struct sbk_item items[SBK_ITEMS_MAX];
    static uint8_t again[SBK_ITEMS_BYTES_MAX];
    struct sbk_items_header header;
    size_t body = 0;
    enum sbk_format format = sbk_items_parse(data, size, &header, items);
    if (format == SBK_FORMAT_OK) {
        INSIST(sbk_items_write(&header, items, again, sizeof again, &body) == SBK_FORMAT_OK);
        INSIST(body + SBK_SIGNATURE_SIZE == size && memcmp(again, data, body) == 0);
    }
    return format;
}

enum sbk_format roundtrip_basket(const uint8_t *data, size_t size) {
    struct sbk_line lines[SBK_LINES_MAX];
    uint8_t again[SBK_BASKET_BYTES_MAX];
    size_t count = 0;
    size_t body = 0;
    enum sbk_format format = sbk_basket_parse(data, size, lines, &count);
    if (format == SBK_FORMAT_OK) {
        INSIST(count >= 1 && count <= SBK_LINES_MAX);
        INSIST(sbk_basket_write(lines, count, again, sizeof again, &body) == SBK_FORMAT_OK);
        INSIST(body == size && memcmp(again, data, body) == 0);
    }
    return format;
}

static enum sbk_format roundtrip_one_hotlist(const uint8_t *data, size_t size, struct sbk_hotlist *hotlist) {
    size_t body = 0;
    const enum sbk_format format = sbk_hotlist_parse(data, size, hotlist);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    uint8_t *again = malloc(size);
    INSIST(again != NULL);
    INSIST(sbk_hotlist_write(hotlist, again, size, &body) == SBK_FORMAT_OK);
    INSIST(body + SBK_SIGNATURE_SIZE == size && memcmp(again, data, body) == 0);
    INSIST(sbk_hotlist_write(hotlist, again, body - 1, &body) == SBK_FORMAT_ROOM);
    free(again);
    return SBK_FORMAT_OK;
}

/* Size of a whole list at the beginning of more bytes, as its counts say; 0 if it is none or does not fit. */
static size_t hotlist_size(const uint8_t *data, size_t size) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    (void)sbk_read_skip(&reader, 18);
    const size_t cards = sbk_read_u32(&reader);
    (void)sbk_read_u32(&reader);
    const size_t terminals = sbk_read_u16(&reader);
    (void)sbk_read_u16(&reader);
    const size_t issuers = sbk_read_u8(&reader);
    const size_t whole = SBK_HOTLIST_HEAD + cards * SBK_HOTLIST_CARD_SIZE + terminals * SBK_TERMINAL_SIZE +
                         issuers * SBK_HOTLIST_ISSUER_SIZE + SBK_SIGNATURE_SIZE;
    return !reader.failed && whole <= size ? whole : 0;
}

static void apply_hotlist(const struct sbk_hotlist *whole, const struct sbk_hotlist *change) {
    const size_t room = SBK_HOTLIST_HEAD + ((size_t)whole->card_count + change->card_count) * SBK_HOTLIST_CARD_SIZE +
                        ((size_t)whole->terminal_count + change->terminal_count) * SBK_TERMINAL_SIZE +
                        (size_t)change->issuer_count * SBK_HOTLIST_ISSUER_SIZE + SBK_SIGNATURE_SIZE;
    struct sbk_hotlist result;
    size_t size = 0;
    uint8_t *out = malloc(room);
    INSIST(out != NULL);
    const enum sbk_format format = sbk_hotlist_apply(whole, change, out, room, &size);
    INSIST(format != SBK_FORMAT_ROOM);
    if (format == SBK_FORMAT_OK) {
        INSIST(roundtrip_one_hotlist(out, size, &result) == SBK_FORMAT_OK);
        INSIST(result.base == 0 && result.number == change->number);
        for (uint32_t i = 0; i < change->card_count; i++) {
            const uint8_t *entry = change->cards + (size_t)i * SBK_HOTLIST_CARD_SIZE;
            INSIST(sbk_hotlist_has_card(&result, entry, 1));
        }
        for (uint32_t i = 0; i < change->removed_count; i++) {
            INSIST(!sbk_hotlist_has_card(&result, change->removed + (size_t)i * SBK_ALIAS_SIZE, 1));
        }
    }
    free(out);
}

enum sbk_format roundtrip_hotlist(const uint8_t *data, size_t size) {
    struct sbk_hotlist first;
    struct sbk_hotlist second;
    const size_t whole = hotlist_size(data, size);
    if (whole == 0 || whole == size || data[whole] != SBK_RECORD_HOTLIST) {
        return roundtrip_one_hotlist(data, size, &first);
    }
    enum sbk_format format = roundtrip_one_hotlist(data, whole, &first);
    if (format == SBK_FORMAT_OK) {
        format = roundtrip_one_hotlist(data + whole, size - whole, &second);
    }
    if (format == SBK_FORMAT_OK) {
        apply_hotlist(&first, &second);
    }
    return format;
}

enum sbk_format roundtrip_log(const uint8_t *data, size_t size) {
    struct sbk_log_entry entry;
    uint8_t again[SBK_LOG_ENTRY_MAX];
    size_t body = 0;
    enum sbk_format format = sbk_log_parse(data, size, &entry);
    if (format == SBK_FORMAT_OK) {
        INSIST(entry.count == sbk_log_field_count(entry.kind));
        INSIST(sbk_log_write(&entry, again, sizeof again, &body) == SBK_FORMAT_OK);
        INSIST(body == size && memcmp(again, data, body) == 0);
    }
    return format;
}
