/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 7 by enumeration: a log that holds every kind of entry, and every field of each changed, every entry removed,
 * doubled, moved and every pair swapped, every row beside the log changed; by forgers who repair more and more of what
 * stands around. Each must be found up to the last head that the forger cannot make anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/crypto.h"
#include "reader/checkpoint.h"
#include "schema/reason.h"
#include "tests/keys/fixture.h"
#include "tests/reader/log_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 96
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct log_world world;
static struct sbk_station *station;
static struct log_card cards[2];
static struct sbk_buffer entries[ENTRIES_MAX];
static struct sbk_nodes before[ENTRIES_MAX]; /* the nodes that stand with them */
static uint32_t entry_count;
static uint32_t signed_by_cards; /* entries below it lie under the newest receipt's head */
static struct sbk_log_head kept; /* the newest checkpoint, as somebody else keeps it */
static unsigned long tried;

/* ---- a log of every kind ---- */

static void append_plain(void) {
    static const uint8_t number[4] = {0, 0, 0, 1};
    static const uint8_t notice[SBK_NOTICE_SIZE] = {SBK_RECORD_NOTICE};
    static const uint8_t hash[SBK_HASH_SIZE] = {9};
    static const uint8_t one = 1;
    static const uint8_t status[2] = {0x94, 0x07};
    static const char text[] = "kasir";
    const uint8_t *alias = cards[0].alias;
    log_append(station, SBK_LOG_OPERATOR, (struct sbk_log_field[]){{&one, 1}, {(const uint8_t *)text, 5}}, 2);
    log_append(station, SBK_LOG_CLOCK, (struct sbk_log_field[]){{&one, 1}, {number, 4}, {number, 4}}, 3);
    log_append(station, SBK_LOG_DELIVERED, (struct sbk_log_field[]){{alias, 8}, {notice, sizeof notice}}, 2);
    log_append(station, SBK_LOG_DELIVERED, (struct sbk_log_field[]){{alias, 8}, {hash, sizeof hash}}, 2);
    log_append(station, SBK_LOG_HANDED_OVER, (struct sbk_log_field[]){{number, 4}}, 1);
    log_append(station, SBK_LOG_REFUSED,
        (struct sbk_log_field[]){{number, 4}, {alias, 8}, {status, 2}, {(const uint8_t *)text, 5}}, 4);
    log_append(station, SBK_LOG_REFUSED,
        (struct sbk_log_field[]){{number, 4}, {alias, 0}, {status, 2}, {(const uint8_t *)text, 5}}, 4);
}

static void append_list(void) {
    static const uint8_t file[] = "a list";
    struct sbk_statement *statement = NULL;
    uint8_t hash[SBK_HASH_SIZE];
    static const uint8_t number[4] = {0, 0, 0, 3};
    CHECK_OK(sbk_sha256(file, sizeof file, hash, E));
    CHECK_OK(sbk_statement_begin(station->database, "INSERT INTO list (number, file) VALUES (3, ?1)", &statement, E));
    sbk_statement_bind_blob(statement, 1, file, sizeof file);
    CHECK_OK(sbk_statement_run(&statement, E));
    log_append(station, SBK_LOG_LIST, (struct sbk_log_field[]){{number, 4}, {hash, sizeof hash}}, 2);
}

/* One after the other; the newest is kept. */
static void append_hotlists(void) {
    static const uint8_t file[] = "a hotlist";
    static const uint8_t file_before[SBK_HASH_SIZE] = {7};
    struct sbk_statement *statement = NULL;
    uint8_t hash[SBK_HASH_SIZE];
    static const uint8_t numbers[][4] = {{0, 0, 0, 5}, {0, 0, 0, 6}};
    CHECK_OK(sbk_sha256(file, sizeof file, hash, E));
    CHECK_OK(sbk_statement_begin(
        station->database, "INSERT INTO hotlist (id, number, file) VALUES (1, 6, ?1)", &statement, E));
    sbk_statement_bind_blob(statement, 1, file, sizeof file);
    CHECK_OK(sbk_statement_run(&statement, E));
    log_append(
        station, SBK_LOG_HOTLIST, (struct sbk_log_field[]){{numbers[0], 4}, {file_before, sizeof file_before}}, 2);
    log_append(station, SBK_LOG_HOTLIST, (struct sbk_log_field[]){{numbers[1], 4}, {hash, sizeof hash}}, 2);
}

static void append_resolved(void) {
    static const struct log_order debit = {.operation = SBK_OPERATION_DEBIT, .grant = 2, .amount = 5};
    static const uint8_t ways[][2] = {{SBK_RESOLVED_UNTOUCHED, SBK_SALE_UNTOUCHED},
        {SBK_RESOLVED_OTHER, SBK_SALE_OTHER}, {SBK_RESOLVED_DOUBT, SBK_SALE_DOUBT},
        {SBK_RESOLVED_REFUSED, SBK_SALE_UNTOUCHED}};
    struct log_intent intent;
    for (size_t i = 0; i < COUNT(ways); i++) {
        log_intend(station, &cards[0], &debit, &intent);
        log_resolve(station, intent.transaction, ways[i][0], ways[i][1]);
    }
    log_intend(station, &cards[0], &debit, &intent); /* stays open */
}

static void append_receipts(void) {
    static const struct log_order activate = {.operation = SBK_OPERATION_ACTIVATE};
    static const struct log_order debit = {.operation = SBK_OPERATION_DEBIT, .grant = 1, .amount = 30};
    static const struct log_order mandate = {.operation = SBK_OPERATION_MANDATE, .final = 1};
    struct log_intent intent = {.transaction = 77, .log_size = 5};
    struct sbk_receipt receipt;
    (void)log_trade(station, &cards[0], &activate);
    receipt = log_trade(station, &cards[0], &debit);
    const struct log_order undo = {SBK_OPERATION_VOID, 1, 30, &receipt, 0};
    (void)log_trade(station, &cards[0], &undo);
    (void)log_trade(station, &cards[0], &mandate);
    /* Another station's, of another card. */
    log_answer(station, &cards[1], &activate, &intent, &receipt);
    memcpy(receipt.entry.terminal, "OTHER\0\0\0\0\0\0\0", SBK_TERMINAL_SIZE);
    log_sign(&cards[1], &receipt);
    memcpy(cards[1].previous, receipt.hash, sizeof receipt.hash);
    log_carry(station, &cards[1], &receipt);
    receipt = log_trade(station, &cards[1], &debit);
    signed_by_cards = receipt.entry.log_size;
}

static sbk_result keep_entry(void *context, uint32_t position, const struct sbk_log_entry *entry, const uint8_t *data,
    size_t size, struct sbk_error *error) {
    static struct sbk_tree tree;
    bool *kinds = context;
    assert_true(position < ENTRIES_MAX);
    CHECK_OK(sbk_tree_append(&tree, data, size, sbk_nodes_take, &before[position], E));
    kinds[entry->kind] = true;
    return sbk_buffer_append(&entries[position], data, size, error);
}

static int setup(void **state) {
    bool kinds[SBK_LOG_HOTLIST + 1] = {false};
    struct sbk_buffer note = SBK_BUFFER_EMPTY;
    (void)state;
    log_world_open(&world);
    station = log_world_station(&world, "MUT");
    log_card_make(&world, &cards[0], 1);
    log_card_make(&world, &cards[1], 2);
    append_plain();
    append_list();
    append_hotlists();
    append_resolved();
    CHECK_OK(sbk_log_checkpoint(station, E));
    log_world_rekey(&world, station);
    append_receipts();
    append_plain();
    CHECK_OK(sbk_log_checkpoint(station, E));
    CHECK_OK(sbk_log_newest_checkpoint(station, &note, &kept, E));
    append_plain(); /* what no head covers */
    CHECK_OK(sbk_log_walk(station, 0, keep_entry, kinds, E));
    for (size_t kind = SBK_LOG_OPENED; kind <= SBK_LOG_HOTLIST; kind++)
        assert_true(kinds[kind]);
    entry_count = station->tree.size;
    CHECK_OK(sbk_database_run(station->database, "DROP TRIGGER log_entry_update", E));
    CHECK_OK(sbk_database_run(station->database, "DROP TRIGGER log_entry_delete", E));
    CHECK_OK(sbk_database_run(station->database, "PRAGMA foreign_keys = OFF", E));
    sbk_buffer_free(&note);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    for (size_t i = 0; i < ENTRIES_MAX; i++)
        sbk_buffer_free(&entries[i]);
    log_card_free(&cards[0]);
    log_card_free(&cards[1]);
    sbk_station_close(&station);
    log_world_close(&world);
    return 0;
}

/* ---- forgers ---- */

enum forger {
    CARELESS, /* changes entries alone */
    CAREFUL,  /* makes the tree anew */
    THROWING, /* and throws the signed checkpoints away: what cards have signed is left */
    KEYED,    /* or signs new ones with the log's own key: what others keep is left */
    FORGERS
};

/* The altered log; lent. */
struct altered {
    const struct sbk_buffer *entries[2 * ENTRIES_MAX];
    uint32_t count;
};

static void run_sql(const char *sql) {
    CHECK_OK(sbk_database_run(station->database, sql, E));
}

static void write_row(uint32_t position, const struct sbk_buffer *data, const struct sbk_nodes *nodes) {
    struct sbk_statement *statement = NULL;
    CHECK_OK(sbk_statement_begin(
        station->database, "INSERT INTO log_entry (position, data, nodes) VALUES (?1, ?2, ?3)", &statement, E));
    sbk_statement_bind_int(statement, 1, position);
    sbk_statement_bind_blob(statement, 2, data->data, data->size);
    sbk_statement_bind_blob(statement, 3, nodes->hashes, nodes->count * SBK_HASH_SIZE);
    CHECK_OK(sbk_statement_run(&statement, E));
}

static void write_entries(const struct altered *altered, enum forger forger) {
    struct sbk_tree tree = {0};
    run_sql("DELETE FROM log_entry");
    for (uint32_t i = 0; i < altered->count; i++) {
        const struct sbk_buffer *entry = altered->entries[i];
        struct sbk_nodes nodes = {0};
        CHECK_OK(sbk_tree_append(&tree, entry->data, entry->size, sbk_nodes_take, &nodes, E));
        write_row(i, entry, forger == CARELESS && i < entry_count ? &before[i] : &nodes);
    }
    if (forger == CARELESS)
        return;
    if (forger == CAREFUL)
        return;
    run_sql("DELETE FROM checkpoint");
    station->tree = tree;
    if (forger == KEYED)
        CHECK_OK(sbk_log_checkpoint(station, E));
}

/* Whether verification finds anything; heads: those that somebody else keeps. */
static bool finds(size_t heads) {
    struct sbk_log_watch watch = {.heads = &kept, .head_count = heads};
    struct sbk_log_report report;
    struct sbk_error error;
    sbk_result result = sbk_log_verify(station, &watch, &report, &error);
    tried++;
    if (result != SBK_OK)
        assert_int_equal(result, SBK_TAMPERED);
    return result != SBK_OK;
}

static bool found(const struct altered *altered, enum forger forger) {
    const struct sbk_tree kept_tree = station->tree;
    CHECK_OK(sbk_database_begin(station->database, E));
    write_entries(altered, forger);
    bool yes = finds(forger == KEYED);
    sbk_database_rollback(station->database);
    station->tree = kept_tree;
    return yes;
}

/* Up to where a forger's change of entries must be found. */
static uint32_t reach(enum forger forger) {
    return forger == CARELESS ? entry_count : forger == THROWING ? signed_by_cards : kept.size;
}

static struct altered original(void) {
    struct altered altered = {.count = entry_count};
    for (uint32_t i = 0; i < entry_count; i++)
        altered.entries[i] = &entries[i];
    return altered;
}

/* at: the first entry that is another one. */
static void must_be_found(const struct altered *altered, uint32_t at, const char *what) {
    for (enum forger forger = CARELESS; forger < FORGERS; forger++)
        if (at < reach(forger) && !found(altered, forger))
            fail_msg("%s at entry %u is not found (forger %d)", what, (unsigned)at, (int)forger);
}

static void test_untouched(void **state) {
    const struct altered altered = original();
    (void)state;
    for (enum forger forger = CARELESS; forger < FORGERS; forger++)
        assert_false(found(&altered, forger));
}

/* ---- every field ---- */

static void change_byte(uint32_t position, size_t at, const char *what) {
    struct altered altered = original();
    struct sbk_buffer changed = SBK_BUFFER_EMPTY;
    CHECK_OK(sbk_buffer_append(&changed, entries[position].data, entries[position].size, E));
    assert_true(at < changed.size);
    changed.data[at] ^= 1;
    altered.entries[position] = &changed;
    must_be_found(&altered, position, what);
    sbk_buffer_free(&changed);
}

static void change_size(uint32_t position, bool longer) {
    struct altered altered = original();
    struct sbk_buffer changed = SBK_BUFFER_EMPTY;
    CHECK_OK(sbk_buffer_append(&changed, entries[position].data, entries[position].size - !longer, E));
    if (longer)
        CHECK_OK(sbk_buffer_append_u8(&changed, 0, E));
    altered.entries[position] = &changed;
    must_be_found(&altered, position, longer ? "a byte more" : "a byte less");
    sbk_buffer_free(&changed);
}

/* Inside the body of a receipt: one byte of each field of C.6, of each debit and each final. */
static void change_body(uint32_t position, size_t start) {
    static const uint8_t at[] = {0, 1, 2, 10, 14, 46, 47, 48, 52, 64, 68, 72, 76, 108, 140, 141, 143, 144, 147, 150,
        151, 153, 154, 157, 160, 161, 163, 164, 167, 170, 171, 173, 174, 177, 180, 181};
    for (size_t i = 0; i < COUNT(at); i++)
        change_byte(position, start + at[i], "a receipt's field changed");
}

static void test_every_field(void **state) {
    (void)state;
    for (uint32_t position = 0; position < entry_count; position++) {
        struct sbk_log_entry entry;
        size_t at = 6;
        assert_int_equal(sbk_log_parse(entries[position].data, entries[position].size, &entry), SBK_FORMAT_OK);
        for (size_t i = 0; i < at; i++) /* version, kind, each byte of the time */
            change_byte(position, i, "the head changed");
        for (size_t i = 0; i < entry.count; i++) {
            change_byte(position, at, "a field's size changed");
            change_byte(position, at + 1, "a field's size changed");
            at += 2;
            if (entry.fields[i].size > 0) {
                change_byte(position, at, "a field's first byte changed");
                change_byte(position, at + entry.fields[i].size - 1, "a field's last byte changed");
            }
            if (i == 0 && (entry.kind == SBK_LOG_RECEIPT || entry.kind == SBK_LOG_CARRIED))
                change_body(position, at);
            at += entry.fields[i].size;
        }
        change_size(position, true);
        change_size(position, false);
    }
    print_message("# %lu logs verified\n", tried);
}

/* ---- every place ---- */

static void test_every_deletion(void **state) {
    (void)state;
    for (uint32_t position = 0; position + 1 < entry_count; position++) { /* without the last one: a cut, see below */
        struct altered altered = original();
        altered.count--;
        for (uint32_t i = position; i < altered.count; i++)
            altered.entries[i] = &entries[i + 1];
        must_be_found(&altered, position, "a deletion");
    }
}

static void insert_at(uint32_t position, const struct sbk_buffer *entry, const char *what) {
    struct altered altered = original();
    altered.count++;
    for (uint32_t i = altered.count - 1; i > position; i--)
        altered.entries[i] = &entries[i - 1];
    altered.entries[position] = entry;
    uint32_t first = position; /* inserting what stands there already changes only what follows */
    while (first < entry_count && altered.entries[first]->size == entries[first].size &&
           memcmp(altered.entries[first]->data, entries[first].data, entries[first].size) == 0)
        first++;
    if (first < entry_count)
        must_be_found(&altered, first, what);
}

static void test_every_insertion(void **state) {
    (void)state;
    for (uint32_t position = 0; position <= entry_count; position++) {
        insert_at(position, &entries[2], "an insertion of a plain entry");
        if (position < entry_count)
            insert_at(position + 1, &entries[position], "a duplicate");
        insert_at(position, &entries[entry_count / 2], "an insertion of a receipt");
    }
}

static void test_every_swap(void **state) {
    (void)state;
    for (uint32_t one = 0; one < entry_count; one++)
        for (uint32_t other = one + 1; other < entry_count; other++) {
            struct altered altered = original();
            altered.entries[one] = &entries[other];
            altered.entries[other] = &entries[one];
            if (entries[one].size == entries[other].size &&
                memcmp(entries[one].data, entries[other].data, entries[one].size) == 0)
                continue;
            /* The first of the two decides; the forger who leaves most to be found is left to the neighbours. */
            enum forger forger = one < signed_by_cards ? THROWING : KEYED;
            if (other == one + 1)
                must_be_found(&altered, one, "a swap of neighbours");
            else if (one < reach(forger) && !found(&altered, forger))
                fail_msg("a swap of %u and %u is not found", (unsigned)one, (unsigned)other);
        }
}

/* Rolled back to every size: the kept checkpoint names it, and so does the one in the folder if it is still there. */
static void test_every_rollback(void **state) {
    (void)state;
    for (uint32_t size = 0; size < kept.size; size++) {
        struct altered altered = original();
        altered.count = size;
        assert_true(found(&altered, CARELESS));
        assert_true(found(&altered, CAREFUL));
        assert_true(found(&altered, KEYED));
    }
}

/* By nature: what follows the last head that anybody else holds can be cut, or written otherwise, by whoever repairs the
 * rest. */
static void test_what_no_head_covers(void **state) {
    (void)state;
    for (uint32_t size = kept.size; size < entry_count; size++) {
        struct altered altered = original();
        altered.count = size;
        for (enum forger forger = CARELESS; forger < FORGERS; forger++)
            assert_false(found(&altered, forger));
    }
}

/* ---- what stands beside the log ---- */

static void row_found(const char *sql) {
    CHECK_OK(sbk_database_begin(station->database, E));
    CHECK_OK(sbk_database_run(station->database, sql, E));
    if (sbk_database_changes(station->database) > 0 && !finds(0))
        fail_msg("not found: %s", sql);
    sbk_database_rollback(station->database);
}

/* For every row of a table, by its SQLite rowid or key. */
static void each_row(const char *table, const char *key, const char *format) {
    struct sbk_statement *statement = NULL;
    char query[128];
    char keys[256][64];
    size_t count = 0;
    bool row = true;
    (void)snprintf(query, sizeof query, "SELECT quote(%s) FROM %s", key, table);
    CHECK_OK(sbk_statement_begin(station->database, query, &statement, E));
    for (; count < COUNT(keys); count++) {
        CHECK_OK(sbk_statement_step(statement, &row, E));
        if (!row)
            break;
        (void)snprintf(keys[count], sizeof keys[count], "%s", sbk_statement_text(statement, 0));
    }
    sbk_statement_end(&statement);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        char sql[512];
        (void)snprintf(sql, sizeof sql, "%.300s WHERE %.100s = %.63s", format, key, keys[i]);
        row_found(sql);
    }
}

static void test_every_node(void **state) {
    (void)state;
    each_row("log_entry", "position", "UPDATE log_entry SET nodes = zeroblob(length(nodes))");
    each_row("log_entry", "position", "UPDATE log_entry SET nodes = CAST(nodes || zeroblob(32) AS BLOB)");
    for (uint32_t position = 0; position < entry_count; position++) {
        char sql[160];
        (void)snprintf(sql, sizeof sql,
            "UPDATE log_entry SET nodes = substr(nodes, 1, length(nodes) - 32) WHERE length(nodes) > 32 AND position = "
            "%u",
            (unsigned)position);
        row_found(sql);
    }
}

static void test_every_transaction(void **state) {
    static const char *const changes[] = {"UPDATE sale SET number = number + 500",
        "UPDATE sale SET operation = 5 - operation", "UPDATE sale SET outcome = (outcome + 1) % 6",
        "UPDATE sale SET alias = zeroblob(8)", "UPDATE sale SET alias = NULL", "UPDATE sale SET counter = counter + 1",
        "UPDATE sale SET counter = NULL", "UPDATE sale SET intent = intent + 1", "UPDATE sale SET intent = NULL",
        "UPDATE sale SET receipt = coalesce(receipt, 0) + 1",
        "UPDATE sale SET receipt = CASE WHEN receipt IS NULL THEN 3 ELSE NULL END", "DELETE FROM sale"};
    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++)
        each_row("sale", "number", changes[i]);
    row_found("INSERT INTO sale (number, operation, outcome, words, time, intent) VALUES (400, 1, 1, '', 0, 3)");
    row_found("UPDATE station SET next_transaction = 1");
    row_found("UPDATE station SET last_time = last_time - 1");
}

static void test_every_card(void **state) {
    static const char *const changes[] = {"UPDATE card SET alias = zeroblob(8)",
        "UPDATE card SET certificate = x'7F2100'",
        "UPDATE card SET certificate = CAST(substr(certificate, 1, length(certificate) - 1) || x'00' AS BLOB)",
        "UPDATE card SET mandate = CAST(substr(mandate, 1, length(mandate) - 1) || x'00' AS BLOB)",
        "UPDATE card SET counter = counter - 1", "UPDATE card SET counter = NULL",
        "UPDATE card SET entry_hash = zeroblob(32)", "UPDATE card SET entry_hash = NULL", "DELETE FROM card"};
    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++)
        each_row("card", "alias", changes[i]);
}

static void test_certificates_and_lists(void **state) {
    (void)state;
    row_found("UPDATE installed SET leaf = CAST(substr(leaf, 1, length(leaf) - 1) || x'00' AS BLOB)");
    row_found("DELETE FROM installed");
    row_found("INSERT INTO installed (leaf, office_ca, x509, city, installed) SELECT leaf, office_ca, x509, city, 0 "
              "FROM installed");
    row_found("UPDATE list SET file = x'00'");
    row_found("UPDATE list SET number = number + 1");
    row_found("DELETE FROM list");
    row_found("INSERT INTO list (number, file) VALUES (9, x'00')");
    row_found("UPDATE hotlist SET file = x'00'");
    row_found("UPDATE hotlist SET number = 5");
    row_found("DELETE FROM hotlist");
}

/* Every byte of every signed checkpoint, its size beside it, and what the station says of its own name and key. */
static void test_every_checkpoint(void **state) {
    char *const texts[] = {station->log_verifier};
    (void)state;
    each_row("checkpoint", "size", "UPDATE checkpoint SET size = size + 1");
    each_row("checkpoint", "size", "UPDATE checkpoint SET size = size - 1");
    for (unsigned at = 1; at <= 160; at++) {
        char sql[200];
        (void)snprintf(sql, sizeof sql,
            "UPDATE checkpoint SET note = substr(note, 1, %u) || '~' || substr(note, %u) WHERE length(note) >= %u",
            at - 1, at + 1, at);
        row_found(sql);
        (void)snprintf(sql, sizeof sql,
            "UPDATE checkpoint SET note = substr(note, 1, %u) || substr(note, %u) WHERE length(note) >= %u", at - 1,
            at + 1, at);
        row_found(sql);
    }
    for (size_t i = 0; texts[0][i] != 0; i++) {
        texts[0][i] ^= 1;
        assert_true(finds(0));
        texts[0][i] ^= 1;
    }
    for (size_t i = 0; i < SBK_TERMINAL_SIZE; i++) {
        station->terminal[i] ^= 1;
        assert_true(finds(0));
        station->terminal[i] ^= 1;
    }
    assert_false(finds(1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_untouched),
        cmocka_unit_test(test_every_field),
        cmocka_unit_test(test_every_deletion),
        cmocka_unit_test(test_every_insertion),
        cmocka_unit_test(test_every_swap),
        cmocka_unit_test(test_every_rollback),
        cmocka_unit_test(test_what_no_head_covers),
        cmocka_unit_test(test_every_node),
        cmocka_unit_test(test_every_transaction),
        cmocka_unit_test(test_every_card),
        cmocka_unit_test(test_certificates_and_lists),
        cmocka_unit_test(test_every_checkpoint),
    };
    int failed = cmocka_run_group_tests(tests, setup, teardown);
    print_message("# %lu logs verified\n", tried);
    return failed;
}
