/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/quorum.h"

#include "base/i18n.h"
#include "base/random.h"
#include "keys/context.h"
#include "keys/crypto.h"
#include "schema/check.h"
#include "schema/reason.h"

#include <libgfshare.h>
#include <openssl/evp.h>
#include <string.h>

#define LABEL "SBK QUORUM"
#define SIZE SBK_QUORUM_SECRET_SIZE

bool sbk_quorum_possible(unsigned needed, unsigned officers) {
    return needed >= SBK_QUORUM_NEEDED_MIN && needed <= officers && officers <= SBK_QUORUM_OFFICERS_MAX;
}

bool sbk_officer_name_good(const char *name) {
    const size_t size = strlen(name);
    return size > 0 && size < SBK_OFFICER_ROOM && sbk_check_text((const uint8_t *)name, size);
}

enum sbk_format sbk_officer_name_read(struct sbk_reader *reader, char name[SBK_OFFICER_ROOM]) {
    const size_t size = sbk_read_u8(reader);
    memset(name, 0, SBK_OFFICER_ROOM);
    if (!reader->failed && (size < 1 || size >= SBK_OFFICER_ROOM)) {
        return SBK_FORMAT_LENGTH;
    }
    sbk_read_bytes(reader, (uint8_t *)name, size);
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    return sbk_check_text((const uint8_t *)name, size) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

void sbk_officer_name_write(const char *name, struct sbk_writer *writer) {
    const size_t size = strlen(name);
    sbk_write_u8(writer, (uint8_t)size);
    sbk_write_bytes(writer, (const uint8_t *)name, size);
}

enum sbk_format sbk_quorum_read(struct sbk_reader *reader, struct sbk_quorum *quorum) {
    memset(quorum, 0, sizeof *quorum);
    quorum->needed = sbk_read_u8(reader);
    quorum->officers = sbk_read_u8(reader);
    sbk_read_bytes(reader, quorum->set, sizeof quorum->set);
    sbk_read_bytes(reader, quorum->check, sizeof quorum->check);
    if (reader->failed) {
        return SBK_FORMAT_TRUNCATED;
    }
    if (!sbk_quorum_possible(quorum->needed, quorum->officers)) {
        return SBK_FORMAT_VALUE;
    }
    enum sbk_format format = SBK_FORMAT_OK;
    for (size_t i = 0; i < quorum->officers && format == SBK_FORMAT_OK; i++) {
        format = sbk_officer_name_read(reader, quorum->names[i]);
    }
    return format;
}

void sbk_quorum_write(const struct sbk_quorum *quorum, struct sbk_writer *writer) {
    sbk_write_u8(writer, quorum->needed);
    sbk_write_u8(writer, quorum->officers);
    sbk_write_bytes(writer, quorum->set, sizeof quorum->set);
    sbk_write_bytes(writer, quorum->check, sizeof quorum->check);
    for (size_t i = 0; i < quorum->officers; i++) {
        sbk_officer_name_write(quorum->names[i], writer);
    }
}

static sbk_result check_value(const struct sbk_quorum *quorum, const struct sbk_secret *secret,
    uint8_t check[SBK_QUORUM_CHECK_SIZE], struct sbk_error *error) {
    char hash[] = "SHA256";
    uint8_t input[sizeof LABEL - 1 + SBK_QUORUM_SET_SIZE];
    uint8_t code[32];
    size_t size = 0;
    memcpy(input, LABEL, sizeof LABEL - 1);
    memcpy(input + sizeof LABEL - 1, quorum->set, SBK_QUORUM_SET_SIZE);
    if (EVP_Q_mac(sbk_crypto_context(), "HMAC", NULL, hash, NULL, secret->data, secret->size, input, sizeof input, code,
            sizeof code, &size) == NULL ||
        size != sizeof code) {
        return sbk_crypto_fail(error, _("checking the officers' secret"));
    }
    memcpy(check, code, SBK_QUORUM_CHECK_SIZE);
    return SBK_OK;
}

sbk_result sbk_quorum_new(struct sbk_quorum *quorum, struct sbk_secret *secret, struct sbk_error *error) {
    struct sbk_secret made = SBK_SECRET_EMPTY;
    sbk_result result = sbk_random(quorum->set, sizeof quorum->set, error);
    if (result == SBK_OK) {
        result = sbk_secret_new(&made, SIZE, error);
    }
    if (result == SBK_OK) {
        made.size = SIZE;
        result = sbk_random(made.data, SIZE, error);
    }
    if (result == SBK_OK) {
        result = check_value(quorum, &made, quorum->check, error);
    }
    if (result == SBK_OK) {
        *secret = made;
    } else {
        sbk_secret_free(&made);
    }
    return result;
}

sbk_result sbk_quorum_check(const struct sbk_quorum *quorum, const struct sbk_secret *secret, struct sbk_error *error) {
    uint8_t check[SBK_QUORUM_CHECK_SIZE];
    if (secret == NULL) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_QUORUM, _("it takes the shares of %u of %u officers"),
            quorum->needed, quorum->officers);
    }
    const sbk_result result = check_value(quorum, secret, check, error);
    if (result != SBK_OK || memcmp(check, quorum->check, sizeof check) == 0) {
        return result;
    }
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_QUORUM, "%s",
        _("these shares do not give the key's secret: one of them was forged, or the key's file was altered. Try "
          "another officer's share in place of each in turn; take the key's file from a backup; then replace the "
          "shares"));
}

/* ---- splitting ---- */

/*
 * libgfshare works in ordinary memory, so it never gets a true value: the secret goes in under a random mask, and so do
 * shares. Splitting adds the secret to every share, and interpolation weighs shares by numbers whose sum is 1; so the
 * mask comes out again just as it went in, on shares and secret alike.
 */
static bool random_failed;

static void fill_random(unsigned char *data, unsigned int size) {
    random_failed = sbk_random(data, size, NULL) != SBK_OK || random_failed;
}

static void begin(void) {
    gfshare_fill_rand = fill_random;
    random_failed = false;
}

static void mask_bytes(const uint8_t *in, const uint8_t *mask, uint8_t *out) {
    for (size_t i = 0; i < SIZE; i++) {
        out[i] = in[i] ^ mask[i];
    }
}

static sbk_result new_mask(struct sbk_secret *mask, struct sbk_error *error) {
    sbk_result result = sbk_secret_new(mask, SIZE, error);
    if (result == SBK_OK) {
        mask->size = SIZE;
        result = sbk_random(mask->data, SIZE, error);
    }
    return result;
}

static sbk_result fail_splitting(struct sbk_error *error) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
}

static sbk_result split_masked(const struct sbk_quorum *quorum, const struct sbk_secret *secret,
    const struct sbk_secret *mask, struct sbk_secret *shares, struct sbk_error *error) {
    unsigned char numbers[SBK_QUORUM_OFFICERS_MAX];
    uint8_t masked[SIZE];
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < quorum->officers; i++) {
        numbers[i] = (unsigned char)(i + 1);
    }
    begin();
    gfshare_ctx *splitting = gfshare_ctx_init_enc(numbers, quorum->officers, quorum->needed, SIZE);
    if (splitting == NULL) {
        return fail_splitting(error);
    }
    mask_bytes(secret->data, mask->data, masked);
    gfshare_ctx_enc_setsecret(splitting, masked);
    for (size_t i = 0; i < quorum->officers && result == SBK_OK; i++) {
        result = sbk_secret_new(&shares[i], SIZE, error);
        if (result == SBK_OK) {
            gfshare_ctx_enc_getshare(splitting, (unsigned char)i, masked);
            mask_bytes(masked, mask->data, shares[i].data);
            shares[i].size = SIZE;
        }
    }
    const bool weak = random_failed;
    gfshare_ctx_free(splitting);
    sbk_cleanse(masked, sizeof masked);
    return result == SBK_OK && weak ? sbk_crypto_fail(error, _("splitting a secret")) : result;
}

sbk_result sbk_quorum_split(const struct sbk_quorum *quorum, const struct sbk_secret *secret,
    struct sbk_secret shares[SBK_QUORUM_OFFICERS_MAX], struct sbk_error *error) {
    struct sbk_secret mask = SBK_SECRET_EMPTY;
    sbk_result result = new_mask(&mask, error);
    if (result == SBK_OK) {
        result = split_masked(quorum, secret, &mask, shares, error);
    }
    sbk_secret_free(&mask);
    for (size_t i = 0; result != SBK_OK && i < quorum->officers; i++) {
        sbk_secret_free(&shares[i]);
    }
    return result;
}

static sbk_result combine_masked(const uint8_t *numbers, const struct sbk_secret *shares, size_t count,
    const struct sbk_secret *mask, struct sbk_secret *secret, struct sbk_error *error) {
    unsigned char given[SBK_QUORUM_OFFICERS_MAX];
    uint8_t masked[SIZE];
    memcpy(given, numbers, count);
    begin();
    gfshare_ctx *combining = gfshare_ctx_init_dec(given, (unsigned)count, SIZE);
    if (combining == NULL) {
        return fail_splitting(error);
    }
    for (size_t i = 0; i < count; i++) {
        mask_bytes(shares[i].data, mask->data, masked);
        gfshare_ctx_dec_giveshare(combining, (unsigned char)i, masked);
    }
    gfshare_ctx_dec_extract(combining, masked);
    gfshare_ctx_free(combining);
    mask_bytes(masked, mask->data, secret->data);
    secret->size = SIZE;
    sbk_cleanse(masked, sizeof masked);
    return SBK_OK;
}

sbk_result sbk_quorum_combine(const struct sbk_quorum *quorum, const uint8_t *numbers, const struct sbk_secret *shares,
    size_t count, struct sbk_secret *secret, struct sbk_error *error) {
    struct sbk_secret mask = SBK_SECRET_EMPTY;
    struct sbk_secret found = SBK_SECRET_EMPTY;
    if (count < quorum->needed || count > SBK_QUORUM_OFFICERS_MAX) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_QUORUM, _("%u officers' shares are needed, %zu are given"),
            quorum->needed, count);
    }
    sbk_result result = new_mask(&mask, error);
    if (result == SBK_OK) {
        result = sbk_secret_new(&found, SIZE, error);
    }
    if (result == SBK_OK) {
        result = combine_masked(numbers, shares, count, &mask, &found, error);
    }
    if (result == SBK_OK) {
        result = sbk_quorum_check(quorum, &found, error);
    }
    sbk_secret_free(&mask);
    if (result == SBK_OK) {
        *secret = found;
    } else {
        sbk_secret_free(&found);
    }
    return result;
}
