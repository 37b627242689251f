/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/hotlists.h"
#include "schema/reason.h"

/* Days that a new list may take to the stores before they would warn. */
#define HOTLISTS_AHEAD 4

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

sbk_result hotlists_each_distrusted(
    struct sbk_database *keys, hotlists_name each, void *context, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = true;
    sbk_result result = sbk_statement_begin(keys,
        "SELECT role, generation FROM distrust WHERE withdrawn IS NULL ORDER BY role, generation", &statement, error);
    while (result == SBK_OK && row) {
        result = sbk_statement_step(statement, &row, error);
        if (result == SBK_OK && row) {
            result = each(
                context, (uint8_t)sbk_statement_int(statement, 0), (uint8_t)sbk_statement_int(statement, 1), error);
        }
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result hotlists_look_due(
    struct sbk_database *keys, uint16_t today, enum hotlists_due *due, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result = sbk_statement_begin(keys,
        "WITH newest AS (SELECT coalesce(max(number), 0) AS number, made, issued + warn AS warns FROM hotlist)"
        " SELECT number, coalesce(warns, 0),"
        " EXISTS (SELECT 1 FROM revocation WHERE max(revoked, coalesce(restored, 0)) > coalesce(made, 0)) OR"
        " EXISTS (SELECT 1 FROM distrust WHERE max(said, coalesce(withdrawn, 0)) > coalesce(made, 0)) FROM newest",
        &statement, error);
    *due = HOTLISTS_NOT_DUE;
    if (result == SBK_OK) {
        result = sbk_statement_step(statement, &row, error);
    }
    if (result == SBK_OK && row) {
        if (sbk_statement_int(statement, 2) != 0) {
            *due = HOTLISTS_NEWS;
        } else if (sbk_statement_int(statement, 0) != 0 && sbk_statement_int(statement, 1) <= today + HOTLISTS_AHEAD) {
            *due = HOTLISTS_OLD;
        }
    }
    sbk_statement_end(&statement);
    return result;
}
