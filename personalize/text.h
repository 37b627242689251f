/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_TEXT_H
#define SBK_PERSONALIZE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the bytes are UTF-8 in its shortest form (RFC 3629) without control characters (U+0000..1F, 7F..9F). */
bool sbk_text_clean(const uint8_t *text, size_t size);

#endif
