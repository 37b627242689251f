/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port's crypto is taken in under other names. It is outside: inside it valgrind is told not to report, and its
 * results are marked as below. The linker sends the calls named __wrap_ here (--wrap).
 */
#define sbk_port_p256_sign plain_sign
#define sbk_port_p256_verify plain_verify
#define sbk_port_p256_public plain_public
#define sbk_port_p256_agree plain_agree
#define sbk_port_sha256_init plain_sha256_init
#define sbk_port_sha256_update plain_sha256_update
#define sbk_port_sha256_final plain_sha256_final
#define sbk_port_aes_begin plain_aes_begin
#define sbk_port_aes_encrypt_block plain_aes_encrypt_block
#define sbk_port_aes_end plain_aes_end
#define sbk_port_aes_cbc_encrypt plain_cbc_encrypt
#define sbk_port_aes_cbc_decrypt plain_cbc_decrypt
#include "applet/port/crypto-openssl.c"
#undef sbk_port_p256_sign
#undef sbk_port_p256_verify
#undef sbk_port_p256_public
#undef sbk_port_p256_agree
#undef sbk_port_sha256_init
#undef sbk_port_sha256_update
#undef sbk_port_sha256_final
#undef sbk_port_aes_begin
#undef sbk_port_aes_encrypt_block
#undef sbk_port_aes_end
#undef sbk_port_aes_cbc_encrypt
#undef sbk_port_aes_cbc_decrypt

#include <valgrind/memcheck.h>

#include "applet/entitlement/pin.h"
#include "applet/host/card.h"
#include "tests/applet/constant_time/secrets.h"

/* The functions that the macros above renamed, declared again under their own names. */
void sbk_port_sha256_init(struct sbk_port_sha256 *hash);
void sbk_port_sha256_update(struct sbk_port_sha256 *hash, const uint8_t *data, size_t size);
void sbk_port_sha256_final(struct sbk_port_sha256 *hash, uint8_t out[32]);
void sbk_port_aes_begin(struct sbk_port_aes *aes, const uint8_t key[16]);
void sbk_port_aes_encrypt_block(struct sbk_port_aes *aes, const uint8_t in[16], uint8_t out[16]);
void sbk_port_aes_end(struct sbk_port_aes *aes);
void sbk_port_aes_cbc_encrypt(const uint8_t key[16], const uint8_t iv[16], uint8_t *data, size_t size);
void sbk_port_aes_cbc_decrypt(const uint8_t key[16], const uint8_t iv[16], uint8_t *data, size_t size);
bool sbk_port_p256_public(const uint8_t scalar[32], uint8_t point[64]);
bool sbk_port_p256_agree(const uint8_t scalar[32], const uint8_t point[64], uint8_t x[32]);
bool sbk_port_p256_sign(const uint8_t scalar[32], const uint8_t hash[32], uint8_t signature[64]);
bool sbk_port_p256_verify(const uint8_t point[64], const uint8_t hash[32], const uint8_t signature[64]);

size_t __real_sbk_card_process(
    struct sbk_card *card, const uint8_t *command, size_t size, uint8_t *response, size_t room);
size_t __wrap_sbk_card_process(
    struct sbk_card *card, const uint8_t *command, size_t size, uint8_t *response, size_t room);
bool __real_sbk_equal(const uint8_t *a, const uint8_t *b, size_t size);
bool __wrap_sbk_equal(const uint8_t *a, const uint8_t *b, size_t size);
bool __real_sbk_pin_well_formed(const struct sbk_pin *pin);
bool __wrap_sbk_pin_well_formed(const struct sbk_pin *pin);
bool __real_sbk_card_random(struct sbk_card *card, uint8_t *out, size_t size);
bool __wrap_sbk_card_random(struct sbk_card *card, uint8_t *out, size_t size);

/* ---- marking ---- */

#define RANGES 2
static struct range { size_t offset, size; } ranges[RANGES];
static size_t range_count;
static bool in_card;

/* Reports come from the card's own code only. */
static void enter_library(void) {
    if (in_card)
        VALGRIND_DISABLE_ERROR_REPORTING;
}

static void leave_library(void) {
    if (in_card)
        VALGRIND_ENABLE_ERROR_REPORTING;
}

static bool is_secret(const void *data, size_t size) {
    uint8_t bits[512] = {0}; /* valgrind fills them; a checker does not know */
    bool secret = false;
    if (size > sizeof bits || VALGRIND_GET_VBITS(data, bits, size) != 1)
        return false;
    for (size_t i = 0; i < size; i++)
        secret = secret || bits[i] != 0;
    return secret;
}

static void mark(void *data, size_t size, bool secret) {
    if (secret)
        VALGRIND_MAKE_MEM_UNDEFINED(data, size);
    else
        VALGRIND_MAKE_MEM_DEFINED(data, size);
}

void make_secret(void *data, size_t size) {
    VALGRIND_MAKE_MEM_UNDEFINED(data, size);
}

void secret_in_next_command(size_t offset, size_t size) {
    if (range_count == RANGES)
        abort();
    ranges[range_count++] = (struct range){offset, size};
}

void no_secret_in_next_command(void) {
    range_count = 0;
}

void watch_begin(void) {
    VALGRIND_DISABLE_ERROR_REPORTING;
}

void watch_end(void) {
    VALGRIND_ENABLE_ERROR_REPORTING;
}

unsigned leaks_counted(void) {
    return RUNNING_ON_VALGRIND ? VALGRIND_COUNT_ERRORS : (unsigned)-1;
}

/* ---- the border of the card: what crosses it, the other side sees ---- */

size_t __wrap_sbk_card_process(
    struct sbk_card *card, const uint8_t *command, size_t size, uint8_t *response, size_t room) {
    VALGRIND_MAKE_MEM_DEFINED(command, size);
    in_card = true;
    VALGRIND_ENABLE_ERROR_REPORTING;
    size_t answered = __real_sbk_card_process(card, command, size, response, room);
    VALGRIND_DISABLE_ERROR_REPORTING;
    in_card = false;
    VALGRIND_MAKE_MEM_DEFINED(&answered, sizeof answered);
    VALGRIND_MAKE_MEM_DEFINED(response, answered);
    return answered;
}

/* ---- what the card's own code gives free ---- */

/* Whether a MAC, a cryptogram, a check value or a PIN was right shows in the status word. How it was compared must not. */
bool __wrap_sbk_equal(const uint8_t *a, const uint8_t *b, size_t size) {
    bool equal = __real_sbk_equal(a, b, size);
    VALGRIND_MAKE_MEM_DEFINED(&equal, sizeof equal);
    return equal;
}

/* A PIN that is none has a status word of its own. */
bool __wrap_sbk_pin_well_formed(const struct sbk_pin *pin) {
    bool good = __real_sbk_pin_well_formed(pin);
    VALGRIND_MAKE_MEM_DEFINED(&good, sizeof good);
    return good;
}

/* Whether there were random bytes is no secret, they are; challenges as well as keys, since nothing tells them apart. */
bool __wrap_sbk_card_random(struct sbk_card *card, uint8_t *out, size_t size) {
    bool good = __real_sbk_card_random(card, out, size);
    if (good)
        VALGRIND_MAKE_MEM_UNDEFINED(out, size);
    return good;
}

/* ---- what the port gives ---- */

void sbk_port_sha256_init(struct sbk_port_sha256 *hash) {
    enter_library();
    plain_sha256_init(hash);
    leave_library();
}

/* A digest is as secret as what went in: memcheck follows it through. */
void sbk_port_sha256_update(struct sbk_port_sha256 *hash, const uint8_t *data, size_t size) {
    enter_library();
    plain_sha256_update(hash, data, size);
    leave_library();
}

void sbk_port_sha256_final(struct sbk_port_sha256 *hash, uint8_t out[32]) {
    enter_library();
    plain_sha256_final(hash, out);
    mark(out, 32, is_secret(out, 32));
    leave_library();
}

/* Whether the key is secret stands in a word of the context that the port does not use. */
#define KEY_SECRET 33
void sbk_port_aes_begin(struct sbk_port_aes *aes, const uint8_t key[16]) {
    bool secret = is_secret(key, 16);
    enter_library();
    plain_aes_begin(aes, key);
    aes->opaque[KEY_SECRET] = secret;
    VALGRIND_MAKE_MEM_DEFINED(aes, sizeof *aes);
    leave_library();
}

void sbk_port_aes_encrypt_block(struct sbk_port_aes *aes, const uint8_t in[16], uint8_t out[16]) {
    bool secret = is_secret(in, 16) || aes->opaque[KEY_SECRET] != 0;
    enter_library();
    plain_aes_encrypt_block(aes, in, out);
    mark(out, 16, secret);
    leave_library();
}

void sbk_port_aes_end(struct sbk_port_aes *aes) {
    enter_library();
    plain_aes_end(aes);
    leave_library();
}

/* Ciphertext goes out; who has it has nothing. */
void sbk_port_aes_cbc_encrypt(const uint8_t key[16], const uint8_t iv[16], uint8_t *data, size_t size) {
    enter_library();
    plain_cbc_encrypt(key, iv, data, size);
    mark(data, size, false);
    leave_library();
}

/*
 * A command, whose MAC was right, is public but for the ranges that the test named: which bytes it has decides which
 * status word comes. With an IV of zeros it is a key under the key-encryption key, which stays secret.
 */
void sbk_port_aes_cbc_decrypt(const uint8_t key[16], const uint8_t iv[16], uint8_t *data, size_t size) {
    bool is_key = !is_secret(iv, 16);
    enter_library();
    plain_cbc_decrypt(key, iv, data, size);
    mark(data, size, is_key);
    for (size_t i = 0; in_card && !is_key && i < range_count; i++)
        mark(data + ranges[i].offset, ranges[i].size, true);
    if (in_card && !is_key)
        range_count = 0;
    leave_library();
}

/* A public key is public, and whether the scalar was one (all but 2^-32 are). */
bool sbk_port_p256_public(const uint8_t scalar[32], uint8_t point[64]) {
    enter_library();
    bool good = plain_public(scalar, point);
    mark(&good, sizeof good, false);
    mark(point, 64, false);
    leave_library();
    return good;
}

/* Whether the other's point lies on the curve, the other knows. */
bool sbk_port_p256_agree(const uint8_t scalar[32], const uint8_t point[64], uint8_t x[32]) {
    bool secret = is_secret(scalar, 32);
    enter_library();
    bool good = plain_agree(scalar, point, x);
    mark(&good, sizeof good, false);
    mark(x, 32, secret);
    leave_library();
    return good;
}

/* A signature is public. */
bool sbk_port_p256_sign(const uint8_t scalar[32], const uint8_t hash[32], uint8_t signature[64]) {
    enter_library();
    bool good = plain_sign(scalar, hash, signature);
    mark(&good, sizeof good, false);
    mark(signature, 64, false);
    leave_library();
    return good;
}

/* Certificates and records are public, so is whether they hold. */
bool sbk_port_p256_verify(const uint8_t point[64], const uint8_t hash[32], const uint8_t signature[64]) {
    enter_library();
    bool good = plain_verify(point, hash, signature);
    mark(&good, sizeof good, false);
    leave_library();
    return good;
}
