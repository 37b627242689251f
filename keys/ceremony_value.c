/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ceremony_record.h"

#include "base/hex.h"
#include "keys/crypto.h"
#include "schema/check.h"

#include <stdio.h>
#include <string.h>

/* The values of checks as they stand in a record. */

/* The next word of lower-case hexadecimal digits, of so many bytes. */
static bool take_hex(struct ceremony_text *rest, uint8_t *out, size_t size) {
    char digits[SBK_HEX_ROOM(SBK_POINT_SIZE)];
    char again[SBK_HEX_ROOM(SBK_POINT_SIZE)];
    size_t decoded = 0;
    if (rest->size < 2 * size || size > SBK_POINT_SIZE) {
        return false;
    }
    memcpy(digits, rest->data, 2 * size);
    digits[2 * size] = 0;
    if (!sbk_hex_decode(digits, out, size, &decoded) || decoded != size) {
        return false;
    }
    sbk_hex_encode(out, size, again);
    rest->data += 2 * size;
    rest->size -= 2 * size;
    return memcmp(digits, again, 2 * size) == 0;
}

bool ceremony_take(struct ceremony_text *rest, const char *text) {
    const size_t size = strlen(text);
    if (rest->size < size || memcmp(rest->data, text, size) != 0) {
        return false;
    }
    rest->data += size;
    rest->size -= size;
    return true;
}

/* A decimal number without leading zeros, from 1 to most. */
static bool take_number(struct ceremony_text *rest, uint64_t most, uint64_t *number) {
    *number = 0;
    size_t digits = 0;
    while (digits < rest->size && digits < 10 && rest->data[digits] >= '0' && rest->data[digits] <= '9') {
        *number = 10 * *number + (uint64_t)(rest->data[digits++] - '0');
    }
    if (digits == 0 || rest->data[0] == '0' || *number > most) {
        return false;
    }
    rest->data += digits;
    rest->size -= digits;
    return true;
}

static bool take_small(struct ceremony_text *rest, uint8_t *number) {
    uint64_t found = 0;
    const bool good = take_number(rest, 127, &found);
    *number = (uint8_t)found;
    return good;
}

/* "POINT FINGERPRINT", which must fit each other. */
static bool take_key(struct ceremony_text *rest, struct ceremony_value *value) {
    uint8_t hash[SBK_HASH_SIZE];
    return take_hex(rest, value->point, sizeof value->point) && ceremony_take(rest, " ") &&
           take_hex(rest, value->fingerprint, sizeof value->fingerprint) &&
           sbk_point_hash(value->point, hash, NULL) == SBK_OK && memcmp(hash, value->fingerprint, sizeof hash) == 0;
}

bool ceremony_note_good(struct ceremony_text text) {
    return text.size >= 1 && text.size <= CEREMONY_NOTE_MAX && text.data[0] != ' ' && text.data[text.size - 1] != ' ' &&
           memchr(text.data, '|', text.size) == NULL && sbk_check_text((const uint8_t *)text.data, text.size);
}

bool ceremony_initials_good(struct ceremony_text text) {
    for (size_t i = 0; i < text.size; i++) {
        const char letter = text.data[i];
        if (!((letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z'))) {
            return false;
        }
    }
    return text.size >= 1 && text.size <= CEREMONY_INITIALS_MAX;
}

bool ceremony_value_parse(const struct ceremony_check *check, struct ceremony_text text, struct ceremony_value *value) {
    struct ceremony_text rest = text;
    bool good = false;
    memset(value, 0, sizeof *value);
    switch (check->kind) {
    case CEREMONY_CHECK_PLAN:
        good = take_hex(&rest, value->hash, sizeof value->hash);
        break;
    case CEREMONY_CHECK_ABSENT:
        good = ceremony_take(&rest, "absent");
        break;
    case CEREMONY_CHECK_KEY:
    case CEREMONY_CHECK_FINGERPRINT:
    case CEREMONY_CHECK_ROOT:
        good = take_key(&rest, value);
        break;
    case CEREMONY_CHECK_CERTIFICATE:
        good = take_small(&rest, &value->generation) && ceremony_take(&rest, " ") &&
               take_hex(&rest, value->hash, sizeof value->hash) && ceremony_take(&rest, " ") &&
               take_hex(&rest, value->fingerprint, sizeof value->fingerprint) &&
               (check->generation == 0 || check->generation == value->generation);
        break;
    case CEREMONY_CHECK_ANCHOR:
        good = take_small(&rest, &value->generation) && ceremony_take(&rest, " ") && take_key(&rest, value) &&
               ceremony_take(&rest, " ") && take_hex(&rest, value->next, sizeof value->next) &&
               (check->generation == 0 || check->generation == value->generation);
        break;
    case CEREMONY_CHECK_NEXT_ROOT:
        good = take_hex(&rest, value->fingerprint, sizeof value->fingerprint);
        break;
    case CEREMONY_CHECK_SHARES:
        good = take_small(&rest, &value->needed) && ceremony_take(&rest, "/") && take_small(&rest, &value->of) &&
               ceremony_take(&rest, " ") && take_hex(&rest, value->set, sizeof value->set);
        break;
    case CEREMONY_CHECK_KCV:
        good = take_hex(&rest, value->kcv, sizeof value->kcv);
        break;
    case CEREMONY_CHECK_FILE:
    case CEREMONY_CHECK_MESSAGE:
        good = take_number(&rest, 1u << 30, &value->size) && ceremony_take(&rest, " ") &&
               take_hex(&rest, value->hash, sizeof value->hash);
        break;
    case CEREMONY_CHECK_NOTE:
        good = ceremony_note_good(rest);
        memcpy(value->note, rest.data, good ? rest.size : 0);
        rest.size = 0;
        break;
    }
    return good && rest.size == 0;
}

void ceremony_value_write(
    const struct ceremony_check *check, const struct ceremony_value *value, char text[CEREMONY_VALUE_TEXT_MAX + 1]) {
    char point[SBK_HEX_ROOM(SBK_POINT_SIZE)];
    char fingerprint[SBK_HEX_ROOM(SBK_HASH_SIZE)];
    char hash[SBK_HEX_ROOM(SBK_HASH_SIZE)];
    char other[SBK_HEX_ROOM(SBK_HASH_SIZE)];
    const size_t room = CEREMONY_VALUE_TEXT_MAX + 1;
    sbk_hex_encode(value->point, sizeof value->point, point);
    sbk_hex_encode(value->fingerprint, sizeof value->fingerprint, fingerprint);
    sbk_hex_encode(value->hash, sizeof value->hash, hash);
    switch (check->kind) {
    case CEREMONY_CHECK_PLAN:
        (void)snprintf(text, room, "%s", hash);
        break;
    case CEREMONY_CHECK_ABSENT:
        (void)snprintf(text, room, "absent");
        break;
    case CEREMONY_CHECK_KEY:
    case CEREMONY_CHECK_FINGERPRINT:
    case CEREMONY_CHECK_ROOT:
        (void)snprintf(text, room, "%s %s", point, fingerprint);
        break;
    case CEREMONY_CHECK_CERTIFICATE:
        (void)snprintf(text, room, "%u %s %s", value->generation, hash, fingerprint);
        break;
    case CEREMONY_CHECK_ANCHOR:
        sbk_hex_encode(value->next, sizeof value->next, other);
        (void)snprintf(text, room, "%u %s %s %s", value->generation, point, fingerprint, other);
        break;
    case CEREMONY_CHECK_NEXT_ROOT:
        (void)snprintf(text, room, "%s", fingerprint);
        break;
    case CEREMONY_CHECK_SHARES:
        sbk_hex_encode(value->set, sizeof value->set, other);
        (void)snprintf(text, room, "%u/%u %s", value->needed, value->of, other);
        break;
    case CEREMONY_CHECK_KCV:
        sbk_hex_encode(value->kcv, sizeof value->kcv, other);
        (void)snprintf(text, room, "%s", other);
        break;
    case CEREMONY_CHECK_FILE:
    case CEREMONY_CHECK_MESSAGE:
        (void)snprintf(text, room, "%llu %s", (unsigned long long)value->size, hash);
        break;
    case CEREMONY_CHECK_NOTE:
        (void)snprintf(text, room, "%s", value->note);
        break;
    }
}
