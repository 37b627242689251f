/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_PROGRAMME_YAML_H
#define SBK_PERSONALIZE_PROGRAMME_YAML_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The programme file's texts as they stand in the YAML, structure checked, values not: personalize/programme.c judges
 * them, because libcyaml would take "0x10" and "10kg" for numbers and every word for a yes.
 */
struct sbk_yaml_step {
    char *up_to, *amount;
};
struct sbk_yaml_purse {
    char *grant, *unit, *goods, *amount, *cap, *priority;
    struct sbk_yaml_step *steps;
    unsigned steps_count;
};
struct sbk_yaml_eligibility {
    char *registered, *aided, *size_min, *size_max;
    char **kelurahan;
    unsigned kelurahan_count;
};
struct sbk_yaml_period {
    char *first, *every, *count;
};
struct sbk_yaml_programme {
    char *number, *name, *carry;
    struct sbk_yaml_eligibility *eligibility; /* NULL: none given */
    struct sbk_yaml_period period;
    struct sbk_yaml_purse *purses;
    unsigned purses_count;
};
struct sbk_yaml_card {
    char *pin, *alternate, *valid_until, *outlet;
};
struct sbk_yaml_file {
    struct sbk_yaml_card card;
    struct sbk_yaml_programme *programmes;
    unsigned programmes_count;
};

/* Loads it; on success *file is the caller's, for sbk_yaml_free. Optional texts are NULL. */
SBK_CHECK_RESULT sbk_result sbk_yaml_load(
    const uint8_t *text, size_t size, struct sbk_yaml_file **file, struct sbk_error *error);
void sbk_yaml_free(struct sbk_yaml_file **file);

#endif
