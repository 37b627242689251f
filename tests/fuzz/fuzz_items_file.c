/* SPDX-License-Identifier: Apache-2.0 */
/* Item lists in YAML: whatever is accepted can be written as a record, or is refused there by name. */
#include "keys/items_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t record[SBK_ITEMS_BYTES_MAX];
    struct items_file *file = malloc(sizeof *file);
    size_t written = 0;
    if (file != NULL && items_file_parse(data, size, file, NULL) == SBK_OK) {
        file->header.issued = file->header.issued == 0 ? 20000 : file->header.issued;
        const enum sbk_format format = sbk_items_write(&file->header, file->items, record, sizeof record, &written);
        if (format != SBK_FORMAT_OK && format != SBK_FORMAT_VALUE) {
            abort();
        }
    }
    free(file);
    return 0;
}
