/* SPDX-License-Identifier: Apache-2.0 */
/* A basket: whatever is accepted is written back to the same bytes. */
#include "tests/schema/roundtrip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    (void)roundtrip_basket(data, size);
    return 0;
}
