/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_LOG_H
#define SBK_READER_LOG_H

#include "reader/entitlement.h"
#include "reader/station.h"
#include "schema/log.h"

/*
 * The station's audit log: canonical entries (schema/log.h) as leaves of an RFC 6962 Merkle tree, append-only. Heads
 * are signed as checkpoints (C2SP tlog-checkpoint in a signed note) with the station's Ed25519 key.
 */
struct sbk_log_head {
    uint32_t size; /* entries */
    uint8_t root[SBK_HASH_SIZE];
};

/* The present head. */
SBK_CHECK_RESULT sbk_result sbk_log_head_of(
    struct sbk_station *station, struct sbk_log_head *head, struct sbk_error *error);

/*
 * Calls for every entry from first on, in order; a result other than SBK_OK ends the walk and is returned. entry and
 * data lend until the call returns.
 */
typedef sbk_result (*sbk_log_visit)(void *context, uint32_t position, const struct sbk_log_entry *entry,
    const uint8_t *data, size_t size, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_log_walk(
    struct sbk_station *station, uint32_t first, sbk_log_visit visit, void *context, struct sbk_error *error);

/* The stable word of a kind of entry ("receipt"); "unknown" for others. */
const char *sbk_log_kind_word(uint8_t kind);

/* Signs the present head and keeps the checkpoint, if the log grew since the last one. Needs the unlocked log key. */
SBK_CHECK_RESULT sbk_result sbk_log_checkpoint(struct sbk_station *station, struct sbk_error *error);

/* Whether a card has shown, since the station was opened, a receipt of this station that signs a log head which is no
 * prefix of its log: the folder was put back from an old copy. */
bool sbk_log_rolled_back(const struct sbk_station *station);

/* What a verification found. */
struct sbk_log_report {
    struct sbk_log_head head;
    uint32_t receipts;    /* own and carried, signatures checked */
    uint32_t heads;       /* own receipts whose signed head is a prefix of this log */
    uint32_t checkpoints; /* signed heads that are a prefix of this log */
    uint32_t kept;        /* heads that the caller kept elsewhere and that are a prefix of this log */
    uint32_t findings;    /* what does not hold */
    const char *reason;   /* of the gravest of it; NULL: nothing */
};
/*
 * Recomputes everything from the entries: canonical form, tree nodes and root; the signature of every receipt by the
 * key it names, and that key by the card's kept certificate; that each own receipt belongs to an intent and its signed
 * log head is a prefix of this log; that receipts of one card chain where they are neighbours and nowhere fork; every
 * signed checkpoint; heads that were kept elsewhere. Needs no secret. finding is called for each thing that does not
 * hold, with a word of schema/reason.h ("log-rolled-back" for a signed head that is no prefix of this log) and a
 * translated sentence, position UINT32_MAX where it is none entry's; each member of the watch may be NULL. SBK_TAMPERED
 * if anything was found: "log-rolled-back" before "log-altered" before "card-forked", where the log is whole and a card
 * lies.
 */
struct sbk_log_watch {
    void (*finding)(void *context, uint32_t position, const char *reason, const char *text);
    void (*progress)(void *context, size_t done, size_t total);
    /* Each receipt, own or carried, that is signed by the key of its card's certificate. */
    void (*receipt)(void *context, uint32_t position, uint8_t kind, const struct sbk_receipt *receipt);
    void *context;
    const struct sbk_log_head *heads; /* anchored elsewhere; may be NULL */
    size_t head_count;
};
SBK_CHECK_RESULT sbk_result sbk_log_verify(struct sbk_station *station, const struct sbk_log_watch *watch,
    struct sbk_log_report *report, struct sbk_error *error);

#endif
