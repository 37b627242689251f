/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a ceremony's record, each chained to the one before as whoever writes them would, and the same bytes as a
 * transcript. What is accepted goes on by one step at most, in order, and never after its end. */
#include "base/hex.h"
#include "keys/ceremony_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME 1791162000u /* 2026-10-05 09:00 WITA */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void unmake(void);

static struct ceremony_plan *plan;

/* The script whose record the inputs are: a transport key of two components. */
static const struct ceremony_plan *the_plan(void) {
    static const struct {
        enum ceremony_field field;
        const char *value;
    } fields[] = {{CEREMONY_KIND, "transport"}, {CEREMONY_GENERATION, "2"}, {CEREMONY_DATE, "2026-11-25"},
        {CEREMONY_STORE, "city"}, {CEREMONY_FILES, "stick"}, {CEREMONY_SIGNER, "city"}, {CEREMONY_LANGUAGE, "en"},
        {CEREMONY_VERSION, "0.1.0"}, {CEREMONY_MASTER, "Sri"}, {CEREMONY_OFFICER, "Budi"},
        {CEREMONY_OFFICER + 1, "Citra"}, {CEREMONY_WITNESS, "Dewi"}};
    struct ceremony_details details = {.values = {{0}}};
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    if (plan != NULL) {
        return plan;
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        (void)snprintf(details.values[fields[i].field], sizeof details.values[fields[i].field], "%s", fields[i].value);
    }
    if (ceremony_write(&details, &text, NULL) != SBK_OK ||
        ceremony_plan_read(text.data, text.size, &plan, NULL) != SBK_OK || atexit(unmake) != 0) {
        abort();
    }
    sbk_buffer_free(&text);
    return plan;
}

static void unmake(void) {
    ceremony_plan_free(&plan);
}

/* "@" stands for the plan's hash, so that the inputs outlive changes of the script's words. */
static void put_hash(const char *rest, char out[CEREMONY_RECORD_LINE_MAX]) {
    char digits[SBK_HEX_ROOM(SBK_HASH_SIZE)];
    const char *sign = strchr(rest, '@');
    const size_t before = sign != NULL ? (size_t)(sign - rest) : strlen(rest);
    const size_t after = strlen(rest) - before;
    sbk_hex_encode(the_plan()->hash, SBK_HASH_SIZE, digits);
    memcpy(out, rest, before);
    out[before] = 0;
    if (sign != NULL && before + sizeof digits + after < CEREMONY_RECORD_LINE_MAX) {
        memcpy(out + before, digits, sizeof digits - 1);
        memcpy(out + before + sizeof digits - 1, sign + 1, after); /* with its terminator */
    }
}

static void try_line(struct ceremony_state *state, const char *given) {
    struct sbk_buffer line = SBK_BUFFER_EMPTY;
    char rest[CEREMONY_RECORD_LINE_MAX];
    put_hash(given, rest);
    const struct ceremony_state before = *state;
    if (ceremony_record_compose(the_plan(), state, TIME, rest, &line, NULL) != SBK_OK) {
        return;
    }
    const struct ceremony_text text = {(const char *)line.data, line.size - 1};
    if (ceremony_record_line(the_plan(), text, state, NULL, NULL, NULL) != SBK_OK) {
        if (memcmp(&before, state, sizeof before) != 0) {
            abort();
        }
    } else if (before.ended || before.aborted || state->steps > before.steps + 1 ||
               state->steps > the_plan()->step_count || (state->ended && state->steps != the_plan()->step_count)) {
        abort();
    }
    sbk_buffer_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ceremony_state state = {.begun = false};
    const struct ceremony_text whole = {(const char *)data, size};
    struct ceremony_text parts[2];
    char rest[CEREMONY_RECORD_LINE_MAX];
    size_t at = 0;
    while (at < size) {
        size_t length = 0;
        while (at + length < size && data[at + length] != '\n') {
            length++;
        }
        if (length < sizeof rest) {
            memcpy(rest, data + at, length);
            rest[length] = 0;
            try_line(&state, rest);
        }
        at += length + 1;
    }
    if (ceremony_transcript_parse(whole, &parts[0], &parts[1]) && parts[0].size + parts[1].size >= size) {
        abort();
    }
    return 0;
}
