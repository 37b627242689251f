/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/note_private.h"

#include "base/hex.h"
#include "base/i18n.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "sembako/"
#define ED25519_SIZE 32
#define NAME_MAX_SIZE (SBK_NOTE_NAME_ROOM - 1)

/* SubjectPublicKeyInfo of an uncompressed point of P-256 (RFC 5480), up to the point. */
static const uint8_t spki[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08,
    0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
_Static_assert(sizeof spki + SBK_POINT_SIZE == SBK_NOTE_KEY_MAX, "a key on P-256");

static sbk_result bad(struct sbk_error *error, const char *what) {
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, "%s", what);
}

void sbk_note_name(const uint8_t terminal[SBK_TERMINAL_SIZE], char name[SBK_NOTE_NAME_ROOM]) {
    char id[SBK_TERMINAL_SIZE + 1];
    sbk_id_text(terminal, SBK_TERMINAL_SIZE, id);
    (void)snprintf(name, SBK_NOTE_NAME_ROOM, PREFIX "%s", id);
}

void sbk_note_point(const struct sbk_note_verifier *verifier, uint8_t point[SBK_POINT_SIZE]) {
    memcpy(point, verifier->key + sizeof spki, SBK_POINT_SIZE);
}

/* The first four bytes of the hash that names the key. */
static sbk_result fill_id(struct sbk_note_verifier *verifier, struct sbk_error *error) {
    uint8_t bytes[SBK_NOTE_NAME_ROOM + 1 + SBK_NOTE_KEY_MAX];
    uint8_t hash[SBK_HASH_SIZE];
    size_t size = 0;
    if (verifier->type == SBK_NOTE_ED25519) {
        size = strlen(verifier->name);
        memcpy(bytes, verifier->name, size);
        bytes[size++] = '\n';
        bytes[size++] = verifier->type;
    }
    memcpy(bytes + size, verifier->key, verifier->key_size);
    const sbk_result result = sbk_sha256(bytes, size + verifier->key_size, hash, error);
    memcpy(verifier->key_id, hash, SBK_NOTE_ID_SIZE);
    return result;
}

sbk_result sbk_note_verifier_of(const struct sbk_key_info *log_key, const uint8_t terminal[SBK_TERMINAL_SIZE],
    struct sbk_note_verifier *verifier, struct sbk_error *error) {
    memset(verifier, 0, sizeof *verifier);
    sbk_note_name(terminal, verifier->name);
    if (log_key->role == SBK_KEY_LOG && log_key->algorithm == SBK_ALGORITHM_ED25519) {
        verifier->type = SBK_NOTE_ED25519;
        verifier->key_size = ED25519_SIZE;
        memcpy(verifier->key, log_key->public_part, ED25519_SIZE);
    } else if (log_key->role == SBK_KEY_LOG && log_key->algorithm == SBK_ALGORITHM_P256) {
        verifier->type = SBK_NOTE_ECDSA;
        verifier->key_size = SBK_NOTE_KEY_MAX;
        memcpy(verifier->key, spki, sizeof spki);
        memcpy(verifier->key + sizeof spki, log_key->public_part, SBK_POINT_SIZE);
    } else {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ROLE, "%s", _("not a log key"));
    }
    return fill_id(verifier, error);
}

/* Type byte and key, as base64 has them. */
static size_t put_typed(const struct sbk_note_verifier *verifier, uint8_t typed[SBK_NOTE_BYTES_MAX]) {
    typed[0] = verifier->type;
    memcpy(typed + 1, verifier->key, verifier->key_size);
    return 1 + verifier->key_size;
}

sbk_result sbk_note_verifier_text(const struct sbk_key_info *log_key, const uint8_t terminal[SBK_TERMINAL_SIZE],
    char text[SBK_NOTE_VERIFIER_ROOM], struct sbk_error *error) {
    struct sbk_note_verifier verifier;
    uint8_t typed[SBK_NOTE_BYTES_MAX];
    char id_text[SBK_HEX_ROOM(SBK_NOTE_ID_SIZE)];
    unsigned char base64[SBK_NOTE_BASE64_ROOM(SBK_NOTE_BYTES_MAX)];
    const sbk_result result = sbk_note_verifier_of(log_key, terminal, &verifier, error);
    if (result == SBK_OK) {
        sbk_hex_encode(verifier.key_id, SBK_NOTE_ID_SIZE, id_text);
        (void)EVP_EncodeBlock(base64, typed, (int)put_typed(&verifier, typed));
        (void)snprintf(text, SBK_NOTE_VERIFIER_ROOM, "%s+%s+%s", verifier.name, id_text, (const char *)base64);
    }
    return result;
}

bool sbk_note_decode(const char *text, size_t text_size, uint8_t *out, size_t *size) {
    uint8_t bytes[SBK_NOTE_BASE64_ROOM(SBK_NOTE_BYTES_MAX)];
    unsigned char again[SBK_NOTE_BASE64_ROOM(SBK_NOTE_BYTES_MAX)];
    if (text_size < 4 || text_size > sizeof again - 1 || text_size % 4 != 0 ||
        EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)text_size) != (int)(text_size / 4 * 3)) {
        return false;
    }
    *size = text_size / 4 * 3 - (text[text_size - 1] == '=') - (text[text_size - 2] == '=');
    if (*size > SBK_NOTE_BYTES_MAX || EVP_EncodeBlock(again, bytes, (int)*size) != (int)text_size ||
        memcmp(again, text, text_size) != 0) {
        return false;
    }
    memcpy(out, bytes, *size);
    return true;
}

/* Whether type and key are of a kind that is known. */
static bool take_typed(struct sbk_note_verifier *verifier, const uint8_t *typed, size_t size) {
    const bool edwards = size == 1 + ED25519_SIZE && typed[0] == SBK_NOTE_ED25519;
    const bool p256 =
        size == 1 + SBK_NOTE_KEY_MAX && typed[0] == SBK_NOTE_ECDSA && memcmp(typed + 1, spki, sizeof spki) == 0;
    if (edwards || p256) {
        verifier->type = typed[0];
        verifier->key_size = size - 1;
        memcpy(verifier->key, typed + 1, size - 1);
    }
    return edwards || p256;
}

sbk_result sbk_note_verifier_parse(
    const char *text, size_t size, struct sbk_note_verifier *verifier, struct sbk_error *error) {
    const char *first = memchr(text, '+', size);
    const size_t name_size = first != NULL ? (size_t)(first - text) : 0;
    struct sbk_note_verifier parsed = {.type = 0};
    uint8_t typed[SBK_NOTE_BYTES_MAX];
    uint8_t id[SBK_NOTE_ID_SIZE];
    char id_text[SBK_HEX_ROOM(SBK_NOTE_ID_SIZE)] = "";
    size_t id_size = 0;
    size_t typed_size = 0;
    if (name_size < 1 || name_size > NAME_MAX_SIZE || size - name_size < 2 + 2 * SBK_NOTE_ID_SIZE ||
        first[1 + 2 * SBK_NOTE_ID_SIZE] != '+' || memchr(text, ' ', name_size) != NULL ||
        memchr(text, 0, name_size) != NULL) {
        return bad(error, _("the log key is not a note verifier"));
    }
    memcpy(id_text, first + 1, 2 * SBK_NOTE_ID_SIZE);
    const size_t before = name_size + 2 + 2 * SBK_NOTE_ID_SIZE;
    if (!sbk_hex_decode(id_text, id, sizeof id, &id_size) ||
        !sbk_note_decode(text + before, size - before, typed, &typed_size) || !take_typed(&parsed, typed, typed_size)) {
        return bad(error, _("the log key is not a note verifier of an Ed25519 or P-256 key"));
    }
    memcpy(parsed.name, text, name_size);
    const sbk_result result = fill_id(&parsed, error);
    if (result != SBK_OK) {
        return result;
    }
    if (memcmp(parsed.key_id, id, sizeof id) != 0) {
        return bad(error, _("the log key's note verifier has another key's hash"));
    }
    *verifier = parsed;
    return SBK_OK;
}

sbk_result sbk_note_key_hash(
    const struct sbk_note_verifier *verifier, uint8_t hash[SBK_LOG_KEY_HASH_SIZE], struct sbk_error *error) {
    uint8_t typed[SBK_NOTE_BYTES_MAX];
    uint8_t whole[SBK_HASH_SIZE];
    const sbk_result result = sbk_sha256(typed, put_typed(verifier, typed), whole, error);
    memcpy(hash, whole, SBK_LOG_KEY_HASH_SIZE);
    return result;
}
