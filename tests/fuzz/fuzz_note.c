/* SPDX-License-Identifier: Apache-2.0 */
/* A verifier on the first line, a signed note or checkpoint behind it: parsed, verified, and read as a checkpoint. */
#include "keys/note.h"
#include "reader/log_proof.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    const char *end = size > 0 ? memchr(text, '\n', size) : NULL;
    struct sbk_note_verifier verifier;
    struct sbk_log_head head;
    struct sbk_error error;
    char line[SBK_LOG_VERIFIER_ROOM] = "";
    size_t signed_size = 0;
    size_t before = end != NULL ? (size_t)(end - text) : size;
    if (before == 0 || sbk_note_verifier_parse(text, before, &verifier, &error) != SBK_OK || end == NULL)
        return 0;
    const char *note = end + 1;
    size_t note_size = size - before - 1;
    if (note_size == 0)
        return 0;
    if (sbk_note_verify(&verifier, note, note_size, &signed_size, &error) == SBK_OK &&
        (signed_size == 0 || signed_size > note_size))
        abort();
    if (before >= sizeof line)
        return 0;
    memcpy(line, text, before);
    if (sbk_checkpoint_read(line, note, note_size, &head, &error) == SBK_OK && signed_size == 0)
        abort(); /* what is no note is no checkpoint */
    return 0;
}
