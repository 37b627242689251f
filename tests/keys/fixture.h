/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_KEYS_FIXTURE_H
#define SBK_TESTS_KEYS_FIXTURE_H

#include "base/clock.h"
#include "keys/city.h"
#include "keys/founding.h"
#include "keys/store.h"

/* What the tests of keys/ stand on: a temporary folder, one pass phrase, a city's store, a station's three keys. */

/* A new folder of mode 0700 under TMPDIR, and its removal with all that is in it. */
char *fixture_folder(void);
void fixture_remove(char *folder);
/* "FOLDER/NAME"; free it. */
char *fixture_path(const char *folder, const char *name);

/* Of every envelope, and the PIN of the token. */
const struct sbk_secret *fixture_passphrase(void);
/* Makes an empty store, whose keys go where tests/harness/tokens.h says. */
struct sbk_store *fixture_store(const char *path, bool lock);

/* 2026-10-05 09:00 WITA, and the day. */
const struct sbk_clock *fixture_clock(void);
uint16_t fixture_today(void);

/* Makes a city's store FOLDER/city. */
char *fixture_city(const char *folder);
/* Opens a key of a store, which must work. */
struct sbk_key *fixture_key(struct sbk_store *store, uint8_t role);

/* Reads and writes whole files; the first sets *size. */
uint8_t *fixture_read(const char *path, size_t *size);
void fixture_write(const char *path, const void *data, size_t size);

#define CHECK_OK(call)                                                                                                 \
    do {                                                                                                               \
        struct sbk_error *error_ = fixture_error();                                                                    \
        if ((call) != SBK_OK) {                                                                                        \
            fail_msg("%s: %s (%s)", #call, error_->text, error_->reason);                                              \
        }                                                                                                              \
    } while (0)
/* Fails with this result and reason. */
#define CHECK_FAILS(call, result_, reason_)                                                                            \
    do {                                                                                                               \
        struct sbk_error *error_ = fixture_error();                                                                    \
        assert_int_equal((call), (result_));                                                                           \
        assert_int_equal(error_->result, (result_));                                                                   \
        assert_string_equal(error_->reason, (reason_));                                                                \
        assert_true(error_->text[0] != 0);                                                                             \
    } while (0)
/* The error that the two above look at: pass E to the call. */
struct sbk_error *fixture_error(void);
#define E fixture_error_now()
struct sbk_error *fixture_error_now(void);

#endif
