/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "personalize/roll.h"

#include <string.h>

/* The stable words of problems and their sentences; data/README.md lists the same words. None shows a NIK. */
static const struct {
    const char *reason;
    const char *text;
} texts[] = {
    {"column-unknown", N_("a column that is not used")},
    {"row-quote", N_("a quotation mark is not closed or stands inside a field")},
    {"row-fields", N_("another number of fields than the first row has columns")},
    {"row-long", N_("the line is too long")},
    {"row-text", N_("not UTF-8, or control characters")},
    {"household-missing", N_("the number of the family card is missing")},
    {"household-format", N_("the number of the family card must have 16 digits")},
    {"household-duplicate", N_("the same family card stands on an earlier line, which counts")},
    {"nik-missing", N_("the NIK is missing")},
    {"nik-length", N_("the NIK must have 16 digits")},
    {"nik-digit", N_("the NIK holds something that is not a digit")},
    {"nik-date", N_("the NIK holds a day that does not exist")},
    {"nik-serial", N_("the NIK's serial is 0000")},
    {"nik-duplicate", N_("the same NIK stands on an earlier line, which counts")},
    {"nik-region", N_("the NIK was given in a district that is not one of today's city: moved here, or an old code")},
    {"nik-birthday", N_("the NIK disagrees with the date of birth")},
    {"nik-sex", N_("the NIK disagrees with the sex")},
    {"name-missing", N_("the name is missing")},
    {"name-long", N_("the name is longer than 60 bytes")},
    {"sex-format", N_("must be L or P, or empty")},
    {"born-format", N_("must be a date such as 1985-12-31 or 31/12/1985, or empty")},
    {"kelurahan-missing", N_("the kelurahan is missing")},
    {"kelurahan-unknown", N_("not a kelurahan of the city; write its code, such as 64.72.05.1002")},
    {"size-missing", N_("the number of persons is missing")},
    {"size-range", N_("the number of persons must be 1 to 30")},
    {"registered-missing", N_("must say whether the household is in the register: yes or no")},
    {"registered-format", N_("must be yes or no")},
    {"aided-missing", N_("must say whether the household was ever aided: never, or by what")},
    {"aided-long", N_("longer than 40 bytes")},
    {"status-format", N_("must be living, dead or delisted, or empty")},
    {"outlet-format", N_("must be 1 to 8 of A-Z a-z 0-9 . _ -")},
};

const char *sbk_problem_text(const struct sbk_problem *problem) {
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(texts[i].reason, problem->reason) == 0) {
            return _(texts[i].text);
        }
    }
    return problem->reason;
}
