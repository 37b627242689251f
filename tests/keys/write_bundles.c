/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the valid bundles into DIRECTORY, the corpus of the fuzz target bundle. */
#include "tests/keys/bundle_samples.h"

#include "schema/oid.h"

#include <stdio.h>
#include <stdlib.h>

static void put(const char *directory, const char *name, const struct sample_bytes *sample) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path) {
        exit(1);
    }
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(sample->data, 1, sample->size, file) != sample->size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        return 2;
    }
    for (int kind = 1; kind <= SBK_BUNDLE_KINDS; kind++) {
        put(argv[1], sbk_oid_contents[kind].name, bundle_bytes((enum sbk_bundle_kind)kind));
    }
    put(argv[1], "first-request", plain_request_bytes());
    put(argv[1], "office-binding", office_binding_bytes());
    return 0;
}
