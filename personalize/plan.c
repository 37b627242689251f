/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/plan.h"
#include "base/i18n.h"
#include "personalize/ledger.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

static sbk_result judge(const struct sbk_household *household, const struct sbk_programme_file *file,
    struct sbk_database *ledger, enum sbk_ineligible *verdict, struct sbk_error *error) {
    struct sbk_mandate mandate = {.number = 1};

    *verdict = sbk_programme_apply(file, household, &mandate);
    if (*verdict != SBK_ELIGIBLE || ledger == NULL) {
        return SBK_OK;
    }
    return sbk_ledger_judge(ledger, household, verdict, error);
}

sbk_result sbk_plan_make(const struct sbk_roll *roll, const struct sbk_programme_file *file,
    struct sbk_database *ledger, size_t maximum, struct sbk_plan *plan, struct sbk_error *error) {
    memset(plan, 0, sizeof(*plan));
    plan->verdicts = malloc(roll->count > 0 ? roll->count : 1);
    if (plan->verdicts == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    for (size_t i = 0; i < roll->count; i++) {
        enum sbk_ineligible verdict = SBK_ELIGIBLE;
        const sbk_result result = judge(&roll->households[i], file, ledger, &verdict, error);
        if (result != SBK_OK) {
            return result;
        }
        if (verdict == SBK_ELIGIBLE && plan->chosen == maximum) {
            verdict = SBK_INELIGIBLE_BEYOND_MAX;
        }
        plan->verdicts[i] = (uint8_t)verdict;
        plan->reasons[verdict]++;
        plan->chosen += verdict == SBK_ELIGIBLE;
        plan->count++;
    }
    return SBK_OK;
}

void sbk_plan_free(struct sbk_plan *plan) {
    free(plan->verdicts);
    memset(plan, 0, sizeof(*plan));
}

/* The index of a kelurahan among the regions. */
static size_t place_of(const uint8_t kelurahan[SBK_KELURAHAN_SIZE]) {
    char code[SBK_KELURAHAN_TEXT];

    sbk_kelurahan_text(kelurahan, code);
    const struct sbk_region *region = sbk_region_find(code);
    for (size_t i = 0; i < sbk_region_count(); i++) {
        if (sbk_region_at(i) == region) {
            return i;
        }
    }
    return 0; /* the roll's reader takes kelurahan of the table only */
}

size_t sbk_plan_places(const struct sbk_plan *plan, const struct sbk_roll *roll, struct sbk_plan_place *places) {
    size_t used = 0;

    for (size_t i = 0; i < sbk_region_count(); i++) {
        memset(&places[i], 0, sizeof(places[i]));
        places[i].region = sbk_region_at(i);
    }
    for (size_t i = 0; i < plan->count; i++) {
        places[place_of(roll->households[i].kelurahan)].reasons[plan->verdicts[i]]++;
    }
    for (size_t i = 0; i < sbk_region_count(); i++) {
        size_t sum = 0;
        for (size_t reason = 0; reason < SBK_INELIGIBLE_COUNT; reason++) {
            sum += places[i].reasons[reason];
        }
        if (sum > 0) {
            places[used++] = places[i];
        }
    }
    return used;
}
