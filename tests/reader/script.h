/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_READER_SCRIPT_H
#define SBK_TESTS_READER_SCRIPT_H

#include "base/hex.h"
#include "reader/transport.h"
#include "schema/reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A transport that plays a script: what must be sent and what comes back, in hexadecimal. A NULL answer: none comes. An
 * expected command of NULL: any. */
struct line {
    const char *command;
    const char *answer;
};
struct script {
    const struct line *lines;
    size_t count;
    size_t at;
};

static inline sbk_result play(void *context, const uint8_t *command, size_t size, uint8_t *response, size_t room,
    size_t *received, struct sbk_error *error) {
    struct script *script = context;
    char *sent = malloc(SBK_HEX_ROOM(size));
    assert_true(script->at < script->count);
    const struct line *line = &script->lines[script->at++];
    sbk_hex_encode(command, size, sent);
    if (line->command != NULL) {
        /* vectors were made by hosts that send no Le; ours is 00 */
        size_t length = strlen(line->command);
        char *with_le = calloc(1, length + 3);
        memcpy(with_le, line->command, length);
        if (strcmp(sent, with_le) != 0)
            memcpy(with_le + length, "00", 2);
        assert_string_equal(sent, with_le);
        free(with_le);
    }
    free(sent);
    if (line->answer == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_REMOVED, "gone");
    assert_true(sbk_hex_decode(line->answer, response, room, received));
    return SBK_OK;
}

static inline struct sbk_transport transport_of(struct script *script) {
    return (struct sbk_transport){.transmit = play, .context = script};
}

static inline size_t bytes_of(const char *hex, uint8_t *out, size_t room) {
    size_t size = 0;
    assert_true(sbk_hex_decode(hex, out, room, &size));
    return size;
}

static inline void assert_bytes(const uint8_t *data, size_t size, const char *hex) {
    char *text = malloc(SBK_HEX_ROOM(size));
    sbk_hex_encode(data, size, text);
    assert_string_equal(text, hex);
    free(text);
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#endif
