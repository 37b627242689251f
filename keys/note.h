/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_NOTE_H
#define SBK_KEYS_NOTE_H

#include "base/buffer.h"
#include "base/error.h"
#include "keys/store.h"
#include "schema/certificate.h"

/*
 * Keys and signatures of C2SP signed notes (c2sp.org/signed-note), in which a station's log checkpoints are signed. A
 * log's name is "sembako/" and the terminal id. A verifier is the text NAME+HASH+KEY: KEY base64 of type byte and key, HASH
 * the first four bytes of a SHA-256 in hexadecimal. Type 01 is Ed25519 (key 32 bytes; hash over name, newline, type byte
 * and key), type 02 ECDSA with SHA-256 on P-256, for tokens that have no Ed25519 (key in DER, SubjectPublicKeyInfo; hash
 * over the key alone; signatures in DER).
 */
#define SBK_NOTE_ED25519 0x01
#define SBK_NOTE_ECDSA 0x02
#define SBK_NOTE_KEY_MAX 91
#define SBK_NOTE_NAME_ROOM 24
#define SBK_NOTE_VERIFIER_ROOM 159
struct sbk_note_verifier {
    char name[SBK_NOTE_NAME_ROOM];
    uint8_t key_id[4];
    uint8_t type;
    uint8_t key[SBK_NOTE_KEY_MAX];
    size_t key_size;
};

/* The name of a terminal's log; terminal is padded as in its certificate. */
void sbk_note_name(const uint8_t terminal[SBK_TERMINAL_SIZE], char name[SBK_NOTE_NAME_ROOM]);

/* The verifier text of a stored log key. */
SBK_CHECK_RESULT sbk_result sbk_note_verifier_text(const struct sbk_key_info *log_key,
    const uint8_t terminal[SBK_TERMINAL_SIZE], char text[SBK_NOTE_VERIFIER_ROOM], struct sbk_error *error);

/* Reads a verifier (size bytes, no terminator needed) and checks its hash. Errors: SBK_TAMPERED, "format-invalid". */
SBK_CHECK_RESULT sbk_result sbk_note_verifier_parse(
    const char *text, size_t size, struct sbk_note_verifier *verifier, struct sbk_error *error);

/* What a station's certificate says of its log key: the first 16 bytes of SHA-256 over type byte and key, that is over
 * the bytes whose base64 ends the verifier. */
SBK_CHECK_RESULT sbk_result sbk_note_key_hash(
    const struct sbk_note_verifier *verifier, uint8_t hash[SBK_LOG_KEY_HASH_SIZE], struct sbk_error *error);

/* text must end in a newline. Appends text, an empty line and the signature line "— NAME BASE64" to out. */
SBK_CHECK_RESULT sbk_result sbk_note_sign(struct sbk_key *log_key, const uint8_t terminal[SBK_TERMINAL_SIZE],
    const char *text, struct sbk_buffer *out, struct sbk_error *error);

/* Verifies a note that carries a signature by the verifier (others are ignored) and tells how many of its bytes are the
 * text, its last newline included. SBK_TAMPERED if there is none or it does not hold. */
SBK_CHECK_RESULT sbk_result sbk_note_verify(const struct sbk_note_verifier *verifier, const char *note, size_t size,
    size_t *text_size, struct sbk_error *error);

#endif
