/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_HARNESS_TOKENS_H
#define SBK_TESTS_HARNESS_TOKENS_H

#include "keys/store.h"

#include <stdlib.h>

/* Where a test makes its keys: on the token that tests/harness/with-token gives it, if it runs under it, else in
 * envelopes. The words lend from the environment. */
static inline struct sbk_tokens harness_tokens(void) {
    const char *uri = getenv("SEMBAKO_TOKEN");
    return (struct sbk_tokens){.words = {uri}, .count = uri != NULL ? 1 : 0};
}

#endif
