/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/crypto_private.h"

#include "base/i18n.h"
#include "keys/context.h"
#include "schema/reason.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <stdbool.h>

#define COORDINATE 32
#define COMPRESSED_EVEN 0x02
#define COMPRESSED_ODD 0x03

struct numbers {
    BN_CTX *context;
    BIGNUM *p;
    BIGNUM *a;
    BIGNUM *b;
    BIGNUM *x;
    BIGNUM *y;
    BIGNUM *right; /* x^3 + a x + b */
};

static bool begin(struct numbers *n) {
    const EC_GROUP *curve = sbk_crypto_curve();
    n->context = BN_CTX_new();
    if (n->context == NULL || curve == NULL) {
        return false;
    }
    BN_CTX_start(n->context);
    n->p = BN_CTX_get(n->context);
    n->a = BN_CTX_get(n->context);
    n->b = BN_CTX_get(n->context);
    n->x = BN_CTX_get(n->context);
    n->y = BN_CTX_get(n->context);
    n->right = BN_CTX_get(n->context);
    return n->right != NULL && EC_GROUP_get_curve(curve, n->p, n->a, n->b, n->context) == 1;
}

static void end(struct numbers *n) {
    if (n->context != NULL) {
        BN_CTX_end(n->context);
    }
    BN_CTX_free(n->context);
}

static bool right_side(struct numbers *n) {
    return BN_mod_sqr(n->right, n->x, n->p, n->context) == 1 &&
           BN_mod_add(n->right, n->right, n->a, n->p, n->context) == 1 &&
           BN_mod_mul(n->right, n->right, n->x, n->p, n->context) == 1 &&
           BN_mod_add(n->right, n->right, n->b, n->p, n->context) == 1;
}

/* Whether the bytes are shown to be no point; false, too, where the arithmetic itself failed. */
static bool is_none(struct numbers *n, const uint8_t *bytes, size_t size) {
    const bool whole = size == 1 + 2 * COORDINATE;
    if (!whole && bytes[0] != COMPRESSED_EVEN && bytes[0] != COMPRESSED_ODD) {
        return true;
    }
    if (BN_bin2bn(bytes + 1, COORDINATE, n->x) == NULL) {
        return false;
    }
    if (BN_cmp(n->x, n->p) >= 0) {
        return true;
    }
    if (!right_side(n)) {
        return false;
    }
    if (!whole) {
        return BN_kronecker(n->right, n->p, n->context) == -1;
    }
    if (BN_bin2bn(bytes + 1 + COORDINATE, COORDINATE, n->y) == NULL) {
        return false;
    }
    return BN_cmp(n->y, n->p) >= 0 || (BN_mod_sqr(n->y, n->y, n->p, n->context) == 1 && BN_cmp(n->y, n->right) != 0);
}

sbk_result sbk_point_refused(const uint8_t *bytes, size_t size, struct sbk_error *error) {
    struct numbers numbers = {0};
    const bool none = begin(&numbers) && is_none(&numbers, bytes, size);
    end(&numbers);
    if (!none) {
        return sbk_crypto_fail(error, _("reading a public key"));
    }
    ERR_clear_error();
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, "%s", _("a public key is not a point of the curve P-256"));
}

sbk_result sbk_signature_refused(int answer, struct sbk_error *error) {
    const unsigned long code = ERR_peek_error(); /* the first is the cause of the others */
    /* Numbers out of range, and a signature made so that the sum is the point at infinity, are told as errors. */
    const bool named = ERR_GET_LIB(code) == ERR_LIB_EC &&
                       (ERR_GET_REASON(code) == EC_R_BAD_SIGNATURE || ERR_GET_REASON(code) == EC_R_POINT_AT_INFINITY);
    if ((answer != 0 || code != 0) && !named) {
        return sbk_crypto_fail(error, _("verifying a signature"));
    }
    ERR_clear_error();
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE, "%s", _("the signature does not hold"));
}
