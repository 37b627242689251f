/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_LOG_PROOF_TEXT_H
#define SBK_READER_LOG_PROOF_TEXT_H

#include "base/buffer.h"
#include "reader/log_proof.h"
#include "reader/proof.h"

/*
 * The text of a proof file (specification G.3), in the manner of C2SP tlog-proof:
 *
 *     sembako/log-proof@v1              or      sembako/log-consistency@v1
 *     key NAME+HASH+KEY                         key NAME+HASH+KEY, of the earlier checkpoint
 *                                               key NAME+HASH+KEY, of the later one if it is another
 *     index N                                   HASH ...
 *     entry BASE64                              (empty line)
 *     HASH ... (base64, one a line)             the earlier checkpoint
 *     (empty line)                              (empty line)
 *     the checkpoint                            the later checkpoint
 *
 * Each line ends in one newline; numbers are decimal without leading zeros; base64 in its only form.
 */
struct sbk_proof_note {
    const char *text;
    size_t size;
};

struct sbk_log_proof {
    bool of_entry;                         /* else of consistency */
    char key[SBK_LOG_VERIFIER_ROOM];       /* of the (later) checkpoint */
    char older_key[SBK_LOG_VERIFIER_ROOM]; /* of the earlier one; mostly the same */
    uint32_t index;                        /* with entry and entry_size: of an entry only */
    uint8_t entry[SBK_LOG_ENTRY_MAX];
    size_t entry_size;
    struct sbk_proof path;
    struct sbk_proof_note older; /* lent; of consistency only */
    struct sbk_proof_note note;  /* lent */
};

/* Reads a proof file; SBK_TAMPERED "format-invalid" if it is none in its one form. Nothing is verified, and notes are
 * only told apart. */
SBK_CHECK_RESULT sbk_result sbk_log_proof_parse(
    const char *text, size_t size, struct sbk_log_proof *proof, struct sbk_error *error);
/* Appends its one form. */
SBK_CHECK_RESULT sbk_result sbk_log_proof_write(
    const struct sbk_log_proof *proof, struct sbk_buffer *out, struct sbk_error *error);

#endif
