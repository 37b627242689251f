/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_PLAN_H
#define SBK_PERSONALIZE_PLAN_H

#include "base/database.h"
#include "base/error.h"
#include "personalize/programme.h"
#include "personalize/roll.h"

#include <stddef.h>
#include <stdint.h>

/* Who of a roll gets a card in the next batch, and why the others do not. */
struct sbk_plan {
    uint8_t *verdicts; /* enum sbk_ineligible, one for each household of the roll */
    size_t count;      /* households */
    size_t chosen;     /* those that are SBK_ELIGIBLE */
    size_t reasons[SBK_INELIGIBLE_COUNT];
};

#define SBK_PLAN_EMPTY                                                                                                 \
    {                                                                                                                  \
        NULL, 0, 0, {                                                                                                  \
            0                                                                                                          \
        }                                                                                                              \
    }

/* Judges every household: programmes, then the city's database (NULL: there is none yet), then at most maximum in the
 * order of the roll. Free the plan in any case. Errors: the database's; out of memory. */
SBK_CHECK_RESULT sbk_result sbk_plan_make(const struct sbk_roll *roll, const struct sbk_programme_file *file,
    struct sbk_database *ledger, size_t maximum, struct sbk_plan *plan, struct sbk_error *error);
void sbk_plan_free(struct sbk_plan *plan);

/* How many households of a kelurahan have each verdict. */
struct sbk_plan_place {
    const struct sbk_region *region;
    size_t reasons[SBK_INELIGIBLE_COUNT];
};
/* Counts by kelurahan, in ascending order of code, those without a household left out. places: room for
 * sbk_region_count(). Returns how many there are. */
size_t sbk_plan_places(const struct sbk_plan *plan, const struct sbk_roll *roll, struct sbk_plan_place *places);

#endif
