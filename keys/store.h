/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_STORE_H
#define SBK_KEYS_STORE_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/secret.h"
#include "keys/quorum.h"
#include "schema/bundle.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The key store: a folder (0700, looser ones are refused) with one file a key. It holds either the key itself, in an
 * envelope under its own pass phrase, or a reference to a key that lies on a PKCS#11 token, where it was made and which
 * it never leaves. So each key opens alone, and keys of both kinds stand side by side. Nobody outside the store's back
 * ends sees a private byte: callers ask a key to sign, agree or derive, and where a library wants a key object (CMS,
 * X.509) sbk_key_pkey gives one whose operations come back here.
 *
 * The files are ROLE-GENERATION.key ("station-ca-1.key"). The file "tokens" says where keys are made, if not in
 * envelopes. What certifies a city's keys stands beside them (keys/city.h).
 */

/* Roles of stored keys. The numbers stand in envelopes and never change. */
enum sbk_key_role {
    SBK_KEY_ROOT = 1, /* "root"; the next root is the same role in the sub-folder next-root */
    SBK_KEY_STATION_CA = 2,
    SBK_KEY_CARD_CA = 3,
    SBK_KEY_GRANT_SIGNER = 4,
    SBK_KEY_LIST_SIGNER = 5,
    SBK_KEY_OFFICE_CA = 6,
    SBK_KEY_CITY = 7,       /* the city's X.509 identity: signs and opens CMS files */
    SBK_KEY_TRANSPORT = 8,  /* vendor's transport master: AES-128, derives */
    SBK_KEY_AGREEMENT = 16, /* station: the key of its 7F21 leaf */
    SBK_KEY_LOG = 17,       /* station: Ed25519 where it can be, signs checkpoints */
    SBK_KEY_STATION = 18,   /* station: X.509 identity */
    SBK_KEY_BUREAU = 19,    /* bureau: X.509 identity */
};
#define SBK_NEXT_ROOT_FOLDER "next-root"

enum sbk_key_algorithm {
    SBK_ALGORITHM_P256 = 1,
    SBK_ALGORITHM_ED25519 = 2,
    SBK_ALGORITHM_AES128 = 3,
};

/* The word of a role ("station-ca"), which is also its file name and its name in --passphrase-file ROLE=FILE; NULL for
 * an unknown role. And the way back: 0 for an unknown word. */
const char *sbk_key_role_word(uint8_t role);
uint8_t sbk_key_role_of(const char *word);
/* The algorithm that keys of this role have; and whether one may have another: a log key is one of P-256 on a token that
 * has no Ed25519. */
enum sbk_key_algorithm sbk_key_role_algorithm(uint8_t role);
bool sbk_key_role_allows(uint8_t role, uint8_t algorithm);

/* What can be known of a key without its pass phrase or PIN. */
#define SBK_KEY_PUBLIC_MAX 64
struct sbk_key_info {
    uint8_t role;       /* enum sbk_key_role */
    uint8_t generation; /* 1..127 */
    uint8_t algorithm;  /* enum sbk_key_algorithm */
    uint16_t created;   /* day */
    size_t public_size; /* P-256: 64, X||Y; Ed25519: 32; AES-128: 3, the key check value */
    uint8_t public_part[SBK_KEY_PUBLIC_MAX];
};

struct sbk_store;
struct sbk_key;

/* ---- the folder ---- */

/* Opens an existing store, or makes an empty one. lock: take the folder for this process (base/file.h), as whoever
 * changes it must; a caller that holds the folder's lock already passes false. *store is the caller's, for
 * sbk_store_close. Errors: SBK_ENVIRONMENT (missing, permissions, busy). */
SBK_CHECK_RESULT sbk_result sbk_store_open(
    struct sbk_store **store, const char *path, bool lock, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_store_create(
    struct sbk_store **store, const char *path, bool lock, struct sbk_error *error);
void sbk_store_close(struct sbk_store **store); /* open keys outlive it */
const char *sbk_store_path(const struct sbk_store *store);

/*
 * Where new keys go. One word for each place, as on the command line: "URI" of the token for every role, "ROLE=URI" for
 * one role, "ROLE=file" for one role that shall lie in an envelope all the same. Without a word: in envelopes.
 *
 * sbk_tokens_check refuses words that cannot be meant (SBK_USAGE): a URI that is none, a role that is not in the list
 * roles (NULL-terminated; NULL: any role's word), a role or "every role" twice. sbk_store_set_tokens writes the file
 * "tokens" of a store, whole; a count of 0 leaves the store as it is.
 */
#define SBK_TOKENS_MAX 16
struct sbk_tokens {
    const char *words[SBK_TOKENS_MAX]; /* lent */
    size_t count;
};
SBK_CHECK_RESULT sbk_result sbk_tokens_check(
    const struct sbk_tokens *tokens, const char *const *roles, struct sbk_error *error);
/* The URI for a role's word; NULL: an envelope. */
const char *sbk_tokens_find(const struct sbk_tokens *tokens, const char *role);
SBK_CHECK_RESULT sbk_result sbk_store_set_tokens(
    struct sbk_store *store, const struct sbk_tokens *tokens, struct sbk_error *error);
const struct sbk_tokens *sbk_store_tokens(const struct sbk_store *store);

/* The newest generation of a role in the store, 0 if there is none. */
uint8_t sbk_store_newest(const struct sbk_store *store, uint8_t role);
/* The newest one before a generation, 0 if there is none: for going through all of a role. */
uint8_t sbk_store_before(const struct sbk_store *store, uint8_t role, uint8_t before);

/* Whether a key of that role and generation lies in the store, or its reference. */
bool sbk_store_has(const struct sbk_store *store, uint8_t role, uint8_t generation);

/* The readable part of a key's file; generation 0: the newest. Errors: SBK_ENVIRONMENT, reason "not-found";
 * SBK_TAMPERED, a file that is no key's or another key's. */
SBK_CHECK_RESULT sbk_result sbk_store_info(const struct sbk_store *store, uint8_t role, uint8_t generation,
    struct sbk_key_info *info, struct sbk_error *error);

/* Where a key lies: the URI of its token, which the caller frees; NULL for an envelope. Errors as sbk_store_info. */
SBK_CHECK_RESULT sbk_result sbk_store_place(
    const struct sbk_store *store, uint8_t role, uint8_t generation, char **uri, struct sbk_error *error);

/* Which officers open a key; quorum->needed is 0 for one that needs none. Errors as sbk_store_info. */
SBK_CHECK_RESULT sbk_result sbk_store_quorum(const struct sbk_store *store, uint8_t role, uint8_t generation,
    struct sbk_quorum *quorum, struct sbk_error *error);

/* ---- keys ---- */

/* What opens a key, so that programs ask for the right thing. Wherever a function below takes a passphrase, it takes
 * the PIN of a key on a token, and NULL or an empty one where nothing is asked for. */
enum sbk_key_guard_kind {
    SBK_GUARD_PASSPHRASE, /* its envelope's */
    SBK_GUARD_PIN,        /* the token's */
    SBK_GUARD_NOTHING,    /* the token's URI names a file with the PIN, the token asks for it by itself, or this process
                             is logged in already */
};
struct sbk_key_guard {
    enum sbk_key_guard_kind kind;
    char token[33]; /* the token's label; empty for an envelope */
};
/* What opens a key that may have a quorum: the pass phrase or PIN as above, and the secret that the officers' shares
 * give, NULL for none. An envelope takes the one or the other, a token its PIN and the officers' approval. */
struct sbk_opener {
    const struct sbk_secret *passphrase;
    const struct sbk_secret *approval;
};

/* Shares of a key's quorum for its officers. */
struct sbk_deal {
    struct sbk_quorum quorum;             /* needed, officers and names; set and check value are made */
    const struct sbk_secret *passphrases; /* of the shares, quorum.officers of them */
    const char *folder;                   /* for the files of the shares; made if it is not there */
    uint16_t made;                        /* day */
};

/* Of a key that is there, generation 0: the newest; and of one that the store would make. Errors as sbk_store_info, and
 * those of a token that cannot be found (SBK_ENVIRONMENT, "token-missing"). */
SBK_CHECK_RESULT sbk_result sbk_store_guard(const struct sbk_store *store, uint8_t role, uint8_t generation,
    struct sbk_key_guard *guard, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_tokens_guard(
    const struct sbk_tokens *tokens, const char *role, struct sbk_key_guard *guard, struct sbk_error *error);

/* Makes a new key of the role and writes its file, whole; one of that role and generation must not be there
 * (SBK_REFUSED, "exists-already"). *key is the caller's, for sbk_key_close. */
SBK_CHECK_RESULT sbk_result sbk_key_generate(struct sbk_store *store, uint8_t role, uint8_t generation,
    uint16_t created, const struct sbk_secret *passphrase, struct sbk_key **key, struct sbk_error *error);

/* The same for a key that takes a quorum, whose shares are written before the key's file is. deal NULL: without. */
SBK_CHECK_RESULT sbk_result sbk_key_generate_dealt(struct sbk_store *store, uint8_t role, uint8_t generation,
    uint16_t created, const struct sbk_secret *passphrase, struct sbk_deal *deal, struct sbk_key **key,
    struct sbk_error *error);

/* Gives a key that is there (generation 0: the newest) new shares under a new secret: first the files of the shares, then,
 * in one step, the key's file. From then on the old shares open nothing. A key that had no quorum gets one. opener is what
 * opens it now. After a failure the new shares are taken away again. */
SBK_CHECK_RESULT sbk_result sbk_key_redeal(struct sbk_store *store, uint8_t role, uint8_t generation,
    const struct sbk_opener *opener, struct sbk_deal *deal, struct sbk_error *error);

/* Puts a transport master (16 bytes) into the store as the given generation. */
SBK_CHECK_RESULT sbk_result sbk_key_import_transport(struct sbk_store *store, uint8_t generation, uint16_t created,
    const struct sbk_secret *master, const struct sbk_secret *passphrase, struct sbk_error *error);

/* Takes a key back that was just made and shall not be: one on a token is deleted there, one in an envelope stays for
 * whoever removes the folder. It must still be closed. */
void sbk_key_discard(struct sbk_key *key);

/* Destroys a key for ever: the object on its token, then its file. passphrase: what sbk_store_guard says for a token;
 * an envelope is removed without it. Cut off, it goes on when called again. Errors as sbk_key_open. */
SBK_CHECK_RESULT sbk_result sbk_key_destroy(struct sbk_store *store, uint8_t role, uint8_t generation,
    const struct sbk_secret *passphrase, struct sbk_error *error);

/* Opens a key (about 0.1 s of scrypt for an envelope); generation 0: the newest. Errors: SBK_REFUSED,
 * "passphrase-wrong"; "not-found"; SBK_TAMPERED; those of keys/token.h for a key on a token. */
SBK_CHECK_RESULT sbk_result sbk_key_open(struct sbk_store *store, uint8_t role, uint8_t generation,
    const struct sbk_secret *passphrase, struct sbk_key **key, struct sbk_error *error);

/* The same for a key that may have a quorum. Errors besides: SBK_REFUSED, "quorum-missing", without approval;
 * SBK_TAMPERED, "quorum-missing", with another than the quorum's. */
SBK_CHECK_RESULT sbk_result sbk_key_open_by(struct sbk_store *store, uint8_t role, uint8_t generation,
    const struct sbk_opener *opener, struct sbk_key **key, struct sbk_error *error);

/* Gives the handle up and sets the pointer to NULL; accepts NULL inside. The private part is cleansed when the last
 * EVP_PKEY of the key is gone, too. */
void sbk_key_close(struct sbk_key **key);

const struct sbk_key_info *sbk_key_info(const struct sbk_key *key);

/* P-256: ECDSA over a 32-byte hash, r||s. */
SBK_CHECK_RESULT sbk_result sbk_key_sign(struct sbk_key *key, const uint8_t hash[SBK_HASH_SIZE],
    uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error);

/* Signs a message by the key's own scheme: Ed25519, or P-256 as ECDSA over SHA-256 (r||s). */
SBK_CHECK_RESULT sbk_result sbk_key_sign_message(struct sbk_key *key, const void *message, size_t size,
    uint8_t signature[SBK_SIGNATURE_SIZE], struct sbk_error *error);

/* P-256: the X coordinate of ECDH with a peer's point, which must lie on the curve (SBK_TAMPERED). */
SBK_CHECK_RESULT sbk_result sbk_key_agree(
    struct sbk_key *key, const uint8_t peer[SBK_POINT_SIZE], uint8_t shared[SBK_HASH_SIZE], struct sbk_error *error);

/* AES-128: CMAC of data under the key (NIST SP 800-38B), for keys derived from a transport master. */
SBK_CHECK_RESULT sbk_result sbk_key_derive(
    struct sbk_key *key, const void *data, size_t size, uint8_t out[16], struct sbk_error *error);

/* The one key that leaves the store, and only as the transport master of an encrypted batch: role transport only,
 * others are SBK_REFUSED. */
SBK_CHECK_RESULT sbk_result sbk_key_export_transport(
    struct sbk_key *key, uint8_t master[SBK_TRANSPORT_SIZE], struct sbk_error *error);

/* An EVP_PKEY of a P-256 key, for CMS and X.509: signing and agreeing happen in the store, exporting the private part
 * fails. The caller frees it (EVP_PKEY_free); it keeps the key open. */
SBK_CHECK_RESULT sbk_result sbk_key_pkey(struct sbk_key *key, EVP_PKEY **pkey, struct sbk_error *error);

/* The three SCP03 keys of a card: AES-CMAC(master, x || chip serial (10)), x = 01 ENC, 02 MAC, 03 DEK. The first form
 * asks a stored key, the second serves the bureau with the master out of the batch. */
struct sbk_transport_keys {
    uint8_t enc[16], mac[16], dek[16];
};
SBK_CHECK_RESULT sbk_result sbk_transport_keys_derive(struct sbk_key *key, const uint8_t serial[SBK_SERIAL_SIZE],
    struct sbk_transport_keys *keys, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_transport_keys_of(const uint8_t master[SBK_TRANSPORT_SIZE],
    const uint8_t serial[SBK_SERIAL_SIZE], struct sbk_transport_keys *keys, struct sbk_error *error);

/* Key check value of an AES key: the first 3 bytes of the encryption of sixteen bytes 01 (GlobalPlatform Amendment D).
 */
SBK_CHECK_RESULT sbk_result sbk_transport_kcv(
    const uint8_t key[SBK_TRANSPORT_SIZE], uint8_t kcv[SBK_KCV_SIZE], struct sbk_error *error);

/* No core dumps of this process and no tracing by others: every program that opens keys calls it first. */
void sbk_keys_protect_process(void);

#endif
