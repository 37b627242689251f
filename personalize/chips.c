/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/chips.h"

sbk_result sbk_chips_order(struct sbk_database *ledger, uint32_t batch, const uint8_t alias[SBK_ALIAS_SIZE],
    struct sbk_ordered *ordered, bool *found, struct sbk_error *error) {
    struct sbk_statement *row = NULL;
    sbk_result result = sbk_statement_begin(ledger,
        "SELECT id, sequence, valid_until, records_hash, statement FROM card LEFT JOIN chip ON chip.card = card.id "
        "WHERE batch = ?1 AND alias = ?2",
        &row, error);

    if (result == SBK_OK) {
        sbk_statement_bind_int(row, 1, batch);
        sbk_statement_bind_blob(row, 2, alias, SBK_ALIAS_SIZE);
        result = sbk_statement_step(row, found, error);
    }
    if (result == SBK_OK && *found) {
        ordered->card = sbk_statement_int(row, 0);
        ordered->sequence = (uint32_t)sbk_statement_int(row, 1);
        ordered->valid_until = (uint16_t)sbk_statement_int(row, 2);
        ordered->has_chip = !sbk_statement_is_null(row, 4);
        result = sbk_statement_copy(row, 3, ordered->records_hash, SBK_HASH_SIZE, error);
        if (result == SBK_OK && ordered->has_chip) {
            result = sbk_statement_copy(row, 4, ordered->statement, SBK_STATEMENT_SIZE, error);
        }
    }
    sbk_statement_end(&row);
    return result;
}

/* Whether a statement with its blobs bound has a row; ends it. */
static sbk_result any(struct sbk_statement *row, bool *there, struct sbk_error *error) {
    const sbk_result result = sbk_statement_step(row, there, error);

    sbk_statement_end(&row);
    return result;
}

sbk_result sbk_chips_has_serial(
    struct sbk_database *ledger, const uint8_t serial[SBK_SERIAL_SIZE], bool *known, struct sbk_error *error) {
    struct sbk_statement *row = NULL;
    const sbk_result result = sbk_statement_begin(ledger, "SELECT 1 FROM chip WHERE serial = ?1", &row, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_blob(row, 1, serial, SBK_SERIAL_SIZE);
    return any(row, known, error);
}

sbk_result sbk_chips_has_key(struct sbk_database *ledger, const uint8_t agreement[SBK_COMPRESSED_SIZE],
    const uint8_t signing[SBK_COMPRESSED_SIZE], bool *known, struct sbk_error *error) {
    struct sbk_statement *row = NULL;
    const sbk_result result = sbk_statement_begin(ledger,
        "SELECT 1 FROM chip WHERE agreement_key IN (?1, ?2) UNION ALL SELECT 1 FROM chip WHERE signing_key IN (?1, ?2)",
        &row, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_blob(row, 1, agreement, SBK_COMPRESSED_SIZE);
    sbk_statement_bind_blob(row, 2, signing, SBK_COMPRESSED_SIZE);
    return any(row, known, error);
}

static sbk_result find_report(struct sbk_database *ledger, const uint8_t hash[SBK_HASH_SIZE], int64_t *report,
    bool *found, struct sbk_error *error) {
    struct sbk_statement *row = NULL;
    sbk_result result = sbk_statement_begin(ledger, "SELECT id FROM report WHERE hash = ?1", &row, error);

    if (result == SBK_OK) {
        sbk_statement_bind_blob(row, 1, hash, SBK_HASH_SIZE);
        result = sbk_statement_step(row, found, error);
    }
    if (result == SBK_OK && *found) {
        *report = sbk_statement_int(row, 0);
    }
    sbk_statement_end(&row);
    return result;
}

sbk_result sbk_chips_add_report(struct sbk_database *ledger, const uint8_t hash[SBK_HASH_SIZE], uint32_t batch,
    const char *bureau, uint32_t made, uint32_t now, int64_t *report, struct sbk_error *error) {
    struct sbk_statement *row = NULL;
    bool found = false;
    sbk_result result = find_report(ledger, hash, report, &found, error);

    if (result != SBK_OK || found) {
        return result;
    }
    result = sbk_statement_begin(
        ledger, "INSERT INTO report (hash, batch, bureau, made, taken) VALUES (?1, ?2, ?3, ?4, ?5)", &row, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_blob(row, 1, hash, SBK_HASH_SIZE);
    sbk_statement_bind_int(row, 2, batch);
    sbk_statement_bind_text(row, 3, bureau);
    sbk_statement_bind_int(row, 4, made);
    sbk_statement_bind_int(row, 5, now);
    result = sbk_statement_run(&row, error);
    *report = sbk_database_last_row(ledger);
    return result;
}

sbk_result sbk_chips_add(struct sbk_database *ledger, const struct sbk_chip_made *chip, struct sbk_error *error) {
    struct sbk_statement *row = NULL;
    const sbk_result result = sbk_statement_begin(ledger,
        "INSERT INTO chip (card, report, serial, agreement_key, signing_key, statement, certificate) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &row, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(row, 1, chip->card);
    sbk_statement_bind_int(row, 2, chip->report);
    sbk_statement_bind_blob(row, 3, chip->serial, SBK_SERIAL_SIZE);
    sbk_statement_bind_blob(row, 4, chip->agreement, SBK_COMPRESSED_SIZE);
    sbk_statement_bind_blob(row, 5, chip->signing, SBK_COMPRESSED_SIZE);
    sbk_statement_bind_blob(row, 6, chip->statement.data, chip->statement.size);
    sbk_statement_bind_blob(row, 7, chip->certificate.data, chip->certificate.size);
    return sbk_statement_run(&row, error);
}

sbk_result sbk_chips_add_spoiled(struct sbk_database *ledger, uint32_t batch, int64_t report,
    const struct sbk_report_card *entry, struct sbk_error *error) {
    struct sbk_statement *row = NULL;
    char reason[SBK_REASON_WORD_MAX + 1] = {0};
    const sbk_result result = sbk_statement_begin(ledger,
        "INSERT INTO spoiled (batch, sequence, serial, reason, report) VALUES (?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT DO UPDATE SET report = excluded.report",
        &row, error);

    if (result != SBK_OK) {
        return result;
    }
    for (size_t i = 0; i < entry->reason.size && i < SBK_REASON_WORD_MAX; i++) {
        reason[i] = (char)entry->reason.data[i];
    }
    sbk_statement_bind_int(row, 1, batch);
    sbk_statement_bind_int(row, 2, entry->sequence);
    if (entry->has_serial) {
        sbk_statement_bind_blob(row, 3, entry->serial, SBK_SERIAL_SIZE);
    }
    sbk_statement_bind_text(row, 4, reason);
    sbk_statement_bind_int(row, 5, report);
    return sbk_statement_run(&row, error);
}

sbk_result sbk_chips_is_spoiled(struct sbk_database *ledger, int64_t report, const uint8_t serial[SBK_SERIAL_SIZE],
    bool *spoiled, struct sbk_error *error) {
    struct sbk_statement *row = NULL;
    const sbk_result result =
        sbk_statement_begin(ledger, "SELECT 1 FROM spoiled WHERE report = ?1 AND serial = ?2", &row, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(row, 1, report);
    sbk_statement_bind_blob(row, 2, serial, SBK_SERIAL_SIZE);
    return any(row, spoiled, error);
}

sbk_result sbk_chips_each(
    struct sbk_database *ledger, uint32_t batch, sbk_chips_row *row, void *context, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool more = true;
    sbk_result result = sbk_statement_begin(ledger,
        "SELECT sequence, certificate FROM card LEFT JOIN chip ON chip.card = card.id WHERE batch = ?1 "
        "ORDER BY sequence",
        &statement, error);

    if (result == SBK_OK) {
        sbk_statement_bind_int(statement, 1, batch);
    }
    while (result == SBK_OK && more) {
        struct sbk_bytes certificate = {NULL, 0};
        result = sbk_statement_step(statement, &more, error);
        if (result == SBK_OK && more) {
            certificate.data = sbk_statement_blob(statement, 1, &certificate.size);
            result = row(context, (uint32_t)sbk_statement_int(statement, 0), &certificate, error);
        }
    }
    sbk_statement_end(&statement);
    return result;
}
