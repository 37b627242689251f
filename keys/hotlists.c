/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/hotlists.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "keys/issuing.h"
#include "schema/reason.h"

#include <string.h>

/* Tables as a record has them: ascending, one behind the other. */
struct tables {
    struct sbk_buffer cards; /* SBK_HOTLIST_CARD_SIZE each */
    struct sbk_buffer terminals;
    struct sbk_buffer issuers;
};

/* How one table became another: entries that are new or other ones, and keys that went. */
struct difference {
    struct sbk_buffer added;
    struct sbk_buffer removed;
};

struct making {
    struct sbk_database *keys;
    struct sbk_key *signer;
    const struct hotlists_order *order;
    struct hotlists_made *made;
    struct tables now;
    uint8_t signature[SBK_SIGNATURE_SIZE]; /* of the whole list */
};

static void free_tables(struct tables *tables) {
    sbk_buffer_free(&tables->cards);
    sbk_buffer_free(&tables->terminals);
    sbk_buffer_free(&tables->issuers);
}

static void free_difference(struct difference *difference) {
    sbk_buffer_free(&difference->added);
    sbk_buffer_free(&difference->removed);
}

/* ---- what goes onto the list ---- */

/* Appends what each row of a query makes. */
typedef sbk_result (*take_row)(struct sbk_statement *row, struct sbk_buffer *out, struct sbk_error *error);
static sbk_result take_all(
    struct sbk_statement **statement, take_row take, struct sbk_buffer *out, struct sbk_error *error) {
    bool row = true;
    sbk_result result = SBK_OK;
    while (result == SBK_OK) {
        result = sbk_statement_step(*statement, &row, error);
        if (result != SBK_OK || !row) {
            break;
        }
        result = take(*statement, out, error);
    }
    sbk_statement_end(statement);
    return result;
}

static sbk_result take_card(struct sbk_statement *row, struct sbk_buffer *out, struct sbk_error *error) {
    uint8_t alias[SBK_ALIAS_SIZE];
    sbk_result result = sbk_statement_copy(row, 0, alias, sizeof alias, error);
    if (result == SBK_OK) {
        result = sbk_buffer_append(out, alias, sizeof alias, error);
    }
    return result == SBK_OK ? sbk_buffer_append_u32(out, (uint32_t)sbk_statement_int(row, 1), error) : result;
}

static sbk_result take_terminal(struct sbk_statement *row, struct sbk_buffer *out, struct sbk_error *error) {
    uint8_t terminal[SBK_TERMINAL_SIZE];
    const sbk_result result = sbk_statement_copy(row, 0, terminal, sizeof terminal, error);
    return result == SBK_OK ? sbk_buffer_append(out, terminal, sizeof terminal, error) : result;
}

static sbk_result take_terminal_name(struct sbk_statement *row, struct sbk_buffer *out, struct sbk_error *error) {
    uint8_t terminal[SBK_TERMINAL_SIZE];
    const char *name = sbk_statement_text(row, 0);
    if (name == NULL || sbk_id_write(name, terminal, sizeof terminal) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_DATABASE, "%s", _("a station's id in the books is not valid"));
    }
    return sbk_buffer_append(out, terminal, sizeof terminal, error);
}

static sbk_result take_issuer(struct sbk_statement *row, struct sbk_buffer *out, struct sbk_error *error) {
    const sbk_result result = sbk_buffer_append_u8(out, (uint8_t)sbk_statement_int(row, 0), error);
    return result == SBK_OK ? sbk_buffer_append_u8(out, (uint8_t)sbk_statement_int(row, 1), error) : result;
}

/* A card that was never certified is in nobody's hands; one that expired is refused by its certificate, and by clocks
 * that are behind a month later. */
#define STOPPED                                                                                                        \
    "SELECT alias, m.number FROM card JOIN chip ON chip.card = card.id JOIN mandate m ON m.card = card.id "            \
    "WHERE m.number = (SELECT max(number) FROM mandate WHERE card = card.id) AND card.valid_until + 31 >= ?1 "         \
    "AND (substr(m.record, 17, 1) IN (x'02', x'03') OR EXISTS (SELECT 1 FROM notice n WHERE n.card = card.id "         \
    "AND n.kind = 1 AND n.number >= m.number)) ORDER BY alias"

static sbk_result gather_cards(
    struct sbk_database *cards, uint16_t today, struct sbk_buffer *out, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(cards, STOPPED, &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, today);
    return take_all(&statement, take_card, out, error);
}

/* Ids are ASCII, padded with zeros: texts compare as their bytes do. */
static sbk_result gather(struct making *making, struct sbk_database *cards, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = cards != NULL ? gather_cards(cards, making->order->today, &making->now.cards, error) : SBK_OK;
    if (result == SBK_OK) {
        result = sbk_statement_begin(making->keys,
            "SELECT terminal FROM revocation WHERE restored IS NULL ORDER BY terminal", &statement, error);
    }
    if (result == SBK_OK) {
        result = take_all(&statement, take_terminal_name, &making->now.terminals, error);
    }
    if (result == SBK_OK) {
        result = sbk_statement_begin(making->keys,
            "SELECT role, generation FROM distrust WHERE withdrawn IS NULL ORDER BY role, generation", &statement,
            error);
    }
    return result == SBK_OK ? take_all(&statement, take_issuer, &making->now.issuers, error) : result;
}

/* ---- the lists before ---- */

static sbk_result tables_at(
    struct sbk_database *keys, uint32_t number, struct tables *tables, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(keys,
        "SELECT alias, mandate FROM hotlist_card WHERE since <= ?1 AND (until IS NULL OR until > ?1) ORDER BY alias",
        &statement, error);
    if (result == SBK_OK) {
        sbk_statement_bind_int(statement, 1, number);
        result = take_all(&statement, take_card, &tables->cards, error);
    }
    if (result == SBK_OK) {
        result = sbk_statement_begin(keys,
            "SELECT terminal FROM hotlist_terminal WHERE since <= ?1 AND (until IS NULL OR until > ?1) ORDER BY "
            "terminal",
            &statement, error);
    }
    if (result == SBK_OK) {
        sbk_statement_bind_int(statement, 1, number);
        result = take_all(&statement, take_terminal, &tables->terminals, error);
    }
    return result;
}

static sbk_result differ(const struct sbk_buffer *old, const struct sbk_buffer *now, size_t width, size_t key_size,
    struct difference *out, struct sbk_error *error) {
    size_t i = 0;
    size_t j = 0;
    sbk_result result = SBK_OK;
    while (result == SBK_OK && (i < old->size || j < now->size)) {
        int order = i == old->size ? 1 : -1;
        if (i < old->size && j < now->size) {
            order = memcmp(old->data + i, now->data + j, key_size);
        }
        if (order < 0) {
            result = sbk_buffer_append(&out->removed, old->data + i, key_size, error);
        } else if (order > 0 || memcmp(old->data + i, now->data + j, width) != 0) {
            result = sbk_buffer_append(&out->added, now->data + j, width, error);
        }
        i += order <= 0 ? width : 0;
        j += order >= 0 ? width : 0;
    }
    return result;
}

/* ---- entering it in the books ---- */

/* Runs a statement for every key or entry of a table; the number of the list is its second parameter. */
static sbk_result run_each(struct sbk_database *keys, const char *sql, const struct sbk_buffer *table, size_t width,
    size_t key_size, uint32_t number, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (size_t at = 0; at < table->size && result == SBK_OK; at += width) {
        struct sbk_statement *statement = NULL;
        result = sbk_statement_begin(keys, sql, &statement, error);
        if (result != SBK_OK) {
            break;
        }
        sbk_statement_bind_blob(statement, 1, table->data + at, key_size);
        sbk_statement_bind_int(statement, 2, number);
        if (width > key_size) {
            struct sbk_reader mandate = sbk_reader_of(table->data + at + key_size, width - key_size);
            sbk_statement_bind_int(statement, 3, sbk_read_u32(&mandate));
        }
        result = sbk_statement_run(&statement, error);
    }
    return result;
}

/* An entry that is another one now ends, too. */
static sbk_result enter_cards(
    struct sbk_database *keys, const struct difference *cards, uint32_t number, struct sbk_error *error) {
    static const char end[] = "UPDATE hotlist_card SET until = ?2 WHERE alias = ?1 AND until IS NULL";
    sbk_result result = run_each(keys, end, &cards->removed, SBK_ALIAS_SIZE, SBK_ALIAS_SIZE, number, error);
    for (size_t at = 0; at < cards->added.size && result == SBK_OK; at += SBK_HOTLIST_CARD_SIZE) {
        const struct sbk_buffer alias = {cards->added.data + at, SBK_ALIAS_SIZE, 0};
        result = run_each(keys, end, &alias, SBK_ALIAS_SIZE, SBK_ALIAS_SIZE, number, error);
    }
    return result == SBK_OK ? run_each(keys, "INSERT INTO hotlist_card (alias, since, mandate) VALUES (?1, ?2, ?3)",
                                  &cards->added, SBK_HOTLIST_CARD_SIZE, SBK_ALIAS_SIZE, number, error)
                            : result;
}

static sbk_result enter_terminals(
    struct sbk_database *keys, const struct difference *terminals, uint32_t number, struct sbk_error *error) {
    const sbk_result result =
        run_each(keys, "UPDATE hotlist_terminal SET until = ?2 WHERE terminal = ?1 AND until IS NULL",
            &terminals->removed, SBK_TERMINAL_SIZE, SBK_TERMINAL_SIZE, number, error);
    return result == SBK_OK ? run_each(keys, "INSERT INTO hotlist_terminal (terminal, since) VALUES (?1, ?2)",
                                  &terminals->added, SBK_TERMINAL_SIZE, SBK_TERMINAL_SIZE, number, error)
                            : result;
}

static sbk_result insert_list(struct making *making, const uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error) {
    const struct sbk_hotlist *whole = &making->made->whole;
    struct sbk_statement *statement = NULL;
    const sbk_result result = sbk_statement_begin(making->keys,
        "INSERT INTO hotlist (number, issued, made, warn, stop, record_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &statement, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_statement_bind_int(statement, 1, whole->number);
    sbk_statement_bind_int(statement, 2, whole->issued);
    sbk_statement_bind_int(statement, 3, whole->made);
    sbk_statement_bind_int(statement, 4, whole->warn);
    sbk_statement_bind_int(statement, 5, whole->stop);
    sbk_statement_bind_blob(statement, 6, hash, SBK_HASH_SIZE);
    return sbk_statement_run(&statement, error);
}

/* What has come and gone since the list of that number. */
static sbk_result differ_from(struct making *making, uint32_t number, struct difference *cards,
    struct difference *terminals, struct sbk_error *error) {
    struct tables before = {SBK_BUFFER_EMPTY, SBK_BUFFER_EMPTY, SBK_BUFFER_EMPTY};
    sbk_result result = tables_at(making->keys, number, &before, error);
    if (result == SBK_OK) {
        result = differ(&before.cards, &making->now.cards, SBK_HOTLIST_CARD_SIZE, SBK_ALIAS_SIZE, cards, error);
    }
    if (result == SBK_OK) {
        result =
            differ(&before.terminals, &making->now.terminals, SBK_TERMINAL_SIZE, SBK_TERMINAL_SIZE, terminals, error);
    }
    free_tables(&before);
    return result;
}

static sbk_result enter(struct making *making, const uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error) {
    const uint32_t number = making->made->whole.number;
    struct difference cards = {SBK_BUFFER_EMPTY, SBK_BUFFER_EMPTY};
    struct difference terminals = {SBK_BUFFER_EMPTY, SBK_BUFFER_EMPTY};
    sbk_result result = differ_from(making, number, &cards, &terminals, error);
    if (result == SBK_OK) {
        result = insert_list(making, hash, error);
    }
    if (result == SBK_OK) {
        result = enter_cards(making->keys, &cards, number, error);
    }
    if (result == SBK_OK) {
        result = enter_terminals(making->keys, &terminals, number, error);
    }
    free_difference(&cards);
    free_difference(&terminals);
    return result;
}

/* ---- records ---- */

static sbk_result too_long(struct sbk_error *error) {
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
        _("a hotlist holds at most %u cards, %u stations and %u CAs and signers, a change likewise with what it takes "
          "away"),
        SBK_HOTLIST_CARDS_MAX, SBK_HOTLIST_TERMINALS_MAX, SBK_HOTLIST_ISSUERS_MAX);
}

/* The certificate and the signed record behind it. */
static sbk_result write_file(
    const struct making *making, const struct sbk_hotlist *list, struct sbk_buffer *file, struct sbk_error *error) {
    const struct sbk_bytes *certificate = &making->order->certificate;
    size_t size = 0;
    sbk_result result = sbk_buffer_append(file, certificate->data, certificate->size, error);
    if (result == SBK_OK) {
        result = sbk_buffer_reserve(file, SBK_HOTLIST_MAX, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    const enum sbk_format format = sbk_hotlist_write(list, file->data + file->size, SBK_HOTLIST_MAX, &size);
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(
            error, SBK_USAGE, SBK_REASON_FORMAT, _("the hotlist cannot be made: it %s"), _(sbk_format_text(format)));
    }
    result = sbk_sign_record(making->signer, file->data + file->size, SBK_HOTLIST_MAX, &size, error);
    file->size += size;
    return result;
}

static sbk_result make_whole(struct making *making, struct sbk_error *error) {
    const struct tables *now = &making->now;
    struct sbk_hotlist *whole = &making->made->whole;
    struct sbk_buffer *file = &making->made->file;
    uint8_t hash[SBK_HASH_SIZE];
    whole->issued = making->order->today;
    whole->made = making->order->now;
    whole->warn = making->order->warn;
    whole->stop = making->order->stop;
    if (now->cards.size / SBK_HOTLIST_CARD_SIZE > SBK_HOTLIST_CARDS_MAX ||
        now->terminals.size / SBK_TERMINAL_SIZE > SBK_HOTLIST_TERMINALS_MAX ||
        now->issuers.size / SBK_HOTLIST_ISSUER_SIZE > SBK_HOTLIST_ISSUERS_MAX) {
        return too_long(error);
    }
    whole->cards = now->cards.data;
    whole->card_count = (uint32_t)(now->cards.size / SBK_HOTLIST_CARD_SIZE);
    whole->terminals = now->terminals.data;
    whole->terminal_count = (uint16_t)(now->terminals.size / SBK_TERMINAL_SIZE);
    whole->issuers = now->issuers.data;
    whole->issuer_count = (uint8_t)(now->issuers.size / SBK_HOTLIST_ISSUER_SIZE);
    sbk_result result = write_file(making, whole, file, error);
    if (result == SBK_OK) {
        const size_t before = making->order->certificate.size;
        memcpy(making->signature, file->data + file->size - SBK_SIGNATURE_SIZE, SBK_SIGNATURE_SIZE);
        result = sbk_sha256(file->data + before, file->size - before - SBK_SIGNATURE_SIZE, hash, error);
    }
    return result == SBK_OK ? enter(making, hash, error) : result;
}

static sbk_result write_change(struct making *making, const struct difference *cards,
    const struct difference *terminals, struct sbk_error *error) {
    struct hotlists_made *made = making->made;
    struct sbk_hotlist change = made->whole;
    if (cards->added.size / SBK_HOTLIST_CARD_SIZE + cards->removed.size / SBK_ALIAS_SIZE > SBK_HOTLIST_CARDS_MAX ||
        (terminals->added.size + terminals->removed.size) / SBK_TERMINAL_SIZE > SBK_HOTLIST_TERMINALS_MAX) {
        return too_long(error);
    }
    change.base = made->since;
    change.cards = cards->added.data;
    change.card_count = (uint32_t)(cards->added.size / SBK_HOTLIST_CARD_SIZE);
    change.removed = cards->removed.data;
    change.removed_count = (uint32_t)(cards->removed.size / SBK_ALIAS_SIZE);
    change.terminals = terminals->added.data;
    change.terminal_count = (uint16_t)(terminals->added.size / SBK_TERMINAL_SIZE);
    change.restored = terminals->removed.data;
    change.restored_count = (uint16_t)(terminals->removed.size / SBK_TERMINAL_SIZE);
    change.whole_signature = making->signature;
    made->added = change.card_count;
    made->removed = change.removed_count;
    return write_file(making, &change, &made->change, error);
}

static sbk_result make_change(struct making *making, struct sbk_error *error) {
    struct difference cards = {SBK_BUFFER_EMPTY, SBK_BUFFER_EMPTY};
    struct difference terminals = {SBK_BUFFER_EMPTY, SBK_BUFFER_EMPTY};
    sbk_result result = differ_from(making, making->made->since, &cards, &terminals, error);
    if (result == SBK_OK) {
        result = write_change(making, &cards, &terminals, error);
    }
    free_difference(&cards);
    free_difference(&terminals);
    return result;
}

/* ---- the order ---- */

/* The number of the list, and of the one that the change is made of. */
static sbk_result number_it(struct making *making, struct sbk_error *error) {
    struct hotlists_counts counts = {0, 0, 0};
    const struct hotlists_order *order = making->order;
    const sbk_result result = hotlists_count(making->keys, &counts, error);
    if (result != SBK_OK) {
        return result;
    }
    if (counts.newest >= UINT32_MAX) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN, "%s", _("the numbers of hotlists are used up"));
    }
    making->made->whole.number = (uint32_t)counts.newest + 1;
    making->made->since = order->since != 0 ? order->since : (uint32_t)counts.newest;
    if (order->has_change && (making->made->since == 0 || making->made->since > counts.newest)) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND,
            _("there is no hotlist %u to make a change of; the newest is %lld"), (unsigned)making->made->since,
            (long long)counts.newest);
    }
    return SBK_OK;
}

/* A station refuses a list whose signer it names: what was signed under a stolen key must be signed under the next. */
static sbk_result check_signer(const struct making *making, struct sbk_error *error) {
    const struct sbk_buffer *issuers = &making->now.issuers;
    const uint8_t generation = sbk_key_info(making->signer)->generation;
    for (size_t at = 0; at < issuers->size; at += SBK_HOTLIST_ISSUER_SIZE) {
        if (issuers->data[at] == SBK_ROLE_LIST_SIGNER && issuers->data[at + 1] >= generation) {
            return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
                _("list signer %u is distrusted: only a later one can say so; make it with 'rotate list-signer'"),
                issuers->data[at + 1]);
        }
    }
    return SBK_OK;
}

sbk_result hotlists_make(struct sbk_database *keys, struct sbk_database *cards, struct sbk_key *list_signer,
    const struct hotlists_order *order, struct hotlists_made *made, struct sbk_error *error) {
    struct making making = {.keys = keys, .signer = list_signer, .order = order, .made = made};
    memset(made, 0, sizeof *made);
    sbk_result result = number_it(&making, error);
    if (result == SBK_OK) {
        result = gather(&making, cards, error);
    }
    if (result == SBK_OK) {
        result = check_signer(&making, error);
    }
    if (result == SBK_OK) {
        result = make_whole(&making, error);
    }
    if (result == SBK_OK && order->has_change) {
        result = make_change(&making, error);
    }
    free_tables(&making.now);
    return result;
}

void hotlists_free(struct hotlists_made *made) {
    sbk_buffer_free(&made->file);
    sbk_buffer_free(&made->change);
}
