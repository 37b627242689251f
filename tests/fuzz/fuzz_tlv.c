/* SPDX-License-Identifier: Apache-2.0 */
/* Data objects in a row: whatever is accepted is written back to the same bytes. */
#include "tests/schema/roundtrip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    (void)roundtrip_tlv(data, size);
    return 0;
}
