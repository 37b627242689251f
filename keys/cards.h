/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CARDS_H
#define SBK_KEYS_CARDS_H

#include "base/database.h"
#include "schema/bundle.h"

/*
 * The city's register of cards: city.db beside its key store (schema/sql/city-*.sql). sembako-personalize fills it;
 * here is what the office needs to send mandates and notices after a card. Whoever changes it holds the store's lock.
 * Errors are those of base/database.h.
 */
#define SBK_CITY_DATABASE "city.db"

/* Opens it in the folder of a store. mode SBK_DATABASE_READ_ONLY and OPEN: SBK_ENVIRONMENT, "not-found", if there is
 * none yet. */
SBK_CHECK_RESULT sbk_result sbk_cards_open(
    struct sbk_database **database, const char *store, enum sbk_database_mode mode, struct sbk_error *error);
/* Whether there is one. */
bool sbk_cards_exist(const char *store);

/* A card and the newest mandate that was made for it. */
struct sbk_city_card {
    int64_t id;
    uint8_t alias[SBK_ALIAS_SIZE];
    uint8_t number[6];
    struct sbk_mandate mandate;
};
/* Finds a card by its alias (16 hexadecimal digits) or its card number (12 digits, in groups or not). Errors:
 * SBK_USAGE, a word that is neither; SBK_REFUSED, "not-found". */
SBK_CHECK_RESULT sbk_result sbk_cards_find(
    struct sbk_database *database, const char *word, struct sbk_city_card *card, struct sbk_error *error);

/* Whether a grant of this number was ever in a mandate of the card; the one before a change keeps it "present". */
SBK_CHECK_RESULT sbk_result sbk_cards_grant_used(struct sbk_database *database, const struct sbk_city_card *card,
    uint16_t grant, bool *used, struct sbk_error *error);

/* Adds a signed record, a mandate by the card's row; within the caller's transaction or alone. */
SBK_CHECK_RESULT sbk_result sbk_cards_add_mandate(struct sbk_database *database, int64_t card, uint32_t number,
    const struct sbk_bytes *record, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_cards_add_notice(struct sbk_database *database, const struct sbk_city_card *card,
    const struct sbk_notice *notice, const struct sbk_bytes *record, struct sbk_error *error);
/* The highest number of a kind of notice made for the card; 0: none. */
SBK_CHECK_RESULT sbk_result sbk_cards_newest_notice(struct sbk_database *database, const struct sbk_city_card *card,
    uint8_t kind, uint32_t *number, struct sbk_error *error);

/* Calls back with every record that a courier has to carry: of each certified card the newest mandate, unless the card
 * acknowledged it or was encoded with it, and the newest notice of each kind, unless a log says that it was delivered or
 * the card ended. In the order of aliases. */
typedef sbk_result (*sbk_cards_record)(
    void *context, const uint8_t alias[SBK_ALIAS_SIZE], const struct sbk_bytes *record, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_cards_each_due(
    struct sbk_database *database, sbk_cards_record each, void *context, struct sbk_error *error);

/* The same with the newest identity record of each card that was not delivered yet. It is personal. */
SBK_CHECK_RESULT sbk_result sbk_cards_each_identity(
    struct sbk_database *database, sbk_cards_record each, void *context, struct sbk_error *error);

/* The number of the next courier, and its entry in the books. */
SBK_CHECK_RESULT sbk_result sbk_cards_next_courier(
    struct sbk_database *database, uint32_t *number, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_cards_add_courier(struct sbk_database *database, const struct sbk_courier *courier,
    const uint8_t file_hash[SBK_HASH_SIZE], struct sbk_error *error);

#endif
