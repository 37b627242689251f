/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/failing_memory.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>

static enum memory_owner owner;
static unsigned wanted;
static bool lasting;
static atomic_bool resting;
static atomic_uint calls; /* libcrypto and the calls of PC/SC have threads */

void memory_arm(enum memory_owner whose, unsigned call, bool for_good) {
    owner = whose;
    wanted = call;
    lasting = for_good;
    atomic_store(&calls, 0);
}

unsigned memory_calls(void) {
    return atomic_load(&calls);
}

void memory_rest(bool rest) {
    atomic_store(&resting, rest);
}

static bool fails(enum memory_owner whose) {
    if (whose != owner || atomic_load(&resting))
        return false;
    unsigned call = atomic_fetch_add(&calls, 1) + 1;
    return wanted != 0 && (call == wanted || (lasting && call > wanted));
}

/* ---- ours ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size) {
    return fails(MEMORY_OURS) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails(MEMORY_OURS) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
    return fails(MEMORY_OURS) ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text) {
    return fails(MEMORY_OURS) ? NULL : __real_strdup(text);
}

/* ---- SQLite's ---- */

static sqlite3_mem_methods plain;

static void *sqlite_malloc(int size) {
    return fails(MEMORY_SQLITE) ? NULL : plain.xMalloc(size);
}

static void *sqlite_realloc(void *old, int size) {
    return fails(MEMORY_SQLITE) ? NULL : plain.xRealloc(old, size);
}

/* ---- libcrypto's ---- */

static void *crypto_malloc(size_t size, const char *file, int line) {
    (void)file;
    (void)line;
    return fails(MEMORY_CRYPTO) ? NULL : __real_malloc(size);
}

static void *crypto_realloc(void *old, size_t size, const char *file, int line) {
    (void)file;
    (void)line;
    return fails(MEMORY_CRYPTO) ? NULL : __real_realloc(old, size);
}

static void crypto_free(void *old, const char *file, int line) {
    (void)file;
    (void)line;
    free(old);
}

void memory_hook(void) {
    sqlite3_mem_methods ours;
    if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1 ||
        sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain) != SQLITE_OK)
        abort();
    ours = plain;
    ours.xMalloc = sqlite_malloc;
    ours.xRealloc = sqlite_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) != SQLITE_OK)
        abort();
}
