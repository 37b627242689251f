/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_DOCUMENT_H
#define SBK_PERSONALIZE_DOCUMENT_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* What libcyaml lets pass and we do not: checks that text is one YAML document of at most 16 levels without aliases,
 * anchors or tags, in which no mapping has a key twice. Errors: SBK_ENVIRONMENT, the given reason, naming the line. */
SBK_CHECK_RESULT sbk_result sbk_document_check(
    const uint8_t *text, size_t size, const char *reason, struct sbk_error *error);

#endif
