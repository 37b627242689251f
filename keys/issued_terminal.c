/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/issued.h"

#include "base/i18n.h"
#include "keys/note.h"
#include "keys/requests.h"
#include "schema/numbers.h"
#include "schema/reason.h"

#include <string.h>

/* Terminals and their keys in the office's books. */

/* The keys that a terminal has by the books. */
struct present {
    bool known;
    uint8_t agreement_key[SBK_POINT_SIZE];
    char log_key[SBK_NOTE_VERIFIER_ROOM];
    uint8_t x509_key[SBK_POINT_SIZE];
};

static sbk_result find_terminal(
    struct sbk_database *database, const char *id, struct present *present, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(
        database, "SELECT agreement_key, x509_key, log_key FROM terminal WHERE id = ?1", &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_text(statement, 1, id);
    result = sbk_statement_step(statement, &present->known, error);
    if (result == SBK_OK && present->known) {
        result = sbk_statement_copy(statement, 0, present->agreement_key, SBK_POINT_SIZE, error);
        if (result == SBK_OK) {
            result = sbk_statement_copy(statement, 1, present->x509_key, SBK_POINT_SIZE, error);
        }
        const char *log_key = sbk_statement_text(statement, 2);
        const size_t size = log_key != NULL ? strlen(log_key) : 0;
        if (result == SBK_OK && (size == 0 || size >= sizeof present->log_key)) {
            result =
                sbk_fail(error, SBK_TAMPERED, SBK_REASON_DATABASE, _("keys.db: the log key of %s is not valid"), id);
        } else if (result == SBK_OK) {
            memcpy(present->log_key, log_key, size + 1);
        }
    }
    sbk_statement_end(&statement);
    return result;
}

/* How many of the three keys asked for are the present ones. */
static int same_keys(const struct present *present, const struct issued_terminal *record) {
    const struct sbk_bytes *log_key = &record->request->log_key;
    return (memcmp(present->agreement_key, record->request->agreement_key, SBK_POINT_SIZE) == 0) +
           (memcmp(present->x509_key, record->x509_key, SBK_POINT_SIZE) == 0) +
           (log_key->size == strlen(present->log_key) && memcmp(log_key->data, present->log_key, log_key->size) == 0);
}

/* Other keys of a known terminal: only all three together, with the present ones' word for it, and when the officer says
 * so. */
static sbk_result judge_others(
    const struct present *present, const struct issued_terminal *record, const char *id, struct sbk_error *error) {
    if (record->request->former_log_key.size == 0 || same_keys(present, record) != 0) {
        return issued_other_keys(error, id);
    }
    if (!record->rekey) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_EXISTS,
            _("%s asks for other keys than it has: ask the store whether it means to, then give --rekey"), id);
    }
    return sbk_station_request_continues(record->request, present->x509_key, present->log_key, error);
}

static sbk_result judge(const struct present *present, const struct issued_terminal *record, const char *id,
    enum issued_how *how, struct sbk_error *error) {
    if (present->known && same_keys(present, record) == 3) {
        *how = ISSUED_AGAIN;
        return SBK_OK;
    }
    if (present->known) {
        *how = ISSUED_OTHER_KEYS;
        return judge_others(present, record, id, error);
    }
    *how = ISSUED_FIRST;
    if (record->rekey || record->request->former_log_key.size > 0) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND,
            _("%s is not known here, so nothing shows that it may change its keys"), id);
    }
    return SBK_OK;
}

static void bind_keys(struct sbk_statement *statement, const char *id, const struct issued_terminal *record) {
    sbk_statement_bind_text(statement, 1, id);
    sbk_statement_bind_blob(statement, 2, record->request->agreement_key, SBK_POINT_SIZE);
    sbk_statement_bind_blob(statement, 3, record->request->log_key.data, record->request->log_key.size);
    sbk_statement_bind_blob(statement, 4, record->x509_key, SBK_POINT_SIZE);
}

static sbk_result insert_terminal(
    struct sbk_database *database, const char *id, const struct issued_terminal *record, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(database,
        "INSERT INTO terminal (id, agreement_key, log_key, x509_key) VALUES (?1, ?2, CAST(?3 AS TEXT), ?4)", &statement,
        error);
    if (result != SBK_OK) {
        return result;
    }
    bind_keys(statement, id, record);
    return sbk_statement_run(&statement, error);
}

static sbk_result insert_issued(
    struct sbk_database *database, const char *id, const struct issued_terminal *record, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    char outlet[SBK_OUTLET_SIZE + 1];
    char kelurahan[14];
    const struct sbk_certificate *leaf = record->leaf;
    const sbk_result result = sbk_statement_begin(database,
        "INSERT INTO issued_terminal (terminal, role, outlet, kelurahan, programmes, effective, expiry, ca_generation,"
        " certificate, x509_serial, issued, x509) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_id_text(leaf->rights.outlet, SBK_OUTLET_SIZE, outlet);
    sbk_kelurahan_text(leaf->rights.kelurahan, kelurahan);
    sbk_statement_bind_text(statement, 1, id);
    sbk_statement_bind_int(statement, 2, leaf->role);
    sbk_statement_bind_text(statement, 3, outlet);
    sbk_statement_bind_text(statement, 4, kelurahan);
    sbk_statement_bind_int(statement, 5, leaf->rights.programmes);
    sbk_statement_bind_int(statement, 6, leaf->effective);
    sbk_statement_bind_int(statement, 7, leaf->expiry);
    sbk_statement_bind_int(statement, 8, leaf->issuer_generation);
    sbk_statement_bind_blob(statement, 9, record->leaf_bytes.data, record->leaf_bytes.size);
    sbk_statement_bind_blob(statement, 10, record->x509_serial.data, record->x509_serial.size);
    sbk_statement_bind_int(statement, 11, record->issued);
    sbk_statement_bind_blob(statement, 12, record->x509.data, record->x509.size);
    return sbk_statement_run(&statement, error);
}

static sbk_result replace_keys(
    struct sbk_database *database, const char *id, const struct issued_terminal *record, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(database,
        "INSERT INTO former_terminal_key (terminal, number, agreement_key, log_key, x509_key, until)"
        " SELECT id, 1 + (SELECT count(*) FROM former_terminal_key WHERE terminal = ?1), agreement_key, log_key, "
        "x509_key,"
        " ?2 FROM terminal WHERE id = ?1",
        &statement, error);
    if (result == SBK_OK) {
        sbk_statement_bind_text(statement, 1, id);
        sbk_statement_bind_int(statement, 2, record->issued);
        result = sbk_statement_run(&statement, error);
    }
    if (result == SBK_OK) {
        result = sbk_statement_begin(database,
            "UPDATE terminal SET agreement_key = ?2, log_key = CAST(?3 AS TEXT), x509_key = ?4 WHERE id = ?1",
            &statement, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    bind_keys(statement, id, record);
    return sbk_statement_run(&statement, error);
}

sbk_result issued_add_terminal(struct sbk_database *database, const struct issued_terminal *record,
    enum issued_how *how, struct sbk_error *error) {
    char id[SBK_TERMINAL_SIZE + 1];
    struct present present = {.known = false};
    sbk_id_text(record->request->terminal, SBK_TERMINAL_SIZE, id);
    sbk_result result = sbk_database_begin(database, error);
    if (result != SBK_OK) {
        return result;
    }
    result = find_terminal(database, id, &present, error);
    if (result == SBK_OK) {
        result = judge(&present, record, id, how, error);
    }
    if (result == SBK_OK && *how == ISSUED_FIRST) {
        result = insert_terminal(database, id, record, error);
    }
    if (result == SBK_OK && *how == ISSUED_OTHER_KEYS) {
        result = replace_keys(database, id, record, error);
    }
    if (result == SBK_OK) {
        result = insert_issued(database, id, record, error);
    }
    return issued_finish(database, result, error);
}
