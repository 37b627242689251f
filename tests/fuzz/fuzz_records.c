/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte, the record's tag, says which of the six records follows: whatever is accepted is written back to the
 * same bytes; whatever is not has a text that says why. */
#include <string.h>

#include "tests/schema/roundtrip.h"

#include "schema/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const roundtrip records[] = {
        roundtrip_identity, roundtrip_mandate, roundtrip_notice, roundtrip_link, roundtrip_entry, roundtrip_closing};
    if (size >= 1 && data[0] >= SBK_RECORD_IDENTITY && data[0] <= SBK_RECORD_STATEMENT) {
        enum sbk_format format = records[data[0] - SBK_RECORD_IDENTITY](data, size);
        INSIST(strlen(sbk_format_text(format)) > 0 || format == SBK_FORMAT_OK);
    }
    return 0;
}
