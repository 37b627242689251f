/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that people type or paste. The first byte chooses: 'd' a day, 't' a time, 'h' hexadecimal, 'r' a role, 'p'
 * programmes, 'l' limits, 'n' a PIN, 'v' a log's verifier. What is accepted is in its range and, written out, means the same.
 */
#include "base/clock.h"
#include "base/hex.h"
#include "keys/note.h"
#include "keys/rights.h"
#include "reader/entitlement.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sbk_error error;

static void must(bool good) {
    if (!good)
        abort();
}

static void read_day(const char *text) {
    char written[SBK_DAY_ROOM];
    uint16_t day = 0;
    if (!sbk_day_parse(text, &day))
        return;
    sbk_day_format(day, written);
    must(strcmp(written, text) == 0);
}

static void read_time(const char *text) {
    char written[SBK_TIME_ROOM];
    uint32_t time = 0;
    uint32_t again = 0;
    if (!sbk_time_parse(text, &time))
        return;
    sbk_time_format(time, written);
    must(strncmp(written, text, 19) == 0 && sbk_time_parse(written, &again) && again == time);
}

static void read_hex(const char *text) {
    uint8_t bytes[64];
    uint8_t again[64];
    char written[SBK_HEX_ROOM(sizeof bytes)];
    size_t size = 0;
    size_t same = 0;
    if (!sbk_hex_decode(text, bytes, sizeof bytes, &size))
        return;
    must(size <= sizeof bytes && strlen(text) == 2 * size);
    sbk_hex_encode(bytes, size, written);
    must(sbk_hex_decode(written, again, sizeof again, &same) && same == size && memcmp(bytes, again, size) == 0);
}

static void read_role(const char *text) {
    uint8_t role = 0;
    if (rights_role(text, &role, &error) == SBK_OK)
        must(strcmp(rights_role_word(role), text) == 0);
}

static void read_programmes(const char *text) {
    char written[RIGHTS_PROGRAMMES_ROOM];
    uint32_t programmes = 0;
    uint32_t again = 0;
    if (rights_programmes(text, &programmes, &error) != SBK_OK)
        return;
    rights_programmes_text(programmes, written);
    must(programmes != 0 && rights_programmes(written, &again, &error) == SBK_OK && again == programmes);
}

static void read_limits(const char *text) {
    uint16_t limits[SBK_UNITS];
    if (rights_limits(text, limits, &error) != SBK_OK)
        return;
    for (size_t i = 0; i < SBK_UNITS; i++) {
        uint16_t again = 0;
        if (limits[i] != SBK_LIMIT_NONE)
            must(sbk_limit_encode(sbk_limit_decode(limits[i]), &again) == SBK_FORMAT_OK && again == limits[i]);
    }
}

static void read_pin(const char *text, size_t size) {
    struct sbk_pin pin;
    if (sbk_pin_of(text, size, &pin, &error) == SBK_OK)
        must(pin.size >= SBK_PIN_MIN && pin.size <= SBK_PIN_MAX && pin.size == size &&
             strspn(text, "0123456789") == size);
}

static void read_verifier(const char *text, size_t size) {
    struct sbk_note_verifier verifier;
    uint8_t hash[SBK_LOG_KEY_HASH_SIZE];
    if (sbk_note_verifier_parse(text, size, &verifier, &error) == SBK_OK)
        must(verifier.name[0] != 0 && memchr(verifier.name, 0, sizeof verifier.name) != NULL &&
             sbk_note_key_hash(&verifier, hash, &error) == SBK_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    char *text = malloc(size);
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    switch (data[0]) {
    case 'd':
        read_day(text);
        break;
    case 't':
        read_time(text);
        break;
    case 'h':
        read_hex(text);
        break;
    case 'r':
        read_role(text);
        break;
    case 'p':
        read_programmes(text);
        break;
    case 'l':
        read_limits(text);
        break;
    case 'n':
        read_pin(text, size - 1);
        break;
    default:
        read_verifier(text, size - 1);
    }
    free(text);
    return 0;
}
