/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/check.h"
#include "schema/numbers.h"
#include "schema/records.h"

static bool name_allowed(const uint8_t name[SBK_NAME_MAX], uint8_t size) {
    return size <= SBK_NAME_MAX && sbk_check_text(name, size) &&
           sbk_check_zero(name + size, SBK_NAME_MAX - (size_t)size);
}

static bool identity_allowed(const struct sbk_identity *identity) {
    return identity->number >= 1 && sbk_card_number_check(identity->card_number) == SBK_FORMAT_OK &&
           sbk_check_bcd(identity->kelurahan, SBK_KELURAHAN_SIZE) && identity->valid_until >= identity->valid_from &&
           identity->name_size >= 1 && name_allowed(identity->name, identity->name_size) &&
           name_allowed(identity->alternate, identity->alternate_size);
}

/* A name that is said to be longer than the record allows reads nothing: the size is judged at the end. */
static void read_name(struct sbk_reader *reader, uint8_t *name, uint8_t *size) {
    *size = sbk_read_u8(reader);
    if (*size <= SBK_NAME_MAX) {
        sbk_read_bytes(reader, name, *size);
    }
}

enum sbk_format sbk_identity_parse(const uint8_t *data, size_t size, struct sbk_identity *identity) {
    memset(identity, 0, sizeof *identity);
    struct sbk_reader reader = sbk_reader_of(data, size);
    enum sbk_format format = sbk_record_begin(&reader, SBK_RECORD_IDENTITY);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    sbk_read_bytes(&reader, identity->alias, SBK_ALIAS_SIZE);
    identity->number = sbk_read_u16(&reader);
    sbk_read_bytes(&reader, identity->card_number, sizeof identity->card_number);
    sbk_read_bytes(&reader, identity->kelurahan, SBK_KELURAHAN_SIZE);
    identity->valid_from = sbk_read_u16(&reader);
    identity->valid_until = sbk_read_u16(&reader);
    read_name(&reader, identity->name, &identity->name_size);
    read_name(&reader, identity->alternate, &identity->alternate_size);
    if (identity->name_size > SBK_NAME_MAX || identity->alternate_size > SBK_NAME_MAX) {
        return SBK_FORMAT_LENGTH;
    }
    format = sbk_record_end(&reader);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    return identity_allowed(identity) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_identity_write(const struct sbk_identity *identity, uint8_t *out, size_t room, size_t *size) {
    if (!identity_allowed(identity)) {
        return SBK_FORMAT_VALUE;
    }
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_write_u8(&writer, SBK_RECORD_IDENTITY);
    sbk_write_u8(&writer, SBK_RECORD_VERSION);
    sbk_write_bytes(&writer, identity->alias, SBK_ALIAS_SIZE);
    sbk_write_u16(&writer, identity->number);
    sbk_write_bytes(&writer, identity->card_number, sizeof identity->card_number);
    sbk_write_bytes(&writer, identity->kelurahan, SBK_KELURAHAN_SIZE);
    sbk_write_u16(&writer, identity->valid_from);
    sbk_write_u16(&writer, identity->valid_until);
    sbk_write_u8(&writer, identity->name_size);
    sbk_write_bytes(&writer, identity->name, identity->name_size);
    sbk_write_u8(&writer, identity->alternate_size);
    sbk_write_bytes(&writer, identity->alternate, identity->alternate_size);
    return sbk_writer_end(&writer, size);
}
