/* SPDX-License-Identifier: Apache-2.0 */
/* A hotlist, whole or a change, or a whole one with a change behind it: whatever is accepted is written back to the same
 * bytes, and what a change makes of its base is a whole list again. */
#include "tests/schema/roundtrip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    (void)roundtrip_hotlist(data, size);
    return 0;
}
