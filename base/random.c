/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/rand.h>

sbk_result sbk_random(void *data, size_t size, struct sbk_error *error) {
    unsigned char *at = data;
    while (size > 0) {
        const int part = size > INT_MAX ? INT_MAX : (int)size;
        if (RAND_bytes(at, part) != 1) {
            char text[160];
            ERR_error_string_n(ERR_get_error(), text, sizeof text);
            return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CRYPTO,
                _("no random numbers: %s; nothing was made, try again"), text);
        }
        at += part;
        size -= (size_t)part;
    }
    return SBK_OK;
}
