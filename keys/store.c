/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/store.h"

#include "base/i18n.h"
#include "keys/backend.h"
#include "keys/context.h"
#include "keys/crypto.h"
#include "keys/reference.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GENERATIONS 127

static const struct {
    uint8_t role;
    uint8_t algorithm;
    const char *word;
} roles[] = {
    {SBK_KEY_ROOT, SBK_ALGORITHM_P256, "root"},
    {SBK_KEY_STATION_CA, SBK_ALGORITHM_P256, "station-ca"},
    {SBK_KEY_CARD_CA, SBK_ALGORITHM_P256, "card-ca"},
    {SBK_KEY_GRANT_SIGNER, SBK_ALGORITHM_P256, "grant-signer"},
    {SBK_KEY_LIST_SIGNER, SBK_ALGORITHM_P256, "list-signer"},
    {SBK_KEY_OFFICE_CA, SBK_ALGORITHM_P256, "office-ca"},
    {SBK_KEY_CITY, SBK_ALGORITHM_P256, "city"},
    {SBK_KEY_TRANSPORT, SBK_ALGORITHM_AES128, "transport"},
    {SBK_KEY_AGREEMENT, SBK_ALGORITHM_P256, "agreement"},
    {SBK_KEY_LOG, SBK_ALGORITHM_ED25519, "log"},
    {SBK_KEY_STATION, SBK_ALGORITHM_P256, "station"},
    {SBK_KEY_BUREAU, SBK_ALGORITHM_P256, "bureau"},
};
#define ROLE_COUNT (sizeof roles / sizeof roles[0])

const char *sbk_key_role_word(uint8_t role) {
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (roles[i].role == role) {
            return roles[i].word;
        }
    }
    return NULL;
}

uint8_t sbk_key_role_of(const char *word) {
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (strcmp(roles[i].word, word) == 0) {
            return roles[i].role;
        }
    }
    return 0;
}

enum sbk_key_algorithm sbk_key_role_algorithm(uint8_t role) {
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (roles[i].role == role) {
            return (enum sbk_key_algorithm)roles[i].algorithm;
        }
    }
    return SBK_ALGORITHM_P256;
}

bool sbk_key_role_allows(uint8_t role, uint8_t algorithm) {
    return algorithm == (uint8_t)sbk_key_role_algorithm(role) ||
           (role == SBK_KEY_LOG && algorithm == SBK_ALGORITHM_P256);
}

static sbk_result out_of_memory(struct sbk_error *error) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
}

/* ---- the folder ---- */

sbk_result sbk_store_open(struct sbk_store **store, const char *path, bool lock, struct sbk_error *error) {
    sbk_result result = sbk_directory_check(path, error);
    if (result != SBK_OK) {
        return result;
    }
    struct sbk_store *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return out_of_memory(error);
    }
    made->lock = (struct sbk_lock)SBK_LOCK_NONE;
    made->path = strdup(path);
    if (made->path == NULL) {
        result = out_of_memory(error);
    } else if (lock) {
        result = sbk_lock_take(&made->lock, path, error);
    }
    if (result == SBK_OK) {
        result = sbk_tokens_read(made, error);
    }
    if (result != SBK_OK) {
        sbk_store_close(&made);
        return result;
    }
    *store = made;
    return SBK_OK;
}

sbk_result sbk_store_create(struct sbk_store **store, const char *path, bool lock, struct sbk_error *error) {
    const sbk_result result = sbk_directory_make(path, NULL, error);
    return result == SBK_OK ? sbk_store_open(store, path, lock, error) : result;
}

void sbk_store_close(struct sbk_store **store) {
    if (*store != NULL) {
        sbk_lock_release(&(*store)->lock);
        free((*store)->tokens_text);
        free((*store)->path);
        free(*store);
        *store = NULL;
    }
}

const char *sbk_store_path(const struct sbk_store *store) {
    return store->path;
}

/* ---- its files ---- */

static char *file_path(const struct sbk_store *store, uint8_t role, uint8_t generation, const char *kind) {
    char name[40];
    (void)snprintf(name, sizeof name, "%s-%u.%s", sbk_key_role_word(role), generation, kind);
    return sbk_path_join(store->path, name);
}

bool sbk_store_has(const struct sbk_store *store, uint8_t role, uint8_t generation) {
    char *path = file_path(store, role, generation, "key");
    const bool found = path != NULL && sbk_file_exists(path);
    free(path);
    return found;
}

uint8_t sbk_store_newest(const struct sbk_store *store, uint8_t role) {
    return sbk_store_before(store, role, GENERATIONS + 1);
}

uint8_t sbk_store_before(const struct sbk_store *store, uint8_t role, uint8_t before) {
    const bool known = sbk_key_role_word(role) != NULL && before > 0;
    for (uint8_t generation = known ? (uint8_t)(before - 1) : 0; generation >= 1; generation--) {
        if (sbk_store_has(store, role, generation)) {
            return generation;
        }
    }
    return 0;
}

/* The file of a key: its content, for free, and what it says. All zero before it is read. */
struct key_file {
    struct sbk_buffer bytes;
    const struct sbk_store_backend *backend;
    struct sbk_key_info info;
    struct sbk_quorum quorum;
};

/* Finds out of what kind a key's file is, and whether it is the key that its name says. */
static sbk_result parse_file(
    const char *path, uint8_t role, uint8_t generation, struct key_file *file, struct sbk_error *error) {
    const struct sbk_key_info *info = &file->info;
    file->backend = &sbk_file_store;
    enum sbk_format format = sbk_file_store.parse(&file->bytes, &file->info, &file->quorum);
    if (format == SBK_FORMAT_UNKNOWN) {
        file->backend = &sbk_token_store;
        format = sbk_token_store.parse(&file->bytes, &file->info, &file->quorum);
    }
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("%s: not a key's envelope: it %s"), path,
            _(sbk_format_text(format)));
    }
    if (info->role != role || info->generation != generation) {
        return sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_FORMAT, _("%s: the envelope is another key's, put it back"), path);
    }
    return SBK_OK;
}

/* Reads the file of a key that must be there. */
static sbk_result read_file(
    const struct sbk_store *store, uint8_t role, uint8_t generation, struct key_file *file, struct sbk_error *error) {
    char *path = file_path(store, role, generation, "key");
    if (path == NULL) {
        return out_of_memory(error);
    }
    sbk_result result = SBK_OK;
    if (!sbk_file_exists(path)) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND, _("%s: there is no such key"), path);
    } else {
        result = sbk_file_read(path, SBK_REFERENCE_MAX, &file->bytes, error);
    }
    if (result == SBK_OK) {
        result = parse_file(path, role, generation, file, error);
    }
    free(path);
    return result;
}

static sbk_result must_be_new(
    const struct sbk_store *store, uint8_t role, uint8_t generation, struct sbk_error *error) {
    char *path = file_path(store, role, generation, "key");
    if (path == NULL) {
        return out_of_memory(error);
    }
    const sbk_result result =
        sbk_file_exists(path) ? sbk_fail(error, SBK_REFUSED, SBK_REASON_EXISTS, _("%s: the key is there already"), path)
                              : SBK_OK;
    free(path);
    return result;
}

static sbk_result write_key(const struct sbk_store *store, const struct sbk_key_info *info,
    const struct sbk_buffer *file, enum sbk_file_writing writing, struct sbk_error *error) {
    char *path = file_path(store, info->role, info->generation, "key");
    if (path == NULL) {
        return out_of_memory(error);
    }
    const sbk_result result = sbk_file_write(path, file->data, file->size, 0600, writing, error);
    free(path);
    return result;
}

/* The generation meant: 0 stands for the newest. */
static sbk_result resolve(const struct sbk_store *store, uint8_t role, uint8_t *generation, struct sbk_error *error) {
    if (*generation == 0) {
        *generation = sbk_store_newest(store, role);
    }
    if (*generation == 0) {
        const char *word = sbk_key_role_word(role);
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND, _("%s: no key '%s' here"), store->path,
            word != NULL ? word : "?");
    }
    return SBK_OK;
}

/* The file of the key meant. */
static sbk_result read_meant(
    const struct sbk_store *store, uint8_t role, uint8_t *generation, struct key_file *file, struct sbk_error *error) {
    const sbk_result result = resolve(store, role, generation, error);
    return result == SBK_OK ? read_file(store, role, *generation, file, error) : result;
}

sbk_result sbk_store_info(const struct sbk_store *store, uint8_t role, uint8_t generation, struct sbk_key_info *info,
    struct sbk_error *error) {
    struct key_file file = {.bytes = SBK_BUFFER_EMPTY};
    const sbk_result result = read_meant(store, role, &generation, &file, error);
    if (result == SBK_OK) {
        *info = file.info;
    }
    sbk_buffer_free(&file.bytes);
    return result;
}

sbk_result sbk_store_quorum(const struct sbk_store *store, uint8_t role, uint8_t generation, struct sbk_quorum *quorum,
    struct sbk_error *error) {
    struct key_file file = {.bytes = SBK_BUFFER_EMPTY};
    const sbk_result result = read_meant(store, role, &generation, &file, error);
    if (result == SBK_OK) {
        *quorum = file.quorum;
    }
    sbk_buffer_free(&file.bytes);
    return result;
}

sbk_result sbk_store_place(
    const struct sbk_store *store, uint8_t role, uint8_t generation, char **uri, struct sbk_error *error) {
    struct key_file file = {.bytes = SBK_BUFFER_EMPTY};
    sbk_result result = read_meant(store, role, &generation, &file, error);
    if (result == SBK_OK) {
        *uri = file.backend->place(&file.bytes);
        if (*uri == NULL && file.backend != &sbk_file_store) {
            result = out_of_memory(error);
        }
    }
    sbk_buffer_free(&file.bytes);
    return result;
}

sbk_result sbk_store_guard(const struct sbk_store *store, uint8_t role, uint8_t generation, struct sbk_key_guard *guard,
    struct sbk_error *error) {
    struct key_file file = {.bytes = SBK_BUFFER_EMPTY};
    sbk_result result = read_meant(store, role, &generation, &file, error);
    if (result == SBK_OK) {
        result = file.backend->guard(&file.bytes, guard, error);
    }
    sbk_buffer_free(&file.bytes);
    return result;
}

/* ---- keys ---- */

/* Takes the back end's state over, on failure too. */
static sbk_result make_key(const struct sbk_key_info *info, const struct sbk_key_backend *backend, void *state,
    struct sbk_key **key, struct sbk_error *error) {
    struct sbk_key *made = calloc(1, sizeof *made);
    if (made == NULL) {
        backend->close(state);
        return out_of_memory(error);
    }
    made->info = *info;
    made->backend = backend;
    made->state = state;
    atomic_init(&made->references, 1);
    *key = made;
    return SBK_OK;
}

/* Where the store makes a role's keys, and of what kind that is. */
static const struct sbk_store_backend *place_of(const struct sbk_store *store, uint8_t role, const char **uri) {
    *uri = sbk_tokens_find(&store->tokens, sbk_key_role_word(role));
    return *uri != NULL ? &sbk_token_store : &sbk_file_store;
}

/* Puts the file of a new key in place and makes the handle; the back end's state is taken over, on failure too. */
static sbk_result keep(const struct sbk_store *store, const struct sbk_store_backend *backend,
    const struct sbk_key_info *info, const struct sbk_buffer *file, void *state, struct sbk_key **key,
    struct sbk_error *error) {
    const sbk_result result = write_key(store, info, file, SBK_FILE_NEW, error);
    if (result != SBK_OK) {
        (void)backend->keys->destroy(state, NULL);
        backend->keys->close(state);
        return result;
    }
    return make_key(info, backend->keys, state, key, error);
}

/* Makes the key where the store makes it; of a deal, the shares too, before the key's file. */
static sbk_result make_new(struct sbk_store *store, struct sbk_key_info *info, const struct sbk_opener *opener,
    const struct sbk_deal *deal, struct sbk_key **key, struct sbk_error *error) {
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    const char *uri = NULL;
    void *state = NULL;
    const struct sbk_store_backend *backend = place_of(store, info->role, &uri);
    sbk_result result = backend->generate(uri, info, opener, deal != NULL ? &deal->quorum : NULL, &file, &state, error);
    if (result == SBK_OK && deal != NULL) {
        result = sbk_deal_write(deal, info, opener->approval, error);
        if (result != SBK_OK) {
            (void)backend->keys->destroy(state, NULL);
            backend->keys->close(state);
        }
    }
    if (result == SBK_OK) {
        result = keep(store, backend, info, &file, state, key, error);
        if (result != SBK_OK && deal != NULL) {
            sbk_deal_remove(deal, info);
        }
    }
    sbk_buffer_free(&file);
    return result;
}

sbk_result sbk_key_generate_dealt(struct sbk_store *store, uint8_t role, uint8_t generation, uint16_t created,
    const struct sbk_secret *passphrase, struct sbk_deal *deal, struct sbk_key **key, struct sbk_error *error) {
    struct sbk_secret approval = SBK_SECRET_EMPTY;
    struct sbk_key_info info = {.role = role, .generation = generation, .created = created};
    if (sbk_key_role_word(role) == NULL || generation < 1 || generation > GENERATIONS) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("no such key: role %u, generation %u"), role, generation);
    }
    info.algorithm = (uint8_t)sbk_key_role_algorithm(role);
    sbk_result result = must_be_new(store, role, generation, error);
    if (result == SBK_OK && deal != NULL) {
        result = sbk_quorum_new(&deal->quorum, &approval, error);
    }
    if (result == SBK_OK) {
        const struct sbk_opener opener = {passphrase, deal != NULL ? &approval : NULL};
        result = make_new(store, &info, &opener, deal, key, error);
    }
    sbk_secret_free(&approval);
    return result;
}

sbk_result sbk_key_generate(struct sbk_store *store, uint8_t role, uint8_t generation, uint16_t created,
    const struct sbk_secret *passphrase, struct sbk_key **key, struct sbk_error *error) {
    return sbk_key_generate_dealt(store, role, generation, created, passphrase, NULL, key, error);
}

sbk_result sbk_key_import_transport(struct sbk_store *store, uint8_t generation, uint16_t created,
    const struct sbk_secret *master, const struct sbk_secret *passphrase, struct sbk_error *error) {
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    const char *uri = NULL;
    void *state = NULL;
    struct sbk_key *key = NULL;
    struct sbk_key_info info = {.role = SBK_KEY_TRANSPORT,
        .generation = generation,
        .algorithm = SBK_ALGORITHM_AES128,
        .created = created,
        .public_size = SBK_KCV_SIZE};
    if (master->size != SBK_TRANSPORT_SIZE || generation < 1 || generation > GENERATIONS) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("a transport key has %d bytes"), SBK_TRANSPORT_SIZE);
    }
    const struct sbk_store_backend *backend = place_of(store, SBK_KEY_TRANSPORT, &uri);
    sbk_result result = must_be_new(store, SBK_KEY_TRANSPORT, generation, error);
    if (result == SBK_OK) {
        result = sbk_transport_kcv(master->data, info.public_part, error);
    }
    if (result == SBK_OK) {
        result = backend->import(uri, &info, master, passphrase, &file, &state, error);
    }
    if (result == SBK_OK) {
        result = keep(store, backend, &info, &file, state, &key, error);
    }
    sbk_key_close(&key);
    sbk_buffer_free(&file);
    return result;
}

sbk_result sbk_key_open_by(struct sbk_store *store, uint8_t role, uint8_t generation, const struct sbk_opener *opener,
    struct sbk_key **key, struct sbk_error *error) {
    struct key_file file = {.bytes = SBK_BUFFER_EMPTY};
    void *state = NULL;
    sbk_result result = read_meant(store, role, &generation, &file, error);
    if (result == SBK_OK) {
        result = file.backend->open(&file.bytes, opener, &state, error);
        if (result == SBK_REFUSED || result == SBK_TAMPERED) {
            (void)sbk_fail_in(error, result, "%s/%s-%u.key", store->path, sbk_key_role_word(role), generation);
        }
    }
    sbk_buffer_free(&file.bytes);
    return result == SBK_OK ? make_key(&file.info, file.backend->keys, state, key, error) : result;
}

sbk_result sbk_key_open(struct sbk_store *store, uint8_t role, uint8_t generation, const struct sbk_secret *passphrase,
    struct sbk_key **key, struct sbk_error *error) {
    const struct sbk_opener opener = {passphrase, NULL};
    return sbk_key_open_by(store, role, generation, &opener, key, error);
}

/* The new file of a key and its shares, then the file in its place. */
static sbk_result reseal(const struct sbk_store *store, const struct key_file *file, const struct sbk_opener *old,
    const struct sbk_opener *fresh, const struct sbk_deal *deal, struct sbk_error *error) {
    struct sbk_buffer made = SBK_BUFFER_EMPTY;
    sbk_result result = file->backend->reseal(&file->bytes, old, fresh, &deal->quorum, &made, error);
    if (result == SBK_OK) {
        result = sbk_deal_write(deal, &file->info, fresh->approval, error);
    }
    if (result == SBK_OK) {
        result = write_key(store, &file->info, &made, SBK_FILE_REPLACE, error);
        if (result != SBK_OK) {
            sbk_deal_remove(deal, &file->info);
        }
    }
    sbk_buffer_free(&made);
    return result;
}

sbk_result sbk_key_redeal(struct sbk_store *store, uint8_t role, uint8_t generation, const struct sbk_opener *opener,
    struct sbk_deal *deal, struct sbk_error *error) {
    struct key_file file = {.bytes = SBK_BUFFER_EMPTY};
    struct sbk_secret approval = SBK_SECRET_EMPTY;
    sbk_result result = read_meant(store, role, &generation, &file, error);
    if (result == SBK_OK) {
        result = sbk_quorum_new(&deal->quorum, &approval, error);
    }
    if (result == SBK_OK) {
        const struct sbk_opener fresh = {opener->passphrase, &approval};
        result = reseal(store, &file, opener, &fresh, deal, error);
    }
    sbk_secret_free(&approval);
    sbk_buffer_free(&file.bytes);
    return result;
}

void sbk_key_discard(struct sbk_key *key) {
    (void)key->backend->destroy(key->state, NULL);
}

sbk_result sbk_key_destroy(struct sbk_store *store, uint8_t role, uint8_t generation,
    const struct sbk_secret *passphrase, struct sbk_error *error) {
    struct key_file file = {.bytes = SBK_BUFFER_EMPTY};
    char *path = file_path(store, role, generation, "key");
    sbk_result result = path != NULL ? read_file(store, role, generation, &file, error) : out_of_memory(error);
    if (result == SBK_OK) {
        result = file.backend->destroy(&file.bytes, passphrase, error);
    }
    if (result == SBK_OK) {
        result = sbk_file_remove(path, error);
    }
    sbk_buffer_free(&file.bytes);
    free(path);
    return result;
}

struct sbk_key *sbk_key_hold(struct sbk_key *key) {
    atomic_fetch_add(&key->references, 1);
    return key;
}

void sbk_key_close(struct sbk_key **key) {
    struct sbk_key *old = *key;
    *key = NULL;
    if (old != NULL && atomic_fetch_sub(&old->references, 1) == 1) {
        old->backend->close(old->state);
        free(old);
    }
}

const struct sbk_key_info *sbk_key_info(const struct sbk_key *key) {
    return &key->info;
}
