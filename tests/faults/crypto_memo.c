/* SPDX-License-Identifier: Apache-2.0 */
/* The whole port is taken in under other names, so that nothing of it is written twice. */
#define sbk_port_p256_sign plain_sign
#define sbk_port_p256_verify plain_verify
#define sbk_port_p256_public plain_public
#define sbk_port_p256_agree plain_agree
#define sbk_port_sha256_update plain_update
#include "applet/port/crypto-openssl.c"
#undef sbk_port_p256_sign
#undef sbk_port_p256_verify
#undef sbk_port_p256_public
#undef sbk_port_p256_agree
#undef sbk_port_sha256_update

#include "tests/faults/crypto_memo.h"

bool sbk_port_p256_sign(const uint8_t scalar[32], const uint8_t hash[32], uint8_t signature[64]);
bool sbk_port_p256_verify(const uint8_t point[64], const uint8_t hash[32], const uint8_t signature[64]);
bool sbk_port_p256_public(const uint8_t scalar[32], uint8_t point[64]);
bool sbk_port_p256_agree(const uint8_t scalar[32], const uint8_t point[64], uint8_t x[32]);
void sbk_port_sha256_update(struct sbk_port_sha256 *hash, const uint8_t *data, size_t size);

#define PLACES 16384 /* a power of two */
#define KEY_MAX 160

enum what { NOTHING, VERIFY, PUBLIC, AGREE };

struct memo {
    enum what what;
    bool good;
    uint8_t key[KEY_MAX];
    uint8_t value[64];
};

static struct memo memos[PLACES];
void (*crypto_on_hash)(const uint8_t *data, size_t size);

/* The place for a key: what stands there may be another, which then gives way. */
static struct memo *find(enum what what, const uint8_t key[KEY_MAX], bool *known) {
    uint64_t hash = 14695981039346656037u + (uint64_t)what;
    struct memo *memo;

    for (size_t i = 0; i < KEY_MAX; i++)
        hash = (hash ^ key[i]) * 1099511628211u;
    memo = &memos[(hash >> 20) % PLACES];
    *known = memo->what == what && memcmp(memo->key, key, KEY_MAX) == 0;
    if (!*known) {
        memo->what = what;
        memcpy(memo->key, key, KEY_MAX);
    }
    return memo;
}

static bool answer(const struct memo *memo, uint8_t *out, size_t size) {
    if (memo->good && out)
        memcpy(out, memo->value, size);
    return memo->good;
}

/* Signatures are never forgotten: a second one would be another receipt. */
struct signature {
    struct signature *next;
    uint8_t key[64];
    uint8_t value[64];
};
static struct signature *signatures[PLACES];

bool sbk_port_p256_sign(const uint8_t scalar[32], const uint8_t hash[32], uint8_t signature[64]) {
    struct signature **bucket = &signatures[((size_t)hash[0] << 8 | hash[1]) % PLACES];
    struct signature *made;

    for (made = *bucket; made; made = made->next)
        if (memcmp(made->key, scalar, 32) == 0 && memcmp(made->key + 32, hash, 32) == 0)
            break;
    if (!made) {
        made = must(malloc(sizeof(*made)));
        memcpy(made->key, scalar, 32);
        memcpy(made->key + 32, hash, 32);
        if (!plain_sign(scalar, hash, made->value)) {
            free(made);
            return false;
        }
        made->next = *bucket;
        *bucket = made;
    }
    memcpy(signature, made->value, 64);
    return true;
}

bool sbk_port_p256_verify(const uint8_t point[64], const uint8_t hash[32], const uint8_t signature[64]) {
    uint8_t key[KEY_MAX];
    bool known;

    memcpy(key, point, 64);
    memcpy(key + 64, hash, 32);
    memcpy(key + 96, signature, 64);
    struct memo *memo = find(VERIFY, key, &known);
    if (!known)
        memo->good = plain_verify(point, hash, signature);
    return memo->good;
}

bool sbk_port_p256_public(const uint8_t scalar[32], uint8_t point[64]) {
    uint8_t key[KEY_MAX] = {0};
    bool known;

    memcpy(key, scalar, 32);
    struct memo *memo = find(PUBLIC, key, &known);
    if (!known)
        memo->good = plain_public(scalar, memo->value);
    return answer(memo, point, 64);
}

bool sbk_port_p256_agree(const uint8_t scalar[32], const uint8_t point[64], uint8_t x[32]) {
    uint8_t key[KEY_MAX] = {0};
    bool known;

    memcpy(key, scalar, 32);
    memcpy(key + 32, point, 64);
    struct memo *memo = find(AGREE, key, &known);
    if (!known)
        memo->good = plain_agree(scalar, point, memo->value);
    return answer(memo, x, 32);
}

void sbk_port_sha256_update(struct sbk_port_sha256 *hash, const uint8_t *data, size_t size) {
    if (crypto_on_hash)
        crypto_on_hash(data, size);
    plain_update(hash, data, size);
}
