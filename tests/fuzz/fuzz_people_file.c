/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of people in YAML: what is accepted fits an identity record, or is refused there by name. */
#include "keys/people_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct people_file file;
    if (people_file_parse(data, size, &file, NULL) == SBK_OK) {
        for (size_t i = 0; i < file.count; i++) {
            const struct person_change *change = &file.people[i];
            if (strlen(change->card) == 0 || strlen(change->card) >= sizeof change->card ||
                (change->has_name && strlen(change->name) == 0) || strlen(change->name) > SBK_NAME_MAX ||
                strlen(change->alternate) > SBK_NAME_MAX) {
                abort();
            }
        }
    }
    people_file_free(&file);
    return 0;
}
