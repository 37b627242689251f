/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CEREMONY_SIGN_H
#define SBK_KEYS_CEREMONY_SIGN_H

#include "keys/ceremony_record.h"
#include "keys/cms.h"
#include "keys/store.h"

/* Transcripts: signed when a ceremony ends, and read by whoever wants to know what was done. Private to the program. */

/* Adds the record's last line: all steps are done, and this key signs. */
SBK_CHECK_RESULT sbk_result ceremony_end(
    struct ceremony_file *file, uint32_t time, struct sbk_key *key, struct sbk_error *error);

/* Signs plan and record with the key that the record's last line names, as CMS: the city's and the office CA's key with
 * their certificates in the store, others with one that they sign for themselves. Appends to out. Errors besides those of
 * keys/cms.h: SBK_REFUSED, "not-found", another key. */
SBK_CHECK_RESULT sbk_result ceremony_sign(struct ceremony_file *file, const struct sbk_store *store,
    struct sbk_key *key, struct sbk_buffer *out, struct sbk_error *error);

/* A transcript that holds together: its signature, its plan, and every line of its record down to the last. */
struct ceremony_transcript {
    struct sbk_buffer content;
    struct ceremony_plan *plan;
    struct ceremony_text record; /* lent from content */
    struct ceremony_state state;
    struct sbk_cms_signer signer; /* its key is the one that the record names */
};
/* Opens one. Whose the signer's key is, is the caller's to judge (ceremony_compare.h). Errors: SBK_TAMPERED. *transcript is
 * filled for ceremony_transcript_free. */
SBK_CHECK_RESULT sbk_result ceremony_transcript_open(
    const uint8_t *data, size_t size, struct ceremony_transcript *transcript, struct sbk_error *error);
void ceremony_transcript_free(struct ceremony_transcript *transcript);

#endif
