/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/envelope.h"

#include "base/i18n.h"
#include "base/random.h"
#include "keys/backend.h"
#include "schema/reason.h"

#include <string.h>

#define MAGIC "SBK KEY\n"
#define MAGIC_SIZE 8
#define VERSION 0x01

size_t sbk_key_public_size(uint8_t algorithm) {
    switch (algorithm) {
    case SBK_ALGORITHM_P256:
        return SBK_POINT_SIZE;
    case SBK_ALGORITHM_ED25519:
        return 32;
    case SBK_ALGORITHM_AES128:
        return SBK_KCV_SIZE;
    default:
        return 0;
    }
}

static enum sbk_format parse_kind(struct sbk_reader *reader, struct sbk_envelope *envelope) {
    struct sbk_key_info *info = &envelope->info;
    uint8_t magic[MAGIC_SIZE];
    sbk_read_bytes(reader, magic, sizeof magic);
    const uint8_t version = sbk_read_u8(reader);
    info->algorithm = sbk_read_u8(reader);
    info->role = sbk_read_u8(reader);
    info->generation = sbk_read_u8(reader);
    info->created = sbk_read_u16(reader);
    envelope->derivation = sbk_read_u8(reader);
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    if (memcmp(magic, MAGIC, MAGIC_SIZE) != 0 || version != VERSION) {
        return SBK_FORMAT_UNKNOWN;
    }
    if (sbk_key_role_word(info->role) == NULL || !sbk_key_role_allows(info->role, info->algorithm) ||
        info->generation < 1 || info->generation > 127) {
        return SBK_FORMAT_VALUE;
    }
    switch (envelope->derivation) {
    case SBK_DERIVATION_SCRYPT:
        return sbk_stretching_read(reader, &envelope->stretching);
    case SBK_DERIVATION_QUORUM:
        return sbk_quorum_read(reader, &envelope->quorum);
    default:
        return SBK_FORMAT_UNKNOWN;
    }
}

enum sbk_format sbk_envelope_parse(const uint8_t *data, size_t size, struct sbk_envelope *envelope) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    struct sbk_sealed *sealed = &envelope->sealed;
    memset(envelope, 0, sizeof *envelope);
    const enum sbk_format format = parse_kind(&reader, envelope);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    sbk_read_bytes(&reader, envelope->nonce, sizeof envelope->nonce);
    envelope->info.public_size = sbk_read_u8(&reader);
    if (!reader.failed && envelope->info.public_size != sbk_key_public_size(envelope->info.algorithm)) {
        return SBK_FORMAT_LENGTH;
    }
    sbk_read_bytes(&reader, envelope->info.public_part, envelope->info.public_size);
    sealed->cipher.size = sbk_read_u8(&reader);
    if (!reader.failed && sealed->cipher.size != sbk_software_size(envelope->info.algorithm)) {
        return SBK_FORMAT_LENGTH;
    }
    sealed->header.data = data;
    sealed->header.size = size - reader.left;
    sealed->cipher.data = sbk_read_skip(&reader, sealed->cipher.size);
    sealed->tag = sbk_read_skip(&reader, SBK_SEAL_TAG);
    return sbk_read_end(&reader);
}

static void write_header(const struct sbk_envelope *envelope, size_t cipher_size, struct sbk_writer *writer) {
    const struct sbk_key_info *info = &envelope->info;
    sbk_write_bytes(writer, (const uint8_t *)MAGIC, MAGIC_SIZE);
    sbk_write_u8(writer, VERSION);
    sbk_write_u8(writer, info->algorithm);
    sbk_write_u8(writer, info->role);
    sbk_write_u8(writer, info->generation);
    sbk_write_u16(writer, info->created);
    sbk_write_u8(writer, envelope->derivation);
    if (envelope->derivation == SBK_DERIVATION_QUORUM) {
        sbk_quorum_write(&envelope->quorum, writer);
    } else {
        sbk_stretching_write(&envelope->stretching, writer);
    }
    sbk_write_bytes(writer, envelope->nonce, sizeof envelope->nonce);
    sbk_write_u8(writer, (uint8_t)info->public_size);
    sbk_write_bytes(writer, info->public_part, info->public_size);
    sbk_write_u8(writer, (uint8_t)cipher_size);
}

/* The key of the envelope's cipher, new. */
static sbk_result sealing_key(const struct sbk_envelope *envelope, const struct sbk_opener *opener,
    struct sbk_secret *key, struct sbk_error *error) {
    if (envelope->derivation == SBK_DERIVATION_SCRYPT) {
        return opener->passphrase != NULL
                   ? sbk_stretch(&envelope->stretching, opener->passphrase, key, error)
                   : sbk_fail(error, SBK_REFUSED, SBK_REASON_PASSPHRASE, "%s", _("a pass phrase is needed"));
    }
    const sbk_result result = sbk_quorum_check(&envelope->quorum, opener->approval, error);
    return result == SBK_OK ? sbk_secret_copy(key, opener->approval->data, opener->approval->size, error) : result;
}

sbk_result sbk_envelope_seal(const struct sbk_key_info *info, const struct sbk_secret *plain,
    const struct sbk_opener *opener, const struct sbk_quorum *quorum, struct sbk_buffer *out, struct sbk_error *error) {
    uint8_t bytes[SBK_ENVELOPE_MAX];
    struct sbk_writer writer = sbk_writer_of(bytes, sizeof bytes);
    struct sbk_secret key = SBK_SECRET_EMPTY;
    struct sbk_envelope envelope = {.info = *info, .derivation = SBK_DERIVATION_SCRYPT};
    if (quorum != NULL) {
        envelope.derivation = SBK_DERIVATION_QUORUM;
        envelope.quorum = *quorum;
    }
    sbk_result result = sbk_stretching_new(&envelope.stretching, error);
    if (result == SBK_OK) {
        result = sbk_random(envelope.nonce, sizeof envelope.nonce, error);
    }
    if (result == SBK_OK) {
        result = sealing_key(&envelope, opener, &key, error);
    }
    if (result == SBK_OK) {
        write_header(&envelope, plain->size, &writer);
        result = sbk_seal(&key, envelope.nonce, plain, &writer, error);
    }
    sbk_secret_free(&key);
    return result == SBK_OK ? sbk_buffer_append(out, bytes, writer.used, error) : result;
}

static sbk_result closed(const struct sbk_envelope *envelope, struct sbk_error *error) {
    return envelope->derivation == SBK_DERIVATION_QUORUM
               ? sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, "%s",
                     _("the officers' shares fit and the file does not open: it was altered; take it from a backup"))
               : sbk_fail(error, SBK_REFUSED, SBK_REASON_PASSPHRASE, "%s",
                     _("the pass phrase is wrong, or the file was altered: try again, or take the file from a backup"));
}

sbk_result sbk_envelope_open(const struct sbk_envelope *envelope, const struct sbk_opener *opener,
    struct sbk_secret *plain, struct sbk_error *error) {
    struct sbk_secret key = SBK_SECRET_EMPTY;
    bool good = false;
    sbk_result result = sealing_key(envelope, opener, &key, error);
    if (result == SBK_OK) {
        result = sbk_unseal(&key, envelope->nonce, &envelope->sealed, plain, &good, error);
    }
    sbk_secret_free(&key);
    return result == SBK_OK && !good ? closed(envelope, error) : result;
}
