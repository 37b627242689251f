/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CEREMONY_H
#define SBK_KEYS_CEREMONY_H

#include "base/buffer.h"
#include "base/error.h"
#include "schema/bundle.h"
#include "schema/records.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The script of a key ceremony: Markdown that people read on paper and `ceremony run` reads back. Private to the
 * program.
 *
 *     # TITLE
 *
 *     PARAGRAPH                           one line each, any number
 *
 *     | LABEL | VALUE | `field` |         the details, in the order of enum ceremony_field; those not given are left out;
 *     |---|---|---|                       this line after the first
 *
 *     ## 1. TITLE                         the steps, numbered from 1
 *
 *     **MC, KO1, W1**                     who does it and puts initials to it
 *
 *     PARAGRAPH                           at least one
 *
 *         COMMAND                         what is typed, word for word: lines with four blanks before them
 *
 *     > WHAT IS TO BE SEEN
 *
 *     - `check`                           what `ceremony run` finds out or asks before the step counts as done
 *
 *     | MC | KO1 | W1 | HH:MM |           boxes for the paper, as the who line says
 *     |---|---|---|---|
 *     |   |   |   |   |
 *
 *     ---
 *
 *     PARAGRAPH
 *
 *     `XXXX ...`                          hash of the plan: SHA-256 of everything before this line, in groups as fingerprints are
 */

enum ceremony_kind {
    CEREMONY_FIRST_ROOT,
    CEREMONY_SUCCESSION,
    CEREMONY_INTERMEDIATE,
    CEREMONY_TRANSPORT,
    CEREMONY_SHARES,
    CEREMONY_COMPROMISE,
};
#define CEREMONY_KINDS 6

/* Details of a ceremony. The words in the third column of the table are those of ceremony_field_word. */
#define CEREMONY_OFFICERS_MAX 9
#define CEREMONY_WITNESSES_MAX 3
#define CEREMONY_COMPONENTS_MAX 8 /* of a transport key, one an officer */
enum ceremony_field {
    CEREMONY_KIND,
    CEREMONY_ROLE,       /* of the key; of a compromise also root-share, grant-signer-share, station */
    CEREMONY_GENERATION, /* of the key that is made, or whose shares are */
    CEREMONY_DATE,
    CEREMONY_PLACE,
    CEREMONY_STORE,
    CEREMONY_ROOT,  /* folder of the root that signs */
    CEREMONY_NEXT,  /* folder of the root made for later */
    CEREMONY_FILES, /* folder of requests, answers, exports */
    CEREMONY_FROM,
    CEREMONY_UNTIL,
    CEREMONY_OLD_UNTIL, /* last day of the root that is followed */
    CEREMONY_QUORUM,    /* M/N */
    CEREMONY_TERMINAL,  /* of a compromised station */
    CEREMONY_AIR_GAP,   /* "yes": the root's machine is another one */
    CEREMONY_QR,        /* "yes": requests and answers travel as QR codes */
    CEREMONY_SIGNER,    /* role of the key that signs the transcript */
    CEREMONY_LANGUAGE,
    CEREMONY_VERSION, /* of the host programs */
    CEREMONY_MASTER,
    CEREMONY_OFFICER, /* the first of CEREMONY_OFFICERS_MAX */
    CEREMONY_WITNESS = CEREMONY_OFFICER + CEREMONY_OFFICERS_MAX,
    CEREMONY_FIELDS = CEREMONY_WITNESS + CEREMONY_WITNESSES_MAX,
};
#define CEREMONY_VALUE_MAX 120 /* bytes */
#define CEREMONY_PEOPLE (CEREMONY_FIELDS - CEREMONY_MASTER)

struct ceremony_details {
    char values[CEREMONY_FIELDS][CEREMONY_VALUE_MAX + 1]; /* UTF-8; empty: not given */
};

/* Bytes of the plan's text, lent. */
struct ceremony_text {
    const char *data;
    size_t size;
};

/* What a step needs before it counts; the words in backquotes:
 *
 *   plan                           the hash on the paper: its first groups are typed
 *   absent PATH                    nothing is there (yet, or any more)
 *   key WHERE ROLE GENERATION      the key is there
 *   fingerprint WHERE ROLE GENERATION    and the first groups of its fingerprint are typed
 *   certificate ROLE [GENERATION]  it verifies under the root in force; without a number: the one in use
 *   anchor [GENERATION]            the store is whole and this is the root in force
 *   root GENERATION                this root is in force, and the first groups of its fingerprint are typed
 *   next-root GENERATION           the anchor names it, and the first groups of its fingerprint are typed
 *   shares WHERE ROLE GENERATION   the shares of its quorum are there
 *   kcv GENERATION                 the transport key's check value is typed
 *   file PATH                      it is there
 *   message PATH                   a request or an answer: it is there, fits a QR code, and its check value is typed
 *   note                           something is written down: the number of a bag, a name
 *
 * WHERE is store, store/next-root, root or next: the folders of the details. */
enum ceremony_check_kind {
    CEREMONY_CHECK_PLAN,
    CEREMONY_CHECK_ABSENT,
    CEREMONY_CHECK_KEY,
    CEREMONY_CHECK_FINGERPRINT,
    CEREMONY_CHECK_CERTIFICATE,
    CEREMONY_CHECK_ANCHOR,
    CEREMONY_CHECK_ROOT,
    CEREMONY_CHECK_NEXT_ROOT,
    CEREMONY_CHECK_SHARES,
    CEREMONY_CHECK_KCV,
    CEREMONY_CHECK_FILE,
    CEREMONY_CHECK_MESSAGE,
    CEREMONY_CHECK_NOTE,
};
#define CEREMONY_CHECK_KINDS 13
enum ceremony_where {
    CEREMONY_IN_STORE,
    CEREMONY_IN_STORE_NEXT,
    CEREMONY_IN_ROOT,
    CEREMONY_IN_NEXT,
};
struct ceremony_check {
    struct ceremony_text words; /* as they stand */
    struct ceremony_text path;
    enum ceremony_check_kind kind;
    enum ceremony_where where;
    uint8_t role;       /* enum sbk_key_role */
    uint8_t generation; /* 0: not given */
};
/* False for words that are none of these. Lends from words. */
bool ceremony_check_parse(struct ceremony_text words, struct ceremony_check *check);
/* Whether people write or type something for it. */
bool ceremony_check_typed(const struct ceremony_check *check);

#define CEREMONY_STEPS_MAX 48
#define CEREMONY_PARAGRAPHS_MAX 8
#define CEREMONY_COMMANDS_MAX 8
#define CEREMONY_CHECKS_MAX 16
#define CEREMONY_PLAN_MAX 65536 /* bytes */
#define CEREMONY_LINE_MAX 1200
#define CEREMONY_MESSAGE_MAX 2331 /* bytes in a QR code of version 40, level M */

struct ceremony_step {
    struct ceremony_text title;
    struct ceremony_text who_text; /* "MC, KO1" */
    uint16_t who;                  /* bit n: person n, from CEREMONY_MASTER on */
    struct ceremony_text paragraphs[CEREMONY_PARAGRAPHS_MAX];
    size_t paragraph_count;
    struct ceremony_text commands[CEREMONY_COMMANDS_MAX];
    size_t command_count;
    struct ceremony_text see; /* empty: nothing said */
    struct ceremony_check checks[CEREMONY_CHECKS_MAX];
    size_t check_count;
};

struct ceremony_plan {
    struct sbk_buffer text; /* what everything lends from */
    struct ceremony_details details;
    struct ceremony_text labels[CEREMONY_FIELDS];
    enum ceremony_kind kind;
    struct ceremony_text title;
    struct ceremony_text paragraphs[CEREMONY_PARAGRAPHS_MAX];
    size_t paragraph_count;
    struct ceremony_step steps[CEREMONY_STEPS_MAX];
    size_t step_count;
    struct ceremony_text closing;
    uint8_t hash[SBK_HASH_SIZE];
};

/* Words: "first-root"; "officer-1"; "MC", "KO1", "W1" (person 0: the master). And the way back: false if unknown. */
const char *ceremony_kind_word(enum ceremony_kind kind);
bool ceremony_kind_of(const char *word, enum ceremony_kind *kind);
const char *ceremony_field_word(enum ceremony_field field);
const char *ceremony_person_word(size_t person);
bool ceremony_person_of(struct ceremony_text word, size_t *person);

/* The lines of the table with boxes for these people's initials and the time. */
#define CEREMONY_BOX_LINES 3
#define CEREMONY_BOX_ROOM (CEREMONY_PEOPLE * 6 + 16)
void ceremony_boxes(uint16_t who, char lines[CEREMONY_BOX_LINES][CEREMONY_BOX_ROOM]);

/* Whether the details can be a ceremony's: every value in its form, those that the kind needs there, no others. Errors:
 * SBK_USAGE. */
SBK_CHECK_RESULT sbk_result ceremony_details_check(const struct ceremony_details *details, struct sbk_error *error);
/* The key whose shares ROLE is about: "root-share" gives "root"; NULL for other words. */
const char *ceremony_shared_role(const char *role);
/* Of details that passed: the number of people; M and N of the quorum (0 without one); the generation. */
unsigned ceremony_officers(const struct ceremony_details *details);
unsigned ceremony_witnesses(const struct ceremony_details *details);
bool ceremony_quorum(const struct ceremony_details *details, unsigned *needed, unsigned *of);
unsigned ceremony_number(const struct ceremony_details *details, enum ceremony_field field);
/* The folder of a WHERE; room: that of a value and "/next-root". */
#define CEREMONY_PATH_ROOM (CEREMONY_VALUE_MAX + 12)
void ceremony_folder(const struct ceremony_details *details, enum ceremony_where where, char path[CEREMONY_PATH_ROOM]);

/* Writes the script for details that passed, in the language of the process. Deterministic. Appends to out. */
SBK_CHECK_RESULT sbk_result ceremony_write(
    const struct ceremony_details *details, struct sbk_buffer *out, struct sbk_error *error);

/* Reads a script, strictly, and takes the text over a copy. *plan is the caller's, for ceremony_plan_free. Errors:
 * SBK_TAMPERED, "format-invalid" with the line; "signature-invalid" if the hash at the end is another. */
SBK_CHECK_RESULT sbk_result ceremony_plan_read(
    const void *text, size_t size, struct ceremony_plan **plan, struct sbk_error *error);
void ceremony_plan_free(struct ceremony_plan **plan);

/* Prints it: A4, boxes for initials, the hash and the page's number on each page. Appends to out. Errors: SBK_USAGE, a
 * name with letters that the printer's own fonts lack. */
SBK_CHECK_RESULT sbk_result ceremony_print(
    const struct ceremony_plan *plan, struct sbk_buffer *out, struct sbk_error *error);

#endif
