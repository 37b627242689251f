/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

/* Cuts an over-long text at the start of a character, so that it stays valid UTF-8. */
static void cut_at_character(char *text, size_t room, int written) {
    if (written < 0) {
        text[0] = '\0';
        return;
    }
    if ((size_t)written < room) {
        return;
    }
    size_t end = room - 1;
    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80) {
        end--;
    }
    /* text[end - 1] now begins a character that may lack its tail, unless it is a plain one. */
    if (end > 0 && ((unsigned char)text[end - 1] & 0x80) != 0) {
        end--;
    }
    text[end] = '\0';
}

sbk_result(sbk_fail)(struct sbk_error *error, sbk_result result, const char *reason, const char *format, ...) {
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        /* Into a buffer of its own: an argument may be the text of this very error. */
        char text[sizeof error->text];
        const int written = vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        cut_at_character(text, sizeof text, written);
        error->result = result;
        error->reason = reason;
        memcpy(error->text, text, sizeof text);
    }
    return result;
}

sbk_result(sbk_fail_in)(struct sbk_error *error, sbk_result result, const char *format, ...) {
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        char text[sizeof error->text];
        char context[sizeof error->text / 2];
        int written = vsnprintf(context, sizeof context, format, arguments);
        va_end(arguments);
        cut_at_character(context, sizeof context, written);
        written = snprintf(text, sizeof text, "%s: %s", context, error->text);
        cut_at_character(text, sizeof text, written);
        error->result = result;
        memcpy(error->text, text, sizeof text);
    }
    return result;
}
