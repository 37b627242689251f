/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/check.h"
#include "schema/records.h"

static bool notice_allowed(const struct sbk_notice *notice) {
    return (notice->kind == SBK_NOTICE_STOP || notice->kind == SBK_NOTICE_PIN_RESET) && notice->number != 0;
}

enum sbk_format sbk_notice_parse(const uint8_t *data, size_t size, struct sbk_notice *notice) {
    memset(notice, 0, sizeof *notice);
    struct sbk_reader reader = sbk_reader_of(data, size);
    enum sbk_format format = sbk_record_begin(&reader, SBK_RECORD_NOTICE);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    sbk_read_bytes(&reader, notice->alias, SBK_ALIAS_SIZE);
    notice->kind = sbk_read_u8(&reader);
    notice->number = sbk_read_u32(&reader);
    notice->issued = sbk_read_u16(&reader);
    format = sbk_record_end(&reader);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    return notice_allowed(notice) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_notice_write(const struct sbk_notice *notice, uint8_t *out, size_t room, size_t *size) {
    if (!notice_allowed(notice)) {
        return SBK_FORMAT_VALUE;
    }
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_write_u8(&writer, SBK_RECORD_NOTICE);
    sbk_write_u8(&writer, SBK_RECORD_VERSION);
    sbk_write_bytes(&writer, notice->alias, SBK_ALIAS_SIZE);
    sbk_write_u8(&writer, notice->kind);
    sbk_write_u32(&writer, notice->number);
    sbk_write_u16(&writer, notice->issued);
    return sbk_writer_end(&writer, size);
}
