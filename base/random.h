/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_BASE_RANDOM_H
#define SBK_BASE_RANDOM_H

#include "base/error.h"

#include <stddef.h>

/* Fills data with size bytes fit for keys (OpenSSL's generator, seeded by the kernel). Errors: SBK_ENVIRONMENT. */
SBK_CHECK_RESULT sbk_result sbk_random(void *data, size_t size, struct sbk_error *error);

#endif
