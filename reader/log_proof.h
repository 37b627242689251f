/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_LOG_PROOF_H
#define SBK_READER_LOG_PROOF_H

#include "reader/log.h"

/*
 * What a log says, as files that anyone checks without the station: checkpoints (signed heads), the proof that an entry
 * stands in the log, and the proof that an earlier checkpoint is the beginning of a later one. The forms are those of
 * part G of schema/card-specification.md. A verifier is the text NAME+HASH+KEY of a log's key; whoever relies on a
 * proof has it from the city, not from the proof.
 */
#define SBK_LOG_VERIFIER_ROOM 159
#define SBK_CHECKPOINT_MAX 2048u
#define SBK_LOG_PROOF_MAX 16384u

/* The verifier of a station's log key that is in use. SBK_TAMPERED if its database does not hold a whole one. */
SBK_CHECK_RESULT sbk_result sbk_log_verifier(
    const struct sbk_station *station, char verifier[SBK_LOG_VERIFIER_ROOM], struct sbk_error *error);

/* The verifier of the station that a certificate file from the city is for, checked against the log key (its verifier's
 * text, as a proof names it): the file is verified whole under the root that it carries, whose fingerprint the caller
 * shows. SBK_TAMPERED "certificate-invalid" if the certificate is for another station or another log key. */
SBK_CHECK_RESULT sbk_result sbk_log_verifier_certified(const uint8_t *file, size_t size, const char *verifier,
    uint8_t root_fingerprint[SBK_HASH_SIZE], struct sbk_error *error);

/* ---- checkpoints ---- */

/* Reads a checkpoint (a whole note) whose signature by the verifier holds. SBK_TAMPERED. */
SBK_CHECK_RESULT sbk_result sbk_checkpoint_read(
    const char *verifier, const char *note, size_t size, struct sbk_log_head *head, struct sbk_error *error);

/* Reads a checkpoint of a station's own log, signed with the key that was the log's at its size, which verifier becomes. */
SBK_CHECK_RESULT sbk_result sbk_log_read_checkpoint(struct sbk_station *station, const char *note, size_t size,
    struct sbk_log_head *head, char verifier[SBK_LOG_VERIFIER_ROOM], struct sbk_error *error);

/* The newest checkpoint of a station, a whole note, appended to note. SBK_REFUSED "not-found" if none was signed yet,
 * SBK_TAMPERED if its signature does not hold. */
SBK_CHECK_RESULT sbk_result sbk_log_newest_checkpoint(
    struct sbk_station *station, struct sbk_buffer *note, struct sbk_log_head *head, struct sbk_error *error);

/* Whether a head that was signed earlier is the beginning of this log. SBK_TAMPERED "log-rolled-back" if it is not. The
 * tree's nodes are believed; sbk_log_verify recomputes them. */
SBK_CHECK_RESULT sbk_result sbk_log_check_head(
    struct sbk_station *station, const struct sbk_log_head *head, struct sbk_error *error);

/* ---- proofs ---- */

/* Appends the proof of the entry at a position under the newest checkpoint. SBK_REFUSED "not-found" for an entry that
 * no checkpoint covers; SBK_TAMPERED if the log is not the one that the checkpoint signed. */
SBK_CHECK_RESULT sbk_result sbk_log_prove(
    struct sbk_station *station, uint32_t position, struct sbk_buffer *proof, struct sbk_error *error);

/* Appends the proof that one checkpoint of this log is the beginning of another; the log's key may have changed between
 * them. SBK_TAMPERED "log-rolled-back" if that is not so. */
SBK_CHECK_RESULT sbk_result sbk_log_prove_consistency(struct sbk_station *station, const struct sbk_buffer *older,
    const struct sbk_buffer *newer, struct sbk_buffer *proof, struct sbk_error *error);

/* What a proof shows. */
struct sbk_log_shown {
    bool of_entry;             /* else of consistency */
    struct sbk_log_head head;  /* of the (later) checkpoint */
    struct sbk_log_head older; /* of the earlier one; of consistency only */
    uint32_t position;         /* of the entry; of an entry only, like the rest */
    struct sbk_log_entry entry;
    size_t size;
    uint8_t bytes[SBK_LOG_ENTRY_MAX]; /* entry lends from here: do not copy the structure */
};

/* The keys of a log: verifiers. */
struct sbk_log_keys {
    const char *const *verifiers; /* lent */
    size_t count;
};

/* Checks a proof file of either kind; the keys that it names must be among these. SBK_TAMPERED: "format-invalid" not in its
 * one form; "signature-invalid" not under these keys; "log-altered", "log-rolled-back" the hashes do not lead to the signed
 * root. */
SBK_CHECK_RESULT sbk_result sbk_log_check(const struct sbk_log_keys *keys, const char *text, size_t size,
    struct sbk_log_shown *shown, struct sbk_error *error);

/* The verifiers that a proof file names for itself: for a person to compare, or for certificates to confirm. The second is
 * of the earlier checkpoint, and the first again unless the log's key changed between the two. */
SBK_CHECK_RESULT sbk_result sbk_log_proof_verifiers(
    const char *text, size_t size, char verifiers[2][SBK_LOG_VERIFIER_ROOM], struct sbk_error *error);

#endif
