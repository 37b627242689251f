/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "keys/crypto.h"
#include "keys/envelope.h"
#include "keys/reference.h"
#include "keys/share.h"
#include "schema/reason.h"
#include "tests/harness/tokens.h"
#include "tests/keys/fixture.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Quorums: splitting and combining, the files of shares, keys that open with them, and new shares in place of old ones,
 * where the process dies or the disk fails at every step that puts a file in place.
 */

#define DIED 77
#define STEPS_MAX 40

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);

static long ends_at = -1; /* steps until death or failure; -1: never */
static bool fails;        /* the step fails and nothing dies */

static bool step(void) {
    if (ends_at == 0 && !fails) {
        _exit(DIED);
    }
    const bool failing = ends_at == 0;
    ends_at -= ends_at >= 0 ? 1 : 0;
    errno = failing ? EIO : errno;
    return !failing;
}

int __wrap_rename(const char *from, const char *to) {
    return step() ? __real_rename(from, to) : -1;
}

int __wrap_link(const char *from, const char *to) {
    return step() ? __real_link(from, to) : -1;
}

/* ---- the secret ---- */

static struct sbk_quorum quorum_of(uint8_t needed, uint8_t officers) {
    struct sbk_quorum quorum = {.needed = needed, .officers = officers};
    for (int i = 0; i < officers; i++) {
        (void)snprintf(quorum.names[i], SBK_OFFICER_ROOM, "Petugas %d", i + 1);
    }
    return quorum;
}

static void free_all(struct sbk_secret *secrets) {
    for (size_t i = 0; i < SBK_QUORUM_OFFICERS_MAX; i++) {
        sbk_secret_free(&secrets[i]);
    }
}

/* The shares whose bits are set. */
static size_t pick(const struct sbk_secret *shares, unsigned bits, uint8_t *numbers,
    struct sbk_secret picked[SBK_QUORUM_OFFICERS_MAX]) {
    size_t count = 0;
    for (uint8_t i = 0; i < SBK_QUORUM_OFFICERS_MAX; i++) {
        if ((bits >> i & 1) != 0) {
            numbers[count] = (uint8_t)(i + 1);
            picked[count++] = shares[i];
        }
    }
    return count;
}

static void combine_every_way(const struct sbk_quorum *quorum, const struct sbk_secret *secret,
    const struct sbk_secret *shares, unsigned *enough, unsigned *too_few) {
    struct sbk_quorum lax = *quorum; /* would take fewer: what they give is not the secret */
    lax.needed = 1;
    for (unsigned bits = 1; bits < 1u << quorum->officers; bits++) {
        struct sbk_secret picked[SBK_QUORUM_OFFICERS_MAX];
        struct sbk_secret found = SBK_SECRET_EMPTY;
        uint8_t numbers[SBK_QUORUM_OFFICERS_MAX];
        const size_t count = pick(shares, bits, numbers, picked);
        if (count >= quorum->needed) {
            CHECK_OK(sbk_quorum_combine(quorum, numbers, picked, count, &found, E));
            assert_true(sbk_secret_equal(&found, secret));
            sbk_secret_free(&found);
            (*enough)++;
        } else {
            CHECK_FAILS(sbk_quorum_combine(quorum, numbers, picked, count, &found, E), SBK_REFUSED, SBK_REASON_QUORUM);
            CHECK_FAILS(sbk_quorum_combine(&lax, numbers, picked, count, &found, E), SBK_TAMPERED, SBK_REASON_QUORUM);
            (*too_few)++;
        }
    }
}

static void any_m_of_n_give_the_secret_and_fewer_do_not(void **state) {
    unsigned enough = 0;
    unsigned too_few = 0;
    (void)state;
    for (uint8_t officers = 2; officers <= SBK_QUORUM_OFFICERS_MAX; officers++) {
        for (uint8_t needed = 2; needed <= officers; needed++) {
            struct sbk_quorum quorum = quorum_of(needed, officers);
            struct sbk_secret shares[SBK_QUORUM_OFFICERS_MAX] = {SBK_SECRET_EMPTY};
            struct sbk_secret secret = SBK_SECRET_EMPTY;
            CHECK_OK(sbk_quorum_new(&quorum, &secret, E));
            CHECK_OK(sbk_quorum_split(&quorum, &secret, shares, E));
            combine_every_way(&quorum, &secret, shares, &enough, &too_few);
            free_all(shares);
            sbk_secret_free(&secret);
        }
    }
    assert_int_equal(enough, 3084);
    assert_int_equal(too_few, 4052);
}

static void a_share_that_does_not_fit_is_told(void **state) {
    struct sbk_quorum quorum = quorum_of(2, 3);
    struct sbk_secret shares[SBK_QUORUM_OFFICERS_MAX] = {SBK_SECRET_EMPTY};
    struct sbk_secret secret = SBK_SECRET_EMPTY;
    struct sbk_secret found = SBK_SECRET_EMPTY;
    const uint8_t numbers[] = {1, 3};
    (void)state;
    CHECK_OK(sbk_quorum_new(&quorum, &secret, E));
    CHECK_OK(sbk_quorum_split(&quorum, &secret, shares, E));
    const struct sbk_secret swapped[] = {shares[0], shares[1]};
    CHECK_FAILS(sbk_quorum_combine(&quorum, numbers, swapped, 2, &found, E), SBK_TAMPERED, SBK_REASON_QUORUM);
    const struct sbk_secret right[] = {shares[0], shares[2]};
    for (size_t i = 0; i < SBK_QUORUM_SECRET_SIZE; i++) {
        shares[2].data[i] ^= 1;
        CHECK_FAILS(sbk_quorum_combine(&quorum, numbers, right, 2, &found, E), SBK_TAMPERED, SBK_REASON_QUORUM);
        shares[2].data[i] ^= 1;
    }
    CHECK_OK(sbk_quorum_combine(&quorum, numbers, right, 2, &found, E));
    sbk_secret_free(&found);
    free_all(shares);
    sbk_secret_free(&secret);
}

static void two_sets_have_nothing_in_common(void **state) {
    struct sbk_quorum one = quorum_of(2, 2);
    struct sbk_quorum other = quorum_of(2, 2);
    struct sbk_secret first = SBK_SECRET_EMPTY;
    struct sbk_secret second = SBK_SECRET_EMPTY;
    (void)state;
    CHECK_OK(sbk_quorum_new(&one, &first, E));
    CHECK_OK(sbk_quorum_new(&other, &second, E));
    assert_false(sbk_secret_equal(&first, &second));
    assert_memory_not_equal(one.set, other.set, sizeof one.set);
    assert_memory_not_equal(one.check, other.check, sizeof one.check);
    CHECK_FAILS(sbk_quorum_check(&one, &second, E), SBK_TAMPERED, SBK_REASON_QUORUM);
    CHECK_FAILS(sbk_quorum_check(&one, NULL, E), SBK_REFUSED, SBK_REASON_QUORUM);
    sbk_secret_free(&first);
    sbk_secret_free(&second);
}

/* ---- the file of a share ---- */

static struct sbk_buffer share_file(struct sbk_share *share) {
    static uint8_t text[SBK_QUORUM_SECRET_SIZE] = "thirty-two bytes of a good share";
    const struct sbk_secret plain = {text, sizeof text, sizeof text};
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    *share = (struct sbk_share){.role = SBK_KEY_GRANT_SIGNER,
        .generation = 3,
        .needed = 2,
        .officers = 5,
        .number = 4,
        .set = {1, 2, 3, 4, 5, 6, 7, 8},
        .fingerprint = {9, 8, 7},
        .made = 20000,
        .name = "Siti Aminah"};
    CHECK_OK(sbk_share_seal(share, &plain, fixture_passphrase(), &file, E));
    return file;
}

static void a_share_opens_with_its_pass_phrase_only(void **state) {
    struct sbk_share share;
    struct sbk_share read;
    struct sbk_secret plain = SBK_SECRET_EMPTY;
    uint8_t text[] = "another phrase";
    const struct sbk_secret wrong = {text, sizeof text - 1, sizeof text - 1};
    (void)state;
    struct sbk_buffer file = share_file(&share);
    assert_int_equal(sbk_share_parse(file.data, file.size, &read), SBK_FORMAT_OK);
    assert_true(read.intact);
    assert_int_equal(read.role, SBK_KEY_GRANT_SIGNER);
    assert_int_equal(read.generation, 3);
    assert_int_equal(read.needed, 2);
    assert_int_equal(read.officers, 5);
    assert_int_equal(read.number, 4);
    assert_int_equal(read.made, 20000);
    assert_string_equal(read.name, "Siti Aminah");
    assert_memory_equal(read.set, share.set, sizeof read.set);
    assert_memory_equal(read.fingerprint, share.fingerprint, sizeof read.fingerprint);
    CHECK_OK(sbk_share_open(&read, fixture_passphrase(), &plain, E));
    assert_memory_equal(plain.data, "thirty-two bytes of a good share", SBK_QUORUM_SECRET_SIZE);
    sbk_secret_free(&plain);
    CHECK_FAILS(sbk_share_open(&read, &wrong, &plain, E), SBK_REFUSED, SBK_REASON_PASSPHRASE);
    assert_non_null(strstr(E->text, "Siti Aminah"));
    sbk_buffer_free(&file);
}

static void every_byte_of_a_share_counts(void **state) {
    struct sbk_share share;
    (void)state;
    struct sbk_buffer file = share_file(&share);
    for (size_t i = 0; i < file.size; i++) {
        file.data[i] ^= 1;
        assert_true(sbk_share_parse(file.data, file.size, &share) != SBK_FORMAT_OK || !share.intact);
        file.data[i] ^= 1;
        assert_true(sbk_share_parse(file.data, i, &share) != SBK_FORMAT_OK);
    }
    sbk_buffer_free(&file);
}

/* Somebody who knows the format mends the checksum, too: then the seal tells. Every field once. */
static void a_share_altered_on_purpose_does_not_open(void **state) {
    static const size_t places[] = {10, 14, 22, 54, 56, 71, 90, 100, 110, 130};
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        uint8_t hash[SBK_HASH_SIZE];
        struct sbk_share share;
        struct sbk_secret plain = SBK_SECRET_EMPTY;
        struct sbk_buffer file = share_file(&share);
        assert_true(places[i] < file.size - SBK_SHARE_CHECKSUM);
        file.data[places[i]] ^= 1;
        CHECK_OK(sbk_sha256(file.data, file.size - SBK_SHARE_CHECKSUM, hash, E));
        memcpy(file.data + file.size - SBK_SHARE_CHECKSUM, hash, SBK_SHARE_CHECKSUM);
        if (sbk_share_parse(file.data, file.size, &share) == SBK_FORMAT_OK) {
            assert_true(share.intact);
            CHECK_FAILS(sbk_share_open(&share, fixture_passphrase(), &plain, E), SBK_REFUSED, SBK_REASON_PASSPHRASE);
        }
        sbk_buffer_free(&file);
    }
}

/* ---- keys that take a quorum ---- */

static const uint8_t hash[SBK_HASH_SIZE] = {4, 5, 6};

struct dealt {
    char *folder;
    char *shares;
    struct sbk_store *store;
    struct sbk_secret passphrases[SBK_QUORUM_OFFICERS_MAX];
    struct sbk_deal deal;
};

static void set_deal(struct dealt *dealt, uint8_t needed, uint8_t officers) {
    for (size_t i = 0; i < SBK_QUORUM_OFFICERS_MAX; i++) {
        dealt->passphrases[i] = *fixture_passphrase();
    }
    dealt->deal = (struct sbk_deal){.quorum = quorum_of(needed, officers),
        .passphrases = dealt->passphrases,
        .folder = dealt->shares,
        .made = fixture_today()};
}

static void make_dealt(struct dealt *dealt, uint8_t needed, uint8_t officers) {
    struct sbk_key *key = NULL;
    dealt->folder = fixture_folder();
    dealt->shares = fixture_path(dealt->folder, "shares");
    char *path = fixture_path(dealt->folder, "store");
    dealt->store = fixture_store(path, false);
    set_deal(dealt, needed, officers);
    CHECK_OK(
        sbk_key_generate_dealt(dealt->store, SBK_KEY_GRANT_SIGNER, 1, 1, fixture_passphrase(), &dealt->deal, &key, E));
    sbk_key_close(&key);
    free(path);
}

static void free_dealt(struct dealt *dealt) {
    sbk_store_close(&dealt->store);
    free(dealt->shares);
    fixture_remove(dealt->folder);
}

/* The approval that the shares 1 to M of a set give, from their files; false if one is missing. */
static bool approval_of(const struct dealt *dealt, const struct sbk_quorum *quorum, struct sbk_secret *approval) {
    struct sbk_secret plains[SBK_QUORUM_OFFICERS_MAX] = {SBK_SECRET_EMPTY};
    uint8_t numbers[SBK_QUORUM_OFFICERS_MAX];
    bool good = true;
    for (uint8_t i = 0; i < quorum->needed && good; i++) {
        struct sbk_share share = {.role = SBK_KEY_GRANT_SIGNER, .generation = 1, .number = (uint8_t)(i + 1)};
        struct sbk_buffer file = SBK_BUFFER_EMPTY;
        char name[SBK_SHARE_NAME_ROOM];
        memcpy(share.set, quorum->set, sizeof share.set);
        sbk_share_file_name(&share, name);
        char *path = fixture_path(dealt->shares, name);
        numbers[i] = share.number;
        good = sbk_share_read(path, &file, &share, E) == SBK_OK;
        if (good) {
            CHECK_OK(sbk_share_open(&share, fixture_passphrase(), &plains[i], E));
        }
        sbk_buffer_free(&file);
        free(path);
    }
    good = good && sbk_quorum_combine(quorum, numbers, plains, quorum->needed, approval, E) == SBK_OK;
    free_all(plains);
    return good;
}

static sbk_result open_with(const struct dealt *dealt, const struct sbk_secret *approval) {
    const struct sbk_opener opener = {fixture_passphrase(), approval};
    struct sbk_key *key = NULL;
    uint8_t signature[SBK_SIGNATURE_SIZE];
    const sbk_result result = sbk_key_open_by(dealt->store, SBK_KEY_GRANT_SIGNER, 0, &opener, &key, fixture_error());
    if (result == SBK_OK) {
        CHECK_OK(sbk_key_sign(key, hash, signature, E));
        CHECK_OK(sbk_verify_hash(sbk_key_info(key)->public_part, hash, signature, E));
    }
    sbk_key_close(&key);
    return result;
}

static void a_key_opens_with_the_officers_only(void **state) {
    struct dealt dealt;
    struct sbk_quorum quorum;
    struct sbk_secret approval = SBK_SECRET_EMPTY;
    struct sbk_key *key = NULL;
    (void)state;
    make_dealt(&dealt, 2, 3);
    CHECK_OK(sbk_store_quorum(dealt.store, SBK_KEY_GRANT_SIGNER, 0, &quorum, E));
    assert_int_equal(quorum.needed, 2);
    assert_int_equal(quorum.officers, 3);
    assert_string_equal(quorum.names[2], "Petugas 3");
    CHECK_FAILS(sbk_key_open(dealt.store, SBK_KEY_GRANT_SIGNER, 0, fixture_passphrase(), &key, E), SBK_REFUSED,
        SBK_REASON_QUORUM);
    assert_true(approval_of(&dealt, &quorum, &approval));
    assert_int_equal(open_with(&dealt, &approval), SBK_OK);
    approval.data[31] ^= 1;
    assert_int_equal(open_with(&dealt, &approval), SBK_TAMPERED);
    assert_string_equal(E->reason, SBK_REASON_QUORUM);
    sbk_secret_free(&approval);
    free_dealt(&dealt);
}

/* Two of two, whose secret two shares give. */
static void deal_two(struct dealt *dealt, struct sbk_quorum *quorum, struct sbk_secret *approval) {
    make_dealt(dealt, 2, 2);
    CHECK_OK(sbk_store_quorum(dealt->store, SBK_KEY_GRANT_SIGNER, 0, quorum, E));
    assert_true(approval_of(dealt, quorum, approval));
}

/* Whatever is changed of an envelope's header, it does not open; that of a reference is compared with the token's key. */
static void an_altered_envelope_does_not_open(void **state) {
    struct dealt dealt;
    struct sbk_quorum quorum;
    struct sbk_secret approval = SBK_SECRET_EMPTY;
    size_t size = 0;
    (void)state;
    deal_two(&dealt, &quorum, &approval);
    char *path = fixture_path(sbk_store_path(dealt.store), "grant-signer-1.key");
    uint8_t *bytes = fixture_read(path, &size);
    for (size_t i = 0; i < size && harness_tokens().count == 0; i++) {
        bytes[i] ^= 1;
        fixture_write(path, bytes, size);
        const sbk_result result = open_with(&dealt, &approval);
        if (result == SBK_OK) {
            fail_msg("byte %zu was changed and the key opens", i);
        }
        bytes[i] ^= 1;
    }
    fixture_write(path, bytes, size);
    assert_int_equal(open_with(&dealt, &approval), SBK_OK);
    free(bytes);
    free(path);
    sbk_secret_free(&approval);
    free_dealt(&dealt);
}

/* ---- new shares ---- */

static size_t count_shares(const struct dealt *dealt) {
    DIR *folder = opendir(dealt->shares);
    size_t count = 0;
    assert_non_null(folder);
    for (const struct dirent *entry = NULL; (entry = readdir(folder)) != NULL;) {
        count += strstr(entry->d_name, ".share") != NULL ? 1 : 0;
    }
    (void)closedir(folder);
    return count;
}

static sbk_result redeal(struct dealt *dealt, const struct sbk_secret *approval, uint8_t needed, uint8_t officers) {
    const struct sbk_opener opener = {fixture_passphrase(), approval};
    set_deal(dealt, needed, officers);
    return sbk_key_redeal(dealt->store, SBK_KEY_GRANT_SIGNER, 0, &opener, &dealt->deal, fixture_error());
}

static void new_shares_make_the_old_ones_worthless(void **state) {
    struct dealt dealt;
    struct sbk_quorum quorum;
    struct sbk_secret old = SBK_SECRET_EMPTY;
    struct sbk_secret fresh = SBK_SECRET_EMPTY;
    (void)state;
    make_dealt(&dealt, 2, 2);
    CHECK_OK(sbk_store_quorum(dealt.store, SBK_KEY_GRANT_SIGNER, 0, &quorum, E));
    assert_true(approval_of(&dealt, &quorum, &old));
    CHECK_OK(redeal(&dealt, &old, 3, 4));
    CHECK_OK(sbk_store_quorum(dealt.store, SBK_KEY_GRANT_SIGNER, 0, &quorum, E));
    assert_int_equal(quorum.needed, 3);
    assert_int_equal(quorum.officers, 4);
    assert_int_equal(open_with(&dealt, &old), SBK_TAMPERED);
    assert_true(approval_of(&dealt, &quorum, &fresh));
    assert_int_equal(open_with(&dealt, &fresh), SBK_OK);
    assert_int_equal(count_shares(&dealt), 6);
    /* and they cannot bring themselves back */
    assert_int_equal(redeal(&dealt, &old, 2, 2), SBK_TAMPERED);
    assert_int_equal(redeal(&dealt, NULL, 2, 2), SBK_REFUSED);
    assert_int_equal(count_shares(&dealt), 6);
    sbk_secret_free(&old);
    sbk_secret_free(&fresh);
    free_dealt(&dealt);
}

/* Whatever set the store names, its shares are there and open the key. True: it is still the old one. */
static bool in_force_opens(const struct dealt *dealt, const struct sbk_quorum *before) {
    struct sbk_quorum now;
    struct sbk_secret approval = SBK_SECRET_EMPTY;
    CHECK_OK(sbk_store_quorum(dealt->store, SBK_KEY_GRANT_SIGNER, 0, &now, E));
    assert_true(approval_of(dealt, &now, &approval));
    assert_int_equal(open_with(dealt, &approval), SBK_OK);
    sbk_secret_free(&approval);
    return memcmp(now.set, before->set, sizeof now.set) == 0;
}

static void death_at_any_step_leaves_one_set_that_works(void **state) {
    struct dealt dealt;
    struct sbk_quorum before;
    struct sbk_secret old = SBK_SECRET_EMPTY;
    long at = 0;
    (void)state;
    deal_two(&dealt, &before, &old);
    for (; at < STEPS_MAX; at++) {
        int status = 0;
        const pid_t child = fork();
        if (child == 0) {
            ends_at = at;
            _exit(redeal(&dealt, &old, 2, 2) == SBK_OK ? 0 : 1);
        }
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        const bool still_old = in_force_opens(&dealt, &before);
        if (WEXITSTATUS(status) == 0) {
            assert_false(still_old);
            break;
        }
        assert_int_equal(WEXITSTATUS(status), DIED);
        assert_true(still_old); /* the last step is the one that counts */
    }
    assert_int_equal(at, 3); /* two shares and the key's file */
    sbk_secret_free(&old);
    free_dealt(&dealt);
}

static void failure_at_any_step_leaves_the_old_set_alone(void **state) {
    struct dealt dealt;
    struct sbk_quorum before;
    struct sbk_secret old = SBK_SECRET_EMPTY;
    long at = 0;
    (void)state;
    deal_two(&dealt, &before, &old);
    for (; at < STEPS_MAX; at++) {
        fails = true;
        ends_at = at;
        const sbk_result result = redeal(&dealt, &old, 2, 2);
        ends_at = -1;
        fails = false;
        if (result == SBK_OK) {
            break;
        }
        assert_int_equal(result, SBK_ENVIRONMENT);
        assert_true(in_force_opens(&dealt, &before));
        assert_int_equal(count_shares(&dealt), 2);
    }
    assert_int_equal(at, 3);
    assert_false(in_force_opens(&dealt, &before));
    sbk_secret_free(&old);
    free_dealt(&dealt);
}

/* A key that cannot be written leaves no shares, and one whose shares cannot be written is not there. */
static void a_key_is_made_with_its_shares_or_not_at_all(void **state) {
    struct dealt dealt;
    (void)state;
    make_dealt(&dealt, 2, 2);
    for (long at = 0; at < 3; at++) {
        struct sbk_key *key = NULL;
        set_deal(&dealt, 2, 2);
        fails = true;
        ends_at = at;
        const sbk_result result = sbk_key_generate_dealt(
            dealt.store, SBK_KEY_ROOT, 1, 1, fixture_passphrase(), &dealt.deal, &key, fixture_error());
        ends_at = -1;
        fails = false;
        assert_int_equal(result, SBK_ENVIRONMENT);
        assert_int_equal(sbk_store_newest(dealt.store, SBK_KEY_ROOT), 0);
        assert_int_equal(count_shares(&dealt), 2);
    }
    free_dealt(&dealt);
}

static void a_key_without_a_quorum_gets_one(void **state) {
    struct dealt dealt;
    struct sbk_quorum quorum;
    struct sbk_key *key = NULL;
    const struct sbk_opener opener = {fixture_passphrase(), NULL};
    (void)state;
    make_dealt(&dealt, 2, 2);
    CHECK_OK(sbk_key_generate(dealt.store, SBK_KEY_ROOT, 1, 1, fixture_passphrase(), &key, E));
    sbk_key_close(&key);
    CHECK_OK(sbk_store_quorum(dealt.store, SBK_KEY_ROOT, 0, &quorum, E));
    assert_int_equal(quorum.needed, 0);
    CHECK_OK(sbk_key_redeal(dealt.store, SBK_KEY_ROOT, 0, &opener, &dealt.deal, E));
    CHECK_FAILS(
        sbk_key_open(dealt.store, SBK_KEY_ROOT, 0, fixture_passphrase(), &key, E), SBK_REFUSED, SBK_REASON_QUORUM);
    free_dealt(&dealt);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_m_of_n_give_the_secret_and_fewer_do_not),
        cmocka_unit_test(a_share_that_does_not_fit_is_told),
        cmocka_unit_test(two_sets_have_nothing_in_common),
        cmocka_unit_test(a_share_opens_with_its_pass_phrase_only),
        cmocka_unit_test(every_byte_of_a_share_counts),
        cmocka_unit_test(a_share_altered_on_purpose_does_not_open),
        cmocka_unit_test(a_key_opens_with_the_officers_only),
        cmocka_unit_test(an_altered_envelope_does_not_open),
        cmocka_unit_test(new_shares_make_the_old_ones_worthless),
        cmocka_unit_test(death_at_any_step_leaves_one_set_that_works),
        cmocka_unit_test(failure_at_any_step_leaves_the_old_set_alone),
        cmocka_unit_test(a_key_is_made_with_its_shares_or_not_at_all),
        cmocka_unit_test(a_key_without_a_quorum_gets_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
