/* SPDX-License-Identifier: Apache-2.0 */
/* The files that open keys: officers' shares, envelopes and references with a quorum. What is accepted can be one, and its
 * names can be shown at a terminal. */
#include "keys/envelope.h"
#include "keys/reference.h"
#include "keys/share.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char name[SBK_OFFICER_ROOM]) {
    if (memchr(name, 0, SBK_OFFICER_ROOM) == NULL || !sbk_officer_name_good(name)) {
        abort();
    }
}

static void check_quorum(const struct sbk_quorum *quorum) {
    if (!sbk_quorum_possible(quorum->needed, quorum->officers)) {
        abort();
    }
    for (size_t i = 0; i < quorum->officers; i++) {
        check_name(quorum->names[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sbk_share share;
    struct sbk_envelope envelope;
    struct sbk_reference reference;
    if (sbk_share_parse(data, size, &share) == SBK_FORMAT_OK) {
        char file[SBK_SHARE_NAME_ROOM];
        check_name(share.name);
        sbk_share_file_name(&share, file);
        if (!sbk_quorum_possible(share.needed, share.officers) || share.number < 1 || share.number > share.officers ||
            size > SBK_SHARE_MAX || strchr(file, '/') != NULL) {
            abort();
        }
    }
    if (sbk_envelope_parse(data, size, &envelope) == SBK_FORMAT_OK) {
        if (size > SBK_ENVELOPE_MAX) {
            abort();
        }
        if (envelope.derivation == SBK_DERIVATION_QUORUM) {
            check_quorum(&envelope.quorum);
        }
    }
    if (sbk_reference_parse(data, size, &reference) == SBK_FORMAT_OK && reference.quorum.needed > 0) {
        check_quorum(&reference.quorum);
    }
    return 0;
}
