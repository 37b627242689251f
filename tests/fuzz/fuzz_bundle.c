/* SPDX-License-Identifier: Apache-2.0 */
/* Contents of CMS files: whatever is accepted is written back to the same bytes. */
#include "tests/keys/bundle_samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    (void)roundtrip_bundle(data, size);
    (void)roundtrip_office_binding(data, size);
    return 0;
}
