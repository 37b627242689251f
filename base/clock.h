/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_BASE_CLOCK_H
#define SBK_BASE_CLOCK_H

#include "base/error.h"
#include "schema/date.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Where the time comes from, and its texts. Libraries get a clock from their caller and never ask the system. Times are
 * UTC seconds since 1970 in 32 bits (until 2106), dates are days since 1970-01-01 in 16 bits (until 2149); a day begins
 * at midnight in WITA (UTC+8), whatever the machine's time zone is.
 */
#define SBK_DAY_ROOM 11  /* "2026-10-01" */
#define SBK_TIME_ROOM 26 /* "2026-10-01T09:30:00+08:00" */

struct sbk_clock {
    int64_t (*now)(void *context); /* UTC seconds since 1970 */
    void *context;                 /* borrowed */
};

/* A clock of the whole process and whether SEMBAKO_DATE set it; do not copy it, its clock points into it. */
struct sbk_process_clock {
    struct sbk_clock clock;
    bool set;      /* SEMBAKO_DATE was there; the station's log records it */
    int64_t fixed; /* what the clock shows then; it stands still */
};

/* The system's clock; static storage. */
const struct sbk_clock *sbk_clock_system(void);

/* Reads SEMBAKO_DATE once: "YYYY-MM-DD" (noon of that day) or "YYYY-MM-DDTHH:MM:SS", both in WITA. Unset: the system's
 * clock. Anything else, empty included: SBK_USAGE. */
SBK_CHECK_RESULT sbk_result sbk_clock_of_process(struct sbk_process_clock *clock, struct sbk_error *error);

/* The clock's time, and its date in WITA. What lies outside the ranges above is held at the nearest end. */
uint32_t sbk_clock_time(const struct sbk_clock *clock);
uint16_t sbk_clock_today(const struct sbk_clock *clock);

/* The time at which a WITA date begins, held at the ends of 32 bits; sbk_date_of_time is the way back. */
uint32_t sbk_time_of_day(uint16_t day);

/* "YYYY-MM-DD", exactly; false for anything else, for dates that do not exist and for those that do not fit. */
bool sbk_day_parse(const char *text, uint16_t *day);
void sbk_day_format(uint16_t day, char text[SBK_DAY_ROOM]);

/* "YYYY-MM-DDTHH:MM:SS" in WITA, optionally followed by "+08:00". */
bool sbk_time_parse(const char *text, uint32_t *time);
/* For machines: "YYYY-MM-DDTHH:MM:SS+08:00". */
void sbk_time_format(uint32_t time, char text[SBK_TIME_ROOM]);
/* For people: "YYYY-MM-DD HH:MM:SS", WITA understood. */
void sbk_time_format_plain(uint32_t time, char text[SBK_TIME_ROOM]);

/* Reads a date that a person gave for the named option or field. Errors: SBK_USAGE. */
SBK_CHECK_RESULT sbk_result sbk_day_read(const char *what, const char *text, uint16_t *day, struct sbk_error *error);

#endif
