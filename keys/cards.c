/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/cards.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "schema/numbers.h"
#include "schema/reason.h"

#include "keys/city-sql.h"

#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID 0x53424B43 /* "SBKC" */

sbk_result sbk_cards_open(
    struct sbk_database **database, const char *store, enum sbk_database_mode mode, struct sbk_error *error) {
    const struct sbk_database_plan plan = {
        .migrations = sbk_city_sql, .migration_count = sbk_city_sql_count, .application_id = APPLICATION_ID};
    char *path = sbk_path_join(store, SBK_CITY_DATABASE);
    sbk_result result = SBK_OK;
    if (path == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    if (mode != SBK_DATABASE_CREATE && !sbk_file_exists(path)) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND,
            _("%s: no card was ordered yet; 'sembako-personalize prepare' makes the first batch"), path);
    } else {
        result = sbk_database_open(database, path, &plan, mode, error);
    }
    free(path);
    return result;
}

bool sbk_cards_exist(const char *store) {
    char *path = sbk_path_join(store, SBK_CITY_DATABASE);
    const bool there = path != NULL && sbk_file_exists(path);
    free(path);
    return there;
}

/* ---- one card ---- */

/* The column and the bytes that a word names. */
static sbk_result read_word(const char *word, bool *by_alias, uint8_t bytes[SBK_ALIAS_SIZE], struct sbk_error *error) {
    size_t size = 0;
    *by_alias = strlen(word) == 2 * (size_t)SBK_ALIAS_SIZE;
    if (*by_alias && sbk_hex_decode(word, bytes, SBK_ALIAS_SIZE, &size) && size == SBK_ALIAS_SIZE) {
        return SBK_OK;
    }
    if (!*by_alias && sbk_card_number_parse(word, bytes) == SBK_FORMAT_OK) {
        return SBK_OK;
    }
    return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE,
        _("'%.40s' is neither an alias (16 hexadecimal digits) nor a card number (12 digits)"), word);
}

static sbk_result read_card(struct sbk_statement *statement, struct sbk_city_card *card, struct sbk_error *error) {
    size_t size = 0;
    card->id = sbk_statement_int(statement, 0);
    sbk_result result = sbk_statement_copy(statement, 1, card->alias, sizeof card->alias, error);
    if (result == SBK_OK) {
        result = sbk_statement_copy(statement, 2, card->number, sizeof card->number, error);
    }
    const uint8_t *record = sbk_statement_blob(statement, 3, &size);
    if (result == SBK_OK && (record == NULL || sbk_mandate_parse(record, size, &card->mandate) != SBK_FORMAT_OK)) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_DATABASE, "%s",
            _("the register's mandate of a card is not valid; restore city.db from a copy"));
    }
    return result;
}

sbk_result sbk_cards_find(
    struct sbk_database *database, const char *word, struct sbk_city_card *card, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    uint8_t bytes[SBK_ALIAS_SIZE];
    bool by_alias = false;
    bool row = false;
    sbk_result result = read_word(word, &by_alias, bytes, error);
    if (result == SBK_OK) {
        result = sbk_statement_begin(database,
            by_alias ? "SELECT card.id, alias, card.number, record FROM card JOIN mandate ON mandate.card = card.id "
                       "WHERE alias = ?1 ORDER BY mandate.number DESC LIMIT 1"
                     : "SELECT card.id, alias, card.number, record FROM card JOIN mandate ON mandate.card = card.id "
                       "WHERE card.number = ?1 ORDER BY mandate.number DESC LIMIT 1",
            &statement, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_blob(statement, 1, bytes, by_alias ? SBK_ALIAS_SIZE : 6);
    result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && !row) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND, _("the register has no card '%.40s'"), word);
    }
    if (result == SBK_OK) {
        result = read_card(statement, card, error);
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_cards_grant_used(struct sbk_database *database, const struct sbk_city_card *card, uint16_t grant,
    bool *used, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = true;
    *used = false;
    sbk_result result = sbk_statement_begin(database, "SELECT record FROM mandate WHERE card = ?1", &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, card->id);
    while (result == SBK_OK && row) {
        struct sbk_mandate mandate;
        size_t size = 0;
        result = sbk_statement_step(statement, &row, error);
        const uint8_t *record = row ? sbk_statement_blob(statement, 0, &size) : NULL;
        if (result != SBK_OK || record == NULL || sbk_mandate_parse(record, size, &mandate) != SBK_FORMAT_OK) {
            continue;
        }
        for (size_t i = 0; i < mandate.purse_count; i++) {
            *used = *used || mandate.purses[i].grant == grant;
        }
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_cards_add_mandate(struct sbk_database *database, int64_t card, uint32_t number,
    const struct sbk_bytes *record, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(
        database, "INSERT INTO mandate (card, number, record) VALUES (?1, ?2, ?3)", &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, card);
    sbk_statement_bind_int(statement, 2, number);
    sbk_statement_bind_blob(statement, 3, record->data, record->size);
    return sbk_statement_run(&statement, error);
}

sbk_result sbk_cards_add_notice(struct sbk_database *database, const struct sbk_city_card *card,
    const struct sbk_notice *notice, const struct sbk_bytes *record, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(
        database, "INSERT INTO notice (card, kind, number, record) VALUES (?1, ?2, ?3, ?4)", &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, card->id);
    sbk_statement_bind_int(statement, 2, notice->kind);
    sbk_statement_bind_int(statement, 3, notice->number);
    sbk_statement_bind_blob(statement, 4, record->data, record->size);
    return sbk_statement_run(&statement, error);
}

sbk_result sbk_cards_newest_notice(struct sbk_database *database, const struct sbk_city_card *card, uint8_t kind,
    uint32_t *number, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    *number = 0;
    sbk_result result = sbk_statement_begin(
        database, "SELECT coalesce(max(number), 0) FROM notice WHERE card = ?1 AND kind = ?2", &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, card->id);
    sbk_statement_bind_int(statement, 2, kind);
    result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && row) {
        *number = (uint32_t)sbk_statement_int(statement, 0);
    }
    sbk_statement_end(&statement);
    return result;
}

/* ---- couriers ---- */

/* The status of a mandate stands at SBK_MANDATE_AT_STATUS, 16. */
#define ENDED                                                                                                          \
    "EXISTS (SELECT 1 FROM acknowledgement a JOIN mandate m ON m.card = a.card AND m.number = a.mandate "              \
    "WHERE a.card = card.id AND substr(m.record, 17, 1) = x'03') "
#define NEWEST_IDENTITY                                                                                                \
    "SELECT alias, person.identity FROM card JOIN chip ON chip.card = card.id JOIN person ON person.card = card.id "   \
    "JOIN identity i ON i.card = card.id WHERE i.number = (SELECT max(number) FROM identity WHERE card = card.id) "    \
    "AND NOT EXISTS (SELECT 1 FROM delivered d WHERE d.card = card.id AND d.kind = 5 AND d.number >= i.number) "       \
    "AND NOT " ENDED "ORDER BY alias"

/* A card that was never certified is in nobody's hands. The first mandate went onto the card at the bureau. */
#define DUE                                                                                                            \
    "SELECT alias, record FROM card JOIN chip ON chip.card = card.id JOIN mandate ON mandate.card = card.id "          \
    "WHERE mandate.number = (SELECT max(number) FROM mandate WHERE card = card.id) "                                   \
    "AND mandate.number > (SELECT min(number) FROM mandate WHERE card = card.id) "                                     \
    "AND NOT EXISTS (SELECT 1 FROM acknowledgement a WHERE a.card = card.id AND a.mandate >= mandate.number) "         \
    "UNION ALL "                                                                                                       \
    "SELECT alias, record FROM card JOIN chip ON chip.card = card.id JOIN notice ON notice.card = card.id "            \
    "WHERE notice.number = (SELECT max(number) FROM notice n WHERE n.card = card.id AND n.kind = notice.kind) "        \
    "AND NOT EXISTS (SELECT 1 FROM delivered d WHERE d.card = card.id AND d.kind = notice.kind + 2 "                   \
    "AND d.number >= notice.number) AND NOT " ENDED "ORDER BY alias"

static sbk_result each_record(
    struct sbk_database *database, const char *sql, sbk_cards_record each, void *context, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = true;
    sbk_result result = sbk_statement_begin(database, sql, &statement, error);
    while (result == SBK_OK) {
        uint8_t alias[SBK_ALIAS_SIZE];
        struct sbk_bytes record;
        result = sbk_statement_step(statement, &row, error);
        if (result != SBK_OK || !row) {
            break;
        }
        result = sbk_statement_copy(statement, 0, alias, sizeof alias, error);
        record.data = sbk_statement_blob(statement, 1, &record.size);
        if (result == SBK_OK) {
            result = each(context, alias, &record, error);
        }
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_cards_each_due(
    struct sbk_database *database, sbk_cards_record each, void *context, struct sbk_error *error) {
    return each_record(database, DUE, each, context, error);
}

sbk_result sbk_cards_each_identity(
    struct sbk_database *database, sbk_cards_record each, void *context, struct sbk_error *error) {
    return each_record(database, NEWEST_IDENTITY, each, context, error);
}

sbk_result sbk_cards_next_courier(struct sbk_database *database, uint32_t *number, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result =
        sbk_statement_begin(database, "SELECT coalesce(max(number), 0) + 1 FROM courier", &statement, error);
    if (result == SBK_OK) {
        result = sbk_statement_step(statement, &row, error);
    }
    if (result == SBK_OK && row) {
        *number = (uint32_t)sbk_statement_int(statement, 0);
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_cards_add_courier(struct sbk_database *database, const struct sbk_courier *courier,
    const uint8_t file_hash[SBK_HASH_SIZE], struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(database,
        "INSERT INTO courier (number, made, cards, stations, file_hash) VALUES (?1, ?2, ?3, ?4, ?5)", &statement,
        error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, courier->number);
    sbk_statement_bind_int(statement, 2, courier->made);
    sbk_statement_bind_int(statement, 3, courier->card_count);
    sbk_statement_bind_int(statement, 4, courier->station_count);
    sbk_statement_bind_blob(statement, 5, file_hash, SBK_HASH_SIZE);
    return sbk_statement_run(&statement, error);
}
