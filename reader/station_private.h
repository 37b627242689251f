/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_STATION_PRIVATE_H
#define SBK_READER_STATION_PRIVATE_H

#include "base/database.h"
#include "base/file.h"
#include "keys/note.h"
#include "keys/store.h"
#include "keys/trust.h"
#include "reader/entitlement.h"
#include "reader/hotlist.h"
#include "reader/log.h"
#include "reader/log_proof.h"
#include "reader/station.h"
#include "reader/tree.h"
#include "schema/hotlist.h"

#define SBK_STATION_DATABASE "station.db"
#define SBK_STATION_KEYS "keys"
#define SBK_STATION_FIRST 1 /* generation of the keys that a station is enrolled with */

struct sbk_station {
    char *path;
    struct sbk_lock lock;
    struct sbk_database *database;
    const struct sbk_clock *clock;
    bool clock_set;
    bool rolled_back; /* a card showed a receipt of ours whose log head is no prefix of our log */
    bool clock_noted; /* SEMBAKO_DATE or a jump stands in the log already */

    uint8_t terminal[SBK_TERMINAL_SIZE];
    char id[SBK_TERMINAL_SIZE + 1];
    uint8_t generation; /* of the keys in use */
    char log_verifier[SBK_NOTE_VERIFIER_ROOM];
    uint32_t last_time;

    struct sbk_trust *trust;
    bool has_leaf;
    uint8_t leaf[SBK_CERTIFICATE_MAX];
    size_t leaf_size;
    struct sbk_certificate certificate; /* parsed from leaf */
    uint8_t office_ca[SBK_X509_MAX];
    size_t office_ca_size;

    struct sbk_list *list; /* loaded when first asked for */

    uint8_t *hotlist_file; /* whole and verified; NULL: none */
    size_t hotlist_size;
    struct sbk_hotlist hotlist; /* parsed from hotlist_file */
    struct sbk_certificate hotlist_signer;
    bool hotlist_broken; /* the one that is kept does not hold */

    struct sbk_tree tree;   /* of the log as committed or about to be */
    struct sbk_tree before; /* as committed, while a transaction is under way */

    struct sbk_key *agreement; /* NULL: locked */
    struct sbk_key *log_key;
    struct sbk_key *x509_key; /* a registrar's, to open what is personal */
};

/* ---- one transaction on the database, with the tree following it ---- */
SBK_CHECK_RESULT sbk_result sbk_station_begin(struct sbk_station *station, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_station_commit(struct sbk_station *station, struct sbk_error *error);
void sbk_station_rollback(struct sbk_station *station);

/* ---- log (log.c); inside a transaction ---- */

/* Appends an entry of the station's present time; notes the clock first where it must. position may be NULL. */
SBK_CHECK_RESULT sbk_result sbk_log_append(struct sbk_station *station, uint8_t kind,
    const struct sbk_log_field *fields, size_t count, uint32_t *position, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_log_append_receipt(struct sbk_station *station, uint8_t kind,
    const struct sbk_receipt *receipt, const uint8_t signing_key[SBK_COMPRESSED_SIZE], uint32_t *position,
    struct sbk_error *error);
/* What sbk_log_append would say of the clock, first: the next entry then stands alone. */
SBK_CHECK_RESULT sbk_result sbk_log_note_clock(struct sbk_station *station, struct sbk_error *error);
/* A refusal; alias NULL: none. status 0: the station itself. Its own transaction. */
void sbk_log_refusal(
    struct sbk_station *station, uint32_t transaction, const uint8_t *alias, uint16_t status, const char *reason);
/* A transaction closed without its receipt (recovery.c). how: enum sbk_log_resolution; counter: of the card at its tap,
 * or the expected one where no card was seen. */
SBK_CHECK_RESULT sbk_result sbk_log_resolved(
    struct sbk_station *station, uint32_t transaction, uint8_t how, uint32_t counter, struct sbk_error *error);
/* Compares the log head of a receipt of this station that a card showed (log_proof.c): what is not a prefix of the log
 * says that this folder is an old copy. The sale goes on, exactly once as ever; sbk_log_rolled_back tells. */
SBK_CHECK_RESULT sbk_result sbk_log_meet(
    struct sbk_station *station, const struct sbk_receipt *receipt, struct sbk_error *error);
/* The hash of a complete subtree of a station's log (context): a sbk_tree_fetch. */
SBK_CHECK_RESULT sbk_result sbk_log_node(
    void *context, unsigned level, uint32_t position, uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error);
/* Loads the tree of the log from its nodes. */
SBK_CHECK_RESULT sbk_result sbk_log_load(struct sbk_station *station, struct sbk_error *error);
/* The entry at a position, parsed; data keeps the bytes. */
SBK_CHECK_RESULT sbk_result sbk_log_entry_at(struct sbk_station *station, uint32_t position, struct sbk_buffer *data,
    struct sbk_log_entry *entry, struct sbk_error *error);

/* ---- keys of the log (log_keys.c) ---- */

/* The newest, into generation and log_verifier. */
SBK_CHECK_RESULT sbk_result sbk_log_load_key(struct sbk_station *station, struct sbk_error *error);
/* Inside a transaction: the next key, for heads over since entries and more. */
SBK_CHECK_RESULT sbk_result sbk_log_add_key(
    struct sbk_station *station, uint8_t generation, const char *verifier, uint32_t since, struct sbk_error *error);
/* The key of a generation; *found tells whether there is one. SBK_TAMPERED if it is not valid. */
SBK_CHECK_RESULT sbk_result sbk_log_key_of(struct sbk_station *station, uint8_t generation, bool *found,
    char verifier[SBK_LOG_VERIFIER_ROOM], uint32_t *since, struct sbk_error *error);

/* ---- other keys (rekey.c) ---- */

/* Inside a transaction that is to end with the keys in use: their last checkpoint. The station must be unlocked
 * (SBK_REFUSED "passphrase-wrong"). */
SBK_CHECK_RESULT sbk_result sbk_station_last_checkpoint(struct sbk_station *station, struct sbk_error *error);
/* Destroys the keys that were in use before, as far as it goes now, and tells how many stay, such as for want of a token;
 * status tells of them, and the next unlocking tries again. passphrase may be NULL. */
unsigned sbk_station_sweep(const struct sbk_station *station, const struct sbk_secret *passphrase);

/* ---- item lists (lists.c) ---- */

/* An earlier list, by its number; list is the caller's. */
SBK_CHECK_RESULT sbk_result sbk_station_list_at(
    struct sbk_station *station, uint32_t number, struct sbk_list *list, bool *found, struct sbk_error *error);

/* ---- hotlist (hotlist.c) ---- */

/* Loads the hotlist that is kept and lets the station's trust distrust whom it names. One that does not hold is noted:
 * the station then serves nobody until it has a good one. */
SBK_CHECK_RESULT sbk_result sbk_hotlist_load(struct sbk_station *station, struct sbk_error *error);
/* Refuses to serve a card that has this mandate: a station that is revoked ("station-revoked"), a hotlist that does not
 * hold, a card on it ("card-on-hotlist"), a list past its stop day ("hotlist-too-old"). */
SBK_CHECK_RESULT sbk_result sbk_hotlist_check(
    const struct sbk_station *station, const uint8_t alias[SBK_ALIAS_SIZE], uint32_t mandate, struct sbk_error *error);

/* ---- cards met before (cards.c) ---- */
struct sbk_known_card {
    uint8_t certificate[SBK_CERTIFICATE_MAX];
    size_t certificate_size; /* 0: not known */
    uint8_t mandate[SBK_MANDATE_MAX];
    size_t mandate_size; /* 0: none */
    bool has_entry;
    uint32_t counter;
    uint8_t entry_hash[SBK_HASH_SIZE];
};
SBK_CHECK_RESULT sbk_result sbk_card_known(struct sbk_station *station, const uint8_t alias[SBK_ALIAS_SIZE],
    struct sbk_known_card *card, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_card_keep(struct sbk_station *station, const uint8_t alias[SBK_ALIAS_SIZE],
    const struct sbk_known_card *card, struct sbk_error *error);

/* ---- transactions (transactions.c) ---- */
struct sbk_sale_row {
    struct sbk_transaction transaction;
    bool has_intent;
    uint32_t intent;
    bool has_receipt;
    uint32_t receipt;
    bool same_words; /* as asked for */
};
/* Takes a number (0: the next one) and makes it durable. A number that is there already is SBK_REFUSED. */
SBK_CHECK_RESULT sbk_result sbk_sale_reserve(struct sbk_station *station, uint32_t wanted, uint8_t operation,
    const char *words, uint32_t *number, struct sbk_error *error);
/* Looks a number up; words to compare with. *found */
SBK_CHECK_RESULT sbk_result sbk_sale_look(struct sbk_station *station, uint32_t number, const char *words, bool *found,
    struct sbk_sale_row *row, struct sbk_error *error);
typedef sbk_result (*sbk_sale_visit)(void *context, const struct sbk_sale_row *row, struct sbk_error *error);
/* The transactions on a card that its tap may settle, oldest first, up to size: the open ones, and those in doubt whose
 * receipt a card that stands at this counter would still keep. */
SBK_CHECK_RESULT sbk_result sbk_sale_unsettled_on(struct sbk_station *station, const uint8_t alias[SBK_ALIAS_SIZE],
    uint32_t counter, struct sbk_sale_row *rows, size_t size, size_t *count, struct sbk_error *error);
/* Every open transaction, oldest first, then every one in doubt; words to compare with. */
SBK_CHECK_RESULT sbk_result sbk_sale_each_unsettled(
    struct sbk_station *station, const char *words, sbk_sale_visit visit, void *context, struct sbk_error *error);
/* The open transactions whose intent is not younger than until (UTC seconds), oldest first, up to size. */
SBK_CHECK_RESULT sbk_result sbk_sale_open_until(struct sbk_station *station, int64_t until, struct sbk_sale_row *rows,
    size_t size, size_t *count, struct sbk_error *error);
/* The settled void of a sale of this station; 0: there is none. */
SBK_CHECK_RESULT sbk_result sbk_sale_void_of(
    struct sbk_station *station, uint32_t of, uint32_t *number, struct sbk_error *error);
/* Inside a transaction: the intent stands at a position; the outcome is this. */
SBK_CHECK_RESULT sbk_result sbk_sale_intend(
    struct sbk_station *station, const struct sbk_transaction *transaction, uint32_t intent, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_sale_close(
    struct sbk_station *station, uint32_t number, uint8_t outcome, const uint32_t *receipt, struct sbk_error *error);
/* Inside a transaction: numbers up to this one were used before this folder was restored. */
SBK_CHECK_RESULT sbk_result sbk_sale_skip_past(struct sbk_station *station, uint32_t number, struct sbk_error *error);

#endif
