/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts verified as the log's verification does it (read, SHA-256, the card's key decompressed once for all its
 * receipts, ECDSA), in receipts a second, against `openssl speed ecdsap256` in the same run, over one thread and over two.
 *
 *     bench-verify
 *
 * One thread is measured and judged by processor time, as openssl speed does it, so that a busy machine does not matter.
 * Two threads are measured by the wall clock, where waiting for each other shows, and said, not judged.
 *
 * Exit status 1: the ratio over one thread is below the goal.
 */
#include "keys/crypto.h"
#include "reader/receipt.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GOAL 0.85
#define CARDS 64
#define RECEIPTS 8 /* a card; a log holds those of many cards mixed */
#define SECONDS 2.0
#define ROUNDS 2 /* by turns; the better of each counts, being the less disturbed */
#define THREADS 2

struct signed_receipt {
    uint8_t body[SBK_ENTRY_SIZE];
    uint8_t signature[SBK_SIGNATURE_SIZE];
    const uint8_t *key; /* SBK_POINT_SIZE */
};
static uint8_t keys[CARDS][SBK_POINT_SIZE];
static struct signed_receipt receipts[CARDS * RECEIPTS];

static double seconds(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void stop(const char *what) {
    fprintf(stderr, "bench-verify: %s failed\n", what);
    exit(2);
}

/* ---- receipts of many cards ---- */

static void sign(EVP_PKEY *pkey, struct signed_receipt *receipt) {
    uint8_t der[SBK_ECDSA_DER_MAX];
    size_t size = sizeof der;
    struct sbk_error error;
    EVP_MD_CTX *signing = EVP_MD_CTX_new();
    if (signing == NULL || EVP_DigestSignInit(signing, NULL, EVP_sha256(), NULL, pkey) != 1 ||
        EVP_DigestSign(signing, der, &size, receipt->body, SBK_ENTRY_SIZE) != 1 ||
        sbk_signature_from_der(der, size, receipt->signature, &error) != SBK_OK)
        stop("signing");
    EVP_MD_CTX_free(signing);
}

static void make_card(size_t card) {
    struct sbk_error error;
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    if (pkey == NULL || sbk_pkey_point(pkey, keys[card], &error) != SBK_OK)
        stop("making a key");
    for (size_t i = 0; i < RECEIPTS; i++) {
        struct signed_receipt *receipt = &receipts[i * CARDS + card];
        struct sbk_entry entry = {.counter = (uint32_t)i + 1,
            .previous = {1}, /* not the first entry */
            .kind = SBK_ENTRY_DEBIT,
            .mandate = 1,
            .transaction = (uint32_t)(i * CARDS + card) + 1,
            .time = 1790000000,
            .log_size = 1,
            .who = SBK_WHO_HOLDER,
            .debits = {{.slot = 0, .grant = 1, .window = 1, .amount = 1000, .spent = 1000}}};
        memset(entry.alias, (int)card, sizeof entry.alias);
        memcpy(entry.terminal, "EW-001\0\0\0\0\0\0", sizeof entry.terminal);
        if (sbk_entry_write(&entry, receipt->body) != SBK_FORMAT_OK)
            stop("writing an entry");
        receipt->key = keys[card];
        sign(pkey, receipt);
    }
    EVP_PKEY_free(pkey);
}

/* ---- ours ---- */

static bool holds(const struct signed_receipt *signed_one) {
    struct sbk_receipt receipt;
    struct sbk_error error;
    return sbk_receipt_of(&receipt, signed_one->body, signed_one->signature, &error) == SBK_OK &&
           sbk_receipt_verify_point(&receipt, signed_one->key, &error) == SBK_OK;
}

struct worker {
    pthread_t thread;
    clockid_t clock;
    double rate;
};

static void *verify_many(void *argument) {
    struct worker *worker = argument;
    const double begin = seconds(worker->clock);
    double passed = 0;
    size_t count = 0;
    while (passed < SECONDS) {
        for (size_t i = 0; i < CARDS; i++, count++)
            if (!holds(&receipts[count % (CARDS * RECEIPTS)]))
                stop("verifying");
        passed = seconds(worker->clock) - begin;
    }
    worker->rate = (double)count / passed;
    return NULL;
}

static double ours(unsigned threads) {
    struct worker workers[THREADS];
    double sum = 0;
    for (unsigned i = 0; i < threads; i++) {
        workers[i].clock = threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
        if (pthread_create(&workers[i].thread, NULL, verify_many, &workers[i]) != 0)
            stop("starting a thread");
    }
    for (unsigned i = 0; i < threads; i++) {
        (void)pthread_join(workers[i].thread, NULL);
        sum += workers[i].rate;
    }
    return sum;
}

/* ---- theirs ---- */

/* The last number of the line that names the curve: verifications a second. */
static double theirs(unsigned threads) {
    char command[128];
    char line[256];
    double rate = 0;
    (void)snprintf(command, sizeof command,
        threads == 1 ? "openssl speed -seconds 2 ecdsap256 2>/dev/null"
                     : "openssl speed -elapsed -seconds 2 -multi %u ecdsap256 2>/dev/null",
        threads);
    FILE *output = popen(command, "r");
    while (output != NULL && fgets(line, sizeof line, output) != NULL) {
        const char *last = strrchr(line, ' ');
        if (strstr(line, "nistp256") != NULL && last != NULL)
            rate = strtod(last, NULL);
    }
    if (output == NULL || pclose(output) != 0 || rate <= 0)
        stop("openssl speed");
    return rate;
}

static void compare(unsigned threads, int *missed) {
    double best = 0;
    double base = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const double one = ours(threads);
        const double other = theirs(threads);
        best = one > best ? one : best;
        base = other > base ? other : base;
    }
    const double ratio = best / base;
    printf("  %u thread%s  %8.0f receipts/s   openssl speed %8.0f verify/s   ratio %.2f   goal %.2f: %s\n", threads,
        threads == 1 ? " " : "s", best, base, ratio, GOAL,
        threads > 1     ? "said, not judged"
        : ratio >= GOAL ? "met"
                        : "MISSED");
    if (threads == 1)
        *missed |= ratio < GOAL;
}

int main(void) {
    int missed = 0;
    for (size_t card = 0; card < CARDS; card++)
        make_card(card);
    struct signed_receipt spoiled = receipts[0];
    spoiled.body[SBK_ENTRY_SIZE - 1] ^= 1;
    if (!holds(&receipts[0]) || holds(&spoiled))
        stop("telling a good receipt from a spoiled one");
    printf("receipts of %d cards by turns: read, SHA-256, ECDSA; keys decompressed once for each card\n", CARDS);
    compare(1, &missed);
    if (sysconf(_SC_NPROCESSORS_ONLN) < THREADS) {
        printf("  two threads: not measured, the machine has one processor\n");
        return missed;
    }
    compare(THREADS, &missed);
    return missed;
}
