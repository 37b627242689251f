/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/check.h"
#include "schema/records.h"

static bool statement_allowed(const struct sbk_closing *statement) {
    return sbk_check_compressed(statement->agreement_key) && sbk_check_compressed(statement->signing_key) &&
           sbk_check_generation(statement->root_generation);
}

enum sbk_format sbk_closing_parse(const uint8_t *data, size_t size, struct sbk_closing *statement) {
    memset(statement, 0, sizeof *statement);
    struct sbk_reader reader = sbk_reader_of(data, size);
    enum sbk_format format = sbk_record_begin(&reader, SBK_RECORD_STATEMENT);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    sbk_read_bytes(&reader, statement->alias, SBK_ALIAS_SIZE);
    sbk_read_bytes(&reader, statement->serial, SBK_SERIAL_SIZE);
    sbk_read_bytes(&reader, statement->agreement_key, SBK_COMPRESSED_SIZE);
    sbk_read_bytes(&reader, statement->signing_key, SBK_COMPRESSED_SIZE);
    statement->root_generation = sbk_read_u8(&reader);
    sbk_read_bytes(&reader, statement->root_hash, SBK_HASH_SIZE);
    sbk_read_bytes(&reader, statement->next_root_hash, SBK_HASH_SIZE);
    sbk_read_bytes(&reader, statement->records_hash, SBK_HASH_SIZE);
    format = sbk_record_end(&reader);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    return statement_allowed(statement) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_closing_write(const struct sbk_closing *statement, uint8_t *out, size_t room, size_t *size) {
    if (!statement_allowed(statement)) {
        return SBK_FORMAT_VALUE;
    }
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_write_u8(&writer, SBK_RECORD_STATEMENT);
    sbk_write_u8(&writer, SBK_RECORD_VERSION);
    sbk_write_bytes(&writer, statement->alias, SBK_ALIAS_SIZE);
    sbk_write_bytes(&writer, statement->serial, SBK_SERIAL_SIZE);
    sbk_write_bytes(&writer, statement->agreement_key, SBK_COMPRESSED_SIZE);
    sbk_write_bytes(&writer, statement->signing_key, SBK_COMPRESSED_SIZE);
    sbk_write_u8(&writer, statement->root_generation);
    sbk_write_bytes(&writer, statement->root_hash, SBK_HASH_SIZE);
    sbk_write_bytes(&writer, statement->next_root_hash, SBK_HASH_SIZE);
    sbk_write_bytes(&writer, statement->records_hash, SBK_HASH_SIZE);
    return sbk_writer_end(&writer, size);
}
