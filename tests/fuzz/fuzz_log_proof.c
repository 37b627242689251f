/* SPDX-License-Identifier: Apache-2.0 */
/* A proof of a station's log: whatever is accepted is written back to the same bytes; checking never accepts what the
 * parser did not, and takes any key that a proof names for itself. */
#include "reader/log_proof_text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sbk_log_proof proof;
    static struct sbk_log_shown shown;
    char verifiers[2][SBK_LOG_VERIFIER_ROOM];
    const char *const named[] = {verifiers[0], verifiers[1]};
    const struct sbk_log_keys keys = {named, 2};
    struct sbk_buffer again = SBK_BUFFER_EMPTY;
    struct sbk_error error;
    const char *text = (const char *)data;
    if (sbk_log_proof_parse(text, size, &proof, &error) != SBK_OK)
        return 0;
    if (sbk_log_proof_write(&proof, &again, &error) != SBK_OK || again.size != size ||
        memcmp(again.data, data, size) != 0)
        abort();
    sbk_buffer_free(&again);
    if (sbk_log_proof_verifiers(text, size, verifiers, &error) != SBK_OK)
        abort();
    if (sbk_log_check(&keys, text, size, &shown, &error) == SBK_OK && shown.of_entry &&
        (shown.position >= shown.head.size || shown.size != proof.entry_size))
        abort();
    return 0;
}
