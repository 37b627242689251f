/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_ITEMS_TEXT_H
#define SBK_KEYS_ITEMS_TEXT_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* What libcyaml lets pass and an item list must not have: a key given twice in one mapping, a tag, an anchor, an alias,
 * a second document, deeper nesting than any of its lists have. Errors: SBK_USAGE, "format-invalid", naming the line.
 */
SBK_CHECK_RESULT sbk_result items_text_check(const uint8_t *text, size_t size, struct sbk_error *error);

#endif
