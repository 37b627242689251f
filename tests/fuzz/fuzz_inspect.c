/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that sembako-keys inspect takes: envelopes, CMS, X.509, 7F21, records, notes, log entries. What is accepted
 * says what it is. */
#include "keys/inspect.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    json_t *object = inspect_file(data, size);
    if (object != NULL && json_string_value(json_object_get(object, "kind")) == NULL) {
        abort();
    }
    json_decref(object);
    return 0;
}
