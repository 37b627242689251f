/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_CHECK_H
#define SBK_SCHEMA_CHECK_H

#include "schema/tlv.h"

/* Checks that several parsers share. */

bool sbk_check_zero(const uint8_t *data, size_t size);
/* Every half byte is a decimal digit. */
bool sbk_check_bcd(const uint8_t *bcd, size_t size);
/* A compressed point of P-256 begins with 02 or 03; whether it lies on the curve is not asked here. */
bool sbk_check_compressed(const uint8_t *key);
/* Generations of roots, CAs and signers: 1..127, since they are key version numbers. */
bool sbk_check_generation(uint8_t generation);
/* Well-formed UTF-8 (RFC 3629: shortest form, no surrogates) without control characters (U+0000..1F, U+007F..9F). */
bool sbk_check_text(const uint8_t *text, size_t size);

/* Reads a record's tag and version: TRUNCATED, or UNKNOWN if they are others. */
enum sbk_format sbk_record_begin(struct sbk_reader *reader, uint8_t tag);
/* Skips the signature that ends a record and checks that the record ends there. */
enum sbk_format sbk_record_end(struct sbk_reader *reader);
/* Ends a writer: stores its size, or ROOM. */
enum sbk_format sbk_writer_end(const struct sbk_writer *writer, size_t *size);

#endif
