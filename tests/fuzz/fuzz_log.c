/* SPDX-License-Identifier: Apache-2.0 */
/* An entry of a station's log: whatever is accepted is written back to the same bytes. */
#include "tests/schema/roundtrip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    (void)roundtrip_log(data, size);
    return 0;
}
