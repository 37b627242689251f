/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/check.h"
#include "schema/records.h"

/* A link brings the root after one that exists: generation 1 never comes by a link. */
static bool link_allowed(const struct sbk_link *link) {
    return link->generation >= 2 && sbk_check_generation(link->generation);
}

enum sbk_format sbk_link_parse(const uint8_t *data, size_t size, struct sbk_link *link) {
    memset(link, 0, sizeof *link);
    struct sbk_reader reader = sbk_reader_of(data, size);
    enum sbk_format format = sbk_record_begin(&reader, SBK_RECORD_LINK);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    link->generation = sbk_read_u8(&reader);
    sbk_read_bytes(&reader, link->key, SBK_POINT_SIZE);
    sbk_read_bytes(&reader, link->next_hash, SBK_HASH_SIZE);
    link->old_until = sbk_read_u16(&reader);
    format = sbk_record_end(&reader);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    return link_allowed(link) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_link_write(const struct sbk_link *link, uint8_t *out, size_t room, size_t *size) {
    if (!link_allowed(link)) {
        return SBK_FORMAT_VALUE;
    }
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_write_u8(&writer, SBK_RECORD_LINK);
    sbk_write_u8(&writer, SBK_RECORD_VERSION);
    sbk_write_u8(&writer, link->generation);
    sbk_write_bytes(&writer, link->key, SBK_POINT_SIZE);
    sbk_write_bytes(&writer, link->next_hash, SBK_HASH_SIZE);
    sbk_write_u16(&writer, link->old_until);
    return sbk_writer_end(&writer, size);
}
