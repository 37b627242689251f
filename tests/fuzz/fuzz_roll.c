/* SPDX-License-Identifier: Apache-2.0 */
/* A household roll: every row is a household or refused, and every household fits an identity record. */
#include "personalize/roll.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct sbk_household *household) {
    struct sbk_identity identity = {.number = 1,
        .valid_from = 20000,
        .valid_until = 20000,
        .name_size = (uint8_t)strlen(household->name),
        .alternate_size = (uint8_t)strlen(household->alternate)};
    uint8_t bytes[SBK_IDENTITY_MAX];
    size_t written = 0;

    memcpy(identity.kelurahan, household->kelurahan, sizeof(identity.kelurahan));
    memcpy(identity.name, household->name, identity.name_size);
    memcpy(identity.alternate, household->alternate, identity.alternate_size);
    if (sbk_card_number_make(12345678901u, identity.card_number) != SBK_FORMAT_OK ||
        sbk_identity_write(&identity, bytes, sizeof(bytes), &written) != SBK_FORMAT_OK ||
        strspn(household->nik, "0123456789") != 16 || strspn(household->household, "0123456789") != 16 ||
        household->size < 1 || household->size > SBK_HOUSEHOLD_SIZE_MAX) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sbk_roll roll;
    size_t errors = 0;

    if (sbk_roll_parse(data, size, &roll, NULL) == SBK_OK) {
        for (size_t i = 0; i < roll.count; i++) {
            check(&roll.households[i]);
        }
        for (size_t i = 0; i < roll.problem_count; i++) {
            errors += roll.problems[i].severity == SBK_PROBLEM_ERROR;
            if (sbk_problem_text(&roll.problems[i]) == roll.problems[i].reason) {
                abort(); /* a word without a sentence */
            }
        }
        if (roll.count + roll.refused != roll.rows || errors != roll.errors || errors < roll.refused) {
            abort();
        }
    }
    sbk_roll_free(&roll);
    return 0;
}
