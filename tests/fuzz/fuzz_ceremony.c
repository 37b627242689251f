/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts of ceremonies, which `ceremony run` obeys. What is accepted is numbered, done by people who are named, and can
 * be printed or is refused by name. */
#include "keys/ceremony.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ceremony_plan *plan = NULL;
    struct sbk_buffer pages = SBK_BUFFER_EMPTY;
    if (ceremony_plan_read(data, size, &plan, NULL) != SBK_OK) {
        return 0;
    }
    if (ceremony_details_check(&plan->details, NULL) != SBK_OK || plan->step_count == 0) {
        abort();
    }
    for (size_t i = 0; i < plan->step_count; i++) {
        if (plan->steps[i].who == 0 || plan->steps[i].paragraph_count == 0) {
            abort();
        }
    }
    struct sbk_error error = {SBK_OK, NULL, ""};
    if (ceremony_print(plan, &pages, &error) != SBK_OK && error.reason == NULL) {
        abort();
    }
    sbk_buffer_free(&pages);
    ceremony_plan_free(&plan);
    return 0;
}
