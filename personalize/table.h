/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_TABLE_H
#define SBK_PERSONALIZE_TABLE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Rows of a CSV text as offices export it: commas or semicolons (whichever the first line holds more of), UTF-8 with or
 * without a byte order mark, LF, CR LF or CR line ends, quoted fields. A row is one line: a quote that its line does
 * not close is that line's fault and does not swallow the lines after it. Blank lines are skipped but counted.
 */
#define SBK_TABLE_FIELDS_MAX 64
#define SBK_TABLE_LINE_MAX 4096 /* bytes */

enum sbk_table_fault {
    SBK_TABLE_OK = 0,
    SBK_TABLE_QUOTE,  /* a quote is not closed, or stands inside an unquoted field */
    SBK_TABLE_FIELDS, /* more than SBK_TABLE_FIELDS_MAX fields */
    SBK_TABLE_LONG,   /* more than SBK_TABLE_LINE_MAX bytes */
    SBK_TABLE_TEXT,   /* not UTF-8, or a zero byte or another control character */
};

/* One row. Fields are NUL-terminated, without quotes and outer blanks, and valid during the callback only. With a fault
 * the count is 0. */
struct sbk_row {
    size_t line; /* from 1 */
    enum sbk_table_fault fault;
    size_t count;
    const char *fields[SBK_TABLE_FIELDS_MAX];
};

/* Called for each row; anything but SBK_OK ends the reading with that result. */
typedef sbk_result sbk_row_function(void *context, const struct sbk_row *row, struct sbk_error *error);

/* Reads all rows of text. Errors: what the callback answers; SBK_ENVIRONMENT, out of memory. */
SBK_CHECK_RESULT sbk_result sbk_table_read(
    const uint8_t *text, size_t size, sbk_row_function *row, void *context, struct sbk_error *error);

#endif
