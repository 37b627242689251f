/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_SECONDS 86400
#define NOON (12 * 3600)

static int64_t system_now(void *context) {
    (void)context;
    return (int64_t)time(NULL);
}

const struct sbk_clock *sbk_clock_system(void) {
    static const struct sbk_clock clock = {system_now, NULL};
    return &clock;
}

static int64_t fixed_now(void *context) {
    return *(const int64_t *)context;
}

sbk_result sbk_clock_of_process(struct sbk_process_clock *clock, struct sbk_error *error) {
    const char *text = getenv("SEMBAKO_DATE");
    if (text == NULL) {
        clock->clock = *sbk_clock_system();
        clock->set = false;
        clock->fixed = 0;
        return SBK_OK;
    }
    uint16_t day = 0;
    uint32_t moment = 0;
    int64_t fixed = 0;
    if (sbk_day_parse(text, &day)) {
        fixed = (int64_t)day * DAY_SECONDS - SBK_WITA_SECONDS + NOON;
    } else if (strchr(text, '+') == NULL && sbk_time_parse(text, &moment)) {
        fixed = moment;
    } else {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_DATE,
            _("SEMBAKO_DATE is '%.40s', not a date: write YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, or unset it"), text);
    }
    clock->fixed = fixed;
    clock->set = true;
    clock->clock.now = fixed_now;
    clock->clock.context = &clock->fixed;
    return SBK_OK;
}

static uint32_t hold(int64_t seconds) {
    if (seconds < 0) {
        return 0;
    }
    return seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

uint32_t sbk_clock_time(const struct sbk_clock *clock) {
    return hold(clock->now(clock->context));
}

uint16_t sbk_clock_today(const struct sbk_clock *clock) {
    return sbk_date_of_time(sbk_clock_time(clock));
}

uint32_t sbk_time_of_day(uint16_t day) {
    return hold((int64_t)day * DAY_SECONDS - SBK_WITA_SECONDS);
}

/* Reads exactly count decimal digits. */
static bool digits(const char *text, size_t count, unsigned *value) {
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        sum = sum * 10 + (unsigned)(text[i] - '0');
    }
    *value = sum;
    return true;
}

/* The first ten characters of text, which has at least so many. */
static bool day_at(const char *text, uint16_t *day) {
    unsigned year = 0;
    unsigned month = 0;
    unsigned date = 0;
    if (!digits(text, 4, &year) || text[4] != '-' || !digits(text + 5, 2, &month) || text[7] != '-' ||
        !digits(text + 8, 2, &date)) {
        return false;
    }
    const struct sbk_civil civil = {(uint16_t)year, (uint8_t)month, (uint8_t)date};
    return sbk_date_from_civil(civil, day) == SBK_FORMAT_OK;
}

bool sbk_day_parse(const char *text, uint16_t *day) {
    uint16_t value = 0;
    if (strlen(text) != 10 || !day_at(text, &value)) {
        return false;
    }
    *day = value;
    return true;
}

void sbk_day_format(uint16_t day, char text[SBK_DAY_ROOM]) {
    const struct sbk_civil civil = sbk_date_to_civil(day);
    (void)snprintf(text, SBK_DAY_ROOM, "%04u-%02u-%02u", civil.year % 10000U, civil.month % 100U, civil.day % 100U);
}

bool sbk_time_parse(const char *text, uint32_t *moment) {
    const size_t length = strlen(text);
    uint16_t day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    if (length != 19 && !(length == 25 && strcmp(text + 19, "+08:00") == 0)) {
        return false;
    }
    if (!day_at(text, &day) || text[10] != 'T' || !digits(text + 11, 2, &hour) || text[13] != ':' ||
        !digits(text + 14, 2, &minute) || text[16] != ':' || !digits(text + 17, 2, &second) || hour > 23 ||
        minute > 59 || second > 59) {
        return false;
    }
    const int64_t seconds =
        (int64_t)day * DAY_SECONDS - SBK_WITA_SECONDS + (int64_t)(hour * 3600 + minute * 60 + second);
    if (seconds < 0 || seconds > UINT32_MAX) {
        return false;
    }
    *moment = (uint32_t)seconds;
    return true;
}

/* Date, separator, time of day, tail. */
static void format_time(uint32_t moment, char separator, const char *tail, char text[SBK_TIME_ROOM]) {
    char day[SBK_DAY_ROOM];
    const int64_t local = (int64_t)moment + SBK_WITA_SECONDS;
    const unsigned second = (unsigned)(local % DAY_SECONDS);
    sbk_day_format((uint16_t)(local / DAY_SECONDS), day);
    (void)snprintf(text, SBK_TIME_ROOM, "%s%c%02u:%02u:%02u%s", day, separator, second / 3600 % 24, second / 60 % 60,
        second % 60, tail);
}

void sbk_time_format(uint32_t moment, char text[SBK_TIME_ROOM]) {
    format_time(moment, 'T', "+08:00", text);
}

void sbk_time_format_plain(uint32_t moment, char text[SBK_TIME_ROOM]) {
    format_time(moment, ' ', "", text);
}

sbk_result sbk_day_read(const char *what, const char *text, uint16_t *day, struct sbk_error *error) {
    if (!sbk_day_parse(text, day)) {
        return sbk_fail(
            error, SBK_USAGE, SBK_REASON_DATE, _("%s: '%.40s' is not a date: write YYYY-MM-DD"), what, text);
    }
    return SBK_OK;
}
