/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/acknowledge.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "reader/receipt.h"
#include "schema/reason.h"

#include <string.h>

struct taking {
    struct sbk_database *database;
    struct sbk_acknowledged *counts;
};

/* The card's row and signing key, and the mandate that it names; *found. */
static sbk_result find(struct sbk_database *database, const struct sbk_entry *entry, bool *found, int64_t *card,
    uint8_t key[SBK_COMPRESSED_SIZE], uint8_t digest[SBK_HASH_SIZE], struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    size_t size = 0;
    sbk_result result = sbk_statement_begin(database,
        "SELECT card.id, chip.signing_key, mandate.record FROM card JOIN chip ON chip.card = card.id "
        "JOIN mandate ON mandate.card = card.id WHERE alias = ?1 AND mandate.number = ?2",
        &statement, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_blob(statement, 1, entry->alias, SBK_ALIAS_SIZE);
    sbk_statement_bind_int(statement, 2, entry->mandate);
    result = sbk_statement_step(statement, found, error);
    if (result == SBK_OK && *found) {
        *card = sbk_statement_int(statement, 0);
        result = sbk_statement_copy(statement, 1, key, SBK_COMPRESSED_SIZE, error);
    }
    if (result == SBK_OK && *found) {
        const uint8_t *record = sbk_statement_blob(statement, 2, &size);
        result = sbk_sha256(record, size, digest, error);
    }
    sbk_statement_end(&statement);
    return result;
}

static sbk_result keep(
    struct taking *taking, int64_t card, const struct sbk_receipt *receipt, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(taking->database,
        "INSERT OR IGNORE INTO acknowledgement (card, mandate, counter, entry, signature) VALUES (?1, ?2, ?3, ?4, ?5)",
        &statement, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, card);
    sbk_statement_bind_int(statement, 2, receipt->entry.mandate);
    sbk_statement_bind_int(statement, 3, receipt->entry.counter);
    sbk_statement_bind_blob(statement, 4, receipt->body, sizeof(receipt->body));
    sbk_statement_bind_blob(statement, 5, receipt->signature, sizeof(receipt->signature));
    result = sbk_statement_run(&statement, error);
    if (result == SBK_OK && sbk_database_changes(taking->database) > 0) {
        taking->counts->taken++;
    } else if (result == SBK_OK) {
        taking->counts->known++;
    }
    return result;
}

static sbk_result take(struct taking *taking, const struct sbk_receipt *receipt, struct sbk_error *error) {
    uint8_t key[SBK_COMPRESSED_SIZE];
    uint8_t digest[SBK_HASH_SIZE];
    int64_t card = 0;
    bool found = false;
    sbk_result result = find(taking->database, &receipt->entry, &found, &card, key, digest, error);

    if (result != SBK_OK) {
        return result;
    }
    if (!found || memcmp(digest, receipt->entry.digest, sizeof(digest)) != 0) {
        taking->counts->foreign++;
        return SBK_OK;
    }
    result = sbk_receipt_verify(receipt, key, error);
    if (result == SBK_TAMPERED) {
        taking->counts->foreign++;
        return SBK_OK;
    }
    return result == SBK_OK ? keep(taking, card, receipt, error) : result;
}

/* ---- notices and identity records: what a station's log says that a card showed ---- */

static sbk_result mark(struct taking *taking, const char *sql, const struct sbk_log_entry *entry, uint8_t kind,
    uint32_t number, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(taking->database, sql, &statement, error);

    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_blob(statement, 1, entry->fields[0].data, SBK_ALIAS_SIZE);
    sbk_statement_bind_blob(statement, 2, entry->fields[1].data, entry->fields[1].size);
    if (kind != 0) {
        sbk_statement_bind_int(statement, 3, kind);
        sbk_statement_bind_int(statement, 4, number);
    }
    result = sbk_statement_run(&statement, error);
    if (result == SBK_OK) {
        taking->counts->delivered += (size_t)sbk_database_changes(taking->database);
    }
    return result;
}

/* Only the very record that the register has counts; of others, and of card certificates, there is nothing to note. */
static sbk_result take_delivered(struct taking *taking, const struct sbk_log_entry *entry, struct sbk_error *error) {
    struct sbk_notice notice;

    if (sbk_notice_parse(entry->fields[1].data, entry->fields[1].size, &notice) == SBK_FORMAT_OK) {
        return mark(taking,
            "INSERT OR IGNORE INTO delivered (card, kind, number) SELECT card.id, notice.kind + 2, notice.number "
            "FROM card JOIN notice ON notice.card = card.id "
            "WHERE alias = ?1 AND notice.kind = ?3 AND notice.number = ?4 AND notice.record = ?2",
            entry, notice.kind, notice.number, error);
    }
    return mark(taking,
        "INSERT OR IGNORE INTO delivered (card, kind, number) SELECT card.id, 5, identity.number "
        "FROM card JOIN identity ON identity.card = card.id WHERE alias = ?1 AND identity.record_hash = ?2",
        entry, 0, 0, error);
}

static sbk_result look(void *context, uint32_t position, const struct sbk_log_entry *entry, const uint8_t *data,
    size_t size, struct sbk_error *error) {
    struct sbk_receipt receipt;

    (void)position;
    (void)data;
    (void)size;
    if (entry->kind == SBK_LOG_DELIVERED) {
        return take_delivered(context, entry, error);
    }
    if (entry->kind != SBK_LOG_RECEIPT && entry->kind != SBK_LOG_CARRIED) {
        return SBK_OK;
    }
    if (sbk_receipt_of(&receipt, entry->fields[0].data, entry->fields[1].data, NULL) != SBK_OK ||
        receipt.entry.kind != SBK_ENTRY_MANDATE) {
        return SBK_OK;
    }
    return take(context, &receipt, error);
}

sbk_result sbk_acknowledge_log(struct sbk_database *database, struct sbk_station *station,
    struct sbk_acknowledged *counts, struct sbk_error *error) {
    struct taking taking = {database, counts};

    return sbk_log_walk(station, 0, look, &taking, error);
}

#define OUTSTANDING                                                                                                    \
    "SELECT alias, card.number, record, coalesce((SELECT max(mandate) FROM acknowledgement a WHERE a.card = "          \
    "card.id), "                                                                                                       \
    "(SELECT min(number) FROM mandate WHERE card = card.id)) AS has FROM card JOIN chip ON chip.card = card.id "       \
    "JOIN mandate ON mandate.card = card.id "                                                                          \
    "WHERE mandate.number = (SELECT max(number) FROM mandate WHERE card = card.id) AND mandate.number > has "          \
    "ORDER BY alias"

sbk_result sbk_outstanding_each(
    struct sbk_database *database, sbk_outstanding_visit visit, void *context, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = true;
    sbk_result result = sbk_statement_begin(database, OUTSTANDING, &statement, error);

    while (result == SBK_OK) {
        struct sbk_outstanding card;
        size_t size = 0;
        result = sbk_statement_step(statement, &row, error);
        if (result != SBK_OK || !row) {
            break;
        }
        result = sbk_statement_copy(statement, 0, card.alias, sizeof(card.alias), error);
        if (result == SBK_OK) {
            result = sbk_statement_copy(statement, 1, card.number, sizeof(card.number), error);
        }
        const uint8_t *record = sbk_statement_blob(statement, 2, &size);
        card.acknowledged = (uint32_t)sbk_statement_int(statement, 3);
        if (result == SBK_OK && sbk_mandate_parse(record, size, &card.mandate) != SBK_FORMAT_OK) {
            result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_DATABASE, "%s", _("the mandate is not valid"));
        }
        if (result == SBK_OK) {
            result = visit(context, &card, error);
        }
    }
    sbk_statement_end(&statement);
    return result;
}

/* What the register does not know to be delivered, the newest of each kind, of cards that have not ended. */
#define UNDELIVERED                                                                                                    \
    "SELECT alias, card.number, kind, newest FROM (SELECT card, kind + 2 AS kind, max(number) AS newest FROM notice "  \
    "GROUP BY card, kind UNION ALL SELECT card, 5, max(number) FROM identity GROUP BY card) AS made "                  \
    "JOIN card ON card.id = made.card JOIN chip ON chip.card = card.id "                                               \
    "WHERE NOT EXISTS (SELECT 1 FROM delivered d WHERE d.card = made.card AND d.kind = made.kind AND "                 \
    "d.number >= newest) AND NOT EXISTS (SELECT 1 FROM acknowledgement a JOIN mandate m ON m.card = a.card "           \
    "AND m.number = a.mandate WHERE a.card = made.card AND substr(m.record, 17, 1) = x'03') ORDER BY alias, kind"

sbk_result sbk_undelivered_each(
    struct sbk_database *database, sbk_undelivered_visit visit, void *context, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = true;
    sbk_result result = sbk_statement_begin(database, UNDELIVERED, &statement, error);

    while (result == SBK_OK) {
        struct sbk_undelivered record;
        result = sbk_statement_step(statement, &row, error);
        if (result != SBK_OK || !row) {
            break;
        }
        result = sbk_statement_copy(statement, 0, record.alias, sizeof(record.alias), error);
        if (result == SBK_OK) {
            result = sbk_statement_copy(statement, 1, record.card, sizeof(record.card), error);
        }
        record.kind = (uint8_t)sbk_statement_int(statement, 2);
        record.number = (uint32_t)sbk_statement_int(statement, 3);
        if (result == SBK_OK) {
            result = visit(context, &record, error);
        }
    }
    sbk_statement_end(&statement);
    return result;
}
