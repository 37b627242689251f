/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/share.h"

#include "base/file.h"
#include "base/i18n.h"
#include "base/random.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <stdio.h>
#include <string.h>

#define MAGIC "SBK SHR\n"
#define MAGIC_SIZE 8
#define VERSION 0x01
#define SCRYPT 0x01

static enum sbk_format parse_kind(struct sbk_reader *reader, struct sbk_share *share) {
    uint8_t magic[MAGIC_SIZE];
    sbk_read_bytes(reader, magic, sizeof magic);
    const uint8_t version = sbk_read_u8(reader);
    if (reader->failed || memcmp(magic, MAGIC, MAGIC_SIZE) != 0 || version != VERSION) {
        return SBK_FORMAT_UNKNOWN;
    }
    share->role = sbk_read_u8(reader);
    share->generation = sbk_read_u8(reader);
    share->needed = sbk_read_u8(reader);
    share->officers = sbk_read_u8(reader);
    share->number = sbk_read_u8(reader);
    sbk_read_bytes(reader, share->set, sizeof share->set);
    sbk_read_bytes(reader, share->fingerprint, sizeof share->fingerprint);
    share->made = sbk_read_u16(reader);
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    if (sbk_key_role_word(share->role) == NULL || share->generation < 1 || share->generation > 127 ||
        !sbk_quorum_possible(share->needed, share->officers) || share->number < 1 || share->number > share->officers) {
        return SBK_FORMAT_VALUE;
    }
    return sbk_officer_name_read(reader, share->name);
}

static enum sbk_format parse_sealed(
    struct sbk_reader *reader, const uint8_t *data, size_t size, struct sbk_share *share) {
    if (sbk_read_u8(reader) != SCRYPT) {
        return reader->failed ? SBK_FORMAT_TRUNCATED : SBK_FORMAT_UNKNOWN;
    }
    const enum sbk_format format = sbk_stretching_read(reader, &share->stretching);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    sbk_read_bytes(reader, share->nonce, sizeof share->nonce);
    share->sealed.cipher.size = sbk_read_u8(reader);
    if (!reader->failed && share->sealed.cipher.size != SBK_QUORUM_SECRET_SIZE) {
        return SBK_FORMAT_LENGTH;
    }
    share->sealed.header.data = data;
    share->sealed.header.size = size - reader->left;
    share->sealed.cipher.data = sbk_read_skip(reader, share->sealed.cipher.size);
    share->sealed.tag = sbk_read_skip(reader, SBK_SEAL_TAG);
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_share_parse(const uint8_t *data, size_t size, struct sbk_share *share) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    uint8_t hash[SBK_HASH_SIZE];
    memset(share, 0, sizeof *share);
    enum sbk_format format = parse_kind(&reader, share);
    if (format == SBK_FORMAT_OK) {
        format = parse_sealed(&reader, data, size, share);
    }
    const size_t covered = size - reader.left;
    const uint8_t *checksum = sbk_read_skip(&reader, SBK_SHARE_CHECKSUM);
    if (format == SBK_FORMAT_OK) {
        format = sbk_read_end(&reader);
    }
    share->intact = format == SBK_FORMAT_OK && sbk_sha256(data, covered, hash, NULL) == SBK_OK &&
                    memcmp(hash, checksum, SBK_SHARE_CHECKSUM) == 0;
    return format;
}

static void write_header(const struct sbk_share *share, struct sbk_writer *writer) {
    sbk_write_bytes(writer, (const uint8_t *)MAGIC, MAGIC_SIZE);
    sbk_write_u8(writer, VERSION);
    sbk_write_u8(writer, share->role);
    sbk_write_u8(writer, share->generation);
    sbk_write_u8(writer, share->needed);
    sbk_write_u8(writer, share->officers);
    sbk_write_u8(writer, share->number);
    sbk_write_bytes(writer, share->set, sizeof share->set);
    sbk_write_bytes(writer, share->fingerprint, sizeof share->fingerprint);
    sbk_write_u16(writer, share->made);
    sbk_officer_name_write(share->name, writer);
    sbk_write_u8(writer, SCRYPT);
    sbk_stretching_write(&share->stretching, writer);
    sbk_write_bytes(writer, share->nonce, sizeof share->nonce);
    sbk_write_u8(writer, SBK_QUORUM_SECRET_SIZE);
}

sbk_result sbk_share_seal(const struct sbk_share *share, const struct sbk_secret *plain,
    const struct sbk_secret *passphrase, struct sbk_buffer *out, struct sbk_error *error) {
    uint8_t bytes[SBK_SHARE_MAX];
    uint8_t hash[SBK_HASH_SIZE];
    struct sbk_writer writer = sbk_writer_of(bytes, sizeof bytes);
    struct sbk_share made = *share;
    struct sbk_secret key = SBK_SECRET_EMPTY;
    sbk_result result = sbk_stretching_new(&made.stretching, error);
    if (result == SBK_OK) {
        result = sbk_random(made.nonce, sizeof made.nonce, error);
    }
    if (result == SBK_OK) {
        result = sbk_stretch(&made.stretching, passphrase, &key, error);
    }
    if (result == SBK_OK) {
        write_header(&made, &writer);
        result = sbk_seal(&key, made.nonce, plain, &writer, error);
    }
    sbk_secret_free(&key);
    if (result == SBK_OK) {
        result = sbk_sha256(bytes, writer.used, hash, error);
    }
    if (result == SBK_OK) {
        sbk_write_bytes(&writer, hash, SBK_SHARE_CHECKSUM);
        result = writer.failed ? sbk_crypto_fail(error, _("encrypting a share"))
                               : sbk_buffer_append(out, bytes, writer.used, error);
    }
    return result;
}

sbk_result sbk_share_open(const struct sbk_share *share, const struct sbk_secret *passphrase, struct sbk_secret *plain,
    struct sbk_error *error) {
    struct sbk_secret key = SBK_SECRET_EMPTY;
    bool good = false;
    sbk_result result = sbk_stretch(&share->stretching, passphrase, &key, error);
    if (result == SBK_OK) {
        result = sbk_unseal(&key, share->nonce, &share->sealed, plain, &good, error);
    }
    sbk_secret_free(&key);
    if (result == SBK_OK && !good) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_PASSPHRASE,
            _("the pass phrase of share %u (%s) is wrong; or somebody altered the share on purpose: then take it from "
              "a "
              "copy"),
            share->number, share->name);
    }
    return result;
}

sbk_result sbk_share_read(const char *path, struct sbk_buffer *file, struct sbk_share *share, struct sbk_error *error) {
    const sbk_result result = sbk_file_read(path, SBK_SHARE_FILE_MAX, file, error);
    if (result != SBK_OK) {
        return result;
    }
    const enum sbk_format format = sbk_share_parse(file->data, file->size, share);
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("%s: not an officer's share: it %s"), path,
            _(sbk_format_text(format)));
    }
    return share->intact ? SBK_OK
                         : sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT,
                               _("%s: the share of %s is damaged or was altered: take it from a copy, or let the other "
                                 "officers replace the shares"),
                               path, share->name);
}

sbk_result sbk_share_fingerprint(
    const struct sbk_key_info *info, uint8_t fingerprint[SBK_HASH_SIZE], struct sbk_error *error) {
    return info->algorithm == SBK_ALGORITHM_P256 ? sbk_point_hash(info->public_part, fingerprint, error)
                                                 : sbk_sha256(info->public_part, info->public_size, fingerprint, error);
}

void sbk_share_file_name(const struct sbk_share *share, char name[SBK_SHARE_NAME_ROOM]) {
    char set[2 * SBK_QUORUM_SET_SIZE + 1];
    for (size_t i = 0; i < SBK_QUORUM_SET_SIZE; i++) {
        (void)snprintf(set + 2 * i, 3, "%02X", share->set[i]);
    }
    (void)snprintf(name, SBK_SHARE_NAME_ROOM, "%s-%u.%s.%u.share", sbk_key_role_word(share->role), share->generation,
        set, share->number);
}

void sbk_set_text(const uint8_t set[SBK_QUORUM_SET_SIZE], char text[SBK_SET_TEXT_ROOM]) {
    (void)snprintf(text, SBK_SET_TEXT_ROOM, "%02X%02X %02X%02X %02X%02X %02X%02X", set[0], set[1], set[2], set[3],
        set[4], set[5], set[6], set[7]);
}
