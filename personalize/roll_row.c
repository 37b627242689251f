/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/roll_private.h"

#include <string.h>
#include <strings.h>

const char *const sbk_column_names[SBK_COLUMNS] = {
    [SBK_COLUMN_HOUSEHOLD] = "household",
    [SBK_COLUMN_NIK] = "nik",
    [SBK_COLUMN_NAME] = "name",
    [SBK_COLUMN_SEX] = "sex",
    [SBK_COLUMN_BORN] = "born",
    [SBK_COLUMN_KELURAHAN] = "kelurahan",
    [SBK_COLUMN_SIZE] = "size",
    [SBK_COLUMN_REGISTERED] = "registered",
    [SBK_COLUMN_AIDED] = "aided",
    [SBK_COLUMN_ALTERNATE] = "alternate",
    [SBK_COLUMN_STATUS] = "status",
    [SBK_COLUMN_OUTLET] = "outlet",
};

/* One row on its way through the checks. */
struct check {
    const char *const *fields;
    struct sbk_household *household;
    sbk_fault_function *fault;
    void *context;
    bool good;
};

static void fail(struct check *check, enum sbk_column column, const char *reason) {
    check->good = false;
    check->fault(check->context, column, reason, SBK_PROBLEM_ERROR);
}

static void warn(struct check *check, enum sbk_column column, const char *reason) {
    check->fault(check->context, column, reason, SBK_PROBLEM_WARNING);
}

static bool digits(const char *text, size_t size) {
    return strlen(text) == size && strspn(text, "0123456789") == size;
}

static void check_household(struct check *check) {
    const char *text = check->fields[SBK_COLUMN_HOUSEHOLD];

    if (*text == '\0') {
        fail(check, SBK_COLUMN_HOUSEHOLD, "household-missing");
    } else if (!digits(text, sizeof(check->household->household) - 1)) {
        fail(check, SBK_COLUMN_HOUSEHOLD, "household-format");
    } else {
        memcpy(check->household->household, text, sizeof(check->household->household));
    }
}

/* Two digits at most, or four for a year; -1 for anything else. */
static int number_of(const char *text, size_t size) {
    int number = 0;

    if (size == 0 || size > 4) {
        return -1;
    }
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* YYYY-MM-DD, or DD-MM-YYYY or DD/MM/YYYY as spreadsheets of this country write it. Years before 1970 are usual. */
static bool parse_birth(const char *text, struct sbk_civil *birth) {
    static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const size_t first = strcspn(text, "-/");
    const char *second = text + first + 1;

    if (text[first] == '\0') {
        return false;
    }
    const size_t middle = strcspn(second, "-/");
    if (second[middle] != text[first]) {
        return false;
    }
    const char *third = second + middle + 1;
    const bool year_first = first == 4;
    const int year = year_first ? number_of(text, first) : number_of(third, strlen(third));
    const int day = year_first ? number_of(third, strlen(third)) : number_of(text, first);
    const int month = number_of(second, middle);
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1880 || year > 2149 || month < 1 || month > 12 || day < 1 || day > days[month - 1] ||
        (month == 2 && day == 29 && !leap)) {
        return false;
    }
    *birth = (struct sbk_civil){(uint16_t)year, (uint8_t)month, (uint8_t)day};
    return true;
}

static void check_person(struct check *check) {
    const char *sex = check->fields[SBK_COLUMN_SEX], *born = check->fields[SBK_COLUMN_BORN];
    struct sbk_household *household = check->household;

    if (strcasecmp(sex, "L") == 0 || strcasecmp(sex, "P") == 0) {
        household->sex = (*sex & 0x5F) == 'L' ? 'L' : 'P';
    } else if (*sex != '\0') {
        fail(check, SBK_COLUMN_SEX, "sex-format");
    }
    if (*born != '\0') {
        household->has_birth = parse_birth(born, &household->birth);
        if (!household->has_birth) {
            fail(check, SBK_COLUMN_BORN, "born-format");
        }
    }
}

/* Errors and warnings of a NIK as domain facts have it: structure refuses, disagreement with the row is only told. */
static void check_nik(struct check *check) {
    static const char *const reasons[] = {
        [SBK_NIK_LENGTH] = "nik-length",
        [SBK_NIK_DIGIT] = "nik-digit",
        [SBK_NIK_DATE] = "nik-date",
        [SBK_NIK_SERIAL] = "nik-serial",
    };
    const char *text = check->fields[SBK_COLUMN_NIK];
    struct sbk_household *household = check->household;
    struct sbk_nik nik;

    if (*text == '\0') {
        fail(check, SBK_COLUMN_NIK, "nik-missing");
        return;
    }
    const enum sbk_nik_error answer = sbk_nik_parse(text, &nik);
    if (answer != SBK_NIK_OK) {
        fail(check, SBK_COLUMN_NIK, reasons[answer]);
        return;
    }
    memcpy(household->nik, text, sizeof(household->nik));
    const unsigned warnings = sbk_nik_warnings(&nik, household->has_birth ? &household->birth : NULL, household->sex);
    if ((warnings & SBK_NIK_WARN_REGION) != 0) {
        warn(check, SBK_COLUMN_NIK, "nik-region");
    }
    if ((warnings & SBK_NIK_WARN_BIRTHDAY) != 0) {
        warn(check, SBK_COLUMN_NIK, "nik-birthday");
    }
    if ((warnings & SBK_NIK_WARN_SEX) != 0) {
        warn(check, SBK_COLUMN_NIK, "nik-sex");
    }
}

static void check_names(struct check *check) {
    const char *name = check->fields[SBK_COLUMN_NAME], *alternate = check->fields[SBK_COLUMN_ALTERNATE];

    if (*name == '\0') {
        fail(check, SBK_COLUMN_NAME, "name-missing");
    } else if (strlen(name) > SBK_NAME_MAX) {
        fail(check, SBK_COLUMN_NAME, "name-long");
    } else {
        memcpy(check->household->name, name, strlen(name) + 1);
    }
    if (strlen(alternate) > SBK_NAME_MAX) {
        fail(check, SBK_COLUMN_ALTERNATE, "name-long");
    } else {
        memcpy(check->household->alternate, alternate, strlen(alternate) + 1);
    }
}

static void check_place(struct check *check) {
    const char *kelurahan = check->fields[SBK_COLUMN_KELURAHAN], *outlet = check->fields[SBK_COLUMN_OUTLET];
    uint8_t id[SBK_OUTLET_SIZE];

    if (*kelurahan == '\0') {
        fail(check, SBK_COLUMN_KELURAHAN, "kelurahan-missing");
    } else if (sbk_kelurahan_write(kelurahan, check->household->kelurahan) != SBK_FORMAT_OK) {
        fail(check, SBK_COLUMN_KELURAHAN, "kelurahan-unknown");
    }
    if (*outlet == '\0') {
        return;
    }
    if (sbk_id_write(outlet, id, sizeof(id)) != SBK_FORMAT_OK) {
        fail(check, SBK_COLUMN_OUTLET, "outlet-format");
    } else {
        sbk_id_text(id, sizeof(id), check->household->outlet);
    }
}

/* Which of the words, in English or Indonesian, the text is; -1: none. */
static int word_of(const char *text, const char *const (*words)[2], size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(text, words[i][0]) == 0 || strcasecmp(text, words[i][1]) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static void check_register(struct check *check) {
    static const char *const answers[][2] = {{"no", "tidak"}, {"yes", "ya"}};
    static const char *const states[][2] = {{"living", "hidup"}, {"dead", "meninggal"}, {"delisted", "keluar"}};
    static const char *const never[][2] = {{"never", "belum"}};
    const char *registered = check->fields[SBK_COLUMN_REGISTERED], *aided = check->fields[SBK_COLUMN_AIDED];
    const char *status = check->fields[SBK_COLUMN_STATUS];
    struct sbk_household *household = check->household;

    const int answer = word_of(registered, answers, 2);
    if (answer < 0) {
        fail(check, SBK_COLUMN_REGISTERED, *registered == '\0' ? "registered-missing" : "registered-format");
    }
    household->registered = answer == 1;
    /* Empty would leave the question open whether a family was ever aided: the roll must say so. */
    if (*aided == '\0') {
        fail(check, SBK_COLUMN_AIDED, "aided-missing");
    } else if (strlen(aided) > SBK_AIDED_MAX) {
        fail(check, SBK_COLUMN_AIDED, "aided-long");
    } else if (word_of(aided, never, 1) < 0) {
        memcpy(household->aided, aided, strlen(aided) + 1);
    }
    const int state = *status == '\0' ? SBK_HOUSEHOLD_LIVING : word_of(status, states, 3);
    if (state < 0) {
        fail(check, SBK_COLUMN_STATUS, "status-format");
    } else {
        household->status = (uint8_t)state;
    }
}

static void check_size(struct check *check) {
    const char *text = check->fields[SBK_COLUMN_SIZE];
    const int size = number_of(text, strlen(text));

    if (*text == '\0') {
        fail(check, SBK_COLUMN_SIZE, "size-missing");
    } else if (size < 1 || size > SBK_HOUSEHOLD_SIZE_MAX) {
        fail(check, SBK_COLUMN_SIZE, "size-range");
    } else {
        check->household->size = (uint8_t)size;
    }
}

bool sbk_roll_row(
    const char *const fields[SBK_COLUMNS], struct sbk_household *household, sbk_fault_function *fault, void *context) {
    struct check check = {fields, household, fault, context, true};

    memset(household, 0, sizeof(*household));
    check_household(&check);
    check_person(&check); /* before the NIK, which is compared with it */
    check_nik(&check);
    check_names(&check);
    check_place(&check);
    check_size(&check);
    check_register(&check);
    return check.good;
}
