/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/reference.h"

#include "base/i18n.h"
#include "keys/envelope.h"
#include "schema/reason.h"

#include <string.h>

#define MAGIC "SBK REF\n"
#define MAGIC_SIZE 8
#define VERSION 0x01
#define VERSION_QUORUM 0x02

static enum sbk_format parse_kind(struct sbk_reader *reader, struct sbk_key_info *info, uint8_t *version) {
    uint8_t magic[MAGIC_SIZE];
    sbk_read_bytes(reader, magic, sizeof magic);
    *version = sbk_read_u8(reader);
    if (reader->failed || memcmp(magic, MAGIC, MAGIC_SIZE) != 0 ||
        (*version != VERSION && *version != VERSION_QUORUM)) {
        return SBK_FORMAT_UNKNOWN;
    }
    info->algorithm = sbk_read_u8(reader);
    info->role = sbk_read_u8(reader);
    info->generation = sbk_read_u8(reader);
    info->created = sbk_read_u16(reader);
    info->public_size = sbk_read_u8(reader);
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    if (sbk_key_role_word(info->role) == NULL || !sbk_key_role_allows(info->role, info->algorithm) ||
        info->generation < 1 || info->generation > 127) {
        return SBK_FORMAT_VALUE;
    }
    return info->public_size == sbk_key_public_size(info->algorithm) ? SBK_FORMAT_OK : SBK_FORMAT_LENGTH;
}

enum sbk_format sbk_reference_parse(const uint8_t *data, size_t size, struct sbk_reference *reference) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    memset(reference, 0, sizeof *reference);
    uint8_t version = 0;
    enum sbk_format format = parse_kind(&reader, &reference->info, &version);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    sbk_read_bytes(&reader, reference->info.public_part, reference->info.public_size);
    sbk_read_bytes(&reader, reference->place.id, sizeof reference->place.id);
    const size_t uri_size = sbk_read_u16(&reader);
    if (!reader.failed && (uri_size < 1 || uri_size > SBK_TOKEN_URI_MAX)) {
        return SBK_FORMAT_LENGTH;
    }
    sbk_read_bytes(&reader, (uint8_t *)reference->uri, uri_size);
    reference->place.uri = reference->uri;
    if (!reader.failed && memchr(reference->uri, 0, uri_size) != NULL) {
        return SBK_FORMAT_VALUE;
    }
    if (version == VERSION_QUORUM) {
        format = sbk_quorum_read(&reader, &reference->quorum);
    }
    return format == SBK_FORMAT_OK ? sbk_read_end(&reader) : format;
}

sbk_result sbk_reference_write(const struct sbk_key_info *info, const struct sbk_token_place *place,
    const struct sbk_quorum *quorum, struct sbk_buffer *out, struct sbk_error *error) {
    uint8_t bytes[SBK_REFERENCE_MAX];
    struct sbk_writer writer = sbk_writer_of(bytes, sizeof bytes);
    const size_t uri_size = strlen(place->uri);
    sbk_write_bytes(&writer, (const uint8_t *)MAGIC, MAGIC_SIZE);
    sbk_write_u8(&writer, quorum != NULL ? VERSION_QUORUM : VERSION);
    sbk_write_u8(&writer, info->algorithm);
    sbk_write_u8(&writer, info->role);
    sbk_write_u8(&writer, info->generation);
    sbk_write_u16(&writer, info->created);
    sbk_write_u8(&writer, (uint8_t)info->public_size);
    sbk_write_bytes(&writer, info->public_part, info->public_size);
    sbk_write_bytes(&writer, place->id, sizeof place->id);
    sbk_write_u16(&writer, (uint16_t)uri_size);
    sbk_write_bytes(&writer, (const uint8_t *)place->uri, uri_size);
    if (quorum != NULL) {
        sbk_quorum_write(quorum, &writer);
    }
    if (writer.failed) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("a token's URI has at most %d bytes and one line"),
            SBK_TOKEN_URI_MAX);
    }
    return sbk_buffer_append(out, bytes, writer.used, error);
}
