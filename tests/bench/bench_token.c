/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures by a key on a PKCS#11 token through our key store, against the module called directly (C_SignInit, C_Sign)
 * with the same key, by turns in the same run.
 *
 *     with-token PIN bench-token PIN
 *
 * Measured by processor time: the module is SoftHSM, which computes in this process. Exit status 1: a signature costs
 * more than the goal.
 */
#include "keys/store.h"
#include "tests/harness/tokens.h"

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GOAL 1.2
#define MODULE "/usr/lib/softhsm/libsofthsm2.so"
#define SIGNATURES 400 /* a round */
#define ROUNDS 15      /* by turns; the quickest of each counts, being the least disturbed */

static CK_FUNCTION_LIST *module;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE object;
static struct sbk_key *key;
static uint8_t hash[SBK_HASH_SIZE] = {1, 2, 3};

static void stop(const char *what) {
    fprintf(stderr, "bench-token: %s failed\n", what);
    exit(2);
}

static double seconds(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- ours ---- */

static void open_ours(const char *pin) {
    struct sbk_error error;
    struct sbk_store *store = NULL;
    struct sbk_secret secret = SBK_SECRET_EMPTY;
    const struct sbk_tokens tokens = harness_tokens();
    char path[] = "/tmp/sembako-bench-XXXXXX";
    char command[64];
    if (tokens.count == 0 || mkdtemp(path) == NULL)
        stop("finding a token: run it under with-token");
    if (sbk_store_open(&store, path, false, &error) != SBK_OK ||
        sbk_store_set_tokens(store, &tokens, &error) != SBK_OK ||
        sbk_secret_copy(&secret, pin, strlen(pin), &error) != SBK_OK ||
        sbk_key_generate(store, SBK_KEY_CITY, 1, 1, &secret, &key, &error) != SBK_OK)
        stop(error.text);
    sbk_secret_free(&secret);
    sbk_store_close(&store);
    (void)snprintf(command, sizeof command, "rm -r %s", path);
    if (system(command) != 0)
        stop("removing the store");
}

static void sign_ours(uint8_t signature[SBK_SIGNATURE_SIZE]) {
    struct sbk_error error;
    if (sbk_key_sign(key, hash, signature, &error) != SBK_OK)
        stop(error.text);
}

/* ---- the module's own ---- */

static void open_theirs(void) {
    union {
        void *found;
        CK_C_GetFunctionList call;
    } list = {NULL};
    void *library = dlopen(MODULE, RTLD_NOW);
    CK_SLOT_ID slots[4];
    CK_ULONG count = 4;
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
    list.found = library != NULL ? dlsym(library, "C_GetFunctionList") : NULL;
    /* The process has it initialized and is logged in: we have a key open. */
    if (list.found == NULL || list.call(&module) != CKR_OK ||
        module->C_Initialize(NULL) != CKR_CRYPTOKI_ALREADY_INITIALIZED ||
        module->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK || count == 0 ||
        module->C_OpenSession(slots[0], CKF_SERIAL_SESSION, NULL, NULL, &session) != CKR_OK ||
        module->C_FindObjectsInit(session, &wanted, 1) != CKR_OK ||
        module->C_FindObjects(session, &object, 1, &count) != CKR_OK || count != 1 ||
        module->C_FindObjectsFinal(session) != CKR_OK)
        stop("finding the key in " MODULE);
}

static void sign_theirs(uint8_t signature[SBK_SIGNATURE_SIZE]) {
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_ULONG size = SBK_SIGNATURE_SIZE;
    if (module->C_SignInit(session, &mechanism, object) != CKR_OK ||
        module->C_Sign(session, hash, sizeof hash, signature, &size) != CKR_OK || size != SBK_SIGNATURE_SIZE)
        stop("C_Sign");
}

/* ---- by turns ---- */

static void measure(void (*sign)(uint8_t signature[SBK_SIGNATURE_SIZE]), double *best) {
    uint8_t signature[SBK_SIGNATURE_SIZE];
    const double begin = seconds();
    for (unsigned i = 0; i < SIGNATURES; i++)
        sign(signature);
    const double each = (seconds() - begin) / SIGNATURES;
    if (*best <= 0 || each < *best)
        *best = each;
}

int main(int argc, char **argv) {
    double ours = 0;
    double theirs = 0;
    if (argc != 2)
        stop("reading the PIN");
    open_ours(argv[1]);
    open_theirs();
    for (unsigned round = 0; round < ROUNDS; round++) {
        measure(sign_theirs, &theirs);
        measure(sign_ours, &ours);
    }
    const double ratio = ours / theirs;
    printf("ECDSA signatures by a key on a token (SoftHSM)\n");
    printf("  ours %6.1f us   the module's own %6.1f us   ratio %.2f   goal %.2f: %s\n", ours * 1e6, theirs * 1e6,
        ratio, GOAL, ratio <= GOAL ? "met" : "MISSED");
    sbk_key_close(&key);
    return ratio > GOAL;
}
