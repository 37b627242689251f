/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "reader/station_private.h"
#include "schema/reason.h"

#include <string.h>

/* A blob column of at most room bytes; size 0 for NULL. */
static sbk_result take_blob(struct sbk_station *station, struct sbk_statement *statement, int column, uint8_t *out,
    size_t room, size_t *size, struct sbk_error *error) {
    size_t found = 0;
    const uint8_t *data = sbk_statement_blob(statement, column, &found);
    if (found > room)
        return sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_DATABASE, _("%s: what is kept of a card is not valid"), station->path);
    if (found > 0)
        memcpy(out, data, found);
    *size = found;
    return SBK_OK;
}

static sbk_result take_card(struct sbk_station *station, struct sbk_statement *statement, struct sbk_known_card *card,
    struct sbk_error *error) {
    sbk_result result =
        take_blob(station, statement, 0, card->certificate, sizeof card->certificate, &card->certificate_size, error);
    if (result == SBK_OK)
        result = take_blob(station, statement, 1, card->mandate, sizeof card->mandate, &card->mandate_size, error);
    card->has_entry = !sbk_statement_is_null(statement, 2) && !sbk_statement_is_null(statement, 3);
    if (result == SBK_OK && card->has_entry) {
        card->counter = (uint32_t)sbk_statement_int(statement, 2);
        result = sbk_statement_copy(statement, 3, card->entry_hash, sizeof card->entry_hash, error);
    }
    return result;
}

sbk_result sbk_card_known(struct sbk_station *station, const uint8_t alias[SBK_ALIAS_SIZE], struct sbk_known_card *card,
    struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    memset(card, 0, sizeof *card);
    sbk_result result = sbk_statement_begin(station->database,
        "SELECT certificate, mandate, counter, entry_hash FROM card WHERE alias = ?1", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_blob(statement, 1, alias, SBK_ALIAS_SIZE);
    result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && row)
        result = take_card(station, statement, card, error);
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_card_keep(struct sbk_station *station, const uint8_t alias[SBK_ALIAS_SIZE],
    const struct sbk_known_card *card, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(station->database,
        "INSERT OR REPLACE INTO card (alias, certificate, mandate, counter, entry_hash) VALUES (?1, ?2, ?3, ?4, ?5)",
        &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_blob(statement, 1, alias, SBK_ALIAS_SIZE);
    sbk_statement_bind_blob(statement, 2, card->certificate, card->certificate_size);
    sbk_statement_bind_blob(statement, 3, card->mandate_size > 0 ? card->mandate : NULL, card->mandate_size);
    if (card->has_entry) {
        sbk_statement_bind_int(statement, 4, card->counter);
        sbk_statement_bind_blob(statement, 5, card->entry_hash, sizeof card->entry_hash);
    } else {
        sbk_statement_bind_null(statement, 4);
        sbk_statement_bind_null(statement, 5);
    }
    return sbk_statement_run(&statement, error);
}
