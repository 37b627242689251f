/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What whoever holds a key store's folder and pass phrase can do: signs a message as one of its keys.
 *
 *     sign-as FOLDER PASSPHRASE-FILE ROLE MESSAGE-FILE        prints r||s in hexadecimal
 */
#include "base/file.h"
#include "base/hex.h"
#include "keys/store.h"

#include <stdio.h>
#include <stdlib.h>

static struct sbk_error error;

static void check(sbk_result result) {
    if (result != SBK_OK) {
        (void)fprintf(stderr, "%s (%s)\n", error.text, error.reason);
        exit((int)result);
    }
}

int main(int argc, char **argv) {
    struct sbk_store *store = NULL;
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_buffer message = SBK_BUFFER_EMPTY;
    struct sbk_key *key = NULL;
    uint8_t signature[SBK_SIGNATURE_SIZE];
    char text[SBK_HEX_ROOM(SBK_SIGNATURE_SIZE)];
    if (argc != 5)
        return SBK_USAGE;
    check(sbk_store_open(&store, argv[1], false, &error));
    check(sbk_file_read_secret(argv[2], 1024, &passphrase, &error));
    passphrase.size--; /* the newline */
    check(sbk_file_read(argv[4], 4096, &message, &error));
    check(sbk_key_open(store, sbk_key_role_of(argv[3]), 0, &passphrase, &key, &error));
    check(sbk_key_sign_message(key, message.data, message.size, signature, &error));
    sbk_hex_encode(signature, sizeof signature, text);
    (void)puts(text);
    sbk_key_close(&key);
    sbk_buffer_free(&message);
    sbk_secret_free(&passphrase);
    sbk_store_close(&store);
    return 0;
}
