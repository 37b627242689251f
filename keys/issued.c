/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/issued.h"

#include "base/file.h"
#include "base/i18n.h"
#include "keys-sql.h"
#include "schema/numbers.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID 0x53424B01 /* "SBK", 1 */

sbk_result issued_open(
    const struct sbk_store *store, bool create, struct sbk_database **database, struct sbk_error *error) {
    const struct sbk_database_plan plan = {
        .migrations = sbk_keys_sql, .migration_count = sbk_keys_sql_count, .application_id = APPLICATION_ID};
    char *path = sbk_path_join(sbk_store_path(store), "keys.db");
    if (path == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    const sbk_result result =
        sbk_database_open(database, path, &plan, create ? SBK_DATABASE_CREATE : SBK_DATABASE_READ_ONLY, error);
    free(path);
    return result;
}

bool issued_exists(const struct sbk_store *store) {
    char *path = sbk_path_join(sbk_store_path(store), "keys.db");
    const bool there = path != NULL && sbk_file_exists(path);
    free(path);
    return there;
}

sbk_result issued_other_keys(struct sbk_error *error, const char *name) {
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_EXISTS,
        _("%s is known here with other keys: a new installation is enrolled under a new name"), name);
}

sbk_result issued_finish(struct sbk_database *database, sbk_result result, struct sbk_error *error) {
    if (result == SBK_OK) {
        return sbk_database_commit(database, error);
    }
    sbk_database_rollback(database);
    return result;
}

static sbk_result read_registrar(
    struct sbk_statement *statement, struct sbk_registrar *registrar, struct sbk_error *error) {
    const char *id = sbk_statement_text(statement, 0);
    const char *kelurahan = sbk_statement_text(statement, 1);
    const uint8_t *x509 = sbk_statement_blob(statement, 2, &registrar->x509_size);
    if (id == NULL || kelurahan == NULL || x509 == NULL || registrar->x509_size > sizeof registrar->x509 ||
        sbk_id_write(id, registrar->terminal, SBK_TERMINAL_SIZE) != SBK_FORMAT_OK ||
        sbk_kelurahan_write(kelurahan, registrar->kelurahan) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_DATABASE, "%s",
            _("what is written down of a station is not valid; restore keys.db from a copy"));
    }
    memcpy(registrar->x509, x509, registrar->x509_size);
    return SBK_OK;
}

sbk_result issued_registrars(struct sbk_database *database, uint16_t day, struct sbk_registrar **registrars,
    size_t *count, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = true;
    sbk_result result = sbk_statement_begin(database,
        "SELECT terminal, kelurahan, x509 FROM issued_terminal AS i WHERE role = ?1 AND expiry >= ?2 AND x509 IS NOT "
        "NULL"
        " AND NOT EXISTS (SELECT 1 FROM issued_terminal AS j WHERE j.terminal = i.terminal AND j.number > i.number)",
        &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, SBK_ROLE_REGISTRAR);
    sbk_statement_bind_int(statement, 2, day);
    while (result == SBK_OK) {
        result = sbk_statement_step(statement, &row, error);
        if (result != SBK_OK || !row) {
            break;
        }
        struct sbk_registrar *more = realloc(*registrars, (*count + 1) * sizeof *more);
        if (more == NULL) {
            result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
            break;
        }
        *registrars = more;
        memset(&more[*count], 0, sizeof *more);
        result = read_registrar(statement, &more[(*count)++], error);
    }
    sbk_statement_end(&statement);
    return result;
}

static sbk_result find_office(
    struct sbk_database *database, const struct issued_office *record, bool *known, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result =
        sbk_statement_begin(database, "SELECT x509_key = ?2 FROM office WHERE name = ?1", &statement, error);
    if (result == SBK_OK) {
        sbk_statement_bind_text(statement, 1, record->name);
        sbk_statement_bind_blob(statement, 2, record->x509_key, SBK_POINT_SIZE);
        result = sbk_statement_step(statement, &row, error);
    }
    if (result == SBK_OK && row && sbk_statement_int(statement, 0) != 1) {
        result = issued_other_keys(error, record->name);
    }
    sbk_statement_end(&statement);
    *known = row;
    return result;
}

static sbk_result insert_office(
    struct sbk_database *database, const struct issued_office *record, bool known, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = SBK_OK;
    if (!known) {
        result =
            sbk_statement_begin(database, "INSERT INTO office (name, x509_key) VALUES (?1, ?2)", &statement, error);
        if (result == SBK_OK) {
            sbk_statement_bind_text(statement, 1, record->name);
            sbk_statement_bind_blob(statement, 2, record->x509_key, SBK_POINT_SIZE);
            result = sbk_statement_run(&statement, error);
        }
    }
    if (result == SBK_OK) {
        result = sbk_statement_begin(database,
            "INSERT INTO issued_office (office, effective, expiry, x509_serial, issued) VALUES (?1, ?2, ?3, ?4, ?5)",
            &statement, error);
    }
    if (result == SBK_OK) {
        sbk_statement_bind_text(statement, 1, record->name);
        sbk_statement_bind_int(statement, 2, record->effective);
        sbk_statement_bind_int(statement, 3, record->expiry);
        sbk_statement_bind_blob(statement, 4, record->x509_serial.data, record->x509_serial.size);
        sbk_statement_bind_int(statement, 5, record->issued);
        result = sbk_statement_run(&statement, error);
    }
    return result;
}

sbk_result issued_add_office(
    struct sbk_database *database, const struct issued_office *record, bool *renewal, struct sbk_error *error) {
    sbk_result result = sbk_database_begin(database, error);
    if (result != SBK_OK) {
        return result;
    }
    result = find_office(database, record, renewal, error);
    if (result == SBK_OK) {
        result = insert_office(database, record, *renewal, error);
    }
    return issued_finish(database, result, error);
}

/* Whether a list of this number is known; SBK_REFUSED if with another content. */
static sbk_result find_list(struct sbk_database *database, uint32_t number, const uint8_t record_hash[SBK_HASH_SIZE],
    bool *known, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result =
        sbk_statement_begin(database, "SELECT record_hash = ?2 FROM signed_list WHERE number = ?1", &statement, error);
    if (result == SBK_OK) {
        sbk_statement_bind_int(statement, 1, number);
        sbk_statement_bind_blob(statement, 2, record_hash, SBK_HASH_SIZE);
        result = sbk_statement_step(statement, known, error);
    }
    if (result == SBK_OK && *known && sbk_statement_int(statement, 0) != 1) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_EXISTS,
            _("list %u was signed with other items before: give the changed list a new number"), number);
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result issued_add_list(struct sbk_database *database, uint32_t number, uint16_t issued, size_t items,
    const uint8_t record_hash[SBK_HASH_SIZE], struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool known = false;
    sbk_result result = sbk_database_begin(database, error);
    if (result != SBK_OK) {
        return result;
    }
    result = find_list(database, number, record_hash, &known, error);
    if (result == SBK_OK && !known) {
        result = sbk_statement_begin(database,
            "INSERT INTO signed_list (number, issued, items, record_hash) VALUES (?1, ?2, ?3, ?4)", &statement, error);
        if (result == SBK_OK) {
            sbk_statement_bind_int(statement, 1, number);
            sbk_statement_bind_int(statement, 2, issued);
            sbk_statement_bind_int(statement, 3, (int64_t)items);
            sbk_statement_bind_blob(statement, 4, record_hash, SBK_HASH_SIZE);
            result = sbk_statement_run(&statement, error);
        }
    }
    return issued_finish(database, result, error);
}

sbk_result issued_count(
    struct sbk_database *database, uint16_t day, struct issued_counts *counts, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result = sbk_statement_begin(database,
        "SELECT (SELECT count(*) FROM terminal),"
        " (SELECT count(*) FROM issued_terminal AS i WHERE ?1 BETWEEN effective AND expiry AND NOT EXISTS"
        "  (SELECT 1 FROM issued_terminal AS j WHERE j.terminal = i.terminal AND j.number > i.number)),"
        " (SELECT count(*) FROM office), (SELECT coalesce(max(number), 0) FROM signed_list)",
        &statement, error);
    if (result == SBK_OK) {
        sbk_statement_bind_int(statement, 1, day);
        result = sbk_statement_step(statement, &row, error);
    }
    if (result == SBK_OK && row) {
        counts->terminals = sbk_statement_int(statement, 0);
        counts->terminals_valid = sbk_statement_int(statement, 1);
        counts->offices = sbk_statement_int(statement, 2);
        counts->newest_list = sbk_statement_int(statement, 3);
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result issued_each_ending(
    struct sbk_database *database, uint16_t before, issued_terminal_ends each, void *context, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = true;
    sbk_result result = sbk_statement_begin(database,
        "SELECT terminal, expiry FROM issued_terminal AS i WHERE expiry < ?1 AND NOT EXISTS"
        " (SELECT 1 FROM issued_terminal AS j WHERE j.terminal = i.terminal AND j.number > i.number)"
        " ORDER BY expiry, terminal",
        &statement, error);
    if (result == SBK_OK) {
        sbk_statement_bind_int(statement, 1, before);
    }
    while (result == SBK_OK && row) {
        result = sbk_statement_step(statement, &row, error);
        if (result == SBK_OK && row) {
            result = each(context, sbk_statement_text(statement, 0), (uint16_t)sbk_statement_int(statement, 1), error);
        }
    }
    sbk_statement_end(&statement);
    return result;
}
