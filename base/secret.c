/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <openssl/crypto.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGEST 65536

static atomic_bool unlocked;

bool sbk_secrets_unlocked(void) {
    return atomic_load(&unlocked);
}

void sbk_secrets_tell_unlocked(void) {
    atomic_store(&unlocked, true);
}

void sbk_cleanse(void *data, size_t size) {
    if (size > 0) {
        OPENSSL_cleanse(data, size);
    }
}

/* Bytes mapped for a capacity: whole pages, with one byte to spare for the terminator. */
static size_t mapped(size_t capacity) {
    const long page = sysconf(_SC_PAGESIZE);
    const size_t unit = page > 0 ? (size_t)page : 4096;
    return (capacity + 1 + unit - 1) / unit * unit;
}

sbk_result sbk_secret_new(struct sbk_secret *secret, size_t capacity, struct sbk_error *error) {
    if (capacity == 0 || capacity > LARGEST) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("a secret of %zu bytes cannot be kept"), capacity);
    }
    const size_t size = mapped(capacity);
    void *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    /* Both are best effort: a container may forbid them, and without them a secret is still usable. */
    if (mlock(data, size) != 0) {
        sbk_secrets_tell_unlocked();
    }
    (void)madvise(data, size, MADV_DONTDUMP);
    secret->data = data;
    secret->size = 0;
    secret->capacity = capacity;
    return SBK_OK;
}

sbk_result sbk_secret_copy(struct sbk_secret *secret, const void *data, size_t size, struct sbk_error *error) {
    const sbk_result result = sbk_secret_new(secret, size > 0 ? size : 1, error);
    if (result == SBK_OK && size > 0) {
        memcpy(secret->data, data, size);
        secret->size = size;
    }
    return result;
}

bool sbk_secret_equal(const struct sbk_secret *one, const struct sbk_secret *other) {
    return one->size == other->size && (one->size == 0 || CRYPTO_memcmp(one->data, other->data, one->size) == 0);
}

void sbk_secret_free(struct sbk_secret *secret) {
    if (secret->data != NULL) {
        const size_t size = mapped(secret->capacity);
        OPENSSL_cleanse(secret->data, size);
        (void)munmap(secret->data, size);
    }
    secret->data = NULL;
    secret->size = 0;
    secret->capacity = 0;
}
