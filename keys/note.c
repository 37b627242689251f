/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/note.h"

#include "base/i18n.h"
#include "keys/context.h"
#include "keys/crypto_private.h"
#include "keys/note_private.h"
#include "schema/reason.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#define DASH "\xE2\x80\x94 " /* an em dash and a space begin a signature line */
#define DASH_SIZE 4

static sbk_result bad(struct sbk_error *error, const char *what) {
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, "%s", what);
}

/* The signature in the form that its type has. */
static sbk_result sign(struct sbk_key *log_key, uint8_t type, const char *text, uint8_t out[SBK_ECDSA_DER_MAX],
    size_t *size, struct sbk_error *error) {
    uint8_t signature[SBK_SIGNATURE_SIZE];
    const sbk_result result = sbk_key_sign_message(log_key, text, strlen(text), signature, error);
    if (result != SBK_OK || type == SBK_NOTE_ECDSA) {
        return result == SBK_OK ? sbk_signature_to_der(signature, out, size, error) : result;
    }
    memcpy(out, signature, sizeof signature);
    *size = sizeof signature;
    return SBK_OK;
}

sbk_result sbk_note_sign(struct sbk_key *log_key, const uint8_t terminal[SBK_TERMINAL_SIZE], const char *text,
    struct sbk_buffer *out, struct sbk_error *error) {
    struct sbk_note_verifier verifier;
    uint8_t bytes[SBK_NOTE_ID_SIZE + SBK_ECDSA_DER_MAX];
    unsigned char base64[SBK_NOTE_BASE64_ROOM(sizeof bytes)];
    const size_t size = strlen(text);
    size_t signature_size = 0;
    sbk_result result = sbk_note_verifier_of(sbk_key_info(log_key), terminal, &verifier, error);
    if (result != SBK_OK) {
        return result;
    }
    if (size == 0 || text[size - 1] != '\n') {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, "%s", _("a note's text must end in a newline"));
    }
    memcpy(bytes, verifier.key_id, SBK_NOTE_ID_SIZE);
    result = sign(log_key, verifier.type, text, bytes + SBK_NOTE_ID_SIZE, &signature_size, error);
    if (result != SBK_OK) {
        return result;
    }
    (void)EVP_EncodeBlock(base64, bytes, (int)(SBK_NOTE_ID_SIZE + signature_size));
    return sbk_buffer_append_format(out, error, "%s\n" DASH "%s %s\n", text, verifier.name, (const char *)base64);
}

/* OpenSSL's answer: 1 yes, 0 no, negative: it could not. */
static int ed25519_answer(const struct sbk_note_verifier *verifier, const char *text, size_t size,
    const uint8_t signature[SBK_SIGNATURE_SIZE]) {
    int answer = -1;
    ERR_clear_error();
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_public_key_ex(sbk_crypto_context(), "ED25519", NULL, verifier->key, verifier->key_size);
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
static bool line_of(const struct sbk_note_verifier *verifier, const char *line, size_t size,
    uint8_t signature[SBK_NOTE_BYTES_MAX], size_t *signature_size) {
    const size_t name_size = strlen(verifier->name);
    const size_t before = DASH_SIZE + name_size + 1;
    uint8_t bytes[SBK_NOTE_BYTES_MAX];
    size_t count = 0;
    if (size < before || memcmp(line, DASH, DASH_SIZE) != 0 ||
        memcmp(line + DASH_SIZE, verifier->name, name_size) != 0 || line[before - 1] != ' ' ||
        !sbk_note_decode(line + before, size - before, bytes, &count) || count <= SBK_NOTE_ID_SIZE ||
        memcmp(bytes, verifier->key_id, SBK_NOTE_ID_SIZE) != 0) {
        return false;
    }
    *signature_size = count - SBK_NOTE_ID_SIZE;
    memcpy(signature, bytes + SBK_NOTE_ID_SIZE, *signature_size);
    return true;
}

/* An INTEGER of DER that is not negative, in its shortest form, into 32 bytes. */
static bool read_integer(struct sbk_reader *reader, uint8_t out[SBK_SIGNATURE_SIZE / 2]) {
    struct sbk_tlv tlv;
    if (sbk_tlv_expect(reader, 0x02, &tlv) != SBK_FORMAT_OK || tlv.size == 0 || tlv.value[0] >= 0x80 ||
        (tlv.size > 1 && tlv.value[0] == 0 && tlv.value[1] < 0x80)) {
        return false;
    }
    const size_t skip = tlv.value[0] == 0 ? 1 : 0;
    if (tlv.size - skip > SBK_SIGNATURE_SIZE / 2) {
        return false;
    }
    memset(out, 0, SBK_SIGNATURE_SIZE / 2);
    memcpy(out + SBK_SIGNATURE_SIZE / 2 - (tlv.size - skip), tlv.value + skip, tlv.size - skip);
    return true;
}

/* Ecdsa-Sig-Value (RFC 3279 2.2.3) in DER, whose only form it is. */
static bool read_der(const uint8_t *der, size_t size, uint8_t signature[SBK_SIGNATURE_SIZE]) {
    struct sbk_reader reader = sbk_reader_of(der, size);
    struct sbk_tlv tlv;
    if (sbk_tlv_expect(&reader, 0x30, &tlv) != SBK_FORMAT_OK || sbk_read_end(&reader) != SBK_FORMAT_OK) {
        return false;
    }
    struct sbk_reader inner = sbk_reader_of(tlv.value, tlv.size);
    return read_integer(&inner, signature) && read_integer(&inner, signature + SBK_SIGNATURE_SIZE / 2) &&
           sbk_read_end(&inner) == SBK_FORMAT_OK;
}

static sbk_result does_not_hold(struct sbk_error *error) {
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE, "%s", _("the note's signature does not hold"));
}

static sbk_result verify(const struct sbk_note_verifier *verifier, const char *text, size_t size,
    const uint8_t *signature, size_t signature_size, struct sbk_error *error) {
    uint8_t point[SBK_POINT_SIZE];
    uint8_t plain[SBK_SIGNATURE_SIZE];
    if (verifier->type == SBK_NOTE_ED25519) {
        return signature_size == SBK_SIGNATURE_SIZE ? ed25519_verify(verifier, text, size, signature, error)
                                                    : does_not_hold(error);
    }
    if (!read_der(signature, signature_size, plain)) {
        return does_not_hold(error);
    }
    sbk_note_point(verifier, point);
    return sbk_verify_bytes(point, text, size, plain, error);
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
        uint8_t signature[SBK_NOTE_BYTES_MAX];
        size_t signature_size = 0;
        if (line_of(verifier, note + at, length, signature, &signature_size)) {
            const sbk_result result = verify(verifier, note, text, signature, signature_size, error);
            if (result == SBK_OK) {
                *text_size = text;
            }
            return result == SBK_TAMPERED ? does_not_hold(error) : result;
        }
        at += length + 1;
    }
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE, _("the note is not signed by %s"), verifier->name);
}
