/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"
#include "keys/store.h"

#include <openssl/crypto.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* OpenSSL's heap for private numbers: locked against swapping and out of core dumps. */
#define HEAP_SIZE 65536
#define HEAP_SMALLEST 32

/* As much locked memory as the system gives without asking anybody. */
static void raise_limit(void) {
    struct rlimit locked;
    if (getrlimit(RLIMIT_MEMLOCK, &locked) == 0 && locked.rlim_cur != locked.rlim_max) {
        locked.rlim_cur = locked.rlim_max;
        (void)setrlimit(RLIMIT_MEMLOCK, &locked);
    }
}

void sbk_keys_protect_process(void) {
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* the leak checker traces its own process */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    raise_limit();
    /* 2: the heap is there and could not be locked */
    if (CRYPTO_secure_malloc_initialized() == 0 && CRYPTO_secure_malloc_init(HEAP_SIZE, HEAP_SMALLEST) != 1) {
        sbk_secrets_tell_unlocked();
    }
}
