/* SPDX-License-Identifier: Apache-2.0 */
/* A programme file: whatever is accepted gives households of every size mandates that the schema accepts. */
#include "personalize/programme.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sbk_programme_file file;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sbk_household household = {.household = "6472050101019001",
        .nik = "6472051708859001",
        .name = "A",
        .alternate = "B",
        .outlet = "E-1",
        .kelurahan = {0x64, 0x72, 0x05, 0x10, 0x02},
        .registered = true};

    if (sbk_programme_parse(data, size, &file, NULL) != SBK_OK) {
        return 0;
    }
    for (household.size = 1; household.size <= SBK_HOUSEHOLD_SIZE_MAX; household.size++) {
        struct sbk_mandate mandate = {.alias = {1}, .number = 1, .issued = 20000};
        uint8_t bytes[SBK_MANDATE_MAX];
        size_t written = 0;
        const enum sbk_ineligible verdict = sbk_programme_apply(&file, &household, &mandate);
        if (verdict == SBK_ELIGIBLE && sbk_mandate_write(&mandate, bytes, sizeof(bytes), &written) != SBK_FORMAT_OK) {
            abort();
        }
        if (strcmp(sbk_ineligible_word(verdict), sbk_ineligible_text(verdict)) == 0 && verdict != SBK_ELIGIBLE) {
            abort();
        }
    }
    return 0;
}
