/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_ROLL_PRIVATE_H
#define SBK_PERSONALIZE_ROLL_PRIVATE_H

#include "personalize/roll.h"

enum sbk_column {
    SBK_COLUMN_HOUSEHOLD,
    SBK_COLUMN_NIK,
    SBK_COLUMN_NAME,
    SBK_COLUMN_SEX,
    SBK_COLUMN_BORN,
    SBK_COLUMN_KELURAHAN,
    SBK_COLUMN_SIZE,
    SBK_COLUMN_REGISTERED,
    SBK_COLUMN_AIDED,
    SBK_COLUMN_ALTERNATE,
    SBK_COLUMN_STATUS,
    SBK_COLUMN_OUTLET,
    SBK_COLUMNS,
};
extern const char *const sbk_column_names[SBK_COLUMNS];

/* What a field said that is not right; the callback of sbk_roll_row. */
typedef void sbk_fault_function(void *context, enum sbk_column column, const char *reason, enum sbk_severity severity);

/* Judges one row: fields[column] is its text, empty if the roll has no such column. Fills household, reports every
 * fault, returns whether there was no error. Does no allocation. */
bool sbk_roll_row(
    const char *const fields[SBK_COLUMNS], struct sbk_household *household, sbk_fault_function *fault, void *context);

#endif
