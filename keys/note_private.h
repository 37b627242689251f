/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_NOTE_PRIVATE_H
#define SBK_KEYS_NOTE_PRIVATE_H

#include "keys/note.h"

/* What the parts of notes share: keys (note_key.c) and signatures (note.c). Private to keys/. */

#define SBK_NOTE_ID_SIZE 4
#define SBK_NOTE_BASE64_ROOM(bytes) (((bytes) + 2) / 3 * 4 + 1)
#define SBK_NOTE_BYTES_MAX (1 + SBK_NOTE_KEY_MAX) /* in base64: type and key, or key id and signature */

/* The verifier of a stored log key. SBK_REFUSED for another kind of key. */
SBK_CHECK_RESULT sbk_result sbk_note_verifier_of(const struct sbk_key_info *log_key,
    const uint8_t terminal[SBK_TERMINAL_SIZE], struct sbk_note_verifier *verifier, struct sbk_error *error);

/* Base64 in its only canonical form: what was decoded must encode to the same text. Room for SBK_NOTE_BYTES_MAX bytes;
 * false if it is not that, or longer. */
bool sbk_note_decode(const char *text, size_t text_size, uint8_t *out, size_t *size);

/* The key on P-256 of a verifier of type 02. */
void sbk_note_point(const struct sbk_note_verifier *verifier, uint8_t point[SBK_POINT_SIZE]);

#endif
