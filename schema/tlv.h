/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_TLV_H
#define SBK_SCHEMA_TLV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why bytes from outside were not accepted. Zero is success; every parser of schema/ answers with one of these. */
enum sbk_format {
    SBK_FORMAT_OK = 0,
    SBK_FORMAT_TRUNCATED, /* ends before a field does */
    SBK_FORMAT_TRAILING,  /* bytes after the end */
    SBK_FORMAT_MISSING,   /* a mandatory field is not there */
    SBK_FORMAT_DUPLICATE, /* a field is there twice */
    SBK_FORMAT_UNKNOWN,   /* a field, tag or version that this edition does not know */
    SBK_FORMAT_LENGTH,    /* a field of the wrong size, or a length not in its shortest form */
    SBK_FORMAT_VALUE,     /* a value outside its range */
    SBK_FORMAT_ROOM,      /* the caller's buffer is too small */
};

/* One English phrase for each value, e.g. "ends too early". Static storage. */
const char *sbk_format_text(enum sbk_format format);

/*
 * Reading cursor. A read past the end sets failed, yields zeros and stays failed, so that a parser may read a whole
 * structure and ask once at the end. The bytes are the caller's and outlive the cursor.
 */
struct sbk_reader {
    const uint8_t *at;
    size_t left;
    bool failed;
};

struct sbk_reader sbk_reader_of(const uint8_t *data, size_t size);
uint8_t sbk_read_u8(struct sbk_reader *reader);
uint16_t sbk_read_u16(struct sbk_reader *reader); /* big-endian, as every integer of the project */
uint32_t sbk_read_u24(struct sbk_reader *reader);
uint32_t sbk_read_u32(struct sbk_reader *reader);
void sbk_read_bytes(struct sbk_reader *reader, uint8_t *out, size_t size); /* copies; zeros on failure */
const uint8_t *sbk_read_skip(struct sbk_reader *reader, size_t size);      /* lends; NULL on failure */
/* OK if nothing failed and nothing is left; TRUNCATED or TRAILING else. */
enum sbk_format sbk_read_end(const struct sbk_reader *reader);

/* Writing cursor: writes past the end set failed and write nothing. */
struct sbk_writer {
    uint8_t *start;
    size_t size; /* room */
    size_t used;
    bool failed;
};

struct sbk_writer sbk_writer_of(uint8_t *data, size_t size);
void sbk_write_u8(struct sbk_writer *writer, uint8_t value);
void sbk_write_u16(struct sbk_writer *writer, uint16_t value);
void sbk_write_u24(struct sbk_writer *writer, uint32_t value); /* a value of more than 24 bits fails */
void sbk_write_u32(struct sbk_writer *writer, uint32_t value);
void sbk_write_bytes(struct sbk_writer *writer, const uint8_t *data, size_t size);

/*
 * BER-TLV of ISO/IEC 7816-4 5.2.2: tags of one or two bytes, definite lengths up to 65535 in their shortest form.
 * sbk_tlv_next yields the next data object and moves on; value lends bytes of the reader. No recursion: nested
 * templates are read with a reader over the value.
 */
struct sbk_tlv {
    uint16_t tag; /* 0x0053, 0x7F21, ... */
    const uint8_t *value;
    size_t size;
};

enum sbk_format sbk_tlv_next(struct sbk_reader *reader, struct sbk_tlv *tlv);
/* The next data object must carry this tag: MISSING if it is another one or nothing is left. */
enum sbk_format sbk_tlv_expect(struct sbk_reader *reader, uint16_t tag, struct sbk_tlv *tlv);
/* Writes tag and length; the value follows by the caller's own writes. */
void sbk_write_tlv_header(struct sbk_writer *writer, uint16_t tag, size_t size);
void sbk_write_tlv(struct sbk_writer *writer, uint16_t tag, const uint8_t *value, size_t size);

#endif
