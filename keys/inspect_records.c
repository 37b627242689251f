/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "keys/inspect.h"
#include "keys/rights.h"
#include "schema/log.h"
#include "schema/numbers.h"

#include <string.h>

static json_t *word(const char *const *words, size_t count, size_t number) {
    return number < count && words[number] != NULL ? json_string(words[number]) : json_integer((json_int_t)number);
}
#define WORD(words, number) word(words, sizeof(words) / sizeof((words)[0]), number)

static json_t *padded(const uint8_t *id, size_t width) {
    char text[SBK_TERMINAL_SIZE + 1];
    sbk_id_text(id, width, text);
    return json_string(text);
}

static json_t *identity(const uint8_t *data, size_t size) {
    struct sbk_identity record;
    char number[SBK_CARD_NUMBER_TEXT];
    char kelurahan[14];
    if (sbk_identity_parse(data, size, &record) != SBK_FORMAT_OK) {
        return NULL;
    }
    sbk_card_number_text(record.card_number, number);
    sbk_kelurahan_text(record.kelurahan, kelurahan);
    return json_pack("{s:s, s:o, s:i, s:s, s:s, s:o, s:o, s:o, s:o}", "kind", "identity", "alias",
        inspect_hex(record.alias, SBK_ALIAS_SIZE), "number", record.number, "card_number", number, "kelurahan",
        kelurahan, "valid_from", inspect_day(record.valid_from), "valid_until", inspect_day(record.valid_until), "name",
        json_stringn((const char *)record.name, record.name_size), "alternate",
        record.alternate_size > 0 ? json_stringn((const char *)record.alternate, record.alternate_size) : json_null());
}

static json_t *purse(const struct sbk_purse *purse) {
    static const char *const periods[] = {NULL, "once", "month", "week"};
    const char *unit = rights_unit_word(purse->unit);
    return json_pack("{s:i, s:i, s:i, s:s, s:i, s:i, s:o, s:o, s:i, s:b, s:i, s:i}", "slot", purse->slot, "grant",
        purse->grant, "programme", purse->programme, "unit", unit != NULL ? unit : "?", "class", purse->goods, "amount",
        (int)purse->amount, "first", inspect_day(purse->first), "period", WORD(periods, purse->period), "count",
        purse->count, "carry", purse->carry == SBK_CARRY_GRANT, "priority", purse->priority, "inherits",
        purse->inherits);
}

static json_t *mandate(const uint8_t *data, size_t size) {
    static const char *const statuses[] = {NULL, "active", "blocked", "closed"};
    struct sbk_mandate record;
    if (sbk_mandate_parse(data, size, &record) != SBK_FORMAT_OK) {
        return NULL;
    }
    json_t *purses = json_array();
    for (size_t i = 0; i < record.purse_count; i++) {
        (void)json_array_append_new(purses, purse(&record.purses[i]));
    }
    return json_pack("{s:s, s:o, s:I, s:o, s:o, s:b, s:b, s:b, s:o, s:o}", "kind", "mandate", "alias",
        inspect_hex(record.alias, SBK_ALIAS_SIZE), "number", (json_int_t)record.number, "issued",
        inspect_day(record.issued), "status", WORD(statuses, record.status), "pin",
        (record.flags & SBK_MANDATE_PIN) != 0, "alternate", (record.flags & SBK_MANDATE_ALTERNATE) != 0, "sets_floor",
        (record.flags & SBK_MANDATE_SET_FLOOR) != 0, "outlet", padded(record.outlet, SBK_OUTLET_SIZE), "purses",
        purses);
}

static json_t *notice(const uint8_t *data, size_t size) {
    static const char *const kinds[] = {NULL, "stop", "pin-reset"};
    struct sbk_notice record;
    if (sbk_notice_parse(data, size, &record) != SBK_FORMAT_OK) {
        return NULL;
    }
    return json_pack("{s:s, s:o, s:o, s:I, s:o}", "kind", "notice", "alias", inspect_hex(record.alias, SBK_ALIAS_SIZE),
        "notice", WORD(kinds, record.kind), "number", (json_int_t)record.number, "issued", inspect_day(record.issued));
}

static json_t *root_link(const uint8_t *data, size_t size) {
    struct sbk_link record;
    if (sbk_link_parse(data, size, &record) != SBK_FORMAT_OK) {
        return NULL;
    }
    return json_pack("{s:s, s:i, s:o, s:o, s:o}", "kind", "root-link", "generation", record.generation, "fingerprint",
        inspect_fingerprint(record.key), "next_hash", inspect_hex(record.next_hash, SBK_HASH_SIZE), "old_until",
        record.old_until != 0 ? inspect_day(record.old_until) : json_null());
}

static json_t *debits_of(const struct sbk_entry *entry) {
    json_t *debits = json_array();
    for (size_t i = 0; i < SBK_DEBITS_MAX && entry->debits[i].grant != 0; i++) {
        const struct sbk_entry_debit *debit = &entry->debits[i];
        (void)json_array_append_new(
            debits, json_pack("{s:i, s:i, s:i, s:i, s:i}", "slot", debit->slot, "grant", debit->grant, "window",
                        debit->window, "amount", (int)debit->amount, "spent", (int)debit->spent));
    }
    return debits;
}

static json_t *finals_of(const struct sbk_entry *entry) {
    json_t *finals = json_array();
    for (size_t i = 0; i < SBK_PURSES_MAX; i++) {
        if (entry->finals[i].grant != 0) {
            (void)json_array_append_new(finals, json_pack("{s:i, s:i, s:i}", "slot", (int)i, "grant",
                                                    entry->finals[i].grant, "spent", (int)entry->finals[i].spent));
        }
    }
    return finals;
}

/* An entry with its signature, or without. */
static json_t *entry(const uint8_t *data, size_t size) {
    static const char *const kinds[] = {NULL, "activation", "mandate", "debit", "void"};
    static const char *const persons[] = {"none", "holder", "alternate"};
    struct sbk_entry record;
    if ((size != SBK_ENTRY_SIZE && size != SBK_ENTRY_SIZE + SBK_SIGNATURE_SIZE) ||
        sbk_entry_parse(data, &record) != SBK_FORMAT_OK) {
        return NULL;
    }
    json_t *object = json_pack("{s:s, s:o, s:I, s:o, s:o, s:o, s:I, s:o, s:I, s:o, s:I, s:o, s:o}", "kind", "entry",
        "alias", inspect_hex(record.alias, SBK_ALIAS_SIZE), "counter", (json_int_t)record.counter, "previous",
        inspect_hex(record.previous, SBK_HASH_SIZE), "entry", WORD(kinds, record.kind), "who",
        WORD(persons, record.who), "mandate", (json_int_t)record.mandate, "terminal",
        padded(record.terminal, SBK_TERMINAL_SIZE), "transaction", (json_int_t)record.transaction, "time",
        inspect_time(record.time), "log_size", (json_int_t)record.log_size, "log_root",
        inspect_hex(record.log_root, SBK_HASH_SIZE), "digest", inspect_hex(record.digest, SBK_HASH_SIZE));
    if (record.kind == SBK_ENTRY_DEBIT || record.kind == SBK_ENTRY_VOID) {
        (void)json_object_set_new(object, "debits", debits_of(&record));
    } else if (record.kind == SBK_ENTRY_MANDATE) {
        (void)json_object_set_new(object, "finals", finals_of(&record));
    }
    return object;
}

static json_t *statement(const uint8_t *data, size_t size) {
    struct sbk_closing record;
    if (sbk_closing_parse(data, size, &record) != SBK_FORMAT_OK) {
        return NULL;
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:o}", "kind", "closing-statement", "alias",
        inspect_hex(record.alias, SBK_ALIAS_SIZE), "serial", inspect_hex(record.serial, SBK_SERIAL_SIZE),
        "agreement_key", inspect_hex(record.agreement_key, SBK_COMPRESSED_SIZE), "signing_key",
        inspect_hex(record.signing_key, SBK_COMPRESSED_SIZE), "root_generation", record.root_generation, "root_hash",
        inspect_hex(record.root_hash, SBK_HASH_SIZE), "next_root_hash",
        inspect_hex(record.next_root_hash, SBK_HASH_SIZE), "records_hash",
        inspect_hex(record.records_hash, SBK_HASH_SIZE));
}

static json_t *basket(const uint8_t *data, size_t size) {
    struct sbk_line lines[SBK_LINES_MAX];
    size_t count = 0;
    if (sbk_basket_parse(data, size, lines, &count) != SBK_FORMAT_OK) {
        return NULL;
    }
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(
            all, json_pack("{s:s, s:I, s:I, s:I, s:I, s:i}", "code", lines[i].code, "quantity",
                     (json_int_t)lines[i].quantity, "price", (json_int_t)lines[i].price, "sum",
                     (json_int_t)lines[i].sum, "list", (json_int_t)lines[i].list, "slot", lines[i].slot));
    }
    return json_pack("{s:s, s:o}", "kind", "basket", "lines", all);
}

static json_t *office_binding(const uint8_t *data, size_t size) {
    struct sbk_office_binding record;
    if (sbk_office_binding_parse(data, size, &record) != SBK_FORMAT_OK) {
        return NULL;
    }
    return json_pack("{s:s, s:i, s:o}", "kind", "office-binding", "root_generation", record.root_generation,
        "office_hash", inspect_hex(record.office_hash, SBK_HASH_SIZE));
}

json_t *inspect_record(const uint8_t *data, size_t size) {
    switch (data[0]) {
    case SBK_RECORD_IDENTITY:
        return identity(data, size);
    case SBK_RECORD_MANDATE:
        return mandate(data, size);
    case SBK_RECORD_NOTICE:
        return notice(data, size);
    case SBK_RECORD_LINK:
        return root_link(data, size);
    case SBK_RECORD_ENTRY:
        return entry(data, size);
    case SBK_RECORD_STATEMENT:
        return statement(data, size);
    case SBK_RECORD_BASKET:
        return basket(data, size);
    case SBK_RECORD_OFFICE:
        return office_binding(data, size);
    default:
        return NULL;
    }
}

json_t *inspect_log_entry(const uint8_t *data, size_t size) {
    static const char *const kinds[] = {NULL, "opened", "intent", "receipt", "carried", "refused", "delivered",
        "handed-over", "clock", "certificate", "operator", "resolved", "list", "hotlist"};
    struct sbk_log_entry record;
    if (sbk_log_parse(data, size, &record) != SBK_FORMAT_OK) {
        return NULL;
    }
    json_t *fields = json_array();
    for (size_t i = 0; i < record.count; i++) {
        (void)json_array_append_new(fields, inspect_hex(record.fields[i].data, record.fields[i].size));
    }
    return json_pack("{s:s, s:o, s:o, s:o}", "kind", "log-entry", "entry", WORD(kinds, record.kind), "time",
        inspect_time(record.time), "fields", fields);
}
