/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_BATCH_FILE_H
#define SBK_PERSONALIZE_BATCH_FILE_H

#include "base/buffer.h"
#include "base/error.h"
#include "personalize/office.h"
#include "schema/bundle.h"
#include "schema/date.h"

/*
 * A batch as the bureau opens it: decrypted in memory only, signed by a city under the pinned office CA, for the pinned
 * root, its grant signer under that root, its transport key right by its check value.
 */
struct sbk_batch_file {
    struct sbk_buffer content; /* personal; cleansed when closed */
    struct sbk_batch batch;
    struct sbk_reader cards; /* at the first card */
};

/* Opens the file with the bureau's key. Errors: those of keys/cms.h; SBK_TAMPERED where anything does not fit. Close in
 * any case. */
SBK_CHECK_RESULT sbk_result sbk_batch_file_open(struct sbk_batch_file *file, const struct sbk_office *office,
    struct sbk_key *bureau, const char *path, uint32_t now, struct sbk_error *error);
void sbk_batch_file_close(struct sbk_batch_file *file);

#endif
