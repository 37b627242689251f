/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_SCHEMA_ATTEMPTS_H
#define SBK_TESTS_SCHEMA_ATTEMPTS_H

/* What every parser is tried with. Included after cmocka.h by the test programs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "roundtrip.h"
#include "samples.h"

/* One byte or several of a valid sample replaced, and the answer that is due. */
struct attempt {
    const char *what;
    size_t offset;
    const char *bytes;
    size_t size;
    enum sbk_format due;
};
#define AT(what, offset, literal, due)                                                                                 \
    { what, offset, literal, sizeof(literal) - 1, due }

/* Parses from a heap block of exactly this size, so that the sanitizer sees any byte too many. */
enum sbk_format parse_exact(roundtrip parse, const uint8_t *data, size_t size);
/* OK as it is; not OK cut at any length, nor with a byte after the end. */
void try_lengths(roundtrip parse, const struct sample_bytes *sample);
void try_changes(roundtrip parse, const struct sample_bytes *sample, const struct attempt *attempts, size_t count);

#endif
