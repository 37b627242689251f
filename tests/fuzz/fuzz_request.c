/* SPDX-License-Identifier: Apache-2.0 */
/* The first file from outside that an office opens: CMS, X.509, bundle, note verifier, proof of possession. What is
 * accepted names a station. */
#include "keys/requests.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_station_request request;
    struct sbk_office_info x509;
    struct sbk_note_verifier log_key;
    if (sbk_station_request_open(data, size, &content, &request, &x509, &log_key, NULL) == SBK_OK &&
        (x509.kind != SBK_OFFICE_STATION || x509.name[0] == 0)) {
        abort();
    }
    sbk_buffer_free(&content);
    return 0;
}
