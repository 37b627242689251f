/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/certificate.h"

#include <string.h>

#include "schema/check.h"
#include "schema/date.h"

/* GlobalPlatform Amendment F, certificate format of its own; the order here is the order in the certificate. */
enum field {
    FIELD_SERIAL,
    FIELD_ISSUER,
    FIELD_SUBJECT,
    FIELD_USAGE,
    FIELD_EFFECTIVE,
    FIELD_EXPIRY,
    FIELD_DISCRETIONARY,
    FIELD_KEY,
    FIELD_SIGNATURE,
    FIELDS,
};

static const uint16_t tags[FIELDS] = {0x93, 0x42, 0x5F20, 0x95, 0x5F25, 0x5F24, 0x53, 0x7F49, 0x5F37};

#define TAG_CERTIFICATE 0x7F21
#define TAG_POINT 0xB0
#define TAG_CURVE 0xF0
#define CURVE_P256 0x00
#define SIGNATURE_TLV_SIZE (3 + SBK_SIGNATURE_SIZE)

static bool is_terminal(uint8_t role) {
    return role == SBK_ROLE_STORE || role == SBK_ROLE_REGISTRAR || role == SBK_ROLE_AUDITOR;
}

static bool is_authority(uint8_t role) {
    return role >= SBK_ROLE_STATION_CA && role <= SBK_ROLE_LIST_SIGNER;
}

/* The role that signs certificates of this one; 0 for a role that no certificate has. */
static uint8_t issuer_of(uint8_t role) {
    if (is_authority(role)) {
        return SBK_ROLE_ROOT;
    }
    if (is_terminal(role)) {
        return SBK_ROLE_STATION_CA;
    }
    return role == SBK_ROLE_CARD ? SBK_ROLE_CARD_CA : 0;
}

static bool limit_known(uint16_t limit) {
    unsigned exponent = limit & 0x0Fu;
    /* No mantissa with an exponent: zero has one form only. */
    return limit == SBK_LIMIT_NONE || limit == 0 || (exponent <= 6 && limit >> 4 != 0);
}

static bool rights_allowed(uint8_t role, const struct sbk_terminal_rights *rights) {
    bool everywhere = sbk_check_zero(rights->outlet, SBK_OUTLET_SIZE);
    if (everywhere ? role == SBK_ROLE_STORE : sbk_id_check(rights->outlet, SBK_OUTLET_SIZE) != SBK_FORMAT_OK) {
        return false;
    }
    for (size_t i = 0; i < SBK_UNITS; i++) {
        if (!limit_known(rights->limits[i])) {
            return false;
        }
    }
    return sbk_check_bcd(rights->kelurahan, SBK_KELURAHAN_SIZE);
}

/* Everything about the values that both the parser and the writer insist on. */
static bool fields_allowed(const struct sbk_certificate *certificate) {
    uint8_t role = certificate->role;
    if (issuer_of(role) == 0 || certificate->issuer_role != issuer_of(role) ||
        !sbk_check_generation(certificate->issuer_generation) || certificate->expiry < certificate->effective) {
        return false;
    }
    if (is_authority(role)) {
        return sbk_check_generation(certificate->generation);
    }
    if (is_terminal(role)) {
        return sbk_id_check(certificate->terminal, SBK_TERMINAL_SIZE) == SBK_FORMAT_OK &&
               rights_allowed(role, &certificate->rights);
    }
    return sbk_check_compressed(certificate->signing_key);
}

static void read_rights(struct sbk_reader *reader, struct sbk_terminal_rights *rights) {
    sbk_read_bytes(reader, rights->outlet, SBK_OUTLET_SIZE);
    sbk_read_bytes(reader, rights->kelurahan, SBK_KELURAHAN_SIZE);
    rights->programmes = sbk_read_u32(reader);
    for (size_t i = 0; i < SBK_UNITS; i++) {
        rights->limits[i] = sbk_read_u16(reader);
    }
    sbk_read_bytes(reader, rights->log_key_hash, SBK_LOG_KEY_HASH_SIZE);
}

static void write_rights(struct sbk_writer *writer, const struct sbk_terminal_rights *rights) {
    sbk_write_bytes(writer, rights->outlet, SBK_OUTLET_SIZE);
    sbk_write_bytes(writer, rights->kelurahan, SBK_KELURAHAN_SIZE);
    sbk_write_u32(writer, rights->programmes);
    for (size_t i = 0; i < SBK_UNITS; i++) {
        sbk_write_u16(writer, rights->limits[i]);
    }
    sbk_write_bytes(writer, rights->log_key_hash, SBK_LOG_KEY_HASH_SIZE);
}

/* Tag 53: the role, and what it brings. Sets role, which the fields before it are then judged by. */
static enum sbk_format read_discretionary(const struct sbk_tlv *tlv, struct sbk_certificate *certificate) {
    struct sbk_reader reader = sbk_reader_of(tlv->value, tlv->size);
    certificate->role = sbk_read_u8(&reader);
    if (is_authority(certificate->role)) {
        certificate->generation = sbk_read_u8(&reader);
    } else if (is_terminal(certificate->role)) {
        read_rights(&reader, &certificate->rights);
    } else if (certificate->role == SBK_ROLE_CARD) {
        sbk_read_bytes(&reader, certificate->signing_key, SBK_COMPRESSED_SIZE);
    } else {
        return tlv->size == 0 ? SBK_FORMAT_LENGTH : SBK_FORMAT_VALUE;
    }
    return sbk_read_end(&reader) == SBK_FORMAT_OK ? SBK_FORMAT_OK : SBK_FORMAT_LENGTH;
}

static enum sbk_format read_subject(const struct sbk_tlv *tlv, struct sbk_certificate *certificate) {
    struct sbk_reader reader = sbk_reader_of(tlv->value, tlv->size);
    if (is_authority(certificate->role)) {
        uint8_t role = sbk_read_u8(&reader);
        uint8_t generation = sbk_read_u8(&reader);
        if (sbk_read_end(&reader) == SBK_FORMAT_OK &&
            (role != certificate->role || generation != certificate->generation)) {
            return SBK_FORMAT_VALUE;
        }
    } else if (is_terminal(certificate->role)) {
        sbk_read_bytes(&reader, certificate->terminal, SBK_TERMINAL_SIZE);
    } else {
        sbk_read_bytes(&reader, certificate->alias, SBK_ALIAS_SIZE);
    }
    return sbk_read_end(&reader) == SBK_FORMAT_OK ? SBK_FORMAT_OK : SBK_FORMAT_LENGTH;
}

/* Tag 95: 82 verifies signatures, 00 80 agrees on keys; no other form of either (section 4.1's traps). */
static enum sbk_format check_usage(const struct sbk_tlv *tlv, uint8_t role) {
    if (is_authority(role)) {
        return tlv->size == 1 && tlv->value[0] == 0x82 ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
    }
    return tlv->size == 2 && tlv->value[0] == 0x00 && tlv->value[1] == 0x80 ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

static enum sbk_format read_date(const struct sbk_tlv *tlv, uint16_t *days) {
    return tlv->size == 4 ? sbk_date_from_bcd(tlv->value, days) : SBK_FORMAT_LENGTH;
}

/* Tag 7F49. B0 looks constructed but holds a point: it is not descended into. */
static enum sbk_format read_key(const struct sbk_tlv *tlv, struct sbk_certificate *certificate) {
    struct sbk_reader reader = sbk_reader_of(tlv->value, tlv->size);
    struct sbk_tlv point;
    struct sbk_tlv curve;
    enum sbk_format format = sbk_tlv_expect(&reader, TAG_POINT, &point);
    if (format == SBK_FORMAT_OK) {
        format = sbk_tlv_expect(&reader, TAG_CURVE, &curve);
    }
    if (format == SBK_FORMAT_OK) {
        format = sbk_read_end(&reader);
    }
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    if (point.size != 1 + SBK_POINT_SIZE || curve.size != 1) {
        return SBK_FORMAT_LENGTH;
    }
    if (point.value[0] != 0x04 || curve.value[0] != CURVE_P256) {
        return SBK_FORMAT_VALUE;
    }
    memcpy(certificate->key, point.value + 1, SBK_POINT_SIZE);
    return SBK_FORMAT_OK;
}

/* What a tag that should not stand here says about the certificate. */
static enum sbk_format misplaced(uint16_t tag, size_t expected) {
    for (size_t i = 0; i < FIELDS; i++) {
        if (tags[i] == tag) {
            return i < expected ? SBK_FORMAT_DUPLICATE : SBK_FORMAT_MISSING;
        }
    }
    return SBK_FORMAT_UNKNOWN;
}

/* Splits the value of 7F21 into its fields; signed_size is the size of what stands before 5F37. */
static enum sbk_format split(const struct sbk_tlv *whole, struct sbk_tlv fields[FIELDS], size_t *signed_size) {
    struct sbk_reader reader = sbk_reader_of(whole->value, whole->size);
    for (size_t i = 0; i < FIELDS; i++) {
        if (reader.left == 0) {
            return SBK_FORMAT_MISSING;
        }
        if (i == FIELD_SIGNATURE) {
            *signed_size = whole->size - reader.left;
        }
        enum sbk_format format = sbk_tlv_next(&reader, &fields[i]);
        if (format != SBK_FORMAT_OK) {
            return format;
        }
        if (fields[i].tag != tags[i]) {
            return misplaced(fields[i].tag, i);
        }
    }
    return sbk_read_end(&reader);
}

static enum sbk_format read_fields(const struct sbk_tlv fields[FIELDS], struct sbk_certificate *certificate) {
    if (fields[FIELD_SERIAL].size != sizeof certificate->serial || fields[FIELD_ISSUER].size != 2 ||
        fields[FIELD_SIGNATURE].size != SBK_SIGNATURE_SIZE) {
        return SBK_FORMAT_LENGTH;
    }
    memcpy(certificate->serial, fields[FIELD_SERIAL].value, sizeof certificate->serial);
    certificate->issuer_role = fields[FIELD_ISSUER].value[0];
    certificate->issuer_generation = fields[FIELD_ISSUER].value[1];
    memcpy(certificate->signature, fields[FIELD_SIGNATURE].value, SBK_SIGNATURE_SIZE);
    enum sbk_format format = read_discretionary(&fields[FIELD_DISCRETIONARY], certificate);
    if (format == SBK_FORMAT_OK) {
        format = read_subject(&fields[FIELD_SUBJECT], certificate);
    }
    if (format == SBK_FORMAT_OK) {
        format = check_usage(&fields[FIELD_USAGE], certificate->role);
    }
    if (format == SBK_FORMAT_OK) {
        format = read_date(&fields[FIELD_EFFECTIVE], &certificate->effective);
    }
    if (format == SBK_FORMAT_OK) {
        format = read_date(&fields[FIELD_EXPIRY], &certificate->expiry);
    }
    if (format == SBK_FORMAT_OK) {
        format = read_key(&fields[FIELD_KEY], certificate);
    }
    return format;
}

/* Reads the 7F21 at the start of data. */
static enum sbk_format read_whole(struct sbk_reader *reader, struct sbk_tlv *whole) {
    enum sbk_format format = sbk_tlv_next(reader, whole);
    if (format == SBK_FORMAT_OK && whole->tag != TAG_CERTIFICATE) {
        return SBK_FORMAT_UNKNOWN;
    }
    return format;
}

enum sbk_format sbk_certificate_parse(const uint8_t *data, size_t size, struct sbk_certificate *certificate) {
    memset(certificate, 0, sizeof *certificate);
    struct sbk_reader reader = sbk_reader_of(data, size);
    struct sbk_tlv whole;
    enum sbk_format format = read_whole(&reader, &whole);
    if (format == SBK_FORMAT_OK) {
        format = sbk_read_end(&reader);
    }
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    struct sbk_tlv fields[FIELDS];
    format = split(&whole, fields, &certificate->signed_size);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    certificate->signed_bytes = whole.value;
    format = read_fields(fields, certificate);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    return fields_allowed(certificate) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_certificate_size(const uint8_t *data, size_t size, size_t *certificate_size) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    struct sbk_tlv whole;
    enum sbk_format format = read_whole(&reader, &whole);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    *certificate_size = size - reader.left;
    return *certificate_size <= SBK_CERTIFICATE_MAX ? SBK_FORMAT_OK : SBK_FORMAT_LENGTH;
}

static void write_subject(struct sbk_writer *writer, const struct sbk_certificate *certificate) {
    if (is_authority(certificate->role)) {
        const uint8_t subject[2] = {certificate->role, certificate->generation};
        sbk_write_tlv(writer, tags[FIELD_SUBJECT], subject, sizeof subject);
        sbk_write_tlv(writer, tags[FIELD_USAGE], (const uint8_t[]){0x82}, 1);
        return;
    }
    if (is_terminal(certificate->role)) {
        sbk_write_tlv(writer, tags[FIELD_SUBJECT], certificate->terminal, SBK_TERMINAL_SIZE);
    } else {
        sbk_write_tlv(writer, tags[FIELD_SUBJECT], certificate->alias, SBK_ALIAS_SIZE);
    }
    sbk_write_tlv(writer, tags[FIELD_USAGE], (const uint8_t[]){0x00, 0x80}, 2);
}

static void write_discretionary(struct sbk_writer *writer, const struct sbk_certificate *certificate) {
    if (is_authority(certificate->role)) {
        sbk_write_tlv_header(writer, tags[FIELD_DISCRETIONARY], 2);
        sbk_write_u8(writer, certificate->role);
        sbk_write_u8(writer, certificate->generation);
    } else if (is_terminal(certificate->role)) {
        sbk_write_tlv_header(writer, tags[FIELD_DISCRETIONARY], 42);
        sbk_write_u8(writer, certificate->role);
        write_rights(writer, &certificate->rights);
    } else {
        sbk_write_tlv_header(writer, tags[FIELD_DISCRETIONARY], 1 + SBK_COMPRESSED_SIZE);
        sbk_write_u8(writer, certificate->role);
        sbk_write_bytes(writer, certificate->signing_key, SBK_COMPRESSED_SIZE);
    }
}

static void write_date(struct sbk_writer *writer, uint16_t tag, uint16_t days) {
    uint8_t bcd[4];
    sbk_date_to_bcd(days, bcd);
    sbk_write_tlv(writer, tag, bcd, sizeof bcd);
}

enum sbk_format sbk_certificate_write_signed(
    const struct sbk_certificate *certificate, uint8_t *out, size_t room, size_t *size) {
    if (!fields_allowed(certificate)) {
        return SBK_FORMAT_VALUE;
    }
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_write_tlv(&writer, tags[FIELD_SERIAL], certificate->serial, sizeof certificate->serial);
    sbk_write_tlv_header(&writer, tags[FIELD_ISSUER], 2);
    sbk_write_u8(&writer, certificate->issuer_role);
    sbk_write_u8(&writer, certificate->issuer_generation);
    write_subject(&writer, certificate);
    write_date(&writer, tags[FIELD_EFFECTIVE], certificate->effective);
    write_date(&writer, tags[FIELD_EXPIRY], certificate->expiry);
    write_discretionary(&writer, certificate);
    sbk_write_tlv_header(&writer, tags[FIELD_KEY], 2 + 1 + SBK_POINT_SIZE + 3);
    sbk_write_tlv_header(&writer, TAG_POINT, 1 + SBK_POINT_SIZE);
    sbk_write_u8(&writer, 0x04);
    sbk_write_bytes(&writer, certificate->key, SBK_POINT_SIZE);
    sbk_write_tlv_header(&writer, TAG_CURVE, 1);
    sbk_write_u8(&writer, CURVE_P256);
    return sbk_writer_end(&writer, size);
}

enum sbk_format sbk_certificate_assemble(const uint8_t *signed_bytes, size_t signed_size,
    const uint8_t signature[SBK_SIGNATURE_SIZE], uint8_t *out, size_t room, size_t *size) {
    if (signed_size > SBK_CERTIFICATE_MAX) {
        return SBK_FORMAT_LENGTH;
    }
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_write_tlv_header(&writer, TAG_CERTIFICATE, signed_size + SIGNATURE_TLV_SIZE);
    sbk_write_bytes(&writer, signed_bytes, signed_size);
    sbk_write_tlv(&writer, tags[FIELD_SIGNATURE], signature, SBK_SIGNATURE_SIZE);
    enum sbk_format format = sbk_writer_end(&writer, size);
    if (format == SBK_FORMAT_OK && *size > SBK_CERTIFICATE_MAX) {
        return SBK_FORMAT_LENGTH;
    }
    return format;
}
