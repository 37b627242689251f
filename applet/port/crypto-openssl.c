/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/port/crypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

/*
 * The port's primitives by OpenSSL 3: what virtual cards use. The opaque contexts hold one pointer to OpenSSL's own,
 * freed by final and end. A failed allocation or a missing algorithm leaves a virtual card nothing sensible to do.
 */
static void *must(void *pointer) {
    if (pointer == NULL)
        abort();
    return pointer;
}

static void must_be(int result) {
    if (result != 1)
        abort();
}

static void keep(uint64_t *opaque, void *pointer) {
    memcpy(opaque, &pointer, sizeof pointer);
}

static void *kept(const uint64_t *opaque) {
    void *pointer;
    memcpy(&pointer, opaque, sizeof pointer);
    return pointer;
}

void sbk_port_sha256_init(struct sbk_port_sha256 *hash) {
    EVP_MD_CTX *context = must(EVP_MD_CTX_new());
    must_be(EVP_DigestInit_ex(context, EVP_sha256(), NULL));
    keep(hash->opaque, context);
}

void sbk_port_sha256_update(struct sbk_port_sha256 *hash, const uint8_t *data, size_t size) {
    must_be(EVP_DigestUpdate(kept(hash->opaque), data, size));
}

void sbk_port_sha256_final(struct sbk_port_sha256 *hash, uint8_t out[32]) {
    EVP_MD_CTX *context = kept(hash->opaque);
    must_be(EVP_DigestFinal_ex(context, out, NULL));
    EVP_MD_CTX_free(context);
}

void sbk_port_aes_begin(struct sbk_port_aes *aes, const uint8_t key[16]) {
    EVP_CIPHER_CTX *context = must(EVP_CIPHER_CTX_new());
    must_be(EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), NULL, key, NULL));
    must_be(EVP_CIPHER_CTX_set_padding(context, 0));
    keep(aes->opaque, context);
}

void sbk_port_aes_encrypt_block(struct sbk_port_aes *aes, const uint8_t in[16], uint8_t out[16]) {
    int size;
    must_be(EVP_EncryptUpdate(kept(aes->opaque), out, &size, in, 16));
}

void sbk_port_aes_end(struct sbk_port_aes *aes) {
    EVP_CIPHER_CTX_free(kept(aes->opaque));
    keep(aes->opaque, NULL);
}

static void cbc(int encrypt, const uint8_t key[16], const uint8_t iv[16], uint8_t *data, size_t size) {
    int done;
    EVP_CIPHER_CTX *context = must(EVP_CIPHER_CTX_new());
    must_be(EVP_CipherInit_ex(context, EVP_aes_128_cbc(), NULL, key, iv, encrypt));
    must_be(EVP_CIPHER_CTX_set_padding(context, 0));
    must_be(EVP_CipherUpdate(context, data, &done, data, (int)size));
    EVP_CIPHER_CTX_free(context);
}

void sbk_port_aes_cbc_encrypt(const uint8_t key[16], const uint8_t iv[16], uint8_t *data, size_t size) {
    cbc(1, key, iv, data, size);
}

void sbk_port_aes_cbc_decrypt(const uint8_t key[16], const uint8_t iv[16], uint8_t *data, size_t size) {
    cbc(0, key, iv, data, size);
}

/* One group for the process; made before the first use and never changed. */
static const EC_GROUP *group(void) {
    static EC_GROUP *made = NULL;
    if (made == NULL)
        made = must(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    return made;
}

/* The scalar as a number, or NULL if it is zero or not below the order. */
static BIGNUM *scalar_of(const uint8_t scalar[32]) {
    BIGNUM *number = must(BN_secure_new());
    must(BN_bin2bn(scalar, 32, number));
    BN_set_flags(number, BN_FLG_CONSTTIME);
    if (BN_is_zero(number) || BN_cmp(number, EC_GROUP_get0_order(group())) >= 0) {
        BN_clear_free(number);
        return NULL;
    }
    return number;
}

static void uncompressed(const uint8_t point[64], uint8_t out[65]) {
    out[0] = 0x04;
    memcpy(out + 1, point, 64);
}

/* scalar times point (the generator if NULL) as 04||X||Y. */
static bool multiply(const uint8_t scalar[32], const uint8_t *point, uint8_t out[65]) {
    uint8_t bytes[65];
    BIGNUM *number = scalar_of(scalar);
    if (number == NULL)
        return false;
    EC_POINT *base = must(EC_POINT_new(group()));
    EC_POINT *result = must(EC_POINT_new(group()));
    BN_CTX *context = must(BN_CTX_secure_new());
    bool good = true;
    if (point == NULL) {
        good = EC_POINT_mul(group(), result, number, NULL, NULL, context) == 1;
    } else {
        uncompressed(point, bytes);
        good = EC_POINT_oct2point(group(), base, bytes, sizeof bytes, context) == 1 &&
               EC_POINT_mul(group(), result, NULL, base, number, context) == 1;
    }
    good = good && EC_POINT_is_at_infinity(group(), result) == 0 &&
           EC_POINT_point2oct(group(), result, POINT_CONVERSION_UNCOMPRESSED, out, 65, context) == 65;
    BN_CTX_free(context);
    EC_POINT_clear_free(result);
    EC_POINT_free(base);
    BN_clear_free(number);
    return good;
}

bool sbk_port_p256_public(const uint8_t scalar[32], uint8_t point[64]) {
    uint8_t out[65];
    if (!multiply(scalar, NULL, out))
        return false;
    memcpy(point, out + 1, 64);
    return true;
}

bool sbk_port_p256_agree(const uint8_t scalar[32], const uint8_t point[64], uint8_t x[32]) {
    uint8_t out[65];
    bool good = multiply(scalar, point, out);
    if (good)
        memcpy(x, out + 1, 32);
    OPENSSL_cleanse(out, sizeof out);
    return good;
}

/* A key object of the point and, where not NULL, the private number; NULL if OpenSSL does not take them. */
static EVP_PKEY *make_key(const uint8_t point[64], const BIGNUM *number) {
    EVP_PKEY *key = NULL;
    uint8_t bytes[65];
    OSSL_PARAM_BLD *build = must(OSSL_PARAM_BLD_new());
    uncompressed(point, bytes);
    must_be(OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0));
    must_be(OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof bytes));
    if (number != NULL)
        must_be(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number));
    OSSL_PARAM *parameters = must(OSSL_PARAM_BLD_to_param(build));
    EVP_PKEY_CTX *context = must(EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL));
    must_be(EVP_PKEY_fromdata_init(context));
    if (EVP_PKEY_fromdata(context, &key, number != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(build);
    return key;
}

bool sbk_port_p256_sign(const uint8_t scalar[32], const uint8_t hash[32], uint8_t signature[64]) {
    uint8_t point[64];
    uint8_t der[80];
    size_t size = sizeof der;
    BIGNUM *number = scalar_of(scalar);
    if (number == NULL || !sbk_port_p256_public(scalar, point)) {
        BN_clear_free(number);
        return false;
    }
    EVP_PKEY *key = must(make_key(point, number));
    EVP_PKEY_CTX *context = must(EVP_PKEY_CTX_new(key, NULL));
    must_be(EVP_PKEY_sign_init(context));
    must_be(EVP_PKEY_sign(context, der, &size, hash, 32));
    const uint8_t *at = der;
    ECDSA_SIG *parts = must(d2i_ECDSA_SIG(NULL, &at, (long)size));
    bool good = BN_bn2binpad(ECDSA_SIG_get0_r(parts), signature, 32) == 32 &&
                BN_bn2binpad(ECDSA_SIG_get0_s(parts), signature + 32, 32) == 32;
    ECDSA_SIG_free(parts);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
    BN_clear_free(number);
    return good;
}

bool sbk_port_p256_verify(const uint8_t point[64], const uint8_t hash[32], const uint8_t signature[64]) {
    uint8_t *der = NULL;
    EVP_PKEY *key = make_key(point, NULL);
    if (key == NULL)
        return false;
    ECDSA_SIG *parts = must(ECDSA_SIG_new());
    must_be(ECDSA_SIG_set0(parts, must(BN_bin2bn(signature, 32, NULL)), must(BN_bin2bn(signature + 32, 32, NULL))));
    int size = i2d_ECDSA_SIG(parts, &der);
    EVP_PKEY_CTX *context = must(EVP_PKEY_CTX_new(key, NULL));
    must_be(EVP_PKEY_verify_init(context));
    bool good = size > 0 && EVP_PKEY_verify(context, der, (size_t)size, hash, 32) == 1;
    EVP_PKEY_CTX_free(context);
    OPENSSL_free(der);
    ECDSA_SIG_free(parts);
    EVP_PKEY_free(key);
    return good;
}

void sbk_port_wipe(void *data, size_t size) {
    OPENSSL_cleanse(data, size);
}
