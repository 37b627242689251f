/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/note.h"

#include "base/hex.h"
#include "base/i18n.h"
#include "keys/context.h"
#include "keys/crypto_private.h"
#include "schema/reason.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "sembako/"
#define ED25519_TYPE 0x01
#define ED25519_SIZE 32
#define TYPED_SIZE (1 + ED25519_SIZE) /* type byte and key */
#define KEY_ID_SIZE 4
#define SIGNED_SIZE (KEY_ID_SIZE + SBK_SIGNATURE_SIZE) /* what a signature line holds */
#define BASE64_ROOM(bytes) (((bytes) + 2) / 3 * 4 + 1)
#define NAME_MAX_SIZE (SBK_NOTE_NAME_ROOM - 1)
#define DASH "\xE2\x80\x94 " /* an em dash and a space begin a signature line */
#define DASH_SIZE 4

static sbk_result bad(struct sbk_error *error, const char *what) {
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, "%s", what);
}

void sbk_note_name(const uint8_t terminal[SBK_TERMINAL_SIZE], char name[SBK_NOTE_NAME_ROOM]) {
    char id[SBK_TERMINAL_SIZE + 1];
    sbk_id_text(terminal, SBK_TERMINAL_SIZE, id);
    (void)snprintf(name, SBK_NOTE_NAME_ROOM, PREFIX "%s", id);
}

/* The first four bytes of SHA-256 (name, newline, type, key). */
static sbk_result key_id(
    const char *name, const uint8_t typed[TYPED_SIZE], uint8_t id[KEY_ID_SIZE], struct sbk_error *error) {
    uint8_t bytes[SBK_NOTE_NAME_ROOM + TYPED_SIZE];
    uint8_t hash[SBK_HASH_SIZE];
    const size_t size = strlen(name);
    memcpy(bytes, name, size);
    bytes[size] = '\n';
    memcpy(bytes + size + 1, typed, TYPED_SIZE);
    const sbk_result result = sbk_sha256(bytes, size + 1 + TYPED_SIZE, hash, error);
    memcpy(id, hash, KEY_ID_SIZE);
    return result;
}

sbk_result sbk_note_verifier_text(const struct sbk_key_info *log_key, const uint8_t terminal[SBK_TERMINAL_SIZE],
    char text[SBK_NOTE_VERIFIER_ROOM], struct sbk_error *error) {
    char name[SBK_NOTE_NAME_ROOM];
    uint8_t typed[TYPED_SIZE] = {ED25519_TYPE};
    uint8_t id[KEY_ID_SIZE];
    char id_text[SBK_HEX_ROOM(KEY_ID_SIZE)];
    unsigned char base64[BASE64_ROOM(TYPED_SIZE)];
    if (log_key->algorithm != SBK_ALGORITHM_ED25519 || log_key->public_size != ED25519_SIZE) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ROLE, "%s", _("not a log key"));
    }
    memcpy(typed + 1, log_key->public_part, ED25519_SIZE);
    sbk_note_name(terminal, name);
    const sbk_result result = key_id(name, typed, id, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_hex_encode(id, sizeof id, id_text);
    (void)EVP_EncodeBlock(base64, typed, TYPED_SIZE);
    (void)snprintf(text, SBK_NOTE_VERIFIER_ROOM, "%s+%s+%s", name, id_text, (const char *)base64);
    return SBK_OK;
}

/* Base64 of exactly size bytes, in its only canonical form: what was decoded must encode to the same text. */
static bool decode(const char *text, size_t text_size, uint8_t *out, size_t size) {
    uint8_t bytes[BASE64_ROOM(SIGNED_SIZE)];
    unsigned char again[BASE64_ROOM(SIGNED_SIZE)];
    if (size > SIGNED_SIZE || text_size != BASE64_ROOM(size) - 1 ||
        EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)text_size) < (int)size) {
        return false;
    }
    (void)EVP_EncodeBlock(again, bytes, (int)size);
    memcpy(out, bytes, size);
    return memcmp(again, text, text_size) == 0;
}

sbk_result sbk_note_verifier_parse(
    const char *text, size_t size, struct sbk_note_verifier *verifier, struct sbk_error *error) {
    const char *first = memchr(text, '+', size);
    const size_t name_size = first != NULL ? (size_t)(first - text) : 0;
    uint8_t typed[TYPED_SIZE];
    uint8_t id[KEY_ID_SIZE];
    char id_text[SBK_HEX_ROOM(KEY_ID_SIZE)] = "";
    size_t id_size = 0;
    if (name_size < 1 || name_size > NAME_MAX_SIZE || size - name_size < 2 + 2 * KEY_ID_SIZE ||
        first[1 + 2 * KEY_ID_SIZE] != '+' || memchr(text, ' ', name_size) != NULL ||
        memchr(text, 0, name_size) != NULL) {
        return bad(error, _("the log key is not a note verifier"));
    }
    memcpy(id_text, first + 1, 2 * KEY_ID_SIZE);
    const size_t before = name_size + 2 + 2 * KEY_ID_SIZE;
    if (!sbk_hex_decode(id_text, id, sizeof id, &id_size) || !decode(text + before, size - before, typed, TYPED_SIZE) ||
        typed[0] != ED25519_TYPE) {
        return bad(error, _("the log key is not a note verifier of an Ed25519 key"));
    }
    struct sbk_note_verifier parsed = {.type = typed[0]};
    memcpy(parsed.name, text, name_size);
    memcpy(parsed.key, typed + 1, sizeof parsed.key);
    const sbk_result result = key_id(parsed.name, typed, parsed.key_id, error);
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
    uint8_t typed[TYPED_SIZE];
    uint8_t whole[SBK_HASH_SIZE];
    typed[0] = verifier->type;
    memcpy(typed + 1, verifier->key, ED25519_SIZE);
    const sbk_result result = sbk_sha256(typed, sizeof typed, whole, error);
    memcpy(hash, whole, SBK_LOG_KEY_HASH_SIZE);
    return result;
}

sbk_result sbk_note_sign(struct sbk_key *log_key, const uint8_t terminal[SBK_TERMINAL_SIZE], const char *text,
    struct sbk_buffer *out, struct sbk_error *error) {
    char name[SBK_NOTE_NAME_ROOM];
    uint8_t typed[TYPED_SIZE] = {ED25519_TYPE};
    uint8_t bytes[SIGNED_SIZE];
    unsigned char base64[BASE64_ROOM(SIGNED_SIZE)];
    const struct sbk_key_info *info = sbk_key_info(log_key);
    const size_t size = strlen(text);
    if (info->algorithm != SBK_ALGORITHM_ED25519) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ROLE, "%s", _("not a log key"));
    }
    if (size == 0 || text[size - 1] != '\n') {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, "%s", _("a note's text must end in a newline"));
    }
    memcpy(typed + 1, info->public_part, ED25519_SIZE);
    sbk_note_name(terminal, name);
    sbk_result result = key_id(name, typed, bytes, error);
    if (result == SBK_OK) {
        result = sbk_key_sign_message(log_key, text, size, bytes + KEY_ID_SIZE, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    (void)EVP_EncodeBlock(base64, bytes, SIGNED_SIZE);
    return sbk_buffer_append_format(out, error, "%s\n" DASH "%s %s\n", text, name, (const char *)base64);
}

/* OpenSSL's answer: 1 yes, 0 no, negative: it could not. */
static int ed25519_answer(const struct sbk_note_verifier *verifier, const char *text, size_t size,
    const uint8_t signature[SBK_SIGNATURE_SIZE]) {
    int answer = -1;
    ERR_clear_error();
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_public_key_ex(sbk_crypto_context(), "ED25519", NULL, verifier->key, sizeof verifier->key);
    EVP_MD_CTX *verifying = EVP_MD_CTX_new();
    if (pkey != NULL && verifying != NULL &&
        EVP_DigestVerifyInit_ex(verifying, NULL, NULL, sbk_crypto_context(), NULL, pkey, NULL) == 1) {
        answer = EVP_DigestVerify(verifying, signature, SBK_SIGNATURE_SIZE, (const unsigned char *)text, size);
    }
    EVP_MD_CTX_free(verifying);
    EVP_PKEY_free(pkey);
    return answer;
}

/* Whether there is the memory that a verification takes inside, where its want is told as "no" and not at all. */
static bool can_verify(void) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool can = context != NULL && EVP_DigestInit_ex2(context, EVP_sha512(), NULL) == 1;
    EVP_MD_CTX_free(context);
    return can;
}

static sbk_result ed25519_verify(const struct sbk_note_verifier *verifier, const char *text, size_t size,
    const uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error) {
    int answer = ed25519_answer(verifier, text, size, signature);
    if (answer == 0) {
        answer = can_verify() ? ed25519_answer(verifier, text, size, signature) : -1;
    }
    return answer == 1 ? SBK_OK : sbk_signature_refused(answer, error);
}

/* The end of the text: before the last empty line. */
static size_t split(const char *note, size_t size) {
    for (size_t at = size; at >= 2; at--) {
        if (note[at - 1] == '\n' && note[at - 2] == '\n') {
            return at - 1;
        }
    }
    return 0;
}

/* One signature line without its newline: whether it is by this verifier, and then the signature. */
static bool line_of(
    const struct sbk_note_verifier *verifier, const char *line, size_t size, uint8_t signature[SBK_SIGNATURE_SIZE]) {
    const size_t name_size = strlen(verifier->name);
    const size_t before = DASH_SIZE + name_size + 1;
    uint8_t bytes[SIGNED_SIZE];
    if (size < before || memcmp(line, DASH, DASH_SIZE) != 0 ||
        memcmp(line + DASH_SIZE, verifier->name, name_size) != 0 || line[before - 1] != ' ' ||
        !decode(line + before, size - before, bytes, SIGNED_SIZE) ||
        memcmp(bytes, verifier->key_id, KEY_ID_SIZE) != 0) {
        return false;
    }
    memcpy(signature, bytes + KEY_ID_SIZE, SBK_SIGNATURE_SIZE);
    return true;
}

sbk_result sbk_note_verify(const struct sbk_note_verifier *verifier, const char *note, size_t size, size_t *text_size,
    struct sbk_error *error) {
    const size_t text = split(note, size);
    if (text == 0 || note[size - 1] != '\n') {
        return bad(error, _("not a signed note"));
    }
    for (size_t at = text + 1; at < size;) {
        const char *end = memchr(note + at, '\n', size - at);
        const size_t length = end != NULL ? (size_t)(end - (note + at)) : size - at;
        uint8_t signature[SBK_SIGNATURE_SIZE];
        if (line_of(verifier, note + at, length, signature)) {
            const sbk_result result = ed25519_verify(verifier, note, text, signature, error);
            if (result == SBK_OK) {
                *text_size = text;
            }
            return result == SBK_TAMPERED ? sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE, "%s",
                                                _("the note's signature does not hold"))
                                          : result;
        }
        at += length + 1;
    }
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE, _("the note is not signed by %s"), verifier->name);
}
