/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_BACKEND_H
#define SBK_KEYS_BACKEND_H

#include "base/file.h"
#include "keys/store.h"

#include <stdatomic.h>

/*
 * What a kind of key store provides. A back end fills both tables; keys/store.c calls them with arguments already
 * checked (known role, generation resolved, algorithm fits) and nothing above it knows which one is at work. Private to
 * keys/.
 */
struct sbk_key_backend {
    sbk_result (*sign)(void *state, const uint8_t hash[SBK_HASH_SIZE], uint8_t signature[SBK_SIGNATURE_SIZE],
        struct sbk_error *error); /* P-256 */
    sbk_result (*sign_message)(void *state, const void *message, size_t size, uint8_t signature[SBK_SIGNATURE_SIZE],
        struct sbk_error *error); /* Ed25519 */
    sbk_result (*agree)(void *state, const uint8_t peer[SBK_POINT_SIZE], uint8_t shared[SBK_HASH_SIZE],
        struct sbk_error *error); /* P-256 */
    sbk_result (*derive)(
        void *state, const void *data, size_t size, uint8_t out[16], struct sbk_error *error); /* AES-128 */
    sbk_result (*export_transport)(void *state, uint8_t master[SBK_TRANSPORT_SIZE], struct sbk_error *error);
    /* Destroys what lies outside of the folder; close still follows. */
    sbk_result (*destroy)(void *state, struct sbk_error *error);
    void (*close)(void *state); /* cleanses and frees */
};

struct sbk_key {
    struct sbk_key_info info;
    const struct sbk_key_backend *backend;
    void *state; /* the back end's */
    atomic_uint references;
};

struct sbk_store {
    char *path;
    struct sbk_lock lock;
    struct sbk_tokens tokens; /* where new keys go */
    char *tokens_text;        /* what they lend from */
};

/* How keys come into being. Each writes the content of the key's file, which keys/store.c puts in place. */
struct sbk_store_backend {
    /* Fills the public part of info, the rest of which stands in it already. place: the token's URI, NULL for files.
     * quorum: what the opener's approval belongs to; NULL: none. */
    sbk_result (*generate)(const char *place, struct sbk_key_info *info, const struct sbk_opener *opener,
        const struct sbk_quorum *quorum, struct sbk_buffer *file, void **state, struct sbk_error *error);
    sbk_result (*import)(const char *place, const struct sbk_key_info *info, const struct sbk_secret *plain,
        const struct sbk_secret *passphrase, struct sbk_buffer *file, void **state, struct sbk_error *error);
    /* The readable part of a file; SBK_FORMAT_UNKNOWN if it is not of this kind. quorum->needed: 0 for none. */
    enum sbk_format (*parse)(const struct sbk_buffer *file, struct sbk_key_info *info, struct sbk_quorum *quorum);
    /* Opens what parse accepted. */
    sbk_result (*open)(
        const struct sbk_buffer *file, const struct sbk_opener *opener, void **state, struct sbk_error *error);
    /* Opens what parse accepted with old, and appends the file that fresh opens, with the quorum, to out. */
    sbk_result (*reseal)(const struct sbk_buffer *file, const struct sbk_opener *old, const struct sbk_opener *fresh,
        const struct sbk_quorum *quorum, struct sbk_buffer *out, struct sbk_error *error);
    /* The URI of its token, for free; NULL: none, or no memory for it. */
    char *(*place)(const struct sbk_buffer *file);
    sbk_result (*guard)(const struct sbk_buffer *file, struct sbk_key_guard *guard, struct sbk_error *error);
    /* Destroys the key of a file except the file; one that is not there any more is fine. */
    sbk_result (*destroy)(const struct sbk_buffer *file, const struct sbk_secret *passphrase, struct sbk_error *error);
    const struct sbk_key_backend *keys; /* of the states that these make */
};

/* Keys in envelopes, and keys on PKCS#11 tokens. */
extern const struct sbk_store_backend sbk_file_store;
extern const struct sbk_store_backend sbk_token_store;
extern const struct sbk_key_backend sbk_token_backend;

/* The shares of a deal whose secret is given, for the key of info: written, every file whole; and taken away again, as far
 * as they are there. */
SBK_CHECK_RESULT sbk_result sbk_deal_write(const struct sbk_deal *deal, const struct sbk_key_info *info,
    const struct sbk_secret *secret, struct sbk_error *error);
void sbk_deal_remove(const struct sbk_deal *deal, const struct sbk_key_info *info);

/* The list "tokens" of a store's folder, read and written. */
SBK_CHECK_RESULT sbk_result sbk_tokens_read(struct sbk_store *store, struct sbk_error *error);

/* Another reference to an open key; sbk_key_close gives it back. */
struct sbk_key *sbk_key_hold(struct sbk_key *key);

/*
 * Keys in this process's memory: what the file store has, once opened. plain holds the private scalar (32 bytes), the
 * Ed25519 seed (32) or the AES key (16). Making one, and importing one, fills the public part of info; opening needs
 * it.
 */
extern const struct sbk_key_backend sbk_software_backend;
size_t sbk_software_size(uint8_t algorithm); /* of plain; 0: unknown */
SBK_CHECK_RESULT sbk_result sbk_software_generate(
    struct sbk_key_info *info, struct sbk_secret *plain, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_software_open(
    const struct sbk_key_info *info, const struct sbk_secret *plain, void **state, struct sbk_error *error);

#endif
