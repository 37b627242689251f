/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/faults/delivering.h"

#include "keys/cms.h"
#include "keys/issuing.h"

#include <string.h>

struct city city;

void must(sbk_result result, const struct sbk_error *error) {
    if (result != SBK_OK) {
        fail_msg("%s: %s", error->reason, error->text);
    }
}

struct sbk_station *station(size_t which) {
    return city.stations[which].station;
}

/* ---- records and couriers ---- */

struct record sign(struct sbk_key *key, struct record record) {
    struct sbk_error error = {.reason = NULL};
    must(sbk_sign_record(key, record.bytes, sizeof record.bytes, &record.size, &error), &error);
    return record;
}

struct record mandate_of(const struct city_card *card, uint32_t number) {
    struct record record;
    struct sbk_mandate mandate = card->first;
    mandate.number = number;
    assert_int_equal(sbk_mandate_write(&mandate, record.bytes, sizeof record.bytes, &record.size), SBK_FORMAT_OK);
    return sign(city.office.grant_signer, record);
}

struct record notice_of(const uint8_t alias[SBK_ALIAS_SIZE], uint8_t kind, uint32_t number) {
    struct record record;
    struct sbk_notice notice = {.kind = kind, .number = number, .issued = sbk_clock_today(&city_clock)};
    memcpy(notice.alias, alias, sizeof notice.alias);
    assert_int_equal(sbk_notice_write(&notice, record.bytes, sizeof record.bytes, &record.size), SBK_FORMAT_OK);
    return sign(city.list_signer, record);
}

/* A courier that the city signed, with what it would never put there. */
void begin_courier(struct sbk_buffer *content, uint32_t number, uint32_t records) {
    const struct sbk_city *store = &city.office.city;
    struct sbk_error error = {.reason = NULL};
    uint8_t bytes[SBK_BUNDLE_SMALL_MAX];
    size_t size = 0;
    const struct sbk_courier head = {.made = WORLD_NOW,
        .number = number,
        .anchor = store->anchor,
        .binding = sbk_bytes_of(&store->binding),
        .office_ca = sbk_bytes_of(&store->office_ca),
        .signers = {sbk_bytes_of(&store->card_ca), sbk_bytes_of(&store->grant_signer),
            sbk_bytes_of(&store->list_signer)},
        .signer_count = 3,
        .card_count = records};
    assert_int_equal(sbk_courier_write_head(&head, bytes, sizeof bytes, &size), SBK_FORMAT_OK);
    must(sbk_buffer_append(content, bytes, size, &error), &error);
}

void add_record(struct sbk_buffer *content, const uint8_t alias[SBK_ALIAS_SIZE], const struct record *record) {
    struct sbk_error error = {.reason = NULL};
    struct sbk_parcel parcel = {.content = {record->bytes, record->size}};
    uint8_t bytes[SBK_PARCEL_MAX];
    size_t size = 0;
    memcpy(parcel.alias, alias, sizeof parcel.alias);
    assert_int_equal(sbk_courier_write_parcel(&parcel, bytes, sizeof bytes, &size), SBK_FORMAT_OK);
    must(sbk_buffer_append(content, bytes, size, &error), &error);
}

void seal(struct sbk_buffer *content, struct sbk_buffer *file) {
    const struct sbk_buffer *own = &city.office.city.city;
    struct sbk_error error = {.reason = NULL};
    must(sbk_cms_sign(city.office.city_key, own->data, own->size, SBK_BUNDLE_COURIER, content->data, content->size,
             WORLD_NOW, file, &error),
        &error);
    sbk_buffer_free(content);
}

void carry(size_t to, uint32_t number, const struct city_card *card, const struct record *record, size_t count,
    struct sbk_courier_taken *taken) {
    struct sbk_buffer content = SBK_BUFFER_EMPTY, file = SBK_BUFFER_EMPTY;
    struct sbk_error error = {.reason = NULL};
    begin_courier(&content, number, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        add_record(&content, card->alias, &record[i]);
    }
    seal(&content, &file);
    must(sbk_courier_take(station(to), file.data, file.size, taken, &error), &error);
    sbk_buffer_free(&file);
}

size_t waiting_at(size_t which) {
    struct sbk_error error = {.reason = NULL};
    size_t count = 0;
    uint32_t courier = 0;
    must(sbk_parcels_waiting(station(which), &count, &courier, &error), &error);
    return count;
}

/* ---- the log ---- */

struct wanted {
    uint8_t kind;
    const uint8_t *alias; /* NULL: none */
    const char *reason;   /* of a refusal */
    size_t found;
};

static sbk_result look(void *context, uint32_t position, const struct sbk_log_entry *entry, const uint8_t *data,
    size_t size, struct sbk_error *error) {
    struct wanted *wanted = context;
    const struct sbk_log_field *alias = &entry->fields[entry->kind == SBK_LOG_REFUSED ? 1 : 0];
    (void)position;
    (void)data;
    (void)size;
    (void)error;
    if (entry->kind != wanted->kind) {
        return SBK_OK;
    }
    const bool same = wanted->alias == NULL
                          ? alias->size == 0
                          : alias->size == SBK_ALIAS_SIZE && memcmp(alias->data, wanted->alias, SBK_ALIAS_SIZE) == 0;
    const bool reason =
        wanted->reason == NULL || (entry->fields[3].size == strlen(wanted->reason) &&
                                      memcmp(entry->fields[3].data, wanted->reason, entry->fields[3].size) == 0);
    wanted->found += same && reason;
    return SBK_OK;
}

size_t logged(size_t which, uint8_t kind, const uint8_t *alias, const char *reason) {
    struct wanted wanted = {kind, alias, reason, 0};
    struct sbk_error error = {.reason = NULL};
    must(sbk_log_walk(station(which), 0, look, &wanted, &error), &error);
    return wanted.found;
}

/* ---- a tap ---- */

struct told finish_tap(struct sbk_session **session, struct told told) {
    struct sbk_settled settled[SBK_SETTLED_MAX];
    size_t count = 0;
    if (told.result == SBK_OK) {
        told.result = sbk_session_settle(*session, settled, &count, &told.error);
    }
    if (told.result == SBK_OK) {
        told.result = sbk_session_deliver(*session, told.delivered, &told.count, &told.error);
        told.status = sbk_session_card(*session)->status;
    }
    sbk_session_close(session);
    city_lift(&city);
    return told;
}

struct told tap(size_t which, struct city_card *card) {
    struct told told = {.error = {.reason = ""}};
    struct sbk_session *session = NULL;
    city_tap(&city, card, 0, false);
    told.result = sbk_session_open(&session, station(which), &city.transport, &told.error);
    return finish_tap(&session, told);
}

int city_begin(void **state) {
    (void)state;
    city_open(&city, CITY_CARDS, STATIONS);
    return 0;
}

int city_end(void **state) {
    (void)state;
    city_close(&city);
    return 0;
}
