/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include "base/i18n.h"
#include "base/secret.h"
#include "schema/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST 64

static sbk_result out_of_memory(struct sbk_error *error) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
}

sbk_result sbk_buffer_reserve(struct sbk_buffer *buffer, size_t more, struct sbk_error *error) {
    if (more <= buffer->capacity - buffer->size) {
        return SBK_OK;
    }
    if (more > SIZE_MAX / 2 - buffer->size) {
        return out_of_memory(error);
    }
    size_t capacity = buffer->capacity < SMALLEST ? SMALLEST : buffer->capacity;
    while (capacity < buffer->size + more) {
        capacity *= 2;
    }
    /* Not realloc: it would leave a copy of the bytes behind. */
    uint8_t *data = malloc(capacity);
    if (data == NULL) {
        return out_of_memory(error);
    }
    if (buffer->size > 0) {
        memcpy(data, buffer->data, buffer->size);
    }
    const size_t size = buffer->size;
    sbk_buffer_free(buffer);
    buffer->data = data;
    buffer->size = size;
    buffer->capacity = capacity;
    return SBK_OK;
}

sbk_result sbk_buffer_append(struct sbk_buffer *buffer, const void *data, size_t size, struct sbk_error *error) {
    if (size == 0) {
        return SBK_OK;
    }
    const sbk_result result = sbk_buffer_reserve(buffer, size, error);
    if (result == SBK_OK) {
        memcpy(buffer->data + buffer->size, data, size);
        buffer->size += size;
    }
    return result;
}

sbk_result sbk_buffer_append_text(struct sbk_buffer *buffer, const char *text, struct sbk_error *error) {
    return sbk_buffer_append(buffer, text, strlen(text), error);
}

sbk_result sbk_buffer_append_format(struct sbk_buffer *buffer, struct sbk_error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    sbk_result result = size < 0 ? out_of_memory(error) : sbk_buffer_reserve(buffer, (size_t)size + 1, error);
    if (result == SBK_OK) {
        (void)vsnprintf((char *)buffer->data + buffer->size, (size_t)size + 1, format, again);
        buffer->size += (size_t)size;
    }
    va_end(again);
    return result;
}

static sbk_result append_number(struct sbk_buffer *buffer, uint64_t value, size_t size, struct sbk_error *error) {
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
    return sbk_buffer_append(buffer, bytes, size, error);
}

sbk_result sbk_buffer_append_u8(struct sbk_buffer *buffer, uint8_t value, struct sbk_error *error) {
    return append_number(buffer, value, 1, error);
}

sbk_result sbk_buffer_append_u16(struct sbk_buffer *buffer, uint16_t value, struct sbk_error *error) {
    return append_number(buffer, value, 2, error);
}

sbk_result sbk_buffer_append_u32(struct sbk_buffer *buffer, uint32_t value, struct sbk_error *error) {
    return append_number(buffer, value, 4, error);
}

sbk_result sbk_buffer_append_u64(struct sbk_buffer *buffer, uint64_t value, struct sbk_error *error) {
    return append_number(buffer, value, 8, error);
}

sbk_result sbk_buffer_text(struct sbk_buffer *buffer, const char **text, struct sbk_error *error) {
    if (buffer->size > 0 && memchr(buffer->data, 0, buffer->size) != NULL) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, "%s", _("text holds a zero byte"));
    }
    const sbk_result result = sbk_buffer_reserve(buffer, 1, error);
    if (result == SBK_OK) {
        buffer->data[buffer->size] = 0;
        *text = (const char *)buffer->data;
    }
    return result;
}

void sbk_buffer_reset(struct sbk_buffer *buffer) {
    /* The whole capacity: append_format and text leave a terminator, and callers may have written ahead. */
    sbk_cleanse(buffer->data, buffer->capacity);
    buffer->size = 0;
}

void sbk_buffer_free(struct sbk_buffer *buffer) {
    sbk_buffer_reset(buffer);
    free(buffer->data);
    buffer->data = NULL;
    buffer->capacity = 0;
}
