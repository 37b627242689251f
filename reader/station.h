/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_STATION_H
#define SBK_READER_STATION_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "schema/basket.h"
#include "schema/certificate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A station: a folder (0700) with its keys, its trust, its item list, its log and the state of its transactions.
 *
 *     DIR/keys/        key store: agreement key, log key (Ed25519), X.509 identity, under one pass phrase, or on a
 *                      PKCS#11 token under its PIN
 *     DIR/station.db   SQLite: schema/sql/station-*.sql
 *     DIR/lock         one process at a time
 *
 * It knows cards by alias only; no name, number or NIK is ever written here. One object belongs to one thread.
 */
struct sbk_station;

struct sbk_station_options {
    const char *path;
    const struct sbk_clock *clock; /* borrowed; outlives the station */
    bool clock_set;                /* SEMBAKO_DATE set it: recorded in the log */
    const char *vfs;               /* SQLite VFS; NULL: the default. Tests inject faults here */
    /* Where enrolling makes the keys: "URI" of a PKCS#11 token, "ROLE=URI" or "ROLE=file" for one of agreement, log and
     * station; NULL-terminated. NULL: in the folder, encrypted. */
    const char *const *tokens;
};

/*
 * Makes the folder, keys and database of a new station and its certificate request (CMS), appended to request. id: 1 to
 * 12 characters of A-Z a-z 0-9 . _ -. A folder that is a station already: SBK_REFUSED "exists-already". After a failure
 * the folder holds no station. passphrase: of envelopes, or the PIN of a token (one for all three keys); NULL where the
 * token has it from elsewhere. The caller closes *station.
 */
SBK_CHECK_RESULT sbk_result sbk_station_enrol(struct sbk_station **station, const struct sbk_station_options *options,
    const char *id, const struct sbk_secret *passphrase, struct sbk_buffer *request, struct sbk_error *error);

enum sbk_station_access {
    SBK_STATION_WORK, /* takes the folder for this process and may write */
    SBK_STATION_READ /* looks only; beside a working station, without its lock; path may also be a copy of station.db */
};

/* Opens a station. Every certificate kept in it is verified anew under the pinned root (SBK_TAMPERED if one does not
 * hold). SBK_ENVIRONMENT "not-enrolled" where there is none. */
SBK_CHECK_RESULT sbk_result sbk_station_open(struct sbk_station **station, const struct sbk_station_options *options,
    enum sbk_station_access access, struct sbk_error *error);

/* Closes, wipes the keys, gives the folder back, sets the pointer to NULL; accepts NULL inside. */
void sbk_station_close(struct sbk_station **station);

/* What sbk_station_unlock will need: a pass phrase, or the PIN of a token (its label is copied to token, 33 bytes), or
 * nothing. SBK_ENVIRONMENT "token-missing" if the token is not there. */
enum sbk_station_secret { SBK_STATION_PASSPHRASE, SBK_STATION_PIN, SBK_STATION_NOTHING };
SBK_CHECK_RESULT sbk_result sbk_station_secret(
    const struct sbk_station *station, enum sbk_station_secret *secret, char token[33], struct sbk_error *error);

/* Opens the station's keys. Needed for every session with a card. SBK_REFUSED "passphrase-wrong" (the PIN of a token
 * likewise), "token-locked"; SBK_ENVIRONMENT "token-missing", "token-failed". */
SBK_CHECK_RESULT sbk_result sbk_station_unlock(
    struct sbk_station *station, const struct sbk_secret *passphrase, struct sbk_error *error);

/* What a certificate file brought. */
struct sbk_installed {
    uint8_t root_generation;
    uint8_t fingerprint[SBK_HASH_SIZE]; /* of the root, for a person to compare */
    bool pinned_now;                    /* no root was pinned before */
    uint8_t followed_from;              /* the root that was the newest, if links led to another; 0 else */
    struct sbk_terminal_rights rights;
    uint8_t role;
    uint16_t effective;
    uint16_t expiry;
    bool other_keys; /* it was for those that waited, which are in use now and closed; the former ones are destroyed */
};

/* Installs a certificate file from the city: verifies all of it and that it is for this station's keys; the first pins
 * the root, later ones must be under it or under one that root links in it lead to, which are kept for cards. All or
 * nothing, and logged. One for the keys of sbk_station_rekey puts them in use, all three, with the last checkpoint of the
 * former log key before it in the log: the station must be unlocked for that (SBK_REFUSED "passphrase-wrong") and is locked
 * after it. Errors: SBK_TAMPERED, SBK_REFUSED. */
SBK_CHECK_RESULT sbk_result sbk_station_install(struct sbk_station *station, const uint8_t *data, size_t size,
    struct sbk_installed *installed, struct sbk_error *error);

/* A root that the station pinned or followed. */
struct sbk_root_view {
    uint8_t generation;
    uint8_t fingerprint[SBK_HASH_SIZE];
    uint16_t until; /* last day on which it counts; 0xFFFF: no end, 0: it counts no more */
};
/* A CA or signer that the station trusts. */
struct sbk_issuer_view {
    uint8_t role;
    uint8_t generation;
    uint8_t root;
    uint16_t effective;
    uint16_t expiry;
};
/* The roots and the CAs and signers, newest first, up to size; return how many there are. */
size_t sbk_station_roots(const struct sbk_station *station, struct sbk_root_view *roots, size_t size);
size_t sbk_station_issuers(const struct sbk_station *station, struct sbk_issuer_view *issuers, size_t size);

/*
 * Makes the next three keys of a certified station, which wait for their certificate while the present ones stay in use,
 * and appends the request for it (CMS), in which the present keys say that it is the same station. Once more: the same keys,
 * the request again. They lie where the present ones were made. passphrase: what opens the present keys, and the new ones as
 * well. SBK_ENVIRONMENT "no-certificate", and as sbk_station_unlock.
 */
SBK_CHECK_RESULT sbk_result sbk_station_rekey(struct sbk_station *station, const struct sbk_secret *passphrase,
    struct sbk_buffer *request, struct sbk_error *error);

/* Which keys there are. */
struct sbk_station_key_state {
    uint8_t generation; /* of those in use, from 1 */
    uint16_t created;   /* the day on which they were made */
    bool pending;       /* the next three wait for their certificate */
    unsigned former; /* private keys of earlier generations that could not be destroyed yet: the next unlocking does */
};
SBK_CHECK_RESULT sbk_result sbk_station_key_state(
    const struct sbk_station *station, struct sbk_station_key_state *state, struct sbk_error *error);

/* The station's own certificate; NULL before the first install. Owned by the station. */
const struct sbk_certificate *sbk_station_certificate(const struct sbk_station *station);
/* The terminal id as text; owned by the station. */
const char *sbk_station_id(const struct sbk_station *station);
uint32_t sbk_station_time(const struct sbk_station *station);
uint16_t sbk_station_today(const struct sbk_station *station);

/* Refuses a station that may not work today: no certificate (SBK_ENVIRONMENT "no-certificate"), not valid on the
 * clock's date (SBK_REFUSED "certificate-expired"), role not among roles, a set of SBK_ROLE_BIT (SBK_REFUSED
 * "role-not-allowed"). */
SBK_CHECK_RESULT sbk_result sbk_station_check(
    const struct sbk_station *station, uint64_t roles, struct sbk_error *error);

/* ---- item lists ---- */

/* Takes a list file (signer's certificate and C7 record): verified under the station's trust, its number higher than
 * the present one's (SBK_REFUSED "record-old"). Logged. */
SBK_CHECK_RESULT sbk_result sbk_station_import_list(struct sbk_station *station, const uint8_t *data, size_t size,
    struct sbk_items_header *header, struct sbk_error *error);

/* The list in force; SBK_ENVIRONMENT "no-item-list" if there is none. Owned by the station. */
struct sbk_list {
    struct sbk_items_header header;
    struct sbk_item items[SBK_ITEMS_MAX];
};
SBK_CHECK_RESULT sbk_result sbk_station_list(
    struct sbk_station *station, const struct sbk_list **list, struct sbk_error *error);

/* ---- transactions ---- */

enum sbk_sale_outcome {
    SBK_SALE_RESERVED = 0,  /* the number is taken, nothing was sent */
    SBK_SALE_OPEN = 1,      /* the intent is durable, the outcome is not known */
    SBK_SALE_SETTLED = 2,   /* its receipt is in the log */
    SBK_SALE_UNTOUCHED = 3, /* nothing was charged: the authenticated card never saw it, or refused it */
    SBK_SALE_OTHER = 4,     /* nothing was charged: another entry stands in its place */
    SBK_SALE_DOUBT = 5,     /* given up by rule (recovery.h): settlement decides, unless its card comes back */
};
struct sbk_transaction {
    uint32_t number;
    uint8_t operation; /* enum sbk_log_operation */
    uint8_t outcome;   /* enum sbk_sale_outcome */
    uint8_t alias[SBK_ALIAS_SIZE];
    uint32_t counter; /* the card's, that the entry has or would have */
    uint32_t time;    /* of the intent */
};
/* Counts for `status`. */
struct sbk_station_summary {
    uint32_t log_size;
    uint32_t next_transaction;
    uint32_t settled;
    uint32_t open;
    uint32_t doubt;       /* settlement decides, unless its card comes back */
    uint32_t cards;       /* known by alias */
    uint32_t clock_notes; /* entries of the log that say the clock was changed */
    uint16_t x509_until;  /* last day of its X.509 certificate; 0: none */
};
SBK_CHECK_RESULT sbk_result sbk_station_summary(
    struct sbk_station *station, struct sbk_station_summary *summary, struct sbk_error *error);

/* How the station's clock stands to the newest entry of its log; the values are the causes of SBK_LOG_CLOCK. */
enum sbk_station_clock {
    SBK_CLOCK_STEADY = 0,
    SBK_CLOCK_SET = 1,  /* SEMBAKO_DATE sets it */
    SBK_CLOCK_BACK = 2, /* before that entry */
    SBK_CLOCK_AHEAD = 3 /* more than 30 days after it */
};
/* newest: time of that entry, or of the enrolment where there is none. */
enum sbk_station_clock sbk_station_clock(const struct sbk_station *station, uint32_t *newest);

#endif
