/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_HARNESS_WYCHEPROOF_H
#define SBK_TESTS_HARNESS_WYCHEPROOF_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Wycheproof's vectors. They are not part of the project: a test is skipped where ../shared/vectors/wycheproof is
 * absent. One that is there must be answered right case by case, "acceptable" ones either way.
 */

enum wycheproof_answer { WYCHEPROOF_REFUSED, WYCHEPROOF_ACCEPTED, WYCHEPROOF_NOT_OURS /* a form that we never take */ };
typedef enum wycheproof_answer wycheproof_ask(const json_t *group, const json_t *test);

/* Puts every case of a file to a function and judges the answers; at least so many cases must be ours. */
void wycheproof_run(const char *file, wycheproof_ask *ask, int at_least);

/* Bytes of a hex member; out has room for WYCHEPROOF_MAX. Returns the size. */
#define WYCHEPROOF_MAX 8192
size_t wycheproof_bytes(const json_t *object, const char *key, uint8_t *out);

#endif
