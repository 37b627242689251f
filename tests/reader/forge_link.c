/* SPDX-License-Identifier: Apache-2.0 */
/* The root link that a thief of the root in force can make: forge-link STORE PASSPHRASE GENERATION, record in hexadecimal to
 * stdout. It is signed by that root's key, and brings it again. */
#include "keys/issuing.h"
#include "schema/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sbk_error error;

static void check(sbk_result result) {
    if (result != SBK_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        exit((int)result);
    }
}

int main(int argc, char **argv) {
    struct sbk_store *store = NULL;
    struct sbk_key *key = NULL;
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    uint8_t record[SBK_LINK_SIZE];
    size_t size = 0;
    if (argc != 4) {
        return SBK_USAGE;
    }
    struct sbk_link link = {.generation = (uint8_t)strtoul(argv[3], NULL, 10)};
    check(sbk_secret_copy(&passphrase, argv[2], strlen(argv[2]), &error));
    check(sbk_store_open(&store, argv[1], false, &error));
    check(sbk_key_open(store, SBK_KEY_ROOT, 0, &passphrase, &key, &error));
    memcpy(link.key, sbk_key_info(key)->public_part, sizeof link.key);
    if (sbk_link_write(&link, record, sizeof record, &size) != SBK_FORMAT_OK) {
        return SBK_USAGE;
    }
    check(sbk_sign_record(key, record, sizeof record, &size, &error));
    for (size_t i = 0; i < size; i++) {
        (void)printf("%02x", record[i]);
    }
    sbk_key_close(&key);
    sbk_store_close(&store);
    sbk_secret_free(&passphrase);
    return 0;
}
