/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_ROLL_H
#define SBK_PERSONALIZE_ROLL_H

#include "base/error.h"
#include "personalize/table.h"
#include "schema/numbers.h"
#include "schema/records.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The household roll: a CSV table (personalize/table.h) whose first row names the columns, in any order; its format is
 * described in data/README.md. Every fault of every row is found in one pass. A row with an error is no household of
 * the roll; a row with warnings is. Whoever appears twice (number of the family card, or NIK) keeps the first row.
 */
#define SBK_ROLL_BYTES_MAX ((size_t)256 << 20)
#define SBK_ROLL_ROWS_MAX 1000000
#define SBK_HOUSEHOLD_SIZE_MAX 30
#define SBK_AIDED_MAX 40 /* bytes of what the roll says about earlier aid */

enum sbk_household_status { SBK_HOUSEHOLD_LIVING = 0, SBK_HOUSEHOLD_DEAD, SBK_HOUSEHOLD_DELISTED };

struct sbk_household {
    size_t line;
    char household[17]; /* number of the family card (KK), 16 digits */
    char nik[17];       /* of its head */
    char name[SBK_NAME_MAX + 1];
    char alternate[SBK_NAME_MAX + 1]; /* empty: nobody else may fetch */
    char aided[SBK_AIDED_MAX + 1];    /* empty: never aided */
    char outlet[SBK_OUTLET_SIZE + 1]; /* empty: none named */
    char sex;                         /* 'L' male, 'P' female, 0 not said */
    bool has_birth;
    struct sbk_civil birth;
    uint8_t kelurahan[SBK_KELURAHAN_SIZE];
    uint8_t size; /* persons, 1..SBK_HOUSEHOLD_SIZE_MAX */
    bool registered;
    uint8_t status; /* enum sbk_household_status */
};

enum sbk_severity { SBK_PROBLEM_WARNING, SBK_PROBLEM_ERROR };

struct sbk_problem {
    size_t line;
    const char *field;  /* a column, or "row"; static storage */
    const char *reason; /* a stable word, static storage: "nik-length" */
    enum sbk_severity severity;
    size_t other_line; /* duplicates: the line that was kept; 0 else */
};

/* One sentence for people, in their language; without the line and the field. Static or catalogue storage. */
const char *sbk_problem_text(const struct sbk_problem *problem);

struct sbk_roll {
    struct sbk_household *households; /* in the order of their lines; personal data, cleansed when freed */
    size_t count;
    size_t capacity;
    struct sbk_problem *problems; /* in the order of their lines */
    size_t problem_count;
    size_t problem_capacity;
    size_t rows;     /* data rows, good or not */
    size_t errors;   /* problems of that severity */
    size_t warnings; /* likewise */
    size_t refused;  /* rows with an error */
};

#define SBK_ROLL_EMPTY                                                                                                 \
    { NULL, 0, 0, NULL, 0, 0, 0, 0, 0, 0 }

/* Reads a roll. Errors: SBK_ENVIRONMENT with reason "roll-has-errors" if the columns are not there or the roll is too
 * large (no row can be judged then); out of memory. Free the roll in any case. */
SBK_CHECK_RESULT sbk_result sbk_roll_parse(
    const uint8_t *text, size_t size, struct sbk_roll *roll, struct sbk_error *error);

void sbk_roll_free(struct sbk_roll *roll);

#endif
