/* SPDX-License-Identifier: Apache-2.0 */
/* What crosses the air gap between the office and its root: whatever is accepted is written back to the same bytes. */
#include "tests/schema/roundtrip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    (void)roundtrip_root_request(data, size);
    (void)roundtrip_root_answer(data, size);
    return 0;
}
