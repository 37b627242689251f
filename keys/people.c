/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/people.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "keys/issuing.h"
#include "schema/reason.h"

#include <openssl/crypto.h>
#include <string.h>

/* The newest identity record of the card. */
static sbk_result load(struct sbk_database *database, const struct sbk_city_card *card, struct sbk_identity *identity,
    struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    size_t size = 0;
    bool row = false;
    sbk_result result = sbk_statement_begin(database, "SELECT identity FROM person WHERE card = ?1", &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, card->id);
    result = sbk_statement_step(statement, &row, error);
    const uint8_t *record = row ? sbk_statement_blob(statement, 0, &size) : NULL;
    if (result == SBK_OK && !row) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND, "%s",
            _("the register knows nobody behind this card: what was personal is erased"));
    }
    if (result == SBK_OK && (record == NULL || sbk_identity_parse(record, size, identity) != SBK_FORMAT_OK)) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_DATABASE, "%s",
            _("the register's identity record of a card is not valid; restore city.db from a copy"));
    }
    sbk_statement_end(&statement);
    return result;
}

static void put_name(uint8_t field[SBK_NAME_MAX], uint8_t *size, const char *text) {
    memset(field, 0, SBK_NAME_MAX);
    *size = (uint8_t)strlen(text);
    memcpy(field, text, *size);
}

static void apply(const struct person_change *change, struct sbk_identity *identity) {
    identity->number++;
    if (change == NULL) {
        return;
    }
    if (change->has_name) {
        put_name(identity->name, &identity->name_size, change->name);
    }
    if (change->has_alternate) {
        put_name(identity->alternate, &identity->alternate_size, change->alternate);
    }
    if (change->has_kelurahan) {
        memcpy(identity->kelurahan, change->kelurahan, sizeof identity->kelurahan);
    }
    if (change->has_until) {
        identity->valid_until = change->until;
    }
}

/* Everything that the register says of the people, and the record that goes to the card. */
static sbk_result update_person(struct sbk_database *database, const struct sbk_city_card *card,
    const struct sbk_identity *identity, const struct sbk_bytes *record, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    char name[SBK_NAME_MAX + 1] = "";
    char alternate[SBK_NAME_MAX + 1] = "";
    const sbk_result result = sbk_statement_begin(database,
        "UPDATE person SET name = ?2, alternate = nullif(?3, ''), kelurahan = ?4, identity = ?5 WHERE card = ?1",
        &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    memcpy(name, identity->name, identity->name_size);
    memcpy(alternate, identity->alternate, identity->alternate_size);
    sbk_statement_bind_int(statement, 1, card->id);
    sbk_statement_bind_text(statement, 2, name);
    sbk_statement_bind_text(statement, 3, alternate);
    sbk_statement_bind_blob(statement, 4, identity->kelurahan, sizeof identity->kelurahan);
    sbk_statement_bind_blob(statement, 5, record->data, record->size);
    return sbk_statement_run(&statement, error);
}

static sbk_result add_identity(struct sbk_database *database, const struct sbk_city_card *card,
    const struct sbk_identity *identity, const struct sbk_bytes *record, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    uint8_t hash[SBK_HASH_SIZE];
    sbk_result result = sbk_sha256(record->data, record->size, hash, error);
    if (result == SBK_OK) {
        result = sbk_statement_begin(
            database, "INSERT INTO identity (card, number, record_hash) VALUES (?1, ?2, ?3)", &statement, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, card->id);
    sbk_statement_bind_int(statement, 2, identity->number);
    sbk_statement_bind_blob(statement, 3, hash, sizeof hash);
    result = sbk_statement_run(&statement, error);
    if (result == SBK_OK) {
        result = sbk_statement_begin(database, "UPDATE card SET valid_until = ?2 WHERE id = ?1", &statement, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, card->id);
    sbk_statement_bind_int(statement, 2, identity->valid_until);
    return sbk_statement_run(&statement, error);
}

static sbk_result release_mandate(struct sbk_database *database, struct sbk_key *grant_signer,
    const struct sbk_city_card *card, bool alternate, uint16_t day, struct sbk_error *error) {
    const struct sbk_mandate_change change = {
        .flags_set = alternate ? SBK_MANDATE_ALTERNATE : 0, .flags_clear = alternate ? 0 : SBK_MANDATE_ALTERNATE};
    struct sbk_mandate next;
    sbk_result result = sbk_mandate_apply(database, card, &change, day, &next, error);
    return result == SBK_OK ? sbk_mandate_release(database, grant_signer, card, &next, error) : result;
}

static sbk_result release(struct sbk_database *database, struct sbk_key *grant_signer, const struct sbk_city_card *card,
    const struct sbk_identity *identity, struct sbk_error *error) {
    uint8_t bytes[SBK_IDENTITY_MAX];
    size_t size = 0;
    const enum sbk_format format = sbk_identity_write(identity, bytes, sizeof bytes, &size);
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
            _("the identity record cannot be made: it %s; names are 1 to 60 bytes without control characters, the last "
              "day is not before the first"),
            _(sbk_format_text(format)));
    }
    sbk_result result = sbk_sign_record(grant_signer, bytes, sizeof bytes, &size, error);
    const struct sbk_bytes record = {bytes, size};
    if (result == SBK_OK) {
        result = update_person(database, card, identity, &record, error);
    }
    if (result == SBK_OK) {
        result = add_identity(database, card, identity, &record, error);
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
    return result;
}

sbk_result sbk_identity_release(struct sbk_database *database, struct sbk_key *grant_signer,
    const struct sbk_city_card *card, const struct person_change *change, uint16_t day, bool *mandate,
    struct sbk_error *error) {
    struct sbk_identity identity;
    *mandate = false;
    if (card->mandate.status == SBK_MANDATE_CLOSED) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ENDED, "%s", _("the card's mandate is closed, for ever"));
    }
    sbk_result result = load(database, card, &identity, error);
    if (result == SBK_OK && identity.number == UINT16_MAX) {
        result =
            sbk_fail(error, SBK_REFUSED, SBK_REASON_ENDED, "%s", _("the card's identity record numbers are used up"));
    }
    if (result == SBK_OK) {
        const bool had_alternate = identity.alternate_size > 0;
        apply(change, &identity);
        result = release(database, grant_signer, card, &identity, error);
        *mandate = result == SBK_OK && had_alternate != (identity.alternate_size > 0);
    }
    if (result == SBK_OK && *mandate) {
        result = release_mandate(database, grant_signer, card, identity.alternate_size > 0, day, error);
    }
    OPENSSL_cleanse(&identity, sizeof identity);
    return result;
}
