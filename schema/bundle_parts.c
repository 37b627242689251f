/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/bundle_parts.h"

#include "schema/check.h"

#include <string.h>

#define HEADER_SIZE 6
#define INFO_SIZE 24

enum sbk_format sbk_bundle_header_parse(const uint8_t *data, size_t size, struct sbk_bundle_header *header) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    struct sbk_tlv tlv;
    enum sbk_format format = sbk_tlv_expect(&reader, SBK_TAG_BUNDLE_HEADER, &tlv);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    if (tlv.size != HEADER_SIZE) {
        return SBK_FORMAT_LENGTH;
    }
    struct sbk_reader fields = sbk_reader_of(tlv.value, tlv.size);
    const uint8_t kind = sbk_read_u8(&fields);
    const uint8_t version = sbk_read_u8(&fields);
    if (kind < 1 || kind > SBK_BUNDLE_KINDS || version != SBK_BUNDLE_VERSION) {
        return SBK_FORMAT_UNKNOWN;
    }
    header->kind = kind;
    header->made = sbk_read_u32(&fields);
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_bundle_begin(struct sbk_reader *reader, uint8_t kind, uint32_t *made) {
    struct sbk_bundle_header header;
    struct sbk_tlv tlv;
    enum sbk_format format = sbk_bundle_header_parse(reader->at, reader->left, &header);
    if (format == SBK_FORMAT_OK && header.kind != kind) {
        format = SBK_FORMAT_UNKNOWN;
    }
    if (format == SBK_FORMAT_OK) {
        *made = header.made;
        format = sbk_tlv_next(reader, &tlv);
    }
    return format;
}

void sbk_bundle_write_header(struct sbk_writer *writer, uint8_t kind, uint32_t made) {
    sbk_write_tlv_header(writer, SBK_TAG_BUNDLE_HEADER, HEADER_SIZE);
    sbk_write_u8(writer, kind);
    sbk_write_u8(writer, SBK_BUNDLE_VERSION);
    sbk_write_u32(writer, made);
}

enum sbk_format sbk_bundle_lend(
    struct sbk_reader *reader, uint16_t tag, size_t low, size_t high, struct sbk_bytes *bytes) {
    struct sbk_tlv tlv;
    const enum sbk_format format = sbk_tlv_expect(reader, tag, &tlv);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    if (tlv.size < low || tlv.size > high) {
        return SBK_FORMAT_LENGTH;
    }
    bytes->data = tlv.value;
    bytes->size = tlv.size;
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_bundle_copy(struct sbk_reader *reader, uint16_t tag, uint8_t *out, size_t size) {
    struct sbk_bytes bytes;
    const enum sbk_format format = sbk_bundle_lend(reader, tag, size, size, &bytes);
    if (format == SBK_FORMAT_OK) {
        memcpy(out, bytes.data, size);
    }
    return format;
}

enum sbk_format sbk_bundle_x509(struct sbk_reader *reader, uint16_t tag, struct sbk_bytes *bytes) {
    enum sbk_format format = sbk_bundle_lend(reader, tag, 2, SBK_X509_MAX, bytes);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    struct sbk_reader inside = sbk_reader_of(bytes->data, bytes->size);
    struct sbk_tlv tlv;
    format = sbk_tlv_expect(&inside, 0x30, &tlv);
    return format == SBK_FORMAT_OK ? sbk_read_end(&inside) : format;
}

enum sbk_format sbk_bundle_certificate(
    struct sbk_reader *reader, uint8_t low, uint8_t high, struct sbk_bytes *bytes, uint8_t *generation) {
    size_t size = 0;
    struct sbk_certificate certificate;
    enum sbk_format format = sbk_certificate_size(reader->at, reader->left, &size);
    if (format == SBK_FORMAT_OK) {
        format = sbk_certificate_parse(reader->at, size, &certificate);
    }
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    if (certificate.role < low || certificate.role > high) {
        return SBK_FORMAT_VALUE;
    }
    bytes->data = reader->at;
    bytes->size = size;
    /* A card's own generation is its issuer's, so that a row of cards can be held against their CA. */
    *generation = certificate.role == SBK_ROLE_CARD ? certificate.issuer_generation : certificate.generation;
    (void)sbk_read_skip(reader, size);
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_bundle_link(struct sbk_reader *reader, struct sbk_bytes *bytes) {
    struct sbk_link link;
    STEP(sbk_bundle_lend(reader, SBK_TAG_LINK, SBK_LINK_SIZE, SBK_LINK_SIZE, bytes));
    return sbk_link_parse(bytes->data, bytes->size, &link);
}

enum sbk_format sbk_bundle_links(struct sbk_reader *reader, struct sbk_bytes *links, size_t *count) {
    while (reader->left > 0) {
        if (*count == SBK_BUNDLE_LINKS_MAX) {
            return SBK_FORMAT_TRAILING;
        }
        STEP(sbk_bundle_link(reader, &links[*count]));
        (*count)++;
    }
    return SBK_FORMAT_OK;
}

void sbk_bundle_write_links(struct sbk_writer *writer, const struct sbk_bytes *links, size_t count) {
    if (count > SBK_BUNDLE_LINKS_MAX) {
        writer->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        sbk_bundle_write(writer, SBK_TAG_LINK, &links[i]);
    }
}

static enum sbk_format read_anchor(struct sbk_reader *reader, struct sbk_anchor *anchor) {
    struct sbk_bytes bytes;
    const enum sbk_format format = sbk_bundle_lend(reader, SBK_TAG_ANCHOR, SBK_ANCHOR_SIZE, SBK_ANCHOR_SIZE, &bytes);
    return format == SBK_FORMAT_OK ? sbk_anchor_parse(bytes.data, bytes.size, anchor) : format;
}

enum sbk_format sbk_anchor_parse(const uint8_t *data, size_t size, struct sbk_anchor *anchor) {
    struct sbk_reader fields = sbk_reader_of(data, size);
    anchor->generation = sbk_read_u8(&fields);
    sbk_read_bytes(&fields, anchor->key, SBK_POINT_SIZE);
    sbk_read_bytes(&fields, anchor->next_hash, SBK_HASH_SIZE);
    const enum sbk_format format = sbk_read_end(&fields);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    return sbk_check_generation(anchor->generation) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_anchor_write(const struct sbk_anchor *anchor, uint8_t out[SBK_ANCHOR_SIZE]) {
    size_t size = 0;
    struct sbk_writer writer = sbk_writer_of(out, SBK_ANCHOR_SIZE);
    if (!sbk_check_generation(anchor->generation)) {
        return SBK_FORMAT_VALUE;
    }
    sbk_write_u8(&writer, anchor->generation);
    sbk_write_bytes(&writer, anchor->key, SBK_POINT_SIZE);
    sbk_write_bytes(&writer, anchor->next_hash, SBK_HASH_SIZE);
    return sbk_writer_end(&writer, &size);
}

enum sbk_format sbk_bundle_root(
    struct sbk_reader *reader, struct sbk_anchor *anchor, struct sbk_bytes *binding, struct sbk_bytes *office_ca) {
    struct sbk_office_binding parsed;
    enum sbk_format format = read_anchor(reader, anchor);
    if (format == SBK_FORMAT_OK) {
        format =
            sbk_bundle_lend(reader, SBK_TAG_OFFICE_BINDING, SBK_OFFICE_BINDING_SIZE, SBK_OFFICE_BINDING_SIZE, binding);
    }
    if (format == SBK_FORMAT_OK) {
        format = sbk_office_binding_parse(binding->data, binding->size, &parsed);
    }
    return format == SBK_FORMAT_OK ? sbk_bundle_x509(reader, SBK_TAG_X509_OFFICE_CA, office_ca) : format;
}

void sbk_bundle_write(struct sbk_writer *writer, uint16_t tag, const struct sbk_bytes *bytes) {
    sbk_write_tlv(writer, tag, bytes->data, bytes->size);
}

void sbk_bundle_write_root(struct sbk_writer *writer, const struct sbk_anchor *anchor, const struct sbk_bytes *binding,
    const struct sbk_bytes *office_ca) {
    uint8_t bytes[SBK_ANCHOR_SIZE];
    if (sbk_anchor_write(anchor, bytes) != SBK_FORMAT_OK) {
        writer->failed = true;
        return;
    }
    sbk_write_tlv(writer, SBK_TAG_ANCHOR, bytes, sizeof bytes);
    sbk_bundle_write(writer, SBK_TAG_OFFICE_BINDING, binding);
    sbk_bundle_write(writer, SBK_TAG_X509_OFFICE_CA, office_ca);
}

enum sbk_format sbk_bundle_info(struct sbk_reader *reader, uint32_t low, struct sbk_batch_info *info) {
    struct sbk_bytes bytes;
    const enum sbk_format format = sbk_bundle_lend(reader, SBK_TAG_BATCH_INFO, INFO_SIZE, INFO_SIZE, &bytes);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    struct sbk_reader fields = sbk_reader_of(bytes.data, bytes.size);
    sbk_read_bytes(&fields, info->id, SBK_BATCH_ID_SIZE);
    info->number = sbk_read_u32(&fields);
    info->count = sbk_read_u32(&fields);
    return info->number >= 1 && info->count >= low && info->count <= SBK_BUNDLE_CARDS_MAX ? SBK_FORMAT_OK
                                                                                          : SBK_FORMAT_VALUE;
}

void sbk_bundle_write_info(struct sbk_writer *writer, const struct sbk_batch_info *info) {
    sbk_write_tlv_header(writer, SBK_TAG_BATCH_INFO, INFO_SIZE);
    sbk_write_bytes(writer, info->id, SBK_BATCH_ID_SIZE);
    sbk_write_u32(writer, info->number);
    sbk_write_u32(writer, info->count);
}

enum sbk_format sbk_office_binding_parse(const uint8_t *data, size_t size, struct sbk_office_binding *binding) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    enum sbk_format format = sbk_record_begin(&reader, SBK_RECORD_OFFICE);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    binding->root_generation = sbk_read_u8(&reader);
    sbk_read_bytes(&reader, binding->office_hash, SBK_HASH_SIZE);
    format = sbk_record_end(&reader);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    return sbk_check_generation(binding->root_generation) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_office_binding_write(
    const struct sbk_office_binding *binding, uint8_t *out, size_t room, size_t *size) {
    if (!sbk_check_generation(binding->root_generation)) {
        return SBK_FORMAT_VALUE;
    }
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_write_u8(&writer, SBK_RECORD_OFFICE);
    sbk_write_u8(&writer, SBK_RECORD_VERSION);
    sbk_write_u8(&writer, binding->root_generation);
    sbk_write_bytes(&writer, binding->office_hash, SBK_HASH_SIZE);
    return sbk_writer_end(&writer, size);
}
