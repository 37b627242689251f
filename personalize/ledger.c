/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/ledger.h"
#include "base/i18n.h"
#include "personalize/closing.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether a statement with one text parameter has a row. */
static sbk_result any(
    struct sbk_database *database, const char *sql, const char *text, bool *there, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(database, sql, &statement, error);

    if (result == SBK_OK) {
        sbk_statement_bind_text(statement, 1, text);
        result = sbk_statement_step(statement, there, error);
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_ledger_judge(struct sbk_database *database, const struct sbk_household *household,
    enum sbk_ineligible *verdict, struct sbk_error *error) {
    bool there = false;
    sbk_result result = any(database, "SELECT 1 FROM person WHERE household = ?1", household->household, &there, error);

    *verdict = there ? SBK_INELIGIBLE_HAS_CARD : SBK_ELIGIBLE;
    if (result == SBK_OK && !there) {
        result = any(database, "SELECT 1 FROM person WHERE nik = ?1", household->nik, &there, error);
        *verdict = there ? SBK_INELIGIBLE_NIK_KNOWN : SBK_ELIGIBLE;
    }
    return result;
}

#define BATCH_COLUMNS                                                                                                  \
    "number, cards, made, state = 'prepared', path, id, file_hash, roll_hash, programmes_hash, root_generation, "      \
    "root_hash, next_root_hash"

static sbk_result read_batch(struct sbk_statement *statement, struct sbk_ledger_batch *batch, struct sbk_error *error) {
    const struct {
        int column;
        uint8_t *data;
        size_t size;
    } blobs[] = {
        {5, batch->info.id, sizeof(batch->info.id)},
        {6, batch->file_hash, SBK_HASH_SIZE},
        {7, batch->roll_hash, SBK_HASH_SIZE},
        {8, batch->programmes_hash, SBK_HASH_SIZE},
        {10, batch->root_hash, SBK_HASH_SIZE},
        {11, batch->next_root_hash, SBK_HASH_SIZE},
    };
    sbk_result result = SBK_OK;

    batch->info.number = (uint32_t)sbk_statement_int(statement, 0);
    batch->info.count = (uint32_t)sbk_statement_int(statement, 1);
    batch->made = (uint32_t)sbk_statement_int(statement, 2);
    batch->prepared = sbk_statement_int(statement, 3) != 0;
    (void)snprintf(batch->path, sizeof(batch->path), "%s", sbk_statement_text(statement, 4));
    batch->root_generation = (uint8_t)sbk_statement_int(statement, 9);
    for (size_t i = 0; result == SBK_OK && i < sizeof(blobs) / sizeof(blobs[0]); i++) {
        result = sbk_statement_copy(statement, blobs[i].column, blobs[i].data, blobs[i].size, error);
    }
    return result;
}

sbk_result sbk_ledger_pending(
    struct sbk_database *database, struct sbk_ledger_batch *batch, bool *found, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(
        database, "SELECT " BATCH_COLUMNS " FROM batch WHERE state = 'preparing'", &statement, error);

    *found = false;
    if (result == SBK_OK) {
        result = sbk_statement_step(statement, found, error);
    }
    if (result == SBK_OK && *found) {
        result = read_batch(statement, batch, error);
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_ledger_find(struct sbk_database *database, const uint8_t id[SBK_BATCH_ID_SIZE],
    struct sbk_ledger_batch *batch, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool found = false;
    sbk_result result = sbk_statement_begin(
        database, "SELECT " BATCH_COLUMNS " FROM batch WHERE id = ?1 AND state = 'prepared'", &statement, error);

    if (result == SBK_OK) {
        sbk_statement_bind_blob(statement, 1, id, SBK_BATCH_ID_SIZE);
        result = sbk_statement_step(statement, &found, error);
    }
    if (result == SBK_OK && !found) {
        result = sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_RECONCILE, _("the report is about a batch that this city did not prepare"));
    } else if (result == SBK_OK) {
        result = read_batch(statement, batch, error);
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_ledger_settle(struct sbk_database *database, uint32_t number, bool prepared, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const char *sql = prepared ? "UPDATE batch SET state = 'prepared' WHERE number = ?1"
                               : "DELETE FROM batch WHERE number = ?1 AND state = 'preparing'";
    sbk_result result = sbk_statement_begin(database, sql, &statement, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, number);
    return sbk_statement_run(&statement, error);
}

sbk_result sbk_ledger_next_number(struct sbk_database *database, uint32_t *number, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result =
        sbk_statement_begin(database, "SELECT coalesce(max(number), 0) + 1 FROM batch", &statement, error);

    if (result == SBK_OK) {
        result = sbk_statement_step(statement, &row, error);
    }
    if (result == SBK_OK) {
        *number = (uint32_t)sbk_statement_int(statement, 0);
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_ledger_taken(struct sbk_database *database, const uint8_t alias[SBK_ALIAS_SIZE], const uint8_t number[6],
    bool *taken, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(database,
        "SELECT 1 FROM card WHERE alias = ?1 UNION ALL SELECT 1 FROM card WHERE number = ?2", &statement, error);

    if (result == SBK_OK) {
        sbk_statement_bind_blob(statement, 1, alias, SBK_ALIAS_SIZE);
        sbk_statement_bind_blob(statement, 2, number, 6);
        result = sbk_statement_step(statement, taken, error);
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_ledger_add_batch(struct sbk_database *database, const struct sbk_ledger_batch *batch,
    const struct sbk_bytes *recipient, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(database,
        "INSERT INTO batch (number, id, state, made, cards, path, file_hash, roll_hash, programmes_hash, recipient, "
        "root_generation, root_hash, next_root_hash) VALUES (?1, ?2, 'preparing', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
        "?11, ?12)",
        &statement, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, batch->info.number);
    sbk_statement_bind_blob(statement, 2, batch->info.id, SBK_BATCH_ID_SIZE);
    sbk_statement_bind_int(statement, 3, batch->made);
    sbk_statement_bind_int(statement, 4, batch->info.count);
    sbk_statement_bind_text(statement, 5, batch->path);
    sbk_statement_bind_blob(statement, 6, batch->file_hash, SBK_HASH_SIZE);
    sbk_statement_bind_blob(statement, 7, batch->roll_hash, SBK_HASH_SIZE);
    sbk_statement_bind_blob(statement, 8, batch->programmes_hash, SBK_HASH_SIZE);
    sbk_statement_bind_blob(statement, 9, recipient->data, recipient->size);
    sbk_statement_bind_int(statement, 10, batch->root_generation);
    sbk_statement_bind_blob(statement, 11, batch->root_hash, SBK_HASH_SIZE);
    sbk_statement_bind_blob(statement, 12, batch->next_root_hash, SBK_HASH_SIZE);
    return sbk_statement_run(&statement, error);
}

static sbk_result add_order(struct sbk_database *database, uint32_t batch, const struct sbk_ledger_card *card,
    int64_t *row, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    uint8_t hash[SBK_HASH_SIZE];
    sbk_result result = sbk_records_hash(&card->identity, &card->mandate, hash, error);

    if (result == SBK_OK) {
        result = sbk_statement_begin(database,
            "INSERT INTO card (batch, sequence, alias, number, records_hash, valid_until) VALUES (?1, ?2, ?3, ?4, ?5, "
            "?6)",
            &statement, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, batch);
    sbk_statement_bind_int(statement, 2, card->sequence);
    sbk_statement_bind_blob(statement, 3, card->alias, SBK_ALIAS_SIZE);
    sbk_statement_bind_blob(statement, 4, card->number, sizeof(card->number));
    sbk_statement_bind_blob(statement, 5, hash, sizeof(hash));
    sbk_statement_bind_int(statement, 6, card->valid_until);
    result = sbk_statement_run(&statement, error);
    *row = sbk_database_last_row(database);
    return result;
}

static sbk_result add_person(
    struct sbk_database *database, int64_t row, const struct sbk_ledger_card *card, struct sbk_error *error) {
    const struct sbk_household *household = card->household;
    const char sex[2] = {household->sex, '\0'};
    char born[24];
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(database,
        "INSERT INTO person (card, household, nik, name, alternate, sex, born, kelurahan, size, identity) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &statement, error);

    if (result != SBK_OK) {
        return result;
    }
    (void)snprintf(
        born, sizeof(born), "%04u-%02u-%02u", household->birth.year, household->birth.month, household->birth.day);
    sbk_statement_bind_int(statement, 1, row);
    sbk_statement_bind_text(statement, 2, household->household);
    sbk_statement_bind_text(statement, 3, household->nik);
    sbk_statement_bind_text(statement, 4, household->name);
    sbk_statement_bind_text(statement, 5, household->alternate[0] != '\0' ? household->alternate : NULL);
    sbk_statement_bind_text(statement, 6, household->sex != '\0' ? sex : NULL);
    sbk_statement_bind_text(statement, 7, household->has_birth ? born : NULL);
    sbk_statement_bind_blob(statement, 8, household->kelurahan, SBK_KELURAHAN_SIZE);
    sbk_statement_bind_int(statement, 9, household->size);
    sbk_statement_bind_blob(statement, 10, card->identity.data, card->identity.size);
    return sbk_statement_run(&statement, error);
}

sbk_result sbk_ledger_add_card(
    struct sbk_database *database, uint32_t batch, const struct sbk_ledger_card *card, struct sbk_error *error) {
    int64_t row = 0;
    sbk_result result = add_order(database, batch, card, &row, error);

    if (result == SBK_OK) {
        result = sbk_cards_add_mandate(database, row, card->mandate_number, &card->mandate, error);
    }
    return result == SBK_OK ? add_person(database, row, card, error) : result;
}
