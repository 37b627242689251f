/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/roll.h"
#include "base/i18n.h"
#include "base/secret.h"
#include "personalize/roll_private.h"
#include "personalize/seen.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct reading {
    struct sbk_roll *roll;
    int columns[SBK_TABLE_FIELDS_MAX]; /* enum sbk_column of each field of a row, -1: not used */
    size_t column_count;
    bool headed;
    struct sbk_seen households; /* of rows that were accepted, with the index of their household */
    struct sbk_seen niks;
    size_t line;
    bool memory_failed;
};

/* Room for one more element; doubles. */
static bool grow(void **elements, size_t *capacity, size_t count, size_t size, bool cleanse) {
    if (count < *capacity) {
        return true;
    }
    const size_t wanted = *capacity == 0 ? 256 : *capacity * 2;
    void *bigger = malloc(wanted * size);
    if (bigger == NULL) {
        return false;
    }
    if (count > 0) {
        memcpy(bigger, *elements, count * size);
        if (cleanse) {
            sbk_cleanse(*elements, count * size);
        }
    }
    free(*elements);
    *elements = bigger;
    *capacity = wanted;
    return true;
}

static void note(
    struct reading *reading, const char *field, const char *reason, enum sbk_severity severity, size_t other_line) {
    struct sbk_roll *roll = reading->roll;
    void *problems = roll->problems;

    if (!grow(&problems, &roll->problem_capacity, roll->problem_count, sizeof(*roll->problems), false)) {
        reading->memory_failed = true;
        return;
    }
    roll->problems = problems;
    roll->problems[roll->problem_count++] = (struct sbk_problem){reading->line, field, reason, severity, other_line};
    roll->errors += severity == SBK_PROBLEM_ERROR;
    roll->warnings += severity == SBK_PROBLEM_WARNING;
}

static void note_field(void *context, enum sbk_column column, const char *reason, enum sbk_severity severity) {
    note(context, sbk_column_names[column], reason, severity, 0);
}

static sbk_result take_header(struct reading *reading, const struct sbk_row *row, struct sbk_error *error) {
    bool there[SBK_COLUMNS] = {false};

    reading->headed = true;
    reading->column_count = row->count;
    for (size_t i = 0; i < row->count; i++) {
        int column = 0;
        while (column < SBK_COLUMNS && strcasecmp(row->fields[i], sbk_column_names[column]) != 0) {
            column++;
        }
        if (column == SBK_COLUMNS) {
            reading->columns[i] = -1;
            note(reading, "row", "column-unknown", SBK_PROBLEM_WARNING, 0);
            continue;
        }
        if (there[column]) {
            return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_ROLL,
                _("line %zu: the column '%s' is there twice; name each column once"), row->line,
                sbk_column_names[column]);
        }
        there[column] = true;
        reading->columns[i] = column;
    }
    for (int column = 0; column < SBK_COLUMNS; column++) {
        const bool optional =
            column == SBK_COLUMN_ALTERNATE || column == SBK_COLUMN_STATUS || column == SBK_COLUMN_OUTLET;
        if (!there[column] && !optional) {
            return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_ROLL,
                _("line %zu: there is no column '%s'; the first row must name the columns (see data/README.md)"),
                row->line, sbk_column_names[column]);
        }
    }
    return SBK_OK;
}

/* Whether the household is the first with its family card and NIK; notes what it repeats. */
static bool first_of_its_kind(struct reading *reading, const struct sbk_household *household) {
    const struct sbk_household *known = reading->roll->households;
    size_t index;
    bool first = true;

    if (sbk_seen_find(&reading->households, household->household, &index)) {
        note(reading, "household", "household-duplicate", SBK_PROBLEM_ERROR, known[index].line);
        first = false;
    }
    if (sbk_seen_find(&reading->niks, household->nik, &index)) {
        note(reading, "nik", "nik-duplicate", SBK_PROBLEM_ERROR, known[index].line);
        first = false;
    }
    return first;
}

static void keep(struct reading *reading, const struct sbk_household *household) {
    struct sbk_roll *roll = reading->roll;
    void *households = roll->households;

    if (!grow(&households, &roll->capacity, roll->count, sizeof(*roll->households), true)) {
        reading->memory_failed = true;
        return;
    }
    roll->households = households;
    roll->households[roll->count] = *household;
    reading->memory_failed |= !sbk_seen_add(&reading->households, household->household, roll->count) ||
                              !sbk_seen_add(&reading->niks, household->nik, roll->count);
    roll->count++;
}

static void take_household(struct reading *reading, const struct sbk_row *row) {
    static const char *const faults[] = {
        [SBK_TABLE_QUOTE] = "row-quote",
        [SBK_TABLE_FIELDS] = "row-fields",
        [SBK_TABLE_LONG] = "row-long",
        [SBK_TABLE_TEXT] = "row-text",
    };
    const char *fields[SBK_COLUMNS];
    struct sbk_household household;

    if (row->fault != SBK_TABLE_OK || row->count != reading->column_count) {
        note(reading, "row", row->fault != SBK_TABLE_OK ? faults[row->fault] : "row-fields", SBK_PROBLEM_ERROR, 0);
        reading->roll->refused++;
        return;
    }
    for (size_t i = 0; i < SBK_COLUMNS; i++) {
        fields[i] = "";
    }
    for (size_t i = 0; i < row->count; i++) {
        if (reading->columns[i] >= 0) {
            fields[reading->columns[i]] = row->fields[i];
        }
    }
    if (sbk_roll_row(fields, &household, note_field, reading) && first_of_its_kind(reading, &household)) {
        household.line = row->line;
        keep(reading, &household);
    } else {
        reading->roll->refused++;
    }
    sbk_cleanse(&household, sizeof(household));
}

static sbk_result take_row(void *context, const struct sbk_row *row, struct sbk_error *error) {
    struct reading *reading = context;

    reading->line = row->line;
    if (!reading->headed) {
        if (row->fault != SBK_TABLE_OK) {
            return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_ROLL,
                _("line %zu: the row that names the columns cannot be read; is this a CSV file in UTF-8?"), row->line);
        }
        return take_header(reading, row, error);
    }
    if (reading->roll->rows == SBK_ROLL_ROWS_MAX) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_ROLL, _("line %zu: more than %d households; split the roll"),
            row->line, SBK_ROLL_ROWS_MAX);
    }
    reading->roll->rows++;
    take_household(reading, row);
    if (reading->memory_failed) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    return SBK_OK;
}

sbk_result sbk_roll_parse(const uint8_t *text, size_t size, struct sbk_roll *roll, struct sbk_error *error) {
    struct reading reading = {.roll = roll, .headed = false};

    memset(roll, 0, sizeof(*roll));
    sbk_result result = sbk_table_read(text, size, take_row, &reading, error);
    if (result == SBK_OK && !reading.headed) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_ROLL,
            _("the roll is empty; its first row must name the columns (see data/README.md)"));
    }
    sbk_seen_free(&reading.households);
    sbk_seen_free(&reading.niks);
    return result;
}

void sbk_roll_free(struct sbk_roll *roll) {
    if (roll->households != NULL) {
        sbk_cleanse(roll->households, roll->count * sizeof(*roll->households));
    }
    free(roll->households);
    free(roll->problems);
    memset(roll, 0, sizeof(*roll));
}
