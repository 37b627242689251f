/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/hotlists.h"
#include "schema/reason.h"

/* The only number of the only row; false if there is no row. */
static sbk_result one_number(struct sbk_statement **statement, bool *row, int64_t *number, struct sbk_error *error) {
    const sbk_result result = sbk_statement_step(*statement, row, error);
    if (result == SBK_OK && *row) {
        *number = sbk_statement_int(*statement, 0);
    }
    sbk_statement_end(statement);
    return result;
}

/* ---- stations ---- */

static sbk_result look_station(
    struct sbk_database *keys, const char *terminal, bool *known, bool *revoked, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    int64_t count = 0;
    sbk_result result = sbk_statement_begin(keys,
        "SELECT (SELECT count(*) FROM revocation WHERE terminal = id AND restored IS NULL) FROM terminal WHERE id = ?1",
        &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_text(statement, 1, terminal);
    result = one_number(&statement, known, &count, error);
    *revoked = count > 0;
    return result;
}

sbk_result hotlists_check_station(struct sbk_database *keys, const char *terminal, struct sbk_error *error) {
    bool known = false;
    bool revoked = false;
    const sbk_result result = look_station(keys, terminal, &known, &revoked, error);
    if (result == SBK_OK && revoked) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_REVOKED,
            _("station %s is revoked; 'station revoke --restore' takes that back"), terminal);
    }
    return result;
}

static sbk_result write_station(
    struct sbk_database *keys, const char *terminal, bool restore, uint32_t now, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(keys,
        restore ? "UPDATE revocation SET restored = ?2 WHERE terminal = ?1 AND restored IS NULL"
                : "INSERT INTO revocation (terminal, revoked) VALUES (?1, ?2)",
        &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_text(statement, 1, terminal);
    sbk_statement_bind_int(statement, 2, now);
    return sbk_statement_run(&statement, error);
}

sbk_result hotlists_revoke(
    struct sbk_database *keys, const char *terminal, bool restore, uint32_t now, struct sbk_error *error) {
    bool known = false;
    bool revoked = false;
    const sbk_result result = look_station(keys, terminal, &known, &revoked, error);
    if (result != SBK_OK) {
        return result;
    }
    if (!known) {
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_NOT_FOUND, _("this city certified no station '%.40s'"), terminal);
    }
    if (revoked && !restore) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_EXISTS, _("station %s is revoked already"), terminal);
    }
    if (!revoked && restore) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND, _("station %s is not revoked"), terminal);
    }
    return write_station(keys, terminal, restore, now, error);
}

/* ---- CAs and signers ---- */

static sbk_result look_issuer(
    struct sbk_database *keys, uint8_t role, uint8_t generation, bool *distrusted, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    int64_t ignored = 0;
    const sbk_result result = sbk_statement_begin(
        keys, "SELECT 1 FROM distrust WHERE role = ?1 AND generation = ?2 AND withdrawn IS NULL", &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, role);
    sbk_statement_bind_int(statement, 2, generation);
    return one_number(&statement, distrusted, &ignored, error);
}

sbk_result hotlists_distrust(
    struct sbk_database *keys, uint8_t role, uint8_t generation, bool restore, uint32_t now, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const char *word = sbk_key_role_word(role);
    bool distrusted = false;
    sbk_result result = look_issuer(keys, role, generation, &distrusted, error);
    if (result != SBK_OK) {
        return result;
    }
    if (distrusted && !restore) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_EXISTS, _("%s %u is distrusted already"), word, generation);
    }
    if (!distrusted && restore) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND, _("%s %u is not distrusted"), word, generation);
    }
    result = sbk_statement_begin(keys,
        restore ? "UPDATE distrust SET withdrawn = ?3 WHERE role = ?1 AND generation = ?2 AND withdrawn IS NULL"
                : "INSERT INTO distrust (role, generation, said) VALUES (?1, ?2, ?3)",
        &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, role);
    sbk_statement_bind_int(statement, 2, generation);
    sbk_statement_bind_int(statement, 3, now);
    return sbk_statement_run(&statement, error);
}

/* ---- status ---- */

sbk_result hotlists_count(struct sbk_database *keys, struct hotlists_counts *counts, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result = sbk_statement_begin(keys,
        "SELECT (SELECT coalesce(max(number), 0) FROM hotlist),"
        " (SELECT count(*) FROM revocation WHERE restored IS NULL),"
        " (SELECT count(*) FROM distrust WHERE withdrawn IS NULL)",
        &statement, error);
    if (result == SBK_OK) {
        result = sbk_statement_step(statement, &row, error);
    }
    if (result == SBK_OK && row) {
        counts->newest = sbk_statement_int(statement, 0);
        counts->revoked = sbk_statement_int(statement, 1);
        counts->distrusted = sbk_statement_int(statement, 2);
    }
    sbk_statement_end(&statement);
    return result;
}
