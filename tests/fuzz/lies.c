/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/lies.h"

#include <string.h>

#include "schema/reason.h"
#include "schema/records.h"
#include "tests/fuzz/hostile_card.h"

#define ENTRY_BODY (SBK_ENTRY_SIZE - SBK_ENTRY_HEAD)

struct sbk_reader lies;
static bool gone;
static uint8_t last[HOSTILE_ROOM];
static size_t last_size;

void lies_begin(const uint8_t *data, size_t size) {
    lies = sbk_reader_of(data, size);
    last_size = 0;
}

void lies_tap(void) {
    hostile_tap();
    gone = false;
}

static void change(uint8_t *data, size_t size) {
    for (uint8_t left = sbk_read_u8(&lies) & 15; left > 0; left--) {
        uint16_t at = sbk_read_u16(&lies);
        uint8_t value = sbk_read_u8(&lies);

        if (at < size)
            data[at] = value;
    }
}

static void extend(uint8_t *data, size_t *size) {
    size_t count = sbk_read_u8(&lies);
    uint8_t value = sbk_read_u8(&lies);

    for (; count > 0 && *size < HOSTILE_ROOM; count--)
        data[(*size)++] = value;
}

static void replace(uint8_t *data, size_t *size) {
    size_t count = sbk_read_u8(&lies);

    *size = count < lies.left ? count : lies.left;
    sbk_read_bytes(&lies, data, *size);
}

static void lie(void *context, bool inside, uint8_t *data, size_t *size, uint16_t *status) {
    const enum lie how = *(const enum lie *)context;
    (void)inside;

    if (how == STATUS) {
        *status = sbk_read_u16(&lies);
    } else if (how == CHANGE || how == RESIGN) {
        change(data, *size);
        if (how == RESIGN && *size == SBK_ENTRY_RESPONSE)
            hostile_sign(data, data + ENTRY_BODY);
    } else if (how == TRUNCATE) {
        size_t cut = sbk_read_u16(&lies);
        *size = cut < *size ? cut : *size;
    } else if (how == EXTEND) {
        extend(data, size);
    } else if (how == REPLACE) {
        replace(data, size);
    } else if (how == REPLAY) {
        memcpy(data, last, last_size);
        *size = last_size;
    }
    memcpy(last, data, *size);
    last_size = *size;
}

sbk_result lies_transmit(void *context, const uint8_t *command, size_t size, uint8_t *response, size_t room,
    size_t *received, struct sbk_error *error) {
    enum lie how = (enum lie)(lies.left > 0 ? sbk_read_u8(&lies) % LIES : HONEST);
    (void)context;

    if (how == RESET)
        hostile_tap();
    if (gone)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_REMOVED, "gone");
    *received = hostile_answer(command, size, response, room, lie, &how);
    gone = how == GONE;
    return gone ? sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_REMOVED, "gone") : SBK_OK;
}
