/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_BASE_BUFFER_H
#define SBK_BASE_BUFFER_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Owned bytes that grow. All zero is a valid empty buffer (SBK_BUFFER_EMPTY). Bytes are cleansed whenever they are
 * given up: on growth, reset and free; so a buffer may hold personal data or keys (for pass phrases see base/secret.h).
 * A failed append (SBK_ENVIRONMENT, out of memory) leaves the buffer as it was.
 */
struct sbk_buffer {
    uint8_t *data; /* NULL while capacity is 0 */
    size_t size;   /* bytes in use */
    size_t capacity;
};

#define SBK_BUFFER_EMPTY                                                                                               \
    { NULL, 0, 0 }

/* Makes room for at least this many more bytes. */
SBK_CHECK_RESULT sbk_result sbk_buffer_reserve(struct sbk_buffer *buffer, size_t more, struct sbk_error *error);

/* Appends size bytes; data may be NULL if size is 0 and must not lie inside the buffer. */
SBK_CHECK_RESULT sbk_result sbk_buffer_append(
    struct sbk_buffer *buffer, const void *data, size_t size, struct sbk_error *error);

/* Appends the characters of a string without its terminator. */
SBK_CHECK_RESULT sbk_result sbk_buffer_append_text(
    struct sbk_buffer *buffer, const char *text, struct sbk_error *error);

/* Appends formatted text without a terminator. */
__attribute__((format(printf, 3, 4))) SBK_CHECK_RESULT sbk_result sbk_buffer_append_format(
    struct sbk_buffer *buffer, struct sbk_error *error, const char *format, ...);

/* Appends an integer, most significant byte first. */
SBK_CHECK_RESULT sbk_result sbk_buffer_append_u8(struct sbk_buffer *buffer, uint8_t value, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_buffer_append_u16(struct sbk_buffer *buffer, uint16_t value, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_buffer_append_u32(struct sbk_buffer *buffer, uint32_t value, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_buffer_append_u64(struct sbk_buffer *buffer, uint64_t value, struct sbk_error *error);

/* The buffer as a C string: a terminator stands behind the last byte and is not counted. Owned by the buffer, valid
 * until its next change. Fails if the content holds a zero byte (SBK_USAGE). */
SBK_CHECK_RESULT sbk_result sbk_buffer_text(struct sbk_buffer *buffer, const char **text, struct sbk_error *error);

/* Empties it and keeps the memory. */
void sbk_buffer_reset(struct sbk_buffer *buffer);

/* Releases the memory; the buffer is empty and usable afterwards. */
void sbk_buffer_free(struct sbk_buffer *buffer);

#endif
