/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/store.h"

#include <openssl/crypto.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* OpenSSL's heap for private numbers: locked against swapping and out of core dumps. */
#define HEAP_SIZE 65536
#define HEAP_SMALLEST 32

void sbk_keys_protect_process(void) {
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* the leak checker traces its own process */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    if (CRYPTO_secure_malloc_initialized() == 0) {
        (void)CRYPTO_secure_malloc_init(HEAP_SIZE, HEAP_SMALLEST);
    }
}
