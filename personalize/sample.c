/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/sample.h"
#include "schema/numbers.h"

#include <stdio.h>
#include <string.h>

#define ROWS 100       /* the pattern repeats after so many */
#define BIRTHDAYS 1000 /* residues of birthdays: keeps NIKs apart without remembering them, see below */

static const char *const words[SBK_SAMPLE_KINDS] = {
    [SBK_SAMPLE_GOOD] = "good",
    [SBK_SAMPLE_WARNING] = "warning",
    [SBK_SAMPLE_UNREGISTERED] = "not-registered",
    [SBK_SAMPLE_AIDED] = "already-aided",
    [SBK_SAMPLE_DEAD] = "dead",
    [SBK_SAMPLE_DELISTED] = "delisted",
    [SBK_SAMPLE_FAULTY] = "faulty",
};

static const char *const men[] = {"Ahmad", "Budi", "Dedi", "Eko", "Hadi", "Hendra", "Irwan", "Joko", "Kamaruddin",
    "M. Yusuf", "Rahmat", "Rudi", "Slamet", "Suparman", "Syahrul", "Wahyudi"};
static const char *const women[] = {"Aisyah", "Dewi", "Fatimah", "Hartini", "Kartika", "Lestari", "Maryam", "Nurhayati",
    "Rahmawati", "Ratna", "Siti Aminah", "Sri Wahyuni", "Sumiati", "Wati", "Yuliana", "Zubaidah"};
static const char *const families[] = {"Aditya", "Banjar", "Darmawan", "Effendi", "Gunawan", "Hidayat", "Iskandar",
    "Kurniawan", "Maulana", "Noor", "Pratama", "Ramadhan", "Saputra", "Setiawan", "Syahputra", "Utami"};
static const char *const programmes[] = {"PKH", "BPNT", "BLT", "Baznas"};

struct sample {
    uint64_t state;
    uint8_t pattern[ROWS]; /* enum sbk_sample_kind of each row of this hundred */
    uint32_t faults;       /* so far */
    uint32_t warnings;     /* likewise */
    char sex;              /* of the latest good row, for duplicates; its birthday, NIK and family card */
    struct sbk_civil birth;
    char nik[17]; /* of the latest good row, for duplicates */
    char household[17];
};

/* SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t next(struct sample *sample) {
    uint64_t z = sample->state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* 0 .. bound-1; the bias of the remainder is far below what a sample could show. */
static uint32_t below(struct sample *sample, uint32_t bound) {
    return (uint32_t)((next(sample) >> 32) % bound);
}

/* The kinds of the next hundred rows in random order; a good one first, so that there is something to repeat. */
static void shuffle(struct sample *sample) {
    static const uint8_t shares[SBK_SAMPLE_KINDS] = {49, 6, 12, 22, 3, 3, 5};
    size_t used = 0;

    for (uint8_t kind = 0; kind < SBK_SAMPLE_KINDS; kind++) {
        for (uint8_t i = 0; i < shares[kind]; i++) {
            sample->pattern[used++] = kind;
        }
    }
    for (uint32_t i = ROWS - 1; i > 1; i--) {
        const uint32_t j = 1 + below(sample, i);
        const uint8_t kept = sample->pattern[i];
        sample->pattern[i] = sample->pattern[j];
        sample->pattern[j] = kept;
    }
}

struct person {
    char household[17];
    char nik[17];
    char name[64];
    char alternate[64];
    char sex;
    struct sbk_civil birth;
    const struct sbk_region *kelurahan;
    uint32_t size;
};

static const struct sbk_region *kelurahan(struct sample *sample) {
    for (;;) {
        const struct sbk_region *region = sbk_region_at(below(sample, (uint32_t)sbk_region_count()));
        if (strlen(region->code) == 10) {
            return region;
        }
    }
}

/* A day of 1940..1994 for a NIK; the year of a civil date counts from 1970 in schema/date.h, so shift by 56 years,
 * which keeps leap years where they are. */
static struct sbk_civil birthday(struct sample *sample, uint32_t row) {
    const uint16_t from = 9496; /* 1996-01-01 */
    const uint16_t day = (uint16_t)(from + below(sample, 20) * BIRTHDAYS + row / 1000 % BIRTHDAYS);
    struct sbk_civil civil = sbk_date_to_civil(day);

    civil.year = (uint16_t)(civil.year - 56);
    return civil;
}

/*
 * Sixteen digits in the form of a NIK. Two rows never get the same: their serials agree only if they are a multiple of
 * a thousand rows apart, and then the days on which their holders were born differ modulo a thousand.
 */
static void digits(char text[17], const char *district, const struct sbk_civil *day, bool female, uint32_t row) {
    char room[48]; /* as wide as the compiler fears */

    (void)snprintf(room, sizeof(room), "%.6s%02u%02u%02u%04u", district, day->day + (female ? 40u : 0u), day->month,
        day->year % 100u, 9000u + row % 1000u);
    memcpy(text, room, 16);
    text[16] = '\0';
}

static void full_name(struct sample *sample, bool female, char *name, size_t room) {
    const char *given = female ? women[below(sample, 16)] : men[below(sample, 16)];
    const char *family = families[below(sample, 16)];

    (void)snprintf(name, room, "%s %s", given, family);
}

static struct person make_person(struct sample *sample, uint32_t row) {
    struct person person = {.size = 1 + below(sample, 7)};
    const bool female = below(sample, 3) == 0;

    person.kelurahan = kelurahan(sample);
    person.sex = female ? 'P' : 'L';
    person.birth = birthday(sample, row);
    digits(person.nik, person.kelurahan->code, &person.birth, female, row);
    const struct sbk_civil registered = birthday(sample, row);
    digits(person.household, person.kelurahan->code, &registered, false, row);
    full_name(sample, female, person.name, sizeof(person.name));
    if (below(sample, 2) == 0 && person.size > 1) {
        full_name(sample, !female, person.alternate, sizeof(person.alternate));
    }
    return person;
}

/* The row's text, before it is made faulty. */
struct row {
    const char *nik, *household, *name, *kelurahan;
    char sex;
    unsigned size;
};

static void make_faulty(struct sample *sample, struct person *person, struct row *row) {
    switch (sample->faults++ % 10) {
    case 0:
        row->nik = sample->nik; /* somebody's who stands above, copied with what it says */
        row->sex = sample->sex;
        person->birth = sample->birth;
        break;
    case 1:
        person->nik[15] = '\0'; /* a digit short */
        break;
    case 2:
        row->household = sample->household;
        break;
    case 3:
        person->nik[7] = 'O'; /* a letter for a nought */
        break;
    case 4:
        row->kelurahan = "64.72.05.1099"; /* there is none */
        break;
    case 5:
        memcpy(person->nik + 8, "13", 2); /* month 13 */
        break;
    case 6:
        row->name = "";
        break;
    case 7:
        memcpy(person->nik + 12, "0000", 4);
        break;
    case 8:
        row->size = 0;
        break;
    default:
        row->household = "64720590012345"; /* two digits short */
        break;
    }
}

static void make_warning(struct sample *sample, struct person *person, struct row *row) {
    switch (sample->warnings++ % 3) {
    case 0:
        row->sex = person->sex == 'L' ? 'P' : 'L';
        break;
    case 1:
        person->birth.year = (uint16_t)(person->birth.year - 4); /* so that 29 February stays a day */
        break;
    default:
        memcpy(person->nik, "630101", 6); /* moved here from another province */
        break;
    }
}

static sbk_result write_row(struct sample *sample, uint32_t number, enum sbk_sample_kind kind, struct sbk_buffer *out,
    struct sbk_error *error) {
    struct person person = make_person(sample, number);
    struct row row = {person.nik, person.household, person.name, person.kelurahan->code, person.sex, person.size};
    const char *aided = kind == SBK_SAMPLE_AIDED ? programmes[below(sample, 4)] : "never";
    const char *status = kind == SBK_SAMPLE_DEAD ? "dead" : kind == SBK_SAMPLE_DELISTED ? "delisted" : "living";
    char code[SBK_KELURAHAN_TEXT];

    if (kind == SBK_SAMPLE_FAULTY) {
        make_faulty(sample, &person, &row);
    } else if (kind == SBK_SAMPLE_WARNING) {
        make_warning(sample, &person, &row);
    } else if (kind == SBK_SAMPLE_GOOD) {
        sample->sex = person.sex;
        sample->birth = person.birth;
        memcpy(sample->nik, person.nik, sizeof(sample->nik));
        memcpy(sample->household, person.household, sizeof(sample->household));
    }
    (void)snprintf(code, sizeof(code), "%.2s.%.2s.%.2s.%.4s", row.kelurahan, row.kelurahan + 2, row.kelurahan + 4,
        row.kelurahan + 6);
    return sbk_buffer_append_format(out, error, "%s,%s,%s,%c,%04u-%02u-%02u,%s,%u,%s,%s,%s,%s\n", row.household,
        row.nik, row.name, row.sex, person.birth.year, person.birth.month, person.birth.day,
        strchr(row.kelurahan, '.') != NULL ? row.kelurahan : code, row.size,
        kind == SBK_SAMPLE_UNREGISTERED ? "no" : "yes", aided, person.alternate, status);
}

const char *sbk_sample_word(enum sbk_sample_kind kind) {
    return words[kind];
}

sbk_result sbk_sample_roll(uint32_t households, uint64_t seed, struct sbk_buffer *out, size_t counts[SBK_SAMPLE_KINDS],
    struct sbk_error *error) {
    struct sample sample = {.state = seed};
    sbk_result result = sbk_buffer_append_text(
        out, "household,nik,name,sex,born,kelurahan,size,registered,aided,alternate,status\n", error);

    memset(counts, 0, SBK_SAMPLE_KINDS * sizeof(*counts));
    for (uint32_t i = 0; result == SBK_OK && i < households; i++) {
        if (i % ROWS == 0) {
            shuffle(&sample);
        }
        const enum sbk_sample_kind kind = (enum sbk_sample_kind)sample.pattern[i % ROWS];
        counts[kind]++;
        result = write_row(&sample, i, kind, out, error);
    }
    return result;
}
