/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CEREMONY_RECORD_H
#define SBK_KEYS_CEREMONY_RECORD_H

#include "keys/ceremony.h"

/*
 * What was done in a ceremony: the record that `ceremony run` writes, and the transcript that it ends in. Private to the
 * program.
 *
 * The record is text of which only the end ever grows, a line a time, each durable before the next step begins:
 *
 *     CHAIN TIME begin KIND
 *     CHAIN TIME step N MC=AB KO1=CD | CHECK = VALUE | CHECK = VALUE
 *     CHAIN TIME exception N MC=AB | TEXT          before step N
 *     CHAIN TIME resume N                          after an interruption
 *     CHAIN TIME abort N MC=AB | TEXT              the last line
 *     CHAIN TIME end N ROLE GENERATION FINGERPRINT the last line: so many steps, and the key that signs the transcript
 *
 * TIME is as for machines, YYYY-MM-DDTHH:MM:SS+08:00, and never runs back. CHAIN is SHA-256 of the line before's (32 bytes; of
 * the plan's hash for the first) and of the line behind it without its end, in 64 hexadecimal digits. A step has a value for
 * each of its checks, in their order:
 *
 *     plan                  64 digits: its hash
 *     absent                absent
 *     key, fingerprint      128 digits: the public key X||Y; 64 digits: SHA-256 of 04||X||Y
 *     certificate           generation; SHA-256 of the certificate; fingerprint of the key that it is of
 *     anchor                generation; public key; its fingerprint; the next root's fingerprint
 *     next-root             its fingerprint
 *     shares                M/N; the set of shares, 16 digits
 *     kcv                   6 digits
 *     file, message         size in bytes; SHA-256
 *     note                  text
 *
 * A transcript is the content of a CMS file (schema/oid.h): "sembako ceremony transcript 1", "plan SIZE" and the plan,
 * "record SIZE" and the record, each announced in a line of its own.
 */
#define CEREMONY_RECORD_MAX (1u << 20)
#define CEREMONY_RECORD_LINE_MAX 8192
#define CEREMONY_VALUE_TEXT_MAX 400
#define CEREMONY_INITIALS_MAX 4
#define CEREMONY_NOTE_MAX 200

/* The value of a check. What a kind does not have is zero. */
struct ceremony_value {
    uint8_t generation;
    uint8_t point[SBK_POINT_SIZE];
    uint8_t fingerprint[SBK_HASH_SIZE];
    uint8_t next[SBK_HASH_SIZE];
    uint8_t hash[SBK_HASH_SIZE]; /* of a plan, certificate or file */
    uint64_t size;
    uint8_t needed, of; /* shares */
    uint8_t set[8];
    uint8_t kcv[SBK_KCV_SIZE];
    char note[CEREMONY_NOTE_MAX + 1];
};
/* False for a value that is not one of this check. A key's fingerprint must be that of its point. */
/* Takes a word off the beginning of a text, if it stands there. */
bool ceremony_take(struct ceremony_text *rest, const char *text);
bool ceremony_value_parse(const struct ceremony_check *check, struct ceremony_text text, struct ceremony_value *value);
void ceremony_value_write(
    const struct ceremony_check *check, const struct ceremony_value *value, char text[CEREMONY_VALUE_TEXT_MAX + 1]);
/* Whether text can be a note: 1 to 200 bytes of UTF-8, no control characters, no "|", no blanks at its ends. */
bool ceremony_note_good(struct ceremony_text text);
/* One to four letters. */
bool ceremony_initials_good(struct ceremony_text text);

/* Finds out what a check asks for, in the folders and files that the plan names, on this day. A note is the caller's to
 * ask for. Errors: what is not as it should be. */
SBK_CHECK_RESULT sbk_result ceremony_look(const struct ceremony_plan *plan, const struct ceremony_check *check,
    uint16_t day, struct ceremony_value *value, struct sbk_error *error);

/* ---- the record ---- */

struct ceremony_state {
    uint8_t chain[SBK_HASH_SIZE];
    uint32_t time;     /* of the last line */
    size_t steps;      /* done */
    size_t exceptions; /* noted */
    size_t resumptions;
    bool begun;
    bool aborted;
    bool ended;
    char initials[CEREMONY_PEOPLE][CEREMONY_INITIALS_MAX + 1]; /* of those who gave them already */
    uint8_t signer;                                            /* enum sbk_key_role, once ended */
    uint8_t signer_generation;
    uint8_t signer_fingerprint[SBK_HASH_SIZE];
};

/* Reads one line (without its end) into the state. Errors: SBK_TAMPERED, "chain-broken". seen, if not NULL, is called for each
 * value of a step. */
typedef sbk_result (*ceremony_seen)(void *context, size_t step, const struct ceremony_check *check,
    const struct ceremony_value *value, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result ceremony_record_line(const struct ceremony_plan *plan, struct ceremony_text line,
    struct ceremony_state *state, ceremony_seen seen, void *context, struct sbk_error *error);

/* Reads a record of this plan: every line whole. */
SBK_CHECK_RESULT sbk_result ceremony_record_read(const struct ceremony_plan *plan, struct ceremony_text text,
    struct ceremony_state *state, ceremony_seen seen, void *context, struct sbk_error *error);

/* Appends "CHAIN TIME rest\n" for the state after which it comes; the state does not change. */
SBK_CHECK_RESULT sbk_result ceremony_record_compose(const struct ceremony_plan *plan,
    const struct ceremony_state *state, uint32_t time, const char *rest, struct sbk_buffer *out,
    struct sbk_error *error);

/* The file of a record, held by this process alone. */
struct ceremony_file {
    const struct ceremony_plan *plan;
    const char *path; /* lent */
    int descriptor;   /* -1: not open */
    struct ceremony_state state;
    struct sbk_buffer text;
    bool resumed; /* it was there already */
    bool torn;    /* a line that was never finished was taken off its end */
};
/* Opens the record, or begins a new one at the time given. Errors: SBK_TAMPERED, a record that was altered or is another
 * plan's; SBK_ENVIRONMENT, another process has it. */
SBK_CHECK_RESULT sbk_result ceremony_file_open(struct ceremony_file *file, const struct ceremony_plan *plan,
    const char *path, uint32_t time, struct sbk_error *error);
void ceremony_file_close(struct ceremony_file *file);
/* Adds a line, durably. Errors: SBK_REFUSED, "time-not-valid", a clock that runs back; SBK_ENVIRONMENT. */
SBK_CHECK_RESULT sbk_result ceremony_file_add(
    struct ceremony_file *file, uint32_t time, const char *rest, struct sbk_error *error);

/* ---- the transcript ---- */

SBK_CHECK_RESULT sbk_result ceremony_transcript_write(
    struct ceremony_text plan, struct ceremony_text record, struct sbk_buffer *out, struct sbk_error *error);
/* Takes it apart; lends from data. False if it is none. */
bool ceremony_transcript_parse(struct ceremony_text data, struct ceremony_text *plan, struct ceremony_text *record);

#endif
