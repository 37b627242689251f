/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/bureau.h"
#include "base/file.h"
#include "base/i18n.h"
#include "schema/reason.h"

#include "personalize/bureau-sql.h"

#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID 0x53424B42 /* "SBKB" */

static const char *const states[] = {"pending", "started", "closing", "done"};

sbk_result sbk_bureau_open(struct sbk_database **database, const char *folder, struct sbk_error *error) {
    const struct sbk_database_plan plan = {
        .migrations = sbk_bureau_sql, .migration_count = sbk_bureau_sql_count, .application_id = APPLICATION_ID};
    char *path = sbk_path_join(folder, SBK_BUREAU_FILE);

    if (path == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    const sbk_result result = sbk_database_open(database, path, &plan, SBK_DATABASE_CREATE, error);
    free(path);
    return result;
}

/* ---- taking a batch in ---- */

static sbk_result knows(
    struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE], bool *known, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(database, "SELECT 1 FROM batch WHERE id = ?1", &statement, error);

    if (result == SBK_OK) {
        sbk_statement_bind_blob(statement, 1, batch, SBK_BATCH_ID_SIZE);
        result = sbk_statement_step(statement, known, error);
    }
    sbk_statement_end(&statement);
    return result;
}

static sbk_result add_batch(
    struct sbk_database *database, const struct sbk_batch *batch, uint32_t now, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(
        database, "INSERT INTO batch (id, number, cards, opened) VALUES (?1, ?2, ?3, ?4)", &statement, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_blob(statement, 1, batch->info.id, SBK_BATCH_ID_SIZE);
    sbk_statement_bind_int(statement, 2, batch->info.number);
    sbk_statement_bind_int(statement, 3, batch->info.count);
    sbk_statement_bind_int(statement, 4, now);
    return sbk_statement_run(&statement, error);
}

static sbk_result add_order(struct sbk_database *database, const struct sbk_batch *batch,
    const struct sbk_batch_card *card, uint32_t now, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(database,
        "INSERT INTO work (batch, sequence, alias, state, changed) VALUES (?1, ?2, ?3, 'pending', ?4)", &statement,
        error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_blob(statement, 1, batch->info.id, SBK_BATCH_ID_SIZE);
    sbk_statement_bind_int(statement, 2, card->sequence);
    sbk_statement_bind_blob(statement, 3, card->alias, SBK_ALIAS_SIZE);
    sbk_statement_bind_int(statement, 4, now);
    return sbk_statement_run(&statement, error);
}

sbk_result sbk_bureau_take(struct sbk_database *database, const struct sbk_batch *batch, struct sbk_reader cards,
    uint32_t now, struct sbk_error *error) {
    struct sbk_batch_card card;
    bool known = false;
    sbk_result result = knows(database, batch->info.id, &known, error);

    if (result != SBK_OK || known) {
        return result;
    }
    result = sbk_database_begin(database, error);
    if (result != SBK_OK) {
        return result;
    }
    result = add_batch(database, batch, now, error);
    while (result == SBK_OK && sbk_batch_next(&cards, &card) == SBK_FORMAT_OK) {
        result = add_order(database, batch, &card, now, error);
    }
    if (result != SBK_OK) {
        sbk_database_rollback(database);
        return result;
    }
    return sbk_database_commit(database, error);
}

/* ---- finding an order ---- */

#define WORK_COLUMNS "sequence, alias, state, serial, statement, batch"

static sbk_result read_work(struct sbk_statement *row, struct sbk_work *work, struct sbk_error *error) {
    const char *state = sbk_statement_text(row, 2);
    sbk_result result = SBK_OK;

    memset(work, 0, sizeof(*work));
    work->sequence = (uint32_t)sbk_statement_int(row, 0);
    for (int i = SBK_WORK_PENDING; i <= SBK_WORK_DONE; i++) {
        if (state != NULL && strcmp(state, states[i]) == 0) {
            work->state = (enum sbk_work_state)i;
        }
    }
    result = sbk_statement_copy(row, 1, work->alias, sizeof(work->alias), error);
    if (result == SBK_OK && work->state != SBK_WORK_PENDING) {
        result = sbk_statement_copy(row, 3, work->serial, sizeof(work->serial), error);
    }
    if (result == SBK_OK && work->state == SBK_WORK_DONE) {
        result = sbk_statement_copy(row, 4, work->statement, sizeof(work->statement), error);
    }
    return result;
}

/* One order by two blobs at most; batch may be NULL. Ends the statement. */
static sbk_result find(
    struct sbk_statement *statement, uint8_t *batch, struct sbk_work *work, bool *found, struct sbk_error *error) {
    sbk_result result = sbk_statement_step(statement, found, error);

    if (result == SBK_OK && *found) {
        result = read_work(statement, work, error);
        if (result == SBK_OK && batch != NULL) {
            result = sbk_statement_copy(statement, 5, batch, SBK_BATCH_ID_SIZE, error);
        }
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_bureau_next(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE], struct sbk_work *work,
    bool *found, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(database,
        "SELECT " WORK_COLUMNS
        " FROM work WHERE batch = ?1 AND state IN ('pending', 'started') ORDER BY sequence LIMIT 1",
        &statement, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_blob(statement, 1, batch, SBK_BATCH_ID_SIZE);
    return find(statement, NULL, work, found, error);
}

sbk_result sbk_bureau_of_serial(struct sbk_database *database, const uint8_t serial[SBK_SERIAL_SIZE],
    uint8_t batch[SBK_BATCH_ID_SIZE], struct sbk_work *work, bool *found, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const sbk_result result =
        sbk_statement_begin(database, "SELECT " WORK_COLUMNS " FROM work WHERE serial = ?1", &statement, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_blob(statement, 1, serial, SBK_SERIAL_SIZE);
    return find(statement, batch, work, found, error);
}

sbk_result sbk_bureau_of_alias(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    const uint8_t alias[SBK_ALIAS_SIZE], struct sbk_work *work, bool *found, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(
        database, "SELECT " WORK_COLUMNS " FROM work WHERE batch = ?1 AND alias = ?2", &statement, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_blob(statement, 1, batch, SBK_BATCH_ID_SIZE);
    sbk_statement_bind_blob(statement, 2, alias, SBK_ALIAS_SIZE);
    return find(statement, NULL, work, found, error);
}

/* ---- steps ---- */

static sbk_result set_state(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    const struct sbk_work *work, uint32_t now, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(database,
        "UPDATE work SET state = ?3, serial = ?4, statement = ?5, changed = ?6 WHERE batch = ?1 AND sequence = ?2",
        &statement, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_blob(statement, 1, batch, SBK_BATCH_ID_SIZE);
    sbk_statement_bind_int(statement, 2, work->sequence);
    sbk_statement_bind_text(statement, 3, states[work->state]);
    if (work->state != SBK_WORK_PENDING) {
        sbk_statement_bind_blob(statement, 4, work->serial, SBK_SERIAL_SIZE);
    }
    if (work->state == SBK_WORK_DONE) {
        sbk_statement_bind_blob(statement, 5, work->statement, SBK_STATEMENT_SIZE);
    }
    sbk_statement_bind_int(statement, 6, now);
    return sbk_statement_run(&statement, error);
}

static sbk_result note_spoiled(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    const struct sbk_work *work, const char *reason, uint32_t now, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(database,
        "INSERT OR REPLACE INTO spoiled (serial, batch, sequence, reason, failed) VALUES (?1, ?2, ?3, ?4, ?5)",
        &statement, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_blob(statement, 1, work->serial, SBK_SERIAL_SIZE);
    sbk_statement_bind_blob(statement, 2, batch, SBK_BATCH_ID_SIZE);
    sbk_statement_bind_int(statement, 3, work->sequence);
    sbk_statement_bind_text(statement, 4, reason);
    sbk_statement_bind_int(statement, 5, now);
    return sbk_statement_run(&statement, error);
}

static sbk_result forget_spoiled(
    struct sbk_database *database, const uint8_t serial[SBK_SERIAL_SIZE], struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(database, "DELETE FROM spoiled WHERE serial = ?1", &statement, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_blob(statement, 1, serial, SBK_SERIAL_SIZE);
    return sbk_statement_run(&statement, error);
}

/* Ends a transaction that a step began. */
static sbk_result finish(struct sbk_database *database, sbk_result result, struct sbk_error *error) {
    if (result == SBK_OK) {
        return sbk_database_commit(database, error);
    }
    sbk_database_rollback(database);
    return result;
}

sbk_result sbk_bureau_start(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    struct sbk_work *work, const uint8_t serial[SBK_SERIAL_SIZE], uint32_t now, struct sbk_error *error) {
    struct sbk_work started = *work;
    sbk_result result = sbk_database_begin(database, error);

    if (result != SBK_OK) {
        return result;
    }
    if (work->state == SBK_WORK_STARTED && memcmp(work->serial, serial, SBK_SERIAL_SIZE) != 0) {
        result = note_spoiled(database, batch, work, SBK_REASON_INTERRUPTED, now, error);
    }
    started.state = SBK_WORK_STARTED;
    memcpy(started.serial, serial, SBK_SERIAL_SIZE);
    if (result == SBK_OK) {
        result = set_state(database, batch, &started, now, error);
    }
    result = finish(database, result, error);
    if (result == SBK_OK) {
        *work = started;
    }
    return result;
}

sbk_result sbk_bureau_closing(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    struct sbk_work *work, uint32_t now, struct sbk_error *error) {
    work->state = SBK_WORK_CLOSING;
    return set_state(database, batch, work, now, error);
}

sbk_result sbk_bureau_done(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE], struct sbk_work *work,
    const uint8_t statement[SBK_STATEMENT_SIZE], uint32_t now, struct sbk_error *error) {
    sbk_result result = sbk_database_begin(database, error);

    if (result != SBK_OK) {
        return result;
    }
    work->state = SBK_WORK_DONE;
    memcpy(work->statement, statement, SBK_STATEMENT_SIZE);
    result = set_state(database, batch, work, now, error);
    if (result == SBK_OK) {
        result = forget_spoiled(database, work->serial, error);
    }
    return finish(database, result, error);
}

sbk_result sbk_bureau_spoil(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    struct sbk_work *work, const char *reason, uint32_t now, struct sbk_error *error) {
    sbk_result result = sbk_database_begin(database, error);

    if (result != SBK_OK) {
        return result;
    }
    result = note_spoiled(database, batch, work, reason, now, error);
    work->state = SBK_WORK_PENDING;
    if (result == SBK_OK) {
        result = set_state(database, batch, work, now, error);
    }
    return finish(database, result, error);
}

/* ---- what a report needs ---- */

sbk_result sbk_bureau_count(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    struct sbk_bureau_count *count, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result = sbk_statement_begin(database,
        "SELECT count(*) FILTER (WHERE state IN ('pending', 'started')), count(*) FILTER (WHERE state = 'closing'), "
        "count(*) FILTER (WHERE state = 'done'), (SELECT count(*) FROM spoiled WHERE batch = ?1) "
        "FROM work WHERE batch = ?1",
        &statement, error);

    if (result == SBK_OK) {
        sbk_statement_bind_blob(statement, 1, batch, SBK_BATCH_ID_SIZE);
        result = sbk_statement_step(statement, &row, error);
    }
    if (result == SBK_OK) {
        count->pending = (uint32_t)sbk_statement_int(statement, 0);
        count->closing = (uint32_t)sbk_statement_int(statement, 1);
        count->done = (uint32_t)sbk_statement_int(statement, 2);
        count->spoiled = (uint32_t)sbk_statement_int(statement, 3);
    }
    sbk_statement_end(&statement);
    return result;
}

static sbk_result give_entry(
    struct sbk_statement *row, sbk_bureau_entry *entry, void *context, struct sbk_error *error) {
    struct sbk_report_card card = {.sequence = (uint32_t)sbk_statement_int(row, 0), .has_serial = true};
    const char *reason = sbk_statement_text(row, 4);
    sbk_result result = sbk_statement_copy(row, 1, card.alias, sizeof(card.alias), error);

    if (result == SBK_OK) {
        result = sbk_statement_copy(row, 2, card.serial, sizeof(card.serial), error);
    }
    if (result != SBK_OK) {
        return result;
    }
    card.outcome = reason == NULL ? SBK_OUTCOME_MADE : SBK_OUTCOME_SPOILED;
    card.statement.data = sbk_statement_blob(row, 3, &card.statement.size);
    if (reason != NULL) {
        card.reason = (struct sbk_bytes){(const uint8_t *)reason, strlen(reason)};
    }
    return entry(context, &card, error);
}

sbk_result sbk_bureau_entries(struct sbk_database *database, const uint8_t batch[SBK_BATCH_ID_SIZE],
    sbk_bureau_entry *entry, void *context, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = true;
    sbk_result result = sbk_statement_begin(database,
        "SELECT w.sequence, w.alias, s.serial, NULL, s.reason, 0 AS made FROM spoiled s JOIN work w "
        "ON w.batch = s.batch AND w.sequence = s.sequence WHERE s.batch = ?1 "
        "UNION ALL SELECT sequence, alias, serial, statement, NULL, 1 FROM work WHERE batch = ?1 AND state = 'done' "
        "ORDER BY 1, 6, 3",
        &statement, error);

    if (result == SBK_OK) {
        sbk_statement_bind_blob(statement, 1, batch, SBK_BATCH_ID_SIZE);
    }
    while (result == SBK_OK && row) {
        result = sbk_statement_step(statement, &row, error);
        if (result == SBK_OK && row) {
            result = give_entry(statement, entry, context, error);
        }
    }
    sbk_statement_end(&statement);
    return result;
}
