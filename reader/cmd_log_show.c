/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "reader/common.h"
#include "reader/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct show {
    struct cli_call *call;
    json_t *entries;
};

static uint32_t u32_of(const struct sbk_log_field *field) {
    struct sbk_reader reader = sbk_reader_of(field->data, field->size);
    return sbk_read_u32(&reader);
}

static void alias_of(const struct sbk_log_field *field, char text[SBK_HEX_ROOM(SBK_ALIAS_SIZE)]) {
    text[0] = 0;
    if (field->size == SBK_ALIAS_SIZE)
        sbk_hex_encode(field->data, field->size, text);
}

static void describe_receipt(const struct sbk_log_entry *entry, char text[READER_ENTRY_ROOM]) {
    static const char *const kinds[] = {"?", "activation", "mandate", "debit", "void"};
    struct sbk_entry said;
    char alias[SBK_HEX_ROOM(SBK_ALIAS_SIZE)];
    char terminal[SBK_TERMINAL_SIZE + 1];
    if (sbk_entry_parse(entry->fields[0].data, &said) != SBK_FORMAT_OK)
        return;
    sbk_hex_encode(said.alias, sizeof said.alias, alias);
    sbk_id_text(said.terminal, SBK_TERMINAL_SIZE, terminal);
    (void)snprintf(text, READER_ENTRY_ROOM, "card %s entry %" PRIu32 ": %s, %s transaction %" PRIu32, alias,
        said.counter, kinds[said.kind < sizeof kinds / sizeof kinds[0] ? said.kind : 0], terminal, said.transaction);
}

static void describe_certificate(const struct sbk_log_field *field, char text[READER_ENTRY_ROOM]) {
    struct sbk_certificate certificate;
    char terminal[SBK_TERMINAL_SIZE + 1];
    char from[SBK_DAY_ROOM];
    char until[SBK_DAY_ROOM];
    if (sbk_certificate_parse(field->data, field->size, &certificate) != SBK_FORMAT_OK)
        return;
    sbk_id_text(certificate.terminal, SBK_TERMINAL_SIZE, terminal);
    sbk_day_format(certificate.effective, from);
    sbk_day_format(certificate.expiry, until);
    (void)snprintf(
        text, READER_ENTRY_ROOM, "%s by station CA %u, %s to %s", terminal, certificate.issuer_generation, from, until);
}

/* What was delivered: a notice as it is, anything else by its hash. */
static void describe_delivered(const struct sbk_log_entry *entry, char text[READER_ENTRY_ROOM]) {
    const struct sbk_log_field *record = &entry->fields[1];
    char alias[SBK_HEX_ROOM(SBK_ALIAS_SIZE)];
    char hash[SBK_HEX_ROOM(4)] = "";
    struct sbk_notice notice;
    alias_of(&entry->fields[0], alias);
    if (sbk_notice_parse(record->data, record->size, &notice) == SBK_FORMAT_OK) {
        (void)snprintf(text, READER_ENTRY_ROOM, "card %s: %s %" PRIu32, alias,
            notice.kind == SBK_NOTICE_STOP ? "stop up to mandate" : "PIN reset", notice.number);
    } else {
        sbk_hex_encode(record->data, 4, hash);
        (void)snprintf(text, READER_ENTRY_ROOM, "card %s: record of hash %s...", alias, hash);
    }
}

static void describe_short(const struct sbk_log_entry *entry, char text[READER_ENTRY_ROOM]) {
    static const char *const causes[] = {"?", "SEMBAKO_DATE is set", "went back", "jumped ahead"};
    static const char *const ways[] = {"?", "untouched", "other", "doubt", "refused"};
    const struct sbk_log_field *fields = entry->fields;
    switch (entry->kind) {
    case SBK_LOG_OPENED:
        (void)snprintf(text, READER_ENTRY_ROOM, "%.*s", (int)fields[1].size, (const char *)fields[1].data);
        break;
    case SBK_LOG_CLOCK:
        (void)snprintf(text, READER_ENTRY_ROOM, "%s", causes[fields[0].data[0] <= 3 ? fields[0].data[0] : 0]);
        break;
    case SBK_LOG_RESOLVED:
        (void)snprintf(text, READER_ENTRY_ROOM, "transaction %" PRIu32 ": %s", u32_of(&fields[0]),
            ways[fields[1].data[0] <= 4 ? fields[1].data[0] : 0]);
        break;
    case SBK_LOG_HANDED_OVER:
        (void)snprintf(text, READER_ENTRY_ROOM, "transaction %" PRIu32, u32_of(&fields[0]));
        break;
    case SBK_LOG_CERTIFICATE:
        describe_certificate(&fields[0], text);
        break;
    case SBK_LOG_DELIVERED:
        describe_delivered(entry, text);
        break;
    case SBK_LOG_HOTLIST:
        (void)snprintf(text, READER_ENTRY_ROOM, "hotlist %" PRIu32, u32_of(&fields[0]));
        break;
    case SBK_LOG_LIST:
        (void)snprintf(text, READER_ENTRY_ROOM, "list %" PRIu32, u32_of(&fields[0]));
        break;
    default:
        break;
    }
}

/* One line of what the entry says; aliases only, as everywhere in a log. */
void reader_entry_text(const struct sbk_log_entry *entry, char text[READER_ENTRY_ROOM]) {
    char alias[SBK_HEX_ROOM(SBK_ALIAS_SIZE)];
    const struct sbk_log_field *fields = entry->fields;
    text[0] = 0;
    switch (entry->kind) {
    case SBK_LOG_INTENT:
        alias_of(&fields[2], alias);
        (void)snprintf(text, READER_ENTRY_ROOM,
            "transaction %" PRIu32 ": %s, card %s entry %" PRIu32 ", mandate %" PRIu32, u32_of(&fields[1]),
            reader_operation_word(fields[0].data[0]), alias, u32_of(&fields[3]), u32_of(&fields[4]));
        break;
    case SBK_LOG_RECEIPT:
    case SBK_LOG_CARRIED:
        describe_receipt(entry, text);
        break;
    case SBK_LOG_REFUSED:
        alias_of(&fields[1], alias);
        (void)snprintf(text, READER_ENTRY_ROOM, "transaction %" PRIu32 ": card %s, status %02X%02X, %.*s",
            u32_of(&fields[0]), alias[0] != 0 ? alias : "-", fields[2].data[0], fields[2].data[1], (int)fields[3].size,
            (const char *)fields[3].data);
        break;
    default:
        describe_short(entry, text);
    }
}

static sbk_result visit(void *context, uint32_t position, const struct sbk_log_entry *entry, const uint8_t *data,
    size_t size, struct sbk_error *error) {
    struct show *show = context;
    char text[READER_ENTRY_ROOM];
    char time[SBK_TIME_ROOM];
    (void)error;
    reader_entry_text(entry, text);
    sbk_time_format_plain(entry->time, time);
    cli_say(show->call, "%6" PRIu32 "  %s  %-11s  %s\n", position, time, sbk_log_kind_word(entry->kind), text);
    if (!show->call->json)
        return SBK_OK;
    char bytes[SBK_HEX_ROOM(SBK_LOG_ENTRY_MAX)];
    json_t *object = json_object();
    sbk_hex_encode(data, size, bytes);
    (void)json_object_set_new(object, "entry", json_integer(position));
    (void)json_object_set_new(object, "kind", json_string(sbk_log_kind_word(entry->kind)));
    sbk_time_format(entry->time, time);
    (void)json_object_set_new(object, "time", json_string(time));
    (void)json_object_set_new(object, "text", json_string(text));
    (void)json_object_set_new(object, "bytes", json_string(bytes));
    (void)json_array_append_new(show->entries, object);
    return SBK_OK;
}

sbk_result cmd_log_show(struct cli_call *call, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    struct show show = {.call = call, .entries = json_array()};
    sbk_result result = reader_station(call, SBK_STATION_READ, &station, error);
    if (result == SBK_OK)
        result = sbk_log_walk(station, 0, visit, &show, error);
    if (result == SBK_OK)
        result = reader_say_unsettled(call, station, true, error);
    cli_field(call, "entries", show.entries);
    sbk_station_close(&station);
    return result;
}
